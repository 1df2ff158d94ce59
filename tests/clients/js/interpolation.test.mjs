// SPDX-License-Identifier: MIT
// Smooth movement from snapshots as they came: late, together, or not at all.
import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { Interpolation } from "../../../clients/js/src/interpolation.js";
import { State } from "../../../clients/js/src/state.js";
import { DELTA, FRESH, KEYFRAME, enter, snapshot, u8, update } from "./support/writer.mjs";

const TICK_MS = 50, FRAME_MS = 1000 / 60;
const f32 = (value) => (writer) => writer.bits(new DataView(Float32Array.of(value).buffer).getUint32(0, true), 32);
const SCHEMA = { hash: "00000000000000aa", types: [
    { name: "snail", fields: [{ name: "px", type: "float32", axis: "x" }, { name: "y", type: "float32", axis: "y" }] },
    { name: "score", fields: [{ name: "value", type: "uint", bits: 8 }] },
] };

let state, now, interpolation;

beforeEach(() => {
    now = 10_000;
    state = new State();
    state.setSchema(SCHEMA);
    state.tick_ms = TICK_MS;
    interpolation = new Interpolation(state, { now: () => now });
});

const snail = () => [...state].find(({ type }) => type === "snail");
const begin = (tick, x, y = 0) => state.apply(snapshot({ flags: FRESH, tick, step: 0 },
    { kind: KEYFRAME, channel: 1, records: [enter(1, 1, 0, f32(x), f32(y))] }));
const move = (tick, x, { step = 1, interval = 1 } = {}) => state.apply(snapshot({ tick, step, interval },
    { kind: DELTA, channel: 1, records: [update(1, f32(x), null)] }));

/** Lets `count` snapshots of a snail that moves `speed` per tick come on time, and returns the last tick. */
function walk(count, { from = 100, speed = 10, step = 1 } = {}) {
    begin(from, 0);
    for (let i = 1; i <= count; i++) {
        now += step * TICK_MS;
        move(from + i * step, i * step * speed, { step, interval: step });
        interpolation.frame();
    }
    return from + count * step;
}

test("what came on time is shown one interval ago", () => {
    const tick = walk(20);
    assert.equal(interpolation.delay, TICK_MS);
    now += 20;
    assert.ok(Math.abs(interpolation.frame() - (tick - 1 + 20 / TICK_MS)) < 1e-6);
    assert.ok(Math.abs(interpolation.at(snail()).x - (190 + 4)) < 1e-3);
});

test("a slower rate is shown further ago", () => {
    const tick = walk(20, { step: 3 });
    assert.equal(interpolation.delay, 3 * TICK_MS);
    now += 75;
    assert.ok(Math.abs(interpolation.frame() - (tick - 1.5)) < 1e-6);
    assert.ok(Math.abs(interpolation.at(snail()).x - (600 - 15)) < 1e-3);
});

// How late snapshots came, in ms after the soonest. Recorded: 20 a second over loopback, on two cores with a load of 15.
const BUSY = [2, 9, 2, 3, 7, 5, 3, 5, 2, 2, 5, 3, 1, 3, 3, 2, 3, 13, 3, 5, 1, 5, 1, 2, 3, 1, 6, 1, 1, 0, 11, 1, 0, 1, 2, 5, 7, 9,
    1, 0, 3, 5, 1, 5, 1, 5, 2, 5, 1, 0, 1, 1, 3, 1, 0, 13, 1, 0, 1, 1, 0, 5, 3, 3, 2, 1, 1, 2, 1, 5, 1, 2, 1, 5, 4, 1, 3, 5, 2,
    5, 1, 0, 1, 5, 2, 3, 1, 0, 1, 5, 1, 5, 2, 1, 1, 5, 2, 5, 1, 0, 1, 5, 1, 1, 1, 5, 6, 5, 1, 0, 1, 1, 3, 5, 2, 5, 3, 5, 1, 1];
// Made up: worse, and at the 60th nothing comes for a third of a second, and then all at once.
const STALL = [...BUSY.slice(0, 60).map((ms, i) => ms + (i % 7) * 6), 330, 280, 230, 180, 130, 80, 30, ...BUSY.slice(67)];

/** Plays that trace to a page of 60 frames a second. Returns what it showed: [{at, x}]. */
function play(late, speed) {
    const start = now, shown = [];
    const arrivals = late.map((ms, i) => ({ at: start + i * TICK_MS + ms, tick: 1000 + i }));
    begin(1000, 0);
    let next = 1;
    for (let frame = 0; next < arrivals.length; frame++) {
        now = start + frame * FRAME_MS;
        for (; next < arrivals.length && arrivals[next].at <= now; next++) {
            const frameTime = now;
            now = arrivals[next].at;
            move(arrivals[next].tick, (arrivals[next].tick - 1000) * speed);
            now = frameTime;
        }
        interpolation.frame();
        shown.push({ at: now - start, x: interpolation.at(snail()).x });
    }
    return shown;
}

/** How far it went in each frame, as a share of the truth, from the second second on. */
const steps = (shown, speed) => shown.slice(60).map(({ at, x }, i) => ({ at, share: ((x - shown[i + 59].x) / speed) * (TICK_MS / FRAME_MS) }));

test("a recorded trace: nothing jumps, nothing stops, and nothing goes backwards", () => {
    for (const { at, share } of steps(play(BUSY, 10), 10))
        assert.ok(share > 0.89 && share < 1.11, `at ${at.toFixed()} ms: ${share.toFixed(3)} of the speed`);
    assert.ok(interpolation.delay < TICK_MS + 14, `${interpolation.delay} ms in the past`);
});

test("when nothing comes for long, it goes on for a moment, stops, and catches up", () => {
    const speed = 10, shown = play(STALL, speed), stallAt = 60 * TICK_MS;
    for (const { at, share } of steps(shown, speed))
        assert.ok((share > 0.89 && share < 1.11) || (at > stallAt && at < stallAt + 600), `at ${at.toFixed()} ms: ${share.toFixed(3)}`);
    const meanwhile = shown.filter(({ at }) => at > stallAt && at < stallAt + 330);
    assert.ok(meanwhile.every(({ x }) => x <= (59 + 100 / TICK_MS) * speed + 1e-3), "not guessed too far");
    assert.ok(interpolation.delay > TICK_MS + 150, "it remembers how late it was");
    assert.ok(interpolation.delay < TICK_MS + 250, "up to a bound, and forgets it slowly");
});

test("a network that stands still for long does not turn back the time", () => {
    const speed = 10, late = BUSY.slice(0, 100).map((ms, i) => Math.max(ms, i < 40 || i >= 70 ? 0 : (70 - i) * TICK_MS));
    const shown = play(late, speed);
    for (const { at, share } of steps(shown, speed))
        assert.ok(share >= -100 / FRAME_MS - 1e-3, `at ${at.toFixed()} ms: ${share.toFixed(3)}`);
    const last = shown.at(-1);
    assert.ok((last.at / TICK_MS) * speed - last.x < ((TICK_MS + 300) / TICK_MS) * speed, "and is soon made up for");
});

test("what moves again after nothing did is seen doing so, not gliding all the time in between", () => {
    const tick = walk(20);
    now += 3000;
    interpolation.frame();
    move(tick + 60, 240, { step: 60 });
    interpolation.frame();
    assert.ok(interpolation.at(snail()).x < 235, `at ${interpolation.at(snail()).x}`);
    now += 2 * TICK_MS;
    interpolation.frame();
    assert.ok(Math.abs(interpolation.at(snail()).x - 240) < 15);
});

test("what stood still begins to move from where it stood, not from where it was seen last", () => {
    begin(100, 40);
    for (let tick = 101; tick <= 140; tick++) {
        now += TICK_MS;
        state.apply(snapshot({ tick }));
        interpolation.frame();
    }
    now += TICK_MS;
    move(141, 50);
    interpolation.frame();
    now += TICK_MS / 2;
    interpolation.frame();
    assert.ok(Math.abs(interpolation.at(snail()).x - 45) < 1e-3);
});

test("what stopped is not shown going on", () => {
    const tick = walk(20);
    now += TICK_MS;
    state.apply(snapshot({ tick: tick + 1 }));
    for (let i = 0; i < 10; i++) {
        now += FRAME_MS;
        interpolation.frame();
    }
    assert.equal(interpolation.at(snail()).x, 200);
});

test("places are of the axes; what is not known is undefined, and the same object can be used again", () => {
    walk(20);
    state.apply(snapshot({ tick: 121 }, { kind: DELTA, channel: 1, records: [enter(2, 1, 1, u8(3)), enter(3, 1, 0, f32(7), null)] }));
    const [, score, half] = [...state], place = {};
    interpolation.frame();
    assert.equal(interpolation.at(half, place), place);
    assert.deepEqual(place, { x: 7, y: undefined });
    assert.deepEqual(interpolation.at(score, place), { x: undefined, y: undefined });
});

test("without a rhythm everything is where it was last", () => {
    state.tick_ms = 0;
    begin(1, 5);
    move(2, 9);
    assert.equal(interpolation.frame(), 2);
    assert.equal(interpolation.at(snail()).x, 9);
});

test("another room begins anew", () => {
    walk(20, { from: 5000 });
    now += 400;
    begin(10, 77);
    now += TICK_MS;
    move(11, 78);
    assert.ok(Math.abs(interpolation.frame() - 10) < 1e-6);
    assert.equal(interpolation.at(snail()).x, 77);
});

test("after its stop it hears nothing", () => {
    walk(3);
    interpolation.stop();
    move(104, 500);
    interpolation.frame();
    assert.notEqual(interpolation.at(snail()).x, 500);
});
