# SPDX-License-Identifier: MIT
extends Node
# Runs each test_ of the cases, one after the other, and prints what became of them, a line each:
#
#     ok bits/test_varint
#     not ok bits/test_text: 3 and not 4
#     done 2

const Case := preload("case.gd")
const Awaiting := preload("awaiting.gd")
const Settings := preload("settings.gd")

var _ended := 0
var _current: Node = null
var _name := ""
var _since := 0.0


func _ready() -> void:
	for case_name in Settings.CASES:
		await _run_case(case_name)
	print("done %d" % _ended)
	get_tree().quit()


# One that hangs is given up, and with it the others: whatever it waits for is still going on.
func _process(delta: float) -> void:
	_since += delta
	if _since > Settings.LIMIT_S and _current != null:
		_tell(["it did not end; the last that it said: %s" % _current.last_note])
		get_tree().quit()
		_current = null


func _run_case(case_name: String) -> void:
	var script: Script = load("res://cases/%s.gd" % case_name)
	for method in Case.names_of(script):
		_name = "%s/%s" % [case_name, method]
		_since = 0.0
		_current = script.new()
		add_child(_current)
		await Awaiting.run(_current, method)
		_tell(["it looked at nothing"] if _current.checks == 0 else _current.faults)
		await get_tree().process_frame # it may have ended in what one of its nodes does
		_current.free()
		_current = null


func _tell(faults: Array) -> void:
	_ended += 1
	print("ok %s" % _name if faults.is_empty() else "not ok %s: %s" % [_name, str(faults)])
