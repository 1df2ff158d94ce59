// SPDX-License-Identifier: MIT
// What a client knows after the messages it was sent: applied one by one, as strictly as the protocol
// is written. A message that may not be, or not now, throws.

import assert from "node:assert/strict";

const isId = (v) => Number.isInteger(v) && v > 0;
const isColour = (v) => Number.isInteger(v) && v >= 1 && v <= 6;
const isScore = (v) => Number.isInteger(v) && v >= 0;
const isName = (v) => typeof v === "string" && v.length > 0 && [...v].length <= 15;
const isText = (v) => typeof v === "string" && v.length > 0;
const isCell = (v) => Array.isArray(v) && v.length === 2 && /^[ -~]$/.test(v[0]) && v[1] >= 0 && v[1] <= 6;
const isScoreRow = (v) => Array.isArray(v) && v.length === 3 && isName(v[0]) && v[1] > 0 && isColour(v[2]);

export class Model {
    me = null; // { id, name }
    rows = null; // [y][x] = [char, colour]
    players = new Map(); // of the living: id -> { name, colour, score }
    scores = null; // [[name, score], ...]

    /** The messages of one frame, which is the text of a non-empty array of arrays. */
    apply(text) {
        const frame = JSON.parse(text);
        assert.ok(Array.isArray(frame) && frame.length > 0 && frame.every(Array.isArray), `a frame: ${text.slice(0, 200)}`);
        for (const [command, ...args] of frame) {
            assert.ok(Object.hasOwn(Model.#commands, command), `a command: ${command}`);
            const [arity, isValid, effect] = Model.#commands[command];
            assert.ok(args.length === arity && isValid(...args), `a message: ${JSON.stringify([command, ...args]).slice(0, 200)}`);
            effect?.(this, ...args);
        }
        return frame;
    }

    static #commands = {
        handshake: [2, (name, id) => isName(name) && isId(id), (model, name, id) => {
            assert.equal(model.me, null, "one handshake");
            model.me = { id, name };
        }],
        world: [1, (rows) => rows.every((row) => row.length === rows[0].length && row.every(isCell)),
            (model, rows) => (model.rows = rows)],
        reset_world: [0, () => true, (model) => {
            model.rows = model.rows.map((row) => row.map(() => [" ", 0]));
        }],
        top_scores: [1, (rows) => rows.every(isScoreRow), (model, rows) => {
            assert.ok(rows.every((row, i) => i === 0 || rows[i - 1][1] >= row[1]), "the best comes first");
            assert.equal(new Set(rows.map(([name]) => name)).size, rows.length, "the best per name");
            model.scores = rows.map(([name, score]) => [name, score]);
        }],
        p_joined: [4, (id, name, colour, score) => isId(id) && isName(name) && isColour(colour) && isScore(score),
            (model, id, name, colour, score) => {
                assert.ok(!model.players.has(id), `${id} joins while it lives`);
                model.players.set(id, { name, colour, score });
            }],
        p_gameover: [1, isId, (model, id) => model.players.delete(id)],
        p_score: [2, (id, score) => isId(id) && isScore(score), (model, id, score) => {
            assert.ok(model.players.has(id), `${id} scores while it lives`);
            model.players.get(id).score = score;
        }],
        render: [4, (x, y, char, colour) => isCell([char, colour]), (model, x, y, char, colour) => {
            assert.ok(model.rows[y]?.[x], `a cell of the field: ${x},${y}`);
            model.rows[y][x] = [char, colour];
        }],
        error: [1, isText],
        pong: [1, Number.isFinite],
    };

    get picture() {
        return this.rows.map((row) => row.map(([char]) => char).join(""));
    }

    /** All that two clients must agree about, as text. */
    get state() {
        const players = [...this.players].map(([id, p]) => [id, p.name, p.colour, p.score]).sort(([a], [b]) => a - b);
        return JSON.stringify({ picture: this.picture, colours: this.rows.map((row) => row.map((cell) => cell[1]).join("")), players, scores: this.scores });
    }

    /** Where the head of that colour is: [x, y]. */
    headOf(colour) {
        for (const [y, row] of this.rows.entries()) {
            const x = row.findIndex((cell) => cell[0] === "%" && cell[1] === colour);
            if (x >= 0)
                return [x, y];
        }
        return null;
    }

    at(x, y) { return this.rows[y]?.[x]?.[0]; }
}
