# SPDX-License-Identifier: MIT
extends RefCounted
# A snake of the arena as a line to be drawn. docs/arena.md has what is told of it: an anchor, from which its head goes
# straight on, the last pieces that it went before that, its trail, and knots that its body goes through further back.
#
#      knot 6 .------------. knot 7 --+
#                                     |
#                                     +--- anchor -----> head
#
# What is drawn is a little in the past. So the head may be before its anchor still: somewhere on the line behind it.

const WAYS := [Vector2(-1, 0), Vector2(0, -1), Vector2(1, 0), Vector2(0, 1)] # left, up, right, down
const KNOT_CELLS := 16.0 # between two at most
const TRAIL_CELLS := 24.0 # of a trail at most: so far from its anchor a body is known


# Cells from the anchor to the head at a tick with a fraction; below 0: it is not there yet. `snake`: fields of a record, which
# is that of `record_tick`.
static func ahead(snake: Dictionary, record_tick: int, tick: float) -> float:
	var since: int = record_tick - ((record_tick - snake["since"]) & 63)
	return (tick - since) * (2.0 if snake["boost"] else 1.0)


# From the head to the tail. `trail` as a record has it: pieces from the anchor back, 7 bits each, of these 5 for cells and 2 for
# the way; `knots`: places, the latest first; `length` in cells.
static func body(anchor: Vector2, way: int, cells_ahead: float, trail: int, knots: Array, length: int) -> Array:
	var line := [anchor + WAYS[way] * max(0.0, cells_ahead), anchor]
	while trail > 0:
		line.append(line[line.size() - 1] - WAYS[(trail >> 5) & 3] * float(trail & 31))
		trail >>= 7
	for knot in knots:
		if not _is_next(line[line.size() - 1], knot):
			break # a piece is out of view
		line.append(knot)
	return _part(line, max(0.0, -cells_ahead), length - 1.0)


# Pieces run straight.
static func _is_next(from: Vector2, to: Vector2) -> bool:
	var far := (to - from).abs()
	return min(far.x, far.y) < 0.5 and max(far.x, far.y) <= KNOT_CELLS + 0.5


# So much of a line, without its first `skipped` cells.
static func _part(line: Array, skipped: float, length: float) -> Array:
	var part := []
	var at := 0.0 # of the piece's beginning, along the line
	for i in range(line.size() - 1):
		var cells: float = line[i].distance_to(line[i + 1])
		var first := clamp(skipped - at, 0.0, cells)
		var last := clamp(skipped + length - at, 0.0, cells)
		if last > first:
			if part.is_empty():
				part.append(_between(line[i], line[i + 1], first / cells))
			part.append(_between(line[i], line[i + 1], last / cells))
		at += cells
	return part if not part.is_empty() else [line[0]]


static func _between(from: Vector2, to: Vector2, share: float) -> Vector2:
	return from + (to - from) * share
