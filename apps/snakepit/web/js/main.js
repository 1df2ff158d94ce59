// SPDX-License-Identifier: MIT
//
// Snakepit classic, the page. This file wires the others together:
//
//   connection ──frame──> protocol ──calls──> game ──> board (canvas), hud (document)
//        ^                                      │
//        └── key codes <── turns <── input      └─ phase: connecting watching playing dead reconnecting
//
// The phase is derived from the connection and the game each time, never stored, so the two can't
// disagree. It is published as data-state of <html>.

import { Board } from "./board.js";
import { Connection } from "./connection.js";
import { Game } from "./game.js";
import { Hud } from "./hud.js";
import { listenToKeyboard, listenToPad, listenToSwipes, whenTouched } from "./input.js";
import { cleanName, decode, encode } from "./protocol.js";
import { loadName, saveName } from "./memory.js";
import { Turns } from "./turns.js";

const SPECTATOR = "Guest";
const JOIN_MS = 4000; // then Play may be pressed again

const $ = (id) => document.getElementById(id);
const root = document.documentElement;

const game = new Game();
const turns = new Turns();
const hud = new Hud();
const board = new Board($("board"), $("frame"));
const connection = new Connection(serverUrl(), { frame: takeFrame, change: refresh, refused: showRefusal });

let message = ""; // the last thing the player must know, until the next attempt
let isJoining = false; // "join" was said, or will be with the next handshake
let joinTimer;
let head = -1; // where my head was
let phase = "connecting";

function serverUrl() {
    const url = new URL("/connect", location.href);
    url.protocol = location.protocol === "https:" ? "wss:" : "ws:";
    return url.href;
}

function currentPhase() {
    if (!connection.isOnline)
        return connection.wasLost ? "reconnecting" : "connecting";
    if (game.isPlaying)
        return "playing";
    return game.death ? "dead" : "watching";
}

// From the server.

/** Hears the messages that change what the player is about to do. */
const session = {
    handshake() {
        if (isJoining)
            connection.send(encode.join());
    },
    p_joined(id) {
        if (id === game.me?.id)
            endJoining();
    },
};

function takeFrame(text) {
    game.begin();
    decode(text, game, connection, session);
    game.end();
    steer();
    board.show(game.grid, game.me?.id ?? null);
    refresh();
}

/** Once per move of my snake: what was pressed too early for the last one goes out now. */
function steer() {
    const now = game.isPlaying ? game.grid.headOf(game.me.id) : -1;
    if (now === head)
        return;
    head = now;
    if (now < 0)
        turns.reset();
    else
        sendTurn(turns.moved(game.grid.heading(now)));
}

function showRefusal(text) {
    message = text;
    endJoining();
    if (!connection.isOnline && connection.name !== SPECTATOR)
        connection.open(SPECTATOR); // the name was refused: watch at least
    refresh();
}

function refresh() {
    const before = phase;
    phase = currentPhase();
    if (phase !== before)
        enter(phase, before);
    hud.show({ phase, game, connection, isJoining, message, name: connection.name });
}

function enter(phase, before) {
    if (phase === "reconnecting") {
        endJoining();
        if (before === "playing")
            message = "The connection was lost, and your snake with it. Press Play to go again.";
    } else if (phase === "playing") {
        message = "";
        $("board").focus({ preventScroll: true }); // so that Space and Enter press no button
    } else if (phase === "dead" && !("touch" in root.dataset)) {
        requestAnimationFrame(() => $("play").focus({ preventScroll: true }));
    }
}

// From the player.

function play() {
    if (!["watching", "dead"].includes(phase) || isJoining)
        return false;
    const name = cleanName($("name").value) || SPECTATOR;
    saveName(cleanName($("name").value));
    message = "";
    isJoining = true;
    joinTimer = setTimeout(() => (endJoining(), refresh()), JOIN_MS);
    if (name === connection.name)
        connection.send(encode.join());
    else
        connection.open(name); // joins after the handshake
    if ("touch" in root.dataset)
        $("frame").scrollIntoView({ block: "nearest" });
    refresh();
    return true;
}

function endJoining() {
    isJoining = false;
    clearTimeout(joinTimer);
}

function turn(key) {
    if (phase !== "playing")
        return false;
    sendTurn(turns.press(key));
    return true;
}

function sendTurn(key) {
    if (key !== null)
        connection.send(encode.turn(key));
}

function listen() {
    $("join").addEventListener("submit", (event) => {
        event.preventDefault();
        document.activeElement?.blur(); // puts a phone's keyboard away
        play();
    });
    $("watch").addEventListener("click", () => {
        game.forgetDeath();
        refresh();
    });
    listenToKeyboard({ turn, go: play, isSteering: () => phase === "playing" });
    listenToPad($("pad"), turn);
    listenToSwipes($("frame"), turn);
    listenToSwipes($("dock"), turn);
    whenTouched(() => (root.dataset.touch = ""));
    addEventListener("themechange", () => board.restyle());
    addEventListener("online", () => connection.hurry());
    document.addEventListener("visibilitychange", () => document.hidden || connection.hurry());
}

$("name").value = loadName();
listen();
board.show(game.grid, null);
connection.open(cleanName($("name").value) || SPECTATOR);
