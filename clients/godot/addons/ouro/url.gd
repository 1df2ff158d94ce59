# SPDX-License-Identifier: MIT
extends RefCounted
## The parts of an address: "https://play.example:8443/ouro".

const Platform := preload("platform.gd")

const PORTS := {"http": 80, "https": 443, "ws": 80, "wss": 443}

var scheme := "http"
## As it is written: with the port, if there is one.
var authority := ""
var path := ""


func _init(text: String):
	var rest := text
	var at := text.find("://")
	if at >= 0:
		scheme = text.substr(0, at).to_lower()
		rest = text.substr(at + 3)
	at = rest.find("/")
	authority = rest if at < 0 else rest.substr(0, at)
	path = "" if at < 0 else rest.substr(at)


func is_secure() -> bool:
	return scheme == "https" or scheme == "wss"


func is_valid() -> bool:
	return PORTS.has(scheme) and host() != "" and port() > 0


## Without the brackets that an IPv6 address has.
func host() -> String:
	var at := _colon()
	var name := authority if at < 0 else authority.substr(0, at)
	return name.trim_prefix("[").trim_suffix("]")


func port() -> int:
	var at := _colon()
	return int(PORTS.get(scheme, 0)) if at < 0 else authority.substr(at + 1).to_int()


## The same server and path, for calls over HTTP.
func http() -> String:
	return "%s://%s%s" % ["https" if is_secure() else "http", authority, path]


## Where the WebSocket of a place is that this server names: a path of its own, or another server.
func socket(place: String) -> String:
	var scheme_there := "wss" if is_secure() else "ws"
	if place.begins_with("/"):
		return "%s://%s%s" % [scheme_there, authority, place]
	if place.begins_with("http"): # and https
		return "ws" + place.trim_prefix("http")
	return place


# Of the port; below 0: there is none.
func _colon() -> int:
	var at := authority.find(":", max(0, authority.find("]")))
	return at


## "/rooms/my%20type/join"
static func path_of(parts: Array) -> String:
	var joined := ""
	for part in parts:
		joined += "/" + Platform.url_encode(str(part))
	return joined


## A filter of rooms as parameters of a list: 3, "forest", true, {"min": 2, "max": 5}.
static func query_of(filter: Dictionary, limit: int) -> String:
	var parts := []
	for name in filter:
		parts.append("%s=%s" % [Platform.url_encode(str(name)), Platform.url_encode(_query_value(filter[name]))])
	if limit > 0:
		parts.append("limit=%d" % limit)
	var joined := ""
	for part in parts:
		joined += ("?" if joined == "" else "&") + part
	return joined


static func _query_value(value: Variant) -> String:
	match typeof(value):
		TYPE_NIL:
			return "null"
		TYPE_BOOL:
			return "true" if value else "false"
		TYPE_DICTIONARY:
			return "%s..%s" % [str(value.get("min", "")), str(value.get("max", ""))]
		TYPE_STRING:
			return value if _is_plain(value) else Platform.to_json(value)
	return str(value)


# Others a server would take for something else.
static func _is_plain(text: String) -> bool:
	return text != "" and text[0].to_upper() != text[0].to_lower() and not text in ["true", "false", "null"]
