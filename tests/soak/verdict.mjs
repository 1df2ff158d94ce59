// SPDX-License-Identifier: MIT
// What must hold at the end of a soak.

import { mib, sampleAt, slope } from "./watch.mjs";

const SETTLED_MS = 180_000; // by then all have come, and memory is what it will be
const COMPLAINT = /ERROR: \w+Sanitizer|runtime error:|"level": ?"error"|\berror:/i;

/** Of a short soak, its second half. */
function settled({ watch, options }) {
    const from = Math.min(SETTLED_MS, options.minutes * 30_000);
    return watch.samples.filter(({ ms }) => ms >= from);
}

/** All names, with what was found and what is allowed. */
export function judge(soak, faultNames) {
    const { start, end, exit, tally, server, options } = soak;
    const samples = settled(soak), first = sampleAt(samples, 0), last = samples.at(-1);
    const growth_bytes = first.rss * options.growth / 100;
    const is = (name, found, allowed) => ({ name, found, allowed, holds: found === allowed });
    const atMost = (name, found, allowed, text = String) =>
        ({ name, found: text(found), allowed: `at most ${text(allowed)}`, holds: found <= allowed });
    const complaint = COMPLAINT.exec(server.stderr)?.[0] ?? "nothing";
    return [
        atMost("memory after the play, against the third minute: growth in MiB", last.rss - first.rss, growth_bytes, mib),
        atMost("memory by its slope since the third minute: growth in MiB", slope(samples) * (last.ms - first.ms) / 60_000, growth_bytes, mib),
        atMost("memory when all have left, against the third minute: growth in MiB", end.rss - first.rss, growth_bytes, mib),
        is("fds when all have left", end.fds, start.fds),
        is("tasks", end.tasks, start.tasks),
        is("seats", end.seats, 0),
        is("sessions", end.sessions, 0),
        is("connections", end.connections, 0),
        is("failures of tasks and rooms", end.failures, 0),
        is("came back in time, and were refused", tally.inTime.refused, 0),
        is("came back too late, and were let in", tally.late.resumed, 0),
        is("to be cut off, and were not", tally.unpunished, 0),
        is("kinds of faults that happened", tally.faults.size, faultNames.length),
        is("exit status after SIGTERM", exit.code ?? exit.signal, 0),
        is("complaints in the log", complaint, "nothing"),
    ];
}
