// SPDX-License-Identifier: MIT
//
// Everything that floats above the world. Names come from strangers: they go into the page as text (textContent) and
// never as markup; this file and replay.js are the only ones that write them.

import { figuresOf, lineOf, obituaryOf } from "./words.js";

const $ = (id) => document.getElementById(id);

const STATUS = { connecting: "Connecting…", reconnecting: "Reconnecting…" };
const FEED_MAX = 6;
const FEED_MS = 6600; // as long as its animation in style.css

/** Writes only what differs: a live region must not be read out again, nor a layout be redone. */
export function setText(element, text) {
    if (element.textContent !== text)
        element.textContent = text;
}

export function make(tag, className, text) {
    const element = document.createElement(tag);
    element.className = className;
    element.textContent = text ?? "";
    return element;
}

/** What lies over everything, or null. */
function bannerOf({ phase, mode, failure, isFull }) {
    if (failure)
        return [mode === "play" ? "The arena is closed" : "Nothing to watch", failure];
    if (isFull)
        return ["All places are taken", "You are let in when one is free."];
    if (phase === "connecting")
        return ["Connecting…", "Looking for the arena."];
    if (phase === "reconnecting")
        return ["Connection lost", "Trying to get back in…"];
    return null;
}

/** What a screen reader hears when the state changes. */
function announcementOf({ phase, death }) {
    switch (phase) {
    case "playing": return "You are playing.";
    case "dead": return `${obituaryOf(death).join(". ")} Score ${death.score}, rank ${death.rank}.`;
    case "watching": return "You are watching. Press Play to join.";
    default: return ""; // the connection's state is announced by #status
    }
}

function rowOf({ rank, name, score, player, colour, isMine, isWatched, isApart }) {
    const row = make("button", ["row", isMine && "is-mine", isWatched && "is-watched"].filter(Boolean).join(" "));
    row.type = "button";
    row.dataset.player = player;
    const swatch = make("span", "swatch"), label = make("bdi", "row-name", name); // isolates right-to-left names
    swatch.style.background = `var(--s${colour})`;
    label.title = name;
    row.append(make("span", "row-rank", rank), swatch, label, make("span", "row-score", score));
    const line = make("li", isApart ? "gap-above" : "");
    line.append(row);
    return line;
}

export class Hud {
    #phase = null;
    #shownRows = "";

    /** `view`: phase, mode, rtt_ms, failure, isFull, isJoining, message, death, rows, living, length, rank, watched (a name, or null). */
    show(view) {
        document.documentElement.dataset.state = view.phase;
        document.documentElement.dataset.mode = view.mode;
        this.#showConnection(view);
        this.#showBanner(view);
        this.#showEntry(view);
        this.#showRows(view);
        setText($("length"), view.length === null ? "–" : String(view.length));
        setText($("rank"), view.rank === null ? "–" : String(view.rank));
        $("watching").hidden = view.phase === "playing" || view.watched === null;
        setText($("watched"), view.watched ?? "");
        if (view.phase !== this.#phase)
            setText($("announce"), announcementOf(view));
        this.#phase = view.phase;
    }

    /** What the news tell: who killed whom. */
    feed(entries, myName) {
        for (const line of (Array.isArray(entries) ? entries : []).map(lineOf).filter(Boolean))
            this.#feedLine(line, myName);
        while ($("feed").childElementCount > FEED_MAX)
            $("feed").firstElementChild.remove();
    }

    #feedLine({ by, who, score }, myName) {
        const line = make("li", myName !== null && (by === myName || who === myName) ? "is-mine" : "");
        if (by === "")
            line.append(make("bdi", "", who), " crashed with ", String(score));
        else
            line.append(make("bdi", "", by), " got ", make("bdi", "", who), ` · ${score}`);
        $("feed").append(line);
        setTimeout(() => line.remove(), FEED_MS);
    }

    #showConnection({ phase, rtt_ms, failure }) {
        setText($("status"), failure ? "Offline" : STATUS[phase] ?? "Online");
        $("ping").hidden = rtt_ms === null;
        setText($("ping"), rtt_ms === null ? "" : `${Math.max(1, Math.round(rtt_ms))} ms`);
    }

    #showBanner(view) {
        const banner = bannerOf(view);
        $("banner").hidden = !banner;
        setText($("banner-title"), banner?.[0] ?? "");
        setText($("banner-text"), banner?.[1] ?? "");
    }

    #showEntry({ phase, isJoining, message, death }) {
        $("play").disabled = isJoining;
        setText($("play"), isJoining ? "Joining…" : death ? "Play again" : "Play");
        setText($("message"), message);
        $("obituary").hidden = phase !== "dead";
        if (phase === "dead" && this.#phase !== "dead")
            this.#showObituary(death);
    }

    #showObituary(death) {
        const [title, text] = obituaryOf(death);
        setText($("death-title"), title);
        setText($("death-text"), text);
        $("death-figures").replaceChildren(...figuresOf(death).map(([label, value]) => {
            const figure = make("div", "");
            figure.append(make("dt", "", label), make("dd", "", value));
            return figure;
        }));
    }

    // Built anew only when its rows are others than before, and then who has the focus keeps it.
    #showRows({ rows, living }) {
        setText($("living"), living === null ? "" : `${living} alive`);
        const key = JSON.stringify(rows);
        if (key === this.#shownRows)
            return;
        this.#shownRows = key;
        const focused = document.activeElement?.closest?.("#leaders .row")?.dataset.player;
        $("leaders").replaceChildren(...rows.map(rowOf));
        if (focused)
            $("leaders").querySelector(`[data-player="${CSS.escape(focused)}"]`)?.focus();
    }
}
