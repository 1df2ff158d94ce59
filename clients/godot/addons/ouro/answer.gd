# SPDX-License-Identifier: MIT
class_name OuroAnswer
extends RefCounted
## What becomes of a question: data, or an error.

## Never emitted in the call that asked: always by a later poll().
signal done

const Failure := preload("error.gd")

## What was answered; null if there is an error.
var data: Variant = null
## Why there is no answer; null if there is one.
var error: Failure = null
var is_done := false


func settle(p_data: Variant, p_error: Failure = null) -> void:
	if is_done:
		return
	is_done = true
	data = p_data
	error = p_error
	done.emit()
