# SPDX-License-Identifier: MIT
@icon("icon.svg")
class_name OuroClient
extends "room.gd"
## The client of an Ouro server: finds a room, takes a seat in it, and keeps it. One node is in one room at a time.
##
## What is to be awaited becomes null when it went well, else an OuroError:
##
##     var refusal = await client.join_or_create("duel", {"map": "forest"})
##     if refusal:
##         print(refusal.text)

## Very many are joining at this moment: so many are before us.
signal queued(position: int)

const Call := preload("call.gd")
const Entry := preload("entry.gd")
const Socket := preload("socket.gd")

const PREFIX := "/ouro" # where servers have it, if the URL has no path

## "https://play.example", or with the path that the server has for this.
@export var url: String = "http://127.0.0.1:8080"
## What a guest without a token is called.
@export var guest_name: String = ""
## Once per frame. Without, call poll() yourself: often, and while the game is paused, too.
@export var polls_itself: bool = true
## Bytes that may wait between two polls. Messages have up to 64 KiB, which the engine's own limit is too small for.
@export var inbound_buffer_size: int = 1 << 20
@export var outbound_buffer_size: int = 1 << 18

## Who we are to the server: a guest's token (keep it, and the guest stays who it is), or a JWT.
var token := ""

var _entry: Variant = null # Entry, or ReturnToSeat
var _entering: Answer = null
var _calls := [] # [question, answer]


func _init():
	Platform.run_while_paused(self)


func _process(_delta: float) -> void:
	if polls_itself:
		poll()


# --- ways in; `options` are for the room; `more`: {"filter": {...}, "private": true}


## Into the fullest room of that type that fits, else into a new one.
func join_or_create(type: String, options: Dictionary = {}, more: Dictionary = {}) -> Failure:
	return await _join(["rooms", type, "join"], _wanted("join_or_create", options, more))


func join(type: String, options: Dictionary = {}, more: Dictionary = {}) -> Failure:
	return await _join(["rooms", type, "join"], _wanted("join", options, more))


func create(type: String, options: Dictionary = {}, more: Dictionary = {}) -> Failure:
	return await _join(["rooms", type, "join"], _wanted("create", options, more))


## By a room's id, or the code of a private one.
func join_by_id(id: String, options: Dictionary = {}) -> Failure:
	return await _join(["room", id, "join"], {"options": options})


## Back into a seat that this game had before it was started again, by its reconnect_token().
func reconnect(kept: String) -> Failure:
	var seat: Variant = Platform.from_json(kept)
	if typeof(seat) != TYPE_DICTIONARY or not seat.has_all(["url", "reconnect", "seen", "hold_ms"]):
		return await _refuse("bad_token", "that is no token of a seat")
	return await _enter(ReturnToSeat.new(self, seat["url"], seat, 0, _now_ms()))


# --- without a room


## Becomes a guest, or renews the one that we are. `token` and `user` are set then.
func guest(called: String = "") -> Failure:
	var wanted_name := called if called != "" else guest_name
	var answer := _ask_later(_at(["guest"]), {} if wanted_name == "" else {"name": wanted_name})
	await answer.done
	if answer.error == null:
		token = Said.text(answer.data, "token")
		user = Said.text(answer.data, "user")
		user_name = Said.text(answer.data, "name")
	return answer.error


## To be awaited: becomes an OuroAnswer. Its data is [{room, type, seats, seats_max, metadata}], the fullest first.
func rooms(type: String, filter: Dictionary = {}, limit: int = 0) -> Answer:
	var answer := _ask_later(_at(["rooms", type]) + Url.query_of(filter, limit), null)
	await answer.done
	if answer.error == null:
		answer.data = Said.objects(answer.data, "rooms")
	return answer


# --- what the ways in need


## Makes a call, without a `body` a GET.
func ask(http_url: String, body: Variant, now: float) -> Call:
	var question := _new_call()
	question.start(http_url, body, token, now)
	return question


func _wanted(how: String, options: Dictionary, more: Dictionary) -> Dictionary:
	var body := {"how": how, "options": options}
	for member in ["filter", "private"]:
		if more.has(member):
			body[member] = more[member]
	return body


func _join(path: Array, body: Dictionary) -> Failure:
	if token == "" and guest_name != "":
		body["name"] = guest_name
	return await _enter(Entry.new(self, _at(path), body))


# The one way in at a time. Whoever is in a room has to leave it first.
func _enter(way: Variant) -> Failure:
	if has_seat() or _entering != null:
		return await _refuse("busy", "there is a seat already, or one is on its way")
	_entry = way
	_entering = Answer.new()
	var entering := _entering
	await entering.done
	return entering.error


func _refuse(code: String, text: String) -> Failure:
	var answer := Answer.new()
	_calls.append([null, answer])
	await answer.done
	return Failure.new(code, text)


func _poll_entry(now: float) -> void:
	for asked in _calls.duplicate():
		_poll_asked(asked, now)
	if _entry == null:
		return
	var way: Variant = _entry
	way.poll(now)
	if way.link == null and way.error == null:
		return
	var refusal: Failure = way.error if way.error != null else _move_in(way.url, way.link, now)
	if refusal == null:
		_entered(null)
		return
	_seat = {}
	_entered(refusal)


func _entered(refusal: Failure) -> void:
	var entering := _entering
	_entry = null
	_entering = null
	if refusal == null:
		joined.emit()
	else:
		error.emit(refusal.code, refusal.text)
	entering.settle(null, refusal)


func _give_up_entry() -> void:
	if _entry != null:
		_entry.stop() # the next poll tells so


# Calls without a room; without a call the answer is an empty one.
func _ask_later(http_url: String, body: Variant) -> Answer:
	var answer := Answer.new()
	_calls.append([ask(http_url, body, _now_ms()), answer])
	return answer


func _poll_asked(asked: Array, now: float) -> void:
	var question: Call = asked[0]
	var answer: Answer = asked[1]
	if question != null:
		question.poll(now)
		if not question.is_over():
			return
	_calls.erase(asked)
	if question == null:
		answer.settle(null)
	else:
		answer.settle(question.json, question.error)


func _at(path: Array) -> String:
	var base := Url.new(url)
	var prefix := base.path.trim_suffix("/")
	base.path = (prefix if prefix != "" else PREFIX) + Url.path_of(path)
	return base.http()


# --- the engine's, of which a test has others


func _new_socket(socket_url: String) -> Socket:
	var socket := Socket.new()
	socket.open(socket_url, Link.PROTOCOL, inbound_buffer_size, outbound_buffer_size)
	return socket


func _new_call() -> Call:
	return Call.new()
