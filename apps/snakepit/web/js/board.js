// SPDX-License-Identifier: MIT
//
// The field on a canvas, at the screen's own density, drawn only when something changed.
//
// A frame from the server is shown at once and eased into place within EASE_MS: heads glide out of
// their necks, tails draw in, digits pop up. Every picture is drawn whole (a few hundred shapes),
// which is simpler than repairing single cells and far within a 60 Hz frame; between two changes
// nothing is drawn at all. How things look is in paint.js.

import { SIDES, TAIL, isDigit, isHead, isSnake, isTail, opposite, stepOf } from "./grid.js";
import { Palette, paintField, paintGround } from "./paint.js";

const EASE_MS = 150;
const RING_MS = 1800; // "here you are", around a newborn of mine

const easeOut = (t) => 1 - (1 - t) ** 3;

export class Board {
    #canvas;
    #frame;
    #context;
    #ground = document.createElement("canvas"); // the empty field, painted once per size and theme
    #palette = new Palette();
    #stillness = matchMedia("(prefers-reduced-motion: reduce)");
    #grid = null;
    #mine = null;
    #cell_px = 0;
    #moves = new Map(); // index -> { kind, side, since }
    #ringSince = -Infinity;
    #isDue = false;

    /** Draws into `canvas`, which CSS lays out to fill `frame`, its parent, inside of the border. */
    constructor(canvas, frame) {
        this.#canvas = canvas;
        this.#frame = frame;
        this.#context = canvas.getContext("2d");
        new ResizeObserver(() => this.#fit()).observe(frame);
        this.#watchDensity();
    }

    /** A frame from the server was taken in: its changes are what moves now. `mine` is my id or null. */
    show(grid, mine) {
        const isNewSize = grid.width !== this.#grid?.width || grid.height !== this.#grid?.height;
        this.#grid = grid;
        this.#mine = mine;
        if (isNewSize)
            this.#reshape();
        this.#noteMoves(performance.now());
        this.#draw();
    }

    /** The theme changed. */
    restyle() {
        this.#palette = new Palette();
        this.#fit();
    }

    /** The frame keeps the field's proportions; that resizes it, and then it is fitted once more. */
    #reshape() {
        document.documentElement.style.setProperty("--aspect", this.#grid.width / this.#grid.height);
        this.#canvas.setAttribute("aria-label",
            `The snake pit, ${this.#grid.width} by ${this.#grid.height} cells`);
        this.#moves.clear();
        this.#fit();
    }

    #fit() {
        if (!this.#grid)
            return;
        const { width, height } = this.#frame.getBoundingClientRect();
        const wall = this.#frame.offsetWidth - this.#frame.clientWidth;
        for (const canvas of [this.#canvas, this.#ground]) {
            canvas.width = Math.max(1, Math.round((width - wall) * devicePixelRatio));
            canvas.height = Math.max(1, Math.round((height - wall) * devicePixelRatio));
        }
        const cell = this.#canvas.width / this.#grid.width;
        this.#cell_px = cell;
        paintGround(this.#ground.getContext("2d"), this.#grid, cell, this.#palette);
        this.#paint(performance.now()); // at once: resizing has cleared the canvas
    }

    /** A window that is dragged to another screen changes its density without changing its size. */
    #watchDensity() {
        matchMedia(`(resolution: ${devicePixelRatio}dppx)`).addEventListener("change", () => {
            this.#fit();
            this.#watchDensity();
        }, { once: true });
    }

    #noteMoves(since) {
        for (const [at, old] of this.#grid.changes) {
            const cell = this.#grid.cells[at];
            this.#moves.delete(at);
            if (isHead(cell) && !isSnake(old))
                this.#moves.set(at, { kind: "head", side: cell.links, since });
            else if (isDigit(cell) && cell.char !== old.char)
                this.#moves.set(at, { kind: "pop", since });
            if (isHead(cell) && cell.owner === this.#mine && this.#grid.newborn.has(at))
                this.#ringSince = since;
        }
        for (const [at, old] of this.#grid.changes)
            if (old.char === TAIL && !isSnake(this.#grid.cells[at]))
                this.#noteTail(at, old.links, since);
    }

    /** The tail left `at`; the one on the side on which that was linked is what is left of it. */
    #noteTail(at, side, since) {
        const next = SIDES.includes(side) ? this.#grid.neighbour(at, side) : -1;
        if (next >= 0 && isTail(this.#grid.cells[next]))
            this.#moves.set(next, { kind: "tail", side: opposite(side), since });
    }

    #draw() {
        if (this.#isDue)
            return;
        this.#isDue = true;
        requestAnimationFrame((now) => {
            this.#isDue = false;
            this.#paint(now);
            if (this.#moves.size > 0 || this.#ring(now) > 0)
                this.#draw();
        });
    }

    #paint(now) {
        if (!this.#cell_px)
            return;
        this.#context.drawImage(this.#ground, 0, 0);
        paintField(this.#context, {
            grid: this.#grid,
            mine: this.#mine,
            cell_px: this.#cell_px,
            density: devicePixelRatio,
            palette: this.#palette,
            ring: this.#ring(now),
            isStill: this.#stillness.matches,
            shift: (at, kind) => this.#shift(at, kind, now),
        });
        for (const [at, move] of this.#moves)
            if (now - move.since >= EASE_MS)
                this.#moves.delete(at);
    }

    /** How much of the ring's time is left, 1..0. */
    #ring(now) {
        return Math.max(0, 1 - (now - this.#ringSince) / RING_MS);
    }

    /** How far a thing is from its place, in cells: { x, y, left }, where left goes from 1 to 0. */
    #shift(at, kind, now) {
        const move = this.#moves.get(at);
        if (move?.kind !== kind || this.#stillness.matches)
            return null;
        const left = 1 - easeOut(Math.min(1, Math.max(0, (now - move.since) / EASE_MS)));
        const [dx, dy] = stepOf(move.side) ?? [0, 0];
        return { x: dx * left, y: dy * left, left };
    }
}
