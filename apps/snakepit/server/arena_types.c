/* SPDX-License-Identifier: MIT */
#include "server/arena_types.h"

#include "rules/arena.h"

/* Enough for a coordinate of the largest world. */
#define PLACE_BITS 12
_Static_assert(ARENA_SIDE_MAX <= 1 << PLACE_BITS, "a place fits");

static const struct ouro_field snake_fields[] = {
    {OURO_FIELD(struct snake_record, x), OURO_FIELD_UINT, .bits = PLACE_BITS, .axis = OURO_AXIS_X},
    {OURO_FIELD(struct snake_record, y), OURO_FIELD_UINT, .bits = PLACE_BITS, .axis = OURO_AXIS_Y},
    {OURO_FIELD(struct snake_record, since), OURO_FIELD_UINT, .bits = ARENA_SINCE_BITS},
    {OURO_FIELD(struct snake_record, way), OURO_FIELD_UINT, .bits = 2},
    {OURO_FIELD(struct snake_record, boost), OURO_FIELD_BOOL},
    {OURO_FIELD(struct snake_record, trail), OURO_FIELD_UINT,
     .bits = ARENA_TRAIL_PIECES * ARENA_PIECE_BITS},
    {OURO_FIELD(struct snake_record, length), OURO_FIELD_UINT},
    {OURO_FIELD(struct snake_record, colour), OURO_FIELD_UINT, .bits = 4},
    {OURO_FIELD(struct snake_record, player), OURO_FIELD_UINT},
    {OURO_FIELD(struct snake_record, name), OURO_FIELD_STRING},
    {0},
};

_Static_assert(ARENA_KNOT_CELLS < 1 << ARENA_PIECE_CELLS_BITS, "a piece fits");

static const struct ouro_field knot_fields[] = {
    {OURO_FIELD(struct knot_record, x), OURO_FIELD_UINT, .bits = PLACE_BITS, .axis = OURO_AXIS_X},
    {OURO_FIELD(struct knot_record, y), OURO_FIELD_UINT, .bits = PLACE_BITS, .axis = OURO_AXIS_Y},
    {OURO_FIELD(struct knot_record, player), OURO_FIELD_UINT},
    {OURO_FIELD(struct knot_record, number), OURO_FIELD_UINT},
    {0},
};

static const struct ouro_field food_fields[] = {
    {OURO_FIELD(struct food_record, x), OURO_FIELD_UINT, .bits = PLACE_BITS, .axis = OURO_AXIS_X},
    {OURO_FIELD(struct food_record, y), OURO_FIELD_UINT, .bits = PLACE_BITS, .axis = OURO_AXIS_Y},
    {OURO_FIELD(struct food_record, value), OURO_FIELD_UINT, .bits = 4},
    {0},
};
_Static_assert(ARENA_FOOD_VALUE_MAX < 1 << 4, "a value fits");

static const struct ouro_field leader_fields[] = {
    {OURO_FIELD(struct leader_record, rank), OURO_FIELD_UINT, .bits = 4},
    {OURO_FIELD(struct leader_record, score), OURO_FIELD_UINT},
    {OURO_FIELD(struct leader_record, player), OURO_FIELD_UINT},
    {OURO_FIELD(struct leader_record, name), OURO_FIELD_STRING},
    {0},
};

static const struct ouro_field playback_fields[] = {
    {OURO_FIELD(struct playback_record, tick), OURO_FIELD_UINT},
    {OURO_FIELD(struct playback_record, first), OURO_FIELD_UINT},
    {OURO_FIELD(struct playback_record, last), OURO_FIELD_UINT},
    {OURO_FIELD(struct playback_record, speed), OURO_FIELD_UINT},
    {0},
};

const struct ouro_type arena_types[] = {
    [ARENA_SNAKE_TYPE] = {"snake", snake_fields, sizeof(struct snake_record)},
    [ARENA_KNOT_TYPE] = {"knot", knot_fields, sizeof(struct knot_record), .still = true},
    [ARENA_FOOD_TYPE] = {"food", food_fields, sizeof(struct food_record), .still = true},
    [ARENA_LEADER_TYPE] = {"leader", leader_fields, sizeof(struct leader_record),
                           .everywhere = true},
    [ARENA_PLAYBACK_TYPE] = {"playback", playback_fields, sizeof(struct playback_record),
                             .everywhere = true},
    {0},
};
