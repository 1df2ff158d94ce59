// SPDX-License-Identifier: MIT

import { OuroError } from "./error.js";
import { call, listQuery, reserve } from "./http.js";
import { openLink } from "./link.js";
import { Room, urlOf } from "./room.js";
import { schemaOf } from "./schemas.js";
import { returnToSeat, takeSeat } from "./seat.js";

const PREFIX = "/ouro"; // where servers have it, if the URL has no path

export class Client {
    /** Who we are to the server: a guest's token (keep it, and the guest stays who it is), or a JWT. */
    token;
    /** What guests without a token are called. */
    name;

    #base;
    #fetch;
    #WebSocket;

    /** `url`: "https://play.example", or with the path that the server has for this. In Node 18 and 20 a `WebSocket` is
        to be given, that of the package ws for example. */
    constructor(url = globalThis.location?.origin, options = {}) {
        const { token = null, name, WebSocket = globalThis.WebSocket, fetch = globalThis.fetch } = options;
        if (!WebSocket)
            throw new OuroError("no_websocket", "there is no WebSocket here: give one as {WebSocket}");
        this.token = token;
        this.name = name;
        this.#base = new URL(String(url).replace(/^ws/, "http"));
        if (this.#base.pathname === "/")
            this.#base.pathname = PREFIX;
        this.#fetch = (...args) => fetch(...args);
        this.#WebSocket = WebSocket;
    }

    /** Becomes a guest, or renews the one that we are: `{token, user, name, expires_ms}`. */
    async guest(name = this.name) {
        const { json } = await call(this.#fetch, this.#at("guest"), { body: { name }, token: this.token });
        this.token = json.token;
        return json;
    }

    // Each becomes a Room. `options` are for the room; `more`: {filter, private, onQueue(position), signal}

    /** Into the fullest room of that type that fits, else into a new one. */
    joinOrCreate(type, options, more) { return this.#join(this.#type(type), { how: "join_or_create", options }, more); }
    join(type, options, more) { return this.#join(this.#type(type), { how: "join", options }, more); }
    create(type, options, more) { return this.#join(this.#type(type), { how: "create", options }, more); }
    /** By a room's id, or the code of a private one. */
    joinById(id, options, more) { return this.#join(this.#at("room", id, "join"), { options }, more); }

    /** Back into a seat that another page had, by the `reconnectToken` of its Room. */
    async reconnect(reconnectToken, { signal } = {}) {
        const { url, ...seat } = JSON.parse(reconnectToken), dial = (hello) => openLink(this.#WebSocket, url, hello, signal);
        return new Room(this.#WebSocket, new URL(url), await returnToSeat(dial, seat, { signal }));
    }

    /** `[{room, type, seats, seats_max, metadata}]`, the fullest first. */
    async rooms(type, filter = {}, { limit, signal } = {}) {
        const url = this.#at("rooms", type);
        url.search = listQuery(filter, limit);
        return (await call(this.#fetch, url, { token: this.token, signal })).json.rooms;
    }

    #type(type) { return this.#at("rooms", type, "join"); }

    #at(...parts) {
        const url = new URL(this.#base);
        url.pathname = [url.pathname.replace(/\/$/, ""), ...parts.map(encodeURIComponent)].join("/");
        return url;
    }

    async #join(url, body, { filter, private: isPrivate, onQueue, signal } = {}) {
        const name = this.token ? undefined : this.name;
        const place = await reserve(this.#fetch, url, { body: { ...body, filter, private: isPrivate, name },
            token: this.token, onQueue, signal });
        const there = urlOf(place.url, this.#base), schema = schemaOf(there, place.type)?.hash;
        const dial = (hello) => openLink(this.#WebSocket, there, schema ? { ...hello, schema } : hello, signal);
        return new Room(this.#WebSocket, there, await takeSeat(dial, place, signal));
    }
}
