/* SPDX-License-Identifier: MIT */
/* What is told to people when something has gone wrong. */
#include "runtime/dump.h"
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
    struct ouro_buf text = {0};
    ouro_log(OURO_LOG_ERROR,
             "deadlock: %zu tasks wait, and nothing can wake one:", loop->stats.tasks);
    ouro__dump_tasks(loop, DEADLOCK_TASKS_TOLD_MAX, &text);
    ouro__log_lines(OURO_LOG_ERROR, &text);
    ouro_buf_done(&text);
}

/* --- whose fault it was --------------------------------------------------------------------------
 */

#ifdef OURO_VALGRIND

/* It has no place for names and calls nobody back. But it counts, and what we print stands behind
 * its report. */
void ouro__run_ready_under_valgrind(struct ouro_loop *loop, uint32_t steps)
{
    loop->turn_over = false;
    for (; steps > 0 && loop->ready && !loop->turn_over; steps--) {
        struct ouro_task *task = ouro_task_ref(loop->ready);
        unsigned errors_before = VALGRIND_COUNT_ERRORS;
        ouro__run_ready(loop, 1);
        if (VALGRIND_COUNT_ERRORS > errors_before)
            VALGRIND_PRINTF("the above happened in task %llu %s (spawned at %s)\n",
                            (unsigned long long)task->number, task->name, task->place);
        ouro_task_unref(task);
    }
}

#else

void ouro__run_ready_under_valgrind(struct ouro_loop *loop, uint32_t steps)
{
    ouro__run_ready(loop, steps);
}

#endif

#ifdef OURO_ASAN

/* Its reports know stacks and addresses; which of a thousand players it was, only we know. */
static void name_task(const char *report)
{
    const struct ouro_task *task = ouro_task_self();
    (void)report;
    if (task)
        ouro_log(OURO_LOG_ERROR, "the above happened in task %llu %s (spawned at %s)",
                 (unsigned long long)task->number, task->name, task->place);
}

void ouro__asan_names_tasks(void)
{
    __asan_set_error_report_callback(name_task);
}

#else

void ouro__asan_names_tasks(void)
{
}

#endif
