// SPDX-License-Identifier: MIT
// Players that nobody has to steer.

import { KEY, Player } from "./player.mjs";

const WAYS = [[KEY.left, -1, 0], [KEY.up, 0, -1], [KEY.right, 1, 0], [KEY.down, 0, 1]];
const SIGHT = 8; // cells

/**
 * Keeps its snake alive and fed: goes where there is most room, so that little happens to it while a
 * busy machine keeps it waiting, and eats what lies beside its head. It finds its head by the colour,
 * so no more than six of them can play in one pit. With `playsAgain` it joins again should it die.
 */
export class Bot extends Player {
    #head = null;
    #way = 0;
    #wasAlive = false;
    isSteering = true;

    constructor(server, { playsAgain = false, ...options } = {}) {
        super(server, { ...options, listener: (...frame) => {
            this.#steer();
            if (playsAgain)
                this.#rise();
            options.listener?.(...frame);
        } });
    }

    #rise() {
        const isAlive = this.model.me !== null && this.isAlive;
        if (this.#wasAlive && !isAlive)
            this.join();
        this.#wasAlive = isAlive;
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

    /** Of going that way: not into anything, rather where there is room, rather to food, rather straight on. */
    #worth(way) {
        const [, dx, dy] = WAYS[way];
        const [x, y] = this.head;
        const at = (steps) => this.model.at(x + steps * dx, y + steps * dy) ?? "#";
        let room = 0;
        while (room < SIGHT && /[ 1-9]/.test(at(room + 1)))
            room++;
        return room === 0 ? -1 : room + 5 * /[1-9]/.test(at(1)) + (way === this.#way) / 2;
    }
}

/** Somebody scores; what the scores are then. */
export async function score(server, name = "Ada") {
    const bot = await (await Bot.enter(server, name)).play();
    await bot.until(() => bot.score > 0 || !bot.isAlive, "points");
    bot.isSteering = false;
    await bot.die();
    return bot.model.scores.some(([who]) => who === name) ? bot.model.scores : score(server, name);
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
