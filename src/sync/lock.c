/* SPDX-License-Identifier: MIT */
/* Lock and condition, in one file for what lies between them: who leaves a condition is moved to
 * the waiters of the lock and wakes as its owner. The slot of a lock's waiter holds what its call
 * will return: 0, or why it stopped to wait for a condition. */
#include "sync/select.h"

/* --- lock ------------------------------------------------------------------------------------- */

void ouro_lock_init(struct ouro_lock *lock)
{
    lock->owner = NULL;
    ouro_list_init(&lock->waiters);
}

void ouro_lock_done(struct ouro_lock *lock)
{
    ouro_assert(!lock->owner);
}

/* In the place of a wake, for who comes from a condition: it must have the lock, come what may. */
static void wait_on(struct ouro__waiter *waiter, int result)
{
    (void)waiter, (void)result;
}

static void pass_on(struct ouro_lock *lock)
{
    struct ouro_link *first = ouro_list_first(&lock->waiters);
    lock->owner = NULL;
    if (!first)
        return;
    struct ouro__waiter *waiter = ouro__waiter_of(first);
    lock->owner = waiter->task;
    if (waiter->woken == wait_on)
        waiter->woken = NULL;
    ouro__wake(waiter, (int)(intptr_t)waiter->slot);
}

static int try_lock(struct ouro_lock *lock)
{
    struct ouro_task *self = ouro_task_self();
    ouro_assert(lock->owner != self);
    if (lock->owner)
        return -EAGAIN;
    lock->owner = self;
    return 0;
}

int ouro_lock_acquire(struct ouro_lock *lock, int64_t deadline)
{
    int rc = ouro__checkpoint();
    if (rc == 0)
        rc = try_lock(lock);
    return rc == -EAGAIN ? ouro__wait(&lock->waiters, NULL, deadline, "lock") : rc;
}

void ouro_lock_release(struct ouro_lock *lock)
{
    ouro_assert(lock->owner && lock->owner == ouro_task_self());
    pass_on(lock);
}

/* --- condition -------------------------------------------------------------------------------- */

void ouro_condition_init(struct ouro_condition *condition)
{
    ouro_list_init(&condition->waiters);
}

void ouro_condition_done(struct ouro_condition *condition)
{
    ouro_assert(ouro_list_empty(&condition->waiters));
}

/* Notified, cancelled or late: from the condition to the lock. */
static void regain_lock(struct ouro__waiter *waiter, int result)
{
    struct ouro_lock *lock = waiter->slot;
    ouro_unlink(&waiter->link);
    waiter->slot = (void *)(intptr_t)result;
    waiter->woken = wait_on;
    ouro_list_push(&lock->waiters, &waiter->link);
    if (!lock->owner)
        pass_on(lock);
}

int ouro_condition_wait(struct ouro_condition *condition, struct ouro_lock *lock, int64_t deadline)
{
    int rc = ouro__checkpoint();
    if (rc < 0)
        return rc;
    if (!lock)
        return ouro__wait(&condition->waiters, NULL, deadline, "condition");
    if (ouro__past(deadline))
        return -ETIMEDOUT;
    ouro_lock_release(lock);
    return ouro__wait_with(&condition->waiters, lock, regain_lock, deadline, "condition");
}

size_t ouro_condition_notify(struct ouro_condition *condition, size_t count)
{
    size_t woken = 0;
    struct ouro_link *first;
    while (woken < count && (first = ouro_list_first(&condition->waiters)))
        woken += ouro__wake(ouro__waiter_of(first), 0);
    return woken;
}

size_t ouro_condition_notify_all(struct ouro_condition *condition)
{
    return ouro_condition_notify(condition, SIZE_MAX);
}

/* --- in a select ------------------------------------------------------------------------------ */

static int lock_case_try(struct ouro_case *self)
{
    return try_lock(self->object);
}

static void lock_case_attach(struct ouro_case *self)
{
    struct ouro_lock *lock = self->object;
    ouro_list_push(&lock->waiters, &self->waiter.link);
}

struct ouro_case ouro_on_lock(struct ouro_lock *lock)
{
    static const struct ouro__selectable_ops ops = {lock_case_try, lock_case_attach, NULL};
    return ouro__case(&ops, lock, NULL);
}

static int condition_case_try(struct ouro_case *self)
{
    (void)self;
    return -EAGAIN; /* it remembers no notification */
}

static void condition_case_attach(struct ouro_case *self)
{
    struct ouro_condition *condition = self->object;
    ouro_list_push(&condition->waiters, &self->waiter.link);
}

struct ouro_case ouro_on_condition(struct ouro_condition *condition)
{
    static const struct ouro__selectable_ops ops = {condition_case_try, condition_case_attach,
                                                    NULL};
    return ouro__case(&ops, condition, NULL);
}
