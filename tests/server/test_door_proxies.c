/* SPDX-License-Identifier: MIT */
/* Clients behind proxies: who is believed, and what counts then. On the simulated network. */
#include "scene.h"

static const char *const proxies[] = {"10.9.0.0/16", NULL};

static void house_behind(struct house *house, enum ouro_proxy_header header)
{
    house_open(house, (struct ouro_server_options){.trusted_proxies = proxies,
                                                   .proxy_header = header,
                                                   .connections_per_address_max = 2});
}

/* --- fields of the request -------------------------------------------------------------------- */

SIM_TEST(a_trusted_proxy_is_believed)
{
    struct house house;
    house_behind(&house, OURO_PROXY_X_FORWARDED_FOR);
    struct ouro_stream *proxy = come_from("10.9.0.1");
    ck_assert_str_eq(ask(proxy, "X-Forwarded-For: 203.0.113.9\r\n", 200), "203.0.113.9");
    ck_assert_str_eq(house.access, "203.0.113.9");
    ck_assert_str_eq(ask(proxy, "X-Forwarded-For: 1.2.3.4, 203.0.113.8\r\n", 200), "203.0.113.8");
    ck_assert_str_eq(ask(proxy, "X-Forwarded-For: 1.2.3.4\r\nX-Forwarded-For: 10.9.0.2\r\n", 200),
                     "1.2.3.4");
    ck_assert_str_eq(ask(proxy, "Forwarded: for=1.2.3.4\r\n", 200), "10.9.0.1");
    ck_assert_str_eq(ask(proxy, "", 200), "10.9.0.1");
    ck_assert_int_eq(strncmp(house.access, "10.9.0.1:", 9), 0);
    ouro_stream_close(proxy);
    house_close(&house);
    return 0;
}

SIM_TEST(nobody_else_is)
{
    struct house house;
    house_behind(&house, OURO_PROXY_X_FORWARDED_FOR);
    struct ouro_stream *stream = come_from("10.0.0.7");
    ck_assert_str_eq(ask(stream, "X-Forwarded-For: 203.0.113.9\r\nForwarded: for=1.2.3.4\r\n", 200),
                     "10.0.0.7");
    ck_assert_int_eq(strncmp(house.access, "10.0.0.7:", 9), 0);
    ouro_stream_close(stream);
    house_close(&house);
    return 0;
}

SIM_TEST(the_field_of_rfc_7239)
{
    struct house house;
    house_behind(&house, OURO_PROXY_FORWARDED);
    struct ouro_stream *proxy = come_from("10.9.0.1");
    ck_assert_str_eq(ask(proxy, "Forwarded: for=\"[2001:db8::9]:80\"\r\n", 200), "2001:db8::9");
    ck_assert_str_eq(ask(proxy, "X-Forwarded-For: 1.2.3.4\r\n", 200), "10.9.0.1");
    ask(proxy, "Forwarded: for=\"1.2.3.4, for=203.0.113.9\r\n", 400);
    ouro_stream_close(proxy);
    house_close(&house);
    return 0;
}

/* A proxy brings many clients, each of which has the limit of one; the proxy itself has none. */
SIM_TEST(limits_are_those_of_the_client)
{
    static const char wait[] =
        "GET /wait HTTP/1.1\r\nHost: h\r\nX-Forwarded-For: 203.0.113.%d\r\n\r\n";
    static const int clients[] = {9, 9, 9, 8}, statuses[] = {200, 200, 503, 200};
    struct house house;
    struct ouro_stream *streams[4];
    char request[128];
    house_behind(&house, OURO_PROXY_X_FORWARDED_FOR);
    for (int i = 0; i < 4; i++) {
        streams[i] = come_from("10.9.0.1");
        snprintf(request, sizeof request, wait, clients[i]);
        say(streams[i], request);
        ouro_sleep(OURO_MS(1));
    }
    ck_assert_uint_eq(stats_of(&house).refused_address, 1);
    ck_assert_uint_eq(stats_of(&house).addresses, 2);
    ouro_event_set(&house.go_on);
    for (int i = 0; i < 4; i++) {
        expect_answer(streams[i], statuses[i]);
        ouro_stream_close(streams[i]);
    }
    ouro_sleep(OURO_SEC(3));
    ck_assert_uint_eq(stats_of(&house).addresses, 0);
    house_close(&house);
    return 0;
}

SIM_TEST(a_proxy_over_a_unix_socket)
{
    static const char *const unix_only[] = {"unix", NULL};
    for (int trusts = 0; trusts < 2; trusts++) {
        struct house house;
        house_open(&house,
                   (struct ouro_server_options){.listen = "unix:/door",
                                                .trusted_proxies = trusts ? unix_only : NULL});
        struct ouro_stream *stream = come_to("unix:/door");
        ck_assert_str_eq(ask(stream, "X-Forwarded-For: 1.2.3.4\r\n", 200),
                         trusts ? "1.2.3.4" : "nobody");
        ck_assert_str_eq(ask(stream, "", 200), "nobody");
        ouro_stream_close(stream);
        house_close(&house);
    }
    return 0;
}

/* --- the PROXY protocol ----------------------------------------------------------------------- */

#define VERSION_2 "\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c\xcb\0\x71\x09\x0a\0\0\1\xdc\4\1\xbb"

SIM_TEST(a_connection_is_introduced)
{
    struct house house;
    house_behind(&house, OURO_PROXY_PROTOCOL);
    struct ouro_stream *stream = come_from("10.9.0.1");
    say(stream, "PROXY TCP4 203.0.113.9 10.0.0.1 4711 80\r\n");
    ck_assert_str_eq(ask(stream, "X-Forwarded-For: 1.2.3.4\r\n", 200), "203.0.113.9");
    ck_assert_str_eq(house.access, "203.0.113.9:4711");
    ck_assert_str_eq(ask(stream, "", 200), "203.0.113.9");
    ouro_stream_close(stream);
    stream = come_from("10.9.0.1");
    ck_assert_int_eq(ouro_write(stream, VERSION_2, sizeof VERSION_2 - 1, SOON), 0);
    ck_assert_str_eq(ask(stream, "", 200), "203.0.113.9");
    ck_assert_str_eq(house.access, "203.0.113.9:56324");
    ouro_stream_close(stream);
    stream = come_from("10.9.0.1");
    say(stream, "PROXY UNKNOWN\r\n");
    ck_assert_str_eq(ask(stream, "", 200), "10.9.0.1");
    ouro_stream_close(stream);
    house_close(&house);
    return 0;
}

/* However the bytes come, header and request are told apart. */
SIM_TEST(an_introduction_in_drops)
{
    static const char bytes[] =
        "PROXY TCP6 2001:db8::9 ::1 4711 80\r\nGET / HTTP/1.1\r\nHost: h\r\n\r\n";
    struct house house;
    house_behind(&house, OURO_PROXY_PROTOCOL);
    for (size_t piece = 1; piece < sizeof bytes; piece += 3) {
        struct ouro_stream *stream = come_from("10.9.0.1");
        for (size_t at = 0; at < sizeof bytes - 1; at += piece) {
            size_t left = sizeof bytes - 1 - at, len = left < piece ? left : piece;
            ck_assert_int_eq(ouro_write(stream, bytes + at, len, SOON), 0);
            ouro_sleep(OURO_US(10));
        }
        ck_assert_str_eq(expect_answer(stream, 200), "2001:db8::9");
        ouro_stream_close(stream);
    }
    house_close(&house);
    return 0;
}

SIM_TEST(who_is_not_trusted_can_not_introduce)
{
    struct house house;
    house_behind(&house, OURO_PROXY_PROTOCOL);
    struct ouro_stream *stream = come_from("10.0.0.7");
    say(stream, "PROXY TCP4 203.0.113.9 10.0.0.1 4711 80\r\n\r\n");
    expect_answer(stream, 400);
    ouro_stream_close(stream);
    stream = come_from("10.0.0.7"); /* and need not */
    ck_assert_str_eq(ask(stream, "", 200), "10.0.0.7");
    ouro_stream_close(stream);
    house_close(&house);
    return 0;
}

SIM_TEST(a_proxy_that_does_not_introduce)
{
    struct house house;
    house_behind(&house, OURO_PROXY_PROTOCOL);
    struct ouro_stream *stream = come_from("10.9.0.1");
    say(stream, "GET / HTTP/1.1\r\nHost: h\r\n\r\n");
    ck_assert_str_eq(hear(stream), "");
    ouro_stream_close(stream);
    stream = come_from("10.9.0.1"); /* half of it, and no more */
    say(stream, "PROXY TCP4 203.0.113.9 ");
    int64_t began = ouro_now();
    ck_assert_str_eq(hear(stream), "");
    ck_assert_int_ge(ouro_now() - began, OURO_SEC(9));
    ck_assert_int_le(ouro_now() - began, OURO_SEC(11));
    ouro_stream_close(stream);
    ck_assert_uint_eq(stats_of(&house).failed_hellos, 2);
    house_close(&house);
    return 0;
}

SIM_TEST(who_is_introduced_is_counted)
{
    struct house house;
    struct ouro_stream *streams[4];
    house_behind(&house, OURO_PROXY_PROTOCOL);
    for (int i = 0; i < 4; i++) {
        streams[i] = come_from("10.9.0.1");
        say(streams[i], i < 3 ? "PROXY TCP4 203.0.113.9 10.0.0.1 4711 80\r\n"
                              : "PROXY TCP4 203.0.113.8 10.0.0.1 4711 80\r\n");
        ask(streams[i], "", i == 2 ? 503 : 200);
    }
    ck_assert_uint_eq(stats_of(&house).refused_address, 1);
    ck_assert_uint_eq(stats_of(&house).addresses, 2);
    for (int i = 0; i < 4; i++)
        ouro_stream_close(streams[i]);
    house_close(&house);
    return 0;
}
