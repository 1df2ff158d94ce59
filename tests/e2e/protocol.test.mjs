// SPDX-License-Identifier: MIT
// The classic wire protocol: which messages, in which order, and that they always add up.

import assert from "node:assert/strict";
import { test } from "node:test";

import { Bot, Drunkard } from "./support/bot.mjs";
import { Client, KEY, Player, sameFrames } from "./support/player.mjs";
import { startServer } from "./support/server.mjs";
import { until } from "./support/wait.mjs";

const CALM = { field: "60x40", stone_rate: "0%", tick_hz: 5 };
const commands = (messages) => messages.map(([command]) => command);
/** Without repetitions: ["render", "render", "p_score"] is "render p_score". */
const order = (messages) => commands(messages).filter((command, i, all) => command !== all[i - 1]).join(" ");

test("connecting: handshake, world, scores, and the living", async (t) => {
    const server = await startServer(t, CALM);
    const ada = await Player.enter(server, "Ada");
    await ada.until(() => ada.has("top_scores"), "picture");
    assert.deepEqual(commands(ada.log), ["handshake", "world", "top_scores"]);
    assert.deepEqual(ada.log[0], ["handshake", "Ada", ada.id]);
    assert.deepEqual(ada.log[1][1], Array.from({ length: 40 }, () => Array.from({ length: 60 }, () => [" ", 0])));
    assert.deepEqual(ada.log[2], ["top_scores", []]);

    let bob, cid, dan;
    await until(async () => { // again, if one of them has died before Dan came
        await Promise.all([bob, cid, dan].map((player) => player?.leave()));
        bob = await (await Bot.enter(server, "Bob")).play();
        cid = await (await Bot.enter(server, "Cid")).play();
        dan = await Player.enter(server, "Dan");
        return dan.all("p_joined").length === 2;
    }, "two snakes");
    assert.equal(order(dan.log.slice(0, 5)), "handshake world top_scores p_joined");
    assert.deepEqual(dan.all("p_joined").map(([, id, name]) => [id, name]), [[bob.id, "Bob"], [cid.id, "Cid"]]);
    assert.ok([ada, bob, cid, dan].map((player) => player.id).every((id, i, ids) => ids.indexOf(id) === i));
});

test("the field of 2016 by default: 25 rows of 50 cells", async (t) => {
    const ada = await Player.enter(await startServer(t));
    assert.deepEqual([ada.model.rows.length, ada.model.rows[0].length], [25, 50]);
});

test("the first join: the world is reset, the snake is announced, and then drawn with its digit", async (t) => {
    const server = await startServer(t, { tick_hz: 10, stone_rate: "0%", digit_rate: "0%" });
    const ada = await Player.enter(server, "Ada");
    const before = ada.log.length;
    await ada.play();
    const birth = ada.log.slice(before);
    assert.equal(order(birth), "reset_world p_joined render");
    const [, id, name, colour, score] = birth[1];
    assert.deepEqual([id, name, score], [ada.id, "Ada", 0]);
    const drawn = birth.slice(2).map(([, , , char, charColour]) => [char, charColour]);
    assert.deepEqual(drawn.filter(([char]) => !/[1-9]/.test(char)).sort(), [["%", colour], ["*", colour], ["@", colour]]);
    assert.equal(drawn.length, 4);
});

test("a death: who died and the scores come before that tick's cells", async (t) => {
    const server = await startServer(t, { field: "20x15", tick_hz: 60, digit_rate: "100%", stone_rate: "0%" });
    const frames = [];
    const bot = await Bot.enter(server, "Ada", { playsAgain: true, listener: (_, messages) => frames.push(messages) });
    await bot.play();
    await bot.until(() => bot.score > 0, "points");
    const { score } = bot;
    bot.isSteering = false;
    await bot.die();
    const death = frames.findLast((messages) => messages.some(([command]) => command === "p_gameover"));
    assert.equal(order(death), "p_gameover top_scores render");
    assert.deepEqual(death[0], ["p_gameover", bot.id]);
    assert.equal(death[1][1][0][0], "Ada");
    assert.ok(death[1][1][0][1] >= score);

    const feeding = frames.filter((messages) => messages.some(([command]) => command === "p_score"));
    assert.ok(feeding.length > 0);
    feeding.forEach((messages) => assert.equal(order(messages), "render p_score"));
});

test("the end of a round: GAME OVER at x=15, y=12, in one colour, on the field of 2016", async (t) => {
    const server = await startServer(t, { tick_hz: 60 });
    const ada = await Player.enter(server, "Ada");
    await (await ada.play()).die();
    await ada.until(() => ada.model.picture[12].includes("OVER"), "text");
    const cells = ada.model.rows[12].slice(15, 15 + 19);
    assert.equal(cells.map(([char]) => char).join(""), " >>> GAME OVER <<< ");
    assert.equal(new Set(cells.map(([, colour]) => colour)).size, 1);
    assert.ok(cells[0][1] >= 1 && cells[0][1] <= 6);
    assert.equal(ada.model.picture.join("").includes("%"), false, "nobody lives");
    assert.match(ada.model.picture.join(""), /x.*/, "but the dead lie there");
});

test("every key may be sent, and only the arrows mean something", async (t) => {
    const server = await startServer(t, { ...CALM, field: "100x60", tick_hz: 5, messages_per_second_max: 10000 });
    const ada = await (await Player.enter(server, "Ada")).play();
    for (const key of [0, 8, 13, 16, 27, 32, 36, 41, 65, 87, 229, 255, -1, -37, 65536 + 37, 2 ** 31, -(2 ** 31), 2 ** 53, 2 ** 62])
        ada.sendText(String(BigInt(key)));
    ada.key(KEY.up);
    await ada.next("pong", () => ada.send(["ping", 1]));
    assert.deepEqual(ada.errors, []);
    const spectator = await Player.enter(server, "Wanda");
    spectator.key(KEY.left);
    await spectator.next("pong", () => spectator.send(["ping", 1]));
    assert.deepEqual(spectator.errors, []);
});

test("a ping is answered with what it carried", async (t) => {
    const ada = await Player.enter(await startServer(t));
    for (const number of [0, 1, -5, 1234567890123, 0.5])
        assert.deepEqual(await ada.next("pong", () => ada.send(["ping", number])), ["pong", number]);
});

test("nothing goes before the name, and the name goes once", async (t) => {
    const server = await startServer(t, { bad_messages_max: 100 });
    const ada = await Client.open(server);
    for (const message of [["join"], KEY.up, ["ping", 1]])
        assert.match((await ada.next("error", () => ada.send(message)))[1], /new_player/);
    ada.send(["new_player", "Ada"]);
    await ada.next("handshake");
    await ada.next("error", () => ada.send(["new_player", "Ada"]));
    await ada.next("error", () => ada.send(["new_player", "Eve"]));
    assert.equal(ada.all("handshake").length, 1);
});

test("who plays can't join again; who has died can", async (t) => {
    const [slow, fast] = [await startServer(t, { ...CALM, tick_hz: 1 }), await startServer(t, { ...CALM, tick_hz: 60, field: "30x20" })];
    const ada = await (await Player.enter(slow, "Ada")).play();
    await ada.next("error", () => ada.join());
    assert.match(ada.errors[0], /playing already/);
    const bob = await Player.enter(fast, "Bob");
    for (let i = 0; i < 4; i++) {
        await bob.play();
        assert.equal(bob.score, 0);
        await bob.die();
    }
});

test("two joins before the snake is born are one snake and an error", async (t) => {
    const server = await startServer(t, { ...CALM, tick_hz: 2 });
    const [ada, bob] = [await (await Bot.enter(server, "Ada")).play(), await Player.enter(server, "Bob")];
    bob.join();
    bob.join();
    await bob.until(() => bob.errors.length === 1 && bob.isAlive, "snake and error");
    await ada.until(() => ada.model.players.has(bob.id), "snake, for others");
    assert.equal(ada.all("p_joined").filter(([, id]) => id === bob.id).length, 1);
});

test("the eleventh has to wait, and may watch", async (t) => {
    const server = await startServer(t, { field: "200x200", tick_hz: 1, stone_rate: "0%" });
    const players = await Promise.all(Array.from({ length: 11 }, (_, i) => Player.enter(server, `P${i}`)));
    for (const player of players)
        player.join();
    await until(() => players.some((player) => player.errors.length > 0), "error");
    await players[0].until(() => players[0].all("p_joined").length === 10, "ten snakes");
    const refused = players.filter((player) => player.errors.length > 0);
    assert.equal(refused.length, 1);
    assert.match(refused[0].errors[0], /full/);
    const spectators = await Promise.all(Array.from({ length: 50 }, () => Player.enter(server, "Guest")));
    await Promise.all([refused[0], ...spectators].map((player) => player.next("render")));
});

test("the same seed, the same luck", async (t) => {
    const birth = async () => {
        const ada = await (await Player.enter(await startServer(t, { seed: 7 }), "Ada")).play();
        await ada.next("render");
        return JSON.stringify([...ada.all("p_joined"), ...ada.all("render").slice(0, 4)]);
    };
    assert.equal(await birth(), await birth());
});

/**
 * The picture that a newcomer gets, against the one that a veteran has put together from all it was
 * told: they agree before the first frame that both get, and after each.
 */
test("what a newcomer is shown is what a veteran has put together", async (t) => {
    const server = await startServer(t, { tick_hz: 60, digit_rate: "30%" });
    const told = []; // to the veteran: { text, before, after }
    const veteran = await Player.enter(server, "Vera", { keepsLog: false });
    let state = veteran.model.state;
    veteran.listener = (text) => told.push({ text, before: state, after: (state = veteran.model.state) });
    const crowd = await Promise.all(Array.from({ length: 14 }, (_, i) => Drunkard.enter(server, `P${i}`)));
    crowd.forEach((player) => player.join());

    for (let i = 0; i < 40; i++) {
        const newcomer = new Player(server, { keepsLog: false });
        const seen = []; // { text, after }
        newcomer.listener = (text) => seen.push({ text, after: newcomer.model.state });
        const from = told.length;
        await newcomer.opened();
        newcomer.send(["new_player", "New"]);
        await newcomer.until(() => seen.length >= 4 + i % 10, "frames");
        const [welcome, ...frames] = seen;
        const same = await veteran.until(() => sameFrames(frames, told, from), "the same frames");
        assert.equal(welcome.after, same[0].before, "the picture at its coming");
        assert.deepEqual(frames.map(({ after }) => after), same.map(({ after }) => after));
        await newcomer.leave();
    }
    [veteran, ...crowd].forEach((player) => assert.equal(player.error, null));
});
