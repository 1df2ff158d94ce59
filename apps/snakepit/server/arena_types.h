/* SPDX-License-Identifier: MIT */
/* What is seen of an arena, as records of its rooms' states: docs/arena.md draws it. */
#ifndef SNAKEPIT_ARENA_TYPES_H
#define SNAKEPIT_ARENA_TYPES_H

#include "rules/name.h"

#include <ouro/wire.h>

/* The longest straight piece of a body, in cells. */
#define ARENA_KNOT_CELLS 16
/* The last pieces before the anchor stand in a snake's own record, so many at the most, and so many
 * cells of them: most snakes need no knot. */
#define ARENA_TRAIL_PIECES     3
#define ARENA_TRAIL_CELLS      24
#define ARENA_PIECE_CELLS_BITS 5
#define ARENA_PIECE_BITS       (ARENA_PIECE_CELLS_BITS + 2)
/* Side of a cell of the states' grid, in cells. With larger ones a client is told of more that it
 * does not see, with smaller ones it takes longer to put together what it is told. */
#define ARENA_GRID_CELLS 32
/* Bits of a tick in a snake's record. */
#define ARENA_SINCE_BITS 6
#define ARENA_LEADERS    10
#define ARENA_COLOURS    12

/* In the order of arena_types. */
enum arena_type {
    ARENA_SNAKE_TYPE,
    ARENA_KNOT_TYPE,
    ARENA_FOOD_TYPE,
    ARENA_LEADER_TYPE,
    ARENA_PLAYBACK_TYPE
};

struct snake_record {
    uint16_t x, y; /* the anchor */
    uint8_t since; /* the tick that it was there, its lowest bits */
    uint8_t way;
    bool boost;
    uint8_t colour;
    uint32_t
        trail; /* pieces, the one at the anchor lowest: cells, and above them the way it went */
    uint32_t length;
    uint32_t player;
    char name[NAME_BYTES];
};

struct knot_record {
    uint16_t x, y;
    uint32_t player, number;
};

struct food_record {
    uint16_t x, y;
    uint8_t value;
};

struct leader_record {
    uint8_t rank;
    uint32_t score, player;
    char name[NAME_BYTES];
};

struct playback_record {
    uint32_t tick, first, last, speed;
};

extern const struct ouro_type arena_types[];

#endif
