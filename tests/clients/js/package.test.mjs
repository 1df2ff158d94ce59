// SPDX-License-Identifier: MIT
// What is published, and whether its types tell the truth.
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

/** `{Room: ["id", "send", ...]}`, of the classes that the types declare. */
function declared() {
    const classes = {};
    for (const [, name, body] of text("src/index.d.ts").matchAll(/^export class (\w+)[^{]*\{\n([^]*?)^\}/gm))
        classes[name] = [...body.matchAll(/^ {4}(?:readonly )?(\w+)[?]?(?:<.*?>)?[(:]/gm)].map(([, member]) => member)
            .filter((member) => member !== "constructor");
    return classes;
}

test("the types are of what is exported", () => {
    assert.deepEqual(Object.keys(declared()).sort(), Object.keys(sdk).sort());
});

test("what the types declare is there", () => {
    for (const [name, members] of Object.entries(declared())) {
        const file = Object.entries(sdk).find(([exported]) => exported === name)[1];
        const source = String(file);
        assert.ok(members.length > 0, name);
        for (const member of members)
            assert.ok(member in file.prototype || new RegExp(`^ {4}${member}( =|;)`, "m").test(source) || source.includes(`this.${member} =`),
                `${name}.${member}`);
    }
});
