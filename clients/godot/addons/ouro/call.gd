# SPDX-License-Identifier: MIT
extends RefCounted
## One call over HTTP, JSON in, JSON out. docs/protocol.md, "HTTP".

const Failure := preload("error.gd")
const Platform := preload("platform.gd")
const Said := preload("said.gd")
const Url := preload("url.gd")

const TIMEOUT_MS := 20000.0
const BODY_BYTES_MAX := 1 << 20

## One of these two is there when it is over.
var json: Variant = null
var error: Failure = null
var status := 0

var _http := HTTPClient.new()
var _path := ""
var _headers := PackedStringArray(["Accept: application/json"])
var _body := ""
var _has_asked := false
var _answer := PackedByteArray()
var _until := 0.0


## `body` null: it is a GET. `token` may be "".
func start(url: String, body: Variant, token: String, now: float) -> void:
	var target := Url.new(url)
	_until = now + TIMEOUT_MS
	_path = target.path
	if body != null:
		_body = Platform.to_json(body)
		_headers.append("Content-Type: application/json")
	if token != "":
		_headers.append("Authorization: Bearer %s" % token)
	if not target.is_valid():
		_fail("that is no address: %s" % url)
	elif Platform.open_http(_http, target.host(), target.port(), target.is_secure()) != OK:
		_fail("the connection could not be begun")


func is_over() -> bool:
	return error != null or json != null


func poll(now: float) -> void:
	if is_over():
		return
	_http.poll()
	match _http.get_status():
		HTTPClient.STATUS_RESOLVING, HTTPClient.STATUS_CONNECTING, HTTPClient.STATUS_REQUESTING:
			pass
		HTTPClient.STATUS_CONNECTED:
			_on_connected()
		HTTPClient.STATUS_BODY:
			_read_body()
		_:
			_on_disconnected()
	if now >= _until and not is_over():
		_fail("no answer came in time")


## It is no longer wanted.
func stop() -> void:
	_http.close()
	if not is_over():
		error = Failure.new("aborted", "it is no longer wanted")


# Before the question, and after an answer.
func _on_connected() -> void:
	if _http.has_response():
		_finish()
	elif _has_asked:
		_fail("the connection was closed before an answer came")
	else:
		_has_asked = true
		var method := HTTPClient.METHOD_GET if _body == "" else HTTPClient.METHOD_POST
		if _http.request(method, _path, _headers, _body) != OK:
			_fail("the question could not be sent")


func _read_body() -> void:
	var length := _http.get_response_body_length()
	while _http.get_status() == HTTPClient.STATUS_BODY:
		var chunk := _http.read_response_body_chunk()
		if chunk.size() == 0:
			break
		_answer.append_array(chunk)
	if _answer.size() > BODY_BYTES_MAX:
		_fail("the answer is too long")
	elif _http.get_status() != HTTPClient.STATUS_BODY or _answer.size() == length:
		_finish()


func _on_disconnected() -> void:
	if _http.has_response():
		_finish()
	else:
		_fail("nobody is there")


func _finish() -> void:
	status = _http.get_response_code()
	_http.close()
	_conclude(_answer.get_string_from_utf8())


func _conclude(text: String) -> void:
	var said: Variant = Platform.from_json(text)
	var is_object := typeof(said) == TYPE_DICTIONARY
	if status < 200 or status >= 300:
		var answer: Dictionary = said if is_object else {}
		var code := Said.text(answer, "code")
		error = Failure.new(code if code != "" else "http_%d" % status, Said.text(answer, "error"))
	elif is_object:
		json = said
	else:
		error = Failure.new("bad_answer", "what answers there is no server of Ouro")


func _fail(why: String) -> void:
	_http.close()
	error = Failure.new("unreachable", "the server can't be reached: %s" % why)
