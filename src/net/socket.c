/* SPDX-License-Identifier: MIT */
/* TCP and UNIX sockets: listeners, connections, and streams over them. */
#include "net/address.h"
#include "net/listener.h"

#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define BACKLOG_DEFAULT  4096
#define CONNECT_AGAIN_NS OURO_MS(5)

/* --- streams ---------------------------------------------------------------------------------- */

struct fd_stream {
    struct ouro_stream base;
    struct ouro__io io;
    bool drained;   /* there was nothing left to read, and no edge since */
    bool has_ended; /* the end may have made its edge together with the last bytes */
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
    stream->drained = !stream->has_ended && (rc == -EAGAIN || (rc > 0 && (size_t)rc < len));
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

static int fd_join(struct ouro_stream *stream, struct ouro__io_set *set)
{
    return ouro__io_move(&self(stream)->io, set);
}

static int fd_peer(struct ouro_stream *stream, bool host_only, char ret_address[OURO_ADDRESS_BYTES])
{
    struct ouro__address address = {.len = sizeof address.u};
    if (getpeername(self(stream)->io.fd, &address.u.any, &address.len) < 0)
        return -errno;
    ouro__address_print(&address, host_only, ret_address);
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
        stream->has_ended = true;
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

/* Small messages must not wait for the acknowledgement of the one before. */
static void set_no_delay(int fd)
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
    getsockopt(self(stream)->io.fd, SOL_SOCKET, SO_ERROR, &failure, &len);
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
        set_no_delay(fd);
    return connect_fd(fd, &to, deadline, ret_stream);
}

/* --- listening -------------------------------------------------------------------------------- */

struct fd_listener {
    struct ouro_listener base;
    struct ouro__io io;
    struct ouro__address address;
    bool inherited; /* its file, if it has one, belongs to whom we have it from */
};

static struct fd_listener *fd_listener(struct ouro_listener *listener)
{
    return ouro_container(listener, struct fd_listener, base);
}

static void set_listen_options(int fd, const struct ouro_listen_options *options)
{
    int on = 1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (options->reuse_port)
        setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on);
}

/* The file of a UNIX socket outlives its server. If nobody answers there, it is nobody's. Any
 * other file refuses as well, and is somebody's. */
static void remove_stale_unix(const struct ouro__address *address)
{
    const char *path = address->u.un.sun_path;
    struct stat status;
    if (lstat(path, &status) < 0 || !S_ISSOCK(status.st_mode))
        return;
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return;
    if (connect(fd, &address->u.any, address->len) < 0 && errno == ECONNREFUSED)
        unlink(path);
    close(fd);
}

static void remove_own_unix(const struct ouro__address *address)
{
    if (address->u.any.sa_family == AF_UNIX)
        unlink(address->u.un.sun_path);
}

/* 0, and the address is what was really bound. */
static int bind_and_listen(int fd, struct ouro__address *address, int backlog)
{
    struct ouro__address bound = {.len = sizeof bound.u};
    if (bind(fd, &address->u.any, address->len) < 0)
        return -errno;
    if (listen(fd, backlog) < 0 || getsockname(fd, &bound.u.any, &bound.len) < 0) {
        int rc = -errno;
        remove_own_unix(address);
        return rc;
    }
    *address = bound;
    return 0;
}

static int open_listening_fd(struct ouro__address *address,
                             const struct ouro_listen_options *options)
{
    int family = address->u.any.sa_family;
    int fd = socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -errno;
    if (family == AF_UNIX)
        remove_stale_unix(address);
    else
        set_listen_options(fd, options);
    int rc = bind_and_listen(fd, address, options->backlog ? options->backlog : BACKLOG_DEFAULT);
    if (rc < 0)
        close(fd);
    return rc < 0 ? rc : fd;
}

static int start_listening(struct fd_listener *listener, const struct ouro_listen_options *options)
{
    int fd = open_listening_fd(&listener->address, options);
    int rc = fd < 0 ? fd : ouro__io_open(&listener->io, fd);
    if (fd >= 0 && rc < 0) {
        remove_own_unix(&listener->address);
        close(fd);
    }
    return rc;
}

/* The peer went away while it waited in the queue: not the listener's fault. */
static bool peer_has_gone(int error)
{
    return error == ECONNABORTED || error == EPROTO || error == EINTR;
}

static int welcome(const struct fd_listener *listener, int fd, struct ouro_stream **ret_stream)
{
    if (listener->address.u.any.sa_family != AF_UNIX)
        set_no_delay(fd);
    int rc = ouro__stream_of_fd(fd, ret_stream);
    if (rc < 0)
        close(fd);
    return rc;
}

static int fd_accept(struct ouro_listener *base, int64_t deadline, struct ouro_stream **ret_stream)
{
    struct fd_listener *listener = fd_listener(base);
    int rc = 0;
    while (rc >= 0 && !base->closed) {
        int fd = accept4(listener->io.fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd >= 0)
            return welcome(listener, fd, ret_stream);
        if (errno == EAGAIN)
            rc = ouro__io_wait(&listener->io, OURO__READ, deadline);
        else if (!peer_has_gone(errno))
            return -errno;
    }
    return base->closed ? -OURO_ECLOSED : rc;
}

static void fd_listener_close(struct ouro_listener *base)
{
    struct fd_listener *listener = fd_listener(base);
    if (!listener->inherited)
        remove_own_unix(&listener->address);
    ouro__io_close(&listener->io);
}

static void fd_listener_free(struct ouro_listener *listener)
{
    free(fd_listener(listener));
}

static const struct ouro__listener_ops fd_listener_ops = {
    .accept = fd_accept,
    .close = fd_listener_close,
    .free = fd_listener_free,
};

/* It listens. */
static struct ouro_listener *finished(struct fd_listener *listener)
{
    listener->base.ops = &fd_listener_ops;
    ouro__address_print(&listener->address, false, listener->base.text);
    return &listener->base;
}

int ouro__socket_listen(const char *address, const struct ouro_listen_options *options,
                        struct ouro_listener **ret_listener)
{
    struct fd_listener *listener = calloc(1, sizeof *listener);
    if (!listener)
        return -ENOMEM;
    int rc = ouro__address_parse(address, &listener->address);
    if (rc == 0)
        rc = start_listening(listener, options);
    if (rc < 0) {
        free(listener);
        return rc;
    }
    *ret_listener = finished(listener);
    return 0;
}

/* As it was bound by whoever made the socket. */
static int adopt(struct fd_listener *listener, int fd)
{
    int listening = 0;
    socklen_t len = sizeof listening;
    listener->address.len = sizeof listener->address.u;
    if (getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listening, &len) < 0)
        return -errno;
    if (!listening)
        return -EINVAL;
    if (getsockname(fd, &listener->address.u.any, &listener->address.len) < 0 ||
        fcntl(fd, F_SETFL, O_NONBLOCK) < 0 || fcntl(fd, F_SETFD, FD_CLOEXEC) < 0)
        return -errno;
    return ouro__io_open(&listener->io, fd);
}

int ouro_listen_fd(int fd, struct ouro_listener **ret_listener)
{
    struct fd_listener *listener = calloc(1, sizeof *listener);
    int rc = listener ? adopt(listener, fd) : -ENOMEM;
    if (rc < 0) {
        free(listener);
        return rc;
    }
    listener->inherited = true;
    *ret_listener = finished(listener);
    return 0;
}

int ouro_listener_release(struct ouro_listener *listener)
{
    ouro_assert(listener->users == 0 && listener->ops == &fd_listener_ops);
    int fd = ouro__io_release(&fd_listener(listener)->io);
    fd_listener_free(listener);
    return fd;
}
