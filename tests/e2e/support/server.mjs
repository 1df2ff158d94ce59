// SPDX-License-Identifier: MIT
// A Snakepit server for one test: on a free port, with a data folder of its own, and stopped at the
// test's end in the way an operator does, so that each test also sees a clean end (with sanitizers:
// no leak, no undefined step).

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

import { until, within } from "./wait.mjs";

export const PROGRAM = process.env.SNAKEPIT;
if (!PROGRAM)
    throw new Error("SNAKEPIT names the server to test; ./do test server sets it");

/** A folder that is gone after the test. */
export function scratchFolder(t) {
    const folder = mkdtempSync(path.join(tmpdir(), "snakepit-"));
    t.after(() => rmSync(folder, { recursive: true, force: true }));
    return folder;
}

/** The process, what it says, and how it ends. */
export class Program {
    stdout = "";
    stderr = "";

    /** Ends with the test. `wrapper`: a program and its arguments that becomes `program` in the end. */
    constructor(t, args, { env = {}, wrapper = [], program = PROGRAM } = {}) {
        const [command, ...all] = [...wrapper, program, ...args];
        this.process = spawn(command, all, { stdio: ["ignore", "pipe", "pipe"], env: { ...cleanEnvironment(), ...env } });
        this.process.stdout.setEncoding("utf8").on("data", (text) => (this.stdout += text));
        this.process.stderr.setEncoding("utf8").on("data", (text) => (this.stderr += text));
        this.ended = once(this.process, "close").then(([code, signal]) => ({ code, signal }));
        t.after(() => this.process.kill("SIGKILL"));
    }

    get pid() { return this.process.pid; }
    get isRunning() { return this.process.exitCode === null && this.process.signalCode === null; }

    /** Memory that it holds, in bytes. */
    get rss_bytes() {
        return Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${this.pid}/status`, "utf8"))[1]) * 1024;
    }

    get openFiles() { return readdirSync(`/proc/${this.pid}/fd`).length; }

    signal(name) { this.process.kill(name); }

    /** Its end, for those who started it to end by itself. */
    end(what = "end of the program") { return within(this.ended, what); }
}

/** Settings of the shell that runs the tests are none of theirs. */
function cleanEnvironment() {
    return Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("SNAKEPIT")));
}

/** `{ tick_hz: 30 }` as `--tick-hz 30`. */
export function flags(settings) {
    return Object.entries(settings).flatMap(([name, value]) => [`--${name.replaceAll("_", "-")}`, String(value)]);
}

export class Server extends Program {
    #port;

    constructor(t, settings, options) {
        t.after(() => this.#endOfTest()); // first of what is cleaned up
        const data = settings.data ?? path.join(scratchFolder(t), "data");
        super(t, flags({ listen: "127.0.0.1:0", ...settings, data }), options);
        this.data = data;
        this.listen = settings.listen;
    }

    /** Ready for players. */
    async ready() {
        const line = /^snakepit: (?:play at https?:\/\/127\.0\.0\.1:(\d+)\/.*|listening on .*)$/m;
        await until(() => line.test(this.stdout) || !this.isRunning, "line that says where to play");
        assert.ok(this.isRunning, `the server ended at its start: ${this.stderr}`);
        this.#port = Number(line.exec(this.stdout)[1]);
        return this;
    }

    get port() { return this.#port; }
    get url() { return `http://127.0.0.1:${this.#port}`; }
    get isUnix() { return this.listen?.startsWith("unix:") ?? false; }
    /** For net.connect(). */
    get address() { return this.isUnix ? { path: this.listen.slice(5) } : { host: "127.0.0.1", port: this.#port }; }
    get webSocketUrl() {
        return this.isUnix ? `ws+${this.listen}:/connect` : `ws://127.0.0.1:${this.#port}/connect`;
    }

    async stop(signal = "SIGTERM") {
        this.signal(signal);
        const end = await this.end("end after " + signal);
        assert.deepEqual(end, { code: 0, signal: null }, `how it ended; it said: ${this.stderr}`);
    }

    /** As if the machine had lost it: no chance to save anything. */
    async kill() {
        this.signal("SIGKILL");
        await this.end();
    }

    async #endOfTest() {
        if (this.isRunning)
            await this.stop();
        const fault = /(ERROR: \w+Sanitizer|runtime error:|assertion|failed and begins anew)[^]*/i.exec(this.stderr);
        assert.equal(fault?.[0], undefined, "what the server complained of");
    }
}

export function startServer(t, settings = {}, options = {}) {
    return new Server(t, settings, options).ready();
}
