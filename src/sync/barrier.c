/* SPDX-License-Identifier: MIT */
#include "sync/select.h"

#include <limits.h>

void ouro_barrier_init(struct ouro_barrier *barrier, size_t parties)
{
    ouro_assert(parties >= 1 && parties <= INT_MAX); /* places are returned as int */
    *barrier = (struct ouro_barrier){.parties = parties};
    ouro_list_init(&barrier->waiters);
}

void ouro_barrier_done(struct ouro_barrier *barrier)
{
    ouro_assert(ouro_list_empty(&barrier->waiters));
}

/* However a wait ends, it is no longer counted. */
static void leave(struct ouro__waiter *waiter, int result)
{
    struct ouro_barrier *barrier = waiter->slot;
    barrier->waiting--;
    ouro__resume(waiter, result);
}

static int let_all_pass(struct ouro_barrier *barrier)
{
    int place = 0;
    struct ouro_link *first;
    while ((first = ouro_list_first(&barrier->waiters)))
        ouro__wake(ouro__waiter_of(first), place++);
    return place;
}

int ouro_barrier_wait(struct ouro_barrier *barrier, int64_t deadline)
{
    int rc = ouro__checkpoint();
    if (rc < 0)
        return rc;
    if (barrier->broken)
        return -OURO_ECLOSED;
    if (barrier->waiting + 1 == barrier->parties)
        return let_all_pass(barrier);
    if (ouro__past(deadline))
        return -ETIMEDOUT;
    barrier->waiting++;
    return ouro__wait_with(&barrier->waiters, barrier, leave, deadline, "barrier");
}

void ouro_barrier_break(struct ouro_barrier *barrier)
{
    barrier->broken = true;
    ouro__wake_all(&barrier->waiters, -OURO_ECLOSED);
}

void ouro_barrier_reset(struct ouro_barrier *barrier)
{
    barrier->broken = false;
    ouro__wake_all(&barrier->waiters, -OURO_ECLOSED);
}
