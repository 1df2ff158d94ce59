# SPDX-License-Identifier: MIT
extends Node
# What cases have in common. Each test_ of a case has a new one.

const Call := preload("addons/ouro/call.gd")
const Platform := preload("addons/ouro/platform.gd")
const Settings := preload("settings.gd")

const NEARLY := 1e-12

var faults := []
var checks := 0
var last_note := ""


## What is to be run.
static func names_of(script: Script) -> Array:
	var names := []
	for method in script.get_script_method_list():
		if method["name"].begins_with("test_") and not method["name"] in names:
			names.append(method["name"])
	return names


# --- saying what must be


func equal(found: Variant, wanted: Variant, what: String = "") -> void:
	ok(same(found, wanted), "%s: %s and not %s" % [what, str(found), str(wanted)])


func ok(is_so: bool, what: String) -> void:
	checks += 1
	if not is_so:
		faults.append(what)


## Deep, and numbers as numbers, whatever their types are.
func same(a: Variant, b: Variant) -> bool:
	if _is_number(a) and _is_number(b):
		return a == b or abs(a - b) <= NEARLY * max(abs(a), abs(b))
	if typeof(a) == TYPE_DICTIONARY and typeof(b) == TYPE_DICTIONARY:
		return _same_members(a, b)
	if typeof(a) >= TYPE_ARRAY and typeof(b) >= TYPE_ARRAY:
		return _same_items(a, b)
	return typeof(a) == typeof(b) and a == b


func _same_members(a: Dictionary, b: Dictionary) -> bool:
	for key in a:
		if not b.has(key) or not same(a[key], b[key]):
			return false
	return a.size() == b.size()


func _same_items(a: Variant, b: Variant) -> bool:
	if a.size() != b.size():
		return false
	for i in range(a.size()):
		if not same(a[i], b[i]):
			return false
	return true


func _is_number(value: Variant) -> bool:
	return typeof(value) == TYPE_INT or typeof(value) == TYPE_FLOAT


# --- helpers


static func bytes_of(hex: String) -> PackedByteArray:
	var bytes := PackedByteArray()
	for i in range(0, hex.length(), 2):
		bytes.append(("0x" + hex.substr(i, 2)).hex_to_int())
	return bytes


## To be awaited: the next frame. `what` is what is waited for, in case that it never comes.
func frame(what: String = "") -> void:
	last_note = what
	await get_tree().process_frame


## To be awaited: what the test answers to that.
func ask(path: String) -> Variant:
	var question := Call.new()
	question.start(Settings.CONTROL + path, null, "", Platform.now_ms())
	while not question.is_over():
		await get_tree().process_frame
		question.poll(Platform.now_ms())
	if question.error != null:
		faults.append("the test does not answer: %s" % question.error)
		return null
	return question.json["data"]
