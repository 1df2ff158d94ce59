// SPDX-License-Identifier: MIT
// The JavaScript SDK in a world, examples/23_world.c: what comes into view and goes, what only its player knows,
// prediction, interpolation, and what a broken connection does to it.
import assert from "node:assert/strict";
import { test } from "node:test";

import WebSocket from "ws";

import { Client, Interpolation, Prediction } from "../../clients/js/src/index.js";
import { Example } from "./support/example.mjs";
import { Proxy } from "./support/proxy.mjs";
import { openSdkPage } from "./support/sdk_page.mjs";
import { until, within } from "./support/wait.mjs";

const WILD = 60, SIZE = 409.5;
const GUESSED_TICKS = 2; // so far movement goes on when nothing comes, which may prove wrong on a busy machine

const serve = (t) => Example.serve(t, "23_world");

async function enter(t, url, name = "Ada") {
    const room = await new Client(url, { name, WebSocket }).joinOrCreate("world");
    room.errors = [];
    room.onError((error) => room.errors.push(error));
    t.after(() => {
        assert.deepEqual(room.errors, []);
        return room.leave();
    });
    return room;
}

const snails = (room) => [...room.state.of("snail")];
/** One's own: nobody else's dream is known. */
const mine = (room) => snails(room).find(({ fields }) => fields.dream !== undefined);
const named = (room, name) => snails(room).find(({ fields }) => fields.name === name);
const everything = (room) => room.view(200, 200);

/** In a corner there may be few others, and they hardly move. */
function creepToTheMiddle(t, room) {
    const step = (place) => Math.sign(SIZE / 2 - place) * 10 & 255;
    const walk = setInterval(() => {
        const snail = mine(room); // gone, when the room is left
        if (snail)
            room.sendInput([step(snail.fields.x), step(snail.fields.y)]);
    }, 50);
    t.after(() => clearInterval(walk));
}

test("what is everywhere is seen at once, and what is near when one looks", async (t) => {
    const { url } = await serve(t), room = await enter(t, url);
    await until(() => room.state.size > 0, "snapshot");
    const [sun] = room.state.of("sun");
    assert.ok(sun.fields.hour < 24);
    everything(room);
    creepToTheMiddle(t, room);
    await until(() => mine(room) && snails(room).length > 3, "snail of one's own, and others");
    const { x, y } = mine(room).fields;
    assert.equal(mine(room).fields.name, "Ada");
    const count = snails(room).length;
    assert.ok(count < WILD, `${count} of ${WILD + 1}`);
    for (const { fields } of snails(room))
        assert.ok(Math.abs(fields.x - x) < 100 + 2 * 40 + 10 && Math.abs(fields.y - y) < 100 + 2 * 40 + 10, "near");
});

test("a smaller view has less in it, and what goes is told", async (t) => {
    const { url } = await serve(t), room = await enter(t, url), here = new Set();
    room.state.onAdd("snail", (snail) => here.add(snail));
    room.state.onRemove("snail", (snail) => assert.ok(here.delete(snail)));
    everything(room);
    await until(() => mine(room), "snail");
    creepToTheMiddle(t, room);
    await until(() => here.size > 5, "neighbours");
    room.view(1, 1);
    const many = here.size;
    await until(() => here.size < many / 2, "smaller view");
    assert.deepEqual(new Set(snails(room)), here);
});

test("two see each other, and neither the other's dreams", async (t) => {
    const { url } = await serve(t), ada = await enter(t, url), bob = await enter(t, url, "Bob");
    [ada, bob].forEach(everything);
    await until(() => mine(ada) && mine(bob), "their snails");
    // Both creep to the same corner.
    const walk = setInterval(() => [ada, bob].forEach((room) => room.sendInput([-10, -10].map((step) => step & 255))), 50);
    t.after(() => clearInterval(walk));
    await until(() => named(ada, "Bob") && named(bob, "Ada"), "sight of each other");
    assert.equal(named(ada, "Bob").id, mine(bob).id);
    assert.equal(named(ada, "Bob").fields.dream, undefined);
    assert.equal(snails(ada).filter(({ fields }) => fields.dream !== undefined).length, 1);
});

const creep = (place, step) => Math.max(0, Math.min(SIZE, place + step));

test("inputs show at once, and what is predicted comes true", async (t) => {
    const { url } = await serve(t), room = await enter(t, url);
    everything(room);
    await until(() => mine(room), "snail");
    const me = new Prediction(room, {
        read: () => mine(room) && { x: mine(room).fields.x, y: mine(room).fields.y },
        step: ({ x, y }, [right, down]) => ({ x: creep(x, right), y: creep(y, down) }),
        encode: (steps) => steps.map((step) => step & 255),
    });
    room.state.onSnapshot(() => jumps.push(me.value && { ...me.value }));
    const jumps = [];
    await until(() => me.value, "prediction");
    for (let i = 0; i < 30; i++) {
        const before = me.value, steps = [i % 7, 3 - (i % 5)];
        me.push(steps);
        assert.deepEqual(me.value, { x: creep(before.x, steps[0]), y: creep(before.y, steps[1]) });
        const shown = me.value, count = jumps.length;
        await until(() => jumps.length > count, "snapshot");
        assert.ok(Math.abs(jumps.at(-1).x - shown.x) < 0.11 && Math.abs(jumps.at(-1).y - shown.y) < 0.11, "the server comes to the same");
    }
    await until(() => room.state.input === 30, "last input");
    assert.deepEqual(me.value, { x: mine(room).fields.x, y: mine(room).fields.y });
});

test("movement is smooth", async (t) => {
    const { url } = await serve(t), room = await enter(t, url), shown = [];
    everything(room);
    await until(() => mine(room), "snail");
    while (mine(room).fields.x > 5) { // to where there is room
        room.sendInput([-10 & 255, 0]);
        const { tick } = room.state;
        await until(() => room.state.tick > tick, "snapshot");
    }
    const interpolation = new Interpolation(room.state);
    let fastest = 0; // in a tick
    room.state.onChange("snail", (snail, { x }) => snail === mine(room) && (fastest = Math.max(fastest, (snail.fields.x - x) / room.state.step || 0)));
    const frames = setInterval(() => {
        interpolation.frame();
        if (mine(room))
            shown.push(interpolation.at(mine(room)).x);
    }, 10);
    for (let i = 0; i < 40; i++) {
        room.sendInput([5, 0]);
        const { tick } = room.state;
        await until(() => room.state.tick > tick, "snapshot");
    }
    await until(() => shown.at(-1) > 150, "way to the right");
    clearInterval(frames);
    const steps = shown.slice(1).map((x, i) => x - shown[i]);
    assert.ok(Math.min(...steps) >= -fastest * GUESSED_TICKS - 1e-3, "never further back than it was guessed");
    assert.ok(shown.length > 40, "more frames than snapshots");
});

test("after a broken connection the world is as it is, and the schema is not sent again", async (t) => {
    const example = await serve(t), proxy = await Proxy.to(t, example.address), room = await enter(t, proxy.url);
    everything(room);
    creepToTheMiddle(t, room);
    await until(() => mine(room) && snails(room).length > 3, "world");
    const { id, fields: { dream } } = mine(room), { schema } = room.state, { tick } = room.state;
    const back = new Promise((resolve) => room.onReconnect(resolve));
    proxy.cut();
    await back;
    await until(() => room.state.tick > tick, "fresh snapshot");
    await until(() => mine(room), "snail");
    assert.deepEqual([mine(room).id, mine(room).fields.dream], [id, dream]);
    assert.equal(room.state.schema, schema);
    await until(() => snails(room).length > 3, "world");
});

test("fewer snapshots, if one wants fewer", async (t) => {
    const { url } = await serve(t), room = await enter(t, url);
    everything(room);
    await until(() => room.state.interval === 1, "full rate");
    room.rate(5);
    await until(() => room.state.interval === 4 && room.state.step === 4, "a fourth of it");
});

// What runs in a page: creeps to the right, and notes what frames show.
async function creepAlong(url) {
    const { Client, Interpolation, Prediction } = await import("/index.js");
    const room = await new Client(url, { name: "Ada" }).joinOrCreate("world");
    const mine = () => [...room.state.of("snail")].find(({ fields }) => fields.dream !== undefined);
    const frame = () => new Promise(requestAnimationFrame), shown = [];
    room.view(200, 200);
    while (!mine())
        await frame();
    const interpolation = new Interpolation(room.state), start = mine().fields.x;
    let fastest = 0; // in a tick
    room.state.onChange("snail", (snail, { x }) => snail === mine() && (fastest = Math.max(fastest, (snail.fields.x - x) / room.state.step || 0)));
    const me = new Prediction(room, {
        read: () => ({ x: mine().fields.x }),
        step: ({ x }, step) => ({ x: Math.min(409.5, x + step) }),
        encode: (step) => [step, 0],
    });
    for (let sent = 0, tick = 0; room.state.input < 20; await frame()) {
        if (room.state.tick > tick && sent < 20) {
            tick = room.state.tick;
            me.push(2);
            sent++;
        }
        interpolation.frame();
        shown.push(interpolation.at(mine()).x);
    }
    const end = mine().fields.x;
    await room.leave();
    const steps = shown.slice(1).map((x, i) => x - shown[i]);
    return { expected: Math.min(409.5, start + 40), end, predicted: me.value.x, fastest, back: Math.min(...steps) };
}

test("in a browser, too", async (t) => {
    const { url } = await serve(t), page = await openSdkPage(t);
    const { expected, end, predicted, fastest, back } = await within(page.evaluate(creepAlong, url), "creeping");
    assert.ok(Math.abs(end - expected) < 0.11, `${end} and not ${expected}`);
    assert.equal(predicted, end);
    assert.ok(back >= -fastest * GUESSED_TICKS - 1e-3, `${back} back in a frame`);
    assert.deepEqual(page.faults, []);
});
