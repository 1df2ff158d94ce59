# SPDX-License-Identifier: MIT
extends Reference
## What Godot 3 and Godot 4 call by different names.


## The local clock, which never goes backwards.
static func now_ms() -> float:
	return OS.get_ticks_usec() / 1000.0


static func to_json(value) -> String:
	return JSON.print(value)


## Null, if that is no JSON.
static func from_json(text: String):
	var parsed := JSON.parse(text)
	return parsed.result if parsed.error == OK else null


static func url_encode(text: String) -> String:
	return text.percent_encode()


static func open_http(http: HTTPClient, host: String, port: int, is_secure: bool) -> int:
	return http.connect_to_host(host, port, is_secure)


## A connection has to be looked after while the game is paused, too.
static func run_while_paused(node: Node) -> void:
	node.pause_mode = Node.PAUSE_MODE_PROCESS


## 0 to 1. Not randf(), which is the game's, and says the same each time until it is told not to.
static func chance() -> float:
	var dice := RandomNumberGenerator.new()
	dice.randomize()
	return dice.randf()
