/* SPDX-License-Identifier: MIT */
#include "ouro/offload.h"
#include "test.h"

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>

/* A door that jobs block at, so that a test decides when they end. */
struct gate {
    pthread_mutex_t lock;
    pthread_cond_t change;
    bool open;
    int began, ended;
};

#define GATE                                                                                 \
    {                                                                                        \
        .lock = PTHREAD_MUTEX_INITIALIZER, .change = PTHREAD_COND_INITIALIZER, .open = false \
    }

static int pass(void *arg)
{
    struct gate *gate = arg;
    pthread_mutex_lock(&gate->lock);
    gate->began++;
    while (!gate->open)
        pthread_cond_wait(&gate->change, &gate->lock);
    gate->ended++;
    pthread_mutex_unlock(&gate->lock);
    return 7;
}

static void open_gate(struct gate *gate)
{
    pthread_mutex_lock(&gate->lock);
    gate->open = true;
    pthread_cond_broadcast(&gate->change);
    pthread_mutex_unlock(&gate->lock);
}

static int began(struct gate *gate)
{
    pthread_mutex_lock(&gate->lock);
    int count = gate->began;
    pthread_mutex_unlock(&gate->lock);
    return count;
}

/* Until so many jobs stand at the gate. */
static void await_began(struct gate *gate, int count)
{
    while (began(gate) < count)
        ck_assert_int_eq(ouro_sleep(OURO_MS(1)), 0);
}

static struct ouro_pool *pool_of(size_t threads, size_t queue_max)
{
    struct ouro_pool_options options = {.threads_max = threads, .queue_max = queue_max};
    struct ouro_pool *pool;
    ck_assert_int_eq(ouro_pool_new(&options, &pool), 0);
    return pool;
}

/* --- a call ---------------------------------------------------------------------------------- */

static pthread_t thread_seen;

static int note_thread(void *arg)
{
    thread_seen = pthread_self();
    return *(int *)arg;
}

static int call_default_pool(void *arg)
{
    (void)arg;
    int value = 42;
    ck_assert_int_eq(ouro_offload(NULL, note_thread, &value, OURO_FOREVER), 42);
    ck_assert(!pthread_equal(thread_seen, pthread_self()));
    value = -EIO;
    ck_assert_int_eq(ouro_offload(NULL, note_thread, &value, OURO_FOREVER), -EIO);
    return 0;
}

TEST(a_job_runs_in_another_thread_and_its_result_comes_back)
{
    ck_assert_int_eq(ouro_run(call_default_pool, NULL), 0);
}

static int steps;

static int count_steps(void *arg)
{
    (void)arg;
    for (;; steps++) {
        int rc = ouro_sleep(OURO_MS(1));
        if (rc < 0)
            return rc;
    }
}

static int wait_at_gate(void *arg)
{
    return ouro_offload(NULL, pass, arg, OURO_FOREVER);
}

static int others_go_on(void *arg)
{
    struct gate gate = GATE;
    struct ouro_task *waiter, *counter;
    (void)arg;
    ck_assert_int_eq(ouro_spawn(wait_at_gate, &gate, NULL, &waiter), 0);
    ck_assert_int_eq(ouro_spawn(count_steps, NULL, NULL, &counter), 0);
    await_began(&gate, 1);
    int before = steps;
    while (steps < before + 10)
        ouro_sleep(OURO_MS(1));
    ck_assert(!ouro_task_done(waiter));
    open_gate(&gate);
    int status;
    ck_assert_int_eq(ouro_await(waiter, OURO_FOREVER, &status), 0);
    ck_assert_int_eq(status, 7);
    ouro_task_unref(waiter);
    ouro_task_unref(counter);
    return 0;
}

TEST(the_loop_goes_on_while_a_job_blocks)
{
    ck_assert_int_eq(ouro_run(others_go_on, NULL), 0);
}

/* --- cancellation and deadlines -------------------------------------------------------------- */

struct scene {
    struct ouro_pool *pool;
    struct gate gate;
    int after; /* what the next suspending call says */
};

static int pass_then_sleep(void *arg)
{
    struct scene *scene = arg;
    int rc = ouro_offload(scene->pool, pass, &scene->gate, OURO_FOREVER);
    scene->after = ouro_sleep(0);
    return rc;
}

static int cancel_running(void *arg)
{
    struct scene scene = {.gate = GATE, .pool = pool_of(1, 0)};
    struct ouro_task *task;
    int status;
    (void)arg;
    ck_assert_int_eq(ouro_spawn(pass_then_sleep, &scene, NULL, &task), 0);
    await_began(&scene.gate, 1);
    ck_assert_int_eq(ouro_cancel(task), 0);
    for (int i = 0; i < 5; i++)
        ouro_sleep(OURO_MS(1));
    ck_assert(!ouro_task_done(task));
    open_gate(&scene.gate);
    ck_assert_int_eq(ouro_await(task, OURO_FOREVER, &status), 0);
    ck_assert_int_eq(status, 7);
    ck_assert_int_eq(scene.after, -ECANCELED);
    ouro_task_unref(task);
    ouro_pool_free(scene.pool);
    return 0;
}

TEST(a_job_that_runs_ends_before_its_cancelled_caller_goes_on)
{
    ck_assert_int_eq(ouro_run(cancel_running, NULL), 0);
}

static int withdraw_queued(void *arg)
{
    struct scene scene = {.gate = GATE, .pool = pool_of(1, 0)};
    struct ouro_task *first, *second;
    int status;
    (void)arg;
    ck_assert_int_eq(ouro_spawn(pass_then_sleep, &scene, NULL, &first), 0);
    await_began(&scene.gate, 1);
    ck_assert_int_eq(ouro_spawn(pass_then_sleep, &scene, NULL, &second), 0);
    ouro_yield();
    ck_assert_uint_eq(ouro_pool_stats(scene.pool).queued, 1);
    ouro_cancel(second);
    ck_assert_int_eq(ouro_await(second, OURO_FOREVER, &status), 0);
    ck_assert_int_eq(status, -ECANCELED);
    /* And at a deadline. */
    ck_assert_int_eq(ouro_offload(scene.pool, pass, &scene.gate, ouro_after(OURO_MS(2))),
                     -ETIMEDOUT);
    ck_assert_int_eq(ouro_offload(scene.pool, pass, &scene.gate, 0), -ETIMEDOUT);
    open_gate(&scene.gate);
    ck_assert_int_eq(ouro_await(first, OURO_FOREVER, &status), 0);
    ouro_task_unref(first);
    ouro_task_unref(second);
    ouro_pool_free(scene.pool);
    ck_assert_int_eq(scene.gate.began, 1); /* what was withdrawn never ran */
    return 0;
}

TEST(a_job_that_has_not_begun_is_withdrawn_and_never_runs)
{
    ck_assert_int_eq(ouro_run(withdraw_queued, NULL), 0);
}

static int forget_running_task(void *arg)
{
    struct gate *gate = arg;
    struct ouro_task *task;
    ck_assert_int_eq(ouro_spawn(wait_at_gate, gate, NULL, &task), 0);
    await_began(gate, 1);
    ouro_task_unref(task);
    open_gate(gate);
    return 0;
}

TEST(a_loop_ends_after_the_jobs_of_its_tasks)
{
    struct gate gate = GATE;
    ck_assert_int_eq(ouro_run(forget_running_task, &gate), 0);
    ck_assert_int_eq(gate.ended, 1);
}

/* --- many ------------------------------------------------------------------------------------ */

#define CALLERS 50
#define CALLS   20

static int add_one(void *arg)
{
    ++*(int *)arg; /* the caller's stack: nobody else has it */
    return 0;
}

static int call_often(void *arg)
{
    int sum = 0;
    for (int i = 0; i < CALLS; i++) {
        int rc = ouro_offload(arg, add_one, &sum, OURO_FOREVER);
        if (rc < 0)
            return rc;
    }
    return sum == CALLS ? 0 : -EIO;
}

static int many_callers(void *arg)
{
    struct ouro_pool *pool = arg;
    struct ouro_group group;
    ouro_group_open(&group, OURO_FOREVER);
    for (int i = 0; i < CALLERS; i++)
        ck_assert_int_eq(ouro_group_spawn(&group, call_often, pool, NULL, NULL), 0);
    return ouro_group_close(&group);
}

static void *loop_thread(void *arg)
{
    return (void *)(intptr_t)ouro_run(many_callers, arg);
}

TEST(several_loops_share_a_pool)
{
    struct ouro_pool *pool = pool_of(3, 0);
    pthread_t loops[3];
    for (int i = 0; i < 3; i++)
        ck_assert_int_eq(pthread_create(&loops[i], NULL, loop_thread, pool), 0);
    for (int i = 0; i < 3; i++) {
        void *status;
        ck_assert_int_eq(pthread_join(loops[i], &status), 0);
        ck_assert_ptr_null(status);
    }
    ck_assert_uint_eq(ouro_pool_stats(pool).threads, 3);
    ouro_pool_free(pool);
}

/* Callers cancelled at every stage: before, in the queue, in a thread, on the way back. */
static int cancel_storm(void *arg)
{
    struct ouro_pool *pool = pool_of(2, 0);
    (void)arg;
    for (int round = 0; round < 30; round++) {
        struct ouro_task *tasks[CALLERS];
        for (int i = 0; i < CALLERS; i++)
            ck_assert_int_eq(ouro_spawn(call_often, pool, NULL, &tasks[i]), 0);
        for (int i = 0; i < CALLERS; i++) {
            if (i % 7 == round % 7)
                ouro_yield();
            ouro_cancel(tasks[i]);
        }
        for (int i = 0; i < CALLERS; i++) {
            int status;
            ck_assert_int_eq(ouro_await(tasks[i], OURO_FOREVER, &status), 0);
            ck_assert(status == 0 || status == -ECANCELED);
            ouro_task_unref(tasks[i]);
        }
    }
    ouro_pool_free(pool);
    return 0;
}

TEST(callers_are_cancelled_at_every_stage)
{
    ck_assert_int_eq(ouro_run(cancel_storm, NULL), 0);
}

/* --- detached -------------------------------------------------------------------------------- */

static _Atomic int ran, done_with;

static int run_detached(void *arg)
{
    (void)arg;
    atomic_fetch_add(&ran, 1);
    return 0;
}

static void count_done(void *arg)
{
    (void)arg;
    atomic_fetch_add(&done_with, 1);
}

static void await_count(_Atomic int *count, int wanted)
{
    while (atomic_load(count) < wanted)
        sched_yield();
}

TEST(a_detached_job_owns_its_argument)
{
    struct ouro_pool *pool = pool_of(1, 0);
    ck_assert_int_eq(ouro_offload_start(pool, run_detached, NULL, count_done), 0);
    await_count(&done_with, 1);
    ck_assert_int_eq(atomic_load(&ran), 1);
    ouro_pool_free(pool);
    ck_assert_int_eq(ouro_offload_start(NULL, run_detached, NULL, count_done), 0);
    await_count(&done_with, 2);
}

TEST(a_full_queue_refuses_detached_jobs)
{
    struct ouro_pool *pool = pool_of(1, 2);
    struct gate gate = GATE;
    ck_assert_int_eq(ouro_offload_start(pool, pass, &gate, NULL), 0);
    while (began(&gate) < 1)
        sched_yield();
    ck_assert_int_eq(ouro_offload_start(pool, run_detached, NULL, count_done), 0);
    ck_assert_int_eq(ouro_offload_start(pool, run_detached, NULL, count_done), 0);
    ck_assert_int_eq(ouro_offload_start(pool, run_detached, NULL, count_done), -EAGAIN);
    open_gate(&gate);
    await_count(&done_with, 2);
    ouro_pool_free(pool);
    ck_assert_int_eq(atomic_load(&ran), 2);
}

static _Atomic int lines;

static void count_lines(enum ouro_log_level level, const char *line, void *ud)
{
    (void)ud;
    if (level == OURO_LOG_ERROR && strstr(line, "EIO"))
        atomic_fetch_add(&lines, 1);
}

static int fail_with_io(void *arg)
{
    (void)arg;
    return -EIO;
}

TEST(a_detached_job_does_not_fail_silently)
{
    ouro_log_to(count_lines, NULL);
    struct ouro_pool *pool = pool_of(1, 0);
    ck_assert_int_eq(ouro_offload_start(pool, fail_with_io, NULL, count_done), 0);
    await_count(&done_with, 1);
    ouro_pool_free(pool);
    ck_assert_int_eq(atomic_load(&lines), 1);
}

/* --- the end of a pool ----------------------------------------------------------------------- */

static int open_soon(void *arg)
{
    int rc = ouro_sleep(OURO_MS(5));
    open_gate(arg);
    return rc;
}

static int free_busy_pool(void *arg)
{
    struct scene scene = {.gate = GATE, .pool = pool_of(1, 0)};
    struct ouro_task *running, *queued;
    int status;
    (void)arg;
    ck_assert_int_eq(ouro_spawn(pass_then_sleep, &scene, NULL, &running), 0);
    await_began(&scene.gate, 1);
    ck_assert_int_eq(ouro_spawn(pass_then_sleep, &scene, NULL, &queued), 0);
    ouro_yield();
    ck_assert_int_eq(ouro_offload_start(scene.pool, run_detached, NULL, count_done), 0);

    /* The loop goes on while the pool ends: it is a task of this loop that opens the gate. */
    ck_assert_int_eq(ouro_spawn(open_soon, &scene.gate, NULL, NULL), 0);
    ck_assert_ptr_null(ouro_pool_free(scene.pool));
    ck_assert_int_eq(ouro_await(queued, OURO_FOREVER, &status), 0);
    ck_assert_int_eq(status, -ECANCELED);
    ck_assert_int_eq(ouro_await(running, OURO_FOREVER, &status), 0);
    ck_assert_int_eq(status, 7);
    ck_assert_int_eq(atomic_load(&ran), 0);
    ck_assert_int_eq(atomic_load(&done_with), 1);
    ouro_task_unref(running);
    ouro_task_unref(queued);
    return 0;
}

TEST(a_pool_that_ends_refuses_what_is_queued_and_finishes_what_runs)
{
    ck_assert_int_eq(ouro_run(free_busy_pool, NULL), 0);
}

/* --- signals stay out ------------------------------------------------------------------------ */

static int blocked_signals(void *arg)
{
    sigset_t *set = arg;
    return pthread_sigmask(SIG_SETMASK, NULL, set);
}

static int look_at_mask(void *arg)
{
    sigset_t set;
    (void)arg;
    ck_assert_int_eq(ouro_offload(NULL, blocked_signals, &set, OURO_FOREVER), 0);
    ck_assert(sigismember(&set, SIGTERM) == 1);
    ck_assert(sigismember(&set, SIGSEGV) == 0);
    pthread_sigmask(SIG_SETMASK, NULL, &set);
    ck_assert(sigismember(&set, SIGTERM) == 0);
    return 0;
}

TEST(threads_of_a_pool_take_no_signals_from_the_program)
{
    ck_assert_int_eq(ouro_run(look_at_mask, NULL), 0);
}

/* --- the simulated twin ---------------------------------------------------------------------- */

static int in_simulation(void *arg)
{
    int value = 5;
    (void)arg;
    ck_assert_int_eq(ouro_offload(NULL, note_thread, &value, OURO_FOREVER), 5);
    ck_assert(pthread_equal(thread_seen, pthread_self()));
    ck_assert_int_eq(ouro_offload_start(NULL, run_detached, NULL, count_done), 0);
    ck_assert_int_eq(atomic_load(&ran), 1);
    ck_assert_int_eq(atomic_load(&done_with), 1);
    ck_assert_int_eq(ouro_now(), 0);
    ck_assert_int_eq(ouro_offload(NULL, note_thread, &value, 0), -ETIMEDOUT);
    return 0;
}

TEST(in_a_simulation_jobs_run_at_once_and_take_no_time)
{
    ck_assert_int_eq(ouro_sim_run(1, NULL, in_simulation, NULL), 0);
}
