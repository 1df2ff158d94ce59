// SPDX-License-Identifier: MIT
// In the browser, for page.mjs: the arena's page with a world that never was, and what each frame of it costs.

import { Stage } from "/arena/js/stage.js";
import { FakeState, Swarm } from "/support/swarm.mjs";

const TICK_MS = 100;

/** Draws for `seconds`: [[ms since the frame before, ms of our own work in it]], and how many snakes were on the screen. */
export async function measure({ snakes, length, food, seconds }) {
    const stage = new Stage(document.getElementById("world"), document.getElementById("map"));
    const { columns, rows } = stage.camera, width = Math.floor(columns), height = Math.floor(rows);
    const state = new FakeState();
    stage.enter({ state, view() {}, welcome: { arena: { width, height, tick_ms: TICK_MS, view_width_max: 128, view_height_max: 96 } } });
    const swarm = new Swarm(state, { count: snakes, width, height, length, food });
    Object.assign(stage.camera, { x: width / 2, y: height / 2 });
    const clock = setInterval(() => {
        swarm.step();
        stage.snapshot(performance.now());
    }, TICK_MS);
    const frames = [], began = performance.now();
    for (let before = await frame(), now; (now = await frame()) - began < seconds * 1000; before = now) {
        const at = performance.now();
        stage.ticks.frame(now, 50);
        stage.frame(now, 1, undefined, false);
        frames.push([now - before, performance.now() - at]);
    }
    clearInterval(clock);
    return { frames, size: `${document.getElementById("world").width} x ${document.getElementById("world").height}` };
}

const frame = () => new Promise(requestAnimationFrame);
