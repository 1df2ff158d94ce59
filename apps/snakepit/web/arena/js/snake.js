// SPDX-License-Identifier: MIT
//
// One snake in motion. docs/arena.md has what is told of it: an anchor, from which its head goes straight on, and pieces and
// knots that its body goes through. Here that becomes a line (line.js), measured in cells gone by the head, and marks: at
// which tick the head was how far on it, and how fast it goes from there. So each moment has a head, those that are past,
// too; the body is what lies behind it, as far as the length goes.
//
// What is told may prove a guess wrong: that a snake would go straight on, or where one's own turns. Then the line is
// another one, and the head is drawn where it was, off the line, and comes back to it bit by bit; the neck gives.
//
// Pure: ticks and seconds come in. What runs once per frame makes no garbage.

import { Line } from "./line.js";
import { DX, DY } from "./ways.js";

const MARKS = 8; // that are remembered
const SNAP = 12; // who is further off than so many cells is not brought back but put there: 300 ms of boost and a turn are 8.5
const MEND = 0.6; // of the own speed: so fast the head comes back to its line
const FAR = 6; // cells; from further off it comes the faster, the further it is, but never back along its way
const TURN_RATE = 22; // radians in a second: how fast a head turns to look where it goes

/** How many ticks ago `since`, of a record of that tick, was. */
export const ageOf = (since, tick) => (tick - since) & 63;

// {way, cells}, from the anchor back.
function piecesOf(trail) {
    const pieces = [];
    for (; trail > 0; trail >>= 7)
        pieces.push({ cells: trail & 31, way: (trail >> 5) & 3 });
    return pieces;
}

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

    #line = new Line();
    #marks = []; // {tick, s, speed}, the oldest first
    #plans = []; // the same, that one's own inputs will make, {tick, s, speed, x, y, way}
    #anchor = null; // {x, y, way, s, trail}
    #head = { x: 0, y: 0, way: 0, s: 0, offX: 0, offY: 0 }; // its place on the line, and how far off it is drawn
    #tick = 0;
    #shownLength = 0;

    constructor(player) {
        this.player = player;
    }

    // --- what is told

    putKnot(number, x, y) { this.#line.putKnot(number, x, y); }
    dropKnot(number) { this.#line.dropKnot(number); }
    get knots() { return this.#line.knots; }

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
        this.#head.offX = this.#head.offY = 0;
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
        const head = this.#head, wayBefore = head.way;
        this.speed = this.#markAt(tick).speed;
        const pace = this.isDrawn ? this.speed * Math.max(0, tick - this.#tick) : 0;
        this.#tick = tick;
        this.#locate();
        this.#comeBack(pace * Math.min(1, MEND * Math.max(1, this.off / FAR)));
        this.x = head.x + head.offX;
        this.y = head.y + head.offY;
        this.#grow(pace);
        this.#look(wayBefore, seconds);
        this.isDrawn = true;
    }

    /** Which way its head goes in this frame. */
    get heading() { return this.#head.way; }
    /** How many cells it is off its line. */
    get off() { return Math.hypot(this.#head.offX, this.#head.offY); }

    /** Draws its body into a path, with `path.moveTo(x, y)` and `path.lineTo(x, y)`, from the head to the tail. */
    trace(path) { this.#line.trace(path, this.hasHead ? this.#head : null, this.#shownLength); }

    /** May any of it lie within that rectangle? */
    touches(left, top, right, bottom) { return this.#line.touches(this.hasHead ? this : null, left, top, right, bottom); }

    // --- the line, and when the head is where on it

    #rebuild() { this.#line.rebuild(this.#anchor, this.#plans, this.length); }

    #locate() {
        this.#head.s = this.#distance(this.#tick);
        this.#line.locate(this.#head.s, this.#head, this.#plans.length > 0 ? this.#plans.at(-1).way : this.#anchor.way);
    }

    #mark({ x, y, way, boost, trail }, tick) {
        const speed = boost ? 2 : 1, last = this.#marks.at(-1);
        const s = last ? last.s + this.#gone(x, y, way, tick, last) : 0;
        while (this.#marks.length > 0 && this.#marks.at(-1).tick >= tick)
            this.#marks.pop();
        this.#marks.push({ tick, s, speed });
        if (this.#marks.length > MARKS)
            this.#marks.shift();
        this.#anchor = { x, y, way, s, trail: piecesOf(trail) };
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

    // --- corrections

    /** Changes the line, and leaves the head where it is drawn. */
    #mend(change) {
        const head = this.#head;
        if (!this.isDrawn || !this.hasHead) {
            change();
            return;
        }
        this.#locate();
        const { x, y } = head;
        change();
        this.#locate();
        head.offX += x - head.x;
        head.offY += y - head.y;
        if (this.off > SNAP)
            head.offX = head.offY = 0;
    }

    #comeBack(most) {
        const off = this.off, left = off <= most ? 0 : (off - most) / off;
        this.#head.offX *= left;
        this.#head.offY *= left;
    }

    // The tail stands still while a snake grows, and comes after when it shrinks.
    #grow(pace) {
        const missing = this.length - 1 - this.#shownLength;
        this.#shownLength += Math.max(-pace, Math.min(pace, missing));
    }

    // It turns from where it looked before; a quarter more if it goes another way now.
    #look(wayBefore, seconds) {
        const quarters = ((this.#head.way - wayBefore + 5) & 3) - 1, most = TURN_RATE * seconds;
        const turned = this.isDrawn ? this.turned - quarters * Math.PI / 2 : 0;
        this.turned = turned - Math.max(-most, Math.min(most, turned));
    }
}
