// SPDX-License-Identifier: MIT
//
// What is said to people. Pure.

const HOW = {
    wall: ["You ran into the wall", "It was there before you."],
    self: ["You bit yourself", "Long snakes have to think ahead."],
    snake: ["You crashed", "Into somebody's body."],
    head_on: ["Head on", "Two of you wanted the same place."],
    left: ["You left", "And your snake with you."],
};

/** Title and text of a death as the event `died` tells it. */
export function obituaryOf({ why, by, by_name }) {
    const [title, text] = HOW[why] ?? ["You died", ""];
    return by && by_name ? [title, `${by_name} got you.`] : [title, text];
}

/** [label, text] of each figure of a death. */
export function figuresOf({ score, length, kills, rank }) {
    return [["Score", score], ["Length", length], ["Kills", kills], ["Rank", rank]].map(([label, value]) =>
        [label, Number.isFinite(value) ? String(value) : "–"]);
}

/** A line of the kill feed, `[by, who, score]`: {by, who, text}, or null if it is none. */
export function lineOf(entry) {
    const [by, who, score] = Array.isArray(entry) ? entry : [];
    if (typeof by !== "string" || typeof who !== "string" || !Number.isFinite(score))
        return null;
    return { by, who, score };
}

export function clockOf(seconds) {
    const whole = Math.max(0, Math.floor(seconds)), two = (n) => String(n).padStart(2, "0");
    const hours = Math.floor(whole / 3600), minutes = Math.floor(whole / 60) % 60;
    return hours > 0 ? `${hours}:${two(minutes)}:${two(whole % 60)}` : `${minutes}:${two(whole % 60)}`;
}

/** Codes of refusals, as the player is told of them. */
const REFUSALS = {
    no_room: "There was no free place. Try again.",
    full: "The arena is full. Try again in a moment.",
    bad_name: "A name has 1 to 15 characters.",
    alive: "You have a snake already.",
    timeout: "The server did not answer. Try again.",
    disconnected: "The connection was lost. Try again.",
    not_found: "There is no such recording, or arena.",
    refused: "That can't be watched here.",
    4000: "There is nothing to be seen here, or no more.",
};

export const refusalOf = ({ code, message }) => REFUSALS[code] ?? message;
