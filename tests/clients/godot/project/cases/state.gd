# SPDX-License-Identifier: MIT
extends "res://case.gd"
# The rules of docs/state.md, "What a client does with it", one by one.

const Schema := preload("res://addons/ouro/schema.gd")
const State := preload("res://addons/ouro/state.gd")
const Writer := preload("res://writer.gd")

const U8 := 8
const SCHEMA := {"hash": "00000000000000aa", "types": [
	{"name": "leaf", "fields": [{"name": "size", "type": "uint", "bits": 8}, {"name": "secret", "type": "uint", "bits": 8, "who": "owner"}]},
	{"name": "stone", "fields": [{"name": "weight", "type": "uint", "bits": 8}]},
]}

var _state := State.new()
var _told := []


func _ready() -> void:
	_state.set_schema(Schema.new(SCHEMA))
	_state.entity_added.connect(_on_added)
	_state.entity_changed.connect(_on_changed)
	_state.entity_removed.connect(_on_removed)


func _on_added(entity: State.Entity) -> void:
	_told.append(["added", entity.id & 0xfffff, entity.fields.duplicate()])


func _on_changed(entity: State.Entity, before: Dictionary) -> void:
	_told.append(["changed", entity.id & 0xfffff, before])


func _on_removed(entity: State.Entity) -> void:
	_told.append(["removed", entity.id & 0xfffff])


func _news() -> Array:
	var told := _told
	_told = []
	return told


func _u8(value: int) -> Array:
	return Writer.bits(value, U8)


func _apply(head: Dictionary, sections: Array) -> void:
	ok(_state.apply(Writer.snapshot(head, sections)), _state.fault)


# A leaf of size 4 in channel 1, and nothing else.
func _begin() -> void:
	_apply({"tick": 10, "flags": Writer.FRESH}, [Writer.section(Writer.KEYFRAME, 1, [Writer.enter(1, 1, 0, [_u8(4), null])]),
		Writer.section(Writer.KEYFRAME, 2, [])])
	_news()


func test_what_enters_and_changes_is_told_once() -> void:
	_begin()
	equal(_state.entities("leaf").size(), 1)
	equal(_state.entities("stone"), [])
	_apply({"tick": 11}, [Writer.section(Writer.DELTA, 1, [Writer.update(1, [_u8(5), null]), Writer.enter(2, 1, 1, [_u8(9)])])])
	equal(_news(), [["added", 2, {"weight": 9}], ["changed", 1, {"size": 4}]])
	_apply({"tick": 12}, [Writer.section(Writer.DELTA, 1, [Writer.update(1, [_u8(5), null])])])
	equal(_news(), [], "the same again")
	equal([_state.tick, _state.step, _state.input, _state.interval], [12, 1, 0, 1])
	var leaf: Variant = _state.entities("leaf")[0]
	equal(_state.entity(leaf.id), leaf)
	equal(_state.entity(leaf.id + (1 << 20)), null, "of another generation")


func test_who_goes_to_a_channel_that_is_held_stays() -> void:
	_begin()
	_apply({"tick": 11}, [Writer.section(Writer.DELTA, 1, [Writer.leave(1, 2)])])
	equal([_news(), _state.size()], [[], 1])
	_apply({"tick": 12}, [Writer.section(Writer.DELTA, 2, [Writer.leave(1, 7)])])
	equal(_news(), [["removed", 1]], "7 is not held")


func test_a_leave_that_comes_late_says_nothing() -> void:
	_begin()
	_apply({"tick": 11}, [Writer.section(Writer.DELTA, 2, [Writer.enter(1, 1, 0, [_u8(4), null])])])
	_apply({"tick": 12}, [Writer.section(Writer.DELTA, 1, [Writer.leave(1)])])
	equal([_news(), _state.size()], [[], 1])


func test_a_channel_that_is_forgotten_takes_with_it_what_is_only_there() -> void:
	_begin()
	_apply({"tick": 11}, [Writer.section(Writer.FORGET, 1, [])])
	equal(_news(), [["removed", 1]])


func test_a_keyframe_is_all_that_there_is() -> void:
	_begin()
	_apply({"tick": 11}, [Writer.section(Writer.KEYFRAME, 1, [Writer.enter(3, 1, 1, [_u8(9)])])])
	equal(_news(), [["removed", 1], ["added", 3, {"weight": 9}]])


func test_fields_of_an_audience_that_is_left_are_no_longer_known() -> void:
	_begin()
	var mine := Writer.section(Writer.KEYFRAME, 9, [Writer.enter(1, 1, 0, [null, _u8(77)])], 2)
	_apply({"tick": 11}, [mine])
	equal(_news(), [["changed", 1, {"secret": null}]])
	_apply({"tick": 12}, [Writer.section(Writer.FORGET, 9, [])])
	equal([_news(), _state.entities()[0].fields], [[["changed", 1, {"secret": 77}]], {"size": 4, "secret": null}])


func test_an_index_with_another_generation_is_another_entity() -> void:
	_begin()
	_apply({"tick": 11}, [Writer.section(Writer.DELTA, 1, [Writer.enter(1, 2, 0, [_u8(6), null])])])
	equal(_news(), [["removed", 1], ["added", 1, {"size": 6, "secret": null}]])


func test_what_comes_and_goes_in_one_snapshot_was_never_there() -> void:
	_begin()
	_apply({"tick": 11}, [Writer.section(Writer.DELTA, 1, [Writer.enter(5, 1, 1, [_u8(1)]), Writer.update(1, [_u8(8), null]),
		Writer.leave(1)]), Writer.section(Writer.DELTA, 1, [Writer.leave(5)])])
	equal(_news(), [["removed", 1]])


func test_parts_are_taken_together() -> void:
	_begin()
	var first := Writer.snapshot({"tick": 11, "flags": Writer.MORE}, [Writer.section(Writer.DELTA, 1, [Writer.update(1, [_u8(5), null])])])
	ok(not _state.apply(first), "there is more to come")
	equal([_news(), _state.tick], [[], 10])
	_apply({"tick": 11}, [])
	equal([_news(), _state.tick], [[["changed", 1, {"size": 4}]], 11])


func test_fresh_is_from_nothing() -> void:
	_begin()
	_apply({"tick": 3, "flags": Writer.FRESH}, [])
	equal([_news(), _state.size(), _state.tick], [[["removed", 1]], 0, 3])


func test_what_never_became_whole_is_no_part_of_a_fresh_one() -> void:
	_begin()
	for i in range(256):
		_state.apply(Writer.snapshot({"tick": 11, "flags": Writer.MORE}, []))
	ok(not _state.apply(Writer.snapshot({"tick": 11, "flags": Writer.MORE}, [])), "too many")
	_apply({"tick": 12, "flags": Writer.FRESH}, [])
	equal([_news(), _state.tick], [[["removed", 1]], 12])


func test_sections_of_later_versions_are_skipped() -> void:
	_begin()
	_apply({"tick": 11}, [Writer.section(3, 1, [Writer.leave(1)]), Writer.section(Writer.DELTA, 1, [Writer.leave(1)], 3)])
	equal([_news(), _state.size()], [[], 1])


func test_what_cant_be_read_is_a_fault() -> void:
	for sections in [[Writer.section(Writer.DELTA, 1, [Writer.update(77, [_u8(1), null])])],
			[Writer.section(Writer.DELTA, 1, [Writer.enter(9, 1, 2, [])])],
			[Writer.section(Writer.DELTA, 1, [Writer.update(1 << 20, [null, null])])],
			[Writer.section(Writer.DELTA, 1 << 20, [])],
			[Writer.section(Writer.DELTA, 1, [Writer.leave(1, 1 << 20)])],
			[Writer.varint(17) + Writer.varint(3) + Writer.bits(0, 24)],
			[Writer.varint(17) + Writer.varint(99)]]:
		_begin()
		ok(not _state.apply(Writer.snapshot({"tick": 11}, sections)), "it is not taken")
		ok(_state.fault.begins_with("a snapshot that can't be read"), "%s: %s" % [str(sections), _state.fault])


func test_a_schema_of_a_newer_kind_is_refused() -> void:
	for field in [{"name": "a", "type": "quaternion"}, {"name": "a", "type": "uint", "bits": 33}, {"name": "a", "type": "float"}]:
		ok(Schema.new({"hash": "", "types": [{"name": "a", "fields": [field]}]}).fault != "", str(field))


func test_other_binary_messages_are_none_of_its() -> void:
	ok(not State.is_snapshot(PackedByteArray([2, 0])) and not State.is_snapshot(PackedByteArray()), "they are not")
