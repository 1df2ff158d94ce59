// SPDX-License-Identifier: MIT
//
// The line that a snake's body lies on: points, the newest first, each with its `s`, the cells that the head had gone when
// it was there. They come of the anchor and the pieces behind it, of knots that are in view, and, of one's own, of turns
// that are on their way.
//
//      knot 6 ·────────────· knot 7 ───┐                 s grows ──>
//                                      │
//                                      └─── anchor ─────> head
//      s:     40          52          56     60           63.4
//
// Pure. Looking for a place and drawing make no garbage.

import { DX, DY } from "./ways.js";

const KNOT_CELLS = 16; // between two at most
const SLACK = 24; // so many cells behind the tail the line goes on: what is shown is a little in the past
const NECK = 5; // so many cells of the body give way when the head is off its line

export class Line {
    #knots = new Map(); // number -> {x, y}
    #xs = [];
    #ys = [];
    #ss = []; // NaN: here a piece begins that does not hang together with what comes before
    #count = 0;
    #before = { xs: [], ys: [], ss: [], count: 0 }; // the points as they were
    #first = 0; // of the points, which is behind the place that was looked for last

    putKnot(number, x, y) { this.#knots.set(number, { x, y }); }
    /** It is out of view, or the tail has passed it. */
    dropKnot(number) { this.#knots.delete(number); }
    get knots() { return this.#knots.size; }

    /** Anew. `anchor`: {x, y, s, trail}, its trail: {way, cells}, from there back; null: it is not in view. `plans`: points
        ahead of it, the oldest first. */
    rebuild(anchor, plans, length) {
        this.#remember();
        if (anchor)
            this.#buildFromHead(anchor, plans, length);
        else
            this.#buildPieces(this.#newestKnot());
    }

    /** Finds the place at s, into `at`: {x, y, way}. `ahead`: the way beyond the newest point. */
    locate(s, at, ahead) {
        let i = 0;
        while (i < this.#count && this.#ss[i] > s)
            i++;
        this.#first = i;
        if (i === 0)
            this.#place(at, 0, ahead, s - this.#ss[0]);
        else if (i === this.#count || Number.isNaN(this.#ss[i])) // older than what is known
            this.#place(at, i - 1, at.way, 0);
        else
            this.#place(at, i, this.#wayTo(i - 1, i) ?? at.way, s - this.#ss[i]);
    }

    #place(at, i, way, far) {
        at.way = way;
        at.x = this.#xs[i] + DX[way] * far;
        at.y = this.#ys[i] + DY[way] * far;
    }

    // From point i to the newer one; null: they are in the same place.
    #wayTo(newer, i) {
        const dx = this.#xs[newer] - this.#xs[i], dy = this.#ys[newer] - this.#ys[i];
        return dx < 0 ? 0 : dy < 0 ? 1 : dx > 0 ? 2 : dy > 0 ? 3 : null;
    }

    /** May any of it lie within the rectangle? `head`: {x, y}, where that is drawn, or null. */
    touches(head, left, top, right, bottom) {
        let minX = head?.x ?? Infinity, minY = head?.y ?? Infinity, maxX = head?.x ?? -Infinity, maxY = head?.y ?? -Infinity;
        for (let i = 0; i < this.#count; i++) {
            if (Number.isNaN(this.#ss[i]))
                continue;
            minX = Math.min(minX, this.#xs[i]);
            maxX = Math.max(maxX, this.#xs[i]);
            minY = Math.min(minY, this.#ys[i]);
            maxY = Math.max(maxY, this.#ys[i]);
        }
        return minX <= right && maxX >= left && minY <= bottom && maxY >= top;
    }

    /** Draws it with `path.moveTo(x, y)` and `path.lineTo(x, y)`. `head`: the place that locate() found last, {x, y, s, offX,
        offY}: the head is so far off; null: it is not in view. `length` behind it the body ends. */
    trace(path, head, length) {
        let i = head ? this.#traceFromHead(path, head, head.s - length) : 0;
        for (let pen = false; i < this.#count; i++) {
            if (Number.isNaN(this.#ss[i])) {
                pen = false;
            } else if (pen) {
                path.lineTo(this.#xs[i], this.#ys[i]);
            } else {
                path.moveTo(this.#xs[i], this.#ys[i]);
                pen = true;
            }
        }
    }

    // Returns the first point that is not of this piece.
    #traceFromHead(path, head, end) {
        const neck = head.s - NECK, isOff = head.offX !== 0 || head.offY !== 0;
        let { x, y, s } = head, i = this.#first;
        path.moveTo(x + head.offX, y + head.offY);
        for (; i < this.#count && !Number.isNaN(this.#ss[i]) && s > end; i++) {
            const toX = this.#xs[i], toY = this.#ys[i], to = this.#ss[i];
            if (isOff && s > neck && to < neck && neck > end)
                this.#traceTo(path, head, x, y, s, toX, toY, to, neck);
            this.#traceTo(path, head, x, y, s, toX, toY, to, Math.max(to, end));
            x = toX;
            y = toY;
            s = to;
        }
        while (i < this.#count && !Number.isNaN(this.#ss[i]))
            i++;
        return i;
    }

    // To where the leg from (x, y) at `s` to (toX, toY) at `to` has `at`; near the head as far off as that allows.
    #traceTo(path, head, x, y, s, toX, toY, to, at) {
        const share = s === to ? 0 : (s - at) / (s - to), give = Math.max(0, 1 - (head.s - at) / NECK);
        path.lineTo(x + (toX - x) * share + head.offX * give, y + (toY - y) * share + head.offY * give);
    }

    // --- building

    #newestKnot() {
        let newest = null;
        for (const number of this.#knots.keys())
            if (newest === null || number > newest)
                newest = number;
        return newest;
    }

    // The plans, the anchor, its trail, and knots from the latest on as long as none is missing; then as it was.
    #buildFromHead(anchor, plans, length) {
        for (let i = plans.length - 1; i >= 0; i--)
            this.#point(plans[i].x, plans[i].y, plans[i].s);
        let { x, y, s } = anchor, number = this.#newestKnot();
        this.#point(x, y, s);
        for (const { way, cells } of anchor.trail)
            this.#point(x -= DX[way] * cells, y -= DY[way] * cells, s -= cells);
        for (let knot; number !== null && (knot = this.#knots.get(number)); number--) {
            const far = Math.abs(knot.x - x) + Math.abs(knot.y - y);
            if (far > KNOT_CELLS || (knot.x !== x && knot.y !== y))
                break; // some between are out of view, or not here yet
            ({ x, y } = knot);
            if (far > 0) // the latest lies where the trail begins
                this.#point(x, y, s -= far);
        }
        this.#buildHistory(anchor.s - length - SLACK);
        this.#buildPieces(number);
    }

    // What lay behind the last point, up to there, lies there still: what is told ends at the tail, what is shown does not.
    #buildHistory(end) {
        const { xs, ys, ss, count } = this.#before;
        for (let i = 0; i < count && !Number.isNaN(ss[i]); i++) {
            const last = this.#count - 1, s = this.#ss[last], far = Math.abs(xs[i] - this.#xs[last]) + Math.abs(ys[i] - this.#ys[last]);
            if (ss[i] >= s)
                continue;
            if (s < end || far !== s - ss[i] || (xs[i] !== this.#xs[last] && ys[i] !== this.#ys[last]))
                return;
            this.#point(xs[i], ys[i], ss[i]);
        }
    }

    // From `number` on to the oldest: each that follows another in one line.
    #buildPieces(number) {
        if (number === null)
            return;
        const older = [...this.#knots].filter(([other]) => other <= number).sort(([a], [b]) => b - a);
        let before = null;
        for (const [at, knot] of older) {
            if (before === null || before - at !== 1)
                this.#point(0, 0, NaN);
            this.#point(knot.x, knot.y, 0);
            before = at;
        }
    }

    // The points are those before, and there are none.
    #remember() {
        const { xs, ys, ss } = this.#before;
        this.#before = { xs: this.#xs, ys: this.#ys, ss: this.#ss, count: this.#count };
        [this.#xs, this.#ys, this.#ss] = [xs, ys, ss];
        this.#count = this.#first = 0;
    }

    #point(x, y, s) {
        this.#xs[this.#count] = x;
        this.#ys[this.#count] = y;
        this.#ss[this.#count] = s;
        this.#count++;
    }
}
