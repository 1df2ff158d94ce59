// SPDX-License-Identifier: MIT
// The page's decoder against what a server should never send, and against what it does send.
import assert from "node:assert/strict";
import { test } from "node:test";

import { LIMIT, cleanName, decode, encode } from "../../../apps/snakepit/web/js/protocol.js";

/** Records every call as [cmd, ...args]. */
function recorder() {
    const calls = [];
    const listener = new Proxy({}, { get: (_, cmd) => (...args) => calls.push([cmd, ...args]) });
    return { calls, listener };
}

function decoded(frame) {
    const { calls, listener } = recorder();
    const skipped = decode(typeof frame === "string" ? frame : JSON.stringify(frame), listener);
    return { calls, skipped };
}

test("a frame's messages become calls, in order", () => {
    const frame = [
        ["handshake", "Ada", 7],
        ["world", [[[" ", 0], ["%", 3]]]],
        ["top_scores", [["Ada", 9, 2]]],
        ["reset_world"],
        ["p_joined", 7, "Ada", 3, 0],
        ["p_gameover", 7],
        ["render", 49, 24, "@", 6],
        ["p_score", 7, 12],
        ["error", "no room"],
        ["pong", 1234.5],
    ];
    const { calls, skipped } = decoded(frame);
    assert.equal(skipped, 0);
    assert.deepEqual(calls, frame.with(2, ["top_scores", [{ name: "Ada", score: 9, colour: 2 }]]));
});

test("what is no frame is skipped whole", () => {
    for (const text of ["", "{bad", "null", "3", '"x"', "{}", '{"0":["error","x"]}'])
        assert.deepEqual(decoded(text), { calls: [], skipped: 1 }, text);
    assert.deepEqual(decode(new ArrayBuffer(8), recorder().listener), 1, "a binary frame");
    assert.deepEqual(decoded("[]"), { calls: [], skipped: 0 });
});

test("a bad message costs itself only", () => {
    const bad = [
        null, 5, "render", [], [[]], {}, ["unknown"], ["constructor", 1], ["__proto__"], ["hasOwnProperty", "x"],
        ["handshake", 5, 1], ["handshake", "Ada"], ["handshake", "Ada", {}], ["handshake", "Ada", 1.5],
        ["world"], ["world", []], ["world", [[]]], ["world", "x"], ["world", [[[" ", 0]], []]], ["world", [5]],
        ["top_scores"], ["top_scores", "x"], ["top_scores", { length: 3 }],
        ["p_joined", null, "x", 1, 0], ["p_joined", 1, ["x"], 1, 0],
        ["p_gameover"], ["p_score", 1, "9"], ["p_score", 1],
        ["render", -1, 0, "%", 1], ["render", 0.5, 0, "%", 1], ["render", "0", 0, "%", 1],
        ["render", 1e9, 0, "%", 1], ["render", 0, 0, 5, 1], ["render", 0, 0],
        ["error", { toString: "x" }], ["pong", "1"], ["pong"],
    ];
    for (const message of bad) {
        const { calls, skipped } = decoded([["reset_world"], message, ["reset_world"]]);
        assert.deepEqual(calls, [["reset_world"], ["reset_world"]], JSON.stringify(message));
        assert.equal(skipped, 1);
    }
});

test("values outside the palette, the alphabet and the integers become neutral ones", () => {
    const { calls } = decoded([
        ["render", 0, 0, "%", 7], ["render", 0, 0, "%", -1], ["render", 0, 0, "%", "1"],
        ["render", 0, 0, "\n", 1], ["render", 0, 0, "ab", 1], ["render", 0, 0, "\u202e", 1],
        ["p_joined", 1, "x", 99, "many"],
        ["world", [[["%", 2], null, ["@", "red"], [5, 5]]]],
    ]);
    assert.deepEqual(calls.slice(0, 3).map((call) => call[4]), [0, 0, 0]);
    assert.deepEqual(calls.slice(3, 6).map((call) => call[3]), [" ", " ", " "]);
    assert.deepEqual(calls[6], ["p_joined", 1, "x", 0, 0]);
    assert.deepEqual(calls[7], ["world", [[["%", 2], [" ", 0], ["@", 0], [" ", 5]]]]);
});

test("names stay text, whatever they look like, and have a bound", () => {
    const markup = '<img src=x onerror="alert(1)">';
    assert.deepEqual(decoded([["p_joined", 1, markup, 1, 0]]).calls[0][2], markup);
    const [[, name]] = decoded([["handshake", "🐍".repeat(1000), 1]]).calls;
    assert.equal(name, "🐍".repeat(LIMIT.name_chars), "cut between characters");
    const [[, rows]] = decoded([["top_scores", [["x".repeat(9999), 1, 1], [{}, 1, 1], null, ["y", "1", 1]]]]).calls;
    assert.deepEqual(rows, [{ name: "x".repeat(LIMIT.name_chars), score: 1, colour: 1 }]);
});

test("huge input is bounded in every direction", () => {
    assert.deepEqual(decoded("[" + " ".repeat(LIMIT.frame_chars) + "]"), { calls: [], skipped: 1 });
    assert.equal(decoded("[".repeat(100000) + "]".repeat(100000)).calls.length, 0);
    const many = Array(LIMIT.messages + 10).fill(["reset_world"]);
    assert.equal(decoded(many).calls.length, LIMIT.messages);
    assert.equal(decoded([["render", ...Array(500000).fill(0)]]).skipped, 1);
    assert.equal(decoded([["world", Array(LIMIT.side_cells + 1).fill([[" ", 0]])]]).skipped, 1);
    const scores = Array(10000).fill(["a", 1, 1]);
    assert.equal(decoded([["top_scores", scores]]).calls[0][1].length, LIMIT.list);
});

test("one bare message is a frame too, and who has no method does not hear", () => {
    assert.deepEqual(decoded(["error", "no"]).calls, [["error", "no"]]);
    assert.equal(decode('[["pong", 1]]', {}), 0);
});

test("what the page sends", () => {
    assert.equal(encode.new_player('a"b'), '["new_player","a\\"b"]');
    assert.equal(encode.join(), '["join"]');
    assert.equal(encode.turn(37), "37");
    assert.equal(encode.ping(5), '["ping",5]');
});

test("a name as the server takes it", () => {
    assert.equal(cleanName("  Ada\u0000\n "), "Ada");
    assert.equal(cleanName("x".repeat(40)), "x".repeat(15));
    assert.equal(cleanName("🐍".repeat(40)), "🐍".repeat(15));
    assert.equal(cleanName("fourteen chars and"), "fourteen chars", "no space is left at the cut");
    for (const none of ["", "   ", null, undefined])
        assert.equal(cleanName(none), "");
});
