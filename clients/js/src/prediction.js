// SPDX-License-Identifier: MIT
//
// One's own movement without waiting for the server: inputs are applied here at once, and each
// snapshot says which of them it includes. From there the rest is applied again.
//
//   sent        17  18  19  20
//   snapshot    includes 18           value = step(step(snapshot, 19), 20)

const PENDING_MAX = 256; // more are not waited for: the connection is gone

export class Prediction {
    /** What is to be shown: the server's word, and what is not in it yet. Null before the first snapshot. */
    value = null;
    #room;
    #read;
    #step;
    #encode;
    #pending = [];
    #stops;

    /**
     * `read(state)` gives the server's word on what is predicted, as a value of its own, or null; `step(value, input)`
     * returns what the rules make of it; `encode(input)` its bytes, up to 64.
     */
    constructor(room, { read, step, encode }) {
        this.#room = room;
        this.#read = read;
        this.#step = step;
        this.#encode = encode;
        this.#stops = [
            room.state.onSnapshot((state) => this.#reconcile(state)),
            room.onTravel(() => (this.#pending = [])), // what the room before was told is nothing to this one
            room.onReconnect(() => (this.#pending = [])), // what has not come until now never will
        ];
    }

    /** Sends an input, and applies it. */
    push(input) {
        const sequence = this.#room.sendInput(this.#encode(input));
        this.#pending.push({ sequence, input });
        if (this.#pending.length > PENDING_MAX)
            this.#pending.shift();
        if (this.value !== null)
            this.value = this.#step(this.value, input);
    }

    /** Listens no more. */
    stop() { this.#stops.forEach((stop) => stop()); }

    #reconcile(state) {
        this.#pending = this.#pending.filter(({ sequence }) => sequence > state.input);
        const word = this.#read(state) ?? null;
        this.value = word === null ? null : this.#pending.reduce((value, { input }) => this.#step(value, input), word);
    }
}
