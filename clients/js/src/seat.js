// SPDX-License-Identifier: MIT
//
// Ways into a seat: the first time, and again. `dial(hello)` opens a connection and becomes its link.

import { OuroError } from "./error.js";
import { BROKEN, REFUSED, isFinal } from "./link.js";
import { backoffMs, wait } from "./wait.js";

/**
 * Takes a reserved seat, while the reservation lasts. When a connection breaks before its welcome, nobody knows
 * whether the seat was taken by it: the token may be good for a hello still, or for coming back.
 */
export async function takeSeat(dial, { token, expires_ms }, signal) {
    const until = performance.now() + (expires_ms || 0);
    const hellos = [{ token }, { reconnect: token, seen: 0 }];
    for (let attempt = 0, refusals = 0; ; attempt++) {
        await wait(Math.min(backoffMs(attempt), until - performance.now()), signal);
        try {
            return await dial(hellos[attempt % 2]);
        } catch (error) {
            refusals = error.code === REFUSED ? refusals + 1 : 0;
            const isRefused = isFinal(error.code) && (attempt === 0 || error.code !== REFUSED || refusals === 2);
            if (isRefused || signal?.aborted || performance.now() >= until)
                throw error;
        }
    }
}

/** Comes back to a seat, `{reconnect, seen, hold_ms}`, while it is held; once at least. `attempt`: how often that was
    done already. */
export async function returnToSeat(dial, seat, { attempt = 0, lostAt = performance.now(), signal } = {}) {
    const until = lostAt + (seat.hold_ms || 0);
    for (; ; attempt++) {
        await wait(Math.min(backoffMs(attempt), until - performance.now()), signal);
        try {
            return await dial({ reconnect: seat.reconnect, seen: seat.seen });
        } catch (error) {
            if (isFinal(error.code) || signal?.aborted)
                throw error;
            if (performance.now() >= until)
                throw new OuroError(BROKEN, "there was no way back in time", { cause: error });
        }
    }
}
