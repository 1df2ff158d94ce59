/* SPDX-License-Identifier: MIT */
#include "store/board.h"

#include <stdlib.h>
#include <string.h>

/* --- boards ---------------------------------------------------------------------------------- */

void ouro__boards_done(struct ouro__boards *boards)
{
    for (size_t i = 0; i < boards->count; i++)
        free(boards->board[i]);
    boards->count = 0;
}

struct ouro__board *ouro__boards_find(const struct ouro__boards *boards, const char *name)
{
    for (size_t i = 0; i < boards->count; i++) {
        if (strcmp(boards->board[i]->rules.name, name) == 0)
            return boards->board[i];
    }
    return NULL;
}

static int add_board(struct ouro__boards *boards, const struct ouro_board *declared,
                     struct ouro__board **ret_board)
{
    struct ouro__rules rules;
    int rc = ouro__rules_read(declared, &rules);
    if (rc < 0)
        return rc;
    if (boards->count == OURO_BOARDS_MAX)
        return -OURO_ELIMIT;
    struct ouro__board *board = calloc(1, sizeof *board);
    if (!board)
        return -ENOMEM;
    board->rules = rules;
    board->top.since = OURO__EVER;
    boards->board[boards->count++] = board;
    *ret_board = board;
    return 0;
}

int ouro__boards_declare(struct ouro__boards *boards, const struct ouro_board *declared,
                         size_t count)
{
    int rc = 0;
    for (size_t i = 0; i < count && rc == 0; i++) {
        struct ouro__board *board;
        bool twice = declared[i].name && ouro__boards_find(boards, declared[i].name);
        rc = twice || !declared[i].name ? -EINVAL : add_board(boards, &declared[i], &board);
    }
    return rc;
}

int ouro__boards_get(struct ouro__boards *boards, const char *name, struct ouro__board **ret_board)
{
    struct ouro__board *board = ouro__boards_find(boards, name);
    if (!board)
        return add_board(boards, &(struct ouro_board){.name = name}, ret_board);
    *ret_board = board;
    return 0;
}

/* --- the top --------------------------------------------------------------------------------- */

static size_t row_of(const struct ouro__top *top, const char *owner)
{
    size_t at = 0;
    while (at < top->count && strcmp(top->rows[at].owner, owner) != 0)
        at++;
    return at;
}

static size_t rank_of(const struct ouro__top *top, const struct ouro__entry *entry)
{
    size_t at = 0;
    while (at < top->count && ouro__ranks_before(&top->rows[at], entry))
        at++;
    return at;
}

/* What lies from `at` up to `gap` moves down by one, over what is at `gap`. */
static void insert(struct ouro__top *top, const struct ouro__entry *entry, size_t at, size_t gap)
{
    memmove(&top->rows[at + 1], &top->rows[at], (gap - at) * sizeof top->rows[0]);
    top->rows[at] = *entry;
}

/* In place of an older row of the same owner. What counts is never worse than that. */
static void replace(struct ouro__top *top, size_t old, const struct ouro__entry *entry)
{
    struct ouro__entry best = top->rows[old];
    ouro__combine(OURO_BOARD_BEST, &best, entry);
    size_t at = rank_of(top, &best);
    insert(top, &best, at < old ? at : old, old);
}

static void rank(struct ouro__top *top, const struct ouro__entry *entry)
{
    size_t old = row_of(top, entry->owner), at = rank_of(top, entry);
    if (old < top->count)
        replace(top, old, entry);
    else if (at < OURO_BOARD_TOP_MAX && top->count < OURO_BOARD_TOP_MAX)
        insert(top, entry, at, top->count++);
    else if (at < OURO_BOARD_TOP_MAX)
        insert(top, entry, at, OURO_BOARD_TOP_MAX - 1); /* the last one falls out */
}

/* Another period: the board begins anew. If the clock has been put, the database knows more of it.
 */
bool ouro__board_turn_to(struct ouro__board *board, int64_t since)
{
    if (board->top.since == since)
        return false;
    board->top.since = since;
    board->top.count = 0;
    return board->stale = true;
}

void ouro__board_put(struct ouro__board *board, const struct ouro__entry *entry)
{
    ouro__board_turn_to(board, entry->since);
    if (board->rules.counts == OURO_BOARD_BEST)
        rank(&board->top, entry);
    else
        board->stale = true;
}

void ouro__board_take(struct ouro__board *board, const struct ouro__top *read)
{
    bool other_period = board->top.since != read->since;
    if (other_period && board->stale)
        return; /* a submission has turned to it meanwhile: it will be read again */
    if (other_period || board->rules.counts != OURO_BOARD_BEST)
        board->top = *read;
    for (size_t i = 0; i < read->count && board->rules.counts == OURO_BOARD_BEST; i++)
        rank(&board->top, &read->rows[i]);
}

void ouro__boards_shift(struct ouro__boards *boards, int64_t seq)
{
    for (size_t i = 0; i < boards->count; i++) {
        struct ouro__top *top = &boards->board[i]->top;
        for (size_t at = 0; at < top->count; at++)
            top->rows[at].seq += seq;
    }
}
