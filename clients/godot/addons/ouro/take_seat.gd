# SPDX-License-Identifier: MIT
extends "way.gd"
## Takes a reserved seat, while the reservation lasts. When a connection breaks before its welcome, nobody knows whether
## the seat was taken by it: the token may be good for a hello still, or for coming back.

const Said := preload("said.gd")

var _token := ""
var _refusals := 0 # one after the other


## `place` is the answer to the call that has reserved it.
func _init(client: Node, p_url: String, place: Dictionary, now: float):
	_client = client
	url = p_url
	_token = Said.text(place, "token")
	_until = now + Said.number(place, "expires_ms")


func _hello() -> Dictionary:
	return {"token": _token} if _attempt % 2 == 0 else {"reconnect": _token, "seen": 0}


func _final_error(code: int, text: String, now: float) -> Failure:
	_refusals = _refusals + 1 if code == Codes.REFUSED else 0
	var is_refused := Codes.is_final(code) and (_attempt == 0 or code != Codes.REFUSED or _refusals == 2)
	return Failure.new(str(code), text, code) if is_refused or now >= _until else null
