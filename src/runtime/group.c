/* SPDX-License-Identifier: MIT */
/* Groups: a scope that owns the tasks spawned in it. */
#include "runtime/loop.h"

void ouro_group_open(struct ouro_group *group, int64_t deadline)
{
    *group = (struct ouro_group){0};
    ouro_list_init(&group->members);
    ouro_list_init(&group->failed);
    ouro_list_init(&group->closer);
    ouro_scope_open(&group->scope, deadline);
}

int ouro_group_spawn_at(struct ouro_group *group, ouro_task_fn *fn, void *arg,
                        const struct ouro_spawn_options *options, struct ouro_task **ret_task,
                        const char *fn_name, const char *place)
{
    if (group->ending || group->scope.cancelled)
        return -ECANCELED;
    struct ouro_task *task;
    int rc = ouro_spawn_at(fn, arg, options, &task, fn_name, place);
    if (rc < 0)
        return rc;
    task->group = group;
    ouro_list_push(&group->members, &task->member);
    if (ret_task)
        *ret_task = task;
    else
        ouro_task_unref(task);
    return 0;
}

void ouro_group_cancel(struct ouro_group *group)
{
    group->ending = true;
    ouro_list_each (link, &group->members)
        ouro_cancel(ouro_container(link, struct ouro_task, member));
}

static bool has_failed(const struct ouro_task *task)
{
    return task->status < 0 && !(task->cancelled && task->status == -ECANCELED);
}

static void take_failure(struct ouro_group *group, struct ouro_task *task)
{
    ouro_list_push(&group->failed, &ouro_task_ref(task)->member);
    group->failures++;
    if (group->status == 0) {
        group->status = task->status;
        group->culprit = task->name;
        ouro_group_cancel(group);
        ouro_scope_cancel(&group->scope);
    }
}

void ouro__group_member_ended(struct ouro_group *group, struct ouro_task *task)
{
    ouro_unlink(&task->member);
    task->observed = true;
    if (has_failed(task))
        take_failure(group, task);
    if (ouro_list_empty(&group->members))
        ouro__wake_all(&group->closer, 0);
}

/* Between the end of the last and our next step somebody may have spawned another. */
static int wait_for_members(struct ouro_group *group)
{
    int rc = ouro__checkpoint();
    while (rc == 0 && !ouro_list_empty(&group->members)) {
        rc = ouro__wait(&group->closer, NULL, OURO_FOREVER, "group");
        if (rc == 0 && !ouro_list_empty(&group->members))
            rc = ouro__checkpoint();
    }
    return rc;
}

int ouro_group_wait(struct ouro_group *group)
{
    ouro_assert(group->scope.task == ouro_task_self() && group->scope.task->scope == &group->scope);
    int rc = wait_for_members(group);
    if (!ouro_list_empty(&group->members)) {
        /* Cancelled, or out of time: nothing is left running all the same. */
        struct ouro_scope shield;
        ouro_group_cancel(group);
        ouro_shield_open(&shield, OURO_FOREVER);
        wait_for_members(group);
        ouro_scope_close(&shield);
    }
    if (group->status < 0)
        return group->status;
    if (group->scope.timed_out)
        return -ETIMEDOUT;
    return group->scope.cancelled ? -ECANCELED : rc;
}

struct ouro_task *ouro_group_failed(const struct ouro_group *group, const struct ouro_task *task)
{
    const struct ouro_link *next = task ? task->member.next : group->failed.next;
    return next == &group->failed ? NULL : ouro_container(next, struct ouro_task, member);
}

int ouro_group_close(struct ouro_group *group)
{
    int rc = ouro_group_wait(group);
    struct ouro_link *link;
    while ((link = ouro_list_pop(&group->failed)))
        ouro_task_unref(ouro_container(link, struct ouro_task, member));
    group->ending = true;
    ouro_scope_close(&group->scope);
    return rc;
}
