/* SPDX-License-Identifier: MIT */
/* The inside of tasks and loops, for this room. Other rooms wait through runtime/wait.h. */
#ifndef OURO_RUNTIME_LOOP_H
#define OURO_RUNTIME_LOOP_H

#include "runtime/context.h"
#include "runtime/driver.h"
#include "runtime/sanitizer.h"
#include "runtime/stack.h"
#include "runtime/timer.h"
#include "runtime/wait.h"

#include <stdatomic.h>

/* Steps between two looks at clock and kernel: busy tasks can't starve timers and I/O. */
#define OURO__STEPS_PER_TURN 64

/* Calls in one step that the outside world has satisfied at once: a peer that sends faster than its
 * task works can't starve the others, nor hide the time from it. See ouro__give_way(). */
#define OURO__LUCKY_CALLS_MAX 16

enum ouro__task_state { OURO__READY, OURO__RUNNING, OURO__WAITING, OURO__DONE };

/* Lies at the top of the task's own stack, below its struct ouro__stack:
 *
 *     guard | ... free ... <- frames grow down | struct ouro_task | struct ouro__stack | colour
 */
struct ouro_task {
    struct ouro_context context;
    struct ouro_task *ready_next;
    struct ouro_loop *loop;
    struct ouro_scope *scope;   /* the innermost */
    struct ouro_timer timer;    /* one is enough: a task waits for one thing until one time */
    struct ouro__waiter waiter; /* one is enough for the same reason; select brings more */
    int64_t leaf_deadline;      /* of the call that waits; scopes have their own */
    int timeout_result;         /* what that call returns at its deadline */
    int wake_result;
    int status;
    uint32_t refs;
    uint8_t state; /* enum ouro__task_state */
    bool cancelled, started, observed;
    struct ouro_link awaiters; /* waiters of ouro_await */
    struct ouro_link on_done;
    struct ouro_link live; /* in loop->tasks */
    ouro_task_fn *fn;
    void *arg;
    void (*arg_done)(void *arg);
    void *result;
    struct ouro__defer *defers;
    struct ouro__local_value *locals;
    struct ouro_group *group;
    struct ouro_link member; /* in group->members */
    uint64_t number;         /* from 1, of all that the loop has ever had */
    const char *name, *place;
    const char *waits_for; /* for people: "sleep", "lock", ... */
    int64_t waits_since;
    struct ouro__stack *stack;
};

struct ouro_loop {
    struct ouro_task *current;
    struct ouro_task *ready, **ready_end;
    uint32_t steps_left; /* in this turn */
    bool turn_over;      /* somebody gives way; for who runs a turn in steps of its own */
    uint32_t lucky_calls;
    uint64_t lucky_step; /* in which these were */
    /* Written by the loop alone, and watched by the watchdog's thread. */
    _Atomic bool running, polling;
    _Atomic uint64_t steps, turns;
    int64_t now;                 /* as of the last look at the clock */
    struct ouro_context context; /* of the loop itself, while a task runs */
    struct ouro__fiber fiber;
    struct ouro__timers timers;
    struct ouro__stacks stacks;
    struct ouro_link tasks; /* all that live */
    struct ouro__driver *driver;
    size_t ios;      /* watched: the kernel can still wake us */
    size_t external; /* signals, jobs in other threads: something else can still wake us */
    struct ouro_loop_stats stats;
    ouro_failure_hook *failure_hook;
    void *failure_ud;
    struct ouro__watchdog *watchdog; /* NULL: none */
    struct ouro_post dump_post;      /* of the signal that asks for a dump */

    /* Shared with other threads. */
    _Atomic(struct ouro_post *) inbox;
    _Atomic bool sleeping;
    _Atomic bool stop;
    _Atomic bool dump_asked; /* dump_post is on its way */
    _Atomic uint64_t long_steps;
    _Atomic uint32_t refs;
};

extern _Thread_local struct ouro_loop *ouro__loop __attribute__((tls_model("initial-exec")));

/* One more, of what one thread alone writes: no locked instruction, no cost. */
static inline void ouro__count(_Atomic uint64_t *counter)
{
    uint64_t value = atomic_load_explicit(counter, memory_order_relaxed);
    atomic_store_explicit(counter, value + 1, memory_order_relaxed);
}

void ouro__ready(struct ouro_task *task);
/* From the loop's own stack: run who is ready, for so many steps at the most. */
void ouro__run_ready(struct ouro_loop *loop, uint32_t steps);
/* What became of the current task; does not return. */
_Noreturn void ouro__task_end(struct ouro_task *task, int status);
/* Mark what has passed its deadline, from the innermost scope to the first shield. */
void ouro__scopes_expire(struct ouro_scope *innermost, int64_t now);
/* Is there a cancellation that reaches the task where it is? */
bool ouro__cancel_reaches(const struct ouro_task *task);
void ouro__task_timer_fired(struct ouro_task *task);
/* Run until `until` is done (NULL: until stopped). 0, or -OURO_EDEADLOCK. */
int ouro__loop_turn_until(struct ouro_loop *loop, const struct ouro_task *until);
void ouro__loop_cancel_all(struct ouro_loop *loop);
void ouro__posts_run(struct ouro_loop *loop);
bool ouro__posts_waiting(const struct ouro_loop *loop);
/* Refuse further posts; what was posted before is run. */
void ouro__posts_close(struct ouro_loop *loop);
/* The same, and what was posted before is nobody's. */
void ouro__posts_drop(struct ouro_loop *loop);
int ouro__task_locals_inherit(struct ouro_task *child, const struct ouro_task *parent);
/* Run what was deferred, free what it had. On the task itself. */
void ouro__task_extras_end(struct ouro_task *task);
void ouro__group_member_ended(struct ouro_group *group, struct ouro_task *task);
void ouro__report_failure(struct ouro_task *task);
void ouro__deadlock_report(struct ouro_loop *loop);
/* As ouro__run_ready(), and have Valgrind's reports followed by the task that ran. */
void ouro__run_ready_under_valgrind(struct ouro_loop *loop, uint32_t steps);
/* In a build with AddressSanitizer: have its reports followed by the task that ran. */
void ouro__asan_names_tasks(void);
/* The loops of the process, for the signal that asks all for a dump, and for debuggers. One that is
 * beyond OURO__LOOPS_SEEN_MAX works, and is not seen. */
#define OURO__LOOPS_SEEN_MAX 256
void ouro__loops_add(struct ouro_loop *loop);
void ouro__loops_remove(struct ouro_loop *loop);
/* In a forked child, where they are its parent's: from now on nothing can be posted to them. */
void ouro__loops_forget(void);

#endif
