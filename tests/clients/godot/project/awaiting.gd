# SPDX-License-Identifier: MIT
extends RefCounted
# Godot 3 has another one of this file: there it matters whether a method has waited for something.


static func run(node: Node, method: String) -> void:
	await node.call(method)
