/* SPDX-License-Identifier: MIT */
#include "bare.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "bare_loop.h"
#include "measure.h"

static struct {
    struct bare_loop loop;
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

static int accept_one(void)
{
    int fd = bare_accept(&bare.loop);
    if (fd >= 0 && bare.count == BARE_CLIENTS_MAX) {
        close(fd);
        return -ENFILE;
    }
    if (fd >= 0)
        bare.clients[bare.count++] = fd;
    return fd < 0 ? fd : 0;
}

/* The load generator sends its request in one piece and masks with zero, so looking is enough. */
static bool greet(int fd)
{
    char text[2048];
    ssize_t got = recv(fd, text, sizeof text - 1, MSG_DONTWAIT);
    text[got > 0 ? got : 0] = 0;
    if (strncmp(text, "GET ", 4) == 0)
        bare_greet(fd);
    else if (got == 0)
        epoll_ctl(bare.loop.epoll, EPOLL_CTL_DEL, fd, NULL);
    return got > 0 && memmem(text, (size_t)got, "\"join\"", 6);
}

static int gather_clients(void)
{
    for (;;) {
        struct epoll_event event;
        int r = epoll_wait(bare.loop.epoll, &event, 1, -1);
        if (r < 0)
            return -errno;
        if (event.data.fd != bare.loop.listener && greet(event.data.fd))
            return 0;
        if (event.data.fd == bare.loop.listener && (r = accept_one()) < 0)
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
    int r = bare_open(&bare.loop);
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
