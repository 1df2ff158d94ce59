/* SPDX-License-Identifier: MIT */
/* The loop: posts, ready tasks, timers, kernel, and round again. */
#include "runtime/loop.h"

#include <pthread.h>
#include <stdlib.h>
#include <time.h>

_Thread_local struct ouro_loop *ouro__loop;

/* A forked child shares the loop's descriptors with its parent: one more step of its copy would
 * take events that are the parent's. */
static void forget_the_loop(void)
{
    ouro__loop = NULL;
    ouro__loops_forget();
}

__attribute__((constructor)) static void prepare_for_forks(void)
{
    pthread_atfork(NULL, NULL, forget_the_loop);
}

/* --- life ------------------------------------------------------------------------------------- */

/* Which world the loop stands in: NULL is the real one. */
static int driver_new(struct ouro_loop *loop, const struct ouro__sim_setup *sim)
{
    return sim ? ouro__driver_sim_new(loop, sim, &loop->driver)
               : ouro__driver_epoll_new(loop, &loop->driver);
}

static int loop_new(const struct ouro__sim_setup *sim, struct ouro_loop **ret_loop)
{
    if (ouro__loop)
        return -EBUSY;
    struct ouro_loop *loop = calloc(1, sizeof *loop);
    if (!loop)
        return -ENOMEM;
    int rc = driver_new(loop, sim);
    if (rc < 0) {
        free(loop);
        return rc;
    }
    loop->ready_end = &loop->ready;
    ouro_list_init(&loop->tasks);
    ouro__stacks_init(&loop->stacks);
    ouro__fiber_of_thread(&loop->fiber);
    atomic_init(&loop->refs, 1);
    loop->now = loop->driver->ops->now(loop->driver);
    ouro__loop = loop;
    ouro__loops_add(loop);
    ouro__asan_names_tasks();
    *ret_loop = loop;
    return 0;
}

int ouro_loop_new(struct ouro_loop **ret_loop)
{
    return loop_new(NULL, ret_loop);
}

struct ouro_loop *ouro_loop_ref(struct ouro_loop *loop)
{
    atomic_fetch_add_explicit(&loop->refs, 1, memory_order_relaxed);
    return loop;
}

/* The driver goes with the last reference: a thread that has posted may still be about to wake it.
 */
struct ouro_loop *ouro_loop_unref(struct ouro_loop *loop)
{
    if (loop && atomic_fetch_sub_explicit(&loop->refs, 1, memory_order_acq_rel) == 1) {
        loop->driver->ops->free(loop->driver);
        free(loop);
    }
    return NULL;
}

void ouro__loop_cancel_all(struct ouro_loop *loop)
{
    ouro_list_each (link, &loop->tasks)
        ouro_cancel(ouro_container(link, struct ouro_task, live));
}

/* Cancelled tasks may spawn others while they clean up: until none is left. The newest ends last,
 * as a rule: once round the list is nearly always enough. */
static void end_all(struct ouro_loop *loop)
{
    while (!ouro_list_empty(&loop->tasks)) {
        ouro__loop_cancel_all(loop);
        struct ouro_link *newest = loop->tasks.prev;
        struct ouro_task *task = ouro_task_ref(ouro_container(newest, struct ouro_task, live));
        int rc = ouro__loop_turn_until(loop, task);
        if (rc < 0)
            ouro__deadlock_report(loop);
        ouro_assert(rc == 0); /* a cancelled task that waits for what can't come */
        ouro_task_unref(task);
    }
}

/* When all tasks have ended and only armed callbacks are in the heap, every other place in it is
 * promised to a task that somebody still holds. */
static void warn_of_held_tasks(const struct ouro_loop *loop)
{
    size_t held = loop->timers.promised - loop->timers.count;
    if (held > 0)
        ouro_log(OURO_LOG_WARN, "the loop ends, and %zu of its tasks are still referenced", held);
}

struct ouro_loop *ouro_loop_free(struct ouro_loop *loop)
{
    if (!loop)
        return NULL;
    ouro_assert(loop == ouro__loop && !loop->running);
    ouro__loops_remove(loop);
    end_all(loop);
    ouro__posts_close(loop);
    end_all(loop); /* of what the last posts have spawned */
    warn_of_held_tasks(loop);
    ouro_watchdog_stop(loop);
    ouro__timers_done(&loop->timers);
    ouro__stacks_done(&loop->stacks);
    ouro__loop = NULL;
    return ouro_loop_unref(loop);
}

/* --- running ---------------------------------------------------------------------------------- */

static void fire(struct ouro_loop *loop, struct ouro__timer_entry first)
{
    struct ouro_timer *timer = first.timer;
    int64_t late = loop->now - first.when;
    if (late > loop->stats.late_ns_max)
        loop->stats.late_ns_max = late;
    loop->stats.late_ns_total += late;
    loop->stats.timers++;
    if (timer->kind == OURO__TIMER_TASK) {
        ouro__task_timer_fired(ouro_container(timer, struct ouro_task, timer));
        return;
    }
    ouro_timer_stop(timer);
    if (loop->driver->ops->fires)
        loop->driver->ops->fires(loop->driver, timer);
    timer->fn(timer);
}

/* What a callback starts for a time that has passed waits for the next turn, or one that is always
 * late would keep the loop here. It stands behind all that were due before. */
static void fire_due(struct ouro_loop *loop)
{
    const struct ouro__timers *timers = &loop->timers;
    uint64_t later = timers->started;
    while (ouro__timers_next(timers) <= loop->now && timers->heap[0].timer->order < later)
        fire(loop, timers->heap[0]);
}

/* The references come before the inbox: who gives the last one back has posted before. */
static bool nothing_can_come(const struct ouro_loop *loop)
{
    return ouro__timers_next(&loop->timers) == OURO_FOREVER && loop->ios == 0 &&
           loop->external == 0 && atomic_load(&loop->refs) == 1 && !ouro__posts_waiting(loop);
}

static void poll_until(struct ouro_loop *loop, int64_t until)
{
    loop->now = loop->driver->ops->poll(loop->driver, until);
    fire_due(loop);
}

static void run_turn(struct ouro_loop *loop)
{
    if (loop->driver->ops->turn)
        loop->driver->ops->turn(loop->driver);
    else if (ouro__under_valgrind())
        ouro__run_ready_under_valgrind(loop, OURO__STEPS_PER_TURN);
    else
        ouro__run_ready(loop, OURO__STEPS_PER_TURN);
}

static bool is_over(const struct ouro_loop *loop, const struct ouro_task *until)
{
    return until ? until->state == OURO__DONE : atomic_load(&loop->stop);
}

static int rest(struct ouro_loop *loop, const struct ouro_task *until)
{
    if (until && nothing_can_come(loop))
        return -OURO_EDEADLOCK;
    poll_until(loop, ouro__timers_next(&loop->timers));
    return 0;
}

int ouro__loop_turn_until(struct ouro_loop *loop, const struct ouro_task *until)
{
    ouro_assert(!loop->running); /* a callback must not run the loop that runs it */
    atomic_store_explicit(&loop->running, true, memory_order_relaxed);
    loop->now = loop->driver->ops->now(loop->driver); /* it was not looked at between runs */
    int rc = 0;
    while (rc == 0 && !is_over(loop, until)) {
        ouro_assert(ouro__loop == loop); /* else this is a forked child */
        ouro__count(&loop->turns);
        if (ouro__posts_waiting(loop))
            ouro__posts_run(loop);
        run_turn(loop);
        if (ouro__stacks_want_trim(&loop->stacks))
            ouro__stacks_trim(&loop->stacks);
        if (loop->ready || ouro__posts_waiting(loop))
            poll_until(loop, 0);
        else if (!is_over(loop, until))
            rc = rest(loop, until);
    }
    atomic_store_explicit(&loop->running, false, memory_order_relaxed);
    return rc;
}

/* The task that the run is about is cancelled first; the others may have waited since an earlier
 * run and be in the right. What it insists on waiting for, shielded, must end as well. */
static void break_deadlock(struct ouro_loop *loop, struct ouro_task *task)
{
    ouro__deadlock_report(loop);
    ouro_cancel(task);
    if (ouro__loop_turn_until(loop, task) == 0)
        return;
    ouro__loop_cancel_all(loop);
    ouro__loop_turn_until(loop, task);
}

int ouro_loop_run_at(struct ouro_loop *loop, ouro_task_fn *fn, void *arg, const char *fn_name,
                     const char *place)
{
    ouro_assert(loop == ouro__loop);
    struct ouro_task *task;
    int rc = ouro_spawn_at(fn, arg, NULL, &task, fn_name, place);
    if (rc < 0)
        return rc;
    rc = ouro__loop_turn_until(loop, task);
    if (rc == -OURO_EDEADLOCK)
        break_deadlock(loop, task);
    int status = ouro_task_status(task);
    ouro_task_unref(task);
    return rc < 0 ? rc : status;
}

int ouro_loop_run_forever(struct ouro_loop *loop)
{
    ouro_assert(loop == ouro__loop);
    int rc = ouro__loop_turn_until(loop, NULL);
    atomic_store(&loop->stop, false);
    return rc;
}

void ouro_loop_stop(struct ouro_loop *loop)
{
    atomic_store(&loop->stop, true);
    loop->driver->ops->wake(loop->driver);
}

static int run(const struct ouro__sim_setup *sim, ouro_task_fn *fn, void *arg, const char *fn_name,
               const char *place)
{
    struct ouro_loop *loop;
    int rc = loop_new(sim, &loop);
    if (rc < 0)
        return rc;
    rc = ouro_loop_run_at(loop, fn, arg, fn_name, place);
    if (sim && ouro__driver_sim_is_over(loop->driver))
        rc = -ETIMEDOUT;
    ouro_loop_free(loop);
    return rc;
}

int ouro_run_at(ouro_task_fn *fn, void *arg, const char *fn_name, const char *place)
{
    return run(NULL, fn, arg, fn_name, place);
}

int ouro_sim_run_at(uint64_t seed, const struct ouro_sim_options *options, ouro_task_fn *fn,
                    void *arg, const char *fn_name, const char *place)
{
    struct ouro__sim_setup sim = {.seed = seed};
    if (options)
        sim.options = *options;
    return run(&sim, fn, arg, fn_name, place);
}

/* --- what can be asked ------------------------------------------------------------------------ */

struct ouro_loop *ouro_loop_self(void)
{
    return ouro__loop;
}

struct ouro_loop_stats ouro_loop_stats(const struct ouro_loop *loop)
{
    struct ouro_loop_stats stats = loop->stats;
    stats.steps = loop->steps;
    stats.long_steps = loop->long_steps;
    stats.stacks_kept = loop->stacks.warm_count;
    return stats;
}

int64_t ouro_now(void)
{
    if (ouro__loop)
        return ouro__loop->driver->ops->now(ouro__loop->driver);
    struct timespec now; /* a thread without a loop */
    clock_gettime(CLOCK_MONOTONIC, &now);
    return OURO_SEC(now.tv_sec) + now.tv_nsec;
}

int64_t ouro__loop_time(void)
{
    return ouro__loop->now;
}

int64_t ouro_after(int64_t ns)
{
    int64_t now = ouro_now();
    return ns >= OURO_FOREVER - now ? OURO_FOREVER : now + ns;
}

uint64_t ouro_random(void)
{
    return ouro__loop->driver->ops->random(ouro__loop->driver);
}

int64_t ouro_wall_time(void)
{
    if (ouro__loop)
        return ouro__loop->driver->ops->wall(ouro__loop->driver);
    struct timespec now; /* a thread without a loop */
    clock_gettime(CLOCK_REALTIME, &now);
    return OURO_SEC(now.tv_sec) + now.tv_nsec;
}

/* --- timers ----------------------------------------------------------------------------------- */

int ouro_timer_start(struct ouro_timer *timer, int64_t when)
{
    ouro_timer_stop(timer);
    int rc = ouro__timers_promise(&ouro__loop->timers);
    if (rc < 0)
        return rc;
    timer->when = when;
    timer->kind = OURO__TIMER_CALLBACK;
    ouro__timers_add(&ouro__loop->timers, timer, ouro__loop->now);
    return 0;
}

void ouro_timer_stop(struct ouro_timer *timer)
{
    if (!timer->place)
        return;
    ouro__timers_remove(&ouro__loop->timers, timer);
    ouro__timers_unpromise(&ouro__loop->timers);
}

/* --- what comes from elsewhere ---------------------------------------------------------------- */

void ouro__external_hold(struct ouro_loop *loop)
{
    loop->external++;
}

void ouro__external_drop(struct ouro_loop *loop)
{
    loop->external--;
}
