/* SPDX-License-Identifier: MIT */
/* bench_input: the server, which is the library's, apart from what measures it, which is not. */
#ifndef BENCH_INPUT_H
#define BENCH_INPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct bench_input_options {
    int64_t tick_ns;
    size_t messages, bytes; /* that are due to each player at a tick; of one */
    bool once_per_tick;     /* players are read before the tick; else whenever something comes */
};

#define BENCH_INPUT_MESSAGES_MAX 16

/** A room that ticks, on a free port of 127.0.0.1, which is printed; until killed. */
int bench_input_serve(const struct bench_input_options *options);
/** The same as a room of a lobby, at /ouro/connect. */
int bench_input_serve_lobby(const struct bench_input_options *options);

#endif
