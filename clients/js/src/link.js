// SPDX-License-Identifier: MIT
//
// One WebSocket, from its hello to its end. docs/protocol.md, "The WebSocket".
//
//   open ──> hello ──> welcome ──> messages ──> closed
//                        │ what comes before start() is held: who waits for the welcome has not looked yet

import { OuroError } from "./error.js";
import { throwIfAborted } from "./wait.js";

const PROTOCOL = "ouro.v1";
const WELCOME_MS = 10_000;
const OPEN = 1;

/** Close codes. */
export const LEFT = 4000, REFUSED = 4003, BROKEN = 1006, UNREADABLE = 1007;
// After these, coming back to the seat is in vain. Of all others the seat is held.
const FINAL = new Set([1002, 1003, UNREADABLE, 1008, 1009, LEFT, 4001, 4002, REFUSED, 4103]);

export const isFinal = (code) => FINAL.has(code);

/** Becomes the link when its welcome is there, or an OuroError that has the close code. */
export async function openLink(WebSocket, url, hello, signal) {
    const link = await new Promise((resolve, reject) => new Link(new WebSocket(url, PROTOCOL), hello, { resolve, reject }));
    if (signal?.aborted)
        link.leave();
    throwIfAborted(signal);
    return link;
}

class Link {
    /** What the server said when it let us in. */
    welcome = null;
    /** When something came last, by performance.now(). */
    heardAt = 0;

    #socket;
    #on = null;
    #held = [];
    #bye = null;
    #settle; // of who waits for the welcome
    #timer;

    constructor(socket, hello, settle) {
        this.#socket = socket;
        this.#settle = settle;
        this.#timer = setTimeout(() => this.#end(BROKEN, "no welcome came in time"), WELCOME_MS);
        socket.binaryType = "arraybuffer";
        socket.onopen = () => this.send({ type: "hello", ...hello });
        socket.onmessage = ({ data }) => this.#take(data);
        socket.onclose = ({ code, reason }) => this.#end(this.#bye?.code ?? code, this.#bye?.text ?? reason);
        socket.onerror = () => {}; // its end follows
    }

    /** From now on `on.message(object)`, `on.bytes(Uint8Array)` and, once, `on.close(code, text)` are called: first with
        what has come until now. */
    start(on) {
        this.#on = on;
        const held = this.#held;
        this.#held = [];
        for (const [what, ...args] of held)
            this.#tell(what, ...args);
    }

    /** False: the connection is not open, and nothing was sent. */
    send(message) { return this.sendBytes(JSON.stringify(message)); }

    sendBytes(data) {
        if (this.#socket.readyState !== OPEN)
            return false;
        this.#socket.send(data);
        return true;
    }

    /** Lets go without waiting for the closing handshake: a dead network would not answer it. Nothing is told any more. */
    drop() {
        clearTimeout(this.#timer);
        this.#on = { message() {}, bytes() {}, close() {} };
        this.#socket.onopen = this.#socket.onmessage = this.#socket.onclose = null;
        this.#socket.close();
    }

    /** Gives the seat back, and lets go. */
    leave() {
        this.send({ type: "leave" });
        this.drop();
    }

    #take(data) {
        this.heardAt = performance.now();
        if (typeof data !== "string") {
            this.#tell("bytes", new Uint8Array(data));
            return;
        }
        let message;
        try {
            message = JSON.parse(data);
        } catch {
            this.#end(UNREADABLE, "the server sent what is no JSON");
            return;
        }
        this.#message(message);
    }

    #message(message) {
        if (message?.type === "bye") {
            this.#bye = message;
        } else if (this.welcome) {
            this.#tell("message", message);
        } else if (message?.type === "welcome") {
            clearTimeout(this.#timer);
            this.welcome = message;
            this.#settle.resolve(this);
        }
    }

    #tell(what, ...args) {
        if (this.#on)
            this.#on[what](...args);
        else
            this.#held.push([what, ...args]);
    }

    #end(code, text) {
        const on = this.#on;
        this.#settle.reject(new OuroError(code, text || `the connection was closed with ${code}`)); // or it is settled
        if (on || !this.welcome)
            this.drop();
        if (on)
            on.close(code, text);
        else
            this.#held.push(["close", code, text]);
    }
}
