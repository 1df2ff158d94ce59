// SPDX-License-Identifier: MIT
//
// The server's clock, as NTP does it (RFC 5905, section 8), of the pongs that come anyway.
//
//     t0 ------ping----->  t1          offset = ((t1 - t0) + (t2 - t3)) / 2
//                          t2          round trip = (t3 - t0) - (t2 - t1)
//     t3 <-----pong------

const SAMPLES = 8; // of these the one with the shortest round trip counts: it waited least
const SLEW = 1 / 20; // how much faster or slower than real time the shown clock may go to get there
const JUMP_MS = 1000; // beyond this it jumps: the machine was asleep, or it is another server

export class Clock {
    /** Of the best of the last pongs, in ms; null before the first. */
    roundTrip = null;
    #samples = [];
    #target = 0; // offset as measured
    #offset = null; // offset as shown
    #shownAt = 0;
    #now;

    /** @param {() => number} now the local clock, in ms, that never goes backwards */
    constructor(now = () => performance.now()) {
        this.#now = now;
    }

    local() { return this.#now(); }

    /** A first guess, from a message that says what the server's clock is. What was measured before is better,
        unless it is another clock. */
    begin(server_ms) {
        const guess = server_ms - this.#now();
        if (this.#offset === null || Math.abs(guess - this.#target) > JUMP_MS)
            this.#aim(guess);
    }

    /** A pong: `t0` as it was sent, `t1`, `t2` of the server, now is `t3`. */
    pong(t0, t1, t2) {
        const t3 = this.#now(), roundTrip = t3 - t0 - (t2 - t1), offset = (t1 - t0 + (t2 - t3)) / 2;
        if (Math.abs(offset - this.#target) > JUMP_MS + roundTrip / 2) // it can be wrong by half of that
            this.#samples = []; // of before the jump
        this.#samples.push({ roundTrip, offset });
        if (this.#samples.length > SAMPLES)
            this.#samples.shift();
        const best = this.#samples.reduce((a, b) => (b.roundTrip < a.roundTrip ? b : a));
        this.roundTrip = best.roundTrip;
        this.#aim(best.offset);
    }

    /** The server's time now, in ms. Never goes backwards, but for a jump after a long sleep. */
    serverNow() {
        return this.#slew() + this.#offset;
    }

    // What has passed until now was on the way to the former target.
    #aim(target) {
        this.#slew();
        this.#target = target;
        if (this.#offset === null || Math.abs(target - this.#offset) > JUMP_MS)
            this.#offset = target;
    }

    // Towards the target, by so much of the time that has passed. Returns the local time.
    #slew() {
        const now = this.#now(), most = (now - this.#shownAt) * SLEW;
        if (this.#offset !== null)
            this.#offset += Math.max(-most, Math.min(most, this.#target - this.#offset));
        this.#shownAt = now;
        return now;
    }
}
