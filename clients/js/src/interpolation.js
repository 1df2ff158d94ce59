// SPDX-License-Identifier: MIT
//
// Smooth movement from snapshots that come unevenly: the world is shown a little in the past, so
// that there are two snapshots around the moment that is shown.
//
//   ticks of snapshots    100 . . 103 . . 106 . . 109
//   shown                              ^ between two of them
//   newest                                      ^
//                                      |--delay-|
//
// The delay is what the snapshots need: one interval, and how late they come at most, measured. It
// grows at once and shrinks slowly.

import { axesOf } from "./state.js";

const SAMPLES_MAX = 16; // of an entity
const LATE_DECAY = 0.995; // of the worst lateness, per snapshot
const EXTRAPOLATION_MS = 100; // so far beyond the newest one movement goes on, when nothing comes
const SLEW = 1 / 10; // the shown time goes at most so much faster or slower than real time

export class Interpolation {
    #state;
    #tick_ms;
    #now;
    #samples = new WeakMap(); // entity -> [{tick, values: {x, y}}], oldest first
    #offset = null; // local time of tick 0, of the snapshot that came soonest
    #late_ms = 0;
    #lastTick = 0;
    #shown = null; // time on the ticks' axis, in ms, and when that was
    #shownAt = 0;
    #stop;

    /** `tick_ms`: the length of a tick. `now`: a local clock in ms. */
    constructor(state, { tick_ms, now = () => performance.now() }) {
        this.#state = state;
        this.#tick_ms = tick_ms;
        this.#now = now;
        const stops = [
            state.onAdd(null, (entity) => this.#restart(entity)),
            state.onChange(null, (entity, before) => this.#moved(entity, before)),
            state.onSnapshot(() => this.#snapshot()),
        ];
        this.#stop = () => stops.forEach((stop) => stop());
    }

    /** Listens no more. */
    stop() { this.#stop(); }

    /** How far in the past the world is shown, in ms. */
    get delay() { return this.#state.interval * this.#tick_ms + this.#late_ms; }

    /** Call once per frame, before at(): which moment is shown in it. Returns it, in ticks. */
    frame() {
        const now = this.#now();
        if (this.#offset === null)
            return 0;
        const wanted = now - this.#offset - this.delay;
        if (this.#shown === null || Math.abs(wanted - this.#shown) > 1000) {
            this.#shown = wanted;
        } else {
            const passed = now - this.#shownAt, most = passed * SLEW;
            this.#shown += passed + Math.max(-most, Math.min(most, wanted - this.#shown - passed));
        }
        this.#shownAt = now;
        return this.#shown / this.#tick_ms;
    }

    /** Where the entity is in this frame: `{x, y}`, of the fields that the schema calls its axes. */
    at(entity) {
        const samples = this.#samples.get(entity);
        if (!samples || this.#shown === null)
            return valuesOf(entity);
        const tick = this.#shown / this.#tick_ms;
        let i = samples.length - 1;
        while (i > 0 && samples[i].tick > tick)
            i--;
        const a = samples[i], b = samples[i + 1];
        if (!b)
            return this.#beyond(samples, tick);
        return mix(a.values, b.values, Math.max(0, (tick - a.tick) / (b.tick - a.tick)));
    }

    // Nothing newer is here: on as before for a moment, if it was moving until the last snapshot.
    #beyond(samples, tick) {
        const b = samples.at(-1), a = samples.at(-2);
        if (!a || tick <= b.tick || b.tick < this.#lastTick)
            return b.values;
        const far = Math.min(tick - b.tick, EXTRAPOLATION_MS / this.#tick_ms);
        return mix(a.values, b.values, 1 + far / (b.tick - a.tick));
    }

    #snapshot() {
        const { tick } = this.#state, came = this.#now() - tick * this.#tick_ms;
        if (tick < this.#lastTick) // another room, or it began anew
            this.#offset = this.#shown = null;
        this.#offset = this.#offset === null ? came : Math.min(this.#offset + 0.05, came);
        this.#late_ms = Math.max(came - this.#offset, this.#late_ms * LATE_DECAY);
        this.#lastTick = tick;
    }

    #restart(entity) {
        if (axesOf(entity).length > 0)
            this.#samples.set(entity, [{ tick: this.#state.tick, values: valuesOf(entity) }]);
    }

    #moved(entity, before) {
        const samples = this.#samples.get(entity);
        if (!samples || !axesOf(entity).some(([, name]) => name in before))
            return;
        const { tick, step } = this.#state, last = samples.at(-1);
        if (last.tick < tick - step) // it stood still until the snapshot before
            samples.push({ tick: tick - step, values: last.values });
        samples.push({ tick, values: valuesOf(entity) });
        while (samples.length > SAMPLES_MAX)
            samples.shift();
    }
}

const valuesOf = (entity) => Object.fromEntries(axesOf(entity).map(([axis, name]) => [axis, entity.fields[name]]));

function mix(a, b, share) {
    const values = {};
    for (const axis in b)
        values[axis] = a[axis] === undefined ? b[axis] : a[axis] + (b[axis] - a[axis]) * share;
    return values;
}
