// SPDX-License-Identifier: MIT
//
// What the page shows. It is drawn from the room's state alone, all of it each time: whatever was missed,
// the next picture is right. Names and texts are never taken for markup.

import { SUITS, cardName, fits, isRed, rankText, sorted, suitName, suitOf, suitSymbol } from "./cards.js";

const one = (selector) => document.querySelector(selector);
const say = (selector, text) => {
    const element = one(selector);
    if (element.textContent !== text) // or it would be read out again
        element.textContent = text;
};
const cards = (count) => `${count} card${count === 1 ? "" : "s"}`;

export const showState = (state) => (document.documentElement.dataset.state = state);
export const showNotice = (text) => say("#notice", text);
export const showLink = (text) => say("#link", text);

// --- a card

function span(name, text) {
    const element = document.createElement("span");
    element.className = name;
    element.textContent = text;
    return element;
}

function face(element, card) {
    element.dataset.card = card;
    element.classList.add("card");
    element.classList.toggle("red", isRed(suitOf(card)));
    element.setAttribute("aria-label", cardName(card));
    element.replaceChildren(span("rank", rankText(card)), span("pip", suitSymbol(suitOf(card))));
}

// --- the two players

function showSeat(selector, place, title) {
    say(`${selector} .name`, title);
    say(`${selector} .points`, `${place.points} point${place.points === 1 ? "" : "s"}`);
}

function showThem(them) {
    const shown = one("#them .backs");
    showSeat("#them", them, them.name);
    say("#them .away", { here: "", away: "connection lost, may come back", left: "has left" }[them.state]);
    shown.setAttribute("aria-label", cards(them.cards));
    while (shown.children.length > them.cards)
        shown.lastChild.remove();
    while (shown.children.length < them.cards)
        shown.append(Object.assign(document.createElement("i"), { className: "card back" }));
    shown.dataset.count = them.cards;
}

// --- the middle

function showMiddle({ top, suit, drawable }) {
    const shown = one("#top");
    if (shown.dataset.card !== top) {
        const card = document.createElement("div"); // anew, so that it is seen to land
        card.id = "top";
        card.setAttribute("role", "img");
        face(card, top);
        shown.replaceWith(card);
    }
    say("#stock b", String(drawable));
    say("#suit", suitSymbol(suit));
    one("#suit").classList.toggle("red", isRed(suit));
    one("#suit").setAttribute("aria-label", `to be followed: ${suitName(suit)}`);
}

// --- my hand: one button a card, which stays as long as the card, and so does its focus

function cardButton(card, onPlay) {
    const button = document.createElement("button");
    button.onclick = () => button.getAttribute("aria-disabled") === "false" && onPlay(card);
    face(button, card);
    return button;
}

function showHand(hand, table, canPlay, onPlay) {
    const shown = one("#hand"), buttons = new Map([...shown.children].map((button) => [button.dataset.card, button]));
    const focused = [...shown.children].indexOf(document.activeElement);
    const wanted = sorted(hand).map((card) => buttons.get(card) ?? cardButton(card, onPlay));
    for (const button of wanted)
        button.setAttribute("aria-disabled", String(!(canPlay && fits(button.dataset.card, table))));
    if (wanted.length !== shown.children.length || wanted.some((button, i) => button !== shown.children[i]))
        shown.replaceChildren(...wanted);
    rove(Math.max(0, Math.min(focused, wanted.length - 1)), focused >= 0);
}

/** One card of the hand can be reached by Tab; the arrows go to the others. */
function rove(to, isFocused) {
    const all = [...one("#hand").children];
    all.forEach((button, i) => (button.tabIndex = i === to ? 0 : -1));
    if (isFocused)
        all[to]?.focus();
}

/** True: it was one of those keys. */
export function moveFocus(key) {
    const all = [...one("#hand").children], at = all.indexOf(document.activeElement);
    const to = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: all.length - 1 }[key];
    if (to === undefined || all.length === 0)
        return false;
    rove(at < 0 && key.startsWith("Arrow") ? 0 : Math.max(0, Math.min(to, all.length - 1)), true);
    return true;
}

/** Four buttons, made once; the keys 1 to 4 press them. */
export function makeSuits(onName) {
    one("#suits").append(...[...SUITS].map((suit, i) => {
        const button = document.createElement("button");
        button.classList.toggle("red", isRed(suit));
        button.setAttribute("aria-label", suitName(suit));
        button.append(span("pip", suitSymbol(suit)), Object.assign(document.createElement("kbd"), { textContent: i + 1 }));
        button.onclick = () => onName(suit);
        return button;
    }));
}

// --- words

function statusText(table, isMine, canPlay, them) {
    if (table.result)
        return "";
    if (!isMine)
        return them.state === "away" ? `${them.name} has lost the connection, and may come back`
            : table.naming ? `${them.name} names a suit` : `${them.name} is thinking`;
    if (table.naming)
        return "Which suit shall follow?";
    return canPlay ? (table.drawn ? "Play a card, or pass" : "Your turn") : table.drawn || table.drawable === 0
        ? "Nothing fits: pass" : "Nothing fits: draw a card";
}

function lastText({ last, top, suit }, us, them) {
    if (!last || last.move === "again")
        return "";
    const mine = last.place === us, who = mine ? "You" : them.name;
    if (last.late)
        return `Time was up for ${mine ? "you" : who}`;
    return { play: `${who} played the ${cardName(top)}`, suit: `${who} chose ${suitName(suit)}`,
        draw: `${who} drew a card`, pass: `${who} passed` }[last.move];
}

function showResult({ result, places }, us) {
    const them = places[1 - us], won = result.winner === us;
    const lead = result.winner < 0 ? "Nobody has won" : won ? "You have won!" : `${them.name} has won`;
    const points = result.points ? `${result.points} points for ${won ? "you" : them.name}. ` : "";
    const more = them.state === "left" ? `${them.name} has left.` : them.again ? `${them.name} wants to play again.`
        : places[us].again ? `Waiting for ${them.name} …` : "";
    say("#result .lead", lead);
    say("#result .more", points + more);
    one("#result").dataset.won = won;
    one("#again").hidden = them.state === "left";
    one("#again").disabled = places[us].again;
}

// --- all of it

/** `us`: which place is ours. `onPlay(card)`. */
export function show(table, hand, us, onPlay) {
    const them = table.places[1 - us], isMine = !table.result && table.turn === us;
    const mayPlay = isMine && !table.naming, canPlay = mayPlay && hand.some((card) => fits(card, table));
    const mayDraw = mayPlay && !table.drawn && table.drawable > 0;
    showThem(them);
    showSeat("#us", table.places[us], table.places[us].name);
    showMiddle(table);
    showHand(hand, table, mayPlay, onPlay);
    say("#status", statusText(table, isMine, canPlay, them));
    say("#last", lastText(table, us, them));
    one("#draw").disabled = one("#stock").disabled = !mayDraw;
    one("#pass").disabled = !(mayPlay && (table.drawn || table.drawable === 0));
    one("#draw").classList.toggle("main", mayDraw && !canPlay);
    one("#pass").classList.toggle("main", mayPlay && !mayDraw && !canPlay);
    if (table.result)
        showResult(table, us);
    Object.assign(one("#game").dataset, { mine: isMine, naming: isMine && table.naming });
    showState(table.result ? "over" : "playing");
    if (isMine && table.naming && !one("#suits").contains(document.activeElement))
        one("#suits button").focus();
}

export function showTime(left_ms, whole_ms) {
    const left = Math.max(0, left_ms);
    one("#time i").style.setProperty("--left", Math.min(1, left / whole_ms));
    say("#time b", `${Math.ceil(left / 1000)} s`);
    one("#time").dataset.short = left < whole_ms / 4;
}

export function showLast(text) { say("#last", text); }
