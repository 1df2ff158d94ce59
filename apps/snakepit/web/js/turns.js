// SPDX-License-Identifier: MIT
//
// Two quick turns within one tick.
//
// The server takes the last valid turn before a tick. Moving right, "up, left" is how a player makes
// a U-turn, but sent at once, "left" points into the neck and is refused; of "up, right", a step
// aside, only "right" would be left. Both second turns can only be meant for the tick after. So: while
// a turn is on its way, one along the axis of the present movement waits until the snake has moved;
// one across it replaces the first, as the server would have it.
//
// Pure: keys and headings in, keys to send out.

import { KEY } from "./protocol.js";
import { UP, RIGHT, DOWN, LEFT } from "./grid.js";

const KEY_OF_SIDE = { [UP]: KEY.up, [RIGHT]: KEY.right, [DOWN]: KEY.down, [LEFT]: KEY.left };

/** 37, 39 are odd and horizontal; 38, 40 are even and vertical. */
const sameAxis = (a, b) => a % 2 === b % 2;

export class Turns {
    #heading = null; // key of the direction last moved, null when unknown
    #isPending = false; // a turn was sent since then
    #waiting = null; // the key for the tick after

    /** A new snake, or none. */
    reset() {
        this.#heading = this.#waiting = null;
        this.#isPending = false;
    }

    /** A key was pressed: what to send now, or null. */
    press(key) {
        if (this.#isPending && this.#heading !== null && sameAxis(key, this.#heading)) {
            this.#waiting = key;
            return null;
        }
        this.#waiting = null;
        this.#isPending = true;
        return key;
    }

    /** The snake moved, or was born, and now heads for `side` (0: unknown): what to send now, or null. */
    moved(side) {
        const key = this.#waiting;
        this.#heading = KEY_OF_SIDE[side] ?? null;
        this.#waiting = null;
        this.#isPending = false;
        return key === null ? null : this.press(key);
    }
}
