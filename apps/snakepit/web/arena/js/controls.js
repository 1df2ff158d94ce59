// SPDX-License-Identifier: MIT
//
// What boosts: Space, the mouse's button, a second finger, the button on the screen; as long as it is held. Steering
// is ../../js/input.js.

import { isFirst } from "../../js/input.js";

const WRITES = "input, textarea, select, button, a, summary";

/** Counts who holds: it is on as long as anybody does. */
class Held {
    #by = new Set();
    #tell;

    constructor(tell) {
        this.#tell = tell;
    }

    hold(who) {
        this.#by.add(who);
        this.#tell(true);
    }

    release(who) {
        if (this.#by.delete(who) && this.#by.size === 0)
            this.#tell(false);
    }

    releaseAll() {
        this.#by.clear();
        this.#tell(false);
    }
}

/** `boost(isOn)` is told of each change, or more often. */
export function listenToBoost({ canvas, button }, boost) {
    const held = new Held((isOn) => {
        button.classList.toggle("is-on", isOn);
        boost(isOn);
    });
    listenToSpace(held);
    listenToPointers(canvas, held);
    button.addEventListener("pointerdown", ({ pointerId }) => held.hold(pointerId));
    for (const target of [canvas, button])
        for (const end of ["pointerup", "pointercancel"])
            target.addEventListener(end, ({ pointerId }) => held.release(pointerId));
    button.addEventListener("contextmenu", (event) => event.preventDefault()); // what a long press is elsewhere
    addEventListener("blur", () => held.releaseAll());
}

function listenToSpace(held) {
    addEventListener("keydown", (event) => {
        if (event.code !== "Space" || event.target.closest?.(WRITES) || event.ctrlKey || event.altKey || event.metaKey)
            return;
        event.preventDefault();
        if (!event.repeat)
            held.hold("Space");
    });
    addEventListener("keyup", ({ code }) => code === "Space" && held.release("Space"));
}

/** The first finger here steers, also while another one holds the button; any other one boosts. */
function listenToPointers(canvas, held) {
    let steering = null;
    canvas.addEventListener("pointerdown", (event) => {
        canvas.setPointerCapture(event.pointerId); // its end is told here, wherever that is
        if (isFirst(event, steering))
            steering = event.pointerId;
        else if (event.pointerType !== "mouse" || event.button === 0)
            held.hold(event.pointerId);
    });
    for (const end of ["pointerup", "pointercancel"])
        canvas.addEventListener(end, ({ pointerId }) => pointerId === steering && (steering = null));
}
