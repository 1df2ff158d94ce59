# SPDX-License-Identifier: MIT
extends "res://case.gd"
# For cases about a seat whose server is the test.

const FakeClient := preload("res://fake_client.gd")

const SCHEMA := {"hash": "00000000000000aa", "types": [{"name": "leaf", "fields": [{"name": "size", "type": "uint", "bits": 8}]}]}
const STRANGE := {"hash": "", "types": [{"name": "a", "fields": [{"name": "b", "type": "quaternion"}]}]}

var _client: FakeClient = null
var _states := 0


# In a room, where nothing was told yet.
func _begin(more: Dictionary = {}) -> FakeClient:
	if _client != null:
		_client.free()
	_client = FakeClient.new()
	_client.listen()
	_client.enter(more)
	return _client


func _exit_tree() -> void:
	if _client != null:
		_client.free()


func _event(n: int, called: String = "won") -> Dictionary:
	return {"type": "event", "n": n, "name": called, "data": n}


func _travel(n: int, more: Dictionary = {}) -> Dictionary:
	var place := FakeClient.PLACE.duplicate()
	for members in [{"type": "travel", "n": n, "room": "r2", "room_type": "cave", "token": "T2"}, more]:
		for member in members:
			place[member] = members[member]
	return place


# A fresh snapshot with one leaf of that size.
func _leaf(tick: int, size: int, input: int = 0) -> PackedByteArray:
	var bits := 2 | (1 << 2) | (1 << 10) | (1 << 30) | (size << 31) # enter, index 1, generation 1, type 0, mask 1
	var bytes := PackedByteArray([1, 2, tick, 0, input, 1, 18, 6])
	for i in range(6):
		bytes.append((bits >> (8 * i)) & 0xff)
	return bytes
