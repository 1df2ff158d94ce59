// SPDX-License-Identifier: MIT
//
// How the field looks. Everything is measured in cells: the context is scaled, so that one unit is
// one cell and a cell's centre lies at (x + 0.5, y + 0.5).
//
// A snake is one line through the centres of its cells along their links, stroked three times: edge,
// body, shine. Joined in one stroke, it has no seams, whatever the size of a cell.

import {
    DEAD_HEAD, DOWN, RIGHT, SIDES, STONE,
    isDead, isDigit, isHead, isSnake, isTail, isText, opposite, stepOf,
} from "./grid.js";

const BODY = 0.74, EDGE = 0.94, HALO = 1.34; // widths of a snake
const TAIL_END = 0.13; // radius
const TINY_PX = 11; // CSS pixels per cell below which a digit would be too small to read

/** The colours, read from the style sheet, which is their only home. */
export class Palette {
    constructor(style = getComputedStyle(document.documentElement)) {
        const read = (name) => style.getPropertyValue(name).trim();
        this.of = [0, 1, 2, 3, 4, 5, 6].map((colour) => read(`--c${colour}`));
        for (const name of ["ground", "ground-alt", "dead", "dead-edge", "stone", "stone-light",
            "token-ink", "me-edge", "me-halo", "text-panel"])
            this[name] = read(`--${name}`);
        this.font = style.fontFamily || "sans-serif";
    }
}

/** The empty field: a checkerboard that is barely there, to judge distances by. In device pixels. */
export function paintGround(context, grid, cell_px, palette) {
    context.fillStyle = palette.ground;
    context.fillRect(0, 0, grid.width * cell_px, grid.height * cell_px);
    context.fillStyle = palette["ground-alt"];
    for (let y = 0; y < grid.height; y++)
        for (let x = y % 2; x < grid.width; x += 2)
            context.fillRect(x * cell_px, y * cell_px, cell_px, cell_px);
}

/**
 * Everything on the ground. `view`: grid, mine, cell_px, density, palette, ring (1..0), isStill, and
 * shift(at, kind), which tells how far the head, tail or digit of that cell is from its place.
 */
export function paintField(context, view) {
    context.save();
    context.scale(view.cell_px, view.cell_px);
    context.lineCap = context.lineJoin = "round";
    context.textAlign = "center";
    context.textBaseline = "middle";

    const snakes = collectSnakes(view);
    paintEach(context, view, (cell) => cell.char === STONE, paintStone);
    paintEach(context, view, isDigit, paintDigit);
    snakes.forEach((snake) => paintBody(context, snake));
    paintEach(context, view, (cell) => isHead(cell) || cell.char === DEAD_HEAD, paintHead);
    if (view.ring > 0)
        paintRing(context, view);
    textRuns(view.grid).forEach((run) => paintText(context, view, run));
    context.restore();
}

function paintEach(context, view, is, paint) {
    view.grid.cells.forEach((cell, at) => is(cell) && paint(context, view, cell, at));
}

function centre(grid, at) {
    return { x: (at % grid.width) + 0.5, y: Math.floor(at / grid.width) + 0.5 };
}

/** The centre of a head, a tail or a digit that may still be on its way. */
function place(view, at, kind) {
    const { x, y } = centre(view.grid, at), shift = view.shift(at, kind);
    return shift ? { x: x + shift.x, y: y + shift.y } : { x, y };
}

function disc(path, { x, y }, radius) {
    path.moveTo(x + radius, y);
    path.arc(x, y, radius, 0, 2 * Math.PI);
}

// Snakes.

/** One line and one tail shape per kind of snake: the dead, each colour, mine; in the order of painting. */
function collectSnakes(view) {
    const kinds = new Map();
    view.grid.cells.forEach((cell, at) => {
        if (!isSnake(cell))
            return;
        const isMine = !isDead(cell) && view.mine !== null && cell.owner === view.mine;
        const key = isMine ? 99 : cell.colour;
        if (!kinds.has(key))
            kinds.set(key, { ...paintOf(view.palette, cell, isMine), line: new Path2D(), tail: new Path2D() });
        addSegment(kinds.get(key), view, cell, at);
    });
    return [...kinds].sort(([a], [b]) => a - b).map(([, snake]) => snake);
}

function paintOf(palette, cell, isMine) {
    if (isDead(cell))
        return { fill: palette.dead, edge: palette["dead-edge"] };
    return {
        fill: palette.of[cell.colour],
        edge: isMine ? palette["me-edge"] : palette.ground,
        halo: isMine ? palette["me-halo"] : null,
    };
}

/** Each link belongs to its upper or left cell, so that it is drawn once; a lone cell is a dot. */
function addSegment(snake, view, cell, at) {
    const here = isHead(cell) ? place(view, at, "head") : centre(view.grid, at);
    if (cell.links === 0)
        disc(snake.tail, here, TAIL_END);
    for (const side of [RIGHT, DOWN].filter((s) => cell.links & s)) {
        const next = view.grid.neighbour(at, side), other = view.grid.cells[next];
        const there = isHead(other) ? place(view, next, "head") : centre(view.grid, next);
        if (!isTail(cell) && !isTail(other)) {
            snake.line.moveTo(here.x, here.y);
            snake.line.lineTo(there.x, there.y);
        }
    }
    if (isTail(cell))
        addTail(snake, view, cell, at);
}

/** A wedge from the last body cell to the tip, which may still be coming round a corner. */
function addTail(snake, view, cell, at) {
    const tip = centre(view.grid, at), end = place(view, at, "tail");
    const side = SIDES.find((s) => cell.links & s);
    if (side) {
        const [dx, dy] = stepOf(side), wide = BODY / 2, thin = TAIL_END;
        const base = { x: tip.x + dx, y: tip.y + dy };
        snake.tail.moveTo(base.x - dy * wide, base.y + dx * wide);
        snake.tail.lineTo(tip.x - dy * thin, tip.y + dx * thin);
        snake.tail.lineTo(tip.x + dy * thin, tip.y - dx * thin);
        snake.tail.lineTo(base.x + dy * wide, base.y - dx * wide);
        snake.tail.closePath();
        disc(snake.tail, base, wide);
    }
    disc(snake.tail, tip, TAIL_END);
    if (end.x !== tip.x || end.y !== tip.y)
        addRod(snake.tail, tip, end, TAIL_END);
}

function addRod(path, from, to, radius) {
    const x = Math.min(from.x, to.x) - radius, y = Math.min(from.y, to.y) - radius;
    path.roundRect(x, y, Math.abs(from.x - to.x) + 2 * radius, Math.abs(from.y - to.y) + 2 * radius, radius);
}

function paintBody(context, { line, tail, fill, edge, halo }) {
    const stroke = (style, width) => {
        context.strokeStyle = style;
        context.lineWidth = width;
        context.stroke(line);
        context.lineWidth = width - BODY;
        if (width > BODY)
            context.stroke(tail);
    };
    if (halo)
        stroke(halo, HALO);
    stroke(edge, EDGE);
    stroke(fill, BODY);
    context.fillStyle = fill;
    context.fill(tail);
    context.globalAlpha = 0.22;
    context.strokeStyle = "#fff";
    context.lineWidth = 0.16;
    context.stroke(line);
    context.globalAlpha = 1;
}

/** The eyes sit on the side that is not the neck's; a head without a neck looks to the right. */
function paintHead(context, view, cell, at) {
    const { x, y } = place(view, at, "head");
    const isMine = view.mine !== null && cell.owner === view.mine;
    const { fill, edge } = paintOf(view.palette, cell, isMine);
    const [dx, dy] = stepOf(SIDES.includes(cell.links) ? opposite(cell.links) : RIGHT);
    context.save();
    context.translate(x, y);
    context.rotate(Math.atan2(dy, dx));
    context.beginPath();
    context.ellipse(0.02, 0, 0.52, 0.46, 0, 0, 2 * Math.PI);
    context.strokeStyle = edge;
    context.lineWidth = 0.2;
    context.stroke();
    context.fillStyle = fill;
    context.fill();
    for (const eye of [-0.21, 0.21])
        (isDead(cell) ? paintDeadEye : paintEye)(context, eye);
    context.restore();
}

function paintEye(context, y) {
    for (const [x, radius, style] of [[0.14, 0.16, "#fff"], [0.19, 0.085, "#111"]]) {
        context.beginPath();
        context.arc(x, y, radius, 0, 2 * Math.PI);
        context.fillStyle = style;
        context.fill();
    }
}

function paintDeadEye(context, y) {
    context.strokeStyle = "#111a";
    context.lineWidth = 0.07;
    context.beginPath();
    for (const way of [-1, 1]) {
        context.moveTo(0.06, y - 0.1 * way);
        context.lineTo(0.26, y + 0.1 * way);
    }
    context.stroke();
}

/** Draws the eye to my newborn: rings that close in on it; one that stays, where motion is unwelcome. */
function paintRing(context, { grid, mine, palette, ring, isStill, shift }) {
    const at = mine === null ? -1 : grid.headOf(mine);
    if (at < 0)
        return;
    const { x, y } = place({ grid, shift }, at, "head");
    const phase = isStill ? 0.3 : (ring * 3) % 1;
    context.beginPath();
    context.arc(x, y, 1 + 4 * phase, 0, 2 * Math.PI);
    context.globalAlpha = Math.min(1, ring * 3) * (1 - phase);
    context.strokeStyle = palette["me-edge"];
    context.lineWidth = 0.22;
    context.stroke();
    context.globalAlpha = 1;
}

// Food and stones.

const isTiny = (view) => view.cell_px / view.density < TINY_PX;

/** A coin, larger the more it is worth; on a small screen it may reach over its cell to be legible. */
function paintDigit(context, view, cell, at) {
    const { x, y } = centre(view.grid, at), shift = view.shift(at, "pop");
    const grown = shift ? 1 - shift.left : 1;
    const radius = (isTiny(view) ? 0.66 : 0.4 + 0.008 * Number(cell.char)) * grown;
    context.beginPath();
    context.arc(x, y, radius, 0, 2 * Math.PI);
    context.fillStyle = view.palette.of[cell.colour];
    context.fill();
    context.fillStyle = view.palette["token-ink"];
    context.font = `800 ${1.52 * radius}px ${view.palette.font}`;
    context.fillText(cell.char, x, y + 0.11 * radius);
}

/** A rough polygon, always the same for the same place. */
function paintStone(context, { grid, palette }, cell, at) {
    const { x, y } = centre(grid, at);
    const corner = (i, scale) => {
        const angle = (i / 7) * 2 * Math.PI, radius = scale * (0.42 + 0.09 * Math.sin(at * 12.9 + i * 4.1));
        return [x + radius * Math.cos(angle), y + radius * Math.sin(angle)];
    };
    for (const [scale, lift, style] of [[1, 0, palette.stone], [0.66, -0.08, palette["stone-light"]]]) {
        context.beginPath();
        for (let i = 0; i < 7; i++) {
            const [px, py] = corner(i, scale);
            context.lineTo(px, py + lift);
        }
        context.closePath();
        context.fillStyle = style;
        context.fill();
    }
}

// Text that the server wrote over the field.

/** Runs of text cells: { x, y, text, colour }, cell coordinates of the first character. */
function textRuns(grid) {
    const runs = [];
    grid.cells.forEach((cell, at) => {
        if (!isText(cell))
            return;
        const x = at % grid.width, y = Math.floor(at / grid.width), last = runs[runs.length - 1];
        if (last?.y === y && last.x + last.text.length === x)
            last.text += cell.char;
        else
            runs.push({ x, y, text: cell.char, colour: cell.colour });
    });
    return runs;
}

/** On a panel higher than its row, which lets the letters be large enough to be read on a phone. */
function paintText(context, { palette }, { x, y, text, colour }) {
    context.beginPath();
    context.roundRect(x - 0.3, y - 0.75, text.length + 0.6, 2.5, 0.6);
    context.fillStyle = palette["text-panel"];
    context.fill();
    context.font = "700 1.55px ui-monospace, 'SF Mono', Menlo, Consolas, 'DejaVu Sans Mono', monospace";
    context.fillStyle = palette.of[colour];
    Array.from(text).forEach((char, i) => context.fillText(char, x + i + 0.5, y + 0.56));
}
