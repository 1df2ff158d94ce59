# SPDX-License-Identifier: MIT
extends RefCounted
## What the server says of the entities' types and fields, made ready for reading. docs/state.md, "The schema".

const Field := preload("field.gd")
const Said := preload("said.gd")

const FIELDS_MAX := 32 # of a type


class Type:
	var name := ""
	## Which fields say where it is: {"x": "x", "y": "y"}.
	var axes := {}
	var fields := []


var types := []
## What is said to the server, so that it need not send this again.
var id := ""
## Not empty: it can't be used, and that is why.
var fault := ""


## As it comes from the server.
func _init(schema: Dictionary):
	id = Said.text(schema, "hash")
	for type in Said.objects(schema, "types"):
		types.append(_compile_type(type))


func _compile_type(described: Dictionary) -> Type:
	var type := Type.new()
	type.name = Said.text(described, "name")
	for field in Said.objects(described, "fields"):
		_compile_field(type, field)
	if type.fields.size() > FIELDS_MAX:
		fault = "the server's schema has a type of too many fields: %s" % type.name
	return type


func _compile_field(type: Type, described: Dictionary) -> void:
	var field := Field.new(described)
	type.fields.append(field)
	if described.has("axis"):
		type.axes[described["axis"]] = field.name
	if field.fault != "":
		fault = "the server's schema has the field %s.%s of %s" % [type.name, field.name, field.fault]
