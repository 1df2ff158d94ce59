// SPDX-License-Identifier: MIT
// examples/11_http_api.c, as somebody meets it who tries it out.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import { test } from "node:test";

import { PROGRAM } from "./support/server.mjs";
import { until, within } from "./support/wait.mjs";

const EXAMPLE = path.join(path.dirname(PROGRAM), "examples", "11_http_api");

async function startExample(t) {
    const example = { said: "" };
    const child = spawn(EXAMPLE, ["--listen", "127.0.0.1:0"], { stdio: ["ignore", "inherit", "pipe"] });
    t.after(() => child.kill("SIGKILL"));
    child.stderr.setEncoding("utf8").on("data", (text) => (example.said += text));
    await until(() => /listening on (http:\S+)\/notes\n/.test(example.said), "line that says where it listens");
    example.url = /(http:\S+)\/notes\n/.exec(example.said)[1];
    example.stop = async () => {
        child.kill("SIGTERM");
        assert.deepEqual(await within(once(child, "close"), "end of the example"), [0, null], example.said);
    };
    return example;
}

const note = (body, type = "application/json") => ({ method: "POST", body, headers: { "content-type": type } });

test("notes are added, shown and dropped", async (t) => {
    const { url, stop } = await startExample(t);
    const added = await fetch(`${url}/notes`, note('{"text": "milk \u00e4"}'));
    assert.equal(added.status, 201);
    assert.equal(added.headers.get("location"), "/notes/1");
    assert.deepEqual(await added.json(), { number: 1, text: "milk \u00e4" });
    assert.deepEqual(await (await fetch(`${url}/notes/1`)).json(), { number: 1, text: "milk \u00e4" });
    assert.equal((await fetch(`${url}/notes/1`, { method: "DELETE" })).status, 204);
    const gone = await fetch(`${url}/notes/1`);
    assert.equal(gone.status, 404);
    assert.deepEqual(await gone.json(), { error: "there is no such note" });
    await stop();
});

test("what it does not take", async (t) => {
    const { url, stop } = await startExample(t);
    const status = async (target, options) => (await fetch(url + target, options)).status;
    assert.equal(await status("/notes", note("{}", "text/plain")), 415);
    assert.equal(await status("/notes", note("{")), 400);
    assert.equal(await status("/notes", note("[".repeat(10_000))), 400);
    assert.equal(await status("/notes", note('{"text": 7}')), 422);
    assert.equal(await status("/notes", note('"' + "x".repeat(2 << 20) + '"')), 413);
    for (const number of ["0", "2", "101", "-1", "1x", "99999999999999999999", "%31%00"])
        assert.ok([400, 404].includes(await status(`/notes/${number}`)), number);
    const other = await fetch(`${url}/notes`, { method: "PUT", body: "x" });
    assert.equal(other.status, 405);
    assert.equal(other.headers.get("allow"), "POST, OPTIONS");
    for (let i = 0; i < 100; i++)
        assert.equal(await status("/notes", note('{"text": "x"}')), 201);
    assert.equal(await status("/notes", note('{"text": "x"}')), 409);
    await stop();
});

test("each request is a line of JSON, by the id that the client has", async (t) => {
    const example = await startExample(t);
    const answer = await fetch(`${example.url}/notes/7?secret=x`, { headers: { "x-request-id": "mine-1" } });
    assert.equal(answer.headers.get("x-request-id"), "mine-1");
    await until(() => example.said.includes("mine-1"), "line in the log");
    const line = JSON.parse(/\{.*\}/.exec(example.said)[0]);
    const { time, peer, duration_us, ...rest } = line;
    assert.ok(Math.abs(Date.parse(time) - Date.now()) < 60_000, time);
    assert.match(peer, /^127\.0\.0\.1:\d+$/);
    assert.ok(duration_us >= 0);
    assert.deepEqual(rest, { id: "mine-1", method: "GET", path: "/notes/7", status: 404, sent_bytes: 33 });
    await example.stop();
});
