# SPDX-License-Identifier: MIT
extends "res://case.gd"
# Smooth movement from snapshots as they came: late, together, or not at all.

const Interpolation := preload("res://addons/ouro/interpolation.gd")
const Schema := preload("res://addons/ouro/schema.gd")
const State := preload("res://addons/ouro/state.gd")
const Writer := preload("res://writer.gd")

const TICK_MS := 50.0
const FRAME_MS := 1000.0 / 60.0
const SCHEMA := {"hash": "00000000000000aa", "types": [
	{"name": "snail", "fields": [{"name": "px", "type": "float32", "axis": "x"}, {"name": "y", "type": "float32", "axis": "y"}]},
	{"name": "score", "fields": [{"name": "value", "type": "uint", "bits": 8}]},
]}
# How late snapshots came, in ms after the soonest. Recorded: 20 a second over loopback, on two cores with a load of 15.
const BUSY := [2, 9, 2, 3, 7, 5, 3, 5, 2, 2, 5, 3, 1, 3, 3, 2, 3, 13, 3, 5, 1, 5, 1, 2, 3, 1, 6, 1, 1, 0, 11, 1, 0, 1, 2, 5, 7, 9,
	1, 0, 3, 5, 1, 5, 1, 5, 2, 5, 1, 0, 1, 1, 3, 1, 0, 13, 1, 0, 1, 1, 0, 5, 3, 3, 2, 1, 1, 2, 1, 5, 1, 2, 1, 5, 4, 1, 3, 5, 2,
	5, 1, 0, 1, 5, 2, 3, 1, 0, 1, 5, 1, 5, 2, 1, 1, 5, 2, 5, 1, 0, 1, 5, 1, 1, 1, 5, 6, 5, 1, 0, 1, 1, 3, 5, 2, 5, 3, 5, 1, 1]

var _now := 10000.0
var _state := State.new()
var _interpolation: Interpolation = null


func _ready() -> void:
	_state.set_schema(Schema.new(SCHEMA))
	_state.tick_ms = TICK_MS
	_interpolation = Interpolation.new(_state)


func _x() -> float:
	return _interpolation.at(_state.entities("snail")[0]).x


func _begin_at(tick: int, x: float) -> void:
	var snail := Writer.enter(1, 1, 0, [Writer.float32(x), Writer.float32(0)])
	_state.apply(Writer.snapshot({"tick": tick, "flags": Writer.FRESH, "step": 0}, [Writer.section(Writer.KEYFRAME, 1, [snail])]), _now)


func _move(tick: int, x: float, step: int = 1, interval: int = 1) -> void:
	var records := [Writer.update(1, [Writer.float32(x), null])]
	_state.apply(Writer.snapshot({"tick": tick, "step": step, "interval": interval}, [Writer.section(Writer.DELTA, 1, records)]), _now)


# Lets `count` snapshots of a snail that moves 10 per tick come on time, and returns the last tick.
func _walk(count: int, from: int = 100, step: int = 1) -> int:
	_begin_at(from, 0)
	for i in range(1, count + 1):
		_now += step * TICK_MS
		_move(from + i * step, i * step * 10, step, step)
		_interpolation.frame(_now)
	return from + count * step


func _nearly(found: float, wanted: float, most: float = 1e-3) -> void:
	ok(abs(found - wanted) < most, "%f and not %f" % [found, wanted])


func test_what_came_on_time_is_shown_one_interval_ago() -> void:
	var tick := _walk(20)
	equal(_interpolation.delay_ms(), TICK_MS)
	_now += 20
	_nearly(_interpolation.frame(_now), tick - 1 + 20.0 / TICK_MS)
	_nearly(_x(), 194)


func test_a_slower_rate_is_shown_further_ago() -> void:
	var tick := _walk(20, 100, 3)
	equal(_interpolation.delay_ms(), 3 * TICK_MS)
	_now += 75
	_nearly(_interpolation.frame(_now), tick - 1.5)
	_nearly(_x(), 585)


func test_a_recorded_trace_nothing_jumps_nothing_stops_and_nothing_goes_backwards() -> void:
	var start := _now
	var next := 1
	var last := 0.0
	var frame_number := 0
	_begin_at(1000, 0)
	while next < BUSY.size():
		var at := start + frame_number * FRAME_MS
		while next < BUSY.size() and start + next * TICK_MS + BUSY[next] <= at:
			_now = start + next * TICK_MS + BUSY[next]
			_move(1000 + next, next * 10)
			next += 1
		_interpolation.frame(at)
		var share := (_x() - last) / 10.0 * (TICK_MS / FRAME_MS)
		last = _x()
		if frame_number >= 60:
			ok(share > 0.89 and share < 1.11, "frame %d: %f of the speed" % [frame_number, share])
		frame_number += 1
	ok(_interpolation.delay_ms() < TICK_MS + 14, "%f ms in the past" % _interpolation.delay_ms())


func test_when_nothing_comes_it_goes_on_for_a_moment_and_stops() -> void:
	_walk(20)
	for i in range(30):
		_now += FRAME_MS
		_interpolation.frame(_now)
	_nearly(_x(), 200 + 100 / TICK_MS * 10)


func test_what_stood_still_begins_to_move_from_where_it_stood() -> void:
	_begin_at(100, 40)
	for tick in range(101, 141):
		_now += TICK_MS
		_state.apply(Writer.snapshot({"tick": tick}, []), _now)
		_interpolation.frame(_now)
	_now += TICK_MS
	_move(141, 50)
	_interpolation.frame(_now)
	_now += TICK_MS / 2
	_interpolation.frame(_now)
	_nearly(_x(), 45)


func test_what_stopped_is_not_shown_going_on() -> void:
	var tick := _walk(20)
	_now += TICK_MS
	_state.apply(Writer.snapshot({"tick": tick + 1}, []), _now)
	for i in range(10):
		_now += FRAME_MS
		_interpolation.frame(_now)
	_nearly(_x(), 200)


func test_places_are_of_the_axes() -> void:
	_walk(20)
	_state.apply(Writer.snapshot({"tick": 121}, [Writer.section(Writer.DELTA, 1,
		[Writer.enter(2, 1, 1, [Writer.bits(3, 8)]), Writer.enter(3, 1, 0, [Writer.float32(7), null])])]), _now)
	_interpolation.frame(_now)
	equal(_interpolation.at(_state.entities("score")[0]), Vector2.ZERO)
	equal(_interpolation.at(_state.entities("snail")[1]), Vector2(7, 0))


func test_without_a_rhythm_everything_is_where_it_was_last() -> void:
	_state.tick_ms = 0.0
	_begin_at(1, 5)
	_move(2, 9)
	equal(_interpolation.frame(_now), 2)
	equal(_x(), 9)


func test_another_room_begins_anew() -> void:
	_walk(20, 5000)
	_now += 400
	_begin_at(10, 77)
	_now += TICK_MS
	_move(11, 78)
	_nearly(_interpolation.frame(_now), 10)
	equal(_x(), 77)
