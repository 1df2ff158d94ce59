/* SPDX-License-Identifier: MIT */
#include "run.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "load.h"
#include "players.h"
#include "process.h"

#define REFERENCE      0 /* the spectator that looks into its frames */
#define START_NS_MAX   (10 * BENCH_SEC)
#define CONNECT_NS_MAX (30 * BENCH_SEC)
#define QUIET_NS       (300 * BENCH_MS)
#define GAME_NS_MAX    (5 * BENCH_SEC)
#define ACT_NS         (5 * BENCH_MS)
#define IN_STEP_FRAMES 2 /* a frame that is just being sent */

struct run {
    const struct run_options *options;
    struct bench_process server;
    struct load *load;
    struct players players;
    struct tick_log *log;
    uint64_t frames, wire_bytes, player_deliveries; /* in the window */
};

/* --- clients --------------------------------------------------------------------------------- */

static void introduce(size_t client, void *ud)
{
    struct run *run = ud;
    char text[48];
    const char *role = client < run->options->spectators ? "spectator" : "player";
    snprintf(text, sizeof text, "[\"new_player\",\"%s-%zu\"]", role, client % 100000);
    load_send(run->load, client, text);
}

static void see(const struct load_frame *frame, void *ud)
{
    struct run *run = ud;
    bool counted = run->log->window_open;
    run->frames += counted;
    run->wire_bytes += counted ? frame->wire_bytes : 0;
    if (frame->client < run->options->spectators) {
        tick_log_arrival(run->log, frame->ordinal, frame->arrived_ns);
        if (frame->payload)
            tick_log_content(run->log, frame->ordinal, frame->payload);
    } else {
        players_see(&run->players, frame);
        run->player_deliveries += counted && strstr(frame->payload, "\"render\"");
    }
}

static size_t clients(const struct run *run)
{
    return run->options->spectators + run->options->players;
}

static int make_clients(struct run *run)
{
    const struct load_options options = {.port = run->server.port,
                                         .path = "/connect",
                                         .clients = clients(run),
                                         .spin = run->options->spin,
                                         .on_open = introduce,
                                         .on_frame = see,
                                         .ud = run};
    int r = load_new(&options, &run->load);
    if (r == 0)
        r = load_watch(run->load, REFERENCE);
    for (size_t i = 0; r == 0 && i < run->options->players; i++)
        r = load_watch(run->load, run->options->spectators + i);
    players_init(&run->players, run->options->spectators, run->options->players,
                 run->options->tick_hz);
    return r;
}

static int play(struct run *run, int64_t until_ns)
{
    int r = 0;
    for (int64_t now = bench_now(); r == 0 && now < until_ns; now = bench_now()) {
        players_act(&run->players, run->load, now);
        r = load_run(run->load, now + ACT_NS < until_ns ? now + ACT_NS : until_ns);
    }
    return r;
}

/* --- phases ---------------------------------------------------------------------------------- */

static double per_client(const struct run *run, int64_t before, int64_t after)
{
    return (double)(after - before) / (double)clients(run);
}

/* From an empty server to one whose clients are all there and at rest. */
static int connect_all(struct run *run, struct bench_reading *ret_empty, struct run_result *result)
{
    struct bench_reading empty, idle;
    int r = bench_read(run->server.pid, &empty);
    if (r == 0)
        r = load_connect(run->load, bench_now() + CONNECT_NS_MAX);
    if (r == 0)
        r = load_settle(run->load, QUIET_NS, bench_now() + CONNECT_NS_MAX);
    if (r == 0)
        r = bench_read(run->server.pid, &idle);
    if (r < 0)
        return r;
    result->cpu_us_per_connect = per_client(run, empty.server_cpu, idle.server_cpu) / 1e3;
    result->rss = per_client(run, empty.memory.rss, idle.memory.rss);
    result->pss = per_client(run, empty.memory.pss, idle.memory.pss);
    result->unshared = per_client(run, empty.memory.unshared, idle.memory.unshared);
    /* Both ends of each connection are in this machine's kernel: half of it is the server's. */
    result->kernel = per_client(run, empty.kernel.slab, idle.kernel.slab) / 2;
    result->tcp_queues = per_client(run, empty.kernel.tcp_queues, idle.kernel.tcp_queues);
    *ret_empty = empty;
    return 0;
}

/* Nothing is on its way now: from here on the n-th frame is the same for all spectators. */
static int start_game(struct run *run)
{
    int64_t deadline = bench_now() + GAME_NS_MAX;
    int r = 0;
    memset(run->log, 0, sizeof *run->log);
    load_mark(run->load);
    while (r == 0 && run->log->count == 0)
        r = bench_now() < deadline ? play(run, bench_now() + ACT_NS) : -ENODATA;
    return r;
}

static int measure_window(struct run *run, struct bench_reading *ret_before,
                          struct bench_reading *ret_after)
{
    int r = play(run, bench_now() + run->options->warm_ns);
    if (r == 0)
        r = bench_read(run->server.pid, ret_before);
    run->log->window_open = true;
    if (r == 0)
        r = play(run, bench_now() + run->options->window_ns);
    run->log->window_open = false;
    if (r == 0)
        r = bench_read(run->server.pid, ret_after);
    return r;
}

static size_t count_out_of_step(const struct run *run)
{
    uint64_t reference = load_frames(run->load, REFERENCE);
    size_t count = 0;
    for (size_t i = 0; i < run->options->spectators; i++) {
        uint64_t frames = load_frames(run->load, i);
        uint64_t apart = frames > reference ? frames - reference : reference - frames;
        count += apart > IN_STEP_FRAMES;
    }
    return count;
}

static void fill_result(const struct run *run, const struct bench_reading *before,
                        const struct bench_reading *after, struct run_result *result)
{
    double elapsed = (double)(after->now - before->now);
    double server_cpu = (double)(after->server_cpu - before->server_cpu);
    double deliveries = (double)(result->ticks.deliveries + run->player_deliveries);
    result->cpu_us_per_delivery = server_cpu / 1e3 / deliveries;
    result->server_busy = server_cpu / elapsed;
    result->load_busy = (double)(after->load_cpu - before->load_cpu) / elapsed;
    result->deliveries_per_second = deliveries / elapsed * 1e9;
    result->frames_per_second = (double)run->frames / elapsed * 1e9;
    result->bytes_per_delivery = (double)run->wire_bytes / deliveries;
    result->lost = load_lost(run->load);
    result->out_of_step = count_out_of_step(run);
}

static int measure(struct run *run, struct run_result *result)
{
    struct bench_reading empty = {0}, before = {0}, after = {0};
    int r = make_clients(run);
    if (r == 0)
        r = connect_all(run, &empty, result);
    if (r == 0)
        r = start_game(run);
    if (r == 0)
        r = measure_window(run, &before, &after);
    if (r == 0)
        r = tick_log_summarize(run->log, run->options->tick_hz, &result->ticks);
    if (r == 0 && result->ticks.deliveries == 0)
        r = -ENODATA;
    if (r < 0)
        return r;
    result->rss_busy = per_client(run, empty.memory.rss, after.memory.rss);
    fill_result(run, &before, &after, result);
    return 0;
}

int run_measure(const struct run_options *options, struct run_result *ret)
{
    struct run run = {.options = options, .log = calloc(1, sizeof *run.log)};
    struct run_result result = {0};
    if (!run.log)
        return -ENOMEM;
    int r = bench_pin(options->load_core);
    if (r == 0)
        r = bench_process_start(options->argv, options->server_core, options->log,
                                bench_now() + START_NS_MAX, &run.server);
    if (r == 0)
        r = measure(&run, &result);
    load_free(run.load);
    bench_process_stop(&run.server);
    free(run.log);
    if (r == 0)
        *ret = result;
    else
        run_result_done(&result);
    return r;
}

void run_result_done(struct run_result *result)
{
    tick_summary_done(&result->ticks);
}
