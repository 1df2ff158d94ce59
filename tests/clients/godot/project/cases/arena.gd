# SPDX-License-Identifier: MIT
extends "res://case.gd"
# The sample plays in Snakepit's arena.

const LENGTH := 6 # of a newborn


func test_the_sample_plays() -> void:
	var url: String = await ask("/arena")
	var arena: Node = load("res://sample/arena.tscn").instantiate()
	arena.get_node("Client").url = url
	arena.get_node("Client").guest_name = "Ada"
	add_child(arena)
	while not arena.is_alive:
		await frame("a snake")
	# A newborn comes out of one cell.
	while abs(_cells(_own_line(arena)) - (LENGTH - 1)) > 0.01:
		await frame("a whole body: %s" % str(_own_line(arena)))
	equal(arena.client.welcome["arena"]["length_start"], LENGTH)
	while arena.is_alive:
		arena.steer(1)
		await frame("the wall above")
	arena.play()
	while not arena.is_alive:
		await frame("another snake")
	ok(arena.client.is_online(), "it plays on")


# At the newest tick; empty: it is not in view.
func _own_line(arena: Node) -> Array:
	var all: Dictionary = arena.lines(float(arena.client.state.tick))
	return all[arena.client.player]["line"] if all.has(arena.client.player) else []


func _cells(line: Array) -> float:
	var sum := 0.0
	for i in range(line.size() - 1):
		sum += line[i].distance_to(line[i + 1])
	return sum
