# SPDX-License-Identifier: MIT
extends "res://case.gd"
# Inputs that count at once, and the server's word on them.

const FakeClient := preload("res://fake_client.gd")
const Mover := preload("res://mover.gd")
const Writer := preload("res://writer.gd")

const SCHEMA := {"hash": "00000000000000aa", "types": [{"name": "me", "fields": [{"name": "x", "type": "uint", "bits": 8}]}]}

var _client := FakeClient.new()
var _mover := Mover.new()


func _ready() -> void:
	_client.listen()
	_client.enter({"schema": SCHEMA})
	_mover.follow(_client)


func _exit_tree() -> void:
	_client.free()


func _server_says(tick: int, x: int, input: int) -> void:
	_client.socket().say_packet(Writer.snapshot({"tick": tick, "flags": Writer.FRESH, "input": input},
		[Writer.section(Writer.KEYFRAME, 1, [Writer.enter(1, 1, 0, [Writer.bits(x, 8)])])]))
	_client.poll()


func test_nothing_is_shown_before_there_is_a_word_of_the_server() -> void:
	_mover.push(5)
	equal(_mover.value, null)
	_server_says(1, 10, 0)
	equal(_mover.value, 15)


func test_inputs_count_at_once_and_each_once() -> void:
	_server_says(1, 10, 0)
	_mover.push(1)
	_mover.push(2)
	equal(_mover.value, 13)
	_server_says(2, 11, 1)
	equal(_mover.value, 13)
	_server_says(3, 13, 2)
	equal(_mover.value, 13)
	var count := _client.socket().said.size()
	equal(_client.socket().said[count - 1], PackedByteArray([1, 2, 1, 2]))


func test_the_servers_word_counts_where_it_differs() -> void:
	_server_says(1, 10, 0)
	_mover.push(5)
	_server_says(2, 12, 1)
	equal(_mover.value, 12, "there was a wall")


func test_what_was_said_to_a_connection_that_broke_is_not_waited_for() -> void:
	_server_says(1, 10, 0)
	_mover.push(1) # lost on the way, and no later input tells so
	_client.cut(1006, "gone")
	_mover.push(2) # into the void
	_client.let_in({"schema": SCHEMA, "resumed": true})
	_server_says(2, 10, 0)
	equal(_mover.value, 10)
	_mover.push(4)
	equal(_mover.value, 14)
