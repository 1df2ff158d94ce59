// SPDX-License-Identifier: MIT
//
// What is drawn often, painted once: heads, food, names, the ground. Made anew with another theme, density or size of
// cells. Sizes are in device pixels.

import { BODY, RIM, halfOf } from "./body.js";
import { FOOD_HUES, isStriped } from "./palette.js";

const NAMES_MAX = 512;
const NAME_PX = 13;
const HEAD_CELLS = 1.5, FOOD_CELLS = 2; // sides of these sprites
const VALUES = 15; // of food

function canvasOf(width, height, paint) {
    const canvas = document.createElement("canvas");
    canvas.width = Math.max(1, Math.ceil(width));
    canvas.height = Math.max(1, Math.ceil(height));
    paint(canvas.getContext("2d"), canvas);
    return canvas;
}

export class Sprites {
    #names = new Map(); // name -> canvas, those made first in front
    #food = []; // by value and hue, made when they are needed

    /** `cell`: device pixels of a cell, an even number. */
    constructor(palette, cell, density) {
        this.palette = palette;
        this.cell = cell;
        this.density = density;
        this.heads = palette.snakes.map((fill) => this.#headsOf(fill, palette.rim));
        this.ownHeads = palette.snakes.map((fill) => this.#headsOf(fill, palette["me-edge"]));
        this.looks = palette.snakes.map((fill, colour) => this.#lookOf(fill, colour));
        this.ground = this.#ground();
    }

    /** Of that value. */
    food(value, hue) {
        return this.#food[value * FOOD_HUES + hue] ??= this.#foodOf(this.palette.food[hue], Math.min(1, 0.5 + 0.5 * value / VALUES));
    }

    name(text) {
        let canvas = this.#names.get(text);
        if (canvas)
            return canvas;
        canvas = this.#nameOf(text);
        this.#names.set(text, canvas);
        if (this.#names.size > NAMES_MAX)
            this.#names.delete(this.#names.keys().next().value);
        return canvas;
    }

    /** What BodyPen needs to know. */
    #lookOf(fill, colour) {
        const rim = `color-mix(in srgb, ${fill}, #000 28%)`, shine = `color-mix(in srgb, ${fill}, #fff 24%)`;
        return { rim, fill, shine, stripe: isStriped(colour) ? this.palette.stripe : null, disc: this.#disc([rim, RIM], [fill, BODY]),
            core: this.#disc([fill, BODY]) };
    }

    #disc(...layers) {
        return canvasOf(this.cell, this.cell, (context) => {
            for (const [style, width] of layers) {
                context.beginPath();
                context.arc(this.cell / 2, this.cell / 2, halfOf(width, this.cell), 0, 2 * Math.PI);
                context.fillStyle = style;
                context.fill();
            }
        });
    }

    // Looking each way, in the order of the ways: those that turn are between them, and turned when they are drawn.
    #headsOf(fill, edge) { return [Math.PI, -Math.PI / 2, 0, Math.PI / 2].map((angle) => this.#head(fill, edge, angle)); }

    #head(fill, edge, angle) {
        const side = HEAD_CELLS * this.cell;
        return canvasOf(side, side, (context) => {
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
        return canvasOf(side, side, (context) => {
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
        const ruler = document.createElement("canvas").getContext("2d");
        ruler.font = font;
        return canvasOf(ruler.measureText(text).width + 2 * pad, 1.5 * NAME_PX * this.density, (context, { width, height }) => {
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
        return canvasOf(2 * side, 2 * side, (context) => {
            context.fillStyle = this.palette.ground;
            context.fillRect(0, 0, 2 * side, 2 * side);
            context.fillStyle = this.palette["ground-alt"];
            context.fillRect(side, 0, side, side);
            context.fillRect(0, side, side, side);
        });
    }
}
