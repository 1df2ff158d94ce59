# SPDX-License-Identifier: MIT
extends "res://case.gd"

const Clock := preload("res://addons/ouro/clock.gd")

var _now := 5000.0
var _clock := Clock.new()


## A ping that takes `there` and `back` ms, answered after `between` by a clock that is `offset` ahead.
func _ping(offset: float, there: float, back: float, between: float = 0.0) -> void:
	var t0 := _now
	var t1 := t0 + there + offset
	_now += there + between + back
	_clock.pong(t0, t1, t1 + between, _now)


func test_the_first_word_is_believed() -> void:
	_clock.begin(105000.0, _now)
	equal(_clock.server_ms(_now), 105000)
	equal(_clock.server_ms(_now + 10.0), 105010)
	ok(_clock.round_trip_ms < 0, "no pong yet")


func test_the_way_is_told_apart_from_what_the_server_does_in_between() -> void:
	_ping(70000.0, 20.0, 20.0, 300.0)
	equal(_clock.round_trip_ms, 40)
	equal(_clock.server_ms(_now), _now + 70000)


func test_the_pong_counts_that_waited_least() -> void:
	_ping(70000.0, 10.0, 10.0)
	for i in range(7):
		_ping(70000.0, 400.0, 10.0)
	equal(_clock.round_trip_ms, 20)
	equal(_clock.server_ms(_now), _now + 70000)
	_ping(70000.0, 400.0, 10.0)
	equal(_clock.round_trip_ms, 410, "but not for ever")


func test_it_gets_there_slowly_and_never_backwards() -> void:
	_clock.begin(_now + 70000.0, _now)
	_ping(69900.0, 10.0, 10.0)
	var last := _clock.server_ms(_now)
	for i in range(150):
		_now += 20.0
		var shown := _clock.server_ms(_now)
		ok(shown - last >= 19 - 1e-6 and shown - last <= 21 + 1e-6, "%f in 20 ms" % (shown - last))
		last = shown
	ok(abs(last - _now - 69900.0) < 1e-6, "it is there")


func test_after_a_long_sleep_it_jumps_and_forgets_what_was_before() -> void:
	_ping(70000.0, 5.0, 5.0)
	_ping(190000.0, 30.0, 30.0)
	equal(_clock.server_ms(_now), _now + 190000)
	equal(_clock.round_trip_ms, 60)


func test_a_pong_that_took_long_is_no_jump() -> void:
	_ping(70000.0, 5.0, 5.0)
	_ping(70000.0, 3000.0, 5.0)
	equal(_clock.server_ms(_now), _now + 70000)


func test_a_guess_is_worse_than_what_was_measured_unless_it_is_another_clock() -> void:
	_ping(70000.0, 5.0, 5.0)
	_clock.begin(_now + 69900.0, _now)
	_now += 5000.0
	equal(_clock.server_ms(_now), _now + 70000)
	_clock.begin(_now + 10.0, _now)
	equal(_clock.server_ms(_now), _now + 10)
