// SPDX-License-Identifier: MIT
// A WebSocket of ouro.v1 that can also do what a client must not: the socket is at hand. It is here because the
// soak has thousands in one process: text is decoded, snapshots are only counted.

import net from "node:net";

import { OPCODE, upgradeRequest, wsFrame } from "../e2e/support/raw.mjs";

const REQUEST = upgradeRequest(["Sec-WebSocket-Protocol: ouro.v1"], "/ouro/connect");
const NOTHING = Buffer.alloc(0);

/** Another source address for each hundred: a limit per address is not what is tested. */
export function openSocket(port, index) {
    const socket = net.connect({ host: "127.0.0.1", port, localAddress: `127.1.0.${1 + Math.floor(index / 100) % 250}` });
    socket.on("error", () => {}); // a reset is an end like others
    return socket.setNoDelay();
}

export class Connection {
    isOpen = false;
    code = 0; // of the close frame, 1006 without one, 0 before the end
    snapshots = 0;
    #rest = NOTHING;

    /** `owner`: onOpen(), onText(text), onClose(code); each with this connection first. */
    constructor(port, index, owner) {
        this.owner = owner;
        this.socket = openSocket(port, index);
        this.socket.on("connect", () => this.socket.write(REQUEST));
        this.socket.on("data", (data) => this.#take(data));
        this.socket.on("close", () => this.owner.onClose(this, (this.code ||= 1006)));
    }

    sendFrame(opcode, payload) { this.socket.write(wsFrame(opcode, payload)); }
    send(message) { this.sendFrame(OPCODE.text, JSON.stringify(message)); }
    /** FIN, without a goodbye. */
    vanish() { this.socket.destroy(); }
    reset() { this.socket.resetAndDestroy(); }

    #take(data) {
        let bytes = this.#rest.length ? Buffer.concat([this.#rest, data]) : data;
        if (!this.isOpen)
            bytes = this.#shakeHands(bytes);
        this.#rest = this.isOpen ? this.#readFrames(bytes) : bytes;
    }

    #shakeHands(bytes) {
        const end = bytes.indexOf("\r\n\r\n");
        if (end < 0)
            return bytes;
        if (!bytes.toString("latin1", 0, 13).startsWith("HTTP/1.1 101 ")) {
            this.vanish();
            return NOTHING;
        }
        this.isOpen = true;
        this.owner.onOpen(this);
        return bytes.subarray(end + 4);
    }

    #readFrames(bytes) {
        let at = 0;
        while (at + 2 <= bytes.length) {
            let length = bytes[at + 1] & 127, head = 2;
            if (length >= 126) {
                head = length === 126 ? 4 : 10;
                if (at + head > bytes.length)
                    break;
                length = head === 4 ? bytes.readUInt16BE(at + 2) : Number(bytes.readBigUInt64BE(at + 2));
            }
            if (at + head + length > bytes.length)
                break;
            this.#onFrame(bytes[at] & 15, bytes, at + head, at + head + length);
            at += head + length;
        }
        return at < bytes.length ? bytes.subarray(at) : NOTHING;
    }

    #onFrame(opcode, bytes, from, to) {
        if (opcode === OPCODE.binary)
            this.snapshots++;
        else if (opcode === OPCODE.text)
            this.owner.onText(this, bytes.latin1Slice(from, to));
        else if (opcode === OPCODE.close)
            this.#onCloseFrame(to - from >= 2 ? bytes.readUInt16BE(from) : 1005);
        else if (opcode === OPCODE.ping && !this.isMute)
            this.sendFrame(OPCODE.pong, bytes.subarray(from, to));
    }

    #onCloseFrame(code) {
        this.code = code;
        this.socket.destroySoon();
    }
}
