/* SPDX-License-Identifier: MIT */
/* What holds for every kind of wait, alone and as a case of a select: granted, too late, cancelled,
 * and each two of these in the same turn. */
#include "../runtime/scene.h"

#include <ouro/sync.h>

static struct ouro_condition condition;
static struct ouro_event event, never;
static struct ouro_semaphore semaphore;
static struct ouro_queue queue;
static struct ouro_shared_queue *shared;
static struct ouro_topic topic;
static struct ouro_subscription subscription;
static int thing;
static void *got;

struct kind {
    const char *name;
    void (*init)(void);
    void (*done)(void);
    int (*wait)(int64_t deadline);
    struct ouro_case (*on)(void); /* NULL: it is no case of a select */
    void (*grant)(void *unused);  /* what one waits for comes; also called from callbacks */
    size_t (*kept)(void);         /* grants that nobody has got; NULL: they are not counted */
    bool forgets;                 /* a grant that meets nobody is gone */
    bool for_all;                 /* one grant serves everybody */
    bool tasks_only;              /* granted by a call that only tasks can make */
};

/* --- the kinds -------------------------------------------------------------------------------- */

static void condition_init(void)
{
    ouro_condition_init(&condition);
}

static void condition_done(void)
{
    ouro_condition_done(&condition);
}

static int condition_wait(int64_t deadline)
{
    return ouro_condition_wait(&condition, NULL, deadline);
}

static struct ouro_case condition_on(void)
{
    return ouro_on_condition(&condition);
}

static void condition_grant(__attribute__((unused)) void *unused)
{
    ouro_condition_notify(&condition, 1);
}

static void event_init(void)
{
    ouro_event_init(&event);
}

static void event_done(void)
{
    ouro_event_done(&event);
}

static int event_wait(int64_t deadline)
{
    return ouro_event_wait(&event, deadline);
}

static struct ouro_case event_on(void)
{
    return ouro_on_event(&event);
}

static void event_grant(__attribute__((unused)) void *unused)
{
    ouro_event_set(&event);
}

static void semaphore_init(void)
{
    ouro_semaphore_init(&semaphore, 0);
}

static void semaphore_done(void)
{
    ouro_semaphore_done(&semaphore);
}

static int semaphore_wait(int64_t deadline)
{
    return ouro_semaphore_acquire(&semaphore, deadline);
}

static struct ouro_case semaphore_on(void)
{
    return ouro_on_semaphore(&semaphore);
}

static void semaphore_grant(__attribute__((unused)) void *unused)
{
    ouro_semaphore_release(&semaphore, 1);
}

static size_t semaphore_kept(void)
{
    return semaphore.units;
}

static void empty_queue_init(void)
{
    ck_assert_int_eq(ouro_queue_init(&queue, 8), 0);
}

static void queue_done(void)
{
    ouro_queue_done(&queue);
}

static int get_wait(int64_t deadline)
{
    return ouro_queue_get(&queue, deadline, &got);
}

static struct ouro_case get_on(void)
{
    return ouro_on_get(&queue, &got);
}

static void get_grant(__attribute__((unused)) void *unused)
{
    ck_assert_int_eq(ouro_queue_put(&queue, &thing, 0), 0);
}

static size_t get_kept(void)
{
    return ouro_queue_count(&queue);
}

enum { PUT_CAPACITY = 8 };

static void full_queue_init(void)
{
    ck_assert_int_eq(ouro_queue_init(&queue, PUT_CAPACITY), 0);
    for (int i = 0; i < PUT_CAPACITY; i++)
        ck_assert_int_eq(ouro_queue_put(&queue, &thing, 0), 0);
}

static int put_wait(int64_t deadline)
{
    return ouro_queue_put(&queue, &thing, deadline);
}

static struct ouro_case put_on(void)
{
    return ouro_on_put(&queue, &thing);
}

static void put_grant(__attribute__((unused)) void *unused)
{
    void *item;
    ck_assert_int_eq(ouro_queue_get(&queue, 0, &item), 0);
}

static size_t put_kept(void)
{
    return PUT_CAPACITY - ouro_queue_count(&queue);
}

static void empty_shared_init(void)
{
    ck_assert_int_eq(ouro_shared_queue_new(PUT_CAPACITY, NULL, &shared), 0);
}

static void full_shared_init(void)
{
    empty_shared_init();
    for (int i = 0; i < PUT_CAPACITY; i++)
        ck_assert_int_eq(ouro_shared_queue_put(shared, &thing, 0), 0);
}

static void shared_done(void)
{
    shared = ouro_shared_queue_unref(shared);
}

static int shared_get_wait(int64_t deadline)
{
    return ouro_shared_queue_get(shared, deadline, &got);
}

static int shared_put_wait(int64_t deadline)
{
    return ouro_shared_queue_put(shared, &thing, deadline);
}

static void shared_get_grant(__attribute__((unused)) void *unused)
{
    ck_assert_int_eq(ouro_shared_queue_put(shared, &thing, 0), 0);
}

static void shared_put_grant(__attribute__((unused)) void *unused)
{
    void *item;
    ck_assert_int_eq(ouro_shared_queue_get(shared, 0, &item), 0);
}

static size_t shared_get_kept(void)
{
    return ouro_shared_queue_count(shared);
}

static size_t shared_put_kept(void)
{
    return PUT_CAPACITY - ouro_shared_queue_count(shared);
}

static void topic_init(void)
{
    ouro_topic_init(&topic, NULL);
    ck_assert_int_eq(ouro_topic_subscribe(&topic, &subscription, OURO_DROP_OLDEST, 8), 0);
}

static void topic_done(void)
{
    ouro_topic_unsubscribe(&subscription);
    ouro_topic_done(&topic);
}

static int receive_wait(int64_t deadline)
{
    return ouro_topic_receive(&subscription, deadline, &got);
}

static struct ouro_case receive_on(void)
{
    return ouro_on_receive(&subscription, &got);
}

static void receive_grant(__attribute__((unused)) void *unused)
{
    ck_assert_uint_eq(ouro_topic_publish(&topic, &thing), 1);
}

static size_t receive_kept(void)
{
    return subscription.ring.count;
}

static const struct kind kinds[] = {
    {"condition", condition_init, condition_done, condition_wait, condition_on, condition_grant,
     .forgets = true},
    {"event", event_init, event_done, event_wait, event_on, event_grant, .for_all = true},
    {"semaphore", semaphore_init, semaphore_done, semaphore_wait, semaphore_on, semaphore_grant,
     semaphore_kept},
    {"get", empty_queue_init, queue_done, get_wait, get_on, get_grant, get_kept},
    {"put", full_queue_init, queue_done, put_wait, put_on, put_grant, put_kept, .tasks_only = true},
    {"shared get", empty_shared_init, shared_done, shared_get_wait, NULL, shared_get_grant,
     shared_get_kept},
    {"shared put", full_shared_init, shared_done, shared_put_wait, NULL, shared_put_grant,
     shared_put_kept},
    {"receive", topic_init, topic_done, receive_wait, receive_on, receive_grant, receive_kept},
};

/* --- a task that waits ------------------------------------------------------------------------ */

struct waiter {
    const struct kind *kind;
    bool in_select;
    int64_t deadline;
    int number;
    int result;
    int64_t ended_at;
    struct ouro_task *task;
};

static int select_it(const struct waiter *self)
{
    struct ouro_case cases[] = {ouro_on_event(&never), self->kind->on()};
    int which = ouro_select(cases, 2, self->deadline);
    return which == 1 ? cases[1].result : which;
}

static int waiter_body(void *arg)
{
    struct waiter *self = arg;
    self->result = self->in_select ? select_it(self) : self->kind->wait(self->deadline);
    self->ended_at = ouro_now();
    note("%d:%s", self->number, self->result == 0 ? "ok" : ouro_error_name(self->result));
    return 0;
}

/* It waits when this returns. */
static void begin(struct waiter *self, const struct kind *kind, bool in_select, int64_t deadline)
{
    *self = (struct waiter){kind, in_select, deadline, .number = self->number, .result = 1};
    self->task = started(waiter_body, self);
    ck_assert_int_eq(ouro_yield(), 0);
}

static int result_of(struct waiter *self)
{
    ck_assert_int_eq(status_of(self->task), 0);
    return self->result;
}

/* Nobody has got what was granted: there is `count` of it, for whoever asks next. */
static void expect_kept(const struct kind *kind, size_t count)
{
    if (kind->kept)
        ck_assert_msg(kind->kept() == count, "%s: %zu kept, not %zu", kind->name, kind->kept(),
                      count);
}

typedef void kind_test(const struct kind *kind, bool in_select);

static int with_each(void *arg)
{
    kind_test *const *test = arg;
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        for (int in_select = 0; in_select < (kinds[i].on ? 2 : 1); in_select++) {
            ouro_event_init(&never);
            kinds[i].init();
            (*test)(&kinds[i], in_select);
            kinds[i].done();
            ouro_event_done(&never);
            scene_trace.text[scene_trace.len = 0] = 0;
        }
    }
    return 0;
}

#define EACH_KIND_TEST(name)                                                           \
    static void name##_of(const struct kind *kind, bool in_select);                    \
    TEST(name)                                                                         \
    {                                                                                  \
        kind_test *test = name##_of;                                                   \
        ck_assert_int_eq(ouro_sim_run(SCENE_SEED, NULL, with_each, (void *)&test), 0); \
    }                                                                                  \
    static void name##_of(const struct kind *kind, __attribute__((unused)) bool in_select)

/* --- what holds ------------------------------------------------------------------------------- */

EACH_KIND_TEST(what_is_there_is_got_at_once_and_without_a_look_at_the_deadline)
{
    if (kind->forgets)
        return;
    kind->grant(NULL);
    expect_kept(kind, 1);
    struct waiter waiter = {0};
    begin(&waiter, kind, in_select, 0);
    ck_assert_int_eq(result_of(&waiter), 0);
    expect_kept(kind, 0);
}

EACH_KIND_TEST(a_deadline_in_the_past_means_do_not_wait)
{
    int64_t before = ouro_now();
    struct waiter waiter = {0};
    begin(&waiter, kind, in_select, 0);
    ck_assert(ouro_task_done(waiter.task));
    ck_assert_int_eq(result_of(&waiter), -ETIMEDOUT);
    ck_assert_int_le(waiter.ended_at - before, OURO_US(10));
}

EACH_KIND_TEST(who_waits_is_granted_it)
{
    struct waiter waiter = {0};
    begin(&waiter, kind, in_select, OURO_FOREVER);
    ck_assert_int_eq(waiter.result, 1);
    kind->grant(NULL);
    ck_assert_int_eq(result_of(&waiter), 0);
    expect_kept(kind, 0);
}

EACH_KIND_TEST(who_waits_too_long_is_told_at_its_deadline_and_leaves_no_trace)
{
    struct waiter waiter = {0};
    int64_t deadline = ouro_after(OURO_MS(5));
    begin(&waiter, kind, in_select, deadline);
    ck_assert_int_eq(result_of(&waiter), -ETIMEDOUT);
    ck_assert_int_eq(waiter.ended_at, deadline);
    kind->grant(NULL);
    expect_kept(kind, 1);
}

EACH_KIND_TEST(who_is_cancelled_leaves_no_trace)
{
    struct waiter waiter = {0};
    begin(&waiter, kind, in_select, OURO_FOREVER);
    ouro_cancel(waiter.task);
    ck_assert_int_eq(result_of(&waiter), -ECANCELED);
    kind->grant(NULL);
    expect_kept(kind, 1);
}

EACH_KIND_TEST(a_scope_that_runs_out_cancels)
{
    struct ouro_scope scope, shield;
    struct waiter waiter = {.kind = kind, .in_select = in_select, .deadline = OURO_FOREVER};
    ouro_scope_open(&scope, ouro_after(OURO_MS(5)));
    waiter_body(&waiter);
    ck_assert_int_eq(waiter.result, -ECANCELED);
    ouro_shield_open(&shield, OURO_FOREVER);
    kind->grant(NULL);
    ouro_scope_close(&shield);
    waiter_body(&waiter); /* sticky: it is there, and yet not taken */
    ck_assert_int_eq(waiter.result, -ECANCELED);
    ck_assert_int_eq(ouro_scope_close(&scope), -ETIMEDOUT);
    expect_kept(kind, 1);
}

EACH_KIND_TEST(granted_then_cancelled_in_the_same_turn_is_granted)
{
    struct waiter waiter = {0};
    begin(&waiter, kind, in_select, OURO_FOREVER);
    kind->grant(NULL);
    ouro_cancel(waiter.task);
    ck_assert_int_eq(result_of(&waiter), 0);
    expect_kept(kind, 0);
}

EACH_KIND_TEST(cancelled_then_granted_in_the_same_turn_is_cancelled_and_nothing_lost)
{
    struct waiter waiter = {0};
    begin(&waiter, kind, in_select, OURO_FOREVER);
    ouro_cancel(waiter.task);
    kind->grant(NULL);
    ck_assert_int_eq(result_of(&waiter), -ECANCELED);
    expect_kept(kind, 1);
}

/* Timers of equal time fire in the order in which they were started. */
EACH_KIND_TEST(granted_then_too_late_in_the_same_turn_is_granted)
{
    if (kind->tasks_only)
        return;
    struct waiter waiter = {0};
    struct call_later call;
    int64_t when = ouro_after(OURO_MS(5));
    call_at(&call, when, kind->grant, NULL);
    begin(&waiter, kind, in_select, when);
    ck_assert_int_eq(result_of(&waiter), 0);
    expect_kept(kind, 0);
}

EACH_KIND_TEST(too_late_then_granted_in_the_same_turn_is_too_late_and_nothing_lost)
{
    if (kind->tasks_only)
        return;
    struct waiter waiter = {0};
    struct call_later call;
    int64_t when = ouro_after(OURO_MS(5));
    begin(&waiter, kind, in_select, when);
    call_at(&call, when, kind->grant, NULL);
    ck_assert_int_eq(result_of(&waiter), -ETIMEDOUT);
    expect_kept(kind, 1);
}

EACH_KIND_TEST(first_come_first_served)
{
    struct waiter waiters[4];
    for (int i = 0; i < 4; i++) {
        waiters[i].number = i;
        bool other = kind->on && i == 2; /* the two kinds mixed */
        begin(&waiters[i], kind, in_select ^ other, OURO_FOREVER);
    }
    for (int i = 0; i < 4; i++)
        kind->grant(NULL);
    for (int i = 0; i < 4; i++)
        ck_assert_int_eq(result_of(&waiters[i]), 0);
    assert_trace("0:ok 1:ok 2:ok 3:ok");
    expect_kept(kind, 0);
}

EACH_KIND_TEST(what_a_cancelled_one_would_have_got_goes_to_the_next)
{
    struct waiter first = {.number = 1}, second = {.number = 2};
    begin(&first, kind, in_select, OURO_FOREVER);
    begin(&second, kind, in_select, OURO_FOREVER);
    ouro_cancel(first.task);
    kind->grant(NULL);
    ck_assert_int_eq(result_of(&first), -ECANCELED);
    ck_assert_int_eq(result_of(&second), 0);
    expect_kept(kind, 0);
}

EACH_KIND_TEST(one_grant_serves_one)
{
    if (kind->for_all)
        return;
    struct waiter first = {.number = 1}, second = {.number = 2};
    begin(&first, kind, in_select, OURO_FOREVER);
    begin(&second, kind, in_select, ouro_after(OURO_MS(1)));
    kind->grant(NULL);
    ouro_cancel(first.task); /* it keeps what it has got */
    ck_assert_int_eq(result_of(&second), -ETIMEDOUT);
    ck_assert_int_eq(result_of(&first), 0);
    expect_kept(kind, 0);
}

EACH_KIND_TEST(who_was_not_served_waits_on)
{
    if (kind->for_all)
        return;
    struct waiter first = {.number = 1}, second = {.number = 2};
    begin(&first, kind, in_select, OURO_FOREVER);
    begin(&second, kind, in_select, OURO_FOREVER);
    kind->grant(NULL);
    ck_assert_int_eq(ouro_sleep(OURO_MS(1)), 0);
    assert_trace("1:ok");
    kind->grant(NULL);
    ck_assert_int_eq(result_of(&first), 0);
    ck_assert_int_eq(result_of(&second), 0);
}

EACH_KIND_TEST(a_select_that_chose_another_takes_nothing)
{
    if (!kind->on)
        return;
    struct waiter waiter = {0};
    begin(&waiter, kind, true, OURO_FOREVER);
    ouro_event_set(&never); /* for once */
    kind->grant(NULL);
    ck_assert_int_eq(result_of(&waiter), 0); /* the index of the event */
    expect_kept(kind, 1);
    ouro_event_clear(&never);
}

EACH_KIND_TEST(a_select_that_has_got_it_does_not_change_its_mind)
{
    if (!kind->on)
        return;
    struct ouro_case cases[] = {kind->on(), ouro_on_event(&never)};
    struct waiter waiter = {0};
    begin(&waiter, kind, true, OURO_FOREVER);
    kind->grant(NULL);
    ouro_event_set(&never);
    ck_assert_int_eq(result_of(&waiter), 0);
    expect_kept(kind, 0);
    ck_assert_int_eq(ouro_select(cases, 2, 0), kind->for_all ? 0 : 1);
}
