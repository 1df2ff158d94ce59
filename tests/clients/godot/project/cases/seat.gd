# SPDX-License-Identifier: MIT
extends "res://seat_case.gd"
# A seat over many connections: drops, events that come twice, the end.


func test_who_is_dropped_comes_back_at_once_and_hears_what_was_missed_once() -> void:
	var client := _begin()
	client.socket().say(_event(1))
	client.socket().say(_event(2))
	client.cut(1006, "gone")
	equal([client.is_online(), client.send("late")], [false, false])
	client.let_in({"resumed": true, "seen": 2})
	equal(client.socket().said[0], {"type": "hello", "reconnect": "R1", "seen": 2})
	for n in [2, 3, 4]:
		client.socket().say(_event(n))
	client.poll()
	equal(client.news(), [["won", 1], ["won", 2], ["dropped", 1006, "gone"], ["reconnected"], ["won", 3], ["won", 4]])


func test_the_newest_token_counts_of_a_welcome_that_came() -> void:
	var client := _begin()
	client.cut(1006)
	client.let_in()
	client.cut(1006)
	client.pass_ms(500)
	client.socket().accept()
	client.poll()
	equal(client.socket().said[0]["reconnect"], "R2")
	client.cut(1006)
	client.pass_ms(1000)
	client.socket().accept()
	client.poll()
	equal(client.socket().said[0]["reconnect"], "R2", "a welcome that was lost has one that nobody knows")


func test_it_tries_with_longer_pauses_as_long_as_the_seat_is_held() -> void:
	var client := _begin()
	client.pass_ms(6000) # a connection that has lasted
	var lost := client.now
	var at := []
	var known := client.sockets.size()
	client.cut(1006)
	while client.has_seat():
		if client.sockets.size() > known:
			known = client.sockets.size()
			at.append(client.now - lost)
			client.socket().finish(1006)
		client.pass_ms(50)
	# At once, then after 0.5, 1, 2, 4 and 8 seconds, half of it by chance.
	equal(at[0], 0)
	for i in range(1, at.size() - 1):
		var pause: float = at[i] - at[i - 1]
		var full: float = min(10000.0, 500.0 * pow(2.0, i - 1))
		ok(pause >= full / 2.0 - 50.0 and pause <= full + 100.0, "pause %d: %f" % [i, pause])
	ok(at[at.size() - 1] >= 19900.0, "and in the last moment: %s" % str(at))
	equal(client.news(), [["dropped", 1006, "the connection was closed with 1006"], ["left", 1006, "there was no way back in time"]])


func test_the_close_codes_that_are_final_and_those_that_are_not() -> void:
	for code in [4000, 4001, 4002, 4003, 4103, 1002, 1003, 1007, 1008, 1009]:
		var client := _begin()
		client.cut(code, "why")
		equal(client.news(), [["left", code, "why"]])
	for code in [4101, 4102, 1001, 1006, 1011, 4999, 1005, 4010]:
		var client := _begin()
		client.cut(code, "why")
		equal(client.news(), [["dropped", code, "why"]])


func test_what_the_server_said_before_it_closed_says_more_than_the_close() -> void:
	var client := _begin()
	client.socket().say({"type": "bye", "code": 4002, "text": "the room has failed"})
	client.cut(1006)
	equal(client.news(), [["left", 4002, "the room has failed"]])


func test_a_seat_that_is_gone_is_gone() -> void:
	var client := _begin()
	client.cut(1006, "gone")
	client.socket().accept()
	client.cut(4003, "missed too much")
	equal(client.news(), [["dropped", 1006, "gone"], ["left", 4003, "missed too much"]])


func test_a_room_that_holds_no_seats_is_left_when_the_connection_is_lost() -> void:
	var client := _begin({"hold_ms": 0})
	client.cut(1006, "gone")
	equal(client.news(), [["left", 1006, "gone"]])


func test_wishes_are_said_again_on_each_connection() -> void:
	var client := _begin()
	client.view(40, 30)
	client.view(49.2, 30)
	client.rate(9.5)
	client.cut(1006)
	client.let_in()
	equal([client.socket().last("view"), client.socket().last("rate")],
		[{"type": "view", "width": 50, "height": 30}, {"type": "rate", "hz": 10}])


func test_leaving_is_said_and_waits_for_the_servers_word() -> void:
	var client := _begin()
	client.leave()
	equal(client.socket().last("leave"), {"type": "leave"})
	client.poll()
	equal(client.news(), [])
	client.cut(4000, "left")
	equal([client.news(), client.is_online()], [[["left", 4000, "left"]], false])
	client.leave()
	client.pass_ms(60000)
	equal([client.news(), client.sockets.size()], [[], 1])


func test_leaving_a_server_that_does_not_answer_ends_all_the_same() -> void:
	var client := _begin()
	client.leave()
	client.pass_ms(2000)
	equal(client.news(), [["left", 4000, "left"]])
	ok(client.socket().was_closed, "it lets go")


func test_a_connection_that_breaks_while_we_leave_is_not_made_again() -> void:
	var client := _begin()
	client.leave()
	client.cut(1006)
	client.pass_ms(5000)
	equal([client.news(), client.sockets.size()], [[["left", 4000, "left"]], 1])


func test_leaving_while_it_tries_to_come_back_ends_that() -> void:
	var client := _begin()
	client.cut(1006, "gone")
	client.leave()
	client.pass_ms(60000)
	equal([client.news(), client.sockets.size()], [[["dropped", 1006, "gone"], ["left", 4000, "left"]], 2])
	ok(client.socket().was_closed, "it lets go")


func test_leaving_on_the_way_to_another_room_is_leaving_both() -> void:
	var client := _begin()
	client.socket().say(_travel(3))
	client.settle()
	client.socket().accept()
	client.poll()
	client.leave()
	equal(client.sockets[0].last("leave"), {"type": "leave"})
	client.pass_ms(60000)
	equal(client.socket().last("leave"), {"type": "leave"})
	equal([client.news(), client.sockets.size()], [[["left", 4000, "left"]], 2])


func test_an_event_without_a_number_is_none() -> void:
	var client := _begin()
	client.socket().say({"type": "event", "name": "won", "data": 1})
	client.socket().say(_event(1))
	client.poll()
	equal(client.news(), [["won", 1]])


func test_a_server_that_says_nonsense_does_no_harm() -> void:
	var client := _begin()
	for nonsense in [[], {}, "x", true, null]:
		for message in [{"type": nonsense}, {"type": "event", "n": nonsense}, {"type": "event", "n": 9, "name": nonsense},
				{"type": "response", "id": nonsense}, {"type": "response", "id": 1, "error": nonsense}, {"type": "rate", "hz": nonsense},
				{"type": "message", "name": nonsense}, {"type": "error", "code": nonsense}, {"type": "travel", "n": nonsense},
				{"type": "pong", "t0": nonsense, "t1": nonsense, "t2": nonsense}]:
			client.socket().say(message)
	client.poll()
	ok(client.is_online(), "it goes on")
	client.cut(1006)
	client.let_in({"schema": {"hash": 5, "types": [5, {"name": [], "fields": [null, {"type": {}}]}]}})
	equal(client.news().back(), ["left", 1007, "the server's schema has the field . of a type that this client does not know: "])
	client.enter({"room": null, "hold_ms": "x", "seen": [], "schema": [], "reconnect": 5, "tick_ms": {}})
	equal([client.room_id, client.tick_ms, client.is_online()], ["", 0, true])


func test_a_server_that_speaks_no_json_is_left() -> void:
	var client := _begin()
	client.socket().say_packet("{")
	client.poll()
	equal(client.news(), [["left", 1007, "the server sent what is no JSON"]])


func test_who_has_left_can_come_again() -> void:
	var client := _begin()
	client.cut(4000)
	client.results = []
	client.enter({"room": "r9", "seen": 4})
	equal([client.results, client.room_id, client.is_online()], [[null], "r9", true])
	client.note_join("duel")
	client.poll()
	equal(client.results[1].code, "busy", "and has one seat at a time")
