// SPDX-License-Identifier: MIT

/** What JSON can say. */
export type Json = null | boolean | number | string | Json[] | { [name: string]: Json };

/** Takes a listener away again. */
export type Stop = () => void;

/**
 * What a server refused, or why a connection ended. `code` is one of the protocol ("full", "not_found", "timeout",
 * "disconnected", ...) or a close code such as 4003.
 */
export class OuroError extends Error {
    constructor(code: string | number, text?: string, options?: { cause?: unknown });
    readonly code: string | number;
}

// --- the client

export interface ClientOptions {
    /** A guest's token that was kept, or a JWT. */
    token?: string | null;
    /** What guests without a token are called. */
    name?: string;
    /** Where there is none: in Node 18 and 20, that of the package ws for example. */
    WebSocket?: unknown;
    fetch?: typeof fetch;
}

export type FilterValue = null | boolean | number | string | { min?: number; max?: number };
export interface Filter { [name: string]: FilterValue }

export interface JoinOptions {
    /** What the room's metadata must have. */
    filter?: Filter;
    /** A new room is not listed, and has a code. */
    private?: boolean;
    /** Too many are joining at this moment: so many are before us. */
    onQueue?: (position: number) => void;
    signal?: AbortSignal;
}

export interface Guest { token: string; user: string; name: string; expires_ms: number }
export interface RoomInfo { room: string; type: string; seats: number; seats_max: number; metadata: Json }

export class Client {
    /** `url`: "https://play.example"; in a page, its own origin if it is missing. */
    constructor(url?: string | URL, options?: ClientOptions);
    token: string | null;
    name: string | undefined;
    /** Becomes a guest, or renews the one that we are. Keep `token`, and the guest stays who it is. */
    guest(name?: string): Promise<Guest>;
    /** Into the fullest room of that type that fits, else into a new one. `options` are for the room. */
    joinOrCreate(type: string, options?: object, more?: JoinOptions): Promise<Room>;
    join(type: string, options?: object, more?: JoinOptions): Promise<Room>;
    create(type: string, options?: object, more?: JoinOptions): Promise<Room>;
    /** By a room's id, or the code of a private one. */
    joinById(id: string, options?: object, more?: JoinOptions): Promise<Room>;
    /** Back into a seat that another page had, by the `reconnectToken` of its Room. */
    reconnect(reconnectToken: string, more?: { signal?: AbortSignal }): Promise<Room>;
    /** The fullest first. */
    rooms(type: string, filter?: Filter, more?: { limit?: number; signal?: AbortSignal }): Promise<RoomInfo[]>;
}

// --- the room

/** Rooms come of a Client. */
export class Room {
    private constructor();
    readonly id: string;
    /** Of a private room: to be told to friends. */
    readonly code: string;
    readonly type: string;
    readonly session: string;
    readonly user: string;
    readonly name: string;
    /** Our number in this room. */
    readonly player: number;
    /** How long a tick is. 0: the room has no rhythm. */
    readonly tick_ms: number;
    /** All that the server said when it let us in: a type of rooms may have members of its own there. */
    readonly welcome: { readonly [member: string]: unknown };
    readonly isConnected: boolean;
    readonly state: State;
    readonly clock: Clock;
    readonly chat: Chat;
    readonly presence: Presence;
    readonly matchmaker: Matchmaker;
    readonly leaderboards: Leaderboards;
    /** For Client.reconnect(), by a page that is loaded again: keep the newest one. */
    readonly reconnectToken: string;

    /** False: there is no connection now, and it is dropped. */
    send(name: string, data?: unknown): boolean;
    /** Fails with the code of the refusal, "timeout" (after 10 s) or "disconnected". */
    request<T = any>(name: string, data?: unknown, options?: { timeout_ms?: number }): Promise<T>;
    /** Up to 64 bytes. Returns the input's number. At most 50 a second are sent: of those beyond, the newest, as soon as it
        may. */
    sendInput(bytes: Iterable<number>): number;
    /** How much of the world is to be seen, in its units. */
    view(width: number, height: number): void;
    /** How many snapshots a second are wanted. */
    rate(hz: number): void;
    /** Gives the seat back. Becomes how it ended, as onLeave() is told. */
    leave(): Promise<{ code: number | string; text: string }>;

    /** What the room sends, as messages and as events. `name` null: anything. */
    onMessage<T = any>(name: string | null, listener: (data: T, name: string) => void): Stop;
    /** Events alone: these are never lost, and never come twice. */
    onEvent<T = any>(name: string | null, listener: (data: T, name: string) => void): Stop;
    /** After each snapshot. */
    onStateChange(listener: (state: State) => void): Stop;
    /** The connection is lost, and we try to come back. */
    onDrop(listener: (code: number, text: string) => void): Stop;
    /** We are back. Events that were missed follow. */
    onReconnect(listener: () => void): Stop;
    /** We are in another room now; that is where we were. */
    onTravel(listener: (from: { id: string; type: string }) => void): Stop;
    /** It is over. `code` is a close code, or that of an OuroError. */
    onLeave(listener: (code: number | string, text: string) => void): Stop;
    /** The server did not like something, or said what can't be read. */
    onError(listener: (error: OuroError) => void): Stop;
    /** Snapshots come at this rate from now on. */
    onRate(listener: (hz: number) => void): Stop;
}

// --- its state

export interface Entity<Fields = Record<string, any>> {
    /** No other's, until 4,095 have come and gone in its place. */
    readonly id: number;
    readonly type: string;
    /** What is known of it; what is not is undefined. */
    readonly fields: Fields;
    /** Which fields say where it is. */
    readonly axes: { readonly x?: string; readonly y?: string };
}

export interface SchemaField {
    name: string;
    type: string;
    bits?: number;
    min?: number;
    max?: number;
    axis?: string;
    who?: string;
}

export interface Schema {
    hash: string;
    types: { name: string; fields: SchemaField[] }[];
}

export class State implements Iterable<Entity> {
    /** Of the last snapshot. */
    readonly tick: number;
    /** By how much that is more than the one before. */
    readonly step: number;
    /** The last input that it includes. */
    readonly input: number;
    /** In how many ticks the next one is due. */
    readonly interval: number;
    tick_ms: number;
    readonly size: number;
    [Symbol.iterator](): Iterator<Entity>;
    of<Fields = Record<string, any>>(type: string): Iterable<Entity<Fields>>;
    get<Fields = Record<string, any>>(id: number): Entity<Fields> | undefined;
    /** For each that comes into view, and for those that are there already. `type` null: of any. */
    onAdd<Fields = Record<string, any>>(type: string | null, listener: (entity: Entity<Fields>) => void): Stop;
    /** For each that has gone out of view, or ended. */
    onRemove<Fields = Record<string, any>>(type: string | null, listener: (entity: Entity<Fields>) => void): Stop;
    /** Some fields have changed; `previous` has what these were before. */
    onChange<Fields = Record<string, any>>(
        type: string | null,
        listener: (entity: Entity<Fields>, previous: Partial<Fields>) => void,
    ): Stop;
    /** After each whole snapshot, and after what is in it was told. */
    onSnapshot(listener: (state: State) => void): Stop;

    // For who has another transport than a Room.
    setSchema(schema: Schema | null): void;
    clear(): void;
    apply(bytes: Uint8Array): boolean;
}

/** Smooth movement from snapshots that come unevenly. */
export class Interpolation {
    constructor(state: State, options?: { now?: () => number });
    /** How far in the past the world is shown, in ms. */
    readonly delay: number;
    /** Call once per frame, before at(). Returns the moment that is shown, in ticks. */
    frame(): number;
    /** Where the entity is in this frame. It is written into `place`, which may be used again. */
    at(entity: Entity, place?: { x?: number; y?: number }): { x?: number; y?: number };
    /** Listens no more. */
    stop(): void;
}

/** One's own movement without waiting for the server. */
export class Prediction<Value, Input> {
    constructor(room: Room, rules: {
        /** The server's word on what is predicted, as a value of its own; null: there is none. */
        read: (state: State) => Value | null | undefined;
        /** What the rules make of it. */
        step: (value: Value, input: Input) => Value;
        /** Its bytes, up to 64. */
        encode: (input: Input) => Iterable<number>;
    });
    /** What is to be shown. Null before the first snapshot. */
    readonly value: Value | null;
    /** Sends an input, and applies it. */
    push(input: Input): void;
    /** Listens no more. */
    stop(): void;
}

/** The server's clock. */
export class Clock {
    constructor(now?: () => number);
    /** In ms; null before the first pong. */
    readonly roundTrip: number | null;
    /** The server's time now, in ms. Never goes backwards, but for a jump after a long sleep. */
    serverNow(): number;
    local(): number;
    begin(server_ms: number): void;
    pong(t0: number, t1: number, t2: number): void;
}

// --- services, which are there in every room

export type Channel = "room" | "global" | { user: string };

export interface ChatMessage {
    id: number;
    to: "room" | "global" | "user";
    room?: string;
    user?: string;
    at_ms: number;
    /** Missing: the server says it. */
    from?: { user: string; name: string };
    text: string;
}

export interface Chat {
    send(text: string, to?: Channel): Promise<{ id: number; at_ms: number }>;
    /** The last messages, oldest first; `before`: an id. */
    history(to?: Channel, options?: { before?: number; limit?: number }): Promise<ChatMessage[]>;
    block(user: string): Promise<object>;
    unblock(user: string): Promise<object>;
    blocked(): Promise<string[]>;
    /** Of what we say, too. */
    onMessage(listener: (message: ChatMessage) => void): Stop;
}

export interface Person { user: string; online: boolean; status: string; room_types: string[] }

export interface Presence {
    set(status: string): Promise<object>;
    get(users: string[]): Promise<Person[]>;
    /** The same, and from now on changes of these are told, and of no others. */
    watch(users: string[]): Promise<Person[]>;
    /** Also of all that are watched, when we are back from where changes could not reach us. */
    onChange(listener: (person: Person) => void): Stop;
}

export interface Ticket {
    id: string;
    /** In the moment when the room has travelled to the match; fails with the code that says why not: "timeout", "travel", "cancelled", ... */
    matched: Promise<{ team: number }>;
    cancel(): Promise<object>;
}

export interface TicketOptions {
    type: string;
    properties?: object;
    query?: string;
    skill?: number;
    min?: number;
    max?: number;
    /** It gives up after that, with "timeout"; the server may do so earlier. */
    wait_ms?: number;
    /** Those who play together: each finds for itself, with the same type, name and size. */
    party?: { name: string; size: number };
}

export interface Matchmaker {
    find(wanted: TicketOptions): Promise<Ticket>;
}

export interface Score { rank: number; user: string; name: string; score: number }

export interface Scores {
    scores: Score[];
    /** When the board begins anew, in ms since 1970. Missing: never. */
    resets_ms?: number;
}

/** 0: the current one, 1: the one before it, and so on; "all": of all time. */
export type Period = number | "all";

export interface Leaderboards {
    /** The best. */
    top(board: string, options?: { period?: Period; offset?: number; limit?: number }): Promise<Scores>;
    /** We (or another `user`), and who is near. */
    around(
        board: string,
        options?: { period?: Period; user?: string; above?: number; below?: number },
    ): Promise<Scores>;
}
