// SPDX-License-Identifier: MIT
//
// One snake in motion. docs/arena.md has what is told of it: an anchor, from which its head goes straight on, and knots
// that its body goes through. Here that becomes a line, measured by `s`: cells gone by the head.
//
//      knot 6 ·────────────┐ knot 7                      s grows ──>
//                          │
//                          └──────── anchor ─────> head
//      s:     40          52          60           63.4
//
// Two things are kept: the line, as points with their s; and marks, which say at which tick the head was at which s, and
// how fast it goes from there. So each moment has a head, those that are past, too; the body is what lies behind it, as
// far as the length goes.
//
// What is told may prove a guess wrong: that a snake would go straight on, or where one's own turns. Then the line is
// another one, and the head is drawn where it was, off the line, and comes back to it bit by bit; the neck gives.
//
// Pure: ticks and seconds come in. What runs once per frame makes no garbage.

import { DX, DY } from "./ways.js";

const MARKS = 8; // that are remembered
const KNOT_CELLS = 16; // between two at most
const SLACK = 24; // so many cells behind its tail knots are remembered: what is shown is a little in the past
const SNAP = 7; // who is further off than so many cells is not brought back but put there
const MEND = 0.6; // of the own speed: so fast the head comes back to its line
const NECK = 5; // so many cells of the body give way
const TURN_RATE = 22; // radians in a second: how fast a head turns to look where it goes

/** How many ticks ago `since`, of a record of that tick, was. */
export const ageOf = (since, tick) => (tick - since) & 63;

export class Snake {
    player;
    name = "";
    colour = 0;
    length = 1;
    way = 0;
    isBoosting = false;
    /** Is its record in view? */
    hasRecord = false;
    /** Is its head known? Else only pieces of its body are in view. */
    hasHead = false;
    /** Since when it is no more, as a tick; null: it lives. */
    gone = null;

    // In the frame that is drawn: the head, how far it has yet to turn to look where it goes (radians), and how fast that
    // is (cells per tick).
    x = 0;
    y = 0;
    turned = 0;
    speed = 0;
    isDrawn = false;

    #marks = []; // {tick, s, speed}, the oldest first
    #plans = []; // the same, that one's own inputs will make, {tick, s, speed, x, y, way}
    #knots = new Map(); // number -> {x, y, isHere}
    #anchor = null; // {x, y, way, s}
    #xs = []; // the line: the newest point first
    #ys = [];
    #ss = []; // NaN: a piece that does not hang together with what comes before
    #count = 0;
    #first = 0; // of the points, which is behind the head
    #s = 0; // of the head in this frame
    #tick = 0;
    #shownLength = 0;
    #offX = 0;
    #offY = 0;
    #at = { x: 0, y: 0, way: 0 }; // what #locate() finds

    constructor(player) {
        this.player = player;
    }

    // --- what is told

    putKnot(number, x, y) {
        this.#knots.set(number, { x, y, isHere: true });
    }

    /** It is out of view, or the tail has passed it; not yet where that is drawn, perhaps. */
    dropKnot(number) {
        const knot = this.#knots.get(number);
        if (knot)
            knot.isHere = false;
    }

    get knotsHere() {
        let count = 0;
        for (const { isHere } of this.#knots.values())
            count += isHere;
        return count;
    }

    /** Its record, the tick that it was at its anchor, and knots that have come before. */
    take(record, tick) {
        this.#mend(() => {
            const wasKnown = this.hasHead;
            Object.assign(this, { name: record.name, colour: record.colour, length: record.length, way: record.way,
                isBoosting: record.boost, hasHead: true });
            this.#mark(record, tick);
            this.#rebuild();
            if (!wasKnown)
                this.#shownLength = this.length - 1;
        });
    }

    /** Its head is out of view. */
    lose() {
        this.forget();
        this.hasHead = false;
        this.#marks = [];
        this.#plans = [];
        this.#anchor = null;
        this.#rebuild();
    }

    /** What was drawn has nothing to do with what will be. */
    forget() {
        this.isDrawn = false;
        this.#offX = this.#offY = 0;
        this.#shownLength = this.length - 1;
    }

    /** Knots have changed, and nothing else. */
    reknot() { this.#mend(() => this.#rebuild()); }

    /** Of one's own: `[{tick, way, isBoosting}]` that the server will have dealt with at these ticks, it is hoped. */
    plan(inputs) {
        if (this.#anchor)
            this.#mend(() => this.#replan(inputs));
    }

    // --- what is drawn

    /** Settles where it is at that tick. `seconds` since the frame before. */
    frame(tick, seconds) {
        if (!this.hasHead)
            return;
        this.speed = this.#markAt(tick).speed;
        const pace = this.isDrawn ? this.speed * Math.max(0, tick - this.#tick) : 0;
        this.#tick = tick;
        const wayBefore = this.#at.way;
        this.#s = this.#distance(tick);
        this.#locate(this.#s);
        this.#comeBack(pace * MEND);
        this.x = this.#at.x + this.#offX;
        this.y = this.#at.y + this.#offY;
        this.#grow(pace);
        this.#look(wayBefore, seconds);
        this.isDrawn = true;
    }

    /** Which way its head goes in this frame. */
    get heading() { return this.#at.way; }
    /** How many cells it is off its line, for tests. */
    get off() { return Math.hypot(this.#offX, this.#offY); }
    /** The last point of what is drawn is that far behind the head. */
    get shownLength() { return this.#shownLength; }

    /** Draws its body into a path, with `path.moveTo(x, y)` and `path.lineTo(x, y)`, from the head to the tail. */
    trace(path) {
        let i = 0;
        if (this.hasHead)
            i = this.#traceFromHead(path);
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

    /** Does any of it lie within that rectangle? */
    touches(left, top, right, bottom) {
        let minX = Infinity, minY = Infinity, maxX = -Infinity, maxY = -Infinity;
        if (this.hasHead) {
            minX = maxX = this.x;
            minY = maxY = this.y;
        }
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

    // --- the line

    #mark({ x, y, way, boost }, tick) {
        const speed = boost ? 2 : 1, last = this.#marks.at(-1);
        const s = last ? last.s + this.#gone(x, y, way, tick, last) : 0;
        while (this.#marks.length > 0 && this.#marks.at(-1).tick >= tick)
            this.#marks.pop();
        this.#marks.push({ tick, s, speed });
        if (this.#marks.length > MARKS)
            this.#marks.shift();
        this.#anchor = { x, y, way, s };
        this.#plans = [];
    }

    // How far from the anchor before to this one: as it is seen, if at most one turn lies between; else by the time.
    #gone(x, y, way, tick, last) {
        const from = this.#anchor, dx = x - from.x, dy = y - from.y;
        const along = dx * DX[from.way] + dy * DY[from.way];
        const aside = way === from.way ? 0 : dx * DX[way] + dy * DY[way];
        if (along >= 0 && aside >= 0 && along + aside === Math.abs(dx) + Math.abs(dy))
            return along + aside;
        return Math.max(0, (tick - last.tick) * last.speed);
    }

    #rebuild() {
        this.#count = 0;
        if (this.#anchor)
            this.#rebuildFromHead();
        else
            this.#rebuildPieces(this.#newestKnot());
        this.#first = 0;
    }

    #newestKnot() {
        let newest = null;
        for (const number of this.#knots.keys())
            if (newest === null || number > newest)
                newest = number;
        return newest;
    }

    // The plans, the anchor, and knots from the latest on as long as none is missing. What is far behind the tail is forgotten.
    #rebuildFromHead() {
        for (let i = this.#plans.length - 1; i >= 0; i--)
            this.#point(this.#plans[i].x, this.#plans[i].y, this.#plans[i].s);
        let { x, y, s } = this.#anchor, number = this.#newestKnot();
        const end = s - this.length - SLACK;
        this.#point(x, y, s);
        for (let knot; number !== null && (knot = this.#knots.get(number)); number--) {
            if (s < end) {
                this.#forget(number);
                return;
            }
            if (knot.x !== x && knot.y !== y) { // the knot of the last turn is not here yet: this is where it must be
                const isAcross = DX[this.#anchor.way] !== 0, cornerX = isAcross ? knot.x : x, cornerY = isAcross ? y : knot.y;
                s -= Math.abs(cornerX - x) + Math.abs(cornerY - y);
                this.#point(cornerX, cornerY, s);
                x = cornerX;
                y = cornerY;
            }
            const far = Math.abs(knot.x - x) + Math.abs(knot.y - y);
            if (far > 2 * KNOT_CELLS)
                break; // some between are out of view
            s -= far;
            ({ x, y } = knot);
            this.#point(x, y, s);
        }
        this.#rebuildPieces(number);
    }

    // From `number` on to the oldest: those that are here, each that follows another in one line.
    #rebuildPieces(number) {
        if (number === null)
            return;
        const older = [...this.#knots].filter(([other]) => other <= number).sort(([a], [b]) => b - a);
        let before = null;
        for (const [at, knot] of older) {
            if (!knot.isHere) {
                this.#knots.delete(at);
                continue;
            }
            if (before === null || before - at !== 1)
                this.#point(0, 0, NaN);
            this.#point(knot.x, knot.y, 0);
            before = at;
        }
    }

    #forget(number) {
        for (const other of [...this.#knots.keys()])
            if (other <= number)
                this.#knots.delete(other);
    }

    #point(x, y, s) {
        this.#xs[this.#count] = x;
        this.#ys[this.#count] = y;
        this.#ss[this.#count] = s;
        this.#count++;
    }

    // Each input takes effect one move before the tick that has it: there the corner is.
    #replan(inputs) {
        this.#plans = [];
        let { x, y, way, s } = this.#anchor, { tick, speed } = this.#marks.at(-1);
        for (const input of inputs) {
            const at = Math.max(tick, input.tick - 1), gone = (at - tick) * speed;
            x += gone * DX[way];
            y += gone * DY[way];
            s += gone;
            tick = at;
            if ((input.way ^ way) !== 2) // the opposite is not taken
                way = input.way;
            speed = input.isBoosting ? 2 : 1;
            this.#plans.push({ tick, s, speed, x, y, way });
        }
        this.#rebuild();
    }

    // --- places on the line

    #markAt(tick) {
        for (let i = this.#plans.length - 1; i >= 0; i--)
            if (this.#plans[i].tick <= tick)
                return this.#plans[i];
        for (let i = this.#marks.length - 1; i > 0; i--)
            if (this.#marks[i].tick <= tick)
                return this.#marks[i];
        return this.#marks[0];
    }

    /** s of the head at that tick. */
    #distance(tick) {
        const mark = this.#markAt(tick), next = this.#markAfter(mark);
        const share = tick - mark.tick;
        return next && tick > mark.tick ? mark.s + (next.s - mark.s) * share / (next.tick - mark.tick) : mark.s + share * mark.speed;
    }

    // Of those that are certain; what is planned goes on from the last of them as fast as that says.
    #markAfter(mark) {
        const at = this.#marks.indexOf(mark);
        return at >= 0 && at + 1 < this.#marks.length ? this.#marks[at + 1] : null;
    }

    // The point of the line at s, into #at; and which point is the first behind it.
    #locate(s) {
        const at = this.#at;
        let i = 0;
        while (i < this.#count && this.#ss[i] > s)
            i++;
        if (i === 0) {
            at.way = this.#plans.length > 0 ? this.#plans.at(-1).way : this.#anchor.way;
            at.x = this.#xs[0] + DX[at.way] * (s - this.#ss[0]);
            at.y = this.#ys[0] + DY[at.way] * (s - this.#ss[0]);
        } else if (i === this.#count || Number.isNaN(this.#ss[i])) { // older than what is known
            at.x = this.#xs[i - 1];
            at.y = this.#ys[i - 1];
        } else {
            const dx = Math.sign(this.#xs[i - 1] - this.#xs[i]), dy = Math.sign(this.#ys[i - 1] - this.#ys[i]);
            const far = s - this.#ss[i];
            at.x = this.#xs[i] + dx * far;
            at.y = this.#ys[i] + dy * far;
            at.way = dx < 0 ? 0 : dy < 0 ? 1 : dx > 0 ? 2 : dy > 0 ? 3 : at.way;
        }
        this.#first = i;
    }

    // --- corrections

    /** Changes the line, and leaves the head where it is drawn. */
    #mend(change) {
        if (!this.isDrawn || !this.hasHead) {
            change();
            return;
        }
        this.#locate(this.#distance(this.#tick));
        const { x, y } = this.#at;
        change();
        this.#locate(this.#distance(this.#tick));
        this.#offX += x - this.#at.x;
        this.#offY += y - this.#at.y;
        if (this.off > SNAP)
            this.#offX = this.#offY = 0;
    }

    #comeBack(most) {
        const off = this.off;
        const left = off <= most ? 0 : (off - most) / off;
        this.#offX *= left;
        this.#offY *= left;
    }

    // The tail stands still while a snake grows, and comes after when it shrinks.
    #grow(pace) {
        const missing = this.length - 1 - this.#shownLength;
        this.#shownLength += Math.max(-pace, Math.min(pace, missing));
    }

    // It turns from where it looked before; a quarter more if it goes another way now.
    #look(wayBefore, seconds) {
        const quarters = ((this.#at.way - wayBefore + 5) & 3) - 1, most = TURN_RATE * seconds;
        const turned = this.isDrawn ? this.turned - quarters * Math.PI / 2 : 0;
        this.turned = turned - Math.max(-most, Math.min(most, turned));
    }

    // --- tracing

    // Returns the first point that is not of this piece.
    #traceFromHead(path) {
        const end = this.#s - this.#shownLength, isOff = this.#offX !== 0 || this.#offY !== 0;
        let x = this.x - this.#offX, y = this.y - this.#offY, s = this.#s, i = this.#first;
        path.moveTo(this.x, this.y);
        for (; i < this.#count && !Number.isNaN(this.#ss[i]) && s > end; i++) {
            const toX = this.#xs[i], toY = this.#ys[i], to = this.#ss[i];
            if (isOff && s > this.#s - NECK && to < this.#s - NECK && this.#s - NECK > end)
                this.#traceTo(path, x, y, s, toX, toY, to, this.#s - NECK);
            this.#traceTo(path, x, y, s, toX, toY, to, Math.max(to, end));
            x = toX;
            y = toY;
            s = to;
        }
        while (i < this.#count && !Number.isNaN(this.#ss[i]))
            i++;
        return i;
    }

    // To where the line from (x, y) at `s` to (toX, toY) at `to` has `at`; near the head as far off as that allows.
    #traceTo(path, x, y, s, toX, toY, to, at) {
        const share = s === to ? 0 : (s - at) / (s - to), give = Math.max(0, 1 - (this.#s - at) / NECK);
        path.lineTo(x + (toX - x) * share + this.#offX * give, y + (toY - y) * share + this.#offY * give);
    }
}
