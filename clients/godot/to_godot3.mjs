#!/usr/bin/env node
// SPDX-License-Identifier: MIT
//
// Makes the add-on, and the sample, for Godot 3 of those for Godot 4:
//
//     node to_godot3.mjs ~/my-game        writes ~/my-game/addons/ouro
//     node to_godot3.mjs --sample ~/try   writes a whole project with the sample
//
// What differs beyond names lies in godot3/, and is taken from there instead. The scripts keep to a part of GDScript that
// has a Godot 3 form line by line; what is not in the table below is refused, not guessed.

import { cpSync, existsSync, mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

const HERE = path.dirname(fileURLToPath(import.meta.url));
const INSTEAD = path.join(HERE, "godot3");

const ARGS = String.raw`\(((?:[^()]|\((?:[^()]|\([^()]*\))*\))*)\)`; // with two levels of parentheses in it
const OBJECT = String.raw`((?:[\w.]|\[[^\]]*\]|\(\))+)`;

// In this order. Of a pattern's parts the replacement may make what it wants.
const RULES = [
    // declarations
    [/^@icon\(.*\)\n/gm, ""],
    [/^@tool$/gm, "tool"],
    [/^@warning_ignore.*\n/gm, ""],
    [/^(\s*)@(export|onready) /gm, "$1$2 "],
    [/^extends RefCounted$/gm, "extends Reference"],
    [/^class (\w+):$/gm, "class $1 extends Reference:"],
    [/^(signal \w+)\((.*)\)$/gm, (_, head, parameters) => `${head}(${parameters.replace(/: ?\w+/g, "")})`],
    // types that Godot 3 has no words for
    [/: Variant\b/g, ""],
    [/ -> Variant:/g, ":"],
    [/\bArray\[\w+\]/g, "Array"],
    [/\bfor (\w+): \w+ in\b/g, "for $1 in"],
    // signals and coroutines
    [/\bawait get_tree\(\)\.process_frame\b/g, 'yield(get_tree(), "idle_frame")'],
    [new RegExp(String.raw`\bawait ([\w.]+)${ARGS}`, "g"), (_, call, args) => `yield(${call}(${args}), "completed")`],
    [new RegExp(String.raw`\bawait ${OBJECT}\.(\w+)(?!\()\b`, "g"), (_, object, signal) => `yield(${object}, "${signal}")`],
    [new RegExp(String.raw`${OBJECT}\.(\w+)\.emit${ARGS}`, "g"), (_, object, signal, args) => emit(`${object}.`, signal, args)],
    [new RegExp(String.raw`\b(\w+)\.emit${ARGS}`, "g"), (_, signal, args) => emit("", signal, args)],
    [new RegExp(String.raw`${OBJECT}\.(\w+)\.connect\(([\w.]+)\)`, "g"), (_, object, signal, method) => `${object}.connect("${signal}", ${called(method)})`],
    [/\b(\w+)\.connect\(([\w.]+)\)/g, (_, signal, method) => `connect("${signal}", ${called(method)})`],
    [/\.sort_custom\(([\w.]+)\)/g, (_, method) => `.sort_custom(${called(method)})`],
    [/\bsuper\./g, "."],
    // names
    [/\bPacked(Byte|String|Color|Vector2)Array\b/g, "Pool$1Array"],
    [/\.is_empty\(\)/g, ".empty()"],
    [/\bTYPE_FLOAT\b/g, "TYPE_REAL"],
    [/\bqueue_redraw\(\)/g, "update()"],
    [/\.instantiate\(\)/g, ".instance()"],
    [/\bColor\.from_hsv\(/g, "Color().from_hsv("],
];

// Godot 4 has these, Godot 3 has not, and neither has the table.
const UNKNOWN = [/^\s*@\w+/m, /\bawait\b/, /\.emit\(/, /\bPacked\w+/, /\bRefCounted\b/, /\bVariant\b/, /\bArray\[[A-Z]/, /\bDictionary\[/,
    /\bfunc\(/, /\bCallable\b/, /\bsuper\b/, /&#/, /\bstatic var\b/, /\bis (?:not|int|float|String|bool)\b/, /\bnot in\b/, /\*\*/,
    /^(?:static )?func [^#\n]*\bStringName\b/m, /\b(?:clamp|max|min|abs|sign|floor|ceil|round)[fi]\(/, /\b(?:JSON|Time|TLSOptions|WebSocketPeer)\./];

const emit = (object, signal, args) => `${object}emit_signal("${signal}"${args ? `, ${args}` : ""})`;

// A method as Godot 3 has it: its object, and its name.
const called = (method) => `${method.replace(/\.?\w+$/, "") || "self"}, "${/\w+$/.exec(method)}"`;

/** A script for Godot 3. Throws, if something in it has no form there. */
export function convertScript(text, name = "script") {
    const [code, aside] = setAside(text);
    const made = RULES.reduce((script, [pattern, replacement]) => script.replace(pattern, replacement), code);
    for (const pattern of UNKNOWN)
        if (pattern.test(made))
            throw new Error(`${name}: "${pattern.exec(made)[0].trim()}" has no form in Godot 3 that is known here`);
    return made.replace(/#(\d+)#/g, (_, i) => aside[i]);
}

// What is said in strings and comments is no code: in it, a number stands for each.
function setAside(text) {
    const aside = [];
    const code = text.replace(/"(?:[^"\\\n]|\\.)*"|#.*$/gm, (all) => `#${aside.push(all) - 1}#`);
    return [code, aside];
}

export const convertScene = (text) => text.replace(/^(\[gd_scene .*)format=3(.*)\]$/m, "$1format=2]")
    .replace(/ id="(\w+)"/g, " id=$1").replace(/ExtResource\("(\w+)"\)/g, "ExtResource( $1 )").replace(/ uid="[^"]*"/g, "");

const CONVERT = { ".gd": convertScript, ".tscn": convertScene };

/** All below a folder, by their paths from there. */
export function* filesIn(folder, below = "") {
    for (const name of readdirSync(path.join(folder, below))) {
        const file = path.join(below, name);
        if (statSync(path.join(folder, file)).isDirectory())
            yield* filesIn(folder, file);
        else
            yield file;
    }
}

/** A folder of this add-on's project, `addons` or `sample` for example, for Godot 3, into the folder of another. */
export function convertFolder(name, target, from = HERE) {
    for (const file of filesIn(path.join(from, name))) {
        const own = path.join(INSTEAD, name, file), to = path.join(target, name, file);
        const convert = CONVERT[path.extname(file)];
        mkdirSync(path.dirname(to), { recursive: true });
        if (from === HERE && existsSync(own))
            cpSync(own, to);
        else if (convert)
            writeFileSync(to, convert(readFileSync(path.join(from, name, file), "utf8"), file));
        else
            cpSync(path.join(from, name, file), to);
    }
}

function main(args) {
    const isSample = args[0] === "--sample", [target] = isSample ? args.slice(1) : args;
    if (!target || target.startsWith("-")) {
        console.error("usage: node to_godot3.mjs [--sample] FOLDER");
        return 2;
    }
    convertFolder("addons", target);
    if (isSample) {
        convertFolder("sample", target);
        cpSync(path.join(INSTEAD, "project.godot"), path.join(target, "project.godot"));
    }
    return 0;
}

if (process.argv[1] && path.resolve(process.argv[1]) === fileURLToPath(import.meta.url))
    process.exitCode = main(process.argv.slice(2));
