# SPDX-License-Identifier: MIT
extends RefCounted
## Members of what a server has said, as what they ought to be: whoever it is, it can't make a script fail.


## 0, if it is no number.
static func number(message: Dictionary, member: String) -> float:
	var value: Variant = message.get(member)
	return float(value) if typeof(value) == TYPE_FLOAT or typeof(value) == TYPE_INT else 0.0


static func whole(message: Dictionary, member: String) -> int:
	return int(number(message, member))


## "", if it is no text.
static func text(message: Dictionary, member: String) -> String:
	var value: Variant = message.get(member)
	return value if typeof(value) == TYPE_STRING else ""


## {}, if it is no object.
static func object(message: Dictionary, member: String) -> Dictionary:
	var value: Variant = message.get(member)
	return value if typeof(value) == TYPE_DICTIONARY else {}


## Those of an array that are objects.
static func objects(message: Dictionary, member: String) -> Array:
	var found := []
	var value: Variant = message.get(member)
	if typeof(value) == TYPE_ARRAY:
		for item in value:
			if typeof(item) == TYPE_DICTIONARY:
				found.append(item)
	return found
