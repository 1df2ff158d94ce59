# SPDX-License-Identifier: MIT
extends "res://case.gd"
# The lines that the sample draws of snakes.

const SnakeLine := preload("res://sample/snake_line.gd")

const RIGHT := 2
const DOWN := 3


func test_the_head_goes_straight_on_from_its_anchor() -> void:
	equal(SnakeLine.ahead({"since": 100 & 63, "boost": false}, 105, 103.5), 3.5)
	equal(SnakeLine.ahead({"since": 100 & 63, "boost": true}, 105, 103.5), 7)
	equal(SnakeLine.ahead({"since": 105 & 63, "boost": false}, 105, 103.5), -1.5, "not there yet")


func test_the_body_lies_behind_it_through_the_knots() -> void:
	var knots := [Vector2(10, 5), Vector2(4, 5)]
	equal(SnakeLine.body(Vector2(10, 10), RIGHT, 2.0, 0, knots, 12),
		[Vector2(12, 10), Vector2(10, 10), Vector2(10, 5), Vector2(6, 5)])
	equal(SnakeLine.body(Vector2(10, 10), RIGHT, -2.0, 0, knots, 5), [Vector2(10, 8), Vector2(10, 5), Vector2(9, 5)], "a little ago")
	equal(SnakeLine.body(Vector2(10, 10), DOWN, 0.5, 0, knots, 1), [Vector2(10, 10.5)], "a head alone")


func test_the_trail_comes_before_the_knots() -> void:
	var trail := (RIGHT << 5 | 3) << 7 | DOWN << 5 | 4 # from the anchor four cells up, then three to the left
	equal(SnakeLine.body(Vector2(10, 10), RIGHT, 2.0, trail, [Vector2(7, 6), Vector2(7, 1)], 12),
		[Vector2(12, 10), Vector2(10, 10), Vector2(10, 6), Vector2(7, 6), Vector2(7, 4)])


func test_a_piece_that_is_out_of_view_is_not_guessed() -> void:
	equal(SnakeLine.body(Vector2(10, 10), RIGHT, 1.0, 0, [Vector2(40, 40)], 20), [Vector2(11, 10), Vector2(10, 10)])


func test_what_the_server_tells_is_drawn_on_the_cells_where_it_is() -> void:
	var vectors: Variant = await ask("/vectors/arena")
	for case in vectors["cases"]:
		var snake := _numbers_of(case["snake"])
		var knots := []
		for knot in case["knots"]:
			knots.append(Vector2(knot["x"], knot["y"]))
		var ahead := SnakeLine.ahead(snake, int(case["tick"]), case["tick"])
		var anchor := Vector2(snake["x"], snake["y"])
		var line: Array = SnakeLine.body(anchor, snake["way"], ahead, snake["trail"], knots, snake["length"])
		equal(_cells_on(line), case["cells"], str(snake))


# As a record has them: JSON has no whole numbers.
func _numbers_of(told: Dictionary) -> Dictionary:
	var snake := {}
	for field in told:
		snake[field] = told[field] if field == "boost" else int(told[field])
	return snake


# Of points on straight lines, all the cells.
func _cells_on(line: Array) -> Array:
	var at: Vector2 = line[0]
	var cells := [[at.x, at.y]]
	for point in line:
		while at.distance_to(point) > 0.5:
			at += Vector2(sign(point.x - at.x), sign(point.y - at.y))
			cells.append([at.x, at.y])
	return cells
