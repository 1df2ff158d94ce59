# SPDX-License-Identifier: MIT
extends "res://addons/ouro/socket.gd"
# What a client holds in its hand as a WebSocket, and the test as the server's end of it.

const Json := preload("res://addons/ouro/platform.gd")

var url := ""
var protocol := ""
var said := [] # by the client
var was_closed := false # by the client

var _waiting := []


# --- the client's


func open(p_url: String, p_protocol: String, _inbound: int, _outbound: int) -> void:
	url = p_url
	protocol = p_protocol


func poll() -> void:
	pass


func has_packet() -> bool:
	return not _waiting.is_empty()


func take_packet() -> Variant:
	return _waiting.pop_front()


func send_text(text: String) -> bool:
	if state == OPEN:
		said.append(Json.from_json(text))
	return state == OPEN


func send_bytes(bytes: PackedByteArray) -> bool:
	if state == OPEN:
		said.append(bytes)
	return state == OPEN


func close() -> void:
	was_closed = true
	state = CLOSED


# --- the server's


func accept() -> void:
	state = OPEN


func say(message: Variant) -> void:
	_waiting.append(Json.to_json(message))


func say_packet(packet: Variant) -> void:
	_waiting.append(packet)


func finish(code: int, text: String = "") -> void:
	state = CLOSED
	close_code = code
	close_text = text


## The newest of a type; {} if there is none.
func last(type: String) -> Dictionary:
	var found := {}
	for message in said:
		if typeof(message) == TYPE_DICTIONARY and message["type"] == type:
			found = message
	return found
