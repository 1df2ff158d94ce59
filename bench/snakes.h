/* SPDX-License-Identifier: MIT */
/**
 * snakes: thousands of players of an arena who steer without looking. Each knows where it was born
 * and which of its turns the server has taken, hence where its own snake is (docs/arena.md); and
 * all draw what they know of themselves into one map, so that each sees the others there:
 *
 *      born at (x, y), way      map: for each cell, until which tick something is in it
 *      + a cell for each tick
 *      + turns dealt with    -> . . . . 9 8 7 6 5 4 . . .     the head was there at tick 9 - length
 *
 * A snake turns when something is ahead, and now and then. Some die anyway: they know neither the
 * food that others have eaten, nor the wish of another to go to the same cell. Pure: no clock, no
 * socket; the same calls give the same turns.
 */
#ifndef BENCH_SNAKES_H
#define BENCH_SNAKES_H

#include <stddef.h>
#include <stdint.h>

struct snakes;

struct snakes_options {
    size_t count;
    int width, height; /* of the world, in cells */
    uint32_t length;   /* that each is taken to have, in cells */
    uint32_t straight; /* cells between two turns without need, on average */
};

/** Nobody lives. The caller frees them. 0, -ENOMEM. */
int snakes_new(const struct snakes_options *options, struct snakes **ret);
/** NULL is fine. Returns NULL. */
struct snakes *snakes_free(struct snakes *snakes);

/** It is there as of that tick: one cell, headed `way` (as in an input). */
void snakes_born(struct snakes *snakes, size_t snake, uint32_t tick, int x, int y, uint8_t way);
void snakes_died(struct snakes *snakes, size_t snake);

struct snakes_turn {
    uint32_t sequence; /* of the input */
    uint8_t way;
};
/**
 * A snapshot of this tick has come to it, which includes its inputs up to that one. 1: it wants to
 * turn, and takes it that the input is sent; 0: it does not.
 */
int snakes_see(struct snakes *snakes, size_t snake, uint32_t tick, uint32_t input,
               struct snakes_turn *ret_turn);

/** Where its head is, by what it knows. -ENOENT: it does not live. */
int snakes_place(const struct snakes *snakes, size_t snake, uint32_t *ret_tick, int *ret_x,
                 int *ret_y);

#endif
