# SPDX-License-Identifier: MIT
extends RefCounted
# Snapshots made by hand, as docs/state.md draws them. What is written is kept as bits, the first one first.

const MORE := 1
const FRESH := 2
const FORGET := 0
const DELTA := 1
const KEYFRAME := 2


static func bits(value: int, count: int) -> Array:
	var made := []
	for i in range(count):
		made.append((value >> i) & 1)
	return made


static func varint(value: int) -> Array:
	var made := []
	while value >= 0x80:
		made += bits((value & 0x7f) | 0x80, 8)
		value >>= 7
	return made + bits(value, 8)


static func float32(value: float) -> Array:
	var scratch := StreamPeerBuffer.new()
	scratch.put_float(value)
	scratch.seek(0)
	return bits(scratch.get_u32(), 32)


## Fields: bits, or null for one that is not there.
static func update(index: int, fields: Array) -> Array:
	return bits(1, 2) + varint(index) + _fields(fields)


static func enter(index: int, generation: int, type: int, fields: Array) -> Array:
	return bits(2, 2) + varint(index) + bits(generation, 12) + bits(type, 8) + _fields(fields)


## `to` below 0: nowhere.
static func leave(index: int, to: int = -1) -> Array:
	return bits(3, 2) + varint(index) + varint(to + 1)


static func section(kind: int, channel: int, records: Array, audience: int = 0) -> Array:
	var inside := []
	if kind != FORGET:
		for record in records:
			inside += record
		inside += bits(0, 2)
	while inside.size() % 8 != 0:
		inside.append(0)
	return varint(channel * 16 + audience * 4 + kind) + varint(inside.size() / 8) + inside


## `head`: {tick, flags, step, input, interval}; all but the tick may be missing.
static func snapshot(head: Dictionary, sections: Array) -> PackedByteArray:
	var made := bits(1, 8) + bits(head.get("flags", 0), 8) + varint(head["tick"]) + varint(head.get("step", 1))
	made += varint(head.get("input", 0)) + varint(head.get("interval", 1))
	for one in sections:
		made += one
	return _bytes(made)


static func _fields(fields: Array) -> Array:
	var mask := []
	var values := []
	for field in fields:
		mask.append(0 if field == null else 1)
		values += [] if field == null else field
	return mask + values


static func _bytes(from: Array) -> PackedByteArray:
	var bytes := PackedByteArray()
	for i in range(0, from.size(), 8):
		var byte := 0
		for j in range(8):
			byte |= from[i + j] << j
		bytes.append(byte)
	return bytes
