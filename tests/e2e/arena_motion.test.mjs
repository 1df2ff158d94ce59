// SPDX-License-Identifier: MIT
// The arena's page over a far and bad network: 150 ms there and back, and one piece in fifty held up for 200 to 300 ms
// more, with all that comes after it. What is judged is where the heads were drawn, frame by frame, in shares of
// what the snake goes in the time of that frame: so a slow machine has larger steps, but no other verdict.
// ALONE: frames are judged.

import assert from "node:assert/strict";
import { test } from "node:test";

import { judgeMotion } from "./support/arena.mjs";
import { openPage, play } from "./support/browser.mjs";
import { startBrowser } from "./support/one_browser.mjs";
import { startServer } from "./support/server.mjs";
import { SlowProxy } from "./support/slow_proxy.mjs";
import { until } from "./support/wait.mjs";

const TICK_MS = 100;
const TURNS = 8, WAY_CELLS = 4, STEPS_MIN = 400, STALLS_MIN = 3;
const ALONE = { arena_bots: 0, arena_food: "0%", arena_seed: 4 }; // a seed that begins far from the walls
const BAD_NETWORK = { latency_ms: 75, stall: 0.02, stall_ms: [200, 300] };
const SMALL = { width: 720, height: 480 }; // pictures are made by the processor here, and are not what is judged
const PAGE = "/arena/?trace";
const STRAYED_MAX = 12; // cells, two ways: 300 ms of a boost that goes straight on, and was thought to turn, and a bit for the machine
const WARM_UP = 120; // frames in which the page gets to know the network

const framesOf = (page) => page.evaluate(() => globalThis.arenaTrace.frames);
const lastOf = (page) => page.evaluate(() => globalThis.arenaTrace.frames.at(-1));

/** Round and round, a turn each few cells: as far as it was drawn, so that nothing depends on how fast the machine is. */
async function goRound(page, turns, cells) {
    let from = await lastOf(page);
    for (let i = 0; i < turns; i++) {
        await page.keyboard.press(["ArrowUp", "ArrowRight", "ArrowDown", "ArrowLeft"][i % 4]);
        if (i % 8 === 3)
            await page.keyboard.down("Space");
        await until(async () => {
            const at = await lastOf(page);
            return Math.abs(at[2] - from[2]) + Math.abs(at[3] - from[3]) >= cells;
        }, `way of ${cells} cells`);
        if (i % 8 === 3)
            await page.keyboard.up("Space");
        from = await lastOf(page);
    }
}

function assertSmooth(who, motion) {
    const text = `${who}: ${JSON.stringify(motion)}`;
    assert.ok(motion.back < 0.02, `never back along its way. ${text}`);
    assert.equal(motion.leaps, 0, `no leap. ${text}`);
    assert.ok(motion.most < 1.6, `no step much longer than the time allows. ${text}`);
    assert.ok(motion.mostMending < 3, `nor in a correction. ${text}`);
    assert.ok(motion.off < STRAYED_MAX, `which is bounded. ${text}`);
    assert.ok(motion.standing / motion.steps < 0.02, `it does not stand while it moves. ${text}`);
}

test("smooth at 150 ms with stalls: one's own snake, and another that is watched", async (t) => {
    const [server, browser] = await Promise.all([startServer(t, ALONE), startBrowser(t)]);
    const networks = await Promise.all([11, 12].map((seed) => SlowProxy.to(t, server.address, { ...BAD_NETWORK, seed })));
    const [ada, wanda] = await Promise.all(networks.map(({ url }) => openPage(browser, url + PAGE, { viewport: SMALL })));
    await play(ada, "Ada");
    await until(() => lastOf(ada), "own snake");
    await until(() => lastOf(wanda), "sight of it");
    const pages = [["her own", ada], ["watched", wanda]];
    const judge = async (page) => judgeMotion((await framesOf(page)).slice(WARM_UP), TICK_MS);
    await until(async () => {
        await goRound(ada, TURNS, WAY_CELLS);
        assert.equal(await ada.getAttribute("html", "data-state"), "playing");
        return networks.every(({ stalls }) => stalls >= STALLS_MIN) &&
            (await Promise.all(pages.map(([, page]) => judge(page)))).every(({ steps }) => steps > STEPS_MIN);
    }, "time in which the network was bad and the machine let them be judged", 90_000);
    for (const [who, page] of pages) {
        const motion = await judge(page);
        t.diagnostic(`${who}: ${JSON.stringify(motion)}`);
        assertSmooth(who, motion);
    }
    assert.deepEqual([...ada.faults, ...wanda.faults], []);
});
