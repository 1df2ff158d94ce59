// SPDX-License-Identifier: MIT
// The arena, with the JavaScript SDK against the real server.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";

import WebSocket from "ws";

import { Client } from "../../clients/js/src/index.js";
import { Raw } from "./support/raw.mjs";
import { Program, scratchFolder, Server } from "./support/server.mjs";
import { until } from "./support/wait.mjs";

const SIDE = 64, WAY = { left: 0, up: 1, right: 2, down: 3 };

const CALM = { arena_tick_hz: 2, arena_seed: 1 }; // a seed that begins far from the walls

/** A small and quick arena, without bots unless a test wants some. */
async function serve(t, settings = {}) {
    const server = new Server(t, { arena_size: SIDE, arena_tick_hz: 60, arena_bots: 0, ...settings });
    await server.ready();
    return server;
}

class Player {
    deaths = [];
    news = [];
    watching = [];

    static async enter(t, url, { name = "Ada", type = "arena", options = {} } = {}) {
        const player = new Player();
        player.room = await new Client(url, { name, WebSocket }).joinOrCreate(type, options);
        player.room.onEvent("died", (death) => player.deaths.push(death));
        player.room.onMessage("news", (news) => player.news.push(news));
        player.room.onMessage("watching", ({ player: id }) => player.watching.push(id));
        player.room.view(128, 96);
        t.after(() => player.room.leave());
        return player;
    }

    get state() { return this.room.state; }
    get id() { return this.room.player; }
    get snakes() { return [...this.state.of("snake")].map(({ fields }) => fields); }
    get snake() { return this.snakes.find(({ player }) => player === this.id); }
    get playback() { return [...this.state.of("playback")][0]?.fields; }

    play(name) { return this.room.request("play", name ? { name } : {}); }
    steer(way, boost = false) { this.room.sendInput([way | (boost ? 4 : 0)]); }

    /** Plays, and again each time that its snake has died: one that nobody steers lives for a second or three. */
    livesOn(name) {
        this.room.onEvent("died", () => this.play(name).catch(() => {}));
        return this.play(name);
    }
}

test("join, play, and turn", async (t) => {
    const { url } = await serve(t, CALM), ada = await Player.enter(t, url);
    const birth = await ada.play();
    assert.ok(birth.x >= 0 && birth.x < SIDE && birth.y >= 0 && birth.y < SIDE && birth.tick > 0);
    await assert.rejects(ada.play(), { code: "alive" });
    await until(() => ada.snake, "snake");
    assert.equal(ada.snake.name, "Ada");
    const turned = ada.snake.way % 2 ? WAY.left : WAY.up;
    ada.steer(turned);
    await until(() => ada.snake?.way === turned, "turn");
});

test("die at the wall, play again", async (t) => {
    const { url } = await serve(t), ada = await Player.enter(t, url);
    await ada.play();
    await until(() => ada.deaths.length > 0, "death");
    const [death] = ada.deaths;
    assert.equal(death.why, "wall");
    assert.equal(death.by, 0);
    assert.equal(death.by_name, "");
    assert.ok(death.length >= 1 && death.ticks > 0 && death.rank === 1);
    await until(() => !ada.snake, "end of the snake");
    assert.ok([...ada.state.of("food")].length > 0);
    await ada.livesOn("Eve");
    await until(() => ada.snake?.name === "Eve", "second snake");
});

test("who watches is told whom, and gets the news", async (t) => {
    const { url } = await serve(t, { arena_tick_hz: 20 });
    const ada = await Player.enter(t, url), bob = await Player.enter(t, url, { name: "Bob" });
    await ada.livesOn();
    bob.room.send("watch", { player: ada.id });
    await until(() => bob.watching.at(-1) === ada.id, "watching");
    await until(() => bob.snakes.some(({ player }) => player === ada.id), "sight of the watched");
    await until(() => bob.news.some(({ living, watching }) => living === 1 && watching === 1), "news of both");
    const { map, feed } = bob.news.at(-1);
    assert.match(map, /^[0-9]{1024}$/);
    assert.ok(Array.isArray(feed));
});

test("what is wrong is refused, and does no harm", async (t) => {
    const { url } = await serve(t), ada = await Player.enter(t, url);
    await assert.rejects(ada.play("0123456789abcdef"), { code: "bad_name" });
    await assert.rejects(ada.room.request("dance"), { code: "unknown" });
    ada.room.sendInput([255]);
    ada.room.sendInput([1, 2, 3]);
    ada.room.send("watch", "nobody");
    ada.room.send("watch", { player: -1 });
    await ada.play();
    await until(() => ada.snake, "snake");
});

test("who says nothing is sent away, when the operator said", async (t) => {
    const server = await serve(t, { new_player_timeout: "200ms", hello_timeout: "1h" });
    const mute = await Raw.upgrade(server, ["Sec-WebSocket-Protocol: ouro.v1"], "/ouro/connect");
    assert.equal(await mute.closeCode(), 1008);
});

test("those who look after the server see how the arena is doing", async (t) => {
    const server = await serve(t, { admin: "127.0.0.1:0", arena_bots: 5 }), ada = await Player.enter(t, server.url);
    await until(() => ada.snakes.length > 3, "bots");
    const [, admin] = /health and metrics at (http:\S+)/.exec(server.stdout);
    const metrics = await (await fetch(new URL("/metrics", admin))).text();
    assert.match(metrics, /^snakepit_arena_living [1-9]/m);
    assert.match(metrics, /^snakepit_arena_bots [1-9]/m);
    assert.match(metrics, /^snakepit_arena_players 1$/m);
    assert.match(metrics, /^snakepit_arena_replays 0$/m);
    assert.match(metrics, /^ouro_play_sessions 1$/m);
    assert.match(metrics, /^ouro_lobby_seats 1$/m);
    assert.match(metrics, /^ouro_state_snapshots_total [1-9]/m);
    assert.match(metrics, /^ouro_state_rates_lowered_total 0$/m);
});

test("classic and the arena are played beside each other, and the page finds the client", async (t) => {
    const { url } = await serve(t);
    const script = await fetch(new URL("/sdk/index.js", url));
    assert.equal(script.status, 200);
    assert.match(script.headers.get("content-type"), /javascript/);
    assert.equal((await fetch(new URL("/", url))).status, 200);
    assert.equal((await fetch(new URL("/ouro/nothing", url))).status, 404);
});

test("what was recorded verifies, and is seen again, at any tick", async (t) => {
    const folder = scratchFolder(t), settings = { arena_record: folder, arena_tick_hz: 20, arena_bots: 12 };
    const server = await serve(t, settings), ada = await Player.enter(t, server.url);
    await ada.play();
    await until(() => ada.news.length > 1, "some seconds of play");
    const { files } = await ada.room.request("recordings");
    assert.equal(files.length, 1);
    assert.match(files[0].name, /^arena-[0-9]{8}-[0-9]{6}\.tape$/);
    await server.stop();
    const verified = new Program(t, ["replay", path.join(folder, files[0].name), "--verify"]);
    const { code } = await verified.end();
    assert.equal(code, 0, verified.stdout + verified.stderr);
    assert.match(verified.stdout, /verified:/);

    const again = await serve(t, settings), { name } = files[0];
    const eve = await Player.enter(t, again.url, { type: "arena-replay", options: { file: name } });
    await until(() => eve.playback?.last > 40, "playback");
    await until(() => eve.snakes.length > 0, "snakes of the past");
    await eve.room.request("control", { speed: 0 });
    await eve.room.request("control", { seek: 30 });
    await until(() => eve.playback.tick === 30, "tick 30");
    await eve.room.request("control", { seek: 7 });
    await until(() => eve.playback.tick === 7, "tick 7, which is back");
    await eve.room.request("control", { speed: 800 });
    await until(() => eve.playback.tick === eve.playback.last, "its end");
    await assert.rejects(eve.room.request("control", { speed: 7 }), { code: "bad_control" });
});

test("a replay of what is none is refused", async (t) => {
    const { url } = await serve(t, { arena_record: scratchFolder(t) });
    for (const file of ["../secret.tape", "/etc/passwd", "x"])
        await assert.rejects(Player.enter(t, url, { type: "arena-replay", options: { file } }), { code: "not_found" });
    await assert.rejects(Player.enter(t, url, { type: "arena-replay", options: { live: true } }), { code: "not_found" });
});

test("what is live is seen some time later", async (t) => {
    const { url } = await serve(t, { arena_delay: "1s", arena_tick_hz: 20, arena_bots: 5 });
    const ada = await Player.enter(t, url);
    await until(() => ada.snakes.length > 3, "bots");
    const eve = await Player.enter(t, url, { type: "arena-replay", options: { live: true } });
    await until(() => eve.playback?.tick > 0 && eve.snakes.length > 0, "what was");
    const { tick } = eve.playback;
    await until(() => eve.playback.tick > tick + 20, "that it goes on");
});

test("bots think in processes of their own, and one that is killed is replaced", async (t) => {
    const server = await serve(t, { arena_bots: 10, arena_bot_processes: 1, arena_tick_hz: 20 });
    const ada = await Player.enter(t, server.url);
    await until(() => ada.snakes.length >= 9, "bots");
    const ways = () => ada.snakes.map(({ way, player }) => `${player} ${way}`).join();
    const before = ways();
    await until(() => ways() !== before, "that some turn");
    const children = () => readFileSync(`/proc/${server.pid}/task/${server.pid}/children`, "utf8").split(" ").filter(Boolean);
    const [worker] = children();
    process.kill(Number(worker), "SIGKILL");
    await until(() => children().length === 1 && children()[0] !== worker, "another worker");
    const later = ways();
    await until(() => ways() !== later, "that some turn again");
});
