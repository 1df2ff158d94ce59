/* SPDX-License-Identifier: MIT */
/* Reading and writing in whole, over what each kind of stream gives. */
#include "net/stream.h"

#include <limits.h>

static int wait_for(struct ouro_stream *stream, enum ouro__direction direction, int64_t deadline)
{
    int rc = stream->ops->wait(stream, direction, deadline);
    return stream->closed ? -OURO_ECLOSED : rc;
}

static void free_if_left(struct ouro_stream *stream)
{
    if (stream->closed && !stream->reading && !stream->writing)
        stream->ops->free(stream);
}

static int read_some(struct ouro_stream *stream, void *buf, size_t len, int64_t deadline)
{
    int rc = 0;
    while (rc >= 0) {
        rc = stream->ops->try_read(stream, buf, len);
        if (rc != -EAGAIN)
            return rc;
        rc = wait_for(stream, OURO__READ, deadline);
    }
    return rc;
}

int ouro_read(struct ouro_stream *stream, void *buf, size_t len, int64_t deadline)
{
    int rc = ouro__checkpoint();
    if (rc < 0)
        return rc;
    if (stream->reading)
        return -EBUSY;
    stream->reading = true;
    rc = read_some(stream, buf, len < INT_MAX ? len : INT_MAX, deadline);
    stream->reading = false;
    free_if_left(stream);
    if (rc >= 0)
        ouro__give_way(deadline);
    return rc;
}

static int write_all(struct ouro_stream *stream, const char *data, size_t len, int64_t deadline)
{
    size_t written = 0;
    int rc = 0;
    while (rc >= 0 && (written < len || stream->holds)) {
        rc = ouro_stream_try_write(stream, data + written, len - written);
        if (rc > 0)
            written += (size_t)rc;
        else if (rc == -EAGAIN)
            rc = wait_for(stream, OURO__WRITE, deadline);
    }
    stream->broken |= rc < 0 && written > 0;
    return rc < 0 ? rc : 0;
}

/* A second writer is turned away before it tries, or its bytes would stand amid the first one's. */
int ouro_write(struct ouro_stream *stream, const void *data, size_t len, int64_t deadline)
{
    int rc = ouro__checkpoint();
    if (rc < 0)
        return rc;
    if (stream->writing)
        return -EBUSY;
    stream->writing = true;
    rc = write_all(stream, data, len, deadline);
    stream->writing = false;
    free_if_left(stream);
    if (rc >= 0)
        ouro__give_way(deadline);
    return rc;
}

int ouro_stream_try_read(struct ouro_stream *stream, void *buf, size_t len)
{
    return stream->ops->try_read(stream, buf, len < INT_MAX ? len : INT_MAX);
}

int ouro_stream_try_write(struct ouro_stream *stream, const void *data, size_t len)
{
    struct iovec part = {.iov_base = (void *)(uintptr_t)data, .iov_len = len};
    return ouro_stream_try_writev(stream, &part, 1);
}

int ouro_stream_try_writev(struct ouro_stream *stream, const struct iovec *parts, int count)
{
    return stream->broken ? -EPIPE : stream->ops->try_writev(stream, parts, count);
}

int ouro_stream_shutdown(struct ouro_stream *stream)
{
    return stream->ops->shutdown(stream);
}

struct ouro_stream *ouro_stream_close(struct ouro_stream *stream)
{
    if (!stream)
        return NULL;
    stream->closed = true;
    ouro__stream_leave_select(stream);
    stream->on_edge = NULL;
    stream->ops->close(stream);
    free_if_left(stream);
    return NULL;
}

int ouro__stream_peer(struct ouro_stream *stream, struct ouro__address *ret_address)
{
    return stream->ops->peer(stream, ret_address);
}

int ouro_stream_peer(struct ouro_stream *stream, bool host_only,
                     char ret_address[OURO_ADDRESS_BYTES])
{
    struct ouro__address address;
    int rc = ouro__stream_peer(stream, &address);
    if (rc == 0)
        ouro__address_print(&address, host_only, ret_address);
    return rc;
}

void ouro_stream_watch(struct ouro_stream *stream,
                       void (*fn)(struct ouro_stream *stream, unsigned edges, void *ud), void *ud)
{
    stream->on_edge = fn;
    stream->ud = ud;
}
