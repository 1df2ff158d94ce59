// SPDX-License-Identifier: MIT
import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { State, isSnapshot } from "../../../clients/js/src/state.js";
import { DELTA, FORGET, FRESH, KEYFRAME, MORE, enter, leave, snapshot, u8, update } from "./support/writer.mjs";

const field = (name, more) => ({ name, type: "uint", bits: 8, ...more });
const SCHEMA = { hash: "00000000000000aa", types: [
    { name: "snail", fields: [field("x", { axis: "x" }), field("hp", { who: "team" }), field("secret", { who: "owner" })] },
    { name: "leaf", fields: [field("size")] },
] };

let state, told;

beforeEach(() => {
    state = new State();
    state.setSchema(SCHEMA);
    told = [];
    state.onAdd(null, ({ id, type }) => told.push(["add", type, id % 2 ** 20]));
    state.onRemove(null, ({ id, type }) => told.push(["remove", type, id % 2 ** 20]));
    state.onChange(null, ({ id }, before) => told.push(["change", id % 2 ** 20, before]));
});

/** What was told since the last time. */
const news = () => told.splice(0);
const known = (entity) => Object.fromEntries(Object.entries(entity.fields).filter(([, value]) => value !== undefined));
const snail = (index = 7) => [...state].find(({ id }) => id % 2 ** 20 === index);

/** A snail, index 7, in channel 1 for everyone and 2 for its team. */
function begin() {
    state.apply(snapshot({ flags: FRESH, tick: 10, step: 0 },
        { kind: KEYFRAME, channel: 1, records: [enter(7, 1, 0, u8(50), null, null)] },
        { kind: KEYFRAME, channel: 2, audience: 1, records: [enter(7, 1, 0, null, u8(9), null)] }));
    news();
}

test("what enters is told, when it is whole", () => {
    const whole = state.apply(snapshot({ flags: FRESH, tick: 10, step: 0, input: 3, interval: 2 },
        { kind: KEYFRAME, channel: 1, records: [enter(7, 1, 0, u8(50), null, null), enter(8, 4095, 1, u8(3))] }));
    assert.equal(whole, true);
    assert.deepEqual(news(), [["add", "snail", 7], ["add", "leaf", 8]]);
    assert.deepEqual([state.tick, state.step, state.input, state.interval], [10, 0, 3, 2]);
    assert.deepEqual(known(snail()), { x: 50 });
    assert.deepEqual(snail().axes, { x: "x" });
    assert.equal(state.get(2 ** 20 + 7), snail());
    assert.equal(state.get(2 * 2 ** 20 + 7), undefined);
    assert.equal(state.get(4095 * 2 ** 20 + 8).type, "leaf");
    assert.deepEqual([...state.of("leaf")].map(({ id }) => id), [4095 * 2 ** 20 + 8]);
    assert.equal(state.size, 2);
});

test("a change is told once, with what was before", () => {
    begin();
    state.apply(snapshot({ tick: 11 }, { kind: DELTA, channel: 1, records: [update(7, u8(51), null, null)] },
        { kind: DELTA, channel: 1, records: [update(7, u8(52), null, null)] }));
    assert.deepEqual(news(), [["change", 7, { x: 50 }]]);
    assert.equal(snail().fields.x, 52);
    state.apply(snapshot({ tick: 12 }, { kind: DELTA, channel: 1, records: [update(7, u8(52), null, null)] }));
    assert.deepEqual(news(), [], "told again, it is the same");
});

test("who goes to a channel that is held stays, whichever section comes first", () => {
    for (const isLeaveFirst of [true, false]) {
        begin();
        const sections = [{ kind: DELTA, channel: 1, records: [leave(7, 3)] },
            { kind: KEYFRAME, channel: 3, records: [enter(7, 1, 0, u8(60), null, null)] }];
        state.apply(snapshot({ tick: 11 }, ...(isLeaveFirst ? sections : sections.reverse())));
        assert.deepEqual(news(), [["change", 7, { x: 50 }]]);
    }
});

test("who goes to a channel that is not held is known by what else is held", () => {
    begin();
    state.apply(snapshot({ tick: 11 }, { kind: DELTA, channel: 1, records: [leave(7, 3)] }));
    assert.deepEqual(news(), [["change", 7, { x: 50 }]]);
    assert.deepEqual(known(snail()), { hp: 9 });
    state.apply(snapshot({ tick: 12 }, { kind: DELTA, channel: 2, audience: 1, records: [leave(7, 4)] }));
    assert.deepEqual(news(), [["remove", "snail", 7]]);
});

test("a leave that comes late says nothing", () => {
    begin();
    state.apply(snapshot({ tick: 11 }, { kind: KEYFRAME, channel: 3, records: [enter(7, 1, 0, u8(60), null, null)] }));
    state.apply(snapshot({ tick: 12 }, { kind: DELTA, channel: 1, records: [leave(7), leave(99)] }));
    assert.deepEqual(news(), [["change", 7, { x: 50 }]]);
    assert.deepEqual(known(snail()), { x: 60, hp: 9 });
});

test("a channel that is forgotten takes with it what is only there", () => {
    begin();
    state.apply(snapshot({ tick: 11 }, { kind: FORGET, channel: 2 }));
    assert.deepEqual(news(), [["change", 7, { hp: 9 }]]);
    state.apply(snapshot({ tick: 12 }, { kind: FORGET, channel: 1 }));
    assert.deepEqual(news(), [["remove", "snail", 7]]);
    assert.equal(state.size, 0);
});

test("a keyframe is all that there is", () => {
    begin();
    state.apply(snapshot({ tick: 11 }, { kind: KEYFRAME, channel: 1, records: [enter(8, 1, 1, u8(1))] },
        { kind: KEYFRAME, channel: 2, audience: 1 }));
    assert.deepEqual(news(), [["remove", "snail", 7], ["add", "leaf", 8]]);
});

test("an entering says which fields its audience sees: others are no longer known", () => {
    begin();
    state.apply(snapshot({ tick: 11 }, { kind: DELTA, channel: 2, audience: 1, records: [enter(7, 1, 0, null, null, u8(5))] }));
    assert.deepEqual(news(), [["change", 7, { secret: undefined, hp: 9 }]]);
    assert.deepEqual(known(snail()), { x: 50, secret: 5 });
});

test("an index with another generation is another entity", () => {
    begin();
    const before = snail();
    state.apply(snapshot({ tick: 11 }, { kind: DELTA, channel: 1, records: [enter(7, 2, 0, u8(1), null, null)] }));
    assert.deepEqual(news(), [["remove", "snail", 7], ["add", "snail", 7]]);
    assert.notEqual(snail(), before);
    assert.equal(before.fields.x, 50);
    assert.deepEqual(known(snail()), { x: 1 });
});

test("what comes and goes in one snapshot was never there, and of its last change nobody is told", () => {
    begin();
    state.apply(snapshot({ tick: 11 },
        { kind: DELTA, channel: 1, records: [enter(8, 1, 1, u8(1)), leave(8), update(7, u8(1), null, null), leave(7)] },
        { kind: DELTA, channel: 2, audience: 1, records: [leave(7)] }));
    assert.deepEqual(news(), [["remove", "snail", 7]]);
});

test("parts are taken together", () => {
    begin();
    const first = snapshot({ flags: MORE, tick: 11 }, { kind: DELTA, channel: 1, records: [leave(7)] });
    assert.equal(state.apply(first), false);
    assert.deepEqual([state.tick, news(), known(snail())], [10, [], { x: 50, hp: 9 }]);
    assert.equal(state.apply(snapshot({ tick: 11 }, { kind: DELTA, channel: 1, records: [enter(7, 1, 0, u8(2), null, null)] })), true);
    assert.deepEqual([state.tick, news()], [11, [["change", 7, { x: 50 }]]]);
});

test("fresh is from nothing", () => {
    begin();
    state.apply(snapshot({ flags: FRESH, tick: 3 }, { kind: KEYFRAME, channel: 1, records: [enter(7, 1, 0, u8(2), null, null)] }));
    assert.deepEqual(news(), [["remove", "snail", 7], ["add", "snail", 7]]);
    assert.deepEqual(known(snail()), { x: 2 });
});

test("another schema is another world, and none is none", () => {
    begin();
    state.setSchema({ hash: "00000000000000bb", types: [{ name: "sun", fields: [] }] });
    assert.deepEqual(news(), [["remove", "snail", 7]]);
    assert.equal(state.tick, 0);
    state.apply(snapshot({ flags: FRESH, tick: 1 }, { kind: KEYFRAME, channel: 0, records: [enter(0, 1, 0)] }));
    assert.deepEqual(news(), [["add", "sun", 0]]);
    state.setSchema(null);
    assert.throws(() => state.apply(snapshot({ tick: 2 })), /no schema/);
});

test("a schema of a newer kind is refused, and nothing changes", () => {
    begin();
    for (const type of ["quaternion", "constructor"])
        assert.throws(() => state.setSchema({ hash: "", types: [{ name: "a", fields: [{ name: "b", type }] }] }), /does not know/);
    assert.equal(state.schema.hash, SCHEMA.hash);
    assert.deepEqual(news(), []);
});

test("sections of later versions are skipped", () => {
    begin();
    state.apply(snapshot({ tick: 11 }, { kind: 3, channel: 9, records: [(writer) => writer.varint(12345)] },
        { kind: DELTA, channel: 1, audience: 3, records: [enter(9, 1, 77)] },
        { kind: DELTA, channel: 1, records: [update(7, u8(1), null, null)] }));
    assert.deepEqual(news(), [["change", 7, { x: 50 }]]);
});

test("what can't be read is a fault", () => {
    const records = (...list) => snapshot({ tick: 11 }, { kind: DELTA, channel: 1, records: list });
    const good = records(update(7, u8(1), null, null));
    const bad = {
        "an unknown entity": records(update(5, u8(1))),
        "a type that there is not": records(enter(5, 1, 2)),
        "an index": records(enter(2 ** 20, 1, 1, u8(1))),
        "a channel": snapshot({ tick: 11 }, { kind: DELTA, channel: 2 ** 20 }),
        "where it went": records(leave(7, 2 ** 20)),
        "bytes behind the end": records((writer) => writer.bits(0, 16)),
        "nothing": Uint8Array.from([1]),
    };
    for (const [what, message] of Object.entries(bad)) {
        begin();
        assert.throws(() => state.apply(message), /can't be read/, what);
    }
    for (let length = 1; length < good.length; length++) {
        begin();
        if (length !== 6) // that is a whole one, with no section
            assert.throws(() => state.apply(good.subarray(0, length)), /can't be read/, `${length} bytes`);
    }
    begin();
    for (let i = 0; i < 256; i++)
        state.apply(snapshot({ flags: MORE, tick: 11 }));
    assert.throws(() => state.apply(snapshot({ flags: MORE, tick: 11 })), /too many/);
    assert.throws(() => state.apply(Uint8Array.from([1])), /too short/);
    assert.equal(state.apply(snapshot({ flags: FRESH, tick: 12 })), true, "a fresh one mends it");
});

test("what was not whole when the connection broke is no part of a fresh snapshot", () => {
    begin();
    state.apply(snapshot({ flags: MORE, tick: 11 }, { kind: DELTA, channel: 1, records: [update(5, u8(1), null, null)] }));
    assert.equal(state.apply(snapshot({ flags: FRESH, tick: 12 })), true);
    assert.equal(state.tick, 12);
});

test("a field may be called as what every object has", () => {
    state.setSchema({ hash: "", types: [{ name: "car", fields: [field("constructor"), field("valueOf")] }] });
    state.apply(snapshot({ flags: FRESH, tick: 1 }, { kind: KEYFRAME, channel: 1, records: [enter(1, 1, 0, u8(3), u8(4))] }));
    news();
    state.apply(snapshot({ tick: 2 }, { kind: DELTA, channel: 1, records: [update(1, u8(5), null)] }));
    assert.deepEqual(news(), [["change", 1, { constructor: 3 }]]);
});

test("a listener hears what is there already, of nothing twice, and no more when it was taken away", () => {
    begin();
    const heard = [];
    const stop = state.onAdd("snail", ({ id }) => heard.push(id % 2 ** 20));
    assert.deepEqual(heard, [7]);
    state.onAdd("leaf", () => state.onAdd(null, ({ id }) => heard.push(-(id % 2 ** 20)))); // in the midst of telling
    state.apply(snapshot({ tick: 11 }, { kind: DELTA, channel: 1, records: [enter(8, 1, 1, u8(1)), enter(9, 1, 0, u8(1), null, null)] }));
    assert.deepEqual(heard, [7, -7, -8, 9, -9]);
    stop();
    state.apply(snapshot({ tick: 12 }, { kind: DELTA, channel: 1, records: [enter(10, 1, 0, u8(1), null, null)] }));
    assert.deepEqual(heard, [7, -7, -8, 9, -9, -10]);
});

test("a snapshot is told after all that is in it", () => {
    begin();
    state.onSnapshot(({ tick }) => told.push(["snapshot", tick]));
    state.apply(snapshot({ tick: 11 }, { kind: DELTA, channel: 1, records: [update(7, u8(1), null, null)] }));
    assert.deepEqual(news(), [["change", 7, { x: 50 }], ["snapshot", 11]]);
});

test("other binary messages are none of its", () => {
    assert.equal(isSnapshot(Uint8Array.from([2, 0])), false);
    assert.equal(isSnapshot(snapshot({ tick: 1 })), true);
});
