/* SPDX-License-Identifier: MIT */
/* The simulated world: time that jumps to where something happens, chance from a seed, no kernel.
 */
#include "runtime/loop.h"

#include <sched.h>
#include <stdlib.h>

/* Busy tasks can't stop the time. */
#define TURN_NS_DEFAULT OURO_US(1)

struct sim_driver {
    struct ouro__driver base;
    struct ouro_sim_options options;
    int64_t now;
    struct ouro_rng rng;
};

static struct sim_driver *self(struct ouro__driver *driver)
{
    return ouro_container(driver, struct sim_driver, base);
}

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

/* Nothing happens between two timers. Without any, only another thread can go on: give it way. */
static int64_t sim_poll(struct ouro__driver *base, int64_t until)
{
    struct sim_driver *driver = self(base);
    struct ouro_loop_stats *stats = &base->loop->stats;
    stats->polls++;
    if (until <= driver->now) {
        driver->now = after_busy_turn(driver);
    } else if (until == OURO_FOREVER) {
        sched_yield();
    } else {
        stats->idle_ns += until - driver->now;
        driver->now = until;
    }
    return driver->now;
}

static void sim_wake(struct ouro__driver *driver)
{
    (void)driver; /* never asleep */
}

static int sim_watch(struct ouro__driver *driver, struct ouro__io *io)
{
    (void)driver, (void)io;
    return -ENOTSUP; /* there are no file descriptors in here; use in-memory streams */
}

static void sim_unwatch(struct ouro__driver *driver, struct ouro__io *io)
{
    (void)driver, (void)io;
}

static uint64_t sim_random(struct ouro__driver *driver)
{
    return ouro_rng_next(&self(driver)->rng);
}

static void sim_free(struct ouro__driver *driver)
{
    free(self(driver));
}

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

int ouro__driver_sim_new(struct ouro_loop *loop, const struct ouro__sim_setup *setup,
                         struct ouro__driver **ret_driver)
{
    struct sim_driver *driver = calloc(1, sizeof *driver);
    if (!driver)
        return -ENOMEM;
    driver->base = (struct ouro__driver){.ops = &sim_ops, .loop = loop};
    driver->options = setup->options;
    if (!driver->options.turn_ns)
        driver->options.turn_ns = TURN_NS_DEFAULT;
    ouro_rng_seed(&driver->rng, setup->seed);
    *ret_driver = &driver->base;
    return 0;
}
