# SPDX-License-Identifier: MIT
extends RefCounted
## One WebSocket of the engine. Godot 3 has another one of this file.

enum { CONNECTING, OPEN, CLOSED }

const Codes := preload("codes.gd")

var state := CONNECTING
## Of a closed one.
var close_code := 0
var close_text := ""

var _peer := WebSocketPeer.new()


## `inbound` and `outbound` are bytes that may wait to be read, and to be sent.
func open(url: String, protocol: String, inbound: int, outbound: int) -> void:
	_peer.supported_protocols = PackedStringArray([protocol])
	_peer.inbound_buffer_size = inbound
	_peer.outbound_buffer_size = outbound
	if _peer.connect_to_url(url) != OK:
		_end(Codes.BROKEN, "the connection could not be begun")


func poll() -> void:
	if state == CLOSED:
		return
	_peer.poll()
	match _peer.get_ready_state():
		WebSocketPeer.STATE_OPEN:
			state = OPEN
		WebSocketPeer.STATE_CLOSED:
			var code := _peer.get_close_code()
			_end(Codes.BROKEN if code < 0 else code, _peer.get_close_reason())


func has_packet() -> bool:
	return _peer.get_available_packet_count() > 0


## A String, or a PackedByteArray.
func take_packet() -> Variant:
	var packet := _peer.get_packet()
	if _peer.was_string_packet():
		return packet.get_string_from_utf8()
	return packet


## False: it was not sent.
func send_text(text: String) -> bool:
	return state == OPEN and _peer.send_text(text) == OK


func send_bytes(bytes: PackedByteArray) -> bool:
	return state == OPEN and _peer.send(bytes) == OK


## Says so, and lets go without waiting for the other side.
func close() -> void:
	if state != CLOSED:
		_peer.close()
		state = CLOSED


func _end(code: int, text: String) -> void:
	state = CLOSED
	close_code = code
	close_text = text
