// SPDX-License-Identifier: MIT
// Soak of the arena: bots over real sockets against the real server, for minutes, with faults.
//
//     node arena.mjs [MINUTES [BOTS [GROWTH_PERCENT [PAGE]]]]       SNAKEPIT names the server
//
// PAGE takes the report. The exit status is 1 if anything of the verdict does not hold.

import { writeFileSync } from "node:fs";

import { Server } from "../e2e/support/server.mjs";
import { sleep, until } from "../e2e/support/wait.mjs";
import { Bot, HOLD_MS } from "./bot.mjs";
import { FAULT_NAMES } from "./faults.mjs";
import { writeReport } from "./report.mjs";
import { Tally } from "./tally.mjs";
import { judge } from "./verdict.mjs";
import { mib, Watch } from "./watch.mjs";

const SETTINGS = { admin: "127.0.0.1:0", arena_size: 500, ping_interval: "5s", idle_timeout: "15s" };
const STEP_MS = 100;
const BIRTHS_PER_STEP = 20; // bots that come for the first time
const SAMPLE_MS = 1_000, PRINT_EVERY = 10, DUMP_EVERY = 60; // samples
const GONE_MS = 120_000; // the last held seats, and what the kernel still has

class Soak {
    cleanUps = [];
    tally = new Tally();
    bots = [];

    constructor(options) { this.options = options; }

    async run() {
        this.server = new Server({ after: (f) => this.cleanUps.push(f) }, SETTINGS);
        await this.server.ready();
        this.watch = new Watch(this.server);
        await this.#warmUp();
        this.start = await this.watch.look();
        await this.#play();
        this.end = await this.#leave();
        await this.#stop();
    }

    /** What is made once, at the first player, is no leak. */
    async #warmUp() {
        const first = new Bot(0, this.server.port, new Tally());
        first.connect();
        await until(() => first.phase === "playing", "first player");
        first.leave();
        await this.#empty();
        this.watch.startedAt = Date.now();
    }

    async #play() {
        const stepper = setInterval(() => this.#step(), STEP_MS);
        const end = Date.now() + this.options.minutes * 60_000;
        for (let i = 1; Date.now() < end && this.server.isRunning; i++) {
            await sleep(SAMPLE_MS);
            const sample = await this.watch.sample();
            Object.assign(sample, { deaths: this.tally.deaths, resumed: this.tally.resumed });
            if (i % PRINT_EVERY === 0)
                print(sample);
            if (i % DUMP_EVERY === 0)
                this.server.signal("SIGUSR1");
        }
        clearInterval(stepper);
    }

    #step() {
        for (let i = 0; i < BIRTHS_PER_STEP && this.bots.length < this.options.bots; i++)
            this.bots.push(new Bot(this.bots.length, this.server.port, this.tally));
        const now = Date.now();
        for (const bot of this.bots)
            bot.step(now);
    }

    /** All go; the last sample is the verdict's. */
    async #leave() {
        for (const bot of this.bots)
            bot.leave();
        await sleep(HOLD_MS / 4);
        for (const bot of this.bots)
            bot.cutOff();
        await this.#empty().catch(() => {}); // the verdict says what is left
        const sample = await this.watch.look();
        print(sample);
        return sample;
    }

    #empty() {
        const isEmpty = async () => {
            await sleep(STEP_MS);
            const { seats, sessions, connections } = await this.watch.look();
            return seats + sessions + connections === 0;
        };
        return until(isEmpty, "empty server", GONE_MS);
    }

    async #stop() {
        this.server.signal("SIGTERM");
        this.exit = await this.server.end();
        for (const cleanUp of this.cleanUps)
            await cleanUp();
    }
}

function print({ ms, rss, fds, seats, living, sessions, connections, tasks, ticksLate, failures }) {
    console.log(`${Math.round(ms / 1000)} s: ${mib(rss)} MiB, ${fds} fds, ${seats} seats, ${sessions} sessions, ${connections} connections, ` +
        `${living} living, ${tasks} tasks, ${ticksLate} ticks late, ${failures} failures`);
}

const [minutes = 20, bots = 2000, growth = 10] = process.argv.slice(2, 5).map(Number), page = process.argv[5];
const soak = new Soak({ minutes, bots, growth });
await soak.run();
const verdict = judge(soak, FAULT_NAMES);
const report = writeReport(soak, verdict);
console.log(report);
if (page)
    writeFileSync(page, report);
process.exit(verdict.every(({ holds }) => holds) ? 0 : 1);
