/* SPDX-License-Identifier: MIT */
/* Listeners and streams over the kernel's sockets, on this machine. */
#include "scene.h"

#include "net/stream.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

static struct ouro_listener *listening_at(const char *address)
{
    struct ouro_listener *listener;
    ck_assert_int_eq(ouro_listen(address, NULL, &listener), 0);
    return listener;
}

static struct ouro_listener *listening(void)
{
    return listening_at("127.0.0.1:0");
}

/* A connection: [0] the client's end, [1] the server's. */
static void connect_pair(struct ouro_stream *ends[2])
{
    struct ouro_listener *listener = listening();
    ck_assert_int_eq(ouro_connect(ouro_listener_address(listener), SOON, &ends[0]), 0);
    ck_assert_int_eq(ouro_accept(listener, SOON, &ends[1]), 0);
    ouro_listener_close(listener);
}

static void close_pair(struct ouro_stream *ends[2])
{
    ends[0] = ouro_stream_close(ends[0]);
    ends[1] = ouro_stream_close(ends[1]);
}

/* A raw connection, for what a stream of ours would never do. */
static int raw_connect(const char *address)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    to.sin_port = htons((uint16_t)atoi(strrchr(address, ':') + 1));
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(connect(fd, (struct sockaddr *)&to, sizeof to), 0);
    return fd;
}

static void reset(int fd)
{
    struct linger now = {.l_onoff = 1, .l_linger = 0};
    setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
    close(fd);
}

/* A stream whose other end is a raw descriptor. */
static struct ouro_stream *stream_to(int *ret_fd)
{
    struct ouro_stream *stream;
    struct ouro_listener *listener = listening();
    *ret_fd = raw_connect(ouro_listener_address(listener));
    ck_assert_int_eq(ouro_accept(listener, SOON, &stream), 0);
    ouro_listener_close(listener);
    return stream;
}

static char *temp_path(char path[64])
{
    snprintf(path, 64, "/tmp/ouro-test-%ld", (long)getpid());
    unlink(path);
    return path;
}

/* --- listening -------------------------------------------------------------------------------- */

REAL_TEST(port_0_picks_one_and_tells_it)
{
    struct ouro_listener *listener = listening();
    const char *address = ouro_listener_address(listener);
    ck_assert_int_eq(strncmp(address, "127.0.0.1:", 10), 0);
    ck_assert_int_gt(atoi(address + 10), 0);
    ouro_listener_close(listener);
    ck_assert_ptr_null(ouro_listener_close(NULL));
    return 0;
}

REAL_TEST(what_can_not_be_listened_at)
{
    struct ouro_listener *listener = listening(), *other = NULL;
    const char *in_use = ouro_listener_address(listener);
    ck_assert_int_eq(ouro_listen(in_use, NULL, &other), -EADDRINUSE);
    ck_assert_int_eq(ouro_listen("nonsense", NULL, &other), -EINVAL);
    ck_assert_int_eq(ouro_listen("192.0.2.1:0", NULL, &other), -EADDRNOTAVAIL);
    ck_assert_int_eq(ouro_listen("unix:/no/such/folder/x", NULL, &other), -ENOENT);
    ck_assert_ptr_null(other);
    ouro_listener_close(listener);
    return 0;
}

REAL_TEST(a_port_can_be_shared_on_purpose)
{
    struct ouro_listen_options options = {.reuse_port = true, .backlog = 7};
    struct ouro_listener *one, *two;
    ck_assert_int_eq(ouro_listen("127.0.0.1:0", &options, &one), 0);
    ck_assert_int_eq(ouro_listen(ouro_listener_address(one), &options, &two), 0);
    ouro_listener_close(one);
    ouro_listener_close(two);
    return 0;
}

REAL_TEST(ipv6_where_there_is_any)
{
    struct ouro_listener *listener;
    struct ouro_stream *ends[2];
    char text[OURO_ADDRESS_BYTES];
    int rc = ouro_listen("[::1]:0", NULL, &listener);
    if (rc == -EAFNOSUPPORT || rc == -EADDRNOTAVAIL)
        return 0;
    ck_assert_int_eq(rc, 0);
    ck_assert_int_eq(ouro_connect(ouro_listener_address(listener), SOON, &ends[0]), 0);
    ck_assert_int_eq(ouro_accept(listener, SOON, &ends[1]), 0);
    ck_assert_int_eq(ouro_stream_peer(ends[1], true, text), 0);
    ck_assert_str_eq(text, "::1");
    close_pair(ends);
    ouro_listener_close(listener);
    return 0;
}

/* A server that was killed leaves its socket's file; the next one gets over it. */
REAL_TEST(the_file_of_a_unix_socket)
{
    char path[64], address[80], text[OURO_ADDRESS_BYTES];
    struct ouro_stream *ends[2];
    struct ouro_listener *listener, *other;
    snprintf(address, sizeof address, "unix:%s", temp_path(path));

    struct sockaddr_un stale = {.sun_family = AF_UNIX};
    strcpy(stale.sun_path, path);
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    ck_assert_int_eq(bind(fd, (struct sockaddr *)&stale, sizeof stale), 0);
    close(fd);

    listener = listening_at(address);
    ck_assert_str_eq(ouro_listener_address(listener), address);
    ck_assert_int_eq(ouro_connect(address, SOON, &ends[0]), 0);
    ck_assert_int_eq(ouro_accept(listener, SOON, &ends[1]), 0);
    ck_assert_int_eq(ouro_stream_peer(ends[1], true, text), 0);
    ck_assert_str_eq(text, "unix:");
    ck_assert_int_eq(ouro_stream_peer(ends[0], true, text), 0);
    ck_assert_str_eq(text, address);
    ck_assert_int_eq(ouro_write(ends[0], "x", 1, SOON), 0);
    ck_assert_int_eq(ouro_read(ends[1], text, 1, SOON), 1);
    close_pair(ends);
    ck_assert_int_eq(ouro_listen(address, NULL, &other), -EADDRINUSE);
    ouro_listener_close(listener);
    ck_assert_int_lt(access(path, F_OK), 0);
    return 0;
}

REAL_TEST(a_file_that_is_no_socket_is_left_alone)
{
    char path[64], address[80];
    struct ouro_listener *listener;
    snprintf(address, sizeof address, "unix:%s", temp_path(path));
    int fd = open(path, O_CREAT | O_WRONLY, 0600);
    ck_assert_int_ge(fd, 0);
    close(fd);
    ck_assert_int_eq(ouro_listen(address, NULL, &listener), -EADDRINUSE);
    ck_assert_int_eq(access(path, F_OK), 0);
    unlink(path);
    return 0;
}

/* A server whose queue is full is there all the same: neither is it replaced, nor is it waited for
 * in a way that stops the loop. */
REAL_TEST(a_unix_server_with_a_full_queue)
{
    char path[64], address[80];
    struct ouro_listen_options options = {.backlog = 1};
    struct ouro_listener *listener, *other;
    struct ouro_stream *clients[16], *accepted;
    int count = 0, rc = 0;
    snprintf(address, sizeof address, "unix:%s", temp_path(path));
    ck_assert_int_eq(ouro_listen(address, &options, &listener), 0);
    while (count < 16 && rc == 0) {
        rc = ouro_connect(address, ouro_after(OURO_MS(20)), &clients[count]);
        count += rc == 0;
    }
    ck_assert_int_eq(rc, -ETIMEDOUT);
    ck_assert_int_eq(ouro_connect(address, 0, &accepted), -ETIMEDOUT);
    ck_assert_int_eq(ouro_listen(address, NULL, &other), -EADDRINUSE);
    for (int i = 0; i < count; i++) {
        ck_assert_int_eq(ouro_accept(listener, SOON, &accepted), 0);
        ouro_stream_close(accepted);
        ouro_stream_close(clients[i]);
    }
    ouro_listener_close(listener);
    return 0;
}

SIM_TEST(a_simulation_listens_and_the_system_knows_nothing_of_it)
{
    char path[64], address[80];
    struct ouro_listener *listener;
    snprintf(address, sizeof address, "unix:%s", temp_path(path));
    ck_assert_int_eq(ouro_listen(address, NULL, &listener), 0);
    ck_assert_int_lt(access(path, F_OK), 0);
    ouro_listener_close(listener);
    return 0;
}

/* --- accepting -------------------------------------------------------------------------------- */

static int accept_once(void *arg)
{
    struct ouro_stream *stream;
    int rc = ouro_accept(arg, OURO_FOREVER, &stream);
    if (rc == 0)
        ouro_stream_close(stream);
    return rc;
}

REAL_TEST(accept_meets_its_deadline)
{
    struct ouro_listener *listener = listening();
    struct ouro_stream *stream;
    ck_assert_int_eq(ouro_accept(listener, 0, &stream), -ETIMEDOUT);
    ck_assert_int_eq(ouro_accept(listener, ouro_after(OURO_MS(5)), &stream), -ETIMEDOUT);
    ouro_listener_close(listener);
    return 0;
}

REAL_TEST(accept_is_cancelled)
{
    struct ouro_listener *listener = listening();
    struct ouro_task *task = started(accept_once, listener);
    settle();
    ouro_cancel(task);
    ck_assert_int_eq(status_of(task), -ECANCELED);
    ouro_listener_close(listener);
    return 0;
}

REAL_TEST(a_second_acceptor_is_busy)
{
    struct ouro_listener *listener = listening();
    struct ouro_stream *stream;
    struct ouro_task *task = started(accept_once, listener);
    settle();
    ck_assert_int_eq(ouro_accept(listener, SOON, &stream), -EBUSY);
    ouro_listener_close(listener);
    ck_assert_int_eq(status_of(task), -OURO_ECLOSED);
    return 0;
}

/* Closed from a timer, in the same turn in which the kernel has told of a connection: the task has
 * been woken and not run yet. */
struct closer {
    struct ouro_timer timer;
    struct ouro_listener *listener;
};

static void close_listener(struct ouro_timer *timer)
{
    struct closer *closer = ouro_container(timer, struct closer, timer);
    closer->listener = ouro_listener_close(closer->listener);
}

REAL_TEST(a_listener_closed_when_its_task_is_woken_already)
{
    struct closer closer = {.timer.fn = close_listener, .listener = listening()};
    struct ouro_task *task = started(accept_once, closer.listener);
    settle();
    int fd = raw_connect(ouro_listener_address(closer.listener));
    /* Due at once: it fires after the edge of this very turn. */
    ck_assert_int_eq(ouro_timer_start(&closer.timer, ouro_now()), 0);
    ck_assert_int_eq(status_of(task), -OURO_ECLOSED);
    ck_assert_ptr_null(closer.listener);
    close(fd);
    return 0;
}

REAL_TEST(accept_survives_the_want_of_descriptors)
{
    struct rlimit before, low;
    struct ouro_stream *stream;
    struct ouro_listener *listener = listening();
    int client = raw_connect(ouro_listener_address(listener));
    int next = dup(client);
    close(next);
    getrlimit(RLIMIT_NOFILE, &before);
    low = before;
    low.rlim_cur = (rlim_t)next;
    setrlimit(RLIMIT_NOFILE, &low);
    ck_assert_int_eq(ouro_accept(listener, SOON, &stream), -EMFILE);
    ck_assert_int_eq(ouro_accept(listener, SOON, &stream), -EMFILE);
    setrlimit(RLIMIT_NOFILE, &before);
    ck_assert_int_eq(ouro_accept(listener, SOON, &stream), 0);
    ouro_stream_close(stream);
    close(client);
    ouro_listener_close(listener);
    return 0;
}

/* --- connecting ------------------------------------------------------------------------------- */

REAL_TEST(connecting_to_nobody_is_refused)
{
    struct ouro_stream *stream = NULL;
    char address[OURO_ADDRESS_BYTES], path[64];
    struct ouro_listener *listener = listening();
    strcpy(address, ouro_listener_address(listener));
    ouro_listener_close(listener);
    ck_assert_int_eq(ouro_connect(address, SOON, &stream), -ECONNREFUSED);
    snprintf(address, sizeof address, "unix:%s", temp_path(path));
    ck_assert_int_eq(ouro_connect(address, SOON, &stream), -ENOENT);
    ck_assert_int_eq(ouro_connect("no address", SOON, &stream), -EINVAL);
    ck_assert_ptr_null(stream);
    return 0;
}

/* A listener whose queue is full drops what comes, and the client tries on and on. */
REAL_TEST(connect_meets_its_deadline)
{
    struct ouro_listen_options options = {.backlog = 1};
    struct ouro_listener *listener;
    struct ouro_stream *clients[8];
    int count = 0, rc = 0;
    ck_assert_int_eq(ouro_listen("127.0.0.1:0", &options, &listener), 0);
    while (count < 8 && rc == 0) {
        rc =
            ouro_connect(ouro_listener_address(listener), ouro_after(OURO_MS(30)), &clients[count]);
        count += rc == 0;
    }
    ck_assert_int_eq(rc, -ETIMEDOUT);
    while (count > 0)
        ouro_stream_close(clients[--count]);
    ouro_listener_close(listener);
    return 0;
}

/* --- reading and writing ---------------------------------------------------------------------- */

REAL_TEST(megabytes_arrive_whole_and_in_order)
{
    struct ouro_stream *ends[2];
    size_t len = 8 << 20;
    char *data = pattern_new(len);
    connect_pair(ends);
    struct io_call call = {ends[0], data, len, OURO_FOREVER};
    struct ouro_task *writer = started(write_whole, &call);
    settle();
    ck_assert(!ouro_task_done(writer)); /* the kernel's buffers are full: it waits */
    expect_pattern(ends[1], len, 8191);
    ck_assert_int_eq(status_of(writer), 0);
    free(data);
    close_pair(ends);
    return 0;
}

REAL_TEST(a_socket_cut_in_the_middle_of_a_write_takes_no_more)
{
    struct ouro_stream *ends[2];
    size_t len = 16 << 20;
    char *data = pattern_new(len);
    connect_pair(ends);
    ck_assert_int_eq(ouro_write(ends[0], data, len, ouro_after(OURO_MS(20))), -ETIMEDOUT);
    ck_assert_int_eq(ouro_write(ends[0], "x", 1, SOON), -EPIPE);
    ck_assert_int_eq(ouro_stream_try_write(ends[0], "x", 1), -EPIPE);
    free(data);
    close_pair(ends);
    return 0;
}

/* Both make one edge, before the first read or after it. */
REAL_TEST(an_end_that_came_with_the_last_bytes_is_read)
{
    for (int early = 0; early < 2; early++) {
        int fd;
        char buf[64];
        struct ouro_stream *stream = stream_to(&fd);
        ck_assert_int_eq(write(fd, "ab", 2), 2);
        shutdown(fd, SHUT_WR);
        if (early)
            ck_assert_int_eq(ouro_yield(), 0);
        ck_assert_int_eq(ouro_read(stream, buf, sizeof buf, SOON), 2);
        ck_assert_int_eq(ouro_read(stream, buf, sizeof buf, SOON), 0);
        ck_assert_int_eq(ouro_stream_try_read(stream, buf, sizeof buf), 0);
        ouro_stream_close(stream);
        close(fd);
    }
    return 0;
}

/* A stream that has given all it had is asked again at the next edge, however soon that comes. */
REAL_TEST(bytes_that_come_after_a_short_read_are_seen)
{
    int fd;
    char buf[64];
    struct ouro_stream *stream = stream_to(&fd);
    for (int i = 0; i < 100; i++) {
        ck_assert_int_eq(write(fd, "abc", 3), 3);
        ck_assert_int_eq(ouro_read(stream, buf, 3, SOON), 3); /* no more than there was room for */
        ck_assert_int_eq(ouro_stream_try_read(stream, buf, sizeof buf), -EAGAIN);
        ck_assert_int_eq(write(fd, "d", 1), 1);
        ck_assert_int_eq(ouro_read(stream, buf, sizeof buf, SOON), 1);
        ck_assert_int_eq(write(fd, "e", 1), 1);
        if (i % 2)
            ck_assert_int_eq(ouro_yield(), 0);
        ck_assert_int_eq(ouro_read(stream, buf, sizeof buf, SOON), 1);
    }
    ouro_stream_close(stream);
    close(fd);
    return 0;
}

REAL_TEST(half_a_close_in_either_direction)
{
    for (int first = 0; first < 2; first++) {
        struct ouro_stream *ends[2];
        connect_pair(ends);
        ck_assert_int_eq(ouro_write(ends[first], pattern_new, 0, SOON), 0);
        ck_assert_int_eq(ouro_stream_shutdown(ends[first]), 0);
        expect_end(ends[1 - first]);
        ck_assert_int_eq(ouro_write(ends[first], "x", 1, SOON), -EPIPE);
        char byte;
        ck_assert_int_eq(ouro_write(ends[1 - first], "y", 1, SOON), 0);
        ck_assert_int_eq(ouro_read(ends[first], &byte, 1, SOON), 1);
        ck_assert_int_eq(ouro_stream_shutdown(ends[1 - first]), 0);
        expect_end(ends[first]);
        close_pair(ends);
    }
    return 0;
}

REAL_TEST(a_reset_wakes_a_reader)
{
    int fd;
    char byte;
    struct ouro_stream *stream = stream_to(&fd);
    struct io_call call = {stream, &byte, 1, OURO_FOREVER};
    struct ouro_task *reader = started(read_once, &call);
    settle();
    reset(fd);
    ck_assert_int_eq(status_of(reader), -ECONNRESET);
    ouro_stream_close(stream);
    return 0;
}

REAL_TEST(a_reset_wakes_a_writer)
{
    int fd;
    size_t len = 16 << 20;
    char *data = pattern_new(len);
    struct ouro_stream *stream = stream_to(&fd);
    struct io_call call = {stream, data, len, OURO_FOREVER};
    struct ouro_task *writer = started(write_whole, &call);
    settle();
    ck_assert(!ouro_task_done(writer));
    reset(fd);
    int status = status_of(writer);
    ck_assert(status == -ECONNRESET || status == -EPIPE);
    free(data);
    ouro_stream_close(stream);
    return 0;
}

/* A close that sends no byte: the hang-up alone must wake who reads. */
REAL_TEST(a_hang_up_alone_wakes_a_reader)
{
    int fd;
    char byte;
    struct ouro_stream *stream = stream_to(&fd);
    struct io_call call = {stream, &byte, 1, OURO_FOREVER};
    struct ouro_task *reader = started(read_once, &call);
    settle();
    close(fd);
    ck_assert_int_eq(status_of(reader), 0);
    ouro_stream_close(stream);
    return 0;
}

static void close_under_waiters(bool with_reader, bool with_writer, bool woken)
{
    int fd;
    char byte;
    size_t len = 16 << 20;
    char *data = pattern_new(len);
    struct ouro_stream *stream = stream_to(&fd);
    struct io_call reading = {stream, &byte, 1, OURO_FOREVER};
    struct io_call writing = {stream, data, len, OURO_FOREVER};
    struct ouro_task *reader = with_reader ? started(read_once, &reading) : NULL;
    struct ouro_task *writer = with_writer ? started(write_whole, &writing) : NULL;
    settle();
    if (woken)
        reset(fd); /* an edge in both directions, which the loop may have seen or not */
    ouro_stream_close(stream);
    if (reader)
        ck_assert_int_eq(status_of(reader), -OURO_ECLOSED);
    if (writer)
        ck_assert_int_eq(status_of(writer), -OURO_ECLOSED);
    if (!woken)
        close(fd);
    free(data);
}

REAL_TEST(a_socket_closed_under_those_who_wait)
{
    for (int who = 1; who < 4; who++) {
        close_under_waiters(who & 1, who & 2, false);
        close_under_waiters(who & 1, who & 2, true);
    }
    return 0;
}

/* --- without a task --------------------------------------------------------------------------- */

struct watcher {
    struct ouro_stream *stream;
    struct watcher *other; /* closed by whichever is told first */
    unsigned edges;
    int calls;
    int new_fd;
};

static void note_edge(struct ouro_stream *stream, unsigned edges, void *ud)
{
    struct watcher *watcher = ud;
    (void)stream;
    watcher->edges |= edges;
    watcher->calls++;
}

REAL_TEST(a_watched_socket_tells_its_edges)
{
    int fd;
    char *data = calloc(1, 16 << 20), byte;
    struct watcher watcher = {.stream = stream_to(&fd)};
    ouro_stream_watch(watcher.stream, note_edge, &watcher);
    ck_assert_int_eq(ouro_stream_try_read(watcher.stream, &byte, 1), -EAGAIN);
    ck_assert_int_eq(write(fd, "x", 1), 1);
    settle();
    ck_assert_uint_ne(watcher.edges & OURO_EDGE_READ, 0);
    ck_assert_uint_eq(watcher.edges & OURO_EDGE_HANGUP, 0);
    ck_assert_int_eq(ouro_stream_try_read(watcher.stream, &byte, 1), 1);

    watcher.edges = 0;
    size_t full = 0;
    for (int put; (put = ouro_stream_try_write(watcher.stream, data, 16 << 20)) != -EAGAIN;)
        full += (size_t)put;
    settle();
    ck_assert_uint_eq(watcher.edges & OURO_EDGE_WRITE, 0);
    while (full > 0)
        full -= (size_t)read(fd, data, 16 << 20);
    ouro_sleep(OURO_MS(10));
    ck_assert_uint_ne(watcher.edges & OURO_EDGE_WRITE, 0);

    watcher.edges = 0;
    close(fd);
    ouro_sleep(OURO_MS(10));
    ck_assert_uint_ne(watcher.edges & OURO_EDGE_HANGUP, 0);
    ouro_stream_close(watcher.stream);
    free(data);
    return 0;
}

/* Both have an edge in one batch. Whoever is told first closes itself and the other, and opens a
 * descriptor that gets an old number: nobody may be told of an edge that is not its own. */
static void close_both(struct ouro_stream *stream, unsigned edges, void *ud)
{
    struct watcher *watcher = ud;
    (void)stream, (void)edges;
    watcher->calls++;
    watcher->stream = ouro_stream_close(watcher->stream);
    watcher->other->stream = ouro_stream_close(watcher->other->stream);
    int pair[2];
    ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair), 0);
    watcher->new_fd = pair[1];
    ck_assert_int_eq(ouro__stream_of_fd(pair[0], &watcher->stream), 0);
    ouro_stream_watch(watcher->stream, note_edge, watcher);
}

REAL_TEST(descriptors_reused_inside_a_batch_keep_their_edges_apart)
{
    struct watcher watchers[2] = {0};
    int fds[2];
    for (int i = 0; i < 2; i++) {
        watchers[i].stream = stream_to(&fds[i]);
        watchers[i].other = &watchers[1 - i];
        ouro_stream_watch(watchers[i].stream, close_both, &watchers[i]);
    }
    for (int i = 0; i < 2; i++)
        ck_assert_int_eq(write(fds[i], "x", 1), 1);
    ouro_sleep(OURO_MS(10));
    struct watcher *told = watchers[0].calls ? &watchers[0] : &watchers[1];
    ck_assert_int_eq(told->other->calls, 0);
    ck_assert_uint_eq(told->edges & OURO_EDGE_READ, 0);
    ck_assert_int_eq(write(told->new_fd, "y", 1), 1);
    ouro_sleep(OURO_MS(10));
    ck_assert_uint_ne(told->edges & OURO_EDGE_READ, 0);
    ouro_stream_close(told->stream);
    close(told->new_fd);
    close(fds[0]);
    close(fds[1]);
    return 0;
}

REAL_TEST(the_peer_of_a_tcp_stream)
{
    struct ouro_stream *ends[2];
    char text[OURO_ADDRESS_BYTES];
    connect_pair(ends);
    ck_assert_int_eq(ouro_stream_peer(ends[1], true, text), 0);
    ck_assert_str_eq(text, "127.0.0.1");
    ck_assert_int_eq(ouro_stream_peer(ends[1], false, text), 0);
    ck_assert_int_eq(strncmp(text, "127.0.0.1:", 10), 0);
    close_pair(ends);
    return 0;
}
