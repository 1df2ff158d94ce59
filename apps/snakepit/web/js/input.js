// SPDX-License-Identifier: MIT
//
// Keyboard, swipe and touch buttons, each turned into the protocol's key codes.

import { KEY } from "./protocol.js";

const SWIPE_PX = 18;

/** By place on the keyboard, so that WASD is where the hand is on an AZERTY one too. */
const KEY_OF_CODE = new Map([
    ["ArrowLeft", KEY.left], ["KeyA", KEY.left],
    ["ArrowUp", KEY.up], ["KeyW", KEY.up],
    ["ArrowRight", KEY.right], ["KeyD", KEY.right],
    ["ArrowDown", KEY.down], ["KeyS", KEY.down],
]);

const WRITES = "input, textarea, select, [contenteditable]";
const ACTS = "button, a, summary";

const hasModifier = (event) => event.ctrlKey || event.altKey || event.metaKey;

/**
 * `on.turn(key)` says whether the key was used (while playing; else the page may scroll), `on.go(key)`
 * is "Enter" or " " outside of any control, and says the same.
 */
export function listenToKeyboard(on) {
    addEventListener("keydown", (event) => {
        if (event.target.closest?.(WRITES) || hasModifier(event))
            return;
        const key = KEY_OF_CODE.get(event.code);
        if (key && (event.repeat ? on.isSteering() : on.turn(key)))
            event.preventDefault();
        if (isGo(event) && !event.repeat && !event.target.closest?.(ACTS) && on.go(event.key))
            event.preventDefault();
    });
}

const isGo = (event) => event.key === "Enter" || event.key === " ";

const directionOf = (dx, dy) => {
    if (Math.abs(dx) > Math.abs(dy))
        return dx < 0 ? KEY.left : KEY.right;
    return dy < 0 ? KEY.up : KEY.down;
};

/** Is it the first finger there is, or the first here, others being elsewhere? `other`: the one that was, or null. */
export const isFirst = (event, other) => event.pointerType !== "mouse" && (event.isPrimary || other === null);

/** A turn as soon as the finger has gone far enough, and again from there: no need to lift it. The first one on the element
    is meant, whatever the others do. */
export function listenToSwipes(element, turn) {
    let from = null;
    element.addEventListener("pointerdown", (event) => {
        if (isFirst(event, from))
            from = { id: event.pointerId, x: event.clientX, y: event.clientY, last: null };
    });
    element.addEventListener("pointermove", (event) => {
        if (event.pointerId !== from?.id)
            return;
        const dx = event.clientX - from.x, dy = event.clientY - from.y;
        if (Math.hypot(dx, dy) < SWIPE_PX)
            return;
        const key = directionOf(dx, dy);
        if (key !== from.last)
            turn(key);
        from = { ...from, x: event.clientX, y: event.clientY, last: key };
    });
    for (const end of ["pointerup", "pointercancel"])
        element.addEventListener(end, ({ pointerId }) => pointerId === from?.id && (from = null));
}

/** Buttons with data-key: at the press, not at its end, which is a tenth of a second later. */
export function listenToPad(pad, turn) {
    const press = (event) => {
        const key = Number(event.target.closest("[data-key]")?.dataset.key);
        if (key)
            turn(key);
    };
    pad.addEventListener("pointerdown", press);
    pad.addEventListener("click", (event) => event.detail === 0 && press(event)); // by keyboard
}

/** Calls back once the page is used by touch: at once where touch is all there is. */
export function whenTouched(callback) {
    const coarse = matchMedia("(pointer: coarse)");
    if (coarse.matches) {
        callback();
        return;
    }
    const onPointer = (event) => {
        if (event.pointerType !== "touch")
            return;
        removeEventListener("pointerdown", onPointer, true);
        callback();
    };
    addEventListener("pointerdown", onPointer, true);
}
