/* SPDX-License-Identifier: MIT */
#include "bench_arena.h"

#include <errno.h>
#include <stdlib.h>
#include <time.h>

#include "measure.h"
#include "process.h"

#define WATCHED        8
#define START_NS_MAX   (10 * BENCH_SEC)
#define CONNECT_NS_MAX (120 * BENCH_SEC)

struct run {
    const struct arena_run_options *options;
    struct bench_process server;
    struct arena_load *load;
    struct arena_watch *watch; /* NULL: nobody looks */
    struct tick_log *log;
    struct bench_reading empty, idle, before, after;
};

/* --- clients --------------------------------------------------------------------------------- */

static void on_watched(size_t client, const char *payload, size_t len, bool text, void *ud)
{
    struct run *run = ud;
    uint32_t tick;
    int x, y;
    if (arena_watch_message(run->watch, client, payload, len, text) == 1 &&
        arena_load_place(run->load, client, &tick, &x, &y) == 0)
        arena_watch_compare(run->watch, client, tick, x, y);
}

static int make_load(struct run *run, size_t clients, struct arena_load **ret)
{
    struct arena_load_options options = run->options->load;
    options.port = run->server.port;
    options.clients = clients;
    options.watched = run->watch && clients > WATCHED ? WATCHED : 0;
    options.on_watched = on_watched;
    options.ud = run;
    return arena_load_new(&options, run->log, ret);
}

/* --- phases ---------------------------------------------------------------------------------- */

/* One comes before memory is read: the world, and what is loaded at the first connection, is no
 * connection's. It stays until all are there, so that the room does. */
static int connect_all(struct run *run)
{
    struct arena_load *first = NULL;
    int64_t deadline = bench_now() + CONNECT_NS_MAX;
    int r = make_load(run, 1, &first);
    if (r == 0 && !run->options->load.bare)
        r = arena_load_connect(first, deadline);
    if (r == 0)
        r = bench_read(run->server.pid, &run->empty);
    if (r == 0)
        r = make_load(run, run->options->load.clients, &run->load);
    if (r == 0)
        r = arena_load_connect(run->load, deadline);
    if (r == 0)
        r = bench_read(run->server.pid, &run->idle);
    arena_load_free(first);
    return r;
}

static int measure_window(struct run *run)
{
    int r = arena_load_play(run->load, bench_now() + CONNECT_NS_MAX);
    if (r == 0)
        r = arena_load_run(run->load, bench_now() + run->options->warm_ns);
    if (r == 0)
        r = bench_read(run->server.pid, &run->before);
    if (run->watch)
        arena_watch_reset(run->watch);
    arena_load_window(run->load, true);
    if (r == 0)
        r = arena_load_run(run->load, bench_now() + run->options->window_ns);
    arena_load_window(run->load, false);
    return r < 0 ? r : bench_read(run->server.pid, &run->after);
}

/* --- results --------------------------------------------------------------------------------- */

static double per_client(const struct run *run, int64_t before, int64_t after)
{
    return (double)(after - before) / (double)run->options->load.clients;
}

static double ratio(uint64_t a, uint64_t b)
{
    return b ? (double)a / (double)b : 0;
}

static void fill_window(const struct run *run, double *values)
{
    struct arena_counts counts = arena_load_counts(run->load);
    double ns = (double)(run->after.now - run->before.now), seconds = ns / 1e9;
    double server_ns = (double)(run->after.server_cpu - run->before.server_cpu);
    values[ARENA_CPU] = server_ns / 1e3 / (double)counts.snapshots;
    values[ARENA_SNAPSHOTS] = (double)counts.snapshots / seconds;
    values[ARENA_SNAPSHOT_BYTES] = ratio(counts.wire_bytes, counts.snapshots);
    values[ARENA_CLIENT_BYTES] = per_client(run, 0, (int64_t)counts.wire_bytes) / seconds;
    values[ARENA_LIVING] = ratio(counts.living, counts.news);
    values[ARENA_DEATHS] = (double)counts.deaths / seconds;
    values[ARENA_TURNS] = (double)counts.turns / seconds;
    values[ARENA_SERVER_BUSY] = server_ns / ns * 100;
    values[ARENA_LOAD_BUSY] = (double)(run->after.load_cpu - run->before.load_cpu) / ns * 100;
    values[ARENA_LOST] = (double)arena_load_lost(run->load);
}

static double most(double a, double b)
{
    return a > b ? a : b;
}

static void fill_memory(const struct run *run, double *values)
{
    const struct bench_reading *empty = &run->empty, *idle = &run->idle;
    values[ARENA_RSS] = per_client(run, empty->memory.rss, idle->memory.rss);
    values[ARENA_RSS_BUSY] = per_client(run, empty->memory.rss, run->after.memory.rss);
    /* Both ends of each connection are in this machine's kernel: half of it is the server's. */
    values[ARENA_KERNEL] = per_client(run, empty->kernel.slab, idle->kernel.slab) / 2;
    values[ARENA_MEMORY] = most(values[ARENA_RSS], values[ARENA_RSS_BUSY]) + values[ARENA_KERNEL];
}

static void fill_ticks(const struct tick_summary *ticks, double *values)
{
    values[ARENA_RATE] = ticks->rate_hz;
    values[ARENA_LATE_P50] = bench_percentile(ticks->lateness, ticks->ticks, 50) * 1e3;
    values[ARENA_LATE_P99] = bench_percentile(ticks->lateness, ticks->ticks, 99) * 1e3;
    values[ARENA_LATE_MAX] = bench_percentile(ticks->lateness, ticks->ticks, 100) * 1e3;
    values[ARENA_SKEW_P50] = bench_percentile(ticks->skew, ticks->ticks, 50) * 1e3;
    values[ARENA_SKEW_P99] = bench_percentile(ticks->skew, ticks->ticks, 99) * 1e3;
}

static void fill_seen(const struct run *run, double *values)
{
    struct arena_seen seen = arena_watch_seen(run->watch);
    values[ARENA_IN_VIEW] = seen.heads_in_view;
    values[ARENA_KNOWN] = seen.snakes;
    values[ARENA_LENGTH] = seen.length;
    values[ARENA_RIGHT] = seen.right * 100;
}

static int measure(struct run *run, struct arena_result *result)
{
    int r = connect_all(run);
    if (r == 0)
        r = measure_window(run);
    if (r == 0 && arena_load_counts(run->load).snapshots == 0)
        r = -ENODATA;
    if (r == 0)
        r = tick_log_summarize(run->log, run->options->hz, &result->ticks);
    if (r < 0)
        return r;
    fill_window(run, result->values);
    fill_memory(run, result->values);
    fill_ticks(&result->ticks, result->values);
    if (run->watch)
        fill_seen(run, result->values);
    return 0;
}

int arena_run(const struct arena_run_options *options, struct arena_result *ret)
{
    struct run run = {.options = options, .log = calloc(1, sizeof *run.log)};
    struct arena_result result = {0};
    const struct timespec settled = {.tv_sec = 1}; /* until the kernel has put all away */
    double before = 0, after = 0;
    int r = run.log ? bench_core_speed(options->server_core, &before) : -ENOMEM;
    if (r == 0)
        r = bench_pin(options->load_core);
    if (r == 0 && !options->load.bare)
        r = arena_watch_new(WATCHED, options->load.view_width, options->load.view_height,
                            &run.watch);
    if (r == 0)
        r = bench_process_start(options->argv, options->server_core, options->log,
                                bench_now() + START_NS_MAX, &run.server);
    if (r == 0) {
        r = measure(&run, &result);
        arena_load_free(run.load);
        bench_process_stop(&run.server);
    }
    arena_watch_free(run.watch);
    free(run.log);
    if (r == 0 && nanosleep(&settled, NULL) < 0)
        r = -errno;
    if (r == 0)
        r = bench_core_speed(options->server_core, &after);
    result.values[ARENA_CORE] = most(before, after);
    if (r == 0)
        *ret = result;
    else
        arena_result_done(&result);
    return r;
}

void arena_result_done(struct arena_result *result)
{
    tick_summary_done(&result->ticks);
}
