# SPDX-License-Identifier: MIT
class_name OuroPrediction
extends RefCounted
## One's own movement without waiting for the server: inputs are applied here at once, and each
## snapshot says which of them it includes. From there the rest is applied again.
##
##   sent        17  18  19  20
##   snapshot    includes 18           value = _step(_step(snapshot, 19), 20)
##
## Extend this script, say in read_state(), step() and encode() what the rules of your game are, and call follow().

const State := preload("state.gd")

const PENDING_MAX := 256 # more are not waited for: the connection is gone

## What is to be shown: the server's word, and what is not in it yet. Null before the first snapshot.
var value: Variant = null

var _client: Node
var _pending := [] # {sequence, input}


## Begins. `client` is an OuroClient.
func follow(client: Node) -> void:
	_client = client
	client.state_changed.connect(_on_state_changed)
	client.travelled.connect(_on_travelled)
	client.reconnected.connect(_on_reconnected)


## The server's word on what is predicted, as a value of its own (no array or dictionary that is changed later), or null.
func read_state(_state: State) -> Variant:
	return null


## What the rules make of the value.
func step(p_value: Variant, _input: Variant) -> Variant:
	return p_value


## The input's bytes, up to 64.
func encode(_input: Variant) -> PackedByteArray:
	return PackedByteArray()


## Sends an input, and applies it.
func push(input: Variant) -> void:
	_pending.append({"sequence": _client.send_input(encode(input)), "input": input})
	if _pending.size() > PENDING_MAX:
		_pending.pop_front()
	if value != null:
		value = step(value, input)


func _on_state_changed(state: State) -> void:
	while not _pending.is_empty() and _pending[0]["sequence"] <= state.input:
		_pending.pop_front()
	value = read_state(state)
	if value != null:
		for sent in _pending:
			value = step(value, sent["input"])


# What the room before was told is nothing to this one.
func _on_travelled(_room: String, _type: String) -> void:
	_pending = []


# What has not come until now never will.
func _on_reconnected() -> void:
	_pending = []
