// SPDX-License-Identifier: MIT
// The JavaScript SDK against a real server, examples/19_rooms.c, 24_best.c and 25_teams.c: in Node, and in a browser.
import assert from "node:assert/strict";
import { test } from "node:test";

import WebSocket from "ws";

import { Client, OuroError } from "../../clients/js/src/index.js";
import { Example } from "./support/example.mjs";
import { Proxy } from "./support/proxy.mjs";
import { openSdkPage } from "./support/sdk_page.mjs";
import { sleep, until, within } from "./support/wait.mjs";

const serve = (t) => Example.serve(t, "19_rooms");
const clientOf = (url, name = "Ada") => new Client(url, { name, WebSocket });
const refused = (promise, code) => assert.rejects(promise, (error) => error instanceof OuroError && error.code === code);

/** In a room, with all that it hears. */
async function enter(client, more = {}) {
    const room = await client.joinOrCreate("echo", {}, more);
    room.heard = [];
    room.onMessage(null, (data, name) => room.heard.push([name, data]));
    room.onLeave((code) => room.heard.push(["(left)", code]));
    room.onDrop(() => room.heard.push(["(dropped)"]));
    room.onReconnect(() => room.heard.push(["(back)"]));
    room.onTravel(() => room.heard.push(["(travelled)"]));
    room.onError((error) => room.heard.push(["(error)", error.code]));
    return room;
}

const hears = (room, name, count = 1) => until(() => room.heard.filter(([heard]) => heard === name).length >= count, `${name} (${count})`);
const of = (room, name) => room.heard.filter(([heard]) => heard === name).map(([, data]) => data);

test("a room: messages, requests, events, inputs, the clock", async (t) => {
    const { url } = await serve(t);
    const room = await enter(clientOf(url));
    assert.deepEqual([room.type, room.name, room.player, room.isConnected, room.tick_ms], ["echo", "Ada", 1, true, 1000]);
    await hears(room, "entered");
    room.send("echo", { text: "hello" });
    await hears(room, "echo");
    assert.deepEqual(of(room, "echo"), [{ text: "hello" }]);
    assert.equal(await room.request("add", [40, 2]), 42);
    await refused(room.request("subtract"), "unknown");
    room.sendInput([1, 2, 3]);
    room.sendInput([]);
    await hears(room, "input", 2);
    assert.deepEqual(of(room, "input"), [[1, 0, 3], [2, 0, 0]]);
    await until(() => room.clock.roundTrip !== null, "pong");
    const before = room.clock.serverNow();
    await hears(room, "tick", of(room, "tick").length + 1);
    assert.ok(room.clock.serverNow() > before);
    assert.deepEqual(await room.leave(), { code: 4000, text: "left" });
});

test("two players, who are found by filter, id and code", async (t) => {
    const { url } = await serve(t);
    const ada = await clientOf(url).create("echo", { map: "forest" });
    const entered = [];
    ada.onEvent("entered", (player) => entered.push(player));
    const bob = await clientOf(url, "Bob").join("echo", {}, { filter: { map: "forest" } });
    assert.equal(bob.id, ada.id);
    await until(() => entered.includes(bob.player), "Bob's entrance");
    const [listed] = await clientOf(url).rooms("echo", { map: "forest" });
    assert.deepEqual([listed.room, listed.seats, listed.metadata], [ada.id, 2, { map: "forest" }]);
    assert.deepEqual(await clientOf(url).rooms("echo", { map: "desert" }), []);
    await refused(clientOf(url).join("echo", {}, { filter: { map: "desert" } }), "not_found");
    for (const map of ["2024", "true", '"', "1..2", ""]) { // texts, whatever they look like
        const room = await clientOf(url).create("echo", { map });
        assert.deepEqual((await clientOf(url).rooms("echo", { map })).map((it) => it.room), [room.id], map);
    }
    const secret = await clientOf(url).create("echo", {}, { private: true });
    assert.match(secret.code, /^[A-Z2-9]{6}$/);
    assert.equal((await clientOf(url).joinById(secret.code.toLowerCase())).id, secret.id);
    assert.equal((await clientOf(url).joinById(ada.id)).id, ada.id);
});

test("a guest stays who it is", async (t) => {
    const { url } = await serve(t);
    const client = clientOf(url), { user } = await client.guest();
    const room = await client.joinOrCreate("echo");
    assert.deepEqual([room.user, room.name], [user, "Ada"]);
    assert.equal((await client.guest("Countess")).user, user);
    client.token = "nonsense";
    await refused(client.joinOrCreate("echo"), "unauthorized");
});

test("who is cut off comes back, and has missed no event and got none twice", async (t) => {
    const example = await serve(t), proxy = await Proxy.to(t, example.address);
    const ada = await enter(clientOf(proxy.url)), bob = await enter(clientOf(example.url, "Bob"));
    assert.equal(ada.id, bob.id);
    for (let i = 0, said = 0; i < 5; i++) {
        for (let j = 0; j < 4; j++)
            bob.send("say", said++);
        proxy.down();
        await hears(ada, "(dropped)", i + 1);
        for (let j = 0; j < 4; j++)
            bob.send("say", said++);
        proxy.up();
        await hears(ada, "(back)", i + 1);
    }
    await hears(ada, "said", 40);
    await hears(bob, "said", 40);
    await hears(bob, "returned", 5);
    assert.deepEqual(of(ada, "said"), [...Array(40).keys()]);
    assert.deepEqual(of(bob, "returned"), Array(5).fill(ada.player));
    assert.equal(await ada.request("add", [1, 1]), 2);
});

test("a page that is loaded again has its seat", async (t) => {
    const { url } = await serve(t);
    const before = await enter(clientOf(url)), watcher = await enter(clientOf(url, "Bob"));
    await hears(before, "entered", 2);
    const after = await clientOf(url).reconnect(before.reconnectToken);
    assert.deepEqual([after.id, after.player], [before.id, before.player]);
    await hears(before, "(left)");
    assert.deepEqual(of(before, "(left)"), [4103]);
    watcher.send("say", 5);
    const said = [];
    after.onEvent("said", (data) => said.push(data));
    await until(() => said.length, "event");
    assert.equal(await after.request("add", [1, 1]), 2);
    await refused(clientOf(url).reconnect(JSON.stringify({ ...JSON.parse(after.reconnectToken), reconnect: "nonsense" })), 4003);
});

test("to another room, without a new login", async (t) => {
    const { url } = await serve(t);
    const room = await enter(clientOf(url)), { id, user } = room;
    room.send("travel");
    await hears(room, "(travelled)");
    assert.deepEqual([room.type, room.user, room.id === id], ["cave", user, false]);
    await hears(room, "entered", 2);
    room.send("echo", "from the cave");
    await hears(room, "echo");
    assert.deepEqual(of(room, "(left)").concat(of(room, "(error)")), []);
});

test("a room that fails tells so, and one that sends somebody away", async (t) => {
    const { url } = await serve(t);
    const kicked = await enter(clientOf(url));
    kicked.send("kick");
    await hears(kicked, "(left)");
    assert.deepEqual(of(kicked, "(left)"), [4000]);
    const room = await enter(clientOf(url));
    await assert.rejects(room.request("fail"), OuroError);
    await hears(room, "(left)");
    assert.deepEqual(of(room, "(left)"), [4002]);
});

test("chat and presence", async (t) => {
    const { url } = await serve(t);
    const ada = await enter(clientOf(url)), bob = await enter(clientOf(url, "Bob"));
    const heard = [];
    bob.chat.onMessage(({ text, from, to }) => heard.push([to, from.name, text]));
    const { id } = await ada.chat.send("hello");
    await ada.chat.send("psst", { user: bob.user });
    await until(() => heard.length === 2, "chat");
    assert.deepEqual(heard, [["room", "Ada", "hello"], ["user", "Ada", "psst"]]);
    assert.deepEqual((await bob.chat.history()).map(({ id, text }) => [id, text]), [[id, "hello"]]);
    await bob.chat.block(ada.user);
    assert.deepEqual(await bob.chat.blocked(), [ada.user]);
    await refused(ada.chat.send("psst", { user: bob.user }), "blocked");
    await bob.chat.unblock(ada.user);

    const seen = [];
    bob.presence.onChange((who) => seen.push([who.user, who.online, who.status]));
    const [now] = await bob.presence.watch([ada.user]);
    assert.deepEqual([now.online, now.room_types], [true, ["echo"]]);
    await ada.presence.set("thinking");
    await until(() => seen.length, "presence");
    assert.deepEqual(seen, [[ada.user, true, "thinking"]]);
    assert.equal((await bob.presence.get([ada.user, "nobody"])).length, 2);
});

test("two who wait for a match are sent to it", async (t) => {
    const { url } = await serve(t);
    const rooms = await Promise.all(["Ada", "Bob"].map((name) => enter(clientOf(url, name))));
    const [ada, bob] = await Promise.all(rooms.map((room) => room.matchmaker.find({ type: "cave", properties: { level: room.player },
        query: "level<=10" })));
    const teams = await Promise.all([ada.matched, bob.matched]);
    assert.deepEqual(teams.map(({ team }) => team).sort(), [0, 1]);
    assert.deepEqual(rooms.map(({ type }) => type), ["cave", "cave"]);
    assert.equal(rooms[0].id, rooms[1].id);
    const alone = await rooms[0].matchmaker.find({ type: "cave" });
    await alone.cancel();
    await refused(alone.cancel(), "not_found");
    await refused(rooms[0].matchmaker.find({ type: "chess" }), "not_found");
    const hurried = await rooms[0].matchmaker.find({ type: "cave", wait_ms: 100 });
    await refused(within(hurried.matched, "end of its patience"), "timeout");
    await refused(rooms[0].matchmaker.find({ type: "cave", wait_ms: -1 }), "bad_request");
});

test("leaderboards: the best, who is near, other periods", async (t) => {
    const { url } = await Example.serve(t, "24_best");
    const [ada, bob] = await Promise.all(["Ada", "Bob"].map((name) => clientOf(url, name).joinOrCreate("dice")));
    const points = { [ada.user]: 0, [bob.user]: 0 };
    for (const room of [ada, bob, ada, ada]) // three rolls may be fewer points than one
        points[room.user] += await room.request("roll");
    const order = [ada, bob].sort((a, b) => points[b.user] - points[a.user] || (a === bob ? -1 : 1)); // of equals the first
    const rows = order.map(({ user, name }, i) => ({ rank: i + 1, user, name, score: points[user] }));
    let best;
    await until(async () => {
        await sleep(50); // a client may say so much in a second
        best = await bob.leaderboards.top("points");
        return best.scores.reduce((sum, { score }) => sum + score, 0) === points[ada.user] + points[bob.user];
    }, "all points");
    assert.deepEqual(best.scores, rows);
    assert.ok(best.resets_ms > Date.now() && best.resets_ms <= Date.now() + 7 * 24 * 3600 * 1000);
    assert.deepEqual((await bob.leaderboards.top("points", { offset: 1, limit: 1 })).scores, [rows[1]]);
    assert.deepEqual((await bob.leaderboards.top("points", { period: "all" })).scores, rows);
    assert.deepEqual((await bob.leaderboards.top("points", { period: 1 })).scores, []);
    assert.deepEqual((await bob.leaderboards.around("points")).scores, rows);
    assert.deepEqual((await bob.leaderboards.around("points", { user: order[1].user, above: 0, below: 0 })).scores, [rows[1]]);
    await refused(bob.leaderboards.around("points", { user: "nobody" }), "not_found");
    await refused(bob.leaderboards.top("secrets"), "not_found");
    await refused(bob.leaderboards.top("points", { period: 5 }), "bad_request");
});

test("a party is matched as one", async (t) => {
    const { url } = await serve(t);
    const [ada, bob, eve] = await Promise.all(["Ada", "Bob", "Eve"].map((name) => enter(clientOf(url, name))));
    const find = (room, party) => room.matchmaker.find({ type: "echo", party });
    const waits = await find(ada, { name: "first", size: 2 });
    await refused(find(ada, { name: "first", size: 2 }), "party_member");
    await refused(find(bob, { name: "first", size: 3 }), "party_differs");
    await refused(find(bob, { name: "second", size: 3 }), "bad_request"); // no match has so many
    await waits.cancel();
    const tickets = [await find(ada, { name: "k3-Tq9", size: 2 }), await find(bob, { name: "k3-Tq9", size: 2 })];
    const teams = await Promise.all(tickets.map(({ matched }) => matched));
    assert.deepEqual([teams, ada.id === bob.id, ada.id !== eve.id], [[{ team: 0 }, { team: 0 }], true, true]);
});

test("two against two, by skill; and who leaves is replaced in that game", async (t) => {
    const { url } = await Example.serve(t, "25_teams");
    const skills = { Ada: 1000, Bob: 1500, Eve: 1510, Joe: 990, Zoe: 1200 };
    const rooms = await Promise.all(Object.keys(skills).map((name) => clientOf(url, name).joinOrCreate("lobby")));
    const teams = {}; // as the room tells each of them
    for (const room of rooms)
        room.onEvent("teams", (told) => (teams[room.name] = told));
    const find = (room) => room.matchmaker.find({ type: "teams", skill: skills[room.name] });
    const [ada, bob, eve, joe, zoe] = rooms;
    await Promise.all([ada, bob, eve, joe].map(async (room) => (await find(room)).matched));
    await until(() => [ada, bob, eve, joe].every(({ name }) => Object.keys(teams[name] ?? {}).length === 4), "all four");
    assert.notEqual(teams.Ada.Ada, teams.Ada.Joe, "the two strong ones are not on one team");
    assert.deepEqual([teams.Ada.Bob, teams.Ada.Eve].sort(), [0, 1]);
    assert.equal(new Set([ada, bob, eve, joe].map(({ id }) => id)).size, 1);
    const { Bob: free } = teams.Ada;
    await bob.leave();
    const { team } = await (await find(zoe)).matched;
    await until(() => teams.Ada.Zoe !== undefined, "the new one");
    assert.deepEqual([team, teams.Ada.Zoe, zoe.id, Object.keys(teams.Ada).sort()], [free, free, ada.id, ["Ada", "Eve", "Joe", "Zoe"]]);
});

test("a server that goes down says so", async (t) => {
    const example = await serve(t), room = await enter(clientOf(example.url));
    await example.stop();
    await hears(room, "(left)");
    assert.deepEqual(of(room, "(left)"), [4001]);
    await refused(clientOf(example.url).joinOrCreate("echo"), "unreachable");
});

// --- the same in a browser

// What runs in the page. `cut` breaks its connection.
async function visit(url) {
    const { Client } = await import("/index.js");
    const client = new Client(url, { name: "Ada" }), heard = [];
    const { user } = await client.guest();
    const room = await client.joinOrCreate("echo");
    room.onEvent("said", (data) => heard.push(data));
    const back = new Promise((resolve) => room.onReconnect(resolve));
    room.send("say", 1);
    const sum = await room.request("add", [40, 2]);
    const { id } = await room.chat.send("hello from a browser");
    await window.cut();
    await back;
    room.send("say", 2);
    while (heard.length < 2)
        await new Promise((resolve) => setTimeout(resolve, 10));
    const travelled = new Promise((resolve) => room.onTravel(resolve));
    room.send("travel");
    await travelled;
    return { isMe: room.user === user, sum, hasSaid: id > 0, heard, type: room.type, left: await room.leave() };
}

// In the page, too.
async function roll(url) {
    const { Client } = await import("/index.js");
    const room = await new Client(url, { name: "Ada" }).joinOrCreate("dice"), points = await room.request("roll");
    let scores = [];
    while (scores.length === 0) {
        await new Promise((resolve) => setTimeout(resolve, 50));
        ({ scores } = await room.leaderboards.top("points"));
    }
    const around = await room.leaderboards.around("points");
    return { isSame: scores[0].score === points && around.scores[0].user === room.user, name: scores[0].name, left: await room.leave() };
}

test("leaderboards in a browser", async (t) => {
    const example = await Example.serve(t, "24_best"), page = await openSdkPage(t);
    assert.deepEqual(await within(page.evaluate(roll, example.url), "visit"),
        { isSame: true, name: "Ada", left: { code: 4000, text: "left" } });
    assert.deepEqual(page.faults, []);
});

test("in a browser, from a page of another origin", async (t) => {
    const example = await serve(t), proxy = await Proxy.to(t, example.address), page = await openSdkPage(t);
    await page.exposeFunction("cut", () => proxy.cut());
    assert.deepEqual(await within(page.evaluate(visit, proxy.url), "visit"), { isMe: true, sum: 42, hasSaid: true, heard: [1, 2],
        type: "cave", left: { code: 4000, text: "left" } });
    assert.deepEqual(page.faults, []);
});
