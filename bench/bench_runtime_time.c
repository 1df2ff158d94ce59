/* SPDX-License-Identifier: MIT */
/* What timers cost, and how late a sleeper wakes. */
#include "bench_runtime.h"
#include "measure.h"

#include <ouro/sync.h>

#include <stdlib.h>
#include <time.h>

enum { TIMERS = 1000000, OTHERS = 100000, STOPS = 1000000, SLEEPS = 200 };

struct alarm_clock {
    struct ouro_timer timer;
    struct ouro_event *all_fired; /* to be set by the last */
};

static size_t left; /* that have not fired yet */

static void on_fire(struct ouro_timer *timer)
{
    struct alarm_clock *clock = ouro_container(timer, struct alarm_clock, timer);
    if (--left == 0)
        ouro_event_set(clock->all_fired);
}

/* Start so many at random times from now on. */
static int start_all(struct alarm_clock *clocks, size_t count, int64_t within_ns,
                     struct ouro_event *all_fired)
{
    struct ouro_rng rng;
    ouro_rng_seed(&rng, 1);
    int64_t now = ouro_now();
    int rc = 0;
    left = count;
    for (size_t i = 0; i < count && rc == 0; i++) {
        clocks[i] = (struct alarm_clock){.timer.fn = on_fire, .all_fired = all_fired};
        int64_t when = now + (int64_t)ouro_rng_below(&rng, (uint32_t)within_ns);
        rc = ouro_timer_start(&clocks[i].timer, when);
    }
    return rc;
}

/* Let all fall due while the loop stands still, so that its sleeping is not in the figure. */
static void stand_still_until(int64_t when)
{
    struct timespec until = {.tv_sec = when / OURO_SEC(1), .tv_nsec = when % OURO_SEC(1)};
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL) == EINTR) {
    }
}

/* Armed at random times, and fired in their order. */
int bench_timer_fired(void *ret_ns)
{
    struct ouro_event all_fired;
    struct alarm_clock *clocks = calloc(TIMERS, sizeof *clocks);
    if (!clocks)
        return -ENOMEM;
    ouro_event_init(&all_fired);
    int64_t start = bench_thread_cpu_ns();
    int rc = start_all(clocks, TIMERS, OURO_MS(100), &all_fired);
    stand_still_until(ouro_after(OURO_MS(100)));
    if (rc == 0)
        ouro_event_wait(&all_fired, OURO_FOREVER);
    *(double *)ret_ns = (double)(bench_thread_cpu_ns() - start) / TIMERS;
    for (size_t i = 0; i < TIMERS; i++)
        ouro_timer_stop(&clocks[i].timer); /* after a failure some are still armed */
    ouro_event_done(&all_fired);
    free(clocks);
    return rc;
}

static int start_and_stop_often(void)
{
    struct ouro_timer timer = {.fn = on_fire};
    struct ouro_rng rng;
    ouro_rng_seed(&rng, 2);
    int64_t now = ouro_now();
    int rc = 0;
    for (int i = 0; i < STOPS && rc == 0; i++) {
        rc = ouro_timer_start(&timer, now + (int64_t)ouro_rng_below(&rng, UINT32_MAX));
        ouro_timer_stop(&timer);
    }
    return rc;
}

/* What a deadline costs that is not met, beside many others: armed at a random time, and stopped.
 */
int bench_timer_stopped(void *ret_ns)
{
    struct alarm_clock *others = calloc(OTHERS, sizeof *others);
    if (!others)
        return -ENOMEM;
    int rc = start_all(others, OTHERS, UINT32_MAX, NULL);
    int64_t start = bench_thread_cpu_ns();
    if (rc == 0)
        rc = start_and_stop_often();
    *(double *)ret_ns = (double)(bench_thread_cpu_ns() - start) / STOPS;
    for (size_t i = 0; i < OTHERS; i++)
        ouro_timer_stop(&others[i].timer);
    free(others);
    return rc;
}

/* How long after its time a sleeper goes on, in an idle loop. */
int bench_sleep(void *ret_us)
{
    double late[SLEEPS];
    for (int i = 0; i < SLEEPS; i++) {
        int64_t when = ouro_after(OURO_MS(2));
        ouro_sleep_until(when);
        late[i] = (double)(ouro_now() - when) / 1000;
    }
    bench_percentiles(late, SLEEPS, ret_us);
    return 0;
}
