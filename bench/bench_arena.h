/* SPDX-License-Identifier: MIT */
/* The parts of bench_arena. */
#ifndef BENCH_ARENA_H
#define BENCH_ARENA_H

#include <stdint.h>
#include <stdio.h>

#include "arena_load.h"
#include "program.h"
#include "table.h"

/* Identifier, name with unit, digits after the point. */
#define ARENA_METRICS(X)                                            \
    X(CPU, "CPU us per delivered snapshot", 3)                      \
    X(SNAPSHOTS, "snapshots per second", 0)                         \
    X(SNAPSHOT_BYTES, "bytes per snapshot, whatever came", 1)       \
    X(CLIENT_BYTES, "bytes per client and second", 0)               \
    X(LIVING, "snakes alive", 0)                                    \
    X(DEATHS, "deaths per second", 1)                               \
    X(TURNS, "turns per second", 0)                                 \
    X(IN_VIEW, "snakes' heads in view", 1)                          \
    X(KNOWN, "snakes told of", 1)                                   \
    X(LENGTH, "their length in cells", 1)                           \
    X(RIGHT, "own place as guessed in %", 2)                        \
    X(RATE, "tick rate in Hz", 4)                                   \
    X(LATE_P50, "tick lateness p50 in ms", 3)                       \
    X(LATE_P99, "tick lateness p99 in ms", 3)                       \
    X(LATE_MAX, "tick lateness max in ms", 3)                       \
    X(SKEW_P50, "skew, first to last client, p50 in ms", 1)         \
    X(SKEW_P99, "skew, first to last client, p99 in ms", 1)         \
    X(SERVER_BUSY, "server, share of its core in %", 1)             \
    X(LOAD_BUSY, "load generator, share of its core in %", 1)       \
    X(MEMORY, "memory per connection, all in, bytes", 0)            \
    X(RSS, "- RSS at rest", 0)                                      \
    X(RSS_BUSY, "- RSS while playing", 0)                           \
    X(KERNEL, "- kernel, one end (half the growth of the slab)", 0) \
    X(LOST, "clients cut off", 0)                                   \
    X(CORE, "a step of a loop on that core, before or after, ns", 3)

enum arena_metric {
#define ARENA_METRIC_ID(id, name, digits) ARENA_##id,
    ARENA_METRICS(ARENA_METRIC_ID)
#undef ARENA_METRIC_ID
        ARENA_METRIC_COUNT
};

struct bench_settings {
    struct program program;
    size_t players, side, in_view, view_width, view_height, straight, rounds;
    double hz, seconds;
    double quiet;    /* ns that a step may take on a quiet core; 0: whatever it takes */
    double patience; /* minutes for which quiet cores are waited for */
    int64_t patient_until;
    const char *out, *bare, *only;
    char server[PATH_MAX + 16];
    char **server_args; /* up to a NULL */
};

enum arena_side { ARENA_SERVER, ARENA_BARE, ARENA_SIDES };

/* All rounds of one load. */
struct arena_point {
    char name[48];
    size_t players, side;  /* of the world, in cells */
    double hz, wire_bytes; /* that the server sent last, per snapshot */
    struct table table;
    double *lateness[ARENA_SIDES]; /* of all rounds' ticks, in seconds, sorted */
    size_t ticks[ARENA_SIDES];
    size_t again; /* runs that were measured again, as the core was not quiet */
};

#define ARENA_POINTS_MAX       2
#define ARENA_TICKS_POOLED_MAX 65536

struct arena_results {
    const struct bench_settings *settings;
    struct arena_point points[ARENA_POINTS_MAX];
    size_t count;
    char *curve; /* its section, as text; NULL: not measured */
};

/** Fill `points` and `count`, in minutes. After a failure, too, arena_world_done() is due. */
int arena_world_measure(struct bench_settings *settings, struct arena_results *results);
void arena_world_done(struct arena_results *results);
/** A program_report of these results. */
void arena_report_write(FILE *out, void *results);

/* --- one run ---------------------------------------------------------------------------------- */

struct arena_run_options {
    char *const *argv; /* the server: prints http://127.0.0.1:PORT */
    const char *log;   /* file that takes its output */
    double hz;
    struct arena_load_options load; /* but for the port and the watched */
    int64_t warm_ns, window_ns;
    int server_core, load_core;
};

struct arena_result {
    double values[ARENA_METRIC_COUNT];
    struct tick_summary ticks;
};

/** One measured run of one server. Blocks for some seconds more than warm-up and window; free with
 *  arena_result_done. After a failure nothing is left running. */
int arena_run(const struct arena_run_options *options, struct arena_result *ret);
void arena_result_done(struct arena_result *result);

/* --- a few clients that look at what they are told -------------------------------------------- */

struct arena_watch;

/** What they saw, on average over the snapshots in which they had a snake. */
struct arena_seen {
    double heads_in_view; /* of the rectangle that they asked for */
    double snakes;        /* that they know */
    double length;
    double right; /* how often a snake was where its client took it to be, 0..1 */
};

int arena_watch_new(size_t clients, int view_width, int view_height, struct arena_watch **ret);
struct arena_watch *arena_watch_free(struct arena_watch *watch);
/** A message of a client. 1: a snapshot is complete; 0: it is not; -EBADMSG: what can't be read. */
int arena_watch_message(struct arena_watch *watch, size_t client, const char *payload, size_t len,
                        bool text);
/** After that, where it takes its snake to be in that tick. */
void arena_watch_compare(struct arena_watch *watch, size_t client, uint32_t tick, int x, int y);
void arena_watch_reset(struct arena_watch *watch);
struct arena_seen arena_watch_seen(const struct arena_watch *watch);

/* --- without sockets -------------------------------------------------------------------------- */

/** What a tick costs by the number of spectators, at a thousand players. */
int arena_curve(FILE *out);

#endif
