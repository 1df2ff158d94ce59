/* SPDX-License-Identifier: MIT */
#include "clients_kind.h"

struct clients *clients_free(struct clients *clients)
{
    if (clients)
        clients->ops->free(clients);
    return NULL;
}

int clients_connect(struct clients *clients, int64_t deadline_ns)
{
    return clients->ops->connect(clients, deadline_ns);
}

int clients_start(struct clients *clients)
{
    int r = 0;
    for (size_t i = 0; r == 0 && i < clients->options.count; i++)
        r = clients->ops->ask(clients, i);
    return r;
}

int clients_answered(struct clients *clients, size_t client, size_t exchanges)
{
    clients->exchanges += exchanges;
    return clients->options.once ? 0 : clients->ops->ask(clients, client);
}

int clients_run(struct clients *clients, int64_t until_ns)
{
    return clients->ops->run(clients, until_ns);
}

uint64_t clients_exchanges(const struct clients *clients)
{
    return clients->exchanges;
}

size_t clients_lost(const struct clients *clients)
{
    return clients->ops->lost(clients);
}

size_t clients_answer_bytes(const struct clients *clients)
{
    return clients->answer_bytes;
}
