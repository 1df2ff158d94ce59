# SPDX-License-Identifier: MIT
extends "res://case.gd"
# From the wish to be in a room to a seat in it: HTTP, the queue, tokens, both ways into a seat. The server is the test.

const FakeClient := preload("res://fake_client.gd")

var _client := FakeClient.new()


func _ready() -> void:
	_client.listen()


func _exit_tree() -> void:
	_client.free()


func _code() -> String:
	return _client.results.pop_back().code


func test_the_other_ways_to_ask() -> void:
	_client.token = "G"
	for i in range(3):
		_client.answers.append({"status": 404, "json": {"code": "not_found", "error": "there is no such room"}})
	_client.join("a/b")
	_client.settle()
	_client.create("duel", {}, {"private": true})
	_client.settle()
	_client.join_by_id("ABC234", {"side": "left"})
	_client.settle()
	var asked := []
	for question in _client.calls:
		asked.append([question.asked["url"].replace("%2f", "%2F"), question.asked["body"], question.asked["token"]])
	equal(asked, [
		["https://play.example/ouro/rooms/a%2Fb/join", {"how": "join", "options": {}}, "G"],
		["https://play.example/ouro/rooms/duel/join", {"how": "create", "options": {}, "private": true}, "G"],
		["https://play.example/ouro/room/ABC234/join", {"options": {"side": "left"}}, "G"]])
	equal(_client.news(), [["error", "not_found"], ["error", "not_found"], ["error", "not_found"]])


func test_a_guest_gets_a_token_and_keeps_it() -> void:
	_client.guest_name = "Ada"
	_client.answers = [{"status": 200, "json": {"token": "G1", "user": "g_1", "name": "Ada", "expires_ms": 1}},
		{"status": 200, "json": {"token": "G2", "user": "g_1", "name": "Bob"}}]
	_client.note_guest()
	_client.settle()
	equal([_client.results, _client.token, _client.user, _client.user_name], [[null], "G1", "g_1", "Ada"])
	_client.note_guest("Bob")
	_client.settle()
	equal([_client.token, _client.user_name], ["G2", "Bob"])
	equal([_client.calls[0].asked["body"], _client.calls[1].asked["body"], _client.calls[1].asked["token"]],
		[{"name": "Ada"}, {"name": "Bob"}, "G1"])


func test_what_answers_but_is_no_server_of_ouro_is_given_up_at_once() -> void:
	for answer in [{"status": 200, "json": null}, {"status": 200, "json": {}}, {"status": 200, "json": []},
			{"status": 200, "json": {"token": "T", "url": "/"}}, {"status": 202, "json": {}},
			{"status": 202, "json": {"queue": {"position": 1}}}]:
		_client.answers = [answer]
		_client.note_join("duel")
		_client.settle()
		equal(_code(), "bad_answer", str(answer))
	equal(_client.sockets, [])


func test_what_fails_has_a_code_whoever_says_so() -> void:
	for pair in [[{"status": 0, "json": null}, "unreachable"], [{"status": 502, "json": null}, "http_502"],
			[{"status": 503, "json": {"code": "full", "error": "it is full"}}, "full"]]:
		_client.answers = [pair[0]]
		_client.note_join("duel")
		_client.settle()
		equal(_code(), pair[1])


func test_rooms_are_listed_by_a_filter() -> void:
	_client.answers = [{"status": 200, "json": {"rooms": [{"room": "r1"}]}}]
	_client.note_rooms("duel", {"map": "dark forest", "level": {"min": 2, "max": 5}, "size": {"max": 3}, "free": true, "owner": null}, 5)
	_client.settle()
	equal(_client.results, [[{"room": "r1"}]])
	equal(_client.calls[0].asked, {"body": null, "token": "",
		"url": "https://play.example/ouro/rooms/duel?map=dark%20forest&level=2..5&size=..3&free=true&owner=null&limit=5"})


func test_a_text_that_looks_like_something_else_is_listed_as_a_text() -> void:
	for pair in [["2024", "%222024%22"], ["1..2", "%221..2%22"], ["true", "%22true%22"], ["", "%22%22"], ["truth", "truth"]]:
		_client.answers = [{"status": 200, "json": {"rooms": []}}]
		_client.note_rooms("duel", {"map": pair[0]}, 0)
		_client.settle()
		equal(_client.calls[_client.calls.size() - 1].asked["url"], "https://play.example/ouro/rooms/duel?map=" + pair[1])


func test_who_has_to_wait_asks_again_with_its_place_in_the_queue() -> void:
	for position in [2, 1]:
		_client.answers.append({"status": 202, "json": {"queue": {"position": position, "retry_ms": 500, "token": "Q%d" % position}}})
	_client.note_join("duel")
	_client.settle()
	_client.pass_ms(450)
	equal(_client.calls.size(), 1)
	_client.pass_ms(50)
	_client.settle()
	_client.pass_ms(500)
	_client.settle()
	var queues := []
	for question in _client.calls:
		queues.append(question.asked["body"].get("queue"))
	equal(queues, [null, "Q2", "Q1"])
	equal(_client.sockets.size(), 1)


func test_waiting_can_be_given_up() -> void:
	_client.answers = [{"status": 202, "json": {"queue": {"position": 9, "retry_ms": 500, "token": "Q"}}}]
	_client.note_join("duel")
	_client.settle()
	_client.leave()
	equal(_client.results, [], "never in the call itself")
	_client.pass_ms(1000)
	equal([_code(), _client.sockets], ["aborted", []])


func test_a_join_that_is_given_up_while_it_connects_leaves_no_connection_and_no_seat() -> void:
	_client.note_join("duel")
	_client.settle()
	_client.socket().accept()
	_client.poll()
	_client.leave()
	_client.poll()
	equal(_code(), "aborted")
	equal(_client.socket().last("leave"), {"type": "leave"})
	ok(_client.socket().was_closed, "it lets go")


func test_a_token_that_is_not_good_is_no_seat() -> void:
	_client.note_join("duel")
	_client.settle()
	_client.socket().accept()
	_client.socket().say({"type": "bye", "code": 4003, "text": "the token is not good"})
	_client.cut(4003, "the tok")
	equal([_client.results[0].code, _client.results[0].close_code, _client.results[0].text], ["4003", 4003, "the token is not good"])
	equal(_client.sockets.size(), 1)


func test_when_the_connection_breaks_before_the_welcome_both_ways_into_the_seat_are_tried() -> void:
	_client.note_join("duel")
	_client.settle()
	_client.socket().accept()
	_client.cut(1006)
	_client.pass_ms(500)
	_client.socket().accept()
	_client.poll()
	equal(_client.socket().said, [{"type": "hello", "reconnect": "T1", "seen": 0}])
	_client.cut(4003)
	_client.pass_ms(1000)
	equal(_client.sockets.size(), 3)
	_client.let_in()
	equal([_client.socket().said[0], _client.results], [{"type": "hello", "token": "T1"}, [null]])


func test_when_both_are_refused_that_is_the_end() -> void:
	_client.note_join("duel")
	_client.settle()
	_client.cut(1006)
	for i in range(2):
		_client.pass_ms(1000)
		_client.cut(4003)
	equal(_code(), "4003")


func test_no_welcome_in_time_is_a_broken_connection_and_a_reservation_is_not_waited_for_longer_than_it_lasts() -> void:
	_client.note_join("duel")
	_client.settle()
	_client.pass_ms(10000)
	ok(_client.socket().was_closed, "it lets go")
	_client.pass_ms(500)
	equal(_client.sockets.size(), 2)
	_client.pass_ms(20000)
	equal(_code(), "1006")


func test_a_server_that_is_elsewhere_or_has_another_path() -> void:
	_client.answers = [{"status": 200, "json": {"url": "wss://node7.example/ouro/connect", "token": "T", "expires_ms": 10}}]
	_client.note_join("duel")
	_client.settle()
	equal(_client.socket().url, "wss://node7.example/ouro/connect")
	_client.leave()
	_client.settle()
	_client.url = "ws://[::1]:8080/games/"
	_client.answers = [{"status": 200, "json": {"url": "/games/connect", "token": "T", "expires_ms": 10}}]
	_client.note_join("duel")
	_client.settle()
	equal([_client.calls[1].asked["url"], _client.socket().url],
		["http://[::1]:8080/games/rooms/duel/join", "ws://[::1]:8080/games/connect"])


func test_a_game_that_is_started_again_has_its_seat_again() -> void:
	_client.enter({"seen": 7})
	var token := _client.reconnect_token()
	_client.cut(4000)
	equal(_client.reconnect_token(), "")
	_client.results = []
	_client.note_reconnect(token)
	_client.settle()
	equal(_client.socket().url, "wss://play.example/ouro/connect")
	_client.let_in({"seen": 7, "resumed": true})
	equal([_client.socket().said[0], _client.results, _client.room_id], [{"type": "hello", "reconnect": "R1", "seen": 7}, [null], "r1"])
	_client.cut(4000)
	for kept in ["", "{}", "5"]:
		_client.note_reconnect(kept)
		_client.settle()
		equal(_code(), "bad_token", "that is no token: %s" % kept)


func test_addresses() -> void:
	for pair in [["http://a", ["a", 80, false]], ["https://a.b:8443/c", ["a.b", 8443, true]], ["ws://[::1]:80", ["::1", 80, false]],
			["wss://[::1]", ["::1", 443, true]], ["a:81", ["a", 81, false]]]:
		var url := FakeClient.Url.new(pair[0])
		equal([url.host(), url.port(), url.is_secure()], pair[1], pair[0])
		ok(url.is_valid(), pair[0])
	for text in ["", "ftp://a", "http://", "http://a:b"]:
		ok(not FakeClient.Url.new(text).is_valid(), text)
