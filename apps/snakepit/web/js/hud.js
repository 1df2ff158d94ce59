// SPDX-License-Identifier: MIT
//
// Everything around the field. Names come from strangers: they go into the page as text
// (textContent) and never as markup, and this is the only file that writes them.

const $ = (id) => document.getElementById(id);

const STATUS = { connecting: "Connecting…", reconnecting: "Reconnecting…" };
const COLOUR_NAMES = ["white", "red", "yellow", "lime", "aqua", "blue", "fuchsia"];

/** Writes only what differs: a live region must not be read out again, nor a layout be redone. */
function setText(element, text) {
    if (element.textContent !== text)
        element.textContent = text;
}

function make(tag, className, text) {
    const element = document.createElement(tag);
    element.className = className;
    element.textContent = text ?? "";
    return element;
}

const points = (score) => (score === 1 ? "1 point" : `${score} points`);

/** Title and text over the field, or null when nothing is to be said there. */
function bannerOf({ phase, game }) {
    if (phase === "connecting")
        return ["Connecting…", "Looking for the pit."];
    if (phase === "reconnecting")
        return ["Connection lost", "Trying to get back in…"];
    if (phase === "dead")
        return ["You crashed", `${points(game.death.score)}. Play again?`];
    if (phase === "watching" && game.living.length === 0)
        return ["Nobody is playing.", "Press Play to start."];
    return null;
}

/** What a screen reader hears when the state changes. */
function announcementOf({ phase, game }) {
    switch (phase) {
    case "playing": return `You are playing. Your snake is ${COLOUR_NAMES[game.mine.colour]}.`;
    case "dead": return `Your snake died with ${points(game.death.score)}.`;
    case "watching": return game.living.length ? "You are watching." : "Nobody is playing. Press Play to start.";
    default: return ""; // the connection's state is announced by #status
    }
}

function rowOf({ name, score, colour, isMine, isOut }) {
    const row = make("li", ["row", isMine && "is-mine", isOut && "is-out"].filter(Boolean).join(" "));
    row.append(make("span", `swatch c${colour}`));
    const label = make("bdi", "row-name", name); // isolates right-to-left names
    label.title = name;
    row.append(label);
    if (isOut)
        row.append(make("span", "tag", "out"));
    else if (isMine)
        row.append(make("span", "tag is-you", "you"));
    row.append(make("span", "row-score", String(score)));
    return row;
}

/** Rebuilds a list only when its rows are others than before. */
class List {
    #element;
    #shown = "";

    constructor(element) {
        this.#element = element;
    }

    show(rows) {
        const key = JSON.stringify(rows);
        if (key === this.#shown)
            return;
        this.#shown = key;
        this.#element.replaceChildren(...rows.map(rowOf));
    }
}

export class Hud {
    #players = new List($("players"));
    #leaderboard = new List($("leaderboard"));
    #phase = null;

    /** `view`: phase, game, connection, isJoining, name, message. */
    show(view) {
        document.documentElement.dataset.state = view.phase;
        this.#showConnection(view);
        this.#showMe(view);
        this.#showBanner(view);
        this.#showDock(view);
        this.#showLists(view);
        if (view.phase !== this.#phase)
            setText($("announce"), announcementOf(view));
        this.#phase = view.phase;
    }

    #showConnection({ phase, connection: { isStalled, rtt_ms } }) {
        setText($("status"), isStalled ? "Stalled" : STATUS[phase] ?? "Online");
        document.documentElement.toggleAttribute("data-stalled", isStalled);
        $("ping").hidden = rtt_ms === null;
        setText($("ping"), rtt_ms === null ? "" : `${Math.max(1, Math.round(rtt_ms))} ms`);
    }

    #showMe({ phase, game, name }) {
        const player = game.mine;
        $("my-colour").className = player?.alive ? `swatch c${player.colour}` : "swatch is-none";
        setText($("me"), player?.name ?? name);
        $("role").hidden = player?.alive ?? false;
        setText($("role"), phase === "dead" ? "crashed" : "watching");
        setText($("score"), player ? String(player.score) : "–");
    }

    #showBanner(view) {
        const banner = bannerOf(view);
        $("banner").hidden = !banner;
        $("banner").classList.toggle("is-passing", view.phase === "dead" && view.game.living.length > 0);
        setText($("banner-title"), banner?.[0] ?? "");
        setText($("banner-text"), banner?.[1] ?? "");
    }

    #showDock({ phase, isJoining, message }) {
        const isOffline = phase === "connecting" || phase === "reconnecting";
        $("play").disabled = isOffline || isJoining;
        setText($("play"), isJoining ? "Joining…" : phase === "dead" ? "Play again" : "Play");
        $("watch").hidden = phase !== "dead";
        setText($("message"), message);
    }

    #showLists({ game }) {
        const mine = game.me?.id;
        setText($("count"), game.living.length ? String(game.living.length) : "");
        this.#players.show(game.ranking.map(({ id, name, score, colour, alive }) =>
            ({ name, score, colour: alive ? colour : 0, isMine: id === mine, isOut: !alive })));
        this.#leaderboard.show(game.topScores);
    }
}
