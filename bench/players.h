/* SPDX-License-Identifier: MIT */
/**
 * players: a few of the load's clients play classic, badly: they join, turn at random, die, and
 * join again, so that there is a game to watch. Deterministic but for the server's timing.
 */
#ifndef BENCH_PLAYERS_H
#define BENCH_PLAYERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "load.h"

#define PLAYERS_MAX 10 /* living snakes of one classic room */

struct player {
    size_t client;
    char id[24]; /* as the handshake tells it, digits; empty before */
    bool alive;
    int64_t join_ns; /* not again before */
    int64_t turn_ns; /* not again before */
};

struct players {
    size_t count;
    uint64_t seed;
    double tick_hz;
    struct player player[PLAYERS_MAX];
};

/** Make players of `count` clients from `first` on. */
void players_init(struct players *players, size_t first, size_t count, double tick_hz);
/** Look into a frame that one of them got. */
void players_see(struct players *players, const struct load_frame *frame);
/** Join or steer where it is time to; call some hundred times per second. */
void players_act(struct players *players, struct load *load, int64_t now_ns);

#endif
