/* SPDX-License-Identifier: MIT */
/* Timers: started, stopped, fired in order, beside a naive model. */
#include "scene.h"

#include "runtime/timer.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

struct noted {
    struct ouro_timer timer;
    int number;
};

static void note_number(struct ouro_timer *timer)
{
    ck_assert_ptr_null(ouro_task_self());
    note("%d", ouro_container(timer, struct noted, timer)->number);
}

static void start(struct noted *noted, int number, int64_t when)
{
    noted->timer.fn = note_number;
    noted->number = number;
    ck_assert_int_eq(ouro_timer_start(&noted->timer, when), 0);
}

SIM_TEST(timers_fire_in_order_of_time_at_their_time)
{
    struct noted a = {0}, b = {0}, c = {0};
    start(&a, 1, 30);
    start(&b, 2, 10);
    start(&c, 3, 20);
    ouro_sleep_until(25);
    assert_trace("2 3");
    ouro_sleep_until(30);
    assert_trace("1");
    ck_assert_int_eq(ouro_loop_stats(ouro_loop_self()).late_ns_max, 0);
    return 0;
}

SIM_TEST(equal_times_fire_in_order_of_starting)
{
    enum { COUNT = 100 };
    static struct noted timers[COUNT];
    char expected[400] = "";
    for (int i = 0; i < COUNT; i++)
        start(&timers[i], i, OURO_MS(1));
    for (int i = 10; i < COUNT; i += 10)
        ouro_timer_stop(&timers[i].timer);
    start(&timers[5], 5, OURO_MS(1)); /* anew: now it is the last */
    for (int i = 0; i < COUNT; i++) {
        if ((i == 0 || i % 10 != 0) && i != 5)
            sprintf(expected + strlen(expected), "%d ", i);
    }
    strcat(expected, "5");
    ouro_sleep(OURO_MS(2));
    assert_trace(expected);
    return 0;
}

SIM_TEST(a_stopped_timer_is_left_alone)
{
    struct noted a = {0}, never = {0};
    ouro_timer_stop(&never.timer);
    start(&a, 1, 10);
    ouro_timer_stop(&a.timer);
    ouro_timer_stop(&a.timer);
    ouro_sleep(20);
    assert_trace("");
    start(&a, 1, 30);
    ouro_sleep(20);
    ouro_timer_stop(&a.timer); /* it has fired */
    assert_trace("1");
    return 0;
}

SIM_TEST(starting_anew_moves_a_timer)
{
    struct noted a = {0}, b = {0};
    start(&a, 1, 10);
    start(&b, 2, 20);
    start(&a, 1, 30);
    ouro_sleep_until(25);
    assert_trace("2");
    start(&a, 1, 26);
    ouro_sleep_until(30);
    assert_trace("1");
    return 0;
}

struct periodic {
    struct ouro_timer timer;
    int64_t period;
    int left;
};

static void again(struct ouro_timer *timer)
{
    struct periodic *periodic = ouro_container(timer, struct periodic, timer);
    note("%d", (int)ouro_now());
    if (--periodic->left > 0)
        ouro_timer_start(timer, timer->when + periodic->period);
}

SIM_TEST(a_callback_may_start_its_own_timer_again)
{
    struct periodic periodic = {.timer.fn = again, .period = 10, .left = 4};
    ouro_timer_start(&periodic.timer, 10);
    ouro_sleep_until(100);
    assert_trace("10 20 30 40");
    return 0;
}

struct rival {
    struct ouro_timer timer;
    struct ouro_timer *other;
};

static void stop_other(struct ouro_timer *timer)
{
    note("rival");
    ouro_timer_stop(ouro_container(timer, struct rival, timer)->other);
}

SIM_TEST(a_callback_may_stop_one_that_is_due_as_well)
{
    struct rival a = {.timer.fn = stop_other}, b = {.timer.fn = stop_other};
    a.other = &b.timer;
    b.other = &a.timer;
    ouro_timer_start(&a.timer, 10);
    ouro_timer_start(&b.timer, 10);
    ouro_sleep_until(20);
    assert_trace("rival");
    return 0;
}

/* --- in the past -------------------------------------------------------------------------- */

SIM_TEST(started_in_the_past_a_timer_fires_in_the_next_turn)
{
    struct noted a = {0}, b = {0}, c = {0};
    ouro_sleep_until(OURO_MS(5));
    start(&a, 1, OURO_MS(2));
    start(&b, 2, OURO_MS(1));
    start(&c, 3, -7);
    assert_trace("");
    ouro_sleep(OURO_US(1));
    assert_trace("1 2 3"); /* all are due now: by order of starting */
    ck_assert_int_le(ouro_loop_stats(ouro_loop_self()).late_ns_max, OURO_US(1));
    return 0;
}

static int in_the_past;

static void always_late(struct ouro_timer *timer)
{
    in_the_past++;
    ouro_timer_start(timer, 0);
}

SIM_TEST(one_that_is_always_late_starves_nobody)
{
    struct ouro_timer late = {.fn = always_late};
    struct noted other = {0};
    ouro_sleep_until(OURO_MS(1));
    ouro_timer_start(&late, 0);
    start(&other, 1, OURO_MS(2));
    ck_assert_int_eq(ouro_sleep_until(OURO_MS(3)), 0);
    assert_trace("1");
    ck_assert_int_gt(in_the_past, 100);
    ouro_timer_stop(&late);
    return 0;
}

/* --- life --------------------------------------------------------------------------------- */

static struct noted left_armed;

static int leave_one_armed(void *arg)
{
    (void)arg;
    start(&left_armed, 1, OURO_SEC(1));
    return 0;
}

TEST(a_timer_left_armed_is_stopped_with_the_loop)
{
    ck_assert_int_eq(ouro_sim_run(1, NULL, leave_one_armed, NULL), 0);
    ck_assert_uint_eq(left_armed.timer.place, 0);
    ouro_timer_stop(&left_armed.timer);
    assert_trace("");
}

static void wait_in_callback(struct ouro_timer *timer)
{
    (void)timer;
    ouro_yield();
}

static int run_waiting_callback(void *arg)
{
    struct ouro_timer timer = {.fn = wait_in_callback};
    (void)arg;
    ouro_timer_start(&timer, 10);
    return ouro_sleep(20);
}

TEST(waiting_in_a_callback_is_a_broken_promise)
{
    pid_t child = check_fork();
    if (child == 0) {
        freopen("/dev/null", "w", stderr);
        ouro_sim_run(1, NULL, run_waiting_callback, NULL);
        _exit(0);
    }
    int status;
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
}

/* --- beside a naive model ----------------------------------------------------------------- */

enum { MODEL_TIMERS = 300, MODEL_STEPS = 10000 };

static struct {
    struct ouro__timers heap;
    struct ouro_timer timers[MODEL_TIMERS];
    int64_t when[MODEL_TIMERS]; /* the model; FOREVER: stopped */
    uint64_t order[MODEL_TIMERS];
    uint64_t started;
} model;

/* The first by time, then by order of starting; -1: none. */
static int model_first(void)
{
    int first = -1;
    for (int i = 0; i < MODEL_TIMERS; i++) {
        if (model.when[i] == OURO_FOREVER)
            continue;
        if (first < 0 || model.when[i] < model.when[first] ||
            (model.when[i] == model.when[first] && model.order[i] < model.order[first]))
            first = i;
    }
    return first;
}

static void model_stop(int i)
{
    ouro__timers_remove(&model.heap, &model.timers[i]);
    ouro__timers_unpromise(&model.heap);
    model.when[i] = OURO_FOREVER;
}

static void model_start(int i, int64_t when)
{
    ck_assert_int_eq(ouro__timers_promise(&model.heap), 0);
    model.timers[i].when = when;
    ouro__timers_add(&model.heap, &model.timers[i], 0);
    model.when[i] = when;
    model.order[i] = model.started++;
}

static void compare_with_model(void)
{
    int first = model_first();
    if (first < 0) {
        ck_assert_int_eq(ouro__timers_next(&model.heap), OURO_FOREVER);
        return;
    }
    ck_assert_int_eq(ouro__timers_next(&model.heap), model.when[first]);
    ck_assert_ptr_eq(model.heap.heap[0].timer, &model.timers[first]);
}

TEST(the_heap_agrees_with_a_naive_model)
{
    struct ouro_rng rng;
    ouro_rng_seed(&rng, 20);
    for (int i = 0; i < MODEL_TIMERS; i++)
        model.when[i] = OURO_FOREVER;
    for (int step = 0; step < MODEL_STEPS; step++) {
        /* Few different times: many are equal. First more starts, then more stops. */
        int i = (int)ouro_rng_below(&rng, MODEL_TIMERS);
        bool armed = model.when[i] != OURO_FOREVER;
        if (armed)
            model_stop(i);
        if (!armed || ouro_rng_below(&rng, 3) == 0)
            model_start(i, ouro_rng_below(&rng, 50));
        if (ouro_rng_below(&rng, 4) == 0 && model_first() >= 0)
            model_stop(model_first());
        compare_with_model();
    }
    while (model_first() >= 0) {
        model_stop(model_first());
        compare_with_model();
    }
    ck_assert_uint_eq(model.heap.count, 0);
    ck_assert_uint_eq(model.heap.promised, 0);
    ouro__timers_done(&model.heap);
}

enum { THOUSANDS = 10000 };

static struct ouro_timer thousands[THOUSANDS];
static int64_t last_fired;
static int fired_count;

static void check_order(struct ouro_timer *timer)
{
    ck_assert_int_eq(ouro_now(), timer->when);
    ck_assert_int_ge(timer->when, last_fired);
    last_fired = timer->when;
    fired_count++;
}

SIM_TEST(ten_thousand_timers_fire_each_at_its_time)
{
    int stopped = 0;
    for (int i = 0; i < THOUSANDS; i++) {
        thousands[i].fn = check_order;
        ouro_timer_start(&thousands[i], 1 + (int64_t)(ouro_random() % OURO_SEC(10)));
    }
    for (int i = 0; i < THOUSANDS; i += 7, stopped++)
        ouro_timer_stop(&thousands[i]);
    ck_assert_int_eq(ouro_sleep(OURO_SEC(11)), 0);
    ck_assert_int_eq(fired_count, THOUSANDS - stopped);
    return 0;
}
