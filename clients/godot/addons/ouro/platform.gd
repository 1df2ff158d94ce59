# SPDX-License-Identifier: MIT
extends RefCounted
## What Godot 3 and Godot 4 call by different names. Godot 3 has another one of this file.


## The local clock, which never goes backwards.
static func now_ms() -> float:
	return Time.get_ticks_usec() / 1000.0


static func to_json(value: Variant) -> String:
	return JSON.stringify(value)


## Null, if that is no JSON.
static func from_json(text: String) -> Variant:
	var json := JSON.new()
	return json.data if json.parse(text) == OK else null


static func url_encode(text: String) -> String:
	return text.uri_encode()


static func open_http(http: HTTPClient, host: String, port: int, is_secure: bool) -> int:
	return http.connect_to_host(host, port, TLSOptions.client() if is_secure else null)


## A connection has to be looked after while the game is paused, too.
static func run_while_paused(node: Node) -> void:
	node.process_mode = Node.PROCESS_MODE_ALWAYS


## 0 to 1.
static func chance() -> float:
	return randf()
