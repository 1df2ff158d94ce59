/* SPDX-License-Identifier: MIT */
/**
 * bare_ticks: the limit that a room which ticks is measured against: a bare loop that reads what
 * its clients send and, at each tick, sends the same bytes to each with one send. Nothing is looked
 * at. It ticks from the first message on, as long as somebody is there.
 */
#ifndef BENCH_BARE_TICKS_H
#define BENCH_BARE_TICKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BARE_TICK_MESSAGES_MAX 16
#define BARE_TICK_BYTES_MAX    4096 /* of a message */

struct bare_ticks_options {
    int64_t tick_ns;
    size_t messages, bytes; /* that are due to each client at a tick; of one, without its header */
    bool once_per_tick;     /* sleeps to the tick and reads then; else woken by what comes */
};

/** Prints http://127.0.0.1:PORT and serves until it is killed; a negative errno on failure. */
int bare_ticks(const struct bare_ticks_options *options);

#endif
