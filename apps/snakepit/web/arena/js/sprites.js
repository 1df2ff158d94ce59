// SPDX-License-Identifier: MIT
//
// What is drawn often, painted once: heads, food, names, the ground. Made anew with another theme, density or size of
// cells. Sizes are in device pixels. Pictures are bitmaps, which can't change: of a canvas the browser would have to make
// sure of that each time that it is drawn.

import { BODY, RIM, halfOf } from "./body.js";
import { FOOD_HUES, isStriped, mixed } from "./palette.js";

const NAMES_MAX = 512;
const NAME_PX = 13;
const HEAD_CELLS = 1.5, FOOD_CELLS = 2; // sides of these sprites
const HEAD_ANGLES = 32, STEP = 2 * Math.PI / HEAD_ANGLES; // a power of two
const VALUES = 15; // of food

function pictureOf(width, height, paint) {
    const canvas = new OffscreenCanvas(Math.max(1, Math.ceil(width)), Math.max(1, Math.ceil(height)));
    paint(canvas.getContext("2d"), canvas);
    return canvas.transferToImageBitmap();
}

export class Sprites {
    #names = new Map(); // name -> picture, those made first in front
    #food = []; // by value and hue, made when they are needed
    #heads = []; // by colour, whose it is and angle, likewise
    #ruler = new OffscreenCanvas(1, 1).getContext("2d");

    /** `cell`: device pixels of a cell, an even number. */
    constructor(palette, cell, density) {
        this.palette = palette;
        this.cell = cell;
        this.density = density;
        this.looks = palette.snakes.map((fill, colour) => this.#lookOf(fill, colour));
        this.ground = this.#ground();
    }

    /** That looks to the left, turned clockwise by that angle. To turn a picture when it is drawn takes forty times as long. */
    head(colour, isOwn, angle) {
        const step = Math.round(angle / STEP) & (HEAD_ANGLES - 1);
        return this.#heads[(2 * colour + isOwn) * HEAD_ANGLES + step] ??=
            this.#headOf(this.palette.snakes[colour], isOwn ? this.palette["me-edge"] : this.palette.rim, Math.PI + step * STEP);
    }

    /** Of that value. */
    food(value, hue) {
        return this.#food[value * FOOD_HUES + hue] ??= this.#foodOf(this.palette.food[hue], Math.min(1, 0.5 + 0.5 * value / VALUES));
    }

    name(text) {
        let picture = this.#names.get(text);
        if (picture)
            return picture;
        picture = this.#nameOf(text);
        this.#names.set(text, picture);
        if (this.#names.size > NAMES_MAX)
            this.#names.delete(this.#names.keys().next().value);
        return picture;
    }

    /** What BodyPen needs to know. */
    #lookOf(fill, colour) {
        const rim = mixed(fill, "#000000", 0.28), shine = mixed(fill, "#ffffff", 0.24);
        return { rim, fill, shine, stripe: isStriped(colour) ? this.palette.stripe : null, disc: this.#disc([rim, RIM], [fill, BODY]),
            core: this.#disc([fill, BODY]) };
    }

    #disc(...layers) {
        return pictureOf(this.cell, this.cell, (context) => {
            for (const [style, width] of layers) {
                context.beginPath();
                context.arc(this.cell / 2, this.cell / 2, halfOf(width, this.cell), 0, 2 * Math.PI);
                context.fillStyle = style;
                context.fill();
            }
        });
    }

    #headOf(fill, edge, angle) {
        const side = 2 * Math.ceil(HEAD_CELLS * this.cell / 2);
        return pictureOf(side, side, (context) => {
            context.translate(side / 2, side / 2);
            context.scale(this.cell, this.cell);
            context.rotate(angle);
            for (const [style, rx, ry] of [[edge, 0.56, 0.5], [fill, 0.48, 0.42]]) {
                context.beginPath();
                context.ellipse(0, 0, rx, ry, 0, 0, 2 * Math.PI);
                context.fillStyle = style;
                context.fill();
            }
            for (const y of [-0.21, 0.21])
                this.#eye(context, y);
        });
    }

    #eye(context, y) {
        for (const [x, radius, style] of [[0.16, 0.17, "#fff"], [0.21, 0.09, this.palette.eye]]) {
            context.beginPath();
            context.arc(x, y, radius, 0, 2 * Math.PI);
            context.fillStyle = style;
            context.fill();
        }
    }

    // A ball that is `share` of a cell across, with a glow around it.
    #foodOf(fill, share) {
        const side = 2 * Math.round(FOOD_CELLS * this.cell * share / 2);
        return pictureOf(side, side, (context) => {
            context.translate(side / 2, side / 2);
            context.scale(this.cell * share, this.cell * share);
            const glow = context.createRadialGradient(0, 0, 0.3, 0, 0, 1);
            glow.addColorStop(0, fill);
            glow.addColorStop(1, `${fill}00`); // the same colour, lest it go grey on the way
            context.globalAlpha = Number(this.palette.glow);
            context.fillStyle = glow;
            context.fillRect(-1, -1, 2, 2);
            context.globalAlpha = 1;
            context.beginPath();
            context.arc(0, 0, 0.5, 0, 2 * Math.PI);
            context.fillStyle = fill;
            context.fill();
            context.beginPath();
            context.arc(-0.15, -0.15, 0.17, 0, 2 * Math.PI);
            context.fillStyle = "#ffffff8c";
            context.fill();
        });
    }

    #nameOf(text) {
        const font = `600 ${NAME_PX * this.density}px ${this.palette.font}`, pad = 3 * this.density;
        this.#ruler.font = font;
        return pictureOf(this.#ruler.measureText(text).width + 2 * pad, 1.5 * NAME_PX * this.density, (context, { width, height }) => {
            context.font = font;
            context.textAlign = "center";
            context.textBaseline = "middle";
            context.lineJoin = "round";
            context.lineWidth = pad;
            context.strokeStyle = this.palette["name-edge"];
            context.strokeText(text, width / 2, height / 2);
            context.fillStyle = this.palette.name;
            context.fillText(text, width / 2, height / 2);
        });
    }

    // Four squares of a checkerboard that is barely there.
    #ground() {
        const side = Math.round(this.cell);
        return pictureOf(2 * side, 2 * side, (context) => {
            context.fillStyle = this.palette.ground;
            context.fillRect(0, 0, 2 * side, 2 * side);
            context.fillStyle = this.palette["ground-alt"];
            context.fillRect(side, 0, side, side);
            context.fillRect(0, side, side, side);
        });
    }
}
