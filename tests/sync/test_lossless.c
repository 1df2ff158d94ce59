/* SPDX-License-Identifier: MIT */
/* Nothing is lost and nothing given twice, whatever is cancelled or late: many tasks that do
 * everything at random, and a book in which all that they got and gave must come out even. */
#include "../runtime/scene.h"

#include <inttypes.h>
#include <ouro/sync.h>

enum { SEEDS = 200, ROUNDS = 8, AT_ONCE = 8, STEPS = 12 };
enum { UNITS = 3, CAPACITY = 2, ITEMS = ROUNDS * AT_ONCE * STEPS };

/* Of an item on its way through the queue. */
enum state { NEW, OFFERED, WITHDRAWN, GOT };

static struct {
    uint64_t seed;
    struct ouro_rng rng;
    struct ouro_semaphore semaphore;
    size_t units_held;
    struct ouro_queue queue;
    enum state items[ITEMS];
    size_t offered, put, got;
    struct ouro_lock lock;
    struct ouro_condition changed;
    int inside; /* the lock */
    size_t calls, granted, late, cancelled;
} book;

/* What fails says how to play it again. */
#define expect(cond) ck_assert_msg((cond), "seed %" PRIu64 ": " #cond, book.seed)

static uint32_t chance(uint32_t bound)
{
    return ouro_rng_below(&book.rng, bound);
}

/* Never, soon, or at once: each a third. */
static int64_t some_deadline(void)
{
    switch (chance(3)) {
    case 0:
        return OURO_FOREVER;
    case 1:
        return ouro_after(OURO_US(chance(20)));
    default:
        return 0;
    }
}

static void linger(void)
{
    if (chance(2))
        ouro_sleep(OURO_US(chance(5)));
}

static int counted(int rc)
{
    expect(rc >= 0 || rc == -ETIMEDOUT || rc == -ECANCELED);
    book.calls++;
    book.granted += rc >= 0;
    book.late += rc == -ETIMEDOUT;
    book.cancelled += rc == -ECANCELED;
    return rc;
}

/* --- what a worker does ----------------------------------------------------------------------- */

static void use_unit(void)
{
    book.units_held++;
    expect(book.units_held <= UNITS);
    linger();
    book.units_held--;
    ouro_semaphore_release(&book.semaphore, 1);
}

static int acquire(void)
{
    int rc = counted(ouro_semaphore_acquire(&book.semaphore, some_deadline()));
    if (rc == 0)
        use_unit();
    return rc;
}

static enum state *offer(void)
{
    expect(book.offered < ITEMS);
    enum state *item = &book.items[book.offered++];
    *item = OFFERED;
    return item;
}

/* An item that was not put must not have been got, and never will be. */
static void settle(enum state *item, bool put)
{
    book.put += put;
    if (put)
        return;
    expect(*item == OFFERED);
    *item = WITHDRAWN;
}

static void receive(void *got)
{
    enum state *item = got;
    expect(*item == OFFERED);
    *item = GOT;
    book.got++;
}

static int put(void)
{
    enum state *item = offer();
    int rc = counted(ouro_queue_put(&book.queue, item, some_deadline()));
    settle(item, rc == 0);
    return rc;
}

static int get(void)
{
    void *item;
    int rc = counted(ouro_queue_get(&book.queue, some_deadline(), &item));
    if (rc == 0)
        receive(item);
    return rc;
}

static int choose(void)
{
    void *got;
    enum state *item = offer();
    struct ouro_case cases[] = {
        ouro_on_semaphore(&book.semaphore), ouro_on_put(&book.queue, item),
        ouro_on_lock(&book.lock),           ouro_on_get(&book.queue, &got),
        ouro_on_condition(&book.changed),
    };
    size_t count = 1 + chance(5);
    int rc = counted(ouro_select(cases, count, some_deadline()));
    settle(item, rc == 1);
    if (rc == 0)
        use_unit();
    if (rc == 2)
        ouro_lock_release(&book.lock);
    if (rc == 3)
        receive(got);
    return rc;
}

static void enter(void)
{
    expect(book.lock.owner == ouro_task_self());
    expect(book.inside++ == 0);
}

static void leave(void)
{
    expect(--book.inside == 0);
}

static int lock_and_wait(void)
{
    int rc = counted(ouro_lock_acquire(&book.lock, some_deadline()));
    if (rc < 0)
        return rc;
    enter();
    linger();
    leave();
    if (chance(2))
        rc = counted(ouro_condition_wait(&book.changed, &book.lock, some_deadline()));
    enter();
    linger();
    leave();
    ouro_lock_release(&book.lock);
    return rc;
}

static int notify(void)
{
    ouro_condition_notify(&book.changed, chance(3));
    return ouro_yield();
}

static int worker(__attribute__((unused)) void *arg)
{
    static int (*const actions[])(void) = {acquire, put, get, choose, lock_and_wait, notify};
    for (int i = 0; i < STEPS; i++) {
        if (actions[chance(6)]() == -ECANCELED)
            return -ECANCELED;
    }
    return 0;
}

/* --- who disturbs them ------------------------------------------------------------------------ */

static void disturb(struct ouro_task **workers, int64_t deadline)
{
    while (ouro_wait(workers, AT_ONCE, OURO_ALL_COMPLETED, 0) < 0) {
        if (chance(3) == 0)
            ouro_cancel(workers[chance(AT_ONCE)]);
        if (chance(8) == 0)
            ouro_condition_notify_all(&book.changed);
        ouro_sleep(OURO_US(chance(10)));
        if (ouro_now() > deadline) { /* who is left waits for what nobody will do */
            for (int i = 0; i < AT_ONCE; i++)
                ouro_cancel(workers[i]);
        }
    }
}

static void expect_even(void)
{
    void *item;
    while (ouro_queue_get(&book.queue, 0, &item) == 0)
        receive(item);
    expect(book.put == book.got);
    expect(book.units_held == 0);
    expect(book.semaphore.units == UNITS);
    ouro_semaphore_done(&book.semaphore);
    ouro_queue_done(&book.queue);
    ouro_lock_done(&book.lock);
    ouro_condition_done(&book.changed);
}

static void open_book(uint64_t seed)
{
    size_t calls = book.calls, granted = book.granted, late = book.late, gone = book.cancelled;
    memset(&book, 0, sizeof book);
    book.seed = seed;
    book.calls = calls, book.granted = granted, book.late = late, book.cancelled = gone;
    ouro_rng_seed(&book.rng, seed);
    ouro_semaphore_init(&book.semaphore, UNITS);
    expect(ouro_queue_init(&book.queue, CAPACITY) == 0);
    ouro_lock_init(&book.lock);
    ouro_condition_init(&book.changed);
}

static int play(void *arg)
{
    open_book(*(const uint64_t *)arg);
    for (int round = 0; round < ROUNDS; round++) {
        struct ouro_task *workers[AT_ONCE];
        for (int i = 0; i < AT_ONCE; i++)
            workers[i] = started(worker, NULL);
        disturb(workers, ouro_after(OURO_MS(1)));
        for (int i = 0; i < AT_ONCE; i++)
            ouro_task_unref(workers[i]);
    }
    expect_even();
    return 0;
}

TEST(nothing_is_lost_and_nothing_given_twice)
{
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        expect(ouro_sim_run(seed, NULL, play, &seed) == 0);
    }
    /* The dice have been fair: each end has been met often. */
    ck_assert_uint_gt(book.granted, book.calls / 10);
    ck_assert_uint_gt(book.late, book.calls / 10);
    ck_assert_uint_gt(book.cancelled, book.calls / 100);
}
