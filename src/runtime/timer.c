/* SPDX-License-Identifier: MIT */
#include "runtime/timer.h"

#include <stdlib.h>

#define CHILDREN  4
#define CAP_FIRST 64

int ouro__timers_grow(struct ouro__timers *timers)
{
    size_t cap = timers->cap ? timers->cap * 2 : CAP_FIRST;
    struct ouro__timer_entry *heap = realloc(timers->heap, cap * sizeof *heap);
    if (!heap)
        return -ENOMEM;
    timers->heap = heap;
    timers->cap = cap;
    return 0;
}

static void place(struct ouro__timers *timers, size_t at, struct ouro__timer_entry entry)
{
    timers->heap[at] = entry;
    entry.timer->place = (uint32_t)at + 1;
}

static bool before(const struct ouro__timer_entry *a, const struct ouro__timer_entry *b)
{
    return a->when < b->when || (a->when == b->when && a->timer->order < b->timer->order);
}

static void sift_up(struct ouro__timers *timers, size_t at, struct ouro__timer_entry entry)
{
    while (at > 0) {
        size_t parent = (at - 1) / CHILDREN;
        if (!before(&entry, &timers->heap[parent]))
            break;
        place(timers, at, timers->heap[parent]);
        at = parent;
    }
    place(timers, at, entry);
}

static size_t earliest_child(const struct ouro__timers *timers, size_t at)
{
    size_t first = at * CHILDREN + 1, best = first;
    for (size_t i = first + 1; i < first + CHILDREN && i < timers->count; i++) {
        if (before(&timers->heap[i], &timers->heap[best]))
            best = i;
    }
    return best;
}

static void sift_down(struct ouro__timers *timers, size_t at, struct ouro__timer_entry entry)
{
    while (at * CHILDREN + 1 < timers->count) {
        size_t child = earliest_child(timers, at);
        if (!before(&timers->heap[child], &entry))
            break;
        place(timers, at, timers->heap[child]);
        at = child;
    }
    place(timers, at, entry);
}

void ouro__timers_add(struct ouro__timers *timers, struct ouro_timer *timer, int64_t now)
{
    ouro_assert(timers->count < timers->promised);
    struct ouro__timer_entry entry = {timer->when < now ? now : timer->when, timer};
    timer->order = timers->started++;
    sift_up(timers, timers->count++, entry);
}

void ouro__timers_remove(struct ouro__timers *timers, struct ouro_timer *timer)
{
    size_t at = timer->place - 1;
    timer->place = 0;
    struct ouro__timer_entry last = timers->heap[--timers->count];
    if (at == timers->count)
        return;
    if (at > 0 && before(&last, &timers->heap[(at - 1) / CHILDREN]))
        sift_up(timers, at, last);
    else
        sift_down(timers, at, last);
}

void ouro__timers_done(struct ouro__timers *timers)
{
    for (size_t i = 0; i < timers->count; i++)
        timers->heap[i].timer->place = 0;
    free(timers->heap);
    *timers = (struct ouro__timers){0};
}
