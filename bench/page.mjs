// SPDX-License-Identifier: MIT
// What a frame of the arena's page costs: snakes that never were, on a real canvas in a headless Chromium, whose processor
// does all the painting. Usage: ./do bench page [--seconds N]

import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import http from "node:http";
import os from "node:os";
import path from "node:path";

import { launchBrowser, openPage } from "../tests/e2e/support/browser.mjs";

const ROOT = new URL("..", import.meta.url).pathname;
const REPORT = path.join(ROOT, "bench/results/page.md");
const FOLDERS = { "/arena/": "apps/snakepit/web/arena/", "/js/": "apps/snakepit/web/js/", "/support/": "tests/snakepit/page/support/", "/bench/": "bench/" };
const PAGE = "<!doctype html><link rel=icon href=data:,><link rel=stylesheet href=/common.css><link rel=stylesheet href=/arena/style.css>" +
    "<canvas id=world></canvas><canvas id=map class=map></canvas>";
const TYPES = { ".js": "text/javascript", ".mjs": "text/javascript", ".css": "text/css" };
const SCENES = [{ snakes: 0, length: 0, food: 0 }, { snakes: 50, length: 14, food: 200 }, { snakes: 200, length: 14, food: 200 }];
const WARM_UP = 5; // frames

const secondsAt = process.argv.indexOf("--seconds");
const SECONDS = secondsAt > 0 ? Number(process.argv[secondsAt + 1]) : 15;

const fileOf = (url) => {
    const folder = Object.keys(FOLDERS).find((prefix) => url.startsWith(prefix));
    return folder ? path.join(ROOT, FOLDERS[folder], path.normalize(`/${url.slice(folder.length)}`)) : path.join(ROOT, "apps/snakepit/web/common.css");
};

async function serve() {
    const server = http.createServer(async (request, response) => {
        const isPage = request.url === "/";
        response.setHeader("Content-Type", isPage ? "text/html" : TYPES[path.extname(request.url)] ?? "text/plain");
        response.end(isPage ? PAGE : await readFile(fileOf(request.url)).catch(() => ""));
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    return { url: `http://127.0.0.1:${server.address().port}/`, close: () => server.close() };
}

/** Of all processes of the browser: what a busy machine does not change. */
async function cpuSeconds(browser) {
    const session = await browser.newBrowserCDPSession(), { processInfo } = await session.send("SystemInfo.getProcessInfo");
    await session.detach();
    return processInfo.reduce((sum, { cpuTime }) => sum + cpuTime, 0);
}

async function measure(browser, url, scene) {
    const page = await openPage(browser, url, { viewport: { width: 1440, height: 860 }, colorScheme: "dark" });
    await page.evaluate(() => (document.documentElement.dataset.theme = "dark"));
    const before = await cpuSeconds(browser);
    const { frames, size } = await page.evaluate(async (of) => (await import("/bench/page_scene.js")).measure(of), { ...scene, seconds: SECONDS });
    const cpu_ms = 1000 * (await cpuSeconds(browser) - before) / frames.length;
    if (page.faults.length > 0)
        throw new Error(page.faults.join("\n"));
    await page.close();
    return { ...scene, size, cpu_ms, frames: frames.slice(WARM_UP) };
}

const quantile = (numbers, share) => [...numbers].sort((a, b) => a - b)[Math.floor(share * (numbers.length - 1))];

function rowOf({ snakes, length, food, cpu_ms, frames }) {
    const gaps = frames.map(([gap]) => gap), costs = frames.map(([, cost]) => cost);
    const cells = [snakes, length, food, frames.length, quantile(costs, 0.5).toFixed(2), quantile(costs, 0.99).toFixed(2), cpu_ms.toFixed(1),
        (1000 * gaps.length / gaps.reduce((a, b) => a + b)).toFixed(1), `${(100 * gaps.filter((gap) => gap > 25).length / gaps.length).toFixed(1)} %`];
    return `| ${cells.join(" | ")} |`;
}

const reportOf = (results) => `# Frames of the arena's page

- CPU: ${os.cpus()[0].model}
- Cores: ${os.cpus().length}
- Kernel: ${os.type()} ${os.release()} ${os.machine()}
- Date: ${new Date().toUTCString()}
- Load before the run: ${load}
- Browser: Chromium ${version}, headless, without a GPU: the processor paints
- Canvas: ${results[0].size} pixels, all snakes on it
- Command: \`./do bench page\`

How to read it: [docs/benchmarks.md](../../docs/benchmarks.md).

| snakes | cells each | food | frames | our work, ms (median) | (p99) | CPU of the browser per frame, ms | frames per second | frames that missed one |
|---:|---:|---:|---:|---:|---:|---:|---:|---:|
${results.map(rowOf).join("\n")}
`;

const load = readFileSync("/proc/loadavg", "utf8").trim();
const browser = await launchBrowser();
const version = browser.version();
const server = await serve();
try {
    const results = [];
    for (const scene of SCENES)
        results.push(await measure(browser, server.url, scene));
    const report = reportOf(results);
    writeFileSync(REPORT, report);
    process.stdout.write(report);
} finally {
    server.close();
    await browser.close();
}
