/* SPDX-License-Identifier: MIT */
/* Several tasks: the end of one in a select, the first of many, all of them. */
#include "sync/select.h"

#include <alloca.h>
#include <limits.h>

/* --- in a select ------------------------------------------------------------------------------ */

static int task_case_try(struct ouro_case *self)
{
    int *ret_status = self->waiter.slot;
    ouro_assert(self->object != ouro_task_self());
    if (!ouro_task_done(self->object))
        return -EAGAIN;
    int status = ouro_task_status(self->object);
    if (ret_status)
        *ret_status = status;
    return 0;
}

static void task_case_attach(struct ouro_case *self)
{
    ouro_list_push(ouro__task_awaiters(self->object), &self->waiter.link);
}

struct ouro_case ouro_on_task(struct ouro_task *task, int *ret_status)
{
    static const struct ouro__selectable_ops ops = {task_case_try, task_case_attach, NULL};
    return ouro__case(&ops, task, ret_status);
}

/* --- the first, or all ------------------------------------------------------------------------ */

static bool has_failed(struct ouro_task *task)
{
    return ouro_task_status(task) < 0 && !ouro_task_cancelled(task);
}

static size_t index_of(const struct ouro_task *task, struct ouro_task *const *tasks)
{
    size_t i = 0;
    while (tasks[i] != task)
        i++;
    return i;
}

/* What has ended without deciding is taken out of the cases; their order, which is that of the
 * array, stays. They take the stack that they need and no more, at most 18 KiB. */
static int wait_for_first(struct ouro_task *const *tasks, size_t count, bool errors_only,
                          int64_t deadline)
{
    if (count > OURO_WAIT_TASKS_MAX)
        return -OURO_ELIMIT;
    struct ouro_case *cases = alloca(count * sizeof *cases);
    for (size_t i = 0; i < count; i++)
        cases[i] = ouro_on_task(tasks[i], NULL);
    for (size_t left = count; left > 0;) {
        int at = ouro_select(cases, left, deadline);
        if (at < 0)
            return at;
        struct ouro_task *ended = cases[at].object;
        if (!errors_only || has_failed(ended))
            return (int)index_of(ended, tasks);
        left--;
        for (size_t i = (size_t)at; i < left; i++)
            cases[i] = cases[i + 1];
    }
    return (int)count;
}

/* The order in which they end does not matter: one after the other, and no limit to their number.
 */
static int wait_for_all(struct ouro_task *const *tasks, size_t count, int64_t deadline)
{
    int rc = 0;
    for (size_t i = 0; i < count && rc == 0; i++)
        rc = ouro_await(tasks[i], deadline, NULL);
    return rc < 0 ? rc : (int)count;
}

int ouro_wait(struct ouro_task *const *tasks, size_t count, enum ouro_wait_for what,
              int64_t deadline)
{
    ouro_assert(count <= INT_MAX);
    int rc = ouro__checkpoint(); /* also when there is nothing to wait for */
    if (rc < 0)
        return rc;
    if (what == OURO_ALL_COMPLETED)
        return wait_for_all(tasks, count, deadline);
    return wait_for_first(tasks, count, what == OURO_FIRST_ERROR, deadline);
}

static int first_negative_status(struct ouro_task *const *tasks, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        int status = ouro_task_status(tasks[i]);
        if (status < 0)
            return status;
    }
    return 0;
}

int ouro_gather(struct ouro_task *const *tasks, size_t count, int64_t deadline, int *ret_status)
{
    int rc = ouro_wait(tasks, count, OURO_ALL_COMPLETED, deadline);
    if (rc < 0) {
        for (size_t i = 0; i < count; i++)
            ouro_cancel(tasks[i]);
        return rc;
    }
    int status = first_negative_status(tasks, count);
    if (ret_status)
        *ret_status = status;
    return 0;
}
