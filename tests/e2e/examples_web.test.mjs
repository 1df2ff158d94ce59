// SPDX-License-Identifier: MIT
// The examples that are about connections: an echo, TLS, and a chat.

import assert from "node:assert/strict";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import https from "node:https";
import { describe, test } from "node:test";

import WebSocket from "ws";

import { openPage } from "./support/browser.mjs";
import { Example, Visitor } from "./support/example.mjs";
import { startBrowser } from "./support/one_browser.mjs";
import { until, within } from "./support/wait.mjs";

/** The address of an example that says "open ADDRESS". */
async function addressOf(example) {
    await example.says(/^open (\S+)$/m);
    return /^open (\S+)$/m.exec(example.stdout)[1];
}

/** A WebSocket that is open, with all that it has heard. */
async function open(address, options = {}) {
    const socket = new WebSocket(address.replace(/^http/, "ws"), options);
    socket.heard = [];
    socket.on("message", (data, isBinary) => socket.heard.push({ data, isBinary }));
    socket.closed = once(socket, "close").then(([code]) => code);
    await within(once(socket, "open"), "WebSocket");
    return socket;
}

async function echoOf(socket, message, options) {
    const before = socket.heard.length;
    socket.send(message, options);
    await until(() => socket.heard.length > before, "echo");
    return socket.heard[before];
}

describe("16_echo", { concurrency: true }, () => {
    for (const way of [[], ["--tasks"]]) {
        const name = way.length ? "by tasks" : "by callbacks";

        test(`${name}: texts and bytes come back, of whatever length`, async (t) => {
            const example = new Example(t, "16_echo", ["--listen", "127.0.0.1:0", ...way]);
            const socket = await open(await addressOf(example), { maxPayload: 1 << 25 });
            assert.deepEqual(await echoOf(socket, "h\u00e4llo"), { data: Buffer.from("h\u00e4llo"), isBinary: false });
            for (const bytes of [0, 1, 125, 126, 65_535, 65_536, 16 << 20]) {
                const sent = Buffer.alloc(bytes, "0123456789abcdef!");
                const { data, isBinary } = await echoOf(socket, sent);
                assert.ok(isBinary && data.equals(sent), `${bytes} bytes`);
            }
            await example.stop();
            assert.equal(await within(socket.closed, "goodbye"), 1001);
        });

        test(`${name}: a message in thousands of fragments is one`, async (t) => {
            const example = new Example(t, "16_echo", ["--listen", "127.0.0.1:0", ...way]);
            const socket = await open(await addressOf(example));
            for (let i = 0; i < 5000; i++)
                socket.send("x", { fin: false });
            assert.equal(String((await echoOf(socket, "y", { fin: true })).data), "x".repeat(5000) + "y");
        });

        test(`${name}: one byte too many is refused, and hurts nobody else`, async (t) => {
            const example = new Example(t, "16_echo", ["--listen", "127.0.0.1:0", ...way]);
            const address = await addressOf(example);
            const [big, other] = [await open(address), await open(address)];
            big.on("error", () => {}); // what it still wanted to send
            big.send(Buffer.alloc((16 << 20) + 1));
            assert.equal(await within(big.closed, "end"), 1009);
            assert.equal(String((await echoOf(other, "still here")).data), "still here");
        });
    }
});

describe("17_tls", { concurrency: true }, () => {
    const own = { rejectUnauthorized: false };

    const get = (url, options) => new Promise((resolve, reject) => {
        https.get(url, { agent: false, ...options }, (answer) => {
            const certificate = answer.socket.getPeerX509Certificate();
            let text = "";
            answer.setEncoding("utf8").on("data", (piece) => (text += piece));
            answer.on("end", () => resolve({ text, certificate }));
        }).on("error", reject);
    });

    test("a page over HTTPS and an echo over wss, with a certificate of its own", async (t) => {
        const example = new Example(t, "17_tls", ["--listen", "127.0.0.1:0"]);
        const address = await addressOf(example);
        await assert.rejects(get(address), { code: "DEPTH_ZERO_SELF_SIGNED_CERT" });
        const { text, certificate } = await get(address, own);
        assert.match(text, /^Nobody between us can read this: TLSv1\.3, /);
        assert.ok(certificate.checkHost("localhost") && certificate.checkIP("127.0.0.1"));
        assert.match((await get(address, { ca: certificate.toString(), servername: "localhost" })).text, /^Nobody/);
        const socket = await open(address + "echo", own);
        assert.equal(String((await echoOf(socket, "secret")).data), "secret");
        await example.stop();
    });

    test("with files that are given; read again at SIGHUP", async (t) => {
        const first = new Example(t, "17_tls", ["--listen", "127.0.0.1:0"]);
        await addressOf(first);
        const [, folder] = /^certificate for localhost: (\S+)\/chain\.pem$/m.exec(first.stdout);
        const example = new Example(t, "17_tls", ["--listen", "127.0.0.1:0", "--certificate", `${folder}/chain.pem`,
            "--key", `${folder}/key.pem`]);
        const { certificate } = await get(await addressOf(example), own);
        assert.equal(certificate.toString(), readFileSync(`${folder}/chain.pem`, "latin1"));
        example.signal("SIGHUP");
        await example.says(/^certificate read again$/m);
        await first.stop(); // and with it the files
        example.signal("SIGHUP");
        await until(() => example.stderr.includes("the old certificate stays"), "complaint");
        assert.match((await get(await addressOf(example), own)).text, /^Nobody/);
    });

    test("without the files that are given it does not start", async (t) => {
        const example = new Example(t, "17_tls", ["--certificate", "/no/chain", "--key", "/no/key"]);
        assert.equal((await example.end()).code, 1);
        assert.match(example.stderr, /\/no\/chain/);
    });
});

describe("18_chat", { concurrency: true }, () => {
    test("what is said in a room is heard there, and only there", async (t) => {
        const example = await Example.serve(t, "18_chat");
        const visitors = [];
        for (const room of ["lobby", "lobby", "attic"]) {
            const visitor = await Visitor.enter(example);
            visitor.socket.send(room);
            visitor.socket.send(`hello ${room}`);
            await visitor.has(`hello ${room}`);
            visitors.push(visitor);
        }
        const [ada, bob, eve] = visitors;
        bob.socket.send("bob: is it raining?");
        await Promise.all([ada, bob].map((visitor) => visitor.has("bob: is it raining?")));
        eve.socket.send("eve: yes");
        await eve.has("eve: yes");
        assert.deepEqual(eve.heard, ["hello attic", "eve: yes"]);
        assert.deepEqual(ada.heard, ["hello lobby", "hello lobby", "bob: is it raining?"]);
        await example.stop();
        assert.equal(await ada.end(), 1001);
    });

    test("rooms that there can't be", async (t) => {
        const example = await Example.serve(t, "18_chat");
        for (const name of ["", "x".repeat(32), "a\0b", "\0"]) {
            const visitor = await Visitor.enter(example);
            visitor.socket.send(name);
            assert.equal(await visitor.end(), 1008);
        }
    });

    test("in a browser", async (t) => {
        const example = await Example.serve(t, "18_chat");
        const browser = await startBrowser(t);
        const pages = [];
        for (const name of ["Ada", "Bob"]) {
            const page = await openPage(browser, example.url + "/");
            await page.fill("#name", name);
            await page.click("#enter button");
            await page.waitForSelector("#say:not([hidden])");
            pages.push(page);
        }
        await pages[0].fill("#line", "<b>hello</b>");
        await pages[0].click("#say button");
        for (const page of pages)
            await page.waitForFunction(() => document.querySelector("#lines").textContent === "Ada: <b>hello</b>");
    });
});
