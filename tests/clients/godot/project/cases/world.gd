# SPDX-License-Identifier: MIT
extends "res://case.gd"
# Against a real server, examples/23_world.c: what comes into view and goes, what only its player knows, prediction, interpolation,
# and what a broken connection does to it. The sample is a visitor, too.

const Client := preload("res://addons/ouro/client.gd")
const Entity := preload("res://addons/ouro/entity.gd")
const Interpolation := preload("res://addons/ouro/interpolation.gd")
const OwnSnail := preload("res://sample/own_snail.gd")

const WILD := 60


# In the world, looking at as much of it as one may.
func _enter(url: String, called: String = "Ada") -> Client:
	var client := Client.new()
	client.url = url
	client.guest_name = called
	client.error.connect(_on_error)
	client.view(200, 200)
	add_child(client)
	equal(await client.join_or_create("world"), null, called)
	while _mine(client) == null or client.state.entities("snail").size() < 4:
		await frame("snails for %s" % called)
	return client


func _enter_alone() -> Client:
	var url: String = await _server()
	return await _enter(url)


func _on_error(code: String, text: String) -> void:
	faults.append("%s: %s" % [code, text])


# One's own: nobody else's dream is known.
func _mine(client: Client) -> Entity:
	for snail in client.state.entities("snail"):
		if snail.fields["dream"] != null:
			return snail
	return null


func _server() -> String:
	var url: Variant = await ask("/serve/23_world")
	return url


func test_what_is_everywhere_and_what_is_near() -> void:
	var client: Client = await _enter_alone()
	ok(client.state.entities("sun")[0].fields["hour"] < 24, "the sun")
	equal(_mine(client).fields["name"], "Ada")
	var count := client.state.entities("snail").size()
	ok(count < WILD, "%d of %d" % [count, WILD + 1])
	for snail in client.state.entities("snail"):
		var far: Vector2 = snail.place() - _mine(client).place()
		ok(max(abs(far.x), abs(far.y)) < 190, "near: %s" % str(far))


func test_a_smaller_view_has_less_in_it() -> void:
	var client: Client = await _enter_alone()
	while client.state.entities("snail").size() < 6:
		await frame("neighbours")
	var many := client.state.entities("snail").size()
	client.view(1, 1)
	while client.state.entities("snail").size() * 2 > many:
		await frame("smaller view")
	ok(_mine(client) != null, "one's own stays")


func test_two_see_each_other_and_neither_the_others_dreams() -> void:
	var url: String = await _server()
	var ada: Client = await _enter(url)
	var bob: Client = await _enter(url, "Bob")
	# Both creep to the same corner.
	while _named(ada, "Bob") == null or _named(bob, "Ada") == null:
		for client in [ada, bob]:
			client.send_input(PackedByteArray([246, 246]))
		var tick := ada.state.tick
		while ada.state.tick == tick:
			await frame("sight of each other")
	equal(_named(ada, "Bob").id, _mine(bob).id)
	equal(_named(ada, "Bob").fields["dream"], null)


func _named(client: Client, called: String) -> Entity:
	for snail in client.state.entities("snail"):
		if snail.fields["name"] == called:
			return snail
	return null


func test_inputs_show_at_once_and_what_is_predicted_comes_true() -> void:
	var client: Client = await _enter_alone()
	var me := OwnSnail.new()
	me.follow(client)
	while me.value == null:
		await frame("prediction")
	for i in range(20):
		var before: Vector2 = me.value
		me.push(Vector2(i % 7, 3 - (i % 5)))
		ok(me.value.distance_to(me.step(before, Vector2(i % 7, 3 - (i % 5)))) < 0.001, "at once")
		var tick := client.state.tick
		while client.state.tick == tick:
			await frame("snapshot")
	while client.state.input < 20:
		await frame("last input")
	ok(me.value.distance_to(_mine(client).place()) < 0.11, "the server comes to the same")


func test_movement_is_smooth() -> void:
	var client: Client = await _enter_alone()
	var interpolation := Interpolation.new(client.state)
	var first := client.state.tick
	var shown := []
	while client.state.tick < first + 40:
		await frame("snapshots")
		shown.append(interpolation.frame())
	for i in range(1, shown.size()):
		ok(shown[i] >= shown[i - 1], "time goes on: %f after %f" % [shown[i], shown[i - 1]])
	ok(interpolation.at(_mine(client)).distance_to(_mine(client).place()) < 0.2, "who stands still is there")


func test_after_a_broken_connection_the_world_is_as_it_is() -> void:
	await ask("/serve/23_world")
	var proxy: String = await ask("/proxy")
	var client: Client = await _enter(proxy)
	var was := [_mine(client).id, _mine(client).fields["dream"]]
	var schema: Variant = client.state.schema
	var tick := client.state.tick
	await ask("/cut")
	while client.is_online() and client.state.tick == tick:
		await frame("loss")
	while not client.is_online() or client.state.tick <= tick + 2 or _mine(client) == null:
		await frame("return")
	equal([_mine(client).id, _mine(client).fields["dream"]], was)
	ok(client.state.schema == schema, "the schema is not sent again")


func test_fewer_snapshots_if_one_wants_fewer() -> void:
	var client: Client = await _enter_alone()
	client.rate(5)
	while client.state.interval != 4 or client.state.step != 4:
		await frame("a fourth of them")
	ok(client.is_online(), "it is")


func test_the_sample() -> void:
	var url: String = await _server()
	var sample: Node = load("res://sample/snails.tscn").instantiate()
	sample.get_node("Client").url = url
	add_child(sample)
	while sample.own.value == null:
		await frame("snail of the sample")
	equal(sample.get_node("Notice").text, "")
	var before: Vector2 = sample.own.value
	var way := Vector2(3 if before.x < 200 else -3, 0)
	sample.own.push(way)
	equal(sample.own.value, before + way)
	while sample.client.state.input < 1:
		await frame("its input")
	for i in range(3):
		await frame("drawing")
	ok(sample.own.value.distance_to(before + way) < 0.11, "it has crept")
