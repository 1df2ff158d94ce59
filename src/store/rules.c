/* SPDX-License-Identifier: MIT */
#include "store/rules.h"

#include <string.h>

#define HOUR_S 3600
#define DAY_S  (24 * HOUR_S)
#define WEEK_S (7 * DAY_S)
/* 1970 began on a Thursday. */
#define WEEKDAY_OF_1970 4

bool ouro__copy_text(char *ret_copy, const char *text, size_t bytes_max)
{
    size_t len = strnlen(text, bytes_max + 1);
    if (len == 0 || len > bytes_max || !ouro_utf8_valid(text, len))
        return false;
    memcpy(ret_copy, text, len + 1);
    return true;
}

/* --- periods --------------------------------------------------------------------------------- */

static bool sensible(const struct ouro_board *declared)
{
    return declared->counts <= OURO_BOARD_SUM && declared->reset <= OURO_RESET_WEEKLY &&
           declared->weekday >= 0 && declared->weekday <= 6 && declared->hour >= 0 &&
           declared->hour <= 23 && declared->periods_kept >= 0 &&
           declared->periods_kept <= OURO_BOARD_PERIODS_KEPT_MAX;
}

int ouro__rules_read(const struct ouro_board *declared, struct ouro__rules *ret_rules)
{
    struct ouro__rules rules = {
        .counts = declared->counts,
        .lowest = declared->lowest,
        .all_time = declared->all_time,
        .periods_kept = declared->periods_kept,
        .phase_s = declared->hour * HOUR_S,
    };
    if (!sensible(declared) ||
        !ouro__copy_text(rules.name, declared->name, OURO_BOARD_NAME_BYTES_MAX))
        return -EINVAL;
    if (declared->reset == OURO_RESET_DAILY)
        rules.period_s = DAY_S;
    if (declared->reset == OURO_RESET_WEEKLY) {
        rules.period_s = WEEK_S;
        rules.phase_s += (declared->weekday + 7 - WEEKDAY_OF_1970) % 7 * DAY_S;
    }
    *ret_rules = rules;
    return 0;
}

int64_t ouro__rules_period(const struct ouro__rules *rules, int64_t wall_s, int back)
{
    if (rules->period_s == 0)
        return OURO__EVER;
    int64_t into = (wall_s - rules->phase_s) % rules->period_s;
    if (into < 0) /* before 1970: a clock that was never set */
        into += rules->period_s;
    return wall_s - into - back * rules->period_s;
}

/* --- scores ---------------------------------------------------------------------------------- */

bool ouro__ranks_before(const struct ouro__entry *a, const struct ouro__entry *b)
{
    int64_t key_a = ouro__rules_key(a->rules, a->score);
    int64_t key_b = ouro__rules_key(b->rules, b->score);
    return key_a != key_b ? key_a > key_b : a->seq < b->seq;
}

static int64_t sum(int64_t a, int64_t b)
{
    int64_t total;
    if (__builtin_add_overflow(a, b, &total))
        return a < 0 ? INT64_MIN : INT64_MAX;
    return total;
}

/* The score that counts now, and with which submission it came to be that. */
static int64_t counted(enum ouro_board_counts counts, const struct ouro__entry *known,
                       const struct ouro__entry *more)
{
    switch (counts) {
    case OURO_BOARD_LAST:
        return more->seq > known->seq ? more->score : known->score;
    case OURO_BOARD_SUM:
        return sum(known->score, more->score);
    default:
        return ouro__ranks_before(more, known) ? more->score : known->score;
    }
}

/* An equal score is still from when it was achieved. One of the best that came earlier than what
 * is known, as when two databases meet, brings its own number. */
void ouro__combine(enum ouro_board_counts counts, struct ouro__entry *known,
                   const struct ouro__entry *more)
{
    int64_t score = counted(counts, known, more);
    bool earlier = counts == OURO_BOARD_BEST && more->score == score && more->seq < known->seq;
    if (more->seq > known->seq)
        memcpy(known->name, more->name, sizeof known->name);
    if (score != known->score || earlier)
        known->seq = more->seq;
    known->score = score;
}
