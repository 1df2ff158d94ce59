// SPDX-License-Identifier: MIT
// What is published.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync, readdirSync } from "node:fs";
import { test } from "node:test";

import * as sdk from "../../../clients/js/src/index.js";

const FOLDER = new URL("../../../clients/js/", import.meta.url);
const text = (name) => readFileSync(new URL(name, FOLDER), "utf8");

test("the package is its sources, its licence, its README and its description", () => {
    const packed = execFileSync("npm", ["pack", "--dry-run", "--json", "--offline"], { cwd: FOLDER, encoding: "utf8",
        stdio: ["ignore", "pipe", "ignore"] });
    const files = JSON.parse(packed)[0].files.map(({ path }) => path).sort();
    assert.deepEqual(files, ["LICENSE", "README.md", "package.json", ...readdirSync(new URL("src", FOLDER)).map((name) => `src/${name}`)].sort());
});

test("who has it from elsewhere than here has its licence", () => {
    assert.equal(text("LICENSE"), readFileSync(new URL("../../LICENSE", FOLDER), "utf8"));
    assert.equal(JSON.parse(text("package.json")).license, "MIT");
});

test("nothing is needed but what is there", () => {
    const { dependencies, types, main } = JSON.parse(text("package.json"));
    assert.equal(dependencies, undefined);
    assert.ok(text(types) && text(main));
    for (const name of readdirSync(new URL("src", FOLDER)))
        for (const [, from] of text(`src/${name}`).matchAll(/^(?:import|export) .*from "([^"]+)"/gm))
            assert.match(from, /^\.\/\w+\.js$/, name);
});

// What they say of it is judged in tests/e2e/sdk_types.test.mjs.
test("the types are of what is exported", () => {
    const declared = [...text("src/index.d.ts").matchAll(/^export class (\w+)/gm)].map(([, name]) => name);
    assert.deepEqual(declared.sort(), Object.keys(sdk).sort());
});
