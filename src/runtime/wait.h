/* SPDX-License-Identifier: MIT */
/* How the rooms above let a task wait: a node, in the task itself, is linked into a list of the
 * object that it waits for. Waiting never allocates and can't fail for want of memory.
 *
 *     int rc = ouro__checkpoint();                    // sticky cancellation comes first
 *     if (rc < 0)
 *         return rc;
 *     if (what is wanted is there)
 *         return take it;
 *     return ouro__wait(&object->waiters, &place_for_it, deadline, "object");
 *
 * (or, who tries and waits in a loop, ouro__wait_to_look())
 *
 * and on the other side ouro__wake(waiter, result), which takes the waiter out of the list. A wake
 * that comes after the waiter has been cancelled or has timed out finds it gone: ouro__wake() says
 * so, and what was to be handed over goes to the next. A wake that came first counts, even if the
 * cancellation comes before the task runs again.
 *
 * Who wakes hands over: whatever the waiter gets is put into its slot by the waker, so that the
 * waiting call has nothing to do afterwards and ends in a tail call (see context.h).
 *
 * A wait that ends in more than going on (a condition takes its lock again, a select leaves its
 * other lists) names a function to be called in place of that, at the moment when the wait is over
 * for whatever reason; it ends in ouro__resume(). So nobody stays in a list that it has no use
 * for: a waiter that is linked can be woken. */
#ifndef OURO_RUNTIME_WAIT_H
#define OURO_RUNTIME_WAIT_H

#include "ouro/runtime.h"

static inline struct ouro__waiter *ouro__waiter_of(struct ouro_link *link)
{
    return ouro_container(link, struct ouro__waiter, link);
}

/* Called while the task waits, with the waiter still linked: as the wake, the deadline or the
 * cancellation (then it is the task's own waiter) gave `result`. Calls ouro__resume(), now or
 * later; if later, it may be called again before. */
typedef void ouro__woken_fn(struct ouro__waiter *waiter, int result);

/* -ECANCELED if the current task has been cancelled where it is, else 0. */
int ouro__checkpoint(void);
/* At the end of a call that has succeeded, of those that the outside world can satisfy again and
 * again, so that they never wait: once in a while the others run before it returns, and clock and
 * kernel are looked at. Not if its deadline said that it must not wait. In a task. */
void ouro__give_way(int64_t deadline);
/* Would a wait until then be over before it began? */
bool ouro__past(int64_t deadline);
/* Suspend, linked behind those that wait already, until ouro__wake(). Returns what that gave (0 or
 * more, or an error), -ETIMEDOUT or -ECANCELED. `what` is for people and must live on. */
int ouro__wait(struct ouro_link *list, void *slot, int64_t deadline, const char *what);
/* The same in a loop, for who was promised nothing, and looks again and perhaps waits again: of a
 * cancellation between the wake and then, which a wait does not look for, it hears here. */
static inline int ouro__wait_to_look(struct ouro_link *list, int64_t deadline, const char *what)
{
    int rc = ouro__wait(list, NULL, deadline, what);
    return rc < 0 ? rc : ouro__checkpoint();
}
/* As above, with a function of its own for the end; `list` may be NULL. */
int ouro__wait_with(struct ouro_link *list, void *slot, ouro__woken_fn *woken, int64_t deadline,
                    const char *what);
/* Suspend in no list: for what keeps waiters of its own and takes them back afterwards. */
int ouro__suspend(int64_t deadline, const char *what);
/* Wake that waiter's task and take the waiter out of its list. False: it is gone already, which
 * can't be if the waiter was linked. */
bool ouro__wake(struct ouro__waiter *waiter, int result);
/* The end of an ouro__woken_fn: the task of that waiter goes on with the result, its own waiter is
 * in no list. */
void ouro__resume(struct ouro__waiter *waiter, int result);
/* Wake all in a list; returns how many. */
size_t ouro__wake_all(struct ouro_link *list, int result);
/* Who waits for the end of that task, which has not come; slot: an int for its status, or NULL. */
struct ouro_link *ouro__task_awaiters(struct ouro_task *task);

/* --- file descriptors ------------------------------------------------------------------------- */

enum ouro__direction { OURO__READ, OURO__WRITE };

/* A descriptor that the loop watches, edge-triggered and in both directions, from open to close.
 * Lies in the struct of its user. Who uses it tries first and waits only after EAGAIN. */
struct ouro__io {
    int fd;
    struct ouro_link waiters[2]; /* by direction; one task each */
    /* Called outside any task with the edges (enum ouro_edge; errors count as all), after tasks
     * that wait have been woken. May close the io. NULL: nobody is interested. */
    void (*on_edge)(struct ouro__io *io, unsigned edges);
};

/* Watch a non-blocking descriptor on the current loop. 0, -ENOMEM, -ENOSPC, -EPERM (not pollable),
 * -EBADF, -EEXIST (watched already), -ENOTSUP (in a simulation). On failure the caller keeps it. */
int ouro__io_open(struct ouro__io *io, int fd);
/* Stop watching and close the descriptor. Tasks that wait get -OURO_ECLOSED and don't touch the io
 * any more: its memory may go at once. */
void ouro__io_close(struct ouro__io *io);
/* Stop watching and give the descriptor back, open. Nobody waits. */
int ouro__io_release(struct ouro__io *io);
/* Wait for an edge; cancellation is looked at first, so this may be called in a loop. 0,
 * -ETIMEDOUT, -ECANCELED, -OURO_ECLOSED; -EBUSY: another task waits there. */
int ouro__io_wait(struct ouro__io *io, enum ouro__direction direction, int64_t deadline);
/* For drivers: what the kernel said. */
void ouro__io_event(struct ouro__io *io, unsigned edges);

/* Descriptors whose edges are delivered when somebody looks, not when they come: the loop sleeps on
 * while they pile up. Lies in the struct of its user. */
struct ouro__io_set {
    int epoll_fd; /* with which the kernel remembers them */
};

/* 0, -EMFILE, -ENFILE, -ENOMEM; -ENOTSUP: in a simulation, where there are no descriptors. */
int ouro__io_set_open(struct ouro__io_set *set);
/* Descriptors that are still in it go back to the loop. */
void ouro__io_set_close(struct ouro__io_set *set);
/* Into a set, or back to the loop (NULL). No edge is lost: what the descriptor is ready for shows
 * as one. 0, -ENOMEM, -ENOSPC: it stays where it was. */
int ouro__io_move(struct ouro__io *io, struct ouro__io_set *set);
/* Deliver what has come since the last look. Outside any task, or in one. */
void ouro__io_set_look(struct ouro__io_set *set);

/* The time as of the loop's last look at the clock: for what need not be exact, at no cost. */
int64_t ouro__loop_time(void);
/* Something outside the loop (a thread's job, a signal) can still wake it: no deadlock. */
void ouro__external_hold(struct ouro_loop *loop);
void ouro__external_drop(struct ouro_loop *loop);
/* Is this loop's time real? In a simulation, threads must not be used. */
bool ouro__loop_is_simulated(const struct ouro_loop *loop);

#endif
