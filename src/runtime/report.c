/* SPDX-License-Identifier: MIT */
/* What is told to people when something has gone wrong. */
#include "runtime/loop.h"

/* A deadlock of thousands of tasks is understood from the first few. */
#define DEADLOCK_TASKS_TOLD_MAX 20

void ouro_loop_on_failure(struct ouro_loop *loop, ouro_failure_hook *hook, void *ud)
{
    loop->failure_hook = hook;
    loop->failure_ud = ud;
}

void ouro__report_failure(struct ouro_task *task)
{
    struct ouro_loop *loop = task->loop;
    struct ouro_failure failure = {
        .task = task->name, .place = task->place, .status = task->status};
    loop->stats.failures++;
    if (loop->failure_hook)
        loop->failure_hook(&failure, loop->failure_ud);
    else
        ouro_log(OURO_LOG_ERROR, "task %s (spawned at %s) failed and nobody looked: %s: %s",
                 failure.task, failure.place, ouro_error_name(failure.status),
                 ouro_error_text(failure.status));
}

void ouro__deadlock_report(struct ouro_loop *loop)
{
    size_t told = 0;
    ouro_log(OURO_LOG_ERROR,
             "deadlock: %zu tasks wait, and nothing can wake one:", loop->stats.tasks);
    ouro_list_each (link, &loop->tasks) {
        const struct ouro_task *task = ouro_container(link, struct ouro_task, live);
        if (++told > DEADLOCK_TASKS_TOLD_MAX)
            break;
        ouro_log(OURO_LOG_ERROR, "  %s (spawned at %s) waits for %s", task->name, task->place,
                 task->waits_for ? task->waits_for : "nothing");
    }
}
