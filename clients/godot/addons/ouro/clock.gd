# SPDX-License-Identifier: MIT
class_name OuroClock
extends RefCounted
## The server's clock, as NTP does it (RFC 5905, section 8), of the pongs that come anyway.
##
##     t0 ------ping----->  t1          offset = ((t1 - t0) + (t2 - t3)) / 2
##                          t2          round trip = (t3 - t0) - (t2 - t1)
##     t3 <-----pong------
##
## `now` is the local clock, in ms, which never goes backwards.

const SAMPLES := 8 # of these the one with the shortest round trip counts: it waited least
const SLEW := 1.0 / 20.0 # how much faster or slower than real time the shown clock may go to get there
const JUMP_MS := 1000.0 # beyond this it jumps: the machine was asleep, or it is another server

## Of the best of the last pongs, in ms; below 0 before the first.
var round_trip_ms := -1.0

var _samples := [] # {round_trip, offset}
var _has_begun := false
var _target := 0.0 # offset as measured
var _offset := 0.0 # offset as shown
var _shown_at := 0.0


## A first guess, from a message that says what the server's clock is. What was measured before is better,
## unless it is another clock.
func begin(server_ms: float, now: float) -> void:
	var guess := server_ms - now
	if not _has_begun or abs(guess - _target) > JUMP_MS:
		_aim(guess, now)


## A pong that came now: `t0` as it was sent, `t1` and `t2` of the server.
func pong(t0: float, t1: float, t2: float, now: float) -> void:
	var round_trip := now - t0 - (t2 - t1)
	var offset := (t1 - t0 + (t2 - now)) / 2.0
	if abs(offset - _target) > JUMP_MS + round_trip / 2.0: # it can be wrong by half of that
		_samples = [] # of before the jump
	_samples.append({"round_trip": round_trip, "offset": offset})
	if _samples.size() > SAMPLES:
		_samples.pop_front()
	var best: Dictionary = _samples[0]
	for sample in _samples:
		if sample["round_trip"] < best["round_trip"]:
			best = sample
	round_trip_ms = best["round_trip"]
	_aim(best["offset"], now)


## The server's time, in ms. Never goes backwards, but for a jump after a long sleep.
func server_ms(now: float) -> float:
	_slew(now)
	return now + _offset


# What has passed until now was on the way to the former target.
func _aim(target: float, now: float) -> void:
	_slew(now)
	_target = target
	if not _has_begun or abs(target - _offset) > JUMP_MS:
		_offset = target
	_has_begun = true


# Towards the target, by so much of the time that has passed.
func _slew(now: float) -> void:
	var most := (now - _shown_at) * SLEW
	if _has_begun:
		_offset += clamp(_target - _offset, -most, most)
	_shown_at = now
