/* SPDX-License-Identifier: MIT */
#include "sync/select.h"

void ouro_semaphore_init(struct ouro_semaphore *semaphore, size_t units)
{
    semaphore->units = units;
    ouro_list_init(&semaphore->waiters);
}

void ouro_semaphore_done(struct ouro_semaphore *semaphore)
{
    ouro_assert(ouro_list_empty(&semaphore->waiters));
}

static int try_acquire(struct ouro_semaphore *semaphore)
{
    if (semaphore->units == 0)
        return -EAGAIN;
    semaphore->units--;
    return 0;
}

int ouro_semaphore_acquire(struct ouro_semaphore *semaphore, int64_t deadline)
{
    int rc = ouro__checkpoint();
    if (rc == 0)
        rc = try_acquire(semaphore);
    return rc == -EAGAIN ? ouro__wait(&semaphore->waiters, NULL, deadline, "semaphore") : rc;
}

/* A unit for somebody who waits never goes through the count, where another could take it. */
void ouro_semaphore_release(struct ouro_semaphore *semaphore, size_t units)
{
    struct ouro_link *first;
    for (; units > 0 && (first = ouro_list_first(&semaphore->waiters)); units--)
        ouro__wake(ouro__waiter_of(first), 0);
    ouro_assert(units <= SIZE_MAX - semaphore->units);
    semaphore->units += units;
}

static int semaphore_case_try(struct ouro_case *self)
{
    return try_acquire(self->object);
}

static void semaphore_case_attach(struct ouro_case *self)
{
    struct ouro_semaphore *semaphore = self->object;
    ouro_list_push(&semaphore->waiters, &self->waiter.link);
}

struct ouro_case ouro_on_semaphore(struct ouro_semaphore *semaphore)
{
    static const struct ouro__selectable_ops ops = {semaphore_case_try, semaphore_case_attach,
                                                    NULL};
    return ouro__case(&ops, semaphore, NULL);
}
