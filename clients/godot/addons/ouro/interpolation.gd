# SPDX-License-Identifier: MIT
class_name OuroInterpolation
extends RefCounted
## Smooth movement from snapshots that come unevenly: the world is shown a little in the past, so
## that there are two snapshots around the moment that is shown.
##
##   ticks of snapshots    100 . . 103 . . 106 . . 109
##   shown                              ^ between two of them
##   newest                                      ^
##                                      |--delay-|
##
## The delay is what the snapshots need: one interval, and how late they come at most, measured. It
## grows at once and shrinks slowly.

const Entity := preload("entity.gd")
const Platform := preload("platform.gd")
const State := preload("state.gd")

const SAMPLES_MAX := 16 # of an entity
const LATE_DECAY := 0.995 # of the worst lateness, per snapshot
const LATE_MAX_MS := 250.0 # what is later is a standstill of the network, which no delay is worth
const GAP_MAX := 4 # intervals; who was sent nothing for longer was sent nothing because nothing moved
const DRIFT_MS := 0.05 # per snapshot: by so much local time and ticks may grow apart
const EXTRAPOLATION_MS := 100.0 # so far beyond the newest one movement goes on, when nothing comes
const SLEW := 1.0 / 10.0 # the shown time goes at most so much faster or slower than real time
const JUMP_MS := 1000.0 # beyond this it jumps


# Where something was at a tick.
class Sample:
	var tick := 0.0
	var place := Vector2.ZERO

	func _init(p_tick: float, p_place: Vector2):
		tick = p_tick
		place = p_place


var _state: State
var _tracks := {} # by entity: samples, the oldest first
var _has_offset := false
var _offset := 0.0 # local time of tick 0, by the snapshot that came soonest
var _late_ms := 0.0
var _last_tick := 0
var _is_shown := false
var _shown := 0.0 # time on the ticks' axis, in ms, and when that was
var _shown_at := 0.0


func _init(state: State):
	_state = state
	for entity in state.entities():
		_on_added(entity)
	state.entity_added.connect(_on_added)
	state.entity_changed.connect(_on_changed)
	state.entity_removed.connect(_on_removed)
	state.snapshot_taken.connect(_on_snapshot)


## How far in the past the world is shown.
func delay_ms() -> float:
	return _state.interval * _state.tick_ms + _late_ms


## Call once per frame, before at(): settles which moment is shown in it. Returns that, in ticks.
func frame(now: float = Platform.now_ms()) -> float:
	if not _has_offset or _state.tick_ms == 0.0:
		return float(_state.tick)
	var wanted := now - _offset - delay_ms()
	if not _is_shown or abs(wanted - _shown) > JUMP_MS:
		_shown = wanted
	else:
		var passed := now - _shown_at
		var most := passed * SLEW
		_shown += passed + clamp(wanted - _shown - passed, -most, most)
	_is_shown = true
	_shown_at = now
	return _shown / _state.tick_ms


## Where the entity is in this frame, by the fields that its axes name; 0 where that is not known.
func at(entity: Entity) -> Vector2:
	if not _tracks.has(entity) or not _is_shown or _state.tick_ms == 0.0:
		return entity.place()
	var track: Array = _tracks[entity]
	var tick := _shown / _state.tick_ms
	var i := track.size() - 1
	while i > 0 and track[i].tick > tick:
		i -= 1
	if i == track.size() - 1:
		return _beyond(track, tick)
	return _mix(track, i, max(0.0, (tick - track[i].tick) / (track[i + 1].tick - track[i].tick)))


# Nothing newer is here: on as before for a moment, if it was moving until the last snapshot.
func _beyond(track: Array, tick: float) -> Vector2:
	var last := track.size() - 1
	if last == 0 or track[last].tick < _last_tick:
		return track[last].place
	var far: float = min(tick - track[last].tick, EXTRAPOLATION_MS / _state.tick_ms)
	return _mix(track, last - 1, 1.0 + far / (track[last].tick - track[last - 1].tick))


# From a sample to the next one: 0 is there, 1 is at the next, beyond 1 goes on.
func _mix(track: Array, i: int, share: float) -> Vector2:
	var from: Vector2 = track[i].place
	var to: Vector2 = track[i + 1].place
	return from + (to - from) * share


func _on_snapshot(_unused: State) -> void:
	var came := _state.came_at_ms - _state.tick * _state.tick_ms
	if _state.tick < _last_tick or not _has_offset or abs(came - _offset) > 2.0 * JUMP_MS:
		_restart(came) # another room, or it stood still
	_offset = min(_offset + DRIFT_MS, came)
	_late_ms = max(min(came - _offset, LATE_MAX_MS), _late_ms * LATE_DECAY)
	_last_tick = _state.tick


func _restart(came: float) -> void:
	_has_offset = true
	_offset = came
	_is_shown = false
	_late_ms = 0.0


func _on_added(entity: Entity) -> void:
	if not entity.axes.is_empty():
		_tracks[entity] = [Sample.new(_state.tick, entity.place())]


func _on_removed(entity: Entity) -> void:
	_tracks.erase(entity)


func _on_changed(entity: Entity, before: Dictionary) -> void:
	if not _tracks.has(entity) or not (before.has(entity.axes.get("x")) or before.has(entity.axes.get("y"))):
		return
	var track: Array = _tracks[entity]
	var last: Sample = track[track.size() - 1]
	var since: float = _state.tick - min(_state.step, GAP_MAX * _state.interval)
	if last.tick < since: # until then it stood still
		_push(track, Sample.new(since, last.place))
	_push(track, Sample.new(_state.tick, entity.place()))


func _push(track: Array, sample: Sample) -> void:
	if track.size() == SAMPLES_MAX:
		track.pop_front()
	track.append(sample)
