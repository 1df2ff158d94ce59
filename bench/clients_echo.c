/* SPDX-License-Identifier: MIT */
/* WebSockets that say the same text again and again, over load.h. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "clients_kind.h"
#include "load.h"
#include "measure.h"

#define QUIET_NS (300 * BENCH_MS)

struct echo_clients {
    struct clients base;
    struct load *load;
    size_t wire_bytes; /* of an answer */
    char text[CLIENTS_PAYLOAD_BYTES_MAX + 1];
};

static struct echo_clients *self(const struct clients *clients)
{
    return (struct echo_clients *)(uintptr_t)clients;
}

static int echo_connect(struct clients *clients, int64_t deadline_ns)
{
    int r = load_connect(self(clients)->load, deadline_ns);
    return r < 0 ? r : load_settle(self(clients)->load, QUIET_NS, deadline_ns);
}

static int echo_ask(struct clients *clients, size_t client)
{
    return load_send(self(clients)->load, client, self(clients)->text);
}

static int echo_run(struct clients *clients, int64_t until_ns)
{
    return load_run(self(clients)->load, until_ns);
}

static size_t echo_lost(const struct clients *clients)
{
    return load_lost(self(clients)->load);
}

static void echo_free(struct clients *clients)
{
    load_free(self(clients)->load);
    free(self(clients));
}

static void on_open(size_t client, void *ud)
{
    (void)client, (void)ud;
}

/* An answer of another length is none; the text of one client in each run is compared as well. A
 * client that can't send on stands still, and shows in the count. */
static void on_frame(const struct load_frame *frame, void *ud)
{
    struct echo_clients *clients = ud;
    bool right = frame->wire_bytes == clients->wire_bytes &&
                 (!frame->payload || strcmp(frame->payload, clients->text) == 0);
    if (right)
        clients_answered(&clients->base, frame->client, 1);
}

int echo_clients_new(const struct clients_options *options, struct clients **ret)
{
    static const struct clients_ops ops = {echo_connect, echo_ask, echo_run, echo_lost, echo_free};
    struct echo_clients *clients = calloc(1, sizeof *clients);
    if (!clients)
        return -ENOMEM;
    size_t len = options->payload_bytes;
    clients->base = (struct clients){.ops = &ops, .options = *options};
    clients->wire_bytes = len + (len < 126 ? 2 : 4);
    memset(clients->text, 'x', len);
    const struct load_options load = {.port = options->port,
                                      .path = "/echo",
                                      .clients = options->count,
                                      .spin = options->spin,
                                      .on_open = on_open,
                                      .on_frame = on_frame,
                                      .ud = clients};
    int r = load_new(&load, &clients->load);
    if (r == 0)
        r = load_watch(clients->load, 0);
    if (r < 0)
        clients_free(&clients->base);
    else
        *ret = &clients->base;
    return r;
}
