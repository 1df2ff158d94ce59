// SPDX-License-Identifier: MIT
import { Client } from "./sdk/index.js";

const LINES_MAX = 200;
const element = (id) => document.getElementById(id);
const status = (text) => (element("status").textContent = text);
const chosen = () => element("to").value;
let room = null;

// --- what is heard

function show({ from, to, text }) {
    const line = document.createElement("li"), who = from ? from.name : "the server";
    line.textContent = to === "user" ? `${who}, in private: ${text}` : `${who}: ${text}`;
    element("lines").append(line);
    while (element("lines").children.length > LINES_MAX)
        element("lines").firstChild.remove();
    if (from && from.user !== room.user)
        meet(from);
}

function meet({ user, name }) {
    const known = [...element("to").options].some(({ value }) => value === user);
    if (!known)
        element("to").append(new Option(name, user));
}

async function listen() {
    const live = [];
    const stop = room.chat.onMessage((message) => live.push(message)); // while we ask for what was before
    const before = await room.chat.history("room");
    stop();
    room.chat.onMessage(show);
    const isNew = ({ to, id }) => to !== "room" || !before.some((old) => old.id === id);
    [...before, ...live.filter(isNew)].forEach(show);
}

// --- what is said and done

async function attempt(action, done = "") {
    try {
        await action();
        status(done);
    } catch (error) {
        status(error.message); // "you are muted for a while", "that is not to be said here", ...
    }
}

const say = (text) => room.chat.send(text, chosen() ? { user: chosen() } : "room");

async function block() {
    await room.chat.block(chosen());
    element("to").selectedOptions[0].remove();
    choose();
}

function choose() {
    element("block").disabled = element("mute").disabled = !chosen();
}

element("enter").onsubmit = (event) => {
    event.preventDefault();
    attempt(async () => {
        room = await new Client(undefined, { name: element("name").value }).joinOrCreate("parlour");
        room.onLeave((code, text) => status(`it is over: ${text}`));
        await listen();
        element("enter").hidden = true;
        element("say").hidden = false;
    });
};
element("say").onsubmit = (event) => {
    event.preventDefault();
    attempt(async () => {
        await say(element("line").value);
        element("line").value = "";
    });
};
element("to").onchange = choose;
element("block").onclick = () => attempt(block, "you hear nothing of them any more");
element("mute").onclick = () => attempt(() => room.request("mute", { user: chosen() }), "they are muted for a minute");
