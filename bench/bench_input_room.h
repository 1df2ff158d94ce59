/* SPDX-License-Identifier: MIT */
/* bench_input: a room of players who say something in each tick, and to whom something is said in
 * each, however they come to it. */
#ifndef BENCH_INPUT_ROOM_H
#define BENCH_INPUT_ROOM_H

#include "bench_input.h"

#include <ouro/game.h>

struct input_room {
    int64_t tick_ns;
    size_t messages;
    uint32_t move; /* the kind of input that they make */
    struct ouro_frame *frames[BENCH_INPUT_MESSAGES_MAX];
};

/* 0, -ENOMEM. Ends with the process. */
int input_room_init(struct input_room *of, const struct bench_input_options *options,
                    uint32_t move);
/* The room's body. */
int input_room_live(struct ouro_room *room, const struct input_room *of);

#endif
