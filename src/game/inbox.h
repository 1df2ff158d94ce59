/* SPDX-License-Identifier: MIT */
/* The inbox of a room: a bounded ring that any thread puts into and the room takes from.
 *
 * Each cell has a turn number (D. Vyukov's bounded queue): a producer may write cell i in the round
 * in which its turn says so, the consumer may read it one turn later, and whoever is done passes
 * the turn on. A producer that is interrupted in the middle delays what comes behind it, nothing
 * else.
 *
 * What players have to do with entering and leaving must not be lost: for these there is always
 * room beyond what inputs may fill, because a seat makes three of them at the most (coming, going,
 * and one note that something has changed). */
#ifndef OURO_GAME_INBOX_H
#define OURO_GAME_INBOX_H

#include "ouro/game.h"

#include <stdatomic.h>

struct ouro__inbox_cell {
    _Atomic size_t turn;
    struct ouro_input input;
};

struct ouro__inbox {
    struct ouro__inbox_cell *cells;
    size_t mask;
    size_t inputs_max;
    size_t head; /* the consumer's */
    _Atomic size_t taken;
    _Atomic size_t tail;
};

/* 0 or -ENOMEM. */
int ouro__inbox_init(struct ouro__inbox *inbox, size_t inputs_max, size_t reserve);
void ouro__inbox_done(struct ouro__inbox *inbox);
/* 0; -OURO_ELIMIT unless `reserved`. Any thread. */
int ouro__inbox_put(struct ouro__inbox *inbox, const struct ouro_input *input, bool reserved);
/* The oldest; false when there is none. The consumer only. */
bool ouro__inbox_take(struct ouro__inbox *inbox, struct ouro_input *ret_input);
bool ouro__inbox_empty(const struct ouro__inbox *inbox);

#endif
