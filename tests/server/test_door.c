/* SPDX-License-Identifier: MIT */
/* Who is let in, how often, and what those are told who are not. On the simulated network. */
#include "scene.h"

/* --- several doors ---------------------------------------------------------------------------- */

SIM_TEST(several_addresses_in_one_server)
{
    struct house house;
    house_open(&house, (struct ouro_server_options){.listen = "10.0.0.1:80, 10.0.0.1:81,unix:/x",
                                                    .listen_plain = "10.0.0.2:80"});
    static const char *const addresses[] = {"10.0.0.1:80", "10.0.0.1:81", "unix:/x", "10.0.0.2:80"};
    for (size_t i = 0; i < 4; i++) {
        ck_assert_str_eq(ouro_server_address_at(house.server, i), addresses[i]);
        struct ouro_stream *stream = come_to(addresses[i]);
        ask(stream, "", 200);
        ouro_stream_close(stream);
    }
    ck_assert_str_eq(ouro_server_address(house.server), addresses[0]);
    ck_assert_ptr_null(ouro_server_address_at(house.server, 4));
    ouro_sleep(OURO_SEC(1));
    ck_assert_uint_eq(stats_of(&house).accepted, 4);
    ck_assert_uint_eq(stats_of(&house).requests, 4);
    ck_assert_uint_eq(stats_of(&house).connections, 0);
    house_close(&house);
    return 0;
}

SIM_TEST(one_address_that_can_not_be_had_is_none_at_all)
{
    struct ouro_server *server = NULL;
    struct ouro_server_options options = {.handler = house_handle};
    static const struct {
        const char *listen;
        int rc;
    } wrong[] = {
        {"10.0.0.1:80,10.0.0.1:80", -EADDRINUSE},
        {"10.0.0.1:80,nowhere", -EINVAL},
        {"10.0.0.1:80,,", -EINVAL},
        {"systemd", -ENOENT},
        {"systemd:web", -ENOENT},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        options.listen = wrong[i].listen;
        ck_assert_int_eq(ouro_server_start(&options, &server), wrong[i].rc);
        ck_assert_ptr_null(server);
    }
    struct ouro_listener *listener; /* the first one of each list is free again */
    ck_assert_int_eq(ouro_listen("10.0.0.1:80", NULL, &listener), 0);
    ouro_listener_close(listener);
    return 0;
}

SIM_TEST(networks_that_are_none)
{
    static const char *const wrong[] = {"10.0.0.0/99", NULL};
    struct ouro_server *server = NULL;
    struct ouro_server_options options = {
        .listen = DOOR, .handler = house_handle, .trusted_proxies = wrong};
    ck_assert_int_eq(ouro_server_start(&options, &server), -EINVAL);
    ck_assert_ptr_null(server);
    return 0;
}

/* --- limits ----------------------------------------------------------------------------------- */

SIM_TEST(a_full_house_says_so_and_is_heard)
{
    struct house house;
    house_open(&house, (struct ouro_server_options){.connections_max = 1});
    struct ouro_stream *first = come_from("10.0.0.7"), *second = come_from("10.0.0.8");
    ask(first, "", 200);
    ask(second, "", 503); /* although it has sent a request that nobody has read */
    ck_assert_uint_eq(stats_of(&house).refused_full, 1);
    ouro_stream_close(first);
    ouro_stream_close(second);
    ouro_sleep(OURO_SEC(1));
    first = come_from("10.0.0.8");
    ask(first, "", 200);
    ouro_stream_close(first);
    house_close(&house);
    return 0;
}

SIM_TEST(one_household_can_not_fill_the_house)
{
    struct house house;
    house_open(&house,
               (struct ouro_server_options){.listen = "*:80", .connections_per_address_max = 2});
    static const char *const hosts[] = {"2001:db8:0:1::1", "2001:db8:0:1::2", "2001:db8:0:1::3",
                                        "2001:db8:0:2::1", "10.0.0.7"};
    static const int statuses[] = {200, 200, 503, 200, 200};
    struct ouro_stream *streams[5];
    for (int i = 0; i < 5; i++) {
        streams[i] = come_from(hosts[i]);
        ask(streams[i], "", statuses[i]);
    }
    ck_assert_uint_eq(stats_of(&house).refused_address, 1);
    for (int i = 0; i < 5; i++)
        ouro_stream_close(streams[i]);
    ouro_sleep(OURO_SEC(1));
    ck_assert_uint_eq(stats_of(&house).addresses, 0);
    house_close(&house);
    return 0;
}

/* Connects, asks, leaves. */
static void visit(const char *host, int status)
{
    struct ouro_stream *stream = come_from(host);
    ask(stream, "", status);
    ouro_stream_close(stream);
}

SIM_TEST(who_comes_too_often_waits_a_little)
{
    struct house house;
    house_open(&house, (struct ouro_server_options){.arrivals_per_second_max = 3});
    for (int i = 0; i < 3; i++)
        visit("10.0.0.7", 200);
    visit("10.0.0.7", 429);
    visit("10.0.0.8", 200); /* that is nobody else's affair */
    ck_assert_int_eq(ouro_sleep(OURO_MS(334)), 0);
    visit("10.0.0.7", 200);
    visit("10.0.0.7", 429);
    ck_assert_uint_eq(stats_of(&house).refused_rate, 2);
    house_close(&house);
    return 0;
}

SIM_TEST(an_upgrade_is_an_arrival_too)
{
    struct house house;
    house_open(&house, (struct ouro_server_options){.arrivals_per_second_max = 2});
    struct ouro_stream *stream = come_from("10.0.0.7");
    ask(stream, "", 200);
    upgrade(stream, "", 101);
    ouro_stream_close(stream);
    ouro_sleep(OURO_SEC(2));
    stream = come_from("10.0.0.7");
    upgrade(stream, "Sec-WebSocket-Version: 12\r\n", 400); /* whether it succeeds or not */
    ouro_stream_close(stream);
    stream = come_from("10.0.0.7");
    expect_answer(stream, 429);
    ouro_stream_close(stream);
    house_close(&house);
    return 0;
}

static void send_message(struct ouro_stream *stream)
{
    static const char frame[] = {(char)0x81, (char)0x81, 0, 0, 0, 0, 'x'};
    ck_assert_int_eq(ouro_write(stream, frame, sizeof frame, SOON), 0);
}

/* The first byte of a frame, and the code of a close. */
static int hear_frame(struct ouro_stream *stream, int *ret_code)
{
    unsigned char frame[130];
    int len = 0;
    while (len < 2 || len < 2 + frame[1]) {
        int got = ouro_read(stream, frame + len,
                            len < 2 ? (size_t)(2 - len) : (size_t)(2 + frame[1] - len), SOON);
        ck_assert_int_gt(got, 0);
        len += got;
    }
    *ret_code = len >= 4 ? frame[2] << 8 | frame[3] : 0;
    return frame[0];
}

SIM_TEST(messages_are_counted_by_address)
{
    struct house house;
    int code;
    house_open(&house, (struct ouro_server_options){.messages_per_second_max = 5});
    struct ouro_stream *stream = come_from("10.0.0.7");
    upgrade(stream, "", 101);
    for (int i = 0; i < 5; i++) {
        send_message(stream);
        ck_assert_int_eq(hear_frame(stream, &code), 0x81);
    }
    send_message(stream);
    ck_assert_int_eq(hear_frame(stream, &code), 0x88);
    ck_assert_int_eq(code, 1008);
    ck_assert_uint_eq(stats_of(&house).messages_refused, 1);
    ouro_stream_close(stream);
    ouro_sleep(OURO_SEC(1));
    ck_assert_int_eq(house.closed, 1);
    house_close(&house);
    return 0;
}

/* --- names ------------------------------------------------------------------------------------ */

static void expect_host(struct house *house, const char *host, int status)
{
    struct ouro_stream *stream = come_from("10.0.0.7");
    char request[256];
    (void)house;
    snprintf(request, sizeof request, "GET / HTTP/1.1\r\nHost: %s\r\n\r\n", host);
    say(stream, request);
    expect_answer(stream, status);
    ouro_stream_close(stream);
}

SIM_TEST(requests_for_another_host_are_not_for_us)
{
    static const char *const hosts[] = {"example.org", "[::1]", NULL};
    struct house house;
    house_open(&house, (struct ouro_server_options){.hosts = hosts});
    static const char *const ours[] = {"example.org",  "EXAMPLE.org:8080",
                                       "example.org.", "example.org.:80",
                                       "[::1]",        "[::1]:8080"};
    static const char *const others[] = {"evil.example", "example.org.evil.example",
                                         "xexample.org", "127.0.0.1",
                                         "[::2]",        "example.or"};
    for (size_t i = 0; i < sizeof ours / sizeof *ours; i++)
        expect_host(&house, ours[i], 200);
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        expect_host(&house, others[i], 421);
    struct ouro_stream *stream = come_from("10.0.0.7");
    say(stream, "GET / HTTP/1.0\r\n\r\n"); /* to no host at all */
    expect_answer(stream, 421);
    ouro_stream_close(stream);
    stream = come_from("10.0.0.7");
    upgrade(stream, "", 421);
    ouro_stream_close(stream);
    ck_assert_uint_eq(stats_of(&house).refused_host, 8);
    house_close(&house);
    return 0;
}

/* --- the end ---------------------------------------------------------------------------------- */

static int ask_and_wait(void *arg)
{
    say(arg, "GET /wait HTTP/1.1\r\nHost: h\r\n\r\n");
    ck_assert_str_eq(expect_answer(arg, 200), "10.0.0.7");
    return 0;
}

SIM_TEST(a_draining_server_says_so_and_finishes_what_it_has_begun)
{
    struct house house;
    house_open(&house, (struct ouro_server_options){0});
    struct ouro_stream *playing = come_from("10.0.0.7"), *waiting = come_from("10.0.0.7"),
                       *idle = come_from("10.0.0.7");
    upgrade(playing, "", 101);
    ask(idle, "", 200);
    struct ouro_task *task = started(ask_and_wait, waiting);
    ouro_sleep(OURO_MS(10));
    ck_assert(!ouro_server_is_draining(house.server));
    ouro_server_drain(house.server);
    ck_assert(ouro_server_is_draining(house.server));
    say(idle, "GET / HTTP/1.1\r\nHost: h\r\n\r\n");
    const char *answer = hear(idle);
    ck_assert_msg(strstr(answer, " 503 ") && strstr(answer, "Retry-After: ") &&
                      strstr(answer, "Connection: close"),
                  "%s", answer);
    expect_end(idle);
    struct ouro_stream *late = come_from("10.0.0.8");
    upgrade(late, "", 503);
    send_message(playing);
    int code;
    ck_assert_int_eq(hear_frame(playing, &code), 0x81); /* who plays goes on */
    ouro_event_set(&house.go_on);
    ck_assert_int_eq(status_of(task), 0);
    ck_assert_uint_eq(stats_of(&house).refused_draining, 2);
    ouro_ws_close(house.ws, 1001, "going");
    ck_assert_int_eq(hear_frame(playing, &code), 0x88);
    ck_assert_int_eq(code, 1001);
    ouro_stream_close(playing);
    ouro_stream_close(waiting);
    ouro_stream_close(idle);
    ouro_stream_close(late);
    ouro_sleep(OURO_SEC(3));
    ck_assert_int_eq(house.closed, 1);
    house_close(&house);
    return 0;
}

static int set_later(void *arg)
{
    int rc = ouro_sleep(OURO_MS(50));
    ouro_event_set(arg);
    return rc;
}

SIM_TEST(a_stop_waits_for_answers_that_have_begun_and_not_for_ever)
{
    for (int slow = 0; slow < 2; slow++) {
        struct house house;
        house_open(&house, (struct ouro_server_options){.stop_ns_max = OURO_MS(100)});
        struct ouro_stream *stream = come_from("10.0.0.7"), *idle = come_from("10.0.0.7");
        say(stream, "GET /wait HTTP/1.1\r\nHost: h\r\n\r\n");
        ouro_sleep(OURO_MS(10));
        struct ouro_task *task = slow ? NULL : started(set_later, &house.go_on);
        int64_t began = ouro_now();
        house.server = ouro_server_stop(house.server);
        int64_t took = ouro_now() - began;
        ck_assert_int_ge(took, slow ? OURO_MS(100) : OURO_MS(40));
        ck_assert_int_lt(took, slow ? OURO_MS(110) : OURO_MS(60));
        if (!slow)
            expect_answer(stream, 200);
        else
            ck_assert_str_eq(hear(stream), "");
        expect_end(idle);
        if (task)
            status_of(task);
        ouro_stream_close(stream);
        ouro_stream_close(idle);
        ouro_event_done(&house.go_on);
    }
    return 0;
}

/* A hundred who are turned away, keep sending and never leave: each is heard out for a second. */
SIM_TEST(who_is_turned_away_is_gone_soon)
{
    struct house house;
    struct ouro_stream *streams[100];
    house_open(&house, (struct ouro_server_options){.connections_max = 1});
    struct ouro_stream *first = come_from("10.0.0.7");
    ask(first, "", 200);
    for (int i = 0; i < 100; i++) {
        streams[i] = come_from("10.0.0.8");
        say(streams[i], "GET / HTTP/1.1\r\n");
        expect_answer(streams[i], 503);
    }
    ck_assert_int_eq(ouro_sleep(OURO_SEC(2)), 0);
    for (int i = 0; i < 100; i++) {
        ck_assert_int_lt(ouro_write(streams[i], "Host: h\r\n", 9, SOON), 0);
        ouro_stream_close(streams[i]);
    }
    ouro_stream_close(first);
    house_close(&house);
    return 0;
}
