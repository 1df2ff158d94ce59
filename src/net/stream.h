/* SPDX-License-Identifier: MIT */
/* What every kind of stream gives: to try without waiting, and to wait. Reading and writing in
 * whole are made of these once, in stream.c. */
#ifndef OURO_NET_STREAM_H
#define OURO_NET_STREAM_H

#include "net/address.h"
#include "runtime/wait.h"

#include <sys/uio.h>

struct ouro__stream_ops {
    int (*try_read)(struct ouro_stream *stream, void *buf, size_t len);
    int (*try_writev)(struct ouro_stream *stream, const struct iovec *parts, int count);
    int (*wait)(struct ouro_stream *stream, enum ouro__direction direction, int64_t deadline);
    int (*shutdown)(struct ouro_stream *stream);
    void (*close)(struct ouro_stream *stream); /* wakes who waits with -OURO_ECLOSED */
    void (*free)(struct ouro_stream *stream);  /* when the last of them has left */
    /* Into a set, or out of any (NULL). NULL: it always tells its edges at once. */
    int (*join)(struct ouro_stream *stream, struct ouro_stream_set *set);
    int (*peer)(struct ouro_stream *stream, struct ouro__address *ret_address);
};

/* The head of each kind's own struct. Small: an idle connection is counted in bytes. */
struct ouro_stream {
    const struct ouro__stream_ops *ops;
    void (*on_edge)(struct ouro_stream *stream, unsigned edges, void *ud);
    void *ud;
    bool reading, writing; /* a task is inside: closed under it, the stream is freed by the last */
    bool closed;
    bool broken; /* a write ended half-way */
    bool holds;  /* bytes that it counts as taken; try_writev() of nothing sends them */
};

/* A stream over a connected, non-blocking socket, which becomes its own on success. */
int ouro__stream_of_fd(int fd, struct ouro_stream **ret_stream);
/* As above, where what comes has bounds: a read that was not filled may leave the next piece. */
int ouro__stream_of_datagrams(int fd, struct ouro_stream **ret_stream);

/* The other side's address. 0, or -ENOTCONN. */
int ouro__stream_peer(struct ouro_stream *stream, struct ouro__address *ret_address);

/* The stream is being closed: a select that waits for it gets -OURO_ECLOSED. */
void ouro__stream_leave_select(struct ouro_stream *stream);

#endif
