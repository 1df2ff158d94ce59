// SPDX-License-Identifier: MIT

import assert from "node:assert/strict";
import { test } from "node:test";

import { mixed } from "../../../apps/snakepit/web/arena/js/palette.js";

test("colours are mixed channel by channel, and stay six digits", () => {
    assert.equal(mixed("#ffffff", "#000000", 0.5), "#808080");
    assert.equal(mixed("#102030", "#ffffff", 0), "#102030");
    assert.equal(mixed("#102030", "#ff0000", 1), "#ff0000");
    assert.equal(mixed("#0a0000", "#000000", 0.5), "#050000");
});
