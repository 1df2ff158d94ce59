// SPDX-License-Identifier: MIT
// Small servers are attacked as large ones are. The examples keep to the library's own limits, and set none
// themselves: those must do for somebody who means well to be heard all the time, by a program that survives.

import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { test } from "node:test";

import { Example, Visitor } from "./support/example.mjs";
import { OPCODE, Raw, upgradeRequest, wsFrame } from "./support/raw.mjs";
import { until } from "./support/wait.mjs";

const MB = 1 << 20;
const GROWTH_MAX = 128 * MB;
const EVIL = "127.0.0.66"; // who means well comes from another address
const FREES = { env: { ASAN_OPTIONS: `${process.env.ASAN_OPTIONS ?? ""}:quarantine_size_mb=1` } };

const GIANT = Buffer.from([0x82, 0xff, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0]);

/** What is said right after the connection is there; none of it makes sense, or only in part. */
const GARBAGE = [
    Buffer.alloc(4096),
    randomBytes(4096),
    Buffer.from("\r\n".repeat(2000)),
    Buffer.from("GET / HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n"),
    Buffer.from(`GET /${"x".repeat(100_000)} HTTP/1.1\r\n`),
    Buffer.from(`POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n`),
    Buffer.from("GET / HTTP/9.9\r\nHost: x\r\n\r\n"),
    Buffer.from([22, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3, ...randomBytes(600)]), // as TLS begins
];

/** What no WebSocket says, and the code that it is told. */
const WRONG = [
    [GIANT, 1009],
    [Buffer.from([0x81, 0x01, 0x41]), 1002], // without a mask
    [wsFrame(3, "x"), 1002],
    [wsFrame(OPCODE.ping, "x", { isFinal: false }), 1002],
    [wsFrame(0, "x"), 1002],
    [wsFrame(OPCODE.text, "x", { isCompressed: true }), 1002],
    [wsFrame(OPCODE.text, [0xff, 0xfe]), 1007],
    [wsFrame(OPCODE.close, [0x03]), 1002],
];

/** `attack` while `round` is done again and again, which ends only when it has been answered; then nothing is left. */
async function assertBeside(t, example, round, attack) {
    await round(); // what is made at the first time, is made
    const files = example.openFiles, rss = example.rss_bytes;
    let isOver = false, rounds = 0;
    const beside = (async () => {
        for (; !isOver; rounds++)
            await round();
    })();
    await Promise.race([attack(), beside]); // a round that fails is told at once
    isOver = true;
    await beside;
    await round();
    await until(() => example.openFiles <= files, "end of the others");
    const growth = example.rss_bytes - rss;
    t.diagnostic(`${rounds} rounds beside; memory grew by ${(growth / MB).toFixed(1)} MB`);
    assert.ok(rounds > 0);
    assert.ok(growth < GROWTH_MAX, `memory grew by ${growth} bytes`);
}

async function inGroups(count, size, one) {
    for (let at = 0; at < count; at += size)
        await Promise.all(Array.from({ length: Math.min(size, count - at) }, (_, i) => one(at + i)));
}

/** Says it, and resets it soon, or says no more and leaves it to the server to end it. */
async function sayGarbage(door, count) {
    const left = [];
    await inGroups(count, 20, async (i) => {
        const raw = await Raw.connect(door);
        raw.write(GARBAGE[i % GARBAGE.length]);
        if (i % 2)
            raw.reset();
        else
            left.push(raw);
    });
    await until(() => left.every((raw) => raw.hasEnded), "end of what makes no sense");
}

async function sayWrongFrames(door, path, count) {
    await inGroups(count, 20, async (i) => {
        const [frame, code] = WRONG[i % WRONG.length];
        const raw = await Raw.upgrade(door, [], path);
        raw.write(frame);
        assert.equal(await raw.closeCode(), code, `frame ${i % WRONG.length}`);
        raw.close();
    });
}

/** More than anybody reads: messages and pings, by those who read nothing of what it brings. */
async function flood(door, path, crowd) {
    const said = Buffer.concat([...Array(500).fill(wsFrame(OPCODE.text, "x".repeat(1000))), ...Array(500).fill(wsFrame(OPCODE.ping, "x"))]);
    await inGroups(crowd, 10, async () => {
        const raw = await Raw.upgrade(door, [], path);
        raw.socket.pause();
        raw.send("flood");
        await Promise.race([new Promise((resolve) => raw.socket.write(said, resolve)), until(() => raw.hasEnded, "end", 1000).catch(() => {})]);
        raw.reset();
    });
}

// --- 17_tls --------------------------------------------------------------------------------------

async function serveTls(t) {
    const example = new Example(t, "17_tls", ["--listen", "127.0.0.1:0"], FREES);
    await example.says(/^open (https:\S+)$/m);
    const port = Number(/^open https:\S+:(\d+)\/$/m.exec(example.stdout)[1]);
    const at = (localAddress, isTls) => ({ address: { host: "127.0.0.1", port, localAddress }, isTls });
    return { example, good: at("127.0.0.1", true), evil: at(EVIL, true), plain: at(EVIL, false) };
}

/** A new connection each time: its handshake, too, must be made in the midst of the others'. */
const echoOver = (door) => async () => {
    const raw = await Raw.upgrade(door, [], "/echo");
    raw.send("still here");
    await raw.until("still here");
    raw.close();
};

test("17_tls: garbage, before the handshake and behind it", async (t) => {
    const { example, good, evil, plain } = await serveTls(t);
    await assertBeside(t, example, echoOver(good), async () => {
        await sayGarbage(plain, 20 * GARBAGE.length);
        await sayGarbage(evil, 4 * GARBAGE.length);
        await sayWrongFrames(evil, "/echo", 4 * WRONG.length);
    });
});

test("17_tls: handshakes that begin and never end", async (t) => {
    const { example, good, plain } = await serveTls(t);
    await assertBeside(t, example, echoOver(good), async () => {
        const crowd = [];
        await inGroups(300, 50, async (i) => {
            const raw = await Raw.connect(plain);
            raw.write(Buffer.from([22, 3, 1, 2, 0, 1]).subarray(0, i % 7));
            crowd.push(raw);
        });
        await until(() => crowd.every((raw) => raw.hasEnded), "end of their time");
    });
});

test("17_tls: floods by those who do not read", async (t) => {
    const { example, good, evil } = await serveTls(t);
    await assertBeside(t, example, echoOver(good), () => flood(evil, "/echo", 40));
});

// --- 18_chat -------------------------------------------------------------------------------------

async function serveChat(t) {
    const example = await Example.serve(t, "18_chat", FREES);
    const visitors = await Promise.all([1, 2].map(() => Visitor.enter(example)));
    for (const visitor of visitors) {
        visitor.socket.send("parlour");
        visitor.socket.send("I am here");
        await visitor.has("I am here");
    }
    let lines = 0;
    const round = async () => { // what one says, both hear
        const line = `line ${lines++}`;
        visitors[0].socket.send(line);
        await Promise.all(visitors.map((visitor) => visitor.has(line)));
    };
    return { example, round, evil: { address: { ...example.address, localAddress: EVIL } } };
}

test("18_chat: garbage, instead of requests and of frames", async (t) => {
    const { example, round, evil } = await serveChat(t);
    await assertBeside(t, example, round, async () => {
        await sayGarbage(evil, 20 * GARBAGE.length);
        await sayWrongFrames(evil, "/connect", 20 * WRONG.length);
    });
});

test("18_chat: heads and handshakes that never end, and visitors who never say where", async (t) => {
    const { example, round, evil } = await serveChat(t);
    await assertBeside(t, example, round, async () => {
        const crowd = [];
        await inGroups(300, 50, async (i) => {
            const raw = i % 2 ? await Raw.connect(evil) : await Raw.upgrade(evil);
            if (i % 2)
                raw.write(upgradeRequest().slice(0, i % 100));
            crowd.push(raw);
        });
        await until(() => crowd.every((raw) => raw.hasEnded), "end of their time");
    });
});

test("18_chat: a room in which everybody shouts and nobody listens", async (t) => {
    const { example, round, evil } = await serveChat(t);
    await assertBeside(t, example, round, () => flood(evil, "/connect", 60));
});

test("18_chat: who takes all rooms has all rooms, but nobody else's", async (t) => {
    const { example, round, evil } = await serveChat(t);
    await assertBeside(t, example, round, () => inGroups(200, 20, async (i) => {
        const raw = await Raw.upgrade(evil);
        raw.write(wsFrame(OPCODE.text, `room ${i}`));
        raw.write(wsFrame(OPCODE.text, "mine"));
        await until(() => raw.text.includes("mine") || raw.hasEnded, "room, or none");
        raw.close();
    }));
});
