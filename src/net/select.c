/* SPDX-License-Identifier: MIT */
/* A stream in a select. Its watcher reads for the case, and wakes it with what there was: before
 * the task goes on, the stream may be closed. */
#include "sync/select.h"
#include "net/stream.h"

static int read_try(struct ouro_case *self)
{
    return ouro_stream_try_read(self->object, self->waiter.slot, self->size);
}

static void read_edge(struct ouro_stream *stream, unsigned edges, void *ud)
{
    struct ouro_case *self = ud;
    (void)stream;
    if (!(edges & (OURO_EDGE_READ | OURO_EDGE_HANGUP)))
        return;
    int rc = read_try(self);
    if (rc != -EAGAIN)
        ouro__wake(&self->waiter, rc);
}

void ouro__stream_leave_select(struct ouro_stream *stream)
{
    struct ouro_case *self = stream->ud;
    if (stream->on_edge == read_edge)
        ouro__wake(&self->waiter, -OURO_ECLOSED);
}

static void read_attach(struct ouro_case *self)
{
    ouro_stream_watch(self->object, read_edge, self);
}

static void read_detach(struct ouro_case *self)
{
    ouro_stream_watch(self->object, NULL, NULL);
}

struct ouro_case ouro_on_read(struct ouro_stream *stream, void *buf, size_t len)
{
    static const struct ouro__selectable_ops ops = {
        .try = read_try,
        .attach = read_attach,
        .detach = read_detach,
    };
    struct ouro_case self = ouro__case(&ops, stream, buf);
    self.size = len;
    return self;
}
