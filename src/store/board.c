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
        if (strcmp(boards->board[i]->name, name) == 0)
            return boards->board[i];
    }
    return NULL;
}

const struct ouro__board *ouro__boards_find(const struct ouro__boards *boards, const char *name)
{
    return find(boards, name);
}

static int add_board(struct ouro__boards *boards, const char *name, struct ouro__board **ret_board)
{
    if (boards->count == OURO_BOARDS_MAX)
        return -OURO_ELIMIT;
    struct ouro__board *board = calloc(1, sizeof *board);
    if (!board)
        return -ENOMEM;
    strcpy(board->name, name);
    boards->board[boards->count++] = board;
    *ret_board = board;
    return 0;
}

static size_t row_of(const struct ouro__board *board, const char *name)
{
    size_t at = 0;
    while (at < board->count && strcmp(board->rows[at].score.name, name) != 0)
        at++;
    return at;
}

static bool row_before(const struct ouro__ranked *row, const struct ouro__entry *entry)
{
    return ouro__ranks_before(row->score.score, row->seq, entry->score, entry->seq);
}

/* The rows from `to` up to `from` move down by one, over what is at `from`. */
static void make_room(struct ouro__board *board, size_t to, size_t from)
{
    memmove(&board->rows[to + 1], &board->rows[to], (from - to) * sizeof board->rows[0]);
}

static void rank(struct ouro__board *board, const struct ouro__entry *entry)
{
    size_t old = row_of(board, entry->name), at = 0;
    if (old < board->count &&
        !ouro__ranks_before(entry->score, entry->seq, board->rows[old].score.score,
                            board->rows[old].seq))
        return;
    while (at < board->count && row_before(&board->rows[at], entry))
        at++;
    if (at == OURO_BOARD_TOP_MAX)
        return;
    if (old == board->count && board->count < OURO_BOARD_TOP_MAX)
        board->count++;
    else if (old == board->count)
        old--; /* the last one falls out */
    make_room(board, at, old);
    strcpy(board->rows[at].score.name, entry->name);
    board->rows[at].score.score = entry->score;
    board->rows[at].seq = entry->seq;
}

int ouro__boards_put(struct ouro__boards *boards, const struct ouro__entry *entry)
{
    struct ouro__board *board = find(boards, entry->board);
    int rc = board ? 0 : add_board(boards, entry->board, &board);
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
