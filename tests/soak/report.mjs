// SPDX-License-Identifier: MIT
// A soak as a page of Markdown.

import os from "node:os";

import { mib, sampleAt } from "./watch.mjs";

function table(head, rows) {
    return [head, head.map((_, i) => (i ? "---:" : "---")), ...rows].map((row) => `| ${row.join(" | ")} |`).join("\n");
}

function minutes({ watch, options }) {
    const every = Array.from({ length: Math.floor(options.minutes) }, (_, i) => i + 1);
    return table(["minute", "RSS in MiB", "fds", "seats", "sessions", "living", "tasks", "deaths", "seats resumed", "ticks late"],
        every.map((minute) => {
            const s = sampleAt(watch.samples, minute * 60_000);
            return [minute, mib(s.rss), s.fds, s.seats, s.sessions, s.living, s.tasks, s.deaths, s.resumed, s.ticksLate];
        }));
}

function faults(tally) {
    const row = ([name, n]) => [name, n, tally.codesOf(name).map(([code, times]) => `${code}: ${times}`).join(", ")];
    return table(["fault", "times", "how the connections ended"], [...[...tally.faults].map(row), row(["none", ""]), row(["the end", ""])]);
}

export function writeReport(soak, verdict) {
    const { tally, options, start, end } = soak;
    return `# Soak of the arena: ${options.bots} bots, ${options.minutes} minutes

- CPU: ${os.cpus()[0].model}, ${os.cpus().length} cores, shared by server and bots
- Kernel: ${os.type()} ${os.release()}
- Date: ${new Date().toISOString()}
- Load at the end: ${os.loadavg().map((load) => load.toFixed(2)).join(" ")}
- Command: \`./do soak arena ${options.minutes} ${options.bots}\`

How to read it: [docs/benchmarks.md](../../docs/benchmarks.md#soak-of-the-arena).

## Verdict

${table(["what", "found", "allowed", ""], verdict.map(({ name, found, allowed, holds }) => [name, found, allowed, holds ? "holds" : "**DOES NOT HOLD**"]))}

## What happened

${tally.joins} joins, ${tally.births} snakes, ${tally.turns} turns, ${tally.deaths} deaths; of those who came back in time ${tally.inTime.resumed} got their
seat again, of those who came too late ${tally.late.refused} did not; of those whom the server had cut off, ${tally.others.resumed} got it again and
${tally.others.refused} did not (${[...tally.refusedAfter].map(([fault, n]) => `${fault}: ${n}`).join("; ") || "none"}).

Before the first bot: ${mib(start.rss)} MiB, ${start.fds} fds, ${start.tasks} tasks. After the last: ${mib(end.rss)} MiB, ${end.fds} fds, ${end.tasks} tasks.

${minutes(soak)}

## Faults

1006: the connection ended without a close frame. "none": a player without a fault at that time; 4003 is the answer to
who comes back too late, 4010 to an address from which too many come at once, as they do when the soak begins.

${faults(tally)}
`;
}
