/* SPDX-License-Identifier: MIT */
/* The timers of a loop: an intrusive 4-ary heap by time. Four children lie in one cache line, so
 * that a level costs one miss; each timer knows its place, so that stopping needs no search. */
#ifndef OURO_RUNTIME_TIMER_H
#define OURO_RUNTIME_TIMER_H

#include "ouro/runtime.h"

struct ouro__timer_entry {
    int64_t when;
    struct ouro_timer *timer;
};

struct ouro__timers {
    struct ouro__timer_entry *heap;
    size_t count, cap;
    size_t promised;  /* places that ouro__timers_promise() keeps free for */
    uint64_t started; /* so far: where the next one stands among equal times */
};

/* Kinds of timers: a task's own is told apart so that waking it needs no call by pointer. */
enum { OURO__TIMER_CALLBACK, OURO__TIMER_TASK };

int ouro__timers_grow(struct ouro__timers *timers);
/* Make sure that `promised` timers, one more than before, can be armed without memory. */
static inline int ouro__timers_promise(struct ouro__timers *timers)
{
    int rc = timers->promised == timers->cap ? ouro__timers_grow(timers) : 0;
    if (rc == 0)
        timers->promised++;
    return rc;
}
static inline void ouro__timers_unpromise(struct ouro__timers *timers)
{
    timers->promised--;
}
/* Arm; the timer is stopped, and a place was promised for it. What is due already stands behind all
 * that has been due for longer: a callback that starts itself in the past starves nobody. */
void ouro__timers_add(struct ouro__timers *timers, struct ouro_timer *timer, int64_t now);
/* Disarm; the timer is armed. */
void ouro__timers_remove(struct ouro__timers *timers, struct ouro_timer *timer);
/* The earliest time, or OURO_FOREVER. */
static inline int64_t ouro__timers_next(const struct ouro__timers *timers)
{
    return timers->count ? timers->heap[0].when : OURO_FOREVER;
}
/* Disarm all, so that stopping one later is harmless. */
void ouro__timers_done(struct ouro__timers *timers);

#endif
