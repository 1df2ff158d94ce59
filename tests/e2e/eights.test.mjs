// SPDX-License-Identifier: MIT
// The card game of examples/22_eights: two pages play. Pictures are left in build/screenshots.

import assert from "node:assert/strict";
import { test } from "node:test";

import { DESKTOP, PHONE, inState, openPage, screenshotPath, textOf } from "./support/browser.mjs";
import { Example } from "./support/example.mjs";
import { startBrowser } from "./support/one_browser.mjs";
import { until } from "./support/wait.mjs";

const MARKUP = "<img src=x id=evil>";

async function serve(t) {
    const [example, browser] = await Promise.all([Example.serve(t, "22_eights"), startBrowser(t)]);
    return { example, browser };
}

async function enter({ example, browser }, name, options) {
    const page = await openPage(browser, example.url, options);
    await page.fill("#name", name);
    await page.click("#join button");
    return page;
}

/** Two who play with each other; the first has the first turn. */
async function enterTwo(at, names = ["Ada", "Bob"], options = []) {
    const first = await enter(at, names[0], options[0]);
    await inState(first, "waiting");
    const second = await enter(at, names[1], options[1]);
    await Promise.all([inState(first, "playing"), inState(second, "playing")]);
    return [first, second];
}

const isMine = (page) => page.locator("#game").getAttribute("data-mine").then((mine) => mine === "true");
const stateOf = (page) => page.getAttribute("html", "data-state");
const handOf = (page) => page.locator("#hand .card").evaluateAll((cards) => cards.map((card) => card.dataset.card));

/** What is seen of a table, to notice that something was done. */
const seen = (page) => page.evaluate(() => ["#hand", "#actions", "#status", "#last"]
    .map((selector) => document.querySelector(selector).outerHTML).join());

const MOUSE = {
    name: (page) => page.click("#suits button"),
    play: (page) => page.click("#hand .card[aria-disabled=false]"),
    draw: (page) => page.click("#stock"),
    pass: (page) => page.click("#pass"),
};

const KEYS = {
    name: (page) => page.keyboard.press("3"),
    play: async (page) => {
        await page.keyboard.press("Home");
        for (let i = 0; i < 60 && !await page.evaluate(() => document.activeElement.matches("#hand .card[aria-disabled=false]")); i++)
            await page.keyboard.press("ArrowRight");
        await page.keyboard.press("Enter");
    },
    draw: (page) => page.keyboard.press("d"),
    pass: (page) => page.keyboard.press("p"),
};

/** One move of a page whose turn it is. */
async function move(page, by) {
    const before = await seen(page);
    const what = await page.evaluate(() => {
        const is = (selector) => document.querySelector(selector) !== null;
        return is("#game[data-naming=true]") ? "name" : is("#hand .card[aria-disabled=false]") ? "play"
            : is("#draw:enabled") ? "draw" : is("#pass:enabled") ? "pass" : null;
    });
    if (!what || !await isMine(page))
        return; // its time was up meanwhile
    await by[what](page);
    await until(async () => await seen(page) !== before || await stateOf(page) === "over", `what comes of '${what}'`);
}

/** Until there is a result, or `enough()`. `ways`: how each page is handled. */
async function play(pages, ways, enough = async () => false) {
    while (await stateOf(pages[0]) === "playing" && !await enough())
        for (const [i, page] of pages.entries())
            if (await stateOf(page) === "playing" && await isMine(page))
                await move(page, ways[i]);
}

const count = async (page, side) => Number(await page.getAttribute(`${side} .backs`, "data-count"));

test("two pages play to the end, and once more; one by keyboard, one on a phone", async (t) => {
    const at = await serve(t);
    const pages = await enterTwo(at, [MARKUP, "Bob"], [DESKTOP, PHONE]);
    const [ada, bob] = pages;
    assert.equal((await handOf(ada)).length, 7);
    assert.equal(await count(ada, "#them"), 7);
    assert.equal(await textOf(bob, "#them .name"), MARKUP, "a name is text");
    assert.equal(await bob.locator("img").count(), 0);
    await until(async () => await isMine(ada) !== await isMine(bob), "turn of one of them");
    assert.match(await textOf(ada, "#time b"), /^(1?\d|20) s$/);

    await play(pages, [KEYS, MOUSE], async () => (await handOf(bob)).length <= 4);
    await ada.screenshot({ path: screenshotPath("eights_desktop") });
    await bob.screenshot({ path: screenshotPath("eights_phone") });
    await play(pages, [KEYS, MOUSE]);

    await Promise.all(pages.map((page) => inState(page, "over")));
    const results = await Promise.all(pages.map((page) => textOf(page, "#result .lead")));
    const won = results.indexOf("You have won!");
    if (won >= 0) // or nobody could move, and both held as much
        assert.equal(results[1 - won], `${[MARKUP, "Bob"][won]} has won`);
    await bob.screenshot({ path: screenshotPath("eights_result") });

    await ada.click("#again");
    await bob.waitForFunction(() => /wants to play again/.test(document.querySelector("#result .more").textContent));
    await bob.click("#again");
    await Promise.all(pages.map((page) => inState(page, "playing")));
    assert.equal(await count(ada, "#them"), 7);
    for (const page of pages)
        assert.deepEqual(page.faults, []);
});

// In the page: cut() ends its connections, as a network does that breaks; `links` is what it says of that.
function rememberSockets() {
    const sockets = [], Real = WebSocket;
    window.WebSocket = class extends Real {
        constructor(...args) {
            super(...args);
            sockets.push(this);
        }
    };
    window.cut = () => sockets.forEach((socket) => socket.close());
    window.links = [];
    addEventListener("DOMContentLoaded", () => {
        const link = document.querySelector("#link");
        new MutationObserver(() => window.links.push(link.textContent)).observe(link, { childList: true });
    });
}

test("who loads the page again, or loses the connection, goes on with the same hand", async (t) => {
    const at = await serve(t);
    const [ada, bob] = await enterTwo(at);
    const hand = await handOf(ada);
    const hasItStill = async () => { // and one more, if her time was up meanwhile
        const now = await handOf(ada);
        assert.deepEqual(hand.filter((card) => !now.includes(card)), []);
    };
    await ada.addInitScript(rememberSockets);
    await ada.reload();
    await inState(ada, "playing");
    await until(async () => (await handOf(ada)).length >= hand.length, "hand");
    await hasItStill();

    await ada.evaluate(() => window.cut());
    await ada.waitForFunction(() => window.links.length === 2);
    assert.match((await ada.evaluate(() => window.links)).join("|"), /^Connection lost.*\|$/);
    await hasItStill();
    await play([ada, bob], [MOUSE, MOUSE], async () => /^(Ada|Time was up for Ada)/.test(await textOf(bob, "#last")));
    assert.deepEqual([...ada.faults, ...bob.faults], []);
});

test("nobody begins a game with who has gone", async (t) => {
    const at = await serve(t);
    const gone = await enter(at, "Eve");
    await inState(gone, "waiting");
    await gone.context().close();
    await until(async () => {
        const { rooms } = await (await fetch(`${at.example.url}/ouro/rooms/eights`)).json();
        return rooms?.every(({ seats }) => seats === 0); // none: asked too often
    }, "end of her seat");
    const [, bob] = await enterTwo(at);
    assert.equal(await textOf(bob, "#them .name"), "Ada");
});

test("who leaves has lost; the other finds another opponent", async (t) => {
    const at = await serve(t);
    const [ada, bob] = await enterTwo(at);
    await ada.click("#leave");
    await inState(ada, "start");
    await inState(bob, "over");
    assert.equal(await textOf(bob, "#result .lead"), "You have won!");
    assert.match(await textOf(bob, "#result .more"), /Ada has left/);
    await bob.click("#another");
    await inState(bob, "waiting");
    const cid = await enter(at, "Cid");
    await Promise.all([inState(bob, "playing"), inState(cid, "playing")]);
    assert.equal(await textOf(bob, "#them .name"), "Cid");
});
