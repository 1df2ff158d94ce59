// SPDX-License-Identifier: MIT
// A client that keeps to no rules: bytes over TCP, whichever they are.

import { randomBytes } from "node:crypto";
import { once } from "node:events";
import net from "node:net";
import tls from "node:tls";

import { until, within } from "./wait.mjs";

export const OPCODE = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 };

export class Raw {
    received = Buffer.alloc(0);
    hasEnded = false;

    /** `isTls`: whatever certificate it shows. */
    static async connect({ address, isTls = false }) {
        const raw = new Raw();
        raw.socket = isTls ? tls.connect({ ...address, rejectUnauthorized: false }) : net.connect(address);
        raw.socket.on("error", () => {}); // a reset is an end like others
        raw.socket.on("data", (data) => (raw.received = Buffer.concat([raw.received, data])));
        raw.socket.on("close", () => (raw.hasEnded = true));
        await within(once(raw.socket, isTls ? "secureConnect" : "connect"), "connection");
        return raw;
    }

    /** A WebSocket, as far as the handshake; from then on `received` holds what follows it. */
    static async upgrade(server, fields = [], path = "/connect") {
        const raw = await Raw.connect(server);
        raw.write(upgradeRequest(fields, path));
        await raw.until("\r\n\r\n");
        if (!raw.text.startsWith("HTTP/1.1 101 "))
            throw new Error(`no WebSocket, but: ${raw.text}`);
        raw.received = raw.received.subarray(raw.text.indexOf("\r\n\r\n") + 4);
        return raw;
    }

    /** All that the server says to one request, until it closes. */
    static async ask(server, request) {
        const raw = await Raw.connect(server);
        raw.write(request);
        return raw.end();
    }

    get text() { return this.received.toString("latin1"); }

    write(data) { this.socket.write(data); }
    send(message) { this.write(wsFrame(OPCODE.text, JSON.stringify(message))); }
    /** RST, with whatever is unsent lost; with TLS, an end that nobody has announced. */
    reset() { this.socket.encrypted ? this.socket.destroy() : this.socket.resetAndDestroy(); }
    /** FIN: says no more, but goes on listening, if `address` has said `allowHalfOpen`. */
    halfClose() { this.socket.end(); }
    close() { this.socket.destroy(); }

    until(part) {
        return until(() => this.text.includes(part), JSON.stringify(part));
    }

    async end() {
        await until(() => this.hasEnded, "end of the TCP connection");
        return this.text;
    }

    /** The code of the close frame that the connection ends with; null: it ends without. */
    async closeCode() {
        await this.end();
        let code = null;
        for (const { opcode, payload } of wsFrames(this.received))
            if (opcode === OPCODE.close)
                code = payload.length ? payload.readUInt16BE(0) : 1005;
        return code;
    }
}

export function upgradeRequest(fields = [], path = "/connect") {
    return [`GET ${path} HTTP/1.1`, "Host: x", "Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", ...fields, "", ""].join("\r\n");
}

/** A client's frame of at most 65,535 bytes (RFC 6455, section 5.2). */
export function wsFrame(opcode, payload, { isFinal = true, isCompressed = false } = {}) {
    const data = Buffer.from(payload), mask = randomBytes(4);
    const length = data.length < 126 ? [0x80 | data.length] : [0x80 | 126, data.length >> 8, data.length & 255];
    return Buffer.concat([Buffer.from([isFinal << 7 | isCompressed << 6 | opcode, ...length]), mask, data.map((byte, i) => byte ^ mask[i % 4])]);
}

/** The server's frames in these bytes; an unfinished one is left out. */
export function* wsFrames(bytes) {
    for (let at = 0; at + 2 <= bytes.length;) {
        let length = bytes[at + 1] & 127, head = 2;
        if (length === 126)
            [length, head] = [bytes.readUInt16BE(at + 2), 4];
        else if (length === 127)
            [length, head] = [Number(bytes.readBigUInt64BE(at + 2)), 10];
        if (at + head + length > bytes.length)
            return;
        yield { opcode: bytes[at] & 15, payload: bytes.subarray(at + head, at + head + length) };
        at += head + length;
    }
}
