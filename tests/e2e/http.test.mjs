// SPDX-License-Identifier: MIT
// The front door: the page, what is refused, and with which status.

import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";

import { Bot } from "./support/bot.mjs";
import { Client } from "./support/player.mjs";
import { Raw, upgradeRequest } from "./support/raw.mjs";
import { startServer } from "./support/server.mjs";

const WEB = new URL("../../apps/snakepit/web/", import.meta.url).pathname;
const TYPES = { ".html": "text/html", ".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml" };

const filesOfThePage = () => readdirSync(WEB, { recursive: true }).filter((name) => path.extname(name));

/** Status, fields (names in small letters) and body of one answer. */
function parse(answer) {
    const [head, ...body] = answer.split("\r\n\r\n");
    const [first, ...lines] = head.split("\r\n");
    const fields = lines.map((line) => /^([^:]+): *(.*)$/.exec(line).slice(1)).map(([name, value]) => [name.toLowerCase(), value]);
    return { status: Number(first.split(" ")[1]), fields: Object.fromEntries(fields), body: body.join("\r\n\r\n") };
}

const ask = async (server, ...lines) => parse(await Raw.ask(server, [...lines, "Host: x", "Connection: close", "", ""].join("\r\n")));

test("every file of the page, as it is and with its type", async (t) => {
    const server = await startServer(t);
    for (const name of filesOfThePage()) {
        const response = await fetch(`${server.url}/${name}`);
        assert.equal(response.status, 200, name);
        assert.equal(response.headers.get("content-type").split(";")[0], TYPES[path.extname(name)], name);
        assert.deepEqual(Buffer.from(await response.arrayBuffer()), readFileSync(WEB + name), name);
    }
    const index = await (await fetch(server.url)).text();
    assert.equal(index, readFileSync(WEB + "index.html", "utf8"));
});

test("HEAD is GET without the body", async (t) => {
    const server = await startServer(t);
    const [get, head] = [await ask(server, "GET / HTTP/1.1"), await ask(server, "HEAD / HTTP/1.1")];
    assert.equal(head.status, 200);
    assert.equal(head.body, "");
    assert.equal(head.fields["content-length"], get.fields["content-length"]);
    assert.equal(Number(get.fields["content-length"]), Buffer.byteLength(get.body, "latin1"));
});

test("what is not there, and what is not allowed", async (t) => {
    const server = await startServer(t);
    for (const path of ["/nothing", "/js", "/js/", "/../etc/passwd", "/%2e%2e/secret", "//", "/index.html/", "/INDEX.HTML"])
        assert.equal((await ask(server, `GET ${path} HTTP/1.1`)).status, 404, path);
    assert.equal((await ask(server, "GET /js/main.js%00 HTTP/1.1")).status, 400);
    for (const method of ["POST", "PUT", "DELETE", "PATCH", "OPTIONS"]) {
        const { status, fields } = await ask(server, `${method} / HTTP/1.1`, "Content-Length: 0");
        assert.equal(status, 405, method);
        assert.match(fields.allow ?? "", /GET/, method);
    }
});

test("/connect without a WebSocket is 426; a WebSocket elsewhere is none", async (t) => {
    const server = await startServer(t);
    const { status, fields } = await ask(server, "GET /connect HTTP/1.1");
    assert.equal(status, 426);
    assert.match(fields.upgrade ?? "", /websocket/i);
    for (const path of ["/", "/connect/", "/nothing"]) {
        const request = upgradeRequest().replace("/connect", path).replace("Connection: Upgrade", "Connection: Upgrade, close");
        const answer = parse(await Raw.ask(server, request));
        assert.notEqual(answer.status, 101, path);
    }
    await assert.rejects(Client.open({ webSocketUrl: server.webSocketUrl.replace("/connect", "/other") }));
});

test("a WebSocket of another version, or without its fields", async (t) => {
    const server = await startServer(t);
    const change = async (from, to) => parse(await Raw.ask(server, upgradeRequest().replace(from, to)));
    const old = await change("Version: 13", "Version: 8");
    assert.equal(old.status, 426);
    assert.equal(old.fields["sec-websocket-version"], "13");
    assert.equal((await change("dGhlIHNhbXBsZSBub25jZQ==", "short")).status, 400);
    assert.equal((await change("GET", "POST")).status >= 400, true);
});

test("garbage is 400, and the others don't notice", async (t) => {
    const server = await startServer(t, { stone_rate: "0%" });
    const ada = await (await Bot.enter(server, "Ada", { playsAgain: true })).play();
    const garbage = ["\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", "hello\r\n\r\n", "GET\r\n\r\n", "GET / HTTP/1.1\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n", "GET / HTTP/1.1\r\nHost : x\r\n\r\n", "GET / HTTP/1.1\r\nHost: x\r\n folded: y\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", "GET / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
        "G\x00T / HTTP/1.1\r\nHost: x\r\n\r\n", "GET / HTTP/1.1\nHost: x\r\nBad\r\n\r\n"];
    for (const text of garbage)
        assert.equal(parse(await Raw.ask(server, Buffer.from(text, "latin1"))).status, 400, JSON.stringify(text));
    assert.ok([400, 414, 431].includes(parse(await Raw.ask(server, `GET /${"x".repeat(100_000)} HTTP/1.1\r\nHost: x\r\n\r\n`)).status));
    assert.equal(parse(await Raw.ask(server, "GET / HTTP/9.9\r\nHost: x\r\n\r\n")).status, 505);
    await ada.next("render");
});

test("several requests on one connection, also in one piece", async (t) => {
    const server = await startServer(t);
    const request = (field) => `GET /favicon.svg HTTP/1.1\r\nHost: x\r\n${field}\r\n`;
    const text = await Raw.ask(server, request("") + request("") + request("Connection: close\r\n"));
    assert.equal(text.match(/HTTP\/1\.1 200 /g).length, 3);
});
