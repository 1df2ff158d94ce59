// SPDX-License-Identifier: MIT
// A snake of the arena: where it is drawn, from what is told of it.
import assert from "node:assert/strict";
import { test } from "node:test";

import { Snake, ageOf } from "../../../apps/snakepit/web/arena/js/snake.js";
import { World } from "../../../apps/snakepit/web/arena/js/world.js";
import { vectors } from "../../clients/js/support/vectors.mjs";
import { FakeSnake, FakeState, randomOf } from "./support/swarm.mjs";

const LEFT = 0, UP = 1, RIGHT = 2, DOWN = 3;
const FRAME_S = 1 / 60, TICK_S = 0.1;

const record = (fields) => ({ x: 10, y: 10, since: 0, way: RIGHT, boost: false, length: 6, colour: 1, player: 7, name: "Ada", ...fields });

/** The points that are drawn. */
function traced(snake) {
    const points = [];
    snake.trace({ moveTo: (x, y) => points.push(["from", x, y]), lineTo: (x, y) => points.push([x, y]) });
    return points;
}

/** A world with one snake, told tick by tick; each is one {way, boost, length} or none. */
function walk(steps, options = {}) {
    const state = new FakeState(), world = new World(state), tick = 1000;
    const fake = new FakeSnake(state, { player: 7, x: 50, y: 50, way: RIGHT, tick, ...options });
    state.snapshot(tick);
    steps.forEach(({ way, boost, length } = {}, i) => {
        fake.step(tick + 1 + i, way, boost, length);
        state.snapshot(tick + 1 + i);
    });
    return { state, world, fake, tick: tick + steps.length, snake: world.snakes.get(7) };
}

const rest = (count) => Array.from({ length: count });

test("`since` was so many ticks ago", () => {
    assert.deepEqual([ageOf(5, 69), ageOf(63, 64), ageOf(60, 130)], [0, 1, 6]);
});

test("the head goes straight on from its anchor, twice as fast with a boost", () => {
    const snake = new Snake(7);
    snake.take(record(), 1000);
    snake.frame(1003.5, FRAME_S);
    assert.deepEqual([snake.x, snake.y, snake.speed], [13.5, 10, 1]);
    snake.take(record({ x: 14, boost: true, way: UP }), 1004);
    snake.forget();
    snake.frame(1005, FRAME_S);
    assert.deepEqual([snake.x, snake.y, snake.speed, snake.heading], [14, 8, 2, UP]);
});

test("what is past is drawn as it was: before the corner, on the way to it", () => {
    const { snake, tick } = walk([...rest(4), { way: DOWN }, ...rest(3)]);
    for (const [ago, x, y] of [[0, 54, 54], [4, 54, 50], [4.5, 53.5, 50], [6, 52, 50]]) {
        snake.frame(tick - ago, FRAME_S);
        assert.deepEqual([snake.x, snake.y], [x, y], `${ago} ticks ago`);
    }
});

test("the body lies behind the head, as long as it is", () => {
    const { snake, tick } = walk([...rest(4), { way: DOWN }, ...rest(3)]);
    snake.frame(tick, FRAME_S);
    assert.deepEqual(traced(snake).filter(([a, b], i, all) => String([a, b]) !== String(all[i - 1])), [["from", 54, 54], [54, 50], [53, 50]]);
});

test("the whole way of a long walk, with turns and boosts, is where the server has it", () => {
    const random = randomOf(5);
    let way = RIGHT, boost = false;
    const steps = Array.from({ length: 400 }, () => {
        if (random() < 0.3)
            way = (way + (random() < 0.5 ? 1 : 3)) % 4;
        if (random() < 0.1)
            boost = !boost;
        return { way, boost };
    });
    const state = new FakeState(), world = new World(state), fake = new FakeSnake(state, { player: 7, x: 500, y: 500, way: RIGHT, length: 40, tick: 1000 });
    state.snapshot(1000);
    const heads = [];
    steps.forEach((step, i) => {
        const tick = 1001 + i;
        fake.step(tick, step.way, step.boost);
        state.snapshot(tick);
        heads.push([fake.x, fake.y]);
        const snake = world.snakes.get(7);
        for (const ago of [0, 1, 2].filter((n) => n <= i)) {
            snake.forget();
            snake.frame(tick - ago, FRAME_S);
            assert.deepEqual([snake.x, snake.y], heads[i - ago], `${ago} ticks before ${tick}`);
        }
        snake.frame(tick, FRAME_S);
        const points = traced(snake).map((point) => point.slice(-2)), cells = fake.cells.slice(0, 40);
        for (const [x, y] of points)
            assert.ok(i < 40 || cells.some(([cx, cy]) => Math.abs(cx - x) + Math.abs(cy - y) < 1e-6), `${x},${y} is of its body`);
    });
});

test("a turn that comes late is blended in: never a leap, never back", () => {
    const { state, fake, snake, tick } = walk(rest(8));
    let at = tick - 0.5, last = null;
    const step = () => {
        at += FRAME_S / TICK_S;
        snake.frame(at, FRAME_S);
        if (last) {
            const far = Math.hypot(snake.x - last.x, snake.y - last.y), pace = FRAME_S / TICK_S;
            assert.ok(far <= 1.75 * pace, `${far} in a frame`);
        }
        last = { x: snake.x, y: snake.y };
    };
    for (let i = 0; i < 24; i++)
        step(); // for three ticks nothing has come
    for (let i = 1; i <= 3; i++)
        fake.step(tick + i, i === 1 ? DOWN : undefined);
    state.snapshot(tick + 3);
    step();
    assert.ok(snake.off > 1);
    for (let i = 0, before = snake.off; i < 60; i++) {
        step();
        assert.ok(snake.off <= before);
        before = snake.off;
    }
    assert.equal(snake.off, 0);
    assert.equal(snake.x, fake.x);
});

test("who was drawn far ahead waits for its place to come, and never goes back", () => {
    const snake = new Snake(7);
    snake.take(record(), 0);
    snake.frame(11, FRAME_S);
    snake.take(record(), 11); // it has not gone a cell
    snake.frame(11, FRAME_S);
    assert.ok(snake.off > 10, `${snake.off}`);
    for (let at = 11, before = snake.x; snake.off > 0; before = snake.x) {
        at += FRAME_S / TICK_S;
        snake.frame(at, FRAME_S);
        assert.ok(snake.x >= before - 1e-9, `${snake.x} after ${before}`);
        assert.ok(at < 60, "it comes back");
    }
});

test("who is too far off is put where it belongs", () => {
    const snake = new Snake(7);
    snake.take(record(), 0);
    snake.frame(0, FRAME_S);
    snake.take(record({ x: 300, y: 200 }), 3);
    snake.frame(3, FRAME_S);
    assert.deepEqual([snake.x, snake.y, snake.off], [300, 200, 0]);
});

test("what is past has all of its body, though its tail's knots are gone", () => {
    const state = new FakeState(), world = new World(state);
    const fake = new FakeSnake(state, { player: 7, x: 50, y: 50, way: RIGHT, length: 12, tick: 1000 });
    for (let tick = 1000; tick < 1060; tick++) { // a corner every two cells
        fake.step(tick + 1, tick & 2 ? DOWN : RIGHT);
        state.snapshot(tick + 1);
        const snake = world.snakes.get(7), behind = fake.cells[3 + 11];
        if (!behind)
            continue;
        snake.forget();
        snake.frame(tick + 1 - 3, FRAME_S);
        assert.deepEqual(traced(snake).at(-1).slice(-2), behind, `at ${tick}`);
    }
});

test("the tail stands still while a snake grows", () => {
    const { state, fake, snake, tick } = walk(rest(10));
    const tailAt = () => traced(snake).at(-1).at(-2);
    for (let at = tick - 1; at < tick; at += 0.1)
        snake.frame(at, FRAME_S);
    fake.step(tick + 1, undefined, undefined, 8);
    state.snapshot(tick + 1);
    const before = tailAt();
    for (let at = tick; at < tick + 1.9; at += 0.1) {
        snake.frame(at, FRAME_S);
        assert.ok(tailAt() >= before - 1e-6 && tailAt() <= before + 0.2, `${tailAt()} after ${before}`);
    }
});

test("one's own inputs bend the line before the server does, and it comes true", () => {
    const { state, fake, snake, tick } = walk(rest(5));
    snake.frame(tick, FRAME_S);
    snake.plan([{ tick: tick + 3, way: DOWN, isBoosting: false }, { tick: tick + 4, way: LEFT, isBoosting: true }]);
    for (const [ahead, x, y, way] of [[1.5, 1.5, 0, RIGHT], [2.5, 2, 0.5, DOWN], [3.5, 1, 1, LEFT]]) {
        snake.frame(tick + ahead, FRAME_S);
        assert.deepEqual([snake.x - fake.x, snake.y - fake.y, snake.heading], [x, y, way], `${ahead} ticks ahead`);
    }
    fake.step(tick + 1);
    fake.step(tick + 2);
    fake.step(tick + 3, DOWN);
    fake.step(tick + 4, LEFT, true);
    state.snapshot(tick + 4);
    snake.frame(tick + 4, FRAME_S);
    assert.deepEqual([snake.x, snake.y, snake.off], [fake.x, fake.y, 0]);
});

test("pieces of a body whose head is out of view are drawn as far as they hang together", () => {
    const state = new FakeState(), world = new World(state);
    for (const [number, x] of [[4, 0], [5, 16], [6, 32], [9, 80], [10, 96]])
        state.add("knot", { x, y: 3, player: 7, number });
    state.snapshot(1);
    assert.deepEqual(traced(world.snakes.get(7)), [["from", 96, 3], [80, 3], ["from", 32, 3], [16, 3], [0, 3]]);
    assert.deepEqual([[-9, 0, 9, 9], [90, -9, 200, 9], [200, 0, 300, 9], [0, 4, 99, 9]].map((box) => world.snakes.get(7).touches(...box)),
        [true, true, false, false]);
});

test("of a replay the world's ticks count, at any speed", () => {
    for (const [perTick, standing] of [[4, false], [1, true]]) {
        const state = new FakeState(), world = new World(state), playback = state.add("playback", { tick: 500, first: 0, last: 900, speed: 100 });
        const fake = new FakeSnake(state, { player: 7, x: 50, y: 50, way: RIGHT, tick: 0 });
        state.snapshot(0);
        let tick = 0;
        for (let i = 0; i < 5; i++) {
            for (let k = 0; k < perTick; k++)
                fake.step(++tick);
            if (standing) // a tick of the state in which the world stands: every anchor is that much younger
                state.change(fake.entity, { since: (fake.entity.fields.since + 1) & 63, n: tick++ });
            state.change(playback, { tick: playback.fields.tick + perTick });
            state.snapshot(tick);
            const snake = world.snakes.get(7);
            snake.forget();
            for (const ago of [0, 0.5]) {
                snake.frame(playback.fields.tick - ago, FRAME_S);
                assert.equal(snake.x, fake.x - ago);
            }
        }
    }
});

/** Of points on straight lines, all the cells. */
function cellsOn(points) {
    const cells = [points[0]];
    for (const [x, y] of points)
        for (let [fromX, fromY] = cells.at(-1); fromX !== x || fromY !== y; cells.push([fromX, fromY])) {
            fromX += Math.sign(x - fromX);
            fromY += Math.sign(y - fromY);
        }
    return cells;
}

test("what the server tells of a snake is drawn on the cells that the server has it on", () => {
    for (const { tick, snake: told, knots, cells } of vectors("arena").cases) {
        const state = new FakeState(), world = new World(state);
        state.add("snake", record(told));
        for (const knot of knots)
            state.add("knot", { ...knot, player: 7 });
        state.snapshot(tick);
        const snake = world.snakes.get(7);
        snake.frame(tick, FRAME_S);
        const points = traced(snake).map((point) => point.slice(-2));
        assert.deepEqual(cellsOn(points), cells, `of ${JSON.stringify(told)}`);
    }
});
