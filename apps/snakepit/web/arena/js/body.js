// SPDX-License-Identifier: MIT
//
// Bodies that lie in the grid, as rectangles and pictures of bends, in whole device pixels: a processor without a graphics
// card paints that five times as fast as a stroke along the same line.
//
//        ┌──────────┐┌────┐
//   head │   leg    ││bend│      A bend is a picture of one cell. Where the head or the tail is in a bend's
//        └──────────┘└────┘      cell, legs reach into the corner instead.
//                    │    │ leg
//                    └────┘ cap

/** Widths, in cells. */
export const RIM = 0.84, BODY = 0.7, SHINE = 0.14, STRIPE = 0.3;
const STRIPE_ON = 0.5, STRIPE_OFF = 0.62;

/** Half a width, in device pixels. */
export const halfOf = (width, cell) => Math.max(1, Math.round(width * cell / 2));

/** Which picture of a bend: it has an arm to the left or the right, and one up or down. */
export const bendOf = (isRight, isDown) => (isRight ? 1 : 0) + (isDown ? 2 : 0);

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

    /** `look`: {rim, fill, shine, stripe, bends, cap}: colours, `stripe` null for a shine; pictures. */
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
        const { rim, fill, shine, stripe, cap } = this.#look;
        if (this.#count === 0)
            return;
        this.#layer(rim, this.rim);
        this.#layer(fill, this.body);
        if (stripe)
            this.#stripes(stripe);
        else
            this.#layer(shine, this.shine);
        this.#bends();
        const last = this.#count - 1;
        this.#context.drawImage(cap, this.#xs[last] - cap.width / 2, this.#ys[last] - cap.height / 2);
    }

    #long(i) { return Math.abs(this.#xs[i + 1] - this.#xs[i]) + Math.abs(this.#ys[i + 1] - this.#ys[i]); }

    /** Is there room for a picture of the bend at point i? */
    #isBend(i) {
        return i > 0 && i < this.#count - 1 && 2 * this.#long(i - 1) >= this.#cell && 2 * this.#long(i) >= this.#cell;
    }

    // All legs, `half` pixels to both sides.
    #layer(style, half) {
        const context = this.#context;
        context.fillStyle = style;
        for (let i = 0; i + 1 < this.#count; i++) {
            const before = this.#reach(i, half), behind = this.#reach(i + 1, half);
            const dx = this.#xs[i + 1] - this.#xs[i], dy = this.#ys[i + 1] - this.#ys[i];
            if (dy === 0) {
                const from = dx > 0 ? this.#xs[i] - before : this.#xs[i + 1] - behind;
                context.fillRect(from, this.#ys[i] - half, Math.abs(dx) + before + behind, 2 * half);
            } else {
                const from = dy > 0 ? this.#ys[i] - before : this.#ys[i + 1] - behind;
                context.fillRect(this.#xs[i] - half, from, 2 * half, Math.abs(dy) + before + behind);
            }
        }
    }

    // How far a leg goes beyond its point: not at the ends, into a corner, or to where the picture of the bend begins.
    #reach(i, half) {
        if (i === 0 || i === this.#count - 1)
            return 0;
        return this.#isBend(i) ? -this.#cell / 2 : half;
    }

    #bends() {
        const half = this.#cell / 2;
        for (let i = 1; i + 1 < this.#count; i++) {
            if (!this.#isBend(i))
                continue;
            const isRight = this.#xs[i - 1] > this.#xs[i] || this.#xs[i + 1] > this.#xs[i];
            const isDown = this.#ys[i - 1] > this.#ys[i] || this.#ys[i + 1] > this.#ys[i];
            this.#context.drawImage(this.#look.bends[bendOf(isRight, isDown)], this.#xs[i] - half, this.#ys[i] - half);
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
                if (to > from)
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
