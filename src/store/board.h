/* SPDX-License-Identifier: MIT */
/* Leaderboards in memory: the best of each board, ranked. No lock, no disk; whoever has one brings
 * the lock.
 *
 * Only the top is held, and that is enough: a name that has fallen out of it has a score that is no
 * better than the last one held, so a new score that gets in is better than the one forgotten. */
#ifndef OURO_STORE_BOARD_H
#define OURO_STORE_BOARD_H

#include "ouro/store.h"

/* A score with all that identifies it. `seq` counts submissions, for ever: who was first. */
struct ouro__entry {
    char board[OURO_BOARD_NAME_BYTES_MAX + 1];
    struct ouro_score best;
    int64_t seq;
};

/* Never empty; each row names the board. */
struct ouro__board {
    size_t count;
    struct ouro__entry rows[OURO_BOARD_TOP_MAX];
};

struct ouro__boards {
    struct ouro__board *board[OURO_BOARDS_MAX];
    size_t count;
};

/* Does a come before b? Of two of one name: does a count, and not b? */
static inline bool ouro__ranks_before(const struct ouro__entry *a, const struct ouro__entry *b)
{
    return a->best.score != b->best.score ? a->best.score > b->best.score : a->seq < b->seq;
}

void ouro__boards_done(struct ouro__boards *boards);
/* NULL: no such board. */
const struct ouro__board *ouro__boards_find(const struct ouro__boards *boards, const char *name);
/* 0, -ENOMEM, -OURO_ELIMIT. */
int ouro__boards_put(struct ouro__boards *boards, const struct ouro__entry *entry);
/* Those that are there come later than `seq` others. */
void ouro__boards_shift(struct ouro__boards *boards, int64_t seq);

#endif
