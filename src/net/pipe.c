/* SPDX-License-Identifier: MIT */
#include "net/pipe.h"
#include "net/stream.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

struct pipe_stream {
    struct ouro_stream base;
    struct ouro__io io;
    bool shut; /* no descriptor any more */
};

static struct pipe_stream *self(struct ouro_stream *stream)
{
    return ouro_container(stream, struct pipe_stream, base);
}

static int pipe_try_read(struct ouro_stream *stream, void *buf, size_t len)
{
    ssize_t got;
    if (self(stream)->shut)
        return -EBADF;
    do
        got = read(self(stream)->io.fd, buf, len);
    while (got < 0 && errno == EINTR);
    return got < 0 ? -errno : (int)got;
}

/* There is no MSG_NOSIGNAL for pipes, and what SIGPIPE does is the program's to say. So it is kept
 * out while we write, and the one that we have caused is taken back: it is this thread's own. */
static ssize_t writev_no_signal(int fd, const struct iovec *parts, int count)
{
    static const struct timespec at_once;
    sigset_t broken_pipe, before, pending;
    sigemptyset(&broken_pipe);
    sigaddset(&broken_pipe, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &broken_pipe, &before);
    sigpending(&pending);
    ssize_t put = writev(fd, parts, count);
    int error = errno;
    if (put < 0 && error == EPIPE && !sigismember(&pending, SIGPIPE))
        sigtimedwait(&broken_pipe, NULL, &at_once);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    errno = error;
    return put;
}

static int pipe_try_writev(struct ouro_stream *stream, const struct iovec *parts, int count)
{
    ssize_t put;
    if (self(stream)->shut)
        return -EPIPE;
    do
        put = writev_no_signal(self(stream)->io.fd, parts, count);
    while (put < 0 && errno == EINTR);
    return put < 0 ? -errno : (int)put;
}

static int pipe_wait(struct ouro_stream *stream, enum ouro__direction direction, int64_t deadline)
{
    return ouro__io_wait(&self(stream)->io, direction, deadline);
}

/* The end of a pipe is told by closing it; a task that still writes gets -OURO_ECLOSED. */
static int pipe_shutdown(struct ouro_stream *stream)
{
    if (!self(stream)->shut)
        ouro__io_close(&self(stream)->io);
    self(stream)->shut = true;
    return 0;
}

static void pipe_close(struct ouro_stream *stream)
{
    pipe_shutdown(stream);
}

static void pipe_free(struct ouro_stream *stream)
{
    free(self(stream));
}

static int pipe_peer(struct ouro_stream *stream, struct ouro__address *ret_address)
{
    (void)stream, (void)ret_address;
    return -ENOTCONN;
}

static const struct ouro__stream_ops pipe_ops = {
    .try_read = pipe_try_read,
    .try_writev = pipe_try_writev,
    .wait = pipe_wait,
    .shutdown = pipe_shutdown,
    .close = pipe_close,
    .free = pipe_free,
    .peer = pipe_peer,
};

static void pipe_on_edge(struct ouro__io *io, unsigned edges)
{
    struct ouro_stream *stream = &ouro_container(io, struct pipe_stream, io)->base;
    if (stream->on_edge)
        stream->on_edge(stream, edges, stream->ud);
}

int ouro__stream_of_pipe(int fd, struct ouro_stream **ret_stream)
{
    struct pipe_stream *stream = calloc(1, sizeof *stream);
    int rc = stream ? ouro__io_open(&stream->io, fd) : -ENOMEM;
    if (rc < 0) {
        free(stream);
        return rc;
    }
    stream->base.ops = &pipe_ops;
    stream->io.on_edge = pipe_on_edge;
    *ret_stream = &stream->base;
    return 0;
}
