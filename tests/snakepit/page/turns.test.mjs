// SPDX-License-Identifier: MIT
// Two turns within one tick: what goes out when.
import assert from "node:assert/strict";
import { test } from "node:test";

import { DOWN, RIGHT, UP } from "../../../apps/snakepit/web/js/grid.js";
import { KEY } from "../../../apps/snakepit/web/js/protocol.js";
import { Turns } from "../../../apps/snakepit/web/js/turns.js";

function heading(side) {
    const turns = new Turns();
    turns.moved(side);
    return turns;
}

test("the first turn goes out at once", () => {
    assert.equal(heading(RIGHT).press(KEY.up), KEY.up);
    assert.equal(new Turns().press(KEY.left), KEY.left, "also when the heading is unknown");
});

test("a U-turn takes two ticks", () => {
    const turns = heading(RIGHT);
    assert.equal(turns.press(KEY.up), KEY.up);
    assert.equal(turns.press(KEY.left), null);
    assert.equal(turns.moved(UP), KEY.left);
    assert.equal(turns.moved(RIGHT), null, "once");
});

test("a step aside takes two ticks", () => {
    const turns = heading(RIGHT);
    turns.press(KEY.down);
    assert.equal(turns.press(KEY.right), null);
    assert.equal(turns.moved(DOWN), KEY.right);
});

test("a turn across replaces the first, and what waited", () => {
    const turns = heading(RIGHT);
    turns.press(KEY.up);
    turns.press(KEY.left);
    assert.equal(turns.press(KEY.down), KEY.down);
    assert.equal(turns.moved(DOWN), null);
});

test("a sent key that waits no longer counts as under way itself", () => {
    const turns = heading(RIGHT);
    turns.press(KEY.up);
    turns.press(KEY.left);
    turns.moved(UP);
    assert.equal(turns.press(KEY.down), null, "left is under way, down would point into the neck");
});

test("with the snake, its turns are gone", () => {
    const turns = heading(RIGHT);
    turns.press(KEY.up);
    turns.press(KEY.left);
    turns.reset();
    assert.equal(turns.moved(RIGHT), null);
});
