// SPDX-License-Identifier: MIT
//
// Which part of the world is on the screen. In cells; the centre of cell (0, 0) is at (0, 0).
// Pure: sizes and seconds come in.

const CELL_PX = 25; // wished for
const CELL_PX_PHONE = 19; // on a small screen, to see ahead
const SMALL_PX = 620; // its shorter side
const FOLLOW_S = 0.12; // the time constant with which it comes after
const CUT_CELLS = 60; // what is further is not glided to
const MARGIN_CELLS = 24; // a body is known so far from its anchor, docs/arena.md

export class Camera {
    x = 0;
    y = 0;
    /** CSS pixels of a cell, and how many fit. */
    cell_px = CELL_PX;
    columns = 0;
    rows = 0;
    #isPlaced = false;

    /** A screen of that size, in CSS pixels; the most that the server lets see, in cells; pixels of the screen per CSS pixel. */
    fit(width, height, most, density = 1) {
        const wished = Math.min(width, height) < SMALL_PX ? CELL_PX_PHONE : CELL_PX;
        const least = Math.max(width / (most.width - 2 * MARGIN_CELLS), height / (most.height - 2 * MARGIN_CELLS));
        this.cell_px = 2 * Math.ceil(Math.max(wished, least) * density / 2) / density; // an even number of pixels keeps all sharp
        this.columns = width / this.cell_px;
        this.rows = height / this.cell_px;
    }

    /** What to ask the server for: so that no piece of a snake on the screen is missed. */
    get view() {
        return { width: Math.ceil(this.columns) + 2 * MARGIN_CELLS, height: Math.ceil(this.rows) + 2 * MARGIN_CELLS };
    }

    get left() { return this.x - this.columns / 2; }
    get top() { return this.y - this.rows / 2; }
    get right() { return this.x + this.columns / 2; }
    get bottom() { return this.y + this.rows / 2; }

    /** Be there, unless it has followed somebody already. */
    begin(x, y) {
        if (!this.#isPlaced)
            [this.x, this.y] = [x, y];
    }

    follow(x, y, seconds) {
        const isFar = Math.abs(x - this.x) + Math.abs(y - this.y) > CUT_CELLS;
        const share = this.#isPlaced && !isFar ? 1 - Math.exp(-seconds / FOLLOW_S) : 1;
        this.x += (x - this.x) * share;
        this.y += (y - this.y) * share;
        this.#isPlaced = true;
    }
}
