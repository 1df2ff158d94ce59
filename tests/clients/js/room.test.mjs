// SPDX-License-Identifier: MIT
// A seat over many connections: what is said and heard, drops, events that come twice, travel, the end.
import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";

import { Client, OuroError } from "../../../clients/js/src/index.js";
import { FakeServer, PLACE, settle } from "./support/fake_server.mjs";
import { vectors } from "./support/vectors.mjs";
import { DELTA, FRESH, KEYFRAME, enter, snapshot, u8, update } from "./support/writer.mjs";

const SCHEMA = { hash: "00000000000000aa", types: [{ name: "leaf", fields: [{ name: "size", type: "uint", bits: 8 }] }] };
const leaf = (tick, size, head = {}) => snapshot({ flags: FRESH, tick, step: 0, ...head },
    { kind: KEYFRAME, channel: 1, records: [enter(1, 1, 0, u8(size))] });

let server, room, told;

beforeEach(async () => {
    mock.reset();
    mock.timers.reset();
    server = new FakeServer();
    room = await join();
});

async function join(welcome = {}) {
    const client = new Client("https://play.example", { WebSocket: server.WebSocket, fetch: server.fetch });
    const joining = client.join("duel");
    await settle();
    await server.welcome(welcome);
    const joined = await joining;
    await server.pass(50);
    told = [];
    joined.onDrop((...args) => told.push(["drop", ...args]));
    joined.onReconnect(() => told.push(["reconnect"]));
    joined.onTravel((from) => told.push(["travel", from, joined.id]));
    joined.onLeave((...args) => told.push(["leave", ...args]));
    joined.onError(({ code }) => told.push(["error", code]));
    joined.onMessage(null, (data, name) => told.push([name, data]));
    return joined;
}

const event = (n, name = "won") => ({ type: "event", n, name, data: n });
const news = () => told.splice(0);
const fails = (promise, code) => assert.rejects(promise, (error) => error instanceof OuroError && error.code === code);

// --- saying and hearing

test("messages go out and come in", () => {
    assert.equal(room.send("shoot", { x: 3 }), true);
    room.send("jump");
    assert.deepEqual(server.socket.said.slice(-2), [{ type: "message", name: "shoot", data: { x: 3 } }, { type: "message", name: "jump", data: null }]);
    const hits = [], stop = room.onMessage("hit", (data) => hits.push(data));
    server.socket.say({ type: "message", name: "hit", data: 5 });
    stop();
    server.socket.say({ type: "message", name: "hit", data: 6 });
    assert.deepEqual([hits, news()], [[5], [["hit", 5], ["hit", 6]]]);
});

test("events are heard as messages, too, and alone", () => {
    const events = [];
    room.onEvent("won", (data) => events.push(data));
    room.onEvent(null, (data, name) => events.push(name));
    server.socket.say(event(3));
    server.socket.say({ type: "message", name: "won", data: 0 });
    assert.deepEqual([events, news()], [[3, "won"], [["won", 3], ["won", 0]]]);
});

test("what comes in the moment of the welcome waits until somebody can listen", async () => {
    const client = new Client("https://play.example", { WebSocket: server.WebSocket, fetch: server.fetch });
    const joining = client.join("duel");
    await settle();
    server.welcome({ schema: SCHEMA });
    server.socket.say(event(1));
    server.socket.sayBytes(leaf(9, 4));
    const other = await joining, heard = [];
    other.onEvent("won", (data) => heard.push(data));
    other.onStateChange(({ tick }) => heard.push(tick));
    assert.deepEqual(heard, []);
    await server.pass(50);
    assert.deepEqual(heard, [1, 9]);
});

test("what one listener throws is reported, and is not the others' trouble", (t) => {
    const reported = [];
    globalThis.reportError = (error) => reported.push(error.message); // as browsers have it
    t.after(() => delete globalThis.reportError);
    room.onMessage("hit", () => { throw new Error("mine"); });
    const hits = [];
    room.onMessage("hit", (data) => hits.push(data));
    server.socket.say({ type: "message", name: "hit", data: 5 });
    assert.deepEqual([hits, reported], [[5], ["mine"]]);
});

test("a request has one answer", async () => {
    const first = room.request("buy", { what: "hat" }), second = room.request("buy");
    const [a, b] = server.socket.said.slice(-2);
    assert.deepEqual([a.name, a.data, a.id !== b.id], ["buy", { what: "hat" }, true]);
    server.socket.say({ type: "response", id: b.id, error: { code: "too_poor", text: "it costs 5" } });
    server.socket.say({ type: "response", id: a.id, data: 17 });
    server.socket.say({ type: "response", id: a.id, data: 18 });
    assert.equal(await first, 17);
    await assert.rejects(second, { code: "too_poor", message: "it costs 5" });
});

test("a request is not waited for for ever", async () => {
    const asked = fails(room.request("buy", null, { timeout_ms: 1000 }), "timeout");
    await server.pass(1000);
    await asked;
});

test("inputs are binary, and numbered", async () => {
    room = await join({ schema: SCHEMA });
    server.socket.sayBytes(leaf(300, 1, { input: 6 }));
    assert.equal(room.sendInput([1, 2]), 7, "above what the room knows of");
    assert.equal(room.sendInput(Uint8Array.of()), 8);
    assert.deepEqual(server.socket.said.slice(-2), [Uint8Array.of(1, 7, 0xac, 2, 1, 2), Uint8Array.of(1, 8, 0xac, 2)]);
});

for (const { sequence, tick, payload, message } of vectors("inputs").cases) {
    test(`an input as the server reads it: ${sequence} at ${tick}, ${payload.length / 2} bytes`, async () => {
        room = await join({ schema: SCHEMA });
        server.socket.sayBytes(snapshot({ flags: FRESH, tick, step: 0, input: sequence - 1 }));
        room.sendInput(Buffer.from(payload, "hex"));
        assert.equal(Buffer.from(server.socket.said.at(-1)).toString("hex"), message);
    });
}

test("a page that makes more inputs than a server takes is held back, and the newest goes out", async () => {
    const sent = () => server.socket.said.filter((said) => said instanceof Uint8Array);
    for (let i = 0; i < 200; i++)
        room.sendInput([i]);
    assert.equal(sent().length, 50, "a second's worth at once");
    await server.pass(50);
    assert.deepEqual([sent().length, sent().at(-1).at(-1)], [51, 199], "of those beyond, the last");
    for (let i = 0; i < 20 * 20; i++) { // 20 s at 20 per 50 ms
        for (let j = 0; j < 20; j++)
            room.sendInput([7]);
        await server.pass(50);
    }
    assert.ok(sent().length <= 51 + 20 * 50, `${sent().length}`);
    room.sendInput([8]);
    server.socket.end(1006);
    const before = server.sockets.length;
    await server.pass(500);
    await server.welcome();
    assert.ok(server.sockets.length > before);
    await server.pass(500);
    assert.deepEqual(sent(), [], "what was for the other connection is too late");
});

test("the clock is the server's", async () => {
    server.now += 20;
    server.pong();
    assert.ok(Math.abs(room.clock.serverNow() - (500_000 + server.now)) < 40);
    assert.equal(room.clock.roundTrip, 70);
});

test("errors and rates are told; what is not known is ignored", () => {
    const rates = [];
    room.onRate((hz) => rates.push(hz));
    server.socket.say({ type: "rate", hz: 10 });
    server.socket.say({ type: "error", code: "unknown_type", text: "?" });
    for (const message of [{ type: "of a later version" }, { type: "constructor" }, { type: "__proto__" }, null, 5, {}])
        server.socket.say(message);
    server.socket.sayBytes(Uint8Array.of(200, 1, 2));
    assert.deepEqual([rates, news(), room.isConnected], [[10], [["error", "unknown_type"]], true]);
});

// --- pings

test("pings say what has been seen", async () => {
    assert.equal(server.socket.said[1].type, "ping", "one at once: the token before is good for nothing then");
    server.socket.say(event(5));
    await server.pass(2000);
    assert.equal(server.socket.last("ping").seen, 5);
});

test("who has got many events says so before", () => {
    for (let n = 1; n <= 40; n++)
        server.socket.say(event(n));
    assert.deepEqual(server.socket.last("seen"), { type: "seen", n: 32 });
});

test("a connection that nothing comes from is lost", async () => {
    await server.pass(4000);
    server.pong();
    await server.pass(9000);
    assert.equal(room.isConnected, true);
    await server.pass(3000);
    assert.deepEqual(news(), [["drop", 1006, "nothing was heard any more"]]);
    assert.equal(server.sockets.length, 2);
});

test("timers that run late are no silence", async () => {
    server.now += 60_000;
    await server.pass(2000);
    server.pong();
    server.now += 60_000;
    await server.pass(2000);
    server.pong();
    assert.deepEqual([news(), room.isConnected], [[], true]);
});

// --- coming back

test("who is dropped comes back at once, and hears what was missed, once", async () => {
    server.socket.say(event(1));
    server.socket.say(event(2));
    server.socket.end(1006);
    await settle();
    assert.deepEqual([room.isConnected, room.send("late")], [false, false]);
    await server.welcome({ resumed: true, seen: 2, player: 1 });
    assert.deepEqual(server.socket.said[0], { type: "hello", reconnect: "R1", seen: 2 });
    for (const n of [2, 3, 4])
        server.socket.say(event(n));
    assert.deepEqual(news(), [["won", 1], ["won", 2], ["drop", 1006, ""], ["reconnect"], ["won", 3], ["won", 4]]);
    assert.equal(room.isConnected, true);
});

test("the newest token counts, of a welcome that came", async () => {
    server.socket.end(1006);
    await settle();
    await server.welcome();
    server.socket.end(1006);
    await server.pass(500);
    server.socket.open();
    assert.equal(server.socket.said[0].reconnect, "R2");
    server.socket.end(1006);
    await server.pass(1000);
    server.socket.open();
    assert.equal(server.socket.said[0].reconnect, "R2", "a welcome that was lost has one that nobody knows");
});

test("it tries with longer pauses, as long as the seat is held", async () => {
    await server.pass(6000); // a connection that has lasted
    const at = [];
    server.socket.end(1006);
    const lost = server.now;
    for (let i = 0; i < 500 && news().every(([what]) => what !== "leave"); i++) {
        await server.pass(50);
        if (server.socket.readyState === 0) {
            at.push(server.now - lost);
            server.socket.end(1006);
            await settle();
        }
    }
    assert.deepEqual(at, [50, 550, 1550, 3550, 7550, 15_550, 20_000]); // 0.5, 1, 2, 4, 8 s, and the last moment
});

test("and then it is over", async () => {
    await server.pass(6000);
    server.socket.end(4101, "too slow");
    for (let i = 0; i < 30; i++) {
        server.socket.end(1006);
        await server.pass(1000);
    }
    assert.deepEqual(news(), [["drop", 4101, "too slow"], ["leave", 1006, "there was no way back in time"]]);
});

test("the network that is back ends the pause", async (t) => {
    const window = new EventTarget();
    globalThis.addEventListener = window.addEventListener.bind(window);
    globalThis.removeEventListener = window.removeEventListener.bind(window);
    t.after(() => ["addEventListener", "removeEventListener"].forEach((name) => delete globalThis[name]));
    server.socket.end(1006);
    await settle();
    for (let i = 0; i < 3; i++) {
        server.socket.end(1006);
        await server.pass(i < 2 ? 4000 : 0);
    }
    const before = server.sockets.length;
    window.dispatchEvent(new Event("online"));
    await settle();
    assert.equal(server.sockets.length, before + 1);
});

test("the close codes that are final, and those that are not", async () => {
    for (const code of [4000, 4001, 4002, 4003, 4103, 1002, 1003, 1007, 1008, 1009]) {
        room = await join();
        server.socket.end(code, "why");
        await settle();
        assert.deepEqual(news(), [["leave", code, "why"]]);
    }
    for (const code of [4101, 4102, 1001, 1006, 1011, 4999, 1005, 4010]) {
        room = await join();
        server.socket.end(code, "why");
        await settle();
        assert.deepEqual(news(), [["drop", code, "why"]]);
    }
});

test("what the server said before it closed says more than the close", async () => {
    server.socket.say({ type: "bye", code: 4002, text: "the room has failed" });
    server.socket.end(1006);
    await settle();
    assert.deepEqual(news(), [["leave", 4002, "the room has failed"]]);
});

test("a seat that is gone is gone", async () => {
    server.socket.end(1006);
    await settle();
    server.socket.open();
    server.socket.end(4003, "missed too much");
    await settle();
    assert.deepEqual(news(), [["drop", 1006, ""], ["leave", 4003, "missed too much"]]);
});

test("a room that holds no seats is left when the connection is lost", async () => {
    room = await join({ hold_ms: 0 });
    server.socket.end(1006, "gone");
    await settle();
    assert.deepEqual(news(), [["leave", 1006, "gone"]]);
});

test("open requests fail with their connection", async () => {
    const asked = room.request("buy");
    server.socket.end(1006);
    await fails(asked, "disconnected");
    await fails(room.request("buy"), "disconnected");
});

test("wishes are said again on each connection", async () => {
    room.view(40, 30);
    room.view(49.2, 30);
    room.rate(9.5);
    server.socket.end(1006);
    await settle();
    await server.welcome();
    assert.deepEqual([server.socket.last("view"), server.socket.last("rate")], [{ type: "view", width: 50, height: 30 }, { type: "rate", hz: 10 }]);
});

// --- state

test("a state's schema is said again, and need not be sent again", async () => {
    room = await join({ schema: SCHEMA });
    server.socket.sayBytes(leaf(9, 4));
    assert.equal([...room.state][0].fields.size, 4);
    server.socket.end(1006);
    await settle();
    await server.welcome({ schema: { hash: SCHEMA.hash } });
    assert.equal(server.socket.said[0].schema, SCHEMA.hash);
    assert.equal(room.state.size, 1, "what was there is shown until there is something newer");
    server.socket.sayBytes(leaf(30, 5));
    assert.equal([...room.state][0].fields.size, 5);
    assert.equal(room.state.tick_ms, 50);
});

test("what one client has learnt of a server's types, the next one knows", async () => {
    const sdk = await join({ room_type: "duel", schema: { ...SCHEMA, hash: "cafe" } });
    assert.equal(sdk.state.schema.hash, "cafe");
    const client = new Client("https://play.example", { WebSocket: server.WebSocket, fetch: server.fetch });
    const joining = client.join("duel");
    await settle();
    await server.welcome({ schema: { hash: "cafe" } });
    assert.equal(server.socket.said[0].schema, "cafe");
    assert.deepEqual((await joining).state.schema.types.length, SCHEMA.types.length);
});

test("a snapshot that can't be read ends the connection, and a fresh one mends it", async () => {
    room = await join({ schema: SCHEMA });
    server.socket.sayBytes(leaf(9, 4));
    server.socket.sayBytes(snapshot({ tick: 10 }, { kind: DELTA, channel: 1, records: [update(77, u8(1))] }));
    assert.equal(news()[0][1], "bad_snapshot");
    await server.pass(500);
    await server.welcome({ schema: { hash: SCHEMA.hash } });
    server.socket.sayBytes(leaf(11, 6));
    assert.equal([...room.state][0].fields.size, 6);
});

test("a server that always sends what can't be read is asked less and less often", async () => {
    room = await join({ schema: SCHEMA });
    for (let i = 0; i < 16; i++) {
        if (server.socket.readyState === 0)
            await server.welcome({ schema: { hash: SCHEMA.hash } });
        server.socket.sayBytes(Uint8Array.of(1, 0));
        await server.pass(500);
    }
    assert.equal(server.sockets.length, 2 + 5, "at once, then after 0.5, 1, 2 and 4 seconds");
});

test("a schema of a newer kind is no room for us", async () => {
    const client = new Client("https://play.example", { WebSocket: server.WebSocket, fetch: server.fetch });
    const joining = fails(client.join("duel"), "schema");
    await settle();
    await server.welcome({ schema: { hash: "", types: [{ name: "a", fields: [{ name: "b", type: "quaternion" }] }] } });
    await joining;
    assert.notEqual(server.socket.closedWith, null);
});

// --- travel

const travel = (n, more = {}) => ({ ...PLACE, type: "travel", n, room: "r2", room_type: "cave", token: "T2", ...more });

test("to another room, with the same object and without a gap", async () => {
    room = await join({ schema: SCHEMA });
    server.socket.sayBytes(leaf(9, 4));
    room.sendInput([1]);
    const old = server.socket;
    old.say(travel(3, { url: "wss://node7.example/ouro/connect" }));
    await settle();
    assert.equal(server.socket.url, "wss://node7.example/ouro/connect");
    old.say(event(4)); // still there
    await server.welcome({ room: "r2", room_type: "cave", seen: 900, player: 3, tick_ms: 20, depth: 7 });
    assert.deepEqual(server.socket.said[0], { type: "hello", token: "T2", schema: SCHEMA.hash });
    assert.notEqual(old.closedWith, null);
    assert.deepEqual(news(), [["won", 4], ["travel", { id: "r1", type: "duel" }, "r2"]]);
    assert.deepEqual([room.id, room.type, room.player, room.tick_ms, room.state.size, room.state.schema], ["r2", "cave", 3, 20, 0, null]);
    assert.equal(room.welcome.depth, 7, "a member of that type's own");
    server.socket.say(event(900));
    server.socket.say(event(901));
    assert.deepEqual(news(), [["won", 901]]);
    assert.equal(room.sendInput([1]), 1);
    await server.pass(2000);
    assert.equal(server.socket.last("ping").seen, 901);
});

test("a travel that comes again after a drop is made once", async () => {
    server.socket.say(travel(3));
    await settle();
    await server.welcome({ room: "r2", seen: 0 });
    const count = server.sockets.length;
    server.socket.say(event(1));
    server.socket.say(travel(1));
    await settle();
    assert.equal(server.sockets.length, count);
});

test("who is not told for how long is in no hurry", async () => {
    server.socket.say(travel(3, { expires_ms: undefined }));
    await settle();
    server.socket.end(1006);
    await server.pass(5000);
    assert.deepEqual([news(), server.sockets.length], [[["error", "travel"]], 2]);
    room = await join({ hold_ms: undefined });
    server.socket.end(1006);
    await settle();
    assert.deepEqual(news(), [["leave", 1006, ""]]);
});

test("that the old room lets go first is no end", async () => {
    const old = server.socket;
    old.say(travel(3));
    await settle();
    old.end(4000, "went to another room");
    await settle();
    assert.deepEqual(news(), []);
    await server.welcome({ room: "r2" });
    assert.deepEqual([news(), room.isConnected], [[["travel", { id: "r1", type: "duel" }, "r2"]], true]);
});

test("a place that can't be: we stay where we are, and go where we are sent next", async () => {
    server.socket.say(travel(3, { url: "http://[" }));
    await settle();
    assert.deepEqual([news(), room.id, room.isConnected], [[["error", "travel"]], "r1", true]);
    server.socket.say(travel(4));
    await settle();
    await server.welcome({ room: "r2" });
    assert.equal(room.id, "r2");
});

test("a place that is gone: we stay where we are", async () => {
    server.socket.say(travel(3));
    await settle();
    server.socket.open();
    server.socket.end(4003);
    await settle();
    assert.deepEqual([news(), room.id, room.isConnected], [[["error", "travel"]], "r1", true]);
});

test("a place that is gone, and the old connection, too: back to where we were", async () => {
    const old = server.socket;
    old.say(travel(3));
    await settle();
    old.end(1006);
    server.socket.open();
    server.socket.end(4003);
    await server.pass(500);
    await server.welcome({ resumed: true, seen: 3 });
    assert.deepEqual(server.socket.said[0], { type: "hello", reconnect: "R1", seen: 3 });
    assert.deepEqual(news(), [["error", "travel"], ["drop", 1006, ""], ["reconnect"]]);
});

test("to a room with a state that we can't read is to leave", async () => {
    server.socket.say(travel(3));
    await settle();
    await server.welcome({ room: "r2", schema: { hash: "", types: [{ name: "a", fields: [{ name: "b", type: "quaternion" }] }] } });
    assert.deepEqual(news().map(([what, code]) => [what, code]), [["leave", "schema"]]);
    assert.equal((await room.leave()).code, "schema");
});

// --- the end

test("leaving is said, and waits for the server's word", async () => {
    const leaving = room.leave();
    assert.deepEqual(server.socket.said.at(-1), { type: "leave" });
    server.socket.end(4000, "left");
    assert.deepEqual(await leaving, { code: 4000, text: "left" });
    assert.deepEqual([news(), room.isConnected], [[["leave", 4000, "left"]], false]);
    assert.deepEqual(await room.leave(), { code: 4000, text: "left" });
    await server.pass(60_000);
    assert.equal(server.sockets.length, 1);
});

test("leaving a server that does not answer ends all the same", async () => {
    const leaving = room.leave();
    await server.pass(2000);
    assert.equal((await leaving).code, 4000);
    assert.notEqual(server.socket.closedWith, null);
});

test("a connection that breaks while we leave is not made again", async () => {
    const leaving = room.leave();
    server.socket.end(1006);
    assert.equal((await leaving).code, 4000);
    await server.pass(5000);
    assert.deepEqual([news(), server.sockets.length], [[["leave", 4000, "left"]], 1]);
});

test("leaving while it tries to come back ends that", async () => {
    server.socket.end(1006);
    await settle();
    await room.leave();
    await server.welcome();
    assert.notEqual(server.socket.closedWith, null);
    await server.pass(60_000);
    assert.deepEqual([news().map(([what]) => what), server.sockets.length], [["drop", "leave"], 2]);
});

test("leaving in the moment of a welcome leaves no connection", async () => {
    const after = async (turns) => {
        for (let i = 0; i < turns; i++)
            await null;
        await room.leave();
    };
    server.socket.end(4000); // the one that each test begins with
    for (let turns = 0; turns < 10; turns++) {
        room = await join();
        server.socket.end(1006);
        await settle();
        const leaving = after(turns);
        server.welcome({ resumed: true });
        await server.pass(2000);
        await leaving;
        assert.deepEqual([room.isConnected, server.socket.closedWith !== null], [false, true], `back, ${turns} turns`);

        room = await join();
        const old = server.socket;
        old.say(travel(3));
        await settle();
        const travelling = after(turns);
        server.welcome({ room: "r2" });
        await server.pass(2000);
        await travelling;
        assert.deepEqual([room.isConnected, server.socket.closedWith !== null], [false, true], `there, ${turns} turns`);
    }
});

test("leaving on the way to another room is leaving both", async () => {
    const old = server.socket;
    old.say(travel(3));
    await settle();
    await room.leave();
    assert.deepEqual(old.last("leave"), { type: "leave" });
    await server.welcome({ room: "r2" });
    assert.deepEqual(server.socket.last("leave"), { type: "leave" });
    assert.notEqual(server.socket.closedWith, null);
    await server.pass(60_000);
    assert.deepEqual([news(), server.sockets.length], [[["leave", 4000, "left"]], 2]);
});

test("an event without a number is none", () => {
    server.socket.say({ type: "event", name: "won", data: 1 });
    server.socket.say(event(1));
    assert.deepEqual(news(), [["won", 1]]);
});

test("a room without a state tells of none", async () => {
    room.onStateChange(() => told.push(["state"]));
    server.socket.end(1006);
    await settle();
    await server.welcome();
    assert.deepEqual(news().map(([what]) => what), ["drop", "reconnect"]);
});

test("a server that speaks no JSON is left", async () => {
    server.socket.sayText("{");
    await settle();
    assert.deepEqual(news().map(([what, code]) => [what, code]), [["leave", 1007]]);
});
