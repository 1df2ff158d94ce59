// SPDX-License-Identifier: MIT
// A player of the arena who joins, plays, turns, dies and plays again, has a fault at random moments, and comes back:
//
//     away -> joining -> playing --fault--> failing -> away
//       \________________________________________________/
//
// What it does is chosen by its own seed; the moments are the real clock's.

import { OPCODE } from "../e2e/support/raw.mjs";
import { Connection } from "./connection.mjs";
import { chooseFault } from "./faults.mjs";

export const HOLD_MS = 20_000; // of the server, by its welcome
const LATE_MS = 25_000; // after the loss: who says hello then gets no seat, though the server took 5 s to see the loss
const FAULT_EVERY_MS = 40_000; // on average
const PING_EVERY_MS = 5_000;
const TURN_EVERY_MS = 2_500;
const AGAIN_MS = 1_000;
const PATIENCE_MS = 60_000; // with a server that is to cut it off
const FINAL_CODES = [1002, 1003, 1007, 1008, 1009, 4000, 4003]; // docs/protocol.md: no seat to come back to

export class Bot {
    phase = "away";
    connection = null;
    token = null;   // of the last welcome
    lostAt = 0;     // when it gave up its connection; 0: it did not, the server did
    twin = null;    // the connection that had the seat before, if it may still be there
    comeBackAt = 0;
    fault = null;   // what it is doing wrong
    #random;

    constructor(index, port, tally) {
        this.index = index;
        this.port = port;
        this.tally = tally;
        this.#random = seeded(index + 1);
    }

    /** From 0, below 1. */
    random() { return this.#random(); }
    between(least, most) { return least + (most - least) * this.random(); }
    #around(ms) { return Date.now() + this.between(0, 2 * ms); }

    get isAway() { return this.phase === "away"; }

    /** What its time has come for. */
    step(now) {
        if (this.phase === "away" && now >= this.comeBackAt)
            this.connect();
        else if (this.phase === "playing")
            this.#play(now);
        else if (this.phase === "failing" && now >= this.failUntil)
            this.fault.after ? this.fault.after(this) : this.#goUnpunished();
    }

    #play(now) {
        if (now >= this.faultAt)
            return this.#fail();
        if (now >= this.pingAt) {
            this.connection.send({ type: "ping", t0: now, seen: this.seen });
            this.pingAt = now + PING_EVERY_MS;
        }
        if (this.isAlive && now >= this.turnAt)
            this.#turn();
        if (!this.isAlive && now >= this.askAt)
            this.#askForSnake(now);
    }

    #askForSnake(now) {
        this.connection.send({ type: "request", id: ++this.request, name: "play", data: {} });
        this.askAt = now + 10 * AGAIN_MS; // unless it is answered
    }

    #turn() {
        const sequence = ++this.sequence, way = Math.floor(this.random() * 4), boost = this.random() < 0.1 ? 4 : 0;
        this.connection.sendFrame(OPCODE.binary, [1, ...varint(sequence), 0, way | boost]);
        this.turnAt = this.#around(TURN_EVERY_MS);
        this.tally.turns++;
    }

    #fail() {
        this.fault = chooseFault(this);
        this.tally.fault(this.fault.name);
        this.connection.fault = this.fault.name;
        this.phase = "failing";
        this.failFor(PATIENCE_MS);
        this.fault.begin(this);
    }

    /** The server was to cut it off, and did not. */
    #goUnpunished() {
        this.tally.unpunished++;
        this.goAway(0);
        this.connection.vanish();
    }

    /** The fault goes on for so long; then its after(). */
    failFor(ms) { this.failUntil = Date.now() + ms; }

    playOn() {
        this.phase = "playing";
        this.fault = null;
    }

    /** Its seat, if it has one, or another. */
    connect() {
        this.phase = "joining";
        this.isReturning = this.token !== null;
        this.twin = this.connection;
        this.connection = new Connection(this.port, this.index, this);
    }

    /** It is gone, by its own will: back after so long. */
    goAway(ms) {
        this.lostAt = Date.now();
        this.#stayAway(ms);
    }

    #stayAway(ms) {
        this.phase = "away";
        this.comeBackAt = Date.now() + ms;
    }

    forgetSeat() { this.token = null; }

    /** Properly, for good. */
    leave() {
        this.phase = "gone";
        if (this.connection)
            this.connection.fault ??= "the end";
        if (this.connection?.isOpen)
            this.connection.send({ type: "leave" });
        else
            this.cutOff();
    }

    cutOff() {
        this.connection?.vanish();
        this.twin?.vanish();
    }

    // --- what it hears -----------------------------------------------------------------------

    onOpen(connection) {
        const hello = this.isReturning ? { reconnect: this.token, seen: this.seen }
            : { join: { room_type: "arena" }, name: `bot ${this.index}` };
        this.helloAt = Date.now();
        connection.send({ type: "hello", ...hello });
    }

    onText(connection, text) {
        const type = text.slice(9, 11); // {"type":"...
        if (connection === this.connection && (type === "we" || type === "re" || type === "ev"))
            this.#onMessage(JSON.parse(text));
    }

    #onMessage(message) {
        if (message.type === "welcome")
            this.#onWelcome(message);
        else if (message.type === "response")
            this.#onResponse(message);
        else if (message.type === "event")
            this.#onEvent(message);
    }

    #onWelcome({ reconnect, resumed, seen }) {
        this.tally.welcomed(this, resumed);
        this.token = reconnect;
        this.lostAt = 0;
        this.seen = seen;
        if (!resumed)
            [this.request, this.sequence] = [0, 0];
        this.isAlive = false;
        this.askAt = this.turnAt = 0;
        this.pingAt = this.#around(PING_EVERY_MS);
        this.faultAt = this.#around(FAULT_EVERY_MS);
        this.phase = this.phase === "gone" ? this.phase : "playing";
        this.fault = null;
        this.connection.send({ type: "view", width: 64, height: 40 });
    }

    #onResponse({ error }) {
        this.isAlive = !error || error.code === "alive";
        this.askAt = Date.now() + AGAIN_MS;
        if (!error)
            this.tally.births++;
    }

    #onEvent({ n, name }) {
        this.seen = n;
        if (name !== "died")
            return;
        this.isAlive = false;
        this.askAt = this.#around(AGAIN_MS);
        this.tally.deaths++;
    }

    onClose(connection, code) {
        this.tally.closed(connection.fault ?? "none", code);
        if (connection !== this.connection || this.phase === "gone" || this.phase === "away")
            return;
        if (this.phase === "joining")
            this.tally.turnedAway(this, code);
        if (FINAL_CODES.includes(code))
            this.forgetSeat();
        this.#stayAway(this.between(100, 3_000));
        this.fault = null;
    }

    /** By its own clock, which started before the server's: the answer is here before the hold time can be over. */
    get wasInTime() { return this.lostAt > 0 && Date.now() - this.lostAt < HOLD_MS; }
    get wasLate() { return this.lostAt > 0 && this.helloAt - this.lostAt > LATE_MS; }
}

function varint(value) {
    const bytes = [];
    for (; value > 127; value >>>= 7)
        bytes.push(value & 127 | 128);
    return [...bytes, value];
}

/** Mulberry32. */
function seeded(state) {
    return () => {
        state = state + 0x6d2b79f5 | 0;
        let t = Math.imul(state ^ state >>> 15, 1 | state);
        t = t + Math.imul(t ^ t >>> 7, 61 | t) ^ t;
        return ((t ^ t >>> 14) >>> 0) / 4294967296;
    };
}
