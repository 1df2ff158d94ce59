/* SPDX-License-Identifier: MIT */
/* Per-client views beside a bare loop of send() with as many bytes, in turns in the same run. */
#include "bench_rooms.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "load.h"
#include "measure.h"
#include "process.h"

#define CLIENTS        1000
#define TICK_HZ        20
#define START_NS_MAX   (10 * BENCH_SEC)
#define CONNECT_NS_MAX (30 * BENCH_SEC)
#define ROUNDS_MAX     BENCH_MEDIAN_MAX

struct side {
    double cpu_us, bytes, per_second;
};

struct counted {
    bool open;
    uint64_t frames, bytes;
};

static void count(const struct load_frame *frame, void *ud)
{
    struct counted *counted = ud;
    counted->frames += counted->open;
    counted->bytes += counted->open ? frame->wire_bytes : 0;
}

static void opened(size_t client, void *ud)
{
    (void)client, (void)ud;
}

/* Connect, begin, warm up, and count for a while. */
static int measure_clients(const struct bench_process *server, struct load *load,
                           struct counted *counted, double seconds, struct side *ret)
{
    int64_t before = 0, after = 0;
    int rc = load_connect(load, bench_now() + CONNECT_NS_MAX);
    if (rc == 0)
        rc = load_send(load, 0, "[\"join\"]"); /* the bare loop waits for that */
    if (rc == 0)
        rc = load_run(load, bench_now() + BENCH_SEC);
    if (rc == 0)
        rc = bench_cpu_ns(server->pid, &before);
    counted->open = true;
    if (rc == 0)
        rc = load_run(load, bench_now() + (int64_t)(seconds * 1e9));
    if (rc == 0)
        rc = bench_cpu_ns(server->pid, &after);
    if (rc < 0)
        return rc;
    if (counted->frames == 0 || load_lost(load) > 0)
        return -ENODATA;
    ret->cpu_us = (double)(after - before) / 1e3 / (double)counted->frames;
    ret->bytes = (double)counted->bytes / (double)counted->frames;
    ret->per_second = (double)counted->frames / seconds;
    return 0;
}

static int measure(char *self, char *mode, char *value, double seconds, struct side *ret)
{
    char *argv[] = {self, mode, value, NULL}, log[] = "/tmp/bench_rooms.XXXXXX";
    int server_core, load_core, fd = mkstemp(log);
    struct bench_process server;
    struct counted counted = {0};
    struct load *load = NULL;
    if (fd < 0)
        return -errno;
    close(fd);
    bench_cores(&server_core, &load_core);
    bench_pin(load_core);
    int rc = bench_process_start(argv, server_core, log, bench_now() + START_NS_MAX, &server);
    if (rc == 0) {
        struct load_options options = {.port = server.port,
                                       .path = "/connect",
                                       .clients = CLIENTS,
                                       .on_open = opened,
                                       .on_frame = count,
                                       .ud = &counted};
        rc = load_new(&options, &load);
        if (rc == 0)
            rc = measure_clients(&server, load, &counted, seconds, ret);
        load_free(load);
        bench_process_stop(&server);
    }
    unlink(log);
    return rc;
}

int rooms_compare_views(FILE *out, char *self, double seconds, unsigned rounds)
{
    static char serve[] = "--serve", bare[] = "--bare", hz[16];
    double ours[ROUNDS_MAX], theirs[ROUNDS_MAX], ratios[ROUNDS_MAX];
    int rc = 0;
    rounds = rounds < ROUNDS_MAX ? rounds : ROUNDS_MAX;
    snprintf(hz, sizeof hz, "%d", TICK_HZ);
    fprintf(out, "\n## Views of %d clients at %d Hz, %d moving entities\n\n", CLIENTS, TICK_HZ,
            WORLD_ENTITIES);
    fprintf(out,
            "| round | bytes | snapshots/s | us of CPU per snapshot | bare loop: us per send | "
            "ratio |\n|---|---|---|---|---|---|\n");
    for (unsigned i = 0; rc == 0 && i < rounds; i++) {
        struct side views, loop;
        char size[32];
        rc = measure(self, serve, hz, seconds, &views);
        if (rc < 0)
            break;
        snprintf(size, sizeof size, "%d,%.0f", TICK_HZ, views.bytes);
        rc = measure(self, bare, size, seconds, &loop);
        if (rc < 0)
            break;
        ours[i] = views.cpu_us;
        theirs[i] = loop.cpu_us;
        ratios[i] = views.cpu_us / loop.cpu_us;
        fprintf(out, "| %u | %.0f | %.0f | %.2f | %.2f | %.2f |\n", i + 1, views.bytes,
                views.per_second, ours[i], theirs[i], ratios[i]);
        fflush(out);
    }
    if (rc == 0)
        fprintf(out, "| **median** | | | **%.2f** | **%.2f** | **%.2f** |\n",
                bench_median(ours, rounds), bench_median(theirs, rounds),
                bench_median(ratios, rounds));
    return rc;
}
