// SPDX-License-Identifier: MIT
// The server's ticks as the page sees them, over networks of all kinds; and one's own inputs.
import assert from "node:assert/strict";
import { test } from "node:test";

import { KEY } from "../../../apps/snakepit/web/js/protocol.js";
import { Pilot } from "../../../apps/snakepit/web/arena/js/pilot.js";
import { Ticks } from "../../../apps/snakepit/web/arena/js/ticks.js";
import { randomOf } from "./support/swarm.mjs";

const TICK = 100, FRAME = 1000 / 60;
const LEFT = 0, UP = 1, RIGHT = 2;

/** Snapshots of `count` ticks, each as late as `latency(i)` says but none before the one before; frames in between.
    `look(now, ticks, newest)` after each frame. */
function run(ticks, { count, latency, look = () => {}, first = 50, from = 0, roundTrip = 80 }) {
    const arrivals = [];
    for (let i = 0, last = 0; i < count; i++)
        arrivals.push((last = Math.max(last, from + i * TICK + latency(i))));
    let next = 0;
    for (let now = arrivals[0]; now < arrivals.at(-1); now += FRAME) {
        for (; arrivals[next] <= now; next++)
            ticks.take(first + next, 1, arrivals[next]);
        ticks.frame(now, roundTrip);
        look(now, ticks, first + next - 1);
    }
    return first + count - 1;
}

function fresh() {
    const ticks = new Ticks();
    ticks.restart(TICK);
    return ticks;
}

test("over an even network: one interval behind, and the tick that an input will be in", () => {
    const ticks = fresh();
    run(ticks, { count: 100, latency: () => 40, look(now, { shown, reach }) {
        assert.ok(Math.abs(shown - (50 + (now - 40) / TICK - 1)) < 0.01, String(shown));
        assert.ok(Math.abs(reach - (50 + (now - 40) / TICK + 0.8)) < 0.01);
    } });
});

test("jitter is made up for: nine of ten snapshots are there before they are shown", () => {
    const random = randomOf(3), ticks = fresh();
    let frames = 0, ahead = 0;
    run(ticks, { count: 400, latency: () => 40 + 60 * random(), look(now, { shown }, newest) {
        frames += newest > 150;
        ahead += newest > 150 && shown > newest;
    } });
    assert.ok(ahead / frames < 0.05, `${ahead} of ${frames}`);
    assert.ok(ticks.delay_ms > TICK + 20 && ticks.delay_ms < TICK + 70, String(ticks.delay_ms));
});

test("a stall does not make everything late", () => {
    const random = randomOf(8), ticks = fresh();
    run(ticks, { count: 600, latency: () => 75 + (random() < 0.02 ? 250 : 0) });
    assert.ok(ticks.delay_ms < TICK + 60, String(ticks.delay_ms));
});

test("it never goes backwards, and never much faster or slower than time", () => {
    const random = randomOf(1), ticks = fresh();
    let last = null;
    run(ticks, { count: 600, latency: () => 75 + 30 * random() + (random() < 0.02 ? 300 : 0), look(now, { shown, reach }) {
        for (const [at, before] of last ? [[shown, last[0]], [reach, last[1]]] : [])
            assert.ok(at - before >= 0.8 * FRAME / TICK && at - before <= 1.2 * FRAME / TICK, `${at - before} in a frame`);
        last = [shown, reach];
    } });
});

test("when nothing comes it goes on for a while, then waits, and catches up", () => {
    const ticks = fresh(), newest = run(ticks, { count: 50, latency: () => 40 });
    let now = 5000;
    for (; now < 9000; now += FRAME)
        ticks.frame(now, 80);
    assert.ok(ticks.shown > newest + 5 && ticks.shown <= newest + 8.01, String(ticks.shown - newest));
    ticks.take(newest + 41, 1, 9040); // none is lost
    ticks.frame(9041, 80);
    assert.ok(ticks.shown > newest + 39);
});

test("from one tick to the next nothing waits, however far apart they are", () => {
    for (const tick_ms of [1000, 500, 1000 / 60]) {
        const ticks = new Ticks(), snapshots = 30_000 / tick_ms;
        ticks.restart(tick_ms);
        for (let now = 0, next = 0, before = null; next < snapshots; now += FRAME) {
            for (; next * tick_ms <= now; next++)
                ticks.take(next, 1, next * tick_ms);
            ticks.frame(now, 80);
            if (before)
                [ticks.shown - before[0], ticks.reach - before[1]].forEach((step) =>
                    assert.ok(Math.abs(step * tick_ms - FRAME) < 0.01, `${step * tick_ms} ms in a frame, ${tick_ms} ms a tick`));
            before = now > 2 * tick_ms ? [ticks.shown, ticks.reach] : null;
        }
    }
});

test("another tick of the same server is told to be so", () => {
    const ticks = fresh(), newest = run(ticks, { count: 50, latency: () => 40 });
    assert.equal(ticks.take(newest + 1, 1, 5040), true);
    assert.equal(ticks.take(newest - 30, 1, 5140), false, "back in a replay");
    ticks.frame(5140, 0);
    assert.ok(ticks.shown <= newest - 30);
    assert.equal(ticks.take(newest + 3000, 1, 5240), false, "and far ahead");
});

test("of a replay that stands nothing moves", () => {
    const ticks = new Ticks();
    ticks.restart(0);
    ticks.take(7, 1, 100);
    ticks.frame(200, 10);
    assert.equal(ticks.shown, null);
});

// --- one's own inputs

function pilot() {
    const sent = [], own = new Pilot((byte) => sent.push(byte));
    own.begin(RIGHT);
    own.frame(811.4);
    return { own, sent, ticksOf: () => own.plans.map(({ tick, way }) => [tick, way]) };
}

test("a turn goes out at once, and is in the next tick that it can reach", () => {
    const { own, sent, ticksOf } = pilot();
    assert.equal(own.turn(KEY.up), true);
    assert.deepEqual([sent, ticksOf()], [[UP], [[812, UP]]]);
});

test("a second turn in the same tick waits for the next", () => {
    const { own, sent, ticksOf } = pilot();
    own.turn(KEY.up);
    assert.equal(own.turn(KEY.left), false);
    assert.equal(own.frame(811.9), false);
    assert.equal(own.frame(812.1), true);
    assert.deepEqual([sent, ticksOf()], [[UP, LEFT], [[812, UP], [813, LEFT]]]);
});

test("the boost goes with the way, and once", () => {
    const { own, sent } = pilot();
    assert.deepEqual([own.boost(true), own.boost(true), own.turn(KEY.up), own.boost(false)], [true, false, true, true]);
    assert.deepEqual(sent, [RIGHT | 4, UP | 4, UP]);
});

test("what a snapshot includes is no longer a guess; what it should include and does not is late", () => {
    const { own, ticksOf } = pilot();
    own.turn(KEY.up); // its number is 1
    own.frame(812.1);
    own.turn(KEY.right);
    own.reconcile(1, 812);
    assert.deepEqual(ticksOf(), [[813, RIGHT]]);
    own.reconcile(1, 813);
    assert.deepEqual(ticksOf(), [[814, RIGHT]]);
    own.reconcile(2, 814);
    assert.deepEqual(ticksOf(), []);
});

test("the own head is drawn before the corner that can still be had", () => {
    for (const reach of [811.01, 811.4, 811.99])
        assert.ok(Pilot.moment(reach) < Math.ceil(reach) - 1 + 1e-9 && Pilot.moment(reach) > Math.ceil(reach) - 2.2);
});
