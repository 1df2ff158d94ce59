/* SPDX-License-Identifier: MIT */
/* net: listeners and streams, over the kernel, in memory, and in the simulated network. */
#include "torture.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#define NO_CONNECTION \
    -ENOMEM, -ETIMEDOUT, -ECONNREFUSED, -ECONNRESET, -EPIPE, -OURO_ECLOSED, AS_THE_SYSTEM_SAYS

/* --- an echo, and who talks to it ---------------------------------------------------------------
 */

/* Until the other side ends, or is lost. */
static void echo_stream(struct ouro_stream *stream)
{
    char buf[64], peer[OURO_ADDRESS_BYTES];
    int got, rc = 0;
    ouro_stream_peer(stream, true, peer);
    while (rc == 0 && (got = ouro_read(stream, buf, sizeof buf, SOON)) > 0)
        rc = ouro_write(stream, buf, (size_t)got, SOON);
    ouro_stream_close(stream);
}

/* One connection. A failure to accept leaves it in the queue: pause, and try again. */
static int echo_one(void *arg)
{
    struct ouro_listener *listener = arg;
    struct ouro_stream *stream = NULL;
    int64_t end = SOON;
    int rc;
    while (!went(rc = ouro_accept(listener, end, &stream), -EMFILE, -ENFILE, -ENOBUFS, -ENOMEM,
                 -ETIMEDOUT, -OURO_ECLOSED, -ECANCELED, AS_THE_SYSTEM_SAYS)) {
        expect(!stream);
        if (rc == -ETIMEDOUT || rc == -OURO_ECLOSED || rc == -ECANCELED ||
            ouro_sleep(OURO_MS(1)) < 0)
            return 0;
    }
    echo_stream(stream);
    return 0;
}

static void say_and_hear(struct ouro_stream *stream)
{
    char buf[8];
    struct iovec parts[] = {{(char *)"gath", 4}, {(char *)"ered", 4}};
    if (!went(ouro_write(stream, "hello", 5, SOON), NO_CONNECTION))
        return;
    size_t heard = 0;
    int got;
    while (heard < 5 &&
           went(got = ouro_read(stream, buf + heard, sizeof buf - heard, SOON), NO_CONNECTION)) {
        heard += (size_t)got;
        if (got == 0)
            break;
    }
    expect(heard == 5 ? memcmp(buf, "hello", 5) == 0 : fail_hit());
    went(ouro_stream_try_writev(stream, parts, 2), NO_CONNECTION, -EAGAIN);
    went(ouro_stream_try_write(stream, "tried", 5), NO_CONNECTION, -EAGAIN);
    int rc = ouro_stream_try_read(stream, buf, sizeof buf);
    if (rc != -EAGAIN)
        went(rc, NO_CONNECTION);
    went(ouro_stream_shutdown(stream), -ENOTCONN, NO_CONNECTION);
}

static void on_edge(struct ouro_stream *stream, unsigned edges, void *ud)
{
    (void)stream;
    *(unsigned *)ud |= edges;
}

/* In a set for a while: what fails leaves it where it was. */
static void hear_in_a_set(struct ouro_stream *stream)
{
    struct ouro_stream_set *set = NULL;
    if (!went(ouro_stream_set_new(0, &set), -EMFILE, -ENFILE, -ENOMEM))
        return;
    if (went(ouro_stream_set_add(set, stream), -ENOMEM, -ENOSPC))
        ouro_stream_set_look(set);
    ouro_stream_set_free(set);
}

static void hear_the_end(struct ouro_stream *stream)
{
    char buf[64];
    unsigned edges = 0;
    struct ouro_case cases[] = {ouro_on_read(stream, buf, sizeof buf)};
    while (ouro_select(cases, 1, BRIEFLY) == 0 && cases[0].result > 0)
        ;
    ouro_stream_watch(stream, on_edge, &edges);
    ouro_yield();
    ouro_stream_watch(stream, NULL, NULL);
}

/* A client's connection has gone, one of which nobody has heard yet would be waited for. */
static void converse(const char *address, struct ouro_listener *listener)
{
    struct ouro_stream *stream = NULL;
    struct ouro_task *server = started(echo_one, listener);
    if (went(ouro_connect(address, PATIENTLY, &stream), NO_CONNECTION)) {
        if (server)
            say_and_hear(stream);
        hear_in_a_set(stream);
        hear_the_end(stream);
    } else {
        expect(!stream);
    }
    ouro_stream_close(stream);
    if (server)
        ouro_cancel(server);
    status_of(server);
}

static int talk_at(void *arg)
{
    const char *address = arg;
    struct ouro_listener *listener = NULL;
    struct ouro_listen_options options = {.backlog = 5, .reuse_port = true};
    if (!went(ouro_listen(address, &options, &listener), -ENOMEM, -EADDRINUSE,
              AS_THE_SYSTEM_SAYS)) {
        expect(!listener);
        return 0;
    }
    converse(ouro_listener_address(listener), listener);
    ouro_listener_close(listener);
    return 0;
}

SCENARIO(net, tcp)
{
    in_loop_with(talk_at, (char *)"127.0.0.1:0");
}

/* --- what a listener and a caller must not get wrong -------------------------------------------
 */

static bool lacks_means(int rc)
{
    return rc == -EMFILE || rc == -ENFILE || rc == -ENOBUFS || rc == -ENOMEM || rc == -ENOSPC;
}

/* For whom there were no means the first time, there are the second. */
static void accept_in_the_end(struct ouro_listener *listener)
{
    struct ouro_stream *stream = NULL;
    int rc = ouro_accept(listener, SOON, &stream);
    if (lacks_means(rc)) {
        expect(!stream);
        fail_pause();
        rc = ouro_accept(listener, SOON, &stream);
        fail_resume();
        expect(rc == 0);
    }
    ouro_stream_close(stream);
}

static int accept_whom_there_was_no_room_for(void *unused)
{
    struct ouro_listener *listener = NULL;
    struct ouro_stream *client = NULL;
    (void)unused;
    if (ouro_listen("127.0.0.1:0", NULL, &listener) < 0)
        return 0;
    if (ouro_connect(ouro_listener_address(listener), SOON, &client) == 0)
        accept_in_the_end(listener);
    ouro_stream_close(client);
    ouro_listener_close(listener);
    return 0;
}

SCENARIO(net, nobody_is_lost)
{
    in_loop(accept_whom_there_was_no_room_for);
}

static int call_where_nobody_listens(void *unused)
{
    char address[OURO_ADDRESS_BYTES];
    struct ouro_listener *listener = NULL;
    struct ouro_stream *stream = NULL;
    (void)unused;
    if (ouro_listen("127.0.0.1:0", NULL, &listener) < 0)
        return 0;
    strcpy(address, ouro_listener_address(listener));
    ouro_listener_close(listener);
    expect(ouro_connect(address, SOON, &stream) < 0);
    expect(!stream);
    return 0;
}

SCENARIO(net, refused)
{
    in_loop(call_where_nobody_listens);
}

static const char *unix_address(void)
{
    static char address[OURO_ADDRESS_BYTES];
    snprintf(address, sizeof address, "unix:%s", scratch_path("socket"));
    return address;
}

/* Its file goes with the listener, whatever else went wrong; twice, over what was left. */
static int talk_at_file(void *arg)
{
    struct ouro_listen_options for_a_group = {.mode = 0660};
    struct ouro_listener *listener = NULL;
    talk_at(arg);
    if (!fail_hit())
        expect(access(scratch_path("socket"), F_OK) < 0);
    if (went(ouro_listen(arg, &for_a_group, &listener), -ENOMEM, -EADDRINUSE, AS_THE_SYSTEM_SAYS)) {
        int fd = ouro_listener_release(listener);
        listener = NULL;
        if (went(ouro_listen_fd(fd, &listener), -ENOMEM, AS_THE_SYSTEM_SAYS))
            ouro_listener_close(listener);
        else
            close(fd); /* still the caller's */
    }
    return talk_at(arg);
}

SCENARIO(net, unix)
{
    in_loop_with(talk_at_file, (char *)(uintptr_t)unix_address());
}

/* --- what others have opened --------------------------------------------------------------------
 */

static void open_one(int fd)
{
    struct ouro_stream *stream = NULL;
    if (went(ouro_stream_open_fd(fd, &stream), -ENOMEM, AS_THE_SYSTEM_SAYS)) {
        ouro_stream_close(stream);
        return;
    }
    expect(!stream);
    close(fd); /* still the caller's */
}

static int open_what_others_have(void *arg)
{
    int ends[2];
    (void)arg;
    if (pipe2(ends, O_CLOEXEC) == 0) { /* it may fail here as well */
        open_one(ends[0]);
        open_one(ends[1]);
    }
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0) {
        open_one(ends[0]);
        open_one(ends[1]);
    }
    return 0;
}

SCENARIO(net, fd)
{
    in_loop_with(open_what_others_have, NULL);
}

/* --- in memory ----------------------------------------------------------------------------------
 */

static int echo_pair(void *arg)
{
    echo_stream(arg);
    return 0;
}

static int talk_in_memory(void *arg)
{
    (void)arg;
    struct ouro_stream *ends[2] = {NULL};
    if (!went(ouro_stream_pair(ends), -ENOMEM)) {
        expect(!ends[0] && !ends[1]);
        return 0;
    }
    struct ouro_task *server = started(echo_pair, ends[1]);
    if (server)
        say_and_hear(ends[0]);
    else
        ouro_stream_close(ends[1]);
    hear_the_end(ends[0]);
    ouro_stream_close(ends[0]);
    status_of(server);
    return 0;
}

SCENARIO(net, pair)
{
    in_loop(talk_in_memory);
}

/* --- the simulated network ----------------------------------------------------------------------
 */

static void disturb(struct ouro_stream *stream)
{
    char buf[64];
    ouro_sim_stall(stream);
    ouro_sim_unstall(stream);
    ouro_write(stream, "more", 4, SOON);
    ouro_sim_reset(stream);
    expect(ouro_read(stream, buf, sizeof buf, SOON) == -ECONNRESET);
}

static int talk_far_away(void *arg)
{
    (void)arg;
    struct ouro_listener *listener = NULL;
    struct ouro_stream *stream = NULL;
    struct ouro_sim_link link = {.latency_ns = OURO_MS(2), .jitter_ns = OURO_MS(1)};
    went(ouro_sim_host("10.0.0.1"), -ENOMEM);
    went(ouro_sim_set_link("10.0.0.1", "10.0.0.2", &link), -ENOMEM);
    if (!went(ouro_listen("10.0.0.1:80", NULL, &listener), -ENOMEM))
        return 0;
    struct ouro_task *server = started(echo_one, listener);
    went(ouro_sim_host("10.0.0.2"), -ENOMEM);
    went(ouro_sim_partition("10.0.0.1", "10.0.0.9"), -ENOMEM);
    went(ouro_sim_heal("10.0.0.1", "10.0.0.9"), -ENOMEM);
    if (went(ouro_connect("10.0.0.1:80", SOON, &stream), NO_CONNECTION)) {
        if (server)
            say_and_hear(stream);
        disturb(stream);
        ouro_sim_vanish(stream);
    }
    ouro_listener_close(listener);
    if (server)
        ouro_cancel(server);
    status_of(server);
    return 0;
}

SCENARIO(net, sim)
{
    in_sim(talk_far_away);
}
