# SPDX-License-Identifier: MIT
extends "res://case.gd"

const Bits := preload("res://addons/ouro/bits.gd")


func test_vectors() -> void:
	var vectors: Variant = await ask("/vectors/bits")
	for case in vectors["cases"]:
		var reader := Bits.new(bytes_of(case["hex"]))
		for read in case["reads"]:
			equal(_read(reader, read), int(read["value"]), case["name"])
		ok(not reader.failed, case["name"])


func _read(reader: Bits, read: Dictionary) -> int:
	match read["kind"]:
		"bits":
			return reader.bits(int(read["bits"]))
		"varint":
			return reader.varint()
	return reader.zigzag()


func test_beyond_the_end_is_nothing_for_good() -> void:
	var reader := Bits.new(PackedByteArray([0xff, 0xff]))
	equal(reader.bits(17), 0)
	ok(reader.failed, "failed")
	equal(reader.bits(1), 0)
	equal(reader.left(), 0)


func test_a_varint_of_ten_groups_is_the_longest() -> void:
	equal(Bits.new(bytes_of("ffffffffffffffffff01")).varint(), -1)
	equal(Bits.new(bytes_of("ffffffffffffffff7f")).varint(), 0x7fffffffffffffff)
	for hex in ["ffffffffffffffffff02", "ffffffffffffffffffff01"]:
		var reader := Bits.new(bytes_of(hex))
		equal(reader.varint(), 0)
		ok(reader.failed, hex)


func test_zigzag_has_all_of_64_bits() -> void:
	equal(Bits.new(bytes_of("ffffffffffffffffff01")).zigzag(), -0x7fffffffffffffff - 1)
	equal(Bits.new(bytes_of("feffffffffffffffff01")).zigzag(), 0x7fffffffffffffff)


func test_text_from_any_bit_on() -> void:
	equal(Bits.new(bytes_of("06c3a9f09f908d")).text(), "\u00e9" + Bits.new(bytes_of("04f09f908d")).text())
	var reader := Bits.new(bytes_of("090803"))
	equal(reader.bits(3), 1)
	equal(reader.text(), "a")
	ok(not reader.failed, "all is there")


func test_a_text_that_is_longer_than_what_is_there_is_none() -> void:
	var reader := Bits.new(bytes_of("0461"))
	equal(reader.text(), "")
	ok(reader.failed, "failed")


func test_a_part_is_read_as_if_it_were_all() -> void:
	var reader := Bits.new(bytes_of("ff01020304"), 1, 3)
	equal(reader.bits(8), 1)
	equal([reader.position(), reader.left()], [2, 1])
	equal(reader.bits(8), 2)
	equal(reader.bits(1), 0)
	ok(reader.failed, "failed")


func test_floats_to_the_bit() -> void:
	equal(Bits.new(bytes_of("cdcccc3d")).float32(), 0.10000000149011612)
	equal(Bits.new(bytes_of("182d4454fb210940")).float64(), 3.141592653589793)
	ok(is_nan(Bits.new(bytes_of("0000c07f")).float32()), "NaN")


func test_inputs() -> void:
	var vectors: Variant = await ask("/vectors/inputs")
	for case in vectors["cases"]:
		var message := Bits.with_varint(PackedByteArray([1]), int(case["sequence"]))
		message = Bits.with_varint(message, int(case["tick"]))
		message.append_array(bytes_of(case["payload"]))
		equal(message, bytes_of(case["message"]))
