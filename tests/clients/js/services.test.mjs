// SPDX-License-Identifier: MIT
import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";

import { Client } from "../../../clients/js/src/index.js";
import { FakeServer, PLACE, settle } from "./support/fake_server.mjs";

let server, room;

beforeEach(async () => {
    mock.reset();
    mock.timers.reset();
    server = new FakeServer();
    const joining = new Client("https://play.example", { WebSocket: server.WebSocket, fetch: server.fetch }).join("lobby");
    await settle();
    await server.welcome();
    room = await joining;
    await server.pass(50);
});

/** Answers the newest request; returns what it was. */
function answer(data) {
    const { id, name, data: asked } = server.socket.last("request");
    server.socket.say({ type: "response", id, data });
    return JSON.parse(JSON.stringify([name, asked]));
}

const event = (n, name, data) => server.socket.say({ type: "event", n, name, data });
const travel = (n) => server.socket.say({ ...PLACE, type: "travel", n, room: "r2", token: "T2" });

test("chat", async () => {
    const sent = room.chat.send("hello");
    assert.deepEqual(answer({ id: 7, at_ms: 1 }), ["chat.send", { to: "room", text: "hello" }]);
    assert.equal((await sent).id, 7);
    room.chat.send("psst", { user: "g_2" });
    assert.deepEqual(answer({}), ["chat.send", { to: "user", user: "g_2", text: "psst" }]);
    const history = room.chat.history("global", { limit: 10 });
    assert.deepEqual(answer({ messages: [{ id: 1 }] }), ["chat.history", { to: "global", limit: 10 }]);
    assert.deepEqual(await history, [{ id: 1 }]);
    room.chat.block("g_2");
    assert.deepEqual(answer({}), ["chat.block", { user: "g_2" }]);
    room.chat.unblock("g_2");
    assert.deepEqual(answer({}), ["chat.unblock", { user: "g_2" }]);
    const blocked = room.chat.blocked();
    assert.deepEqual(answer({ users: ["g_3"] }), ["chat.blocked", null]);
    assert.deepEqual(await blocked, ["g_3"]);
    const heard = [];
    room.chat.onMessage(({ text }) => heard.push(text));
    server.socket.say({ type: "message", name: "chat.message", data: { id: 8, text: "hello" } });
    assert.deepEqual(heard, ["hello"]);
});

test("presence, which is watched again on a new connection", async () => {
    room.presence.set("thinking");
    assert.deepEqual(answer({}), ["presence.set", { status: "thinking" }]);
    const got = room.presence.get(["g_2"]);
    assert.deepEqual(answer({ users: [{ user: "g_2", online: false }] }), ["presence.get", { users: ["g_2"] }]);
    assert.deepEqual(await got, [{ user: "g_2", online: false }]);
    const watched = room.presence.watch(["g_3"]), changes = [];
    assert.deepEqual(answer({ users: [] }), ["presence.watch", { users: ["g_3"] }]);
    assert.deepEqual(await watched, []);
    room.presence.onChange(({ user }) => changes.push(user));
    server.socket.say({ type: "message", name: "presence.changed", data: { user: "g_3" } });
    assert.deepEqual(changes, ["g_3"]);
    server.socket.end(1006);
    await settle();
    await server.welcome();
    assert.deepEqual(answer({ users: [{ user: "g_3", online: false }] }), ["presence.watch", { users: ["g_3"] }]);
    await settle();
    assert.deepEqual(changes, ["g_3", "g_3"], "what happened meanwhile");
    travel(1);
    await settle();
    await server.welcome({ room: "r2" });
    assert.deepEqual(answer({ users: [] }), ["presence.watch", { users: ["g_3"] }]);
});

test("a match: the ticket's promise is kept when the room has travelled there", async () => {
    const finding = room.matchmaker.find({ type: "duel", query: "region=eu" });
    assert.deepEqual(answer({ ticket: "t1" }), ["match.ticket", { type: "duel", query: "region=eu" }]);
    const ticket = await finding, kept = [];
    ticket.matched.then(({ team }) => kept.push(room.id, team));
    event(1, "match.matched", { ticket: "t1", team: 1 });
    travel(2);
    await settle();
    assert.deepEqual(kept, []);
    await server.welcome({ room: "r2" });
    assert.deepEqual(kept, ["r2", 1]);
});

test("a ticket ends with the seat that asked for it", async () => {
    const finding = room.matchmaker.find({ type: "duel" });
    answer({ ticket: "t1" });
    const { matched } = await finding;
    event(1, "match.matched", { ticket: "another" });
    travel(2);
    await settle();
    await server.welcome({ room: "r2" });
    await assert.rejects(Promise.race([matched, settle()]), { code: "cancelled" });
});

test("a match that is made in the moment of the answer", async () => {
    const finding = room.matchmaker.find({ type: "duel" });
    answer({ ticket: "t1" });
    event(1, "match.matched", { ticket: "t1" });
    travel(2);
    await settle();
    await server.welcome({ room: "r2" });
    await (await finding).matched;
});

test("a match whose seat is gone when one is back", async () => {
    const finding = room.matchmaker.find({ type: "duel" });
    answer({ ticket: "t1" });
    const { matched } = await finding;
    event(1, "match.matched", { ticket: "t1", team: 0 });
    travel(2);
    await settle();
    server.socket.open();
    server.socket.end(4003);
    await server.pass(500);
    server.socket.open();
    server.socket.end(4003);
    await assert.rejects(Promise.race([matched, server.pass(100)]), { code: "travel" });
    assert.equal(room.isConnected, true);
});

test("a match that is not to be", async () => {
    const find = async (id) => {
        const finding = room.matchmaker.find({ type: "duel" });
        answer({ ticket: id });
        return finding;
    };
    const finding = room.matchmaker.find({ type: "duel", wait_ms: 5000 });
    assert.deepEqual(answer({ ticket: "t1" }), ["match.ticket", { type: "duel", wait_ms: 5000 }]);
    const late = await finding;
    event(1, "match.ended", { ticket: "t1", why: "timeout" });
    await assert.rejects(late.matched, { code: "timeout" });
    const cancelled = await find("t2"), cancelling = cancelled.cancel();
    assert.deepEqual(answer({}), ["match.cancel", { ticket: "t2" }]);
    await cancelling;
    await assert.rejects(Promise.race([cancelled.matched, settle()]), { code: "cancelled" });
    const left = await find("t3");
    server.socket.end(4001);
    await assert.rejects(left.matched, { code: 4001 });
});

test("a party: each member's own ticket, which ends when another one goes", async () => {
    const party = { name: "ours", size: 2 }, finding = room.matchmaker.find({ type: "duel", party });
    assert.deepEqual(answer({ ticket: "t1" }), ["match.ticket", { type: "duel", party }]);
    event(1, "match.ended", { ticket: "t1", why: "party" });
    await assert.rejects((await finding).matched, { code: "party" });
});

test("leaderboards", () => {
    room.leaderboards.top("weekly", { limit: 3 });
    assert.deepEqual(answer([]), ["board.top", { board: "weekly", limit: 3 }]);
    room.leaderboards.around("weekly");
    assert.deepEqual(answer([]), ["board.around", { board: "weekly" }]);
});
