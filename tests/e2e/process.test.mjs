// SPDX-License-Identifier: MIT
// The program as an operator meets it: settings, signals, the data folder, what it says and when.
// ALONE: ends have to come within a time.

import assert from "node:assert/strict";
import { existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { networkInterfaces } from "node:os";
import path from "node:path";
import { test } from "node:test";

import { Bot, score } from "./support/bot.mjs";
import { Client, Player } from "./support/player.mjs";
import { Raw, upgradeRequest } from "./support/raw.mjs";
import { Program, flags, scratchFolder, startServer } from "./support/server.mjs";
import { until } from "./support/wait.mjs";

const RICH = { field: "20x12", tick_hz: 60, digit_rate: "100%", stone_rate: "30%" };

async function scoresOf(server) {
    const ada = await Player.enter(server, "Guest");
    return ada.model.scores;
}

// --- settings ------------------------------------------------------------------------------------

const WRONG = [
    { tick_hz: 0 }, { tick_hz: 1e6 }, { tick_hz: "fast" }, { field: "50" }, { field: "50x" }, { field: "1x1" }, { field: "9999x9999" },
    { players: 0 }, { players: 257 }, { digit_rate: "101%" }, { stone_rate: "-1%" }, { length: 1 }, { listen: "nowhere" },
    { listen: "127.0.0.1:99999" }, { origins: "https://a.example/" }, { ping_interval: "1m", idle_timeout: "30s" }, { nonsense: 1 },
    { data: "" }, { queue_bytes_max: "1" }, { ping_interval: "5" },
];

test("a wrong setting: one sentence that names it, and nothing begins", async (t) => {
    const data = path.join(scratchFolder(t), "data");
    for (const wrong of WRONG) {
        const program = new Program(t, flags({ listen: "127.0.0.1:0", data, ...wrong }));
        assert.deepEqual(await program.end(), { code: 2, signal: null }, JSON.stringify(wrong));
        assert.match(program.stderr, new RegExp(`^snakepit: .*--${Object.keys(wrong)[0].replaceAll("_", "-")}.*\\n$`), JSON.stringify(wrong));
        assert.equal(program.stdout, "");
    }
    for (const args of [["stray"], ["--tick-hz"], ["-x"]]) {
        const program = new Program(t, args);
        assert.equal((await program.end()).code, 2);
        assert.match(program.stderr, /^snakepit: .+\n$/);
    }
    assert.equal(existsSync(data), false);
});

test("settings from the environment, and flags over them", async (t) => {
    const program = new Program(t, [], { env: { SNAKEPIT_TICK_HZ: "0" } });
    assert.equal((await program.end()).code, 2);
    assert.match(program.stderr, /SNAKEPIT_TICK_HZ/);
    const server = await startServer(t, { field: "30x20" }, { env: { SNAKEPIT_FIELD: "60x60", SNAKEPIT_LENGTH: "5" } });
    const ada = await (await Player.enter(server, "Ada")).play();
    assert.deepEqual([ada.model.rows.length, ada.model.rows[0].length], [20, 30]);
    assert.equal(ada.model.picture.join("").match(/[%@*]/g).length, 5);
});

test("--help and --version", async (t) => {
    const help = new Program(t, ["--help"]), version = new Program(t, ["--version"]);
    assert.equal((await help.end()).code, 0);
    assert.equal((await version.end()).code, 0);
    for (const flag of ["--listen", "--tick-hz", "--origins", "SNAKEPIT_DATA"])
        assert.ok(help.stdout.includes(flag), flag);
    assert.match(version.stdout, /\d+\.\d+\.\d+/);
    assert.equal(help.stderr + version.stderr, "");
});

test("a port that is taken: says so, says what to do, and ends", async (t) => {
    const first = await startServer(t);
    const second = new Program(t, flags({ listen: `127.0.0.1:${first.port}`, data: path.join(scratchFolder(t), "data") }));
    assert.equal((await second.end()).code, 1);
    assert.match(second.stderr, /127\.0\.0\.1:\d+.*in use/i);
    assert.match(second.stderr, /--listen/);
    assert.equal(second.stdout, "");
    await Player.enter(first);
});

test("every address is named by one that can be opened", async (t) => {
    const places = { "*:0": /^snakepit: play at (http:\/\/127\.0\.0\.1:\d+\/) or any other/, "[::]:0": /^snakepit: play at (http:\/\/\[::1\]:\d+\/) or any other/ };
    if (!Object.values(networkInterfaces()).flat().some(({ address }) => address === "::1"))
        delete places["[::]:0"]; // a machine without IPv6
    for (const [listen, line] of Object.entries(places)) {
        const program = new Program(t, flags({ listen, data: path.join(scratchFolder(t), "data") }));
        await until(() => program.stdout.endsWith("\n") || !program.isRunning, "line that says where to play");
        assert.match(program.stdout, line);
        assert.equal((await fetch(line.exec(program.stdout)[1])).status, 200);
        program.signal("SIGTERM");
        assert.equal((await program.end()).code, 0);
    }
});

test("in good times it says one line", async (t) => {
    const server = await startServer(t, RICH);
    await score(server);
    await (await Raw.upgrade(server)).reset();
    await (await Player.enter(server, "Eve")).leave();
    await server.stop();
    assert.match(server.stdout, /^snakepit: play at \S+\n$/);
    // A busy machine may make it late, or stand still in the middle of a step, which is told with a trace.
    const isOfTheMachine = (line) => /tick \d+ began \d+ ms late|has kept the loop for|stands still for|^warning: {5}/.test(line);
    assert.deepEqual(server.stderr.split("\n").filter((line) => line && !isOfTheMachine(line)), []);
});

// --- signals -------------------------------------------------------------------------------------

/** How long the stop takes, at a signal. */
async function timeToStop(t, server, signal) {
    const began = performance.now();
    await server.stop(signal);
    const ms = performance.now() - began;
    t.diagnostic(`${signal}: ${ms.toFixed(0)} ms`);
    return ms;
}

/** The limit of the server's own is a second; sanitizers look for leaks after that, on a busy machine. */
const STOP_MS = 10_000;

for (const signal of ["SIGINT", "SIGTERM"]) {
    test(`${signal}: clients are told with 1001, the end is a good one, the scores are kept`, async (t) => {
        const data = path.join(scratchFolder(t), "data");
        const server = await startServer(t, { ...RICH, data });
        const scores = await score(server);
        const players = [await Client.open(server), await Player.enter(server, "Bob"), await (await Bot.enter(server, "Cid")).play()];
        assert.ok(await timeToStop(t, server, signal) < STOP_MS);
        for (const player of players)
            assert.equal((await player.end()).code, 1001);
        const again = await startServer(t, { ...RICH, data });
        for (const [name, best] of scores)
            assert.ok((await scoresOf(again)).some(([who, now]) => who === name && now >= best));
    });
}

test("a stop waits for nobody: not for 200 players, not for who reads nothing or is half-way in", async (t) => {
    const server = await startServer(t, { field: "80x80", players: 200, tick_hz: 5 });
    const watcher = await Player.enter(server, "Wanda", { keepsLog: false });
    const players = await Promise.all(Array.from({ length: 199 }, () => Raw.upgrade(server)));
    players.forEach((raw, i) => (raw.send(["new_player", `P${i}`]), raw.send(["join"])));
    await watcher.until(() => watcher.model.players.size > 50, "snakes");
    const deaf = await Promise.all(Array.from({ length: 20 }, () => Raw.upgrade(server)));
    deaf.forEach((raw) => (raw.send(["new_player", "Deaf"]), raw.socket.pause()));
    const halfWay = await Promise.all(["", "G", upgradeRequest().slice(0, 60)].map(async (part) => {
        const raw = await Raw.connect(server);
        raw.write(part);
        return raw;
    }));
    assert.ok(await timeToStop(t, server, "SIGTERM") < STOP_MS);
    assert.equal((await watcher.end()).code, 1001);
    for (const raw of players)
        assert.equal(await raw.closeCode(), 1001);
    deaf.forEach((raw) => raw.socket.resume());
    await Promise.all([...deaf, ...halfWay].map((raw) => raw.end()));
});

test("a second signal, and one at the very start", async (t) => {
    const server = await startServer(t);
    await Player.enter(server);
    server.signal("SIGTERM");
    server.signal("SIGINT");
    server.signal("SIGTERM");
    assert.equal((await server.end()).code, 0);
    const early = new Program(t, flags({ listen: "127.0.0.1:0", data: path.join(scratchFolder(t), "data") }));
    early.signal("SIGTERM");
    const { code, signal } = await early.end();
    assert.ok(code === 0 || signal === "SIGTERM");
});

test("nobody reads what it says: it goes on", async (t) => {
    const folder = scratchFolder(t);
    writeFileSync(path.join(folder, "file"), "not a folder");
    const server = await startServer(t, { ...RICH, data: path.join(folder, "file", "data") });
    server.process.stdout.destroy();
    server.process.stderr.destroy();
    const ada = await Player.enter(server, "Ada");
    server.signal("SIGPIPE"); // as its next word would
    await ada.next("pong", () => ada.send(["ping", 1]));
});

// --- data ----------------------------------------------------------------------------------------

/** A game that goes on, and the complaints about the scores' file. */
async function playThrough(server) {
    const scores = await score(server);
    assert.ok(scores.length > 0, "scores are kept in memory");
    assert.deepEqual(await scoresOf(server), scores);
    const complaints = () => server.stderr.split("\n").filter((line) => /scores/.test(line));
    await until(() => complaints().length > 0, "word to the operator");
    await score(server, "Bob");
    return complaints();
}

test("a data folder that can't be made: the game goes on, the operator is told once", async (t) => {
    const folder = scratchFolder(t);
    writeFileSync(path.join(folder, "file"), "not a folder");
    const server = await startServer(t, { ...RICH, data: path.join(folder, "file", "data") });
    assert.equal((await playThrough(server)).length, 1);
});

test("a disk that is full: the game goes on, the operator is told once", async (t) => {
    const data = path.join(scratchFolder(t), "data");
    mkdirSync(data);
    // No file may grow: to the server that is a disk without room.
    const server = await startServer(t, { ...RICH, data }, { wrapper: ["/bin/sh", "-c", 'trap "" XFSZ; ulimit -f 0; exec "$0" "$@"'] });
    assert.equal((await playThrough(server)).length, 1);
});

test("a file that is no database: left as it is, the game goes on", async (t) => {
    const data = path.join(scratchFolder(t), "data");
    mkdirSync(data);
    writeFileSync(path.join(data, "scores.db"), "these are my notes\n".repeat(100));
    const server = await startServer(t, { ...RICH, data });
    assert.equal((await playThrough(server)).length, 1);
});

test("a folder that vanishes while the game goes on", async (t) => {
    const server = await startServer(t, RICH);
    await score(server);
    rmSync(server.data, { recursive: true });
    await score(server, "Bob");
    assert.ok((await scoresOf(server)).length > 0);
});

test("two servers on one data folder: both play, and both scores are there afterwards", async (t) => {
    const data = path.join(scratchFolder(t), "data");
    const [first, second] = [await startServer(t, { ...RICH, data }), await startServer(t, { ...RICH, data })];
    await score(first, "Ada");
    await score(second, "Bob");
    await Promise.all([first.stop(), second.stop()]);
    const names = (await scoresOf(await startServer(t, { ...RICH, data }))).map(([name]) => name);
    assert.deepEqual(names.sort(), ["Ada", "Bob"]);
});
