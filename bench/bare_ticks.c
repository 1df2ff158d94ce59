/* SPDX-License-Identifier: MIT */
#include "bare_ticks.h"

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "bare_loop.h"
#include "measure.h"

#define FDS_MAX    65536
#define EVENTS_MAX 256
#define READ_BYTES 65536
/* Before the first message it is woken by what comes, in either case. */
#define REST_NS BENCH_SEC

struct ticks {
    const struct bare_ticks_options *options;
    struct bare_loop loop;
    int64_t next; /* tick; 0: it does not tick yet */
};

static uint8_t wire[BARE_TICK_MESSAGES_MAX * (BARE_TICK_BYTES_MAX + 4)];
static size_t wire_bytes;
static int fds[FDS_MAX]; /* of clients; the place of each is in places */
static size_t places[FDS_MAX], count;

static void make_wire(const struct bare_ticks_options *options)
{
    for (size_t i = 0; i < options->messages; i++) {
        uint8_t *at = wire + wire_bytes;
        size_t head = options->bytes < 126 ? 2 : 4;
        at[0] = 0x81;
        at[1] = head == 2 ? (uint8_t)options->bytes : 126;
        at[2] = (uint8_t)(options->bytes >> 8);
        at[3] = (uint8_t)options->bytes;
        memset(at + head, 'x', options->bytes);
        wire_bytes += head + options->bytes;
    }
}

static void add(int fd)
{
    places[fd] = count;
    fds[count++] = fd;
}

static void take_away(int fd)
{
    fds[places[fd]] = fds[--count];
    places[fds[count]] = places[fd];
    close(fd);
}

static void read_from(struct ticks *ticks, int fd)
{
    static uint8_t input[READ_BYTES];
    ssize_t got = recv(fd, input, sizeof input, MSG_DONTWAIT);
    if (got == 0 || (got < 0 && errno != EAGAIN))
        take_away(fd);
    else if (got >= 4 && memcmp(input, "GET ", 4) == 0)
        bare_greet(fd);
    else if (got > 0 && ticks->next == 0)
        ticks->next = bench_now();
}

static int look(struct ticks *ticks, int64_t ns)
{
    struct epoll_event events[EVENTS_MAX];
    struct timespec timeout = {ns / BENCH_SEC, ns % BENCH_SEC};
    int ready = epoll_pwait2(ticks->loop.epoll, events, EVENTS_MAX, &timeout, NULL);
    for (int i = 0; i < ready; i++) {
        int fd = events[i].data.fd;
        if (fd != ticks->loop.listener) {
            read_from(ticks, fd);
        } else if ((fd = bare_accept(&ticks->loop)) >= 0) {
            add(fd);
        }
    }
    return ready;
}

static void read_until_tick(struct ticks *ticks)
{
    int64_t left;
    if (ticks->options->once_per_tick) {
        struct timespec until = {ticks->next / BENCH_SEC, ticks->next % BENCH_SEC};
        clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL);
        while (look(ticks, 0) == EVENTS_MAX)
            ;
        return;
    }
    while ((left = ticks->next - bench_now()) > 0)
        look(ticks, left);
}

static void tick(struct ticks *ticks)
{
    for (size_t i = 0; i < count; i++)
        (void)!send(fds[i], wire, wire_bytes, MSG_NOSIGNAL | MSG_DONTWAIT);
    ticks->next = count > 0 ? ticks->next + ticks->options->tick_ns : 0;
}

int bare_ticks(const struct bare_ticks_options *options)
{
    struct ticks ticks = {.options = options};
    if (options->messages > BARE_TICK_MESSAGES_MAX || options->bytes > BARE_TICK_BYTES_MAX)
        return -EMSGSIZE;
    make_wire(options);
    int r = bare_open(&ticks.loop);
    while (r == 0) {
        if (ticks.next == 0) {
            look(&ticks, REST_NS);
            continue;
        }
        read_until_tick(&ticks);
        tick(&ticks);
    }
    return r;
}
