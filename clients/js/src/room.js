// SPDX-License-Identifier: MIT
//
// A seat in a room, from joining to leaving, over as many connections as that takes.
//
//            ┌── drop ──> tries to come back ──> reconnect ──┐
//   join ──> │ connected <───────────────────────────────────┘
//            │     └── travel: the same Room is in another room then
//            └── leave: for good

import { putVarint } from "./bits.js";
import { Clock } from "./clock.js";
import { Emitter } from "./emitter.js";
import { OuroError } from "./error.js";
import { Inputs } from "./inputs.js";
import { BROKEN, LEFT, isFinal, openLink } from "./link.js";
import { Requests } from "./requests.js";
import { keepSchema, schemaBy } from "./schemas.js";
import { returnToSeat, takeSeat } from "./seat.js";
import { Chat, Leaderboards, Matchmaker, Presence } from "./services.js";
import { State, isSnapshot } from "./state.js";

const INPUT = 1; // first byte
const PING_EVERY_MS = 2000; // or up to a tick less: the server reads at its ticks, and no ping is to wait as long as the last
const SILENT_MS = 8000; // a ping without an answer for so long: the connection is dead
const STEADY_MS = 5000; // a connection that was shorter was no good: the next one waits a little
const SEEN_EVERY = 32; // events; more often than pings if there are many
const REQUEST_MS = 10_000;
const LEAVE_MS = 2000;

export class Room {
    id = null;
    /** Of a private room: to be told to friends. */
    code = "";
    type = null;
    session = null;
    /** Who we are: the id, the name, and the number in this room. */
    user = null;
    name = null;
    player = 0;
    tick_ms = 0;
    /** All that the server said when it let us in: a type of rooms may have members of its own there. */
    welcome = null;
    isConnected = false;

    state = new State();
    clock = new Clock();

    #WebSocket;
    #url;
    #link = null;
    #seat; // {reconnect, seen, hold_ms}, see seat.js
    #attempt = -1; // how often it came back from connections that did not last
    #attachedAt = 0;
    #lost = null; // {code, text, at} of the connection before, until there is another
    #travels = 0; // that are under way
    #travelled = Promise.resolve();
    #life = new AbortController(); // aborted: over for good
    #over;
    #isOver;
    #isLeaving = false;
    #timer;
    #askedAt = 0; // the first ping that nothing was heard after
    #unsaid = 0; // events since `seen` was told
    #sequence = 0; // of inputs
    #inputs = new Inputs((bytes) => this.#link?.sendBytes(bytes));
    #wishes = new Map(); // type -> message, for each new connection
    #requests = new Requests();
    #named = new Emitter(); // messages and events by name, null for all
    #events = new Emitter();
    #own = new Emitter();
    #handlers = {
        __proto__: null,
        message: (message) => this.#tell(message),
        event: (event) => this.#event(event),
        response: (response) => this.#requests.answer(response),
        pong: ({ t0, t1, t2 }) => this.clock.pong(t0, t1, t2),
        travel: (place) => this.#isNew(place) && this.#goTo(place),
        rate: ({ hz }) => this.#own.emit("rate", hz),
        error: ({ code, text }) => this.#own.emit("error", new OuroError(code, text)),
    };

    // Services. They are made last: they listen.
    chat = new Chat(this);
    presence = new Presence(this);
    matchmaker = new Matchmaker(this);
    leaderboards = new Leaderboards(this);

    /** Rooms come of a Client. `link` has a welcome; `url` is where it leads to. */
    constructor(WebSocket, url, link) {
        this.#WebSocket = WebSocket;
        this.#over = new Promise((resolve) => (this.#isOver = resolve));
        this.#moveIn(url, link);
        // Whoever waits for this room shall have a moment to say what it listens to, before anything is told.
        setTimeout(() => this.#link === link && this.#listen(link), 0);
    }

    // --- talking

    /** Sends a message to the room. False: there is no connection now, and it is dropped. */
    send(name, data = null) { return this.#say({ type: "message", name, data }); }

    /** Becomes the answer, or an OuroError with the code of the refusal, "timeout" or "disconnected". */
    request(name, data = null, { timeout_ms = REQUEST_MS } = {}) {
        return this.#requests.add((id) => this.#say({ type: "request", id, name, data }), timeout_ms);
    }

    /** Sends an input, up to 64 bytes, and returns its number. Without a connection it is dropped: what is late is
        wrong in a game. At most 50 a second are sent: of those beyond, the newest, as soon as it may. */
    sendInput(bytes) {
        this.#sequence = Math.max(this.#sequence, this.state.input) + 1;
        const message = [INPUT];
        putVarint(message, this.#sequence);
        putVarint(message, this.state.tick);
        message.push(...bytes);
        if (this.#link)
            this.#inputs.add(Uint8Array.from(message));
        return this.#sequence;
    }

    /** How much of the world is to be seen, in its units. */
    view(width, height) { this.#wish({ type: "view", width: Math.ceil(width), height: Math.ceil(height) }); }
    /** How many snapshots a second are wanted. */
    rate(hz) { this.#wish({ type: "rate", hz: Math.ceil(hz) }); }

    /** Gives the seat back. Resolves when that is done, with `{code, text}`. */
    leave() {
        this.#isLeaving = true;
        clearTimeout(this.#timer);
        if (this.#say({ type: "leave" }) && this.#travels === 0)
            this.#timer = setTimeout(() => this.#end(LEFT, "left"), LEAVE_MS); // a dead network would not answer
        else
            this.#end(LEFT, "left");
        return this.#over;
    }

    /** For Client.reconnect(), by a page that is loaded again: keep the newest one. */
    get reconnectToken() { return JSON.stringify({ url: String(this.#url), ...this.#seat }); }

    // --- listening; each returns a function that takes the listener away

    /** `listener(data, name)`: the room has sent that, as a message or as an event. `name` null: anything. */
    onMessage(name, listener) { return this.#named.on(name, listener); }
    /** `listener(data, name)`: the same for events alone, which are never lost. */
    onEvent(name, listener) { return this.#events.on(name, listener); }
    /** `listener(state)`: after each snapshot. */
    onStateChange(listener) { return this.state.onSnapshot(listener); }
    /** `listener(code, text)`: the connection is lost, and we try to come back. */
    onDrop(listener) { return this.#own.on("drop", listener); }
    /** `listener()`: we are back. Events that were missed follow. */
    onReconnect(listener) { return this.#own.on("reconnect", listener); }
    /** `listener({id, type})`: we are in another room now; that is where we were. */
    onTravel(listener) { return this.#own.on("travel", listener); }
    /** `listener(code, text)`: it is over. */
    onLeave(listener) { return this.#own.on("leave", listener); }
    /** `listener(error)`: the server did not like something, or said what can't be read. */
    onError(listener) { return this.#own.on("error", listener); }
    /** `listener(hz)`: snapshots come at this rate from now on. */
    onRate(listener) { return this.#own.on("rate", listener); }

    // --- a connection

    // The link is into a seat that is new to us.
    #moveIn(url, link) {
        const { welcome } = link;
        this.#url = url;
        this.#seat = { seen: welcome.seen };
        this.#sequence = 0;
        this.clock.begin(welcome.now_ms);
        this.state.clear();
        this.#attach(link);
    }

    #attach(link) {
        const { welcome } = link;
        this.#takeSchema(link);
        Object.assign(this.#seat, { reconnect: welcome.reconnect, hold_ms: welcome.hold_ms });
        Object.assign(this, { id: welcome.room, code: welcome.code, type: welcome.room_type, session: welcome.session,
            user: welcome.user, name: welcome.name, player: welcome.player, tick_ms: welcome.tick_ms, welcome });
        this.state.tick_ms = welcome.tick_ms;
        this.#link = link;
        this.#lost = null;
        this.isConnected = true;
        this.#attachedAt = performance.now();
        this.#askedAt = -Infinity;
        this.#pulse(); // says something, and so the token before is no longer good
        for (const wish of this.#wishes.values())
            this.#say(wish);
    }

    // The server leaves the types out if we have said that we know them.
    #takeSchema(link) {
        const { schema, room_type } = link.welcome;
        try {
            if (schema?.types)
                keepSchema(this.#url, room_type, schema);
            if (schema?.types || schema?.hash !== this.state.schema?.hash)
                this.state.setSchema(schema?.types ? schema : (schema && schemaBy(schema.hash)) ?? null);
        } catch (error) {
            link.drop();
            throw new OuroError("schema", error.message, { cause: error });
        }
    }

    #listen(link) {
        link.start({
            message: (message) => this.#handlers[message?.type]?.(message),
            bytes: (bytes) => this.#snapshot(bytes),
            close: (code, text) => this.#lose(code, text),
        });
    }

    #say(message) { return this.#link?.send(message) ?? false; }

    #wish(message) {
        this.#wishes.set(message.type, message);
        this.#say(message);
    }

    // Judges by the age of what is unanswered, not by counting: the timers of a hidden page run late.
    #pulse() {
        const now = performance.now();
        clearTimeout(this.#timer);
        if (this.#link.heardAt >= this.#askedAt) {
            this.#askedAt = now;
        } else if (now - this.#askedAt > SILENT_MS) {
            this.#lose(BROKEN, "nothing was heard any more");
            return;
        }
        this.#unsaid = 0;
        this.#say({ type: "ping", t0: this.clock.local(), seen: this.#seat.seen });
        this.#timer = setTimeout(() => this.#pulse(), PING_EVERY_MS - Math.random() * this.tick_ms);
    }

    #letGo() {
        clearTimeout(this.#timer);
        this.#inputs.drop();
        this.#link?.drop();
        this.#link = null;
        this.isConnected = false;
        this.#requests.failAll();
    }

    // --- what comes

    #event(event) {
        if (this.#isNew(event)) {
            this.#events.emitToAll(event.name, event.data, event.name);
            this.#tell(event);
        }
    }

    #tell({ name, data }) {
        this.#named.emitToAll(name, data, name);
    }

    // Each number counts once, over whatever connection it comes.
    #isNew({ n }) {
        if (!(n > this.#seat.seen))
            return false;
        this.#seat.seen = n;
        if (++this.#unsaid >= SEEN_EVERY) {
            this.#unsaid = 0;
            this.#say({ type: "seen", n });
        }
        return true;
    }

    #snapshot(bytes) {
        if (!isSnapshot(bytes))
            return;
        try {
            this.state.apply(bytes);
        } catch (error) {
            this.#own.emit("error", new OuroError("bad_snapshot", error.message, { cause: error }));
            this.#lose(BROKEN, error.message); // a new connection begins with a fresh one
        }
    }

    // --- coming back

    #lose(code, text) {
        this.#letGo();
        this.#lost = { code, text, at: performance.now() };
        if (this.#isLeaving)
            this.#end(LEFT, "left");
        else if (this.#travels === 0)
            this.#comeBack();
    }

    async #comeBack() {
        const { code, text, at } = this.#lost;
        if (isFinal(code) || !this.#seat.hold_ms) {
            this.#end(code, text);
            return;
        }
        this.#attempt = at - this.#attachedAt > STEADY_MS ? 0 : this.#attempt + 1;
        this.#own.emit("drop", code, text);
        try {
            const link = await returnToSeat((hello) => this.#dial(this.#url, hello), this.#seat,
                { attempt: this.#attempt, lostAt: at, signal: this.#life.signal });
            if (!this.#isWanted(link))
                return;
            this.#attach(link);
            this.#own.emit("reconnect");
            if (this.#link === link)
                this.#listen(link);
        } catch (error) {
            this.#end(error.code ?? BROKEN, error.message);
        }
    }

    // False: we have left in that very moment.
    #isWanted(link) {
        if (this.#life.signal.aborted)
            link.leave();
        return !this.#life.signal.aborted;
    }

    #dial(url, hello) {
        const schema = this.state.schema?.hash;
        return openLink(this.#WebSocket, url, schema ? { ...hello, schema } : hello, this.#life.signal);
    }

    // --- travel

    // One after the other. The connection that we have stays until the new one has its welcome: the server closes it
    // then, and that may be noticed before.
    #goTo(place) {
        this.#travels++;
        this.#travelled = this.#travelled.then(async () => {
            await this.#travel(place);
            this.#travels--;
            if (this.#travels === 0 && this.#lost && !this.#life.signal.aborted)
                this.#comeBack();
        });
    }

    async #travel(place) {
        const from = { id: this.id, type: this.type };
        let url, link;
        try {
            url = urlOf(place.url, this.#url);
            link = await takeSeat((hello) => this.#dial(url, hello), place, this.#life.signal);
        } catch (error) {
            if (!this.#life.signal.aborted)
                this.#own.emit("error", new OuroError("travel", error.message, { cause: error }));
            return; // we stay where we are
        }
        if (!this.#isWanted(link))
            return;
        this.#letGo();
        try {
            this.#moveIn(url, link);
        } catch (error) {
            this.#end(error.code, error.message);
            return;
        }
        this.#own.emit("travel", from);
        if (this.#link === link)
            this.#listen(link);
    }

    // --- the end

    #end(code, text) {
        if (this.#life.signal.aborted)
            return;
        this.#life.abort();
        this.#letGo();
        this.#isOver({ code, text });
        this.#own.emit("leave", code, text);
    }
}

/** Where the WebSocket of a place is that a server names. `base`: where we asked. */
export function urlOf(path, base) {
    const url = new URL(path, base);
    url.protocol = url.protocol.replace(/^http/, "ws");
    return url;
}
