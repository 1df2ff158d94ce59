/* SPDX-License-Identifier: MIT */
/* The door where TLS is spoken. On the simulated network; the handshakes are real. */
#include "../net/tls_scene.h"
#include "scene.h"

/* A house of TLS and what is needed to visit it. */
struct secure {
    struct tls_world world;
    struct house house;
};

static void secure_open(struct secure *secure, struct ouro_server_options options)
{
    static const char *const alpn[] = {"http/1.1", NULL};
    world_open(&secure->world);
    ouro_tls_config_unref(secure->world.server);
    secure->world.server = server_config(
        &secure->world, "a", (struct ouro_tls_options){.alpn = alpn, .handshakes_max = 4});
    options.tls = secure->world.server;
    house_open(&secure->house, options);
}

static void secure_close(struct secure *secure)
{
    house_close(&secure->house);
    world_close(&secure->world);
}

/* Shakes hands over a connection that is there. */
static struct ouro_stream *secured(const struct secure *secure, struct ouro_stream *plain)
{
    struct ouro_stream *stream;
    ck_assert_int_eq(ouro_tls_connect(plain, secure->world.client, "a.test", SOON, &stream), 0);
    return stream;
}

SIM_TEST(requests_over_tls_and_the_same_without)
{
    struct secure secure;
    secure_open(&secure, (struct ouro_server_options){.listen_plain = "10.0.0.1:81"});
    struct ouro_stream *stream = secured(&secure, come_from("10.0.0.7"));
    ck_assert_str_eq(ask(stream, "", 200), "10.0.0.7");
    ck_assert_str_eq(info_of(stream).version, "TLSv1.3");
    ouro_stream_close(stream);
    stream = secured(&secure, come_from("10.0.0.7"));
    ck_assert(info_of(stream).resumed);
    upgrade(stream, "", 101);
    ouro_stream_close(stream);
    stream = come_to("10.0.0.1:81");
    ck_assert_str_eq(ask(stream, "", 200), "10.0.0.7");
    ouro_stream_close(stream);
    ouro_sleep(OURO_SEC(3));
    ck_assert_uint_eq(stats_of(&secure.house).failed_hellos, 0);
    ck_assert_uint_eq(ouro_tls_stats(secure.world.server).completed, 2);
    secure_close(&secure);
    return 0;
}

SIM_TEST(plain_http_is_told_what_is_spoken_here)
{
    struct secure secure;
    secure_open(&secure, (struct ouro_server_options){0});
    struct ouro_stream *stream = come_from("10.0.0.7");
    say(stream, "GET / HTTP/1.1\r\nHost: h\r\n\r\n");
    const char *answer = hear(stream);
    ck_assert_msg(strncmp(answer, "HTTP/1.1 400 ", 13) == 0 && strstr(answer, "https://"), "%s",
                  answer);
    ouro_stream_close(stream);
    ck_assert_uint_eq(stats_of(&secure.house).failed_hellos, 1);
    secure_close(&secure);
    return 0;
}

/* Who says nothing, and who begins and says no more: both are gone when the time is over. */
SIM_TEST(a_handshake_has_its_time)
{
    static const char beginning[] = {22, 3, 1, 0, 100, 1};
    struct secure secure;
    secure_open(&secure, (struct ouro_server_options){.hello_ns_max = OURO_SEC(5)});
    for (int says = 0; says < 2; says++) {
        int64_t began = ouro_now();
        struct ouro_stream *stream = come_from("10.0.0.7");
        if (says)
            ck_assert_int_eq(ouro_write(stream, beginning, sizeof beginning, SOON), 0);
        hear(stream);
        ck_assert_int_ge(ouro_now() - began, OURO_SEC(5));
        ck_assert_int_lt(ouro_now() - began, OURO_SEC(6));
        ouro_stream_close(stream);
    }
    ck_assert_uint_eq(stats_of(&secure.house).failed_hellos, 2);
    secure_close(&secure);
    return 0;
}

/* More clients that stop amid their handshake than there are places, from many addresses: who plays
 * plays on, and who comes is served as soon as their time is over. */
SIM_TEST(a_storm_of_handshakes)
{
    static const char beginning[] = {22, 3, 1, 0, 100, 1};
    enum { ATTACKERS = 200 };
    struct ouro_stream *attackers[ATTACKERS];
    struct secure secure;
    secure_open(&secure, (struct ouro_server_options){.hello_ns_max = OURO_SEC(5)});
    struct ouro_stream *playing = secured(&secure, come_from("10.0.0.7"));
    upgrade(playing, "", 101);
    for (int i = 0; i < ATTACKERS; i++) {
        char host[32];
        snprintf(host, sizeof host, "10.6.0.%d", i);
        attackers[i] = come_from(host);
        ck_assert_int_eq(ouro_write(attackers[i], beginning, sizeof beginning, SOON), 0);
    }
    ouro_sleep(OURO_MS(1));
    struct ouro_tls_stats tls = ouro_tls_stats(secure.world.server);
    ck_assert_uint_eq(tls.in_progress, 4);
    ck_assert_uint_eq(tls.waiting, ATTACKERS - 4);
    static const char frame[] = {(char)0x81, (char)0x81, 0, 0, 0, 0, 'x'};
    char echo[3];
    int64_t asked = ouro_now();
    ck_assert_int_eq(ouro_write(playing, frame, sizeof frame, SOON), 0);
    ck_assert_int_eq(ouro_read(playing, echo, sizeof echo, SOON), 3);
    ck_assert_int_lt(ouro_now() - asked, OURO_MS(1));
    ouro_sleep(OURO_SEC(5));
    struct ouro_stream *guest = secured(&secure, come_from("10.0.0.9"));
    ask(guest, "", 200);
    ck_assert_uint_eq(stats_of(&secure.house).failed_hellos, ATTACKERS);
    for (int i = 0; i < ATTACKERS; i++)
        ouro_stream_close(attackers[i]);
    ouro_stream_close(guest);
    ouro_stream_close(playing);
    ouro_sleep(OURO_SEC(3));
    secure_close(&secure);
    return 0;
}

/* One address alone can't take all places: who comes from another is served at once. */
SIM_TEST(handshakes_of_one_address_are_few)
{
    static const char beginning[] = {22, 3, 1, 0, 100, 1};
    struct ouro_stream *attackers[10];
    struct secure secure;
    secure_open(&secure, (struct ouro_server_options){.handshakes_per_address_max = 3});
    for (int i = 0; i < 10; i++) {
        attackers[i] = come_from("10.0.0.8");
        ck_assert_int_eq(ouro_write(attackers[i], beginning, sizeof beginning, SOON), 0);
    }
    int64_t began = ouro_now();
    struct ouro_stream *guest = secured(&secure, come_from("10.0.0.9"));
    ask(guest, "", 200);
    ck_assert_int_lt(ouro_now() - began, OURO_SEC(1));
    ck_assert_uint_eq(stats_of(&secure.house).failed_hellos, 7);
    for (int i = 0; i < 10; i++)
        ouro_stream_close(attackers[i]);
    ouro_stream_close(guest);
    secure_close(&secure);
    return 0;
}

/* The proxy's word comes before the handshake, which is the client's. */
SIM_TEST(tls_through_a_proxy)
{
    static const char *const proxies[] = {"10.9.0.0/16", NULL};
    struct secure secure;
    secure_open(&secure, (struct ouro_server_options){.trusted_proxies = proxies,
                                                      .proxy_header = OURO_PROXY_PROTOCOL,
                                                      .connections_per_address_max = 1});
    struct ouro_stream *stream = come_from("10.9.0.1");
    say(stream, "PROXY TCP4 203.0.113.9 10.0.0.1 4711 80\r\n");
    stream = secured(&secure, stream);
    ck_assert_str_eq(ask(stream, "", 200), "203.0.113.9");
    struct ouro_stream *second = come_from("10.9.0.1");
    say(second, "PROXY TCP4 203.0.113.9 10.0.0.1 4712 80\r\n");
    ck_assert_str_eq(hear(second), ""); /* one too many: no words before the handshake */
    ouro_stream_close(second);
    ouro_stream_close(stream);
    secure_close(&secure);
    return 0;
}

/* New certificates for who comes from now on, and who is there stays. */
SIM_TEST(a_reload_drops_nobody)
{
    struct secure secure;
    secure_open(&secure, (struct ouro_server_options){0});
    struct ouro_stream *before = secured(&secure, come_from("10.0.0.7"));
    upgrade(before, "", 101);
    char fault[OURO_TLS_FAULT_BYTES] = "";
    ck_assert_int_eq(ouro_tls_reload(secure.world.server, fault), 0);
    struct ouro_stream *after = secured(&secure, come_from("10.0.0.7"));
    ask(after, "", 200);
    write_key(path_in(&secure.world, "a.key"), secure.world.ca.key, NULL); /* another one's */
    ck_assert_int_eq(ouro_tls_reload(secure.world.server, fault), -OURO_ECONFIG);
    ck_assert_ptr_nonnull(strstr(fault, "a.key"));
    ask(after, "", 200);
    struct ouro_stream *still = secured(&secure, come_from("10.0.0.7"));
    ask(still, "", 200);
    ouro_stream_close(before);
    ouro_stream_close(after);
    ouro_stream_close(still);
    ouro_sleep(OURO_SEC(3));
    ck_assert_int_eq(secure.house.closed, 1);
    secure_close(&secure);
    return 0;
}
