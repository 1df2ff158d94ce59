// SPDX-License-Identifier: MIT
//
// For tests: where the head that is followed was drawn, frame by frame. With `?trace` in the address only.

const FRAMES_MAX = 36_000;

export class Trace {
    /** [ms, player, x, y, way, speed in cells per tick, cells off its line, cost of the frame in ms, ms since a snapshot came] */
    frames = [];

    record(now, snake, cost_ms, silence_ms) {
        if (this.frames.length < FRAMES_MAX)
            this.frames.push([now, snake.player, snake.x, snake.y, snake.heading, snake.speed, snake.off, cost_ms, silence_ms]);
    }

    /** One if the page's address asks for it, for tests to find; else null. */
    static wanted(query) {
        return query.has("trace") ? (globalThis.arenaTrace = new Trace()) : null;
    }
}
