// SPDX-License-Identifier: MIT
//
// The bar of a replay: stop and go, how fast, which moment, which recording.

import { make, setText } from "./hud.js";
import { clockOf } from "./words.js";

const $ = (id) => document.getElementById(id);
const SPEED = 100;

export class Replay {
    #room = null;
    #playback = null;
    #speed = SPEED; // when it runs
    #isSeeking = false; // the bar is where it was put
    #seeks = 0; // that have no answer yet
    #tick_s = 0.1;

    constructor() {
        $("pause").addEventListener("click", () => this.toggle());
        $("speed").addEventListener("change", () => this.#control({ speed: (this.#speed = Number($("speed").value)) }));
        $("seek").addEventListener("input", () => this.#drag());
        $("seek").addEventListener("change", () => this.#seek());
        for (const end of ["pointerup", "pointercancel"])
            $("seek").addEventListener(end, () => setTimeout(() => this.#letGo()));
        $("recordings").addEventListener("toggle", () => $("recordings").open && this.#list());
    }

    enter(room) {
        this.#room = room;
        this.describe(room.welcome.arena);
    }

    /** As Stage.describe(). */
    describe({ tick_ms }) { this.#tick_s = tick_ms / 1000; }

    toggle() { this.#control({ speed: this.#playback?.speed === 0 ? this.#speed : 0 }); }

    /** `playback`: of the world, or null: this is no replay. */
    show(playback) {
        $("replay").hidden = playback === null;
        this.#playback = playback;
        if (playback === null)
            return;
        const { tick, first, last, speed } = playback;
        $("replay").classList.toggle("is-standing", speed === 0);
        $("pause").setAttribute("aria-label", speed === 0 ? "Go on" : "Pause");
        if (speed !== 0 && String(speed) !== $("speed").value && document.activeElement !== $("speed"))
            $("speed").value = String(speed);
        $("seek").min = String(first);
        $("seek").max = String(last);
        setText($("duration"), clockOf((last - first) * this.#tick_s));
        if (!this.#isSeeking) {
            $("seek").value = String(tick);
            this.#showTime(tick);
        }
    }

    #showTime(tick) {
        const text = clockOf((tick - this.#playback.first) * this.#tick_s);
        setText($("time"), text);
        $("seek").setAttribute("aria-valuetext", text);
    }

    #drag() {
        this.#isSeeking = true;
        this.#showTime(Number($("seek").value));
    }

    async #seek() {
        this.#seeks++;
        await this.#control({ seek: Number($("seek").value) });
        this.#seeks--;
        this.#letGo();
    }

    // Who lets go where he began to drag has changed nothing, and no change is told.
    #letGo() { this.#isSeeking &&= this.#seeks > 0; }

    // What is refused leaves everything as it was, and that is seen.
    async #control(what) { await this.#room.request("control", what).catch(() => {}); }

    async #list() {
        const answer = await this.#room.request("recordings").catch(() => ({ files: [] }));
        const files = Array.isArray(answer?.files) ? answer.files : [];
        $("files").replaceChildren(...files.map((file) => this.#itemOf(file)));
        if (files.length === 0)
            $("files").append(make("li", "soft", "There are none."));
    }

    #itemOf({ name, ticks, tick_ms }) {
        const item = make("li", ""), link = make("a", ""), query = new URLSearchParams({ replay: name });
        link.href = `?${query}`;
        if (new URLSearchParams(location.search).get("replay") === name)
            link.setAttribute("aria-current", "page");
        link.append(make("bdi", "", name), make("small", "", ticks > 0 ? clockOf(ticks * tick_ms / 1000) : "still going on"));
        item.append(link);
        return item;
    }
}
