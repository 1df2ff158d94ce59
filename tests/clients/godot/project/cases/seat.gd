# SPDX-License-Identifier: MIT
extends "res://case.gd"
# A seat over many connections: what is said and heard, drops, events that come twice, travel, the end. The server is the test.

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


# --- saying and hearing


func test_a_seat_is_asked_for_over_http_and_taken_over_a_websocket() -> void:
	_client = FakeClient.new()
	_client.listen()
	_client.guest_name = "Ada"
	_client.note_join("a b")
	_client.settle()
	equal(_client.calls[0].asked, {"url": "https://play.example/ouro/rooms/a%20b/join", "token": "",
		"body": {"how": "join", "options": {}, "name": "Ada"}})
	equal([_client.socket().url, _client.socket().protocol], ["wss://play.example/ouro/connect", "ouro.v1"])
	_client.let_in()
	equal(_client.socket().said[0], {"type": "hello", "token": "T1"})
	equal(_client.results, [null])
	equal([_client.room_id, _client.room_type, _client.user, _client.user_name, _client.player, _client.is_online()],
		["r1", "duel", "g_1", "Ada", 1, true])


func test_messages_go_out_and_come_in() -> void:
	var client := _begin()
	ok(client.send("shoot", {"x": 3}), "it is sent")
	client.send("jump")
	var count := client.socket().said.size()
	equal(client.socket().said[count - 2], {"type": "message", "name": "shoot", "data": {"x": 3}})
	client.socket().say({"type": "message", "name": "hit", "data": 5})
	client.poll()
	equal(client.news(), [["hit", 5]])


func test_a_request_has_one_answer() -> void:
	var client := _begin()
	client.results = []
	client.note_request("buy")
	client.note_request("buy")
	var count := client.socket().said.size()
	var first: int = client.socket().said[count - 2]["id"]
	var second: int = client.socket().said[count - 1]["id"]
	client.socket().say({"type": "response", "id": second, "error": {"code": "too_poor", "text": "it costs 5"}})
	client.socket().say({"type": "response", "id": first, "data": 17})
	client.socket().say({"type": "response", "id": first, "data": 18})
	client.poll()
	equal(client.results, ["too_poor", 17])


func test_a_request_is_not_waited_for_for_ever() -> void:
	var client := _begin()
	client.results = []
	client.note_request("buy", 1000.0)
	client.pass_ms(950)
	equal(client.results, [])
	client.pass_ms(50)
	equal(client.results, ["timeout"])


func test_open_requests_fail_with_their_connection() -> void:
	var client := _begin()
	client.results = []
	client.note_request("buy")
	client.cut(1006)
	equal(client.results, ["disconnected"])
	client.note_request("buy")
	equal(client.results.size(), 1, "never in the call itself")
	client.poll()
	equal(client.results, ["disconnected", "disconnected"])


func test_inputs_are_binary_and_numbered() -> void:
	var client := _begin({"schema": SCHEMA})
	client.socket().say_packet(_leaf(100, 1, 6))
	client.poll()
	equal(client.send_input(PackedByteArray([1, 2])), 7, "above what the room knows of")
	equal(client.send_input(PackedByteArray()), 8)
	var count := client.socket().said.size()
	equal(client.socket().said[count - 2], PackedByteArray([1, 7, 100, 1, 2]))
	equal(client.socket().said[count - 1], PackedByteArray([1, 8, 100]))


func test_errors_and_rates_are_told_and_what_is_not_known_is_ignored() -> void:
	var client := _begin()
	client.socket().say({"type": "error", "code": "unknown_type", "text": "?"})
	for message in [{"type": "of a later version"}, 5, [], {}]:
		client.socket().say(message)
	client.socket().say_packet(PackedByteArray([200, 1, 2]))
	client.poll()
	equal([client.news(), client.is_online()], [[["error", "unknown_type"]], true])


# --- pings


func test_pings_say_what_has_been_seen() -> void:
	var client := _begin()
	equal(client.socket().said[1]["type"], "ping", "one at once: the token before is good for nothing then")
	client.socket().say(_event(5))
	client.pass_ms(2000)
	equal(client.socket().last("ping")["seen"], 5)


func test_who_has_got_many_events_says_so_before() -> void:
	var client := _begin()
	for n in range(1, 41):
		client.socket().say(_event(n))
	client.poll()
	equal(client.socket().last("seen"), {"type": "seen", "n": 32})


func test_a_connection_that_nothing_comes_from_is_lost() -> void:
	var client := _begin()
	client.pass_ms(4000)
	_pong(client)
	client.pass_ms(9000)
	ok(client.is_online(), "it waits")
	client.pass_ms(3000)
	client.settle()
	equal(client.news(), [["dropped", 1006, "nothing was heard any more"]])
	equal(client.sockets.size(), 2)


func _pong(client: FakeClient) -> void:
	var t0: float = client.socket().last("ping")["t0"]
	client.socket().say({"type": "pong", "t0": t0, "t1": t0 / 1000.0 + 500000, "t2": t0 / 1000.0 + 500000})


func test_the_clock_is_the_servers() -> void:
	var client := _begin()
	_pong(client)
	client.now += 20
	client.poll()
	equal(client.round_trip_ms(), 20)
	ok(abs(client.server_now_ms() - (500000 + client.now)) < 40, "%f" % client.server_now_ms())


func test_polls_that_come_late_are_no_silence() -> void:
	var client := _begin()
	for i in range(2):
		client.now += 60000
		client.poll()
		_pong(client)
		client.pass_ms(2000)
		_pong(client)
	equal([client.news(), client.is_online()], [[], true])


# --- coming back


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


# --- state


func test_a_states_schema_is_said_again_and_need_not_be_sent_again() -> void:
	var client := _begin({"schema": SCHEMA})
	client.socket().say_packet(_leaf(9, 4))
	client.poll()
	equal(_size_of_leaf(client), 4)
	client.cut(1006)
	client.let_in({"schema": {"hash": SCHEMA["hash"]}})
	equal(client.socket().said[0]["schema"], SCHEMA["hash"])
	equal(client.state.size(), 1, "what was there is shown until there is something newer")
	client.socket().say_packet(_leaf(30, 5))
	client.poll()
	equal([_size_of_leaf(client), client.state.tick_ms], [5, 50])


func _size_of_leaf(client: FakeClient) -> int:
	return client.state.entities("leaf")[0].fields["size"]


func test_a_snapshot_that_cant_be_read_ends_the_connection_and_a_fresh_one_mends_it() -> void:
	var client := _begin({"schema": SCHEMA})
	client.socket().say_packet(PackedByteArray([1, 0]))
	client.poll()
	equal(client.news()[0], ["error", "bad_snapshot"])
	client.pass_ms(500)
	client.let_in({"schema": {"hash": SCHEMA["hash"]}})
	client.socket().say_packet(_leaf(11, 6))
	client.poll()
	equal(_size_of_leaf(client), 6)


func test_a_schema_of_a_newer_kind_is_no_room_for_us() -> void:
	_client = FakeClient.new()
	_client.listen()
	_client.enter({"schema": STRANGE})
	equal(_client.results[0].code, "schema")
	ok(_client.socket().was_closed and not _client.has_seat(), "it lets go")


# --- travel


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


# --- the end


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
