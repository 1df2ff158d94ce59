# SPDX-License-Identifier: MIT
extends "res://addons/ouro/call.gd"
# A call that the test answers, at once: {"status": 200, "json": {...}}; status 0: nobody is there.

var asked := {}
var answer := {}


func start(url: String, body: Variant, token: String, _now: float) -> void:
	# What goes over the wire is a copy.
	asked["url"] = url
	asked["body"] = null if body == null else body.duplicate(true)
	asked["token"] = token


func poll(_now: float) -> void:
	if is_over():
		return
	status = answer["status"]
	if status == 0:
		_fail("no network")
	else:
		_conclude(Platform.to_json(answer["json"]))
