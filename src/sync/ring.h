/* SPDX-License-Identifier: MIT */
/* The ring under queues and subscriptions:
 *
 *     items:  [ . | . | a | b | c | . ]      head = 2, count = 3, capacity = 6; it wraps around
 */
#ifndef OURO_SYNC_RING_H
#define OURO_SYNC_RING_H

#include "ouro/sync.h"

#include <stdlib.h>

static inline int ouro__ring_init(struct ouro__ring *ring, size_t capacity)
{
    ouro_assert(capacity >= 1);
    *ring = (struct ouro__ring){.items = calloc(capacity, sizeof(void *)), .capacity = capacity};
    return ring->items ? 0 : -ENOMEM;
}

static inline void ouro__ring_done(struct ouro__ring *ring)
{
    free(ring->items);
    *ring = (struct ouro__ring){0};
}

static inline bool ouro__ring_full(const struct ouro__ring *ring)
{
    return ring->count == ring->capacity;
}

/* The ring is not full. */
static inline void ouro__ring_put(struct ouro__ring *ring, void *item)
{
    size_t at = ring->head + ring->count++;
    ring->items[at < ring->capacity ? at : at - ring->capacity] = item;
}

/* The ring is not empty. */
static inline void *ouro__ring_take(struct ouro__ring *ring)
{
    void *item = ring->items[ring->head];
    ring->head = ring->head + 1 < ring->capacity ? ring->head + 1 : 0;
    ring->count--;
    return item;
}

#endif
