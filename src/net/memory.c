/* SPDX-License-Identifier: MIT */
/* Streams in memory. For tests and simulations, where there are no sockets. */
#include "net/memory.h"
#include "net/set.h"

#include <stdlib.h>
#include <string.h>

static struct ouro__end *self(struct ouro_stream *stream)
{
    return ouro_container(stream, struct ouro__end, base);
}

/* --- edges ------------------------------------------------------------------------------------ */

static void wake_tasks(struct ouro__end *end, unsigned edges)
{
    if (edges & (OURO_EDGE_READ | OURO_EDGE_HANGUP))
        ouro__wake_all(&end->waiters[OURO__READ], 0);
    if (edges & (OURO_EDGE_WRITE | OURO_EDGE_HANGUP))
        ouro__wake_all(&end->waiters[OURO__WRITE], 0);
}

/* The last thing that is done with the end: the watcher may close it. */
static void tell_watcher(struct ouro__end *end, unsigned edges)
{
    edges |= end->edges;
    end->edges = 0;
    ouro_timer_stop(&end->edge_timer);
    if (end->base.on_edge && edges)
        end->base.on_edge(&end->base, edges, end->base.ud);
}

static void edge_timer_fired(struct ouro_timer *timer)
{
    tell_watcher(ouro_container(timer, struct ouro__end, edge_timer), 0);
}

/* Not from within: who reads or writes here may be the watcher of another stream, and deep in it.
 */
static void edge(struct ouro__end *end, unsigned edges)
{
    if (ouro_linked(&end->in_set)) {
        end->edges |= edges;
        return;
    }
    wake_tasks(end, edges);
    if (!end->base.on_edge)
        return;
    end->edges |= edges;
    if (!end->edge_timer.place && ouro_timer_start(&end->edge_timer, ouro_now()) < 0)
        ouro_log(OURO_LOG_ERROR, "no memory to tell of bytes in a stream");
}

void ouro__room_at(struct ouro__end *end)
{
    edge(end, OURO_EDGE_WRITE);
}

/* --- news ------------------------------------------------------------------------------------- */

static void forget(struct ouro__ring *ring, size_t count)
{
    ring->start = (ring->start + count) % sizeof ring->bytes;
    ring->held -= count;
    if (ring->held == 0)
        ring->start = 0; /* a ring that is never very full stays in a few pages */
}

/* Returns what has changed for who is there. */
static unsigned take_news(struct ouro__end *at, const struct ouro__news *news)
{
    struct ouro__ring *ring = at->in;
    if (at->base.closed) {
        forget(ring, news->bytes);
        return 0;
    }
    ring->arrived += news->bytes;
    ring->ended |= news->ended;
    ring->gone |= news->gone;
    unsigned hangup = news->ended || news->gone ? OURO_EDGE_HANGUP : 0;
    return OURO_EDGE_READ | hangup;
}

void ouro__arrive(struct ouro__end *at, const struct ouro__news *news)
{
    unsigned edges = take_news(at, news);
    if (edges)
        edge(at, edges);
}

void ouro__arrive_now(struct ouro__end *at, const struct ouro__news *news)
{
    unsigned edges = take_news(at, news);
    if (!edges)
        return;
    if (ouro_linked(&at->in_set)) {
        at->edges |= edges;
        return;
    }
    wake_tasks(at, edges);
    tell_watcher(at, edges);
}

static void send_news(struct ouro__end *from, const struct ouro__news *news)
{
    struct ouro__road *road = from->connection->road;
    if (road)
        road->ops->send(road, from, news);
    else
        ouro__arrive(from->other, news);
}

/* --- reading and writing ---------------------------------------------------------------------- */

static int memory_try_read(struct ouro_stream *stream, void *buf, size_t len)
{
    struct ouro__end *end = self(stream);
    struct ouro__ring *ring = end->in;
    if (end->connection->reset)
        return -ECONNRESET;
    if (ring->arrived == 0)
        return ring->ended ? 0 : -EAGAIN;
    size_t count = ring->arrived < len ? ring->arrived : len;
    size_t to_wrap = sizeof ring->bytes - ring->start;
    size_t first = count < to_wrap ? count : to_wrap;
    memcpy(buf, ring->bytes + ring->start, first);
    memcpy((char *)buf + first, ring->bytes, count - first);
    ring->arrived -= count;
    forget(ring, count);
    if (!end->other->base.closed)
        edge(end->other, OURO_EDGE_WRITE);
    return (int)count;
}

static void put(struct ouro__ring *ring, const char *data, size_t len)
{
    size_t at = (ring->start + ring->held) % sizeof ring->bytes;
    size_t to_wrap = sizeof ring->bytes - at, first = len < to_wrap ? len : to_wrap;
    memcpy(ring->bytes + at, data, first);
    memcpy(ring->bytes, data + first, len - first);
    ring->held += len;
}

static size_t room_for(struct ouro__end *end)
{
    struct ouro__road *road = end->connection->road;
    size_t ring = sizeof end->out->bytes - end->out->held;
    size_t way = road ? road->ops->room(road, end) : ring;
    return way < ring ? way : ring;
}

static int memory_try_writev(struct ouro_stream *stream, const struct iovec *parts, int count)
{
    struct ouro__end *end = self(stream);
    struct ouro__news news = {0};
    size_t wanted = 0;
    if (end->connection->reset)
        return -ECONNRESET;
    if (end->shut || end->in->gone)
        return -EPIPE;
    size_t room = room_for(end);
    for (int i = 0; i < count; i++) {
        size_t left = room - news.bytes;
        size_t len = parts[i].iov_len < left ? parts[i].iov_len : left;
        wanted += parts[i].iov_len;
        news.bytes += len;
        if (len)
            put(end->out, parts[i].iov_base, len);
    }
    if (news.bytes)
        send_news(end, &news);
    return wanted && !news.bytes ? -EAGAIN : (int)news.bytes;
}

static int memory_wait(struct ouro_stream *stream, enum ouro__direction direction, int64_t deadline)
{
    struct ouro__end *end = self(stream);
    int rc = ouro__checkpoint(); /* who writes in pieces waits more than once */
    if (rc < 0)
        return rc;
    if (!ouro_list_empty(&end->waiters[direction]))
        return -EBUSY;
    return ouro__wait(&end->waiters[direction], NULL, deadline, "stream");
}

/* --- the end ---------------------------------------------------------------------------------- */

static int memory_shutdown(struct ouro_stream *stream)
{
    struct ouro__end *end = self(stream);
    struct ouro__news news = {.ended = true};
    if (!end->shut && !end->connection->reset)
        send_news(end, &news);
    end->shut = true;
    return 0;
}

static void memory_close(struct ouro_stream *stream)
{
    struct ouro__end *end = self(stream);
    struct ouro__news news = {.ended = true, .gone = true};
    end->shut = true;
    ouro_timer_stop(&end->edge_timer);
    ouro_unlink(&end->in_set);
    for (int i = 0; i < 2; i++)
        ouro__wake_all(&end->waiters[i], -OURO_ECLOSED);
    if (!end->other->base.closed && !end->connection->reset)
        send_news(end, &news);
}

static void memory_free(struct ouro_stream *stream)
{
    struct ouro__connection *connection = self(stream)->connection;
    if (--connection->open > 0)
        return;
    if (connection->road)
        connection->road->ops->free(connection->road);
    free(connection);
}

void ouro__connection_reset(struct ouro__connection *connection)
{
    connection->reset = true;
    for (int i = 0; i < 2; i++) {
        if (!connection->ends[i].base.closed)
            edge(&connection->ends[i], OURO_EDGE_READ | OURO_EDGE_WRITE | OURO_EDGE_HANGUP);
    }
}

static int memory_peer(struct ouro_stream *stream, struct ouro__address *ret_address)
{
    struct ouro__end *end = self(stream);
    struct ouro__road *road = end->connection->road;
    if (road)
        road->ops->peer(road, end, ret_address);
    else
        *ret_address = (struct ouro__address){.u.any.sa_family = AF_UNSPEC};
    return 0;
}

/* --- sets ------------------------------------------------------------------------------------- */

/* What it is ready for now shows as an edge, in the set or out of it. */
static int memory_join(struct ouro_stream *stream, struct ouro_stream_set *set)
{
    struct ouro__end *end = self(stream);
    if (!set && !ouro_linked(&end->in_set))
        return 0;
    ouro_unlink(&end->in_set);
    if (set)
        ouro_list_push(&set->memory, &end->in_set);
    edge(end, end->edges | OURO_EDGE_READ | OURO_EDGE_WRITE);
    return 0;
}

/* Whoever is told may close any of them, or take it out: so each goes back before it is told. */
void ouro__memory_look(struct ouro_stream_set *set)
{
    struct ouro_link *link;
    ouro_list_push(&set->memory, &set->mark);
    while ((link = ouro_list_pop(&set->memory)) != &set->mark) {
        struct ouro__end *end = ouro_container(link, struct ouro__end, in_set);
        ouro_list_push(&set->memory, link);
        wake_tasks(end, end->edges);
        tell_watcher(end, 0);
    }
}

void ouro__memory_set_done(struct ouro_stream_set *set)
{
    ouro_list_each_safe (link, &set->memory)
        memory_join(&ouro_container(link, struct ouro__end, in_set)->base, NULL);
}

/* --- life ------------------------------------------------------------------------------------- */

static const struct ouro__stream_ops memory_ops = {
    .try_read = memory_try_read,
    .try_writev = memory_try_writev,
    .wait = memory_wait,
    .shutdown = memory_shutdown,
    .close = memory_close,
    .free = memory_free,
    .join = memory_join,
    .peer = memory_peer,
};

struct ouro__connection *ouro__connection_of(struct ouro_stream *stream)
{
    ouro_assert(stream->ops == &memory_ops);
    return self(stream)->connection;
}

int ouro__connection_new(struct ouro__connection **ret_connection)
{
    struct ouro__connection *connection = calloc(1, sizeof *connection);
    if (!connection)
        return -ENOMEM;
    connection->open = 2;
    for (int i = 0; i < 2; i++) {
        struct ouro__end *end = &connection->ends[i];
        end->base.ops = &memory_ops;
        end->connection = connection;
        end->in = &connection->rings[i];
        end->out = &connection->rings[1 - i];
        end->other = &connection->ends[1 - i];
        ouro_list_init(&end->waiters[OURO__READ]);
        ouro_list_init(&end->waiters[OURO__WRITE]);
        end->edge_timer.fn = edge_timer_fired;
    }
    *ret_connection = connection;
    return 0;
}

int ouro_stream_pair(struct ouro_stream *ret_streams[2])
{
    struct ouro__connection *connection;
    int rc = ouro__connection_new(&connection);
    if (rc < 0)
        return rc;
    for (int i = 0; i < 2; i++)
        ret_streams[i] = &connection->ends[i].base;
    return 0;
}
