// SPDX-License-Identifier: MIT
// The project that runs cases in the engine: the add-on, the cases, and what they are to know.

import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

import { convertFolder } from "../../../../clients/godot/to_godot3.mjs";

const ROOT = fileURLToPath(new URL("../../../../", import.meta.url));
const HERE = path.join(ROOT, "tests/clients/godot");
const LIMIT_S = 30; // of a test that would hang

/** Cases that need no server. */
export const UNIT_CASES = ["bits", "vectors", "state", "clock", "interpolation", "prediction", "entry", "talk", "seat", "travel", "snake_line"];
/** Those that need the servers of examples/. */
export const SERVER_CASES = ["rooms", "world", "arena"];

/** Makes it, for the engine of that version (3 or 4), and returns its folder, which ends with the test. */
export function makeProject(t, version, { cases, control }) {
    const build = path.join(ROOT, "build/test");
    mkdirSync(build, { recursive: true });
    const folder = mkdtempSync(path.join(build, `godot${version}-`));
    t.after(() => rmSync(folder, { recursive: true, force: true }));
    if (version === 4) {
        for (const name of ["addons", "sample"])
            cpSync(path.join(ROOT, "clients/godot", name), path.join(folder, name), { recursive: true });
        cpSync(path.join(HERE, "project"), folder, { recursive: true });
    } else {
        for (const name of ["addons", "sample"])
            convertFolder(name, folder);
        convertFolder(".", folder, path.join(HERE, "project"));
        cpSync(path.join(HERE, "godot3"), folder, { recursive: true });
    }
    writeFileSync(path.join(folder, "settings.gd"),
        `const CASES := ${JSON.stringify(cases)}\nconst CONTROL := ${JSON.stringify(control)}\nconst LIMIT_S := ${LIMIT_S}.0\n`);
    return folder;
}
