// SPDX-License-Identifier: MIT
// Players that nobody has to steer.

import { KEY, Player } from "./player.mjs";

const WAYS = [[KEY.left, -1, 0], [KEY.up, 0, -1], [KEY.right, 1, 0], [KEY.down, 0, 1]];

/**
 * Keeps its snake alive and fed: eats a digit beside its head, else keeps its way while there is
 * room. It finds its head by the colour, so no more than six of them can play in one pit.
 */
export class Bot extends Player {
    #head = null;
    #way = 0;
    isSteering = true;

    constructor(server, options = {}) {
        super(server, { ...options, listener: (...frame) => (this.#steer(), options.listener?.(...frame)) });
    }

    #steer() {
        const head = this.isSteering && this.model.me && this.head;
        if (!head)
            return;
        this.#way = this.#wayOf(head);
        this.#head = head;
        const way = WAYS.map((_, way) => way).sort((a, b) => this.#worth(b) - this.#worth(a))[0];
        if (way !== this.#way)
            this.key(WAYS[way][0]);
    }

    /** Which way the last move went; for a newborn, away from its body. */
    #wayOf([x, y]) {
        const from = this.#head ?? [x, y];
        const moved = WAYS.findIndex(([, dx, dy]) => x - from[0] === dx && y - from[1] === dy);
        if (moved >= 0)
            return moved;
        const away = WAYS.findIndex(([, dx, dy]) => this.model.at(x - dx, y - dy) === "@");
        return away >= 0 ? away : this.#way;
    }

    /** Of going that way: not into anything, rather to food, rather where it goes on from, rather straight on. */
    #worth(way) {
        const [, dx, dy] = WAYS[way];
        const [x, y] = this.head;
        const isFree = (steps) => /[ 1-9]/.test(this.model.at(x + steps * dx, y + steps * dy) ?? "#");
        if (!isFree(1))
            return -1;
        return 4 * /[1-9]/.test(this.model.at(x + dx, y + dy)) + 2 * isFree(2) + (way === this.#way);
    }
}

/** Turns at random and plays again when it has died: long games with all that can happen in them. */
export class Drunkard extends Player {
    constructor(server, { random = Math.random, ...options } = {}) {
        super(server, { keepsLog: false, ...options, listener: () => this.#stagger(random) });
    }

    #stagger(random) {
        if (!this.model.me)
            return;
        const isOver = this.model.players.size === 0; // then no frames come until someone joins
        if (!this.isAlive && (isOver || random() < 0.5))
            this.join();
        else if (random() < 0.05)
            this.key(37 + Math.floor(random() * 4));
    }
}
