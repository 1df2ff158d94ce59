/* SPDX-License-Identifier: MIT */
/* Streams over what others have opened: sockets, pipes, what the kernel tells its events by. */
#include "scene.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <unistd.h>

static struct ouro_stream *opened(int fd)
{
    struct ouro_stream *stream;
    ck_assert_int_eq(ouro_stream_open_fd(fd, &stream), 0);
    return stream;
}

static int say_soon(void *stream)
{
    ouro_sleep(OURO_MS(2));
    return ouro_write(stream, "hello", 5, SOON);
}

REAL_TEST(a_pipe_goes_one_way_and_ends)
{
    int ends[2];
    char buf[16];
    ck_assert_int_eq(pipe2(ends, O_CLOEXEC), 0);
    struct ouro_stream *from = opened(ends[0]), *to = opened(ends[1]);
    struct ouro_task *speaker = started(say_soon, to);
    ck_assert_int_eq(ouro_read(from, buf, sizeof buf, SOON), 5);
    ck_assert_int_eq(status_of(speaker), 0);
    ck_assert_int_eq(ouro_read(to, buf, sizeof buf, SOON), -EBADF);
    ck_assert_int_eq(ouro_write(from, "x", 1, SOON), -EBADF);
    ck_assert_int_eq(ouro_stream_shutdown(to), 0);
    ck_assert_int_eq(ouro_read(from, buf, sizeof buf, SOON), 0);
    ouro_stream_close(from);
    ouro_stream_close(to);
    ck_assert_int_eq(fcntl(ends[0], F_GETFD), -1);
    ck_assert_int_eq(fcntl(ends[1], F_GETFD), -1);
    return 0;
}

REAL_TEST(a_socket_goes_both_ways)
{
    int ends[2];
    char buf[16];
    ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
    struct ouro_stream *here = opened(ends[0]), *there = opened(ends[1]);
    struct ouro_task *speaker = started(say_soon, there);
    ck_assert_int_eq(ouro_read(here, buf, sizeof buf, SOON), 5);
    ck_assert_int_eq(status_of(speaker), 0);
    ck_assert_int_eq(ouro_write(here, "and you", 7, SOON), 0);
    ck_assert_int_eq(ouro_stream_shutdown(here), 0);
    ck_assert_int_eq(ouro_read(there, buf, sizeof buf, SOON), 7);
    ck_assert_int_eq(ouro_read(there, buf, sizeof buf, SOON), 0);
    ouro_stream_close(here);
    ouro_stream_close(there);
    return 0;
}

/* Two that came in a row are two reads, and neither waits for a third. */
static void read_datagrams(int type)
{
    int ends[2];
    char buf[16];
    ck_assert_int_eq(socketpair(AF_UNIX, type | SOCK_CLOEXEC, 0, ends), 0);
    struct ouro_stream *here = opened(ends[0]), *there = opened(ends[1]);
    ck_assert_int_eq(ouro_write(here, "one", 3, SOON), 0);
    ck_assert_int_eq(ouro_write(here, "two", 3, SOON), 0);
    settle(); /* the edges of both have been told */
    for (int i = 0; i < 2; i++)
        ck_assert_int_eq(ouro_read(there, buf, sizeof buf, SOON), 3);
    ck_assert_mem_eq(buf, "two", 3);
    ouro_stream_close(here);
    ouro_stream_close(there);
}

REAL_TEST(a_socket_of_datagrams_gives_one_after_the_other)
{
    read_datagrams(SOCK_DGRAM);
    read_datagrams(SOCK_SEQPACKET);
    return 0;
}

REAL_TEST(a_timer_of_the_kernel_is_read)
{
    uint64_t fired = 0;
    struct itimerspec in_a_moment = {.it_value = {.tv_nsec = 1000 * 1000}};
    int fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC);
    ck_assert_int_eq(timerfd_settime(fd, 0, &in_a_moment, NULL), 0);
    struct ouro_stream *timer = opened(fd);
    ck_assert_int_eq(ouro_read(timer, &fired, sizeof fired, SOON), sizeof fired);
    ck_assert_uint_eq(fired, 1);
    ouro_stream_close(timer);
    return 0;
}

REAL_TEST(what_can_not_be_a_stream_stays_as_it_was)
{
    struct ouro_stream *stream = NULL, *first;
    int ends[2], file = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
    ck_assert_int_eq(ouro_stream_open_fd(file, &stream), -EPERM);
    ck_assert_int_eq(fcntl(file, F_GETFL) & O_NONBLOCK, 0);
    ck_assert_int_eq(close(file), 0);
    ck_assert_int_eq(ouro_stream_open_fd(file, &stream), -EBADF);
    ck_assert_int_eq(ouro_stream_open_fd(-1, &stream), -EBADF);
    ck_assert_int_eq(pipe2(ends, O_CLOEXEC), 0);
    first = opened(ends[0]);
    ck_assert_int_eq(ouro_stream_open_fd(ends[0], &stream), -EEXIST);
    ck_assert_ptr_null(stream);
    ouro_stream_close(first);
    close(ends[1]);
    return 0;
}

SIM_TEST(in_a_simulation_there_are_none)
{
    struct ouro_stream *stream = NULL;
    ck_assert_int_eq(ouro_stream_open_fd(STDIN_FILENO, &stream), -ENOTSUP);
    ck_assert_ptr_null(stream);
    return 0;
}
