# SPDX-License-Identifier: MIT
extends RefCounted
## From the wish to be in a room to its link: asks for a seat over HTTP until there is one (too many may be joining at
## this moment, then there is a queue), and takes it.

const Call := preload("call.gd")
const Failure := preload("error.gd")
const Link := preload("link.gd")
const Said := preload("said.gd")
const TakeSeat := preload("take_seat.gd")
const Url := preload("url.gd")

## One of these two is set when it is over.
var link: Link = null
var error: Failure = null
## Where the link leads to.
var url := ""

var _client: Node # makes calls, opens links, tells where we are in the queue
var _http_url := ""
var _body: Dictionary
var _call: Call = null
var _ask_at := 0.0
var _way: TakeSeat = null


func _init(client: Node, http_url: String, body: Dictionary):
	_client = client
	_http_url = http_url
	_body = body


func poll(now: float) -> void:
	if link != null or error != null:
		return
	if _way != null:
		_poll_way(now)
	elif _call != null:
		_poll_call(now)
	elif now >= _ask_at:
		_call = _client.ask(_http_url, _body, now)


## It is no longer wanted.
func stop() -> void:
	if _call != null:
		_call.stop()
	if _way != null:
		_way.stop()
	if error == null:
		error = Failure.new("aborted", "it is no longer wanted")


func _poll_call(now: float) -> void:
	_call.poll(now)
	if not _call.is_over():
		return
	var question := _call
	_call = null
	if question.error != null:
		error = question.error
	elif question.status == 202 and typeof(question.json.get("queue")) == TYPE_DICTIONARY:
		_queue(question.json["queue"], now)
	else:
		_take(question.json, now)


func _queue(queue: Dictionary, now: float) -> void:
	var retry_ms := Said.number(queue, "retry_ms")
	if retry_ms <= 0.0:
		error = _not_ours()
		return
	_body["queue"] = queue.get("token")
	_ask_at = now + retry_ms
	_client.queued.emit(Said.whole(queue, "position"))


func _take(place: Dictionary, now: float) -> void:
	if typeof(place.get("token")) != TYPE_STRING or Said.number(place, "expires_ms") <= 0.0:
		error = _not_ours()
		return
	url = Url.new(_http_url).socket(Said.text(place, "url"))
	_way = TakeSeat.new(_client, url, place, now)


func _not_ours() -> Failure:
	return Failure.new("bad_answer", "what answers there is no server of Ouro")


func _poll_way(now: float) -> void:
	_way.poll(now)
	link = _way.link
	error = _way.error
