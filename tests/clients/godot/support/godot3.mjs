// SPDX-License-Identifier: MIT
// Godot 3 without a screen.

import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

import { startControl } from "./control.mjs";
import { makeProject } from "./project.mjs";
import { report } from "./results.mjs";

const PROGRAM = "godot3-server";
const SILENT_MS = 90_000; // more than a test may take: then it hangs

/** Runs the cases in Godot 3; each test in them becomes one of `t`'s. */
export async function runInGodot3(t, cases, answers) {
    const folder = makeProject(t, 3, { cases, control: await startControl(t, answers) });
    const home = mkdtempSync(path.join(tmpdir(), "ouro-godot3-"));
    t.after(() => rmSync(home, { recursive: true, force: true }));
    await report(t, await linesOf(t, ["--path", folder], home));
}

// All that it prints, until it ends.
async function linesOf(t, args, home) {
    const env = { ...process.env, HOME: home, XDG_DATA_HOME: home, XDG_CONFIG_HOME: home, XDG_CACHE_HOME: home, LANG: "en_US.UTF-8", LC_ALL: "" };
    const engine = spawn(PROGRAM, args, { env, stdio: ["ignore", "pipe", "pipe"] });
    t.after(() => engine.kill("SIGKILL"));
    const silence = setTimeout(() => engine.kill("SIGKILL"), SILENT_MS);
    let text = "";
    for (const stream of [engine.stdout, engine.stderr])
        stream.setEncoding("utf8").on("data", (data) => {
            text += data;
            silence.refresh();
        });
    await new Promise((resolve, reject) => engine.on("close", resolve).on("error", reject));
    clearTimeout(silence);
    return text.split("\n");
}
