// SPDX-License-Identifier: MIT
// The page in a browser, against the real server. Pictures of it are left in build/screenshots.
// ALONE: a snake lives as long as somebody steers it.

import assert from "node:assert/strict";
import path from "node:path";
import { test } from "node:test";

import { Bot, score } from "./support/bot.mjs";
import { DESKTOP, PHONE, inState, openPage, play, playOn, reaches, screenshotPath, textOf } from "./support/browser.mjs";
import { startBrowser } from "./support/one_browser.mjs";
import { KEY, Player } from "./support/player.mjs";
import { scratchFolder, startServer } from "./support/server.mjs";
import { until } from "./support/wait.mjs";

const CALM = { field: "60x40", stone_rate: "0%", tick_hz: 3 };

/** Which way that snake moves, as the others see it; null: it lives no more. */
async function headingOf(watcher, name) {
    const isAlive = () => [...watcher.model.players.values()].some((player) => player.name === name);
    const head = () => watcher.model.headOf([...watcher.model.players.values()].find((player) => player.name === name)?.colour);
    const from = head();
    await watcher.until(() => !isAlive() || String(head()) !== String(from), `move of ${name}`);
    if (!from || !isAlive())
        return null;
    const [dx, dy] = head().map((at, i) => at - from[i]);
    return dx < 0 ? KEY.left : dx > 0 ? KEY.right : dy < 0 ? KEY.up : KEY.down;
}

/**
 * Steers by what `press(key)` does until the snake goes that way; where it may not turn, by way of the
 * side. The snake of a page that is kept waiting runs into the wall: then another one.
 */
async function steer(watcher, page, name, key, press) {
    await until(async () => {
        await playOn(page);
        const heading = await headingOf(watcher, name);
        if (heading === key || heading === null)
            return heading === key;
        const isOpposite = Math.abs(heading - key) === 2;
        await press(isOpposite ? (key % 2 ? KEY.up : KEY.left) : key);
        return false;
    }, `turn to ${key}`);
}

const ARROW = { 37: "ArrowLeft", 38: "ArrowUp", 39: "ArrowRight", 40: "ArrowDown" };

test("two players join, see each other, and steer by keyboard", async (t) => {
    const [server, browser] = await Promise.all([startServer(t, CALM), startBrowser(t)]);
    const watcher = await Player.enter(server, "Wanda");
    const [ada, bob] = await Promise.all([openPage(browser, server.url), openPage(browser, server.url)]);
    await Promise.all([play(ada, "Ada"), play(bob, "Bob")]);
    for (const page of [ada, bob])
        await until(async () => {
            await Promise.all([ada, bob].map(playOn));
            const living = await page.locator("#players .row:not(.is-out) .row-name").allInnerTexts();
            return String(living.sort()) === "Ada,Bob";
        }, "both snakes on one page");
    assert.equal(await textOf(ada, "#me"), "Ada");
    for (const key of [KEY.up, KEY.left])
        await steer(watcher, ada, "Ada", key, (way) => ada.keyboard.press(ARROW[way]));
    await steer(watcher, bob, "Bob", KEY.down, (way) => bob.keyboard.press({ 37: "a", 38: "w", 39: "d", 40: "s" }[way]));
    await ada.screenshot({ path: screenshotPath("two-players") });
    assert.deepEqual([...ada.faults, ...bob.faults], []);
});

for (const [means, press] of Object.entries({
    "the buttons": (page, key) => tap(page, `#pad [data-key="${key}"]`),
    "swipes": (page, key) => swipe(page, key),
})) {
    test(`on a phone: steering by ${means}`, async (t) => {
        const [server, browser] = await Promise.all([startServer(t, CALM), startBrowser(t)]);
        const watcher = await Player.enter(server, "Wanda");
        const page = await openPage(browser, server.url, PHONE);
        await play(page, "Ada");
        for (const key of [KEY.up, KEY.right, KEY.down])
            await steer(watcher, page, "Ada", key, (way) => press(page, way));
        await page.screenshot({ path: screenshotPath(means === "swipes" ? "phone-swipe" : "phone-pad") });
        await assertFits(page);
        assert.deepEqual(page.faults, []);
    });
}

/** Nothing sticks out. (Where something does, a phone's innerWidth is as wide as that.) */
async function assertFits(page) {
    const width = await page.evaluate(() => document.documentElement.scrollWidth);
    assert.ok(width <= page.viewportSize().width, `${width} px of ${page.viewportSize().width}`);
}

/** With a finger, where that is, if it is still there: only who plays has the buttons. */
async function tap(page, selector) {
    const box = await page.locator(selector).boundingBox();
    if (box)
        await page.touchscreen.tap(box.x + box.width / 2, box.y + box.height / 2);
}

/** With a finger, across the field: what only the browser's own protocol can do. */
async function swipe(page, key) {
    const { x, y, width, height } = await page.locator("#frame").boundingBox();
    const from = { x: x + width / 2, y: y + height / 2 };
    const [dx, dy] = { 37: [-1, 0], 38: [0, -1], 39: [1, 0], 40: [0, 1] }[key];
    const finger = page.finger ??= await page.context().newCDPSession(page);
    await finger.send("Input.dispatchTouchEvent", { type: "touchStart", touchPoints: [from] });
    for (const px of [15, 30, 45])
        await finger.send("Input.dispatchTouchEvent", { type: "touchMove", touchPoints: [{ x: from.x + px * dx, y: from.y + px * dy }] });
    await finger.send("Input.dispatchTouchEvent", { type: "touchEnd", touchPoints: [] });
}

test("on the smallest phone, whatever there is to say", async (t) => {
    const [server, browser] = await Promise.all([startServer(t, { tick_hz: 2 }), startBrowser(t)]);
    const page = await openPage(browser, server.url, { ...PHONE, viewport: { width: 320, height: 568 } });
    await inState(page, "watching");
    await page.waitForSelector("#ping:not([hidden])");
    await assertFits(page);
    await play(page, "W".repeat(15));
    await assertFits(page);
    await server.stop();
    await inState(page, "reconnecting");
    await assertFits(page);
    await page.screenshot({ path: screenshotPath("phone-small") });
});

test("with letters four times as large the field is as wide as the screen", async (t) => {
    const [server, browser] = await Promise.all([startServer(t), startBrowser(t)]);
    const page = await openPage(browser, server.url, { viewport: { width: 320, height: 256 } });
    await inState(page, "watching");
    await assertFits(page);
    assert.ok((await page.locator("#board").boundingBox()).width > 280);
    assert.deepEqual(page.faults, []);
});

test("points, death, the scores, and again", async (t) => {
    const [server, browser] = await Promise.all([startServer(t, { field: "20x15", tick_hz: 10, digit_rate: "100%" }), startBrowser(t)]);
    const page = await openPage(browser, server.url);
    await inState(page, "watching");
    assert.match(await textOf(page, "#banner"), /Nobody is playing/);
    await play(page, "Ada");
    // At random, until there are points.
    await until(async () => {
        await playOn(page);
        await page.keyboard.press(ARROW[37 + Math.floor(Math.random() * 4)]);
        return page.locator("#leaderboard .row").count();
    }, "line on the board of scores", 60_000);
    await inState(page, "dead");
    assert.match(await textOf(page, "#banner"), /You crashed/);
    assert.match(await textOf(page, "#leaderboard"), /Ada\s+\d+/);
    assert.equal(await textOf(page, "#play"), "Play again");
    await page.screenshot({ path: screenshotPath("crashed") });
    await reaches(page, "playing", () => page.keyboard.press("Enter"));
    assert.deepEqual(page.faults, []);
});

test("the server is restarted: both pages come back, with their names and the scores", async (t) => {
    const data = path.join(scratchFolder(t), "data");
    // Steps so slow that no snake comes to the wall before the stop.
    const [first, browser] = await Promise.all([startServer(t, { ...CALM, tick_hz: 0.2, data }), startBrowser(t)]);
    const [ada, bob] = await Promise.all([openPage(browser, first.url), openPage(browser, first.url)]);
    await Promise.all([play(ada, "Ada"), play(bob, "Bob")]);
    await first.stop();
    await Promise.all([ada, bob].map((page) => inState(page, "reconnecting")));
    assert.equal(await ada.isDisabled("#play"), true);
    await ada.screenshot({ path: screenshotPath("reconnecting") });
    const second = await startServer(t, { ...CALM, data, listen: `127.0.0.1:${first.port}` });
    await Promise.all([ada, bob].map((page) => inState(page, "watching")));
    assert.match(await textOf(ada, "#message"), /connection was lost/);
    assert.deepEqual([await textOf(ada, "#me"), await textOf(bob, "#me")], ["Ada", "Bob"]);
    const watcher = await Player.enter(second, "Wanda");
    await Promise.all([ada, bob].map((page) => reaches(page, "playing", () => page.click("#play"))));
    await watcher.until(() => watcher.all("p_joined").length >= 2, "both snakes");
    assert.deepEqual(watcher.all("p_joined").map(([, , name]) => name).sort(), ["Ada", "Bob"]);
});

test("names and errors never become elements", async (t) => {
    const [server, browser] = await Promise.all([startServer(t, { ...CALM, tick_hz: 5, digit_rate: "100%" }), startBrowser(t)]);
    const page = await openPage(browser, server.url);
    await inState(page, "watching");
    const names = ["<b>Eve</b>", "<img src=x>", "<i onclick=1>", "&lt;u&gt;", "<svg/onload=1>"];
    const bots = await Promise.all(names.map((name) => Bot.enter(server, name)));
    await Promise.all(bots.map((bot) => bot.play()));
    await page.waitForFunction((count) => document.querySelectorAll("#players .row").length >= count, names.length);
    const shown = await page.locator("#players .row-name").allInnerTexts();
    for (const name of names)
        assert.ok(shown.includes(name), name);
    await score(server, "<u>Max</u>");
    await page.waitForFunction(() => [...document.querySelectorAll("#leaderboard .row-name")].some((name) => name.textContent === "<u>Max</u>"));
    assert.equal(await page.locator("#players :is(b, img, i, u), #leaderboard :is(b, img, i, u), .row svg").count(), 0);
    await page.fill("#name", "<b>Me</b>");
    await page.click("#play"); // whether it finds a place or not, the name is shown
    await page.waitForFunction(() => document.getElementById("me").textContent === "<b>Me</b>");
    assert.equal(await page.locator("#me *").count(), 0);
    assert.deepEqual(page.faults, []);
});

test("the round trip is shown", async (t) => {
    const [server, browser] = await Promise.all([startServer(t, CALM), startBrowser(t)]);
    const page = await openPage(browser, server.url);
    await page.waitForSelector("#ping:not([hidden])");
    assert.match(await textOf(page, "#ping"), /^\d+ ms$/);
});

test("a full pit, on a wide screen and on a phone", async (t) => {
    const [server, browser] = await Promise.all([startServer(t, { tick_hz: 8, digit_rate: "12%", stone_rate: "1%", seed: 3 }), startBrowser(t)]);
    const pages = await Promise.all([openPage(browser, server.url, { ...DESKTOP, colorScheme: "dark" }),
        openPage(browser, server.url, { ...DESKTOP, colorScheme: "light" }), openPage(browser, server.url, { ...PHONE, colorScheme: "dark" })]);
    await Promise.all(pages.map((page) => inState(page, "watching")));
    const bots = await Promise.all(["Grace", "Linus", "Margaret", "Dennis", "Barbara"].map((name) => Bot.enter(server, name)));
    await Promise.all(bots.map((bot) => bot.play()));
    await until(() => bots.some((bot) => bot.score >= 12) || bots.every((bot) => !bot.isAlive), "points", 60_000);
    await Promise.all(pages.map((page) => page.waitForSelector("#players .row")));
    for (const [i, name] of ["pit-dark", "pit-light", "pit-phone"].entries()) {
        await pages[i].screenshot({ path: screenshotPath(name) });
    }
});
