/* SPDX-License-Identifier: MIT */
/* What the declaration of a board means: its periods, which score counts, which one ranks before
 * another. Pure. */
#ifndef OURO_STORE_RULES_H
#define OURO_STORE_RULES_H

#include "ouro/store.h"

/* A period is named by its first second since 1970. This one has no beginning: all periods begin at
 * a full hour, so none begins here. */
#define OURO__EVER (-1)

struct ouro__rules {
    char name[OURO_BOARD_NAME_BYTES_MAX + 1];
    enum ouro_board_counts counts;
    bool lowest, all_time;
    int64_t period_s, phase_s; /* length, 0: for ever; and when one of them begins */
    int periods_kept;
};

/* A score with all that identifies it. `seq` counts submissions, for ever: who was first. */
struct ouro__entry {
    const struct ouro__rules *rules;
    int64_t since; /* of the period */
    char owner[OURO_OWNER_BYTES_MAX + 1];
    char name[OURO_SCORE_NAME_BYTES_MAX + 1];
    int64_t score, seq;
};

/* A copy of 1 byte or more of UTF-8, or false. */
bool ouro__copy_text(char *ret_copy, const char *text, size_t bytes_max);

/* 0 or -EINVAL. */
int ouro__rules_read(const struct ouro_board *declared, struct ouro__rules *ret_rules);
/* The period in which that second lies, or the one so many before it. */
int64_t ouro__rules_period(const struct ouro__rules *rules, int64_t wall_s, int back);

/* What a board is sorted by, the highest first; and back, for it is its own inverse. */
static inline int64_t ouro__rules_key(const struct ouro__rules *rules, int64_t score)
{
    return rules->lowest ? ~score : score;
}

/* Of one board: does a come before b? */
bool ouro__ranks_before(const struct ouro__entry *a, const struct ouro__entry *b);

/* Of one owner, board and period: what is known, and more of it. */
void ouro__combine(enum ouro_board_counts counts, struct ouro__entry *known,
                   const struct ouro__entry *more);

#endif
