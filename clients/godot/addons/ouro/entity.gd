# SPDX-License-Identifier: MIT
class_name OuroEntity
extends RefCounted
## Something in the world.

## No other's, until 4,095 have come and gone in its place.
var id := 0
## The name of its type.
var type := ""
## Which fields say where it is: {"x": "x", "y": "y"}.
var axes := {}
## What is known of it, by name; what is not is null.
var fields := {}


## Where it was in the last snapshot; 0 where that is not known. OuroInterpolation has where to draw it.
func place() -> Vector2:
	return Vector2(_on("x"), _on("y"))


func _on(axis: String) -> float:
	var value: Variant = fields.get(axes.get(axis))
	return 0.0 if value == null else float(value)
