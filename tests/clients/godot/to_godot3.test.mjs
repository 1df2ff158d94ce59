// SPDX-License-Identifier: MIT
// The converter: what each construct becomes, and what it refuses. That the whole add-on works in Godot 3 is for the engine to say.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

import { convertScene, convertScript, filesIn } from "../../../clients/godot/to_godot3.mjs";

const GODOT = fileURLToPath(new URL("../../../clients/godot/", import.meta.url));

const PAIRS = [
    ["@tool\nextends RefCounted", "tool\nextends Reference"],
    ['@icon("icon.svg")\nclass_name A', "class_name A"],
    ["@export var url: String = \"x\"", "export var url: String = \"x\""],
    ["@onready var a := $A", "onready var a := $A"],
    ["class Thing:", "class Thing extends Reference:"],
    ["signal left(code: int, text: String)", "signal left(code, text)"],
    ["var a: Variant = null", "var a = null"],
    ["func f(a: Variant, b: Array[A]) -> Variant:", "func f(a, b: Array):"],
    ["for i: int in range(3):", "for i in range(3):"],
    ["\tawait answer.done", '\tyield(answer, "done")'],
    ["\treturn await _join(f(1), [2])", '\treturn yield(_join(f(1), [2]), "completed")'],
    ['\tvar a: A = await client.request("add", [40, 2])', '\tvar a: A = yield(client.request("add", [40, 2]), "completed")'],
    ["\tawait get_tree().process_frame", '\tyield(get_tree(), "idle_frame")'],
    ["\tjoined.emit()", '\temit_signal("joined")'],
    ["\tleft.emit(f(code), text)", '\temit_signal("left", f(code), text)'],
    ["\t_client.queued.emit(1)", '\t_client.emit_signal("queued", 1)'],
    ["\tstate.added.connect(_on_added)", '\tstate.connect("added", self, "_on_added")'],
    ["\tclient.left.connect(ear.on_left)", '\tclient.connect("left", ear, "on_left")'],
    ["\tleft.connect(_on_left)", '\tconnect("left", self, "_on_left")'],
    ["\ta.sort_custom(_before)", '\ta.sort_custom(self, "_before")'],
    ["\tsuper.poll()", "\t.poll()"],
    ["\tvar b := PackedByteArray([1])", "\tvar b := PoolByteArray([1])"],
    ["\tif a.is_empty() and typeof(b) == TYPE_FLOAT:", "\tif a.empty() and typeof(b) == TYPE_REAL:"],
    ['\tprint("await a.b and Variant") # @export Array[A]', '\tprint("await a.b and Variant") # @export Array[A]'],
];

for (const [godot4, godot3] of PAIRS)
    test(`${JSON.stringify(godot4)}`, () => assert.equal(convertScript(godot4), godot3));

for (const script of ["var a := func(): pass", "func f(c: Callable):", "@rpc\nfunc f():", "var d: Dictionary[String, int]", "\tif a is int:",
    "static var a := 1", "\tvar a := maxi(1, 2)", "\tvar a := &\"name\"", "\tvar a := 2 ** 3", "\tJSON.stringify(1)", "\tif a not in b:"])
    test(`refused: ${JSON.stringify(script)}`, () => assert.throws(() => convertScript(script), /has no form in Godot 3/));

test("scenes have numbers for what they refer to", () => {
    assert.equal(convertScene('[gd_scene load_steps=2 format=3 uid="uid://x"]\n[ext_resource type="Script" path="res://a.gd" id="1"]\nscript = ExtResource("1")'),
        '[gd_scene load_steps=2 format=2]\n[ext_resource type="Script" path="res://a.gd" id=1]\nscript = ExtResource( 1 )');
});

test("it makes a whole project, and what it has of its own is as it is", (t) => {
    const folder = mkdtempSync(path.join(tmpdir(), "ouro-godot3-"));
    t.after(() => rmSync(folder, { recursive: true }));
    execFileSync(process.execPath, [path.join(GODOT, "to_godot3.mjs"), "--sample", folder]);
    const expected = ["addons", "sample"].flatMap((name) => [...filesIn(path.join(GODOT, name))].map((file) => path.join(name, file)));
    assert.deepEqual([...filesIn(folder)].sort(), [...expected, "project.godot"].sort());
    for (const own of filesIn(path.join(GODOT, "godot3")))
        if (own !== ".gdignore")
            assert.equal(readFileSync(path.join(folder, own), "utf8"), readFileSync(path.join(GODOT, "godot3", own), "utf8"), own);
});

test("what Godot 3 has of its own has the same methods", () => {
    const heads = (file) => [...readFileSync(file, "utf8").matchAll(/^(?:static )?func ([a-z]\w*)/gm)].map(([, name]) => name).sort();
    for (const name of ["platform.gd", "socket.gd"])
        assert.deepEqual(heads(path.join(GODOT, "godot3/addons/ouro", name)), heads(path.join(GODOT, "addons/ouro", name)), name);
});
