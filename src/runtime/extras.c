/* SPDX-License-Identifier: MIT */
/* What a task may have besides: things to do at its end, and variables of its own. */
#include "runtime/loop.h"

#include <stdlib.h>

/* Clean-up may wait, but not for ever: it is shielded from cancellation for this long. */
#define DEFER_NS_MAX OURO_SEC(10)

struct ouro__defer {
    struct ouro__defer *next;
    void (*fn)(void *arg);
    void *arg;
};

struct ouro__local_value {
    struct ouro__local_value *next;
    const struct ouro_local *local;
    void *value;
};

int ouro_defer(void (*fn)(void *arg), void *arg)
{
    struct ouro_task *task = ouro_task_self();
    ouro_assert(task);
    struct ouro__defer *defer = malloc(sizeof *defer);
    if (!defer)
        return -ENOMEM;
    *defer = (struct ouro__defer){.next = task->defers, .fn = fn, .arg = arg};
    task->defers = defer;
    return 0;
}

static void run_defers(struct ouro_task *task)
{
    struct ouro_scope shield;
    ouro_shield_open(&shield, ouro_after(DEFER_NS_MAX));
    while (task->defers) {
        struct ouro__defer *defer = task->defers;
        task->defers = defer->next;
        defer->fn(defer->arg);
        free(defer);
    }
    ouro_scope_close(&shield);
}

static struct ouro__local_value *find_local(const struct ouro_task *task,
                                            const struct ouro_local *local)
{
    struct ouro__local_value *value = task->locals;
    while (value && value->local != local)
        value = value->next;
    return value;
}

static int add_local(struct ouro_task *task, const struct ouro_local *local, void *value)
{
    struct ouro__local_value *added = malloc(sizeof *added);
    if (!added)
        return -ENOMEM;
    *added = (struct ouro__local_value){.next = task->locals, .local = local, .value = value};
    task->locals = added;
    return 0;
}

int ouro_local_set(const struct ouro_local *local, void *value)
{
    struct ouro_task *task = ouro_task_self();
    ouro_assert(task);
    struct ouro__local_value *found = find_local(task, local);
    if (!found)
        return add_local(task, local, value);
    found->value = value;
    return 0;
}

void *ouro_local_get(const struct ouro_local *local)
{
    const struct ouro_task *task = ouro_task_self();
    const struct ouro__local_value *found = task ? find_local(task, local) : NULL;
    return found ? found->value : NULL;
}

static void free_locals(struct ouro_task *task)
{
    while (task->locals) {
        struct ouro__local_value *value = task->locals;
        task->locals = value->next;
        free(value);
    }
}

int ouro__task_locals_inherit(struct ouro_task *child, const struct ouro_task *parent)
{
    for (const struct ouro__local_value *value = parent->locals; value; value = value->next) {
        int rc = add_local(child, value->local, value->value);
        if (rc < 0) {
            free_locals(child);
            return rc;
        }
    }
    return 0;
}

void ouro__task_extras_end(struct ouro_task *task)
{
    if (task->defers)
        run_defers(task);
    if (task->locals)
        free_locals(task);
}
