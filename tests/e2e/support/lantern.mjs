// SPDX-License-Identifier: MIT
// The game of docs/tutorial.md, and who plays it by the SDK, without a page.

import assert from "node:assert/strict";

import WebSocket from "ws";

import { Client } from "../../../clients/js/src/index.js";
import { Example } from "./example.mjs";
import { until } from "./wait.mjs";

export const SIDE = 100, STEP = 1.6, FULL = 127;
export const WAITING = 0, COUNTING = 1, PLAYING = 2, OVER = 3;
const ROUND_MS = 120_000; // a round takes a fourth of that, on a machine that is not busy

export const serve = (t, step) => Example.serve(t, `tutorial/step${step}`);

export async function enter(t, url, name) {
    const room = await new Client(url, { name, WebSocket }).joinOrCreate("lantern");
    room.heard = [];
    room.onMessage("taken", ({ by }) => room.heard.push(by));
    room.onError((error) => assert.fail(error));
    t.after(() => room.leave());
    return room;
}

export const walkers = (room) => [...room.state.of("walker")].map(({ fields }) => fields);
export const named = (room, name) => walkers(room).find((walker) => walker.name === name);
export const mine = (room) => walkers(room).find(({ player }) => player === room.player);
export const light = (room) => [...room.state.of("light")][0]?.fields;
export const round = (room) => [...room.state.of("round")][0]?.fields;
export const inStage = (room, stage, what) => until(() => round(room)?.stage === stage, what, ROUND_MS);

export const bytesOf = (way) => way.map((part) => part & 255);

/** A step there; an input a snapshot, as it is the room that has the rhythm. */
export async function stepTowards(room, { x, y }) {
    const me = mine(room), far = Math.max(1e-6, Math.hypot(x - me.x, y - me.y)), { input } = room.state;
    room.sendInput(bytesOf([(x - me.x) / far * FULL, (y - me.y) / far * FULL].map(Math.round)));
    await until(() => room.state.input > input, "input in the picture");
}

/** Until it is so, or `place()` is reached. */
export async function walkTo(room, place, isThere) {
    while (!isThere())
        await stepTowards(room, place());
}

const hasLight = (room) => light(room)?.holder === room.player;
export const fetchLight = (room) => walkTo(room, () => light(room), () => hasLight(room));
