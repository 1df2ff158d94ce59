// SPDX-License-Identifier: MIT
//
// The room's state, numbers as they come over the wire, as what the page is drawn from. ../table.c has the fields.

import { RANKS, SUITS } from "./cards.js";

const MOVES = ["play", "suit", "draw", "pass", "again"];
const STATES = ["here", "away", "left"];

const cardOf = (number) => RANKS[number % RANKS.length] + SUITS[Math.floor(number / RANKS.length)];

/** A hand is a bit for each card: 52, more than JavaScript's own bits. */
function handOf(bits = 0) {
    const hand = [];
    for (let number = 0; bits > 0; number++, bits = Math.floor(bits / 2))
        if (bits % 2)
            hand.push(cardOf(number));
    return hand;
}

function placeOf({ player, name, whereabouts, cards, points, again }) {
    return { player, name, state: STATES[whereabouts], cards, points, again };
}

/** `{table, hand, us}`; null: nothing is dealt yet. `player`: who we are. */
export function pictureOf(state, player) {
    const shown = [...state.of("table")][0]?.fields;
    if (!shown?.game)
        return null;
    const places = [...state.of("place")].map(({ fields }) => fields).sort((a, b) => a.number - b.number);
    const us = places.findIndex((place) => place.player === player);
    const { last_place, last_move, last_late, over, winner, won, ...rest } = shown;
    const last = MOVES[last_move] ? { place: last_place, move: MOVES[last_move], late: last_late } : null;
    const result = over ? { winner: winner - 1, points: won } : null;
    const table = { ...rest, top: cardOf(shown.top), suit: SUITS[shown.suit], places: places.map(placeOf), last, result };
    return { table, hand: handOf(places[us].hand), us };
}
