# SPDX-License-Identifier: MIT
extends Node2D
# The arena of Snakepit: one world, very many snakes. Start the server (./do play), then this.
# Arrow keys steer, space is faster and costs length, enter begins anew.

const Client := preload("res://addons/ouro/client.gd")
const Interpolation := preload("res://addons/ouro/interpolation.gd")
const SnakeLine := preload("res://sample/snake_line.gd")
const Words := preload("res://sample/words.gd")

const VIEW := Vector2(64, 40) # cells on the screen
const KEYS := [KEY_LEFT, KEY_UP, KEY_RIGHT, KEY_DOWN] # in the order of the ways
const COLOURS := 12
const TRY_AGAIN := "%s killed you: %d points. Enter: once more"

# Whether we have a snake.
var is_alive := false

var _is_asking := false
var _interpolation: Interpolation
var _watched := 0 # the player whom the view follows
var _place := Vector2.ZERO # what the screen's middle shows
var _said := -1 # the last input
var _notice := "connecting ..."

@onready var client: Client = $Client


func _ready() -> void:
	_interpolation = Interpolation.new(client.state)
	client.message_received.connect(_on_message)
	client.dropped.connect(_on_dropped)
	client.reconnected.connect(_on_reconnected)
	client.left.connect(_on_left)
	client.view(VIEW.x + 2 * SnakeLine.TRAIL_CELLS, VIEW.y + 2 * SnakeLine.TRAIL_CELLS)
	var refusal: Client.Failure = await client.join_or_create("arena")
	if refusal != null:
		_notice = refusal.text
	else:
		play()


# Asks for a snake.
func play() -> void:
	if is_alive or _is_asking:
		return
	_is_asking = true
	var answer: Client.Answer = await client.request("play")
	_is_asking = false
	is_alive = answer.error == null
	_notice = "" if is_alive else "%s. Enter: try again" % answer.error.text
	_watched = client.player
	_said = -1


func _on_message(called: String, data: Variant) -> void:
	match called:
		"died":
			is_alive = false
			var who: String = data["by_name"] if data["by"] else "the %s" % data["why"]
			_notice = TRY_AGAIN % [who, data["score"]]
		"watching":
			_watched = int(data["player"])


func _on_dropped(_code: int, _text: String) -> void:
	_notice = "the connection is lost, trying to come back ..."


func _on_reconnected() -> void:
	_notice = ""


func _on_left(_code: int, text: String) -> void:
	is_alive = false
	_notice = "it is over: %s" % text


func _unhandled_input(event: InputEvent) -> void:
	if not event is InputEventKey or not event.is_pressed() or event.is_echo():
		return
	if Input.is_key_pressed(KEY_ENTER):
		play()
	for way in range(KEYS.size()):
		if Input.is_key_pressed(KEYS[way]):
			steer(way)


# Says where to go, if that is new.
func steer(way: int) -> void:
	var input := way | (4 if Input.is_key_pressed(KEY_SPACE) else 0)
	if is_alive and input != _said:
		_said = input
		client.send_input(PackedByteArray([input]))


func _process(_delta: float) -> void:
	if _said >= 0:
		steer(_said & 3) # space may be another now
	queue_redraw()


# --- drawing


func _draw() -> void:
	var tick := _interpolation.frame()
	var all := lines(tick)
	if all.has(_watched):
		_place = all[_watched]["line"][0]
	var screen := get_viewport_rect().size
	var zoom: float = max(screen.x / VIEW.x, screen.y / VIEW.y)
	draw_set_transform(screen / 2.0 - _place * zoom, 0.0, Vector2(zoom, zoom))
	_draw_ground()
	for player in all:
		_draw_snake(all[player])
	draw_set_transform(Vector2.ZERO, 0.0, Vector2.ONE)
	for player in all:
		var head: Vector2 = screen / 2.0 + (all[player]["line"][0] - _place) * zoom
		Words.write(self, head + Vector2(12, -12), all[player]["name"], Color(1, 1, 1, 0.7))
	_draw_words(screen)


# Of each snake whose head is in view: {line, colour, name}, by its player.
func lines(tick: float) -> Dictionary:
	var knots := _knots()
	var all := {}
	for snake in client.state.entities("snake"):
		var fields: Dictionary = snake.fields
		var cells_ahead := SnakeLine.ahead(fields, client.state.tick, tick)
		var behind: Array = knots.get(fields["player"], [])
		var line := SnakeLine.body(snake.place(), fields["way"], cells_ahead, fields["trail"], behind, fields["length"])
		all[fields["player"]] = {"line": line, "colour": fields["colour"], "name": fields["name"]}
	return all


# Places by player, the latest first.
func _knots() -> Dictionary:
	var numbered := {}
	for knot in client.state.entities("knot"):
		var player: int = knot.fields["player"]
		if not numbered.has(player):
			numbered[player] = []
		numbered[player].append([knot.fields["number"], knot.place()])
	for player in numbered:
		numbered[player].sort_custom(_is_later)
		var places := []
		for knot in numbered[player]:
			places.append(knot[1])
		numbered[player] = places
	return numbered


func _is_later(a: Array, b: Array) -> bool:
	return a[0] > b[0]


func _draw_ground() -> void:
	var arena: Dictionary = client.welcome.get("arena", {})
	draw_rect(Rect2(-0.5, -0.5, arena.get("width", 0), arena.get("height", 0)), Color(0.07, 0.1, 0.14))
	for food in client.state.entities("food"):
		draw_circle(food.place(), 0.2 + 0.02 * food.fields["value"], Color(0.95, 0.85, 0.4))


func _draw_snake(snake: Dictionary) -> void:
	var colour := Color.from_hsv(float(snake["colour"]) / COLOURS, 0.65, 0.9)
	var line: Array = snake["line"]
	for i in range(line.size() - 1):
		draw_line(line[i], line[i + 1], colour, 0.8)
		draw_circle(line[i + 1], 0.4, colour)
	draw_circle(line[0], 0.55, colour.lightened(0.3))


func _draw_words(screen: Vector2) -> void:
	var leaders: Array = client.state.entities("leader")
	leaders.sort_custom(_is_above)
	for i in range(leaders.size()):
		var leader: Dictionary = leaders[i].fields
		Words.write(self, Vector2(screen.x - 220, 30 + 18 * i), "%d  %s  %d" % [leader["rank"], leader["name"], leader["score"]], Color(1, 1, 1))
	Words.write(self, Vector2(20, 30), _notice, Color(1, 1, 1))


func _is_above(a: Object, b: Object) -> bool:
	return a.fields["rank"] < b.fields["rank"]
