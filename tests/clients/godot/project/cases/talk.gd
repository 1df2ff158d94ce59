# SPDX-License-Identifier: MIT
extends "res://seat_case.gd"
# What is said and heard: messages, requests, inputs, events, pings, states.


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
