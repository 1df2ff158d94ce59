/* SPDX-License-Identifier: MIT */
/**
 * arena_load: thousands of clients of a Snakepit arena, in one thread, who all play: they join, ask
 * for a snake, steer it (snakes.h), and ask for another as soon as it has died. Of what comes they
 * skim the beginning (skim.h); nothing here is libouro's.
 *
 *     arena_load_new -> arena_load_connect -> arena_load_play -> arena_load_run ... ->
 * arena_load_free
 *
 * Or who only takes what comes, of a bare loop: `bare`.
 */
#ifndef BENCH_ARENA_LOAD_H
#define BENCH_ARENA_LOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ticks.h"

struct arena_load_options {
    uint16_t port; /* on 127.0.0.1 */
    size_t clients;
    size_t watched; /* of them, the first: whose snapshots are shown */
    bool bare;
    int width, height;           /* of the world, in cells */
    int view_width, view_height; /* what each asks for */
    uint32_t length, straight;   /* as in snakes_options */
    /** A message of one of the watched, whole. */
    void (*on_watched)(size_t client, const char *payload, size_t len, bool text, void *ud);
    void *ud;
};

/** Since the window was opened. */
struct arena_counts {
    uint64_t snapshots;  /* a bare loop's: frames */
    uint64_t wire_bytes; /* of all that came */
    uint64_t turns, births, deaths;
    uint64_t news, living; /* how often it was told how many live, and the sum of that */
};

struct arena_load;

/** Nobody is connected; the log, all zero, stays the caller's, and takes arrivals by ticks. */
int arena_load_new(const struct arena_load_options *options, struct tick_log *log,
                   struct arena_load **ret);
/** NULL is fine. Returns NULL. */
struct arena_load *arena_load_free(struct arena_load *load);

/** Connect all, and have them in the room, watching; wait until all is calm. */
int arena_load_connect(struct arena_load *load, int64_t deadline_ns);
/** Begin: all ask for a snake, not at the same moment; wait until nearly all have one. */
int arena_load_play(struct arena_load *load, int64_t deadline_ns);
/** Play on, until then. -EINTR when a signal came. */
int arena_load_run(struct arena_load *load, int64_t until_ns);
/** From now on it counts, from 0; or no longer. */
void arena_load_window(struct arena_load *load, bool open);
struct arena_counts arena_load_counts(const struct arena_load *load);
/** Cut off by the server, or an error. */
size_t arena_load_lost(const struct arena_load *load);
/** Where the client takes its snake to be, see snakes_place(). */
int arena_load_place(const struct arena_load *load, size_t client, uint32_t *ret_tick, int *ret_x,
                     int *ret_y);

#endif
