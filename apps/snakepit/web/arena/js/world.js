// SPDX-License-Identifier: MIT
//
// What is seen of the arena: the entities of the room's state as snakes, food and leaders. Nothing here knows of
// connections or canvases: it listens to a State of the SDK, or to what behaves like one.

import { Food } from "./food.js";
import { Snake, ageOf } from "./snake.js";

const COLOURS = 12; // of players one after the other, as the server gives them
const FADE_TICKS = 4; // so long who has died is still there to be drawn
const LEAVING_MAX = 256;
const NAMES_MAX = 4096; // of players that were seen once

export class World {
    /** By player. */
    snakes = new Map();
    /** Those that are no more, for a moment. */
    leaving = [];
    food = new Food();
    /** {rank, score, player, name}, the first one first. */
    leaders = [];
    /** Of a replay, {tick, first, last, speed}; null: it is none. */
    playback = null;

    #state;
    #owners = new Map(); // entity of a snake or knot -> Snake
    #told = new Set(); // snakes that this snapshot told of
    #knots = new Set(); // snakes of whose knots it did
    #colours = new Map(); // player -> colour: of bodies whose head is out of view
    #leaders = new Set();
    #me = 0;

    constructor(state) {
        this.#state = state;
        const on = (type, { add, change, remove }) => {
            state.onAdd(type, add);
            state.onChange(type, change);
            state.onRemove(type, remove);
        };
        on("snake", { add: (e) => this.#snake(e), change: (e) => this.#told.add(e), remove: (e) => this.#loseSnake(e) });
        on("knot", { add: (e) => this.#knot(e), change: (e, before) => this.#moveKnot(e, before),
            remove: (e) => this.#loseKnot(e) });
        on("food", { add: (e) => this.food.add(e), change: (e) => this.food.change(e),
            remove: (e) => this.food.remove(e, this.tick) });
        on("leader", { add: (e) => this.#leaders.add(e), change() {}, remove: (e) => this.#leaders.delete(e) });
        on("playback", { add: (e) => (this.playback = e.fields), change() {}, remove: () => (this.playback = null) });
        state.onSnapshot(() => this.#snapshot());
    }

    /** The tick that is known: the state's; of a replay that of the world, which goes faster, slower, or stands. */
    get tick() { return this.playback?.tick ?? this.#state.tick; }

    /** As after a leap in time: what is known stays, but nothing of how it came to be. */
    forget() {
        this.leaving.length = 0;
        for (const snake of this.snakes.values())
            snake.forget();
    }

    /** Where all of it is at these moments, in ticks: others', and one's own, `me`. Returns how many bites `me` took. */
    frame(shown, mine, me, seconds) {
        for (const snake of this.snakes.values())
            snake.frame(snake.player === me ? mine : shown, seconds);
        this.#me = me;
        for (let i = this.leaving.length - 1; i >= 0; i--)
            this.#frameLeaving(i, shown, seconds);
        const own = this.snakes.get(me);
        return this.food.frame(shown, seconds, own?.isDrawn ? own : null);
    }

    colourOf(player) { return this.snakes.get(player)?.colour ?? this.#colours.get(player) ?? player % COLOURS; }

    // Up to its end as it went; then it stays there, fading.
    #frameLeaving(i, shown, seconds) {
        const snake = this.leaving[i];
        if (shown < snake.gone && snake.player !== this.#me) // who was shown ahead stays where it came to
            snake.frame(shown, seconds);
        else if (shown > snake.gone + FADE_TICKS)
            this.leaving.splice(i, 1);
    }

    // --- what a snapshot tells

    #of(player) {
        let snake = this.snakes.get(player);
        if (!snake) {
            snake = new Snake(player);
            snake.colour = this.colourOf(player);
            this.snakes.set(player, snake);
        }
        return snake;
    }

    #snake(entity) {
        const before = this.snakes.get(entity.fields.player);
        if (before?.hasHead && !before.hasRecord)
            this.#leave(before); // died, and born again, in one snapshot
        this.#owners.set(entity, this.#of(entity.fields.player));
        this.#told.add(entity);
    }

    #loseSnake(entity) {
        this.#told.delete(entity);
        this.#knots.add(this.#owners.get(entity));
        this.#owners.get(entity).hasRecord = false;
        this.#owners.delete(entity);
    }

    #knot(entity) {
        const { player, number, x, y } = entity.fields, snake = this.#of(player);
        this.#owners.set(entity, snake);
        snake.putKnot(number, x, y);
        this.#knots.add(snake);
    }

    #moveKnot(entity, before) {
        const snake = this.#owners.get(entity);
        snake.dropKnot(before.number ?? entity.fields.number);
        this.#knots.add(snake);
        this.#knot(entity);
    }

    #loseKnot(entity) {
        const snake = this.#owners.get(entity);
        this.#owners.delete(entity);
        snake.dropKnot(entity.fields.number);
        this.#knots.add(snake);
    }

    #snapshot() {
        for (const entity of this.#told)
            this.#take(entity);
        for (const snake of this.#knots)
            this.#settle(snake);
        this.#told.clear();
        this.#knots.clear();
        this.leaders = [...this.#leaders].map(({ fields }) => fields).sort((a, b) => a.rank - b.rank);
    }

    #take(entity) {
        const snake = this.#owners.get(entity);
        snake.hasRecord = true;
        snake.take(entity.fields, this.tick - ageOf(entity.fields.since, this.#state.tick));
        this.#knots.delete(snake);
        this.#colours.delete(snake.player); // the latest last
        this.#colours.set(snake.player, snake.colour);
        if (this.#colours.size > NAMES_MAX)
            this.#colours.delete(this.#colours.keys().next().value);
    }

    // Of one whose record is as it was, or gone.
    #settle(snake) {
        if (snake.hasRecord)
            snake.reknot();
        else if (snake.knots > 0)
            snake.lose();
        else
            this.#leave(snake);
    }

    #leave(snake) {
        if (snake.gone !== null)
            return;
        if (this.snakes.get(snake.player) === snake)
            this.snakes.delete(snake.player);
        snake.gone = this.tick;
        if (snake.isDrawn && this.leaving.length < LEAVING_MAX)
            this.leaving.push(snake);
    }
}
