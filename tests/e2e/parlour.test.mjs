// SPDX-License-Identifier: MIT
// examples/26_parlour: a chat that is moderated, by the JavaScript SDK, and by two pages.
import assert from "node:assert/strict";
import { test } from "node:test";

import WebSocket from "ws";

import { Client, OuroError } from "../../clients/js/src/index.js";
import { openPage } from "./support/browser.mjs";
import { Example } from "./support/example.mjs";
import { startBrowser } from "./support/one_browser.mjs";
import { until } from "./support/wait.mjs";

const refused = (promise, code) => assert.rejects(promise, (error) => error instanceof OuroError && error.code === code);

/** Rooms of these people, the first of whom is the host, with what each of them hears. */
async function enter(t, names) {
    const { url } = await Example.serve(t, "26_parlour"), rooms = [];
    for (const name of names) {
        const room = await new Client(url, { name, WebSocket }).joinOrCreate("parlour");
        room.heard = [];
        room.chat.onMessage(({ from, text }) => room.heard.push(`${from.name}: ${text}`));
        rooms.push(room);
    }
    return rooms;
}

const hears = (room, line) => until(() => room.heard.includes(line), line);

test("rude words are starred, addresses refused, and who shouts is muted", async (t) => {
    const [ada, bob] = await enter(t, ["Ada", "Bob"]);
    await ada.chat.send("Dash it, and blast it");
    await hears(bob, "Ada: **** it, and ***** it");
    await refused(ada.chat.send("see https://evil.example"), "refused");
    await refused(ada.chat.send("LISTEN TO ME"), "refused");
    await refused(ada.chat.send("I am sorry"), "muted");
    await bob.chat.send("OK");
    await hears(ada, "Bob: OK");
    assert.deepEqual((await bob.chat.history()).map(({ text }) => text), ["**** it, and ***** it", "OK"]);
});

test("the host mutes, and nobody else", async (t) => {
    const [ada, bob] = await enter(t, ["Ada", "Bob"]);
    await refused(bob.request("mute", { user: ada.user }), "refused");
    for (const nobody of [{ user: "elsewhere" }, "Bob", null])
        await refused(ada.request("mute", nobody), "not_found");
    assert.equal(await ada.request("mute", { user: bob.user }), true);
    await refused(bob.chat.send("why?"), "muted");
    await refused(bob.chat.send("why?", { user: ada.user }), "muted");
    await ada.leave();
    await bob.leave();
});

test("who is blocked is not heard, in the room, in private, and from the history", async (t) => {
    const [ada, bob, eve] = await enter(t, ["Ada", "Bob", "Eve"]);
    await bob.chat.send("before");
    await hears(ada, "Bob: before");
    await ada.chat.block(bob.user);
    await bob.chat.send("after");
    await hears(eve, "Bob: after");
    await refused(bob.chat.send("psst", { user: ada.user }), "blocked");
    await eve.chat.send("psst", { user: ada.user });
    await hears(ada, "Eve: psst");
    assert.deepEqual(ada.heard, ["Bob: before", "Eve: psst"]);
    assert.deepEqual(await ada.chat.history(), []);
    assert.deepEqual((await ada.chat.history({ user: eve.user })).map(({ text }) => text), ["psst"]);
    await ada.chat.unblock(bob.user);
    assert.deepEqual((await ada.chat.history()).map(({ text }) => text), ["before", "after"]);
});

// --- the page

async function visit(browser, url, name) {
    const page = await openPage(browser, url);
    await page.fill("#name", name);
    await page.click("#enter button");
    await page.waitForSelector("#say:not([hidden])");
    return page;
}

async function say(page, text, to = "") {
    await page.selectOption("#to", to && { label: to });
    await page.fill("#line", text);
    await page.click("#say button");
}

const lines = (page) => page.locator("#lines li").allTextContents();
const shows = (page, expected) => until(async () => JSON.stringify(await lines(page)) === JSON.stringify(expected), `${expected}`);
const tells = (page, text) => page.waitForFunction((text) => document.querySelector("#status").textContent === text, text);

test("two pages", async (t) => {
    const { url } = await Example.serve(t, "26_parlour"), browser = await startBrowser(t);
    const ada = await visit(browser, url, "Ada");
    await say(ada, "<b>hello</b>, bother");
    await shows(ada, ["Ada: <b>hello</b>, ******"]);
    const bob = await visit(browser, url, "Bob"); // and hears what was before
    await shows(bob, ["Ada: <b>hello</b>, ******"]);
    await say(bob, "psst", "Ada");
    await shows(ada, ["Ada: <b>hello</b>, ******", "Bob, in private: psst"]);
    await say(ada, "look: http://evil.example");
    await tells(ada, "that is not to be said here");
    await ada.selectOption("#to", { label: "Bob" });
    await ada.click("#mute");
    await tells(ada, "they are muted for a minute");
    await say(bob, "why?");
    await tells(bob, "you are muted for a while");
    await ada.click("#block");
    await tells(ada, "you hear nothing of them any more");
    assert.deepEqual(await ada.locator("#to option").allTextContents(), ["everybody here"]);
    assert.deepEqual([...ada.faults, ...bob.faults], []);
});
