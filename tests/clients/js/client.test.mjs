// SPDX-License-Identifier: MIT
// Who am I, a seat please, what rooms are there.
import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";

import { Client, OuroError, Room } from "../../../clients/js/src/index.js";
import { FakeServer, PLACE, settle } from "./support/fake_server.mjs";

let server, client;

beforeEach(() => {
    mock.reset();
    mock.timers.reset();
    server = new FakeServer();
    client = new Client("https://play.example", { name: "Ada", WebSocket: server.WebSocket, fetch: server.fetch });
});

const fails = (promise, code, text) => assert.rejects(promise, (error) =>
    error instanceof OuroError && error.code === code && (text === undefined || text.test(error.message)));

test("a seat is asked for over HTTP, and taken over a WebSocket", async () => {
    const joining = client.joinOrCreate("duel", { map: "forest" }, { filter: { level: { min: 2 } }, private: true });
    await settle();
    assert.deepEqual(server.asked, [{ method: "POST", url: "https://play.example/ouro/rooms/duel/join",
        headers: { "Content-Type": "application/json" },
        body: { how: "join_or_create", options: { map: "forest" }, filter: { level: { min: 2 } }, private: true, name: "Ada" } }]);
    assert.deepEqual([server.socket.url, server.socket.protocol], ["wss://play.example/ouro/connect", "ouro.v1"]);
    await server.welcome();
    assert.deepEqual(server.socket.said[0], { type: "hello", token: "T1" });
    const room = await joining;
    assert.ok(room instanceof Room);
    assert.deepEqual([room.id, room.type, room.user, room.name, room.player, room.tick_ms, room.isConnected],
        ["r1", "duel", "g_1", "Ada", 1, 50, true]);
});

test("the other ways to ask", async () => {
    client.token = "G";
    server.answers = Array(3).fill({ status: 404, json: { code: "not_found", error: "there is no such room" } });
    await fails(client.join("a/b"), "not_found", /no such room/);
    await fails(client.create("duel"), "not_found");
    await fails(client.joinById("ABC234", { side: "left" }), "not_found");
    assert.deepEqual(server.asked.map(({ url, body }) => [new URL(url).pathname, body]), [
        ["/ouro/rooms/a%2Fb/join", { how: "join" }],
        ["/ouro/rooms/duel/join", { how: "create" }],
        ["/ouro/room/ABC234/join", { options: { side: "left" } }]]);
    assert.equal(server.asked[0].headers.Authorization, "Bearer G");
});

test("a guest gets a token, and keeps it", async () => {
    server.answers = [{ status: 200, json: { token: "G1", user: "g_1", name: "Ada", expires_ms: 1 } }, { status: 200, json: { token: "G2" } }];
    assert.equal((await client.guest()).user, "g_1");
    await client.guest("Bob");
    assert.equal(client.token, "G2");
    assert.deepEqual(server.asked.map(({ body, headers }) => [body.name, headers.Authorization]), [["Ada", undefined], ["Bob", "Bearer G1"]]);
});

test("what answers but is no server of Ouro is given up at once", async () => {
    for (const answer of [{ status: 200 }, { status: 200, json: {} }, { status: 200, json: null }, { status: 200, json: { token: "T", url: "/" } },
        { status: 202, json: {} }, { status: 202, json: { queue: { position: 1 } } }]) {
        server.answers = [answer];
        await fails(client.joinOrCreate("duel"), "bad_answer", /no server of Ouro/);
    }
    assert.equal(server.sockets.length, 0);
});

test("rooms are listed by a filter", async () => {
    server.answers = [{ status: 200, json: { rooms: [{ room: "r1" }] } }];
    const rooms = await client.rooms("duel", { map: "dark forest", level: { min: 2, max: 5 }, size: { max: 3 }, free: true, owner: null }, { limit: 5 });
    assert.deepEqual(rooms, [{ room: "r1" }]);
    assert.equal(server.asked[0].url, "https://play.example/ouro/rooms/duel?map=dark+forest&level=2..5&size=..3&free=true&owner=null&limit=5");
    assert.equal(server.asked[0].method, "GET");
});

test("a text that looks like something else is listed as a text", async () => {
    for (const [text, param] of [["2024", '"2024"'], ["1..2", '"1..2"'], ["true", '"true"'], ["", '""'], ['"', '"\\""'], ["truth", "truth"], ["élan", "élan"]]) {
        server.answers = [{ status: 200, json: { rooms: [] } }];
        await client.rooms("duel", { map: text });
        assert.equal(new URL(server.asked.at(-1).url).searchParams.get("map"), param);
    }
});

test("who has to wait asks again, with its place in the queue", async () => {
    const queue = (position) => ({ status: 202, json: { queue: { position, retry_ms: 500, token: `Q${position}` } } });
    const positions = [];
    server.answers = [queue(2), queue(1)];
    client.joinOrCreate("duel", {}, { onQueue: (position) => positions.push(position) });
    await settle();
    await server.pass(450);
    assert.equal(server.asked.length, 1);
    await server.pass(50);
    await server.pass(500);
    assert.deepEqual(server.asked.map(({ body }) => body.queue), [undefined, "Q2", "Q1"]);
    assert.deepEqual(positions, [2, 1]);
    assert.equal(server.sockets.length, 1);
});

test("waiting can be given up", async () => {
    const giveUp = new AbortController();
    server.answers = [{ status: 202, json: { queue: { position: 9, retry_ms: 500, token: "Q" } } }];
    const joining = fails(client.join("duel", {}, { signal: giveUp.signal }), "aborted");
    await settle();
    giveUp.abort();
    await joining;
    await fails(client.join("duel", {}, { signal: giveUp.signal }), "aborted");
    assert.equal(server.sockets.length, 0);
});

test("a call that is given up while its answer comes was given up", async () => {
    const giveUp = new AbortController(), { fetch } = server;
    server.fetch = async (...args) => {
        const answer = await fetch(...args);
        giveUp.abort();
        return { ...answer, json: async () => giveUp.signal.throwIfAborted() };
    };
    client = new Client("https://play.example", { WebSocket: server.WebSocket, fetch: server.fetch });
    await fails(client.rooms("duel", {}, { signal: giveUp.signal }), "aborted");
});

test("a join that is given up while it connects leaves no connection, and no seat", async () => {
    const giveUp = new AbortController();
    const joining = fails(client.join("duel", {}, { signal: giveUp.signal }), "aborted");
    await settle();
    giveUp.abort();
    await server.welcome();
    await joining;
    assert.deepEqual(server.socket.last("leave"), { type: "leave" });
    assert.notEqual(server.socket.closedWith, null);
});

test("what fails has a code, whoever says so", async () => {
    server.answers = [{ status: 0 }, { status: 502 }, { status: 503, json: { code: "full", error: "it is full" } }];
    await fails(client.join("duel"), "unreachable", /no network/);
    await fails(client.join("duel"), "http_502", /Some Status/);
    await fails(client.join("duel"), "full", /it is full/);
});

test("a token that is not good is no seat", async () => {
    const joining = fails(client.join("duel"), 4003, /not good/);
    await settle();
    server.socket.open();
    server.socket.say({ type: "bye", code: 4003, text: "the token is not good" });
    server.socket.end(4003, "the tok");
    await joining;
    assert.equal(server.sockets.length, 1);
});

test("when the connection breaks before the welcome, both ways into the seat are tried", async () => {
    const joining = client.join("duel");
    await settle();
    server.socket.open();
    server.socket.end(1006);
    await server.pass(500);
    server.socket.open();
    assert.deepEqual(server.socket.said, [{ type: "hello", reconnect: "T1", seen: 0 }]);
    server.socket.end(4003);
    await server.pass(1000);
    assert.equal(server.sockets.length, 3);
    await server.welcome();
    assert.deepEqual(server.socket.said[0], { type: "hello", token: "T1" });
    assert.equal((await joining).isConnected, true);
});

test("when both are refused, that is the end", async () => {
    const joining = fails(client.join("duel"), 4003);
    await settle();
    server.socket.end(1006);
    for (let i = 0; i < 2; i++) {
        await server.pass(1000);
        server.socket.open();
        server.socket.end(4003);
    }
    await joining;
});

test("no welcome in time is a broken connection, and a reservation is not waited for longer than it lasts", async () => {
    const joining = fails(client.join("duel"), 1006);
    await settle();
    await server.pass(10_000);
    assert.notEqual(server.socket.closedWith, null);
    await server.pass(500);
    assert.equal(server.sockets.length, 2);
    await server.pass(20_000);
    await joining;
});

test("a server that is elsewhere, or has another path", async () => {
    server.answers = [{ status: 200, json: { ...PLACE, url: "wss://node7.example/ouro/connect" } }, { status: 200, json: { ...PLACE, url: "/games/connect" } }];
    client.join("duel");
    await settle();
    assert.equal(server.socket.url, "wss://node7.example/ouro/connect");
    client = new Client("ws://127.0.0.1:8080/games/", { WebSocket: server.WebSocket, fetch: server.fetch });
    client.join("duel");
    await settle();
    assert.equal(server.asked[1].url, "http://127.0.0.1:8080/games/rooms/duel/join");
    assert.equal(server.socket.url, "ws://127.0.0.1:8080/games/connect");
});

test("a page that is loaded again has its seat again", async () => {
    const joining = client.join("duel");
    await settle();
    await server.welcome({ seen: 7 });
    const token = (await joining).reconnectToken;
    const coming = client.reconnect(token);
    await settle();
    assert.equal(server.socket.url, "wss://play.example/ouro/connect");
    await server.welcome({ seen: 7, resumed: true });
    assert.deepEqual(server.socket.said[0], { type: "hello", reconnect: "R1", seen: 7 });
    assert.equal((await coming).id, "r1");
    const late = fails(client.reconnect(token), 4003);
    await settle();
    server.socket.end(4003);
    await late;
});

test("a client needs a WebSocket", () => {
    assert.throws(() => new Client("http://x", { WebSocket: null }), { code: "no_websocket" });
});
