// SPDX-License-Identifier: MIT
// docs/tutorial.md in a browser: the first steps, and the finished game. Pictures are left in build/screenshots.

import assert from "node:assert/strict";
import { test } from "node:test";

import { DESKTOP, PHONE, inState, openPage, screenshotPath, textOf } from "./support/browser.mjs";
import { OVER, PLAYING, SIDE, STEP, enter, fetchLight, inStage, named, serve, walkers } from "./support/lantern.mjs";
import { startBrowser } from "./support/one_browser.mjs";
import { until } from "./support/wait.mjs";

async function join(page, name) {
    await page.fill("#name", name);
    await page.click("#join button");
    await inState(page, "in");
}

const big = (page) => textOf(page, "#big");
const names = (page) => page.locator("#board .name").allInnerTexts();

test("steps 1 to 4 in a browser: in, seen, walking", async (t) => {
    const browser = await startBrowser(t);
    for (const number of [1, 2, 3, 4]) {
        const { url } = await serve(t, number), page = await openPage(browser, url);
        await join(page, "Ada");
        await until(async () => /Ada is in room|1 on the meadow/.test(await textOf(page, "#status")), `step ${number}`);
        if (number > 1) {
            const other = await enter(t, url, "Bob");
            await until(async () => /2 on the meadow/.test(await textOf(page, "#status")), "two of them");
            if (number > 2) {
                const before = named(other, "Ada").x, key = before < SIDE / 2 ? "ArrowRight" : "a";
                await page.keyboard.down(key);
                await until(() => Math.abs(named(other, "Ada").x - before) > 3 * STEP, "her way");
                await page.keyboard.up(key);
            }
            await page.screenshot({ path: screenshotPath(`tutorial_step${number}`) });
        }
        assert.deepEqual(page.faults, []);
    }
});

test("the finished game in a browser, and on a phone", async (t) => {
    const { url } = await serve(t, 7), browser = await startBrowser(t), MARKUP = "<img src=x id=evil>";
    const desktop = await openPage(browser, url, { ...DESKTOP, colorScheme: "dark" });
    const phone = await openPage(browser, url, PHONE);
    await phone.screenshot({ path: screenshotPath("tutorial_join") });
    await join(desktop, MARKUP);
    await until(async () => /Waiting for somebody/.test(await big(desktop)), "waiting");
    await join(phone, "Bob");
    await until(async () => (await names(phone)).length === 2 && (await names(desktop)).includes("Bob"), "each other");
    assert.ok((await names(phone)).includes(MARKUP), "a name is text");
    assert.equal(await phone.locator("img").count(), 0);

    const guide = await enter(t, url, "Cid"); // knows where the light is
    await inStage(guide, PLAYING, "play");
    await fetchLight(guide);
    await until(async () => /Cid has the light/.test(await textOf(phone, "#status")), "news of that");
    await desktop.screenshot({ path: screenshotPath("tutorial_desktop") });
    await phone.screenshot({ path: screenshotPath("tutorial_phone") });

    const bob = named(guide, "Bob"), before = bob.y;
    const { x, y, width, height } = await phone.locator("#field").boundingBox(), way = before < SIDE / 2 ? 90 : -90;
    await phone.mouse.move(x + width / 2, y + height / 2);
    await phone.mouse.down();
    await phone.mouse.move(x + width / 2, y + height / 2 + way);
    await until(() => Math.abs(named(guide, "Bob").y - before) > 3 * STEP, "a way that was dragged");
    await phone.mouse.up();

    await desktop.reload();
    await inState(desktop, "in");
    await until(async () => (await names(desktop)).includes(MARKUP), "the same seat");
    assert.equal(walkers(guide).length, 3);

    await inStage(guide, OVER, "end of the round");
    await until(async () => /wins!/.test(await big(phone)), "the winner");
    await phone.screenshot({ path: screenshotPath("tutorial_result") });
    assert.deepEqual([...desktop.faults, ...phone.faults], []);
});
