# SPDX-License-Identifier: MIT
extends RefCounted
## What goes with an entity. Sets of fields are masks, the first field's bit is the lowest.

const Entity := preload("entity.gd")
const Schema := preload("schema.gd")

const NOWHERE := -1

var entity: Entity
var type: Schema.Type
var known := 0
var is_new := true # nobody has been told of it
var before := {} # fields as they were before this snapshot
# Its place, per audience: a channel, and the fields that came from there.
var channels := [NOWHERE, NOWHERE, NOWHERE]
var masks := [0, 0, 0]
