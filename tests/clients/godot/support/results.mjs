// SPDX-License-Identifier: MIT
// What the engine prints about the cases, as tests of node's.

import assert from "node:assert/strict";

const WHY_MAX = 2000;

/** `lines`: all that it printed. A test each; what went wrong in none of them is one of its own. */
export async function report(t, lines) {
    const outcomes = lines.map((line) => /^(ok|not ok) ([\w/]+)(?:: (.*))?$/.exec(line)).filter(Boolean);
    for (const [, outcome, name, why] of outcomes)
        await t.test(name, () => assert.equal(outcome, "ok", why?.slice(0, WHY_MAX)));
    await t.test("all of them ran, and no script had an error", () => {
        assert.ok(lines.includes(`done ${outcomes.length}`) && outcomes.length > 0, lines.slice(-30).join("\n"));
        assert.deepEqual(lines.filter((line) => /SCRIPT ERROR|Parse Error|USER ERROR/.test(line)), [], lines.join("\n"));
    });
}
