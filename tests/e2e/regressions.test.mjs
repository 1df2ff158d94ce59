// SPDX-License-Identifier: MIT
// What went wrong in the game of 2016, each fault by its number, on real sockets. Where time or chance
// decides, tests/snakepit has the same on the virtual clock.

import assert from "node:assert/strict";
import path from "node:path";
import { test } from "node:test";

import { Bot, Drunkard } from "./support/bot.mjs";
import { Client, KEY, Player, sameFrames } from "./support/player.mjs";
import { OPCODE, Raw, wsFrame } from "./support/raw.mjs";
import { scratchFolder, startServer } from "./support/server.mjs";
import { sleep, until } from "./support/wait.mjs";

/** A game that goes on for as long as a test needs: much room, no stones, and time to turn aside. */
const CALM = { field: "60x40", stone_rate: "0%", tick_hz: 5 };

/** Somebody whose game must not suffer from what others do; a mischance of its own is no matter. */
const playOn = async (server) => (await Bot.enter(server, "Ada", { playsAgain: true })).play();

/** Ticks go on for that player: it hears of so many more. */
function ticksGoOn(player, ticks = 5) {
    const before = player.frames;
    return player.until(() => player.frames >= before + ticks, `${ticks} more ticks`);
}

// --- 1: bad messages, resets ---------------------------------------------------------------------

const BAD_TEXTS = ["{bad", "", "null", "true", "3.5", '"join"', "{}", "[]", "[[]]", "[null]", "[1]", '["join", 1]', '["nonsense"]',
    '["new_player"]', '["new_player", "Eve", 1]', '["new_player", 7]', '["new_player", ["Eve"]]', '["ping"]', '["ping", "x"]', '["JOIN"]',
    "1e400", '["join"] x', "[".repeat(4000), "9".repeat(400), '["\\u0000"]', '["new_player", "\\ud800"]'];

test("1: a bad message is answered with an error, and the game goes on", async (t) => {
    const server = await startServer(t, { ...CALM, bad_messages_max: 1000 });
    const ada = await playOn(server);
    const eve = await Client.open(server);
    for (const text of BAD_TEXTS)
        await eve.next("error", () => eve.sendText(text));
    eve.send(["new_player", "Eve"]);
    await eve.next("handshake");
    for (const text of BAD_TEXTS)
        await eve.next("error", () => eve.sendText(text));
    await eve.next("error", () => eve.socket.send(Buffer.from("[1]"), { binary: true }));
    eve.join();
    await eve.until(() => eve.model.players.has(eve.model.me.id), "snake of the one with the bad messages");
    await ticksGoOn(ada);
    await ada.until(() => ada.isAlive, "snake that lives");
});

test("1: after a few bad messages the connection is closed with 1008", async (t) => {
    const server = await startServer(t, { bad_messages_max: 3 });
    for (const eve of [await Client.open(server), await Player.enter(server, "Eve")]) {
        for (const text of ["{bad", "[]", "[7]"])
            eve.sendText(text);
        assert.equal((await eve.end()).code, 1008);
        assert.equal(eve.errors.length, 3);
    }
    await (await Player.enter(server, "Ada")).play();
});

test("1: text that is not UTF-8 closes with 1007, what is too large with 1009", async (t) => {
    const server = await startServer(t, { ...CALM, message_bytes_max: 128 });
    const ada = await playOn(server);
    const misfits = [
        [wsFrame(OPCODE.text, Buffer.from([0x22, 0xff, 0x22])), 1007],
        [wsFrame(OPCODE.text, Buffer.concat([Buffer.from('["new_player","'), Buffer.from([0xed, 0xa0, 0x80]), Buffer.from('"]')])), 1007],
        [wsFrame(OPCODE.text, `["new_player", "${"x".repeat(128)}"]`), 1009],
        [Buffer.concat([wsFrame(OPCODE.text, "x".repeat(100), { isFinal: false }), wsFrame(0, "x".repeat(100))]), 1009],
        [wsFrame(3, ""), 1002],
        [Buffer.from([0x81, 0x01, 0x31]), 1002], // not masked
    ];
    for (const [bytes, code] of misfits) {
        const eve = await Raw.upgrade(server);
        eve.write(bytes);
        assert.equal(await eve.closeCode(), code);
    }
    await ticksGoOn(ada);
});

test("1: a connection that is reset in any state leaves nothing behind", async (t) => {
    const server = await startServer(t, CALM);
    const ada = await playOn(server);
    const filesWithAda = server.openFiles;
    const states = {
        "before a word": async () => (await Raw.connect(server)).reset(),
        "in the middle of the request": async () => {
            const raw = await Raw.connect(server);
            raw.write("GET /connect HTTP/1.1\r\nHost:");
            raw.reset();
        },
        "before its name": async () => (await Raw.upgrade(server)).reset(),
        "in the middle of a frame": async () => {
            const raw = await Raw.upgrade(server);
            raw.write(wsFrame(OPCODE.text, '["new_player","Eve"]').subarray(0, 9));
            await sleep(20); // so that the part arrives before the reset; either order must do
            raw.reset();
        },
        "right after its name": async () => {
            const raw = await Raw.upgrade(server);
            raw.send(["new_player", "Eve"]);
            raw.reset();
        },
        "watching": async () => (await Player.enter(server, "Eve")).reset(),
        "before its snake is born": async () => {
            const eve = await Player.enter(server, "Eve");
            eve.join();
            eve.reset();
        },
        "alive": async () => (await (await Player.enter(server, "Eve")).play()).reset(),
    };
    for (const [state, reset] of Object.entries(states)) {
        await reset();
        await ticksGoOn(ada, 3);
        await ada.until(() => ada.isAlive, `snake that lives after a reset ${state}`);
    }
    await ada.until(() => ada.model.players.size === 1, "death of all who were reset");
    await until(() => server.openFiles === filesWithAda, "end of their connections");
    await (await Bot.enter(server, "Bob")).play();
});

test("1: a connection cut in the middle of a frame, between two that play", async (t) => {
    const server = await startServer(t, CALM);
    const [ada, bob] = [await playOn(server), await Bot.enter(server, "Bob")];
    await bob.play();
    bob.socket._socket.write(wsFrame(OPCODE.text, "[1234567890]").subarray(0, 8));
    bob.reset();
    await ada.until(() => ada.model.players.size === 1, "death of Bob");
    await ticksGoOn(ada);
});

// --- 2: many joins at once -----------------------------------------------------------------------

/** When the next so many ticks come, in milliseconds after each was due by the first of them; fewer if the snake dies. */
async function measureDelays(bot, hz, ticks) {
    const delays_ms = [];
    let frames, began;
    await ticksGoOn(bot, 1);
    await bot.until(() => {
        if (bot.frames !== frames) {
            frames = bot.frames;
            began ??= performance.now();
            delays_ms.push(performance.now() - began - delays_ms.length * 1000 / hz);
        }
        return delays_ms.length === ticks || !bot.isAlive;
    }, `${ticks} ticks`, 3 * ticks * 1000 / hz);
    return delays_ms;
}

/**
 * The ticks that this client hears of have that rate, neither more nor fewer. On a busy machine they are
 * heard of too late, but never too early: it is the least delay of the first ten and of the last ten
 * that may not differ. Measured again when the machine had no time for us.
 */
async function assertRate(bot, hz, ticks = 30) {
    const drifts_ms = [];
    while (drifts_ms.length < 5) {
        if (!bot.isAlive)
            await bot.play();
        const delays_ms = await measureDelays(bot, hz, ticks);
        const drift_ms = Math.min(...delays_ms.slice(-10)) - Math.min(...delays_ms.slice(0, 10));
        if (delays_ms.length === ticks && Math.abs(drift_ms) < 250 / hz)
            return;
        drifts_ms.push(drift_ms);
    }
    assert.fail(`in ${ticks} ticks at ${hz} Hz, they drift by ${drifts_ms.map(Math.round)} ms`);
}

test("2: fifty joins in one instant begin one round, with one rhythm", async (t) => {
    const server = await startServer(t, { field: "100x100", players: 51, tick_hz: 10, stone_rate: "0%", digit_rate: "0%" });
    const players = await Promise.all(Array.from({ length: 50 }, (_, i) => Player.enter(server, `P${i}`)));
    const ada = await Bot.enter(server, "Ada");
    players.forEach((player) => player.join());
    await Promise.all(players.map((player) => player.until(() => player.all("p_joined").length >= 50, "fifty snakes")));
    for (const player of players)
        assert.deepEqual([player.all("reset_world").length, player.all("p_joined").length, player.errors], [1, 50, []]);
    ada.isSteering = false; // finds itself by its colour when the others are gone
    await ada.play();
    await Promise.all(players.map((player) => player.leave()));
    await ada.until(() => ada.model.players.size <= 1, "end of the fifty");
    ada.isSteering = true;
    await assertRate(ada, 10);
});

// --- 3: a client that leaves ---------------------------------------------------------------------

test("3: however clients leave, the ticks of the others keep their rate", async (t) => {
    const server = await startServer(t, { ...CALM, tick_hz: 10 });
    const ada = await playOn(server);
    let number = 0;
    const comeAndGo = async () => {
        const eve = await Player.enter(server, "Eve");
        if (number % 2)
            await eve.play();
        number++ % 3 ? eve.reset() : await eve.leave();
    };
    let isOver = false;
    const crowd = Promise.all(Array.from({ length: 4 }, async () => {
        while (!isOver)
            await comeAndGo();
    }));
    await assertRate(ada, 10);
    isOver = true;
    await crowd;
    assert.ok(number >= 4);
    await ada.until(() => ada.isAlive, "snake that lives");
});

// --- 4: clients that do not read -----------------------------------------------------------------

/**
 * A pit with much to tell. Over a UNIX socket, because the system holds 200 KB for a client that
 * does not read there, and megabytes with TCP, which it would take us a minute to fill.
 */
function startLoudServer(t) {
    const settings = { listen: `unix:${path.join(scratchFolder(t), "s")}`, tick_hz: 60, field: "100x60", length: 25, players: 20,
        digit_rate: "100%", stone_rate: "5%" };
    // AddressSanitizer would hold back what was freed, and be measured instead of the server.
    return startServer(t, settings, { env: { ASAN_OPTIONS: `${process.env.ASAN_OPTIONS ?? ""}:quarantine_size_mb=1` } });
}

async function startCrowd(server, size) {
    const crowd = await Promise.all(Array.from({ length: size }, (_, i) => Drunkard.enter(server, `P${i}`)));
    crowd.forEach((player) => player.join());
    return crowd;
}

async function enterWithoutReading(server, name) {
    const player = await Player.enter(server, name);
    player.socket.pause();
    return player;
}

const MB = 1 << 20;
const NEWS = MB / 2; // more than the system and the server hold for a client

/** From its second picture on, the client sees frame by frame what one saw that missed nothing. */
async function assertCatchesUp(slow, watcher, told) {
    let seen = []; // since the last picture
    slow.listener = (text) => {
        seen = text.includes('["world"') ? [] : [...seen, { text, after: slow.model.state }];
    };
    slow.socket.resume();
    await slow.until(() => slow.all("world").length > 1 && seen.length > 20, "second picture, and frames after it");
    const frames = seen;
    const same = await watcher.until(() => sameFrames(frames, told), "the same frames");
    for (const [i, { after }] of frames.entries())
        assert.ok(after === same[i].after, `the picture after frame ${i}`);
}

test("4: who reads nothing costs little memory and is sent away; who reads again in time sees all as it is", async (t) => {
    const server = await startLoudServer(t);
    const crowd = await startCrowd(server, 12);
    const told = []; // to a client that missed nothing: { text, after }
    const watcher = await Player.enter(server, "Wanda", { keepsLog: false });
    watcher.listener = (text) => told.push({ text, after: watcher.model.state });
    const news = (bytes, from = watcher.bytes) => watcher.until(() => watcher.bytes - from > bytes, "news");
    await news(NEWS / 4); // the server's buffers have become as large as they get
    const [rss, files] = [server.rss_bytes, server.openFiles];

    const deaf = await Promise.all(Array.from({ length: 20 }, (_, i) => enterWithoutReading(server, `D${i}`)));
    const slow = await enterWithoutReading(server, "Slow");
    await news(NEWS);
    const growth = server.rss_bytes - rss;
    t.diagnostic(`memory grew by ${(growth / MB).toFixed(1)} MB`);
    assert.ok(growth < 16 * MB, `memory grew by ${growth} bytes`);

    await assertCatchesUp(slow, watcher, told);
    await slow.leave();
    await until(() => server.openFiles === files, "end of the twenty");
    deaf.forEach((player) => player.socket.resume());
    await Promise.all(deaf.map((player) => player.end()));
    [watcher, ...crowd].forEach((player) => assert.equal(player.error, null));
});

// --- 5: the loop begins again --------------------------------------------------------------------

test("5: a round that has ended begins again with the next join", async (t) => {
    const server = await startServer(t, { field: "20x15", tick_hz: 60 });
    const [ada, bob] = [await Player.enter(server, "Ada"), await Player.enter(server, "Bob")];
    for (let round = 1; round <= 5; round++) {
        const player = round % 2 ? ada : bob;
        player.join();
        await player.until(() => player.all("reset_world").length === round, "new round");
        await ada.until(() => ada.all("p_gameover").length === round, "end of the round");
        assert.ok(ada.model.picture.some((row) => row.includes(">>> GAME OVER <<<")));
    }
});

// --- 6, 7: the rules, through the wire -----------------------------------------------------------

/** Where that head is after each of its moves. */
function headTrack(player) {
    const track = [player.head];
    player.listener = () => player.head && track.push(player.head);
    return track;
}

/** A snake with so many free cells in front of it: none that dies before we can steer it. */
async function playWithRoom(player, cells) {
    for (;;) {
        await player.play();
        const [x, y] = player.head;
        const [dx, dy] = [[1, 0], [-1, 0], [0, 1], [0, -1]].find(([dx, dy]) => player.model.at(x - dx, y - dy) === "@");
        if (player.model.at(x + cells * dx, y + cells * dy) === " ")
            return player;
        await player.die();
    }
}

const turnsBack = { 37: KEY.right, 38: KEY.down, 39: KEY.left, 40: KEY.up };
const SIDE = 40;

/** Turns aside and back in one breath; did it go aside? False: the server has heard of that too late, when it had come to a wall. */
async function goesAside(ada) {
    const track = headTrack(await playWithRoom(ada, 6));
    await ada.until(() => track.length >= 2, "first move");
    const [[x0, y0], [x1, y1]] = track, isAcross = x1 !== x0;
    const way = x1 > x0 ? KEY.right : x1 < x0 ? KEY.left : y1 > y0 ? KEY.down : KEY.up;
    const aside = isAcross ? (y1 < SIDE / 2 ? KEY.down : KEY.up) : (x1 < SIDE / 2 ? KEY.right : KEY.left);
    ada.socket._socket.cork(); // in one piece, which no tick comes between
    ada.key(aside);
    ada.key(turnsBack[way]); // opposite to the last move, however the snake was turned since: refused
    ada.socket._socket.uncork();
    const wentAside = () => isAcross ? track.at(-1)[1] !== y1 : track.at(-1)[0] !== x1;
    await ada.until(() => wentAside() || !ada.isAlive, "turn");
    const [x, y] = track.at(-1), { [aside]: isRight } = { [KEY.left]: x < x1, [KEY.up]: y < y1, [KEY.right]: x > x1, [KEY.down]: y > y1 };
    assert.ok(isRight || [x, y].some((place) => place === 0 || place === SIDE - 1), `at ${x},${y}, after ${x1},${y1}`);
    return isRight;
}

test("6: two turns within one tick can't turn a snake into its own neck", async (t) => {
    const server = await startServer(t, { field: `${SIDE}x${SIDE}`, tick_hz: 2, stone_rate: "0%", digit_rate: "0%" });
    const ada = await Player.enter(server, "Ada");
    await until(() => goesAside(ada), "turn that comes in time");
});

test("7: a field without room for a newborn answers its join with an error", async (t) => {
    const server = await startServer(t, { field: "20x12", length: 4, players: 100, tick_hz: 2, digit_rate: "0%", stone_rate: "0%" });
    const players = await Promise.all(Array.from({ length: 100 }, (_, i) => Player.enter(server, `P${i}`)));
    players.forEach((player) => player.join());
    await Promise.all(players.map((player) => player.until(() => player.all("p_joined").some(([, id]) => id === player.id) ||
        player.errors.length > 0, "snake or an error")));
    const refused = players.filter((player) => player.errors.length > 0);
    assert.ok(refused.length > 0 && refused.length < 100);
    refused.forEach((player) => assert.match(player.errors[0], /no room/));
});

// --- 8: names ------------------------------------------------------------------------------------

const GOOD_NAMES = {
    "A": "A",
    "  Ada \t": "Ada",
    "\u3000\u00a0Ada\u2003": "Ada",
    "Ada  Lovelace": "Ada  Lovelace",
    "123456789012345": "123456789012345",
    "   123456789012345   ": "123456789012345",
    "\u{1f40d}\u{1f40d}\u{1f40d}\u{1f40d}\u{1f40d}\u{1f40d}\u{1f40d}\u{1f40d}\u{1f40d}\u{1f40d}\u{1f40d}\u{1f40d}\u{1f40d}\u{1f40d}\u{1f40d}":
        "\u{1f40d}".repeat(15),
    "\u0635\u062f\u064a\u0642": "\u0635\u062f\u064a\u0642",
    "e\u0301": "e\u0301",
    "<b>Eve</b>": "<b>Eve</b>",
    "&lt;\"'`\\/": "&lt;\"'`\\/",
    "</script>": "</script>",
    "__proto__": "__proto__",
    "null": "null",
};
const BAD_NAMES = ["", " ", "\t\u00a0\u3000", "1234567890123456", "\u{1f40d}".repeat(16), "e\u0301".repeat(8), "a\u0000b", "a\nb", "a\u007fb",
    "a\u0085b", "a\u200bb", "\u202egnp.exe", "a\u2066b", "a\u200fb", "\ufeffAda", "a\u2028b", "a\u{e0041}b", 7, null, true, {}, ["Ada"]];

test("8: names that are good come through as they are, trimmed", async (t) => {
    const server = await startServer(t, { ...CALM, field: "100x60", players: 50, tick_hz: 60 });
    const watcher = await Player.enter(server, "Wanda");
    for (const [name, shown] of Object.entries(GOOD_NAMES)) {
        const player = await Player.enter(server, name);
        assert.equal(player.model.me.name, shown);
        player.join();
        await watcher.until(() => watcher.all("p_joined").at(-1)?.[2] === shown, `snake of ${shown}`);
        await player.leave();
    }
});

test("8: names that are not are refused, and another may be tried", async (t) => {
    const server = await startServer(t, { bad_messages_max: 1000 });
    const eve = await Client.open(server);
    for (const name of BAD_NAMES)
        await eve.next("error", () => eve.send(["new_player", name]));
    assert.equal(eve.errors.length, BAD_NAMES.length);
    eve.send(["new_player", "Eve"]);
    assert.deepEqual((await eve.next("handshake")).slice(0, 2), ["handshake", "Eve"]);
});

// --- 9: limits -----------------------------------------------------------------------------------

test("9: who sends too much is sent away, and a burst within bounds is not", async (t) => {
    const server = await startServer(t, { ...CALM, messages_per_second_max: 10 });
    const ada = await (await Player.enter(server, "Ada")).play();
    for (let i = 0; i < 15; i++)
        ada.key(KEY.up);
    const eve = await Player.enter(server, "Eve");
    for (let i = 0; i < 200; i++)
        eve.key(KEY.up);
    assert.deepEqual(await eve.end(), { code: 1008, reason: "too many messages" });
    assert.equal(ada.socket.readyState, ada.socket.OPEN);
});

test("9: pings are counted as messages, and a few of them do no harm", async (t) => {
    const server = await startServer(t, { ...CALM, messages_per_second_max: 10 });
    const ada = await (await Player.enter(server, "Ada")).play();
    for (let i = 0; i < 10; i++)
        ada.socket.ping();
    const eve = await Player.enter(server, "Eve");
    for (let i = 0; i < 200; i++)
        eve.socket.ping();
    assert.deepEqual(await eve.end(), { code: 1008, reason: "too many messages" });
    assert.equal(ada.socket.readyState, ada.socket.OPEN);
});

test("9: pages of any origin may connect by default, of the listed ones if there is a list", async (t) => {
    const accepts = async (server, origin) => {
        const raw = await Raw.connect(server);
        raw.write(`GET /connect HTTP/1.1\r\nHost: snake.example\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n` +
            `Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n${origin ? `Origin: ${origin}\r\n` : ""}\r\n`);
        await raw.until("\r\n\r\n");
        raw.close();
        return Number(raw.text.split(" ")[1]);
    };
    const ask = async (origins, ...asked) => {
        const server = await startServer(t, origins ? { origins } : {});
        return Promise.all(asked.map((origin) => accepts(server, origin)));
    };
    assert.deepEqual(await ask(null, "https://anywhere.example", "null", null), [101, 101, 101]);
    assert.deepEqual(await ask("https://a.example,http://b.example:3000", "https://a.example", "http://b.example:3000", "http://a.example",
        "https://a.example.evil", "http://b.example", "null", "http://snake.example"), [101, 101, 403, 403, 403, 403, 403]);
    assert.deepEqual(await ask("own", "http://snake.example", "http://other.example"), [101, 403]);
});

test("9: a client that is silent is asked, and is taken for gone when it does not answer", async (t) => {
    const server = await startServer(t, { ping_interval: "100ms", idle_timeout: "3s" });
    const mute = await Player.enter(server, "Mute", { autoPong: false });
    assert.equal((await mute.end()).code, 4102);
    await until(async () => { // again, if the machine stood still for so long that she could not answer
        const ada = await Player.enter(server, "Ada"), isOpen = () => ada.socket.readyState === ada.socket.OPEN;
        const at_ms = [performance.now()]; // pings
        ada.socket.on("ping", () => at_ms.push(performance.now()));
        await until(() => at_ms.length > 30 || !isOpen(), "thirty pings"); // longer than the timeout
        const silences_ms = at_ms.slice(1).map((ms, i) => ms - at_ms[i]);
        assert.ok(isOpen() || Math.max(...silences_ms, performance.now() - at_ms.at(-1)) > 1000, "who answers is there");
        return isOpen();
    }, "time for thirty answers");
});

test("9: nobody is taken for gone who has not been asked", async (t) => {
    const server = await startServer(t, { ping_interval: "900ms", idle_timeout: "901ms" });
    const ada = await Player.enter(server, "Ada");
    let pings = 0;
    ada.socket.on("ping", () => pings++);
    await until(() => pings >= 3 || ada.socket.readyState !== ada.socket.OPEN, "three pings");
    assert.equal(ada.socket.readyState, ada.socket.OPEN);
});

test("9: who never says its name is sent away", async (t) => {
    const server = await startServer(t, { new_player_timeout: "200ms", ping_interval: "100ms" });
    assert.equal((await (await Client.open(server)).end()).code, 1008);
});

test("9: as many connections as there may be, and one more", async (t) => {
    const server = await startServer(t, { connections_per_address_max: 3 });
    const players = await Promise.all(["Ada", "Bob", "Cid"].map((name) => Player.enter(server, name)));
    assert.match(await Raw.ask(server, "GET / HTTP/1.1\r\nHost: x\r\n\r\n"), /^HTTP\/1\.1 503 /);
    await players[0].leave();
    await until(async () => Player.enter(server, "Dan").catch(() => null), "place for the next");
});

// --- 10: scores survive --------------------------------------------------------------------------

/** Pits where nearly every step is worth points. */
const RICH = { field: "20x12", tick_hz: 60, digit_rate: "100%", stone_rate: "30%" };

/**
 * Scores are written by a thread, one or two milliseconds after they are shown; what is asked for
 * here leaves it much more time, and of the server's own: a busy machine may have it stand still.
 */
const WRITTEN_TICKS = 15;
const KILLS = process.env.OURO_TEST_FULL ? 40 : 7;

test("10: a score that was shown is there after a kill -9 at any moment", async (t) => {
    const data = path.join(scratchFolder(t), "data");
    const kept = new Map(); // name -> the least that must be there
    for (let round = 0; round < KILLS; round++) {
        const server = await startServer(t, { ...RICH, data });
        const shown = []; // [in which tick, scores]
        let ticks = 0;
        const listener = (_, messages) => {
            ticks += messages.some(([command]) => command === "render");
            messages.filter(([command]) => command === "top_scores").forEach(([, rows]) => shown.push([ticks, rows]));
        };
        const names = [0, 1, 2].map((i) => `P${(3 * round + i) % 10}`);
        const bots = await Promise.all(names.map((name, i) => Bot.enter(server, name, { playsAgain: true, listener: i ? null : listener })));
        for (const [name, score] of kept)
            assert.ok(bots[0].model.scores.some(([who, best]) => who === name && best >= score), `${name} with ${score}`);
        bots.forEach((bot) => bot.join());
        await bots[0].until(() => bots[0].all("p_gameover").length > 0, "first death");
        const end = ticks + WRITTEN_TICKS + round % 7;
        await bots[0].until(() => ticks >= end, "ticks after it");
        await server.kill();
        assert.equal(server.stderr.includes("scores.db"), false, server.stderr);
        for (const [when, rows] of shown.filter(([when]) => when <= ticks - WRITTEN_TICKS))
            rows.forEach(([name, score]) => kept.set(name, score));
    }
    assert.ok(kept.size > 0, "somebody scored");
});

// --- 11: a thousand spectators -------------------------------------------------------------------

const hasReceived = (raw, end) => raw.received.subarray(-Buffer.byteLength(end)).equals(Buffer.from(end));

/** A thousand who watch from the first moment, and are no burden for us meanwhile: they read in the end. */
async function seatSpectators(server) {
    const crowd = [];
    while (crowd.length < 1000)
        crowd.push(...await Promise.all(Array.from({ length: 50 }, () => Raw.upgrade(server))));
    crowd.forEach((raw) => raw.send(["new_player", "Spectator"]));
    await until(() => crowd.every((raw) => hasReceived(raw, '["top_scores",[]]]')), "thousand pictures");
    for (const raw of crowd) {
        raw.received = Buffer.alloc(0);
        raw.socket.pause();
    }
    return crowd;
}

test("11: before a thousand spectators the ticks keep their rate, and all see the same bytes", async (t) => {
    const server = await startServer(t, { field: "60x40", stone_rate: "0%", ping_interval: "10m", idle_timeout: "1h",
        connections_per_address_max: 2000 });
    const crowd = await seatSpectators(server);
    const watcher = await Player.enter(server, "Wanda");
    let last; // frame
    watcher.listener = (text) => (last = text);
    const ada = await (await Bot.enter(server, "Ada")).play();
    await assertRate(ada, 2.3);
    await ada.leave();
    await watcher.until(() => watcher.model.picture[20].includes("GAME OVER"), "end of the round");
    crowd.forEach((raw) => raw.socket.resume());
    await until(() => crowd.every((raw) => hasReceived(raw, last)), "end of the round, for all");
    for (const raw of crowd)
        assert.ok(raw.received.equals(crowd[0].received));
    crowd.forEach((raw) => raw.close());
});
