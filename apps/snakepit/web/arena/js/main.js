// SPDX-License-Identifier: MIT
//
// Snakepit arena, the page. This file wires the others together:
//
//   session (SDK) ──state──> stage: world, ticks, camera, paint ──> canvas
//        │  ^                   │
//        │  └── inputs <── pilot <── keys, fingers
//        └──events, news──> hud, replay ──> document
//
// The phase is derived from the connection and one's own snake each time, never stored, so the two can't disagree. It
// is published as data-state of <html>.

import { listenToKeyboard, listenToSwipes, whenTouched } from "../../js/input.js";
import { loadName, saveName } from "../../js/memory.js";
import { cleanName } from "../../js/protocol.js";
import { listenToBoost } from "./controls.js";
import { Hud } from "./hud.js";
import { loadSound, saveSound } from "./memory.js";
import { Pilot } from "./pilot.js";
import { Replay } from "./replay.js";
import { Session } from "./session.js";
import { Sounds } from "./sounds.js";
import { Stage } from "./stage.js";
import { Trace } from "./trace.js";
import { refusalOf } from "./words.js";

const $ = (id) => document.getElementById(id);
const root = document.documentElement;
const KEY_LEFT = 37, KEY_RIGHT = 39;

const query = new URLSearchParams(location.search);
const mode = query.has("replay") ? "replay" : query.get("watch") === "live" ? "live" : "play";

const session = new Session({ enter, change, failed });
const stage = new Stage($("world"), $("map"));
const pilot = new Pilot((byte) => session.room.sendInput([byte]));
const hud = new Hud();
const replay = new Replay();
const sounds = new Sounds();
const trace = Trace.wanted(query);

let isAlive = false; // by the last that was told: an answer to "play", or a death
let isPiloting = false; // one's own snake has been seen
let death = null;
let watched = null; // whose snake the server shows; 0: a place; null: it has not said
let isJoining = false;
let message = ""; // the last thing the player must know, until the next attempt
let failure = ""; // for good
let isFull = false; // by the last try to get in
let living = null;
let standing = null; // {rank, score}, if the server tells
let phase = "connecting";

const me = () => (isAlive ? session.room.player : 0);
const own = () => (isAlive ? stage.world?.snakes.get(session.room.player) : undefined);

function currentPhase() {
    if (!session.isOnline)
        return session.wasLost ? "reconnecting" : "connecting";
    if (isAlive)
        return "playing";
    return death ? "dead" : "watching";
}

// --- from the server

/** A seat that is new: whatever was before is gone. */
function enter(room) {
    if (isAlive)
        message = "The connection was lost, and your snake with it.";
    isAlive = isPiloting = isFull = false;
    death = standing = null;
    watched = null;
    stage.enter(room);
    replay.enter(room);
    room.onStateChange(takeSnapshot);
    room.onMessage("arena", (arena) => (stage.describe(arena), replay.describe(arena)));
    room.onMessage("news", takeNews);
    room.onMessage("watching", ({ player }) => (watched = player));
    room.onMessage("standing", (told) => (standing = told));
    room.onEvent("died", die);
    change();
}

function failed(error, isFinal) {
    if (isFinal)
        failure = refusalOf(error);
    isFull = error.code === "full";
    change();
}

function takeSnapshot() {
    const { state } = session.room, { playback } = stage.world;
    stage.snapshot(performance.now());
    if (isAlive)
        takeOwn(state);
    replay.show(mode === "replay" ? playback : null);
    change();
}

function takeOwn(state) {
    const snake = own();
    if (!snake?.hasRecord)
        return;
    if (!isPiloting) {
        isPiloting = true;
        pilot.begin(snake.way);
        stage.born(performance.now());
    }
    pilot.reconcile(state.input, state.tick);
    snake.plan(pilot.plans);
}

function takeNews({ living: count, map, feed }) {
    living = count;
    stage.map(map);
    hud.feed(feed, isAlive ? own()?.name ?? null : null);
}

function die(told) {
    isAlive = isPiloting = false;
    death = told;
    standing = null;
    watched = told.by;
    message = "";
    sounds.play("died");
    change();
}

// --- what is shown

function change() {
    const before = phase;
    phase = currentPhase();
    if (phase !== before)
        enterPhase();
    hud.show({ phase, mode, failure, isFull, isJoining, message, death, living, rows: rows(),
        rtt_ms: session.isOnline ? session.room.clock.roundTrip : null,
        length: own()?.hasRecord ? own().length : null, rank: myRank(), watched: watchedName() });
}

function enterPhase() {
    if (phase === "playing")
        $("world").focus({ preventScroll: true }); // so that Space and Enter press no button
    else if (phase === "dead" && !("touch" in root.dataset))
        requestAnimationFrame(() => $("play").focus({ preventScroll: true }));
}

function myRank() {
    const leader = stage.world?.leaders.find(({ player }) => player === me());
    return leader?.rank ?? standing?.rank ?? null;
}

function rows() {
    const world = stage.world, mine = me();
    if (!world)
        return [];
    const all = world.leaders.map(({ rank, name, score, player }) => ({ rank: String(rank), name, score: String(score), player,
        colour: world.colourOf(player), isMine: player === mine, isWatched: !mine && player === followedPlayer() }));
    if (own()?.hasRecord && !all.some(({ isMine }) => isMine))
        all.push({ rank: myRank() === null ? "–" : String(myRank()), name: own().name, score: standing ? String(standing.score) : "",
            player: mine, colour: own().colour, isMine: true, isApart: true });
    return all;
}

/** Whom the camera goes after: who nobody was told of is the first of the leaders. */
const followedPlayer = () => me() || (watched ?? stage.world?.leaders[0]?.player ?? 0);

function watchedName() {
    const player = followedPlayer();
    if (isAlive || !player)
        return null;
    return stage.world.snakes.get(player)?.name || stage.world.leaders.find((leader) => leader.player === player)?.name || null;
}

function frame(now) {
    const room = session.room, began = performance.now();
    requestAnimationFrame(frame);
    if (!stage.world)
        return;
    stage.ticks.frame(now, room.clock.roundTrip ?? 0);
    if (isPiloting && stage.ticks.reach !== null && pilot.frame(stage.ticks.reach))
        own()?.plan(pilot.plans);
    const followed = stage.world.snakes.get(followedPlayer());
    if (stage.frame(now, me(), followed, mode === "play" && phase !== "playing") > 0)
        sounds.play("eat");
    if (followed?.isDrawn)
        trace?.record(now, followed, performance.now() - began, now - stage.toldAt);
}

// --- from the player

async function play() {
    if (mode !== "play" || !["watching", "dead"].includes(phase) || isJoining)
        return;
    const name = cleanName($("name").value);
    saveName(name);
    message = "";
    isJoining = true;
    change();
    try {
        await session.room.request("play", name ? { name } : {});
        isAlive = true;
        death = null;
        sounds.play("born");
    } catch (error) {
        isAlive = error.code === "alive";
        message = isAlive ? "" : refusalOf(error);
    }
    isJoining = false;
    change();
}

function turn(key) {
    if (phase === "playing") {
        if (isPiloting && pilot.turn(key))
            own()?.plan(pilot.plans);
        return true;
    }
    if (key !== KEY_LEFT && key !== KEY_RIGHT)
        return false;
    watchNext(key === KEY_LEFT ? -1 : 1);
    return true;
}

function boost(isOn) {
    if (phase !== "playing" || !isPiloting || !pilot.boost(isOn))
        return;
    own()?.plan(pilot.plans);
    if (isOn)
        sounds.play("boost");
}

function watch(player) {
    if (isAlive || !session.isOnline || !player)
        return;
    watched = player;
    session.room.send("watch", { player });
    change();
}

/** The leader before or after the one who is watched. */
function watchNext(step) {
    const players = stage.world?.leaders.map(({ player }) => player) ?? [], at = players.indexOf(followedPlayer());
    watch(players.at(at < 0 ? 0 : (at + step) % players.length));
}

function go(key) {
    if (key === "Enter")
        play();
    else if (mode === "replay")
        replay.toggle();
    return true;
}

function toggleSound() {
    sounds.isOn = !sounds.isOn;
    sounds.wake();
    saveSound(sounds.isOn);
    showSound();
}

function showSound() {
    $("sound").setAttribute("aria-pressed", String(sounds.isOn));
    $("sound").title = sounds.isOn ? "Sound is on" : "Sound is off";
}

function listen() {
    $("join").addEventListener("submit", (event) => {
        event.preventDefault();
        document.activeElement?.blur(); // puts a phone's keyboard away
        play();
    });
    $("play").addEventListener("keydown", (event) => event.repeat && event.preventDefault()); // who dies boosting holds Space still
    $("leaders").addEventListener("click", ({ target }) => watch(Number(target.closest("[data-player]")?.dataset.player)));
    $("previous").addEventListener("click", () => watchNext(-1));
    $("next").addEventListener("click", () => watchNext(1));
    $("sound").addEventListener("click", toggleSound);
    listenToKeyboard({ turn, go, isSteering: () => phase === "playing" });
    listenToSwipes($("world"), (key) => phase === "playing" && turn(key));
    listenToBoost({ canvas: $("world"), button: $("boost") }, boost);
    whenTouched(() => (root.dataset.touch = ""));
    addEventListener("themechange", () => stage.fit());
    addEventListener("pagehide", () => session.end());
    addEventListener("pageshow", ({ persisted }) => persisted && location.reload()); // the browser kept what had ended
    for (const touch of ["pointerdown", "keydown"])
        addEventListener(touch, () => sounds.wake());
}

$("name").value = loadName();
sounds.isOn = loadSound();
showSound();
listen();
change();
requestAnimationFrame(frame);
session.run(...{
    play: ["joinOrCreate", "arena", {}],
    replay: ["create", "arena-replay", { file: query.get("replay") }],
    live: ["joinOrCreate", "arena-replay", { live: true }],
}[mode], loadName() || "Guest");
