// SPDX-License-Identifier: MIT
// The page as clients and caches fetch it: from the program, and from a folder by --pages.

import assert from "node:assert/strict";
import { cpSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { gunzipSync } from "node:zlib";

import { Player } from "./support/player.mjs";
import { Raw } from "./support/raw.mjs";
import { Program, flags, scratchFolder, startServer } from "./support/server.mjs";
import { until } from "./support/wait.mjs";

const WEB = new URL("../../apps/snakepit/web/", import.meta.url).pathname;

/** Status, fields and body of the answer to a GET; nothing is unpacked or followed. */
async function get(server, target, fields = {}) {
    const lines = Object.entries(fields).map(([name, value]) => `${name}: ${value}\r\n`).join("");
    const raw = await Raw.connect(server);
    raw.write(`GET ${target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n${lines}\r\n`);
    await raw.end();
    const at = raw.received.indexOf("\r\n\r\n");
    const [first, ...head] = raw.received.subarray(0, at).toString("latin1").split("\r\n");
    const named = head.map((line) => /^([^:]+): (.*)$/.exec(line).slice(1)).map(([name, value]) => [name.toLowerCase(), value]);
    return { status: Number(first.split(" ")[1]), fields: Object.fromEntries(named), body: raw.received.subarray(at + 4) };
}

test("the page is sent once, compressed, and then only asked for", async (t) => {
    const server = await startServer(t);
    const plain = await get(server, "/"), small = await get(server, "/", { "Accept-Encoding": "br, gzip" });
    assert.equal(small.fields["content-encoding"], "gzip");
    assert.equal(small.fields.vary, "Accept-Encoding");
    assert.deepEqual(gunzipSync(small.body), plain.body);
    assert.ok(small.body.length < plain.body.length);
    assert.ok(Math.abs(Date.parse(plain.fields.date) - Date.now()) < 60_000, plain.fields.date);
    const again = await get(server, "/", { "Accept-Encoding": "gzip", "If-None-Match": small.fields.etag });
    assert.equal(again.status, 304);
    assert.equal(again.body.length, 0);
    const part = await get(server, "/", { Range: "bytes=0-14", "If-Range": plain.fields.etag });
    assert.equal(part.status, 206);
    assert.deepEqual(part.body, plain.body.subarray(0, 15));
});

test("--pages serves a folder, and each change at once", async (t) => {
    const folder = path.join(scratchFolder(t), "web");
    cpSync(WEB, folder, { recursive: true });
    const server = await startServer(t, { pages: folder });
    assert.equal((await get(server, "/")).status, 200);
    assert.equal((await get(server, "/js")).fields.location, "/js/");
    writeFileSync(path.join(folder, "index.html"), "<p>another");
    const { fields, body } = await get(server, "/");
    assert.equal(body.toString(), "<p>another");
    assert.ok(fields["last-modified"]);
    await (await Player.enter(server, "Ada")).play();
});

test("the client's library is the program's own, whatever the folder holds", async (t) => {
    const folder = path.join(scratchFolder(t), "web"), sdk = "/sdk/index.js";
    mkdirSync(path.join(folder, "sdk"), { recursive: true });
    writeFileSync(path.join(folder, sdk), "another");
    const [of, own] = await Promise.all([startServer(t, { pages: folder }), startServer(t)]);
    const [served, embedded] = await Promise.all([get(of, sdk), get(own, sdk)]);
    assert.equal(served.status, 200);
    assert.deepEqual(served.body, embedded.body);
    for (const same of ["/%73dk/index.js", "/sd%6b/index.js", "/%73%64%6B/index.js"])
        assert.deepEqual((await get(of, same)).body, embedded.body, same);
});

test("nothing outside of the folder, nor hidden in it", async (t) => {
    const scratch = scratchFolder(t), folder = path.join(scratch, "web");
    mkdirSync(path.join(folder, "sub"), { recursive: true });
    writeFileSync(path.join(scratch, "secret"), "SECRET");
    writeFileSync(path.join(folder, ".env"), "SECRET");
    symlinkSync("../secret", path.join(folder, "link"));
    symlinkSync("/", path.join(folder, "root"));
    const server = await startServer(t, { pages: folder });
    const ways = ["/../secret", "/sub/../../secret", "/%2e%2e/secret", "/.%2e/secret", "/..%2fsecret", "/%2e%2e%2fsecret", "/%252e%252e/secret",
        "/..%5csecret", "/..\\secret", "/%c0%ae%c0%ae/secret", "/%c0%ae%c0%ae%c0%afsecret", "//../secret", "/sub//../secret", "/./../secret",
        "/link", "/root/etc/passwd", "/.env", "/%2eenv", "/sub/%00/../../secret", "/secret%00.html", "http://x/../secret", "/sub/..;/secret"];
    for (const way of ways) {
        const { status, body } = await get(server, way);
        assert.ok(status === 404 || status === 400, `${way} is ${status}`);
        assert.ok(!body.includes("SECRET") && !body.includes("root:"), way);
    }
});

test("a folder that is not there stops the start", async (t) => {
    const program = new Program(t, flags({ listen: "127.0.0.1:0", data: scratchFolder(t), pages: "/nowhere" }));
    assert.equal((await program.end()).code, 1);
    assert.match(program.stderr, /can't serve the folder \/nowhere: .*--pages/);
});

test("--access-log has a line for each request, and only with it", async (t) => {
    const [loud, quiet] = [await startServer(t, { access_log: "on" }), await startServer(t)];
    for (const server of [loud, quiet]) {
        await get(server, "/favicon.svg?token=secret", { "X-Request-Id": "mine" });
        await Player.enter(server, "Ada");
    }
    await until(() => loud.stderr.includes('"status":101'), "line of the WebSocket");
    const lines = loud.stderr.match(/\{.*\}/g).map((line) => JSON.parse(line));
    assert.deepEqual(lines.map(({ path, status }) => [path, status]), [["/favicon.svg", 200], ["/connect", 101]]);
    assert.equal(lines[0].id, "mine");
    assert.ok(!loud.stderr.includes("secret"));
    assert.ok(!quiet.stderr.includes("favicon"));
});
