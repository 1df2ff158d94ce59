// SPDX-License-Identifier: MIT
//
// From joining to leaving: the seat, what is heard, and what the player does.

import { Client } from "./sdk/index.js";
import { pictureOf } from "./picture.js";
import { makeSuits, moveFocus, show, showLast, showLink, showNotice, showState, showTime } from "./view.js";

const SEAT = "eights.seat"; // in this tab: a page that is loaded again comes back to its game
const NAME = "eights.name";
const WHY = { 4001: "The server is going down.", 4002: "Something went wrong at this table.", 4010: "Please try again.",
    4103: "You play on in another window." };

const element = (id) => document.getElementById(id);
let room = null, table = null;

// --- the seat

async function join() {
    const name = element("name").value.trim() || "Guest";
    localStorage.setItem(NAME, name);
    await sit(new Client(undefined, { name }).joinOrCreate("eights"));
}

async function comeBack() {
    const seat = sessionStorage.getItem(SEAT);
    if (seat)
        await sit(new Client().reconnect(seat), "That game is over.");
}

async function sit(coming, otherwise) {
    showNotice("");
    showState("waiting");
    try {
        listen(await coming);
    } catch (error) {
        sessionStorage.removeItem(SEAT);
        showNotice(otherwise ?? error.message);
        showState("start");
    }
}

function listen(joined) {
    room = joined;
    table = null;
    room.onStateChange(draw);
    room.onDrop(() => showLink("Connection lost, coming back …"));
    room.onReconnect(() => {
        showLink("");
        remember();
    });
    room.onLeave(onEnd);
}

// From the first deal on: who only waits is not waited for.
const remember = () => room?.isConnected && table && sessionStorage.setItem(SEAT, room.reconnectToken);

// A result stays to be looked at.
function onEnd(code) {
    room = null;
    sessionStorage.removeItem(SEAT);
    showLink("");
    element("again").hidden = true;
    if (table?.result)
        return;
    if (!table && code === 4003) { // the place in which we waited is gone; there are others
        join();
        return;
    }
    showNotice(code === 4000 ? "" : WHY[code] ?? "The connection was lost for too long.");
    showState("start");
}

async function leave() {
    if (!room && !table)
        return; // still on the way in
    await room?.leave();
    table = null;
    showState("start");
}

// --- what the player does

function draw() {
    const picture = pictureOf(room.state, room.player);
    table = picture?.table ?? null;
    if (picture)
        show(table, picture.hand, picture.us, (card) => ask("play", { card }));
    remember();
}

// The next picture shows what has come of it; a refusal is told.
async function ask(what, data) {
    try {
        await room?.request(what, data);
    } catch (error) {
        if (error.code !== "disconnected")
            showLast(error.message);
    }
}

async function another() {
    await leave();
    await join();
}

element("join").onsubmit = (event) => {
    event.preventDefault();
    join();
};
element("leave").onclick = leave;
element("draw").onclick = element("stock").onclick = () => ask("draw");
element("pass").onclick = () => ask("pass");
element("again").onclick = () => ask("again");
element("another").onclick = another;
makeSuits((suit) => ask("suit", { suit }));

document.onkeydown = (event) => {
    const { key, target } = event;
    if (target.matches("input") || event.ctrlKey || event.altKey || event.metaKey || !table)
        return;
    const pressed = { d: element("draw"), p: element("pass") }[key.toLowerCase()]
        ?? (document.querySelector("[data-naming=true]") && element("suits").children[key - 1]);
    if (pressed)
        pressed.click();
    else if (moveFocus(key))
        event.preventDefault();
};

// --- the clock, and the beginning

setInterval(() => room && table && !table.result && showTime(table.turn_ends_ms - room.clock.serverNow(), table.turn_ms), 100);
addEventListener("pagehide", remember);
element("name").value = localStorage.getItem(NAME) ?? "";
comeBack();
