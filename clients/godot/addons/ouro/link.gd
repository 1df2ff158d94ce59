# SPDX-License-Identifier: MIT
extends RefCounted
## One WebSocket, from its hello to its end. docs/protocol.md, "The WebSocket".
##
##   open --> hello --> welcome --> messages --> closed
##                        | what has come by then waits until somebody calls next()

const Codes := preload("codes.gd")
const Platform := preload("platform.gd")
const Said := preload("said.gd")
const Socket := preload("socket.gd")

const PROTOCOL := "ouro.v1"
const WELCOME_MS := 10000.0

## What the server said when it let us in; empty until then.
var welcome := {}
## When something came last, by the local clock.
var heard_at := 0.0
## Not 0: it is over.
var close_code := 0
var close_text := ""

var _socket: Socket
var _hello: Dictionary
var _has_greeted := false
var _bye := {}
var _welcome_until := 0.0
var _now := 0.0


## The socket is on its way to be open.
func _init(socket: Socket, hello: Dictionary, now: float):
	_socket = socket
	_hello = hello
	_welcome_until = now + WELCOME_MS
	_now = now


func is_over() -> bool:
	return close_code != 0


func poll(now: float) -> void:
	if is_over():
		return
	_now = now
	_socket.poll()
	if _socket.state == Socket.OPEN and not _has_greeted:
		_has_greeted = true
		_greet()
	if welcome.is_empty():
		_await_welcome()
	if not is_over() and _socket.state == Socket.CLOSED and not _socket.has_packet():
		_finish()


## What has come, one after the other: a Dictionary, or bytes; null: that was all for now.
func next() -> Variant:
	while not is_over() and _socket.has_packet():
		heard_at = _now
		var packet: Variant = _socket.take_packet()
		if typeof(packet) != TYPE_STRING:
			return packet
		var message: Variant = _read(packet)
		if message != null:
			return message
	return null


## False: the connection is not open, and nothing was sent.
func send(message: Dictionary) -> bool:
	return _socket.send_text(Platform.to_json(message))


func send_bytes(bytes: PackedByteArray) -> bool:
	return _socket.send_bytes(bytes)


## Lets go. Nothing comes of it any more.
func drop() -> void:
	_socket.close()
	if close_code == 0:
		close_code = Codes.BROKEN


## Gives the seat back, and lets go.
func leave() -> void:
	send({"type": "leave"})
	drop()


func _greet() -> void:
	var hello := _hello.duplicate()
	hello["type"] = "hello"
	send(hello)


func _await_welcome() -> void:
	var message: Variant = next()
	while message != null:
		if typeof(message) == TYPE_DICTIONARY and Said.text(message, "type") == "welcome":
			welcome = message
			return
		message = next()
	if _now >= _welcome_until and not is_over():
		_end(Codes.BROKEN, "no welcome came in time")


# Null: it is not for others.
func _read(text: String) -> Variant:
	var message: Variant = Platform.from_json(text)
	if message == null:
		_end(Codes.UNREADABLE, "the server sent what is no JSON")
		return null
	if typeof(message) != TYPE_DICTIONARY:
		return null
	if Said.text(message, "type") == "bye":
		_bye = message
		return null
	return message


# What was said before says more than the close.
func _finish() -> void:
	if _bye.is_empty():
		_end(_socket.close_code, _socket.close_text)
	else:
		_end(Said.whole(_bye, "code"), Said.text(_bye, "text"))


func _end(code: int, text: String) -> void:
	drop()
	close_code = code if code > 0 else Codes.BROKEN
	close_text = text if text != "" else "the connection was closed with %d" % close_code
