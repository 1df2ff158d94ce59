// SPDX-License-Identifier: MIT
// The programs of examples/, as somebody meets them who learns from them. They wait for most of their
// time, so they run beside each other.
// ALONE: ends, and ticks, have to come within a time.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, test } from "node:test";

import { openPage, textOf } from "./support/browser.mjs";
import { Example, Visitor } from "./support/example.mjs";
import { startBrowser } from "./support/one_browser.mjs";
import { OPCODE, Raw, upgradeRequest, wsFrame } from "./support/raw.mjs";
import { until } from "./support/wait.mjs";

const lines = (...all) => all.join("\n") + "\n";

const OUTPUTS = {
    "01_sleeping": lines("start 1", "start 2", "end 1", "end 2"),
    "02_two_connections": lines("first: message 1", "second: message 1", "first: message 2", "second: message 2",
        "first: message 3", "second: message 3"),
    "12_waiting": lines("Cid still thinks", "Ada has decided", "the first is Ada", "Bob has decided", "Cid has decided",
        "all have decided"),
    "13_cancelling": lines("player: the score is saved", "player: gone, as asked", "against the clock: time is up",
        "player: the score is saved", "match: break_down failed with EIO, and all have left",
        "nobody looked: break_down failed with EIO"),
    "14_telling": lines("condition: Ada sees round 1", "condition: Bob sees round 1", "condition: Ada sees round 2",
        "condition: Bob sees round 2", "condition: Ada sees round 3", "condition: Bob sees round 3",
        "queue: tea is served", "queue: coffee is served", "queue: water is served", "queue: juice is served",
        "topic: two reads foul", "topic: two reads corner", "topic: two has missed 1", "topic: newest reads corner",
        "topic: newest has missed 2", "select: e4", "select: e5", "select: the game is over"),
    "15_heavy_work": lines("the loop still turns", "the thread is back", "78498 primes", "a crash: the worker process died",
        "78498 primes"),
};

describe("what they print", { concurrency: true }, () => {
    for (const [name, output] of Object.entries(OUTPUTS))
        test(name, async (t) => assert.equal(await Example.output(t, name), output));

    test("20_simulation", async (t) => assert.match(await Example.output(t, "20_simulation"), /^200 duels; the good line won \d+\n$/));

    test("02_two_connections does not poll: it has hardly run by the end", async (t) => {
        // The last line of the shell is what its children have used of a processor, in the program and in the system.
        const example = new Example(t, "02_two_connections", [], { wrapper: ["/bin/sh", "-c", '"$0"; times'] });
        await example.end();
        const used = [...example.stdout.split("\n").at(-2).matchAll(/(\d+)m([\d.]+)s/g)].map(([, min, sec]) => 60 * min + Number(sec));
        assert.equal(used.length, 2, example.stdout);
        assert.ok(used[0] + used[1] < 0.5, `${used} s`);
    });
});

/** From `man 5 proc`: the state stands behind the name, which may contain spaces. */
function isAlive(pid) {
    try {
        return !/^.*\) Z/s.test(readFileSync(`/proc/${pid}/stat`, "latin1"));
    } catch {
        return false;
    }
}

// --- the six game loops --------------------------------------------------------------------------

const LOOPS = [
    { name: "03_loop_basic", line: "game loop says: tick", period_ms: 2000 },
    { name: "04_loop_on_request", line: "game loop says: tick", period_ms: 2000 },
    { name: "05_loop_task", line: "game loop passed", period_ms: 2000 },
    { name: "06_loop_wait", line: "game loop ticks", period_ms: 1000 },
    { name: "07_loop_thread", line: "game loop ticks", period_ms: 1000 },
    { name: "08_loop_process", line: "game loop ticks", period_ms: 1000 },
];
const LOOP = Object.fromEntries(LOOPS.map((loop) => [loop.name, loop]));

/**
 * From now on: from one tick to the next but one. Measured again when the machine had no time for it,
 * or it made up for that meanwhile.
 */
async function assertPeriod(visitor, { line, period_ms }) {
    const tries_ms = [];
    while (tries_ms.length < 5) {
        await visitor.hears(line);
        const began = performance.now();
        await visitor.hears(line, 2);
        tries_ms.push(Math.round((performance.now() - began) / 2));
        if (tries_ms.at(-1) > 0.6 * period_ms && tries_ms.at(-1) < 1.6 * period_ms)
            return;
    }
    assert.fail(`every ${tries_ms} ms`);
}

describe("the game loops", { concurrency: true }, () => {
    for (const loop of LOOPS) {
        const { name, line } = loop;

        test(`${name}: ticks for everyone, who leaves takes nothing from the others`, async (t) => {
            const example = await Example.serve(t, name);
            assert.match(await (await fetch(example.url + "/")).text(), /<title>A game loop<\/title>/);
            const [ada, bob, eve] = [await Visitor.enter(example), await Visitor.enter(example), await Visitor.enter(example)];
            await Promise.all([ada, bob, eve].map((visitor) => visitor.has(line)));
            await Promise.all([ada.press(37), bob.press(65)]);
            await eve.leave();
            ada.reset();
            await assertPeriod(bob, loop);
            await bob.press(40);
            assert.deepEqual([...new Set(bob.heard)].sort(), ["Pressed key code: 40", "Pressed key code: 65", line]);
            await example.stop();
            assert.equal(await bob.end(), 1001);
        });

        test(`${name}: at SIGTERM it ends within a second`, async (t) => {
            const times = [];
            for (let i = 0; i < 3; i++) { // again, when the machine had no time for it
                const example = await Example.serve(t, name);
                const visitors = await Promise.all(Array.from({ length: 5 }, () => Visitor.enter(example)));
                (await Raw.upgrade(example)).socket.pause(); // hears nothing, answers nothing
                await visitors[4].has(line);
                const began = performance.now();
                await example.stop();
                times.push(Math.round(performance.now() - began));
                for (const visitor of visitors)
                    assert.equal(await visitor.end(), 1001);
                if (times.at(-1) < 1000)
                    return;
            }
            assert.fail(`${times} ms`);
        });
    }

    for (const name of ["04_loop_on_request", "05_loop_task"]) {
        const { line, period_ms } = LOOP[name];

        test(`${name}: many come at once, and there is one loop`, async (t) => {
            const example = await Example.serve(t, name), began = performance.now();
            const visitors = await Promise.all(Array.from({ length: 10 }, () => Visitor.enter(example)));
            await visitors[0].hears(line, 2);
            assert.equal(example.count("game loop started"), 1);
            const most = 1 + (performance.now() - began) / period_ms; // ten loops would tick ten times as often
            for (const visitor of visitors)
                assert.ok(visitor.count(line) <= most, `${visitor.count(line)} ticks, and not ${most}`);
        });
    }

    test("04_loop_on_request: ends when nobody is there, and begins again", async (t) => {
        const example = await Example.serve(t, "04_loop_on_request");
        for (let round = 1; round <= 2; round++) {
            const ada = await Visitor.enter(example);
            await ada.has("game loop says: tick");
            await ada.leave();
            await example.says(/^game loop ended$/, round);
        }
        assert.equal(example.count("game loop started"), 2);
    });

    test("05_loop_task: is cancelled by the last who leaves, and begins again", async (t) => {
        const example = await Example.serve(t, "05_loop_task");
        for (let round = 1; round <= 2; round++) {
            const [ada, bob] = [await Visitor.enter(example), await Visitor.enter(example)];
            await bob.has("game loop passed");
            await ada.leave();
            await bob.press(32);
            assert.equal(example.count("stopping the game loop"), round - 1);
            bob.reset();
            await example.says(/^stopping the game loop$/, round);
        }
        assert.equal(example.stderr, "");
    });

    test("05_loop_task: who comes in the moment of its end has a loop", async (t) => {
        const example = await Example.serve(t, "05_loop_task");
        let player = await Raw.upgrade(example);
        for (let i = 0; i < 50; i++) {
            const next = await Raw.connect(example);
            player.reset();
            next.write(upgradeRequest());
            next.write(wsFrame(OPCODE.text, "32"));
            await next.until("Pressed key code: 32");
            await until(() => example.count("game loop started") === example.count("stopping the game loop") + 1, "loop");
            player = next;
        }
        assert.ok(example.count("stopping the game loop") > 0);
        player.reset();
    });

    test("08_loop_process: its worker is killed, and another one goes on", async (t) => {
        const example = await Example.serve(t, "08_loop_process");
        const ada = await Visitor.enter(example);
        await ada.has("game loop ticks");
        const [first] = workersOf(example);
        process.kill(first, "SIGKILL");
        await example.says(/^calculating in process/, 2);
        await ada.hears("game loop ticks", 2);
        const workers = workersOf(example);
        assert.deepEqual(workers.map(isAlive), [false, true]);
        await example.stop();
        assert.deepEqual(workers.map(isAlive), [false, false]);
    });

    test("08_loop_process: killed itself, it leaves no worker behind", async (t) => {
        const example = await Example.serve(t, "08_loop_process");
        await example.says(/^calculating in process/);
        const [worker] = workersOf(example);
        assert.ok(isAlive(worker));
        example.signal("SIGKILL");
        await until(() => !isAlive(worker), "end of the worker");
        await example.end();
    });

    test("the page of them all: connect, press a key, leave", async (t) => {
        const example = await Example.serve(t, "06_loop_wait");
        const page = await openPage(await startBrowser(t), example.url + "/");
        await page.click("#connect");
        await page.waitForSelector("#status:text-is('connected')");
        await page.keyboard.press("ArrowLeft");
        await until(async () => /Pressed key code: 37/.test(await textOf(page, "#lines")), "answer");
        await until(async () => /game loop ticks/.test(await textOf(page, "#lines")), "tick");
        await page.click("#disconnect");
        await page.waitForSelector("#status:text-is('disconnected')");
        assert.deepEqual(page.faults, []);
    });
});

/** Its worker processes so far, in the order in which they were started. */
function workersOf(example) {
    return [...example.stdout.matchAll(/^calculating in process (\d+)/gm)].map(([, pid]) => Number(pid));
}

// --- a room --------------------------------------------------------------------------------------

describe("a room", { concurrency: true }, () => {
    test("10_room: two players, a countdown, and who is first", async (t) => {
        const example = await Example.serve(t, "10_room");
        const ada = await Visitor.enter(example);
        ada.socket.send("32"); // alone: it does not count
        const bob = await Visitor.enter(example);
        await bob.has("3 ...");
        ada.socket.send("32"); // too early, as well
        await bob.has("go");
        const wins = Promise.all([ada.hears("player 2 wins"), bob.hears("player 2 wins")]);
        bob.socket.send("32");
        await wins;
        assert.deepEqual(ada.heard.slice(0, 5), ["3 ...", "2 ...", "1 ...", "go", "player 2 wins"]);
        assert.deepEqual(bob.heard.slice(0, 5), ada.heard.slice(0, 5));
        await until(() => bob.count("3 ...") === 2, "next round");
        assert.equal(await new Visitor(example).end(), 1013, "there is room for two");
        await ada.leave();
        await example.stop();
        assert.equal(await bob.end(), 1001);
    });
});
