# SPDX-License-Identifier: MIT
extends Node2D
# Snails in a world that is larger than the screen. Start the server, then this; the arrow keys creep:
#
#     build/release/bin/examples/23_world --listen 127.0.0.1:8080

const Client := preload("res://addons/ouro/client.gd")
const Interpolation := preload("res://addons/ouro/interpolation.gd")
const OwnSnail := preload("res://sample/own_snail.gd")

const VIEW := 120.0 # of the world, on the screen
const STEP := 5 # of a snail in a tick
const SNAIL := 2.0

var own := OwnSnail.new()

var _interpolation: Interpolation

@onready var client: Client = $Client
@onready var notice := $Notice


func _ready() -> void:
	_interpolation = Interpolation.new(client.state)
	own.follow(client)
	client.state_changed.connect(_on_state_changed)
	client.dropped.connect(_on_dropped)
	client.reconnected.connect(_on_reconnected)
	client.left.connect(_on_left)
	client.view(VIEW, VIEW)
	var refusal: Client.Failure = await client.join_or_create("world")
	notice.text = "" if refusal == null else refusal.text


func _process(_delta: float) -> void:
	_interpolation.frame()
	queue_redraw()


# An input for each tick, not for each frame: it is the server's rhythm that counts.
func _on_state_changed(_state: Object) -> void:
	var way := Vector2.ZERO
	if Input.is_key_pressed(KEY_LEFT):
		way.x -= STEP
	if Input.is_key_pressed(KEY_RIGHT):
		way.x += STEP
	if Input.is_key_pressed(KEY_UP):
		way.y -= STEP
	if Input.is_key_pressed(KEY_DOWN):
		way.y += STEP
	if way != Vector2.ZERO:
		own.push(way)


func _on_dropped(_code: int, _text: String) -> void:
	notice.text = "the connection is lost, trying to come back ..."


func _on_reconnected() -> void:
	notice.text = ""


func _on_left(_code: int, text: String) -> void:
	notice.text = "it is over: %s" % text


func _draw() -> void:
	var screen := get_viewport_rect().size
	var zoom: float = min(screen.x, screen.y) / VIEW
	if own.value != null:
		draw_set_transform(screen / 2.0 - own.value * zoom, 0.0, Vector2(zoom, zoom))
		draw_rect(Rect2(0, 0, OwnSnail.SIZE, OwnSnail.SIZE), Color(0.12, 0.18, 0.12))
		for snail in client.state.entities("snail"):
			_draw_snail(snail)


func _draw_snail(snail: Object) -> void:
	var is_own: bool = snail.fields["dream"] != null
	var place: Vector2 = own.value if is_own else _interpolation.at(snail)
	var hue: float = snail.fields["hue"] / 255.0
	draw_circle(place, SNAIL, Color.from_hsv(hue, 0.7, 0.9))
	draw_line(place, place + Vector2(SNAIL * 1.8, SNAIL * 0.6), Color.from_hsv(hue, 0.3, 1.0), 0.8)
	if is_own:
		draw_arc(place, SNAIL * 1.6, 0.0, TAU, 24, Color(1, 1, 1), 0.3)
