// SPDX-License-Identifier: MIT
// Players of the arena without a page, and what a page's trace says of how smooth it was.

import WebSocket from "ws";

import { Client } from "../../../clients/js/src/index.js";
import { until } from "./wait.mjs";

export const LEFT = 0, UP = 1, RIGHT = 2, DOWN = 3;

export class ArenaPlayer {
    /** Ends with the test. */
    static async enter(t, server, name) {
        const player = new ArenaPlayer();
        player.name = name;
        player.room = await new Client(server.url, { name, WebSocket }).joinOrCreate("arena");
        t.after(() => player.room.leave());
        player.room.view(128, 96);
        return player;
    }

    get id() { return this.room.player; }

    play() { return this.room.request("play", { name: this.name }); }
    /** Plays, and again whenever its snake has died. */
    livesOn() {
        this.room.onEvent("died", () => this.play().catch(() => {}));
        return this.play();
    }

    steer(way, isBoosting = false) { this.room.sendInput([way | (isBoosting ? 4 : 0)]); }
    watch(player) { this.room.send("watch", { player }); }

    /** The record of a player's snake that is in view; undefined: none is. */
    snake(player = this.id) { return this.#fields("snake", (fields) => fields.player === player); }
    named(name) { return this.#fields("snake", (fields) => fields.name === name); }
    leader(name) { return this.#fields("leader", (fields) => fields.name === name); }

    #fields(type, is) { return [...this.room.state.of(type)].map(({ fields }) => fields).find(is); }

    until(probe, what) { return until(() => probe(this), what); }
}

const DX = [-1, 0, 1, 0], DY = [0, -1, 0, 1];
const LEAP_CELLS = 2;

// Nothing is told of who goes straight on: to the longest stall comes the way from one turn to the next.
const SILENCE_MS = 1000, GAP_MS = 250, RECOVERY_MS = 3000;

/** What there is to say of the frames of a trace, apps/snakepit/web/arena/js/trace.js. Steps are in shares of what the
    snake goes in such a time. What a machine did that kept the network silent, or the page from drawing, for longer than the
    network of the test would, is `void`, until the page has had time to come to itself. */
export function judgeMotion(frames, tick_ms) {
    const said = { steps: 0, void: 0, back: 0, standing: 0, mending: 0, most: 0, mostMending: 0, off: 0, leaps: 0 };
    let voidUntil = -Infinity;
    frames.slice(1).forEach((frame, i) => {
        const [ms] = frame, [before_ms] = frames[i], silence_ms = frame.at(-1);
        if (silence_ms > SILENCE_MS || ms - before_ms > GAP_MS)
            voidUntil = ms + RECOVERY_MS;
        if (ms < voidUntil)
            said.void++;
        else
            judgeStep(said, frames[i], frame, tick_ms);
    });
    return said;
}

function judgeStep(said, [from_ms, player, fromX, fromY, fromWay, fromSpeed, fromOff], [ms, samePlayer, x, y, way, speed, off], tick_ms) {
    const dx = x - fromX, dy = y - fromY, expected = Math.max(speed, fromSpeed) * (ms - from_ms) / tick_ms;
    if (player !== samePlayer || expected === 0)
        return;
    const far = Math.abs(dx) + Math.abs(dy), share = far / expected, isMending = off > 0 || fromOff > 0;
    const forth = Math.max(dx * DX[way] + dy * DY[way], dx * DX[fromWay] + dy * DY[fromWay]);
    said.steps++;
    said.back = Math.max(said.back, -forth);
    said.standing += share < 0.2;
    said.mending += isMending;
    said.leaps += far > LEAP_CELLS + expected;
    said.off = Math.max(said.off, off);
    said[isMending ? "mostMending" : "most"] = Math.max(said[isMending ? "mostMending" : "most"], share);
}
