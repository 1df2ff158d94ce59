/* SPDX-License-Identifier: MIT */
/* Lock and condition: whose the lock is, on every way in and out. */
#include "../runtime/scene.h"

#include <ouro/sync.h>

static struct ouro_lock lock;
static struct ouro_condition condition;

static void lock_init(void)
{
    ouro_lock_init(&lock);
    ouro_condition_init(&condition);
}

static void lock_done(void)
{
    ouro_lock_done(&lock);
    ouro_condition_done(&condition);
}

struct client {
    int number;
    int64_t deadline, hold_ns;
    int result;
    struct ouro_task *task;
};

/* In a shield: a cancelled task too has things to finish under its lock. */
static void hold(int64_t ns)
{
    struct ouro_scope shield;
    ouro_shield_open(&shield, OURO_FOREVER);
    ck_assert_int_eq(ouro_sleep(ns), 0);
    ouro_scope_close(&shield);
}

static void finish(struct client *self)
{
    note("%d:%s", self->number, self->result == 0 ? "ok" : ouro_error_name(self->result));
    if (lock.owner != self->task)
        return;
    if (self->hold_ns)
        hold(self->hold_ns);
    ouro_lock_release(&lock);
}

static int lock_client(void *arg)
{
    struct client *self = arg;
    self->result = ouro_lock_acquire(&lock, self->deadline);
    ck_assert((lock.owner == self->task) == (self->result == 0));
    finish(self);
    return 0;
}

static int condition_client(void *arg)
{
    struct client *self = arg;
    ck_assert_int_eq(ouro_lock_acquire(&lock, OURO_FOREVER), 0);
    self->result = ouro_condition_wait(&condition, &lock, self->deadline);
    ck_assert_ptr_eq(lock.owner, self->task);
    finish(self);
    return 0;
}

static struct client begun(int number, int64_t deadline)
{
    return (struct client){.number = number, .deadline = deadline, .result = 1};
}

static void begin(struct client *client, ouro_task_fn *body)
{
    client->task = started(body, client);
    ck_assert_int_eq(ouro_yield(), 0);
}

static int result_of(struct client *client)
{
    ck_assert_int_eq(status_of(client->task), 0);
    return client->result;
}

static void take(void)
{
    ck_assert_int_eq(ouro_lock_acquire(&lock, OURO_FOREVER), 0);
    ck_assert_ptr_eq(lock.owner, ouro_task_self());
}

/* --- lock ------------------------------------------------------------------------------------- */

SIM_TEST(a_free_lock_is_had_at_once)
{
    lock_init();
    ck_assert_int_eq(ouro_lock_acquire(&lock, 0), 0);
    ck_assert_ptr_eq(lock.owner, ouro_task_self());
    ouro_lock_release(&lock);
    ck_assert_ptr_null(lock.owner);
    lock_done();
    return 0;
}

SIM_TEST(release_hands_the_lock_to_who_has_waited_longest)
{
    struct client clients[3];
    lock_init();
    take();
    for (int i = 0; i < 3; i++) {
        clients[i] = begun(i, OURO_FOREVER);
        begin(&clients[i], lock_client);
    }
    ouro_lock_release(&lock);
    ck_assert_ptr_eq(lock.owner, clients[0].task);
    take(); /* behind all of them */
    assert_trace("0:ok 1:ok 2:ok");
    ouro_lock_release(&lock);
    for (int i = 0; i < 3; i++)
        ck_assert_int_eq(result_of(&clients[i]), 0);
    lock_done();
    return 0;
}

SIM_TEST(who_releases_can_not_snatch_it_back)
{
    struct client other = begun(1, OURO_FOREVER);
    lock_init();
    take();
    begin(&other, lock_client);
    ouro_lock_release(&lock);
    ck_assert_int_eq(ouro_lock_acquire(&lock, 0), -ETIMEDOUT);
    ck_assert_int_eq(result_of(&other), 0);
    lock_done();
    return 0;
}

SIM_TEST(a_waiter_that_gives_up_is_passed_over)
{
    struct client late = begun(1, ouro_after(OURO_MS(1))), cancelled = begun(2, OURO_FOREVER),
                  last = begun(3, OURO_FOREVER);
    lock_init();
    take();
    begin(&late, lock_client);
    begin(&cancelled, lock_client);
    begin(&last, lock_client);
    ck_assert_int_eq(ouro_sleep(OURO_MS(2)), 0);
    ouro_cancel(cancelled.task);
    ouro_lock_release(&lock);
    ck_assert_int_eq(result_of(&late), -ETIMEDOUT);
    ck_assert_int_eq(result_of(&cancelled), -ECANCELED);
    ck_assert_int_eq(result_of(&last), 0);
    lock_done();
    return 0;
}

SIM_TEST(handed_over_then_cancelled_it_is_the_owner_all_the_same)
{
    struct client client = begun(1, OURO_FOREVER);
    lock_init();
    take();
    begin(&client, lock_client);
    ouro_lock_release(&lock);
    ouro_cancel(client.task);
    ck_assert_int_eq(result_of(&client), 0);
    lock_done();
    return 0;
}

SIM_TEST(cancelled_then_released_the_lock_is_free)
{
    struct client client = begun(1, OURO_FOREVER);
    lock_init();
    take();
    begin(&client, lock_client);
    ouro_cancel(client.task);
    ouro_lock_release(&lock);
    ck_assert_ptr_null(lock.owner);
    ck_assert_int_eq(result_of(&client), -ECANCELED);
    lock_done();
    return 0;
}

SIM_TEST(a_cancelled_owner_owns_until_it_releases)
{
    struct client owner = begun(1, OURO_FOREVER), other = begun(2, OURO_FOREVER);
    lock_init();
    owner.hold_ns = OURO_MS(10);
    begin(&owner, lock_client);
    begin(&other, lock_client);
    ouro_cancel(owner.task);
    ck_assert_int_eq(ouro_sleep(OURO_MS(5)), 0);
    ck_assert_ptr_eq(lock.owner, owner.task);
    ck_assert_int_eq(result_of(&owner), 0);
    ck_assert_int_eq(result_of(&other), 0);
    lock_done();
    return 0;
}

SIM_TEST(a_lock_in_a_select)
{
    struct client owner = begun(1, OURO_FOREVER);
    struct ouro_event event;
    struct ouro_case cases[] = {ouro_on_event(&event), ouro_on_lock(&lock)};
    lock_init();
    ouro_event_init(&event);
    owner.hold_ns = OURO_MS(1);
    begin(&owner, lock_client);
    ck_assert_int_eq(ouro_select(cases, 2, 0), -ETIMEDOUT);
    ck_assert_int_eq(ouro_select(cases, 2, OURO_FOREVER), 1);
    ck_assert_int_eq(cases[1].result, 0);
    ck_assert_ptr_eq(lock.owner, ouro_task_self());
    ouro_lock_release(&lock);
    ck_assert_int_eq(result_of(&owner), 0);
    ouro_event_done(&event);
    lock_done();
    return 0;
}

/* --- condition -------------------------------------------------------------------------------- */

SIM_TEST(a_wait_gives_the_lock_to_others)
{
    struct client client = begun(1, OURO_FOREVER);
    lock_init();
    begin(&client, condition_client);
    ck_assert_int_eq(ouro_lock_acquire(&lock, 0), 0);
    ck_assert_uint_eq(ouro_condition_notify(&condition, 1), 1);
    ck_assert_int_eq(ouro_sleep(OURO_MS(1)), 0);
    ck_assert_int_eq(client.result, 1); /* notified, but the lock is ours */
    ouro_lock_release(&lock);
    ck_assert_ptr_eq(lock.owner, client.task);
    ck_assert_int_eq(result_of(&client), 0);
    lock_done();
    return 0;
}

SIM_TEST(notify_wakes_as_many_as_asked_in_order)
{
    struct client clients[4];
    lock_init();
    for (int i = 0; i < 4; i++) {
        clients[i] = begun(i, OURO_FOREVER);
        begin(&clients[i], condition_client);
    }
    ck_assert_uint_eq(ouro_condition_notify(&condition, 0), 0);
    ck_assert_uint_eq(ouro_condition_notify(&condition, 2), 2);
    ck_assert_int_eq(ouro_sleep(OURO_MS(1)), 0);
    assert_trace("0:ok 1:ok");
    ck_assert_uint_eq(ouro_condition_notify_all(&condition), 2);
    ck_assert_uint_eq(ouro_condition_notify_all(&condition), 0);
    for (int i = 0; i < 4; i++)
        ck_assert_int_eq(result_of(&clients[i]), 0);
    assert_trace("2:ok 3:ok");
    lock_done();
    return 0;
}

SIM_TEST(timed_out_it_has_the_lock_again)
{
    struct client client = begun(1, ouro_after(OURO_MS(1)));
    lock_init();
    begin(&client, condition_client);
    ck_assert_int_eq(result_of(&client), -ETIMEDOUT);
    lock_done();
    return 0;
}

SIM_TEST(cancelled_it_has_the_lock_again)
{
    struct client client = begun(1, OURO_FOREVER);
    lock_init();
    begin(&client, condition_client);
    ouro_cancel(client.task);
    ck_assert_ptr_eq(lock.owner, client.task);
    ck_assert_int_eq(result_of(&client), -ECANCELED);
    lock_done();
    return 0;
}

SIM_TEST(cancelled_while_another_holds_the_lock_it_waits_for_it)
{
    struct client client = begun(1, OURO_FOREVER);
    lock_init();
    begin(&client, condition_client);
    take();
    ouro_cancel(client.task);
    ouro_cancel(client.task); /* insisting does not help */
    ck_assert_int_eq(ouro_sleep(OURO_MS(3)), 0);
    ck_assert_int_eq(client.result, 1);
    ouro_lock_release(&lock);
    ck_assert_int_eq(result_of(&client), -ECANCELED);
    lock_done();
    return 0;
}

SIM_TEST(timed_out_while_another_holds_the_lock_it_waits_for_it)
{
    struct client client = begun(1, ouro_after(OURO_MS(1)));
    lock_init();
    begin(&client, condition_client);
    take();
    ck_assert_int_eq(ouro_sleep(OURO_MS(3)), 0);
    ouro_cancel(client.task); /* what came first counts */
    ck_assert_int_eq(client.result, 1);
    ouro_lock_release(&lock);
    ck_assert_int_eq(result_of(&client), -ETIMEDOUT);
    lock_done();
    return 0;
}

SIM_TEST(notified_it_is_beyond_deadline_and_cancellation)
{
    struct client client = begun(1, ouro_after(OURO_MS(1)));
    lock_init();
    begin(&client, condition_client);
    take();
    ck_assert_uint_eq(ouro_condition_notify(&condition, 1), 1);
    ck_assert_int_eq(ouro_sleep(OURO_MS(3)), 0);
    ouro_cancel(client.task);
    ouro_lock_release(&lock);
    ck_assert_int_eq(result_of(&client), 0);
    lock_done();
    return 0;
}

SIM_TEST(a_notification_is_not_spent_on_who_has_given_up)
{
    struct client first = begun(1, OURO_FOREVER), second = begun(2, OURO_FOREVER);
    lock_init();
    begin(&first, condition_client);
    begin(&second, condition_client);
    take();
    ouro_cancel(first.task);
    ck_assert_uint_eq(ouro_condition_notify(&condition, 1), 1);
    ouro_lock_release(&lock);
    ck_assert_int_eq(result_of(&first), -ECANCELED);
    ck_assert_int_eq(result_of(&second), 0);
    lock_done();
    return 0;
}

SIM_TEST(who_leaves_a_condition_stands_behind_who_waits_for_the_lock)
{
    struct client sleeper = begun(1, OURO_FOREVER), other = begun(2, OURO_FOREVER);
    lock_init();
    begin(&sleeper, condition_client);
    take();
    begin(&other, lock_client);
    ouro_condition_notify_all(&condition);
    ouro_lock_release(&lock);
    ck_assert_int_eq(result_of(&sleeper), 0);
    ck_assert_int_eq(result_of(&other), 0);
    assert_trace("2:ok 1:ok");
    lock_done();
    return 0;
}

static int wait_when_cancelled(__attribute__((unused)) void *arg)
{
    take();
    ouro_cancel(ouro_task_self());
    ck_assert_int_eq(ouro_condition_wait(&condition, &lock, OURO_FOREVER), -ECANCELED);
    ck_assert_ptr_eq(lock.owner, ouro_task_self());
    ouro_lock_release(&lock);
    return 0;
}

SIM_TEST(a_wait_that_must_not_begin_keeps_the_lock)
{
    lock_init();
    ck_assert_int_eq(status_of(started(wait_when_cancelled, NULL)), 0);
    struct client other = begun(1, OURO_FOREVER);
    take();
    begin(&other, lock_client);
    ck_assert_int_eq(ouro_condition_wait(&condition, &lock, 0), -ETIMEDOUT);
    ck_assert_ptr_eq(lock.owner, ouro_task_self());
    ouro_lock_release(&lock);
    ck_assert_int_eq(result_of(&other), 0);
    lock_done();
    return 0;
}

static int wait_in_a_scope(__attribute__((unused)) void *arg)
{
    struct ouro_scope scope;
    take();
    ouro_scope_open(&scope, ouro_after(OURO_MS(1)));
    ck_assert_int_eq(ouro_condition_wait(&condition, &lock, OURO_FOREVER), -ECANCELED);
    ck_assert_ptr_eq(lock.owner, ouro_task_self());
    ck_assert_int_eq(ouro_scope_close(&scope), -ETIMEDOUT);
    ck_assert_int_eq(ouro_condition_wait(&condition, &lock, ouro_after(1)), -ETIMEDOUT);
    ouro_lock_release(&lock);
    return 0;
}

SIM_TEST(a_scope_ends_the_wait_and_nothing_else)
{
    lock_init();
    ck_assert_int_eq(status_of(started(wait_in_a_scope, NULL)), 0);
    lock_done();
    return 0;
}
