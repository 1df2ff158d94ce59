# SPDX-License-Identifier: MIT
extends Node
## A seat in a room, from joining to leaving, over as many connections as that takes. room.gd adds what is said in it,
## OuroClient the ways in.
##
##             +-- dropped --> tries to come back --> reconnected --+
##   joined -> | online <-------------------------------------------+
##             |    +-- travelled: the same seat is in another room then
##             +-- left: for good

## The seat is taken. What the room has to say follows.
signal joined
## It is over: `code` is a close code of docs/protocol.md.
signal left(code: int, text: String)
## The connection is lost, and it tries to come back.
signal dropped(code: int, text: String)
## It is back. Events that were missed follow.
signal reconnected
## It is in another room now; that is where it was.
signal travelled(room: String, type: String)
## The server did not like something, or said what can't be read.
signal error(code: String, text: String)

const Clock := preload("clock.gd")
const Codes := preload("codes.gd")
const Failure := preload("error.gd")
const Link := preload("link.gd")
const Platform := preload("platform.gd")
const Requests := preload("requests.gd")
const ReturnToSeat := preload("return_to_seat.gd")
const Said := preload("said.gd")
const Schema := preload("schema.gd")
const State := preload("state.gd")
const TakeSeat := preload("take_seat.gd")
const Url := preload("url.gd")

const PING_EVERY_MS := 2000.0
const SILENT_MS := 8000.0 # a ping without an answer for so long: the connection is dead
const STEADY_MS := 5000.0 # a connection that was shorter was no good: the next one waits a little
const SEEN_EVERY := 32 # events; more often than pings if there are many
const LEAVE_MS := 2000.0

var room_id := ""
## Of a private room: to be told to friends.
var room_code := ""
var room_type := ""
var session := ""
## Who we are: the id, the name, and the number in this room.
var user := ""
var user_name := ""
var player := 0
## How long a tick is. 0: the room has no rhythm.
var tick_ms := 0.0
## All that the last welcome said: rooms may say more in it than is told here.
var welcome := {}
## What the room shows of its world.
var state := State.new()
var clock := Clock.new()

var _link: Link = null
var _url := ""
var _seat := {} # {reconnect, seen, hold_ms}; empty: there is none
var _way_back: ReturnToSeat = null
var _way_there: TakeSeat = null # to travels[0]
var _travels := [] # places that we were sent to
var _lost := {} # {code, text, at} of the connection before, until there is another
var _attempt := -1 # how often it came back from connections that did not last
var _attached_at := 0.0
var _is_leaving := false
var _leave_at := 0.0
var _pulse_at := 0.0
var _asked_at := 0.0 # the first ping that nothing was heard after
var _unsaid := 0 # events since `seen` was told
var _sequence := 0 # of inputs
var _wishes := {} # type -> message, for each new connection
var _requests := Requests.new()


# --- here, and away


func has_seat() -> bool:
	return not _seat.is_empty()


## Is there a connection at this moment?
func is_online() -> bool:
	return _link != null


## Gives the seat back. `left` follows in a later poll().
func leave() -> void:
	if not has_seat():
		_give_up_entry()
		return
	_is_leaving = true
	var will_be_answered := _say({"type": "leave"}) and _travels.is_empty()
	_leave_at = _now_ms() + (LEAVE_MS if will_be_answered else 0.0) # a dead network would not answer


# --- what goes on; OuroClient does this once per frame


## Looks at what has come, and at the time.
func poll() -> void:
	var now := _now_ms()
	_poll_entry(now)
	if _is_leaving and now >= _leave_at:
		_end(Codes.LEFT, "left")
	_poll_link(now)
	_poll_way_there(now)
	_poll_way_back(now)
	if _link != null and now >= _pulse_at:
		_pulse(now)
	_requests.poll(now)


func _poll_link(now: float) -> void:
	var link := _link
	if link == null:
		return
	link.poll(now)
	while _link == link: # what is told may change that
		var message: Variant = link.next()
		if message == null:
			break
		_take(message, now)
	if _link == link and link.is_over():
		_lose(link.close_code, link.close_text, now)


# For OuroClient.
func _poll_entry(_now: float) -> void:
	pass


func _give_up_entry() -> void:
	pass


func _now_ms() -> float:
	return Platform.now_ms()


# --- a connection


# The link is into a seat that is new to us. What is returned is why it can't be, or null.
func _move_in(url: String, link: Link, now: float) -> Failure:
	_url = url
	_seat = {"seen": Said.whole(link.welcome, "seen")}
	_sequence = 0
	_is_leaving = false
	clock.begin(Said.number(link.welcome, "now_ms"), now)
	state.clear()
	return _attach(link, now)


func _attach(link: Link, now: float) -> Failure:
	var refusal := _take_schema(link)
	if refusal != null:
		return refusal
	_read_welcome(link.welcome)
	_link = link
	_lost = {}
	_attached_at = now
	_asked_at = -INF
	_pulse(now) # says something, and so the token before is no longer good
	for wish in _wishes.values():
		_say(wish)
	return null


func _read_welcome(said: Dictionary) -> void:
	welcome = said
	_seat["reconnect"] = Said.text(welcome, "reconnect")
	_seat["hold_ms"] = Said.whole(welcome, "hold_ms")
	room_id = Said.text(welcome, "room")
	room_code = Said.text(welcome, "code")
	room_type = Said.text(welcome, "room_type")
	session = Said.text(welcome, "session")
	user = Said.text(welcome, "user")
	user_name = Said.text(welcome, "name")
	player = Said.whole(welcome, "player")
	tick_ms = Said.number(welcome, "tick_ms")
	state.tick_ms = tick_ms


# The server leaves the types out if we have said that we know them.
func _take_schema(link: Link) -> Failure:
	var told := Said.object(link.welcome, "schema")
	if told.is_empty():
		if state.schema != null:
			state.set_schema(null)
		return null
	if told.has("types"):
		var schema := Schema.new(told)
		if schema.fault != "":
			link.drop()
			return Failure.new("schema", schema.fault, Codes.UNREADABLE)
		state.set_schema(schema)
	return null


func _say(message: Dictionary) -> bool:
	return _link != null and _link.send(message)


# Judges by the age of what is unanswered, not by counting: a game that is not looked at is polled late.
func _pulse(now: float) -> void:
	if _link.heard_at >= _asked_at:
		_asked_at = now
	elif now - _asked_at > SILENT_MS:
		_lose(Codes.BROKEN, "nothing was heard any more", now)
		return
	_unsaid = 0
	_pulse_at = now + PING_EVERY_MS
	_say({"type": "ping", "t0": int(now * 1000.0), "seen": _seat["seen"]})


func _let_go() -> void:
	if _link != null:
		_link.drop()
	_link = null
	_requests.fail_all()


## Opens a connection, for the ways into a seat.
func dial(url: String, hello: Dictionary, now: float) -> Link:
	if state.schema != null:
		hello["schema"] = state.schema.id
	return Link.new(_new_socket(url), hello, now)


# For OuroClient.
func _new_socket(_socket_url: String) -> Link.Socket:
	return null


# --- what comes


# For room.gd: a Dictionary, or bytes.
func _take(_message: Variant, _now: float) -> void:
	pass


# Each number counts once, over whatever connection it comes.
func _is_new(event: Dictionary) -> bool:
	var n := Said.whole(event, "n")
	if not has_seat() or n <= _seat["seen"]:
		return false
	_seat["seen"] = n
	_unsaid += 1
	if _unsaid >= SEEN_EVERY:
		_unsaid = 0
		_say({"type": "seen", "n": n})
	return true


# --- coming back


func _lose(code: int, text: String, now: float) -> void:
	if _link == null:
		return # it was let go meanwhile
	_let_go()
	_lost = {"code": code, "text": text, "at": now}
	if _is_leaving:
		_end(Codes.LEFT, "left")
	elif _travels.is_empty():
		_come_back(now)


func _come_back(now: float) -> void:
	var code: int = _lost["code"]
	var text: String = _lost["text"]
	if Codes.is_final(code) or _seat["hold_ms"] == 0:
		_end(code, text)
		return
	_attempt = 0 if _lost["at"] - _attached_at > STEADY_MS else _attempt + 1
	_way_back = ReturnToSeat.new(self, _url, _seat, _attempt, now)
	dropped.emit(code, text)


func _poll_way_back(now: float) -> void:
	if _way_back == null:
		return
	var way := _way_back
	way.poll(now)
	if way.link == null and way.error == null:
		return
	_way_back = null
	var refusal := way.error if way.error != null else _attach(way.link, now)
	if refusal != null:
		_end(refusal.close_code, refusal.text)
	else:
		reconnected.emit()


# --- travel


# One after the other. The connection that we have stays until the new one has its welcome: the server closes it
# then, and that may be noticed before.
func _take_travel(place: Dictionary, now: float) -> void:
	if not _is_new(place):
		return
	_travels.append(place)
	if _travels.size() == 1:
		_set_out(now)


func _set_out(now: float) -> void:
	_way_there = TakeSeat.new(self, Url.new(_url).socket(Said.text(_travels[0], "url")), _travels[0], now)


func _poll_way_there(now: float) -> void:
	if _way_there == null:
		return
	var way := _way_there
	way.poll(now)
	if way.link == null and way.error == null:
		return
	_way_there = null
	_travels.pop_front()
	if not _travels.is_empty():
		_set_out(now)
	if way.link != null:
		_arrive(way, now)
	else:
		error.emit("travel", way.error.text) # we stay where we are
	if has_seat() and _travels.is_empty() and not _lost.is_empty():
		_come_back(now)


func _arrive(way: TakeSeat, now: float) -> void:
	var from_room := room_id
	var from_type := room_type
	_let_go()
	var refusal := _move_in(way.url, way.link, now)
	if refusal != null:
		_end(refusal.close_code, refusal.text)
	else:
		travelled.emit(from_room, from_type)


# --- the end


func _end(code: int, text: String) -> void:
	if not has_seat():
		return
	_seat = {}
	_let_go()
	for way in [_way_back, _way_there]:
		if way != null:
			way.stop()
	_way_back = null
	_way_there = null
	_travels = []
	_lost = {}
	_attempt = -1
	_is_leaving = false
	left.emit(code, text)
