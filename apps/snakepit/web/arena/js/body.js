// SPDX-License-Identifier: MIT
//
// Bodies that lie in the grid, as rectangles and discs in whole device pixels: a processor without a graphics card paints
// that five times as fast as a stroke along the same line.
//
//        ┌──────────┐
//   head │   leg    o  a disc below each corner and the tail's end makes them round
//        └──────┐ ╷ │
//               │leg│
//               └─o─┘

/** Widths, in cells. */
export const RIM = 0.84, BODY = 0.7, SHINE = 0.14, STRIPE = 0.3;
const STRIPE_ON = 0.5, STRIPE_OFF = 0.62;

/** Half a width, in device pixels. */
export const halfOf = (width, cell) => Math.max(1, Math.round(width * cell / 2));

/** Takes a snake's line as a path would, and paints it when told to. */
export class BodyPen {
    #context;
    #cell;
    #xs = [];
    #ys = [];
    #count = 0; // of the piece that is being taken
    #look = null;
    #left = 0;
    #top = 0;

    /** `cell`: device pixels. */
    constructor(context, cell) {
        this.#context = context;
        this.#cell = cell;
        this.rim = halfOf(RIM, cell);
        this.body = halfOf(BODY, cell);
        this.shine = halfOf(SHINE, cell);
        this.stripe = halfOf(STRIPE, cell);
    }

    /** For a frame: the device pixel, from the world's beginning, that is at the top left. */
    begin(left, top) {
        this.#left = left;
        this.#top = top;
    }

    /** `look`: {rim, fill, shine, stripe, disc, core}: colours, `stripe` null for a shine; pictures of an end, and of
        that without its rim. */
    paint(snake, look) {
        this.#look = look;
        this.#count = 0;
        snake.trace(this);
        this.#flush();
    }

    moveTo(x, y) {
        this.#flush();
        this.#count = 0;
        this.#put(x, y);
    }

    // What goes straight on is one leg.
    lineTo(x, y) {
        const i = this.#count - 1, px = Math.round(x * this.#cell) - this.#left, py = Math.round(y * this.#cell) - this.#top;
        if (px === this.#xs[i] && py === this.#ys[i])
            return;
        const isOn = i > 0 && ((px === this.#xs[i] && px === this.#xs[i - 1]) || (py === this.#ys[i] && py === this.#ys[i - 1]));
        if (isOn)
            this.#count--;
        this.#put(x, y);
    }

    #put(x, y) {
        this.#xs[this.#count] = Math.round(x * this.#cell) - this.#left;
        this.#ys[this.#count] = Math.round(y * this.#cell) - this.#top;
        this.#count++;
    }

    #flush() {
        const { rim, fill, shine, stripe, disc, core } = this.#look;
        for (let i = 1; i < this.#count; i++)
            this.#disc(disc, i);
        this.#layer(rim, this.rim, 0);
        this.#end(core);
        this.#layer(fill, this.body, 0);
        if (stripe)
            this.#stripes(stripe);
        else
            this.#layer(shine, this.shine, this.shine);
    }

    #disc(picture, i) {
        this.#context.drawImage(picture, this.#xs[i] - picture.width / 2, this.#ys[i] - picture.height / 2);
    }

    // The last bit of a tail lies within the last corner, or the head: no rim between them.
    #end(core) {
        const last = this.#count - 1;
        for (let i = last; i >= 0 && i >= last - 1 && last > 0 && this.#long(last - 1) < this.#cell; i--)
            this.#disc(core, i);
    }

    #long(i) { return Math.abs(this.#xs[i + 1] - this.#xs[i]) + Math.abs(this.#ys[i + 1] - this.#ys[i]); }

    // All legs, `half` pixels to both sides, and so far beyond their ends.
    #layer(style, half, over) {
        const context = this.#context;
        context.fillStyle = style;
        for (let i = 0; i + 1 < this.#count; i++) {
            const x = Math.min(this.#xs[i], this.#xs[i + 1]), y = Math.min(this.#ys[i], this.#ys[i + 1]), long = this.#long(i) + 2 * over;
            if (this.#ys[i] === this.#ys[i + 1])
                context.fillRect(x - over, y - half, long, 2 * half);
            else
                context.fillRect(x - half, y - over, 2 * half, long);
        }
    }

    // From the head on, so that they go with the snake.
    #stripes(style) {
        const context = this.#context, on = STRIPE_ON * this.#cell, all = on + STRIPE_OFF * this.#cell;
        context.fillStyle = style;
        for (let i = 0, phase = 0; i + 1 < this.#count; i++) {
            const long = this.#long(i), dx = Math.sign(this.#xs[i + 1] - this.#xs[i]), dy = Math.sign(this.#ys[i + 1] - this.#ys[i]);
            for (let at = -phase; at < long; at += all) {
                const from = Math.max(0, at), to = Math.min(long, at + on);
                if (to - from > this.stripe) // less would be a splinter
                    this.#dash(i, dx, dy, from, to);
            }
            phase = (phase + long) % all;
        }
    }

    #dash(i, dx, dy, from, to) {
        const x = this.#xs[i] + (dx < 0 ? -to : dx * from), y = this.#ys[i] + (dy < 0 ? -to : dy * from), half = this.stripe;
        if (dx !== 0)
            this.#context.fillRect(x, y - half, to - from, 2 * half);
        else
            this.#context.fillRect(x - half, y, 2 * half, to - from);
    }
}
