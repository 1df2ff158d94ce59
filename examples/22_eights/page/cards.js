// SPDX-License-Identifier: MIT
//
// Cards as the requests name them, "QH" for the queen of hearts, and what people call them.

export const RANKS = "A23456789TJQK";
export const SUITS = "CDHS"; // in the order of the rules, and of the keys 1 to 4
const SYMBOLS = { C: "♣", D: "♦", H: "♥", S: "♠" };
const SUIT_NAMES = { C: "clubs", D: "diamonds", H: "hearts", S: "spades" };
const RANK_NAMES = { A: "ace", T: "10", J: "jack", Q: "queen", K: "king" };

export const rankOf = (card) => card[0];
export const suitOf = (card) => card[1];

/** As it stands on the card: "10", "Q". */
export const rankText = (card) => (rankOf(card) === "T" ? "10" : rankOf(card));
/** As text, not as one of those pictures that phones like to make of it. */
export const suitSymbol = (suit) => SYMBOLS[suit] + "\ufe0e";
export const suitName = (suit) => SUIT_NAMES[suit];
export const cardName = (card) => `${RANK_NAMES[rankOf(card)] ?? rankOf(card)} of ${suitName(suitOf(card))}`;
export const isRed = (suit) => suit === "D" || suit === "H";

/** The server judges; this is for showing what it will say. */
export const fits = (card, { top, suit }) => rankOf(card) === "8" || suitOf(card) === suit || rankOf(card) === rankOf(top);

/** By suit, and by rank in it, red and black in turn: so a hand is read fastest. */
export function sorted(hand) {
    const place = (card) => "CHSD".indexOf(suitOf(card)) * RANKS.length + RANKS.indexOf(rankOf(card));
    return [...hand].sort((a, b) => place(a) - place(b));
}
