/* SPDX-License-Identifier: MIT */
/* runtime: tasks, groups, scopes, timers, posts, loops, and what looks at them. */
#include "torture.h"

#include <signal.h>

/* --- tasks --------------------------------------------------------------------------------------
 */

static const struct ouro_local local = {"torture"};
static int arguments_done;

static void argument_done(void *arg)
{
    (void)arg;
    arguments_done++;
}

static void deferred(void *arg)
{
    ++*(int *)arg;
}

/* Uses all that a task can have; what it can't have is not there. */
static int child(void *arg)
{
    static int runs;
    expect(ouro_local_get(&local) == arg);
    int before = runs;
    if (went(ouro_defer(deferred, &runs), -ENOMEM) && went(ouro_defer(deferred, &runs), -ENOMEM))
        expect(runs == before);
    int value;
    if (went(ouro_local_set(&local, &value), -ENOMEM))
        expect(ouro_local_get(&local) == &value);
    else
        expect(ouro_local_get(&local) == arg);
    expect(ouro_yield() == 0 && ouro_sleep(OURO_US(10)) == 0);
    expect(ouro_sleep_until(ouro_now() - 1) == 0);
    ouro_set_result(arg);
    return 7;
}

static void on_done(struct ouro_done_callback *self, struct ouro_task *task)
{
    (void)self;
    expect(ouro_task_done(task));
}

/* Taken over or not at all: arg_done is called once for each spawn that went well. */
static void spawn_with(const struct ouro_spawn_options *options, void *arg)
{
    struct ouro_task *task = NULL;
    struct ouro_done_callback callback = {.fn = on_done};
    int before = arguments_done, status = 0;
    if (!went(ouro_spawn(child, arg, options, &task), -ENOMEM)) {
        expect(!task && arguments_done == before);
        return;
    }
    ouro_task_on_done(task, &callback);
    expect(ouro_task_status(task) == -EINPROGRESS && strlen(ouro_task_name(task)) > 0);
    expect(ouro_task_ref(task) == task);
    expect(ouro_await(task, SOON, &status) == 0 && status == 7);
    expect(arguments_done == before + 1 && ouro_task_result(task) == arg);
    expect(!ouro_task_cancelled(task));
    ouro_task_unref(task);
    ouro_task_unref(task);
}

static int spawn_all(void *arg)
{
    (void)arg;
    static int value;
    struct ouro_spawn_options usual = {.arg_done = argument_done};
    struct ouro_spawn_options large = {
        .name = "large", .stack_bytes = 1 << 20, .arg_done = argument_done};
    spawn_with(&usual, NULL);
    spawn_with(&large, NULL);
    bool set = went(ouro_local_set(&local, &value), -ENOMEM);
    spawn_with(&usual, set ? &value : NULL);
    expect(ouro_task_self() && ouro_loop_self() && ouro_wall_time() > 0 && ouro_random() != 0);
    return 0;
}

SCENARIO(runtime, spawn)
{
    in_loop(spawn_all);
}

static int sleep_long(void *arg)
{
    (void)arg;
    return ouro_sleep(OURO_SEC(1000));
}

/* As many as take several slabs of stacks; all end, however many there are. */
static int spawn_many(void *arg)
{
    (void)arg;
    struct ouro_task *tasks[70];
    for (int i = 0; i < 70; i++)
        tasks[i] = started(sleep_long, NULL);
    ouro_yield();
    for (int i = 0; i < 70; i++) {
        if (!tasks[i])
            continue;
        expect(ouro_cancel(tasks[i]) == 0);
        expect(status_of(tasks[i]) == -ECANCELED);
    }
    return 0;
}

SCENARIO(runtime, many)
{
    in_loop(spawn_many);
}

/* --- groups and scopes --------------------------------------------------------------------------
 */

static int fail_soon(void *arg)
{
    (void)arg;
    ouro_yield();
    return -EDOM;
}

static int use_groups(void *arg)
{
    (void)arg;
    struct ouro_group group;
    struct ouro_scope scope, shield;
    bool all = true;
    ouro_group_open(&group, SOON);
    for (int i = 0; i < 3; i++)
        all &= went(ouro_group_spawn(&group, sleep_long, NULL, NULL, NULL), -ENOMEM);
    bool failing = went(ouro_group_spawn(&group, fail_soon, NULL, NULL, NULL), -ENOMEM);
    if (!failing)
        ouro_group_cancel(&group);
    int rc = ouro_group_wait(&group);
    expect(rc == (failing ? -EDOM : 0) || rc == -ECANCELED);
    expect((ouro_group_failed(&group, NULL) != NULL) == (rc == -EDOM));
    expect(ouro_group_close(&group) == rc);
    expect(all || fail_hit());

    ouro_scope_open(&scope, ouro_after(OURO_US(100)));
    expect(ouro_sleep(OURO_SEC(100)) == -ECANCELED);
    ouro_shield_open(&shield, SOON);
    expect(ouro_sleep(OURO_US(1)) == 0);
    ouro_scope_cancel(&shield);
    expect(ouro_yield() == -ECANCELED && ouro_scope_close(&shield) == -ECANCELED);
    expect(ouro_scope_close(&scope) == -ETIMEDOUT);
    return 0;
}

SCENARIO(runtime, group)
{
    in_loop(use_groups);
}

/* --- timers and posts ---------------------------------------------------------------------------
 */

static int fired;

static void on_timer(struct ouro_timer *timer)
{
    (void)timer;
    fired++;
}

/* More than the heap begins with, so that it has to grow. */
static int use_timers(void *arg)
{
    (void)arg;
    struct ouro_timer timers[200] = {0};
    int armed = 0;
    fired = 0;
    for (int i = 0; i < 200; i++) {
        timers[i].fn = on_timer;
        armed += went(ouro_timer_start(&timers[i], ouro_now()), -ENOMEM);
    }
    expect(ouro_sleep(OURO_MS(1)) == 0 && fired == armed);
    if (went(ouro_timer_start(&timers[0], SOON), -ENOMEM))
        ouro_timer_stop(&timers[0]);
    ouro_timer_stop(&timers[1]);
    return 0;
}

SCENARIO(runtime, timers)
{
    in_loop(use_timers);
}

static void stop_loop(struct ouro_post *post)
{
    (void)post;
    ouro_loop_stop(ouro_loop_self());
}

static void *post_from_thread(void *arg)
{
    static struct ouro_post post = {.fn = stop_loop};
    struct ouro_loop *loop = arg;
    expect(ouro_post(loop, &post) == 0);
    return ouro_loop_unref(loop);
}

static void on_failure(const struct ouro_failure *failure, void *ud)
{
    expect(failure->status == -EDOM && failure->task && failure->place);
    ++*(int *)ud;
}

/* A loop that is made by hand, stopped by another thread, and run twice. */
SCENARIO(runtime, loop)
{
    int failures = 0;
    struct ouro_loop *loop = NULL, *second = NULL;
    if (!went(ouro_loop_new(&loop), -ENOMEM, -EMFILE, AS_THE_SYSTEM_SAYS)) {
        expect(!loop && !ouro_loop_self());
        return;
    }
    expect(ouro_loop_new(&second) == -EBUSY && !second);
    ouro_loop_on_failure(loop, on_failure, &failures);
    bool failed = went(ouro_spawn(fail_soon, NULL, NULL, NULL), -ENOMEM);
    pthread_t thread = thread_of(post_from_thread, ouro_loop_ref(loop));
    expect(ouro_loop_run_forever(loop) == 0);
    pthread_join(thread, NULL);
    went(ouro_loop_run(loop, use_timers, NULL), -ENOMEM);
    expect(failures == failed || fail_hit());
    expect(ouro_loop_stats(loop).spawned > 0 || fail_hit());
    expect(ouro_loop_free(loop) == NULL && !ouro_loop_self());
}

static int wait_for_nothing(void *arg)
{
    (void)arg;
    struct ouro_task *self = ouro_task_self();
    int rc = ouro_sleep(OURO_FOREVER);
    expect(rc == -ECANCELED && self == ouro_task_self());
    return rc;
}

/* The report of a deadlock takes memory, and its being told does not. */
SCENARIO(runtime, deadlock)
{
    int rc = ouro_run(wait_for_nothing, NULL);
    if (rc != -OURO_EDEADLOCK)
        went(rc, -ENOMEM, -EMFILE, AS_THE_SYSTEM_SAYS);
}

/* --- simulations --------------------------------------------------------------------------------
 */

static void on_trace(const char *line, void *ud)
{
    (void)ud;
    expect(line[0]);
}

static int sleep_for_hours(void *arg)
{
    (void)arg;
    struct ouro_task *task = started(sleep_long, NULL);
    int rc = ouro_sleep(OURO_SEC(7200));
    if (task)
        ouro_task_unref(task);
    return rc;
}

SCENARIO(runtime, sim)
{
    struct ouro_sim_options options = {
        .time_ns_max = OURO_SEC(3600), .shuffle = true, .trace = on_trace};
    int rc = ouro_sim_run(5, &options, sleep_for_hours, NULL);
    if (rc != -ETIMEDOUT)
        went(rc, -ENOMEM);
    in_sim(sleep_for_hours);
}

/* --- seeing -------------------------------------------------------------------------------------
 */

static void look(enum ouro_dump_format format)
{
    struct ouro_buf text = {0};
    if (went(ouro_dump(ouro_loop_self(), format, &text), -ENOMEM))
        expect(text.len > 100);
    ouro_buf_done(&text);
}

/* With names from symbol tables, for which files are read and mapped. */
static int dump_tasks(void *arg)
{
    (void)arg;
    struct ouro_task *task = started(sleep_long, NULL);
    ouro_yield();
    look(OURO_DUMP_TEXT);
    look(OURO_DUMP_JSON);
    went(ouro_dump_on_signal(SIGUSR1), -EINVAL);
    raise(SIGUSR1);
    ouro_yield();
    ouro_yield();
    expect(ouro_dump_on_signal(0) == 0);
    if (task)
        ouro_cancel(task);
    status_of(task);
    return 0;
}

SCENARIO(runtime, dump)
{
    in_loop(dump_tasks);
}

static void on_long_step(const struct ouro_long_step *step, void *ud)
{
    (void)ud;
    expect(step->ns > 0 && step->backtrace);
}

static int be_slow(void *arg)
{
    (void)arg;
    struct ouro_watchdog_options options = {.limit_ns = OURO_MS(2), .hook = on_long_step};
    struct ouro_loop *loop = ouro_loop_self();
    bool watched = went(ouro_watchdog_start(loop, &options), -ENOMEM, -EAGAIN);
    if (watched)
        expect(ouro_watchdog_start(loop, &options) == -EBUSY);
    for (int64_t end = ouro_after(OURO_MS(10)); ouro_now() < end;)
        ;
    ouro_yield();
    ouro_watchdog_stop(loop);
    ouro_watchdog_stop(loop);
    return 0;
}

SCENARIO(runtime, watchdog)
{
    in_loop(be_slow);
}
