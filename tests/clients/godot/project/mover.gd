# SPDX-License-Identifier: MIT
extends "res://addons/ouro/prediction.gd"
# Something that moves along a line.


func read_state(p_state: State) -> Variant:
	var me := p_state.entities("me")
	return null if me.is_empty() else me[0].fields["x"]


func step(p_value: Variant, input: Variant) -> Variant:
	return p_value + input


func encode(input: Variant) -> PackedByteArray:
	return PackedByteArray([input])
