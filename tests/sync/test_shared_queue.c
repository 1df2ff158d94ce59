/* SPDX-License-Identifier: MIT */
/* The queue between loops: order, bounds, ends, and a book that comes out even whoever is late,
 * cancelled or gone. (What it has in common with every wait is in test_waits.c.) */
#include "../runtime/scene.h"

#include <ouro/sync.h>

#include <pthread.h>
#include <stdatomic.h>
#include <time.h>

static struct ouro_shared_queue *new_queue(size_t capacity, void (*drop)(void *item))
{
    struct ouro_shared_queue *queue;
    ck_assert_int_eq(ouro_shared_queue_new(capacity, drop, &queue), 0);
    return queue;
}

/* A loop in a thread of its own, that runs one task to its end and has a reference to the queue. */
struct host {
    pthread_t thread;
    ouro_task_fn *fn;
    struct ouro_shared_queue *queue;
    int status;
};

static void *host_main(void *arg)
{
    struct host *host = arg;
    host->status = ouro_run(host->fn, host);
    ouro_shared_queue_unref(host->queue);
    return NULL;
}

static void host_start(struct host *host, ouro_task_fn *fn, struct ouro_shared_queue *queue)
{
    host->fn = fn;
    host->queue = ouro_shared_queue_ref(queue);
    ck_assert_int_eq(pthread_create(&host->thread, NULL, host_main, host), 0);
}

static int host_join(struct host *host)
{
    pthread_join(host->thread, NULL);
    return host->status;
}

/* --- one side and the other ---------------------------------------------------------------------
 */

enum { ITEMS = 20000 };
static char items[ITEMS];

static int put_all(void *arg)
{
    const struct host *host = arg;
    int rc = 0;
    for (int i = 0; i < ITEMS && rc == 0; i++)
        rc = ouro_shared_queue_put(host->queue, &items[i], OURO_FOREVER);
    ouro_shared_queue_close(host->queue);
    return rc;
}

static int get_all(void *arg)
{
    const struct host *host = arg;
    void *item;
    int rc, count = 0;
    while ((rc = ouro_shared_queue_get(host->queue, OURO_FOREVER, &item)) == 0) {
        if (item != &items[count++])
            return -EBADMSG;
    }
    return rc == -OURO_ECLOSED ? count : rc;
}

TEST(order_is_kept_from_loop_to_loop)
{
    static const size_t capacities[] = {1, 3, 1000};
    for (size_t i = 0; i < 3; i++) {
        struct host giver = {0}, taker = {0};
        struct ouro_shared_queue *queue = new_queue(capacities[i], NULL);
        host_start(&taker, get_all, queue);
        host_start(&giver, put_all, queue);
        ouro_shared_queue_unref(queue);
        ck_assert_int_eq(host_join(&giver), 0);
        ck_assert_int_eq(host_join(&taker), ITEMS);
    }
}

/* --- ends ---------------------------------------------------------------------------------------
 */

static int put_until_told(void *arg)
{
    const struct host *host = arg;
    int rc;
    do
        rc = ouro_shared_queue_put(host->queue, &items[0], OURO_FOREVER);
    while (rc == 0);
    return rc;
}

static int get_one(void *arg)
{
    const struct host *host = arg;
    void *item = NULL;
    int rc = ouro_shared_queue_get(host->queue, OURO_FOREVER, &item);
    ck_assert(rc == 0 || !item);
    return rc;
}

static _Atomic int dropped;

static void drop(void *item)
{
    ck_assert_ptr_eq(item, &items[0]);
    dropped++;
}

static void wait_a_little(void)
{
    struct timespec time = {.tv_nsec = OURO_MS(5)};
    nanosleep(&time, NULL);
}

TEST(closed_everybody_on_every_loop_is_told)
{
    struct host getters[2] = {0}, putter = {0};
    struct ouro_shared_queue *empty = new_queue(2, drop), *full = new_queue(2, drop);
    host_start(&getters[0], get_one, empty);
    host_start(&getters[1], get_one, empty);
    host_start(&putter, put_until_told, full);
    while (ouro_shared_queue_count(full) < 2)
        wait_a_little();
    ouro_shared_queue_close(empty);
    ouro_shared_queue_close(full);
    ck_assert_int_eq(host_join(&getters[0]), -OURO_ECLOSED);
    ck_assert_int_eq(host_join(&getters[1]), -OURO_ECLOSED);
    ck_assert_int_eq(host_join(&putter), -OURO_ECLOSED);

    void *item;
    ck_assert_int_eq(ouro_shared_queue_get(full, 0, &item), 0); /* what is inside can be got */
    ck_assert_uint_eq(ouro_shared_queue_count(full), 1);
    ck_assert_int_eq(ouro_shared_queue_put(full, item, 0), -OURO_ECLOSED);
    ck_assert_ptr_null(ouro_shared_queue_unref(empty));
    ck_assert_int_eq(dropped, 0);
    ck_assert_ptr_null(ouro_shared_queue_unref(full)); /* and what nobody has got is dropped */
    ck_assert_int_eq(dropped, 1);
    ck_assert_ptr_null(ouro_shared_queue_unref(NULL));
}

TEST(a_thread_without_a_loop_tries)
{
    struct ouro_shared_queue *queue = new_queue(1, NULL);
    void *item = NULL;
    ck_assert_int_eq(ouro_shared_queue_get(queue, 0, &item), -ETIMEDOUT);
    ck_assert_ptr_null(item);
    ck_assert_int_eq(ouro_shared_queue_put(queue, &items[0], 0), 0);
    ck_assert_int_eq(ouro_shared_queue_put(queue, &items[1], 0), -ETIMEDOUT);
    ck_assert_int_eq(ouro_shared_queue_get(queue, 0, &item), 0);
    ck_assert_ptr_eq(item, &items[0]);
    ouro_shared_queue_unref(queue);
}

TEST(who_waits_for_another_loop_is_not_deadlocked)
{
    struct host getter = {0};
    struct ouro_shared_queue *queue = new_queue(1, NULL);
    host_start(&getter, get_one, queue);
    wait_a_little();
    ck_assert_int_eq(ouro_shared_queue_put(queue, &items[0], 0), 0);
    ck_assert_int_eq(host_join(&getter), 0);
    ouro_shared_queue_unref(queue);
}

TEST(in_a_simulation_there_is_no_other_loop)
{
    struct host host = {.queue = new_queue(1, NULL)};
    ck_assert_int_eq(ouro_sim_run(SCENE_SEED, NULL, get_one, &host), -OURO_EDEADLOCK);
    ouro_shared_queue_unref(host.queue);
}

static int count_turns(void *arg)
{
    int *turns = arg;
    while (ouro_yield() == 0)
        ++*turns;
    return 0;
}

/* As if another loop were always faster than this one. */
REAL_TEST(who_never_has_to_wait_gives_way_all_the_same)
{
    struct ouro_shared_queue *queue = new_queue(100, NULL);
    int turns = 0;
    struct ouro_task *other = started(count_turns, &turns);
    void *item;
    for (int i = 0; i < 100; i++)
        ck_assert_int_eq(ouro_shared_queue_put(queue, &items[i], 0), 0);
    for (int i = 0; i < 100; i++)
        ck_assert_int_eq(ouro_shared_queue_get(queue, OURO_FOREVER, &item), 0);
    ck_assert_int_ge(turns, 5);
    ouro_cancel(other);
    ck_assert_int_eq(status_of(other), 0);
    ouro_shared_queue_unref(queue);
    return 0;
}

/* --- nothing is lost, nothing is given twice ----------------------------------------------------
 */

/* Loops that come and go, on each some tasks that put and get with little patience, are cancelled,
 * and end with their loop in the middle of a wait. */
enum { HOSTS = 4, LIVES = 30, TASKS = 6, STEPS = 40, TOKENS = HOSTS * LIVES * TASKS * STEPS };

static char tokens[TOKENS]; /* their addresses travel */
static struct {
    _Atomic int next;
    _Atomic uint8_t put[TOKENS], got[TOKENS];
    _Atomic size_t waits_cut_short;
} book;

static int64_t some_deadline(struct ouro_rng *rng)
{
    switch (ouro_rng_below(rng, 3)) {
    case 0:
        return OURO_FOREVER;
    case 1:
        return ouro_after(OURO_US(ouro_rng_below(rng, 50)));
    default:
        return 0;
    }
}

static void cut_short(int rc)
{
    ck_assert(rc == -ETIMEDOUT || rc == -ECANCELED);
    book.waits_cut_short++;
}

static void put_one(struct ouro_shared_queue *queue, struct ouro_rng *rng)
{
    int token = book.next++;
    int rc = ouro_shared_queue_put(queue, &tokens[token], some_deadline(rng));
    if (rc == 0)
        book.put[token]++;
    else
        cut_short(rc);
}

static void note_got(void *item)
{
    book.got[(char *)item - tokens]++;
}

static void take_one(struct ouro_shared_queue *queue, struct ouro_rng *rng)
{
    void *item;
    int rc = ouro_shared_queue_get(queue, some_deadline(rng), &item);
    if (rc == 0)
        note_got(item);
    else
        cut_short(rc);
}

static int put_and_take(void *arg)
{
    const struct host *host = arg;
    struct ouro_rng rng;
    ouro_rng_seed(&rng, ouro_random());
    for (int i = 0; i < STEPS; i++) {
        struct ouro_scope scope;
        ouro_scope_open(&scope, ouro_after(OURO_US(ouro_rng_below(&rng, 100))));
        if (ouro_rng_chance(&rng, 500000))
            put_one(host->queue, &rng);
        else
            take_one(host->queue, &rng);
        ouro_scope_close(&scope);
        ouro_yield();
    }
    return 0;
}

/* Its end cancels those that are still at it. */
static int live_shortly(void *arg)
{
    for (int i = 0; i < TASKS; i++)
        ck_assert_int_eq(ouro_spawn(put_and_take, arg, NULL, NULL), 0);
    return ouro_sleep(OURO_US(ouro_random() % 1500));
}

static void *live_again_and_again(void *arg)
{
    struct host *host = arg;
    for (int i = 0; i < LIVES && host->status == 0; i++)
        host->status = ouro_run(live_shortly, host);
    ouro_shared_queue_unref(host->queue);
    return NULL;
}

TEST(loops_come_and_go_and_the_book_comes_out_even)
{
    struct host hosts[HOSTS] = {0};
    struct ouro_shared_queue *queue = new_queue(2, note_got);
    for (int i = 0; i < HOSTS; i++) {
        hosts[i].queue = ouro_shared_queue_ref(queue);
        ck_assert_int_eq(pthread_create(&hosts[i].thread, NULL, live_again_and_again, &hosts[i]),
                         0);
    }
    for (int i = 0; i < HOSTS; i++)
        ck_assert_int_eq(host_join(&hosts[i]), 0);
    ouro_shared_queue_unref(queue); /* notes what is left */
    int put = 0;
    for (int i = 0; i < TOKENS; i++) {
        ck_assert_int_eq(book.put[i], book.got[i]);
        put += book.put[i];
    }
    ck_assert_int_gt(put, 100);
    ck_assert_uint_gt(book.waits_cut_short, 100);
}
