/* SPDX-License-Identifier: MIT */
#include "bare.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "measure.h"

#define BACKLOG 1024

/* The answer to the one key that the load generator uses (RFC 6455 section 1.3). */
static const char ACCEPTED[] = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
                               "Connection: Upgrade\r\n"
                               "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";

static struct {
    int listener, epoll;
    size_t count;
    int clients[BARE_CLIENTS_MAX];
    size_t wire_bytes;
    uint8_t wire[BARE_WIRE_BYTES_MAX];
} bare;

/* A text frame that holds a rendered cell, so that whoever looks for ticks finds one; the rest is
 * blanks, which JSON allows. */
static void make_frame(size_t wire_bytes)
{
    static const char CELL[] = "[[\"render\",0,0,\"%\",1]";
    if (wire_bytes < BARE_WIRE_BYTES_MIN)
        wire_bytes = BARE_WIRE_BYTES_MIN;
    if (wire_bytes > BARE_WIRE_BYTES_MAX)
        wire_bytes = BARE_WIRE_BYTES_MAX;
    size_t head = wire_bytes - 2 < 126 ? 2 : 4;
    size_t payload = wire_bytes - head;
    memset(bare.wire, ' ', wire_bytes);
    bare.wire[0] = 0x81;
    bare.wire[1] = head == 2 ? (uint8_t)payload : 126;
    if (head == 4) {
        bare.wire[2] = (uint8_t)(payload >> 8);
        bare.wire[3] = (uint8_t)payload;
    }
    memcpy(bare.wire + head, CELL, sizeof CELL - 1);
    bare.wire[wire_bytes - 1] = ']';
    bare.wire_bytes = wire_bytes;
}

static int watch(int fd)
{
    struct epoll_event readable = {.events = EPOLLIN, .data.fd = fd};
    return epoll_ctl(bare.epoll, EPOLL_CTL_ADD, fd, &readable) < 0 ? -errno : 0;
}

static int listen_and_say_where(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof address;
    bare.epoll = epoll_create1(EPOLL_CLOEXEC);
    bare.listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (bare.epoll < 0 || bare.listener < 0 ||
        bind(bare.listener, (struct sockaddr *)&address, len) < 0 ||
        listen(bare.listener, BACKLOG) < 0 ||
        getsockname(bare.listener, (struct sockaddr *)&address, &len) < 0)
        return -errno;
    printf("http://127.0.0.1:%d\n", ntohs(address.sin_port));
    fflush(stdout);
    return watch(bare.listener);
}

static int accept_one(void)
{
    int on = 1;
    int fd = accept4(bare.listener, NULL, NULL, SOCK_CLOEXEC);
    if (fd < 0)
        return -errno;
    if (bare.count == BARE_CLIENTS_MAX) {
        close(fd);
        return -ENFILE;
    }
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    bare.clients[bare.count++] = fd;
    return watch(fd);
}

/* The load generator sends its request in one piece and masks with zero, so looking is enough. */
static bool greet(int fd)
{
    char text[2048];
    ssize_t got = recv(fd, text, sizeof text - 1, MSG_DONTWAIT);
    text[got > 0 ? got : 0] = 0;
    if (strncmp(text, "GET ", 4) == 0)
        (void)!send(fd, ACCEPTED, sizeof ACCEPTED - 1, MSG_NOSIGNAL);
    else if (got == 0)
        epoll_ctl(bare.epoll, EPOLL_CTL_DEL, fd, NULL);
    return got > 0 && memmem(text, (size_t)got, "\"join\"", 6);
}

static int gather_clients(void)
{
    for (;;) {
        struct epoll_event event;
        int r = epoll_wait(bare.epoll, &event, 1, -1);
        if (r < 0)
            return -errno;
        if (event.data.fd != bare.listener && greet(event.data.fd))
            return 0;
        if (event.data.fd == bare.listener && (r = accept_one()) < 0)
            return r;
    }
}

static void send_to_all(void)
{
    for (size_t i = 0; i < bare.count; i++)
        (void)!send(bare.clients[i], bare.wire, bare.wire_bytes, MSG_NOSIGNAL | MSG_DONTWAIT);
}

int bare_serve(double tick_hz, size_t wire_bytes)
{
    make_frame(wire_bytes);
    int r = listen_and_say_where();
    if (r == 0)
        r = gather_clients();
    int64_t start = bench_now();
    for (int64_t tick = 1; r == 0; tick++) {
        /* From the start, not from the last tick: a rounded period must not add up. */
        int64_t due = start + (int64_t)((double)tick * 1e9 / tick_hz);
        struct timespec at = {.tv_sec = due / BENCH_SEC, .tv_nsec = due % BENCH_SEC};
        r = -clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &at, NULL);
        send_to_all();
    }
    return r;
}
