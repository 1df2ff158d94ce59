/* SPDX-License-Identifier: MIT */
/* The simulated twin: time that jumps, chance that repeats, and the report when nothing can go on.
 */
#include "scene.h"

#include "runtime/wait.h"

#include <ouro/sync.h>

SIM_TEST(time_begins_at_zero_and_jumps)
{
    ck_assert_int_eq(ouro_now(), 0);
    ck_assert_int_eq(ouro_sleep(OURO_SEC(3600)), 0);
    ck_assert_int_eq(ouro_now(), OURO_SEC(3600));
    ck_assert_int_eq(ouro_loop_stats(ouro_loop_self()).idle_ns, OURO_SEC(3600));
    return 0;
}

SIM_TEST(a_simulation_says_that_it_is_one_and_has_no_descriptors)
{
    struct ouro__io io = {0};
    ck_assert(ouro__loop_is_simulated(ouro_loop_self()));
    ck_assert_int_eq(ouro__io_open(&io, 0), -ENOTSUP);
    return 0;
}

/* --- seeds -------------------------------------------------------------------------------- */

/* A random program: tasks that sleep, yield, spawn, cancel, fail as chance has it; its trace is a
 * hash of everything that happened, with the times. */
enum { ACTORS_MAX = 200 };

static struct {
    uint64_t hash;
    int actors;
    struct ouro_task *one; /* somebody to cancel or await */
} program;

static void record(uint64_t what)
{
    program.hash = (program.hash ^ what ^ (uint64_t)ouro_now()) * UINT64_C(1099511628211);
}

static int actor(void *arg);

static void spawn_actor(void)
{
    if (program.actors == ACTORS_MAX)
        return;
    struct ouro_task *task;
    program.actors++;
    ck_assert_int_eq(ouro_spawn(actor, NULL, NULL, &task), 0);
    ouro_task_unref(program.one);
    program.one = task;
}

static int act(unsigned choice)
{
    switch (choice) {
    case 0:
        return ouro_sleep((int64_t)(ouro_random() % OURO_MS(10)));
    case 1:
        return ouro_yield();
    case 2:
        spawn_actor();
        return 0;
    case 3:
        return program.one ? ouro_cancel(program.one) : 0;
    default:
        if (!program.one || program.one == ouro_task_self())
            return 0;
        return ouro_await(program.one, ouro_after(OURO_MS(1)), NULL);
    }
}

static int actor(void *arg)
{
    (void)arg;
    for (int i = 0; i < 50; i++) {
        unsigned choice = (unsigned)(ouro_random() % 5);
        int rc = act(choice);
        record((uint64_t)choice << 32 | (uint32_t)rc);
        if (rc == -ECANCELED)
            return rc;
    }
    return -(int)(ouro_random() % 2);
}

static void record_failure(const struct ouro_failure *failure, void *ud)
{
    (void)ud;
    record((uint64_t)failure->status);
}

static int random_program(void *arg)
{
    (void)arg;
    ouro_loop_on_failure(ouro_loop_self(), record_failure, NULL);
    for (int i = 0; i < 20; i++)
        spawn_actor();
    ouro_sleep(OURO_SEC(10));
    program.one = ouro_task_unref(program.one);
    return (int)ouro_loop_stats(ouro_loop_self()).spawned;
}

static uint64_t trace_of(uint64_t seed)
{
    program.hash = 0;
    program.actors = 0;
    ck_assert_int_gt(ouro_sim_run(seed, NULL, random_program, NULL), 20);
    return program.hash;
}

TEST(the_same_seed_gives_the_same_trace_and_another_another)
{
    uint64_t seen[20];
    for (uint64_t seed = 0; seed < 20; seed++) {
        seen[seed] = trace_of(seed);
        ck_assert_uint_eq(trace_of(seed), seen[seed]);
        for (uint64_t other = 0; other < seed; other++)
            ck_assert_uint_ne(seen[other], seen[seed]);
    }
}

/* --- busy tasks --------------------------------------------------------------------------- */

static int busy(void *arg)
{
    while (!*(bool *)arg)
        ouro_yield();
    return 0;
}

SIM_TEST(busy_tasks_do_not_stop_time_and_timers_are_punctual)
{
    bool stop = false;
    struct ouro_task *tasks[3];
    for (int i = 0; i < 3; i++)
        tasks[i] = started(busy, &stop);
    for (int64_t when = 12345; when < OURO_MS(1); when += 12345) {
        ck_assert_int_eq(ouro_sleep_until(when), 0);
        ck_assert_int_lt(ouro_now() - when, OURO_US(5)); /* the step comes some turns later */
    }
    ck_assert_int_eq(ouro_loop_stats(ouro_loop_self()).late_ns_max, 0);
    stop = true;
    for (int i = 0; i < 3; i++)
        ck_assert_int_eq(status_of(tasks[i]), 0);
    return 0;
}

/* --- being looked at --------------------------------------------------------------------- */

/* What never has to wait lets the others run, and time pass. Returns how much has passed. */
static int never_wait(void *arg)
{
    struct ouro_event event;
    (void)arg;
    ouro_event_init(&event);
    ouro_event_set(&event);
    struct ouro_case cases[] = {ouro_on_event(&event)};
    for (int i = 0; i < 200; i++)
        ck_assert_int_eq(ouro_select(cases, 1, OURO_FOREVER), 0);
    return (int)ouro_now();
}

static void look_on(const char *line, void *ud)
{
    (void)line, (void)ud;
}

TEST(who_looks_on_changes_nothing)
{
    struct ouro_sim_options options = {.trace = look_on};
    int passed = ouro_sim_run(1, NULL, never_wait, NULL);
    ck_assert_int_gt(passed, 0);
    ck_assert_int_eq(ouro_sim_run(1, &options, never_wait, NULL), passed);
}

static void note_post(struct ouro_post *post)
{
    (void)post;
    note("post@%d", (int)(ouro_now() / OURO_MS(1)));
}

SIM_TEST(a_post_comes_before_the_clock_jumps)
{
    struct ouro_post post = {.fn = note_post};
    ck_assert_int_eq(ouro_post(ouro_loop_self(), &post), 0);
    ck_assert_int_eq(ouro_sleep(OURO_SEC(1)), 0);
    assert_trace("post@0");
    return 0;
}

/* --- deadlock ----------------------------------------------------------------------------- */

static char report[2048];

static void keep_report(enum ouro_log_level level, const char *line, void *ud)
{
    (void)level, (void)ud;
    size_t len = strlen(report);
    snprintf(report + len, sizeof report - len, "%s\n", line);
}

static int cleaned_up;

static void clean_up(void *arg)
{
    (void)arg;
    cleaned_up += ouro_sleep(OURO_SEC(1)) == 0;
}

static int await_the_other(void *arg)
{
    struct ouro_task **other = arg;
    ouro_defer(clean_up, NULL);
    return ouro_await(*other, OURO_FOREVER, NULL);
}

static int await_each_other(void *arg)
{
    (void)arg;
    static struct ouro_task *a, *b;
    a = started(await_the_other, &b);
    b = started(await_the_other, &a);
    int rc = ouro_await(a, OURO_FOREVER, NULL);
    ouro_task_unref(a);
    ouro_task_unref(b);
    return rc;
}

TEST(a_deadlock_is_told_task_by_task_and_cleaned_up)
{
    ouro_log_to(keep_report, NULL);
    ck_assert_int_eq(ouro_sim_run(1, NULL, await_each_other, NULL), -OURO_EDEADLOCK);
    ouro_log_to(NULL, NULL);
    ck_assert_int_eq(cleaned_up, 2);
    ck_assert_ptr_nonnull(strstr(report, "deadlock: 3 tasks"));
    ck_assert_ptr_nonnull(strstr(report, "await_each_other (spawned at "));
    ck_assert_ptr_nonnull(strstr(report, "test_sim.c:"));
    ck_assert_ptr_nonnull(strstr(report, "waits for task"));
}

static int await_shielded(void *arg)
{
    struct ouro_scope shield;
    ouro_shield_open(&shield, OURO_FOREVER);
    ouro_await(arg, OURO_FOREVER, NULL);
    ouro_scope_close(&shield);
    return 0;
}

static int insist_on_a_sleeper(void *arg)
{
    (void)arg;
    struct ouro_task *sleeper = started(sleep_forever, NULL);
    await_shielded(sleeper);
    ouro_task_unref(sleeper);
    return 0;
}

TEST(a_deadlock_behind_a_shield_is_broken_by_cancelling_all)
{
    ouro_log_to(keep_report, NULL);
    ck_assert_int_eq(ouro_sim_run(1, NULL, insist_on_a_sleeper, NULL), -OURO_EDEADLOCK);
    ouro_log_to(NULL, NULL);
}

static int sleep_with_a_timer_for_never(void *arg)
{
    static struct ouro_timer never = {.fn = NULL};
    (void)arg;
    ouro_timer_start(&never, OURO_FOREVER);
    return ouro_sleep_until(OURO_FOREVER);
}

TEST(a_timer_that_never_fires_saves_nobody)
{
    ouro_log_to(keep_report, NULL);
    ck_assert_int_eq(ouro_sim_run(1, NULL, sleep_with_a_timer_for_never, NULL), -OURO_EDEADLOCK);
    ouro_log_to(NULL, NULL);
}

static void release_after_a_while(struct ouro_post *post)
{
    (void)post;
    ouro__external_drop(ouro_loop_self());
}

static int hold_then_sleep(void *arg)
{
    (void)arg;
    static struct ouro_post post = {.fn = release_after_a_while};
    ouro__external_hold(ouro_loop_self());
    ouro_post(ouro_loop_self(), &post);
    return ouro_sleep_until(OURO_FOREVER);
}

TEST(what_is_held_from_outside_can_still_come)
{
    ouro_log_to(keep_report, NULL);
    ck_assert_int_eq(ouro_sim_run(1, NULL, hold_then_sleep, NULL), -OURO_EDEADLOCK);
    ouro_log_to(NULL, NULL);
}
