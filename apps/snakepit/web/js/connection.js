// SPDX-License-Identifier: MIT
//
// One WebSocket that comes back: reconnect with back-off, and the measured round trip.
//
//   open ──> hello ──> handshake (isOnline) ──> pings every 2 s
//     ^                                            │ closed, refused, or no pong for 8 s
//     └────────── back-off with jitter <───────────┘
//
// The protocol of 2016 has no ping and a browser can't send a WebSocket's own, so ["ping", t] is an
// extension: a server that answers it with an error is not asked again and shows no round trip; one
// that never answered at all is not judged by its silence.

import { decode, encode } from "./protocol.js";

const HANDSHAKE_MS = 8000;
const PING_EVERY_MS = 2000;
const WATCH_EVERY_MS = 250;
const STALLED_MS = 3500;
const GIVEN_UP_MS = 8000;
const RETRY_FIRST_MS = 500;
const RETRY_MAX_MS = 10000;
const SMOOTHING = 1 / 4; // weight of the newest round trip

/** How long to wait before try number `attempt` (from 0): doubling, half of it random so that a
    thousand pages don't come back in the same instant. */
export function backoffMs(attempt, random = Math.random) {
    const full = Math.min(RETRY_MAX_MS, RETRY_FIRST_MS * 2 ** attempt);
    return full / 2 + (full / 2) * random();
}

export class Connection {
    isOnline = false; // handshake done
    isStalled = false; // a pong is overdue
    wasLost = false; // waiting to come back, or trying to
    rtt_ms = null; // smoothed; null when unknown

    #url;
    #on;
    #socket = null;
    #attempt = 0;
    #dialledAt;
    #retryTimer;
    #watchTimer;
    #pingSentAt = 0;
    #isPingOut = false;
    #pingWorks = null; // null until the first answer on this connection

    /**
     * `on.frame(text)` receives each frame; `on.change()` is called when a public field changed;
     * `on.refused(text)` gets the errors from the server that are not about a ping. The frames are
     * decoded by the caller, who makes this object one of the listeners.
     */
    constructor(url, on) {
        this.#url = url;
        this.#on = on;
    }

    /** Connects under that name, leaving a present connection: a name is said once per connection. */
    open(name) {
        this.name = name;
        this.wasLost = false;
        this.#attempt = 0;
        this.#dial();
    }

    /** Ends the back-off: the network is back, or the user looks at the page again. */
    hurry() {
        if (this.wasLost && !this.#socket)
            this.#dial();
    }

    /** Sends a message of `encode`; dropped when offline, for what is late is wrong in a game. */
    send(text) {
        if (this.isOnline && this.#socket?.readyState === WebSocket.OPEN)
            this.#socket.send(text);
    }

    // Messages, as a listener of `decode`.

    handshake() {
        this.isOnline = true;
        this.wasLost = false;
        this.#attempt = 0;
        this.#ping();
        this.#on.change();
    }

    pong(t) {
        if (!this.#isPingOut || t !== Math.round(this.#pingSentAt))
            return;
        const sample = performance.now() - this.#pingSentAt;
        this.rtt_ms = this.rtt_ms === null ? sample : this.rtt_ms + (sample - this.rtt_ms) * SMOOTHING;
        this.#pingWorks = true;
        this.#isPingOut = this.isStalled = false;
        this.#on.change();
    }

    error(text) {
        if (!this.#isPingOut || this.#pingWorks !== null) {
            this.#on.refused(text);
            return;
        }
        this.#pingWorks = false; // answers come in order: this one is for the first ping
        this.#isPingOut = false;
        this.#on.change();
    }

    #dial() {
        this.#drop();
        const socket = new WebSocket(this.#url);
        this.#socket = socket;
        this.#dialledAt = performance.now();
        socket.onopen = () => socket.send(encode.new_player(this.name));
        socket.onmessage = ({ data }) => this.#on.frame(data);
        socket.onclose = () => this.#lose();
        this.#watchSoon();
        this.#on.change();
    }

    /** Lets go without waiting for the closing handshake: a dead network would not answer it. */
    #drop() {
        clearTimeout(this.#retryTimer);
        clearTimeout(this.#watchTimer);
        this.isOnline = this.isStalled = this.#isPingOut = false;
        this.rtt_ms = this.#pingWorks = null;
        if (!this.#socket)
            return;
        this.#socket.onopen = this.#socket.onmessage = this.#socket.onclose = null;
        this.#socket.close();
        this.#socket = null;
    }

    #lose() {
        this.#drop();
        this.wasLost = true;
        this.#retryTimer = setTimeout(() => this.#dial(), backoffMs(this.#attempt++));
        this.#on.change();
    }

    #ping() {
        this.#pingSentAt = performance.now();
        this.#isPingOut = true;
        this.send(encode.ping(Math.round(this.#pingSentAt)));
    }

    #watchSoon() {
        this.#watchTimer = setTimeout(() => {
            this.#watch();
            if (this.#socket)
                this.#watchSoon();
        }, WATCH_EVERY_MS);
    }

    /** Judges by the age of what is unanswered, not by counting: the timers of a hidden page run late. */
    #watch() {
        const now = performance.now();
        if (!this.isOnline && now - this.#dialledAt > HANDSHAKE_MS)
            this.#lose();
        else if (this.#isPingOut && this.#pingWorks)
            this.#judge(now - this.#pingSentAt);
        else if (this.#pingWorks && now - this.#pingSentAt >= PING_EVERY_MS)
            this.#ping();
    }

    #judge(silence_ms) {
        if (silence_ms > GIVEN_UP_MS) {
            this.#lose();
        } else if (silence_ms > STALLED_MS && !this.isStalled) {
            this.isStalled = true;
            this.#on.change();
        }
    }
}
