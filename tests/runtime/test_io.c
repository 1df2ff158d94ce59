/* SPDX-License-Identifier: MIT */
/* File descriptors: edges, hang-ups, closing under a waiter, numbers that are used again. */
#include "scene.h"

#include "runtime/wait.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

/* A pair of connected sockets, or the ends of a pipe: [0] is watched and read. */
struct channel {
    struct ouro__io io;
    int peer;
};

static void open_channel(struct channel *channel)
{
    int fds[2];
    *channel = (struct channel){0};
    ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds), 0);
    ck_assert_int_eq(ouro__io_open(&channel->io, fds[0]), 0);
    channel->peer = fds[1];
}

static void open_pipe(struct channel *channel)
{
    int fds[2];
    *channel = (struct channel){0};
    ck_assert_int_eq(pipe2(fds, O_NONBLOCK | O_CLOEXEC), 0);
    ck_assert_int_eq(ouro__io_open(&channel->io, fds[0]), 0);
    channel->peer = fds[1];
}

static void close_channel(struct channel *channel)
{
    ouro__io_close(&channel->io);
    close(channel->peer);
}

/* As every user of an io does it: try, wait on EAGAIN, try again. */
static int read_some(struct channel *channel, char *buf, size_t cap, int64_t deadline)
{
    for (;;) {
        ssize_t got = read(channel->io.fd, buf, cap);
        if (got >= 0)
            return (int)got;
        if (errno != EAGAIN)
            return -errno;
        int rc = ouro__io_wait(&channel->io, OURO__READ, deadline);
        if (rc < 0)
            return rc;
    }
}

static int reader(void *arg)
{
    char buf[64];
    int rc = read_some(arg, buf, sizeof buf, OURO_FOREVER);
    note("%d", rc);
    return rc;
}

static void write_all(int fd, const char *text)
{
    ck_assert_int_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
}

REAL_TEST(a_reader_is_woken_by_what_comes)
{
    struct channel channel;
    open_channel(&channel);
    struct ouro_task *task = started(reader, &channel);
    ouro_yield();
    write_all(channel.peer, "hello");
    ck_assert_int_eq(status_of(task), 5);
    close_channel(&channel);
    return 0;
}

REAL_TEST(a_writer_is_woken_by_room)
{
    struct channel channel;
    char buf[65536] = "";
    open_channel(&channel);
    while (write(channel.io.fd, buf, sizeof buf) > 0)
        ;
    ck_assert_int_eq(errno, EAGAIN);
    ck_assert_int_eq(ouro__io_wait(&channel.io, OURO__WRITE, ouro_after(OURO_MS(2))), -ETIMEDOUT);
    while (read(channel.peer, buf, sizeof buf) > 0)
        ;
    ck_assert_int_eq(ouro__io_wait(&channel.io, OURO__WRITE, ouro_after(OURO_SEC(5))), 0);
    close_channel(&channel);
    return 0;
}

REAL_TEST(a_hang_up_alone_wakes_the_reader)
{
    struct channel pipe_end, socket_end;
    open_pipe(&pipe_end);
    open_channel(&socket_end);
    struct ouro_task *of_pipe = started(reader, &pipe_end);
    struct ouro_task *of_socket = started(reader, &socket_end);
    ouro_yield();
    close(pipe_end.peer);
    close(socket_end.peer);
    ck_assert_int_eq(status_of(of_pipe), 0);
    ck_assert_int_eq(status_of(of_socket), 0);
    ouro__io_close(&pipe_end.io);
    ouro__io_close(&socket_end.io);
    return 0;
}

static int wait_to_write(void *arg)
{
    return ouro__io_wait(arg, OURO__WRITE, OURO_FOREVER);
}

REAL_TEST(a_writer_of_a_pipe_is_woken_when_its_reader_goes)
{
    int fds[2];
    char buf[65536] = "";
    struct ouro__io io = {0};
    signal(SIGPIPE, SIG_IGN);
    ck_assert_int_eq(pipe2(fds, O_NONBLOCK | O_CLOEXEC), 0);
    while (write(fds[1], buf, sizeof buf) > 0)
        ;
    ck_assert_int_eq(ouro__io_open(&io, fds[1]), 0);
    struct ouro_task *task = started(wait_to_write, &io);
    ouro_sleep(OURO_MS(1));
    ck_assert(!ouro_task_done(task));
    close(fds[0]);
    ck_assert_int_eq(status_of(task), 0); /* to try again and find out */
    ck_assert_int_eq(write(fds[1], buf, 1), -1);
    ck_assert_int_eq(errno, EPIPE);
    ouro__io_close(&io);
    return 0;
}

/* --- close and hand-over ------------------------------------------------------------------ */

REAL_TEST(closing_wakes_who_waits_and_they_touch_the_io_no_more)
{
    struct channel *channel = malloc(sizeof *channel);
    open_channel(channel);
    int peer = channel->peer;
    struct ouro_task *task = started(reader, channel);
    ouro_sleep(OURO_MS(1));
    ouro__io_close(&channel->io);
    memset(channel, 0x5a, sizeof *channel);
    free(channel);
    ck_assert_int_eq(status_of(task), -OURO_ECLOSED);
    close(peer);
    return 0;
}

REAL_TEST(an_io_can_be_released_right_after_its_reader_was_cancelled)
{
    struct channel channel;
    open_channel(&channel);
    struct ouro_task *task = started(reader, &channel);
    ouro_sleep(OURO_MS(1));
    ouro_cancel(task);
    int fd = ouro__io_release(&channel.io);
    ck_assert_int_eq(channel.io.fd, -1);
    ck_assert_int_eq(status_of(task), -ECANCELED);
    ck_assert_int_eq(ouro__io_open(&channel.io, fd), 0); /* it is open, and can be watched again */
    write_all(channel.peer, "x");
    ck_assert_int_eq(status_of(started(reader, &channel)), 1);
    close_channel(&channel);
    return 0;
}

REAL_TEST(one_task_waits_in_each_direction)
{
    struct channel channel;
    open_channel(&channel);
    struct ouro_task *task = started(reader, &channel);
    ouro_yield();
    ck_assert_int_eq(ouro__io_wait(&channel.io, OURO__READ, OURO_FOREVER), -EBUSY);
    ck_assert_int_eq(ouro__io_wait(&channel.io, OURO__WRITE, ouro_after(OURO_SEC(5))), 0);
    ouro_cancel(task); /* no longer waits, though it has not yet taken its step */
    ck_assert_int_eq(ouro__io_wait(&channel.io, OURO__READ, ouro_after(OURO_MS(1))), -ETIMEDOUT);
    ck_assert_int_eq(status_of(task), -ECANCELED);
    close_channel(&channel);
    return 0;
}

REAL_TEST(a_descriptor_can_be_watched_once_and_its_owner_still_hears)
{
    struct channel channel;
    struct ouro__io second = {0};
    open_channel(&channel);
    ck_assert_int_eq(ouro__io_open(&second, channel.io.fd), -EEXIST);
    struct ouro_task *task = started(reader, &channel);
    ouro_yield();
    write_all(channel.peer, "abc");
    ck_assert_int_eq(status_of(task), 3);
    close_channel(&channel);
    return 0;
}

REAL_TEST(what_cannot_be_watched_is_an_error)
{
    struct ouro__io io = {0};
    int regular = open("/etc/passwd", O_RDONLY | O_CLOEXEC);
    ck_assert_int_eq(ouro__io_open(&io, -1), -EBADF);
    ck_assert_int_eq(ouro__io_open(&io, 987), -EBADF);
    ck_assert_int_eq(ouro__io_open(&io, regular), -EPERM);
    close(regular);
    return 0;
}

/* --- meetings ----------------------------------------------------------------------------- */

REAL_TEST(data_before_the_cancellation_counts)
{
    struct channel channel;
    open_channel(&channel);
    struct ouro_task *task = started(reader, &channel);
    ouro_sleep(OURO_MS(1));
    ouro__io_event(&channel.io, OURO_EDGE_READ); /* the edge, as the driver tells of it */
    write_all(channel.peer, "abc");
    ouro_cancel(task);
    ck_assert_int_eq(status_of(task), 3);
    close_channel(&channel);
    return 0;
}

REAL_TEST(an_edge_without_data_before_the_cancellation_does_not_hide_it)
{
    struct channel channel;
    open_channel(&channel);
    struct ouro_task *task = started(reader, &channel);
    ouro_sleep(OURO_MS(1));
    ouro__io_event(&channel.io, OURO_EDGE_READ); /* nothing to read: it will wait again */
    ouro_cancel(task);
    ck_assert_int_eq(status_of(task), -ECANCELED);
    close_channel(&channel);
    return 0;
}

REAL_TEST(a_cancellation_before_the_data_leaves_the_data)
{
    struct channel channel;
    open_channel(&channel);
    struct ouro_task *task = started(reader, &channel);
    ouro_sleep(OURO_MS(1));
    ouro_cancel(task);
    ouro__io_event(&channel.io, OURO_EDGE_READ);
    write_all(channel.peer, "abc");
    ck_assert_int_eq(status_of(task), -ECANCELED);
    ck_assert_int_eq(status_of(started(reader, &channel)), 3);
    close_channel(&channel);
    return 0;
}

static int reader_with_deadline(void *arg)
{
    char buf[8];
    int rc = read_some(arg, buf, sizeof buf, ouro_after(OURO_MS(2)));
    note("%d", rc);
    return rc;
}

/* No step is made meanwhile: data and deadline are both there at the next look. */
static void spin_past(int64_t when)
{
    while (ouro_now() <= when)
        ;
}

REAL_TEST(data_that_is_there_when_the_deadline_is_noticed_counts)
{
    struct channel channel;
    open_channel(&channel);
    struct ouro_task *task = started(reader_with_deadline, &channel);
    ouro_yield(); /* it waits; and the kernel is not looked at before we wait ourselves */
    write_all(channel.peer, "x");
    spin_past(ouro_after(OURO_MS(3)));
    ck_assert_int_eq(status_of(task), 1);
    close_channel(&channel);
    return 0;
}

REAL_TEST(data_after_the_deadline_is_left_for_the_next)
{
    struct channel channel;
    open_channel(&channel);
    struct ouro_task *task = started(reader_with_deadline, &channel);
    ck_assert_int_eq(status_of(task), -ETIMEDOUT);
    write_all(channel.peer, "x");
    ck_assert_int_eq(status_of(started(reader_with_deadline, &channel)), 1);
    close_channel(&channel);
    return 0;
}

REAL_TEST(a_scope_cuts_a_wait_for_a_descriptor)
{
    struct channel channel;
    struct ouro_scope scope;
    open_channel(&channel);
    ouro_scope_open(&scope, ouro_after(OURO_MS(1)));
    ck_assert_int_eq(ouro__io_wait(&channel.io, OURO__READ, OURO_FOREVER), -ECANCELED);
    ck_assert_int_eq(ouro__io_wait(&channel.io, OURO__READ, OURO_FOREVER), -ECANCELED);
    ck_assert_int_eq(ouro_scope_close(&scope), -ETIMEDOUT);
    close_channel(&channel);
    return 0;
}

/* --- numbers that are used again ---------------------------------------------------------- */
/* Two descriptors become ready in one batch. The consumer of either closes the other, whose number
 * a new pair takes at once; the event of the closed one must not reach the new owner. */

struct reuse {
    struct ouro__io io;
    struct reuse *other;
    int peer;
    int edges;
    bool armed; /* to replace the other at the next edge */
};

static void replace_other(struct ouro__io *io, unsigned edges)
{
    struct reuse *self = ouro_container(io, struct reuse, io);
    (void)edges;
    self->edges++;
    if (!self->armed)
        return;
    struct reuse *other = self->other;
    int fds[2], number = other->io.fd;
    self->armed = other->armed = false;
    ouro__io_close(&other->io);
    /* The lowest free number is the one just closed. */
    ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds), 0);
    ck_assert_int_eq(fds[0], number);
    close(other->peer);
    other->peer = fds[1];
    other->edges = 0;
    ck_assert_int_eq(ouro__io_open(&other->io, fds[0]), 0);
    note("replaced");
}

static void open_reuse(struct reuse *reuse, struct reuse *other)
{
    int fds[2];
    *reuse = (struct reuse){.io.on_edge = replace_other, .other = other};
    ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds), 0);
    ck_assert_int_eq(ouro__io_open(&reuse->io, fds[0]), 0);
    reuse->peer = fds[1];
}

REAL_TEST(an_event_of_a_closed_descriptor_does_not_reach_the_next_owner_of_its_number)
{
    struct reuse a, b;
    open_reuse(&a, &b);
    open_reuse(&b, &a);
    ouro_sleep(OURO_MS(1)); /* both are writable from the start: let that edge pass */
    a.armed = b.armed = true;
    a.edges = b.edges = 0;
    write_all(a.peer, "x");
    write_all(b.peer, "x");
    ouro_sleep(0);
    ouro_sleep(OURO_MS(1));
    assert_trace("replaced");
    /* One saw its data; the new one only that it can be written. */
    ck_assert_int_eq(a.edges, 1);
    ck_assert_int_eq(b.edges, 1);
    ouro__io_close(&a.io);
    ouro__io_close(&b.io);
    close(a.peer);
    close(b.peer);
    return 0;
}

static void close_self(struct ouro__io *io, unsigned edges)
{
    note("%u", edges & (OURO_EDGE_READ | OURO_EDGE_HANGUP));
    struct channel *channel = ouro_container(io, struct channel, io);
    ouro__io_close(io);
    free(channel);
}

static void note_edge(struct ouro__io *io, unsigned edges)
{
    (void)io, (void)edges;
    note("edge");
}

REAL_TEST(a_consumer_may_close_its_io_and_shares_edges_with_tasks)
{
    struct channel *closing = malloc(sizeof *closing), shared;
    open_channel(closing);
    open_channel(&shared);
    ouro_sleep(OURO_MS(1));
    closing->io.on_edge = close_self;
    shared.io.on_edge = note_edge;
    close(closing->peer);
    struct ouro_task *task = started(reader, &shared);
    ouro_sleep(OURO_MS(1));
    char expected[8];
    snprintf(expected, sizeof expected, "%u", OURO_EDGE_READ | OURO_EDGE_HANGUP);
    assert_trace(expected);
    write_all(shared.peer, "ab");
    ck_assert_int_eq(status_of(task), 2);
    assert_trace("edge 2");
    close_channel(&shared);
    return 0;
}

/* --- busy tasks --------------------------------------------------------------------------- */

static int busy(void *arg)
{
    while (!*(bool *)arg)
        ouro_yield();
    return 0;
}

REAL_TEST(busy_tasks_do_not_starve_descriptors)
{
    struct channel channel;
    bool stop = false;
    struct ouro_task *spinning = started(busy, &stop);
    open_channel(&channel);
    struct ouro_task *task = started(reader, &channel);
    ouro_yield();
    write_all(channel.peer, "x");
    int status = 0;
    ck_assert_int_eq(ouro_await(task, ouro_after(OURO_SEC(5)), &status), 0);
    ck_assert_int_eq(status, 1);
    stop = true;
    status_of(spinning);
    ouro_task_unref(task);
    close_channel(&channel);
    return 0;
}

/* --- kernels that know less --------------------------------------------------------------- */

/* Timeouts in whole milliseconds are rounded up, and the rest is not spun away. */
static int sleep_without_pwait2(void *arg)
{
    forbid(SYS_epoll_pwait2, *(int *)arg);
    int64_t start = ouro_now();
    uint64_t polls = ouro_loop_stats(ouro_loop_self()).polls;
    ck_assert_int_eq(ouro_sleep(OURO_US(2300)), 0);
    ck_assert_int_ge(ouro_now() - start, OURO_US(2300));
    ck_assert_uint_le(ouro_loop_stats(ouro_loop_self()).polls - polls, 3);
    return 0;
}

TEST(without_epoll_pwait2_timeouts_are_rounded_up)
{
    static int enosys = ENOSYS;
    ck_assert_int_eq(ouro_run(sleep_without_pwait2, &enosys), 0);
}

TEST(a_container_that_refuses_epoll_pwait2_is_as_good)
{
    static int eperm = EPERM;
    ck_assert_int_eq(ouro_run(sleep_without_pwait2, &eperm), 0);
}

static int draw_without_getrandom(void *arg)
{
    forbid(SYS_getrandom, *(int *)arg);
    uint64_t first = ouro_random(), second = ouro_random();
    ck_assert_uint_ne(first, second);
    return 0;
}

TEST(a_container_that_refuses_getrandom_has_random_numbers)
{
    static int eperm = EPERM, enosys = ENOSYS;
    ck_assert_int_eq(ouro_run(draw_without_getrandom, &eperm), 0);
    ck_assert_int_eq(ouro_run(draw_without_getrandom, &enosys), 0);
}

REAL_TEST(timeouts_below_a_millisecond_are_not_spun)
{
    uint64_t polls = ouro_loop_stats(ouro_loop_self()).polls;
    for (int i = 0; i < 10; i++)
        ck_assert_int_eq(ouro_sleep(OURO_US(200)), 0);
    ck_assert_uint_le(ouro_loop_stats(ouro_loop_self()).polls - polls, 30);
    return 0;
}
