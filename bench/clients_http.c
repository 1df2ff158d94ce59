/* SPDX-License-Identifier: MIT */
/* Connections over HTTP that ask for the same again and again, over conns.h. All answers are of the
 * same length, which the first one tells; in each piece that comes, the first line of the first
 * answer that begins there is looked at. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clients_kind.h"
#include "conns.h"
#include "measure.h"

#define REQUEST_BYTES_MAX 256
#define FIRST_BYTES_MAX   65536 /* of the very first answer */
#define TURN_NS           (20 * BENCH_MS)

static const char GOOD[] = "HTTP/1.1 200 OK\r\n";

struct http_clients {
    struct clients base;
    struct conns *conns;
    size_t batch_bytes;
    bool learning;      /* how long an answer is */
    size_t first_bytes; /* of the first answer, while it comes in */
    char *batch;        /* `depth` requests */
    char first[FIRST_BYTES_MAX + 1];
    size_t got[]; /* by client: bytes of the answers to the last batch */
};

static struct http_clients *self(const struct clients *clients)
{
    return (struct http_clients *)(uintptr_t)clients;
}

/* --- the first answer ------------------------------------------------------------------------ */

/* The whole answer's bytes; 0: more of its head is needed. */
static int length_of(const char *answer)
{
    const char *end = strstr(answer, "\r\n\r\n");
    const char *field = strcasestr(answer, "\r\nContent-Length: ");
    if (!end)
        return 0;
    if (strncmp(answer, GOOD, sizeof GOOD - 1) != 0 || !field || field > end)
        return -EBADMSG;
    return (int)(end + 4 - answer + strtol(field + 18, NULL, 10));
}

static int take_first(struct http_clients *clients, const uint8_t *data, size_t len)
{
    size_t room = FIRST_BYTES_MAX - clients->first_bytes, taken = len < room ? len : room;
    memcpy(clients->first + clients->first_bytes, data, taken);
    clients->first_bytes += taken;
    clients->first[clients->first_bytes] = 0;
    int length = length_of(clients->first);
    if (length > 0)
        clients->base.answer_bytes = (size_t)length;
    return length < 0 ? length : 0;
}

/* --- answers --------------------------------------------------------------------------------- */

/* Does an answer begin in these bytes, and is it not a good one? */
static bool begins_badly(size_t before, const uint8_t *data, size_t len, size_t answer_bytes)
{
    size_t into = before % answer_bytes, skip = into ? answer_bytes - into : 0;
    size_t left = skip < len ? len - skip : 0;
    size_t look = left < sizeof GOOD - 1 ? left : sizeof GOOD - 1;
    return memcmp(data + skip, GOOD, look) != 0;
}

static int on_bytes(size_t client, const uint8_t *data, size_t len, void *ud)
{
    struct http_clients *clients = ud;
    size_t *got = &clients->got[client], depth = clients->base.options.depth;
    if (clients->learning) {
        *got += len;
        return take_first(clients, data, len);
    }
    size_t answer_bytes = clients->base.answer_bytes;
    if (begins_badly(*got, data, len, answer_bytes))
        return -EBADMSG;
    *got += len;
    if (*got < depth * answer_bytes)
        return 0;
    if (*got > depth * answer_bytes)
        return -EBADMSG;
    *got = 0;
    return clients_answered(&clients->base, client, depth);
}

/* --- what a kind gives ----------------------------------------------------------------------- */

static int http_ask(struct clients *clients, size_t client)
{
    return conns_send(self(clients)->conns, client, self(clients)->batch,
                      self(clients)->batch_bytes);
}

/* One request by one client tells how long an answer is. */
static int learn_length(struct http_clients *clients, int64_t deadline_ns)
{
    size_t one = clients->batch_bytes / clients->base.options.depth;
    clients->learning = true;
    int r = conns_send(clients->conns, 0, clients->batch, one);
    while (r == 0 &&
           (clients->base.answer_bytes == 0 || clients->got[0] < clients->base.answer_bytes)) {
        r = conns_turn(clients->conns, bench_now() + TURN_NS);
        if (r == 0 && conns_lost(clients->conns) > 0)
            r = -ECONNREFUSED;
        if (r == 0 && bench_now() >= deadline_ns)
            r = -ETIMEDOUT;
    }
    clients->learning = false;
    clients->got[0] = 0;
    return r;
}

static int http_connect(struct clients *base, int64_t deadline_ns)
{
    int r = 0;
    for (size_t i = 0; r == 0 && i < base->options.count; i++)
        r = conns_open(self(base)->conns, i);
    return r < 0 ? r : learn_length(self(base), deadline_ns);
}

static int http_run(struct clients *clients, int64_t until_ns)
{
    return conns_run(self(clients)->conns, until_ns);
}

static size_t http_lost(const struct clients *clients)
{
    return conns_lost(self(clients)->conns);
}

static void http_free(struct clients *clients)
{
    conns_free(self(clients)->conns);
    free(self(clients)->batch);
    free(self(clients));
}

/* --- life ------------------------------------------------------------------------------------ */

static int make_batch(struct http_clients *clients)
{
    const struct clients_options *options = &clients->base.options;
    char request[REQUEST_BYTES_MAX];
    int len = snprintf(request, sizeof request, "GET %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n\r\n",
                       options->path, options->port);
    if (len >= (int)sizeof request)
        return -EMSGSIZE;
    clients->batch = malloc((size_t)len * options->depth);
    if (!clients->batch)
        return -ENOMEM;
    for (size_t i = 0; i < options->depth; i++)
        memcpy(clients->batch + i * (size_t)len, request, (size_t)len);
    clients->batch_bytes = (size_t)len * options->depth;
    return 0;
}

int http_clients_new(const struct clients_options *options, struct clients **ret)
{
    static const struct clients_ops ops = {http_connect, http_ask, http_run, http_lost, http_free};
    struct http_clients *clients =
        calloc(1, sizeof *clients + options->count * sizeof *clients->got);
    if (!clients)
        return -ENOMEM;
    clients->base = (struct clients){.ops = &ops, .options = *options};
    const struct conns_options conns = {.port = options->port,
                                        .count = options->count,
                                        .spin = options->spin,
                                        .on_bytes = on_bytes,
                                        .ud = clients};
    int r = make_batch(clients);
    if (r == 0)
        r = conns_new(&conns, &clients->conns);
    if (r < 0)
        clients_free(&clients->base);
    else
        *ret = &clients->base;
    return r;
}
