/* SPDX-License-Identifier: MIT */
/* Streams in memory: two rings of bytes. For tests and simulations, where there are no sockets. */
#include "net/stream.h"

#include <stdlib.h>
#include <string.h>

/* One direction: written at one end, read at the other. */
struct ring {
    size_t start, len;
    bool ended; /* the writer has */
    char bytes[OURO_STREAM_PAIR_BYTES];
};

struct end {
    struct ouro_stream base;
    struct pair *pair;
    struct ring *in, *out;
    struct end *other; /* NULL: closed */
    struct ouro_link waiters[2];
    struct ouro_timer edge_timer; /* tells the watcher, outside any task */
    unsigned edges;
};

struct pair {
    struct ring rings[2];
    struct end ends[2];
    int open;
};

static struct end *self(struct ouro_stream *stream)
{
    return ouro_container(stream, struct end, base);
}

static void tell_watcher(struct ouro_timer *timer)
{
    struct end *end = ouro_container(timer, struct end, edge_timer);
    unsigned edges = end->edges;
    end->edges = 0;
    if (end->base.on_edge)
        end->base.on_edge(&end->base, edges, end->base.ud);
}

static void edge(struct end *end, unsigned edges)
{
    if (edges & (OURO_EDGE_READ | OURO_EDGE_HANGUP))
        ouro__wake_all(&end->waiters[OURO__READ], 0);
    if (edges & (OURO_EDGE_WRITE | OURO_EDGE_HANGUP))
        ouro__wake_all(&end->waiters[OURO__WRITE], 0);
    if (!end->base.on_edge)
        return;
    end->edges |= edges;
    if (ouro_timer_start(&end->edge_timer, ouro_now()) < 0)
        ouro_log(OURO_LOG_ERROR, "no memory to tell of bytes in a stream");
}

static int memory_try_read(struct ouro_stream *stream, void *buf, size_t len)
{
    struct end *end = self(stream);
    struct ring *ring = end->in;
    if (ring->len == 0)
        return ring->ended ? 0 : -EAGAIN;
    size_t count = ring->len < len ? ring->len : len;
    size_t to_wrap = sizeof ring->bytes - ring->start;
    size_t first = count < to_wrap ? count : to_wrap;
    memcpy(buf, ring->bytes + ring->start, first);
    memcpy((char *)buf + first, ring->bytes, count - first);
    ring->start = (ring->start + count) % sizeof ring->bytes;
    ring->len -= count;
    if (end->other)
        edge(end->other, OURO_EDGE_WRITE);
    return (int)count;
}

static size_t put(struct ring *ring, const char *data, size_t len)
{
    size_t room = sizeof ring->bytes - ring->len, count = len < room ? len : room;
    size_t at = (ring->start + ring->len) % sizeof ring->bytes, to_wrap = sizeof ring->bytes - at;
    size_t first = count < to_wrap ? count : to_wrap;
    memcpy(ring->bytes + at, data, first);
    memcpy(ring->bytes, data + first, count - first);
    ring->len += count;
    return count;
}

static int memory_try_writev(struct ouro_stream *stream, const struct iovec *parts, int count)
{
    struct end *end = self(stream);
    size_t wanted = 0, written = 0;
    if (end->out->ended || !end->other)
        return -EPIPE;
    for (int i = 0; i < count; i++) {
        wanted += parts[i].iov_len;
        written += put(end->out, parts[i].iov_base, parts[i].iov_len);
    }
    if (written)
        edge(end->other, OURO_EDGE_READ);
    return wanted && !written ? -EAGAIN : (int)written;
}

static int memory_wait(struct ouro_stream *stream, enum ouro__direction direction, int64_t deadline)
{
    struct end *end = self(stream);
    if (!ouro_list_empty(&end->waiters[direction]))
        return -EBUSY;
    return ouro__wait(&end->waiters[direction], NULL, deadline, "stream");
}

static int memory_shutdown(struct ouro_stream *stream)
{
    struct end *end = self(stream);
    end->out->ended = true;
    if (end->other)
        edge(end->other, OURO_EDGE_READ | OURO_EDGE_HANGUP);
    return 0;
}

static void memory_close(struct ouro_stream *stream)
{
    struct end *end = self(stream);
    memory_shutdown(stream);
    ouro_timer_stop(&end->edge_timer);
    for (int i = 0; i < 2; i++)
        ouro__wake_all(&end->waiters[i], -OURO_ECLOSED);
    if (end->other)
        end->other->other = NULL;
}

static void memory_free(struct ouro_stream *stream)
{
    struct pair *pair = self(stream)->pair;
    if (--pair->open == 0)
        free(pair);
}

static int memory_peer(struct ouro_stream *stream, bool host_only,
                       char ret_address[OURO_ADDRESS_BYTES])
{
    (void)stream, (void)host_only;
    strcpy(ret_address, "memory");
    return 0;
}

static const struct ouro__stream_ops memory_ops = {
    .try_read = memory_try_read,
    .try_writev = memory_try_writev,
    .wait = memory_wait,
    .shutdown = memory_shutdown,
    .close = memory_close,
    .free = memory_free,
    .peer = memory_peer,
};

int ouro_stream_pair(struct ouro_stream *ret_streams[2])
{
    struct pair *pair = calloc(1, sizeof *pair);
    if (!pair)
        return -ENOMEM;
    pair->open = 2;
    for (int i = 0; i < 2; i++) {
        struct end *end = &pair->ends[i];
        end->base.ops = &memory_ops;
        end->pair = pair;
        end->in = &pair->rings[i];
        end->out = &pair->rings[1 - i];
        end->other = &pair->ends[1 - i];
        ouro_list_init(&end->waiters[OURO__READ]);
        ouro_list_init(&end->waiters[OURO__WRITE]);
        end->edge_timer.fn = tell_watcher;
        ret_streams[i] = &end->base;
    }
    return 0;
}
