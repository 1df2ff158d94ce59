// SPDX-License-Identifier: MIT
//
// Inputs on their way out. A server closes connections that say too much (1008, docs/protocol.md): a page that makes an
// input for each frame of a fast screen is held back before that. What is held is the newest, for an input that is late
// is wrong in a game, and is sent as soon as it may.

const PER_SECOND = 50; // of 60 messages that a server takes by default; pings and all else are among them
const STEP_MS = 1000 / PER_SECOND, BURST_MS = 1000;

export class Inputs {
    #send;
    #now;
    #fullAt = 0; // when all that may be sent at once may be sent again
    #held = null;
    #timer = null;

    /** @param {(bytes: Uint8Array) => void} send */
    constructor(send, now = () => performance.now()) {
        this.#send = send;
        this.#now = now;
    }

    add(bytes) {
        this.#held = bytes;
        if (this.#timer === null)
            this.#sendHeld();
    }

    /** The connection is gone, and what was for it. */
    drop() {
        clearTimeout(this.#timer);
        this.#timer = this.#held = null;
    }

    #sendHeld() {
        const now = this.#now(), fullAt = Math.max(now, this.#fullAt) + STEP_MS, wait = fullAt - now - BURST_MS;
        if (wait > 0) {
            this.#timer = setTimeout(() => { this.#timer = null; this.#sendHeld(); }, Math.ceil(wait));
            return;
        }
        this.#fullAt = fullAt;
        this.#send(this.#held);
        this.#held = null;
    }
}
