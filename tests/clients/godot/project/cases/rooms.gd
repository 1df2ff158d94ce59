# SPDX-License-Identifier: MIT
extends "res://case.gd"
# Against a real server, examples/19_rooms.c.

const Client := preload("res://addons/ouro/client.gd")

const LONG := 61000 # bytes of text; the limit of a message is 64 KiB

var _heard := {} # client -> [[name, data], ...]


# In a room, with all that it hears.
func _enter(url: String, called: String = "Ada") -> Client:
	var client := _new_client(url, called)
	var refusal: Variant = await client.join_or_create("echo")
	equal(refusal, null, called)
	return client


func _new_client(url: String, called: String = "Ada") -> Client:
	var client := Client.new()
	client.url = url
	client.guest_name = called
	var ear := Ear.new()
	ear.heard = []
	_heard[client] = ear
	client.message_received.connect(ear.on_message)
	client.left.connect(ear.on_left)
	client.dropped.connect(ear.on_dropped)
	client.reconnected.connect(ear.on_reconnected)
	client.travelled.connect(ear.on_travelled)
	client.error.connect(ear.on_error)
	add_child(client)
	return client


class Ear:
	var heard := []
	func on_message(called: String, data: Variant) -> void:
		heard.append([called, data])
	func on_left(code: int, _text: String) -> void:
		heard.append(["(left)", code])
	func on_dropped(_code: int, _text: String) -> void:
		heard.append(["(dropped)", null])
	func on_reconnected() -> void:
		heard.append(["(back)", null])
	func on_travelled(_room: String, _type: String) -> void:
		heard.append(["(travelled)", null])
	func on_error(code: String, _text: String) -> void:
		heard.append(["(error)", code])


func _of(client: Client, called: String) -> Array:
	var found := []
	for what in _heard[client].heard:
		if what[0] == called:
			found.append(what[1])
	return found


# To be awaited.
func _hears(client: Client, called: String, count: int = 1) -> void:
	await frame() # in Godot 3 what is awaited has to wait at least once
	while _of(client, called).size() < count:
		await frame("%s (%d) of %s" % [called, count, str(_heard[client].heard)])


func _server() -> String:
	var url: Variant = await ask("/serve/19_rooms")
	return url


func test_a_room_has_messages_requests_events_inputs_and_a_clock() -> void:
	var url: String = await _server()
	var client: Client = await _enter(url)
	equal([client.room_type, client.user_name, client.player, client.is_online(), client.tick_ms], ["echo", "Ada", 1, true, 1000])
	await _hears(client, "entered")
	ok(client.send("echo", {"text": "hello"}), "it is sent")
	await _hears(client, "echo")
	equal(_of(client, "echo"), [{"text": "hello"}])
	var sum: Variant = await client.request("add", [40, 2])
	equal([sum.data, sum.error], [42, null])
	var refused: Variant = await client.request("subtract")
	equal(refused.error.code, "unknown")
	client.send_input(PackedByteArray([1, 2, 3]))
	client.send_input(PackedByteArray())
	await _hears(client, "input", 2)
	equal(_of(client, "input"), [[1, 0, 3], [2, 0, 0]])
	while client.round_trip_ms() < 0:
		await frame("pong")
	var before := client.server_now_ms()
	await _hears(client, "tick", _of(client, "tick").size() + 1)
	ok(client.server_now_ms() > before, "time passes")
	client.leave()
	await _hears(client, "(left)")
	equal(_of(client, "(left)"), [4000])
	ok(not client.has_seat(), "it has no seat")
	equal(await client.join_or_create("echo"), null, "but may have another one")


func test_a_message_of_60_kib() -> void:
	var url: String = await _server()
	var client: Client = await _enter(url)
	var text := ""
	for i in range(LONG / 10):
		text += "0123456789"
	client.send("echo", text)
	await _hears(client, "echo")
	ok(_of(client, "echo") == [text], "it comes back as it was")
	equal(_of(client, "(dropped)"), [])


func test_two_players_who_are_found_by_filter_id_and_code() -> void:
	var url: String = await _server()
	var ada := _new_client(url)
	equal(await ada.create("echo", {"map": "forest"}), null)
	var bob := _new_client(url, "Bob")
	equal(await bob.join("echo", {}, {"filter": {"map": "forest"}}), null)
	equal(bob.room_id, ada.room_id)
	await _hears(ada, "entered", 2)
	var listed: Variant = await ada.rooms("echo", {"map": "forest"})
	equal([listed.data[0]["room"], listed.data[0]["seats"], listed.data[0]["metadata"]], [ada.room_id, 2, {"map": "forest"}])
	listed = await ada.rooms("echo", {"map": "desert"})
	equal(listed.data, [])
	var eve := _new_client(url, "Eve")
	var refusal: Variant = await eve.join("echo", {}, {"filter": {"map": "desert"}})
	equal(refusal.code, "not_found")
	equal(_of(eve, "(error)"), ["not_found"])
	equal(await eve.create("echo", {}, {"private": true}), null)
	equal(eve.room_code.length(), 6)
	var friend := _new_client(url, "Friend")
	equal(await friend.join_by_id(eve.room_code.to_lower()), null)
	equal(friend.room_id, eve.room_id)


func test_a_guest_stays_who_it_is() -> void:
	var url: String = await _server()
	var client := _new_client(url)
	equal(await client.guest(), null)
	var user := client.user
	equal(await client.join_or_create("echo"), null)
	equal([client.user, client.user_name], [user, "Ada"])
	equal(await client.guest("Countess"), null)
	equal(client.user, user)
	var other := _new_client(url)
	other.token = "nonsense"
	var refusal: Variant = await other.join_or_create("echo")
	equal(refusal.code, "unauthorized")


func test_who_is_cut_off_has_missed_no_event_and_got_none_twice() -> void:
	var url: String = await _server()
	var proxy: String = await ask("/proxy")
	var ada: Client = await _enter(proxy)
	var bob: Client = await _enter(url, "Bob")
	equal(ada.room_id, bob.room_id)
	var said := 0
	for i in range(5):
		said = _say_some(bob, said)
		await ask("/down")
		await _hears(ada, "(dropped)", i + 1)
		said = _say_some(bob, said)
		await ask("/up")
		await _hears(ada, "(back)", i + 1)
	await _hears(ada, "said", 40)
	await _hears(bob, "said", 40)
	equal(_of(ada, "said"), range(40))
	equal(_of(bob, "returned"), [ada.player, ada.player, ada.player, ada.player, ada.player])
	var sum: Variant = await ada.request("add", [1, 1])
	equal(sum.data, 2)


func _say_some(client: Client, said: int) -> int:
	for i in range(4):
		client.send("say", said + i)
	return said + 4


func test_a_game_that_is_started_again_has_its_seat() -> void:
	var url: String = await _server()
	var before: Client = await _enter(url)
	await _hears(before, "entered")
	var after := _new_client(url)
	equal(await after.reconnect(before.reconnect_token()), null)
	equal([after.room_id, after.player], [before.room_id, before.player])
	await _hears(before, "(left)")
	equal(_of(before, "(left)"), [4103])
	after.send("say", 5)
	await _hears(after, "said")
	var other := _new_client(url)
	var token: Dictionary = Platform.from_json(after.reconnect_token())
	token["reconnect"] = "nonsense"
	var refusal: Variant = await other.reconnect(Platform.to_json(token))
	equal([refusal.code, refusal.close_code], ["4003", 4003])


func test_to_another_room_without_a_new_login() -> void:
	var url: String = await _server()
	var client: Client = await _enter(url)
	var was := [client.room_id, client.user]
	client.send("travel")
	await _hears(client, "(travelled)")
	equal([client.room_type, client.user, client.room_id == was[0]], ["cave", was[1], false])
	await _hears(client, "entered", 2)
	client.send("echo", "from the cave")
	await _hears(client, "echo")
	equal(_of(client, "(left)") + _of(client, "(error)"), [])


func test_a_room_that_sends_somebody_away_and_one_that_fails() -> void:
	var url: String = await _server()
	var kicked: Client = await _enter(url)
	kicked.send("kick")
	await _hears(kicked, "(left)")
	equal(_of(kicked, "(left)"), [4000])
	var client: Client = await _enter(url)
	var answer: Variant = await client.request("fail")
	equal(answer.error.code, "disconnected")
	await _hears(client, "(left)")
	equal(_of(client, "(left)"), [4002])


func test_services_are_requests() -> void:
	var url: String = await _server()
	var ada: Client = await _enter(url)
	var bob: Client = await _enter(url, "Bob")
	var sent: Variant = await ada.request("chat.send", {"to": "room", "text": "hello"})
	ok(sent.data["id"] > 0, "it has a number")
	await _hears(bob, "chat.message")
	equal(_of(bob, "chat.message")[0]["text"], "hello")
	for client in [ada, bob]:
		var ticket: Variant = await client.request("match.ticket", {"type": "cave"})
		equal(ticket.error, null)
	await _hears(ada, "(travelled)")
	await _hears(bob, "(travelled)")
	equal([ada.room_type, ada.room_id], ["cave", bob.room_id])


func test_a_server_that_goes_down_says_so() -> void:
	var url: String = await _server()
	var client: Client = await _enter(url)
	await ask("/stop")
	await _hears(client, "(left)")
	equal(_of(client, "(left)"), [4001])
	var refusal: Variant = await client.join_or_create("echo")
	equal(refusal.code, "unreachable")
