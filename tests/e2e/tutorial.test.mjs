// SPDX-License-Identifier: MIT
// docs/tutorial.md: each step is started, and keeps what it promises. The first ones are met by the SDK alone, the last
// ones by people with pages, too. Pictures are left in build/screenshots.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import https from "node:https";
import os from "node:os";
import path from "node:path";
import { test } from "node:test";

import WebSocket from "ws";

import { Client, Prediction } from "../../clients/js/src/index.js";
import { DESKTOP, PHONE, inState, openPage, screenshotPath, textOf } from "./support/browser.mjs";
import { Example } from "./support/example.mjs";
import { startBrowser } from "./support/one_browser.mjs";
import { Proxy } from "./support/proxy.mjs";
import { until, within } from "./support/wait.mjs";

const STEPS = [1, 2, 3, 4, 5, 6, 7];
const SIDE = 100, STEP = 1.6, FULL = 127, REACH = 5, QUANTUM = SIDE / 4095;
const WAITING = 0, COUNTING = 1, PLAYING = 2, OVER = 3;
const ROUND_MS = 120_000; // a round takes a fourth of that, on a machine that is not busy

const serve = (t, step) => Example.serve(t, `tutorial/step${step}`);

async function enter(t, url, name) {
    const room = await new Client(url, { name, WebSocket }).joinOrCreate("lantern");
    room.heard = [];
    room.onMessage("taken", ({ by }) => room.heard.push(by));
    room.onError((error) => assert.fail(error));
    t.after(() => room.leave());
    return room;
}

const walkers = (room) => [...room.state.of("walker")].map(({ fields }) => fields);
const named = (room, name) => walkers(room).find((walker) => walker.name === name);
const mine = (room) => walkers(room).find(({ player }) => player === room.player);
const light = (room) => [...room.state.of("light")][0]?.fields;
const round = (room) => [...room.state.of("round")][0]?.fields;
const inStage = (room, stage, what) => until(() => round(room)?.stage === stage, what, ROUND_MS);

const bytesOf = (way) => way.map((part) => part & 255);
const nextSnapshot = async (room) => {
    const { tick } = room.state;
    await until(() => room.state.tick > tick, "snapshot");
};

/** A step there; an input a snapshot, as it is the room that has the rhythm. */
async function stepTowards(room, { x, y }) {
    const me = mine(room), far = Math.max(1e-6, Math.hypot(x - me.x, y - me.y)), { input } = room.state;
    room.sendInput(bytesOf([(x - me.x) / far * FULL, (y - me.y) / far * FULL].map(Math.round)));
    await until(() => room.state.input > input, "input in the picture");
}

/** Until it is so, or `place()` is reached. */
async function walkTo(room, place, isThere) {
    while (!isThere())
        await stepTowards(room, place());
}

async function readUrl(url, options = {}) {
    const response = await fetch(url, options);
    return { status: response.status, type: response.headers.get("content-type"), text: await response.text() };
}

for (const step of STEPS)
    test(`step ${step} has a page, and the SDK beside it`, async (t) => {
        const { url } = await serve(t, step), page = await readUrl(url);
        assert.match(page.text, /Keep the/);
        for (const name of ["main.js", "ui.js", "field.js", "steer.js", "sdk/index.js"]) {
            const script = await readUrl(`${url}/${name}`);
            assert.equal(script.status, 200, name);
            assert.match(script.type, /javascript/);
        }
        assert.match((await readUrl(`${url}/main.js`)).text, new RegExp(`step ${step}:`));
    });

test("step 1: two are in the same room", async (t) => {
    const { url } = await serve(t, 1), ada = await enter(t, url, "Ada"), bob = await enter(t, url, "Bob");
    assert.equal(ada.id, bob.id);
    assert.notEqual(ada.player, bob.player);
    assert.deepEqual([ada.name, bob.name], ["Ada", "Bob"]);
});

test("step 2: everybody sees everybody, who comes late, too; who leaves is gone", async (t) => {
    const { url } = await serve(t, 2), ada = await enter(t, url, "Ada"), bob = await enter(t, url, "Bob");
    await until(() => named(ada, "Bob") && named(bob, "Ada"), "sight of each other");
    assert.deepEqual(named(ada, "Bob"), mine(bob));
    const cid = await enter(t, url, "Cid");
    await until(() => walkers(cid).length === 3 && named(ada, "Cid"), "sight of who came late");
    await bob.leave();
    await until(() => !named(ada, "Bob") && !named(cid, "Bob"), "end of who left");
});

test("step 3: others see one walk; steps end at the border", async (t) => {
    const { url } = await serve(t, 3), ada = await enter(t, url, "Ada"), bob = await enter(t, url, "Bob");
    await until(() => mine(ada) && named(bob, "Ada"), "walkers");
    await walkTo(ada, () => ({ x: SIDE + 50, y: mine(ada).y }), () => mine(ada).x === SIDE);
    await until(() => named(bob, "Ada").x === SIDE, "Ada at the border");
    await stepTowards(ada, { x: SIDE + 50, y: mine(ada).y });
    assert.equal(mine(ada).x, SIDE);
});

test("step 3: no more than a step a tick, whatever a page sends", async (t) => {
    const { url } = await serve(t, 3), room = await enter(t, url, "Eve"), SAVED = 4, SENT = 30;
    await until(() => mine(room), "walker");
    await walkTo(room, () => ({ x: 0, y: mine(room).y }), () => mine(room).x === 0);
    const { tick } = room.state;
    for (let i = 0; i < SENT; i++)
        room.sendInput(bytesOf([FULL, 0]));
    room.sendInput([1, 2, 3]); // no way at all
    const sent = room.sendInput(bytesOf([0, 0]));
    await until(() => room.state.input >= sent, "inputs in the picture");
    const steps = mine(room).x / STEP, passed = room.state.tick - tick;
    assert.ok(steps > 0.9 && steps < SAVED + passed + 0.1, `${steps} steps in ${passed} ticks`);
});

// What the pages of steps 4 to 7 do, from the same rule.
const between = (place) => Math.max(0, Math.min(SIDE, place));
function step({ x, y }, [right, down]) {
    const length = Math.max(FULL, Math.hypot(right, down));
    return { x: between(x + STEP * right / length), y: between(y + STEP * down / length) };
}

test("step 4: what is predicted comes true", async (t) => {
    const { url } = await serve(t, 4), room = await enter(t, url, "Ada");
    await until(() => mine(room), "walker");
    const me = new Prediction(room, {
        read: () => mine(room) && { x: mine(room).x, y: mine(room).y }, step, encode: bytesOf,
    });
    await stepTowards(room, { x: SIDE / 2, y: SIDE / 2 });
    await until(() => me.value, "prediction");
    for (const way of [[127, 0], [90, -90], [0, 127], [-40, 10], [-127, -127]]) {
        const before = me.value;
        me.push(way);
        assert.deepEqual(me.value, step(before, way), "at once");
        const guess = me.value, { input } = room.state;
        await until(() => room.state.input > input, "input in the picture");
        assert.ok(Math.hypot(mine(room).x - guess.x, mine(room).y - guess.y) < 2 * QUANTUM, "the server comes to the same");
    }
});

const hasLight = (room) => light(room)?.holder === room.player;
const fetchLight = (room) => walkTo(room, () => light(room), () => hasLight(room));

test("step 5: who touches the light has it, and scores; who touches that one takes it", async (t) => {
    const { url } = await serve(t, 5), ada = await enter(t, url, "Ada"), bob = await enter(t, url, "Bob");
    await until(() => mine(ada) && mine(bob) && light(ada) && light(bob), "light");
    const { x, y } = light(ada);
    if (!light(ada).holder) // else one of them was born on it
        assert.ok(Math.hypot(mine(ada).x - x, mine(ada).y - y) > REACH - 2 * STEP);
    await fetchLight(ada);
    await until(() => mine(ada).score > 0, "score");
    await fetchLight(bob);
    await until(() => ada.heard.at(-1) === "Bob" && bob.heard.at(-1) === "Bob", "event of that");
    const { score } = mine(ada);
    await until(() => mine(bob).score > 2, "score of the other");
    assert.equal(mine(ada).score, score, "who has it no longer scores no longer");
    await bob.leave();
    await until(() => light(ada).holder !== bob.player, "light without a holder");
});

/** Two in a round that has begun. */
async function beginRound(t, url) {
    const ada = await enter(t, url, "Ada");
    await inStage(ada, WAITING, "waiting");
    const bob = await enter(t, url, "Bob");
    await inStage(ada, COUNTING, "countdown");
    assert.ok([1, 2, 3].includes(round(ada).seconds));
    await inStage(bob, PLAYING, "play");
    return [ada, bob];
}

// A whole round, and another, are played on the virtual clock: tests/tutorial.
test("step 6: wait, count down, play; who comes late plays along; who is alone has won, and waits", async (t) => {
    const { url } = await serve(t, 6), [ada, bob] = await beginRound(t, url), cid = await enter(t, url, "Cid");
    await until(() => round(cid)?.stage === PLAYING && walkers(cid).length === 3, "the game as it is");
    await fetchLight(cid);
    await until(() => mine(cid).score > 0, "score of who came late");
    await ada.leave();
    await bob.leave();
    await inStage(cid, OVER, "end");
    await until(() => round(cid).winner === cid.player && mine(cid).wins === 1, "winner");
    await inStage(cid, WAITING, "waiting");
});

test("step 7: who loses the connection lets the light go, keeps the score, and comes back", async (t) => {
    const example = await serve(t, 7), proxy = await Proxy.to(t, example.address);
    const [bob, ada] = [await enter(t, example.url, "Bob"), await enter(t, proxy.url, "Ada")];
    await inStage(ada, PLAYING, "play");
    await fetchLight(ada);
    await until(() => mine(ada).score > 0, "score");
    const { score } = mine(ada), back = new Promise((resolve) => ada.onReconnect(resolve));
    proxy.down();
    await until(() => named(bob, "Ada").away, "news that she is away");
    assert.notEqual(light(bob).holder, ada.player);
    proxy.up();
    await within(back, "way back");
    await nextSnapshot(ada);
    await until(() => named(bob, "Ada").away === false, "news that she is here");
    assert.ok(mine(ada).score >= score, "the score as it was");
});

test("step 8: with a certificate it speaks TLS", async (t) => {
    const folder = mkdtempSync(path.join(os.tmpdir(), "tutorial-")), [cert, key] = ["cert.pem", "key.pem"].map((name) => path.join(folder, name));
    t.after(() => rmSync(folder, { recursive: true }));
    execFileSync("openssl", ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "1",
        "-subj", "/CN=localhost", "-keyout", key, "-out", cert], { stdio: "ignore" });
    const example = new Example(t, "tutorial/step7", ["--listen", "127.0.0.1:0", "--tls-cert", cert, "--tls-key", key]);
    await example.says(/^open (https:\S+)\/$/m);
    const url = /^open (https:\S+)$/m.exec(example.stdout)[1];
    const status = new Promise((resolve, reject) =>
        https.get(url, { rejectUnauthorized: false }, (answer) => resolve(answer.resume().statusCode)).on("error", reject));
    assert.equal(await within(status, "page"), 200);
});

// --- in a browser

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
