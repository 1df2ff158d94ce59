/* SPDX-License-Identifier: MIT */
#include "ouro/offload.h"
#include "test.h"

#include <pthread.h>
#include <stdatomic.h>

/* A loop in a thread of its own, as an embedding program has it. */
struct host {
    pthread_t thread;
    pthread_barrier_t up;
    struct ouro_loop *loop;
};

static void *host_main(void *arg)
{
    struct host *host = arg;
    struct ouro_loop *loop;
    ck_assert_int_eq(ouro_loop_new(&loop), 0);
    host->loop = ouro_loop_ref(loop);
    pthread_barrier_wait(&host->up);
    ouro_loop_run_forever(loop);
    ouro_loop_free(loop);
    return NULL;
}

static void host_start(struct host *host)
{
    pthread_barrier_init(&host->up, NULL, 2);
    ck_assert_int_eq(pthread_create(&host->thread, NULL, host_main, host), 0);
    pthread_barrier_wait(&host->up);
}

static void host_stop(struct host *host)
{
    ouro_loop_stop(host->loop);
    pthread_join(host->thread, NULL);
    pthread_barrier_destroy(&host->up);
}

static int double_it(void *arg)
{
    int *value = arg;
    int rc = ouro_sleep(OURO_MS(1));
    if (rc < 0)
        return rc;
    ouro_set_result(value);
    return *value * 2;
}

TEST(a_thread_gets_what_a_task_returns)
{
    struct host host;
    host_start(&host);
    int value = 21, status = 0;
    struct ouro_future *future;
    ck_assert_int_eq(ouro_submit(host.loop, double_it, &value, NULL, &future), 0);
    ck_assert_int_eq(ouro_future_wait(future, OURO_FOREVER, &status), 0);
    ck_assert_int_eq(status, 42);
    ck_assert_ptr_eq(ouro_future_result(future), &value);
    ck_assert(ouro_future_done(future));
    ck_assert_int_eq(ouro_future_cancel(future), -EALREADY);
    ouro_future_unref(future);
    host_stop(&host);
    ouro_loop_unref(host.loop);
}

static int sleep_forever(void *arg)
{
    (void)arg;
    return ouro_sleep_until(OURO_FOREVER);
}

static _Atomic int done_with;

static void count_done(void *arg)
{
    (void)arg;
    atomic_fetch_add(&done_with, 1);
}

TEST(a_wait_times_out_and_a_cancelled_task_ends)
{
    struct host host;
    host_start(&host);
    struct ouro_spawn_options options = {.arg_done = count_done};
    struct ouro_future *future;
    int status = 1;
    ck_assert_int_eq(ouro_submit(host.loop, sleep_forever, NULL, &options, &future), 0);
    ck_assert_int_eq(ouro_future_wait(future, ouro_after(OURO_MS(5)), &status), -ETIMEDOUT);
    ck_assert_int_eq(ouro_future_wait(future, 0, &status), -ETIMEDOUT);
    ck_assert_int_eq(ouro_future_wait(future, -1, &status), -ETIMEDOUT);
    ck_assert_int_eq(status, 1);
    ck_assert(!ouro_future_done(future));
    ck_assert_int_eq(ouro_future_cancel(future), 0);
    ck_assert_int_eq(ouro_future_wait(future, OURO_FOREVER, &status), 0);
    ck_assert_int_eq(status, -ECANCELED);
    ck_assert_int_eq(atomic_load(&done_with), 1);
    ouro_future_unref(future);
    host_stop(&host);
    ouro_loop_unref(host.loop);
}

TEST(a_loop_that_ends_cancels_what_was_submitted_and_refuses_more)
{
    struct host host;
    host_start(&host);
    struct ouro_spawn_options options = {.arg_done = count_done};
    struct ouro_future *future, *refused = NULL;
    int status = 0;
    ck_assert_int_eq(ouro_submit(host.loop, sleep_forever, NULL, &options, &future), 0);
    host_stop(&host);
    ck_assert_int_eq(ouro_future_wait(future, OURO_FOREVER, &status), 0);
    ck_assert_int_eq(status, -ECANCELED);
    ck_assert_int_eq(atomic_load(&done_with), 1);
    ck_assert_int_eq(ouro_submit(host.loop, sleep_forever, NULL, &options, &refused),
                     -OURO_ECLOSED);
    ck_assert_ptr_null(refused);
    ck_assert_int_eq(atomic_load(&done_with), 1); /* nothing was taken over */
    ouro_future_unref(future);
    ouro_loop_unref(host.loop);
}

static _Atomic int unseen;

static void count_unseen(enum ouro_log_level level, const char *line, void *ud)
{
    (void)ud;
    if (level == OURO_LOG_ERROR && strstr(line, "fail_soon") && strstr(line, "nobody looked"))
        atomic_fetch_add(&unseen, 1);
}

static int fail_soon(void *arg)
{
    (void)arg;
    int rc = ouro_yield();
    return rc < 0 ? rc : -EIO;
}

static int nothing(void *arg)
{
    (void)arg;
    return ouro_sleep(OURO_MS(5));
}

TEST(what_fails_and_was_forgotten_is_told)
{
    ouro_log_to(count_unseen, NULL);
    struct host host;
    host_start(&host);
    struct ouro_future *forgotten, *last;
    ck_assert_int_eq(ouro_submit(host.loop, fail_soon, NULL, NULL, NULL), 0);
    ck_assert_int_eq(ouro_submit(host.loop, fail_soon, NULL, NULL, &forgotten), 0);
    ouro_future_unref(forgotten);
    ck_assert_int_eq(ouro_submit(host.loop, nothing, NULL, NULL, &last), 0);
    ck_assert_int_eq(ouro_future_wait(last, OURO_FOREVER, NULL), 0);
    ouro_future_unref(last);
    host_stop(&host);
    ouro_loop_unref(host.loop);
    ck_assert_int_eq(atomic_load(&unseen), 2);
}

/* --- many threads at once -------------------------------------------------------------------- */

#define SUBMITTERS 4
#define ROUNDS     200

static void *submitter(void *arg)
{
    struct ouro_loop *loop = arg;
    for (int i = 0; i < ROUNDS; i++) {
        struct ouro_future *future;
        int value = i, status = 0;
        ck_assert_int_eq(ouro_submit(loop, double_it, &value, NULL, &future), 0);
        if (i % 3 == 0)
            ouro_future_cancel(future);
        ck_assert_int_eq(ouro_future_wait(future, OURO_FOREVER, &status), 0);
        ck_assert(status == 2 * i || status == -ECANCELED);
        ouro_future_unref(future);
    }
    return NULL;
}

TEST(many_threads_submit_and_cancel)
{
    struct host host;
    pthread_t threads[SUBMITTERS];
    host_start(&host);
    for (int i = 0; i < SUBMITTERS; i++)
        ck_assert_int_eq(pthread_create(&threads[i], NULL, submitter, host.loop), 0);
    for (int i = 0; i < SUBMITTERS; i++)
        pthread_join(threads[i], NULL);
    host_stop(&host);
    ouro_loop_unref(host.loop);
}

/* Threads that go on submitting while the loop ends: each future ends all the same. */
static void *submit_until_closed(void *arg)
{
    struct ouro_loop *loop = arg;
    for (;;) {
        struct ouro_future *future;
        int rc = ouro_submit(loop, sleep_forever, NULL, NULL, &future);
        if (rc < 0)
            return (void *)(intptr_t)rc;
        ouro_future_cancel(future);
        ck_assert_int_eq(ouro_future_wait(future, OURO_FOREVER, NULL), 0);
        ouro_future_unref(future);
    }
}

TEST(a_loop_ends_in_the_middle_of_submissions)
{
    for (int round = 0; round < 20; round++) {
        struct host host;
        pthread_t threads[SUBMITTERS];
        host_start(&host);
        for (int i = 0; i < SUBMITTERS; i++)
            ck_assert_int_eq(pthread_create(&threads[i], NULL, submit_until_closed, host.loop), 0);
        host_stop(&host);
        for (int i = 0; i < SUBMITTERS; i++) {
            void *rc;
            pthread_join(threads[i], &rc);
            ck_assert_int_eq((intptr_t)rc, -OURO_ECLOSED);
        }
        ouro_loop_unref(host.loop);
    }
}
