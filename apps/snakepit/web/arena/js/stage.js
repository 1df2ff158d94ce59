// SPDX-License-Identifier: MIT
//
// From snapshots to frames: the world that a room shows, at which moment, seen from where.

import { Camera } from "./camera.js";
import { Minimap } from "./minimap.js";
import { Painter } from "./paint.js";
import { Pilot } from "./pilot.js";
import { Ticks } from "./ticks.js";
import { World } from "./world.js";

const FRAME_S_MAX = 0.1; // what is longer was a pause
const MAP_EVERY_MS = 120;
const DENSITY_MAX = 2; // more pixels than that cost more than they show
const LIFT = 0.17; // of the screen's height: so far up who is followed is shown when something lies below
const VIEW_MOST = { width: 128, height: 96 }; // until the server has said

export class Stage {
    world = null;
    ticks = new Ticks();
    camera = new Camera();
    /** When a snapshot came last. */
    toldAt = 0;
    #canvas;
    #painter;
    #minimap;
    #stillness = matchMedia("(prefers-reduced-motion: reduce)");
    #room = null;
    #size = { width: 1, height: 1 };
    #most = VIEW_MOST;
    #density = 1;
    #framedAt = 0;
    #mappedAt = 0;
    #bornAt = -Infinity;
    #world_ms = 0; // of a tick of the world, as long as it takes by itself
    #tick_ms = 0; // and now

    constructor(canvas, map) {
        this.#canvas = canvas;
        this.#painter = new Painter(canvas);
        this.#minimap = new Minimap(map);
        this.fit();
        new ResizeObserver(() => this.fit()).observe(canvas);
        this.#watchDensity();
    }

    enter(room) {
        this.#room = room;
        this.world = new World(room.state);
        this.ticks.restart(this.#tick_ms = 0); // until it is described
        this.describe(room.welcome.arena);
    }

    /** What the welcome says of the world; of a recording, which may be of another one, a message. */
    describe({ width, height, tick_ms, view_width_max, view_height_max }) {
        this.#size = { width, height };
        this.#world_ms = tick_ms;
        this.#setSpeed(this.world.playback?.speed ?? 100);
        this.#most = { width: view_width_max, height: view_height_max };
        this.camera.begin(Math.floor(width / 2), Math.floor(height / 2)); // where the server looks at first
        this.fit();
    }

    /** Another size or density of the window, or theme. */
    fit() {
        this.#density = Math.min(DENSITY_MAX, devicePixelRatio);
        this.camera.fit(this.#canvas.clientWidth, this.#canvas.clientHeight, this.#most, this.#density);
        this.#painter.restyle(this.camera, this.#density);
        this.#minimap.restyle(this.#painter.palette);
        this.#room?.view(this.camera.view.width, this.camera.view.height);
    }

    /** After each snapshot. */
    snapshot(now) {
        const { interval } = this.#room.state, speed = this.world.playback?.speed ?? 100;
        this.toldAt = now;
        this.#setSpeed(speed);
        if (!this.ticks.take(this.world.tick, interval * speed / 100, now))
            this.world.forget();
    }

    // Of a replay, in percent.
    #setSpeed(percent) {
        const tick_ms = percent > 0 ? this.#world_ms * 100 / percent : 0;
        if (tick_ms !== this.#tick_ms)
            this.ticks.restart(tick_ms);
        this.#tick_ms = tick_ms;
    }

    map(letters) { this.#minimap.show(letters, this.#painter.palette); }

    /** One's own snake is there: it is to be found at a glance. */
    born(now) { this.#bornAt = now; }

    /**
     * Draws a frame. `me`: whose snake is shown ahead and told apart, 0: nobody's; `followed`: a snake that the camera goes
     * after, or undefined; `isLifted`: there is something below. Returns how many bites were taken.
     */
    frame(now, me, followed, isLifted) {
        if (!this.world)
            return 0;
        const seconds = Math.min(FRAME_S_MAX, Math.max(0, (now - this.#framedAt) / 1000));
        this.#framedAt = now;
        const shown = this.ticks.shown ?? this.world.tick;
        const bites = this.world.frame(shown, this.ticks.reach === null ? shown : Pilot.moment(this.ticks.reach), me, seconds);
        if (followed?.isDrawn)
            this.camera.follow(followed.x, followed.y + (isLifted ? LIFT * this.camera.rows : 0), seconds);
        this.#painter.paint({ world: this.world, camera: this.camera, size: this.#size, me, shown,
            ring: (now - this.#bornAt) / 1000, isStill: this.#stillness.matches });
        if (now - this.#mappedAt > MAP_EVERY_MS) {
            this.#mappedAt = now;
            this.#minimap.paint(this.camera, this.#size, followed, this.#painter.palette, this.#density);
        }
        return bites;
    }

    /** A window that is dragged to another screen changes its density without changing its size. */
    #watchDensity() {
        matchMedia(`(resolution: ${devicePixelRatio}dppx)`).addEventListener("change", () => {
            this.fit();
            this.#watchDensity();
        }, { once: true });
    }
}
