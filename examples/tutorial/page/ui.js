// SPDX-License-Identifier: MIT
//
// What stands around the meadow: a form to come in, a line of text, a large one, the scores.

import { colorOf } from "./field.js";

const element = (id) => document.getElementById(id);
const put = (id, text) => {
    if (element(id).textContent !== text) // or it would be read out again
        element(id).textContent = text;
};

export const say = (text) => put("status", text);
export const sayBig = (text) => put("big", text);

/** "start": the form is there; "in": it is not. */
export const showState = (state) => (document.documentElement.dataset.state = state);

/** `join(name)` comes in, or fails with an error that has a text. */
export function onJoin(join) {
    element("name").value = localStorage.getItem("name") ?? "";
    element("join").onsubmit = async (event) => {
        event.preventDefault();
        const name = element("name").value.trim() || "Guest";
        localStorage.setItem("name", name);
        showState("in");
        try {
            await join(name);
        } catch (error) {
            say(error.message);
            showState("start");
        }
    };
}

function line({ player, name, text, isMe, isAway }) {
    const shown = document.createElement("li");
    shown.style.setProperty("--color", colorOf(player));
    shown.classList.toggle("me", isMe);
    shown.classList.toggle("away", isAway);
    for (const [kind, content] of [["name", name], ["score", text]])
        shown.append(Object.assign(document.createElement("span"), { className: kind, textContent: content }));
    return shown;
}

/** Rows `{player, name, text, isMe, isAway}`, the best first. */
export const showBoard = (rows) => element("board").replaceChildren(...rows.map(line));
