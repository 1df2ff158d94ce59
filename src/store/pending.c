/* SPDX-License-Identifier: MIT */
#include "store/pending.h"

#include <stdlib.h>
#include <string.h>

int ouro__pending_init(struct ouro__pending *pending, size_t max, uint64_t seed)
{
    size_t slot_count = 2;
    while (slot_count < 2 * max)
        slot_count *= 2;
    *pending = (struct ouro__pending){
        .entries = calloc(max, sizeof *pending->entries),
        .max = max,
        .slots = calloc(slot_count, sizeof *pending->slots),
        .slot_count = slot_count,
        .seed = seed,
    };
    if (pending->entries && pending->slots)
        return 0;
    ouro__pending_done(pending);
    return -ENOMEM;
}

void ouro__pending_done(struct ouro__pending *pending)
{
    free(pending->entries);
    free(pending->slots);
    *pending = (struct ouro__pending){0};
}

static uint64_t hash(uint64_t hash, const char *text)
{
    do {
        hash = (hash ^ (uint8_t)*text) * 0x100000001b3; /* FNV-1a; the final 0 parts the names */
        hash ^= hash >> 29;
    } while (*text++);
    return hash;
}

static bool same(const struct ouro__entry *a, const struct ouro__entry *b)
{
    return a->rules == b->rules && a->since == b->since && strcmp(a->owner, b->owner) == 0;
}

/* The slot of that owner, or the free one where it belongs. */
static uint32_t *slot_of(const struct ouro__pending *pending, const struct ouro__entry *entry)
{
    uint64_t board = hash(pending->seed ^ (uint64_t)entry->since, entry->rules->name);
    uint64_t at = hash(board, entry->owner);
    for (;; at++) {
        uint32_t *slot = &pending->slots[at & (pending->slot_count - 1)];
        const struct ouro__entry *found = *slot ? &pending->entries[*slot - 1] : NULL;
        if (!found || same(found, entry))
            return slot;
    }
}

int ouro__pending_put(struct ouro__pending *pending, const struct ouro__entry *entry)
{
    uint32_t *slot = slot_of(pending, entry);
    if (*slot) {
        ouro__combine(entry->rules->counts, &pending->entries[*slot - 1], entry);
        return 0;
    }
    if (pending->count == pending->max)
        return -OURO_ELIMIT;
    pending->entries[pending->count++] = *entry;
    *slot = (uint32_t)pending->count;
    return 0;
}

void ouro__pending_clear(struct ouro__pending *pending)
{
    memset(pending->slots, 0, pending->slot_count * sizeof *pending->slots);
    pending->count = 0;
}

void ouro__pending_shift(struct ouro__pending *pending, int64_t seq)
{
    for (size_t i = 0; i < pending->count; i++)
        pending->entries[i].seq += seq;
}
