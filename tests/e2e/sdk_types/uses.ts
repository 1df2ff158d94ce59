// SPDX-License-Identifier: MIT
// The whole SDK as a program in TypeScript would use it. It is compiled, not run; what is wrong in it is said to be so, and the
// compiler objects where it is not.
import {
    Client, Clock, Interpolation, OuroError, Prediction, Room, State,
    type Channel, type ChatMessage, type ClientOptions, type Entity, type Filter, type Guest, type JoinOptions, type Json,
    type Period, type Person, type RoomInfo, type Schema, type SchemaField, type Score, type Scores, type Stop, type Ticket,
    type TicketOptions,
} from "../../../clients/js/src/index.js";

interface Snail { name: string; x: number; y: number; hp?: number }

// --- into a room

export async function join(WebSocket: unknown): Promise<Room> {
    const options: ClientOptions = { token: null, name: "Ada", WebSocket, fetch };
    const client = new Client("https://play.example", options);
    new Client();
    new Client(new URL("https://play.example"));
    client.token = "a JWT";
    client.name = undefined;
    const { token, user, name, expires_ms }: Guest = await client.guest("Ada");
    const expires: Date = new Date(expires_ms), known: string[] = [token, user, name];
    const filter: Filter = { map: "forest", level: { min: 2, max: 5 }, ranked: true, clan: null };
    const aborter = new AbortController();
    const more: JoinOptions = { filter, private: true, onQueue: (position: number) => position, signal: aborter.signal };
    const infos: RoomInfo[] = await client.rooms("duel", filter, { limit: 5, signal: aborter.signal });
    infos.map(({ room, type, seats, seats_max, metadata }) => [room, type, seats_max - seats, metadata]);
    await client.join("duel");
    await client.create("duel", { map: "forest" }, more);
    await client.joinById("ABC234", {}, { signal: aborter.signal });
    await client.reconnect((await client.joinOrCreate("duel", { map: "forest" })).reconnectToken);
    // @ts-expect-error a type of rooms is a must
    await client.join();
    // @ts-expect-error its name is a text
    await client.joinOrCreate(5);
    // @ts-expect-error there is no such option
    new Client("https://play.example", { tokens: "x" });
    // @ts-expect-error metadata has no lists to filter by
    await client.rooms("duel", { map: ["forest"] });
    // @ts-expect-error rooms come of a client
    new Room();
    return client.join("duel", { expires, known });
}

// --- in it

export async function play(room: Room): Promise<{ code: number | string; text: string }> {
    const texts: string[] = [room.id, room.code, room.type, room.session, room.user, room.name, room.reconnectToken];
    const isLate: boolean = room.player > 3 && room.tick_ms > 50 && !room.isConnected;
    const motto: unknown = room.welcome.motto;
    const wasSent: boolean = room.send("shoot", { texts, isLate, motto });
    const sequence: number = room.sendInput(new Uint8Array([1, 2])) + room.sendInput([1, 2]);
    const hat = await room.request<{ price: number }>("buy", { what: "hat", wasSent, sequence }, { timeout_ms: 500 });
    const price: number = hat.price;
    room.view(40, 30);
    room.rate(20);
    const stops: Stop[] = [
        room.onMessage("hit", ({ damage }: { damage: number }) => damage + price),
        room.onMessage<Json>(null, (data, name) => JSON.stringify(data) + name),
        room.onEvent<number[]>("scores", (scores) => scores.length),
        room.onStateChange((state) => state.tick),
        room.onDrop((code, text) => code.toFixed() + text.trim()),
        room.onReconnect(() => {}),
        room.onTravel((from) => from.id + from.type),
        room.onLeave((code, text) => String(code) + text.trim()),
        room.onError((error: OuroError) => error.code),
        room.onRate((hz) => hz.toFixed()),
    ];
    stops.forEach((stop) => stop());
    // @ts-expect-error nobody sets where we are
    room.id = "another";
    // @ts-expect-error bytes, not a text
    room.sendInput("abc");
    // @ts-expect-error a view has two sides
    room.view(40);
    // @ts-expect-error a close code may be the text of an error
    room.onLeave((code: number) => code);
    // @ts-expect-error and so it may, if it was over before
    (await room.leave()).code.toFixed();
    // @ts-expect-error it is read-only
    room.welcome.motto = "x";
    return room.leave();
}

export function explain(error: unknown): string {
    if (error instanceof OuroError)
        return error.code === "full" || error.code === 4001 ? error.message : String(error.cause);
    // @ts-expect-error an error has a code
    new OuroError();
    return new OuroError("timeout", "too late", { cause: error }).name;
}

// --- its world

export function watch({ state, clock }: Room): void {
    const { tick, step, input, interval, tick_ms, size }: State = state;
    const sum: number = tick + step + input + interval + tick_ms + size;
    state.onAdd<Snail>("snail", ({ id, type, fields, axes }) => [id + sum, type, fields.name.trim(), axes.x, axes.y]);
    state.onRemove<Snail>(null, (snail) => snail.fields.x);
    state.onChange<Snail>("snail", (snail, previous) => snail.fields.x - (previous.x ?? 0));
    state.onSnapshot(({ tick }) => tick);
    const all: Entity[] = [...state], snails: Entity<Snail>[] = [...state.of<Snail>("snail")];
    const place: { x?: number; y?: number } = {};
    const interpolation = new Interpolation(state, { now: () => performance.now() });
    const late: number = interpolation.frame() - interpolation.delay;
    snails.concat().forEach((snail) => interpolation.at(snail, place).x);
    interpolation.stop();
    const now: number = clock.serverNow() + clock.local() + late + all.length;
    // @ts-expect-error it is null before the first pong
    clock.roundTrip.toFixed();
    // @ts-expect-error there may be no such entity
    state.get<Snail>(5).fields;
    // @ts-expect-error snails have no wings
    state.get<Snail>(5)?.fields.wings;
    // @ts-expect-error the server says what it is
    snails[0]!.type = "leaf";
    // @ts-expect-error an interpolation is of a state
    new Interpolation();
    [now].at(0);
}

export function steer(room: Room): void {
    const me = new Prediction<{ x: number }, number>(room, {
        read: (state) => state.get<Snail>(room.player)?.fields,
        step: ({ x }, dx) => ({ x: x + dx }),
        encode: (dx) => [dx & 255],
    });
    me.push(1);
    const x: number | undefined = me.value?.x;
    me.stop();
    // @ts-expect-error inputs are numbers here
    me.push("left");
    // @ts-expect-error there is none before the first snapshot
    me.value.x;
    // @ts-expect-error the rules are missing
    new Prediction(room, { read: () => x });
}

// With a transport that is not a Room.
export function replay(bytes: Uint8Array): Clock {
    const state = new State(), clock = new Clock(() => Date.now());
    const field: SchemaField = { name: "x", type: "fixed", bits: 16, min: 0, max: 100, axis: "x", who: "owner" };
    const schema: Schema = { hash: "12ab", types: [{ name: "snail", fields: [field] }] };
    state.setSchema(schema);
    const isWhole: boolean = state.apply(bytes);
    state.clear();
    state.setSchema(null);
    clock.begin(Number(isWhole));
    clock.pong(1, 2, 3);
    // @ts-expect-error bytes, not a list
    state.apply([1, 2]);
    return clock;
}

// --- services

export async function talk({ chat, presence, user }: Room): Promise<void> {
    const channels: Channel[] = ["room", "global", { user }];
    for (const channel of channels)
        await chat.send("hello", channel);
    const { id, at_ms } = await chat.send("hello");
    const messages: ChatMessage[] = await chat.history({ user }, { before: id, limit: 10 });
    messages.map(({ to, room, user, text, from }) => [to === "global", room, user, text, from?.user, from?.name, at_ms]);
    await chat.block(user);
    await chat.unblock(user);
    const blocked: string[] = await chat.blocked();
    chat.onMessage(({ at_ms }) => new Date(at_ms))();
    await presence.set("thinking");
    const people: Person[] = [...(await presence.get(blocked)), ...(await presence.watch(blocked))];
    presence.onChange(({ user, online, status, room_types }) => [user, online === true, status, room_types.length + people.length])();
    // @ts-expect-error there is no such channel
    await chat.send("hello", "team");
    // @ts-expect-error the server may have said it
    chat.onMessage(({ from }) => from.name);
    // @ts-expect-error a list of users
    await presence.watch(user);
}

export async function compete({ matchmaker, leaderboards }: Room): Promise<Score | undefined> {
    const wanted: TicketOptions = { type: "duel", properties: { region: "eu" }, query: "region=eu~20s", skill: 1480.5, min: 2, max: 4,
        wait_ms: 20000, party: { name: "k3-Tq9", size: 2 } };
    const ticket: Ticket = await matchmaker.find(wanted);
    const { team } = await ticket.matched;
    const isFirst: boolean = team === 0 && ticket.id !== "";
    await ticket.cancel();
    const period: Period = isFirst ? 1 : "all";
    const { scores, resets_ms }: Scores = await leaderboards.top("weekly", { period, offset: 10, limit: 10 });
    const near = await leaderboards.around("weekly", { period: 0, user: "g_1", above: 2, below: 2 });
    near.scores.map(({ rank, user, name, score }) => [rank + score, user, name]);
    // @ts-expect-error a match is of a type
    await matchmaker.find({ skill: 5 });
    // @ts-expect-error how long, not whether
    await matchmaker.find({ type: "duel", wait_ms: true });
    // @ts-expect-error a party has a size
    await matchmaker.find({ type: "duel", party: { name: "k3-Tq9" } });
    // @ts-expect-error a board may never begin anew
    new Date(resets_ms);
    // @ts-expect-error periods are counted
    await leaderboards.top("weekly", { period: "last" });
    return scores[0];
}
