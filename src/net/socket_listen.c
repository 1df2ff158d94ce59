/* SPDX-License-Identifier: MIT */
/* Listening on TCP and UNIX sockets. What a connection is to have is set on its listener, once: it
 * inherits (tcp(7)), and accepting stays one system call. */
#include "net/address.h"
#include "net/listener.h"

#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define BACKLOG_DEFAULT 4096
#define PROBES          3 /* of a silent peer, until it is given up */
/* The longest that the system waits for the next, in seconds; it takes no longer time. */
#define PROBE_SECONDS_MAX 32767

struct fd_listener {
    struct ouro_listener base;
    struct ouro__io io;
    struct ouro__address address;
    /* A connection that has been accepted, and there was no memory for a stream: the next call's.
     */
    int taken; /* -1: none */
    struct ouro__address taken_from;
    /* Of a UNIX socket's file that we have made: another one at the same place is another
     * server's. */
    dev_t device;
    ino_t inode;
    bool has_file;
};

static struct fd_listener *fd_listener(struct ouro_listener *listener)
{
    return ouro_container(listener, struct fd_listener, base);
}

/* --- options ---------------------------------------------------------------------------------- */

static void set_option(int fd, int level, int name, int value)
{
    setsockopt(fd, level, name, &value, sizeof value);
}

/* Rounded up: 0 would be the system's own idea. */
static int in_units(int64_t ns, int64_t unit_ns, int most)
{
    int64_t units = ns / unit_ns + (ns % unit_ns != 0);
    return units < most ? (int)units : most;
}

static int in_seconds(int64_t ns)
{
    return in_units(ns, OURO_SEC(1), PROBE_SECONDS_MAX);
}

static void set_connection_options(int fd, const struct ouro_listen_options *options)
{
    ouro__socket_set_no_delay(fd);
    if (options->unacked_ns_max)
        set_option(fd, IPPROTO_TCP, TCP_USER_TIMEOUT,
                   in_units(options->unacked_ns_max, OURO_MS(1), INT32_MAX));
    if (!options->keepalive_ns)
        return;
    set_option(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
    set_option(fd, IPPROTO_TCP, TCP_KEEPIDLE, in_seconds(options->keepalive_ns));
    set_option(fd, IPPROTO_TCP, TCP_KEEPINTVL, in_seconds(options->keepalive_ns / PROBES));
    set_option(fd, IPPROTO_TCP, TCP_KEEPCNT, PROBES);
}

static void set_tcp_options(int fd, int family, bool dual,
                            const struct ouro_listen_options *options)
{
    set_option(fd, SOL_SOCKET, SO_REUSEADDR, 1);
    if (family == AF_INET6)
        set_option(fd, IPPROTO_IPV6, IPV6_V6ONLY, !dual);
    if (options->reuse_port)
        set_option(fd, SOL_SOCKET, SO_REUSEPORT, 1);
    set_connection_options(fd, options);
}

/* --- the file of a UNIX socket ---------------------------------------------------------------- */

/* It outlives its server. If nobody answers there, it is nobody's. Any other file refuses as well,
 * and is somebody's. */
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

static void remove_file(const struct fd_listener *listener)
{
    const char *path = listener->address.u.un.sun_path;
    struct stat status;
    if (listener->has_file && lstat(path, &status) == 0 && status.st_dev == listener->device &&
        status.st_ino == listener->inode)
        unlink(path);
}

/* The mode that the socket has when it is bound becomes its file's, but for what the umask takes:
 * so nobody slips in before it is set. */
static int bind_unix(struct fd_listener *listener, int fd,
                     const struct ouro_listen_options *options)
{
    struct ouro__address *address = &listener->address;
    const char *path = address->u.un.sun_path;
    struct stat status;
    remove_stale_unix(address);
    if (options->mode && fchmod(fd, options->mode) < 0)
        return -errno;
    if (bind(fd, &address->u.any, address->len) < 0)
        return -errno;
    if (lstat(path, &status) == 0) {
        listener->has_file = true;
        listener->device = status.st_dev;
        listener->inode = status.st_ino;
    }
    return options->mode && chmod(path, options->mode) < 0 ? -errno : 0;
}

/* --- opening ---------------------------------------------------------------------------------- */

static int bind_tcp(struct fd_listener *listener, int fd, bool dual,
                    const struct ouro_listen_options *options)
{
    const struct ouro__address *address = &listener->address;
    set_tcp_options(fd, address->u.any.sa_family, dual, options);
    return bind(fd, &address->u.any, address->len) < 0 ? -errno : 0;
}

/* 0, and the address is what was really bound. */
static int listen_there(struct fd_listener *listener, int fd, int backlog)
{
    struct ouro__address bound = {.len = sizeof bound.u};
    if (listen(fd, backlog ? backlog : BACKLOG_DEFAULT) < 0 ||
        getsockname(fd, &bound.u.any, &bound.len) < 0)
        return -errno;
    listener->address = bound;
    return ouro__io_open(&listener->io, fd);
}

/* `dual`: an IPv6 socket that takes IPv4 as well. */
static int open_listener(struct fd_listener *listener, bool dual,
                         const struct ouro_listen_options *options)
{
    int family = listener->address.u.any.sa_family;
    int fd = socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -errno;
    int rc = family == AF_UNIX ? bind_unix(listener, fd, options)
                               : bind_tcp(listener, fd, dual, options);
    if (rc == 0)
        rc = listen_there(listener, fd, options->backlog);
    if (rc < 0) {
        remove_file(listener);
        close(fd);
    }
    return rc;
}

/* "*:80" is "[::]:80" for both families, or "0.0.0.0:80" where there is no IPv6. */
static int open_everywhere(struct fd_listener *listener, const char *colon_port,
                           const struct ouro_listen_options *options)
{
    char text[OURO_ADDRESS_BYTES];
    snprintf(text, sizeof text, "[::]%s", colon_port);
    int rc = ouro__address_parse(text, &listener->address);
    if (rc == 0)
        rc = open_listener(listener, true, options);
    if (rc != -EAFNOSUPPORT && rc != -EADDRNOTAVAIL)
        return rc;
    snprintf(text, sizeof text, "0.0.0.0%s", colon_port);
    rc = ouro__address_parse(text, &listener->address);
    return rc < 0 ? rc : open_listener(listener, false, options);
}

static int start_listening(struct fd_listener *listener, const char *address,
                           const struct ouro_listen_options *options)
{
    if (*address == '*' || *address == ':')
        return open_everywhere(listener, address + (*address == '*'), options);
    int rc = ouro__address_parse(address, &listener->address);
    return rc < 0 ? rc : open_listener(listener, false, options);
}

/* --- accepting -------------------------------------------------------------------------------- */

/* The peer went away while it waited in the queue: not the listener's fault. */
static bool peer_has_gone(int error)
{
    return error == ECONNABORTED || error == EPROTO || error == EINTR;
}

/* 0, and there is one in `taken`. */
static int take(struct fd_listener *listener)
{
    struct ouro__address *from = &listener->taken_from;
    if (listener->taken >= 0)
        return 0;
    from->len = sizeof from->u;
    listener->taken =
        accept4(listener->io.fd, &from->u.any, &from->len, SOCK_NONBLOCK | SOCK_CLOEXEC);
    return listener->taken < 0 ? -errno : 0;
}

static int hand_over(struct fd_listener *listener, struct ouro__address *ret_peer,
                     struct ouro_stream **ret_stream)
{
    int rc = ouro__stream_of_fd(listener->taken, ret_stream);
    if (rc < 0)
        return rc;
    listener->taken = -1;
    if (ret_peer)
        *ret_peer = listener->taken_from;
    return 0;
}

static void drop_taken(struct fd_listener *listener)
{
    if (listener->taken >= 0)
        close(listener->taken);
    listener->taken = -1;
}

static int fd_accept(struct ouro_listener *base, int64_t deadline, struct ouro__address *ret_peer,
                     struct ouro_stream **ret_stream)
{
    struct fd_listener *listener = fd_listener(base);
    int rc = 0;
    while (rc >= 0 && !base->closed) {
        rc = take(listener);
        if (rc == 0)
            return hand_over(listener, ret_peer, ret_stream);
        if (rc == -EAGAIN)
            rc = ouro__io_wait(&listener->io, OURO__READ, deadline);
        else if (peer_has_gone(-rc))
            rc = 0;
    }
    return base->closed ? -OURO_ECLOSED : rc;
}

static void fd_listener_close(struct ouro_listener *base)
{
    struct fd_listener *listener = fd_listener(base);
    remove_file(listener);
    drop_taken(listener);
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

/* --- life ------------------------------------------------------------------------------------- */

/* It listens. */
static struct ouro_listener *finished(struct fd_listener *listener)
{
    listener->base.ops = &fd_listener_ops;
    ouro__address_print(&listener->address, false, listener->base.text);
    return &listener->base;
}

static struct fd_listener *listener_new(void)
{
    struct fd_listener *listener = calloc(1, sizeof *listener);
    if (listener)
        listener->taken = -1;
    return listener;
}

int ouro__socket_listen(const char *address, const struct ouro_listen_options *options,
                        struct ouro_listener **ret_listener)
{
    struct fd_listener *listener = listener_new();
    int rc = listener ? start_listening(listener, address, options) : -ENOMEM;
    if (rc < 0) {
        free(listener);
        return rc;
    }
    *ret_listener = finished(listener);
    return 0;
}

/* As it was bound by whoever made the socket. */
static int adopt(struct fd_listener *listener, int fd, const struct ouro_listen_options *options)
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
    if (listener->address.u.any.sa_family != AF_UNIX)
        set_connection_options(fd, options);
    return ouro__io_open(&listener->io, fd);
}

int ouro__socket_listen_fd(int fd, const struct ouro_listen_options *options,
                           struct ouro_listener **ret_listener)
{
    struct fd_listener *listener = listener_new();
    int rc = listener ? adopt(listener, fd, options) : -ENOMEM;
    if (rc < 0) {
        free(listener);
        return rc;
    }
    *ret_listener = finished(listener);
    return 0;
}

int ouro_listener_release(struct ouro_listener *listener)
{
    ouro_assert(listener->users == 0 && listener->ops == &fd_listener_ops);
    drop_taken(fd_listener(listener));
    int fd = ouro__io_release(&fd_listener(listener)->io);
    fd_listener_free(listener);
    return fd;
}
