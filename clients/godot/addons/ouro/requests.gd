# SPDX-License-Identifier: MIT
extends RefCounted
## Questions that wait for their answers.

const Answer := preload("answer.gd")
const Failure := preload("error.gd")
const Said := preload("said.gd")

const ID_MAX := 0xffffffff

var _open := {} # id -> [answer, until]
var _hopeless := [] # answers of questions that were not sent, or of a connection that is gone
var _last_id := 0


## For the next question.
func new_id() -> int:
	_last_id = (_last_id + 1) & ID_MAX
	return _last_id


## A question that was sent, or was not.
func add(id: int, was_sent: bool, until: float) -> Answer:
	var answer := Answer.new()
	if was_sent:
		_open[id] = [answer, until]
	else:
		_hopeless.append(answer)
	return answer


func take(response: Dictionary) -> void:
	var id := Said.whole(response, "id")
	if not _open.has(id):
		return
	var answer: Answer = _open[id][0]
	_open.erase(id)
	var error: Variant = response.get("error")
	if typeof(error) == TYPE_DICTIONARY:
		answer.settle(null, Failure.new(Said.text(error, "code"), Said.text(error, "text")))
	else:
		answer.settle(response.get("data"))


## Their connection is gone, and nobody knows what became of them. That is told by the next poll().
func fail_all() -> void:
	for open in _open.values():
		_hopeless.append(open[0])
	_open = {}


func poll(now: float) -> void:
	var hopeless := _hopeless
	_hopeless = []
	for answer in hopeless:
		answer.settle(null, Failure.new("disconnected", "there is no connection now, or it was lost before an answer came"))
	for id in _open.keys():
		if _open.has(id) and now >= _open[id][1]:
			var answer: Answer = _open[id][0]
			_open.erase(id)
			answer.settle(null, Failure.new("timeout", "no answer came in time"))
