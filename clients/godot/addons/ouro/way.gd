# SPDX-License-Identifier: MIT
extends RefCounted
## A way into a seat: tries, and tries again, until there is a link or an error. Of the two that there are, take_seat.gd
## is the first time, return_to_seat.gd each later one.

const Codes := preload("codes.gd")
const Failure := preload("error.gd")
const Link := preload("link.gd")
const Platform := preload("platform.gd")

const RETRY_FIRST_MS := 500.0
const RETRY_MAX_MS := 10000.0

## One of these two is set when it is over.
var link: Link = null
var error: Failure = null
## Where the link leads to.
var url := ""

var _client: Node # opens links, by dial(url, hello, now)
var _attempt := 0
var _until := 0.0
var _next_at := 0.0
var _trying: Link = null


func poll(now: float) -> void:
	if link != null or error != null:
		return
	if _trying == null:
		if now < _next_at:
			return
		_trying = _client.dial(url, _hello(), now)
	_trying.poll(now)
	if not _trying.welcome.is_empty():
		link = _trying
		_trying = null
	elif _trying.is_over():
		_try_again(now)


## It is no longer wanted: if there was a seat, it is given back.
func stop() -> void:
	if _trying != null:
		_trying.leave()
	if error == null:
		error = Failure.new("aborted", "it is no longer wanted")


## How long to wait before that try: not at all, then doubling, half of it by chance, so that a thousand players don't
## come back in the same instant.
static func backoff_ms(attempt: int) -> float:
	if attempt == 0:
		return 0.0
	var full: float = min(RETRY_MAX_MS, RETRY_FIRST_MS * pow(2.0, attempt - 1))
	return full / 2.0 + full / 2.0 * Platform.chance()


func _try_again(now: float) -> void:
	var failed := _trying
	_trying = null
	error = _final_error(failed.close_code, failed.close_text, now)
	_attempt += 1
	_wait(now)


func _wait(now: float) -> void:
	_next_at = now + clamp(backoff_ms(_attempt), 0.0, max(0.0, _until - now))


# --- for those that extend this


# What to say in this attempt.
func _hello() -> Dictionary:
	return {}


# Null: that a connection has ended so is no reason to give up.
func _final_error(code: int, text: String, _now: float) -> Failure:
	return Failure.new(str(code), text, code)
