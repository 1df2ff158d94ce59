/* SPDX-License-Identifier: MIT */
/**
 * offload: what blocks or computes, kept off the loop; and the doors through which threads and
 * signals reach a loop.
 *
 * A loop runs one task at a time. A call that blocks in the kernel (a file, a database, a name
 * lookup) or computes for long stops all of them; here it is carried to a thread, and only the
 * task that asked for it waits.
 *
 * In a simulation (ouro_sim_run) there are no threads: jobs run inside the call that hands them
 * over, in no virtual time, and signals never come. The same program stays repeatable.
 */
#ifndef OURO_OFFLOAD_H
#define OURO_OFFLOAD_H

#include "ouro/runtime.h"

#ifdef __cplusplus
extern "C" {
#endif

/* --- pool of threads -------------------------------------------------------------------------- */

struct ouro_pool;

struct ouro_pool_options {
    size_t
        threads_max;  /**< started when needed, kept until the end; 0: processors + 4, at most 32 */
    size_t queue_max; /**< detached jobs that wait for a thread; 0: OURO_POOL_QUEUE_MAX */
    const char *name; /**< of its threads, for people; must outlive the pool; NULL: "ouro-pool" */
};

#define OURO_POOL_QUEUE_MAX 1024

/**
 * A pool; the caller owns it and frees it with ouro_pool_free(). `options` may be NULL. Any thread,
 * never waits. -ENOMEM.
 */
OURO_API int ouro_pool_new(const struct ouro_pool_options *options, struct ouro_pool **ret_pool);

/**
 * End a pool. What is queued is refused: a task that waits for such a job gets -ECANCELED, of a
 * detached one only `arg_done` is called, here. What runs is finished: a task waits for that, a
 * thread outside a loop blocks. Not from a job of the pool itself. No other call may begin on the
 * pool any more. NULL is fine. Returns NULL.
 */
OURO_API struct ouro_pool *ouro_pool_free(struct ouro_pool *pool);

/** What a thread does. Runs outside any loop: no suspending calls in here. */
typedef int ouro_job_fn(void *arg);

/**
 * Run fn(arg) in a thread of the pool; the calling task waits, the others go on. Returns what fn
 * returned. NULL is the default pool, one for the whole process: made when first used, never freed.
 *
 * `arg` may lie on the caller's stack: the call returns only when the job has ended or will never
 * begin. So cancellation is honest:
 *  - A job that has not begun is withdrawn: -ECANCELED, or -ETIMEDOUT at the deadline.
 *  - One that has begun can't be stopped. The call goes on waiting, however long it takes, and
 *    returns the job's own result, because it did happen; the cancellation is met by the next
 *    suspending call. What must end early needs a time limit of its own inside fn.
 *
 * Nothing is allocated: the queue is made of the callers themselves and is never longer than there
 * are tasks, so there is no bound to hit; who wants one uses the deadline. A deadline that has
 * passed: -ETIMEDOUT, fn does not run. -ECANCELED as well: the pool was freed before the job began.
 * -EAGAIN: no thread could be started, and there is none yet.
 */
OURO_API int ouro_offload(struct ouro_pool *pool, ouro_job_fn *fn, void *arg, int64_t deadline);

/**
 * Run fn(arg) in a thread of the pool, and nobody waits ("fire and forget"). On success the job
 * owns `arg`: arg_done(arg), if given, is called when fn has ended, in the same thread, or by
 * ouro_pool_free() if it never began. A negative result of fn is logged.
 *
 * Any thread, never waits. On failure nothing was taken over: -EAGAIN: queue_max jobs wait already,
 * or no thread could be started; -ENOMEM.
 */
OURO_API int ouro_offload_start(struct ouro_pool *pool, ouro_job_fn *fn, void *arg,
                                void (*arg_done)(void *arg));

/** What a pool has to do right now. */
struct ouro_pool_stats {
    size_t threads; /**< started so far */
    size_t running; /**< jobs in a thread */
    size_t queued;  /**< jobs that wait for one */
};
/** Any thread. NULL is the default pool. */
OURO_API struct ouro_pool_stats ouro_pool_stats(struct ouro_pool *pool);

/* --- work for a loop, from outside ------------------------------------------------------------ */

/** What will become of a task that another thread has asked for. Counted references. */
struct ouro_future;

/**
 * Spawn a task on a loop from another thread, which has a reference to it (ouro_loop_ref). Never
 * waits.
 *
 *     int ouro_submit(struct ouro_loop *loop, ouro_task_fn *fn, void *arg,
 *                     const struct ouro_spawn_options *options, struct ouro_future **ret_future);
 *
 * `options` as for ouro_spawn, may be NULL. On success the task owns `arg`: arg_done is called
 * once, on the loop, even if the task could not be spawned there. With `ret_future` the caller gets
 * a reference; with NULL nobody waits, and a failure goes to the loop's failure hook.
 *
 * -OURO_ECLOSED: the loop has ended. -ENOMEM. Then nothing was taken over.
 */
#define ouro_submit(loop, fn, arg, options, ret_future) \
    ouro_submit_at((loop), (fn), (arg), (options), (ret_future), #fn, OURO_HERE)
OURO_API int ouro_submit_at(struct ouro_loop *loop, ouro_task_fn *fn, void *arg,
                            const struct ouro_spawn_options *options,
                            struct ouro_future **ret_future, const char *fn_name,
                            const char *place);

/**
 * Block this thread until the task has ended. 0, and its status in `ret_status` (may be NULL: a
 * task that could not be spawned has -ENOMEM, one whose loop was freed before its first step
 * -ECANCELED), or -ETIMEDOUT. Any thread, any number of them, but not in a task, whose loop would
 * stand still: a task uses ouro_offload() for it.
 */
OURO_API int ouro_future_wait(struct ouro_future *future, int64_t deadline, int *ret_status);
/** Has the task ended? Any thread, never waits. */
OURO_API bool ouro_future_done(struct ouro_future *future);
/** What the task left with ouro_set_result(), or NULL. Any thread, after the task has ended. */
OURO_API void *ouro_future_result(struct ouro_future *future);
/** Ask the task to end. Any thread, never waits. 0, or -EALREADY: it has ended. */
OURO_API int ouro_future_cancel(struct ouro_future *future);
/** Any thread that has a reference. */
OURO_API struct ouro_future *ouro_future_ref(struct ouro_future *future);
/** Give a reference back; the task goes on. NULL is fine. Returns NULL. */
OURO_API struct ouro_future *ouro_future_unref(struct ouro_future *future);

/* --- signals ---------------------------------------------------------------------------------- */

/** A signal that a loop listens to. */
struct ouro_signal;

/** How many can be open in a process at a time. */
#define OURO_SIGNALS_MAX 64

/**
 * Listen to a signal of the process (SIGTERM, SIGHUP, ...) on the current loop. It may be opened
 * any number of times, on several loops: each is told of each signal.
 *
 * From the first open to the last close the process has our handler in place of what it had; what
 * it had (a handler, "ignore", the default) is not called meanwhile, and is put back at the end,
 * unless somebody has replaced ours by then. The handler is installed with SA_RESTART: system calls
 * of the embedding program are not interrupted. A signal that every thread blocks never comes.
 *
 * -EINVAL: not a signal, or one that can't be listened to (KILL, STOP, and those that a fault
 * raises: SEGV, BUS, FPE, ILL). -OURO_ELIMIT: OURO_SIGNALS_MAX are open.
 */
OURO_API int ouro_signal_open(int signo, struct ouro_signal **ret_signal);

/**
 * Wait for it. Returns how often it came since the last wait, at least 1; the kernel itself merges
 * what comes in quick succession. What came while nobody waited is not lost. Several tasks may
 * wait: all are told. -ETIMEDOUT, -ECANCELED; -OURO_ECLOSED: closed meanwhile.
 */
OURO_API int ouro_signal_wait(struct ouro_signal *signal, int64_t deadline);

/** Stop listening; tasks that wait get -OURO_ECLOSED. On the loop that opened it, before that loop
 *  ends. NULL is fine. Returns NULL. */
OURO_API struct ouro_signal *ouro_signal_close(struct ouro_signal *signal);

#ifdef __cplusplus
}
#endif
#endif
