// SPDX-License-Identifier: MIT
// A server in memory that says what the test wants, on a fake clock.

import { mock } from "node:test";

/** What came of promises that are settled. */
export const settle = () => new Promise((resolve) => setImmediate(resolve));

/** What a client holds in its hand as a WebSocket, and the test as the server's end of it. */
class FakeSocket {
    readyState = 0;
    said = []; // by the client
    closedWith = null; // by the client

    constructor(url, protocol) {
        this.url = String(url);
        this.protocol = protocol;
    }

    // The client's.
    send(data) { this.said.push(typeof data === "string" ? JSON.parse(data) : data); }
    close(code = 1005) {
        this.readyState = 3;
        this.closedWith = code;
    }

    // The server's.
    open() {
        this.readyState = 1;
        this.onopen?.();
    }
    say(message) { this.onmessage?.({ data: JSON.stringify(message) }); }
    sayText(data) { this.onmessage?.({ data }); }
    sayBytes(bytes) { this.onmessage?.({ data: bytes.buffer }); }
    end(code, reason = "") {
        this.readyState = 3;
        this.onclose?.({ code, reason });
    }
    /** The newest of a type. */
    last(type) { return this.said.filter((message) => message.type === type).at(-1); }
}

export class FakeServer {
    now = 1000;
    sockets = [];
    asked = []; // over HTTP: {method, url, headers, body}
    answers = []; // to these: {status, json}
    #welcomes = 0;

    constructor() {
        const server = this;
        this.WebSocket = class extends FakeSocket {
            constructor(...args) {
                super(...args);
                server.sockets.push(this);
            }
        };
        mock.timers.enable({ apis: ["setTimeout"] });
        mock.method(performance, "now", () => this.now);
        mock.method(Math, "random", () => 1);
    }

    fetch = async (url, { method, headers, body, signal }) => {
        signal?.throwIfAborted();
        this.asked.push({ method, url: String(url), headers, body: body && JSON.parse(body) });
        const { status, json } = this.answers.shift() ?? { status: 200, json: PLACE };
        if (status === 0)
            throw new TypeError("no network");
        return { ok: status < 300, status, statusText: "Some Status", json: async () => JSON.parse(json === undefined ? "no JSON" : JSON.stringify(json)) };
    };

    get socket() { return this.sockets.at(-1); }

    /** Lets the newest connection in. */
    async welcome(more = {}) {
        this.socket.open();
        this.socket.say({ type: "welcome", protocol: 1, room: "r1", code: "", room_type: "duel", session: "s", user: "g_1", name: "Ada",
            player: 1, reconnect: `R${++this.#welcomes}`, hold_ms: 20_000, tick_ms: 50, now_ms: 500_000 + this.now, seen: 0, resumed: false, ...more });
        await settle();
    }

    /** Lets time pass, in steps of the timers. */
    async pass(ms) {
        await settle();
        for (let passed = 0; passed < ms; passed += 50) {
            this.now += 50;
            mock.timers.tick(50);
            await settle();
        }
    }

    /** Answers pings from now on, that is: whatever was asked until now. */
    pong(socket = this.socket) {
        const { t0 } = socket.last("ping");
        socket.say({ type: "pong", t0, t1: t0 + 500_000, t2: t0 + 500_000 });
    }
}

export const PLACE = { url: "/ouro/connect", room: "r1", code: "", type: "duel", session: "s", player: 1, token: "T1", expires_ms: 15_000 };
