/* SPDX-License-Identifier: MIT */
/* A pool of threads and its queue of jobs.
 *
 * A job goes one way round: the task queues it, a thread runs it and posts it back to the loop,
 * the loop wakes the task.
 *
 *      task ---- queue ----> thread ---- ouro_post ----> loop ---- wake ----> task
 *        \________ withdrawn, not begun ________________________________________/
 *
 * The job of a waiting task lies on the stack of that task. When the task goes on it is gone, and
 * the loop may end next; so the thread must have let go of both before the task may go on. That is
 * what the lock is for: the thread posts while it holds the lock, and the loop takes it once before
 * it wakes the task. No counted references, no fd that a late thread keeps open. */
#include "ouro/offload.h"
#include "runtime/wait.h"

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define THREADS_MAX_DEFAULT 32
/* Blocking jobs don't use a processor while they block. */
#define THREADS_BESIDE_PROCESSORS 4

struct ouro_pool {
    pthread_mutex_t lock;
    pthread_cond_t work;
    struct ouro_link queue;
    size_t queued, detached; /* in the queue; and how many of those are detached */
    size_t running, idle;
    size_t refs; /* the owner's, and one for each call: the pool outlives its last */
    bool closing;
    size_t queue_max, threads_max, threads;
    const char *name;
    pthread_t thread[];
};

struct job {
    struct ouro_link link; /* in the queue, until it begins */
    ouro_job_fn *fn;
    void *arg;
    struct call *call; /* NULL: detached, on the heap */
    void (*arg_done)(void *arg);
};

/* A task that waits for its job. On the task's stack. */
struct call {
    struct job job;
    struct ouro_pool *pool;
    struct ouro_loop *loop;
    struct ouro_post post;
    struct ouro_link waiter;
    int result; /* valid once `ended` */
    bool ended; /* told to the loop; of the loop's thread */
};

/* --- life ------------------------------------------------------------------------------------ */

static size_t threads_max_default(void)
{
    long processors = sysconf(_SC_NPROCESSORS_ONLN);
    size_t wanted = (size_t)(processors > 0 ? processors : 1) + THREADS_BESIDE_PROCESSORS;
    return wanted < THREADS_MAX_DEFAULT ? wanted : THREADS_MAX_DEFAULT;
}

int ouro_pool_new(const struct ouro_pool_options *options, struct ouro_pool **ret_pool)
{
    static const struct ouro_pool_options defaults;
    if (!options)
        options = &defaults;
    size_t threads_max = options->threads_max ? options->threads_max : threads_max_default();
    struct ouro_pool *pool = calloc(1, sizeof *pool + threads_max * sizeof pool->thread[0]);
    if (!pool)
        return -ENOMEM;
    pthread_mutex_init(&pool->lock, NULL);
    pthread_cond_init(&pool->work, NULL);
    ouro_list_init(&pool->queue);
    pool->refs = 1;
    pool->queue_max = options->queue_max ? options->queue_max : OURO_POOL_QUEUE_MAX;
    pool->threads_max = threads_max;
    pool->name = options->name ? options->name : "ouro-pool";
    *ret_pool = pool;
    return 0;
}

static void release(struct ouro_pool *pool)
{
    pthread_mutex_lock(&pool->lock);
    bool last = --pool->refs == 0;
    pthread_mutex_unlock(&pool->lock);
    if (!last)
        return;
    pthread_cond_destroy(&pool->work);
    pthread_mutex_destroy(&pool->lock);
    free(pool);
}

/* The one of the process. If memory is out at the first attempt, a later one may succeed. */
static struct ouro_pool *default_pool(void)
{
    static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    static struct ouro_pool *pool;
    pthread_mutex_lock(&lock);
    if (!pool)
        ouro_pool_new(NULL, &pool);
    struct ouro_pool *found = pool;
    pthread_mutex_unlock(&lock);
    return found;
}

/* --- jobs ------------------------------------------------------------------------------------ */

/* With the lock held. */
static void take_out(struct ouro_pool *pool, struct job *job)
{
    ouro_unlink(&job->link);
    pool->queued--;
    pool->detached -= !job->call;
}

/* With the lock held. Tell the task's loop; the call is gone as soon as the lock is given back. */
static void end_call(struct call *call, int result)
{
    call->result = result;
    int rc = ouro_post(call->loop, &call->post);
    ouro_assert(rc == 0); /* a loop does not end before its tasks */
}

static void run_call(struct call *call)
{
    struct ouro_pool *pool = call->pool;
    int result = call->job.fn(call->job.arg);
    pthread_mutex_lock(&pool->lock);
    end_call(call, result);
    pthread_mutex_unlock(&pool->lock);
}

static void end_detached(struct job *job)
{
    if (job->arg_done)
        job->arg_done(job->arg);
    free(job);
}

static void run_detached(struct job *job, const char *pool_name)
{
    int status = job->fn(job->arg);
    if (status < 0)
        ouro_log(OURO_LOG_ERROR, "a job of %s failed and nobody waited for it: %s: %s", pool_name,
                 ouro_error_name(status), ouro_error_text(status));
    end_detached(job);
}

/* --- threads --------------------------------------------------------------------------------- */

/* With the lock held. NULL: the pool ends. */
static struct job *next_job(struct ouro_pool *pool)
{
    pool->idle++;
    while (ouro_list_empty(&pool->queue) && !pool->closing)
        pthread_cond_wait(&pool->work, &pool->lock);
    pool->idle--;
    struct ouro_link *first = ouro_list_first(&pool->queue);
    if (!first)
        return NULL;
    struct job *job = ouro_container(first, struct job, link);
    take_out(pool, job);
    return job;
}

static void *thread_main(void *arg)
{
    struct ouro_pool *pool = arg;
    struct job *job;
    pthread_mutex_lock(&pool->lock);
    while ((job = next_job(pool))) {
        pool->running++;
        pthread_mutex_unlock(&pool->lock);
        if (job->call)
            run_call(job->call);
        else
            run_detached(job, pool->name);
        pthread_mutex_lock(&pool->lock);
        pool->running--;
    }
    pthread_mutex_unlock(&pool->lock);
    return NULL;
}

/* Signals of the process are for the program's own threads. Faults stay open: a crash reporter
 * wants them where they happen. */
static void signals_to_keep_out(sigset_t *set)
{
    static const int faults[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP, SIGSYS};
    sigfillset(set);
    for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++)
        sigdelset(set, faults[i]);
}

/* With the lock held: one more thread if the jobs are more than the threads that are free. */
static int start_thread(struct ouro_pool *pool)
{
    if (pool->queued < pool->idle || pool->threads == pool->threads_max)
        return 0;
    sigset_t keep_out, before;
    signals_to_keep_out(&keep_out);
    pthread_sigmask(SIG_SETMASK, &keep_out, &before);
    pthread_t *thread = &pool->thread[pool->threads];
    int error = pthread_create(thread, NULL, thread_main, pool);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (error)
        return pool->threads ? 0 : -EAGAIN; /* those that are there will come to it */
    pool->threads++;
    char name[16]; /* as long as the kernel's */
    snprintf(name, sizeof name, "%s", pool->name);
    pthread_setname_np(*thread, name);
    return 0;
}

/* With the lock held. */
static int queue_job(struct ouro_pool *pool, struct job *job)
{
    ouro_assert(!pool->closing);
    if (!job->call && pool->detached >= pool->queue_max)
        return -EAGAIN;
    int rc = start_thread(pool);
    if (rc < 0)
        return rc;
    ouro_list_push(&pool->queue, &job->link);
    pool->queued++;
    pool->detached += !job->call;
    pool->refs += !!job->call;
    pthread_cond_signal(&pool->work);
    return 0;
}

static int hand_over(struct ouro_pool *pool, struct job *job)
{
    pthread_mutex_lock(&pool->lock);
    int rc = queue_job(pool, job);
    pthread_mutex_unlock(&pool->lock);
    return rc;
}

/* --- a task that waits ----------------------------------------------------------------------- */

/* On the loop, after the thread has posted: see the top of this file. */
static void on_ended(struct ouro_post *post)
{
    struct call *call = ouro_container(post, struct call, post);
    release(call->pool);
    call->ended = true;
    ouro__wake_all(&call->waiter, 0);
}

/* False: too late, it has begun. */
static bool withdraw(struct call *call)
{
    struct ouro_pool *pool = call->pool;
    pthread_mutex_lock(&pool->lock);
    bool waiting = ouro_linked(&call->job.link);
    if (waiting)
        take_out(pool, &call->job);
    pthread_mutex_unlock(&pool->lock);
    if (waiting)
        release(pool);
    return waiting;
}

static int await_call(struct call *call, int64_t deadline)
{
    static const char what[] = "job in a thread";
    int rc = ouro__wait(&call->waiter, NULL, deadline, what);
    if (call->ended)
        return call->result;
    if (withdraw(call))
        return rc;
    struct ouro_scope shield;
    ouro_shield_open(&shield, OURO_FOREVER);
    ouro__wait(&call->waiter, NULL, OURO_FOREVER, what);
    ouro_scope_close(&shield);
    return call->result;
}

int ouro_offload(struct ouro_pool *pool, ouro_job_fn *fn, void *arg, int64_t deadline)
{
    int rc = ouro__checkpoint();
    if (rc < 0)
        return rc;
    struct ouro_loop *loop = ouro_loop_self();
    if (deadline <= ouro_now())
        return -ETIMEDOUT;
    if (ouro__loop_is_simulated(loop))
        return fn(arg);
    if (!pool && !(pool = default_pool()))
        return -ENOMEM;

    struct call call = {
        .job = {.fn = fn, .arg = arg, .call = &call},
        .pool = pool,
        .loop = loop,
        .post.fn = on_ended,
    };
    ouro_list_init(&call.waiter);
    rc = hand_over(pool, &call.job);
    if (rc < 0)
        return rc;
    ouro__external_hold(loop);
    rc = await_call(&call, deadline);
    ouro__external_drop(loop);
    return rc;
}

/* --- nobody waits ---------------------------------------------------------------------------- */

int ouro_offload_start(struct ouro_pool *pool, ouro_job_fn *fn, void *arg,
                       void (*arg_done)(void *arg))
{
    struct ouro_loop *loop = ouro_loop_self();
    bool simulated = loop && ouro__loop_is_simulated(loop);
    if (!simulated && !pool && !(pool = default_pool()))
        return -ENOMEM;
    struct job *job = malloc(sizeof *job);
    if (!job)
        return -ENOMEM;
    *job = (struct job){.fn = fn, .arg = arg, .arg_done = arg_done};
    if (simulated) {
        run_detached(job, "the simulation");
        return 0;
    }
    int rc = hand_over(pool, job);
    if (rc < 0)
        free(job);
    return rc;
}

struct ouro_pool_stats ouro_pool_stats(struct ouro_pool *pool)
{
    if (!pool && !(pool = default_pool()))
        return (struct ouro_pool_stats){0};
    pthread_mutex_lock(&pool->lock);
    struct ouro_pool_stats stats = {pool->threads, pool->running, pool->queued};
    pthread_mutex_unlock(&pool->lock);
    return stats;
}

/* --- the end --------------------------------------------------------------------------------- */

/* With the lock held. What is detached goes to `ret_detached`: user code is called without locks.
 */
static void refuse(struct ouro_pool *pool, struct job *job, struct ouro_link *ret_detached)
{
    take_out(pool, job);
    if (job->call)
        end_call(job->call, -ECANCELED);
    else
        ouro_list_push(ret_detached, &job->link);
}

static void refuse_queued(struct ouro_pool *pool)
{
    struct ouro_link detached;
    ouro_list_init(&detached);
    pthread_mutex_lock(&pool->lock);
    pool->closing = true;
    struct ouro_link *link;
    while ((link = ouro_list_first(&pool->queue)))
        refuse(pool, ouro_container(link, struct job, link), &detached);
    pthread_cond_broadcast(&pool->work);
    pthread_mutex_unlock(&pool->lock);

    while ((link = ouro_list_pop(&detached)))
        end_detached(ouro_container(link, struct job, link));
}

static int join_all(void *arg)
{
    struct ouro_pool *pool = arg;
    for (size_t i = 0; i < pool->threads; i++)
        pthread_join(pool->thread[i], NULL);
    return 0;
}

/* Idle threads are gone in no time. Where a job runs, to wait for it is itself a job. */
static void join(struct ouro_pool *pool)
{
    int rc = -EAGAIN;
    if (ouro_task_self() && ouro_pool_stats(pool).running) {
        struct ouro_scope shield;
        ouro_shield_open(&shield, OURO_FOREVER);
        rc = ouro_offload(NULL, join_all, pool, OURO_FOREVER);
        ouro_scope_close(&shield);
    }
    if (rc < 0)
        join_all(pool);
}

struct ouro_pool *ouro_pool_free(struct ouro_pool *pool)
{
    if (!pool)
        return NULL;
    refuse_queued(pool);
    join(pool);
    release(pool);
    return NULL;
}
