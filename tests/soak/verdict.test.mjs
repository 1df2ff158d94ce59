// SPDX-License-Identifier: MIT
// A soak whose verdict can't fail finds nothing.
import assert from "node:assert/strict";
import { test } from "node:test";

import { Tally } from "./tally.mjs";
import { judge } from "./verdict.mjs";
import { slope } from "./watch.mjs";

const MIB = 1048576, KINDS = ["reset", "leave"];
const REST = { fds: 13, tasks: 12, seats: 0, sessions: 0, connections: 0, failures: 0 };

/** Ten minutes, a sample each second, in which all is well; but for `changes`. */
function soak({ rss = () => 100 * MIB, end = {}, exit = { code: 0, signal: null }, stderr = "", tally = () => {} } = {}) {
    const seen = new Tally();
    KINDS.forEach((kind) => seen.fault(kind));
    tally(seen);
    const samples = Array.from({ length: 600 }, (_, i) => ({ ms: i * 1000, rss: rss(i) }));
    return {
        options: { minutes: 10, growth: 10 }, watch: { samples }, server: { stderr }, tally: seen, exit,
        start: { ...REST, rss: 20 * MIB }, end: { ...REST, rss: 100 * MIB, ...end },
    };
}

const broken = (what) => judge(soak(what), KINDS).filter(({ holds }) => !holds).map(({ name }) => name.split(":")[0]);

test("a soak in which all is well holds", () => assert.deepEqual(broken({}), []));

test("what comes with the players, before the third minute, is no leak", () =>
    assert.deepEqual(broken({ rss: (second) => Math.min(100, second) * MIB }), []));

for (const [name, what, parts] of [
    ["memory that grows", { rss: (second) => (100 + second / 20) * MIB },
        ["memory after the play, against the third minute", "memory by its slope since the third minute"]],
    ["memory that stays", { end: { rss: 130 * MIB } }, ["memory when all have left, against the third minute"]],
    ["an fd", { end: { fds: 14 } }, ["fds when all have left"]],
    ["a task", { end: { tasks: 13 } }, ["tasks"]],
    ["a seat", { end: { seats: 1 } }, ["seats"]],
    ["a failure", { end: { failures: 1 } }, ["failures of tasks and rooms"]],
    ["a figure that is not there", { end: { sessions: undefined } }, ["sessions"]],
    ["a crash", { exit: { code: null, signal: "SIGSEGV" } }, ["exit status after SIGTERM"]],
    ["a sanitizer's word", { stderr: "x\n==7==ERROR: AddressSanitizer: heap-use-after-free\n" }, ["complaints in the log"]],
    ["a seat lost", { tally: (seen) => seen.turnedAway({ isReturning: true, wasInTime: true }, 4003) },
        ["came back in time, and were refused"]],
    ["a fault that never came", { tally: (seen) => seen.faults.delete("reset") }, ["kinds of faults that happened"]],
])
    test(`${name} is found`, () => assert.deepEqual(broken(what), parts));

test("a slope is bytes per minute", () => {
    const samples = [0, 1, 2, 3].map((minute) => ({ ms: minute * 60_000, rss: 5 * MIB + minute * 300 }));
    assert.equal(Math.round(slope(samples)), 300);
    assert.equal(slope(samples.slice(0, 1)), 0);
});
