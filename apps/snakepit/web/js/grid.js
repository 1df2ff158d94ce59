// SPDX-License-Identifier: MIT
//
// The field as cells that know which neighbours they are joined to.
//
// The protocol sends characters, one cell at a time; it never says which body belongs to which head.
// But the order of drawing tells: a moving snake puts its new head next to its old one, a newborn is
// drawn cell after cell. So each cell carries `links`, a bit for each side on which the same snake
// goes on:
//
//          1 up              % . .        head  links = DOWN
//   8 left   2 right         @ @ *        bend  links = UP | RIGHT,  tail  links = LEFT
//          4 down
//
// Cells are never modified, only replaced: who kept an old one (an animation) may go on using it.
// Pure: no DOM, no clock.

import { trace } from "./trace.js";

export const HEAD = "%", BODY = "@", TAIL = "*", STONE = "#", DEAD_HEAD = "x", DEAD_TAIL = "+";

export const UP = 1, RIGHT = 2, DOWN = 4, LEFT = 8;
export const SIDES = [UP, RIGHT, DOWN, LEFT];

const STEP = { [UP]: [0, -1], [RIGHT]: [1, 0], [DOWN]: [0, 1], [LEFT]: [-1, 0] };
const EMPTY = Object.freeze({ char: " ", colour: 0, links: 0, owner: null });

export const stepOf = (side) => STEP[side];
export const opposite = (side) => (side < DOWN ? side << 2 : side >> 2);

export const isHead = (cell) => cell.char === HEAD;
export const isDead = (cell) => cell.colour === 0;
export const isSnake = (cell) => HEAD_TO_TAIL.includes(cell.char);
export const isTail = (cell) => cell.char === TAIL || cell.char === DEAD_TAIL;
export const isDigit = (cell) => cell.char >= "1" && cell.char <= "9";

/** Part of a text written over the field; its spaces carry its colour, empty ground has none. */
export const isText = (cell) =>
    cell.char === " " ? cell.colour !== 0
        : !isSnake(cell) && !isDigit(cell) && cell.char !== STONE;

const HEAD_TO_TAIL = HEAD + DEAD_HEAD + BODY + TAIL + DEAD_TAIL;

export class Grid {
    constructor(width = 50, height = 25) {
        this.width = width;
        this.height = height;
        this.cells = new Array(width * height).fill(EMPTY);
        this.changes = new Map(); // index -> the cell as it was before this frame
        this.newborn = new Set(); // indices of the segments that came from nowhere in this frame
    }

    /** A grid from the `world` message: rows of [char, colour], all of one length. */
    static from(rows) {
        const grid = new Grid(rows[0].length, rows.length);
        grid.cells = rows.flat().map(([char, colour]) => ({ ...EMPTY, char, colour }));
        grid.#guessLinks();
        return grid;
    }

    /** Index of the neighbour on that side, or -1 outside the field. */
    neighbour(at, side) {
        const [dx, dy] = STEP[side];
        const x = (at % this.width) + dx, y = Math.floor(at / this.width) + dy;
        return x < 0 || y < 0 || x >= this.width || y >= this.height ? -1 : y * this.width + x;
    }

    /** Starts a server frame: `changes` holds what differs since here. */
    begin() {
        this.changes.clear();
        this.newborn.clear();
    }

    clear() {
        this.cells.forEach((_, at) => this.#put(at, EMPTY));
    }

    /** One `render` message; outside the field it is ignored. */
    set(x, y, char, colour) {
        if (x >= this.width || y >= this.height)
            return;
        const at = y * this.width + x, old = this.cells[at], fresh = { ...EMPTY, char, colour };
        if (isSnake(fresh) && isSnake(old) && (colour === old.colour || colour === 0)) {
            // Nothing may enter a snake, so this is the same segment: head to body, body to tail, alive to dead.
            this.#put(at, { ...old, char, colour });
            if (isHead(old) && char !== HEAD && colour !== 0)
                this.#movedFrom(at);
            return;
        }
        this.#cut(at);
        this.#put(at, fresh);
        if (isSnake(fresh))
            this.#attach(at);
    }

    /** Gives every cell that hangs together with `at` its owner. */
    own(at, owner) {
        const todo = [at];
        while (todo.length) {
            const here = todo.pop(), cell = this.cells[here];
            if (cell.owner === owner)
                continue;
            this.#put(here, { ...cell, owner });
            todo.push(...SIDES.filter((s) => cell.links & s).map((s) => this.neighbour(here, s)));
        }
    }

    /** Index of the living head of that owner, or -1. */
    headOf(owner) {
        return this.cells.findIndex((cell) => isHead(cell) && cell.owner === owner);
    }

    /** The side to which the snake with its head at `at` moves; 0 when unknown. */
    heading(at) {
        const { links } = this.cells[at] ?? EMPTY;
        return SIDES.includes(links) ? opposite(links) : 0;
    }

    #put(at, cell) {
        if (!this.changes.has(at))
            this.changes.set(at, this.cells[at]);
        this.cells[at] = cell;
    }

    #join(at, side) {
        const other = this.neighbour(at, side);
        const { links, owner } = this.cells[other];
        this.#put(other, { ...this.cells[other], links: links | opposite(side) });
        this.#put(at, { ...this.cells[at], links: this.cells[at].links | side, owner });
    }

    #cut(at) {
        for (const side of SIDES.filter((s) => this.cells[at].links & s)) {
            const other = this.neighbour(at, side), cell = this.cells[other];
            this.#put(other, { ...cell, links: cell.links & ~opposite(side) });
        }
    }

    /** The side of `at` on which there is a cell of its colour such as `is` describes. */
    #sideWhere(at, is) {
        return SIDES.find((side) => {
            const other = this.neighbour(at, side);
            return this.cells[other]?.colour === this.cells[at].colour && is(other);
        });
    }

    /**
     * Joins a segment on new ground to what it continues: a newborn, or a head that was redrawn as
     * body just before. A head whose neck is yet to be redrawn passes for a newborn until then.
     */
    #attach(at) {
        const sibling = this.#sideWhere(at, (other) => this.newborn.has(other));
        const neck = isHead(this.cells[at]) ? this.#sideWhere(at, (other) => this.#wasHead(other)) : undefined;
        if (sibling || !neck)
            this.newborn.add(at);
        if (sibling ?? neck)
            this.#join(at, sibling ?? neck);
    }

    #wasHead(at) {
        return !isHead(this.cells[at]) && isHead(this.changes.get(at) ?? EMPTY);
    }

    /** A head was redrawn as body: the new head next to it, drawn just before, is its. */
    #movedFrom(at) {
        const side = this.#sideWhere(at, (other) =>
            isHead(this.cells[other]) && this.cells[other].links === 0 && this.newborn.has(other));
        if (!side)
            return;
        const head = this.neighbour(at, side);
        this.newborn.delete(head);
        this.#join(head, opposite(side));
    }

    /** For a world that was not seen growing: follow each snake from its head, then join what is left over. */
    #guessLinks() {
        const heads = this.cells.flatMap((c, at) => (c.char === HEAD || c.char === DEAD_HEAD ? [at] : []));
        for (const head of heads)
            this.#joinPath(trace(this, head));
        this.#joinLoose();
        this.changes.clear();
    }

    #joinPath(path) {
        for (let i = 1; i < path.length; i++)
            this.#join(path[i], SIDES.find((side) => this.neighbour(path[i], side) === path[i - 1]));
    }

    /** Bodies whose head is hidden (a text was written over it): every neighbour may be the next. */
    #joinLoose() {
        const loose = new Set();
        this.cells.forEach((cell, at) => isSnake(cell) && !cell.links && loose.add(at));
        for (const at of loose)
            for (const side of [RIGHT, DOWN]) {
                const other = this.neighbour(at, side);
                if (loose.has(other) && this.cells[other].colour === this.cells[at].colour)
                    this.#join(at, side);
            }
    }
}
