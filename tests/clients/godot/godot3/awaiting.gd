# SPDX-License-Identifier: MIT
extends Reference


static func run(node: Node, method: String) -> void:
	var outcome = node.call(method)
	if outcome is GDScriptFunctionState:
		yield(outcome, "completed")
	else:
		yield(node.get_tree(), "idle_frame")
