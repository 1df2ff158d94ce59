/* SPDX-License-Identifier: MIT */
/**
 * What steers a bot in the arena: a look at the world around its head, and a thought about it.
 * Pure, and apart: looking needs the world and is quick; thinking needs the sight alone, which is
 * plain bytes, so it may happen in another thread or process, and later.
 *
 * A thought takes some ten microseconds: it floods the cells that each of the three ways leads to,
 * and weighs how much room there is, how near food is, and whose head may come in between. How much
 * each counts depends on the temper, which depends on the seed.
 */
#ifndef SNAKEPIT_ARENA_BRAIN_H
#define SNAKEPIT_ARENA_BRAIN_H

#include "rules/arena.h"

#define ARENA_SIGHT_FAR  16 /* cells to each side of the head */
#define ARENA_SIGHT_SIDE (2 * ARENA_SIGHT_FAR + 1)

/** What a cell of a sight is: 0, free; 1..ARENA_FOOD_VALUE_MAX, food of that value; or */
#define ARENA_SIGHT_BLOCKED 16 /* wall, or a body */
#define ARENA_SIGHT_HEAD    32 /* plus its way: another's head */

/** Bytes alone, the same on every machine. */
struct arena_sight {
    uint8_t cells[ARENA_SIGHT_SIDE * ARENA_SIGHT_SIDE]; /* row by row; the own head in the middle */
    uint8_t way;                                        /* enum arena_way, of its last move */
    uint8_t can_boost;                                  /* 1: it is long enough */
    uint8_t length[2];                                  /* cells, the lower byte first */
    uint8_t seed;                                       /* its temper: the same for all its life */
    uint8_t lot;                                        /* different each tick */
};
_Static_assert(sizeof(struct arena_sight) == ARENA_SIGHT_SIDE * ARENA_SIGHT_SIDE + 6, "no gaps");

/** What the living snake of that number sees, between ticks. */
void arena_look(const struct arena_world *world, uint32_t number, struct arena_sight *ret_sight);

/** The input that it gives: never the opposite of its way, and a boost only if it can. Any bytes
 * make a sight, those that make no sense included. */
uint8_t arena_think(const struct arena_sight *sight);

#endif
