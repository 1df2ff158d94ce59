// SPDX-License-Identifier: MIT
//
// How the field looks. Everything is measured in cells: the context is scaled, so that one unit is
// one cell and a cell's centre lies at (x + 0.5, y + 0.5).
//
// A snake is one line: through each cell from the joint with one neighbour to the joint with the next,
// in a curve where it bends. The line is stroked several times, from wide to narrow: gap, rim, body,
// shine. Joined in one stroke it has no seams, whatever the size of a cell.

import {
    DEAD_HEAD, RIGHT, SIDES, STONE,
    isDead, isDigit, isHead, isSnake, isTail, isText, opposite, stepOf,
} from "./grid.js";

const HALO = 1.3, EDGE = 0.96, RIM = 0.8, BODY = 0.66, SHINE = 0.14; // widths of a snake's strokes
const TAIL_END = 0.1; // radius of its tip
const TAIL_OVER = 0.3; // how far the tip reaches over its cell's centre
const LIGHT_MIN = 0.22; // luminance above which dark ink is easier to read than white
const TINY_PX = 11; // CSS pixels per cell below which a digit would be too small to read

/** The colours, read from the style sheet, which is their only home. */
export class Palette {
    constructor(style = getComputedStyle(document.documentElement)) {
        const read = (name) => style.getPropertyValue(name).trim();
        this.of = [0, 1, 2, 3, 4, 5, 6].map((colour) => read(`--c${colour}`));
        this.inkOn = this.of.map((colour) => (luminance(colour) > LIGHT_MIN ? "#14120b" : "#fff"));
        for (const name of ["ground", "ground-alt", "dead", "stone", "stone-light", "rim", "me-edge",
            "me-halo", "text-panel"])
            this[name] = read(`--${name}`);
        this.font = style.fontFamily || "sans-serif";
    }
}

/** Relative luminance (WCAG 2) of "#rrggbb", 0..1. */
function luminance(colour) {
    const [r, g, b] = [1, 3, 5].map((i) => parseInt(colour.slice(i, i + 2), 16) / 255)
        .map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

/** The empty field: a checkerboard that is barely there, to judge distances by. In device pixels. */
export function paintGround(context, grid, cell_px, palette) {
    const edge = (i) => Math.round(i * cell_px); // whole pixels, so that no seam shows between cells
    for (let y = 0; y < grid.height; y++)
        for (let x = 0; x < grid.width; x++) {
            context.fillStyle = (x + y) % 2 ? palette["ground-alt"] : palette.ground;
            context.fillRect(edge(x), edge(y), edge(x + 1) - edge(x), edge(y + 1) - edge(y));
        }
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

const isMine = (view, cell) => view.mine !== null && cell.owner === view.mine && !isDead(cell);

/** One line and one tail shape per kind of snake: the dead, each colour, mine; in the order of painting. */
function collectSnakes(view) {
    const kinds = new Map();
    view.grid.cells.forEach((cell, at) => {
        if (!isSnake(cell))
            return;
        const rank = isMine(view, cell) ? Infinity : cell.colour;
        if (!kinds.has(rank))
            kinds.set(rank, { ...paintOf(view, cell), line: new Path2D(), tail: new Path2D() });
        addSegment(kinds.get(rank), view, cell, at);
    });
    return [...kinds].sort(([a], [b]) => a - b).map(([, snake]) => snake);
}

function paintOf(view, cell) {
    const { palette } = view, mine = isMine(view, cell);
    return {
        fill: isDead(cell) ? palette.dead : palette.of[cell.colour],
        edge: mine ? palette["me-edge"] : palette.ground,
        rim: palette.rim,
        halo: mine ? palette["me-halo"] : null,
    };
}

function addSegment(snake, view, cell, at) {
    const sides = SIDES.filter((side) => cell.links & side);
    if (sides.length === 0)
        disc(snake.tail, place(view, at, "head"), BODY / 2);
    else if (isHead(cell))
        addLine(snake.line, joint(view, at, sides[0]), place(view, at, "head"));
    else if (isTail(cell) && sides.length === 1)
        addTail(snake.tail, view, at, sides[0]);
    else
        addBend(snake.line, view, at, sides);
}

function addLine(path, from, to) {
    path.moveTo(from.x, from.y);
    path.lineTo(to.x, to.y);
}

/** Through the cell, or as far as its centre where the other end is missing. */
function addBend(path, view, at, [first, ...others]) {
    const from = joint(view, at, first), middle = centre(view.grid, at);
    if (others.length === 0)
        addLine(path, from, middle);
    for (const side of others) {
        const to = joint(view, at, side);
        path.moveTo(from.x, from.y);
        path.quadraticCurveTo(middle.x, middle.y, to.x, to.y);
    }
}

/** Where a cell meets its neighbour: on the edge between them, or nearer while a head has not got that far. */
function joint(view, at, side) {
    const { x, y } = centre(view.grid, at), [dx, dy] = stepOf(side);
    const lag = (cell) => (isHead(view.grid.cells[cell]) && view.shift(cell, "head")?.left) || 0;
    const near = Math.max(0.5, lag(at)), far = Math.max(0.5, lag(view.grid.neighbour(at, side)));
    const reach = near > 0.5 ? near : 1 - far;
    return { x: x + dx * reach, y: y + dy * reach };
}

/**
 * A wedge from the edge to the tip. While the tail is on its way, what is still outside of the cell
 * is part of the wedge if it lies straight behind, else it sticks out round the corner.
 */
function addTail(path, view, at, side) {
    const { x, y } = centre(view.grid, at), [dx, dy] = stepOf(side);
    const point = (along, across) => [x + dx * along - dy * across, y + dy * along + dx * across];
    const { x: sx, y: sy } = view.shift(at, "tail") ?? { x: 0, y: 0 };
    const behind = Math.max(TAIL_OVER, -(sx * dx + sy * dy)), wide = RIM / 2;

    path.moveTo(...point(0.5, wide)); // and left open there, for a rim must not cross the snake
    path.quadraticCurveTo(...point(-0.05, wide), ...point(-behind, TAIL_END));
    path.quadraticCurveTo(...point(-behind - TAIL_END, 0), ...point(-behind, -TAIL_END));
    path.quadraticCurveTo(...point(-0.05, -wide), ...point(0.5, -wide));
    if (Math.abs(sx * dy - sy * dx) > 0)
        addRod(path, { x, y }, { x: x + sx, y: y + sy }, 1.6 * TAIL_END);
}

function addRod(path, from, to, radius) {
    const x = Math.min(from.x, to.x) - radius, y = Math.min(from.y, to.y) - radius;
    path.roundRect(x, y, Math.abs(from.x - to.x) + 2 * radius, Math.abs(from.y - to.y) + 2 * radius, radius);
}

/** The tail is a filled shape as wide as the rim, so its strokes only add what goes beyond that. */
function paintBody(context, { line, tail, fill, edge, rim, halo }) {
    const stroke = (style, width) => {
        context.strokeStyle = style;
        context.lineWidth = width;
        context.stroke(line);
        context.lineWidth = width - RIM;
        if (width > RIM)
            context.stroke(tail);
    };
    if (halo)
        stroke(halo, HALO);
    stroke(edge, EDGE);
    stroke(fill, RIM);
    stroke(rim, RIM);
    stroke(fill, BODY);
    paintTail(context, tail, fill, rim);
    context.globalAlpha = 0.25;
    stroke("#fff", SHINE);
    context.globalAlpha = 1;
}

/** Its rim is inside of the shape: a stroke as wide as twice the rim, cut off at the outline. */
function paintTail(context, tail, fill, rim) {
    context.save();
    context.clip(tail);
    context.fillStyle = fill;
    context.fill(tail);
    context.strokeStyle = rim;
    context.lineWidth = RIM - BODY;
    context.stroke(tail);
    context.restore();
}

/** The eyes sit on the side that is not the neck's; a head without a neck looks to the right. */
function paintHead(context, view, cell, at) {
    const { x, y } = place(view, at, "head");
    const { fill, edge, rim } = paintOf(view, cell);
    const [dx, dy] = stepOf(SIDES.includes(cell.links) ? opposite(cell.links) : RIGHT);
    context.save();
    context.translate(x, y);
    context.rotate(Math.atan2(dy, dx));
    context.beginPath();
    context.ellipse(0.02, 0, 0.52, 0.46, 0, 0, 2 * Math.PI);
    context.strokeStyle = edge;
    context.lineWidth = EDGE - RIM;
    context.stroke();
    for (const style of [fill, rim]) {
        context.fillStyle = style;
        context.fill();
    }
    context.beginPath();
    context.ellipse(0.02, 0, 0.45, 0.39, 0, 0, 2 * Math.PI);
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

const clamp = (v, min, max) => Math.max(min, Math.min(max, v));
const within = (grid, { x, y }, radius) =>
    ({ x: clamp(x, radius, grid.width - radius), y: clamp(y, radius, grid.height - radius) });

const isTiny = (view) => view.cell_px / view.density < TINY_PX;

/** A coin, larger the more it is worth; on a small screen it may reach over its cell to be legible. */
function paintDigit(context, view, cell, at) {
    const shift = view.shift(at, "pop"), grown = shift ? 1 - shift.left : 1;
    const radius = (isTiny(view) ? 0.66 : 0.4 + 0.008 * Number(cell.char)) * grown;
    const { x, y } = within(view.grid, centre(view.grid, at), radius);
    context.beginPath();
    context.arc(x, y, radius, 0, 2 * Math.PI);
    context.fillStyle = view.palette.of[cell.colour];
    context.fill();
    context.fillStyle = view.palette.inkOn[cell.colour];
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
