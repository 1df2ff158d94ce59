/* SPDX-License-Identifier: MIT */
/* TCP and UNIX sockets: connections, and streams over them. */
#include "net/address.h"
#include "net/listener.h"
#include "net/set.h"

#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CONNECT_AGAIN_NS OURO_MS(5)

/* --- streams ---------------------------------------------------------------------------------- */

struct fd_stream {
    struct ouro_stream base;
    struct ouro__io io;
    bool drained; /* there was nothing left to read, and no edge since */
    bool asks;    /* never is: the end may have made its edge together with the last bytes */
};

static struct fd_stream *self(struct ouro_stream *stream)
{
    return ouro_container(stream, struct fd_stream, base);
}

/* A read that gives less than there was room for has taken all: what comes next makes an edge of
 * its own (epoll(7)), so until then there is nothing to ask the kernel for. */
static int fd_try_read(struct ouro_stream *base, void *buf, size_t len)
{
    struct fd_stream *stream = self(base);
    ssize_t got;
    if (stream->drained)
        return -EAGAIN;
    do
        got = recv(stream->io.fd, buf, len, 0);
    while (got < 0 && errno == EINTR);
    int rc = got < 0 ? -errno : (int)got;
    stream->drained = !stream->asks && (rc == -EAGAIN || (rc > 0 && (size_t)rc < len));
    return rc;
}

/* send() takes a shorter way through the kernel than sendmsg(); one part is the common case. */
static int fd_try_writev(struct ouro_stream *stream, const struct iovec *parts, int count)
{
    int fd = self(stream)->io.fd;
    struct msghdr message = {.msg_iov = (struct iovec *)(uintptr_t)parts,
                             .msg_iovlen = (size_t)count};
    ssize_t put;
    do
        put = count == 1 ? send(fd, parts->iov_base, parts->iov_len, MSG_NOSIGNAL)
                         : sendmsg(fd, &message, MSG_NOSIGNAL);
    while (put < 0 && errno == EINTR);
    return put < 0 ? -errno : (int)put;
}

static int fd_wait(struct ouro_stream *stream, enum ouro__direction direction, int64_t deadline)
{
    return ouro__io_wait(&self(stream)->io, direction, deadline);
}

static int fd_shutdown(struct ouro_stream *stream)
{
    return shutdown(self(stream)->io.fd, SHUT_WR) < 0 ? -errno : 0;
}

static void fd_close(struct ouro_stream *stream)
{
    ouro__io_close(&self(stream)->io);
}

static void fd_free(struct ouro_stream *stream)
{
    free(self(stream));
}

static int fd_join(struct ouro_stream *stream, struct ouro_stream_set *set)
{
    return ouro__io_move(&self(stream)->io, set ? &set->ios : NULL);
}

static int fd_peer(struct ouro_stream *stream, struct ouro__address *ret_address)
{
    struct ouro__address address = {.len = sizeof address.u};
    if (getpeername(self(stream)->io.fd, &address.u.any, &address.len) < 0)
        return -errno;
    *ret_address = address;
    return 0;
}

static const struct ouro__stream_ops fd_ops = {
    .try_read = fd_try_read,
    .try_writev = fd_try_writev,
    .wait = fd_wait,
    .shutdown = fd_shutdown,
    .close = fd_close,
    .free = fd_free,
    .join = fd_join,
    .peer = fd_peer,
};

static void fd_on_edge(struct ouro__io *io, unsigned edges)
{
    struct fd_stream *stream = ouro_container(io, struct fd_stream, io);
    if (edges & OURO_EDGE_READ)
        stream->drained = false;
    if (edges & OURO_EDGE_HANGUP)
        stream->asks = true;
    if (stream->base.on_edge)
        stream->base.on_edge(&stream->base, edges, stream->base.ud);
}

int ouro__stream_of_fd(int fd, struct ouro_stream **ret_stream)
{
    struct fd_stream *stream = calloc(1, sizeof *stream);
    int rc = stream ? ouro__io_open(&stream->io, fd) : -ENOMEM;
    if (rc < 0) {
        free(stream);
        return rc;
    }
    stream->base.ops = &fd_ops;
    stream->io.on_edge = fd_on_edge;
    *ret_stream = &stream->base;
    return 0;
}

int ouro__stream_of_datagrams(int fd, struct ouro_stream **ret_stream)
{
    int rc = ouro__stream_of_fd(fd, ret_stream);
    if (rc == 0)
        self(*ret_stream)->asks = true;
    return rc;
}

void ouro__socket_set_no_delay(int fd)
{
    int on = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

/* --- connecting ------------------------------------------------------------------------------- */

static int finish_connect(struct ouro_stream *stream, int64_t deadline)
{
    int rc = ouro__io_wait(&self(stream)->io, OURO__WRITE, deadline);
    if (rc < 0)
        return rc;
    int failure = 0;
    socklen_t len = sizeof failure;
    if (getsockopt(self(stream)->io.fd, SOL_SOCKET, SO_ERROR, &failure, &len) < 0)
        return -errno; /* what can't be asked for is not taken for granted */
    return -failure;
}

/* The queue of a UNIX listener is full: EAGAIN, and nothing will tell when there is room. */
static int wait_for_queue(int64_t deadline)
{
    int64_t again = ouro_after(CONNECT_AGAIN_NS);
    if (deadline < again) {
        int rc = ouro_sleep_until(deadline);
        return rc < 0 ? rc : -ETIMEDOUT;
    }
    return ouro_sleep_until(again);
}

/* 0: connected. 1: the answer is on its way. */
static int start_connect(int fd, const struct ouro__address *to, int64_t deadline)
{
    int rc = 0;
    while (rc >= 0 && connect(fd, &to->u.any, to->len) < 0) {
        if (errno == EINPROGRESS)
            return 1;
        bool queue_is_full = errno == EAGAIN && to->u.any.sa_family == AF_UNIX;
        rc = queue_is_full ? wait_for_queue(deadline) : -errno;
    }
    return rc;
}

static int connect_fd(int fd, const struct ouro__address *to, int64_t deadline,
                      struct ouro_stream **ret_stream)
{
    struct ouro_stream *stream;
    int rc = start_connect(fd, to, deadline);
    bool waits = rc == 1;
    if (rc >= 0)
        rc = ouro__stream_of_fd(fd, &stream);
    if (rc < 0) {
        close(fd);
        return rc;
    }
    if (waits)
        rc = finish_connect(stream, deadline);
    if (rc < 0)
        ouro_stream_close(stream);
    else
        *ret_stream = stream;
    return rc;
}

int ouro__socket_connect(const char *address, int64_t deadline, struct ouro_stream **ret_stream)
{
    struct ouro__address to;
    int rc = ouro__address_parse(address, &to);
    if (rc < 0)
        return rc;
    int fd = socket(to.u.any.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -errno;
    if (to.u.any.sa_family != AF_UNIX)
        ouro__socket_set_no_delay(fd);
    return connect_fd(fd, &to, deadline, ret_stream);
}
