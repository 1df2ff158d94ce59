/* SPDX-License-Identifier: MIT */
/**
 * run: one measured run of one server: start it on its core, connect, let it rest, let the game
 * begin, warm up, measure a window, stop it. The same lines of code measure every server.
 */
#ifndef BENCH_RUN_H
#define BENCH_RUN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "measure.h"
#include "ticks.h"

struct run_options {
    char *const *argv; /* the server: prints http://127.0.0.1:PORT, serves WebSocket at /connect */
    const char *log;   /* file that takes its output */
    size_t spectators, players;
    double tick_hz;
    bool spin; /* as in load_options */
    int64_t warm_ns, window_ns;
    int server_core, load_core;
};

struct run_result {
    /* costs, of the server process in the window */
    double cpu_us_per_delivery; /* a delivery: one tick's frame to one client */
    double cpu_us_per_connect;  /* connection, handshake, new_player and what it answers */
    double server_busy;         /* share of a core, 0..1 */
    double load_busy;           /* the same of the load generator: near 1 it is the bottleneck */
    /* traffic, in the window */
    double deliveries_per_second;
    double frames_per_second; /* all data frames: ticks, and what came apart from them */
    double bytes_per_delivery;
    /* memory per connection in bytes, all clients connected and at rest */
    double rss, pss, unshared;
    double kernel;     /* one end's share of the slab's growth */
    double tcp_queues; /* buffers of both ends; near 0 when everybody has read everything */
    double rss_busy;   /* the same at the end of the window */
    /* faithfulness */
    size_t lost;        /* clients that were cut off */
    size_t out_of_step; /* spectators whose frames differ in number from the reference's */
    struct tick_summary ticks;
};

/** Blocks for some seconds more than warm-up and window. Free with run_result_done. A server that
 *  never ticks is -ENODATA. After a failure nothing is left running. */
int run_measure(const struct run_options *options, struct run_result *ret);
void run_result_done(struct run_result *result);

#endif
