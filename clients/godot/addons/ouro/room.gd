# SPDX-License-Identifier: MIT
extends "seat.gd"
## What is said to the room that the seat is in, and what it says.

## After each snapshot of the room's state, when its entities were told: `state.entity_added` and others.
signal state_changed(state)
## The room, or a service of the server, has sent that: as a message or as an event.
signal message_received(name: String, data: Variant)
## The same for events alone: these are never lost, and never come twice.
signal event_received(name: String, data: Variant)
## Snapshots come at this rate from now on.
signal rate_changed(hz: float)

const Answer := preload("answer.gd")
const Bits := preload("bits.gd")

const INPUT := 1 # first byte
const REQUEST_MS := 10000.0


# --- talking


## Sends a message to the room. False: there is no connection now, and it is dropped.
func send(message_name: String, data: Variant = null) -> bool:
	return _say({"type": "message", "name": message_name, "data": data})


## To be awaited: becomes an OuroAnswer. Its error has the code of the refusal, or "timeout" or "disconnected".
func request(request_name: String, data: Variant = null, timeout_ms: float = REQUEST_MS) -> Answer:
	var id := _requests.new_id()
	var was_sent := _say({"type": "request", "id": id, "name": request_name, "data": data})
	var answer := _requests.add(id, was_sent, _now_ms() + timeout_ms)
	await answer.done
	return answer


## Sends an input, up to 64 bytes, and returns its number. Without a connection it is dropped: what is late is
## wrong in a game.
func send_input(payload: PackedByteArray) -> int:
	_sequence = max(_sequence, state.input) + 1
	var message := Bits.with_varint(PackedByteArray([INPUT]), _sequence)
	message = Bits.with_varint(message, state.tick)
	message.append_array(payload)
	if _link != null:
		_link.send_bytes(message)
	return _sequence


## How much of the world is to be seen, in its units. May be said before joining, as may rate().
func view(width: float, height: float) -> void:
	_wish({"type": "view", "width": int(ceil(width)), "height": int(ceil(height))})


## How many snapshots a second are wanted.
func rate(hz: float) -> void:
	_wish({"type": "rate", "hz": int(ceil(hz))})


## For OuroClient.reconnect(), by a game that is started again: keep the newest one. "" without a seat.
func reconnect_token() -> String:
	if not has_seat():
		return ""
	var kept := _seat.duplicate()
	kept["url"] = _url
	return Platform.to_json(kept)


## The server's time now, in ms.
func server_now_ms() -> float:
	return clock.server_ms(_now_ms())


## In ms; below 0 before the first pong.
func round_trip_ms() -> float:
	return clock.round_trip_ms


func _wish(message: Dictionary) -> void:
	_wishes[message["type"]] = message
	_say(message)


# --- what comes


func _take(message: Variant, now: float) -> void:
	if typeof(message) != TYPE_DICTIONARY:
		_take_bytes(message, now)
		return
	match Said.text(message, "type"):
		"message":
			message_received.emit(Said.text(message, "name"), message.get("data"))
		"event":
			_take_event(message)
		"response":
			_requests.take(message)
		"pong":
			_take_pong(message, now)
		"travel":
			_take_travel(message, now)
		"rate":
			rate_changed.emit(Said.number(message, "hz"))
		"error":
			error.emit(Said.text(message, "code"), Said.text(message, "text"))


func _take_event(event: Dictionary) -> void:
	if _is_new(event):
		event_received.emit(Said.text(event, "name"), event.get("data"))
		message_received.emit(Said.text(event, "name"), event.get("data"))


func _take_pong(pong: Dictionary, now: float) -> void:
	if pong.has("t0") and pong.has("t1") and pong.has("t2"):
		clock.pong(Said.number(pong, "t0") / 1000.0, Said.number(pong, "t1"), Said.number(pong, "t2"), now)


func _take_bytes(bytes: PackedByteArray, now: float) -> void:
	if not State.is_snapshot(bytes):
		return
	if state.apply(bytes, now):
		state_changed.emit(state)
	elif state.fault != "":
		error.emit("bad_snapshot", state.fault)
		_lose(Codes.BROKEN, state.fault, now) # a new connection begins with a fresh one
