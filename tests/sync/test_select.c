/* SPDX-License-Identifier: MIT */
/* What a select does beyond the waits of its cases (see test_waits.c): which one, and no other. */
#include "../runtime/scene.h"

#include <ouro/sync.h>

#include "sync/select.h"

/* Everything that can be waited for, none of it possible at first. */
static struct {
    struct ouro_task *task;
    struct ouro_event task_may_end;
    struct ouro_lock lock;
    struct ouro_task *lock_holder;
    struct ouro_event lock_may_go;
    struct ouro_condition condition;
    struct ouro_event event;
    struct ouro_semaphore semaphore;
    struct ouro_queue full, empty;
    struct ouro_topic topic;
    struct ouro_subscription subscription;
} all;

static int status, thing;
static void *item, *message;

static int task_body(__attribute__((unused)) void *arg)
{
    int rc = ouro_event_wait(&all.task_may_end, OURO_FOREVER);
    return rc < 0 ? rc : 42;
}

static int lock_holder_body(__attribute__((unused)) void *arg)
{
    int rc = ouro_lock_acquire(&all.lock, OURO_FOREVER);
    if (rc == 0)
        rc = ouro_event_wait(&all.lock_may_go, OURO_FOREVER);
    ouro_lock_release(&all.lock);
    return rc;
}

enum { ON_TASK, ON_LOCK, ON_CONDITION, ON_EVENT, ON_SEMAPHORE, ON_PUT, ON_GET, ON_RECEIVE, KINDS };

static void all_init(struct ouro_case cases[KINDS])
{
    ouro_event_init(&all.task_may_end);
    ouro_event_init(&all.lock_may_go);
    ouro_lock_init(&all.lock);
    ouro_condition_init(&all.condition);
    ouro_event_init(&all.event);
    ouro_semaphore_init(&all.semaphore, 0);
    ck_assert_int_eq(ouro_queue_init(&all.full, 1), 0);
    ck_assert_int_eq(ouro_queue_put(&all.full, &all, 0), 0);
    ck_assert_int_eq(ouro_queue_init(&all.empty, 1), 0);
    ouro_topic_init(&all.topic, NULL);
    ck_assert_int_eq(ouro_topic_subscribe(&all.topic, &all.subscription, OURO_CUT_OFF, 1), 0);
    all.task = started(task_body, NULL);
    all.lock_holder = started(lock_holder_body, NULL);
    ck_assert_int_eq(ouro_yield(), 0);
    cases[ON_TASK] = ouro_on_task(all.task, &status);
    cases[ON_LOCK] = ouro_on_lock(&all.lock);
    cases[ON_CONDITION] = ouro_on_condition(&all.condition);
    cases[ON_EVENT] = ouro_on_event(&all.event);
    cases[ON_SEMAPHORE] = ouro_on_semaphore(&all.semaphore);
    cases[ON_PUT] = ouro_on_put(&all.full, &thing);
    cases[ON_GET] = ouro_on_get(&all.empty, &item);
    cases[ON_RECEIVE] = ouro_on_receive(&all.subscription, &message);
    status = 0;
    item = message = NULL;
}

/* Each `done` asserts that nobody is left in a list. */
static void all_done(void)
{
    ouro_event_set(&all.task_may_end);
    ouro_event_set(&all.lock_may_go);
    ck_assert_int_ge(status_of(all.task), 0);
    ck_assert_int_eq(status_of(all.lock_holder), 0);
    ouro_lock_done(&all.lock);
    ouro_condition_done(&all.condition);
    ouro_event_done(&all.event);
    ouro_semaphore_done(&all.semaphore);
    ouro_queue_done(&all.full);
    ouro_queue_done(&all.empty);
    ouro_topic_unsubscribe(&all.subscription);
    ouro_topic_done(&all.topic);
    ouro_event_done(&all.task_may_end);
    ouro_event_done(&all.lock_may_go);
}

static void make_possible(int kind)
{
    void *unused;
    switch (kind) {
    case ON_TASK:
        ouro_event_set(&all.task_may_end);
        break;
    case ON_LOCK:
        ouro_event_set(&all.lock_may_go);
        break;
    case ON_CONDITION:
        ouro_condition_notify(&all.condition, 1);
        break;
    case ON_EVENT:
        ouro_event_set(&all.event);
        break;
    case ON_SEMAPHORE:
        ouro_semaphore_release(&all.semaphore, 1);
        break;
    case ON_PUT:
        ck_assert_int_eq(ouro_queue_get(&all.full, 0, &unused), 0);
        break;
    case ON_GET:
        ck_assert_int_eq(ouro_queue_put(&all.empty, &thing, 0), 0);
        break;
    case ON_RECEIVE:
        ck_assert_uint_eq(ouro_topic_publish(&all.topic, &thing), 1);
        break;
    }
}

struct maker {
    int kind;
};

static int make_later(void *arg)
{
    ouro_sleep(OURO_MS(1));
    make_possible(((struct maker *)arg)->kind);
    return 0;
}

static void undo(int chosen)
{
    if (chosen == ON_LOCK)
        ouro_lock_release(&all.lock);
}

/* What has been done is what was chosen, and nothing beside it. */
static void expect_only(int chosen)
{
    ck_assert_int_eq(status, chosen == ON_TASK ? 42 : 0);
    ck_assert_ptr_eq(item, chosen == ON_GET ? &thing : NULL);
    ck_assert_ptr_eq(message, chosen == ON_RECEIVE ? &thing : NULL);
    ck_assert_ptr_eq(all.lock.owner, chosen == ON_LOCK ? ouro_task_self() : all.lock_holder);
    ck_assert_uint_eq(all.semaphore.units, 0);
    ck_assert_uint_eq(ouro_queue_count(&all.empty), 0);
    ck_assert_uint_eq(ouro_queue_count(&all.full), 1);
    ck_assert_ptr_eq(all.full.ring.items[0], chosen == ON_PUT ? (void *)&thing : &all);
}

SIM_TEST(each_kind_is_chosen_from_among_all_when_it_comes)
{
    for (int kind = 0; kind < KINDS; kind++) {
        struct ouro_case cases[KINDS];
        struct maker maker = {kind};
        all_init(cases);
        struct ouro_task *task = started(make_later, &maker);
        ck_assert_int_eq(ouro_select(cases, KINDS, OURO_FOREVER), kind);
        ck_assert_int_eq(cases[kind].result, 0);
        expect_only(kind);
        undo(kind);
        ck_assert_int_eq(status_of(task), 0);
        all_done();
    }
    return 0;
}

SIM_TEST(each_kind_is_chosen_at_once_where_it_is_possible)
{
    for (int kind = 0; kind < KINDS; kind++) {
        struct ouro_case cases[KINDS];
        if (kind == ON_CONDITION)
            continue; /* it remembers nothing */
        all_init(cases);
        make_possible(kind);
        ck_assert_int_eq(ouro_sleep(OURO_MS(1)), 0);
        ck_assert_int_eq(ouro_select(cases, KINDS, 0), kind);
        expect_only(kind);
        undo(kind);
        all_done();
    }
    return 0;
}

SIM_TEST(at_its_deadline_it_has_left_all_lists)
{
    struct ouro_case cases[KINDS];
    all_init(cases);
    int64_t deadline = ouro_after(OURO_MS(3));
    ck_assert_int_eq(ouro_select(cases, KINDS, deadline), -ETIMEDOUT);
    ck_assert_int_eq(ouro_now(), deadline);
    expect_only(-1);
    all_done();
    return 0;
}

static int select_all(void *arg)
{
    return ouro_select(arg, KINDS, OURO_FOREVER);
}

SIM_TEST(cancelled_it_has_left_all_lists)
{
    struct ouro_case cases[KINDS];
    all_init(cases);
    struct ouro_task *task = started(select_all, cases);
    ck_assert_int_eq(ouro_yield(), 0);
    ouro_cancel(task);
    expect_only(-1);
    ouro_semaphore_release(&all.semaphore, 1); /* before it has run again */
    ck_assert_uint_eq(all.semaphore.units, 1);
    ck_assert_int_eq(status_of(task), -ECANCELED);
    all_done();
    return 0;
}

SIM_TEST(of_several_possible_the_first_in_the_array)
{
    struct ouro_case cases[KINDS];
    all_init(cases);
    make_possible(ON_GET);
    make_possible(ON_SEMAPHORE);
    make_possible(ON_RECEIVE);
    ck_assert_int_eq(ouro_select(cases, KINDS, 0), ON_SEMAPHORE);
    ck_assert_int_eq(ouro_select(cases, KINDS, 0), ON_GET);
    ck_assert_int_eq(ouro_select(cases, KINDS, 0), ON_RECEIVE);
    ck_assert_int_eq(ouro_select(cases, KINDS, 0), -ETIMEDOUT);
    all_done();
    return 0;
}

static int make_three(__attribute__((unused)) void *arg)
{
    make_possible(ON_RECEIVE);
    make_possible(ON_GET);
    make_possible(ON_SEMAPHORE);
    return 0;
}

SIM_TEST(while_it_waits_the_first_in_time)
{
    struct ouro_case cases[KINDS];
    all_init(cases);
    struct ouro_task *task = started(make_three, NULL);
    ck_assert_int_eq(ouro_select(cases, KINDS, OURO_FOREVER), ON_RECEIVE);
    ck_assert_uint_eq(ouro_queue_count(&all.empty), 1); /* the losers' things stay */
    ck_assert_uint_eq(all.semaphore.units, 1);
    ck_assert_int_eq(status_of(task), 0);
    all_done();
    return 0;
}

static int put_twice(void *arg)
{
    struct ouro_queue *queue = arg;
    static int things[2];
    ck_assert_int_eq(ouro_queue_put(queue, &things[0], 0), 0);
    ck_assert_int_eq(ouro_queue_put(queue, &things[1], 0), 0);
    return 0;
}

SIM_TEST(the_same_object_twice_gives_one_thing_once)
{
    struct ouro_queue queue;
    void *first = NULL, *second = NULL;
    struct ouro_case cases[] = {ouro_on_get(&queue, &first), ouro_on_get(&queue, &second)};
    ck_assert_int_eq(ouro_queue_init(&queue, 2), 0);
    struct ouro_task *task = started(put_twice, &queue);
    ck_assert_int_eq(ouro_select(cases, 2, OURO_FOREVER), 0);
    ck_assert_ptr_nonnull(first);
    ck_assert_ptr_null(second);
    ck_assert_uint_eq(ouro_queue_count(&queue), 1);
    ck_assert_int_eq(status_of(task), 0);
    ouro_queue_done(&queue);
    return 0;
}

SIM_TEST(put_and_get_of_one_queue_do_not_meet_themselves)
{
    struct ouro_queue queue;
    void *got = NULL;
    struct ouro_case cases[] = {ouro_on_get(&queue, &got), ouro_on_put(&queue, &thing)};
    ck_assert_int_eq(ouro_queue_init(&queue, 1), 0);
    ck_assert_int_eq(ouro_select(cases, 2, 0), 1);
    ck_assert_ptr_null(got);
    ck_assert_int_eq(ouro_select(cases, 2, 0), 0);
    ck_assert_ptr_eq(got, &thing);
    ouro_queue_done(&queue);
    return 0;
}

SIM_TEST(a_closed_queue_is_chosen_with_its_error)
{
    struct ouro_case cases[KINDS];
    all_init(cases);
    ouro_queue_close(&all.empty);
    ck_assert_int_eq(ouro_select(cases, KINDS, OURO_FOREVER), ON_GET);
    ck_assert_int_eq(cases[ON_GET].result, -OURO_ECLOSED);
    all_done();
    return 0;
}

static int close_full(__attribute__((unused)) void *arg)
{
    ouro_queue_close(&all.full);
    return 0;
}

SIM_TEST(a_queue_closed_while_it_waits_too)
{
    struct ouro_case cases[KINDS];
    all_init(cases);
    struct ouro_task *task = started(close_full, NULL);
    ck_assert_int_eq(ouro_select(cases, KINDS, OURO_FOREVER), ON_PUT);
    ck_assert_int_eq(cases[ON_PUT].result, -OURO_ECLOSED);
    ck_assert_int_eq(status_of(task), 0);
    all_done();
    return 0;
}

SIM_TEST(who_was_cut_off_is_told_once)
{
    struct ouro_case cases[KINDS];
    all_init(cases);
    make_possible(ON_RECEIVE);
    ouro_topic_publish(&all.topic, &thing);
    ck_assert_int_eq(ouro_select(cases, KINDS, OURO_FOREVER), ON_RECEIVE);
    ck_assert_int_eq(cases[ON_RECEIVE].result, -OURO_ELIMIT);
    ck_assert_int_eq(ouro_select(cases, KINDS, OURO_FOREVER), ON_RECEIVE);
    ck_assert_int_eq(cases[ON_RECEIVE].result, -OURO_ECLOSED);
    all_done();
    return 0;
}

SIM_TEST(without_cases_it_waits_for_the_deadline)
{
    int64_t deadline = ouro_after(OURO_MS(2));
    ck_assert_int_eq(ouro_select(NULL, 0, deadline), -ETIMEDOUT);
    ck_assert_int_eq(ouro_now(), deadline);
    ck_assert_int_eq(ouro_select(NULL, 0, 0), -ETIMEDOUT);
    return 0;
}

SIM_TEST(a_status_that_nobody_wants_is_not_written)
{
    struct ouro_case cases[KINDS];
    all_init(cases);
    cases[ON_TASK] = ouro_on_task(all.task, NULL);
    make_possible(ON_TASK);
    ck_assert_int_eq(ouro_select(cases, KINDS, OURO_FOREVER), ON_TASK);
    ck_assert_int_eq(status, 0);
    all_done();
    return 0;
}

/* --- a kind from another room ----------------------------------------------------------------- */

/* One place for a waiter instead of a list, as a file descriptor has it. */
struct bell {
    bool rung;
    struct ouro__waiter *waiter;
    int detached;
};

static int bell_try(struct ouro_case *self)
{
    struct bell *bell = self->object;
    return bell->rung ? 0 : -EAGAIN;
}

static void bell_attach(struct ouro_case *self)
{
    struct bell *bell = self->object;
    bell->waiter = &self->waiter;
}

static void bell_detach(struct ouro_case *self)
{
    struct bell *bell = self->object;
    bell->waiter = NULL;
    bell->detached++;
}

static const struct ouro__selectable_ops bell_ops = {bell_try, bell_attach, bell_detach};

static int ring(void *arg)
{
    struct bell *bell = arg;
    ouro__wake(bell->waiter, 0);
    return 0;
}

SIM_TEST(other_rooms_bring_their_own_kinds)
{
    struct ouro_event event;
    struct bell bell = {0};
    struct ouro_case cases[] = {ouro_on_event(&event), ouro__case(&bell_ops, &bell, NULL)};
    ouro_event_init(&event);
    ck_assert_int_eq(ouro_select(cases, 2, ouro_after(1)), -ETIMEDOUT);
    ck_assert_ptr_null(bell.waiter);
    ck_assert_int_eq(bell.detached, 1);
    struct ouro_task *task = started(ring, &bell);
    ck_assert_int_eq(ouro_select(cases, 2, OURO_FOREVER), 1);
    ck_assert_ptr_null(bell.waiter);
    ck_assert_int_eq(status_of(task), 0);
    bell.rung = true;
    ck_assert_int_eq(ouro_select(cases, 2, 0), 1);
    ouro_event_done(&event);
    return 0;
}

/* --- times ----------------------------------------------------------------------------------- */

static int times_in_a_select(void *arg)
{
    (void)arg;
    struct ouro_event never;
    ouro_event_init(&never);
    int64_t start = ouro_now();
    struct ouro_case cases[] = {
        ouro_on_event(&never),
        ouro_on_time(start + OURO_MS(20)),
        ouro_on_time(start + OURO_MS(10)),
    };
    ck_assert_int_eq(ouro_select(cases, 3, OURO_FOREVER), 2);
    ck_assert_int_eq(ouro_now() - start, OURO_MS(10));
    cases[2] = ouro_on_time(OURO_FOREVER);
    ck_assert_int_eq(ouro_select(cases, 3, start + OURO_MS(15)), -ETIMEDOUT);
    ck_assert_int_eq(ouro_select(cases, 3, OURO_FOREVER), 1);
    ck_assert_int_eq(ouro_now() - start, OURO_MS(20));
    /* One that has passed is chosen at once. */
    ck_assert_int_eq(ouro_select(cases, 3, OURO_FOREVER), 1);
    return 0;
}

TEST(a_time_is_a_case_like_others)
{
    ck_assert_int_eq(ouro_sim_run(1, NULL, times_in_a_select, NULL), 0);
}
