/* SPDX-License-Identifier: MIT */
/* The life of a task: spawned, awaited, asked, told of, given back. */
#include "scene.h"

#include <ouro/base.h>

/* --- spawn -------------------------------------------------------------------------------- */

static int note_name(void *arg)
{
    note("%s", (const char *)arg);
    return 0;
}

static char name_a[] = "a", name_b[] = "b", name_c[] = "c";

SIM_TEST(a_task_takes_its_first_step_after_the_caller_waits_in_order_of_spawning)
{
    ck_assert_int_eq(ouro_spawn(note_name, name_a, NULL, NULL), 0);
    ck_assert_int_eq(ouro_spawn(note_name, name_b, NULL, NULL), 0);
    note("spawned");
    ck_assert_int_eq(ouro_yield(), 0);
    assert_trace("spawned a b");
    return 0;
}

static int note_thrice(void *arg)
{
    for (int i = 0; i < 3; i++) {
        note("%s%d", (const char *)arg, i);
        ouro_yield();
    }
    return 0;
}

SIM_TEST(yield_lets_each_of_the_others_run_once)
{
    struct ouro_task *a = started(note_thrice, name_a), *b = started(note_thrice, name_b);
    note_thrice(name_c);
    ck_assert_int_eq(status_of(a), 0);
    ck_assert_int_eq(status_of(b), 0);
    assert_trace("c0 a0 b0 c1 a1 b1 c2 a2 b2");
    return 0;
}

SIM_TEST(the_name_is_the_functions_or_the_one_given)
{
    struct ouro_task *plain, *named;
    struct ouro_spawn_options options = {.name = "clock"};
    ouro_spawn(note_name, name_a, NULL, &plain);
    ouro_spawn(note_name, name_a, &options, &named);
    ck_assert_str_eq(ouro_task_name(plain), "note_name");
    ck_assert_str_eq(ouro_task_name(named), "clock");
    ck_assert_str_eq(ouro_task_name(ouro_task_self()),
                     "the_name_is_the_functions_or_the_one_given_body");
    ck_assert_int_eq(status_of(plain), 0);
    ck_assert_int_eq(status_of(named), 0);
    return 0;
}

static void self_is_nobody(void *ud)
{
    ck_assert_ptr_null(ouro_task_self());
    ck_assert_ptr_nonnull(ouro_loop_self());
    *(bool *)ud = true;
}

static int self_is(void *arg)
{
    *(struct ouro_task **)arg = ouro_task_self();
    return 0;
}

SIM_TEST(self_is_the_running_task_and_nobody_in_a_callback)
{
    struct ouro_task *seen = NULL, *task = started(self_is, &seen);
    bool called = false;
    struct call_later call;
    call_at(&call, OURO_MS(1), self_is_nobody, &called);
    ck_assert_int_eq(ouro_sleep(OURO_MS(2)), 0);
    ck_assert(called);
    ck_assert_ptr_eq(seen, task);
    ouro_task_unref(task);
    return 0;
}

TEST(outside_a_loop_there_is_neither_task_nor_loop)
{
    ck_assert_ptr_null(ouro_task_self());
    ck_assert_ptr_null(ouro_loop_self());
    int64_t before = ouro_now();
    ck_assert_int_ge(ouro_now(), before);
    ck_assert_int_gt(before, 0);
}

SIM_TEST(a_stack_that_cannot_be_had_is_an_error_that_leaves_nothing)
{
    struct ouro_task *untouched = ouro_task_self();
    struct ouro_spawn_options options = {.stack_bytes = SIZE_MAX, .arg_done = self_is_nobody};
    ck_assert_int_eq(ouro_spawn(note_name, name_a, &options, &untouched), -ENOMEM);
    ck_assert_ptr_eq(untouched, ouro_task_self());
    options.stack_bytes = SIZE_MAX / 4;
    ck_assert_int_eq(ouro_spawn(note_name, name_a, &options, NULL), -ENOMEM);
    ck_assert_uint_eq(ouro_loop_stats(ouro_loop_self()).tasks, 1);
    return 0;
}

/* --- await and status --------------------------------------------------------------------- */

SIM_TEST(await_gives_the_waiters_fate_and_the_tasks_status)
{
    struct nap good = {OURO_MS(3), 7}, bad = {OURO_MS(5), -EIO};
    struct ouro_task *a = started(end_after, &good), *b = started(end_after, &bad);
    int status = 99;
    ck_assert_int_eq(ouro_task_status(a), -EINPROGRESS);
    ck_assert(!ouro_task_done(a));
    ck_assert_int_eq(ouro_await(a, OURO_FOREVER, &status), 0);
    ck_assert_int_eq(status, 7);
    ck_assert_int_eq(ouro_now(), OURO_MS(3));
    ck_assert(ouro_task_done(a) && !ouro_task_cancelled(a));
    ck_assert_int_eq(ouro_task_status(a), 7);
    ck_assert_int_eq(ouro_await(b, OURO_FOREVER, &status), 0);
    ck_assert_int_eq(status, -EIO);
    ck_assert_int_eq(ouro_now(), OURO_MS(5));
    ck_assert(!ouro_task_cancelled(b));
    ouro_task_unref(a);
    ouro_task_unref(b);
    return 0;
}

SIM_TEST(await_of_a_task_that_has_ended_does_not_wait)
{
    int status = 5, seen = 99;
    struct ouro_task *task = started(end_with, &status);
    ouro_yield();
    uint64_t steps = ouro_loop_stats(ouro_loop_self()).steps;
    ck_assert_int_eq(ouro_await(task, 0, &seen),
                     0); /* a deadline in the past limits only waiting */
    ck_assert_int_eq(ouro_await(task, OURO_FOREVER, NULL), 0);
    ck_assert_int_eq(seen, 5);
    ck_assert_uint_eq(ouro_loop_stats(ouro_loop_self()).steps, steps);
    ouro_task_unref(task);
    return 0;
}

SIM_TEST(await_times_out_at_its_deadline_and_touches_nothing)
{
    struct ouro_task *task = started(sleep_forever, NULL);
    int status = 99;
    ck_assert_int_eq(ouro_await(task, 0, &status), -ETIMEDOUT);
    ck_assert_int_eq(ouro_now(), 0);
    ck_assert_int_eq(ouro_await(task, OURO_MS(20), &status), -ETIMEDOUT);
    ck_assert_int_eq(ouro_now(), OURO_MS(20));
    ck_assert_int_eq(status, 99);
    ck_assert(!ouro_task_done(task));
    ouro_task_unref(task);
    return 0;
}

static int await_and_note(void *arg)
{
    int status = 0, rc = ouro_await(arg, OURO_FOREVER, &status);
    note("%d/%d", rc, status);
    return rc;
}

SIM_TEST(any_number_of_tasks_may_await_one)
{
    struct nap nap = {OURO_MS(1), 3};
    struct ouro_task *one = started(end_after, &nap), *waiters[5];
    for (int i = 0; i < 5; i++)
        waiters[i] = started(await_and_note, one);
    ouro_task_unref(one); /* who waits needs no reference of its own */
    for (int i = 0; i < 5; i++)
        ck_assert_int_eq(status_of(waiters[i]), 0);
    assert_trace("0/3 0/3 0/3 0/3 0/3");
    return 0;
}

SIM_TEST(cancelling_a_waiter_leaves_the_awaited_task_and_the_other_waiters_alone)
{
    struct nap nap = {OURO_MS(1), 3};
    struct ouro_task *one = started(end_after, &nap);
    struct ouro_task *first = started(await_and_note, one), *second = started(await_and_note, one);
    ouro_yield();
    ck_assert_int_eq(ouro_cancel(first), 0);
    ck_assert_int_eq(status_of(first), -ECANCELED);
    ck_assert(!ouro_task_done(one));
    ck_assert_int_eq(status_of(second), 0);
    assert_trace("-125/0 0/3");
    ouro_task_unref(one);
    return 0;
}

static int leave_result(void *arg)
{
    ouro_set_result(arg);
    return ouro_sleep(OURO_MS(1));
}

SIM_TEST(a_result_is_a_pointer_that_the_task_does_not_own)
{
    int here;
    struct ouro_task *task = started(leave_result, &here);
    ck_assert_ptr_null(ouro_task_result(task));
    ouro_await(task, OURO_FOREVER, NULL);
    ck_assert_ptr_eq(ouro_task_result(task), &here);
    ouro_task_unref(task);
    return 0;
}

/* --- references --------------------------------------------------------------------------- */

SIM_TEST(references_may_go_before_or_after_the_end)
{
    struct nap nap = {OURO_MS(1), 4};
    struct ouro_task *before = started(end_after, &nap), *after = started(end_after, &nap);
    ck_assert_ptr_eq(ouro_task_ref(after), after);
    ck_assert_ptr_null(ouro_task_unref(before));
    ck_assert_ptr_null(ouro_task_unref(NULL));
    ouro_sleep(OURO_MS(2));
    ck_assert_ptr_null(ouro_task_unref(after));
    ck_assert_int_eq(ouro_task_status(after), 4); /* one is left */
    ck_assert_str_eq(ouro_task_name(after), "test");
    ck_assert_ptr_null(ouro_task_unref(after));
    ck_assert_uint_eq(ouro_loop_stats(ouro_loop_self()).stacks_kept, 2);
    return 0;
}

static size_t warnings;

static void count_warnings(enum ouro_log_level level, const char *line, void *ud)
{
    (void)ud;
    warnings += level == OURO_LOG_WARN && strstr(line, "still referenced");
}

static int leave_a_reference(void *arg)
{
    (void)arg;
    struct ouro_timer armed = {.fn = call_later_fired};
    ouro_timer_start(&armed, OURO_SEC(1));
    started(sleep_forever, NULL);
    ouro_timer_stop(&armed);
    return 0;
}

TEST(a_reference_that_is_never_given_back_is_told)
{
    ouro_log_to(count_warnings, NULL);
    ck_assert_int_eq(ouro_sim_run(1, NULL, leave_a_reference, NULL), 0);
    ck_assert_uint_eq(warnings, 1);
    ck_assert_int_eq(ouro_sim_run(1, NULL, note_name, name_a), 0);
    ck_assert_uint_eq(warnings, 1);
    ouro_log_to(NULL, NULL);
}

/* --- callbacks at the end ----------------------------------------------------------------- */

struct noted_end {
    struct ouro_done_callback callback;
    const char *name;
};

static void note_end(struct ouro_done_callback *self, struct ouro_task *task)
{
    struct noted_end *end = ouro_container(self, struct noted_end, callback);
    ck_assert(ouro_task_done(task));
    note("%s:%d", end->name, ouro_task_status(task));
}

static void note_end_outside(struct ouro_done_callback *self, struct ouro_task *task)
{
    ck_assert_ptr_null(ouro_task_self());
    note_end(self, task);
}

SIM_TEST(done_callbacks_come_in_order_of_addition_outside_any_task)
{
    struct noted_end a = {{.fn = note_end_outside}, "a"}, b = {{.fn = note_end_outside}, "b"},
                     c = {{.fn = note_end_outside}, "c"}, gone = {{.fn = note_end_outside}, "gone"};
    struct nap nap = {OURO_MS(1), 6};
    struct ouro_task *task = started(end_after, &nap);
    ouro_task_on_done(task, &a.callback);
    ouro_task_on_done(task, &gone.callback);
    ouro_task_on_done(task, &b.callback);
    ouro_task_on_done(task, &c.callback);
    ouro_unlink(&gone.callback.link);
    ouro_await(task, OURO_FOREVER, NULL);
    assert_trace("a:6 b:6 c:6");
    ouro_task_unref(task);
    return 0;
}

SIM_TEST(a_done_callback_on_an_ended_task_is_called_at_once)
{
    int status = 2;
    struct ouro_task *task = started(end_with, &status);
    struct noted_end late = {{.fn = note_end}, "late"};
    ouro_yield();
    ouro_task_on_done(task, &late.callback);
    assert_trace("late:2");
    ouro_unlink(&late.callback.link); /* in no list: harmless */
    ouro_task_unref(task);
    return 0;
}

static void add_another(struct ouro_done_callback *self, struct ouro_task *task)
{
    static struct noted_end another = {{.fn = note_end}, "another"};
    note_end(self, task);
    ouro_task_on_done(task, &another.callback);
    ouro_spawn(note_name, name_b, NULL, NULL);
}

SIM_TEST(a_done_callback_may_add_callbacks_and_spawn)
{
    int status = 1;
    struct ouro_task *task = started(end_with, &status);
    struct noted_end first = {{.fn = add_another}, "first"};
    ouro_task_on_done(task, &first.callback);
    ouro_task_unref(task);
    ouro_yield();
    ouro_yield();
    assert_trace("first:1 another:1 b");
    return 0;
}

/* --- the argument, deferred calls, locals ------------------------------------------------- */

static void note_arg(void *arg)
{
    note("%s", (const char *)arg);
}

static int defer_two(void *arg)
{
    ck_assert_int_eq(ouro_defer(note_arg, name_b), 0);
    ck_assert_int_eq(ouro_defer(note_arg, name_c), 0);
    note("body");
    (void)arg;
    return 0;
}

SIM_TEST(deferred_calls_run_last_added_first_and_before_arg_done)
{
    struct ouro_spawn_options options = {.arg_done = note_arg};
    struct ouro_task *task;
    ck_assert_int_eq(ouro_spawn(defer_two, name_a, &options, &task), 0);
    ck_assert_int_eq(status_of(task), 0);
    assert_trace("body c b a");
    return 0;
}

static void nap_and_note(void *arg)
{
    int rc = ouro_sleep(OURO_MS(5));
    note("%s%d@%d", (const char *)arg, rc, (int)(ouro_now() / OURO_MS(1)));
}

static int defer_a_nap_and_sleep(void *arg)
{
    ouro_defer(nap_and_note, arg);
    ouro_defer(nap_and_note, arg);
    return ouro_sleep_until(OURO_FOREVER);
}

SIM_TEST(deferred_calls_may_wait_even_when_the_task_was_cancelled)
{
    struct ouro_task *task = started(defer_a_nap_and_sleep, name_a);
    ouro_sleep(OURO_MS(1));
    ouro_cancel(task);
    ck_assert_int_eq(status_of(task), -ECANCELED);
    assert_trace("a0@6 a0@11");
    return 0;
}

static void wait_for_ever(void *arg)
{
    int rc = ouro_sleep_until(OURO_FOREVER);
    note("%s%d@%d", (const char *)arg, rc, (int)(ouro_now() / OURO_SEC(1)));
}

static int defer_for_ever(void *arg)
{
    return ouro_defer(wait_for_ever, arg);
}

SIM_TEST(deferred_calls_have_ten_seconds)
{
    ck_assert_int_eq(status_of(started(defer_for_ever, name_a)), 0);
    assert_trace("a-125@10");
    return 0;
}

static void defer_more(void *arg)
{
    note("more");
    ouro_defer(note_arg, arg);
}

static int defer_one_that_defers(void *arg)
{
    return ouro_defer(defer_more, arg);
}

SIM_TEST(a_deferred_call_may_defer)
{
    ck_assert_int_eq(status_of(started(defer_one_that_defers, name_a)), 0);
    assert_trace("more a");
    return 0;
}

static const struct ouro_local player = {"player"}, room = {"room"};

static int note_locals(void *arg)
{
    (void)arg;
    const char *p = ouro_local_get(&player), *r = ouro_local_get(&room);
    note("%s,%s", p ? p : "-", r ? r : "-");
    return ouro_local_set(&player, name_c); /* a copy: nobody else sees it */
}

SIM_TEST(locals_are_inherited_as_a_copy)
{
    ck_assert_ptr_null(ouro_local_get(&player));
    struct ouro_task *before = started(note_locals, NULL);
    ck_assert_int_eq(ouro_local_set(&player, name_a), 0);
    ck_assert_int_eq(ouro_local_set(&room, name_b), 0);
    struct ouro_task *child = started(note_locals, NULL);
    ck_assert_int_eq(ouro_local_set(&room, NULL), 0);
    ck_assert_int_eq(status_of(before), 0);
    ck_assert_int_eq(status_of(child), 0);
    ck_assert_str_eq(ouro_local_get(&player), "a");
    ck_assert_ptr_null(ouro_local_get(&room));
    assert_trace("-,- a,b");
    return 0;
}

static void get_local(void *ud)
{
    *(bool *)ud = ouro_local_get(&player) == NULL;
}

SIM_TEST(no_task_has_no_locals)
{
    bool none = false;
    struct call_later call;
    ouro_local_set(&player, name_a);
    call_at(&call, OURO_MS(1), get_local, &none);
    ouro_sleep(OURO_MS(2));
    ck_assert(none);
    return 0;
}

/* --- failures that nobody looked at ------------------------------------------------------- */

static void note_failure(const struct ouro_failure *failure, void *ud)
{
    note("%s:%s:%d", (const char *)ud, failure->task, failure->status);
    ck_assert_ptr_nonnull(strstr(failure->place, "test_task.c:"));
}

static int failing = -EIO;

static void forget(struct ouro_task *task)
{
    ouro_task_unref(task);
}
static void await_it(struct ouro_task *task)
{
    ouro_await(task, OURO_FOREVER, NULL);
    ouro_task_unref(task);
}
static void await_too_short(struct ouro_task *task)
{
    ouro_await(task, 0, NULL);
    ouro_task_unref(task);
}
static void ask_after(struct ouro_task *task)
{
    ouro_sleep(OURO_MS(1));
    ouro_task_status(task);
    ouro_task_unref(task);
}
static void ask_before(struct ouro_task *task)
{
    ouro_task_status(task); /* -EINPROGRESS tells nothing of the failure */
    ouro_task_unref(task);
}
static void see_only_that_it_ended(struct ouro_task *task)
{
    ouro_sleep(OURO_MS(1));
    ck_assert(ouro_task_done(task));
    ck_assert(!ouro_task_cancelled(task));
    ouro_task_unref(task);
}
static void be_called(struct ouro_task *task)
{
    static struct noted_end end;
    end = (struct noted_end){{.fn = note_end}, "called"};
    ouro_task_on_done(task, &end.callback);
    ouro_task_unref(task);
}
static void cancel_the_waiter(struct ouro_task *task)
{
    struct ouro_task *waiter = started(await_and_note, task);
    ouro_cancel(waiter);
    status_of(waiter);
    ouro_task_unref(task);
}

SIM_TEST(the_failure_hook_is_called_exactly_when_nobody_looked)
{
    static const struct {
        void (*treat)(struct ouro_task *task);
        const char *trace;
    } cases[] = {
        {forget, "hook:end_with:-5"},
        {await_it, ""},
        {await_too_short, "hook:end_with:-5"},
        {ask_after, ""},
        {ask_before, "hook:end_with:-5"},
        {see_only_that_it_ended, "hook:end_with:-5"},
        {be_called, "called:-5"},
        {cancel_the_waiter, "hook:end_with:-5"},
    };
    static char ud[] = "hook";
    ouro_loop_on_failure(ouro_loop_self(), note_failure, ud);
    uint64_t told = 0;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct ouro_task *task;
        ouro_spawn(end_with, &failing, NULL, &task);
        cases[i].treat(task);
        ouro_sleep(OURO_MS(1));
        told += strstr(cases[i].trace, "hook") != NULL;
        assert_trace(cases[i].trace);
        ck_assert_uint_eq(ouro_loop_stats(ouro_loop_self()).failures, told);
    }
    return 0;
}

SIM_TEST(who_succeeds_or_was_cancelled_has_not_failed)
{
    static char ud[] = "hook";
    static int good = 3, cancelled = -ECANCELED;
    ouro_loop_on_failure(ouro_loop_self(), note_failure, ud);
    ouro_spawn(end_with, &good, NULL, NULL);
    struct ouro_task *task = started(sleep_forever, NULL);
    ouro_yield();
    ouro_cancel(task);
    ouro_task_unref(task);
    ouro_yield();
    assert_trace("");
    ouro_spawn(end_with, &cancelled, NULL, NULL); /* says so, and nobody had asked it to */
    ouro_yield();
    assert_trace("hook:end_with:-125");
    return 0;
}

static char failure_line[256];

static void keep_line(enum ouro_log_level level, const char *line, void *ud)
{
    (void)ud;
    if (level == OURO_LOG_ERROR)
        snprintf(failure_line, sizeof failure_line, "%s", line);
}

SIM_TEST(without_a_hook_a_failure_is_logged_with_name_place_and_meaning)
{
    ouro_log_to(keep_line, NULL);
    ouro_spawn(end_with, &failing, NULL, NULL);
    ouro_yield();
    ouro_log_to(NULL, NULL);
    ck_assert_ptr_nonnull(strstr(failure_line, "end_with"));
    ck_assert_ptr_nonnull(strstr(failure_line, "test_task.c:"));
    ck_assert_ptr_nonnull(strstr(failure_line, "EIO"));
    return 0;
}
