// SPDX-License-Identifier: MIT
//
// A frame of the world on a canvas that fills the window. What is not in sight is not touched; bodies are rectangles and
// pictures (body.js), the rest is pictures that were painted before (sprites.js). One's own snake, and those that are
// brought back to their line, are strokes along it, from wide to narrow. Nothing is made per frame.

import { BODY, BodyPen, RIM, SHINE, STRIPE } from "./body.js";
import { FOOD_HUES, Palette, isStriped } from "./palette.js";
import { Sprites } from "./sprites.js";

const EDGE = 0.98, HALO = 1.35, BOOST = 1.25; // more widths of strokes, in cells
const STRIPES = [0.5, 0.62];
const SOLID = [];
const FADE_TICKS = 4;
const NAME_ABOVE = 1.15; // cells from a head's centre to its name's
const SEEN_MARGIN = 3; // cells beyond the screen that are drawn all the same: names reach in
const RING_S = 1.6; // "here you are", around a newborn of one's own

export class Painter {
    #canvas;
    #context;
    #palette;
    #sprites = null;
    #pattern;
    #seen = []; // snakes on the screen, in this frame
    #count = 0;
    #pen;
    #cell = 0; // device pixels
    #left = 0; // the world's device pixel at the top left: a whole one, so that nothing that is at rest is blurred
    #top = 0;

    constructor(canvas) {
        this.#canvas = canvas;
        this.#context = canvas.getContext("2d", { alpha: false });
    }

    get palette() { return this.#palette; }

    /** Another size, density or theme. */
    restyle(camera, density) {
        const { clientWidth, clientHeight } = this.#canvas;
        this.#canvas.width = Math.round(clientWidth * density);
        this.#canvas.height = Math.round(clientHeight * density);
        this.#context.imageSmoothingEnabled = false; // pictures lie on whole pixels, which is quick only if nothing is smoothed
        this.#cell = camera.cell_px * density;
        this.#palette = new Palette();
        this.#sprites = new Sprites(this.#palette, this.#cell, density);
        this.#pen = new BodyPen(this.#context, this.#cell);
        this.#pattern = this.#context.createPattern(this.#sprites.ground, "repeat");
    }

    /** `scene`: {world, camera, size: {width, height}, me, shown, ring, isStill}. `me`: a player's number; `ring`: seconds since
        one's own was born. */
    paint(scene) {
        const { camera, world } = scene;
        this.#left = Math.round(camera.left * this.#cell);
        this.#top = Math.round(camera.top * this.#cell);
        this.#collect(world, camera);
        this.#paintGround(scene.size);
        this.#paintFood(world.food.pieces, camera);
        this.#toCells();
        this.#paintLeaving(world.leaving, scene);
        this.#paintBoosts();
        this.#paintBodies(scene.me);
        this.#paintHeads(scene);
        this.#paintNames();
    }

    #toCells() {
        const k = this.#cell;
        this.#context.setTransform(k, 0, 0, k, -this.#left, -this.#top);
        this.#context.lineCap = this.#context.lineJoin = "round";
    }

    #toPixels() { this.#context.setTransform(1, 0, 0, 1, 0, 0); }

    #collect(world, { left, top, right, bottom }) {
        this.#count = 0;
        for (const snake of world.snakes.values())
            if (snake.touches(left - SEEN_MARGIN, top - SEEN_MARGIN, right + SEEN_MARGIN, bottom + SEEN_MARGIN))
                this.#seen[this.#count++] = snake;
    }

    /** How many snakes were drawn. */
    get seen() { return this.#count; }

    // --- the ground

    #paintGround({ width, height }) {
        const context = this.#context, k = this.#cell, { width: across, height: down } = this.#canvas;
        const x = -k / 2 - this.#left, y = -k / 2 - this.#top; // of the world's corner
        context.setTransform(1, 0, 0, 1, x, y);
        const fromX = Math.max(0, -x), fromY = Math.max(0, -y);
        const toX = Math.min(width * k, across - x), toY = Math.min(height * k, down - y);
        if (toX - fromX < across || toY - fromY < down)
            this.#paintWall(-x, -y, width * k, height * k);
        context.fillStyle = this.#pattern;
        if (toX > fromX && toY > fromY)
            context.fillRect(fromX, fromY, toX - fromX, toY - fromY);
    }

    #paintWall(left, top, width, height) {
        const context = this.#context, thick = Math.round(0.2 * this.#cell);
        context.fillStyle = this.#palette.wall;
        context.fillRect(left, top, this.#canvas.width, this.#canvas.height);
        context.fillStyle = this.#palette["wall-line"];
        context.fillRect(-thick, -thick, width + 2 * thick, height + 2 * thick);
    }

    // --- food

    #paintFood(pieces, { left, top, right, bottom }) {
        const context = this.#context;
        this.#toPixels();
        for (let i = 0; i < pieces.length; i++) {
            const { x, y, value, size } = pieces[i];
            if (x < left - 1 || x > right + 1 || y < top - 1 || y > bottom + 1 || size === 0)
                continue;
            const picture = this.#sprites.food(value, (x * 7 + y * 13) % FOOD_HUES), side = picture.width;
            const px = x * this.#cell - this.#left, py = y * this.#cell - this.#top;
            if (size === 1)
                context.drawImage(picture, px - side / 2, py - side / 2);
            else
                this.#paintScaled(picture, px, py, side * size);
        }
    }

    #paintScaled(picture, x, y, side) {
        this.#context.imageSmoothingEnabled = true;
        this.#context.drawImage(picture, x - side / 2, y - side / 2, side, side);
        this.#context.imageSmoothingEnabled = false;
    }

    // --- snakes

    #stroke(style, width) {
        this.#context.strokeStyle = style;
        this.#context.lineWidth = width;
        this.#context.stroke();
    }

    // What died pales and goes.
    #paintLeaving(leaving, { shown }) {
        const context = this.#context;
        for (let i = 0; i < leaving.length; i++) {
            const snake = leaving[i];
            context.globalAlpha = Math.max(0, Math.min(1, 1 - (shown - snake.gone) / FADE_TICKS));
            context.beginPath();
            snake.trace(context);
            this.#stroke(this.#sprites.looks[snake.colour].rim, RIM);
            this.#stroke(this.#sprites.looks[snake.colour].fill, BODY);
        }
        context.globalAlpha = 1;
    }

    #paintBoosts() {
        const context = this.#context;
        let some = false;
        context.beginPath();
        for (let i = 0; i < this.#count; i++) {
            const snake = this.#seen[i];
            if (!snake.isDrawn || snake.speed < 2)
                continue;
            snake.trace(context);
            some = true;
        }
        if (some)
            this.#stroke(this.#palette["me-halo"], BOOST);
    }

    #paintBodies(me) {
        this.#toPixels();
        this.#pen.begin(this.#left, this.#top);
        for (let i = 0; i < this.#count; i++)
            if (this.#seen[i].player !== me && this.#seen[i].off === 0)
                this.#pen.paint(this.#seen[i], this.#sprites.looks[this.#seen[i].colour]);
        this.#toCells();
        for (let i = 0; i < this.#count; i++) {
            if (this.#seen[i].player === me)
                this.#paintStroked(this.#seen[i], this.#palette["me-edge"], this.#palette["me-halo"]);
            else if (this.#seen[i].off !== 0)
                this.#paintStroked(this.#seen[i], this.#palette.ground, null);
        }
    }

    #paintStroked(snake, edge, halo) {
        this.#context.beginPath();
        snake.trace(this.#context);
        if (halo)
            this.#stroke(halo, HALO);
        this.#paintTraced(snake.colour, edge);
    }

    // The path that is there, as a body of that colour.
    #paintTraced(colour, edge) {
        const context = this.#context, { rim, fill, shine, stripe } = this.#sprites.looks[colour];
        this.#stroke(edge, EDGE);
        this.#stroke(rim, RIM);
        this.#stroke(fill, BODY);
        if (isStriped(colour)) {
            context.setLineDash(STRIPES);
            context.lineCap = "butt";
            this.#stroke(stripe, STRIPE);
            context.lineCap = "round";
            context.setLineDash(SOLID);
        } else {
            this.#stroke(shine, SHINE);
        }
    }

    #paintHeads({ me, ring, isStill }) {
        this.#toPixels();
        for (let i = 0; i < this.#count; i++) {
            const snake = this.#seen[i], isOwn = snake.player === me;
            if (!snake.isDrawn)
                continue;
            this.#paintHead(snake, isOwn);
            if (isOwn && ring < RING_S)
                this.#paintRing(snake, isStill ? 0.3 : ring / RING_S);
        }
    }

    #paintHead({ x, y, heading, turned, colour }, isOwn) {
        const picture = this.#sprites.head(colour, isOwn, heading * Math.PI / 2 + turned), half = picture.width / 2;
        this.#context.drawImage(picture, Math.round(x * this.#cell) - this.#left - half, Math.round(y * this.#cell) - this.#top - half);
    }

    #paintRing({ x, y }, share) {
        const context = this.#context;
        this.#toCells();
        context.beginPath();
        context.arc(x, y, 1 + 5 * (1 - (share * 2) % 1), 0, 2 * Math.PI);
        context.globalAlpha = 1 - share;
        this.#stroke(this.#palette["me-edge"], 0.16);
        context.globalAlpha = 1;
        this.#toPixels();
    }

    #paintNames() {
        const context = this.#context, k = this.#cell;
        this.#toPixels();
        for (let i = 0; i < this.#count; i++) {
            const snake = this.#seen[i];
            if (!snake.isDrawn || snake.name === "")
                continue;
            const picture = this.#sprites.name(snake.name);
            context.drawImage(picture, Math.round(snake.x * k - picture.width / 2) - this.#left,
                Math.round((snake.y - NAME_ABOVE) * k - picture.height / 2) - this.#top);
        }
    }
}
