/* SPDX-License-Identifier: MIT */
#include "arena_load.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "frames.h"
#include "load.h"
#include "measure.h"
#include "skim.h"
#include "snakes.h"

#define PEEK_BYTES       512
#define QUIET_NS         (300 * BENCH_MS)
#define SETTLE_NS        BENCH_SEC /* an arena is never quiet: somebody hears the news in each tick */
#define SLICE_NS         BENCH_MS
#define PLAYS_PER_SLICE  16               /* so that not all are born in one tick */
#define LIVING_PER_MILLE 980              /* who have a snake, when it begins */
#define AGAIN_NS         (500 * BENCH_MS) /* a snake that there was no room for is asked for again */
#define PING_NS          (10 * BENCH_SEC) /* as a client should */
#define LOOKS_PER_SLICE  64

/* What a client waits for. */
enum state { CLOSED, JOINING, WATCHING, ASKING, LIVING };

struct client {
    enum state state;
    uint32_t request; /* id of its last */
    uint32_t seen;    /* number of the last event */
    int64_t again_ns; /* WATCHING: to ask for a snake */
    int64_t ping_ns;
};

struct arena_load {
    struct arena_load_options options;
    struct load *load;
    struct snakes *snakes;
    struct tick_log *log;
    struct arena_counts counts;
    bool counting, playing;
    size_t joined, living, looked_at;
    uint32_t first_tick; /* 0: none has come */
    struct client clients[];
};

/* --- what clients say ------------------------------------------------------------------------ */

static void say_hello(struct arena_load *load, size_t index)
{
    char text[160];
    snprintf(text, sizeof text,
             "{\"type\":\"hello\",\"join\":{\"room_type\":\"arena\"},\"name\":\"bot %zu\"}", index);
    load->clients[index].state = JOINING;
    load_send(load->load, index, text);
}

static void ask_for_view(struct arena_load *load, size_t index)
{
    char text[80];
    snprintf(text, sizeof text, "{\"type\":\"view\",\"width\":%d,\"height\":%d}",
             load->options.view_width, load->options.view_height);
    load_send(load->load, index, text);
}

static void ask_for_snake(struct arena_load *load, size_t index)
{
    char text[96];
    struct client *client = &load->clients[index];
    snprintf(text, sizeof text, "{\"type\":\"request\",\"id\":%u,\"name\":\"play\",\"data\":{}}",
             ++client->request);
    client->state = ASKING;
    load_send(load->load, index, text);
}

static void ping(struct arena_load *load, size_t index, int64_t now)
{
    char text[80];
    struct client *client = &load->clients[index];
    snprintf(text, sizeof text, "{\"type\":\"ping\",\"t0\":%lld,\"seen\":%u}",
             (long long)(now / BENCH_MS), client->seen);
    client->ping_ns = now + PING_NS;
    load_send(load->load, index, text);
}

static void send_turn(struct arena_load *load, size_t index, uint32_t tick,
                      const struct snakes_turn *turn)
{
    uint8_t wire[SKIM_INPUT_BYTES];
    size_t len = skim_write_input(wire, turn->sequence, tick, turn->way);
    load->counts.turns += load->counting;
    load_send_bytes(load->load, index, wire, len);
}

/* --- what they hear -------------------------------------------------------------------------- */

static void on_welcome(struct arena_load *load, size_t index, int64_t now)
{
    struct client *client = &load->clients[index];
    if (client->state != JOINING)
        return;
    client->state = WATCHING;
    /* Not all in the same second. */
    client->ping_ns = now + PING_NS * (int64_t)index / (int64_t)load->options.clients;
    load->joined++;
    ask_for_view(load, index);
}

static void on_response(struct arena_load *load, size_t index, const struct load_frame *frame)
{
    struct client *client = &load->clients[index];
    int64_t tick, x, y, way;
    if (client->state != ASKING)
        return;
    if (skim_number(frame->payload, frame->payload_bytes, "tick", &tick) < 0 ||
        skim_number(frame->payload, frame->payload_bytes, "x", &x) < 0 ||
        skim_number(frame->payload, frame->payload_bytes, "y", &y) < 0 ||
        skim_number(frame->payload, frame->payload_bytes, "way", &way) < 0) {
        client->state = WATCHING;
        client->again_ns = frame->arrived_ns + AGAIN_NS;
        return;
    }
    client->state = LIVING;
    load->living++;
    load->counts.births += load->counting;
    snakes_born(load->snakes, index, (uint32_t)tick, (int)x, (int)y, (uint8_t)way);
}

static void on_event(struct arena_load *load, size_t index, const struct load_frame *frame)
{
    struct client *client = &load->clients[index];
    int64_t number;
    if (skim_number(frame->payload, frame->payload_bytes, "n", &number) == 0)
        client->seen = (uint32_t)number;
    if (client->state != LIVING ||
        !skim_has(frame->payload, frame->payload_bytes, "\"name\":\"died\""))
        return;
    load->living--;
    load->counts.deaths += load->counting;
    snakes_died(load->snakes, index);
    ask_for_snake(load, index);
}

static void on_news(struct arena_load *load, const struct load_frame *frame)
{
    int64_t living;
    if (!load->counting || skim_number(frame->payload, frame->payload_bytes, "living", &living) < 0)
        return;
    load->counts.news++;
    load->counts.living += (uint64_t)living;
}

static void on_text(struct arena_load *load, const struct load_frame *frame)
{
    char type[16];
    if (skim_text(frame->payload, frame->payload_bytes, "type", type, sizeof type) < 0)
        return;
    switch (type[0]) {
    case 'w':
        on_welcome(load, frame->client, frame->arrived_ns);
        break;
    case 'r':
        on_response(load, frame->client, frame);
        break;
    case 'e':
        on_event(load, frame->client, frame);
        break;
    case 'm':
        on_news(load, frame);
        break;
    }
}

static void note_arrival(struct arena_load *load, uint64_t ordinal, int64_t arrived_ns)
{
    tick_log_arrival(load->log, ordinal, arrived_ns);
    if (ordinal < TICKS_FRAMES_MAX)
        load->log->frames[ordinal].is_tick = true;
}

static void on_snapshot(struct arena_load *load, const struct load_frame *frame)
{
    struct skim_snapshot snapshot;
    struct snakes_turn turn;
    if (skim_snapshot((const uint8_t *)frame->payload, frame->payload_bytes, &snapshot) < 0 ||
        snapshot.more)
        return;
    load->counts.snapshots += load->counting;
    if (!load->playing)
        return;
    if (load->first_tick == 0)
        load->first_tick = snapshot.tick;
    note_arrival(load, snapshot.tick - load->first_tick, frame->arrived_ns);
    if (snakes_see(load->snakes, frame->client, snapshot.tick, snapshot.input, &turn))
        send_turn(load, frame->client, snapshot.tick, &turn);
}

static void on_frame(const struct load_frame *frame, void *ud)
{
    struct arena_load *load = ud;
    const struct arena_load_options *options = &load->options;
    load->counts.wire_bytes += load->counting ? frame->wire_bytes : 0;
    if (options->bare) {
        load->counts.snapshots += load->counting;
        note_arrival(load, frame->ordinal, frame->arrived_ns);
        return;
    }
    if (frame->opcode == FRAME_TEXT)
        on_text(load, frame);
    else
        on_snapshot(load, frame);
    if (frame->client < options->watched)
        options->on_watched(frame->client, frame->payload, frame->payload_bytes,
                            frame->opcode == FRAME_TEXT, options->ud);
}

static void on_open(size_t client, void *ud)
{
    struct arena_load *load = ud;
    if (!load->options.bare)
        say_hello(load, client);
}

/* --- life ------------------------------------------------------------------------------------ */

static int make_clients(struct arena_load *load)
{
    const struct arena_load_options *options = &load->options;
    const struct load_options sockets = {.port = options->port,
                                         .path = options->bare ? "/" : "/ouro/connect",
                                         .protocol = options->bare ? NULL : "ouro.v1",
                                         .clients = options->clients,
                                         .peek_bytes = PEEK_BYTES,
                                         .on_open = on_open,
                                         .on_frame = on_frame,
                                         .ud = load};
    const struct snakes_options snakes = {.count = options->clients,
                                          .width = options->width,
                                          .height = options->height,
                                          .length = options->length,
                                          .straight = options->straight};
    int r = load_new(&sockets, &load->load);
    for (size_t i = 0; r == 0 && i < options->watched && !options->bare; i++)
        r = load_watch(load->load, i);
    return r < 0 ? r : snakes_new(&snakes, &load->snakes);
}

int arena_load_new(const struct arena_load_options *options, struct tick_log *log,
                   struct arena_load **ret)
{
    struct arena_load *load = calloc(1, sizeof *load + options->clients * sizeof *load->clients);
    if (!load)
        return -ENOMEM;
    load->options = *options;
    load->log = log;
    int r = make_clients(load);
    if (r < 0)
        arena_load_free(load);
    else
        *ret = load;
    return r;
}

struct arena_load *arena_load_free(struct arena_load *load)
{
    if (!load)
        return NULL;
    load_free(load->load);
    snakes_free(load->snakes);
    free(load);
    return NULL;
}

/* --- running --------------------------------------------------------------------------------- */

/* Whose time has come, of the next few. */
static void look_after(struct arena_load *load, int64_t now)
{
    size_t plays = 0;
    for (size_t i = 0; i < LOOKS_PER_SLICE; i++) {
        size_t index = load->looked_at++ % load->options.clients;
        struct client *client = &load->clients[index];
        if (client->state == WATCHING && load->playing && now >= client->again_ns &&
            plays++ < PLAYS_PER_SLICE)
            ask_for_snake(load, index);
        if (client->state >= WATCHING && now >= client->ping_ns)
            ping(load, index, now);
    }
}

int arena_load_run(struct arena_load *load, int64_t until_ns)
{
    int r = 0;
    for (int64_t now = bench_now(); r == 0 && now < until_ns; now = bench_now()) {
        if (!load->options.bare)
            look_after(load, now);
        r = load_run(load->load, now + SLICE_NS < until_ns ? now + SLICE_NS : until_ns);
    }
    return r;
}

static int run_until(struct arena_load *load, const size_t *count, size_t wanted, int64_t deadline)
{
    int r = 0;
    while (r == 0 && *count < wanted)
        r = bench_now() < deadline ? arena_load_run(load, bench_now() + 5 * SLICE_NS) : -ETIMEDOUT;
    return r;
}

int arena_load_connect(struct arena_load *load, int64_t deadline_ns)
{
    int r = load_connect(load->load, deadline_ns);
    if (r < 0 || load->options.bare)
        return r < 0 ? r : load_settle(load->load, QUIET_NS, deadline_ns);
    r = run_until(load, &load->joined, load->options.clients, deadline_ns);
    return r < 0 ? r : arena_load_run(load, bench_now() + SETTLE_NS);
}

int arena_load_play(struct arena_load *load, int64_t deadline_ns)
{
    load->playing = true;
    load_mark(load->load);
    if (load->options.bare)
        return load_send(load->load, 0, "[\"join\"]"); /* the bare loop waits for that */
    return run_until(load, &load->living, load->options.clients * LIVING_PER_MILLE / 1000,
                     deadline_ns);
}

/* --- results --------------------------------------------------------------------------------- */

void arena_load_window(struct arena_load *load, bool open)
{
    load->counting = load->log->window_open = open;
    if (open)
        load->counts = (struct arena_counts){0};
}

struct arena_counts arena_load_counts(const struct arena_load *load)
{
    return load->counts;
}

size_t arena_load_lost(const struct arena_load *load)
{
    return load_lost(load->load);
}

int arena_load_place(const struct arena_load *load, size_t client, uint32_t *ret_tick, int *ret_x,
                     int *ret_y)
{
    return snakes_place(load->snakes, client, ret_tick, ret_x, ret_y);
}
