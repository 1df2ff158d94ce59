// SPDX-License-Identifier: MIT
// docs/tutorial.md: each step is started, and keeps what it promises to those who meet it by the SDK alone.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import https from "node:https";
import os from "node:os";
import path from "node:path";
import { test } from "node:test";

import { Prediction } from "../../clients/js/src/index.js";
import { Example } from "./support/example.mjs";
import { COUNTING, FULL, OVER, PLAYING, SIDE, STEP, WAITING, bytesOf, enter, fetchLight, inStage, light, mine, named, round, serve,
    stepTowards, walkTo, walkers } from "./support/lantern.mjs";
import { Proxy } from "./support/proxy.mjs";
import { until, within } from "./support/wait.mjs";

const STEPS = [1, 2, 3, 4, 5, 6, 7];
const REACH = 5, QUANTUM = SIDE / 4095;
const SAFE_TICKS = 20; // in which the light is not taken from who has it

const nextSnapshot = async (room) => {
    const { tick } = room.state;
    await until(() => room.state.tick > tick, "snapshot");
};

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

test("step 5: who touches the light has it, and scores; who touches that one takes it", async (t) => {
    const { url } = await serve(t, 5), ada = await enter(t, url, "Ada"), bob = await enter(t, url, "Bob");
    await until(() => mine(ada) && mine(bob) && light(ada) && light(bob), "light");
    const { x, y } = light(ada);
    if (!light(ada).holder) // else one of them was born on it
        assert.ok(Math.hypot(mine(ada).x - x, mine(ada).y - y) > REACH - 2 * STEP);
    await fetchLight(ada);
    await until(() => mine(ada).score > 0, "score");
    let last = null, held = 0, scored = 0; // snapshots between which Bob had it, and what Ada scored there
    ada.state.onSnapshot(() => {
        const now = { tick: ada.state.tick, holder: light(ada).holder, score: mine(ada).score };
        if (now.holder === bob.player && last?.holder === bob.player && now.tick - last.tick < SAFE_TICKS) {
            held++;
            scored += now.score - last.score;
        }
        last = now;
    });
    await fetchLight(bob);
    await until(() => ada.heard.includes("Bob") && bob.heard.includes("Bob"), "event of that");
    await until(() => mine(bob).score > 2 && held > 2, "score of the other"); // Ada stands beside him, and may take it back
    assert.equal(scored, 0, "who has it no longer scores no longer");
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
