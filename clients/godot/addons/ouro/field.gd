# SPDX-License-Identifier: MIT
extends RefCounted
## A field of entities, and how it is read. docs/state.md, "Fields".

enum Kind { BOOL, UINT, INT, VARUINT, VARINT, FLOAT, FLOAT32, FLOAT64, STRING }

const Bits := preload("bits.gd")
const Said := preload("said.gd")

const KINDS := {
	"bool": Kind.BOOL, "uint": Kind.UINT, "int": Kind.INT, "varuint": Kind.VARUINT, "varint": Kind.VARINT,
	"float": Kind.FLOAT, "float32": Kind.FLOAT32, "float64": Kind.FLOAT64, "string": Kind.STRING,
}
const BITS_MAX := 32

var name := ""
## Not empty: it can't be read, and that is why.
var fault := ""

var _kind: int = Kind.BOOL
var _bits := 0
var _low := 0.0
var _step := 0.0


## As the schema describes it.
func _init(described: Dictionary):
	var type := Said.text(described, "type")
	name = Said.text(described, "name")
	_bits = Said.whole(described, "bits")
	if not KINDS.has(type):
		fault = "a type that this client does not know: %s" % type
		return
	_kind = KINDS[type]
	if _kind in [Kind.UINT, Kind.INT, Kind.FLOAT] and (_bits < 1 or _bits > BITS_MAX):
		fault = "%d bits" % _bits
	elif _kind == Kind.FLOAT:
		_low = Said.number(described, "min")
		_step = (Said.number(described, "max") - _low) / ((1 << _bits) - 1)


func read(reader: Bits) -> Variant:
	match _kind:
		Kind.FLOAT:
			return _low + reader.bits(_bits) * _step
		Kind.UINT:
			return reader.bits(_bits)
		Kind.INT:
			var value := reader.bits(_bits)
			return value - (1 << _bits) if value >> (_bits - 1) else value
		Kind.VARUINT:
			return reader.varint()
		Kind.VARINT:
			return reader.zigzag()
		Kind.BOOL:
			return reader.bits(1) == 1
		Kind.FLOAT32:
			return reader.float32()
		Kind.FLOAT64:
			return reader.float64()
	return reader.text()
