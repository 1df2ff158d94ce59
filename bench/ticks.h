/* SPDX-License-Identifier: MIT */
/**
 * ticks: when a server's ticks reached its spectators, told from arrivals alone, whatever the
 * server says of itself. Pure: no clock, no socket.
 *
 * Every spectator gets the same frames in the same order, so the n-th frame is the same one for
 * all (counted from a moment at which nothing was on its way). Per ordinal the log keeps the first
 * and the last arrival; one of the spectators, the reference, also looks at the content and tells
 * which ordinals are ticks and where a new game, with a schedule of its own, begins:
 *
 *      ordinal      0         1    2         3    4
 *      first..last  |--|      |-|  |---|     |-|  |--|      spread of one frame over all
 *      kind         new game  tick tick      -    tick      as seen by the reference
 */
#ifndef BENCH_TICKS_H
#define BENCH_TICKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Frames after that many are not logged: at 30 Hz, more than half an hour. */
#define TICKS_FRAMES_MAX 65536

struct tick_frame {
    int64_t first_ns, last_ns; /* arrivals; 0: none yet */
    uint32_t arrivals;         /* in all */
    uint32_t counted;          /* of them, while the window was open */
    bool is_tick, is_new_game;
};

struct tick_log {
    bool window_open;
    size_t count; /* ordinals seen */
    struct tick_frame frames[TICKS_FRAMES_MAX];
};

/** What a window holds. The arrays are sorted, in seconds, and the caller frees them with
 *  tick_summary_done. */
struct tick_summary {
    uint64_t deliveries; /* ticks times clients reached, in the window */
    size_t ticks;        /* in the window */
    size_t games;        /* in which they fell */
    double rate_hz;      /* ticks per second, pauses between games left out */
    double longest_gap;  /* seconds from a tick to the next one of the same game */
    double *lateness;    /* per tick: behind the schedule, see below */
    double *skew;        /* per tick: from the first client's arrival to the last one's */
};

/** An arrival at a spectator. */
void tick_log_arrival(struct tick_log *log, uint64_t ordinal, int64_t now_ns);
/** The reference has looked into a frame. */
void tick_log_content(struct tick_log *log, uint64_t ordinal, const char *payload);

/**
 * Lateness of a tick is its first arrival, less the schedule: the points at exactly `tick_hz` per
 * game whose phase fits that game best (the largest empty arc on the circle of phases ends at it).
 * It is a time from 0 to one period; what is later than a period shows in the rate and in the
 * longest gap. A rate that is off spreads it over the whole period.
 * Returns 0, or -ENOMEM with the summary untouched.
 */
int tick_log_summarize(const struct tick_log *log, double tick_hz, struct tick_summary *ret);
void tick_summary_done(struct tick_summary *summary);

#endif
