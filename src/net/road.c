/* SPDX-License-Identifier: MIT */
/* The road of a simulated connection: news wait on it until it is their time.
 *
 * Each direction is a flow of segments in the order of sending. Only the first can arrive: who is
 * due earlier waits behind it, so that bytes keep their order whatever jitter does.
 *
 *     sent -> | line: bytes / bytes_per_second | latency + jitter (+ stall) | -> arrives
 *             one after the other                 all at the same time
 */
#include "net/sim.h"

#include <stdlib.h>
#include <string.h>

/* A write is cut into pieces, so that a slow line brings it bit by bit: about what fits into an
 * Ethernet frame. */
#define PIECE_BYTES 1460
/* On their way at a time, per direction; what does not fit waits at the writer's. Enough for a full
 * ring of whole pieces, and for small ones at 1 kHz over 200 ms. */
#define SEGMENTS_MAX 256
/* Kept free for news that are not bytes and have no writer to wait: shut down, closed. */
#define SEGMENTS_KEPT 2

struct segment {
    int64_t at;
    struct ouro__news news;
};

struct flow {
    struct ouro_timer timer; /* always armed, at OURO_FOREVER if need be: so it needs no memory */
    struct road *road;
    struct ouro__end *from;
    struct segment segments[SEGMENTS_MAX];
    size_t first, count;
    int64_t line_free_at;
    bool full; /* the writer has been held back */
};

struct road {
    struct ouro__road base;
    struct ouro_link link; /* in net->roads */
    struct ouro__sim_net *net;
    struct ouro__connection *connection;
    struct ouro__sim_ends ends;
    struct ouro__sim_way way; /* as of that version of the rules */
    uint64_t version;
    bool stalled, cut;
    struct flow flows[2]; /* by the end that sends */
};

static struct road *self(struct ouro__road *road)
{
    return ouro_container(road, struct road, base);
}

static struct road *road_of(struct ouro__connection *connection)
{
    ouro_assert(connection->road); /* a pair of streams has none */
    return self(connection->road);
}

static int number_of(const struct ouro__end *end)
{
    return end == &end->connection->ends[0] ? 0 : 1;
}

static void tell(const struct flow *flow, const char *what, size_t bytes)
{
    int from = number_of(flow->from);
    if (!ouro__sim_is_traced())
        return;
    const struct ouro__sim_ends *ends = &flow->road->ends;
    if (bytes)
        ouro__sim_tell("%s > %s: %s %zu", ends->texts[from], ends->texts[1 - from], what, bytes);
    else
        ouro__sim_tell("%s > %s: %s", ends->texts[from], ends->texts[1 - from], what);
}

/* --- time ------------------------------------------------------------------------------------- */

static void look_at_rules(struct road *road)
{
    if (road->version == road->net->version)
        return;
    ouro__sim_way(road->net, road->ends.hosts[0], road->ends.hosts[1], &road->way);
    road->version = road->net->version;
}

static bool is_blocked(struct road *road)
{
    look_at_rules(road);
    return road->stalled || road->cut || road->way.cut;
}

/* When the last of so many bytes, given to the line now, has left. */
static int64_t leaves_at(struct flow *flow, size_t bytes)
{
    int64_t now = ouro_now(), start = flow->line_free_at > now ? flow->line_free_at : now;
    uint64_t rate = flow->road->way.link.bytes_per_second, work = bytes * (uint64_t)OURO_SEC(1);
    if (rate == 0)
        return now;
    flow->line_free_at = start + (int64_t)(work / rate + (work % rate != 0));
    return flow->line_free_at;
}

static int64_t arrives_at(struct flow *flow, size_t bytes)
{
    struct road *road = flow->road;
    return ouro__sim_later(leaves_at(flow, bytes), ouro__sim_delay(road->net, &road->way.link));
}

/* --- segments --------------------------------------------------------------------------------- */

static struct segment *segment_at(struct flow *flow, size_t index)
{
    return &flow->segments[(flow->first + index) % SEGMENTS_MAX];
}

static void add_news(struct ouro__news *sum, const struct ouro__news *news)
{
    sum->bytes += news->bytes;
    sum->ended |= news->ended;
    sum->gone |= news->gone;
}

static void push(struct flow *flow, const struct ouro__news *news)
{
    int64_t at = arrives_at(flow, news->bytes);
    if (flow->count && segment_at(flow, flow->count - 1)->at == at) {
        add_news(&segment_at(flow, flow->count - 1)->news, news);
        return;
    }
    ouro_assert(flow->count < SEGMENTS_MAX);
    *segment_at(flow, flow->count++) = (struct segment){at, *news};
}

static void push_in_pieces(struct flow *flow, const struct ouro__news *news)
{
    struct ouro__news rest = *news;
    while (rest.bytes > PIECE_BYTES) {
        push(flow, &(struct ouro__news){.bytes = PIECE_BYTES});
        rest.bytes -= PIECE_BYTES;
    }
    push(flow, &rest);
}

/* Take what is due. False: nothing is. */
static bool take_due(struct flow *flow, struct ouro__news *ret_news)
{
    bool any = false;
    *ret_news = (struct ouro__news){0};
    while (flow->count && segment_at(flow, 0)->at <= ouro_now() && !is_blocked(flow->road)) {
        add_news(ret_news, &segment_at(flow, 0)->news);
        flow->first = (flow->first + 1) % SEGMENTS_MAX;
        flow->count--;
        any = true;
    }
    return any;
}

static void arm(struct flow *flow)
{
    bool waits = flow->count && !is_blocked(flow->road);
    int rc = ouro_timer_start(&flow->timer, waits ? segment_at(flow, 0)->at : OURO_FOREVER);
    ouro_assert(rc == 0); /* its place has been promised since the road was made */
}

static void after_arrival(struct flow *flow, const struct ouro__news *news)
{
    if (news->bytes)
        tell(flow, "arrives", news->bytes);
    if (news->ended || news->gone)
        tell(flow, "the end arrives", 0);
    if (flow->full && !flow->from->base.closed) {
        flow->full = false;
        ouro__room_at(flow->from);
    }
}

/* From within a call of the program's. */
static void bring(struct flow *flow)
{
    struct ouro__news news;
    bool any = take_due(flow, &news);
    arm(flow);
    if (!any)
        return;
    after_arrival(flow, &news);
    ouro__arrive(flow->from->other, &news);
}

static void timer_fired(struct ouro_timer *timer)
{
    struct flow *flow = ouro_container(timer, struct flow, timer);
    struct ouro__news news;
    bool any = take_due(flow, &news);
    arm(flow);
    if (!any)
        return;
    after_arrival(flow, &news);
    ouro__arrive_now(flow->from->other, &news); /* and the road may be gone */
}

/* --- what memory.c asks for ------------------------------------------------------------------- */

static size_t room_in_window(const struct ouro_sim_link *link, size_t held)
{
    size_t window = link->window_bytes ? link->window_bytes : OURO_STREAM_PAIR_BYTES;
    return held < window ? window - held : 0;
}

static size_t road_room(struct ouro__road *base, const struct ouro__end *from)
{
    struct road *road = self(base);
    struct flow *flow = &road->flows[number_of(from)];
    look_at_rules(road);
    size_t room = (SEGMENTS_MAX - SEGMENTS_KEPT - flow->count) * PIECE_BYTES;
    flow->full = room < OURO_STREAM_PAIR_BYTES; /* arrivals make room, not the reader */
    size_t in_window = room_in_window(&road->way.link, from->out->held);
    return room < in_window ? room : in_window;
}

static void tell_sent(const struct flow *flow, const struct ouro__news *news)
{
    if (news->bytes)
        tell(flow, "sends", news->bytes);
    if (news->gone)
        tell(flow, "closes", 0);
    else if (news->ended)
        tell(flow, "shuts down", 0);
}

static void reset(struct road *road)
{
    tell(&road->flows[0], "reset", 0);
    ouro__connection_reset(road->connection);
}

static void road_send(struct ouro__road *base, struct ouro__end *from,
                      const struct ouro__news *news)
{
    struct road *road = self(base);
    struct flow *flow = &road->flows[number_of(from)];
    if (road->cut)
        return; /* whose plug is pulled says nothing, not even that it closes */
    look_at_rules(road);
    tell_sent(flow, news);
    push_in_pieces(flow, news);
    bring(flow);
    uint32_t reset_ppm = road->way.link.reset_ppm;
    if (reset_ppm && ouro_rng_chance(&road->net->rng, reset_ppm))
        reset(road);
}

static void road_peer(struct ouro__road *base, const struct ouro__end *at,
                      struct ouro__address *ret_address)
{
    *ret_address = self(base)->ends.addresses[1 - number_of(at)];
}

static void road_free(struct ouro__road *base)
{
    struct road *road = self(base);
    for (int i = 0; i < 2; i++)
        ouro_timer_stop(&road->flows[i].timer);
    ouro_unlink(&road->link);
    free(road);
}

/* --- what sim.c asks for ---------------------------------------------------------------------- */

/* What waited may get through now, and the window be wider. */
static void changed(struct road *road)
{
    for (int i = 0; i < 2; i++) {
        struct flow *flow = &road->flows[i];
        bring(flow);
        if (!flow->from->base.closed)
            ouro__room_at(flow->from);
    }
}

void ouro__sim_roads_changed(struct ouro__sim_net *net)
{
    ouro_list_each (link, &net->roads)
        changed(ouro_container(link, struct road, link));
}

void ouro__sim_road_stall(struct ouro__connection *connection, bool stalled)
{
    struct road *road = road_of(connection);
    road->stalled = stalled;
    changed(road);
}

void ouro__sim_road_cut(struct ouro__connection *connection)
{
    struct road *road = road_of(connection);
    road->cut = true;
    changed(road);
}

static const struct ouro__road_ops road_ops = {
    .room = road_room,
    .send = road_send,
    .peer = road_peer,
    .free = road_free,
};

static int start_flows(struct road *road)
{
    int rc = 0;
    for (int i = 0; i < 2; i++) {
        struct flow *flow = &road->flows[i];
        flow->timer.fn = timer_fired;
        flow->road = road;
        flow->from = &road->connection->ends[i];
        if (rc == 0)
            rc = ouro_timer_start(&flow->timer, OURO_FOREVER);
    }
    return rc;
}

int ouro__sim_road_new(struct ouro__sim_net *net, struct ouro__connection *connection,
                       const struct ouro__sim_ends *ends)
{
    struct road *road = calloc(1, sizeof *road);
    if (!road)
        return -ENOMEM;
    road->base.ops = &road_ops;
    road->net = net;
    road->connection = connection;
    road->ends = *ends;
    ouro_list_push(&net->roads, &road->link);
    int rc = start_flows(road);
    if (rc < 0)
        road_free(&road->base);
    else
        connection->road = &road->base;
    return rc;
}
