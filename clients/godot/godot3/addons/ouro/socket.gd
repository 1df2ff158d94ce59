# SPDX-License-Identifier: MIT
extends Reference
## One WebSocket of the engine.

enum { CONNECTING, OPEN, CLOSED }

const Codes := preload("codes.gd")

const PACKETS_MAX := 2048 # that may wait

var state := CONNECTING
## Of a closed one.
var close_code := 0
var close_text := ""

var _client := WebSocketClient.new()
var _packets := [] # that have come, Strings and PoolByteArrays: those in the engine's buffer are gone with the connection
var _said_code := Codes.BROKEN # by the server
var _said_text := ""


## `inbound` and `outbound` are bytes that may wait to be read, and to be sent.
func open(url: String, protocol: String, inbound: int, outbound: int) -> void:
	_client.set_buffers(_kilobytes(inbound), PACKETS_MAX, _kilobytes(outbound), PACKETS_MAX)
	_client.connect("connection_established", self, "_on_established")
	_client.connect("connection_error", self, "_on_failed")
	_client.connect("connection_closed", self, "_on_closed")
	_client.connect("server_close_request", self, "_on_close_request")
	_client.connect("data_received", self, "_on_data")
	if _client.connect_to_url(url, PoolStringArray([protocol])) != OK:
		_end(Codes.BROKEN, "the connection could not be begun")


func poll() -> void:
	if state != CLOSED:
		_client.poll()


func has_packet() -> bool:
	return not _packets.empty()


## A String, or a PoolByteArray.
func take_packet():
	return _packets.pop_front()


## False: it was not sent.
func send_text(text: String) -> bool:
	return _send(text.to_utf8(), WebSocketPeer.WRITE_MODE_TEXT)


func send_bytes(bytes: PoolByteArray) -> bool:
	return _send(bytes, WebSocketPeer.WRITE_MODE_BINARY)


## Says so, and lets go without waiting for the other side.
func close() -> void:
	if state != CLOSED:
		state = CLOSED
		_client.disconnect_from_host()


func _send(bytes: PoolByteArray, mode: int) -> bool:
	if state != OPEN:
		return false
	var peer := _client.get_peer(1)
	peer.set_write_mode(mode)
	return peer.put_packet(bytes) == OK


func _on_established(_protocol: String) -> void:
	state = OPEN


func _on_data() -> void:
	var peer := _client.get_peer(1)
	while state == OPEN and peer.get_available_packet_count() > 0:
		var packet := peer.get_packet()
		_packets.append(packet.get_string_from_utf8() if peer.was_string_packet() else packet)


func _on_failed() -> void:
	_end(Codes.BROKEN, "there was no connection")


func _on_close_request(code: int, reason: String) -> void:
	_said_code = code if code > 0 else Codes.BROKEN
	_said_text = reason


func _on_closed(_was_clean: bool = false) -> void:
	_end(_said_code, _said_text)


func _end(code: int, text: String) -> void:
	if state == CLOSED:
		return
	state = CLOSED
	close_code = code
	close_text = text


static func _kilobytes(bytes: int) -> int:
	return int(max(1, bytes / 1024))
