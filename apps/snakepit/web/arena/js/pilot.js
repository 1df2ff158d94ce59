// SPDX-License-Identifier: MIT
//
// One's own inputs on their way. Each is sent at once, and shown at once: at the border of the next cell, for it is known
// which tick will have it. That is `reach` (ticks.js), rounded up. A snapshot that includes an input has the truth.
//
//     server's ticks     811        812        813
//     pressed now, it is there at     ^ 811.4: tick 812 has it, the corner is where the head is at 811
//     drawn now                   ^ a little before 811
//
// What was pressed too early waits for its tick: see turns.js.
// Pure: ticks come in, bytes go out.

import { DOWN, LEFT, RIGHT, UP } from "../../js/grid.js";
import { Turns } from "../../js/turns.js";
import { inputByte, wayOfKey } from "./ways.js";

const SIDE_OF_WAY = [LEFT, UP, RIGHT, DOWN];
const PENDING_MAX = 64; // more are not waited for: the connection is gone
const BEHIND = 0.15; // ticks, by which the own head is drawn later than inputs allow: so much may go wrong unseen

export class Pilot {
    /** As last pressed. */
    way = 0;
    isBoosting = false;
    #send;
    #turns = new Turns();
    #pending = []; // {sequence, tick, way, isBoosting}
    #tick = 0; // that has what is sent now

    /** `send(byte)` returns the input's sequence number. */
    constructor(send) {
        this.#send = send;
    }

    /** A new snake, headed that way. */
    begin(way) {
        this.way = way;
        this.isBoosting = false;
        this.#pending = [];
        this.#turns.reset();
        this.#turns.moved(SIDE_OF_WAY[way]);
    }

    /** What is not told yet, for Snake.plan(). */
    get plans() { return this.#pending; }

    /** The moment at which the own head is to be drawn. */
    static moment(reach) { return reach - 1 - BEHIND; }

    /** An arrow's key code. True: something is on its way that was not. */
    turn(key) { return this.#turn(this.#turns.press(key)); }

    boost(isBoosting) {
        if (isBoosting === this.isBoosting)
            return false;
        this.isBoosting = isBoosting;
        this.#say();
        return true;
    }

    /** Call once per frame. True: what waited is on its way. */
    frame(reach) {
        const tick = Math.ceil(reach);
        if (tick <= this.#tick)
            return false;
        this.#tick = tick;
        return this.#turn(this.#turns.moved(SIDE_OF_WAY[this.way]));
    }

    /** A snapshot that includes all inputs up to that one. What it should have and has not is still on its way. */
    reconcile(input, tick) {
        this.#pending = this.#pending.filter(({ sequence }) => sequence > input);
        for (const pending of this.#pending)
            pending.tick = Math.max(pending.tick, tick + 1);
    }

    #turn(key) {
        if (key === null)
            return false;
        this.way = wayOfKey(key);
        this.#say();
        return true;
    }

    #say() {
        const sequence = this.#send(inputByte(this.way, this.isBoosting));
        this.#pending.push({ sequence, tick: this.#tick, way: this.way, isBoosting: this.isBoosting });
        if (this.#pending.length > PENDING_MAX)
            this.#pending.shift();
    }
}
