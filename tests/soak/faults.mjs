// SPDX-License-Identifier: MIT
// What goes wrong with a player of the soak. `begin` does it; the server's close frame, or the end of the
// socket, then ends it (Bot.onClose); where neither need come, `after` does so when failFor() is over.

import { OPCODE, upgradeRequest, wsFrame } from "../e2e/support/raw.mjs";
import { Connection, openSocket } from "./connection.mjs";

const FLOOD_MESSAGES = 400;
const HALF_TOO_LARGE = "x".repeat(40_000); // a message has 64 KiB at most

/** Bits that are reserved, an opcode that is none, no mask, or only noise. */
function noise(bot) {
    const bytes = Buffer.from(Array.from({ length: 40 }, () => bot.between(0, 256)));
    bytes[0] = bot.random() < 0.5 ? 0xf3 : bytes[0] | 0x70;
    return bytes;
}

function lose(bot, ms) {
    bot.goAway(ms);
    bot.connection.vanish();
}

/** A connection of another that never says what it wants. */
function openAndGo(bot, text, ms) {
    const socket = openSocket(bot.port, bot.index);
    socket.on("connect", () => socket.write(text));
    setTimeout(() => socket.destroy(), ms);
}

const FAULTS = [
    { name: "reset", begin(bot) { bot.goAway(bot.between(100, 10_000)); bot.connection.reset(); } },
    { name: "vanish", begin: (bot) => lose(bot, bot.between(100, 10_000)) },
    { name: "vanish, back too late", begin: (bot) => lose(bot, bot.between(26_000, 35_000)) },
    { name: "vanish for good", begin(bot) { lose(bot, bot.between(100, 3_000)); bot.forgetSeat(); } },
    { name: "silence", begin(bot) { bot.connection.isMute = true; } },
    {
        name: "slow reader",
        begin(bot) { bot.connection.socket.pause(); bot.failFor(bot.between(2_000, 30_000)); },
        after(bot) { bot.connection.socket.resume(); bot.playOn(); bot.faultAt = Date.now() + bot.between(5_000, 30_000); },
    },
    {
        name: "reads no more, and is gone",
        begin(bot) { bot.connection.socket.pause(); bot.failFor(bot.between(2_000, 30_000)); },
        after(bot) {
            bot.goAway(1_000);
            bot.lostAt = 0; // the server may have cut it off long before
            bot.connection.reset();
        },
    },
    { name: "noise", begin: (bot) => bot.connection.socket.write(noise(bot)) },
    { name: "bad JSON", begin(bot) { for (let i = 0; i < 3; i++) bot.connection.sendFrame(OPCODE.text, '{"type":'); } },
    {
        name: "too large",
        begin({ connection }) {
            connection.socket.write(wsFrame(OPCODE.text, HALF_TOO_LARGE, { isFinal: false }));
            connection.socket.write(wsFrame(OPCODE.continuation, HALF_TOO_LARGE));
        },
    },
    {
        name: "flood",
        begin(bot) { for (let i = 0; i < FLOOD_MESSAGES; i++) bot.connection.send({ type: "ping", t0: i }); },
    },
    { name: "leave", begin(bot) { bot.connection.send({ type: "leave" }); } },
    { name: "same seat twice", begin: (bot) => bot.connect() },
    {
        name: "half a handshake",
        begin(bot) { openAndGo(bot, upgradeRequest().slice(0, 60), bot.between(50, 12_000)); bot.failFor(0); },
        after: goOn,
    },
    {
        name: "no hello",
        begin(bot) {
            openAndGo(bot, upgradeRequest(["Sec-WebSocket-Protocol: ouro.v1"], "/ouro/connect"), bot.between(50, 15_000));
            bot.failFor(0);
        },
        after: goOn,
    },
    {
        name: "a hello, and gone",
        begin(bot) {
            const stranger = {
                onOpen(connection) {
                    connection.send({ type: "hello", join: { room_type: "arena" }, name: "gone" });
                    setTimeout(() => connection.reset(), bot.between(0, 300));
                },
                onText() {},
                onClose() {},
            };
            new Connection(bot.port, bot.index, stranger);
            bot.failFor(0);
        },
        after: goOn,
    },
];

function goOn(bot) {
    bot.connection.fault = null;
    bot.playOn();
    bot.faultAt = Date.now() + bot.between(10_000, 40_000);
}

export const FAULT_NAMES = FAULTS.map(({ name }) => name);

export function chooseFault(bot) { return FAULTS[Math.floor(bot.random() * FAULTS.length)]; }
