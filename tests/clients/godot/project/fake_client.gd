# SPDX-License-Identifier: MIT
extends "res://addons/ouro/client.gd"
# A client whose clock, connections and calls are the test's.

const FakeCall := preload("res://fake_call.gd")
const FakeSocket := preload("res://fake_socket.gd")

const PLACE := {"url": "/ouro/connect", "room": "r1", "code": "", "type": "duel", "session": "s", "player": 1, "token": "T1",
	"expires_ms": 15000}
const STEP_MS := 50.0

var now := 1000.0
var sockets := []
var calls := [] # FakeCalls
var answers := [] # to these; after that PLACE
var told := [] # what it has said by its signals
var results := [] # of what was awaited

var _welcomes := 0


func listen() -> void:
	url = "https://play.example"
	left.connect(_on_left)
	dropped.connect(_on_dropped)
	reconnected.connect(_on_reconnected)
	travelled.connect(_on_travelled)
	message_received.connect(_on_message)
	error.connect(_on_error)


func socket() -> FakeSocket:
	return sockets[sockets.size() - 1]


## Lets the newest connection in.
func let_in(more: Dictionary = {}) -> void:
	_welcomes += 1
	var said := {"type": "welcome", "protocol": 1, "room": "r1", "code": "", "room_type": "duel", "session": "s", "user": "g_1",
		"name": "Ada", "player": 1, "reconnect": "R%d" % _welcomes, "hold_ms": 20000, "tick_ms": 50, "now_ms": 500000 + now, "seen": 0,
		"resumed": false}
	for member in more:
		said[member] = more[member]
	socket().accept()
	poll() # and it says hello
	socket().say(said)
	poll()


## Into a room, with nothing told yet.
func enter(more: Dictionary = {}) -> void:
	note_join("duel")
	settle()
	let_in(more)
	told = []


## Lets what is due happen, without time.
func settle() -> void:
	for i in range(4):
		poll()


func pass_ms(ms: float) -> void:
	for i in range(int(ms / STEP_MS)):
		now += STEP_MS
		poll()


## The newest connection ends.
func cut(code: int, text: String = "") -> void:
	socket().finish(code, text)
	poll()
	poll()


func news() -> Array:
	var heard := told
	told = []
	return heard


# --- what becomes of what is awaited goes to `results`


func note_join(type: String) -> void:
	results.append(await join(type))


func note_request(what: String, timeout_ms: float = REQUEST_MS) -> void:
	var answer: Answer = await request(what, null, timeout_ms)
	results.append(answer.data if answer.error == null else answer.error.code)


func note_reconnect(kept: String) -> void:
	results.append(await reconnect(kept))


func note_rooms(type: String, filter: Dictionary, limit: int) -> void:
	var answer: Answer = await rooms(type, filter, limit)
	results.append(answer.data)


func note_guest(called: String = "") -> void:
	results.append(await guest(called))


# --- instead of the engine's


func _now_ms() -> float:
	return now


func _new_socket(socket_url: String) -> Socket:
	var made := FakeSocket.new()
	made.open(socket_url, Link.PROTOCOL, inbound_buffer_size, outbound_buffer_size)
	sockets.append(made)
	return made


func _new_call() -> Call:
	var made := FakeCall.new()
	var next: Variant = answers.pop_front()
	made.answer = {"status": 200, "json": PLACE} if next == null else next
	calls.append(made)
	return made


func _on_left(code: int, text: String) -> void:
	told.append(["left", code, text])


func _on_dropped(code: int, text: String) -> void:
	told.append(["dropped", code, text])


func _on_reconnected() -> void:
	told.append(["reconnected"])


func _on_travelled(from: String, type: String) -> void:
	told.append(["travelled", from, type])


func _on_message(called: String, data: Variant) -> void:
	told.append([called, data])


func _on_error(code: String, _text: String) -> void:
	told.append(["error", code])
