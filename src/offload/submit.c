/* SPDX-License-Identifier: MIT */
/* Tasks for a loop, asked for by another thread.
 *
 *      thread -- post `start` --> loop: spawn ... the task runs ... on_done --> thread wakes
 *         \____ post `cancel` --> loop: ouro_cancel
 *
 * Two parties hold a future: whoever asked, and the loop until the task has ended. The loop is in
 * it only as long as the loop's party is, so that a forgotten future keeps no loop from ending. */
#include "ouro/offload.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>

struct ouro_future {
    struct ouro_post start, cancel;
    _Atomic uint32_t refs;

    /* What to spawn; of the loop once it is posted. */
    ouro_task_fn *fn;
    void *arg;
    struct ouro_spawn_options options;
    const char *fn_name, *place;
    bool wanted; /* somebody has a reference, beside the loop */
    struct ouro_task *task;
    struct ouro_done_callback on_done;

    /* Shared. */
    pthread_mutex_t lock;
    pthread_cond_t ended;
    struct ouro_loop *loop; /* with a reference; NULL once the task has ended */
    bool cancel_posted;
    bool looked; /* somebody knows the status */
    int status;
    void *result;
};

/* --- life ------------------------------------------------------------------------------------ */

static void init_locks(struct ouro_future *future)
{
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_mutex_init(&future->lock, NULL);
    pthread_cond_init(&future->ended, &monotonic);
    pthread_condattr_destroy(&monotonic);
}

struct ouro_future *ouro_future_ref(struct ouro_future *future)
{
    atomic_fetch_add_explicit(&future->refs, 1, memory_order_relaxed);
    return future;
}

/* No silent failure, even of what was asked for and then forgotten. */
static void report_unseen(const struct ouro_future *future)
{
    if (future->status < 0 && future->status != -ECANCELED && !future->looked)
        ouro_log(OURO_LOG_ERROR, "task %s (submitted at %s) failed and nobody looked: %s: %s",
                 future->fn_name, future->place, ouro_error_name(future->status),
                 ouro_error_text(future->status));
}

struct ouro_future *ouro_future_unref(struct ouro_future *future)
{
    if (future && atomic_fetch_sub_explicit(&future->refs, 1, memory_order_acq_rel) == 1) {
        report_unseen(future);
        ouro_loop_unref(future->loop); /* only where it could not be posted */
        pthread_cond_destroy(&future->ended);
        pthread_mutex_destroy(&future->lock);
        free(future);
    }
    return NULL;
}

/* --- on the loop ----------------------------------------------------------------------------- */

static void end(struct ouro_future *future, int status, void *result)
{
    pthread_mutex_lock(&future->lock);
    struct ouro_loop *loop = future->loop;
    future->loop = NULL;
    future->status = status;
    future->result = result;
    pthread_cond_broadcast(&future->ended);
    pthread_mutex_unlock(&future->lock);
    ouro_loop_unref(loop);
    ouro_future_unref(future);
}

static void on_done(struct ouro_done_callback *self, struct ouro_task *task)
{
    struct ouro_future *future = ouro_container(self, struct ouro_future, on_done);
    int status = ouro_task_status(task);
    void *result = ouro_task_result(task);
    future->task = ouro_task_unref(task);
    end(future, status, result);
}

static void on_start(struct ouro_post *post)
{
    struct ouro_future *future = ouro_container(post, struct ouro_future, start);
    int rc = ouro_spawn_at(future->fn, future->arg, &future->options,
                           future->wanted ? &future->task : NULL, future->fn_name, future->place);
    if (rc < 0 && future->options.arg_done)
        future->options.arg_done(future->arg);
    if (rc < 0 || !future->wanted) {
        end(future, rc, NULL);
        return;
    }
    future->on_done.fn = on_done;
    ouro_task_on_done(future->task, &future->on_done);
}

static void on_cancel(struct ouro_post *post)
{
    struct ouro_future *future = ouro_container(post, struct ouro_future, cancel);
    if (future->task)
        ouro_cancel(future->task);
    ouro_future_unref(future);
}

/* --- outside --------------------------------------------------------------------------------- */

int ouro_submit_at(struct ouro_loop *loop, ouro_task_fn *fn, void *arg,
                   const struct ouro_spawn_options *options, struct ouro_future **ret_future,
                   const char *fn_name, const char *place)
{
    struct ouro_future *future = calloc(1, sizeof *future);
    if (!future)
        return -ENOMEM;
    *future = (struct ouro_future){
        .start.fn = on_start,
        .cancel.fn = on_cancel,
        .fn = fn,
        .arg = arg,
        .options = options ? *options : (struct ouro_spawn_options){0},
        .fn_name = fn_name,
        .place = place,
        .wanted = ret_future,
        .loop = ouro_loop_ref(loop),
    };
    atomic_init(&future->refs, ret_future ? 2 : 1); /* one is the loop's */
    init_locks(future);
    int rc = ouro_post(loop, &future->start);
    if (rc < 0) {
        atomic_store(&future->refs, 1);
        ouro_future_unref(future);
        return rc;
    }
    if (ret_future)
        *ret_future = future;
    return 0;
}

int ouro_future_wait(struct ouro_future *future, int64_t deadline, int *ret_status)
{
    ouro_assert(!ouro_task_self());
    if (deadline < 0)
        deadline = 0; /* no time for pthreads; long ago is long ago */
    struct timespec until = {.tv_sec = deadline / OURO_SEC(1), .tv_nsec = deadline % OURO_SEC(1)};
    int error = 0;
    pthread_mutex_lock(&future->lock);
    while (future->loop && error != ETIMEDOUT)
        error = pthread_cond_timedwait(&future->ended, &future->lock, &until);
    bool done = !future->loop;
    int status = future->status;
    future->looked |= done;
    pthread_mutex_unlock(&future->lock);
    if (!done)
        return -ETIMEDOUT;
    if (ret_status)
        *ret_status = status;
    return 0;
}

bool ouro_future_done(struct ouro_future *future)
{
    pthread_mutex_lock(&future->lock);
    bool done = !future->loop;
    pthread_mutex_unlock(&future->lock);
    return done;
}

void *ouro_future_result(struct ouro_future *future)
{
    pthread_mutex_lock(&future->lock);
    void *result = future->result;
    pthread_mutex_unlock(&future->lock);
    return result;
}

/* The loop can't end while it is in the future, so the post is accepted unless it is ending just
 * now; then it cancels its tasks itself. */
int ouro_future_cancel(struct ouro_future *future)
{
    pthread_mutex_lock(&future->lock);
    bool done = !future->loop;
    if (!done && !future->cancel_posted) {
        future->cancel_posted = true;
        ouro_future_ref(future);
        if (ouro_post(future->loop, &future->cancel) < 0)
            ouro_future_unref(future); /* not the last: the caller has one */
    }
    pthread_mutex_unlock(&future->lock);
    return done ? -EALREADY : 0;
}
