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

/* --- times ------------------------------------------------------------------------------------ */

static int time_try(struct ouro_case *self)
{
    return ouro__past(self->when) ? 0 : -EAGAIN;
}

static void time_attach(struct ouro_case *self)
{
    (void)self; /* the task's own timer does it */
}

struct ouro_case ouro_on_time(int64_t when)
{
    static const struct ouro__selectable_ops ops = {.try = time_try, .attach = time_attach};
    struct ouro_case self = ouro__case(&ops, NULL, NULL);
    self.when = when;
    return self;
}

/* The earliest of the deadline and the times among the cases, and which of them that is. */
static int64_t earliest(const struct ouro_case *cases, size_t count, int64_t deadline,
                        int *ret_index)
{
    *ret_index = -ETIMEDOUT;
    for (size_t i = 0; i < count; i++) {
        if (cases[i].when > deadline || (cases[i].when == deadline && *ret_index >= 0))
            continue;
        deadline = cases[i].when;
        *ret_index = cases[i].when == OURO_FOREVER ? -ETIMEDOUT : (int)i;
    }
    return deadline;
}

/* --- select ----------------------------------------------------------------------------------- */

static int wait_for_one(struct ouro_case *cases, size_t count, int64_t deadline)
{
    int on_time;
    deadline = earliest(cases, count, deadline, &on_time);
    if (ouro__past(deadline))
        return -ETIMEDOUT;
    attach_all(cases, count);
    int rc = ouro__wait_with(NULL, cases, count > 0 ? none_chosen : NULL, deadline, "select");
    if (rc != -ETIMEDOUT || on_time < 0)
        return rc;
    cases[on_time].result = 0;
    return on_time;
}

int ouro_select(struct ouro_case *cases, size_t count, int64_t deadline)
{
    int rc = ouro__checkpoint();
    while (rc == 0) {
        rc = try_in_order(cases, count);
        if (rc >= 0)
            ouro__give_way(deadline);
        if (rc != -EAGAIN)
            return rc;
        rc = wait_for_one(cases, count, deadline);
        if (rc < 0 || !cases[rc].ops->retries || cases[rc].result != 0)
            return rc;
        rc = ouro__checkpoint();
    }
    return rc;
}
