/* SPDX-License-Identifier: MIT */
/* Leaderboards in memory: the best of each board in its current period, ranked. No lock, no disk;
 * whoever has one brings the lock.
 *
 * Where the best score counts, only the top needs to be known: an owner who has fallen out of it
 * has a score that is no better than the last one held, so a new score that gets in is better than
 * the one forgotten. So these are up to date at once. Last scores and sums depend on what only the
 * database knows; their tops are read from there, when something has been saved. */
#ifndef OURO_STORE_BOARD_H
#define OURO_STORE_BOARD_H

#include "store/rules.h"

struct ouro__top {
    int64_t since; /* the period */
    size_t count;
    struct ouro__entry rows[OURO_BOARD_TOP_MAX];
};

/* Boards come, and stay until the end. */
struct ouro__board {
    struct ouro__rules rules;
    struct ouro__top top;
    bool stale;     /* what the database says is to be read again */
    int64_t pruned; /* periods before this one have been removed; of the store's thread */
};

struct ouro__boards {
    struct ouro__board *board[OURO_BOARDS_MAX];
    size_t count;
};

/* All of them; NULL is fine. 0, -EINVAL, -ENOMEM, -OURO_ELIMIT. */
int ouro__boards_declare(struct ouro__boards *boards, const struct ouro_board *declared,
                         size_t count);
void ouro__boards_done(struct ouro__boards *boards);
/* NULL: no such board. */
struct ouro__board *ouro__boards_find(const struct ouro__boards *boards, const char *name);
/* The board of that name, which begins to exist if need be. 0, -EINVAL, -ENOMEM, -OURO_ELIMIT. */
int ouro__boards_get(struct ouro__boards *boards, const char *name, struct ouro__board **ret_board);

/* It is that period now. True: it was another one; what is known of this one is to be read. */
bool ouro__board_turn_to(struct ouro__board *board, int64_t since);
/* A score was submitted. */
void ouro__board_put(struct ouro__board *board, const struct ouro__entry *entry);
/* The database says so. Before it was asked, `stale` was taken back. */
void ouro__board_take(struct ouro__board *board, const struct ouro__top *read);
/* Those that are there come later than `seq` others. */
void ouro__boards_shift(struct ouro__boards *boards, int64_t seq);

#endif
