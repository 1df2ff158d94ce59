# SPDX-License-Identifier: MIT
class_name OuroError
extends RefCounted
## What a server refused, or why a connection ended.

## For programs: one of the protocol ("full", "timeout", "disconnected", ...), or the digits of a close code.
var code := ""
## For people.
var text := ""
## If it was the end of a connection: its close code, else 0.
var close_code := 0


func _init(p_code: String, p_text: String, p_close_code: int = 0):
	code = p_code
	text = p_text
	close_code = p_close_code


func _to_string() -> String:
	return "%s: %s" % [code, text]
