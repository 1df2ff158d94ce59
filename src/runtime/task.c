/* SPDX-License-Identifier: MIT */
/* The life of a task: spawned, switched to and away from, ended, awaited, cancelled. */
#include "runtime/loop.h"

#include <stdlib.h>
#include <string.h>

/* --- the ready queue and the switch ----------------------------------------------------------- */

void ouro__ready(struct ouro_task *task)
{
    struct ouro_loop *loop = task->loop;
    task->state = OURO__READY;
    task->ready_next = NULL;
    *loop->ready_end = task;
    loop->ready_end = &task->ready_next;
}

static inline struct ouro_task *take_ready(struct ouro_loop *loop)
{
    struct ouro_task *task = loop->ready;
    if (!task || loop->steps_left == 0)
        return NULL;
    loop->steps_left--;
    ouro__count(&loop->steps);
    loop->ready = task->ready_next;
    if (!loop->ready)
        loop->ready_end = &loop->ready;
    task->state = OURO__RUNNING;
    return task;
}

OURO_NEVER_RETURNED_FROM static inline int switch_to(struct ouro_loop *loop,
                                                     struct ouro_context *from,
                                                     struct ouro__fiber *from_fiber,
                                                     struct ouro_task *to, bool dying)
{
    loop->current = to;
    ouro__fiber_leave(from_fiber, to ? &to->stack->fiber : &loop->fiber, dying);
    int result = to ? ouro__context_switch(from, &to->context, to->wake_result)
                    : ouro__context_switch(from, &loop->context, 0);
    ouro__fiber_enter(from_fiber, NULL);
    return result;
}

/* Leave the current task, which has been put where something will find it. Returns what it is woken
 * with. From task to task directly where possible: the loop itself is only gone to when the turn is
 * over or nobody is ready. */
static inline int switch_away(struct ouro_loop *loop)
{
    struct ouro_task *self = loop->current, *next = take_ready(loop);
    if (next == self)
        return self->wake_result; /* NOLINT: who leaves is somebody */
    return switch_to(loop, &self->context, &self->stack->fiber, next, false);
}

void ouro__run_ready(struct ouro_loop *loop, uint32_t steps)
{
    loop->steps_left = steps;
    struct ouro_task *first = take_ready(loop);
    if (first)
        switch_to(loop, &loop->context, &loop->fiber, first, false);
}

/* --- spawn ------------------------------------------------------------------------------------ */

OURO_NEVER_RETURNED_FROM static void task_entry(void *arg)
{
    struct ouro_task *task = arg;
    ouro__fiber_enter(&task->stack->fiber, &task->loop->fiber);
    task->started = true;
    int status = task->cancelled ? -ECANCELED : task->fn(task->arg);
    ouro_assert(!task->scope); /* the body returned out of an open scope or group */
    ouro__task_end(task, status);
}

static struct ouro_task *task_on(struct ouro__stack *stack)
{
    uintptr_t top = (uintptr_t)stack - sizeof(struct ouro_task);
    return (void *)(top & ~(uintptr_t)(_Alignof(max_align_t) - 1));
}

/* Whatever can fail comes first, so that a task that exists can run to its end. */
static int reserve_all(struct ouro_task *task)
{
    struct ouro_loop *loop = task->loop;
    if (loop->current && loop->current->locals) {
        int rc = ouro__task_locals_inherit(task, loop->current);
        if (rc < 0)
            return rc;
    }
    int rc = ouro__timers_promise(&loop->timers);
    if (rc < 0)
        ouro__task_extras_end(task);
    return rc;
}

/* One by one: to clear the whole struct first, as an initialiser does, takes the processor longer
 * than all the rest of a spawn. */
static void task_init(struct ouro_task *task, struct ouro__stack *stack)
{
    task->loop = ouro__loop;
    task->stack = stack;
    task->scope = NULL;
    task->timer.place = 0;
    task->timer.kind = OURO__TIMER_TASK;
    task->waiter = (struct ouro__waiter){.task = task};
    task->wake_result = 0;
    task->status = 0;
    task->cancelled = task->started = task->observed = false;
    task->result = NULL;
    task->defers = NULL;
    task->locals = NULL;
    task->group = NULL;
    task->member = (struct ouro_link){0};
    task->waits_for = NULL;
    ouro_list_init(&task->awaiters);
    ouro_list_init(&task->on_done);
}

static void begin(struct ouro_task *task)
{
    struct ouro_loop *loop = task->loop;
    struct ouro__stack *stack = task->stack;
    ouro_list_push(&loop->tasks, &task->live);
    task->number = ++loop->stats.spawned;
    loop->stats.tasks++;
    ouro__fiber_start(&stack->fiber, stack->low, (char *)task, task->name);
    ouro__context_make(&task->context, stack->low, task, task_entry, task);
    ouro__ready(task);
}

int ouro_spawn_at(ouro_task_fn *fn, void *arg, const struct ouro_spawn_options *options,
                  struct ouro_task **ret_task, const char *fn_name, const char *place)
{
    static const struct ouro_spawn_options defaults;
    struct ouro_loop *loop = ouro__loop;
    ouro_assert(loop);
    if (!options)
        options = &defaults;

    struct ouro__stack *stack;
    int rc = ouro__stack_get(&loop->stacks, options->stack_bytes, &stack);
    if (rc < 0)
        return rc;
    struct ouro_task *task = task_on(stack);
    task_init(task, stack);
    task->refs = ret_task ? 2 : 1; /* one is the loop's, until the task ends */
    task->fn = fn;
    task->arg = arg;
    task->arg_done = options->arg_done;
    task->name = options->name ? options->name : fn_name;
    task->place = place;
    rc = reserve_all(task);
    if (rc < 0) {
        ouro__stack_put(&loop->stacks, stack);
        return rc;
    }
    begin(task);
    if (ret_task)
        *ret_task = task;
    return 0;
}

/* --- the end ---------------------------------------------------------------------------------- */

static void release(struct ouro_task *task)
{
    if (!task->observed && task->status < 0 && !(task->cancelled && task->status == -ECANCELED))
        ouro__report_failure(task);
    ouro__timers_unpromise(&task->loop->timers);
    ouro__stack_put(&task->loop->stacks, task->stack);
}

struct ouro_task *ouro_task_ref(struct ouro_task *task)
{
    task->refs++;
    return task;
}

struct ouro_task *ouro_task_unref(struct ouro_task *task)
{
    if (task && --task->refs == 0)
        release(task);
    return NULL;
}

static void tell_awaiters(struct ouro_task *task)
{
    struct ouro_link *link;
    while ((link = ouro_list_first(&task->awaiters))) {
        struct ouro__waiter *waiter = ouro__waiter_of(link);
        int *ret_status = waiter->slot;
        if (ouro__wake(waiter, 0)) {
            task->observed = true;
            if (ret_status)
                *ret_status = task->status;
        }
    }
}

static void tell_callbacks(struct ouro_task *task)
{
    struct ouro_link *link;
    while ((link = ouro_list_pop(&task->on_done))) {
        struct ouro_done_callback *callback = ouro_container(link, struct ouro_done_callback, link);
        task->observed = true;
        callback->fn(callback, task);
    }
}

OURO_NEVER_RETURNED_FROM _Noreturn void ouro__task_end(struct ouro_task *task, int status)
{
    struct ouro_loop *loop = task->loop;
    struct ouro__fiber *fiber = &task->stack->fiber;
    struct ouro_context *context = &task->context;
    ouro_assert(loop == ouro__loop); /* else a forked child, and who is ready is its parent's */

    if (task->defers || task->locals)
        ouro__task_extras_end(task);
    if (task->arg_done)
        task->arg_done(task->arg);
    task->status = status;
    task->state = OURO__DONE;
    loop->current = NULL; /* callbacks run outside any task */
    loop->stats.tasks--;
    ouro_unlink(&task->live);
    tell_awaiters(task);
    tell_callbacks(task);
    if (task->group)
        ouro__group_member_ended(task->group, task);
    /* From here on the memory under our feet may belong to the pool. Nobody takes a stack from it
     * before we have left. */
    ouro_task_unref(task);
    switch_to(loop, context, fiber, take_ready(loop), true);
    __builtin_unreachable();
}

/* --- await, and what can be asked ------------------------------------------------------------- */

int ouro_await(struct ouro_task *task, int64_t deadline, int *ret_status)
{
    int rc = ouro__checkpoint();
    if (rc < 0)
        return rc;
    ouro_assert(task != ouro__loop->current);
    if (task->state != OURO__DONE)
        return ouro__wait(&task->awaiters, ret_status, deadline, "task");
    task->observed = true;
    if (ret_status)
        *ret_status = task->status;
    return 0;
}

struct ouro_link *ouro__task_awaiters(struct ouro_task *task)
{
    return &task->awaiters;
}

struct ouro_task *ouro_task_self(void)
{
    return ouro__loop ? ouro__loop->current : NULL;
}

const char *ouro_task_name(const struct ouro_task *task)
{
    return task->name;
}

bool ouro_task_done(const struct ouro_task *task)
{
    return task->state == OURO__DONE;
}

bool ouro_task_cancelled(const struct ouro_task *task)
{
    return task->state == OURO__DONE && task->cancelled && task->status == -ECANCELED;
}

int ouro_task_status(struct ouro_task *task)
{
    if (task->state != OURO__DONE)
        return -EINPROGRESS;
    task->observed = true;
    return task->status;
}

void *ouro_task_result(const struct ouro_task *task)
{
    return task->result;
}

void ouro_set_result(void *result)
{
    ouro_assert(ouro_task_self());
    ouro__loop->current->result = result;
}

void ouro_task_on_done(struct ouro_task *task, struct ouro_done_callback *callback)
{
    if (task->state != OURO__DONE) {
        ouro_list_push(&task->on_done, &callback->link);
        return;
    }
    task->observed = true;
    callback->link = (struct ouro_link){0};
    callback->fn(callback, task);
}

/* --- waiting ---------------------------------------------------------------------------------- */

int ouro__checkpoint(void)
{
    struct ouro_task *task = ouro__loop ? ouro__loop->current : NULL;
    ouro_assert(task); /* a suspending call outside a task */
    if (!task->scope)
        return task->cancelled ? -ECANCELED : 0;
    if (task->scope->effective <= task->loop->now)
        ouro__scopes_expire(task->scope, task->loop->now);
    return ouro__cancel_reaches(task) ? -ECANCELED : 0;
}

bool ouro__past(int64_t deadline)
{
    return deadline <= ouro__loop->now;
}

static int64_t earlier(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static int suspend(struct ouro_task *task, int64_t deadline, int timeout_result, const char *what)
{
    struct ouro_loop *loop = task->loop;
    int64_t until = task->scope ? earlier(deadline, task->scope->effective) : deadline;
    if (until != OURO_FOREVER) {
        task->leaf_deadline = deadline;
        task->timeout_result = timeout_result;
        task->timer.when = until;
        ouro__timers_add(&loop->timers, &task->timer, loop->now);
    }
    task->state = OURO__WAITING;
    task->waits_for = what;
    task->waits_since = loop->now;
    return switch_away(loop);
}

int ouro__suspend(int64_t deadline, const char *what)
{
    struct ouro_loop *loop = ouro__loop;
    if (deadline <= loop->now)
        return -ETIMEDOUT;
    return suspend(loop->current, deadline, -ETIMEDOUT, what);
}

int ouro__wait_with(struct ouro_link *list, void *slot, ouro__woken_fn *woken, int64_t deadline,
                    const char *what)
{
    struct ouro_loop *loop = ouro__loop;
    struct ouro_task *task = loop->current;
    if (deadline <= loop->now)
        return -ETIMEDOUT;
    task->waiter.slot = slot;
    task->waiter.woken = woken;
    if (list)
        ouro_list_push(list, &task->waiter.link);
    return suspend(task, deadline, -ETIMEDOUT, what);
}

int ouro__wait(struct ouro_link *list, void *slot, int64_t deadline, const char *what)
{
    return ouro__wait_with(list, slot, NULL, deadline, what);
}

void ouro__resume(struct ouro__waiter *waiter, int result)
{
    struct ouro_task *task = waiter->task;
    ouro_unlink(&task->waiter.link);
    task->waiter.woken = NULL;
    if (task->timer.place)
        ouro__timers_remove(&task->loop->timers, &task->timer);
    task->wake_result = result;
    ouro__ready(task);
}

bool ouro__wake(struct ouro__waiter *waiter, int result)
{
    struct ouro_task *task = waiter->task;
    if (task->state != OURO__WAITING)
        return false;
    if (waiter->woken)
        waiter->woken(waiter, result);
    else
        ouro__resume(waiter, result);
    return true;
}

size_t ouro__wake_all(struct ouro_link *list, int result)
{
    size_t woken = 0;
    struct ouro_link *link;
    while ((link = ouro_list_first(list)))
        woken += ouro__wake(ouro__waiter_of(link), result);
    return woken;
}

void ouro__task_timer_fired(struct ouro_task *task)
{
    bool scope_first = task->scope && task->scope->effective <= task->leaf_deadline;
    ouro__timers_remove(&task->loop->timers, &task->timer);
    if (scope_first)
        ouro__scopes_expire(task->scope, task->loop->now);
    ouro__wake(&task->waiter, scope_first ? -ECANCELED : task->timeout_result);
}

/* --- cancellation and scopes ------------------------------------------------------------------ */

bool ouro__cancel_reaches(const struct ouro_task *task)
{
    for (const struct ouro_scope *scope = task->scope; scope; scope = scope->outer) {
        if (scope->cancelled)
            return true;
        if (scope->shield)
            return false;
    }
    return task->cancelled;
}

void ouro__scopes_expire(struct ouro_scope *innermost, int64_t now)
{
    for (struct ouro_scope *scope = innermost; scope; scope = scope->outer) {
        if (scope->deadline <= now) {
            scope->timed_out |= !scope->cancelled; /* whichever was first is told */
            scope->cancelled = true;
        }
        if (scope->shield)
            break;
    }
}

static void interrupt_if_reached(struct ouro_task *task)
{
    if (task->state == OURO__WAITING && ouro__cancel_reaches(task))
        ouro__wake(&task->waiter, -ECANCELED);
}

int ouro_cancel(struct ouro_task *task)
{
    if (task->state == OURO__DONE)
        return -EALREADY;
    task->cancelled = true;
    interrupt_if_reached(task);
    return 0;
}

static void scope_open(struct ouro_scope *scope, int64_t deadline, bool shield)
{
    struct ouro_task *task = ouro__loop->current;
    ouro_assert(task);
    struct ouro_scope *outer = task->scope;
    *scope = (struct ouro_scope){
        .outer = outer,
        .task = task,
        .deadline = deadline,
        .effective = outer && !shield ? earlier(deadline, outer->effective) : deadline,
        .shield = shield,
    };
    task->scope = scope;
}

void ouro_scope_open(struct ouro_scope *scope, int64_t deadline)
{
    scope_open(scope, deadline, false);
}

void ouro_shield_open(struct ouro_scope *scope, int64_t deadline)
{
    scope_open(scope, deadline, true);
}

void ouro_scope_cancel(struct ouro_scope *scope)
{
    scope->cancelled = true;
    interrupt_if_reached(scope->task);
}

int ouro_scope_close(struct ouro_scope *scope)
{
    ouro_assert(scope->task->scope == scope); /* opened and closed in strict nesting */
    scope->task->scope = scope->outer;
    if (scope->timed_out)
        return -ETIMEDOUT;
    return scope->cancelled ? -ECANCELED : 0;
}

/* --- sleep and yield -------------------------------------------------------------------------- */

int ouro_yield(void)
{
    int rc = ouro__checkpoint();
    if (rc < 0)
        return rc;
    struct ouro_loop *loop = ouro__loop;
    loop->current->wake_result = 0;
    ouro__ready(loop->current);
    return switch_away(loop);
}

void ouro__give_way(int64_t deadline)
{
    struct ouro_loop *loop = ouro__loop;
    uint64_t step = atomic_load_explicit(&loop->steps, memory_order_relaxed);
    if (loop->lucky_step != step) {
        loop->lucky_step = step;
        loop->lucky_calls = 0;
    }
    if (++loop->lucky_calls < OURO__LUCKY_CALLS_MAX || deadline <= loop->now)
        return;
    loop->steps_left = 0;
    loop->turn_over = true;
    ouro_yield(); /* a cancellation is met by the next call */
}

int ouro_sleep_until(int64_t when)
{
    int rc = ouro__checkpoint();
    if (rc < 0)
        return rc;
    if (when <= ouro__loop->now)
        return ouro_yield();
    return suspend(ouro__loop->current, when, 0, "sleep");
}

int ouro_sleep(int64_t ns)
{
    return ouro_sleep_until(ouro_after(ns));
}
