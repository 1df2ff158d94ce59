// SPDX-License-Identifier: MIT
//
// The classic wire protocol, server to page: text in, calls out.
//
//   frame    [[cmd, ...args], ...]     several messages, in order
//   call     listener.cmd(...args)     only with arguments of the right shape
//
// Pure: no socket, no DOM. What is malformed or unknown is skipped and counted, never thrown, so that
// a newer server, or a broken one, costs the page single messages and not its life.

export const KEY = Object.freeze({ left: 37, up: 38, right: 39, down: 40 });

export const LIMIT = Object.freeze({
    frame_chars: 4 << 20,
    messages: 65536,
    side_cells: 512, // a field's width and height
    list: 100, // leaderboard rows: as many as --top may ask for
    name_chars: 32,
    text_chars: 200,
});

const COLOURS = 7;
const ARGS_MAX = 16; // more than any message has; spreading a million would overflow the stack

const isList = Array.isArray;
const isId = (v) => Number.isSafeInteger(v) || (typeof v === "string" && v.length <= 64);
const isIndex = (v) => Number.isInteger(v) && v >= 0 && v < LIMIT.side_cells;
const isText = (v) => typeof v === "string";

/** A colour outside the palette is shown as neutral: the cell matters more than its paint. */
const colourOf = (v) => (Number.isInteger(v) && v > 0 && v < COLOURS ? v : 0);
const scoreOf = (v) => (Number.isSafeInteger(v) ? v : 0);

/** At most `chars` characters, counted as code points so that none is cut in half. */
const clip = (text, chars) => Array.from(text.slice(0, 2 * chars)).slice(0, chars).join("");
const nameOf = (v) => clip(v, LIMIT.name_chars);

/** One printable character; anything else would be drawn as nothing, so it is a space. */
const charOf = (v) => (isText(v) && /^[\x20-\x7e]$/.test(v) ? v : " ");

function cellOf(pair) {
    const [char, colour] = isList(pair) ? pair : [];
    return [charOf(char), colourOf(colour)];
}

const isRows = (rows) =>
    isList(rows) && rows.length > 0 && rows.length <= LIMIT.side_cells &&
    isList(rows[0]) && rows[0].length > 0 && rows[0].length <= LIMIT.side_cells &&
    rows.every((row) => isList(row) && row.length === rows[0].length);

const isScoreRow = (row) => isList(row) && isText(row[0]) && Number.isSafeInteger(row[1]);
const scoreRowOf = ([name, score, colour]) =>
    ({ name: nameOf(name), score, colour: colourOf(colour) });

/** cmd -> [well formed?, the arguments of the call]. A Map, for "constructor" is no command. */
const COMMANDS = new Map([
    ["handshake", [
        (name, id) => isText(name) && isId(id),
        (name, id) => [nameOf(name), id],
    ]],
    ["world", [
        isRows,
        (rows) => [rows.map((row) => row.map(cellOf))],
    ]],
    ["reset_world", [
        () => true,
        () => [],
    ]],
    ["top_scores", [
        isList,
        (rows) => [rows.slice(0, LIMIT.list).filter(isScoreRow).map(scoreRowOf)],
    ]],
    ["p_joined", [
        (id, name) => isId(id) && isText(name),
        (id, name, colour, score) => [id, nameOf(name), colourOf(colour), scoreOf(score)],
    ]],
    ["p_gameover", [
        isId,
        (id) => [id],
    ]],
    ["p_score", [
        (id, score) => isId(id) && Number.isSafeInteger(score),
        (id, score) => [id, score],
    ]],
    ["render", [
        (x, y, char) => isIndex(x) && isIndex(y) && isText(char),
        (x, y, char, colour) => [x, y, charOf(char), colourOf(colour)],
    ]],
    ["error", [
        isText,
        (text) => [clip(text, LIMIT.text_chars)],
    ]],
    ["pong", [
        Number.isFinite,
        (t) => [t],
    ]],
]);

function parse(text) {
    if (!isText(text) || text.length > LIMIT.frame_chars)
        return null;
    try {
        return JSON.parse(text);
    } catch {
        return null;
    }
}

/** True when the message was understood; who has no method of its name does not listen to it. */
function deliver(message, listeners) {
    const [cmd, ...args] = isList(message) && message.length <= ARGS_MAX ? message : [];
    const [isValid, argsOf] = COMMANDS.get(cmd) ?? [];
    if (!isValid?.(...args))
        return false;
    for (const listener of listeners)
        listener[cmd]?.(...argsOf(...args));
    return true;
}

/**
 * Calls the listeners once per well-formed message of one frame, in order; returns how many
 * messages were skipped. A frame that is one bare message (`["error", text]`) is taken as well.
 */
export function decode(text, ...listeners) {
    const frame = parse(text);
    if (!isList(frame))
        return 1;
    const messages = isText(frame[0]) ? [frame] : frame.slice(0, LIMIT.messages);
    return messages.filter((message) => !deliver(message, listeners)).length;
}

// Page to server. A turn is the bare key code, as the game of 2016 sent it.

export const encode = Object.freeze({
    new_player: (name) => JSON.stringify(["new_player", name]),
    join: () => JSON.stringify(["join"]),
    turn: (key) => JSON.stringify(key),
    ping: (t) => JSON.stringify(["ping", t]), // our extension: answered by ["pong", t]
});

export const NAME_CHARS_MAX = 15;

/** The name as the server will take it: trimmed, without control characters, 1..15; "" if none is left. */
export function cleanName(text) {
    const plain = String(text ?? "").replace(/\p{Cc}/gu, "").trim();
    return clip(plain, NAME_CHARS_MAX).trim();
}
