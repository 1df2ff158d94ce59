/* SPDX-License-Identifier: MIT */
/* A pool of workers. Each place in it has a task, its keeper, whose one function is the worker's
 * life: start it, give it one call after the other, bury it, start the next.
 *
 *     caller ---- queue ----> keeper ==== channel ====> worker
 *        \_______ withdrawn, or its worker killed ______/
 *
 * A call lies on the stack of the task that makes it. It is in the queue, or at one keeper, or has
 * ended; whoever takes it out of one of these has to do with it no more. */
#include "offload/backoff.h"
#include "offload/worker.h"
#include "offload/worker_frame.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* How long an idle worker may take to end by itself. */
#define END_NS_MAX OURO_SEC(2)
/* How long one may take to start: far longer than on any machine that does something else, too. */
#define START_NS_MAX OURO_SEC(30)

struct call {
    struct ouro_link link; /* in the queue */
    struct place *place;   /* or at a worker */
    uint32_t job;          /* index in the program's table */
    const void *in;
    size_t len;
    int result; /* once `ended` */
    bool ended;
    struct ouro_buf answer; /* status, and output */
    struct ouro_link waiter;
};

struct place {
    struct ouro_workers *pool;
    struct ouro_worker *worker;
    struct ouro_task *keeper;
    struct call *call;
    struct ouro__backoff backoff;
};

struct ouro_workers {
    struct ouro_link queue; /* of calls */
    struct ouro_link idle;  /* keepers that wait for one */
    size_t queue_max;
    int64_t call_ns_max;
    struct ouro_workers_stats stats;
    size_t count;
    bool ending;  /* no call is taken any more */
    bool closing; /* nothing is left but those that wait */
    size_t users; /* tasks inside ouro_workers_call(): the last one frees */
    struct place places[];
};

/* --- calls ------------------------------------------------------------------------------------ */

static void end_call(struct call *call, int result)
{
    call->result = result;
    call->ended = true;
    call->place = NULL;
    ouro__wake_all(&call->waiter, 0);
}

static struct call *take_call(struct ouro_workers *pool)
{
    struct ouro_link *link = ouro_list_pop(&pool->queue);
    pool->stats.queued -= link != NULL;
    return link ? ouro_container(link, struct call, link) : NULL;
}

static void queue_call(struct ouro_workers *pool, struct call *call)
{
    ouro_list_push(&pool->queue, &call->link);
    pool->stats.queued++;
    struct ouro_link *keeper = ouro_list_first(&pool->idle);
    if (keeper)
        ouro__wake(ouro__waiter_of(keeper), 0);
}

/* The caller gives up: what computes for nobody is ended. */
static void withdraw(struct ouro_workers *pool, struct call *call)
{
    if (call->place) {
        ouro_process_signal(ouro_worker_process(call->place->worker), SIGKILL);
        call->place->call = NULL;
        return;
    }
    ouro_unlink(&call->link);
    pool->stats.queued--;
}

static int await_call(struct ouro_workers *pool, struct call *call, int64_t deadline)
{
    queue_call(pool, call);
    int rc = ouro__wait(&call->waiter, NULL, deadline, "call of a worker");
    if (call->ended)
        return call->result;
    withdraw(pool, call);
    return rc;
}

/* The answer is the status of the function and its output. */
static int unpack(struct ouro_buf *answer, struct ouro_buf *ret_out)
{
    int32_t status;
    if (answer->len < sizeof status)
        return -OURO_ECRASHED; /* it writes what it likes: as good as dead */
    memcpy(&status, answer->data, sizeof status);
    if (status < 0 || !ret_out)
        return status;
    ouro__frame_drop(answer, sizeof status);
    ouro_buf_done(ret_out);
    *ret_out = *answer;
    *answer = (struct ouro_buf){0};
    return status;
}

static void release(struct ouro_workers *pool)
{
    if (pool->closing && pool->users == 0)
        free(pool);
}

static int make_call(struct ouro_workers *pool, struct call *call, int64_t deadline,
                     struct ouro_buf *ret_out)
{
    ouro_list_init(&call->waiter);
    pool->users++;
    int rc = await_call(pool, call, deadline);
    pool->users--;
    release(pool);
    if (rc == 0)
        rc = unpack(&call->answer, ret_out);
    ouro_buf_done(&call->answer);
    return rc;
}

int ouro_workers_call(struct ouro_workers *pool, const char *name, const void *in, size_t len,
                      int64_t deadline, struct ouro_buf *ret_out)
{
    const struct ouro_worker_job *job = ouro__worker_job(name);
    int rc = ouro__checkpoint();
    if (rc < 0)
        return rc;
    if (!job || !job->call)
        return -EINVAL;
    if (len > OURO_MESSAGE_BYTES_MAX - sizeof(uint32_t))
        return -EMSGSIZE;
    if (pool->ending)
        return -OURO_ECLOSED;
    if (pool->stats.queued >= pool->queue_max)
        return -EAGAIN;
    struct call call = {.job = (uint32_t)(job - ouro__worker_jobs), .in = in, .len = len};
    return make_call(pool, &call, deadline, ret_out);
}

/* --- a worker at work ------------------------------------------------------------------------- */

/* Who is idle looks whether it is his worker. */
static void on_worker_end(struct ouro_process *process, void *ud)
{
    struct ouro_workers *pool = ud;
    (void)process;
    ouro__wake_all(&pool->idle, 0);
}

/* -OURO_ECLOSED: the worker has died meanwhile. */
static int next_call(struct place *place, struct call **ret_call)
{
    struct ouro_workers *pool = place->pool;
    struct ouro_process *process = ouro_worker_process(place->worker);
    int rc = ouro__checkpoint();
    pool->stats.ready++;
    while (rc >= 0 && !process->ended && ouro_list_empty(&pool->queue))
        rc = ouro__wait_to_look(&pool->idle, OURO_FOREVER, "a call for a worker");
    pool->stats.ready--;
    if (rc < 0 || process->ended)
        return rc < 0 ? rc : -OURO_ECLOSED;
    *ret_call = take_call(pool);
    return 0;
}

/* Sending does not wait: the queue to a worker without work is empty. */
static int exchange(struct place *place, const struct call *call, struct ouro_buf *ret_answer)
{
    int64_t limit = place->pool->call_ns_max;
    int64_t deadline = limit ? ouro_after(limit) : OURO_FOREVER;
    int rc = ouro__worker_send(place->worker, &call->job, sizeof call->job, call->in, call->len,
                               deadline);
    return rc < 0 ? rc : ouro_worker_receive(place->worker, deadline, ret_answer);
}

/* What the caller is told. */
static int result_of(int rc)
{
    return rc == -OURO_ECLOSED || rc == -OURO_EMALFORMED ? -OURO_ECRASHED
           : rc == -ECANCELED                            ? -OURO_ECLOSED
                                                         : rc;
}

/* -EINTR: the caller has given up, and the worker was killed. */
static int serve_call(struct place *place, struct call *call)
{
    struct ouro_buf answer = {0};
    place->call = call;
    call->place = place;
    place->pool->stats.running++;
    int rc = exchange(place, call, &answer);
    place->pool->stats.running--;
    if (rc < 0) /* in the middle of something: of no use any more */
        ouro_process_signal(ouro_worker_process(place->worker), SIGKILL);
    call = place->call;
    place->call = NULL;
    if (!call) {
        ouro_buf_done(&answer);
        return rc == -ECANCELED ? rc : -EINTR;
    }
    call->answer = answer;
    end_call(call, result_of(rc));
    return rc;
}

/* The time that it takes to start is no call's, nor are the accidents that it has on the way. */
static int await_start(struct place *place)
{
    struct ouro_buf ready = {0};
    int rc = ouro_worker_receive(place->worker, ouro_after(START_NS_MAX), &ready);
    ouro_buf_done(&ready);
    if (rc < 0)
        ouro_process_signal(ouro_worker_process(place->worker), SIGKILL);
    return rc == -ETIMEDOUT ? -OURO_ECLOSED : rc; /* as good as crashed */
}

/* Until it dies, has to be killed, or the pool ends. */
static int serve(struct place *place)
{
    struct call *call;
    int rc = await_start(place);
    while (rc >= 0) {
        rc = next_call(place, &call);
        if (rc >= 0)
            rc = serve_call(place, call);
        if (rc >= 0)
            ouro__backoff_reset(&place->backoff);
    }
    return rc;
}

/* --- its life --------------------------------------------------------------------------------- */

static void log_end(int pid, int status, int64_t pause)
{
    long long ms = pause / OURO_MS(1);
    if (status < 0)
        ouro_log(OURO_LOG_WARN, "worker %d was killed by signal %d (%s); the next in %lld ms", pid,
                 -status, sigdescr_np(-status), ms);
    else
        ouro_log(OURO_LOG_WARN, "worker %d ended with code %d; the next in %lld ms", pid, status,
                 ms);
}

/* Its status. Who has no call ends by itself when the channel closes; the others were killed. */
static int end_worker(struct place *place, bool crashed)
{
    int status = 0;
    struct ouro_scope shield;
    ouro_shield_open(&shield, OURO_FOREVER);
    if (crashed)
        ouro_process_wait(ouro_worker_process(place->worker), ouro_after(END_NS_MAX), &status);
    place->worker = ouro_worker_free(place->worker, ouro_after(END_NS_MAX));
    ouro_scope_close(&shield);
    return status;
}

/* Negative: the pool ends. Who was killed for taking too long, or for nobody, is replaced at once.
 */
static int bury(struct place *place, int why)
{
    bool crashed = why != -ECANCELED && why != -ETIMEDOUT && why != -EINTR;
    int pid = ouro_process_id(ouro_worker_process(place->worker));
    int status = end_worker(place, crashed);
    if (!crashed)
        return why == -ECANCELED ? why : 0;
    place->pool->stats.crashes++;
    int64_t pause = ouro__backoff_take(&place->backoff);
    log_end(pid, status, pause);
    return ouro_sleep(pause);
}

static int start_failed(struct place *place, int why)
{
    int64_t pause = ouro__backoff_take(&place->backoff);
    ouro_log(OURO_LOG_ERROR, "a worker can't be started: %s; again in %lld ms",
             ouro_error_text(why), (long long)(pause / OURO_MS(1)));
    return ouro_sleep(pause);
}

static int keep(void *arg)
{
    struct place *place = arg;
    int rc = 0;
    while (rc >= 0) {
        rc = ouro__worker_start(OURO__WORKER_CALLS, on_worker_end, place->pool, &place->worker);
        if (rc < 0) {
            rc = start_failed(place, rc);
            continue;
        }
        place->pool->stats.started++;
        rc = bury(place, serve(place));
    }
    return rc;
}

/* --- life of the pool ------------------------------------------------------------------------- */

static size_t processors(void)
{
    long count = sysconf(_SC_NPROCESSORS_ONLN);
    return count > 0 ? (size_t)count : 1;
}

static int start_keepers(struct ouro_workers *pool, const struct ouro_workers_options *options)
{
    for (size_t i = 0; i < pool->count; i++) {
        struct place *place = &pool->places[i];
        place->pool = pool;
        ouro__backoff_init(&place->backoff, options->backoff_ns_min, options->backoff_ns_max);
        int rc = ouro_spawn(keep, place, &(struct ouro_spawn_options){.name = "worker keeper"},
                            &place->keeper);
        if (rc < 0)
            return rc;
    }
    return 0;
}

int ouro_workers_new(const struct ouro_workers_options *options, struct ouro_workers **ret_workers)
{
    static const struct ouro_workers_options defaults;
    if (!options)
        options = &defaults;
    if (!ouro__worker_jobs)
        return -EINVAL;
    if (ouro__loop_is_simulated(ouro_loop_self()))
        return -ENOTSUP;
    size_t count = options->processes ? options->processes : processors();
    struct ouro_workers *pool = calloc(1, sizeof *pool + count * sizeof pool->places[0]);
    if (!pool)
        return -ENOMEM;
    ouro_list_init(&pool->queue);
    ouro_list_init(&pool->idle);
    pool->queue_max = options->queue_max ? options->queue_max : OURO_WORKERS_QUEUE_MAX;
    pool->call_ns_max = options->call_ns_max;
    pool->count = count;
    int rc = start_keepers(pool, options);
    if (rc < 0)
        ouro_workers_free(pool);
    else
        *ret_workers = pool;
    return rc;
}

struct ouro_workers_stats ouro_workers_stats(const struct ouro_workers *pool)
{
    return pool->stats;
}

static void end_keepers(struct ouro_workers *pool)
{
    struct ouro_scope shield;
    ouro_shield_open(&shield, OURO_FOREVER);
    for (size_t i = 0; i < pool->count; i++) {
        if (pool->places[i].keeper)
            ouro_cancel(pool->places[i].keeper);
    }
    for (size_t i = 0; i < pool->count; i++) {
        if (pool->places[i].keeper)
            ouro_await(pool->places[i].keeper, OURO_FOREVER, NULL);
        pool->places[i].keeper = ouro_task_unref(pool->places[i].keeper);
    }
    ouro_scope_close(&shield);
}

struct ouro_workers *ouro_workers_free(struct ouro_workers *pool)
{
    struct call *call;
    if (!pool)
        return NULL;
    pool->ending = true;
    while ((call = take_call(pool)))
        end_call(call, -OURO_ECLOSED);
    end_keepers(pool);
    pool->closing = true;
    release(pool);
    return NULL;
}
