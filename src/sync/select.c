/* SPDX-License-Identifier: MIT */
/* The first of several. Each case brings a waiter; whichever is woken first takes all the others
 * out of their lists in the same moment, so no object ever sees one that no longer wants it. */
#include "sync/select.h"

static int try_in_order(struct ouro_case *cases, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        int rc = cases[i].ops->try(&cases[i]);
        if (rc != -EAGAIN) {
            cases[i].result = rc;
            return (int)i;
        }
    }
    return -EAGAIN;
}

static void detach_all(struct ouro_case *first)
{
    for (size_t i = 0, count = first->count; i < count; i++) {
        if (first[i].ops->detach)
            first[i].ops->detach(&first[i]);
        else
            ouro_unlink(&first[i].waiter.link);
    }
}

static void chosen(struct ouro__waiter *waiter, int result)
{
    struct ouro_case *self = ouro_container(waiter, struct ouro_case, waiter);
    self->result = result;
    detach_all(self - self->index);
    ouro__resume(waiter, (int)self->index);
}

static void none_chosen(struct ouro__waiter *own, int result)
{
    detach_all(own->slot);
    ouro__resume(own, result);
}

static void attach_all(struct ouro_case *cases, size_t count)
{
    struct ouro_task *self = ouro_task_self();
    for (size_t i = 0; i < count; i++) {
        cases[i].index = (uint32_t)i;
        cases[i].count = (uint32_t)count;
        cases[i].waiter.task = self;
        cases[i].waiter.woken = chosen;
        cases[i].ops->attach(&cases[i]);
    }
}

int ouro_select(struct ouro_case *cases, size_t count, int64_t deadline)
{
    int rc = ouro__checkpoint();
    if (rc == 0)
        rc = try_in_order(cases, count);
    if (rc != -EAGAIN)
        return rc;
    if (ouro__past(deadline))
        return -ETIMEDOUT;
    attach_all(cases, count);
    return ouro__wait_with(NULL, cases, count > 0 ? none_chosen : NULL, deadline, "select");
}
