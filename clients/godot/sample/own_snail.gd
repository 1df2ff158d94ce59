# SPDX-License-Identifier: MIT
extends "res://addons/ouro/prediction.gd"
# Where our snail is, without waiting for the server: the rule is that of examples/23_world.c, creep().

const SIZE := 409.5


# Ours is the one whose dream we know.
func read_state(p_state: State) -> Variant:
	for snail in p_state.entities("snail"):
		if snail.fields["dream"] != null:
			return snail.place()
	return null


func step(p_value: Variant, input: Variant) -> Variant:
	return Vector2(clamp(p_value.x + input.x, 0.0, SIZE), clamp(p_value.y + input.y, 0.0, SIZE))


# Two bytes with a sign.
func encode(input: Variant) -> PackedByteArray:
	return PackedByteArray([int(input.x) & 0xff, int(input.y) & 0xff])
