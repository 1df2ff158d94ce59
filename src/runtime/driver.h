/* SPDX-License-Identifier: MIT */
/* Where a loop gets time, events and chance from. The only place of the house that asks the kernel
 * for them, so that the whole house can be run on a simulated twin. */
#ifndef OURO_RUNTIME_DRIVER_H
#define OURO_RUNTIME_DRIVER_H

#include "ouro/runtime.h"

struct ouro__io;
struct ouro__io_set;
struct ouro__driver;

struct ouro__driver_ops {
    int64_t (*now)(struct ouro__driver *driver);
    int64_t (*wall)(struct ouro__driver *driver); /* since 1970 */
    /* Wait for events until that time, a wake or a signal, and deliver them with ouro__io_event().
     * `until` in the past: look without waiting, which may be left out if it was done just now.
     * Counts polls and idle time. Returns the time after it. */
    int64_t (*poll)(struct ouro__driver *driver, int64_t until);
    /* End a poll that waits, or the next one. Any thread. */
    void (*wake)(struct ouro__driver *driver);
    int (*watch)(struct ouro__driver *driver, struct ouro__io *io);
    void (*unwatch)(struct ouro__driver *driver, struct ouro__io *io);
    /* Sets of descriptors apart from those that poll() looks at; NULL where descriptors can't be
     * watched. See runtime/wait.h. */
    int (*set_open)(struct ouro__driver *driver, struct ouro__io_set *set);
    void (*set_close)(struct ouro__driver *driver, struct ouro__io_set *set);
    int (*move)(struct ouro__driver *driver, struct ouro__io *io, struct ouro__io_set *set);
    void (*look)(struct ouro__driver *driver, struct ouro__io_set *set);
    uint64_t (*random)(struct ouro__driver *driver);
    void (*free)(struct ouro__driver *driver);
    /* For a world that looks at each step, or chooses it; NULL in one that does not: */
    void (*turn)(struct ouro__driver *driver); /* in place of ouro__run_ready() */
    void (*fires)(struct ouro__driver *driver, const struct ouro_timer *timer); /* a callback's */
};

struct ouro__driver {
    const struct ouro__driver_ops *ops;
    struct ouro_loop *loop;
};

/* The real one: CLOCK_MONOTONIC, epoll, getrandom. 0, -ENOMEM, -EMFILE, -ENFILE. */
int ouro__driver_epoll_new(struct ouro_loop *loop, struct ouro__driver **ret_driver);
/* What a simulated world is made from. */
struct ouro__sim_setup {
    uint64_t seed;
    struct ouro_sim_options options;
};
/* The simulated one. 0 or -ENOMEM. */
int ouro__driver_sim_new(struct ouro_loop *loop, const struct ouro__sim_setup *setup,
                         struct ouro__driver **ret_driver);
/* Has it been stopped because its time was over? */
bool ouro__driver_sim_is_over(struct ouro__driver *driver);

#endif
