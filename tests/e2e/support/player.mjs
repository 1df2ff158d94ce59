// SPDX-License-Identifier: MIT
// A client of the classic game, over a WebSocket that is not ours.

import { once } from "node:events";

import WebSocket from "ws";

import { Model } from "./model.mjs";
import { within } from "./wait.mjs";

export const KEY = { left: 37, up: 38, right: 39, down: 40 };

/**
 * An open connection that has said nothing yet. Who waits for something goes on right after the frame
 * that brought it, and before the next one, however many have come meanwhile: a busy machine makes a
 * test late, but hides nothing from it.
 */
export class Client {
    #waiting = new Set(); // what looks after each frame

    log = []; // all messages, flat
    frames = 0;
    bytes = 0;
    error = null; // what a frame was wrong about

    /** `listener(text, messages)` is called for each frame after it was applied. */
    constructor(server, { listener, keepsLog = true, ...options } = {}) {
        this.model = new Model();
        this.listener = listener;
        this.socket = new WebSocket(server.webSocketUrl, { perMessageDeflate: false, allowSynchronousEvents: false, ...options });
        this.socket.on("message", (data, isBinary) => this.#take(data, isBinary, keepsLog));
        this.socket.on("error", () => {}); // a "close" follows
        this.closed = once(this.socket, "close").then(([code, reason]) => ({ code, reason: String(reason) }));
        this.socket.on("close", () => this.#look());
    }

    static async open(server, options) {
        const client = new Client(server, options);
        await client.opened();
        return client;
    }

    async opened() {
        const isOpen = once(this.socket, "open").then(() => true); // even if the end has come as well by now
        if (!await within(Promise.race([isOpen, this.closed.then(() => false)]), "connection"))
            throw new Error("the connection was refused");
    }

    #take(data, isBinary, keepsLog) {
        try {
            if (isBinary)
                throw new Error("a binary frame");
            const text = String(data);
            this.frames++;
            this.bytes += text.length;
            const messages = this.model.apply(text);
            if (keepsLog)
                this.log.push(...messages);
            this.listener?.(text, messages);
        } catch (error) {
            this.error ??= error;
            this.socket.terminate();
        }
        this.#look();
    }

    #look() { this.#waiting.forEach((look) => look()); }

    send(message) { this.socket.send(JSON.stringify(message)); }
    sendText(text) { this.socket.send(text); }
    key(code) { this.send(code); }
    join() { this.send(["join"]); }

    /** Leaves as a page does that is closed. */
    async leave() {
        this.socket.close();
        await this.end();
    }

    /** Leaves as a machine does that loses its power. */
    reset() { this.socket._socket.resetAndDestroy(); }

    end() { return within(this.closed, "end of the connection"); }

    /** The first true value of `probe(this)`, which is looked at now, after each frame, and at the end. */
    until(probe, what, limit_ms) {
        let look;
        const found = new Promise((resolve, reject) => {
            look = () => {
                try {
                    const value = probe(this);
                    if (this.error)
                        reject(this.error);
                    else if (value)
                        resolve(value);
                } catch (error) {
                    reject(error);
                }
            };
            this.#waiting.add(look);
            look();
        });
        return within(found, what, limit_ms).finally(() => this.#waiting.delete(look));
    }

    has(command) { return this.log.some(([name]) => name === command); }
    all(command) { return this.log.filter(([name]) => name === command); }
    get errors() { return this.all("error").map(([, text]) => text); }

    /** Waits for one more message of that command than there were. */
    async next(command, send) {
        const before = this.all(command).length;
        send?.();
        await this.until(() => this.all(command).length > before, command);
        return this.all(command)[before];
    }
}

/** What another was told when all these frames came to it, one after the other; null: they have not come. One alone, such
    as a reset, comes again and again. */
export function sameFrames(frames, told, from = 0) {
    const first = told.findIndex((_, at) => at >= from && frames.every(({ text }, i) => text === told[at + i]?.text));
    return first < 0 ? null : told.slice(first, first + frames.length);
}

/** A client that has said its name: watches, and may join. */
export class Player extends Client {
    static async enter(server, name = "Ada", options = {}) {
        const player = new this(server, options);
        await player.opened();
        player.send(["new_player", name]);
        await player.until(() => player.model.me || player.socket.readyState === WebSocket.CLOSED, "handshake");
        if (!player.model.me)
            throw new Error("no handshake, but the end");
        return player;
    }

    get id() { return this.model.me.id; }
    get isAlive() { return this.model.players.has(this.id); }
    get score() { return this.model.players.get(this.id)?.score; }
    get head() { return this.isAlive ? this.model.headOf(this.model.players.get(this.id).colour) : null; }

    async play() {
        this.join();
        await this.until(() => this.isAlive, `snake for ${this.model.me.name}`);
        return this;
    }

    async die() {
        await this.until(() => !this.isAlive, `death of ${this.model.me.name}`);
        return this;
    }
}
