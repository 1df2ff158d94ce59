/* SPDX-License-Identifier: MIT */
/* What it costs to hand something over from task to task. */
#include "bench_runtime.h"
#include "measure.h"

#include <ouro/sync.h>

enum { MESSAGES = 1000000, BROADCASTS = 20000, LISTENERS = 50 };

/* --- queue -------------------------------------------------------------------------------------
 */

static int get_all(void *arg)
{
    struct ouro_queue *queue = arg;
    void *item;
    while (ouro_queue_get(queue, OURO_FOREVER, &item) == 0) {
    }
    return 0;
}

static void put_all(struct ouro_queue *queue)
{
    for (int i = 0; i < MESSAGES; i++)
        ouro_queue_put(queue, queue, OURO_FOREVER);
    ouro_queue_close(queue);
}

/* One task puts, another gets, through a queue of one place: nothing is saved up on the way. */
int bench_queue(void *ret_ns)
{
    struct ouro_queue queue;
    struct ouro_task *getter;
    int rc = ouro_queue_init(&queue, 1);
    if (rc < 0)
        return rc;
    rc = ouro_spawn(get_all, &queue, NULL, &getter);
    if (rc == 0) {
        int64_t start = bench_thread_cpu_ns();
        put_all(&queue);
        ouro_await(getter, OURO_FOREVER, NULL);
        *(double *)ret_ns = (double)(bench_thread_cpu_ns() - start) / MESSAGES;
        ouro_task_unref(getter);
    }
    ouro_queue_done(&queue);
    return rc;
}

/* --- condition ---------------------------------------------------------------------------------
 */

struct monitor {
    struct ouro_lock lock;
    struct ouro_condition changed;
    bool over;
};

static int listen_until_over(void *arg)
{
    struct monitor *monitor = arg;
    ouro_lock_acquire(&monitor->lock, OURO_FOREVER);
    while (!monitor->over)
        ouro_condition_wait(&monitor->changed, &monitor->lock, OURO_FOREVER);
    ouro_lock_release(&monitor->lock);
    return 0;
}

static void broadcast(struct monitor *monitor)
{
    ouro_lock_acquire(&monitor->lock, OURO_FOREVER);
    ouro_condition_notify_all(&monitor->changed);
    ouro_lock_release(&monitor->lock);
    ouro_yield();
}

/* All wake, each takes the lock in its turn, looks, and waits again. */
int bench_condition(void *ret_ns)
{
    struct monitor monitor = {.over = false};
    struct ouro_group listeners;
    int rc = 0;
    ouro_lock_init(&monitor.lock);
    ouro_condition_init(&monitor.changed);
    ouro_group_open(&listeners, OURO_FOREVER);
    for (int i = 0; i < LISTENERS && rc == 0; i++)
        rc = ouro_group_spawn(&listeners, listen_until_over, &monitor, NULL, NULL);
    ouro_yield();
    int64_t start = bench_thread_cpu_ns();
    for (int i = 0; i < BROADCASTS; i++)
        broadcast(&monitor);
    *(double *)ret_ns = (double)(bench_thread_cpu_ns() - start) / ((double)BROADCASTS * LISTENERS);
    monitor.over = true;
    broadcast(&monitor);
    ouro_group_close(&listeners);
    ouro_lock_done(&monitor.lock);
    ouro_condition_done(&monitor.changed);
    return rc;
}

/* --- semaphore ---------------------------------------------------------------------------------
 */

struct rally {
    struct ouro_semaphore there, back;
};

static int strike_back(void *arg)
{
    struct rally *rally = arg;
    for (int i = 0; i < MESSAGES; i++) {
        ouro_semaphore_acquire(&rally->there, OURO_FOREVER);
        ouro_semaphore_release(&rally->back, 1);
    }
    return 0;
}

/* There and back: two hand-overs, each to a task that waits. */
int bench_semaphore(void *ret_ns)
{
    struct rally rally;
    struct ouro_task *other;
    ouro_semaphore_init(&rally.there, 0);
    ouro_semaphore_init(&rally.back, 0);
    int rc = ouro_spawn(strike_back, &rally, NULL, &other);
    if (rc < 0)
        return rc;
    int64_t start = bench_thread_cpu_ns();
    for (int i = 0; i < MESSAGES; i++) {
        ouro_semaphore_release(&rally.there, 1);
        ouro_semaphore_acquire(&rally.back, OURO_FOREVER);
    }
    *(double *)ret_ns = (double)(bench_thread_cpu_ns() - start) / (2.0 * MESSAGES);
    ouro_await(other, OURO_FOREVER, NULL);
    ouro_task_unref(other);
    return 0;
}

/* --- select ------------------------------------------------------------------------------------
 */

static int put_all_body(void *arg)
{
    put_all(arg);
    return 0;
}

static void select_until_closed(struct ouro_event *stopping, struct ouro_queue *queue)
{
    void *item;
    struct ouro_case cases[] = {ouro_on_event(stopping), ouro_on_get(queue, &item)};
    do {
        ouro_select(cases, 2, OURO_FOREVER);
    } while (cases[1].result == 0);
}

/* A message, or the event that ends it all: what many a task's loop looks like. */
int bench_select(void *ret_ns)
{
    struct ouro_queue queue;
    struct ouro_event stopping;
    int rc = ouro_queue_init(&queue, 1);
    if (rc < 0)
        return rc;
    ouro_event_init(&stopping);
    rc = ouro_spawn(put_all_body, &queue, NULL, NULL);
    if (rc == 0) {
        int64_t start = bench_thread_cpu_ns();
        select_until_closed(&stopping, &queue);
        *(double *)ret_ns = (double)(bench_thread_cpu_ns() - start) / MESSAGES;
    }
    ouro_event_done(&stopping);
    ouro_queue_done(&queue);
    return rc;
}
