/* SPDX-License-Identifier: MIT */
/* The simulated network: addresses, and each condition's effect in numbers. */
#include "scene.h"

#define SERVER "10.0.0.1:80"

/* Two ends of a connection from one host to another. */
struct line {
    struct ouro_listener *listener;
    struct ouro_stream *client, *server;
};

static void line_open(struct line *line, const struct ouro_sim_link *link)
{
    expect_ok(ouro_sim_host("10.0.0.7"));
    expect_ok(ouro_listen(SERVER, NULL, &line->listener));
    expect_ok(ouro_connect(SERVER, SOON, &line->client));
    expect_ok(ouro_accept(line->listener, SOON, &line->server));
    if (link)
        expect_ok(ouro_sim_set_link("10.0.0.7", "10.0.0.1", link));
}

static void line_close(struct line *line)
{
    line->client = ouro_stream_close(line->client);
    line->server = ouro_stream_close(line->server);
    line->listener = ouro_listener_close(line->listener);
}

static void say(struct ouro_stream *stream, const char *text)
{
    ck_assert_int_eq(ouro_write(stream, text, strlen(text), SOON), 0);
}

/* Wait for that text, and tell how long it took. */
static int64_t hear(struct ouro_stream *stream, const char *text)
{
    char got[64];
    int64_t before = ouro_now();
    for (size_t at = 0, len = strlen(text); at < len;) {
        int rc = ouro_read(stream, got + at, len - at, ouro_after(OURO_SEC(3600)));
        expect_ok(rc);
        ck_assert_int_gt(rc, 0);
        ck_assert_mem_eq(got + at, text + at, (size_t)rc);
        at += (size_t)rc;
    }
    return ouro_now() - before;
}

/* --- addresses -------------------------------------------------------------------------------- */

SIM_TEST(names_are_as_in_reality)
{
    char peer[OURO_ADDRESS_BYTES];
    struct ouro_listener *listener;
    struct ouro_stream *client, *server;
    expect_ok(ouro_sim_host("10.0.0.7"));
    expect_ok(ouro_listen("localhost:0", NULL, &listener));
    ck_assert_str_eq(ouro_listener_address(listener), "127.0.0.1:32768");
    expect_ok(ouro_connect("127.0.0.1:32768", SOON, &client));
    expect_ok(ouro_accept(listener, SOON, &server));
    expect_ok(ouro_stream_peer(server, false, peer));
    ck_assert_str_eq(peer, "10.0.0.7:49152");
    expect_ok(ouro_stream_peer(server, true, peer));
    ck_assert_str_eq(peer, "10.0.0.7");
    expect_ok(ouro_stream_peer(client, false, peer));
    ck_assert_str_eq(peer, "127.0.0.1:32768");
    ouro_stream_close(client);
    ouro_stream_close(server);
    ouro_listener_close(listener);
    return 0;
}

static void expect_reaches(const char *listens, const char *calls, const char *peer_host)
{
    char peer[OURO_ADDRESS_BYTES];
    struct ouro_listener *listener;
    struct ouro_stream *client, *server;
    expect_ok(ouro_listen(listens, NULL, &listener));
    expect_ok(ouro_connect(calls, SOON, &client));
    expect_ok(ouro_accept(listener, SOON, &server));
    expect_ok(ouro_stream_peer(server, true, peer));
    ck_assert_str_eq(peer, peer_host);
    ouro_stream_close(client);
    ouro_stream_close(server);
    ouro_listener_close(listener);
}

SIM_TEST(every_kind_of_address_can_be_called)
{
    expect_reaches("10.0.0.1:80", "10.0.0.1:80", "127.0.0.1");
    expect_reaches("*:80", "10.9.9.9:80", "127.0.0.1");
    expect_reaches("[::]:80", "10.9.9.9:80", "127.0.0.1");
    expect_reaches("[::1]:80", "[0::1]:80", "127.0.0.1");
    expect_reaches("unix:/run/game", "unix:/run/game", "unix:");
    expect_ok(ouro_sim_host("fd00::7"));
    expect_reaches("[fd00::1]:80", "[fd00::1]:80", "fd00::7");
    return 0;
}

SIM_TEST(a_host_without_a_name_is_none)
{
    ck_assert_int_eq(ouro_sim_host("somewhere"), -EINVAL);
    ck_assert_int_eq(ouro_sim_host("10.0.0.1:80"), -EINVAL);
    ck_assert_int_eq(ouro_sim_partition("10.0.0", NULL), -EINVAL);
    return 0;
}

static int tell_host(void *arg)
{
    (void)arg;
    expect_reaches("*:80", "10.0.0.1:80", "10.0.0.9");
    return 0;
}

SIM_TEST(tasks_live_where_they_were_spawned)
{
    expect_ok(ouro_sim_host("10.0.0.9"));
    struct ouro_task *task = started(tell_host, NULL);
    expect_ok(ouro_sim_host("10.0.0.8"));
    ck_assert_int_eq(status_of(task), 0);
    expect_reaches("*:80", "10.0.0.1:80", "10.0.0.8");
    return 0;
}

SIM_TEST(an_address_has_one_listener_unless_both_share_it)
{
    struct ouro_listener *a, *b, *c;
    struct ouro_listen_options shared = {.reuse_port = true};
    expect_ok(ouro_listen("10.0.0.1:80", NULL, &a));
    ck_assert_int_eq(ouro_listen("10.0.0.1:80", NULL, &b), -EADDRINUSE);
    ck_assert_int_eq(ouro_listen("*:80", NULL, &b), -EADDRINUSE);
    ck_assert_int_eq(ouro_listen("10.0.0.1:80", &shared, &b), -EADDRINUSE);
    expect_ok(ouro_listen("10.0.0.2:80", &shared, &b));
    expect_ok(ouro_listen("10.0.0.2:80", &shared, &c));
    ouro_listener_close(a);
    ouro_listener_close(b);
    ouro_listener_close(c);
    expect_ok(ouro_listen("*:80", NULL, &a));
    ouro_listener_close(a);
    return 0;
}

SIM_TEST(two_that_share_an_address_both_get_callers)
{
    struct ouro_listener *listeners[2];
    struct ouro_listen_options shared = {.reuse_port = true};
    int got[2] = {0};
    for (int i = 0; i < 2; i++)
        expect_ok(ouro_listen(SERVER, &shared, &listeners[i]));
    for (int i = 0; i < 100; i++) {
        struct ouro_stream *client, *server;
        expect_ok(ouro_connect(SERVER, SOON, &client));
        int by = ouro_accept(listeners[0], 0, &server) == 0 ? 0 : 1;
        if (by == 1)
            expect_ok(ouro_accept(listeners[1], 0, &server));
        got[by]++;
        ouro_stream_close(client);
        ouro_stream_close(server);
    }
    ck_assert_int_gt(got[0], 30);
    ck_assert_int_gt(got[1], 30);
    for (int i = 0; i < 2; i++)
        ouro_listener_close(listeners[i]);
    return 0;
}

/* --- connecting ------------------------------------------------------------------------------- */

SIM_TEST(where_nobody_listens_is_told_after_a_round_trip)
{
    struct ouro_sim_link link = {.latency_ns = OURO_MS(30)};
    struct ouro_stream *stream;
    ck_assert_int_eq(ouro_connect(SERVER, SOON, &stream), -ECONNREFUSED);
    ck_assert_int_eq(ouro_now(), 0);
    expect_ok(ouro_sim_set_link(NULL, NULL, &link));
    ck_assert_int_eq(ouro_connect(SERVER, SOON, &stream), -ECONNREFUSED);
    ck_assert_int_eq(ouro_now(), OURO_MS(60));
    ck_assert_int_eq(ouro_connect(SERVER, ouro_after(OURO_MS(20)), &stream), -ETIMEDOUT);
    ck_assert_int_eq(ouro_now(), OURO_MS(80));
    return 0;
}

static int note_accept(void *arg)
{
    struct line *line = arg;
    expect_ok(ouro_accept(line->listener, SOON, &line->server));
    ck_assert_int_eq(ouro_now(), OURO_MS(30));
    return 0;
}

SIM_TEST(a_connection_takes_a_round_trip_and_is_accepted_after_half)
{
    struct ouro_sim_link link = {.latency_ns = OURO_MS(30)};
    struct line line;
    expect_ok(ouro_sim_set_link(NULL, NULL, &link));
    expect_ok(ouro_listen(SERVER, NULL, &line.listener));
    struct ouro_task *task = started(note_accept, &line);
    expect_ok(ouro_connect(SERVER, SOON, &line.client));
    ck_assert_int_eq(ouro_now(), OURO_MS(60));
    ck_assert_int_eq(status_of(task), 0);
    line_close(&line);
    return 0;
}

static int connect_once(void *arg)
{
    return ouro_connect(SERVER, ouro_after(OURO_MS(2500)), arg);
}

SIM_TEST(a_full_queue_is_tried_again_each_second)
{
    struct ouro_listen_options options = {.backlog = 2};
    struct ouro_listener *listener;
    struct ouro_stream *clients[5] = {NULL}, *servers[3];
    struct ouro_task *tasks[5];
    expect_ok(ouro_listen(SERVER, &options, &listener));
    for (int i = 0; i < 5; i++)
        tasks[i] = started(connect_once, &clients[i]);
    expect_ok(ouro_sleep(OURO_MS(1500)));
    expect_ok(ouro_accept(listener, 0, &servers[0])); /* room for one more, at the 2nd second */
    expect_ok(ouro_sleep(OURO_MS(2000)));
    for (int i = 0; i < 5; i++)
        ck_assert_int_eq(status_of(tasks[i]), i < 3 ? 0 : -ETIMEDOUT);
    for (int i = 1; i < 3; i++)
        expect_ok(ouro_accept(listener, 0, &servers[i]));
    ck_assert_int_eq(ouro_accept(listener, 0, &servers[0]), -ETIMEDOUT);
    for (int i = 0; i < 3; i++) {
        ouro_stream_close(clients[i]);
        ouro_stream_close(servers[i]);
    }
    ouro_listener_close(listener);
    return 0;
}

SIM_TEST(a_listener_that_closes_turns_its_queue_away)
{
    struct line line;
    char byte;
    expect_ok(ouro_listen(SERVER, NULL, &line.listener));
    expect_ok(ouro_connect(SERVER, SOON, &line.client));
    line.listener = ouro_listener_close(line.listener);
    ck_assert_int_eq(ouro_read(line.client, &byte, 1, SOON), -ECONNRESET);
    ck_assert_int_eq(ouro_write(line.client, "x", 1, SOON), -ECONNRESET);
    ck_assert_int_eq(ouro_connect(SERVER, SOON, &line.server), -ECONNREFUSED);
    ouro_stream_close(line.client);
    return 0;
}

static int accept_once(void *arg)
{
    struct ouro_stream *stream;
    return ouro_accept(arg, OURO_FOREVER, &stream);
}

SIM_TEST(who_waits_to_accept_is_told_of_the_end)
{
    struct ouro_listener *listener;
    struct ouro_stream *stream;
    expect_ok(ouro_listen(SERVER, NULL, &listener));
    struct ouro_task *task = started(accept_once, listener);
    expect_ok(ouro_yield());
    ck_assert_int_eq(ouro_accept(listener, SOON, &stream), -EBUSY);
    ouro_listener_close(listener);
    ck_assert_int_eq(status_of(task), -OURO_ECLOSED);

    expect_ok(ouro_listen(SERVER, NULL, &listener));
    task = started(accept_once, listener);
    expect_ok(ouro_yield());
    ouro_cancel(task);
    ck_assert_int_eq(status_of(task), -ECANCELED);
    ouro_listener_close(listener);
    return 0;
}

/* It has been told of a connection, which another gets, and is cancelled before it looks. */
SIM_TEST(who_waits_to_accept_and_is_cancelled_on_its_way_waits_no_more)
{
    struct ouro_listener *listener;
    struct ouro_stream *client, *server;
    expect_ok(ouro_listen(SERVER, NULL, &listener));
    struct ouro_task *waits = started(accept_once, listener);
    settle();
    expect_ok(ouro_connect(SERVER, SOON, &client));
    expect_ok(ouro_accept(listener, 0, &server));
    ouro_cancel(waits);
    ck_assert_int_eq(status_of(waits), -ECANCELED);
    ouro_stream_close(client);
    ouro_stream_close(server);
    ouro_listener_close(listener);
    return 0;
}

SIM_TEST(who_gives_up_on_the_way_back_leaves_an_ended_connection)
{
    struct ouro_sim_link link = {.latency_ns = OURO_MS(30)};
    struct line line;
    expect_ok(ouro_sim_set_link(NULL, NULL, &link));
    expect_ok(ouro_listen(SERVER, NULL, &line.listener));
    ck_assert_int_eq(ouro_connect(SERVER, ouro_after(OURO_MS(45)), &line.client), -ETIMEDOUT);
    expect_ok(ouro_accept(line.listener, 0, &line.server));
    expect_end(line.server);
    ouro_stream_close(line.server);
    ouro_listener_close(line.listener);
    return 0;
}

/* --- latency and jitter ----------------------------------------------------------------------- */

SIM_TEST(latency_is_exact)
{
    struct ouro_sim_link link = {.latency_ns = 12345678};
    struct line line;
    line_open(&line, &link);
    say(line.client, "to you");
    ck_assert_int_eq(hear(line.server, "to you"), 12345678);
    say(line.server, "and back");
    ck_assert_int_eq(hear(line.client, "and back"), 12345678);
    say(line.client, "a");
    expect_ok(ouro_sleep(1000));
    say(line.client, "b");
    ck_assert_int_eq(hear(line.server, "a"), 12345678 - 1000);
    ck_assert_int_eq(hear(line.server, "b"), 1000);
    line_close(&line);
    return 0;
}

SIM_TEST(the_end_takes_as_long_as_bytes_and_comes_behind_them)
{
    struct ouro_sim_link link = {.latency_ns = OURO_MS(10)};
    struct line line;
    line_open(&line, &link);
    say(line.client, "bye");
    expect_ok(ouro_stream_shutdown(line.client));
    ck_assert_int_eq(ouro_write(line.client, "x", 1, SOON), -EPIPE);
    ck_assert_int_eq(hear(line.server, "bye"), OURO_MS(10));
    expect_end(line.server);
    say(line.server, "heard");
    line.server = ouro_stream_close(line.server);
    ck_assert_int_eq(hear(line.client, "heard"), OURO_MS(10));
    expect_end(line.client);
    line_close(&line);
    return 0;
}

SIM_TEST(who_writes_to_a_closed_end_finds_out_when_the_news_arrive)
{
    struct ouro_sim_link link = {.latency_ns = OURO_MS(10)};
    struct line line;
    line_open(&line, &link);
    line.server = ouro_stream_close(line.server);
    say(line.client, "are you there?");
    expect_ok(ouro_sleep(OURO_MS(10) - 1));
    say(line.client, "hello?");
    expect_ok(ouro_sleep(1));
    ck_assert_int_eq(ouro_write(line.client, "!", 1, SOON), -EPIPE);
    line_close(&line);
    return 0;
}

static int write_numbers(void *arg)
{
    for (size_t i = 0; i < 1000; i++) {
        char byte = byte_at(i);
        expect_ok(ouro_write(arg, &byte, 1, OURO_FOREVER));
        expect_ok(ouro_sleep(OURO_US(100)));
    }
    return ouro_stream_shutdown(arg);
}

static int keep_order(void *arg)
{
    struct ouro_sim_link link = {.latency_ns = OURO_MS(5), .jitter_ns = OURO_MS(5)};
    struct line line;
    (void)arg;
    line_open(&line, &link);
    struct ouro_task *writer = started(write_numbers, line.client);
    expect_pattern(line.server, 1000, 7);
    expect_end(line.server);
    ck_assert_int_eq(status_of(writer), 0);
    line_close(&line);
    return 0;
}

TEST(jitter_never_changes_the_order)
{
    FOR_ALL_SEEDS (seed, 50)
        ck_assert_int_eq(ouro_sim_run(seed, NULL, keep_order, NULL), 0);
}

SIM_TEST(jitter_fills_its_range_and_no_more)
{
    struct ouro_sim_link link = {.latency_ns = OURO_MS(10), .jitter_ns = OURO_MS(10)};
    struct line line;
    int64_t sum = 0, least = OURO_FOREVER, most = 0;
    line_open(&line, &link);
    for (int i = 0; i < 1000; i++) {
        say(line.client, "x");
        int64_t took = hear(line.server, "x");
        sum += took;
        least = took < least ? took : least;
        most = took > most ? took : most;
    }
    ck_assert_int_ge(least, OURO_MS(10));
    ck_assert_int_lt(least, OURO_MS(10) + OURO_US(200));
    ck_assert_int_le(most, OURO_MS(20));
    ck_assert_int_gt(most, OURO_MS(20) - OURO_US(200));
    ck_assert_int_lt(llabs(sum / 1000 - OURO_MS(15)), OURO_US(500));
    line_close(&line);
    return 0;
}

static void note_edge(struct ouro_stream *stream, unsigned edges, void *ud)
{
    (void)stream;
    if (edges & OURO_EDGE_READ)
        *(int64_t *)ud = ouro_now();
}

static void close_on_edge(struct ouro_stream *stream, unsigned edges, void *ud)
{
    (void)edges;
    *(struct ouro_stream **)ud = ouro_stream_close(stream);
}

SIM_TEST(a_watcher_is_told_at_the_time_and_may_close)
{
    struct ouro_sim_link link = {.latency_ns = OURO_MS(10)};
    struct line line;
    int64_t told_at = 0;
    line_open(&line, &link);
    ouro_stream_watch(line.server, note_edge, &told_at);
    say(line.client, "x");
    expect_ok(ouro_sleep(OURO_SEC(1)));
    ck_assert_int_eq(told_at, OURO_MS(10));
    ouro_stream_watch(line.server, close_on_edge, &line.server);
    say(line.client, "y");
    line.client = ouro_stream_close(line.client); /* so that the watcher's close frees everything */
    expect_ok(ouro_sleep(OURO_SEC(1)));
    ck_assert_ptr_null(line.server);
    line_close(&line);
    return 0;
}

/* --- width and window ------------------------------------------------------------------------- */

static int write_pattern(void *arg)
{
    struct line *line = arg;
    char *data = pattern_new(100000);
    int rc = ouro_write(line->client, data, 100000, OURO_FOREVER);
    free(data);
    return rc;
}

SIM_TEST(a_line_carries_what_its_width_says)
{
    struct ouro_sim_link link = {.latency_ns = OURO_MS(7), .bytes_per_second = 50000};
    struct line line;
    line_open(&line, &link);
    int64_t begin = ouro_now();
    struct ouro_task *writer = started(write_pattern, &line);
    expect_pattern(line.server, 1460, 1460);
    ck_assert_int_eq(ouro_now() - begin, OURO_MS(7) + OURO_US(29200)); /* the first piece */
    expect_pattern_from(line.server, 1460, 100000 - 1460);
    ck_assert_int_eq(ouro_now() - begin, OURO_MS(7) + OURO_SEC(2));
    ck_assert_int_eq(status_of(writer), 0);
    line_close(&line);
    return 0;
}

/* As fast as can be said, and as late. */
SIM_TEST(a_link_may_be_as_extreme_as_its_numbers)
{
    static const struct ouro_sim_link fast = {.bytes_per_second = UINT64_MAX},
                                      slower = {.bytes_per_second = INT64_MAX},
                                      late = {.latency_ns = OURO_MS(1),
                                              .stall_ppm = 1000000,
                                              .stall_ns = OURO_FOREVER};
    struct line line;
    char byte;
    line_open(&line, &fast);
    say(line.client, "hello");
    ck_assert_int_eq(hear(line.server, "hello"), 1);
    expect_ok(ouro_sim_set_link("10.0.0.7", "10.0.0.1", &slower));
    say(line.client, "hello");
    ck_assert_int_eq(hear(line.server, "hello"), 1);
    expect_ok(ouro_sim_set_link("10.0.0.7", "10.0.0.1", &late));
    say(line.client, "never heard of");
    ck_assert_int_eq(ouro_read(line.server, &byte, 1, ouro_after(OURO_SEC(3600))), -ETIMEDOUT);
    line_close(&line);
    return 0;
}

SIM_TEST(both_directions_have_a_line_of_their_own)
{
    struct ouro_sim_link link = {.bytes_per_second = 1000};
    struct line line;
    char *data = pattern_new(1000);
    line_open(&line, &link);
    expect_ok(ouro_write(line.client, data, 1000, SOON));
    expect_ok(ouro_write(line.server, data, 1000, SOON));
    expect_pattern(line.server, 1000, 1000);
    ck_assert_int_eq(ouro_now(), OURO_SEC(1));
    expect_pattern(line.client, 1000, 1000);
    ck_assert_int_eq(ouro_now(), OURO_SEC(1));
    free(data);
    line_close(&line);
    return 0;
}

SIM_TEST(what_is_on_its_way_holds_the_writer_back)
{
    struct ouro_sim_link link = {.latency_ns = OURO_MS(10)};
    struct line line;
    char *data = pattern_new(OURO_STREAM_PAIR_BYTES + 1);
    line_open(&line, &link);
    ck_assert_int_eq(ouro_stream_try_write(line.client, data, OURO_STREAM_PAIR_BYTES + 1),
                     OURO_STREAM_PAIR_BYTES);
    ck_assert_int_eq(ouro_stream_try_write(line.client, data, 1), -EAGAIN);
    expect_ok(ouro_sleep(OURO_MS(10)));
    ck_assert_int_eq(ouro_stream_try_write(line.client, data, 1), -EAGAIN);
    expect_pattern(line.server, 100, 100);
    ck_assert_int_eq(ouro_stream_try_write(line.client, data, 200), 100);
    free(data);
    line_close(&line);
    return 0;
}

SIM_TEST(many_small_writes_wait_for_the_road_to_clear)
{
    struct ouro_sim_link link = {.latency_ns = OURO_SEC(1)};
    struct line line;
    int written = 0;
    line_open(&line, &link);
    for (int rc = 1; rc == 1; written += rc == 1) {
        char byte = byte_at((size_t)written);
        rc = ouro_stream_try_write(line.client, &byte, 1);
        expect_ok(ouro_sleep(10));
    }
    ck_assert_int_ge(written, 200); /* as many as can be on their way one by one */
    ck_assert_int_le(written, 256);
    char byte = byte_at((size_t)written);
    expect_ok(ouro_write(line.client, &byte, 1, SOON)); /* waits for the first to arrive */
    ck_assert_int_eq(ouro_now(), OURO_SEC(1));
    expect_pattern(line.server, (size_t)written + 1, 64);
    line_close(&line);
    return 0;
}

SIM_TEST(a_small_window_means_one_window_per_way)
{
    struct ouro_sim_link link = {.latency_ns = OURO_MS(10), .window_bytes = 1000};
    struct line line;
    line_open(&line, &link);
    struct ouro_task *writer = started(write_pattern, &line);
    expect_pattern(line.server, 100000, 1000);
    ck_assert_int_eq(ouro_now(), 100 * OURO_MS(10));
    ck_assert_int_eq(status_of(writer), 0);
    line_close(&line);
    return 0;
}

/* --- what goes wrong -------------------------------------------------------------------------- */

SIM_TEST(a_stalled_stream_brings_nothing_until_it_goes_on)
{
    struct ouro_sim_link link = {.latency_ns = OURO_MS(10)};
    struct line line;
    char byte;
    line_open(&line, &link);
    say(line.client, "one ");
    ouro_sim_stall(line.client);
    say(line.client, "two");
    say(line.server, "back");
    ck_assert_int_eq(ouro_read(line.server, &byte, 1, ouro_after(OURO_SEC(5))), -ETIMEDOUT);
    ouro_sim_unstall(line.server); /* either end stands for both */
    ck_assert_int_eq(hear(line.server, "one two"), 0);
    ck_assert_int_eq(hear(line.client, "back"), 0);
    line_close(&line);
    return 0;
}

SIM_TEST(a_stall_holds_without_latency_and_through_changes_of_other_links)
{
    struct line line;
    char byte;
    line_open(&line, NULL);
    ouro_sim_stall(line.client);
    say(line.client, "x");
    expect_ok(ouro_sim_partition("10.0.0.8", NULL));
    expect_ok(ouro_sim_heal("10.0.0.8", NULL));
    ck_assert_int_eq(ouro_read(line.server, &byte, 1, ouro_after(OURO_SEC(1))), -ETIMEDOUT);
    ouro_sim_unstall(line.client);
    ck_assert_int_eq(hear(line.server, "x"), 0);
    line_close(&line);
    return 0;
}

SIM_TEST(a_short_stall_is_not_noticed)
{
    struct ouro_sim_link link = {.latency_ns = OURO_MS(10)};
    struct line line;
    line_open(&line, &link);
    say(line.client, "x");
    ouro_sim_stall(line.client);
    expect_ok(ouro_sleep(OURO_MS(4)));
    ouro_sim_unstall(line.client);
    ck_assert_int_eq(hear(line.server, "x"), OURO_MS(6));
    line_close(&line);
    return 0;
}

SIM_TEST(a_stall_by_chance_is_late_and_holds_up_what_follows)
{
    struct ouro_sim_link link = {
        .latency_ns = OURO_MS(10), .stall_ppm = 1000000, .stall_ns = OURO_MS(200)};
    struct ouro_sim_link smooth = {.latency_ns = OURO_MS(10)};
    struct line line;
    line_open(&line, &link);
    say(line.client, "x");
    expect_ok(ouro_sim_set_link("10.0.0.1", "10.0.0.7", &smooth)); /* the order does not matter */
    say(line.client, "y");
    ck_assert_int_eq(hear(line.server, "xy"), OURO_MS(210));
    say(line.client, "z");
    ck_assert_int_eq(hear(line.server, "z"), OURO_MS(10));
    line_close(&line);
    return 0;
}

SIM_TEST(a_chance_of_stalls_comes_true_as_often_as_it_says)
{
    struct ouro_sim_link link = {.stall_ppm = 100000, .stall_ns = OURO_MS(200)};
    struct line line;
    line_open(&line, &link);
    for (int i = 0; i < 1000; i++) {
        say(line.client, "x");
        hear(line.server, "x");
    }
    ck_assert_int_gt(ouro_now(), 70 * OURO_MS(200));
    ck_assert_int_lt(ouro_now(), 130 * OURO_MS(200));
    line_close(&line);
    return 0;
}

static int read_a_byte(void *arg)
{
    char byte;
    return ouro_read(arg, &byte, 1, OURO_FOREVER);
}

SIM_TEST(a_reset_is_told_to_both_and_loses_what_was_unread)
{
    struct line line;
    char byte;
    line_open(&line, NULL);
    say(line.server, "unread");
    struct ouro_task *reader = started(read_a_byte, line.server);
    expect_ok(ouro_yield());
    ouro_sim_reset(line.client);
    ck_assert_int_eq(status_of(reader), -ECONNRESET);
    ck_assert_int_eq(ouro_read(line.client, &byte, 1, SOON), -ECONNRESET);
    ck_assert_int_eq(ouro_write(line.client, "x", 1, SOON), -ECONNRESET);
    ck_assert_int_eq(ouro_write(line.server, "x", 1, SOON), -ECONNRESET);
    line_close(&line);
    return 0;
}

SIM_TEST(a_reset_is_told_to_writers_and_watchers_of_a_pair_as_well)
{
    struct ouro_stream *ends[2];
    int64_t told_at = 0;
    expect_ok(ouro_stream_pair(ends));
    char *data = pattern_new(OURO_STREAM_PAIR_BYTES * 2);
    struct io_call call = {ends[0], data, OURO_STREAM_PAIR_BYTES * 2, OURO_FOREVER};
    struct ouro_task *writer = started(write_whole, &call);
    ouro_stream_watch(ends[1], note_edge, &told_at);
    expect_ok(ouro_sleep(OURO_MS(1)));
    told_at = 0;
    ouro_sim_reset(ends[1]);
    ck_assert_int_eq(status_of(writer), -ECONNRESET);
    expect_ok(ouro_sleep(OURO_MS(1)));
    ck_assert_int_ge(told_at, OURO_MS(1));
    free(data);
    for (int i = 0; i < 2; i++)
        ouro_stream_close(ends[i]);
    return 0;
}

SIM_TEST(resets_by_chance_come_as_often_as_they_are_told_to)
{
    struct ouro_sim_link link = {.reset_ppm = 100000};
    int resets = 0;
    struct line line;
    line_open(&line, NULL);
    expect_ok(ouro_sim_set_link(NULL, NULL, &link));
    for (int i = 0; i < 500; i++) {
        struct line one = {.listener = line.listener};
        expect_ok(ouro_connect(SERVER, SOON, &one.client));
        expect_ok(ouro_accept(one.listener, SOON, &one.server));
        say(one.client, "x");
        char byte;
        resets += ouro_read(one.server, &byte, 1, SOON) == -ECONNRESET;
        ouro_stream_close(one.client);
        ouro_stream_close(one.server);
    }
    ck_assert_int_gt(resets, 25);
    ck_assert_int_lt(resets, 75);
    line_close(&line);
    return 0;
}

SIM_TEST(a_peer_that_vanishes_is_not_missed_by_reading_nor_writing)
{
    struct line line;
    char byte, *data = pattern_new(OURO_STREAM_PAIR_BYTES + 1);
    line_open(&line, NULL);
    say(line.client, "last words");
    line.client = ouro_sim_vanish(line.client);
    ck_assert_int_eq(hear(line.server, "last words"), 0);
    ck_assert_int_eq(ouro_read(line.server, &byte, 1, ouro_after(OURO_SEC(3600))), -ETIMEDOUT);
    ck_assert_int_eq(ouro_stream_try_write(line.server, data, OURO_STREAM_PAIR_BYTES + 1),
                     OURO_STREAM_PAIR_BYTES);
    ck_assert_int_eq(ouro_write(line.server, "x", 1, ouro_after(OURO_SEC(3600))), -ETIMEDOUT);
    free(data);
    line_close(&line);
    return 0;
}

SIM_TEST(a_partition_holds_everything_back_until_it_heals)
{
    struct ouro_sim_link link = {.latency_ns = OURO_MS(10)};
    struct line line, other = {.client = NULL};
    char byte;
    line_open(&line, &link);
    say(line.client, "on its way");
    expect_ok(ouro_sim_partition("10.0.0.1", "10.0.0.7"));
    say(line.server, "answer");
    ck_assert_int_eq(ouro_read(line.server, &byte, 1, ouro_after(OURO_SEC(60))), -ETIMEDOUT);
    ck_assert_int_eq(ouro_connect(SERVER, ouro_after(OURO_SEC(60)), &other.client), -ETIMEDOUT);
    expect_ok(ouro_sim_heal("10.0.0.7", "10.0.0.1"));
    ck_assert_int_eq(hear(line.server, "on its way"), 0);
    ck_assert_int_eq(hear(line.client, "answer"), 0);
    ck_assert_int_eq(ouro_connect(SERVER, SOON, &other.client), 0);
    ouro_stream_close(other.client);
    line_close(&line);
    return 0;
}

static int heal_later(void *arg)
{
    expect_ok(ouro_sleep(OURO_SEC(5)));
    return ouro_sim_heal(arg, NULL);
}

SIM_TEST(who_connects_through_a_partition_gets_through_when_it_heals)
{
    struct line line;
    struct ouro_sim_link link = {.latency_ns = OURO_MS(10)};
    struct ouro_stream *client;
    line_open(&line, &link);
    expect_ok(ouro_sim_partition("10.0.0.1", NULL));
    spawned(heal_later, (void *)(uintptr_t) "10.0.0.1");
    expect_ok(ouro_connect(SERVER, SOON, &client));
    ck_assert_int_eq(ouro_now(), OURO_SEC(5) + OURO_MS(10));
    ouro_stream_close(client);
    line_close(&line);
    return 0;
}

SIM_TEST(a_partition_is_between_those_that_it_names)
{
    struct line line;
    struct ouro_stream *stream;
    line_open(&line, NULL);
    expect_ok(ouro_sim_partition("10.0.0.7", "10.0.0.2"));
    expect_ok(ouro_sim_partition("10.0.0.3", NULL));
    say(line.client, "x");
    ck_assert_int_eq(hear(line.server, "x"), 0);
    expect_ok(ouro_sim_host("10.0.0.3"));
    ck_assert_int_eq(ouro_connect(SERVER, ouro_after(1), &stream), -ETIMEDOUT);
    ck_assert_int_eq(ouro_connect("10.0.0.3:80", SOON, &stream), -ECONNREFUSED); /* itself */
    line_close(&line);
    return 0;
}

SIM_TEST(what_is_said_of_a_pair_counts_before_what_is_said_of_a_host)
{
    struct ouro_sim_link slow = {.latency_ns = OURO_MS(100)}, fast = {.latency_ns = OURO_MS(1)};
    struct ouro_sim_link middle = {.latency_ns = OURO_MS(10)};
    struct line line;
    line_open(&line, NULL);
    expect_ok(ouro_sim_set_link(NULL, NULL, &slow));
    say(line.client, "x");
    ck_assert_int_eq(hear(line.server, "x"), OURO_MS(100));
    expect_ok(ouro_sim_set_link("10.0.0.1", "10.0.0.7", &fast));
    expect_ok(ouro_sim_set_link("10.0.0.1", NULL, &middle));
    say(line.client, "x");
    ck_assert_int_eq(hear(line.server, "x"), OURO_MS(1));
    expect_ok(ouro_sim_host("10.0.0.8"));
    int64_t before = ouro_now();
    struct ouro_stream *client;
    expect_ok(ouro_connect(SERVER, SOON, &client));
    ck_assert_int_eq(ouro_now() - before, 2 * OURO_MS(10));
    expect_ok(ouro_sim_set_link("10.0.0.8", NULL, &slow)); /* the newer of two */
    before = ouro_now();
    say(client, "x");
    struct ouro_stream *server;
    expect_ok(ouro_accept(line.listener, SOON, &server));
    hear(server, "x");
    ck_assert_int_eq(ouro_now() - before, OURO_MS(100));
    ouro_stream_close(client);
    ouro_stream_close(server);
    line_close(&line);
    return 0;
}
