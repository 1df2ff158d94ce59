/* SPDX-License-Identifier: MIT */
/* WebSockets that say something in a rhythm, not at the same moment, and take what comes. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clients_kind.h"
#include "load.h"
#include "measure.h"

#define QUIET_NS (300 * BENCH_MS)
#define SLICE_NS BENCH_MS /* of reading, however late the sending is */

struct play_clients {
    struct clients base;
    struct load *load;
    size_t next;         /* whose turn it is */
    int64_t next_ns;     /* and when; 0: not yet begun */
    int64_t distance_ns; /* from one client's message to the next one's */
    char text[CLIENTS_PAYLOAD_BYTES_MAX + 1];
};

static struct play_clients *self(const struct clients *clients)
{
    return (struct play_clients *)(uintptr_t)clients;
}

/* Who was there before is to have left: a room that still ticks would not let us settle. */
static int play_connect(struct clients *clients, int64_t deadline_ns)
{
    int r = load_run(self(clients)->load, bench_now() + QUIET_NS);
    if (r == 0)
        r = load_connect(self(clients)->load, deadline_ns);
    return r < 0 ? r : load_settle(self(clients)->load, QUIET_NS, deadline_ns);
}

/* Of ouro.v1: a number and a tick of one byte each, and then whatever the room makes of it. */
static int send_input(struct play_clients *play, size_t client)
{
    memcpy(play->text, "\x01\x01\x00", 3);
    return load_send_bytes(play->load, client, play->text, play->base.options.payload_bytes);
}

static int play_ask(struct clients *clients, size_t client)
{
    struct play_clients *play = self(clients);
    return play->base.options.room_type ? send_input(play, client)
                                        : load_send(play->load, client, play->text);
}

/* What is late is made up for: as many messages as there should be. */
static int send_due(struct play_clients *play)
{
    int r = 0;
    int64_t now = bench_now();
    if (play->next_ns == 0)
        play->next_ns = now;
    for (; r == 0 && play->next_ns <= now; play->next_ns += play->distance_ns) {
        r = play_ask(&play->base, play->next);
        play->next = (play->next + 1) % play->base.options.count;
    }
    return r;
}

static int play_run(struct clients *clients, int64_t until_ns)
{
    struct play_clients *play = self(clients);
    if (play->distance_ns == 0)
        return load_run(play->load, until_ns);
    int r = 0;
    while (r == 0 && bench_now() < until_ns) {
        r = send_due(play);
        if (r == 0)
            r = load_run(play->load, bench_now() + SLICE_NS);
    }
    return r;
}

static size_t play_lost(const struct clients *clients)
{
    return load_lost(self(clients)->load);
}

static void play_free(struct clients *clients)
{
    load_free(self(clients)->load);
    free(self(clients));
}

/* What can't be sent now shows as a client without frames. */
static void on_open(size_t client, void *ud)
{
    struct play_clients *play = ud;
    char hello[128];
    if (!play->base.options.room_type)
        return;
    snprintf(hello, sizeof hello, "{\"type\":\"hello\",\"join\":{\"room_type\":\"%s\"}}",
             play->base.options.room_type);
    load_send(play->load, client, hello);
}

static void on_frame(const struct load_frame *frame, void *ud)
{
    struct play_clients *play = ud;
    (void)frame;
    play->base.exchanges++;
}

int play_clients_new(const struct clients_options *options, struct clients **ret)
{
    static const struct clients_ops ops = {play_connect, play_ask, play_run, play_lost, play_free};
    struct play_clients *play = calloc(1, sizeof *play);
    if (!play)
        return -ENOMEM;
    play->base = (struct clients){.ops = &ops, .options = *options};
    play->distance_ns = options->period_ns / (int64_t)options->count;
    memset(play->text, 'x', options->payload_bytes);
    const struct load_options load = {.port = options->port,
                                      .path = options->room_type ? "/ouro/connect" : "/play",
                                      .clients = options->count,
                                      .spin = options->spin,
                                      .on_open = on_open,
                                      .on_frame = on_frame,
                                      .ud = play};
    int r = load_new(&load, &play->load);
    if (r < 0)
        clients_free(&play->base);
    else
        *ret = &play->base;
    return r;
}
