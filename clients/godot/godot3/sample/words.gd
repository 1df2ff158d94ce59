# SPDX-License-Identifier: MIT
extends Reference
# Text in a drawing.


static func write(canvas: CanvasItem, at: Vector2, text: String, colour: Color) -> void:
	var anybody := Control.new() # knows the font of the theme
	canvas.draw_string(anybody.get_font("font", "Label"), at, text, colour)
	anybody.free()
