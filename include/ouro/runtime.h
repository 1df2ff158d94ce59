/* SPDX-License-Identifier: MIT */
/**
 * runtime: tasks that wait in straight lines, the loop that runs them, time.
 *
 * A task is a function with a stack of its own. It runs until it waits; then another task of the
 * same loop runs. A loop belongs to one thread, a task never leaves its loop, and between two waits
 * nothing else runs: no locks are needed around what one loop owns.
 *
 * Conventions of every call that may wait ("suspending call"):
 *  - It first tries; a deadline only limits the waiting. A deadline in the past means "don't wait".
 *  - It returns -ETIMEDOUT at its deadline, and -ECANCELED when the task, or a scope around the
 *    call, was cancelled. Either means: the operation did not happen.
 *  - Cancellation is sticky: from then on every suspending call returns -ECANCELED at once, until
 *    the cancelled scope is closed (a cancelled task: until it ends, shields excepted).
 *  - When completion and cancellation (or a deadline) meet in the same turn, whichever was first
 *    counts: an operation that has completed is reported as success, and the cancellation is met
 *    by the next suspending call. Of two deadlines at the same time the scope's counts, so that
 *    the call returns -ECANCELED.
 *  - Where the outside world always has something for it (a peer that sends faster than its task
 *    works) it lets the others run now and then before it returns, though it need not wait; not
 *    with a deadline in the past.
 *  - It must be called from a task; calling it from a callback is a broken promise (assert).
 *
 * Unless it says "any thread", a call belongs to the thread of the loop whose objects it takes.
 */
#ifndef OURO_RUNTIME_H
#define OURO_RUNTIME_H

#include "ouro/base.h"

#ifdef __cplusplus
extern "C" {
#endif

struct ouro_loop;
struct ouro_task;

/* --- time ------------------------------------------------------------------------------------ */

/** The time now, monotonic nanoseconds, from the loop's driver (virtual in a simulation). */
OURO_API int64_t ouro_now(void);
/**
 * What calendars say: nanoseconds since 1970 (UTC), for dates that people or other programs read.
 * May jump, also backwards: never measure with it. A simulation begins at OURO_SIM_WALL_TIME.
 */
OURO_API int64_t ouro_wall_time(void);
/** 2026-01-01 00:00:00 UTC, the first moment of every simulated world. */
#define OURO_SIM_WALL_TIME OURO_SEC(1767225600)
/** The deadline that lies `ns` from now; OURO_FOREVER stays OURO_FOREVER. */
OURO_API int64_t ouro_after(int64_t ns);
/** Suspend until that time. 0, or -ECANCELED. */
OURO_API int ouro_sleep_until(int64_t when);
/** Suspend for that long. 0, or -ECANCELED. */
OURO_API int ouro_sleep(int64_t ns);
/** Let the others run once. 0, or -ECANCELED. */
OURO_API int ouro_yield(void);

/* --- tasks ----------------------------------------------------------------------------------- */

/** The body of a task. Its return value becomes the task's status: 0 or more, or negative errno. */
typedef int ouro_task_fn(void *arg);

struct ouro_spawn_options {
    const char *name;   /**< for people; must outlive the task. NULL: the name of the function */
    size_t stack_bytes; /**< 0: OURO_STACK_BYTES; more gets a mapping of its own */
    void (*arg_done)(void *arg); /**< called once when the task has ended, even if it never began */
};

/** A task's stack, with a guard below it that an overflow dies at. What runs in tasks is to be
 *  compiled with -fstack-clash-protection (CMake and pkg-config say so to who uses the library):
 *  else a frame larger than the guard, 20 KiB, may step over it into another task's stack. */
#define OURO_STACK_BYTES (256 * 1024)

#define OURO_STRING_(x) #x
#define OURO_STRING(x)  OURO_STRING_(x)
#define OURO_HERE       __FILE__ ":" OURO_STRING(__LINE__)

/**
 * Start a task on the current loop; it takes its first step after the caller next waits.
 *
 *     int ouro_spawn(ouro_task_fn *fn, void *arg, const struct ouro_spawn_options *options,
 *                    struct ouro_task **ret_task);
 *
 * `options` may be NULL. With `ret_task` the caller gets a reference, to be given back with
 * ouro_task_unref() before the loop ends; with NULL the loop alone owns the task ("detached"),
 * which is kept until it has ended. Cancelled before its first step, the body never runs. A body
 * must close the scopes and groups that it opened (assert). -ENOMEM: no memory for a stack
 * (arg_done is not called: nothing was taken over).
 */
#define ouro_spawn(fn, arg, options, ret_task) \
    ouro_spawn_at((fn), (arg), (options), (ret_task), #fn, OURO_HERE)
OURO_API int ouro_spawn_at(ouro_task_fn *fn, void *arg, const struct ouro_spawn_options *options,
                           struct ouro_task **ret_task, const char *fn_name, const char *place);

/**
 * Wait until a task has ended. Returns the waiter's own fate (0, -ETIMEDOUT, -ECANCELED); what
 * became of the task is put into `ret_status` (may be NULL). Any number of tasks may await one.
 * Being cancelled here does not cancel the awaited task.
 */
OURO_API int ouro_await(struct ouro_task *task, int64_t deadline, int *ret_status);

/** Ask a task to end. Never waits. 0, or -EALREADY if the task has already ended. */
OURO_API int ouro_cancel(struct ouro_task *task);

/** Take a reference. Returns the task. */
OURO_API struct ouro_task *ouro_task_ref(struct ouro_task *task);
/** Give a reference back; NULL is fine. Returns NULL. */
OURO_API struct ouro_task *ouro_task_unref(struct ouro_task *task);

/** The task that is running; NULL in a callback or outside a loop. A borrowed pointer. */
OURO_API struct ouro_task *ouro_task_self(void);
OURO_API const char *ouro_task_name(const struct ouro_task *task);
/** Has it ended, in whatever way? */
OURO_API bool ouro_task_done(const struct ouro_task *task);
/** Has it ended because it was cancelled (its status is -ECANCELED and it had been asked to)? */
OURO_API bool ouro_task_cancelled(const struct ouro_task *task);
/** What the body returned; -EINPROGRESS while it runs. Counts as looking: see failure hook. */
OURO_API int ouro_task_status(struct ouro_task *task);
/** What the body left with ouro_set_result(), or NULL. The task does not own it. */
OURO_API void *ouro_task_result(const struct ouro_task *task);
OURO_API void ouro_set_result(void *result);

/** Called on the loop when the task has ended, in order of addition. The node is the caller's. */
struct ouro_done_callback {
    struct ouro_link link;
    void (*fn)(struct ouro_done_callback *self, struct ouro_task *task);
};
/** Add a callback; on a task that has ended it is called at once. Take it back with ouro_unlink.
 *  Being called counts as looking: see failure hook. */
OURO_API void ouro_task_on_done(struct ouro_task *task, struct ouro_done_callback *callback);

/**
 * Run fn(arg) when the current task ends, last added first, before arg_done. It may wait: it is
 * shielded from cancellation, but all of them together have ten seconds. -ENOMEM: nothing was
 * added.
 */
OURO_API int ouro_defer(void (*fn)(void *arg), void *arg);

/** A variable that has a value per task; its address is its identity. Children inherit a copy. */
struct ouro_local {
    const char *name;
};
/** Set for the current task and those that it spawns later. 0 or -ENOMEM. */
OURO_API int ouro_local_set(const struct ouro_local *local, void *value);
/** The value, or NULL where none was set or no task is running. */
OURO_API void *ouro_local_get(const struct ouro_local *local);

/* --- scopes: deadlines and shields ------------------------------------------------------------ */

/**
 * A stretch of the current task's life that can be cancelled as a whole. Lives on the stack of the
 * task; opened and closed in strict nesting.
 *
 *     struct ouro_scope scope;
 *     ouro_scope_open(&scope, ouro_after(OURO_SEC(5)));
 *     ... calls that wait return -ECANCELED once the five seconds are over ...
 *     int late = ouro_scope_close(&scope);    // -ETIMEDOUT if that happened
 */
struct ouro_scope {
    struct ouro_scope *outer;
    struct ouro_task *task;
    int64_t deadline;  /**< this scope's own */
    int64_t effective; /**< the earliest of this and all around it, up to a shield */
    bool cancelled, shield, timed_out;
};

OURO_API void ouro_scope_open(struct ouro_scope *scope, int64_t deadline);
/** What is around the scope (its cancellation and deadlines) does not reach into it. For clean-up
 *  that has to wait; always give it a deadline of its own. */
OURO_API void ouro_shield_open(struct ouro_scope *scope, int64_t deadline);
/** Cancel what is inside. The rest of the task is not touched. */
OURO_API void ouro_scope_cancel(struct ouro_scope *scope);
/** Leave. 0; -ETIMEDOUT if a suspending call inside met the scope's own deadline; -ECANCELED if
 *  ouro_scope_cancel was called. Whichever was first. What ended in time is not called late by a
 *  deadline that passed since. */
OURO_API int ouro_scope_close(struct ouro_scope *scope);

/* --- groups ----------------------------------------------------------------------------------- */

/**
 * Tasks that belong together. Leaving a group leaves nothing running: ouro_group_close() waits for
 * all. The first that fails cancels the rest and what its owner waits for inside the group. Lives
 * on the stack of the task that opened it; opened and closed in strict nesting with scopes.
 */
struct ouro_group {
    struct ouro_scope scope;
    struct ouro_link members; /**< the tasks that live */
    struct ouro_link failed;  /**< those that have failed, see ouro_group_failed() */
    struct ouro_link closer;  /**< who waits for the end of all */
    int status;               /**< of the first that failed; 0 so far */
    const char *culprit;      /**< its name */
    size_t failures;          /**< how many have failed */
    bool ending;
};

OURO_API void ouro_group_open(struct ouro_group *group, int64_t deadline);
/** As ouro_spawn, and the group owns the task. Any task of the loop, until ouro_group_close() has
 *  returned. -ECANCELED: the group is already ending (arg_done is not called). */
#define ouro_group_spawn(group, fn, arg, options, ret_task) \
    ouro_group_spawn_at((group), (fn), (arg), (options), (ret_task), #fn, OURO_HERE)
OURO_API int ouro_group_spawn_at(struct ouro_group *group, ouro_task_fn *fn, void *arg,
                                 const struct ouro_spawn_options *options,
                                 struct ouro_task **ret_task, const char *fn_name,
                                 const char *place);
/** Cancel all its tasks; no more can be spawned into it. */
OURO_API void ouro_group_cancel(struct ouro_group *group);
/**
 * Wait for all as ouro_group_close() does, with the same result, and stay: to look at what has
 * failed, or, where nothing has, to spawn more. By the task that opened the group, when what it
 * opened inside is closed (assert).
 */
OURO_API int ouro_group_wait(struct ouro_group *group);
/**
 * The member that failed next after `task`, or first (NULL), in order of their ends; NULL: no
 * more. Borrowed pointers: the group keeps its failed members until it is closed. They can't pile
 * up, because the first failure ends the group.
 *
 *     if (ouro_group_wait(&group) < 0)
 *         for (struct ouro_task *task = NULL; (task = ouro_group_failed(&group, task));)
 *             complain_about(ouro_task_name(task), ouro_task_status(task));
 *     return ouro_group_close(&group);
 */
OURO_API struct ouro_task *ouro_group_failed(const struct ouro_group *group,
                                             const struct ouro_task *task);
/**
 * Wait for all and leave. Cancelled while it waits, it cancels the tasks and still waits for them.
 * Returns the first failure of a task, else -ETIMEDOUT (the group's deadline passed), else
 * -ECANCELED (the caller was cancelled), else 0.
 */
OURO_API int ouro_group_close(struct ouro_group *group);

/* --- what waits ------------------------------------------------------------------------------ */

/**
 * What links a waiting task into the list of the object that it waits for. Here only because
 * structs that callers allocate hold one (see ouro_select()); its fields are the library's.
 */
struct ouro__waiter {
    struct ouro_link link;
    struct ouro_task *task;
    void *slot; /**< where a value is handed over, if the object has values */
    void (*woken)(struct ouro__waiter *waiter, int result); /**< NULL: the task goes on */
};

/* --- callbacks: timers and posts -------------------------------------------------------------- */

/** Calls back on the loop, outside any task, at a time. Memory is the caller's; zeroed is stopped.
 */
struct ouro_timer {
    int64_t when;
    void (*fn)(struct ouro_timer *timer);
    uint64_t order; /**< of starting, for equal times */
    uint32_t place; /**< in the heap, plus one; 0: stopped */
    uint32_t kind;
};

/**
 * Start, or start anew with another time (also from its own callback). `fn` must be set. A time in
 * the past means: in the next turn of the loop. Equal times fire in the order of starting. 0 or
 * -ENOMEM.
 */
OURO_API int ouro_timer_start(struct ouro_timer *timer, int64_t when);
/** Stop; a stopped timer is left alone. */
OURO_API void ouro_timer_stop(struct ouro_timer *timer);

/** A call to be made on a loop. Memory is the sender's, until the call. */
struct ouro_post {
    struct ouro_post *next;
    void (*fn)(struct ouro_post *post);
};

/**
 * Have post->fn called on that loop, outside any task, in order of posting. Any thread, never
 * waits, never allocates. -OURO_ECLOSED: the loop has ended, the call will not be made.
 */
OURO_API int ouro_post(struct ouro_loop *loop, struct ouro_post *post);

/** What has changed on something that is read and written: it is worth trying again. */
enum ouro_edge { OURO_EDGE_READ = 1, OURO_EDGE_WRITE = 2, OURO_EDGE_HANGUP = 4 };

/* --- loops ------------------------------------------------------------------------------------ */

/*
 * After fork() the child has no loop, even if a task has called it: nothing in it touches what it
 * has in common with its parent, and who waits or returns from a task there breaks a promise
 * (assert). It may execute another program, _exit(), or make a loop of its own. What was made
 * before stays the parent's; pools have no threads there.
 */

/** Counters of a loop, always on. */
struct ouro_loop_stats {
    uint64_t steps;        /**< times that a task was continued */
    uint64_t polls;        /**< times that the kernel was asked */
    uint64_t polls_full;   /**< of them, that brought as much as fits: there is more */
    uint64_t wakes;        /**< times that another thread woke the loop */
    uint64_t timers;       /**< timers that have fired */
    uint64_t failures;     /**< tasks that failed and nobody looked */
    uint64_t spawned;      /**< tasks started */
    int64_t idle_ns;       /**< spent waiting in the kernel */
    uint64_t long_steps;   /**< steps that the watchdog found too long */
    int64_t late_ns_max;   /**< the latest that a timer fired behind its time */
    int64_t late_ns_total; /**< of all timers together */
    size_t tasks;          /**< alive now */
    size_t stacks_kept;    /**< stacks in the pool, warm */
};

/** What is told when the last reference to a task goes that has failed (not by being cancelled),
 * and nobody has awaited it, asked for its status, or been called back. In a group the group looks.
 */
struct ouro_failure {
    const char *task, *place;
    int status;
};
typedef void ouro_failure_hook(const struct ouro_failure *failure, void *ud);

/**
 * Make a loop on this thread, run fn(arg) as its first task, cancel and wait for what is left when
 * that has ended, and destroy the loop. Returns the status of fn; -OURO_EDEADLOCK if nothing could
 * ever run again (with a report to the log, and fn cancelled); -ENOMEM, -EMFILE: the loop could not
 * be made; -EBUSY: the thread has one. While another thread holds a reference to the loop, it is
 * taken to be about to post, and nothing counts as a deadlock.
 */
#define ouro_run(fn, arg) ouro_run_at((fn), (arg), #fn, OURO_HERE)
OURO_API int ouro_run_at(ouro_task_fn *fn, void *arg, const char *fn_name, const char *place);

/** A loop for this thread, which has none yet (-EBUSY). Free it on the same thread. */
OURO_API int ouro_loop_new(struct ouro_loop **ret_loop);
/** Run until fn(arg) has ended; other tasks stay, and go on in the next run. Returns as ouro_run()
 *  does. Not from a task or a callback of the loop (assert). */
#define ouro_loop_run(loop, fn, arg) ouro_loop_run_at((loop), (fn), (arg), #fn, OURO_HERE)
OURO_API int ouro_loop_run_at(struct ouro_loop *loop, ouro_task_fn *fn, void *arg,
                              const char *fn_name, const char *place);
/** Run until ouro_loop_stop(). 0. */
OURO_API int ouro_loop_run_forever(struct ouro_loop *loop);
/** End the current run_forever, or the next one at once. Any thread with a reference. */
OURO_API void ouro_loop_stop(struct ouro_loop *loop);
/** Cancel and await every task, then end the loop. NULL is fine. Returns NULL. */
OURO_API struct ouro_loop *ouro_loop_free(struct ouro_loop *loop);

/** A reference that keeps ouro_post() and ouro_loop_stop() safe to call. Any thread that has one.
 */
OURO_API struct ouro_loop *ouro_loop_ref(struct ouro_loop *loop);
OURO_API struct ouro_loop *ouro_loop_unref(struct ouro_loop *loop);

/** The loop of this thread, or NULL. */
OURO_API struct ouro_loop *ouro_loop_self(void);
OURO_API struct ouro_loop_stats ouro_loop_stats(const struct ouro_loop *loop);
/** Replace what is done about failures that nobody looked at (NULL: the default, a log line). */
OURO_API void ouro_loop_on_failure(struct ouro_loop *loop, ouro_failure_hook *hook, void *ud);
/** Random: in reality the kernel's, which nobody can foresee, good for secrets; in a simulation
 * from its seed, repeatable. */
OURO_API uint64_t ouro_random(void);

/* --- the simulated twin ----------------------------------------------------------------------- */

/**
 * Receives each line of a trace, without newline: the virtual time in ns, then what happens.
 *
 *     0 #2 player: spawned at duel.c:31
 *     0 #2 player: begins
 *     0 #2 player: waits for queue until 1000000000
 *     250000 #2 player: goes on with 0                    (or with ETIMEDOUT, ECANCELED ...)
 *     250000 #2 player: yields
 *     250001 #2 player: ends with 0
 *     300000 timer 17 fires                               (numbered in the order of starting)
 *     300000 10.0.0.7:49152 > 10.0.0.1:80: sends 12       (see "the simulated network" in net.h)
 *
 * The same program and seed give the same lines on every machine, unless the program asks the real
 * world (its clock, addresses of memory). Called in the middle of things: must not touch the loop.
 */
typedef void ouro_sim_trace(const char *line, void *ud);

/** How many of those that are ready may overtake each other at a step, the longest ready first. */
#define OURO_SIM_SHUFFLE_MAX 64

/** Zero means the default in parentheses. */
struct ouro_sim_options {
    int64_t time_ns_max; /**< how long it may go on, in its own time (for ever) */
    int64_t turn_ns;     /**< what a turn of busy tasks (up to 64 steps) takes of the time (1 us) */
    bool shuffle;        /**< the seed chooses who of the ready goes on (who is so for longest) */
    ouro_sim_trace *trace; /**< (none) */
    void *ud;              /**< for `trace` */
};

/**
 * As ouro_run(), in a world of its own: with a virtual clock that starts at 0 and jumps to the next
 * timer when nothing is ready; with a network in memory (see net.h); without threads (jobs run
 * where they are handed over); and with every choice following from the seed, so that what happened
 * once can be made to happen again. Hours pass in milliseconds. docs/simulation.md tells how to
 * test a game with it. `options` may be NULL.
 *
 * A trace does not change what happens. To shuffle finds what only works because tasks go on in the
 * order in which they became ready, which nobody promises; try some hundred seeds.
 *
 * Also -ETIMEDOUT: it was not over at time_ns_max, and every task was cancelled. They then have a
 * minute of virtual time to clean up; who goes on even then breaks a promise (assert).
 */
#define ouro_sim_run(seed, options, fn, arg) \
    ouro_sim_run_at((seed), (options), (fn), (arg), #fn, OURO_HERE)
OURO_API int ouro_sim_run_at(uint64_t seed, const struct ouro_sim_options *options,
                             ouro_task_fn *fn, void *arg, const char *fn_name, const char *place);

/* --- seeing ----------------------------------------------------------------------------------- */

enum ouro_dump_format { OURO_DUMP_TEXT, OURO_DUMP_JSON };

/** How many tasks a dump lists, oldest first; of the others it says how many. */
#define OURO_DUMP_TASKS_MAX 10000

/**
 * Append what the loop's tasks are doing: of each its number (from 1, counted by the loop), name,
 * place of spawn, state, what it waits for and how long, who awaits it, how deep its stack is and
 * ever was, and its backtrace; and the loop's counters. docs/debugging.md shows both formats.
 *
 * "Ever was" is of the stack, which may have carried other tasks before. Backtraces name functions,
 * static ones too, from the symbol tables of the program's own files; `module+0x...` is what
 * `addr2line -e module` turns into a line. Where the library switches with ucontext there are no
 * backtraces of suspended tasks.
 *
 * On the loop's thread, from a task or a callback. Doesn't wait, takes some 5 us per task. 0, or
 * -ENOMEM: `out` is incomplete.
 */
OURO_API int ouro_dump(struct ouro_loop *loop, enum ouro_dump_format format, struct ouro_buf *out);

/**
 * From now on, have that signal (SIGUSR1 is the usual one) make every loop of the process log its
 * dump as text, at level WARN so that it is there whenever warnings are. A loop does it between two
 * steps; what one that is stuck in a step does is told by the watchdog. 0: no signal any more, and
 * the process gets back what it did at that signal before, unless somebody has replaced our handler
 * by then.
 *
 * Any thread. -EINVAL: not a signal that can be handled; -EBUSY: another is in use.
 */
OURO_API int ouro_dump_on_signal(int signo);

/** A step that has been running for too long, or a callback that has. */
struct ouro_long_step {
    const char *task, *place; /**< both NULL: outside any task, in a callback, or unknown */
    uint64_t number;          /**< of the task, as in a dump */
    int64_t ns;               /**< at least that long so far */
    const char *backtrace;    /**< where it is, or why that is unknown; lines with newlines */
};
/** Called on the watchdog's thread, with pointers that are valid during the call. */
typedef void ouro_long_step_hook(const struct ouro_long_step *step, void *ud);

struct ouro_watchdog_options {
    int64_t limit_ns;          /**< 0: OURO_WATCHDOG_LIMIT_NS; 1 ms at least */
    int signo;                 /**< 0: SIGURG. By it the loop's thread is asked where it is */
    ouro_long_step_hook *hook; /**< NULL: log it at level WARN */
    void *ud;
};

#define OURO_WATCHDOG_LIMIT_NS OURO_MS(100)
/** From one report to the next; a long step that ends meanwhile is counted and not told. */
#define OURO_WATCHDOG_QUIET_NS OURO_SEC(1)

/**
 * Watch the loop from a thread of its own, which looks twice per limit: whoever has not let go of
 * it for longer than the limit is told about, once, while it is still at it, and counted
 * (long_steps). Time in the kernel's wait for events does not count, nor time between runs.
 *
 * The signal has our handler while a watchdog uses it, with SA_RESTART; what comes from others is
 * passed on to the handler that was there before, which is put back after the last watchdog.
 * SIGURG does no harm to a program that knows nothing of it. In a simulation, where steps take no
 * time, the watchdog is there and does nothing.
 *
 * `options` may be NULL. On the loop's thread. 0; -EBUSY: the loop has one; -EINVAL: not a signal
 * that can be handled; -ENOMEM; -EAGAIN: no thread could be started.
 */
OURO_API int ouro_watchdog_start(struct ouro_loop *loop,
                                 const struct ouro_watchdog_options *options);
/** Stop and wait until its hook has returned; ouro_loop_free() does it too. Without one, nothing
 *  happens. On the loop's thread. */
OURO_API void ouro_watchdog_stop(struct ouro_loop *loop);

#ifdef __cplusplus
}
#endif
#endif
