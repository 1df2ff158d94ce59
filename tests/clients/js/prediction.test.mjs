// SPDX-License-Identifier: MIT
import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { Emitter } from "../../../clients/js/src/emitter.js";
import { Prediction } from "../../../clients/js/src/prediction.js";

/** A room that has a state of one number, and notes what it is told. */
class FakeRoom {
    sent = [];
    #emitter = new Emitter();
    state = { input: 0, value: null, onSnapshot: (listener) => this.#emitter.on("snapshot", listener) };

    sendInput(bytes) { return this.sent.push(bytes); }
    onTravel(listener) { return this.#emitter.on("travel", listener); }
    onReconnect(listener) { return this.#emitter.on("reconnect", listener); }
    snapshot(input, value) {
        Object.assign(this.state, { input, value });
        this.#emitter.emit("snapshot", this.state);
    }
    travel() { this.#emitter.emit("travel"); }
    reconnect() { this.#emitter.emit("reconnect"); }
}

let room, prediction;

beforeEach(() => {
    room = new FakeRoom();
    prediction = new Prediction(room, {
        read: ({ value }) => value,
        step: (value, input) => Math.min(100, value + input),
        encode: (input) => [input],
    });
});

test("nothing is shown before there is a word of the server", () => {
    prediction.push(5);
    assert.deepEqual([prediction.value, room.sent], [null, [[5]]]);
    room.snapshot(0, 10);
    assert.equal(prediction.value, 15);
});

test("inputs count at once, and each once", () => {
    room.snapshot(0, 10);
    for (const input of [1, 2, 3])
        prediction.push(input);
    assert.equal(prediction.value, 16);
    room.snapshot(2, 13);
    assert.equal(prediction.value, 16);
    room.snapshot(3, 16);
    assert.equal(prediction.value, 16);
});

test("the server's word counts where it differs", () => {
    room.snapshot(0, 10);
    for (const input of [1, 2, 3])
        prediction.push(input);
    room.snapshot(1, 99); // pushed by somebody, say
    assert.equal(prediction.value, 100);
    room.snapshot(3, 40);
    assert.equal(prediction.value, 40);
});

test("when there is nothing to be predicted, nothing is", () => {
    room.snapshot(0, 10);
    prediction.push(1);
    room.snapshot(0, null);
    assert.equal(prediction.value, null);
    room.snapshot(0, 20);
    assert.equal(prediction.value, 21);
});

test("another room knows nothing of what this one was told", () => {
    room.snapshot(0, 10);
    prediction.push(1);
    room.travel();
    room.snapshot(0, 50);
    assert.equal(prediction.value, 50);
});

test("what was said to a connection that broke is not waited for", () => {
    room.snapshot(0, 10);
    prediction.push(1); // lost on the way, and no later input tells so
    prediction.push(2); // into the void
    room.reconnect();
    prediction.push(4); // by the new connection
    room.snapshot(0, 10);
    assert.equal(prediction.value, 14);
    room.snapshot(3, 14);
    assert.equal(prediction.value, 14);
});

test("what waits for an answer is bounded", () => {
    room.snapshot(0, -1000);
    for (let i = 0; i < 300; i++)
        prediction.push(1);
    room.snapshot(0, -1000);
    assert.equal(prediction.value, -1000 + 256);
});

test("after its stop it hears nothing", () => {
    room.snapshot(0, 10);
    prediction.stop();
    room.snapshot(0, 20);
    assert.equal(prediction.value, 10);
});
