# SPDX-License-Identifier: MIT
extends "res://case.gd"
# What the server sends, byte for byte, and what its own picture is then.

const Schema := preload("res://addons/ouro/schema.gd")
const State := preload("res://addons/ouro/state.gd")

const ROUNDS := 60 # of breaking, per vector
const INDEX := (1 << 20) - 1

var _followed := {} # what somebody knows who believes only what is told: entity -> fields
var _dice := 1


func test_as_the_server_makes_it() -> void:
	var vectors: Variant = await ask("/vectors/snapshots")
	for case in vectors["cases"]:
		_followed = {}
		var state := _state_of(case)
		state.entity_added.connect(_on_added)
		state.entity_changed.connect(_on_changed)
		state.entity_removed.connect(_on_removed)
		for message in case["messages"]:
			_check(state, message, case["name"])
			_check_followed(state)


func _state_of(case: Dictionary) -> State:
	var state := State.new()
	state.set_schema(Schema.new(case["schema"]))
	return state


func _check(state: State, message: Dictionary, what: String) -> void:
	var was_whole := state.apply(bytes_of(message["hex"]))
	equal(state.fault, "", what)
	equal(was_whole, message["picture"] != null, what)
	if was_whole:
		equal(_picture(state), message["picture"], what)


func _picture(state: State) -> Dictionary:
	var entities := []
	for entity in state.entities():
		var known := {}
		for field in entity.fields:
			if entity.fields[field] != null:
				known[field] = entity.fields[field]
		entities.append([entity.id & INDEX, {"id": entity.id, "type": entity.type, "fields": known}])
	entities.sort_custom(_is_before)
	var sorted := []
	for pair in entities:
		sorted.append(pair[1])
	return {"tick": state.tick, "step": state.step, "input": state.input, "interval": state.interval, "entities": sorted}


func _is_before(a: Array, b: Array) -> bool:
	return a[0] < b[0]


func _on_added(entity: State.Entity) -> void:
	ok(not _followed.has(entity), "what is added was not there")
	_followed[entity] = entity.fields.duplicate()


func _on_changed(entity: State.Entity, before: Dictionary) -> void:
	for field in before:
		equal(_followed[entity][field], before[field], "what was before is what was told")
	_followed[entity] = entity.fields.duplicate()


func _on_removed(entity: State.Entity) -> void:
	ok(_followed.erase(entity), "what is removed was there")


func _check_followed(state: State) -> void:
	equal(_followed.size(), state.size())
	for entity in state.entities():
		equal(_followed.get(entity), entity.fields)


func test_what_was_broken_is_a_fault_or_a_picture_and_a_fresh_snapshot_mends_all() -> void:
	var vectors: Variant = await ask("/vectors/snapshots")
	var broken := 0
	for case in vectors["cases"]:
		for turn in range(ROUNDS):
			broken += _break_and_mend(case)
		await frame(case["name"])
	ok(broken > 50, "%d faults" % broken)


# 1: there was a fault.
func _break_and_mend(case: Dictionary) -> int:
	var state := _state_of(case)
	var messages: Array = case["messages"]
	var at := _roll(messages.size())
	for i in range(messages.size()):
		var bytes := bytes_of(messages[i]["hex"])
		state.apply(_broken(bytes) if i == at else bytes)
		if state.fault != "":
			break
	var had_fault := 1 if state.fault != "" else 0
	state.clear()
	equal(state.size(), 0)
	for message in messages:
		_check(state, message, case["name"])
	return had_fault


func _broken(bytes: PackedByteArray) -> PackedByteArray:
	if _roll(4) == 0:
		bytes.resize(_roll(bytes.size()))
	if bytes.size() > 0:
		var at := _roll(bytes.size())
		bytes[at] = bytes[at] ^ (1 << _roll(8))
	return bytes


# The same numbers each time (Numerical Recipes' generator).
func _roll(sides: int) -> int:
	_dice = (_dice * 1664525 + 1013904223) & 0xffffffff
	return (_dice >> 8) % sides
