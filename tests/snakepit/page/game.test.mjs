// SPDX-License-Identifier: MIT
// The page's model: who plays, who is me, and which cells hang together.
// ALONE: how long it takes is judged.
import assert from "node:assert/strict";
import { test } from "node:test";

import { Game } from "../../../apps/snakepit/web/js/game.js";
import { Grid, DOWN, LEFT, RIGHT, UP } from "../../../apps/snakepit/web/js/grid.js";

/** A picture as the rows of a `world` message: all that lives has one colour. */
const rowsOf = (picture, colour = 2) => picture.map((line) =>
    Array.from(line, (char) => [char, /[ #x+]/.test(char) ? 0 : colour]));

function frame(game, ...messages) {
    game.begin();
    for (const [cmd, ...args] of messages)
        game[cmd](...args);
    game.end();
}

/** A game in which I (id 1, colour 2) was just born at (5..7, 5), heading right. */
function born() {
    const game = new Game();
    frame(game, ["handshake", "Ada", 1]);
    frame(game, ["reset_world"]);
    frame(game, ["p_joined", 1, "Ada", 2, 0],
        ["render", 5, 5, "*", 2], ["render", 6, 5, "@", 2], ["render", 7, 5, "%", 2]);
    return game;
}

const linksAt = (grid, x, y) => grid.cells[y * grid.width + x].links;
const charAt = (grid, x, y) => grid.cells[y * grid.width + x].char;

test("from spectator to player to dead and back", () => {
    const game = new Game();
    frame(game, ["handshake", "Ada", 1]);
    assert.equal(game.isPlaying, false);
    frame(game, ["p_joined", 1, "Ada", 2, 0], ["p_joined", 2, "Bob", 3, 4]);
    assert.equal(game.isPlaying, true);
    frame(game, ["p_score", 1, 7]);
    assert.deepEqual(game.ranking.map((p) => p.name), ["Ada", "Bob"]);
    frame(game, ["p_gameover", 1]);
    assert.equal(game.isPlaying, false);
    assert.deepEqual(game.death, { score: 7 });
    assert.deepEqual(game.ranking.map((p) => p.name), ["Bob", "Ada"], "the living first");
    frame(game, ["p_joined", 1, "Ada", 4, 0]);
    assert.equal(game.death, null);
    assert.equal(game.mine.score, 0);
});

test("a reset forgets the dead, a handshake forgets everybody", () => {
    const game = born();
    frame(game, ["p_joined", 2, "Bob", 3, 0], ["p_gameover", 2], ["reset_world"]);
    assert.deepEqual([...game.players.keys()], [1]);
    frame(game, ["handshake", "Ada", 9]);
    assert.equal(game.players.size, 0);
    assert.equal(game.death, null);
});

test("messages about strangers and cells outside change nothing", () => {
    const game = born(), before = JSON.stringify([...game.players]);
    frame(game, ["p_score", 99, 5], ["p_gameover", 99], ["render", 50, 0, "%", 1], ["render", 0, 25, "%", 1]);
    assert.equal(JSON.stringify([...game.players]), before);
    assert.equal(game.grid.cells.length, 50 * 25);
});

test("the list of players has a bound", () => {
    const game = new Game();
    for (let id = 0; id < 5000; id++)
        game.p_joined(id, "x", 1, 0);
    assert.ok(game.players.size <= 256);
    assert.ok(game.players.has(4999), "the latest stay");
});

test("a newborn is linked from tail to head, in whichever order it is drawn", () => {
    const { grid } = born();
    assert.deepEqual([5, 6, 7].map((x) => linksAt(grid, x, 5)), [RIGHT, LEFT | RIGHT, LEFT]);
    const other = new Grid();
    other.begin();
    [[7, "%"], [6, "@"], [5, "*"]].forEach(([x, char]) => other.set(x, 5, char, 2));
    assert.deepEqual([5, 6, 7].map((x) => linksAt(other, x, 5)), [RIGHT, LEFT | RIGHT, LEFT]);
});

for (const order of ["head first", "body first"])
    test(`a move links the new head to the old one only (${order})`, () => {
        const game = born();
        const draw = [["render", 7, 4, "%", 2], ["render", 7, 5, "@", 2]];
        if (order === "body first")
            draw.reverse();
        frame(game, ...draw, ["render", 5, 5, " ", 0], ["render", 6, 5, "*", 2]);
        assert.deepEqual([[6, 5], [7, 5], [7, 4]].map(([x, y]) => linksAt(game.grid, x, y)), [RIGHT, LEFT | UP, DOWN]);
        assert.equal(linksAt(game.grid, 5, 5), 0);
        // Turning back beside its own body: (6,4) touches the tail at (6,5), and is not joined to it.
        frame(game, ["render", 6, 4, "%", 2], ["render", 7, 4, "@", 2]);
        assert.equal(linksAt(game.grid, 6, 4), RIGHT);
        assert.equal(linksAt(game.grid, 6, 5), RIGHT);
        assert.equal(game.grid.headOf(1), 4 * 50 + 6);
        assert.equal(game.grid.heading(game.grid.headOf(1)), LEFT);
    });

test("two snakes of one colour keep their owners", () => {
    const game = born();
    frame(game, ["p_joined", 2, "Bob", 2, 0],
        ["render", 5, 7, "*", 2], ["render", 6, 7, "@", 2], ["render", 7, 7, "%", 2]);
    assert.equal(game.grid.headOf(1), 5 * 50 + 7);
    assert.equal(game.grid.headOf(2), 7 * 50 + 7);
    frame(game, ["render", 7, 6, "%", 2], ["render", 7, 7, "@", 2]);
    assert.equal(game.grid.headOf(2), 6 * 50 + 7, "between both, and still Bob's");
    assert.equal(linksAt(game.grid, 7, 5), LEFT);
});

test("the dead keep their shape and lose their head's owner to nobody", () => {
    const game = born();
    frame(game, ["p_gameover", 1], ["render", 5, 5, "+", 0], ["render", 6, 5, "@", 0], ["render", 7, 5, "x", 0]);
    assert.equal(linksAt(game.grid, 6, 5), LEFT | RIGHT);
    assert.equal(game.grid.headOf(1), -1);
});

test("text over a body cuts it", () => {
    const game = born();
    frame(game, ["render", 6, 5, "G", 4]);
    assert.deepEqual([5, 6, 7].map((x) => linksAt(game.grid, x, 5)), [0, 0, 0]);
});

test("changes hold what a frame found, once per cell", () => {
    const game = born();
    game.begin();
    assert.equal(game.grid.changes.size, 0);
    game.render(9, 9, "5", 1);
    game.render(9, 9, "6", 1);
    assert.equal(game.grid.changes.get(9 * 50 + 9).char, " ");
    assert.equal(charAt(game.grid, 9, 9), "6");
});

test("a world of another size is taken as it is, and its coils are read right", () => {
    const game = new Game();
    frame(game, ["handshake", "Ada", 1], ["world", rowsOf([
        "%@@@ ",
        "*@@@ ",
        "  #  ",
    ])]);
    const { grid } = game;
    assert.deepEqual([grid.width, grid.height], [5, 3]);
    assert.deepEqual([0, 1, 2, 3].map((x) => linksAt(grid, x, 0)), [RIGHT, LEFT | RIGHT, LEFT | RIGHT, LEFT | DOWN]);
    assert.deepEqual([0, 1, 2, 3].map((x) => linksAt(grid, x, 1)), [RIGHT, LEFT | RIGHT, LEFT | RIGHT, LEFT | UP]);
    frame(game, ["p_joined", 5, "Bob", 2, 0]);
    assert.equal(grid.headOf(5), 0);
});

test("a field full of one snake's colour is read within its budget", () => {
    const rows = rowsOf(Array(100).fill("@".repeat(100)));
    rows[50][50] = ["%", 2];
    const began = performance.now();
    const grid = Grid.from(rows);
    assert.ok(performance.now() - began < 2000);
    assert.equal(grid.cells.length, 10000);
});
