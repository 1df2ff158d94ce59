// SPDX-License-Identifier: MIT
//
// What is drawn often, painted once: heads, food, names, the ground. Made anew with another theme, density or size of
// cells. Sizes are in device pixels.

import { FOOD_HUES } from "./palette.js";

const NAMES_MAX = 512;
const NAME_PX = 13;
const HEAD_CELLS = 1.5, FOOD_CELLS = 2; // sides of these sprites

function canvasOf(width, height, paint) {
    const canvas = document.createElement("canvas");
    canvas.width = Math.max(1, Math.ceil(width));
    canvas.height = Math.max(1, Math.ceil(height));
    paint(canvas.getContext("2d"), canvas);
    return canvas;
}

export class Sprites {
    /** `cell`: device pixels of a cell. */
    constructor(palette, cell, density) {
        this.palette = palette;
        this.cell = cell;
        this.density = density;
        this.heads = palette.snakes.map((fill) => this.#head(fill, palette.rim));
        this.ownHeads = palette.snakes.map((fill) => this.#head(fill, palette["me-edge"]));
        this.food = Array.from({ length: FOOD_HUES }, (_, hue) => this.#food(palette.food[hue]));
        this.ground = this.#ground();
        this.#names = new Map();
    }

    #names; // name -> canvas, the latest used last

    /** A head that looks to the right, and how many cells wide the picture is. */
    static get headCells() { return HEAD_CELLS; }
    static get foodCells() { return FOOD_CELLS; }

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

    #head(fill, edge) {
        const side = HEAD_CELLS * this.cell;
        return canvasOf(side, side, (context) => {
            context.translate(side / 2, side / 2);
            context.scale(this.cell, this.cell);
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

    // Of radius 1/2 cell, with a glow around it.
    #food(fill) {
        const side = FOOD_CELLS * this.cell;
        return canvasOf(side, side, (context) => {
            context.translate(side / 2, side / 2);
            context.scale(this.cell, this.cell);
            const glow = context.createRadialGradient(0, 0, 0.3, 0, 0, 1);
            glow.addColorStop(0, fill);
            glow.addColorStop(1, "transparent");
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
