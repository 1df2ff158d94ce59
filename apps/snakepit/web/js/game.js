// SPDX-License-Identifier: MIT
//
// What the page knows of the game: field, players, scores, and which of them is me.
//
// Its methods are the protocol's messages (see protocol.js): they are what changes it.
// Pure: no DOM, no clock, no socket.

import { Grid, isHead } from "./grid.js";

const PLAYERS_MAX = 256; // against a list that only ever grows

export class Game {
    constructor() {
        this.grid = new Grid();
        this.hello();
    }

    /** A new connection: nothing that was known of players and of me holds any more. */
    hello() {
        this.me = null; // { id, name }
        this.players = new Map(); // id -> { id, name, colour, score, alive, onField }
        this.topScores = [];
        this.death = null; // { score } of my last snake, until I join again
    }

    get living() {
        return [...this.players.values()].filter((player) => player.alive);
    }

    /** My player, living or dead; undefined for a spectator. */
    get mine() {
        return this.me ? this.players.get(this.me.id) : undefined;
    }

    get isPlaying() {
        return this.mine?.alive ?? false;
    }

    /** The living first, best first: the order in which people look for themselves. */
    get ranking() {
        return [...this.players.values()].sort((a, b) => b.alive - a.alive || b.score - a.score);
    }

    /** The player has taken note of it and watches on. */
    forgetDeath() {
        this.death = null;
    }

    // Around the messages of one frame.

    begin() {
        this.grid.begin();
    }

    end() {
        this.living.filter((player) => !player.onField).forEach((player) => this.#findOnField(player));
    }

    // Messages.

    handshake(name, id) {
        this.hello();
        this.me = { id, name };
    }

    world(rows) {
        this.grid = Grid.from(rows);
    }

    reset_world() {
        this.grid.clear();
        for (const { id, alive } of [...this.players.values()])
            if (!alive)
                this.players.delete(id);
    }

    top_scores(rows) {
        this.topScores = rows;
    }

    p_joined(id, name, colour, score) {
        this.players.delete(id); // so that the last to join is the last in the map
        this.players.set(id, { id, name, colour, score, alive: true, onField: false });
        if (id === this.me?.id)
            this.death = null;
        if (this.players.size > PLAYERS_MAX)
            this.players.delete(this.players.keys().next().value);
    }

    p_gameover(id) {
        const player = this.players.get(id);
        if (!player?.alive)
            return;
        this.players.set(id, { ...player, alive: false });
        if (id === this.me?.id)
            this.death = { score: player.score };
    }

    p_score(id, score) {
        const player = this.players.get(id);
        if (player)
            this.players.set(id, { ...player, score });
    }

    render(x, y, char, colour) {
        this.grid.set(x, y, char, colour);
    }

    /** Colours are shared when there are more snakes than colours, so a head belongs to whom it was first seen with. */
    #findOnField(player) {
        const head = this.grid.cells.findIndex((cell) =>
            isHead(cell) && cell.colour === player.colour && cell.owner === null);
        if (head < 0)
            return;
        this.grid.own(head, player.id);
        this.players.set(player.id, { ...player, onField: true });
    }
}
