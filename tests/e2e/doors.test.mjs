// SPDX-License-Identifier: MIT
// The doors as an operator sets them up: TLS, proxies, sockets of the service manager's, the way to
// look after it, and the end.

import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { copyFileSync, readFileSync, statSync, writeFileSync } from "node:fs";
import http from "node:http";
import https from "node:https";
import net from "node:net";
import path from "node:path";
import { test } from "node:test";
import tls from "node:tls";

import WebSocket from "ws";

import { Client, Player } from "./support/player.mjs";
import { Raw, upgradeRequest } from "./support/raw.mjs";
import { PROGRAM, Program, flags, scratchFolder, startServer } from "./support/server.mjs";
import { until, within } from "./support/wait.mjs";

// --- TLS -----------------------------------------------------------------------------------------

/** A certificate that signs itself, and its key. */
function certificate(folder, name) {
    const files = { cert: path.join(folder, `${name}.pem`), key: path.join(folder, `${name}.key`) };
    execFileSync("openssl", ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
        "-subj", `/CN=${name}`, "-addext", `subjectAltName=DNS:${name},IP:127.0.0.1`, "-keyout", files.key, "-out", files.cert],
    { stdio: "ignore" });
    return files;
}

/** The name in the certificate that a client is shown which asks for `servername`. */
async function nameShown(server, servername = "") {
    const socket = tls.connect({ port: server.port, servername, rejectUnauthorized: false, ALPNProtocols: ["http/1.1"] });
    await within(once(socket, "secureConnect"), "handshake");
    assert.equal(socket.alpnProtocol, "http/1.1");
    const name = socket.getPeerCertificate().subject.CN;
    socket.destroy();
    return name;
}

async function statusOf(server, options = {}) {
    const client = options.plain ? http : https;
    const request = client.get({ host: "127.0.0.1", port: server.port, path: "/", rejectUnauthorized: false, agent: false, ...options });
    const [response] = await within(once(request, "response"), "answer");
    response.resume();
    return response.statusCode;
}

test("TLS: the page, the game, two names, and plain HTTP told where it is", async (t) => {
    const folder = scratchFolder(t), [a, b] = [certificate(folder, "a.test"), certificate(folder, "b.test")];
    const server = await startServer(t, { tls_cert: `${a.cert},${b.cert}`, tls_key: `${a.key},${b.key}` });
    assert.match(server.stdout, /play at https:/);
    assert.equal(await statusOf(server), 200);
    assert.deepEqual([await nameShown(server), await nameShown(server, "b.test")], ["a.test", "b.test"]);
    assert.match(await Raw.ask(server, "GET / HTTP/1.1\r\nHost: x\r\n\r\n"), /^HTTP\/1\.1 400 [^]*https:\/\//);
    const socket = new WebSocket(`wss://127.0.0.1:${server.port}/connect`, { rejectUnauthorized: false });
    await within(once(socket, "open"), "WebSocket");
    socket.send('["new_player","Ada"]');
    const [frame] = await within(once(socket, "message"), "handshake of the game");
    assert.match(String(frame), /handshake/);
    const closed = once(socket, "close");
    await server.stop();
    assert.equal((await within(closed, "close"))[0], 1001);
});

test("SIGHUP: new certificates for who comes, nobody dropped; what is wrong changes nothing, and is said once", async (t) => {
    const folder = scratchFolder(t), [a, b] = [certificate(folder, "a.test"), certificate(folder, "b.test")];
    const server = await startServer(t, { tls_cert: a.cert, tls_key: a.key });
    const socket = new WebSocket(`wss://127.0.0.1:${server.port}/connect`, { rejectUnauthorized: false });
    await within(once(socket, "open"), "WebSocket");
    copyFileSync(b.cert, a.cert);
    server.signal("SIGHUP"); // the key is still the old one
    const complaints = () => server.stderr.match(/certificates stay what they were/g)?.length ?? 0;
    await until(() => complaints() > 0, "word of the wrong key");
    assert.equal(await nameShown(server), "a.test");
    copyFileSync(b.key, a.key);
    server.signal("SIGHUP");
    await until(async () => await nameShown(server) === "b.test", "new certificate");
    socket.send('["new_player","Ada"]');
    await within(once(socket, "message"), "game that goes on");
    assert.equal(complaints(), 1);
    socket.terminate();
});

test("a certificate that is none stops the start, before a folder is made", async (t) => {
    const folder = scratchFolder(t), a = certificate(folder, "a.test"), data = path.join(folder, "data");
    writeFileSync(a.cert, "nothing");
    const program = new Program(t, flags({ listen: "127.0.0.1:0", data, tls_cert: a.cert, tls_key: a.key }));
    assert.equal((await program.end()).code, 1);
    assert.match(program.stderr, /--tls-cert, --tls-key: .*a\.test\.pem/);
    assert.throws(() => statSync(data));
});

// --- proxies -------------------------------------------------------------------------------------

const peers = (server) => [...server.stderr.matchAll(/"peer":"([^"]*)"/g)].map(([, peer]) => peer);

test("a proxy that is trusted is believed, and nobody else", async (t) => {
    const fields = "Host: x\r\nConnection: close\r\nX-Forwarded-For: 1.2.3.4, 203.0.113.9\r\n\r\n";
    for (const [trusted_proxies, peer] of [["127.0.0.0/8", /^203\.0\.113\.9$/], ["10.0.0.0/8", /^127\.0\.0\.1:\d+$/]]) {
        const server = await startServer(t, { access_log: "on", trusted_proxies });
        await Raw.ask(server, `GET / HTTP/1.1\r\n${fields}`);
        await until(() => peers(server).length === 1, "line in the log");
        assert.match(peers(server)[0], peer);
    }
});

test("the PROXY protocol, before TLS", async (t) => {
    const a = certificate(scratchFolder(t), "a.test");
    const server = await startServer(t, { access_log: "on", trusted_proxies: "127.0.0.1", proxy_header: "proxy-protocol",
        tls_cert: a.cert, tls_key: a.key });
    const plain = net.connect(server.port, "127.0.0.1");
    plain.write("PROXY TCP6 2001:db8::9 ::1 4711 443\r\n");
    const socket = tls.connect({ socket: plain, rejectUnauthorized: false });
    socket.write("GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    await until(() => peers(server)[0] === "[2001:db8::9]:4711", "client's address in the log");
    socket.destroy();
});

test("--hosts: a request for another name is not for us", async (t) => {
    const server = await startServer(t, { hosts: "game.example,127.0.0.1" });
    assert.equal(await statusOf(server, { plain: true }), 200);
    assert.equal(await statusOf(server, { plain: true, headers: { host: "evil.example" } }), 421);
    assert.match(await Raw.ask(server, upgradeRequest()), /^HTTP\/1\.1 421 /);
});

// --- sockets -------------------------------------------------------------------------------------

test("several addresses, a UNIX socket with its mode, both families", async (t) => {
    const file = path.join(scratchFolder(t), "s");
    const server = await startServer(t, { listen: `127.0.0.1:0,unix:${file}`, socket_mode: "0660" });
    assert.equal(statSync(file).mode & 0o777, 0o660);
    const overFile = await fetchOverFile(file);
    assert.equal(overFile, 200);
    await Player.enter(server, "Ada");
    await server.stop();
    assert.throws(() => statSync(file));
});

async function fetchOverFile(socketPath) {
    const request = http.get({ socketPath, path: "/", agent: false });
    const [response] = await within(once(request, "response"), "answer");
    response.resume();
    return response.statusCode;
}

test("sockets that the service manager has opened, by name", async (t) => {
    const [players, admins] = [net.createServer(), net.createServer()];
    await Promise.all([players, admins].map((socket) => once(socket.listen(0, "127.0.0.1"), "listening")));
    const [port, adminPort] = [players, admins].map((socket) => socket.address().port);
    const data = path.join(scratchFolder(t), "data");
    const args = ["-c", 'export LISTEN_PID=$$ LISTEN_FDS=2 LISTEN_FDNAMES=players:admins; exec "$0" "$@"', PROGRAM,
        ...flags({ listen: "systemd:players", admin: "systemd:admins", data })];
    const program = spawn("/bin/sh", args, { stdio: ["ignore", "pipe", "inherit", players._handle.fd, admins._handle.fd] });
    t.after(() => program.kill("SIGKILL"));
    const ended = once(program, "close");
    players.close();
    admins.close();
    await within(once(program.stdout, "data"), "line of the start");
    assert.equal(await statusOf({ port }, { plain: true }), 200);
    assert.equal(await statusOf({ port: adminPort }, { plain: true, path: "/healthz" }), 200);
    program.kill("SIGTERM");
    assert.equal((await within(ended, "end"))[0], 0);
});

test("no such socket from the service manager: said, and the end", async (t) => {
    const program = new Program(t, flags({ listen: "systemd", data: path.join(scratchFolder(t), "data") }));
    assert.equal((await program.end()).code, 1);
    assert.match(program.stderr, /LISTEN_FDS/);
});

// --- looking after it, and the end ---------------------------------------------------------------

async function startWithAdmin(t, settings) {
    const server = await startServer(t, { admin: "127.0.0.1:0", ...settings });
    server.admin = { port: Number(/health and metrics at http:\/\/127\.0\.0\.1:(\d+)/.exec(server.stdout)[1]) };
    return server;
}

const health = (server) => statusOf(server.admin, { plain: true, path: "/healthz" });

test("health and metrics", async (t) => {
    const server = await startWithAdmin(t, {});
    await Player.enter(server, "Ada");
    assert.equal(await health(server), 200);
    const metrics = await (await fetch(`http://127.0.0.1:${server.admin.port}/metrics`)).text();
    for (const line of [/^ouro_server_connections 1$/m, /^ouro_room_players 1$/m, /^ouro_loop_tasks \d+$/m])
        assert.match(metrics, line);
    assert.equal(await statusOf(server, { plain: true, path: "/metrics" }), 404);
});

test("draining: who plays plays on, nobody else is let in, and the last one ends it", async (t) => {
    const server = await startWithAdmin(t, { drain_time: "1h", tick_hz: 20 });
    const ada = await (await Player.enter(server, "Ada")).play();
    server.signal("SIGTERM");
    await until(async () => await health(server) === 503, "word that it drains");
    assert.match(await Raw.ask(server, "GET / HTTP/1.1\r\nHost: x\r\n\r\n"), /^HTTP\/1\.1 503 [^]*Retry-After: /);
    assert.match(await Raw.ask(server, upgradeRequest()), /^HTTP\/1\.1 503 [^]*Retry-After: /);
    const frames = ada.frames;
    let asked = false; // her snake may run into a wall at any time: then she joins again
    await ada.until(() => {
        if (!ada.isAlive && !asked)
            ada.join();
        asked = !ada.isAlive;
        return ada.frames > frames + 10;
    }, "game that goes on");
    await ada.leave();
    assert.deepEqual(await server.end(), { code: 0, signal: null });
});

test("draining: its time is bounded, and a second signal ends it at once", async (t) => {
    const server = await startServer(t, { drain_time: "200ms" });
    const ada = await Player.enter(server, "Ada");
    server.signal("SIGTERM");
    assert.equal((await ada.end()).code, 1001);
    assert.equal((await server.end()).code, 0);
    const other = await startServer(t, { drain_time: "1h" });
    const bob = await Client.open(other);
    other.signal("SIGTERM");
    await until(async () => / 503 /.test(await Raw.ask(other, "GET / HTTP/1.1\r\nHost: x\r\n\r\n")), "draining");
    other.signal("SIGTERM");
    assert.equal((await bob.end()).code, 1001);
    assert.equal((await other.end()).code, 0);
});

test("an answer that has begun reaches a client that is slow to read it", async (t) => {
    const server = await startServer(t, {});
    const raw = await Raw.connect(server);
    raw.socket.pause();
    raw.write("GET /style.css HTTP/1.1\r\nHost: x\r\n\r\nGET /nothing HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".repeat(1));
    raw.write("and what comes after the last request is of no use".repeat(1000));
    raw.socket.resume();
    const text = await raw.end();
    assert.ok(text.includes(readFileSync(new URL("../../apps/snakepit/web/style.css", import.meta.url), "latin1")));
    assert.match(text, /HTTP\/1\.1 404 /);
});

// --- documents -----------------------------------------------------------------------------------

test("under the unit's filter of system calls SIGUSR1 is not the end", () => {
    const unit = readFileSync(new URL("../../deploy/snakepit.service", import.meta.url), "utf8");
    const calls = execFileSync("nm", ["-D", "--undefined-only", PROGRAM], { encoding: "utf8" });
    assert.match(calls, /\bmincore\b/); // how much of a stack was used; of no group of systemd's
    assert.match(unit, /^SystemCallFilter=@system-service mincore$/m);
    assert.match(unit, /^SystemCallErrorNumber=EPERM$/m); // as a container does it
});

test("the documents and the unit name settings that exist", () => {
    const help = execFileSync(PROGRAM, ["--help"], { encoding: "utf8" });
    const known = new Set([...help.matchAll(/--[a-z-]+/g)].map(([flag]) => flag));
    const lines = (file) => readFileSync(new URL(`../../${file}`, import.meta.url), "utf8").split("\n");
    const said = [...lines("docs/internet.md"), ...lines("deploy/snakepit.service")].filter((line) => !line.includes("systemctl"));
    for (const [flag] of said.join("\n").matchAll(/(?<![\w|-])--[a-z][a-z-]+/g))
        assert.ok(known.has(flag), flag);
});
