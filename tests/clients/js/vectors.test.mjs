// SPDX-License-Identifier: MIT
// What the server sends, byte for byte, and what its own picture is then.
import assert from "node:assert/strict";
import { test } from "node:test";

import { State } from "../../../clients/js/src/state.js";
import { vectors } from "./support/vectors.mjs";

/** As the vectors write it. */
const pictureOf = (state) => ({
    tick: state.tick, step: state.step, input: state.input, interval: state.interval,
    entities: [...state].map(describe).sort((a, b) => (a.id % 2 ** 20) - (b.id % 2 ** 20)),
});
const describe = ({ id, type, fields }) =>
    ({ id, type, fields: Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) });

/** Who believes only what it is told comes to the same. */
class Follower {
    entities = new Map();

    constructor(state) {
        state.onAdd(null, (entity) => this.#note(entity, !this.entities.has(entity)));
        state.onChange(null, (entity, before) => {
            assert.deepEqual(Object.keys(before).filter((name) => Object.is(this.entities.get(entity)[name], before[name])),
                Object.keys(before), "what was before is what was told");
            this.#note(entity, this.entities.has(entity));
        });
        state.onRemove(null, (entity) => assert.ok(this.entities.delete(entity)));
    }

    #note(entity, isRight) {
        assert.ok(isRight);
        this.entities.set(entity, { ...entity.fields });
    }
}

for (const { name, schema, messages } of vectors("snapshots").cases) {
    test(`as the server makes it: ${name}`, () => {
        const state = new State(), follower = new Follower(state);
        state.setSchema(schema);
        for (const [i, { hex, picture }] of messages.entries()) {
            assert.equal(state.apply(Uint8Array.from(Buffer.from(hex, "hex"))), picture !== null);
            if (picture)
                assert.deepEqual(pictureOf(state), picture, `after message ${i}`);
            assert.equal(follower.entities.size, state.size);
            for (const [entity, fields] of follower.entities)
                assert.deepEqual(fields, entity.fields);
        }
    });
}

/** The same numbers each time (Numerical Recipes' generator). */
function* random(seed) {
    for (let value = seed; ;) {
        value = (Math.imul(value, 1664525) + 1013904223) >>> 0;
        yield value >>> 8;
    }
}

test("what was broken on the way is a fault or a picture, and a fresh snapshot mends all", () => {
    const dice = random(1), roll = (sides) => dice.next().value % sides;
    let faults = 0;
    for (const { schema, messages } of vectors("snapshots").cases) {
        const bytes = messages.map(({ hex }) => Uint8Array.from(Buffer.from(hex, "hex")));
        for (let round = 0; round < 200; round++) {
            const state = new State(), broken = roll(bytes.length);
            state.setSchema(schema);
            for (const [i, message] of bytes.entries()) {
                const copy = message.slice(0, i === broken && roll(4) === 0 ? roll(message.length) : undefined);
                if (i === broken && copy.length > 0)
                    copy[roll(copy.length)] ^= 1 << roll(8);
                try {
                    state.apply(copy);
                } catch (error) {
                    assert.match(error.message, /can't be read/);
                    faults++;
                    break;
                }
            }
            state.clear();
            assert.equal(state.size, 0);
            for (const [i, message] of bytes.entries())
                if (state.apply(message))
                    assert.deepEqual(pictureOf(state), messages[i].picture);
        }
    }
    assert.ok(faults > 100, `${faults} faults`);
});
