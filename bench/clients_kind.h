/* SPDX-License-Identifier: MIT */
/* clients_kind: what a kind of clients gives, see clients.h. */
#ifndef BENCH_CLIENTS_KIND_H
#define BENCH_CLIENTS_KIND_H

#include "clients.h"

struct clients_ops {
    int (*connect)(struct clients *clients, int64_t deadline_ns);
    int (*ask)(struct clients *clients, size_t client);
    int (*run)(struct clients *clients, int64_t until_ns);
    size_t (*lost)(const struct clients *clients);
    void (*free)(struct clients *clients);
};

/* The head of each kind's own struct. */
struct clients {
    const struct clients_ops *ops;
    struct clients_options options;
    uint64_t exchanges;
    size_t answer_bytes;
};

/* For a kind: so many exchanges of this client are complete. Sends on, unless `once`. */
int clients_answered(struct clients *clients, size_t client, size_t exchanges);

#endif
