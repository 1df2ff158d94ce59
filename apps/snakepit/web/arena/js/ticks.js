// SPDX-License-Identifier: MIT
//
// The server's ticks as smooth functions of the local time. Snapshots tell: tick n came at that moment. Of those that
// came last, the soonest sets the scale; how late the others were is what the delay makes up for.
//
//   snapshots      ....|n-1.........|n.............|n+1
//                            ^ shown        ^ now   ^ reach: the tick that takes what is sent now
//                            |----delay-----|-round trip-|
//
// `shown` is the moment that others are shown at: nine of ten snapshots come in time for it. For the tenth, a stall of
// the network, snakes go on as they went, and a correction is blended in (snake.js): to be 300 ms in the past all
// the time would be worse.
//
// Neither goes backwards, nor leaps, but after a standstill or a jump of the server's own.
// Pure: local times in ms come in.

const SAMPLES = 64; // snapshots that are remembered
const COVERED = 0.9; // so many of them come in time for what is shown
const SLEW = 1 / 10; // how much faster or slower than the ticks a shown time may go to get where it belongs
const HURRY_MS = 2000; // the more of this it is off, the more so
const JUMP_MS = 1000; // beyond this it jumps
const LEAP_TICKS = 64; // so many at once are no stall but another time: a replay's
const HOLD_MS = 800; // so long things go on when nothing comes; then they stand still
const HOLD_TICKS = 1.5; // but no shorter: the next may be that far

export class Ticks {
    /** The moments, in ticks with a fraction; null before the first snapshot. */
    shown = null;
    reach = null;
    /** How far behind the newest that is known `shown` is to be, in ms. */
    delay_ms = 0;

    #tick_ms = 0;
    #newest = 0;
    #came = new Float64Array(SAMPLES); // when tick 0 would have come, by the last snapshots
    #sorted = new Float64Array(SAMPLES);
    #count = 0;
    #next = 0;
    #soonest = 0;
    #framedAt = 0;

    /** Another room, or another speed of it: what was measured is void. 0: time stands still. */
    restart(tick_ms) {
        this.#tick_ms = tick_ms;
        this.#count = this.#next = 0;
        this.shown = this.reach = null;
    }

    get tick_ms() { return this.#tick_ms; }

    /** A snapshot has come. `interval`: of snapshots, in ticks. False: the time before has nothing to do with it. */
    take(tick, interval, now) {
        const came = now - tick * this.#tick_ms, passed = tick - this.#newest;
        const isNext = this.#count === 0 || (passed >= 0 && passed < LEAP_TICKS);
        if (!isNext)
            this.restart(this.#tick_ms);
        else if (Math.abs(came - this.#soonest) > 2 * JUMP_MS)
            this.#count = this.#next = 0; // it stood still; what was measured is void
        this.#newest = tick;
        this.#came[this.#next] = came;
        this.#next = (this.#next + 1) % SAMPLES;
        this.#count = Math.min(this.#count + 1, SAMPLES);
        this.#measure(interval);
        return isNext;
    }

    /** Call once per frame. `roundTrip`: of a message to the server and back, in ms. */
    frame(now, roundTrip) {
        if (this.#count === 0 || !this.#tick_ms)
            return;
        const passed = (now - this.#framedAt) / this.#tick_ms, latest = this.#newest + Math.max(HOLD_TICKS, HOLD_MS / this.#tick_ms);
        const at = now - this.#soonest, underway = roundTrip / this.#tick_ms;
        this.#framedAt = now;
        this.shown = this.#follow(this.shown, passed, (at - this.delay_ms) / this.#tick_ms, latest);
        this.reach = this.#follow(this.reach, passed, at / this.#tick_ms + underway, latest + underway);
    }

    #measure(interval) {
        const sorted = this.#sorted.subarray(0, this.#count);
        sorted.set(this.#came.subarray(0, this.#count));
        sorted.sort();
        this.#soonest = sorted[0];
        this.delay_ms = interval * this.#tick_ms + sorted[Math.floor(COVERED * (this.#count - 1))] - this.#soonest;
    }

    // One frame on, and a little faster or slower, towards where it belongs; who is far behind hurries.
    #follow(shown, passed, wanted, latest) {
        const belongs = Math.min(wanted, latest);
        if (shown === null)
            return belongs;
        const off_ms = Math.abs(belongs - shown) * this.#tick_ms;
        if (off_ms > JUMP_MS)
            return Math.max(shown, belongs);
        const on = shown + passed, most = passed * Math.max(SLEW, off_ms / HURRY_MS);
        return Math.max(shown, Math.min(latest, on + Math.max(-most, Math.min(most, belongs - on))));
    }
}
