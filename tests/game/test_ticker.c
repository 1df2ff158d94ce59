/* SPDX-License-Identifier: MIT */
#include "test.h"

#include <ouro/game.h>
#include <ouro/runtime.h>

#define PERIOD_NS OURO_MS(100)

/* The body of a test as the first task of a simulation. */
#define TICKER_TEST(NAME)                                              \
    static int NAME##_body(void *unused);                              \
    TEST(NAME)                                                         \
    {                                                                  \
        ck_assert_int_eq(ouro_sim_run(1, NULL, NAME##_body, NULL), 0); \
    }                                                                  \
    static int NAME##_body(void *unused __attribute__((unused)))

/* A step that begins as late as that. */
static int64_t step(struct ouro_ticker *ticker, int64_t late_ns)
{
    int64_t wait_ns = ticker->next + late_ns - ouro_now();
    ck_assert_int_ge(wait_ns, 0);
    ck_assert_int_eq(ouro_sleep(wait_ns), 0);
    return ouro_ticker_begin(ticker);
}

static int warnings;

static void count_warnings(enum ouro_log_level level, const char *line, void *ud)
{
    (void)ud;
    ck_assert_int_eq(level, OURO_LOG_WARN);
    ck_assert_ptr_nonnull(strstr(line, "late"));
    warnings++;
}

TICKER_TEST(the_first_tick_is_due_at_once_and_lateness_moves_no_other)
{
    struct ouro_ticker ticker;
    int64_t began = ouro_now();
    ouro_ticker_start(&ticker, "test", PERIOD_NS);
    ck_assert_int_eq(ticker.next, began);
    for (int i = 0; i < 1000; i++) {
        ck_assert_int_eq(ticker.next, began + i * PERIOD_NS);
        ck_assert_int_eq(step(&ticker, OURO_MS(i % 20)), OURO_MS(i % 20));
    }
    ck_assert_uint_eq(ticker.ticks, 1000);
    ck_assert_uint_eq(ticker.late, 0);
    ck_assert_int_eq(ticker.late_ns_max, OURO_MS(19));
    ck_assert_int_eq(ticker.late_ns_sum, 50 * 190 * OURO_MS(1));
    return 0;
}

TICKER_TEST(late_ticks_are_counted_and_told_every_ten_seconds)
{
    struct ouro_ticker ticker;
    ouro_log_to(count_warnings, NULL);
    ouro_ticker_start(&ticker, "test", PERIOD_NS);
    step(&ticker, OURO_TICK_LATE_NS);
    ck_assert_int_eq(warnings, 0);
    for (int i = 0; i < 205; i++)
        step(&ticker, OURO_TICK_LATE_NS + 1);
    ck_assert_uint_eq(ticker.late, 205);
    ck_assert_int_eq(warnings, 3); /* at 0.1 s, 10.1 s and 20.1 s */
    ouro_log_to(NULL, NULL);
    return 0;
}

TICKER_TEST(after_a_stall_a_tick_is_made_up_for_and_the_rest_is_skipped)
{
    struct ouro_ticker ticker;
    ouro_log_to(count_warnings, NULL);
    int64_t began = ouro_now(), stall_ns = 50 * PERIOD_NS;
    ouro_ticker_start(&ticker, "test", PERIOD_NS);
    step(&ticker, stall_ns);
    int made_up = 0;
    for (; ticker.next <= ouro_now(); made_up++)
        ouro_ticker_begin(&ticker);
    ck_assert_int_eq(made_up, OURO_TICKS_CAUGHT_UP_MAX + 1); /* and the one that is due now */
    ck_assert_uint_eq(ticker.skipped + ticker.ticks, 51);
    ck_assert_int_eq(ticker.next, began + 51 * PERIOD_NS); /* still in step with the first */
    ouro_log_to(NULL, NULL);
    return 0;
}

TICKER_TEST(a_pause_is_not_late_and_what_was_counted_stays)
{
    struct ouro_ticker ticker;
    ouro_log_to(count_warnings, NULL);
    ouro_ticker_start(&ticker, "test", PERIOD_NS);
    for (int round = 1; round <= 5; round++) {
        ouro_ticker_resume(&ticker);
        ck_assert_int_eq(ticker.next, ouro_now());
        step(&ticker, OURO_TICK_LATE_NS + 1);
        ck_assert_uint_eq(ticker.ticks, (uint64_t)round);
        ck_assert_uint_eq(ticker.late, (uint64_t)round);
        ck_assert_int_eq(ouro_sleep(OURO_SEC(1)), 0);
    }
    ck_assert_uint_eq(ticker.skipped, 0);
    ck_assert_int_eq(warnings, 1);
    ouro_log_to(NULL, NULL);
    return 0;
}
