# SPDX-License-Identifier: MIT
extends RefCounted
## Close codes of connections. docs/protocol.md, "Close codes".

const LEFT := 4000
const GOING_DOWN := 4001
const FAILED := 4002
const REFUSED := 4003
const REPLACED := 4103
const BROKEN := 1006
const UNREADABLE := 1007

const FINAL := [1002, 1003, UNREADABLE, 1008, 1009, LEFT, GOING_DOWN, FAILED, REFUSED, REPLACED]


## Coming back to the seat is in vain. After all other codes it is held.
static func is_final(code: int) -> bool:
	return code in FINAL
