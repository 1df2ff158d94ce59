// SPDX-License-Identifier: MIT
// Reconnect, ping and stall, on a fake socket and a fake clock.
import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";

import { Connection, backoffMs } from "../../../apps/snakepit/web/js/connection.js";

let sockets, now;

class FakeSocket {
    static OPEN = 1;
    readyState = 1;
    sent = [];
    isClosed = false;
    constructor() { sockets.push(this); }
    send(text) { this.sent.push(text); }
    close() { this.isClosed = true; }
}

beforeEach(() => {
    mock.reset();
    mock.timers.reset();
    mock.timers.enable({ apis: ["setTimeout", "setInterval"] });
    now = 1000;
    mock.method(performance, "now", () => now);
    globalThis.WebSocket = FakeSocket;
    sockets = [];
});

/** Lets time pass in the steps of the timers. */
function pass(ms) {
    for (let i = 0; i < ms; i += 50) {
        now += 50;
        mock.timers.tick(50);
    }
}

function online() {
    const refused = [];
    const connection = new Connection("ws://x/connect", { frame() {}, change() {}, refused: (t) => refused.push(t) });
    connection.open("Ada");
    sockets[0].onopen();
    connection.handshake();
    return { connection, refused, socket: sockets[0] };
}

const pings = (socket) => socket.sent.filter((text) => text.startsWith('["ping"')).map((text) => JSON.parse(text)[1]);

test("the name is said first and once, pings only after the handshake", () => {
    const { socket } = online();
    assert.equal(socket.sent[0], '["new_player","Ada"]');
    assert.equal(pings(socket).length, 1);
});

test("the round trip is smoothed, and the next ping waits its time", () => {
    const { connection, socket } = online();
    now += 40;
    connection.pong(pings(socket)[0]);
    assert.equal(connection.rtt_ms, 40);
    pass(1500);
    assert.equal(pings(socket).length, 1);
    pass(1000);
    assert.equal(pings(socket).length, 2);
    now = pings(socket)[1] + 80;
    connection.pong(pings(socket)[1]);
    assert.equal(connection.rtt_ms, 50);
});

test("an error as answer to the first ping ends the pings, silently", () => {
    const { connection, refused, socket } = online();
    connection.error("unknown command");
    assert.deepEqual(refused, []);
    pass(60000);
    assert.equal(pings(socket).length, 1);
    assert.equal(connection.isOnline, true);
    connection.error("no room");
    assert.deepEqual(refused, ["no room"]);
});

test("a server that never answers a ping is not judged by it", () => {
    const { connection } = online();
    pass(60000);
    assert.equal(connection.isOnline, true);
    assert.equal(connection.isStalled, false);
    assert.equal(connection.rtt_ms, null);
});

test("a pong that stays out: stalled, then given up and dialled again", () => {
    const { connection, socket } = online();
    connection.pong(pings(socket)[0]);
    pass(6500);
    assert.equal(connection.isStalled, true);
    assert.equal(connection.isOnline, true);
    pass(5000);
    assert.equal(socket.isClosed, true);
    assert.equal(connection.wasLost, true);
    pass(600);
    assert.equal(sockets.length, 2);
});

test("a lost connection comes back under its name", () => {
    const { connection, socket } = online();
    socket.onclose();
    assert.deepEqual([connection.isOnline, connection.wasLost], [false, true]);
    pass(600);
    sockets[1].onopen();
    assert.deepEqual(sockets[1].sent, ['["new_player","Ada"]']);
    connection.handshake();
    assert.deepEqual([connection.isOnline, connection.wasLost], [true, false]);
});

test("no handshake in time is a lost connection", () => {
    const connection = new Connection("ws://x/connect", { frame() {}, change() {}, refused() {} });
    connection.open("Ada");
    pass(8500);
    assert.equal(sockets[0].isClosed, true);
    assert.equal(connection.wasLost, true);
});

test("hurry dials at once, but never twice", () => {
    const { connection, socket } = online();
    connection.hurry();
    assert.equal(sockets.length, 1, "online: nothing to hurry");
    socket.onclose();
    connection.hurry();
    connection.hurry();
    pass(2000);
    assert.equal(sockets.length, 2);
});

test("nothing is sent while offline", () => {
    const { connection, socket } = online();
    socket.onclose();
    connection.send("37");
    assert.ok(!socket.sent.includes("37"));
});

test("the back-off doubles up to its limit, half of it by chance", () => {
    assert.deepEqual([0, 1, 2].map((n) => backoffMs(n, () => 0)), [250, 500, 1000]);
    assert.deepEqual([0, 1, 2].map((n) => backoffMs(n, () => 1)), [500, 1000, 2000]);
    assert.equal(backoffMs(1000, () => 1), 10000);
});
