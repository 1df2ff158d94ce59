// SPDX-License-Identifier: MIT
// The programs of examples/, and who visits those that serve.

import assert from "node:assert/strict";
import { once } from "node:events";
import path from "node:path";

import WebSocket from "ws";

import { Program } from "./server.mjs";
import { until, within } from "./wait.mjs";

const EXAMPLES = process.env.EXAMPLES;
if (!EXAMPLES)
    throw new Error("EXAMPLES names the folder of the programs to test; ./do test server sets it");

export class Example extends Program {
    constructor(t, name, args = [], options = {}) {
        t.after(() => this.#endOfTest()); // first of what is cleaned up
        super(t, args, { ...options, program: path.join(EXAMPLES, name) });
    }

    /** All that it prints, until it ends by itself. */
    static async output(t, name) {
        const example = new Example(t, name);
        assert.deepEqual(await example.end(), { code: 0, signal: null }, example.stderr);
        return example.stdout;
    }

    /** One that serves, when it is ready. */
    static async serve(t, name, options) {
        const example = new Example(t, name, ["--listen", "127.0.0.1:0"], options);
        await example.says(/^open (http:\S+)\/\w*$/m);
        return example;
    }

    get url() { return /^open (http:\S+)\/\w*$/m.exec(this.stdout)[1]; }
    /** For net.connect(). */
    get address() { return { host: "127.0.0.1", port: Number(new URL(this.url).port) }; }

    /** How often it has said that. */
    count(line) { return this.stdout.split("\n").filter((said) => said === line).length; }

    /** Waits until it has said that so many times. */
    says(pattern, times = 1) {
        const all = new RegExp(pattern, "gm");
        return until(() => (this.stdout.match(all) ?? []).length >= times, `${pattern} (${times})`);
    }

    async stop(signal = "SIGTERM") {
        this.signal(signal);
        assert.deepEqual(await this.end(`end after ${signal}`), { code: 0, signal: null }, this.stderr);
    }

    async #endOfTest() {
        if (this.isRunning)
            await this.stop();
        const fault = /(ERROR: \w+Sanitizer|runtime error:|assertion)[^]*/i.exec(this.stderr);
        assert.equal(fault?.[0], undefined, "what it complained of");
    }
}

/** Somebody who plays: hears lines, sends key codes. */
export class Visitor {
    heard = [];

    constructor(example) {
        this.socket = new WebSocket(example.url.replace("http", "ws") + "/connect");
        this.socket.on("message", (data) => this.heard.push(String(data)));
        this.socket.on("error", () => {}); // a "close" follows
        this.closed = once(this.socket, "close").then(([code]) => code);
    }

    static async enter(example) {
        const visitor = new Visitor(example);
        await within(Promise.race([once(visitor.socket, "open"), visitor.closed]), "connection");
        assert.equal(visitor.socket.readyState, WebSocket.OPEN, "the connection was refused");
        return visitor;
    }

    count(line) { return this.heard.filter((heard) => heard === line).length; }

    /** Waits until it has heard that line, now or before. */
    has(line) { return until(() => this.count(line) > 0, `'${line}'`); }

    /** Waits until it has heard that line so many more times. */
    hears(line, times = 1) {
        const enough = this.count(line) + times;
        return until(() => this.count(line) >= enough, `${times} more of '${line}'`);
    }

    async press(code) {
        const answer = this.hears(`Pressed key code: ${code}`);
        this.socket.send(String(code));
        await answer;
    }

    /** Leaves as a page does that is closed. */
    async leave() {
        this.socket.close();
        await this.end();
    }

    /** Leaves as a machine does that loses its power. */
    reset() { this.socket._socket.resetAndDestroy(); }

    /** The code that the connection ends with. */
    end() { return within(this.closed, "end of the connection"); }
}
