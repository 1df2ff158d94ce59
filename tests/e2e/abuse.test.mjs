// SPDX-License-Identifier: MIT
// Clients that mean no good, over real sockets. Beside them one plays, which must not notice; the
// server's memory stays bounded, and nothing of them is left. (Each kind in a thousand, with the
// virtual clock and to the millisecond, is in tests/sim/test_abuse.c.)

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import net from "node:net";
import path from "node:path";
import { test } from "node:test";
import { constants, deflateRawSync } from "node:zlib";

import { Drunkard } from "./support/bot.mjs";
import { Example } from "./support/example.mjs";
import { OPCODE, Raw, upgradeRequest, wsFrame } from "./support/raw.mjs";
import { scratchFolder, startServer } from "./support/server.mjs";
import { sleep, until } from "./support/wait.mjs";

const MB = 1 << 20;
/** AddressSanitizer would hold back what was freed, and be measured instead of the server. */
const FREES = { env: { ASAN_OPTIONS: `${process.env.ASAN_OPTIONS ?? ""}:quarantine_size_mb=1` } };

/** The server, with one in it that means well. Its model fails at the first message out of order. */
async function startWatched(t, settings = {}) {
    const server = await startServer(t, { tick_hz: 20, ...settings }, FREES);
    const ada = await (await Drunkard.enter(server, "Ada")).play();
    return { server, ada, files: server.openFiles, rss: server.rss_bytes };
}

/** She has seen all there was to see, goes on seeing it, and is answered; the others have left nothing. */
async function assertUnharmed(t, { server, ada, files, rss }, growth_max) {
    const frames = ada.frames;
    await ada.until(() => ada.frames > frames + 20, "play that goes on");
    await until(() => server.openFiles <= files, "end of the others");
    const growth = server.rss_bytes - rss;
    t.diagnostic(`memory grew by ${(growth / MB).toFixed(1)} MB`);
    assert.ok(growth < growth_max, `memory grew by ${growth} bytes`);
    assert.equal(ada.error, null);
}

/** Whoever it is comes from another address than all the others do. */
const from = (server, localAddress, options = {}) => ({ address: { ...server.address, localAddress, ...options } });
const EVIL = "127.0.0.66";

/** In groups, as many as a machine's queue of connections holds at ease. */
async function inGroups(count, size, one) {
    for (let at = 0; at < count; at += size)
        await Promise.all(Array.from({ length: Math.min(size, count - at) }, (_, i) => one(at + i)));
}

test("ten thousand connect and reset, in every state", async (t) => {
    const watched = await startWatched(t, { new_player_timeout: "2s" });
    const words = ["", "GET / HT", "GET / HTTP/1.1\r\nHost: x\r\n\r\n", upgradeRequest()];
    await inGroups(10_000, 200, (i) => new Promise((resolve) => {
        const socket = net.connect(watched.server.address, () => {
            const leave = () => { socket.resetAndDestroy(); };
            words[i % 4] ? socket.write(words[i % 4], leave) : leave();
        });
        socket.on("error", () => {}).on("close", resolve);
    }));
    await assertUnharmed(t, watched, 32 * MB);
});

test("more than there are descriptors for: who is turned away takes none of the back door's", async (t) => {
    const server = await startServer(t, { admin: "127.0.0.1:0" }, { wrapper: ["/bin/sh", "-c", 'ulimit -n 256; exec "$0" "$@"'] });
    const admin = { address: { port: Number(/metrics at http:\/\/127\.0\.0\.1:(\d+)/.exec(server.stdout)[1]) } };
    const places = Number(/is enough for (\d+) connections/.exec(server.stderr)[1]);
    const inside = await Promise.all(Array.from({ length: places }, () => Raw.connect(server)));
    const refused = [];
    for (let round = 0; round < 10; round++) { // each stays for as long as it is heard out
        const more = await Promise.all(Array.from({ length: 50 }, () => Raw.connect({ address: { ...server.address, allowHalfOpen: true } })));
        refused.push(...more);
        await Promise.all(more.map((raw) => until(() => raw.hasEnded || raw.text.startsWith("HTTP/1.1 503 "), "a word")));
        assert.match(await Raw.ask(admin, "GET /healthz HTTP/1.0\r\n\r\n"), /^HTTP\/1.1 200 /);
    }
    assert.doesNotMatch(server.stderr, /can't accept/);
    [...inside, ...refused].forEach((raw) => raw.reset());
});

test("a thousand that do not read", async (t) => {
    const watched = await startWatched(t, { field: "80x60", players: 20, digit_rate: "100%", stone_rate: "10%" });
    const crowd = [];
    await inGroups(1000, 100, async () => {
        const raw = await Raw.upgrade(watched.server);
        raw.socket.pause();
        raw.send(["new_player", "Deaf"]);
        crowd.push(raw);
    });
    const frames = watched.ada.frames;
    await watched.ada.until(() => watched.ada.frames > frames + 20, "play that goes on");
    crowd.forEach((raw) => raw.reset());
    await assertUnharmed(t, watched, 96 * MB);
});

test("floods of messages, and frames without end", async (t) => {
    const watched = await startWatched(t);
    const giant = Buffer.from([0x82, 0xff, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0]);
    const burst = Buffer.concat(Array.from({ length: 500 }, () => wsFrame(OPCODE.text, "37")));
    const codes = [];
    await inGroups(200, 50, async (i) => {
        const raw = await Raw.upgrade(watched.server);
        raw.write(i % 2 ? giant : burst);
        codes[i] = await raw.closeCode();
        raw.close();
    });
    for (const [i, code] of codes.entries())
        assert.equal(code, i % 2 ? 1009 : 1008, `client ${i}`);
    await assertUnharmed(t, watched, 32 * MB);
});

test("floods of requests, a thousand in one piece", async (t) => {
    const watched = await startWatched(t, { requests_per_connection_max: 1000 });
    const burst = "GET /nowhere HTTP/1.1\r\nHost: x\r\n\r\n".repeat(1000);
    await inGroups(100, 25, async () => {
        const heard = await Raw.ask(watched.server, burst);
        assert.equal(heard.match(/^HTTP\/1\.1 404 /gm).length, 1000);
    });
    await assertUnharmed(t, watched, 32 * MB);
});

test("heads and handshakes that never end", async (t) => {
    const folder = scratchFolder(t), file = (name) => path.join(folder, name);
    execFileSync("openssl", ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
        "-subj", "/CN=x", "-keyout", file("key"), "-out", file("cert")], { stdio: "ignore" });
    const server = await startServer(t, { tick_hz: 20, tls_cert: file("cert"), tls_key: file("key"),
        listen_plain: `unix:${file("s")}`, hello_timeout: "1s", request_timeout: "1s", tls_handshakes_max: 16 }, FREES);
    const overFile = { webSocketUrl: `ws+unix:${file("s")}:/connect` };
    const ada = await (await Drunkard.enter(overFile, "Ada")).play();
    const watched = { server, ada, files: server.openFiles, rss: server.rss_bytes };
    const crowd = [];
    await inGroups(1000, 100, async (i) => {
        const raw = i % 2 ? await Raw.connect(server) : await Raw.connect({ address: { path: file("s") } });
        raw.write(i % 2 ? Buffer.from([22, 3, 1, 2, 0, 1]) : "GET / HTTP/1.1\r\nHo");
        crowd.push(raw);
    });
    await until(() => crowd.every((raw) => raw.hasEnded), "end of their time");
    await assertUnharmed(t, watched, 128 * MB);
});

/** What so many zeros are compressed to (RFC 7692, section 7.2.1). */
function bomb(bytes) {
    return deflateRawSync(Buffer.alloc(bytes), { level: 9, finishFlush: constants.Z_SYNC_FLUSH }).subarray(0, -4);
}

test("bombs: messages of kilobytes that would be gigabytes", async (t) => {
    const DEFLATE = ["Sec-WebSocket-Extensions: permessage-deflate"], BOMBERS = 40, LIMIT = 16 * MB;
    const server = await Example.serve(t, "16_echo", FREES);
    const good = await Raw.upgrade(server, DEFLATE, "/echo");
    const said = bomb(3 * LIMIT), codes = [];
    const files = server.openFiles, rss = server.rss_bytes;
    let isOver = false, rounds = 0;
    const beside = (async () => { // somebody who means well, and is answered all the time
        for (; !isOver; rounds++) {
            good.send(["round", rounds]);
            await good.until(`["round",${rounds}]`);
        }
    })();
    await inGroups(BOMBERS, 4, async (i) => {
        const raw = await Raw.upgrade(server, DEFLATE, "/echo");
        const half = said.length >> 1; // every other bomb comes in two fragments, with a ping between them
        raw.write(i % 2 ? wsFrame(OPCODE.binary, said, { isCompressed: true }) : Buffer.concat([
            wsFrame(OPCODE.binary, said.subarray(0, half), { isCompressed: true, isFinal: false }),
            wsFrame(OPCODE.ping, "tick"), wsFrame(0, said.subarray(half))]));
        codes[i] = await raw.closeCode();
        raw.close();
    });
    isOver = true;
    await beside;
    assert.deepEqual(codes, Array(BOMBERS).fill(1009));
    assert.ok(rounds > BOMBERS / 4, `${rounds} rounds`);
    await until(() => server.openFiles <= files, "end of the others");
    const growth = server.rss_bytes - rss;
    t.diagnostic(`${rounds} rounds beside; memory grew by ${(growth / MB).toFixed(1)} MB`);
    assert.ok(growth < 6 * LIMIT, `memory grew by ${growth} bytes`);
});

// --- what one address may have -------------------------------------------------------------------

/** Somebody new, from where all the others are, gets in and plays. */
async function assertOpenTo(server, name) {
    const player = await (await Drunkard.enter(server, name)).play();
    await player.leave();
}

test("an address that holds too many connections gets no more of them, and others do", async (t) => {
    const MOST = 8, CROWD = 100;
    const watched = await startWatched(t, { connections_per_address_max: MOST });
    const evil = from(watched.server, EVIL), crowd = [];
    await inGroups(CROWD, 20, async () => crowd.push(await Raw.connect(evil)));
    await until(() => crowd.filter((raw) => raw.hasEnded).length === CROWD - MOST, "end of those that are too many");
    for (const raw of crowd.filter((raw) => raw.hasEnded))
        assert.match(raw.text, /^(HTTP\/1\.1 503 |$)/); // a reset may overtake the reason
    await assertOpenTo(watched.server, "Bob");
    crowd.forEach((raw) => raw.reset());
    await until(async () => / 200 /.test(await Raw.ask(evil, "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")), "forgiveness");
    await assertUnharmed(t, watched, 32 * MB);
});

test("an address that comes too often is told so for a while, and others are not", async (t) => {
    const watched = await startWatched(t, { arrivals_per_address_max: 20 });
    const evil = from(watched.server, EVIL);
    const answers = [];
    await until(async () => { // however slowly a busy machine brings them here
        await inGroups(200, 50, async () => {
            const raw = await Raw.connect(evil);
            raw.write(upgradeRequest());
            await until(() => raw.text.includes("\r\n\r\n") || raw.hasEnded, "answer");
            answers.push(raw.text);
            raw.reset();
        });
        return answers.some((text) => text.startsWith("HTTP/1.1 429 "));
    }, "refusal");
    for (const text of answers)
        assert.match(text, /^(HTTP\/1\.1 (101|429) |$)/);
    await assertOpenTo(watched.server, "Bob");
    await until(async () => {
        await sleep(250); // who goes on knocking faster than he may is not forgiven
        const raw = await Raw.upgrade(evil).catch(() => null);
        raw?.close();
        return raw;
    }, "forgiveness");
    await assertUnharmed(t, watched, 32 * MB);
});

test("an address that says too much, in however many connections, is cut off, and others are not", async (t) => {
    const watched = await startWatched(t, { messages_per_address_max: 20, messages_per_second_max: 10_000 });
    const evil = from(watched.server, EVIL);
    const kinds = [wsFrame(OPCODE.text, "37"), wsFrame(OPCODE.ping, ""), wsFrame(OPCODE.pong, "x")];
    const codes = [];
    await inGroups(30, 10, async (i) => { // more of each than the address may say in minutes
        const raw = await Raw.upgrade(evil);
        raw.write(Buffer.concat(Array(2000).fill(kinds[i % kinds.length])));
        codes.push(await raw.closeCode());
        raw.close();
    });
    assert.deepEqual(codes, Array(30).fill(1008));
    await assertOpenTo(watched.server, "Bob");
    await assertUnharmed(t, watched, 32 * MB);
});

// --- half-open -----------------------------------------------------------------------------------

test("peers that are there no more, or only half, in every state", async (t) => {
    const watched = await startWatched(t, { ping_interval: "1s", idle_timeout: "6s", request_timeout: "1s",
        new_player_timeout: "3s" });
    const crowd = [], codes = [];
    await inGroups(300, 50, async (i) => {
        const door = from(watched.server, EVIL, { allowHalfOpen: i % 2 === 1 });
        const raw = i % 3 ? await Raw.upgrade(door) : await Raw.connect(door);
        if (i % 3 === 0)
            raw.write(["GET / HT", "", "GET / HT", "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n"][i % 4]);
        if (i % 3 === 2)
            raw.send(["new_player", "Gone"]);
        if (i % 2) // the others are as machines that have lost their power: they don't answer pings either
            raw.halfClose();
        crowd.push(raw);
    });
    await Promise.all(crowd.map(async (raw, i) => (codes[i] = await raw.closeCode())));
    assert.ok(codes.includes(4102) && codes.includes(1008), `codes: ${[...new Set(codes)]}`);
    crowd.forEach((raw) => raw.close());
    await assertUnharmed(t, watched, 64 * MB);
});
