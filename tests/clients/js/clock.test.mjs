// SPDX-License-Identifier: MIT
import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { Clock } from "../../../clients/js/src/clock.js";

let now, clock;

beforeEach(() => {
    now = 5000;
    clock = new Clock(() => now);
});

/** A ping that takes `there` and `back` ms, answered after `between` by a clock that is `offset` ahead. */
function ping({ offset, there, back, between = 0 }) {
    const t0 = now, t1 = t0 + there + offset;
    now += there + between + back;
    clock.pong(t0, t1, t1 + between);
}

test("the first word is believed", () => {
    clock.begin(105_000);
    assert.equal(clock.serverNow(), 105_000);
    now += 10;
    assert.equal(clock.serverNow(), 105_010);
    assert.equal(clock.roundTrip, null);
});

test("the way there and back is told apart from what the server does in between", () => {
    ping({ offset: 70_000, there: 20, back: 20, between: 300 });
    assert.equal(clock.roundTrip, 40);
    assert.equal(clock.serverNow(), now + 70_000);
});

test("the pong counts that waited least", () => {
    ping({ offset: 70_000, there: 10, back: 10 });
    for (let i = 0; i < 7; i++)
        ping({ offset: 70_000, there: 400, back: 10 });
    assert.equal(clock.roundTrip, 20);
    assert.equal(clock.serverNow(), now + 70_000);
    ping({ offset: 70_000, there: 400, back: 10 });
    assert.equal(clock.roundTrip, 410, "but not for ever");
});

test("it gets there slowly, and never backwards", () => {
    clock.begin(now + 70_000);
    ping({ offset: 69_900, there: 10, back: 10 });
    let last = clock.serverNow();
    for (let passed = 0; passed < 3000; passed += 20) {
        now += 20;
        const shown = clock.serverNow();
        assert.ok(shown - last >= 19 - 1e-6 && shown - last <= 21 + 1e-6, `${shown - last} in 20 ms`);
        last = shown;
    }
    assert.equal(Math.round(last - now), 69_900);
});

test("how often it is asked does not matter", () => {
    const other = new Clock(() => now);
    for (const each of [clock, other]) {
        each.begin(now + 70_000);
        each.pong(now, now + 70_500, now + 70_500);
    }
    for (let i = 0; i < 100; i++) {
        now += 10;
        other.serverNow();
    }
    assert.ok(Math.abs(clock.serverNow() - other.serverNow()) < 1e-6);
});

test("after a long sleep it jumps, and forgets what was before", () => {
    ping({ offset: 70_000, there: 5, back: 5 });
    ping({ offset: 190_000, there: 30, back: 30 });
    assert.equal(clock.serverNow(), now + 190_000);
    assert.equal(clock.roundTrip, 60);
});

test("a pong that took long is no jump", () => {
    ping({ offset: 70_000, there: 5, back: 5 });
    ping({ offset: 70_000, there: 3000, back: 5 });
    assert.equal(clock.serverNow(), now + 70_000);
});

test("a guess is worse than what was measured, unless it is another clock", () => {
    ping({ offset: 70_000, there: 5, back: 5 });
    clock.begin(now + 69_900);
    now += 5000;
    assert.equal(clock.serverNow(), now + 70_000);
    clock.begin(now + 10);
    assert.equal(clock.serverNow(), now + 10);
});

// What a ping waits for at the server is for the tick: from nothing to 50 ms, by chance.
test("of pings that wait for a tick the luckiest counts", () => {
    let seed = 1, worst = 0, sum = 0;
    const chance = () => (seed = (seed * 48271) % 2147483647) / 2147483647;
    for (let round = 0; round < 1000; round++) {
        const other = clock = new Clock(() => now);
        for (let i = 0; i < 8; i++) {
            ping({ offset: 70_000, there: 20 + 50 * chance(), back: 20 });
            now += 2000;
        }
        const error = other.serverNow() - (now + 70_000);
        worst = Math.max(worst, error);
        sum += error;
    }
    assert.ok(sum / 1000 > 2 && sum / 1000 < 4, `${sum / 1000} ms on average`);
    assert.ok(worst < 25);
});
