/* SPDX-License-Identifier: MIT */
#include "trips.h"

#include <errno.h>

#include "measure.h"
#include "process.h"

#define START_NS_MAX   (10 * BENCH_SEC)
#define CONNECT_NS_MAX (60 * BENCH_SEC)
#define ANSWERS_NS_MAX (10 * BENCH_SEC)
#define SLICE_NS       (5 * BENCH_MS)

struct trips {
    const struct trips_options *options;
    struct bench_process server;
    struct clients *clients;
    uint64_t in_window;
};

static double per_client(const struct trips *trips, int64_t before, int64_t after)
{
    return (double)(after - before) / (double)trips->options->asking.count;
}

static int make_clients(struct trips *trips, size_t count)
{
    struct clients_options options = trips->options->asking;
    options.port = trips->server.port;
    options.count = count;
    return trips->options->clients(&options, &trips->clients);
}

static int await_exchanges(struct trips *trips, size_t count)
{
    int64_t deadline = bench_now() + ANSWERS_NS_MAX;
    int r = 0;
    while (r == 0 && clients_exchanges(trips->clients) < count)
        r = bench_now() < deadline ? clients_run(trips->clients, bench_now() + SLICE_NS) : -EIO;
    return r;
}

/* One comes, asks and leaves before anything is read: what a server loads and looks up at its first
 * connection is no connection's. */
static int open_the_door(struct trips *trips)
{
    int r = make_clients(trips, 1);
    if (r == 0)
        r = clients_connect(trips->clients, bench_now() + CONNECT_NS_MAX);
    if (r == 0)
        r = clients_start(trips->clients);
    if (r == 0)
        r = await_exchanges(trips, 1);
    trips->clients = clients_free(trips->clients);
    return r;
}

/* From an empty server to one whose clients are all there and at rest. */
static int connect_all(struct trips *trips, struct bench_reading *ret_empty,
                       struct trips_result *result)
{
    struct bench_reading empty, idle;
    int r = bench_read(trips->server.pid, &empty);
    if (r == 0)
        r = clients_connect(trips->clients, bench_now() + CONNECT_NS_MAX);
    if (r == 0)
        r = bench_read(trips->server.pid, &idle);
    if (r < 0)
        return r;
    result->cpu_us_per_connect = per_client(trips, empty.server_cpu, idle.server_cpu) / 1e3;
    result->rss = per_client(trips, empty.memory.rss, idle.memory.rss);
    /* Both ends of each connection are in this machine's kernel: half of it is the server's. */
    result->kernel = per_client(trips, empty.kernel.slab, idle.kernel.slab) / 2;
    *ret_empty = empty;
    return 0;
}

static int measure_window(struct trips *trips, struct bench_reading *ret_before,
                          struct bench_reading *ret_after)
{
    int r = clients_run(trips->clients, bench_now() + trips->options->warm_ns);
    if (r == 0)
        r = bench_read(trips->server.pid, ret_before);
    uint64_t before = clients_exchanges(trips->clients);
    if (r == 0)
        r = clients_run(trips->clients, bench_now() + trips->options->window_ns);
    if (r == 0)
        r = bench_read(trips->server.pid, ret_after);
    trips->in_window = clients_exchanges(trips->clients) - before;
    return r == 0 && trips->in_window == 0 ? -ENODATA : r;
}

static void fill_window(const struct trips *trips, const struct bench_reading *before,
                        const struct bench_reading *after, struct trips_result *result)
{
    double elapsed = (double)(after->now - before->now), count = (double)trips->in_window;
    double server_cpu = (double)(after->server_cpu - before->server_cpu);
    result->cpu_us_per_trip = server_cpu / 1e3 / count;
    result->trips_per_second = count / elapsed * 1e9;
    result->server_busy = server_cpu / elapsed;
    result->load_busy = (double)(after->load_cpu - before->load_cpu) / elapsed;
}

static int exchange(struct trips *trips, struct trips_result *result)
{
    struct bench_reading before = {0}, after = {0};
    int r = clients_start(trips->clients);
    if (r == 0 && trips->options->asking.once)
        return await_exchanges(trips, trips->options->asking.count);
    if (r == 0)
        r = measure_window(trips, &before, &after);
    if (r == 0)
        fill_window(trips, &before, &after, result);
    return r;
}

static int measure(struct trips *trips, struct trips_result *result)
{
    struct bench_reading empty = {0}, end = {0};
    int r = open_the_door(trips);
    if (r == 0)
        r = make_clients(trips, trips->options->asking.count);
    if (r == 0)
        r = connect_all(trips, &empty, result);
    if (r == 0)
        r = exchange(trips, result);
    if (r == 0)
        r = bench_read(trips->server.pid, &end);
    if (r < 0)
        return r;
    result->rss_used = per_client(trips, empty.memory.rss, end.memory.rss);
    result->lost = clients_lost(trips->clients);
    result->answer_bytes = (double)clients_answer_bytes(trips->clients);
    return 0;
}

int trips_measure(const struct trips_options *options, struct trips_result *ret)
{
    struct trips trips = {.options = options};
    struct trips_result result = {0};
    int r = bench_pin(options->load_core);
    if (r == 0)
        r = bench_process_start(options->argv, options->server_core, options->log,
                                bench_now() + START_NS_MAX, &trips.server);
    if (r == 0)
        r = measure(&trips, &result);
    clients_free(trips.clients);
    bench_process_stop(&trips.server);
    if (r == 0)
        *ret = result;
    return r;
}
