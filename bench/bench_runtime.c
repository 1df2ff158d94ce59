/* SPDX-License-Identifier: MIT */
/* What the operations of runtime, sync and worker processes cost: `./do bench runtime`. Prints a
 * table of medians. */
#include <ouro/offload.h>
#include <ouro/runtime.h>
#include <ouro/sync.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ROUNDS 9

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median(double *values, int count)
{
    qsort(values, (size_t)count, sizeof *values, by_value);
    return values[count / 2];
}

/* --- switch ----------------------------------------------------------------------------------- */

enum { YIELDS = 1000000 };

static int yield_often(void *arg)
{
    (void)arg;
    for (int i = 0; i < YIELDS; i++)
        ouro_yield();
    return 0;
}

/* Two tasks that give way to each other: one yield is one switch to another task. */
static double yield_ns(void)
{
    struct ouro_task *other;
    ouro_spawn(yield_often, NULL, NULL, &other);
    int64_t start = ouro_now();
    yield_often(NULL);
    ouro_await(other, OURO_FOREVER, NULL);
    double ns = (double)(ouro_now() - start) / (2.0 * YIELDS);
    ouro_task_unref(other);
    return ns;
}

/* --- spawn and await -------------------------------------------------------------------------- */

enum { SPAWNS = 1000000, COLD_TASKS = 50000, IDLE_TASKS = 100000 };

static int nothing(void *arg)
{
    (void)arg;
    return 0;
}

static double spawn_await_pooled_ns(void)
{
    int64_t start = ouro_now();
    for (int i = 0; i < SPAWNS; i++) {
        struct ouro_task *task;
        ouro_spawn(nothing, NULL, NULL, &task);
        ouro_await(task, OURO_FOREVER, NULL);
        ouro_task_unref(task);
    }
    return (double)(ouro_now() - start) / SPAWNS;
}

static int sleep_for_ever(void *arg)
{
    (void)arg;
    return ouro_sleep_until(OURO_FOREVER);
}

static struct ouro_task *many[IDLE_TASKS];

static int spawn_many(int count)
{
    for (int i = 0; i < count; i++) {
        int rc = ouro_spawn(sleep_for_ever, NULL, NULL, &many[i]);
        if (rc < 0)
            return rc;
    }
    return ouro_yield();
}

static void end_many(int count)
{
    for (int i = 0; i < count; i++)
        ouro_cancel(many[i]);
    for (int i = 0; i < count; i++) {
        ouro_await(many[i], OURO_FOREVER, NULL);
        ouro_task_unref(many[i]);
    }
}

/* The first use of a stack: guard, page fault, first step. */
static int cold_body(void *arg)
{
    double *ret_ns = arg;
    int64_t start = ouro_now();
    int rc = spawn_many(COLD_TASKS);
    *ret_ns = (double)(ouro_now() - start) / COLD_TASKS;
    if (rc == 0)
        end_many(COLD_TASKS);
    return rc;
}

static long resident_bytes(void)
{
    long pages = 0, ignored;
    FILE *file = fopen("/proc/self/statm", "r");
    if (!file || fscanf(file, "%ld %ld", &ignored, &pages) != 2)
        pages = 0;
    if (file)
        fclose(file);
    return pages * sysconf(_SC_PAGESIZE);
}

static int idle_body(void *arg)
{
    double *ret_bytes = arg;
    long before = resident_bytes();
    int rc = spawn_many(IDLE_TASKS);
    *ret_bytes = (double)(resident_bytes() - before) / IDLE_TASKS;
    if (rc == 0)
        end_many(IDLE_TASKS);
    return rc;
}

/* --- hand-over between tasks ------------------------------------------------------------------ */

enum { MESSAGES = 1000000, BROADCASTS = 20000, LISTENERS = 50 };

static int get_all(void *arg)
{
    struct ouro_queue *queue = arg;
    void *item;
    while (ouro_queue_get(queue, OURO_FOREVER, &item) == 0) {
    }
    return 0;
}

/* One task puts, another gets, through a queue of one place: nothing is saved up on the way. */
static double queue_ns(void)
{
    struct ouro_queue queue;
    struct ouro_task *getter;
    ouro_queue_init(&queue, 1);
    ouro_spawn(get_all, &queue, NULL, &getter);
    int64_t start = ouro_now();
    for (int i = 0; i < MESSAGES; i++)
        ouro_queue_put(&queue, &queue, OURO_FOREVER);
    ouro_queue_close(&queue);
    ouro_await(getter, OURO_FOREVER, NULL);
    double ns = (double)(ouro_now() - start) / MESSAGES;
    ouro_task_unref(getter);
    ouro_queue_done(&queue);
    return ns;
}

struct monitor {
    struct ouro_lock lock;
    struct ouro_condition changed;
    bool over;
};

static int listen(void *arg)
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
static double condition_ns(void)
{
    struct monitor monitor = {.over = false};
    ouro_lock_init(&monitor.lock);
    ouro_condition_init(&monitor.changed);
    for (int i = 0; i < LISTENERS; i++)
        ouro_spawn(listen, &monitor, NULL, NULL);
    ouro_yield();
    int64_t start = ouro_now();
    for (int i = 0; i < BROADCASTS; i++)
        broadcast(&monitor);
    double ns = (double)(ouro_now() - start) / ((double)BROADCASTS * LISTENERS);
    monitor.over = true;
    broadcast(&monitor);
    ouro_lock_acquire(&monitor.lock, OURO_FOREVER); /* behind the last of them */
    ouro_lock_release(&monitor.lock);
    ouro_lock_done(&monitor.lock);
    ouro_condition_done(&monitor.changed);
    return ns;
}

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
static double semaphore_ns(void)
{
    struct rally rally;
    struct ouro_task *other;
    ouro_semaphore_init(&rally.there, 0);
    ouro_semaphore_init(&rally.back, 0);
    ouro_spawn(strike_back, &rally, NULL, &other);
    int64_t start = ouro_now();
    for (int i = 0; i < MESSAGES; i++) {
        ouro_semaphore_release(&rally.there, 1);
        ouro_semaphore_acquire(&rally.back, OURO_FOREVER);
    }
    double ns = (double)(ouro_now() - start) / (2.0 * MESSAGES);
    ouro_await(other, OURO_FOREVER, NULL);
    ouro_task_unref(other);
    return ns;
}

static int put_all(void *arg)
{
    struct ouro_queue *queue = arg;
    for (int i = 0; i < MESSAGES; i++)
        ouro_queue_put(queue, queue, OURO_FOREVER);
    ouro_queue_close(queue);
    return 0;
}

/* A message, or the event that ends it all: what many a task's loop looks like. */
static double select_ns(void)
{
    struct ouro_queue queue;
    struct ouro_event stopping;
    void *item;
    ouro_queue_init(&queue, 1);
    ouro_event_init(&stopping);
    ouro_spawn(put_all, &queue, NULL, NULL);
    struct ouro_case cases[] = {ouro_on_event(&stopping), ouro_on_get(&queue, &item)};
    int64_t start = ouro_now();
    do {
        ouro_select(cases, 2, OURO_FOREVER);
    } while (cases[1].result == 0);
    double ns = (double)(ouro_now() - start) / MESSAGES;
    ouro_event_done(&stopping);
    ouro_queue_done(&queue);
    return ns;
}

/* --- sleep ------------------------------------------------------------------------------------ */

enum { SLEEPS = 200 };

static void sleep_lateness_us(double *ret_p50, double *ret_p99)
{
    double late[SLEEPS];
    for (int i = 0; i < SLEEPS; i++) {
        int64_t when = ouro_after(OURO_MS(5));
        ouro_sleep_until(when);
        late[i] = (double)(ouro_now() - when) / 1000;
    }
    qsort(late, SLEEPS, sizeof *late, by_value);
    *ret_p50 = late[SLEEPS / 2];
    *ret_p99 = late[SLEEPS * 99 / 100];
}

/* --- a worker process ------------------------------------------------------------------------- */

enum { CALLS = 20000 };

static int echo(const void *in, size_t len, struct ouro_buf *out)
{
    ouro_buf_append(out, in, len);
    return 0;
}

static const struct ouro_worker_job jobs[] = {{"echo", .call = echo}, {NULL}};

/* 64 bytes to a worker and back; the first call waits for its start and does not count. */
static int worker_round_trip_us(double *ret_p50, double *ret_p99)
{
    static double us[CALLS];
    struct ouro_workers *workers;
    struct ouro_buf answer = {0};
    char in[64] = {0};
    int rc = ouro_workers_new(&(struct ouro_workers_options){.processes = 1}, &workers);
    if (rc < 0)
        return rc;
    rc = ouro_workers_call(workers, "echo", in, sizeof in, OURO_FOREVER, &answer);
    for (int i = 0; i < CALLS && rc >= 0; i++) {
        int64_t start = ouro_now();
        rc = ouro_workers_call(workers, "echo", in, sizeof in, OURO_FOREVER, &answer);
        us[i] = (double)(ouro_now() - start) / 1000;
    }
    qsort(us, CALLS, sizeof *us, by_value);
    *ret_p50 = us[CALLS / 2];
    *ret_p99 = us[CALLS * 99 / 100];
    ouro_buf_done(&answer);
    ouro_workers_free(workers);
    return rc;
}

/* --- the table -------------------------------------------------------------------------------- */

static double median_of(double (*measure)(void))
{
    double values[ROUNDS];
    for (int i = 0; i < ROUNDS; i++)
        values[i] = measure();
    return median(values, ROUNDS);
}

static int warm_body(void *arg)
{
    (void)arg;
    double p50, p99;
    printf("| yield (switch to another task) | %.1f ns |\n", median_of(yield_ns));
    printf("| spawn + await, pooled stack | %.1f ns |\n", median_of(spawn_await_pooled_ns));
    printf("| queue of one place, per message | %.1f ns |\n", median_of(queue_ns));
    printf("| condition broadcast, per waiter (lock included) | %.1f ns |\n",
           median_of(condition_ns));
    printf("| semaphore hand-over | %.1f ns |\n", median_of(semaphore_ns));
    printf("| select over two, per message | %.1f ns |\n", median_of(select_ns));
    sleep_lateness_us(&p50, &p99);
    printf("| sleep 5 ms, late by (p50, p99) | %.0f us, %.0f us |\n", p50, p99);
    int rc = worker_round_trip_us(&p50, &p99);
    if (rc >= 0)
        printf("| call of a worker process, round trip (p50, p99) | %.0f us, %.0f us |\n", p50,
               p99);
    return rc;
}

static int in_new_loop(ouro_task_fn *body, double *ret_value)
{
    int rc = ouro_run_at(body, ret_value, "bench", OURO_HERE);
    if (rc < 0)
        fprintf(stderr, "bench_runtime: %s: %s\n", ouro_error_name(rc), ouro_error_text(rc));
    return rc;
}

int main(int argc, char **argv)
{
    ouro_workers_init(argc, argv, jobs);
    double cold[ROUNDS], idle;
    printf("| operation | median of %d |\n|---|---|\n", ROUNDS);
    if (ouro_run(warm_body, NULL) < 0)
        return EXIT_FAILURE;
    for (int i = 0; i < ROUNDS; i++) {
        if (in_new_loop(cold_body, &cold[i]) < 0)
            return EXIT_FAILURE;
    }
    printf("| spawn + first step, cold stack | %.0f ns |\n", median(cold, ROUNDS));
    if (in_new_loop(idle_body, &idle) < 0)
        return EXIT_FAILURE;
    printf("| memory of an idle task (%d alive) | %.0f bytes |\n", IDLE_TASKS, idle);
    return EXIT_SUCCESS;
}
