# SPDX-License-Identifier: MIT
extends RefCounted
## Reads bits, the lowest of a byte first. Beyond the end it gives zeros and notes that in `failed`:
## who reads looks once, at the end.

var failed := false

var _bytes: PackedByteArray
var _at := 0
var _end := 0
# Bits of bytes before _at that were not asked for yet, fewer than eight between two calls.
var _held := 0
var _held_count := 0
var _scratch: StreamPeerBuffer = null


## A part of the bytes; `to` below 0: up to their end.
func _init(bytes: PackedByteArray, from: int = 0, to: int = -1):
	_bytes = bytes
	_at = from
	_end = bytes.size() if to < 0 else to


## In bytes, of what has been begun.
func position() -> int:
	return _at


## Whole bytes that are left.
func left() -> int:
	return _end - _at


## Whole bytes, from the next one on.
func skip(count: int) -> void:
	_at += count
	_held = 0
	_held_count = 0


## 0 to 32 bits, as an unsigned number.
func bits(count: int) -> int:
	while _held_count < count:
		if _at == _end:
			return _fail()
		_held |= _bytes[_at] << _held_count
		_held_count += 8
		_at += 1
	var value := _held & ((1 << count) - 1)
	_held >>= count
	_held_count -= count
	return value


## LEB128, up to 64 bits. From 2^63 on, the number is a negative one: GDScript has no others.
func varint() -> int:
	var value := 0
	for shift in range(0, 64, 7):
		var group := bits(8)
		if shift == 63 and group > 1:
			return _fail()
		value |= (group & 0x7f) << shift
		if group < 0x80:
			return value
	return _fail()


func zigzag() -> int:
	var value := varint()
	var half := (value >> 1) & 0x7fffffffffffffff
	return -half - 1 if value & 1 else half


func float32() -> float:
	_rewind().put_u32(bits(32))
	_scratch.seek(0)
	return _scratch.get_float()


## Its lower half comes first.
func float64() -> float:
	_rewind().put_u32(bits(32))
	_scratch.put_u32(bits(32))
	_scratch.seek(0)
	return _scratch.get_double()


## UTF-8, its length in bytes before it.
func text() -> String:
	var length := varint()
	if length < 0 or length > left():
		_fail()
		return ""
	var bytes := PackedByteArray()
	bytes.resize(length)
	for i in range(length):
		bytes[i] = bits(8)
	return bytes.get_string_from_utf8()


func _rewind() -> StreamPeerBuffer:
	if _scratch == null:
		_scratch = StreamPeerBuffer.new()
	_scratch.seek(0)
	return _scratch


func _fail() -> int:
	failed = true
	skip(_end - _at)
	return 0


## The bytes with a number behind them, 0 to 2^63 - 1, as a varint.
static func with_varint(bytes: PackedByteArray, value: int) -> PackedByteArray:
	while value >= 0x80:
		bytes.append((value & 0x7f) | 0x80)
		value >>= 7
	bytes.append(value)
	return bytes
