// SPDX-License-Identifier: MIT
// The whole way of a client through ouro.v1, with real sockets: examples/19_rooms.c.

import assert from "node:assert/strict";
import { once } from "node:events";
import { test } from "node:test";

import WebSocket from "ws";

import { Example } from "./support/example.mjs";
import { until, within } from "./support/wait.mjs";

async function post(example, target, body = {}, headers = {}) {
    const answer = await fetch(example.url + target, {
        method: "POST", body: JSON.stringify(body), headers: { "content-type": "application/json", ...headers },
    });
    return { status: answer.status, ...(await answer.json()) };
}

/** A connection of ouro.v1. */
class Session {
    heard = [];
    seen = 0;

    constructor(example) {
        this.socket = new WebSocket(example.url.replace("http", "ws") + "/ouro/connect", "ouro.v1");
        this.socket.on("message", (data) => this.#hear(JSON.parse(data)));
        this.socket.on("error", () => {});
        this.closed = once(this.socket, "close").then(([code]) => code);
    }

    #hear(message) {
        this.heard.push(message);
        if (message.n) {
            assert.ok(message.n > this.seen, `event ${message.n} after ${this.seen}`);
            this.seen = message.n;
        }
    }

    static async open(example, hello, seen = 0) {
        const session = new Session(example);
        session.seen = seen;
        await within(once(session.socket, "open"), "connection");
        assert.equal(session.socket.protocol, "ouro.v1");
        session.send({ type: "hello", ...hello });
        return session;
    }

    /** Joins over HTTP and takes the seat. */
    static async join(example, type = "echo", body = {}) {
        const place = await post(example, `/ouro/rooms/${type}/join`, body);
        assert.equal(place.status, 200);
        const session = await Session.open(example, { token: place.token });
        session.place = place;
        session.welcome = await session.hears((message) => message.type === "welcome");
        return session;
    }

    send(message) { this.socket.send(typeof message === "string" ? message : JSON.stringify(message)); }
    /** The first message that is so; takes it out. */
    hears(is) {
        const place = () => this.heard.findIndex(is);
        return until(() => place() >= 0, `a message such as ${is}`).then(() => this.heard.splice(place(), 1)[0]);
    }
    event(name, data) {
        return this.hears((it) => it.type === "event" && it.name === name && (data === undefined || it.data === data));
    }
    async request(id, name, data) {
        this.send({ type: "request", id, name, data });
        return this.hears((it) => it.type === "response" && it.id === id);
    }
    code() { return within(this.closed, "close"); }
}

test("a guest joins, talks, asks and leaves", async (t) => {
    const example = await Example.serve(t, "19_rooms");
    const guest = await post(example, "/ouro/guest", { name: " Ada " });
    assert.equal(guest.name, "Ada");
    const bearer = { authorization: `Bearer ${guest.token}` };
    const again = await post(example, "/ouro/guest", {}, bearer);
    assert.deepEqual([again.user, again.name], [guest.user, "Ada"]);

    const place = await post(example, "/ouro/rooms/echo/join", { options: { map: "forest" } }, bearer);
    assert.equal(place.url, "/ouro/connect");
    const session = await Session.open(example, { token: place.token });
    const welcome = await session.hears((it) => it.type === "welcome");
    assert.equal(welcome.user, guest.user);
    assert.equal(welcome.name, "Ada");
    assert.equal(welcome.room, place.room);
    assert.equal(welcome.session, place.session);
    assert.deepEqual([welcome.protocol, welcome.room_type, welcome.resumed, welcome.tick_ms], [1, "echo", false, 1000]);
    await session.event("entered", 1);

    session.send({ type: "message", name: "echo", data: { deep: [1, "ä"] } });
    assert.deepEqual((await session.hears((it) => it.name === "echo")).data, { deep: [1, "ä"] });
    assert.equal((await session.request(5, "add", [2, 3])).data, 5);
    assert.equal((await session.request(6, "no such")).error.code, "unknown");
    session.send({ type: "ping", t0: 1234.5 });
    const pong = await session.hears((it) => it.type === "pong");
    assert.equal(pong.t0, 1234.5);
    assert.ok(pong.t1 <= pong.t2);
    session.socket.send(Buffer.from([0x01, 0x81, 0x01, 0x05, 9, 9, 9]));
    assert.deepEqual((await session.hears((it) => it.name === "input")).data, [129, 5, 3]);
    await session.event("tick");

    const { rooms } = await (await fetch(example.url + "/ouro/rooms/echo?map=forest")).json();
    assert.deepEqual(rooms, [{ room: place.room, type: "echo", seats: 1, seats_max: 4, metadata: { map: "forest" } }]);
    assert.deepEqual((await (await fetch(example.url + "/ouro/rooms/echo?map=cave")).json()).rooms, []);

    session.send({ type: "leave" });
    assert.equal(await session.code(), 4000);
});

test("who loses the connection comes back, and misses nothing", async (t) => {
    const example = await Example.serve(t, "19_rooms");
    const a = await Session.join(example), b = await Session.join(example);
    assert.equal(a.place.room, b.place.room);
    await a.event("entered", 2);
    a.socket.terminate();
    await b.event("dropped", 1);
    for (let i = 0; i < 20; i++)
        b.send({ type: "message", name: "say", data: i });
    await b.event("said", 19);
    const back = await Session.open(example, { reconnect: a.welcome.reconnect, seen: a.seen }, a.seen);
    const welcome = await back.hears((it) => it.type === "welcome");
    assert.equal(welcome.resumed, true);
    assert.equal(welcome.seen, a.seen);
    assert.notEqual(welcome.reconnect, a.welcome.reconnect);
    await back.event("said", 19);
    assert.deepEqual(back.heard.filter((it) => it.name === "said").map((it) => it.data), [...Array(19).keys()]);
    await b.event("returned", 1);

    // The former token has had its time as soon as the client speaks, whatever that is.
    back.send({ type: "ping", t0: 1 });
    await back.hears((it) => it.type === "pong");
    const late = await Session.open(example, { reconnect: a.welcome.reconnect, seen: 0 });
    assert.equal(await late.code(), 4003);
});

test("the same seat by two connections: the newer has it", async (t) => {
    const example = await Example.serve(t, "19_rooms");
    const a = await Session.join(example);
    const b = await Session.open(example, { reconnect: a.welcome.reconnect, seen: a.seen }, a.seen);
    await b.hears((it) => it.type === "welcome");
    assert.equal(await a.code(), 4103);
    assert.equal((await b.request(1, "add", [1, 1])).data, 2);
});

test("a player is sent to another room and follows", async (t) => {
    const example = await Example.serve(t, "19_rooms");
    const a = await Session.join(example);
    a.send({ type: "message", name: "travel" });
    const travel = await a.hears((it) => it.type === "travel");
    assert.equal(travel.room_type, "cave");
    const there = await Session.open(example, { token: travel.token });
    const welcome = await there.hears((it) => it.type === "welcome");
    assert.deepEqual([welcome.room_type, welcome.user], ["cave", a.welcome.user]);
    assert.equal(await a.code(), 4000);
});

test("joining directly, private rooms, and what is refused", async (t) => {
    const example = await Example.serve(t, "19_rooms");
    const host = await Session.open(example, { join: { room_type: "echo", how: "create", private: true }, name: "Host" });
    const welcome = await host.hears((it) => it.type === "welcome");
    assert.match(welcome.code, /^[A-HJKMNP-Z2-9]{6}$/);
    assert.equal(welcome.name, "Host");
    const friend = await post(example, `/ouro/room/${welcome.code.toLowerCase()}/join`);
    assert.equal(friend.room, welcome.room);
    assert.deepEqual((await (await fetch(example.url + "/ouro/rooms/echo")).json()).rooms, []);
    assert.equal((await post(example, "/ouro/room/AAAAAA/join")).code, "not_found");
    assert.equal((await post(example, "/ouro/rooms/echo/join", { how: "maybe" })).status, 400);
    assert.equal((await post(example, "/ouro/rooms/echo/join", { how: 5 })).status, 400);
    assert.equal((await post(example, "/ouro/rooms/echo/join", {}, { authorization: "Bearer x.y.z" })).status, 401);
    assert.equal((await post(example, "/ouro/guest", { name: "\u0007" })).status, 400);

    const wrong = await Session.open(example, { token: "x".repeat(33) });
    assert.equal(await wrong.code(), 4003);
    const none = new Session(example);
    await once(none.socket, "open");
    none.send({ type: "ping" });
    assert.equal(await none.code(), 1008);
});

test("bad messages, fast ones, and a room that fails", async (t) => {
    const example = await Example.serve(t, "19_rooms");
    const a = await Session.join(example);
    a.send({ type: "no such" });
    assert.equal((await a.hears((it) => it.type === "error")).code, "unknown_type");
    a.send('{"type":"message","name":"x","data":' + "[".repeat(40) + "]".repeat(40) + "}");
    assert.equal((await a.hears((it) => it.type === "error")).code, "bad_json");
    a.send({ type: "message", name: "chat.message" });
    assert.equal((await a.hears((it) => it.type === "error")).code, "bad_name");
    for (let i = 0; i < 13; i++)
        a.send("{");
    assert.equal(await a.code(), 1008);

    const b = await Session.join(example);
    for (let i = 0; i < 300; i++)
        b.send({ type: "message", name: "echo" });
    assert.equal(await b.code(), 1008);

    const c = await Session.join(example, "cave");
    c.send({ type: "request", id: 1, name: "fail" });
    assert.equal((await c.hears((it) => it.type === "bye")).code, 4002);
    assert.equal(await c.code(), 4002);
});

test("chat and presence", async (t) => {
    const example = await Example.serve(t, "19_rooms");
    const a = await Session.join(example), b = await Session.join(example, "lobby");
    assert.deepEqual((await a.request(1, "presence.watch", { users: [b.welcome.user] })).data.users,
        [{ user: b.welcome.user, online: true, status: "", room_types: ["lobby"] }]);
    await b.request(1, "presence.set", { status: "waiting" });
    assert.equal((await a.hears((it) => it.name === "presence.changed")).data.status, "waiting");

    const sent = await b.request(2, "chat.send", { to: "global", text: "hello" });
    const { data } = await a.hears((it) => it.name === "chat.message");
    assert.deepEqual([data.id, data.text, data.from.user], [sent.data.id, "hello", b.welcome.user]);
    await a.request(2, "chat.block", { user: b.welcome.user });
    assert.equal((await b.request(3, "chat.send", { to: "user", user: a.welcome.user, text: "you" })).error.code, "blocked");
    assert.deepEqual((await a.request(3, "chat.history", { to: "global" })).data.messages, []);
    assert.equal((await b.request(4, "chat.history", { to: "global" })).data.messages.length, 1);
    const answers = await Promise.all([...Array(8)].map((_, i) => b.request(10 + i, "chat.send", { to: "room", text: "x" })));
    assert.ok(answers.some((it) => it.error?.code === "too_fast"));
    b.socket.terminate();
    assert.equal((await a.hears((it) => it.name === "presence.changed")).data.online, false);
});

test("when the server goes down, everybody is told", async (t) => {
    const example = await Example.serve(t, "19_rooms");
    const a = await Session.join(example);
    example.signal("SIGTERM");
    assert.equal(await a.code(), 4001);
    assert.deepEqual(await example.end(), { code: 0, signal: null }, example.stderr);
});
