// SPDX-License-Identifier: MIT
//
// A frame of the world on a canvas that fills the window. What is not in sight is not touched; snakes of one colour are
// one path, stroked from wide to narrow; the rest is pictures that were painted before (sprites.js). Nothing is
// made per frame.

import { COLOURS, FOOD_HUES, Palette, isStriped } from "./palette.js";
import { Sprites } from "./sprites.js";

const EDGE = 0.98, RIM = 0.84, BODY = 0.7, SHINE = 0.14, HALO = 1.35, BOOST = 1.25; // widths of strokes, in cells
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
    #cell = 0; // device pixels
    #density = 1;

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
        this.#cell = camera.cell_px * density;
        this.#density = density;
        this.#palette = new Palette();
        this.#sprites = new Sprites(this.#palette, this.#cell, density);
        this.#pattern = this.#context.createPattern(this.#sprites.ground, "repeat");
    }

    /** `scene`: {world, camera, size: {width, height}, me, shown, ring, isStill}. `me`: a player's number; `ring`: seconds since
        one's own was born. */
    paint(scene) {
        const { camera, world } = scene;
        this.#collect(world, camera);
        this.#paintGround(camera, scene.size);
        this.#toCells(camera);
        this.#paintFood(world.food.pieces, camera);
        this.#paintLeaving(world.leaving, scene);
        this.#paintBoosts();
        this.#paintBodies(scene.me);
        this.#paintHeads(scene);
        this.#paintNames(scene);
    }

    #toCells({ left, top }) {
        const k = this.#cell;
        this.#context.setTransform(k, 0, 0, k, -left * k, -top * k);
        this.#context.lineCap = this.#context.lineJoin = "round";
    }

    #collect(world, { left, top, right, bottom }) {
        this.#count = 0;
        for (const snake of world.snakes.values())
            if (snake.touches(left - SEEN_MARGIN, top - SEEN_MARGIN, right + SEEN_MARGIN, bottom + SEEN_MARGIN))
                this.#seen[this.#count++] = snake;
    }

    /** How many snakes were drawn. */
    get seen() { return this.#count; }

    // --- the ground

    #paintGround({ left, top }, { width, height }) {
        const context = this.#context, k = this.#cell, { width: across, height: down } = this.#canvas;
        const x = (-0.5 - left) * k, y = (-0.5 - top) * k; // of the world's corner
        context.setTransform(1, 0, 0, 1, x, y);
        context.fillStyle = this.#palette.wall;
        context.fillRect(-x, -y, across, down);
        context.fillStyle = this.#pattern;
        const fromX = Math.max(0, -x), fromY = Math.max(0, -y);
        const toX = Math.min(width * k, across - x), toY = Math.min(height * k, down - y);
        if (toX > fromX && toY > fromY)
            context.fillRect(fromX, fromY, toX - fromX, toY - fromY);
        context.strokeStyle = this.#palette["wall-line"];
        context.lineWidth = 0.2 * k;
        context.strokeRect(-0.1 * k, -0.1 * k, (width + 0.2) * k, (height + 0.2) * k);
    }

    // --- food

    #paintFood(pieces, { left, top, right, bottom }) {
        const context = this.#context, { food } = this.#sprites, side = Sprites.foodCells;
        for (let i = 0; i < pieces.length; i++) {
            const { x, y, value, size } = pieces[i];
            if (x < left - 1 || x > right + 1 || y < top - 1 || y > bottom + 1)
                continue;
            const across = side * size * Math.min(1, 0.5 + 0.05 * value);
            context.drawImage(food[(x * 7 + y * 13) % FOOD_HUES], x - across / 2, y - across / 2, across, across);
        }
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
            this.#stroke(this.#palette.rim, RIM);
            this.#stroke(this.#palette.snakes[snake.colour], BODY);
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
        for (let colour = 0; colour < COLOURS; colour++)
            this.#paintColour(colour, me);
        for (let i = 0; i < this.#count; i++)
            if (this.#seen[i].player === me)
                this.#paintOwn(this.#seen[i]);
    }

    #paintColour(colour, me) {
        const context = this.#context;
        let some = false;
        context.beginPath();
        for (let i = 0; i < this.#count; i++) {
            const snake = this.#seen[i];
            if (snake.colour !== colour || snake.player === me)
                continue;
            snake.trace(context);
            some = true;
        }
        if (some)
            this.#paintTraced(colour, this.#palette.ground, this.#palette.rim);
    }

    #paintOwn(snake) {
        this.#context.beginPath();
        snake.trace(this.#context);
        this.#stroke(this.#palette["me-halo"], HALO);
        this.#paintTraced(snake.colour, this.#palette["me-edge"], this.#palette.rim);
    }

    // The path that is there, as bodies of that colour.
    #paintTraced(colour, edge, rim) {
        const context = this.#context;
        this.#stroke(edge, EDGE);
        this.#stroke(this.#palette.snakes[colour], RIM);
        this.#stroke(rim, RIM);
        this.#stroke(this.#palette.snakes[colour], BODY);
        if (isStriped(colour)) {
            context.setLineDash(STRIPES);
            context.lineCap = "butt";
            this.#stroke(this.#palette.stripe, 0.3);
            context.lineCap = "round";
            context.setLineDash(SOLID);
        } else {
            this.#stroke("#ffffff3d", SHINE);
        }
    }

    #paintHeads({ me, camera, ring, isStill }) {
        const context = this.#context, side = Sprites.headCells, k = this.#cell;
        for (let i = 0; i < this.#count; i++) {
            const snake = this.#seen[i];
            if (!snake.isDrawn)
                continue;
            const cos = Math.cos(snake.angle) * k, sin = Math.sin(snake.angle) * k;
            context.setTransform(cos, sin, -sin, cos, (snake.x - camera.left) * k, (snake.y - camera.top) * k);
            const { heads, ownHeads } = this.#sprites;
            context.drawImage((snake.player === me ? ownHeads : heads)[snake.colour], -side / 2, -side / 2, side, side);
            if (snake.player === me && ring < RING_S)
                this.#paintRing(isStill ? 0.3 : ring / RING_S);
        }
    }

    #paintRing(share) {
        const context = this.#context;
        context.beginPath();
        context.arc(0, 0, 1 + 5 * (1 - (share * 2) % 1), 0, 2 * Math.PI);
        context.globalAlpha = 1 - share;
        this.#stroke(this.#palette["me-edge"], 0.16);
        context.globalAlpha = 1;
    }

    #paintNames({ camera }) {
        const context = this.#context, k = this.#cell;
        context.setTransform(1, 0, 0, 1, 0, 0);
        for (let i = 0; i < this.#count; i++) {
            const snake = this.#seen[i];
            if (!snake.isDrawn || snake.name === "")
                continue;
            const picture = this.#sprites.name(snake.name);
            context.drawImage(picture, Math.round((snake.x - camera.left) * k - picture.width / 2),
                Math.round((snake.y - NAME_ABOVE - camera.top) * k - picture.height / 2));
        }
    }
}
