// SPDX-License-Identifier: MIT
//
// What the server offers in every room, docs/protocol.md, "Services": names with a dot.

import { Emitter } from "./emitter.js";
import { OuroError } from "./error.js";

/** Channels are "room" (where we are), "global", or `{user: ID}`. */
export class Chat {
    #room;
    constructor(room) { this.#room = room; }

    /** Becomes `{id, at_ms}`. */
    send(text, to = "room") { return this.#room.request("chat.send", { ...channel(to), text }); }
    /** The last messages, oldest first; `before`: an id. */
    async history(to = "room", { before, limit } = {}) {
        return (await this.#room.request("chat.history", { ...channel(to), before, limit })).messages;
    }
    block(user) { return this.#room.request("chat.block", { user }); }
    unblock(user) { return this.#room.request("chat.unblock", { user }); }
    async blocked() { return (await this.#room.request("chat.blocked")).users; }

    /** `listener({id, to, room?, user?, at_ms, from?: {user, name}, text})`, of what we say, too. */
    onMessage(listener) { return this.#room.onMessage("chat.message", listener); }
}

const channel = (to) => (typeof to === "string" ? { to } : { to: "user", user: to.user });

export class Presence {
    #room;
    #watched = null;
    #changes = new Emitter();

    constructor(room) {
        this.#room = room;
        room.onMessage("presence.changed", (person) => this.#tell(person));
        room.onReconnect(() => this.#catchUp());
        room.onTravel(() => this.#catchUp()); // a seat watches, and this is another one
    }

    set(status) { return this.#room.request("presence.set", { status }); }
    /** `[{user, online, status, room_types}]` */
    async get(users) { return (await this.#room.request("presence.get", { users })).users; }
    /** The same, and from now on changes of these are told, and of no others. */
    watch(users) {
        this.#watched = users;
        return this.#watch();
    }
    /** `listener({user, online, status, room_types})`: something may have changed of who is watched. */
    onChange(listener) { return this.#changes.on("change", listener); }

    async #watch() { return (await this.#room.request("presence.watch", { users: this.#watched })).users; }

    #tell(person) { this.#changes.emit("change", person); }

    // Changes are not kept for who was away: what has become of all is told instead.
    async #catchUp() {
        const people = this.#watched ? await this.#watch().catch(() => []) : [];
        people.forEach((person) => this.#tell(person));
    }
}

export class Matchmaker {
    #room;
    #tickets = new Map(); // id -> {matched, resolve, reject, match}

    constructor(room) {
        this.#room = room;
        room.onEvent("match.matched", ({ ticket, ...match }) => (this.#ticket(ticket).match = match));
        room.onEvent("match.ended", ({ ticket, why }) => this.#ticket(ticket).reject(new OuroError(why, `no match: ${why}`)));
        room.onTravel(() => this.#tickets.forEach((ticket) => this.#arrive(ticket)));
        // Its way into the room was not to be: who was away for too long finds the seat given away.
        room.onError((error) => error.code === "travel" && this.#tickets.forEach(({ match, reject }) => match && reject(error)));
        room.onLeave((code, text) => this.#tickets.forEach(({ reject }) => reject(new OuroError(code, text))));
    }

    /**
     * `{type, properties, query, skill, min, max, wait_ms, party}`. Becomes a ticket: `matched` becomes `{team}` in the moment
     * when the room has travelled to the match, or an OuroError with the code that says why not; `cancel()` takes it back.
     * `party: {name, size}`: each member finds for itself, and all travel together; "party" is why, if another one has gone.
     */
    async find(wanted) {
        const { ticket } = await this.#room.request("match.ticket", wanted);
        const { matched } = this.#ticket(ticket);
        matched.catch(() => {}).then(() => this.#tickets.delete(ticket));
        return { id: ticket, matched, cancel: () => this.#cancel(ticket) };
    }

    // There, or elsewhere: the seat that asked is left, and its tickets end with it.
    #arrive({ match, resolve, reject }) {
        if (match)
            resolve(match);
        else
            reject(new OuroError("cancelled", "the room that it was asked from was left"));
    }

    // The server has nothing more to say about it then.
    async #cancel(ticket) {
        const done = await this.#room.request("match.cancel", { ticket });
        this.#tickets.get(ticket)?.reject(new OuroError("cancelled", "the ticket was taken back"));
        return done;
    }

    // What becomes of it may be heard in the moment of the answer, before that has been looked at.
    #ticket(id) {
        if (!this.#tickets.has(id)) {
            const ticket = { match: null };
            ticket.matched = new Promise((resolve, reject) => Object.assign(ticket, { resolve, reject }));
            ticket.matched.catch(() => {}); // whoever does not look does not care
            this.#tickets.set(id, ticket);
        }
        return this.#tickets.get(id);
    }
}

export class Leaderboards {
    #room;
    constructor(room) { this.#room = room; }

    /** The best of a board. `options` go with the question: `{limit, period}`. */
    top(board, options = {}) { return this.#room.request("board.top", { board, ...options }); }
    /** Our rank, and our neighbours. */
    around(board, options = {}) { return this.#room.request("board.around", { board, ...options }); }
}
