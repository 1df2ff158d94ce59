/* SPDX-License-Identifier: MIT */
/**
 * trips: one measured run of a server that answers: start it on its core, connect, read memory, let
 * all ask at once, warm up, measure a window, stop it. The same lines of code measure every server.
 */
#ifndef BENCH_TRIPS_H
#define BENCH_TRIPS_H

#include <stddef.h>
#include <stdint.h>

#include "clients.h"

struct trips_options {
    char *const *argv; /* the server: prints http://127.0.0.1:PORT */
    const char *log;   /* file that takes its output */
    clients_new *clients;
    struct clients_options asking; /* but for the port */
    int64_t warm_ns, window_ns;    /* asking.once: not used; the run ends with the last answer */
    int server_core, load_core;
};

struct trips_result {
    double cpu_us_per_trip; /* of the server process, in the window */
    double cpu_us_per_connect;
    double trips_per_second;
    double server_busy, load_busy; /* shares of a core, 0..1 */
    double answer_bytes;           /* of one HTTP answer */
    /* bytes per connection, all connected and at rest, beside none */
    double rss;
    double kernel;   /* one end's share of the slab's growth */
    double rss_used; /* the same as rss at the end, when all have exchanged something */
    size_t lost;     /* clients that were cut off, or had a wrong answer */
};

/** Blocks for some seconds more than warm-up and window. -ENODATA: nothing was answered; -EIO: a
 *  client that asks once had no answer. After a failure nothing is left running. */
int trips_measure(const struct trips_options *options, struct trips_result *ret);

#endif
