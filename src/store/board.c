/* SPDX-License-Identifier: MIT */
#include "store/board.h"

#include <stdlib.h>
#include <string.h>

void ouro__boards_done(struct ouro__boards *boards)
{
    for (size_t i = 0; i < boards->count; i++)
        free(boards->board[i]);
    boards->count = 0;
}

static struct ouro__board *find(const struct ouro__boards *boards, const char *name)
{
    for (size_t i = 0; i < boards->count; i++) {
        if (strcmp(boards->board[i]->rows[0].board, name) == 0)
            return boards->board[i];
    }
    return NULL;
}

const struct ouro__board *ouro__boards_find(const struct ouro__boards *boards, const char *name)
{
    return find(boards, name);
}

static int add_board(struct ouro__boards *boards, struct ouro__board **ret_board)
{
    if (boards->count == OURO_BOARDS_MAX)
        return -OURO_ELIMIT;
    struct ouro__board *board = calloc(1, sizeof *board);
    if (!board)
        return -ENOMEM;
    boards->board[boards->count++] = board;
    *ret_board = board;
    return 0;
}

static size_t row_of(const struct ouro__board *board, const char *name)
{
    size_t at = 0;
    while (at < board->count && strcmp(board->rows[at].best.name, name) != 0)
        at++;
    return at;
}

static size_t rank_of(const struct ouro__board *board, const struct ouro__entry *entry)
{
    size_t at = 0;
    while (at < board->count && ouro__ranks_before(&board->rows[at], entry))
        at++;
    return at;
}

/* What lies from `at` up to `gap` moves down by one, over what is at `gap`. */
static void insert(struct ouro__board *board, const struct ouro__entry *entry, size_t at,
                   size_t gap)
{
    memmove(&board->rows[at + 1], &board->rows[at], (gap - at) * sizeof board->rows[0]);
    board->rows[at] = *entry;
}

static void rank(struct ouro__board *board, const struct ouro__entry *entry)
{
    size_t old = row_of(board, entry->best.name), at = rank_of(board, entry);
    bool known = old < board->count;
    if (at == OURO_BOARD_TOP_MAX || (known && !ouro__ranks_before(entry, &board->rows[old])))
        return;
    if (known)
        insert(board, entry, at, old);
    else if (board->count < OURO_BOARD_TOP_MAX)
        insert(board, entry, at, board->count++);
    else
        insert(board, entry, at, OURO_BOARD_TOP_MAX - 1); /* the last one falls out */
}

int ouro__boards_put(struct ouro__boards *boards, const struct ouro__entry *entry)
{
    struct ouro__board *board = find(boards, entry->board);
    int rc = board ? 0 : add_board(boards, &board);
    if (rc == 0)
        rank(board, entry);
    return rc;
}

void ouro__boards_shift(struct ouro__boards *boards, int64_t seq)
{
    for (size_t i = 0; i < boards->count; i++) {
        struct ouro__board *board = boards->board[i];
        for (size_t at = 0; at < board->count; at++)
            board->rows[at].seq += seq;
    }
}
