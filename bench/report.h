/* SPDX-License-Identifier: MIT */
/**
 * report: runs of a server and of the bare loop, taken in turns, as a page of Markdown that reads
 * well in a terminal too.
 */
#ifndef BENCH_REPORT_H
#define BENCH_REPORT_H

#include <stddef.h>
#include <stdio.h>

#include "run.h"

#define REPORT_ROUNDS_MAX BENCH_MEDIAN_MAX

/* Identifier, name with unit, digits after the point. */
#define REPORT_METRICS(X)                                                   \
    X(CPU_DELIVERY, "CPU us per delivered tick", 3)                         \
    X(CPU_CONNECT, "CPU us per connect + handshake", 1)                     \
    X(SERVER_BUSY, "server, share of its core in %", 1)                     \
    X(LOAD_BUSY, "load generator, share of its core in %", 1)               \
    X(DELIVERIES, "delivered ticks per second", 0)                          \
    X(FRAMES, "frames per second, all kinds", 0)                            \
    X(BYTES, "bytes per delivered tick", 1)                                 \
    X(RATE, "tick rate in Hz", 4)                                           \
    X(RATE_ERROR, "tick rate off by %", 4)                                  \
    X(LATE_P50, "tick lateness p50 in ms", 3)                               \
    X(LATE_P99, "tick lateness p99 in ms", 3)                               \
    X(LATE_MAX, "tick lateness max in ms", 3)                               \
    X(GAP_MAX, "longest time between two ticks in ms", 3)                   \
    X(SKEW_P50, "skew, first to last client, p50 in ms", 3)                 \
    X(SKEW_P99, "skew, first to last client, p99 in ms", 3)                 \
    X(SKEW_MAX, "skew, first to last client, max in ms", 3)                 \
    X(MEMORY_ALL, "memory per connection, all in (RSS + kernel), bytes", 0) \
    X(RSS, "- RSS at rest", 0)                                              \
    X(RSS_BUSY, "- RSS while playing", 0)                                   \
    X(PSS, "- PSS at rest", 0)                                              \
    X(UNSHARED, "- private pages at rest", 0)                               \
    X(KERNEL, "- kernel, one end (half the growth of the slab)", 0)         \
    X(QUEUES, "- TCP buffers at rest, both ends (not in the sum)", 0)       \
    X(TICKS, "ticks measured", 0)                                           \
    X(GAMES, "games they fell in", 0)                                       \
    X(LOST, "clients cut off", 0)                                           \
    X(OUT_OF_STEP, "clients out of step", 0)

enum report_metric {
#define REPORT_METRIC_ID(id, name, digits) REPORT_##id,
    REPORT_METRICS(REPORT_METRIC_ID)
#undef REPORT_METRIC_ID
        REPORT_METRIC_COUNT
};

/** Who was measured. */
enum report_side { REPORT_SERVER, REPORT_BARE, REPORT_SIDES };

/** Times of single ticks, all rounds together: a p99 needs more ticks than one short run has. */
struct report_pool {
    double *seconds;
    size_t count;
};

/** All rounds of one load. Zero but for the first line, it is ready; report_load_done frees. */
struct report_load {
    size_t spectators, players, rounds;
    double tick_hz;
    double values[REPORT_SIDES][REPORT_METRIC_COUNT][REPORT_ROUNDS_MAX];
    struct report_pool lateness[REPORT_SIDES], skew[REPORT_SIDES];
};

/** Keep what a report needs of a run; the run stays the caller's. Round is below the maximum.
 *  0, or -ENOMEM. */
int report_take(struct report_load *load, enum report_side side, size_t round,
                const struct run_result *result);
void report_load_done(struct report_load *load);
/** The table of one load: medians over the rounds, the percentiles of single ticks over all rounds'
 *  ticks, the ratio pair by pair, and the aims where they apply. Sorts the pools. */
void report_load_write(FILE *out, struct report_load *load, const char *server_name);
/** The runs one by one, as CSV lines. */
void report_raw_write(FILE *out, const struct report_load *load, const char *server_name);
/** Names of the columns of report_raw_write. */
void report_raw_head(FILE *out);

#endif
