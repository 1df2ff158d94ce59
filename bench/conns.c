/* SPDX-License-Identifier: MIT */
#include "conns.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "measure.h"

#define EVENTS_MAX 256
#define READ_BYTES 65536

struct conns {
    struct conns_options options;
    int epoll;
    size_t lost;
    uint8_t input[READ_BYTES];
    int fds[]; /* -1: not open */
};

/* --- life ------------------------------------------------------------------------------------ */

int conns_new(const struct conns_options *options, struct conns **ret)
{
    struct conns *conns = calloc(1, sizeof *conns + options->count * sizeof *conns->fds);
    if (!conns)
        return -ENOMEM;
    conns->options = *options;
    for (size_t i = 0; i < options->count; i++)
        conns->fds[i] = -1;
    conns->epoll = epoll_create1(EPOLL_CLOEXEC);
    if (conns->epoll < 0) {
        int r = -errno;
        free(conns);
        return r;
    }
    *ret = conns;
    return 0;
}

/* With a reset: thousands of sockets in TIME-WAIT would be memory and work in the next run. */
static void cut(int fd)
{
    const struct linger none = {.l_onoff = 1};
    setsockopt(fd, SOL_SOCKET, SO_LINGER, &none, sizeof none);
    close(fd);
}

struct conns *conns_free(struct conns *conns)
{
    if (!conns)
        return NULL;
    for (size_t i = 0; i < conns->options.count; i++)
        if (conns->fds[i] >= 0)
            cut(conns->fds[i]);
    close(conns->epoll);
    free(conns);
    return NULL;
}

static void lose(struct conns *conns, size_t index)
{
    close(conns->fds[index]); /* which also takes it out of the epoll set */
    conns->fds[index] = -1;
    conns->lost++;
}

/* --- connecting ------------------------------------------------------------------------------ */

/* Its own source address for each CONNS_PER_ADDRESS of them: 127.1.0.1, 127.1.0.2, ... */
static int bind_source(int fd, size_t index)
{
    int on = 1;
    struct sockaddr_in source = {.sin_family = AF_INET,
                                 .sin_addr.s_addr =
                                     htonl(0x7f010001u + (uint32_t)(index / CONNS_PER_ADDRESS))};
    /* The port is chosen at connect: only the pair of both ends must be unique then. */
    if (setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on) < 0 ||
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) < 0 ||
        bind(fd, (struct sockaddr *)&source, sizeof source) < 0)
        return -errno;
    return 0;
}

/* On loopback connect() needs nothing but a place in the listener's backlog, so it may block. */
int conns_open(struct conns *conns, size_t index)
{
    struct sockaddr_in server = {.sin_family = AF_INET,
                                 .sin_port = htons(conns->options.port),
                                 .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct epoll_event readable = {.events = EPOLLIN, .data.u64 = index};
    int fd = conns->fds[index] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -errno;
    int r = bind_source(fd, index);
    if (r < 0)
        return r;
    if (connect(fd, (struct sockaddr *)&server, sizeof server) < 0 ||
        epoll_ctl(conns->epoll, EPOLL_CTL_ADD, fd, &readable) < 0)
        return -errno;
    return 0;
}

/* --- loop ------------------------------------------------------------------------------------ */

int conns_send(struct conns *conns, size_t index, const void *data, size_t len)
{
    if (conns->fds[index] < 0)
        return -ENOTCONN;
    ssize_t sent = send(conns->fds[index], data, len, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0)
        return -errno;
    return (size_t)sent == len ? 0 : -EAGAIN;
}

static void read_one(struct conns *conns, size_t index)
{
    ssize_t got = recv(conns->fds[index], conns->input, sizeof conns->input, MSG_DONTWAIT);
    if (got < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (got <= 0 ||
        conns->options.on_bytes(index, conns->input, (size_t)got, conns->options.ud) < 0)
        lose(conns, index);
}

int conns_turn(struct conns *conns, int64_t until_ns)
{
    struct epoll_event events[EVENTS_MAX];
    int64_t left = conns->options.spin ? 0 : until_ns - bench_now();
    struct timespec wait = {.tv_sec = left > 0 ? left / BENCH_SEC : 0,
                            .tv_nsec = left > 0 ? left % BENCH_SEC : 0};
    int count = epoll_pwait2(conns->epoll, events, EVENTS_MAX, &wait, NULL);
    if (count < 0)
        return -errno;
    for (int i = 0; i < count; i++)
        read_one(conns, events[i].data.u64);
    return 0;
}

int conns_run(struct conns *conns, int64_t until_ns)
{
    int r = 0;
    while (r == 0 && bench_now() < until_ns)
        r = conns_turn(conns, until_ns);
    return r;
}

size_t conns_lost(const struct conns *conns)
{
    return conns->lost;
}
