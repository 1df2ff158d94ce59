// SPDX-License-Identifier: MIT
// How a server is doing, from outside: /proc and /metrics.

/** name -> value, of the text format of Prometheus; labels stay in the name. */
async function readMetrics(url) {
    const text = await (await fetch(url)).text();
    return Object.fromEntries(text.split("\n").filter((line) => line && !line.startsWith("#"))
        .map((line) => line.split(" ")).map(([name, value]) => [name, Number(value)]));
}

export class Watch {
    samples = []; // since the beginning, each second

    constructor(server) {
        const [, admin] = /health and metrics at (http:\S+)/.exec(server.stdout);
        this.server = server;
        this.url = new URL("/metrics", admin);
        this.startedAt = Date.now();
    }

    async look() {
        const metrics = await readMetrics(this.url);
        return {
            ms: Date.now() - this.startedAt,
            rss: this.server.rss_bytes,
            fds: this.server.openFiles,
            seats: metrics.snakepit_arena_players,
            living: metrics.snakepit_arena_living,
            sessions: metrics.ouro_play_sessions,
            connections: metrics.ouro_server_connections,
            tasks: metrics.ouro_loop_tasks,
            ticksLate: metrics.snakepit_arena_ticks_late_total,
            failures: metrics.ouro_loop_failures_total + metrics.ouro_room_failures_total,
        };
    }

    async sample() {
        const sample = await this.look();
        this.samples.push(sample);
        return sample;
    }
}

export const mib = (bytes) => (bytes / 1048576).toFixed(1);

/** The first sample at or after that time. */
export function sampleAt(samples, ms) { return samples.find((sample) => sample.ms >= ms) ?? samples.at(-1); }

/** Bytes per minute, by least squares. */
export function slope(samples) {
    const mean = (of) => samples.reduce((sum, sample) => sum + of(sample), 0) / samples.length;
    const ms = mean((sample) => sample.ms), rss = mean((sample) => sample.rss);
    const spread = mean((sample) => (sample.ms - ms) ** 2);
    return spread ? mean((sample) => (sample.ms - ms) * (sample.rss - rss)) / spread * 60_000 : 0;
}
