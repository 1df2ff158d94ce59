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

const SAMPLES_MAX = 16; // of an entity
const LATE_DECAY = 0.995; // of the worst lateness, per snapshot
const LATE_MAX_MS = 250; // what is later is a standstill of the network, which no delay is worth
const GAP_MAX = 4; // intervals; who was sent nothing for longer was sent nothing because nothing moved
const DRIFT_MS = 0.05; // per snapshot: by so much local time and ticks may grow apart
const EXTRAPOLATION_MS = 100; // so far beyond the newest one movement goes on, when nothing comes
const SLEW = 1 / 10; // the shown time goes at most so much faster or slower than real time
const JUMP_MS = 1000; // beyond this it jumps

// Where something was, at which ticks; the oldest first.
class Track {
    length = 0;
    tick = new Float64Array(SAMPLES_MAX);
    x = new Float64Array(SAMPLES_MAX); // NaN: not known
    y = new Float64Array(SAMPLES_MAX);

    push(tick, x, y) {
        if (this.length === SAMPLES_MAX) {
            for (const values of [this.tick, this.x, this.y])
                values.copyWithin(0, 1);
            this.length--;
        }
        this.tick[this.length] = tick;
        this.x[this.length] = x;
        this.y[this.length] = y;
        this.length++;
    }
}

export class Interpolation {
    #state;
    #now;
    #tracks = new WeakMap(); // by entity
    #offset = null; // local time of tick 0, by the snapshot that came soonest
    #late_ms = 0;
    #lastTick = 0;
    #shown = null; // time on the ticks' axis, in ms, and when that was
    #shownAt = 0;
    #stops;

    /** `now`: a local clock in ms. */
    constructor(state, { now = () => performance.now() } = {}) {
        this.#state = state;
        this.#now = now;
        this.#stops = [
            state.onAdd(null, (entity) => this.#begin(entity)),
            state.onChange(null, (entity, before) => this.#move(entity, before)),
            state.onSnapshot(() => this.#snapshot()),
        ];
    }

    /** Listens no more. */
    stop() { this.#stops.forEach((stop) => stop()); }

    /** How far in the past the world is shown, in ms. */
    get delay() { return this.#state.interval * this.#state.tick_ms + this.#late_ms; }

    /** Call once per frame, before at(): settles which moment is shown in it. Returns that, in ticks. */
    frame() {
        const now = this.#now();
        if (this.#offset === null || !this.#state.tick_ms)
            return this.#state.tick;
        const wanted = now - this.#offset - this.delay;
        if (this.#shown === null || Math.abs(wanted - this.#shown) > JUMP_MS) {
            this.#shown = wanted;
        } else {
            const passed = now - this.#shownAt, most = passed * SLEW;
            this.#shown += passed + Math.max(-most, Math.min(most, wanted - this.#shown - passed));
        }
        this.#shownAt = now;
        return this.#shown / this.#state.tick_ms;
    }

    /**
     * Where the entity is in this frame: `{x, y}`, of the fields that its axes name; undefined where that is not
     * known. It is written into `place`, which a page may use again and again.
     */
    at(entity, place = {}) {
        const track = this.#tracks.get(entity);
        if (!track || this.#shown === null || !this.#state.tick_ms) {
            place.x = entity.fields[entity.axes.x];
            place.y = entity.fields[entity.axes.y];
            return place;
        }
        const tick = this.#shown / this.#state.tick_ms;
        let i = track.length - 1;
        while (i > 0 && track.tick[i] > tick)
            i--;
        if (i === track.length - 1)
            this.#beyond(track, tick, place);
        else
            mix(track, i, Math.max(0, (tick - track.tick[i]) / (track.tick[i + 1] - track.tick[i])), place);
        return place;
    }

    // Nothing newer is here: on as before for a moment, if it was moving until the last snapshot.
    #beyond(track, tick, place) {
        const last = track.length - 1;
        if (last === 0 || track.tick[last] < this.#lastTick) {
            mix(track, last, 0, place);
            return;
        }
        const far = Math.min(tick - track.tick[last], EXTRAPOLATION_MS / this.#state.tick_ms);
        mix(track, last - 1, 1 + far / (track.tick[last] - track.tick[last - 1]), place);
    }

    #snapshot() {
        const { tick, tick_ms } = this.#state, came = this.#now() - tick * tick_ms;
        if (tick < this.#lastTick || this.#offset === null || Math.abs(came - this.#offset) > 2 * JUMP_MS)
            this.#restart(came); // another room, or it stood still
        this.#offset = Math.min(this.#offset + DRIFT_MS, came);
        this.#late_ms = Math.max(Math.min(came - this.#offset, LATE_MAX_MS), this.#late_ms * LATE_DECAY);
        this.#lastTick = tick;
    }

    #restart(came) {
        this.#offset = came;
        this.#shown = null;
        this.#late_ms = 0;
    }

    #begin(entity) {
        const { x, y } = entity.axes;
        if (x === undefined && y === undefined)
            return;
        const track = new Track();
        track.push(this.#state.tick, entity.fields[x], entity.fields[y]);
        this.#tracks.set(entity, track);
    }

    #move(entity, before) {
        const track = this.#tracks.get(entity), { x, y } = entity.axes;
        if (!track || !(x in before || y in before))
            return;
        const { tick, step, interval } = this.#state, last = track.length - 1;
        const since = tick - Math.min(step, GAP_MAX * interval);
        if (track.tick[last] < since) // until then it stood still
            track.push(since, track.x[last], track.y[last]);
        track.push(tick, entity.fields[x], entity.fields[y]);
    }
}

// From a sample to the next one: 0 is there, 1 is at the next, beyond 1 goes on.
function mix(track, i, share, place) {
    place.x = mixOne(track.x, i, share);
    place.y = mixOne(track.y, i, share);
}

function mixOne(values, i, share) {
    if (share === 0)
        return known(values[i]);
    const a = values[i], b = values[i + 1];
    return Number.isNaN(a) ? known(b) : known(a + (b - a) * share);
}

const known = (value) => (Number.isNaN(value) ? undefined : value);
