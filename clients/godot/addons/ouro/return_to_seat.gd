# SPDX-License-Identifier: MIT
extends "way.gd"
## Comes back to a seat while it is held; tries once at least.

var _seat: Dictionary


## `seat`: {reconnect, seen, hold_ms}. `attempt`: how often that was done already.
func _init(client: Node, p_url: String, seat: Dictionary, attempt: int, now: float):
	_client = client
	url = p_url
	_seat = seat
	_attempt = attempt
	_until = now + float(seat["hold_ms"])
	_wait(now)


func _hello() -> Dictionary:
	return {"reconnect": _seat["reconnect"], "seen": int(_seat["seen"])}


func _final_error(code: int, text: String, now: float) -> Failure:
	if Codes.is_final(code):
		return Failure.new(str(code), text, code)
	if now >= _until:
		return Failure.new(str(Codes.BROKEN), "there was no way back in time", Codes.BROKEN)
	return null
