/* SPDX-License-Identifier: MIT */
#include "store/rules.h"
#include "test.h"

static struct ouro__rules rules_of(struct ouro_board declared)
{
    struct ouro__rules rules;
    declared.name = "arena";
    ck_assert_int_eq(ouro__rules_read(&declared, &rules), 0);
    return rules;
}

/* --- declarations ---------------------------------------------------------------------------- */

static void check_refused(struct ouro_board declared)
{
    struct ouro__rules rules;
    ck_assert_int_eq(ouro__rules_read(&declared, &rules), -EINVAL);
}

TEST(declarations_that_make_no_sense_are_refused)
{
    check_refused((struct ouro_board){.name = ""});
    check_refused((struct ouro_board){.name = "\xff"});
    check_refused(
        (struct ouro_board){.name = "a name that is longer than the 31 bytes that it may have"});
    check_refused((struct ouro_board){.name = "a", .counts = (enum ouro_board_counts)3});
    check_refused((struct ouro_board){.name = "a", .reset = (enum ouro_board_reset)3});
    check_refused((struct ouro_board){.name = "a", .hour = 24});
    check_refused((struct ouro_board){.name = "a", .hour = -1});
    check_refused((struct ouro_board){.name = "a", .weekday = 7});
    check_refused((struct ouro_board){.name = "a", .weekday = -1});
    check_refused((struct ouro_board){.name = "a", .periods_kept = -1});
    check_refused(
        (struct ouro_board){.name = "a", .periods_kept = OURO_BOARD_PERIODS_KEPT_MAX + 1});
}

/* --- periods --------------------------------------------------------------------------------- */

/* `date -u -d "2026-01-01 00:00" +%s`; it was a Thursday. */
#define NEW_YEAR 1767225600
#define HOURS(n) ((n)*3600)
#define DAYS(n)  ((n)*86400)

TEST(a_board_without_reset_is_for_ever)
{
    struct ouro__rules rules = rules_of((struct ouro_board){.hour = 5});
    ck_assert_int_eq(ouro__rules_period(&rules, NEW_YEAR, 0), OURO__EVER);
    ck_assert_int_eq(ouro__rules_period(&rules, NEW_YEAR, 3), OURO__EVER);
}

TEST(a_day_begins_at_its_hour)
{
    struct ouro__rules rules = rules_of((struct ouro_board){.reset = OURO_RESET_DAILY, .hour = 4});
    int64_t begins = NEW_YEAR + HOURS(4);
    ck_assert_int_eq(ouro__rules_period(&rules, begins - 1, 0), begins - DAYS(1));
    ck_assert_int_eq(ouro__rules_period(&rules, begins, 0), begins);
    ck_assert_int_eq(ouro__rules_period(&rules, begins + DAYS(1) - 1, 0), begins);
    ck_assert_int_eq(ouro__rules_period(&rules, begins + DAYS(1), 0), begins + DAYS(1));
    ck_assert_int_eq(ouro__rules_period(&rules, begins, 2), begins - DAYS(2));
    ck_assert_int_eq(ouro__rules_period(&rules, begins, -1), begins + DAYS(1));
}

TEST(a_week_begins_on_its_day)
{
    for (int weekday = 0; weekday < 7; weekday++) {
        struct ouro__rules rules = rules_of(
            (struct ouro_board){.reset = OURO_RESET_WEEKLY, .weekday = weekday, .hour = 18});
        /* From the first Sunday of that year, the 4th, on. */
        int64_t begins = NEW_YEAR + DAYS(3 + weekday) + HOURS(18);
        ck_assert_int_eq(ouro__rules_period(&rules, begins - 1, 0), begins - DAYS(7));
        ck_assert_int_eq(ouro__rules_period(&rules, begins, 0), begins);
        ck_assert_int_eq(ouro__rules_period(&rules, begins + DAYS(7) - 1, 0), begins);
        ck_assert_int_eq(ouro__rules_period(&rules, begins, 1), begins - DAYS(7));
    }
}

TEST(a_clock_that_was_never_set_has_periods_too)
{
    struct ouro__rules rules = rules_of((struct ouro_board){.reset = OURO_RESET_DAILY, .hour = 4});
    ck_assert_int_eq(ouro__rules_period(&rules, 0, 0), HOURS(4) - DAYS(1));
    ck_assert_int_eq(ouro__rules_period(&rules, -DAYS(3), 0), HOURS(4) - DAYS(4));
}

/* --- which score counts ---------------------------------------------------------------------- */

static const struct ouro__rules highest = {.name = "arena"}, lowest = {.lowest = true};

static struct ouro__entry score(const struct ouro__rules *rules, int64_t score, int64_t seq)
{
    struct ouro__entry entry = {.rules = rules, .score = score, .seq = seq};
    snprintf(entry.name, sizeof entry.name, "name %d", (int)seq);
    return entry;
}

static void check_combined(enum ouro_board_counts counts, struct ouro__entry known,
                           struct ouro__entry more, int64_t score, int64_t seq, int name)
{
    char named[32];
    snprintf(named, sizeof named, "name %d", name);
    ouro__combine(counts, &known, &more);
    ck_assert_int_eq(known.score, score);
    ck_assert_int_eq(known.seq, seq);
    ck_assert_str_eq(known.name, named);
}

TEST(the_best_counts)
{
    check_combined(OURO_BOARD_BEST, score(&highest, 5, 1), score(&highest, 6, 2), 6, 2, 2);
    check_combined(OURO_BOARD_BEST, score(&highest, 5, 1), score(&highest, 4, 2), 5, 1, 2);
    check_combined(OURO_BOARD_BEST, score(&highest, 5, 1), score(&highest, 5, 2), 5, 1, 2);
    check_combined(OURO_BOARD_BEST, score(&highest, 5, 2), score(&highest, 5, 1), 5, 1, 2);
    check_combined(OURO_BOARD_BEST, score(&lowest, 5, 1), score(&lowest, 6, 2), 5, 1, 2);
    check_combined(OURO_BOARD_BEST, score(&lowest, 5, 1), score(&lowest, -6, 2), -6, 2, 2);
}

TEST(the_last_counts)
{
    check_combined(OURO_BOARD_LAST, score(&highest, 5, 1), score(&highest, 2, 2), 2, 2, 2);
    check_combined(OURO_BOARD_LAST, score(&highest, 5, 1), score(&highest, 5, 2), 5, 1, 2);
    check_combined(OURO_BOARD_LAST, score(&highest, 5, 3), score(&highest, 9, 2), 5, 3, 3);
}

TEST(the_sum_counts_and_does_not_overflow)
{
    check_combined(OURO_BOARD_SUM, score(&highest, 5, 1), score(&highest, -7, 2), -2, 2, 2);
    check_combined(OURO_BOARD_SUM, score(&highest, 5, 1), score(&highest, 0, 2), 5, 1, 2);
    check_combined(OURO_BOARD_SUM, score(&highest, INT64_MAX - 1, 1), score(&highest, 9, 2),
                   INT64_MAX, 2, 2);
    check_combined(OURO_BOARD_SUM, score(&highest, INT64_MIN + 1, 1), score(&highest, -9, 2),
                   INT64_MIN, 2, 2);
}
