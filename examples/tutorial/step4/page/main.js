// SPDX-License-Identifier: MIT
//
// Keep the light, step 4: smooth, and at once.

import { Client, Interpolation, Prediction } from "./sdk/index.js";
import { clear, drawWalker } from "./field.js";
import { direction } from "./steer.js";
import { onJoin, say } from "./ui.js";

const SIDE = 100, FULL = 127, STEP = 1.6; // as in game.c

const within = (place) => Math.max(0, Math.min(SIDE, place));

/** step() of game.c: where one is after it. */
function step({ x, y }, pace, [right, down]) {
    const length = Math.max(FULL, Math.hypot(right, down));
    return { x: within(x + pace * right / length), y: within(y + pace * down / length) };
}

class Game {
    constructor(room) {
        this.room = room;
        this.others = new Interpolation(room.state);
        this.me = new Prediction(room, {
            read: () => this.mine && { x: this.mine.fields.x, y: this.mine.fields.y },
            step: (place, way) => step(place, STEP, way),
            encode: (way) => way.map((part) => part & 255),
        });
        this.shown = null; // where I am drawn
    }

    get walkers() { return [...this.room.state.of("walker")]; }
    get mine() { return this.walkers.find(({ fields }) => fields.player === this.room.player); }

    walk() {
        const way = direction();
        if (way[0] || way[1])
            this.me.push(way);
    }

    /** I go to where I am within a tick: 20 steps a second become one movement. */
    glide(passed_ms) {
        const to = this.me.value, from = this.shown ?? to, share = Math.min(1, passed_ms / this.room.tick_ms);
        this.shown = to && { x: from.x + (to.x - from.x) * share, y: from.y + (to.y - from.y) * share };
    }

    placeOf(walker) { return walker === this.mine && this.shown ? this.shown : this.others.at(walker); }

    draw(passed_ms) {
        this.others.frame();
        this.glide(passed_ms);
        clear();
        for (const walker of this.walkers)
            drawWalker(this.placeOf(walker), walker.fields, { isMe: walker === this.mine });
        say(`${this.walkers.length} on the meadow`);
    }
}

function play(room) {
    const game = new Game(room);
    const walking = setInterval(() => game.walk(), room.tick_ms);
    let last = performance.now(), frame = requestAnimationFrame(function draw(now) {
        game.draw(now - last);
        last = now;
        frame = requestAnimationFrame(draw);
    });
    room.onLeave((code, text) => {
        clearInterval(walking);
        cancelAnimationFrame(frame);
        say(`It is over: ${text}`);
    });
}

onJoin(async (name) => play(await new Client(undefined, { name }).joinOrCreate("lantern")));
