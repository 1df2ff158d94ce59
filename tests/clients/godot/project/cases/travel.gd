# SPDX-License-Identifier: MIT
extends "res://seat_case.gd"
# To another room.


func test_to_another_room_with_the_same_client_and_without_a_gap() -> void:
	var client := _begin({"schema": SCHEMA})
	client.socket().say_packet(_leaf(9, 4))
	client.send_input(PackedByteArray([1]))
	var old := client.socket()
	old.say(_travel(3, {"url": "wss://node7.example/ouro/connect"}))
	client.settle()
	equal(client.socket().url, "wss://node7.example/ouro/connect")
	old.say(_event(4)) # still there
	client.let_in({"room": "r2", "room_type": "cave", "seen": 900, "player": 3, "tick_ms": 20})
	equal(client.socket().said[0], {"type": "hello", "token": "T2", "schema": SCHEMA["hash"]})
	ok(old.was_closed, "the old connection is closed")
	equal(client.news(), [["won", 4], ["travelled", "r1", "duel"]])
	equal([client.room_id, client.room_type, client.player, client.tick_ms, client.state.size(), client.state.schema],
		["r2", "cave", 3, 20, 0, null])
	client.socket().say(_event(900))
	client.socket().say(_event(901))
	client.poll()
	equal(client.news(), [["won", 901]])
	equal(client.send_input(PackedByteArray([1])), 1)


func test_a_travel_that_comes_again_after_a_drop_is_made_once() -> void:
	var client := _begin()
	client.socket().say(_travel(3))
	client.settle()
	client.let_in({"room": "r2", "seen": 3})
	var count := client.sockets.size()
	client.socket().say(_travel(3))
	client.settle()
	equal(client.sockets.size(), count)


func test_that_the_old_room_lets_go_first_is_no_end() -> void:
	var client := _begin()
	client.socket().say(_travel(3))
	client.poll()
	client.sockets[0].finish(4000, "went to another room")
	client.settle()
	equal(client.news(), [])
	client.let_in({"room": "r2"})
	equal([client.news(), client.is_online()], [[["travelled", "r1", "duel"]], true])


func test_a_place_that_is_gone_we_stay_where_we_are() -> void:
	var client := _begin()
	client.socket().say(_travel(3))
	client.settle()
	client.socket().accept()
	client.cut(4003)
	equal([client.news(), client.room_id, client.is_online()], [[["error", "travel"]], "r1", true])


func test_a_place_that_is_gone_and_the_old_connection_too_back_to_where_we_were() -> void:
	var client := _begin()
	client.socket().say(_travel(3))
	client.settle()
	client.sockets[0].finish(1006, "gone")
	client.socket().accept()
	client.cut(4003)
	client.pass_ms(500)
	client.let_in({"resumed": true, "seen": 3})
	equal(client.socket().said[0], {"type": "hello", "reconnect": "R1", "seen": 3})
	equal(client.news(), [["error", "travel"], ["dropped", 1006, "gone"], ["reconnected"]])


func test_to_a_room_with_a_state_that_we_cant_read_is_to_leave() -> void:
	var client := _begin()
	client.socket().say(_travel(3))
	client.settle()
	client.let_in({"room": "r2", "schema": STRANGE})
	equal(client.news()[0][1], 1007)
	ok(not client.has_seat(), "it is over")
