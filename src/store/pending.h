/* SPDX-License-Identifier: MIT */
/* Scores that wait to be written: an array in order of arrival, with an index by board, period and
 * owner, so that of each owner only what counts is kept. All memory is taken at the start: adding
 * never allocates and can't stall a tick. No lock. */
#ifndef OURO_STORE_PENDING_H
#define OURO_STORE_PENDING_H

#include "store/rules.h"

struct ouro__pending {
    struct ouro__entry *entries;
    size_t count, max;
    uint32_t *slots; /* place in entries, plus one; open addressing, at most half full */
    size_t slot_count;
    uint64_t seed; /* names are chosen by players: the index must not be foreseeable */
};

/* 0 or -ENOMEM. */
int ouro__pending_init(struct ouro__pending *pending, size_t max, uint64_t seed);
void ouro__pending_done(struct ouro__pending *pending);
/* 0; -OURO_ELIMIT: full, and the owner is not among those that wait. */
int ouro__pending_put(struct ouro__pending *pending, const struct ouro__entry *entry);
void ouro__pending_clear(struct ouro__pending *pending);
/* Those that are there come later than `seq` others. */
void ouro__pending_shift(struct ouro__pending *pending, int64_t seq);

#endif
