# SPDX-License-Identifier: MIT
extends RefCounted
# Text in a drawing. Godot 3 has another one of this file.


static func write(canvas: CanvasItem, at: Vector2, text: String, colour: Color) -> void:
	canvas.draw_string(ThemeDB.fallback_font, at, text, HORIZONTAL_ALIGNMENT_LEFT, -1, 14, colour)
