/* SPDX-License-Identifier: MIT */
/* How the rooms above let a task wait: a node on the waiter's own stack, linked into a list of the
 * object that it waits for. Waiting never allocates and can't fail for want of memory.
 *
 *     struct ouro__waiter waiter;
 *     int rc = ouro__checkpoint();                    // sticky cancellation comes first
 *     if (rc == 0 && would have to wait) {
 *         ouro__waiter_add(&waiter, &object->waiters);
 *         rc = ouro__wait(&waiter, deadline, "object");
 *     }
 *
 * and on the other side ouro__wake(waiter, result). A wake that comes after the waiter has been
 * cancelled or has timed out finds it gone: ouro__wake() says so, and what was to be handed over
 * goes to the next. A wake that came first counts, even if the cancellation comes before the task
 * runs again. */
#ifndef OURO_RUNTIME_WAIT_H
#define OURO_RUNTIME_WAIT_H

#include "ouro/runtime.h"

struct ouro__waiter {
    struct ouro_link link;
    struct ouro_task *task;
    void *slot; /* where a value is handed over, if the object has values */
};

static inline struct ouro__waiter *ouro__waiter_of(struct ouro_link *link)
{
    return ouro_container(link, struct ouro__waiter, link);
}

/* -ECANCELED if the current task has been cancelled where it is, else 0. */
int ouro__checkpoint(void);
/* Enlist the current task, behind those that wait already. */
void ouro__waiter_add(struct ouro__waiter *waiter, struct ouro_link *list);
/* Suspend. What ouro__wake() gave (0 or more, or an error), -ETIMEDOUT or -ECANCELED; in any case
 * the waiter is in no list afterwards. `what` is for people and must live on. */
int ouro__wait(struct ouro__waiter *waiter, int64_t deadline, const char *what);
/* Suspend without a list: for what is woken by ouro__wake() on a waiter that is kept elsewhere. */
int ouro__suspend(int64_t deadline, const char *what);
/* Wake that waiter's task. False: it is gone already. Takes the waiter out of its list. */
bool ouro__wake(struct ouro__waiter *waiter, int result);
/* Wake all in a list; returns how many. */
size_t ouro__wake_all(struct ouro_link *list, int result);

/* --- file descriptors ------------------------------------------------------------------------- */

enum ouro__direction { OURO__READ, OURO__WRITE };

/* A descriptor that the loop watches, edge-triggered and in both directions, from open to close.
 * Lies in the struct of its user. Who uses it tries first and waits only after EAGAIN. */
struct ouro__io {
    int fd;
    uint32_t generation; /* an event of an earlier owner of the number is recognised and dropped */
    struct ouro__waiter *waiter[2]; /* by direction; one task each */
    /* A consumer without a task: called outside any task at each edge, also for errors and
     * hang-ups. May close the io. NULL: tasks wait. */
    void (*on_edge)(struct ouro__io *io, bool readable, bool writable);
};

/* Watch a non-blocking descriptor on the current loop. 0, -ENOMEM, -ENOSPC, -EPERM (not pollable).
 */
int ouro__io_open(struct ouro__io *io, int fd);
/* Stop watching and close the descriptor. Tasks that wait get -OURO_ECLOSED. */
void ouro__io_close(struct ouro__io *io);
/* Stop watching and give the descriptor back, open. Nobody waits. */
int ouro__io_release(struct ouro__io *io);
/* Wait for an edge. 0, -ETIMEDOUT, -ECANCELED, -OURO_ECLOSED; -EBUSY: another task waits there. */
int ouro__io_wait(struct ouro__io *io, enum ouro__direction direction, int64_t deadline);
/* For drivers: what the kernel said. */
void ouro__io_event(struct ouro__io *io, bool readable, bool writable);

/* Something outside the loop (a thread's job, a signal) can still wake it: no deadlock. */
void ouro__external_hold(struct ouro_loop *loop);
void ouro__external_drop(struct ouro_loop *loop);
/* Is this loop's time real? In a simulation, threads must not be used. */
bool ouro__loop_is_simulated(const struct ouro_loop *loop);

#endif
