/* SPDX-License-Identifier: MIT */
/* The simulated world: time that jumps to where something happens, chance from a seed, no kernel.
 */
#include "runtime/sim.h"
#include "runtime/trace.h"

#include <inttypes.h>
#include <sched.h>
#include <stdlib.h>

/* Busy tasks can't stop the time. */
#define TURN_NS_DEFAULT OURO_US(1)
/* What is cancelled because the time is over has this long to clean up. */
#define CLEAN_UP_NS_MAX OURO_SEC(60)

struct sim_driver {
    struct ouro__driver base;
    struct ouro_sim_options options;
    int64_t now;
    int64_t end; /* of the run, or of cleaning up after it */
    bool over;
    struct ouro_rng rng;   /* the program's */
    struct ouro_rng order; /* of its own, so that shuffling does not change the program's luck */
    struct ouro__trace trace;
    struct ouro__sim_part *network;
};

static struct sim_driver *self(struct ouro__driver *driver)
{
    return ouro_container(driver, struct sim_driver, base);
}

/* --- the clock -------------------------------------------------------------------------------- */

static int64_t sim_now(struct ouro__driver *driver)
{
    return self(driver)->now;
}

static int64_t sim_wall(struct ouro__driver *driver)
{
    return OURO_SIM_WALL_TIME + self(driver)->now;
}

/* Not beyond the next timer: those fire at their time, however busy the tasks are. */
static int64_t after_busy_turn(const struct sim_driver *driver)
{
    int64_t next = ouro__timers_next(&driver->base.loop->timers);
    int64_t after = driver->now + driver->options.turn_ns;
    return next > driver->now && next < after ? next : after;
}

static void out_of_time(struct sim_driver *driver)
{
    ouro_assert(!driver->over); /* a cancelled task that goes on and on: nothing can stop it */
    ouro_log(OURO_LOG_ERROR, "the simulation is not over after %" PRId64 " ns: cancelling it",
             driver->now);
    driver->over = true;
    driver->end = driver->now + CLEAN_UP_NS_MAX;
    ouro__loop_cancel_all(driver->base.loop);
}

static void jump(struct sim_driver *driver, int64_t to)
{
    driver->now = to < driver->end ? to : driver->end;
    if (driver->now == driver->end)
        out_of_time(driver);
}

/* Nothing happens between two timers. Without any, only another thread can go on: give it way. */
static int64_t sim_poll(struct ouro__driver *base, int64_t until)
{
    struct sim_driver *driver = self(base);
    struct ouro_loop_stats *stats = &base->loop->stats;
    int64_t before = driver->now;
    stats->polls++;
    if (until <= before) {
        jump(driver, after_busy_turn(driver));
    } else if (until == OURO_FOREVER) {
        sched_yield();
    } else {
        jump(driver, until);
        stats->idle_ns += driver->now - before;
    }
    return driver->now;
}

bool ouro__driver_sim_is_over(struct ouro__driver *driver)
{
    return self(driver)->over;
}

/* --- steps that are chosen or seen ------------------------------------------------------------ */

static uint32_t count_ready(const struct ouro_loop *loop, uint32_t max)
{
    uint32_t count = 0;
    for (const struct ouro_task *task = loop->ready; task && count < max; task = task->ready_next)
        count++;
    return count;
}

/* Let who stands that many places behind the first overtake all before it. */
static void bring_forward(struct ouro_loop *loop, uint32_t places)
{
    if (places == 0)
        return;
    struct ouro_task **at = &loop->ready;
    for (; places > 0 && *at; places--)
        at = &(*at)->ready_next;
    struct ouro_task *chosen = *at;
    ouro_assert(chosen);
    *at = chosen->ready_next;
    if (!*at)
        loop->ready_end = at;
    chosen->ready_next = loop->ready;
    loop->ready = chosen;
}

static void step(struct sim_driver *driver, struct ouro_loop *loop)
{
    if (driver->options.shuffle)
        bring_forward(loop,
                      ouro_rng_below(&driver->order, count_ready(loop, OURO_SIM_SHUFFLE_MAX)));
    if (!driver->trace.sink) {
        ouro__run_ready(loop, 1);
        return;
    }
    struct ouro_task *task = ouro_task_ref(loop->ready);
    ouro__trace_step_begins(&driver->trace, task);
    ouro__run_ready(loop, 1);
    ouro__trace_step_ended(&driver->trace, task);
    ouro_task_unref(task);
}

/* As a turn that nobody looks at, but task by task, each coming back to the loop. */
static void sim_turn(struct ouro__driver *base)
{
    struct ouro_loop *loop = base->loop;
    loop->turn_over = false;
    for (int steps = 0; steps < OURO__STEPS_PER_TURN && loop->ready && !loop->turn_over; steps++)
        step(self(base), loop);
}

static void sim_fires(struct ouro__driver *base, const struct ouro_timer *timer)
{
    struct ouro__trace *trace = &self(base)->trace;
    if (trace->sink)
        ouro__trace_timer(trace, base->loop, timer);
}

/* --- what there is not ------------------------------------------------------------------------ */

static void sim_wake(struct ouro__driver *driver)
{
    (void)driver; /* never asleep */
}

static int sim_watch(struct ouro__driver *driver, struct ouro__io *io)
{
    (void)driver, (void)io;
    return -ENOTSUP; /* there are no file descriptors in here */
}

static void sim_unwatch(struct ouro__driver *driver, struct ouro__io *io)
{
    (void)driver, (void)io;
}

/* --- for the rooms above ---------------------------------------------------------------------- */

static struct sim_driver *world(void)
{
    ouro_assert(ouro__loop && ouro__loop_is_simulated(ouro__loop));
    return self(ouro__loop->driver);
}

struct ouro__sim_part **ouro__sim_network(void)
{
    return &world()->network;
}

bool ouro__sim_is_traced(void)
{
    return world()->trace.sink != NULL;
}

void ouro__sim_tell(const char *fmt, ...)
{
    struct sim_driver *driver = world();
    va_list args;
    va_start(args, fmt);
    if (driver->trace.sink)
        ouro__trace_text(&driver->trace, driver->base.loop, fmt, args);
    va_end(args);
}

/* --- life ------------------------------------------------------------------------------------- */

static uint64_t sim_random(struct ouro__driver *driver)
{
    return ouro_rng_next(&self(driver)->rng);
}

static void sim_free(struct ouro__driver *base)
{
    struct sim_driver *driver = self(base);
    if (driver->network)
        driver->network->free(driver->network);
    free(driver);
}

/* Nobody looks and nobody chooses: tasks hand over to each other without the loop, as in reality.
 */
static const struct ouro__driver_ops sim_ops = {
    .now = sim_now,
    .wall = sim_wall,
    .poll = sim_poll,
    .wake = sim_wake,
    .watch = sim_watch,
    .unwatch = sim_unwatch,
    .random = sim_random,
    .free = sim_free,
};

static const struct ouro__driver_ops sim_stepwise_ops = {
    .now = sim_now,
    .wall = sim_wall,
    .poll = sim_poll,
    .wake = sim_wake,
    .watch = sim_watch,
    .unwatch = sim_unwatch,
    .random = sim_random,
    .free = sim_free,
    .turn = sim_turn,
    .fires = sim_fires,
};

static void set_options(struct sim_driver *driver, const struct ouro_sim_options *options)
{
    driver->options = *options;
    if (!driver->options.turn_ns)
        driver->options.turn_ns = TURN_NS_DEFAULT;
    driver->end = options->time_ns_max ? options->time_ns_max : OURO_FOREVER;
    driver->trace = (struct ouro__trace){.sink = options->trace, .ud = options->ud};
    driver->base.ops = options->shuffle || options->trace ? &sim_stepwise_ops : &sim_ops;
}

int ouro__driver_sim_new(struct ouro_loop *loop, const struct ouro__sim_setup *setup,
                         struct ouro__driver **ret_driver)
{
    struct sim_driver *driver = calloc(1, sizeof *driver);
    if (!driver)
        return -ENOMEM;
    driver->base.loop = loop;
    set_options(driver, &setup->options);
    ouro_rng_seed(&driver->rng, setup->seed);
    ouro_rng_seed(&driver->order, ~setup->seed);
    *ret_driver = &driver->base;
    return 0;
}
