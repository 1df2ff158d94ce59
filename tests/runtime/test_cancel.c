/* SPDX-License-Identifier: MIT */
/* Cancellation: sticky, never waiting, and what happens when it meets a completion or a deadline in
 * the same turn. */
#include "scene.h"

/* --- before the first step ---------------------------------------------------------------- */

static int must_not_run(void *arg)
{
    (void)arg;
    ck_abort_msg("the body of a task that was cancelled before its first step ran");
    return 0;
}

static void count(void *arg)
{
    ++*(int *)arg;
}

SIM_TEST(cancelled_before_the_first_step_only_the_argument_is_done_with)
{
    int done = 0;
    struct ouro_spawn_options options = {.arg_done = count};
    struct ouro_task *task;
    ck_assert_int_eq(ouro_spawn(must_not_run, &done, &options, &task), 0);
    ck_assert_int_eq(ouro_cancel(task), 0);
    ck_assert_int_eq(ouro_cancel(task), 0); /* again, while it has not ended */
    ck_assert(!ouro_task_done(task));
    ouro_yield();
    ck_assert_int_eq(done, 1);
    ck_assert(ouro_task_done(task) && ouro_task_cancelled(task));
    ck_assert_int_eq(ouro_task_status(task), -ECANCELED);
    ck_assert_int_eq(ouro_cancel(task), -EALREADY);
    ouro_task_unref(task);
    ck_assert_uint_eq(ouro_loop_stats(ouro_loop_self()).failures, 0);
    return 0;
}

/* --- sticky ------------------------------------------------------------------------------- */

static int try_everything(void *arg)
{
    struct ouro_task *other = arg;
    struct ouro_group group;
    int status = 99;
    ouro_sleep_until(OURO_FOREVER);
    ck_assert_int_eq(ouro_sleep(OURO_SEC(1)), -ECANCELED);
    ck_assert_int_eq(ouro_sleep_until(0), -ECANCELED);
    ck_assert_int_eq(ouro_yield(), -ECANCELED);
    ck_assert_int_eq(ouro_await(other, OURO_FOREVER, &status), -ECANCELED);
    ouro_group_open(&group, OURO_FOREVER);
    ck_assert_int_eq(ouro_group_close(&group), -ECANCELED);
    ck_assert_int_eq(status, 99);
    ck_assert_int_eq(ouro_now(), OURO_MS(1)); /* nothing waited */
    return 5;                                 /* cancelled or not: what the body says counts */
}

SIM_TEST(every_call_that_waits_says_so_until_the_task_ends)
{
    struct ouro_task *other = started(sleep_forever, NULL);
    struct ouro_task *task = started(try_everything, other);
    ouro_sleep(OURO_MS(1));
    ck_assert_int_eq(ouro_cancel(task), 0);
    ck_assert_int_eq(ouro_await(task, OURO_FOREVER, NULL), 0);
    ck_assert(!ouro_task_cancelled(task));
    ck_assert_int_eq(status_of(task), 5);
    ck_assert(!ouro_task_done(other));
    ouro_task_unref(other);
    return 0;
}

static int cancel_self(void *arg)
{
    (void)arg;
    ck_assert_int_eq(ouro_cancel(ouro_task_self()), 0);
    return ouro_sleep(OURO_SEC(1));
}

SIM_TEST(a_task_may_cancel_itself)
{
    ck_assert_int_eq(status_of(started(cancel_self, NULL)), -ECANCELED);
    ck_assert_int_eq(ouro_now(), 0);
    return 0;
}

/* --- meetings ----------------------------------------------------------------------------- */
/* A task waits for what comes at 10 ms; the cancellation comes at the same time, from a callback
 * that was started earlier or later and so fires before or after. */

#define MEETING OURO_MS(10)

static int wait_by_sleep(void *arg)
{
    (void)arg;
    int rc = ouro_sleep_until(MEETING);
    note("%d", rc);
    return ouro_yield();
}

static struct nap until_meeting = {MEETING, 0};

static int wait_by_await(void *arg)
{
    int status = 99, rc = ouro_await(arg, OURO_FOREVER, &status);
    note("%d/%d", rc, status);
    return ouro_yield();
}

static int wait_by_await_until_deadline(void *arg)
{
    note("%d", ouro_await(arg, MEETING, NULL));
    return ouro_yield();
}

static int wait_by_group(void *arg)
{
    (void)arg;
    struct ouro_group group;
    ouro_group_open(&group, OURO_FOREVER);
    ouro_group_spawn(&group, end_after, &until_meeting, NULL, NULL);
    note("%d", ouro_group_close(&group));
    return ouro_yield();
}

/* Calls that arm their timer at once if `first`, or else when the waiter has armed its own. */
static int meet(ouro_task_fn *waiter, void *arg, bool cancel_first)
{
    struct call_later call = {0};
    struct ouro_task *task = started(waiter, arg);
    if (cancel_first)
        call_at(&call, MEETING, cancel_task, task);
    ouro_sleep(OURO_MS(1));
    if (!cancel_first)
        call_at(&call, MEETING, cancel_task, task);
    int status = status_of(task);
    ck_assert_int_eq(ouro_now(), MEETING);
    return status;
}

SIM_TEST(a_sleep_that_was_over_first_succeeded)
{
    ck_assert_int_eq(meet(wait_by_sleep, NULL, false), -ECANCELED); /* by the next call */
    assert_trace("0");
    return 0;
}

SIM_TEST(a_sleep_that_was_cancelled_first_did_not_happen)
{
    ck_assert_int_eq(meet(wait_by_sleep, NULL, true), -ECANCELED);
    assert_trace("-125");
    return 0;
}

SIM_TEST(a_deadline_that_came_first_is_told)
{
    struct ouro_task *other = started(sleep_forever, NULL);
    ck_assert_int_eq(meet(wait_by_await_until_deadline, other, false), -ECANCELED);
    assert_trace("-110");
    ouro_task_unref(other);
    return 0;
}

SIM_TEST(a_cancellation_that_came_before_the_deadline_is_told)
{
    struct ouro_task *other = started(sleep_forever, NULL);
    ck_assert_int_eq(meet(wait_by_await_until_deadline, other, true), -ECANCELED);
    assert_trace("-125");
    ouro_task_unref(other);
    return 0;
}

/* Whoever ends another's wait can also cancel the waiter, before or after, in the same step. */
struct pair {
    struct ouro_task *waiter;
    int status;
};

static int cancel_waiter_and_end(void *arg)
{
    struct pair *pair = arg;
    ouro_cancel(pair->waiter);
    return pair->status;
}

struct cancel_when_done {
    struct ouro_done_callback callback;
    struct ouro_task *waiter;
};

static void cancel_waiter(struct ouro_done_callback *self, struct ouro_task *task)
{
    (void)task;
    ouro_cancel(ouro_container(self, struct cancel_when_done, callback)->waiter);
}

static int nap_cancel_end(void *arg)
{
    int rc = ouro_sleep_until(MEETING);
    return rc < 0 ? rc : cancel_waiter_and_end(arg);
}

SIM_TEST(await_cancelled_first_gets_no_status)
{
    struct pair pair = {.status = 7};
    struct ouro_task *awaited = started(nap_cancel_end, &pair);
    pair.waiter = started(wait_by_await, awaited);
    ck_assert_int_eq(status_of(pair.waiter), -ECANCELED);
    assert_trace("-125/99");
    ck_assert_int_eq(status_of(awaited), 7);
    return 0;
}

SIM_TEST(await_completed_first_keeps_its_status)
{
    struct nap nap = {MEETING, 7};
    struct ouro_task *awaited = started(end_after, &nap);
    struct cancel_when_done cancel = {{.fn = cancel_waiter}, started(wait_by_await, awaited)};
    ouro_task_on_done(awaited, &cancel.callback); /* waiters are told before callbacks */
    ck_assert_int_eq(status_of(cancel.waiter), -ECANCELED);
    assert_trace("0/7");
    ouro_task_unref(awaited);
    return 0;
}

SIM_TEST(a_group_cancelled_before_its_last_member_ended)
{
    ck_assert_int_eq(meet(wait_by_group, NULL, true), -ECANCELED);
    assert_trace("-125");
    return 0;
}

/* A group whose only member cancels the owner and ends: the owner hears of that first. */
static int owner_cancelled_by_member(void *arg)
{
    struct pair *pair = arg;
    struct ouro_group group;
    pair->waiter = ouro_task_self();
    ouro_group_open(&group, OURO_FOREVER);
    ouro_group_spawn(&group, nap_cancel_end, pair, NULL, NULL);
    note("%d", ouro_group_close(&group));
    return ouro_yield();
}

SIM_TEST(a_group_cancelled_by_its_last_member)
{
    struct pair pair = {0};
    ck_assert_int_eq(status_of(started(owner_cancelled_by_member, &pair)), -ECANCELED);
    assert_trace("-125");
    return 0;
}

static struct ouro_task *owner_to_cancel;

static int cancel_owner_after_two_turns(void *arg)
{
    (void)arg;
    ouro_sleep_until(MEETING);
    return ouro_cancel(owner_to_cancel);
}

static int owner_that_closes(void *arg)
{
    struct ouro_group group;
    owner_to_cancel = ouro_task_self();
    ouro_group_open(&group, OURO_FOREVER);
    ouro_group_spawn(&group, end_after, arg, NULL, NULL);
    ouro_spawn(cancel_owner_after_two_turns, NULL, NULL, NULL); /* steps after the member */
    note("%d", ouro_group_close(&group));
    return ouro_yield();
}

SIM_TEST(a_group_whose_last_member_ended_before_the_cancellation)
{
    ck_assert_int_eq(status_of(started(owner_that_closes, &until_meeting)), -ECANCELED);
    assert_trace("0");
    return 0;
}

/* A task that ends at the very time of the deadline needs a step for it, and comes too late. */
SIM_TEST(an_end_at_the_deadline_is_too_late)
{
    struct ouro_task *task = started(end_after, &until_meeting);
    ouro_yield(); /* its timer is armed, and fires, before ours */
    ck_assert_int_eq(ouro_await(task, MEETING, NULL), -ETIMEDOUT);
    ck_assert_int_eq(ouro_now(), MEETING);
    ck_assert_int_eq(status_of(task), 0); /* which has ended by the time of our step */
    return 0;
}

SIM_TEST(a_group_that_ends_at_its_deadline_is_too_late)
{
    struct ouro_group group;
    ouro_group_open(&group, MEETING);
    ouro_group_spawn(&group, end_after, &until_meeting, NULL, NULL);
    ouro_yield();
    ck_assert_int_eq(ouro_group_close(&group), -ETIMEDOUT);
    ck_assert_uint_eq(group.failures, 0);
    return 0;
}

/* --- shields ------------------------------------------------------------------------------ */

static int clean_up_shielded(void *arg)
{
    struct ouro_scope shield;
    ouro_sleep_until(OURO_FOREVER);
    ouro_shield_open(&shield, ouro_after(OURO_MS(5)));
    note("%d", ouro_sleep(OURO_MS(2)));
    note("%d", ouro_sleep_until(OURO_FOREVER));
    note("@%d", (int)(ouro_now() / OURO_MS(1)));
    note("%d", ouro_scope_close(&shield));
    note("%d", ouro_yield());
    (void)arg;
    return -ECANCELED;
}

SIM_TEST(a_shield_inside_a_cancelled_task_has_its_own_deadline)
{
    struct ouro_task *task = started(clean_up_shielded, NULL);
    ouro_sleep(OURO_MS(1));
    ouro_cancel(task);
    ck_assert_int_eq(status_of(task), -ECANCELED);
    assert_trace("0 -125 @6 -110 -125");
    return 0;
}

static int wait_shielded(void *arg)
{
    struct ouro_scope shield;
    (void)arg;
    ouro_shield_open(&shield, OURO_FOREVER);
    note("%d", ouro_sleep(OURO_MS(10)));
    note("%d", ouro_scope_close(&shield));
    return ouro_yield();
}

SIM_TEST(a_cancellation_waits_at_a_shield)
{
    struct ouro_task *task = started(wait_shielded, NULL);
    ouro_sleep(OURO_MS(1));
    ouro_cancel(task);
    ck_assert_int_eq(status_of(task), -ECANCELED);
    ck_assert_int_eq(ouro_now(), OURO_MS(10));
    assert_trace("0 0");
    return 0;
}
