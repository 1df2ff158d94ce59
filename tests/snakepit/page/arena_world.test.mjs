// SPDX-License-Identifier: MIT
// What is seen of the arena: who comes and goes, food, leaders; and from where it is looked at.
import assert from "node:assert/strict";
import { test } from "node:test";

import { BodyPen } from "../../../apps/snakepit/web/arena/js/body.js";
import { Camera } from "../../../apps/snakepit/web/arena/js/camera.js";
import { crowdOf } from "../../../apps/snakepit/web/arena/js/minimap.js";
import { World } from "../../../apps/snakepit/web/arena/js/world.js";
import { clockOf, figuresOf, lineOf, obituaryOf, refusalOf } from "../../../apps/snakepit/web/arena/js/words.js";
import { FakeSnake, FakeState, Swarm } from "./support/swarm.mjs";

const RIGHT = 2, DOWN = 3, FRAME_S = 1 / 60, ME = 7;

function worldWith(...snakes) {
    const state = new FakeState(), world = new World(state);
    const fakes = snakes.map((options) => new FakeSnake(state, { x: 50, y: 50, way: RIGHT, tick: 100, ...options }));
    state.snapshot(100);
    return { state, world, fakes };
}

/** The fakes go on, and that is told; then a frame of that moment. */
function go({ state, world, fakes }, tick, shown = tick - 2, mine = tick) {
    fakes.forEach((fake) => fake.step(tick));
    state.snapshot(tick);
    return world.frame(shown, mine, ME, FRAME_S);
}

test("who has died goes on to where it died, and then fades", () => {
    const it = worldWith({ player: 1 }), { state, world, fakes: [fake] } = it;
    for (let tick = 101; tick <= 104; tick++)
        go(it, tick);
    fake.die();
    it.fakes.length = 0;
    go(it, 105, 103);
    assert.equal(world.snakes.size, 0);
    assert.deepEqual(world.leaving.map(({ x, gone }) => [x, gone]), [[53, 105]]);
    go(it, 107, 105.5);
    assert.ok(world.leaving[0].x < 55.01);
    go(it, 112, 110);
    assert.equal(world.leaving.length, 0);
    assert.equal(state.entities.size, 0);
});

test("one's own, which was shown ahead, stays where it came to", () => {
    const it = worldWith({ player: ME }), { world, fakes: [fake] } = it;
    for (let tick = 101; tick <= 104; tick++)
        go(it, tick, tick - 2, tick + 1);
    const { x } = world.snakes.get(ME);
    fake.die();
    it.fakes.length = 0;
    go(it, 105, 103, 106);
    assert.equal(world.leaving[0].x, x);
});

test("who dies and is born again between two snapshots is another snake", () => {
    const it = worldWith({ player: 1, length: 3 }), { state, world, fakes } = it;
    go(it, 101);
    const before = world.snakes.get(1);
    fakes[0].die();
    fakes[0] = new FakeSnake(state, { player: 1, x: 300, y: 300, way: DOWN, tick: 102 });
    state.snapshot(102);
    world.frame(102, 102, ME, FRAME_S);
    assert.notEqual(world.snakes.get(1), before);
    assert.deepEqual([world.snakes.get(1).x, world.leaving.length], [300, 1]);
});

test("a head out of view leaves the pieces of its body, in its colour", () => {
    const it = worldWith({ player: 1, colour: 5, length: 60 }), { state, world, fakes: [fake] } = it;
    for (let tick = 101; tick < 150; tick++)
        go(it, tick);
    state.remove(fake.entity);
    it.fakes.length = 0;
    go(it, 150);
    assert.deepEqual([world.snakes.get(1).hasHead, world.snakes.get(1).colour, world.leaving.length], [false, 5, 0]);
    const points = [];
    world.snakes.get(1).trace({ moveTo: (...at) => points.push(at), lineTo: (...at) => points.push(at) });
    assert.ok(points.length >= 3);
});

test("food stays until the head that ate it is shown there; one's own bite counts at once, and a wrong one is taken back", () => {
    const it = worldWith({ player: ME }), { state, world } = it, near = state.add("food", { x: 53, y: 50, value: 2 });
    const far = state.add("food", { x: 90, y: 90, value: 1 });
    for (let tick = 101; tick <= 102; tick++)
        assert.equal(go(it, tick, tick - 2, tick), 0);
    assert.equal(go(it, 103, 101, 103), 1, "bitten");
    state.remove(far);
    const pieceAt = (x) => world.food.pieces.find((piece) => piece.x === x);
    for (let i = 0; i < 30; i++)
        go({ ...it, fakes: [] }, 104, 102.9, 105);
    assert.equal(pieceAt(53).size, 0);
    assert.equal(pieceAt(90).size, 1, "its end is not shown yet");
    for (let i = 0; i < 60; i++)
        world.frame(104.5, 110, ME, FRAME_S);
    assert.equal(pieceAt(90), undefined);
    assert.ok(pieceAt(53).size > 0, "it was told of for a second longer");
    state.remove(near);
});

test("leaders come in the order of their ranks", () => {
    const { state, world } = worldWith();
    for (const [rank, player] of [[3, 8], [1, 9], [2, 4]])
        state.add("leader", { rank, score: 10 - rank, player, name: `P${player}` });
    state.snapshot(101);
    assert.deepEqual(world.leaders.map(({ player }) => player), [9, 4, 8]);
});

test("a crowd for a minute: every head is where the server has it", () => {
    const state = new FakeState(), world = new World(state), swarm = new Swarm(state, { count: 100, width: 200, height: 200, food: 50 });
    for (let i = 0; i < 600; i++) {
        swarm.step();
        for (const { player, x, y } of swarm.snakes) {
            const snake = world.snakes.get(player);
            snake.forget();
            snake.frame(swarm.tick, FRAME_S);
            assert.deepEqual([snake.x, snake.y], [x, y], `${player} at ${swarm.tick}`);
        }
    }
});

// --- looking

test("the camera shows no more than the server lets see, in whole pixels", () => {
    const camera = new Camera();
    for (const [width, height, density] of [[1440, 860, 1], [3840, 2160, 1.5], [390, 844, 2], [320, 568, 3]]) {
        camera.fit(width, height, { width: 128, height: 96 }, density);
        assert.ok(camera.view.width <= 129 && camera.view.height <= 97, JSON.stringify(camera.view));
        assert.ok(Math.abs((camera.cell_px * density) % 2) < 1e-9);
        assert.ok(camera.columns >= 15, "enough to see ahead");
    }
});

test("the camera comes after, and cuts to what is far", () => {
    const camera = new Camera();
    camera.fit(1000, 500, { width: 128, height: 96 });
    camera.begin(50, 60);
    assert.deepEqual([camera.x, camera.y], [50, 60]);
    camera.follow(100, 100, FRAME_S);
    assert.deepEqual([camera.x, camera.y], [100, 100]);
    camera.begin(50, 60); // the connection was lost, and is there again
    assert.deepEqual([camera.x, camera.y], [100, 100]);
    camera.follow(101, 100, FRAME_S);
    assert.ok(camera.x > 100 && camera.x < 101);
    for (let i = 0; i < 120; i++)
        camera.follow(101, 100, FRAME_S);
    assert.ok(Math.abs(camera.x - 101) < 1e-3);
    camera.follow(500, 100, FRAME_S);
    assert.equal(camera.x, 500);
});

/** What a pen paints of a line, as [style, x, y, width, height] and ["disc", x, y]. */
function painted(points, look = {}) {
    const calls = [], context = { fillRect(...at) { calls.push([this.fillStyle, ...at]); }, drawImage: (_, x, y) => calls.push(["disc", x, y]) };
    const pen = new BodyPen(context, 20);
    pen.begin(0, 0);
    pen.paint({ trace(path) { points.forEach(([x, y], i) => (i === 0 ? path.moveTo(x, y) : path.lineTo(x, y))); } },
        { rim: "rim", fill: "fill", shine: "shine", stripe: null, disc: { width: 20, height: 20 }, ...look });
    return calls;
}

test("a body is a rectangle for each leg, and a disc for each corner", () => {
    const calls = painted([[9.5, 2], [8, 2], [5, 2], [5, 6]]);
    assert.deepEqual(calls.filter(([what]) => what === "disc"), [["disc", 90, 30], ["disc", 90, 110]]);
    assert.deepEqual(calls.filter(([what]) => what === "fill"), [["fill", 100, 33, 90, 14], ["fill", 93, 40, 14, 80]]);
});

test("stripes go with the snake, round its corners", () => {
    const dashes = painted([[9, 2], [5, 2], [5, 6]], { stripe: "stripe" }).filter(([what]) => what === "stripe");
    assert.ok(dashes.length >= 6);
    const length = dashes.reduce((sum, [, , , width, height]) => sum + Math.max(width, height), 0);
    assert.ok(Math.abs(length - 160 * 0.5 / 1.12) < 12, String(length));
});

// --- words

test("a map is 1024 digits, or none", () => {
    assert.deepEqual(crowdOf("09" + "1".repeat(1022)).slice(0, 3), [0, 9, 1]);
    for (const bad of [undefined, 5, "123", "x".repeat(1024)])
        assert.equal(crowdOf(bad).reduce((a, b) => a + b), 0);
});

test("deaths, news, refusals and times in words, whatever comes", () => {
    assert.deepEqual(obituaryOf({ why: "snake", by: 3, by_name: "Bea" }), ["You crashed", "Bea got you."]);
    assert.deepEqual(obituaryOf({ why: "wall", by: 0, by_name: "" })[0], "You ran into the wall");
    assert.deepEqual(obituaryOf({ why: "?" }), ["You died", ""]);
    assert.deepEqual(figuresOf({ score: 1, length: 7, kills: 0 }).map(([, value]) => value), ["1", "7", "0", "–"]);
    assert.deepEqual(lineOf(["", "Ada", 4]), { by: "", who: "Ada", score: 4 });
    for (const bad of [null, [], ["a"], ["a", "b", "c"], [1, "b", 2]])
        assert.equal(lineOf(bad), null);
    assert.deepEqual([clockOf(0), clockOf(61.9), clockOf(3661), clockOf(-1)], ["0:00", "1:01", "1:01:01", "0:00"]);
    assert.match(refusalOf({ code: "full", message: "x" }), /full/);
    assert.equal(refusalOf({ code: "new", message: "as it says" }), "as it says");
});
