/* SPDX-License-Identifier: MIT */
/**
 * offload: what blocks or computes, kept off the loop: threads, child and worker processes, groups
 * of servers, names, files; and the doors through which threads and signals reach a loop.
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

#include "ouro/net.h"

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

struct ouro_case;
/** As ouro_signal_wait(), as a case of ouro_select() (ouro/sync.h). */
OURO_API struct ouro_case ouro_on_signal(struct ouro_signal *signal);

/** Stop listening; tasks that wait get -OURO_ECLOSED. On the loop that opened it, before that loop
 *  ends. NULL is fine. Returns NULL. */
OURO_API struct ouro_signal *ouro_signal_close(struct ouro_signal *signal);

/* --- child processes -------------------------------------------------------------------------- */

/**
 * A program that runs beside us. It gets its standard streams, the environment, the directory, and
 * nothing else: no other descriptor, no blocked or ignored signal. It is killed when the thread
 * that started it ends, even by a SIGKILL: nothing is left behind (prctl PR_SET_PDEATHSIG, which
 * set-user-ID programs shake off; children of its own are its own affair).
 *
 * The program around us keeps its SIGCHLD. If it ignores that signal, or waits for any child
 * (`wait()`), the status is lost: -ECHILD in its place, and everything else works.
 *
 * In a simulation there are no processes: -ENOTSUP from what would start one.
 */
struct ouro_process;

/** What a standard stream of the child is. */
enum ouro_stdio {
    OURO_STDIO_INHERIT, /**< ours */
    OURO_STDIO_PIPE,    /**< a pipe, of which we hold the other end: ouro_process_stream() */
    OURO_STDIO_NULL,    /**< /dev/null */
};

struct ouro_process_options {
    enum ouro_stdio in, out, err;
    const char *const *env; /**< "NAME=value", ..., NULL; NULL: ours */
    const char *cwd;        /**< where it starts; NULL: where we are */
};

/**
 * Start a program: argv[0] is a path, or a name to be looked for in our PATH; `argv` ends in NULL.
 * `options` may be NULL. Blocks the loop until the program has taken over, which is a fraction of
 * a millisecond. On success the caller owns the process and frees it in a task of this loop.
 * -ENOENT, -EACCES, -ENOEXEC, ...: why it, or its directory, can't be used; -EMFILE, -ENOMEM,
 * -EAGAIN.
 */
OURO_API int ouro_process_start(const char *const *argv, const struct ouro_process_options *options,
                                struct ouro_process **ret_process);

/** Our end of its stream 0 (to write; ouro_stream_shutdown() tells it the end), 1 or 2 (to read);
 *  NULL if that is no pipe. Belongs to the process. A write to one that has gone is -EPIPE. */
OURO_API struct ouro_stream *ouro_process_stream(struct ouro_process *process, int number);
/** Its number in the system; after its end the number may be another's. */
OURO_API int ouro_process_id(const struct ouro_process *process);
/**
 * Wait for its end; any number of tasks may. 0, and the status: its exit code, or minus the number
 * of the signal that killed it (-9). -ETIMEDOUT, -ECANCELED: it goes on. -ECHILD: it has ended,
 * and the status is lost.
 */
OURO_API int ouro_process_wait(struct ouro_process *process, int64_t deadline, int *ret_status);
/** Send it a signal; never reaches another process. -ESRCH: it has ended. */
OURO_API int ouro_process_signal(struct ouro_process *process, int signo);
/**
 * Ask it to end (SIGTERM), and kill it if it has not at the deadline, or when the caller is
 * cancelled. Returns when it has ended, with 0 or -ECHILD and the status (may be NULL) as above; or
 * -ETIMEDOUT if the kernel could not end it within ten seconds (it hangs in a device).
 */
OURO_API int ouro_process_stop(struct ouro_process *process, int64_t deadline, int *ret_status);
/** Close its streams, kill it if it runs, and wait for its end, whatever is cancelled. NULL is
 * fine. Returns NULL. */
OURO_API struct ouro_process *ouro_process_free(struct ouro_process *process);

/* --- what worker processes can do ------------------------------------------------------------- */

/**
 * A worker is this very program, started once more: a loop is never forked. What it is to do there
 * is a function of the program, found by its name in a table:
 *
 *     static const struct ouro_worker_job jobs[] = {
 *         {"find_path", .call = find_path},
 *         {"game", .body = game},
 *         {NULL},
 *     };
 *     int main(int argc, char **argv)
 *     {
 *         ouro_workers_init(argc, argv, jobs);    // a worker does not get past this line
 *         ...
 *
 * `call`: bytes in, bytes out. Returns 0 or more, or a negative errno; what it appends to `out` is
 * the answer, and only kept on success. May block and compute as long as it likes.
 * `body`: the whole life of a worker with messages of its own; its result is the exit code.
 *
 * A worker ignores INT, TERM and HUP, which a terminal or a service manager sends to all processes
 * at once: it ends when its channel does, or is killed. Its standard input is empty; output and
 * errors are ours.
 */
struct ouro_channel;
struct ouro_worker_job {
    const char *name; /**< NULL: the end of the table */
    int (*call)(const void *in, size_t len, struct ouro_buf *out);
    int (*body)(struct ouro_channel *channel);
};

/** First thing in main(): in a worker it does not return. `jobs` must live on. */
OURO_API void ouro_workers_init(int argc, char **argv, const struct ouro_worker_job *jobs);

/** The longest message to or from a worker, and the longest input or answer of a call. */
#define OURO_MESSAGE_BYTES_MAX (16 * 1024 * 1024)

/* --- a worker with a channel ------------------------------------------------------------------ */

/** A process that runs the `body` of a job, and a queue of messages in each direction. */
struct ouro_worker;

/** What waits to be taken by the system for a worker; who sends more waits. A single message may be
 *  larger. */
#define OURO_WORKER_QUEUE_BYTES (1024 * 1024)

/** Start one; the caller owns it. -EINVAL: no such job with a body; ouro_workers_init() was not
 *  called; else as ouro_process_start(). */
OURO_API int ouro_worker_start(const char *job, struct ouro_worker **ret_worker);
/**
 * Put a message into its queue; waits while that is full. 0: it will be sent, in order, unless the
 * worker ends before. -EMSGSIZE: too long; -OURO_ECLOSED: the worker has ended; -ENOMEM;
 * -ETIMEDOUT, -ECANCELED: the message was not put.
 */
OURO_API int ouro_worker_send(struct ouro_worker *worker, const void *data, size_t len,
                              int64_t deadline);
/**
 * Wait for a message; `ret_message` is cleared first. 0; -OURO_ECLOSED: no more will come: see
 * ouro_worker_wait(); -EBUSY: another task waits already; -OURO_EMALFORMED: what came is no
 * message; -ENOMEM; -ETIMEDOUT, -ECANCELED: nothing is lost. On failure ret_message is untouched.
 */
OURO_API int ouro_worker_receive(struct ouro_worker *worker, int64_t deadline,
                                 struct ouro_buf *ret_message);
/** Its process, to wait for, signal or stop. Belongs to the worker. */
OURO_API struct ouro_process *ouro_worker_process(struct ouro_worker *worker);
/**
 * Close the channel, so that the worker ends by itself; kill it if it has not at the deadline, or
 * when the caller is cancelled; free. What was not sent is lost. NULL is fine. Returns NULL.
 */
OURO_API struct ouro_worker *ouro_worker_free(struct ouro_worker *worker, int64_t deadline);

/**
 * In the worker: read a message, blocking; `ret_message` is cleared first. 0; -OURO_ECLOSED: no
 * more will come, end now; -ETIMEDOUT: a game's next tick is due, nothing is lost. Deadlines are
 * made with ouro_after(). One thread at a time.
 */
OURO_API int ouro_channel_read(struct ouro_channel *channel, int64_t deadline,
                               struct ouro_buf *ret_message);
/** In the worker: write a message, blocking while the queue to the other side is full. 0;
 *  -EMSGSIZE: too long; -OURO_ECLOSED: nobody is there. One thread at a time. */
OURO_API int ouro_channel_write(struct ouro_channel *channel, const void *data, size_t len);

/* --- a pool of workers ------------------------------------------------------------------------ */

/** Processes for what computes long, or may crash: each does one call at a time. */
struct ouro_workers;

struct ouro_workers_options {
    size_t processes;    /**< 0: as many as there are processors */
    size_t queue_max;    /**< calls that wait for a worker; 0: OURO_WORKERS_QUEUE_MAX */
    int64_t call_ns_max; /**< how long one may run; 0: as long as it likes */
    int64_t
        backoff_ns_min; /**< after a crash; doubled by each that follows; 0: OURO_BACKOFF_NS_MIN */
    int64_t backoff_ns_max; /**< 0: OURO_BACKOFF_NS_MAX */
};

#define OURO_WORKERS_QUEUE_MAX 1024
#define OURO_BACKOFF_NS_MIN    OURO_MS(100)
#define OURO_BACKOFF_NS_MAX    OURO_SEC(10)

/**
 * A pool on the current loop; the caller owns it. `options` may be NULL. The workers start while
 * calls may already come, which wait for one that has: neither the time that this takes nor a crash
 * on the way is a call's. One that can't be started is tried again like one that has crashed.
 * -EINVAL: ouro_workers_init() was not called; -ENOTSUP: in a simulation; -ENOMEM.
 */
OURO_API int ouro_workers_new(const struct ouro_workers_options *options,
                              struct ouro_workers **ret_workers);
/**
 * Have the `call` of a job done by a worker; the calling task waits, in order of coming. Returns
 * what the function returned; if that is 0 or more, `ret_out` (may be NULL) is cleared and given
 * the answer. `in` is copied.
 *
 *  -ETIMEDOUT, -ECANCELED: the call has not begun, or its worker was killed, or its answer is not
 *  wanted: a function that only computes has not happened. -ETIMEDOUT also if it ran longer than
 *  call_ns_max. Either way another worker takes the place of the one that was killed.
 *  -OURO_ECRASHED: the worker died under it; the log says of which signal.
 *  -EINVAL: no such job with a call; -EMSGSIZE: input or answer too long; -EAGAIN: queue_max calls
 *  wait; -OURO_ECLOSED: the pool was freed; -ENOMEM.
 */
OURO_API int ouro_workers_call(struct ouro_workers *workers, const char *job, const void *in,
                               size_t len, int64_t deadline, struct ouro_buf *ret_out);

struct ouro_workers_stats {
    size_t ready;   /**< workers that wait for a call */
    size_t running; /**< calls at a worker */
    size_t queued;  /**< calls that wait for one */
    size_t started; /**< processes, ever */
    size_t crashes; /**< of those that ended without being told to */
};
/** What a pool does right now. */
OURO_API struct ouro_workers_stats ouro_workers_stats(const struct ouro_workers *workers);
/** End a pool and all its processes, whatever they do: calls get -OURO_ECLOSED. In a task of its
 *  loop. NULL is fine. Returns NULL. */
OURO_API struct ouro_workers *ouro_workers_free(struct ouro_workers *workers);

/* --- a group of servers ----------------------------------------------------------------------- */

struct ouro_supervise_options {
    const char *address;    /**< where they all listen: as for ouro_listen() */
    size_t processes;       /**< 0: as many as there are processors */
    int64_t heartbeat_ns;   /**< each tells that it lives that often; 0: OURO_HEARTBEAT_NS */
    int64_t silent_ns_max;  /**< one silent for longer is killed; 0: OURO_SILENT_NS_MAX */
    int64_t stop_ns_max;    /**< how long one may take to end; 0: OURO_STOP_NS_MAX */
    int64_t backoff_ns_min; /**< before the next start, as for workers; 0: OURO_BACKOFF_NS_MIN */
    int64_t backoff_ns_max; /**< 0: OURO_BACKOFF_NS_MAX */
};

#define OURO_HEARTBEAT_NS  OURO_SEC(1)
#define OURO_SILENT_NS_MAX OURO_SEC(5)
#define OURO_STOP_NS_MAX   OURO_SEC(10)

/** What a server of the group is: a task, the first of a loop of its own. `number` is 0 to
 *  processes - 1 and stays the same when it is started again. The listener belongs to the group. */
typedef int ouro_server_fn(struct ouro_listener *listener, int number, void *arg);

/**
 * Several processes that serve one address, and one that watches over them. Called from main(),
 * without a loop, by the program as it is started; it starts itself again for each server, with
 * the same arguments, and there the same call runs fn, and never returns (the process ends with 0,
 * or 1 if fn fails). Only the first process, which watches, returns.
 *
 *  - Each server's loop tells that it lives: one whose loop stands still is silent, and is killed.
 *    The time from its start to the first sign is limited in the same way.
 *  - One that has ended, for whatever reason, is started again, after a pause that doubles as long
 *    as it lives for less than backoff_ns_max.
 *  - The socket is opened once, by the first process, and never closed meanwhile: connections find
 *    a server while another one is missing.
 *  - TERM or INT to the first process: each server's fn is cancelled (it is sent TERM), and killed
 *    if it has not ended after stop_ns_max; then the call returns 0. If the first process is
 *    killed, so are all.
 *
 * Failures of the first process: as ouro_listen(), and as ouro_run().
 */
OURO_API int ouro_supervise(const struct ouro_supervise_options *options, ouro_server_fn *fn,
                            void *arg);

/* --- names ------------------------------------------------------------------------------------ */

/** How many addresses one look-up gives at the most. */
#define OURO_LOOKUP_MAX 16
/** Look-ups that run at a time; others wait, and no other work of threads waits for them. */
#define OURO_LOOKUP_THREADS_MAX 4

/**
 * Look up a name (DNS, hosts file) for TCP: `service` is a port or its name. Returns how many
 * addresses were put into `ret_addresses`, at least 1 and at most `count_max`, in the order in
 * which they should be tried, as ouro_connect() takes them. The system's look-up has no end of its
 * own choosing: at the deadline, or cancelled, the call returns and leaves it to itself.
 *
 * -ENOENT: no such name, or it has no address; -EINVAL: no such service; -EAGAIN: the name server
 * does not answer now, or too many look-ups wait; -EIO: it failed; -ENOTSUP: in a simulation;
 * -ENOMEM.
 */
OURO_API int ouro_lookup(const char *host, const char *service, int64_t deadline,
                         char (*ret_addresses)[OURO_ADDRESS_BYTES], size_t count_max);

/** Connect to the first address of a name that answers; each may use its share of the time that is
 *  left. Fails as ouro_lookup(), or as ouro_connect() did with the last address. */
OURO_API int ouro_connect_host(const char *host, const char *service, int64_t deadline,
                               struct ouro_stream **ret_stream);

/* --- files ------------------------------------------------------------------------------------ */

/**
 * Read a whole file, in a thread; `ret_content` is cleared first. Waits as ouro_offload() does:
 * once begun, it is finished. -EFBIG: more than bytes_max; -EINVAL: not a regular file; -ENOENT,
 * -EACCES, -EISDIR, ...; -ENOMEM.
 */
OURO_API int ouro_file_read(const char *path, size_t bytes_max, int64_t deadline,
                            struct ouro_buf *ret_content);
/**
 * Replace a whole file, in a thread, so that at every moment, even if the power fails, either the
 * old content is there or the new: it is written beside it ("PATH.1.2"), brought to the disk,
 * and renamed. A file that was there hands on its permissions, a new one gets 0666 less the umask.
 * A symbolic link is itself replaced. The folder must be readable, too. Waits as ouro_offload()
 * does. -ENOENT, -EACCES, -ENOSPC, ...: the old file is untouched; a disk that fails at the very
 * end (-EIO) may have either.
 */
OURO_API int ouro_file_write(const char *path, const void *data, size_t len, int64_t deadline);

#ifdef __cplusplus
}
#endif
#endif
