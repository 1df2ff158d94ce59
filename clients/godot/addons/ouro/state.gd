# SPDX-License-Identifier: MIT
class_name OuroState
extends RefCounted
## The picture of the world that the server's snapshots make. docs/state.md has the bytes, and, under
## "What a client does with it", the rules that are followed here.

## It has come into view. Entities that were there before you connected are in entities().
signal entity_added(entity)
## Some of its fields have changed; `before` has what these were.
signal entity_changed(entity, before)
## It has gone out of view, or ended.
signal entity_removed(entity)
## After each whole snapshot, when all that is in it was told.
signal snapshot_taken(state)

enum Section { FORGET, DELTA, KEYFRAME }
enum Record { END, UPDATE, ENTER, LEAVE }

const Bits := preload("bits.gd")
const Entity := preload("entity.gd")
const Schema := preload("schema.gd")
const Thing := preload("thing.gd")

const SNAPSHOT := 1 # first byte
const MORE := 1
const FRESH := 2
const AUDIENCES := 3
const ENTITIES_MAX := 1 << 20
const CHANNELS_MAX := 1 << 20
const PARTS_MAX := 256 # of one snapshot

## Of the last whole snapshot: its tick, by how much that is more than the one before, the last input that it
## includes, in how many ticks the next one is due.
var tick := 0
var step := 0
var input := 0
var interval := 1
## How long a tick is. 0: the room has no rhythm.
var tick_ms := 0.0
## When the last snapshot came, by the local clock.
var came_at_ms := 0.0
## Why the last message could not be read; empty: it could.
var fault := ""
var schema: Schema = null

var _things := {} # by index
var _held := {} # channels
var _parts := [] # of a snapshot that is not whole yet
var _must_sweep := false
var _came := {} # things; this and the next two until listeners have been told
var _went := []
var _changed := []


## Forgets all entities, and tells so.
func clear() -> void:
	_parts = []
	_forget_all()
	tick = 0
	step = 0
	input = 0
	interval = 1
	_tell()


## Null: there is none. Everything known before is forgotten.
func set_schema(p_schema: Schema) -> void:
	clear()
	schema = p_schema


# --- looking


## All that is in view; of one type, if it is named.
func entities(type: String = "") -> Array[Entity]:
	var found: Array[Entity] = []
	for thing in _things.values():
		if type == "" or thing.entity.type == type:
			found.append(thing.entity)
	return found


## Null, if it is not in view.
func entity(id: int) -> Entity:
	var thing: Thing = _things.get(id & (ENTITIES_MAX - 1))
	return thing.entity if thing != null and thing.entity.id == id else null


func size() -> int:
	return _things.size()


# --- messages


## Takes a binary message that came at that moment of the local clock. True: a whole snapshot is there now, and was
## told. False: there is more to come, or it has a `fault`; then only a fresh snapshot, or clear(), mends it.
func apply(bytes: PackedByteArray, now_ms: float = 0.0) -> bool:
	fault = ""
	if schema == null:
		return _fail("there is no schema yet")
	if bytes.size() > 1 and bytes[1] & FRESH:
		_parts = [] # of a snapshot that never became whole
	if bytes.size() < 2 or _parts.size() == PARTS_MAX:
		return _fail("its parts are too short, or too many")
	_parts.append(bytes)
	if bytes[1] & MORE:
		return false
	var parts := _parts
	_parts = []
	for part in parts:
		if not _take_part(part):
			return false
	if _must_sweep:
		_sweep()
	came_at_ms = now_ms
	_tell()
	return true


func _fail(what: String) -> bool:
	fault = "a snapshot that can't be read: %s" % what
	return false


# False, as of all that read: it has a fault.
func _take_part(bytes: PackedByteArray) -> bool:
	var reader := Bits.new(bytes, 1)
	var flags := reader.bits(8)
	tick = reader.varint()
	step = reader.varint()
	input = reader.varint()
	interval = reader.varint()
	if flags & FRESH:
		_forget_all()
	while not reader.failed and reader.left() > 0:
		if not _take_section(bytes, reader):
			return false
	return not reader.failed or _fail("it ends too early")


func _take_section(bytes: PackedByteArray, reader: Bits) -> bool:
	var head := reader.varint()
	var length := reader.varint()
	var from := reader.position()
	if reader.failed or length < 0 or length > reader.left():
		return _fail("a section is longer than the message")
	reader.skip(length)
	var kind := head & 3
	var audience := (head >> 2) & 3
	var channel := head >> 4
	if audience >= AUDIENCES:
		return true
	if channel < 0 or channel >= CHANNELS_MAX:
		return _fail("a channel's number is too large")
	if kind == Section.FORGET or kind == Section.KEYFRAME:
		_empty_channel(channel, kind == Section.KEYFRAME)
	if kind == Section.DELTA or kind == Section.KEYFRAME:
		return _take_records(Bits.new(bytes, from, from + length), channel, audience)
	return true


func _empty_channel(channel: int, is_held: bool) -> void:
	if is_held:
		_held[channel] = true
	else:
		_held.erase(channel)
	for thing in _things.values():
		for i in range(AUDIENCES):
			if thing.channels[i] == channel:
				thing.channels[i] = Thing.NOWHERE
	_must_sweep = true


func _take_records(reader: Bits, channel: int, audience: int) -> bool:
	var kind := reader.bits(2)
	while kind != Record.END:
		var index := reader.varint()
		if index < 0 or index >= ENTITIES_MAX:
			return _fail("an index is too large")
		if not _take_record(reader, kind, index, channel, audience):
			return false
		kind = reader.bits(2)
	if reader.failed or reader.left() > 0:
		return _fail("a section does not end where its length says")
	return true


func _take_record(reader: Bits, kind: int, index: int, channel: int, audience: int) -> bool:
	match kind:
		Record.UPDATE:
			return _take_update(reader, index)
		Record.ENTER:
			return _take_enter(reader, index, channel, audience)
	return _take_leave(index, reader.varint(), channel, audience)


func _take_update(reader: Bits, index: int) -> bool:
	var thing: Thing = _things.get(index)
	if thing == null:
		return _fail("something has changed that was never there")
	_read_fields(reader, thing)
	return true


func _take_enter(reader: Bits, index: int, channel: int, audience: int) -> bool:
	var generation := reader.bits(12)
	var type := reader.bits(8)
	if reader.failed or type >= schema.types.size():
		return _fail("an entity has a type that the schema does not have")
	var thing := _come(index, generation * ENTITIES_MAX + index, schema.types[type])
	var mask := _read_fields(reader, thing)
	if thing.masks[audience] & ~mask:
		_must_sweep = true
	thing.channels[audience] = channel
	thing.masks[audience] = mask
	return true


func _take_leave(index: int, to: int, channel: int, audience: int) -> bool:
	if to < 0 or to > CHANNELS_MAX:
		return _fail("a channel's number is too large")
	var thing: Thing = _things.get(index)
	if thing != null and thing.channels[audience] == channel:
		thing.channels[audience] = Thing.NOWHERE if to == 0 else to - 1
	_must_sweep = true
	return true


func _come(index: int, id: int, type: Schema.Type) -> Thing:
	var known: Thing = _things.get(index)
	if known != null and known.entity.id == id and known.type == type:
		return known
	if known != null:
		_go(known, index)
	var thing := Thing.new()
	thing.type = type
	thing.entity = _new_entity(id, type)
	_things[index] = thing
	_came[thing] = true
	return thing


func _new_entity(id: int, type: Schema.Type) -> Entity:
	var made := Entity.new()
	made.id = id
	made.type = type.name
	made.axes = type.axes
	for field in type.fields:
		made.fields[field.name] = null
	return made


# The mask of those that were there.
func _read_fields(reader: Bits, thing: Thing) -> int:
	var fields: Array = thing.type.fields
	var mask := reader.bits(fields.size())
	for i in range(fields.size()):
		if (mask >> i) & 1:
			_set_field(thing, fields[i].name, fields[i].read(reader))
	thing.known |= mask
	return mask


func _set_field(thing: Thing, name: String, value: Variant) -> void:
	var fields: Dictionary = thing.entity.fields
	if _is_same(fields[name], value):
		return
	if not thing.is_new:
		if thing.before.is_empty():
			_changed.append(thing)
		if not thing.before.has(name):
			thing.before[name] = fields[name]
	fields[name] = value


# What is no number is the same as itself.
func _is_same(a: Variant, b: Variant) -> bool:
	return a == b or (typeof(a) == TYPE_FLOAT and typeof(b) == TYPE_FLOAT and is_nan(a) and is_nan(b))


# --- what is no longer known


func _go(thing: Thing, index: int) -> void:
	_things.erase(index)
	thing.before = {} # of its last changes nobody is told
	if not _came.erase(thing): # else nobody was told that it had come
		_went.append(thing)


func _forget_all() -> void:
	for index in _things.keys():
		_go(_things[index], index)
	_held.clear()


# Takes away what is in no channel that is held.
func _sweep() -> void:
	for index in _things.keys():
		var thing: Thing = _things[index]
		var known := 0
		var is_here := false
		for i in range(AUDIENCES):
			if _held.has(thing.channels[i]):
				known |= thing.masks[i]
				is_here = true
			else:
				thing.channels[i] = Thing.NOWHERE
				thing.masks[i] = 0
		if not is_here:
			_go(thing, index)
		elif thing.known != known:
			_forget_fields(thing, known)
	_must_sweep = false


func _forget_fields(thing: Thing, known: int) -> void:
	var fields: Array = thing.type.fields
	for i in range(fields.size()):
		if ((thing.known & ~known) >> i) & 1:
			_set_field(thing, fields[i].name, null)
	thing.known = known


# --- telling


# What a listener adds hears of what was not told yet, and of nothing twice.
func _tell() -> void:
	var went := _went
	var changed := _changed
	_went = []
	_changed = []
	for thing in went:
		entity_removed.emit(thing.entity)
	for thing in _came.keys():
		if _came.erase(thing): # else it has gone meanwhile
			thing.is_new = false
			entity_added.emit(thing.entity)
	for thing in changed:
		var before: Dictionary = thing.before
		thing.before = {}
		if not before.is_empty():
			entity_changed.emit(thing.entity, before)
	snapshot_taken.emit(self)


## Is it a binary message for this?
static func is_snapshot(bytes: PackedByteArray) -> bool:
	return bytes.size() > 0 and bytes[0] == SNAPSHOT
