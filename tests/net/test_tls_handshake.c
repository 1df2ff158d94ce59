/* SPDX-License-Identifier: MIT */
/* How TLS begins: what is agreed on, who is refused and why, what many at once may cost; and what
 * is loaded, again too. */
#include "tls_scene.h"

#include <sys/socket.h>

/* --- agreed on -------------------------------------------------------------------------------- */

SIM_TEST(both_versions_shake_hands)
{
    static const struct {
        int most;
        const char *version;
    } rows[] = {{TLS1_2_VERSION, "TLSv1.2"}, {TLS1_3_VERSION, "TLSv1.3"}};
    for (int i = 0; i < 2; i++) {
        struct tls_world world;
        world_open(&world);
        client_at_most(&world, rows[i].most);
        struct hands hands = join_hands(&world, "a.test");
        expect_alive(&hands);
        struct ouro_tls_info info = info_of(hands.server);
        ck_assert_str_eq(info.version, rows[i].version);
        ck_assert_str_eq(info_of(hands.client).version, rows[i].version);
        ck_assert_str_eq(info.cipher, info_of(hands.client).cipher);
        ck_assert_str_eq(info.server_name, "a.test");
        ck_assert_ptr_null(info.alpn);
        ck_assert(!info.resumed);
        ck_assert_uint_eq(ouro_tls_stats(world.server).completed, 1);
        part(&hands);
        world_close(&world);
    }
    return 0;
}

SIM_TEST(the_oldest_version_is_a_setting_and_never_below_1_2)
{
    struct tls_world world;
    world_open(&world);
    world.server = ouro_tls_config_unref(world.server);
    world.server =
        server_config(&world, "a", (struct ouro_tls_options){.version_min = OURO_TLS_1_3});
    client_at_most(&world, TLS1_2_VERSION);
    struct hands hands = try_hands(&world, "a.test");
    ck_assert_int_eq(hands.server_rc, -EPROTO);
    ck_assert_int_eq(hands.client_rc, -EPROTO);

    SSL_CTX *client = world.client->material->contexts[0];
    SSL_CTX_set_min_proto_version(client, TLS1_VERSION);
    SSL_CTX_set_max_proto_version(client, TLS1_1_VERSION);
    SSL_CTX_set_security_level(client, 0);
    world.server = ouro_tls_config_unref(world.server);
    world.server = server_config(&world, "a", (struct ouro_tls_options){0});
    hands = try_hands(&world, "a.test");
    ck_assert_int_lt(hands.server_rc, 0);
    ck_assert_int_lt(hands.client_rc, 0);
    world_close(&world);
    return 0;
}

SIM_TEST(the_certificate_is_chosen_by_name)
{
    static const struct {
        const char *host, *first_name;
    } rows[] = {{"a.test", "a.test"},
                {"A.Test", "a.test"},
                {"b.test", "b.test"},
                {"x.wild.test", "*.wild.test"}};
    struct tls_world world;
    world_open(&world);
    issue(&world, "b", "DNS:b.test");
    issue(&world, "w", "DNS:*.wild.test");
    struct ouro_tls_certificate certificates[] = {
        {path_in(&world, "a.pem"), path_in(&world, "a.key")},
        {path_in(&world, "b.pem"), path_in(&world, "b.key")},
        {path_in(&world, "w.pem"), path_in(&world, "w.key")},
    };
    world.server = ouro_tls_config_unref(world.server);
    world.server = server_config(
        &world, "a",
        (struct ouro_tls_options){.certificates = certificates, .certificate_count = 3});
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct hands hands = join_hands(&world, rows[i].host);
        X509 *shown = SSL_get0_peer_certificate(tls_of(hands.client)->ssl);
        ck_assert_int_eq(X509_check_host(shown, rows[i].first_name, 0, 0, NULL) == 1 ||
                             rows[i].first_name[0] == '*',
                         1);
        ck_assert_str_eq(info_of(hands.server).server_name, rows[i].host);
        part(&hands);
    }
    /* Nobody's name: the first certificate, which the client then turns down. */
    struct hands hands = try_hands(&world, "too.deep.wild.test");
    ck_assert_int_eq(hands.client_rc, -EKEYREJECTED);
    ouro_stream_close(hands.server);
    world_close(&world);
    return 0;
}

SIM_TEST(a_numeric_host_is_checked_as_an_address)
{
    struct tls_world world;
    world_open(&world);
    struct hands hands = join_hands(&world, "127.0.0.1");
    ck_assert_ptr_null(info_of(hands.server).server_name);
    part(&hands);
    ck_assert_int_eq(try_hands(&world, "127.0.0.2").client_rc, -EKEYREJECTED);
    world_close(&world);
    return 0;
}

static void with_alpn(struct tls_world *world, const char *const *server, const char *const *client)
{
    ouro_tls_config_unref(world->server);
    ouro_tls_config_unref(world->client);
    world->server = server_config(world, "a", (struct ouro_tls_options){.alpn = server});
    world->client = client_config(world, (struct ouro_tls_options){.alpn = client});
}

SIM_TEST(a_protocol_is_chosen_by_what_the_server_wants_most)
{
    static const char *const server[] = {"http/1.1", "ouro", NULL};
    static const char *const client[] = {"h2", "ouro", "http/1.1", NULL};
    static const char *const stranger[] = {"h2", "http/1.", NULL};
    struct tls_world world;
    world_open(&world);
    with_alpn(&world, server, client);
    struct hands hands = join_hands(&world, "a.test");
    ck_assert_str_eq(info_of(hands.server).alpn, "http/1.1");
    ck_assert_str_eq(info_of(hands.client).alpn, "http/1.1");
    part(&hands);

    with_alpn(&world, server, NULL);
    hands = join_hands(&world, "a.test");
    ck_assert_ptr_null(info_of(hands.server).alpn);
    part(&hands);

    with_alpn(&world, server, stranger);
    hands = try_hands(&world, "a.test");
    ck_assert_int_eq(hands.server_rc, -EPROTO);
    ck_assert_int_eq(hands.client_rc, -EPROTO);
    world_close(&world);
    return 0;
}

SIM_TEST(a_session_is_resumed)
{
    static const int versions[] = {TLS1_2_VERSION, TLS1_3_VERSION};
    for (int i = 0; i < 2; i++) {
        struct tls_world world;
        world_open(&world);
        client_at_most(&world, versions[i]);
        for (int round = 0; round < 4; round++) {
            struct hands hands = join_hands(&world, "a.test");
            ck_assert_int_eq(info_of(hands.client).resumed, round > 0);
            ck_assert_int_eq(info_of(hands.server).resumed, round > 0);
            ck_assert_str_eq(info_of(hands.server).server_name, "a.test");
            expect_alive(&hands);
            part(&hands);
        }
        ck_assert_uint_eq(ouro_tls_stats(world.server).resumed, 3);
        struct hands other = join_hands(&world, "127.0.0.1"); /* not with another host's */
        ck_assert(!info_of(other.client).resumed);
        part(&other);
        world_close(&world);
    }
    return 0;
}

/* A ticket of TLS 1.3 is for one use; here nobody reads in the new ones. */
SIM_TEST(a_ticket_is_used_once)
{
    struct tls_world world;
    world_open(&world);
    struct hands hands = join_hands(&world, "a.test");
    expect_alive(&hands);
    part(&hands);
    for (int round = 0; round < 2; round++) {
        hands = join_hands(&world, "a.test");
        ck_assert_int_eq(info_of(hands.client).resumed, round == 0);
        part(&hands);
    }
    world_close(&world);
    return 0;
}

/* Without tickets the server remembers. */
SIM_TEST(a_session_of_a_client_without_tickets_is_resumed)
{
    struct tls_world world;
    world_open(&world);
    client_at_most(&world, TLS1_2_VERSION);
    SSL_CTX_set_options(world.client->material->contexts[0], SSL_OP_NO_TICKET);
    for (int round = 0; round < 2; round++) {
        struct hands hands = join_hands(&world, "a.test");
        ck_assert_int_eq(info_of(hands.server).resumed, round > 0);
        part(&hands);
    }
    world_close(&world);
    return 0;
}

SIM_TEST(sessions_of_many_hosts_are_bounded)
{
    struct tls_world world;
    char names[(OURO__TLS_SESSIONS_MAX + 1) * 16] = "", host[24];
    world_open(&world);
    for (int i = 0; i <= OURO__TLS_SESSIONS_MAX; i++)
        snprintf(names + strlen(names), sizeof names - strlen(names), "%sDNS:h%d.test",
                 i ? "," : "", i);
    issue(&world, "a", names);
    ck_assert_int_eq(ouro_tls_reload(world.server, NULL), 0);
    for (int i = 0; i <= OURO__TLS_SESSIONS_MAX; i++) {
        snprintf(host, sizeof host, "h%d.test", i);
        struct hands hands = join_hands(&world, host);
        expect_alive(&hands);
        part(&hands);
    }
    struct hands first = join_hands(&world, "h0.test"), last = join_hands(&world, host);
    ck_assert(!info_of(first.client).resumed); /* had to go for the last one */
    ck_assert(info_of(last.client).resumed);
    part(&first);
    part(&last);
    world_close(&world);
    return 0;
}

/* --- refused ---------------------------------------------------------------------------------- */

static void expect_refusal(const struct tls_world *world, const char *host, int client_rc)
{
    struct hands hands = try_hands(world, host);
    ck_assert_int_eq(hands.client_rc, client_rc);
    /* In TLS 1.3 the server is done before the client has looked; it gets to know by reading. */
    if (hands.server_rc == 0) {
        char byte;
        ck_assert_int_eq(ouro_read(hands.server, &byte, 1, SOON), -EPROTO);
        ck_assert_int_eq(ouro_read(hands.server, &byte, 1, SOON), -EPROTO);
        ck_assert_int_lt(ouro_write(hands.server, "x", 1, SOON), 0);
        ouro_stream_close(hands.server);
    } else {
        ck_assert_int_eq(hands.server_rc, -EPROTO);
    }
    ck_assert_uint_eq(ERR_peek_error(), 0);
    ck_assert_uint_eq(ouro_tls_stats(world->client).in_progress, 0);
}

SIM_TEST(a_client_refuses_what_it_can_not_trust)
{
    static const int versions[] = {TLS1_2_VERSION, TLS1_3_VERSION};
    for (int i = 0; i < 2; i++) {
        struct tls_world world;
        struct authority stranger = authority_new();
        world_open(&world);
        client_at_most(&world, versions[i]);
        expect_refusal(&world, "b.test", -EKEYREJECTED);
        issue_by(&world, &stranger, "a", "DNS:a.test", DAYS(10));
        ck_assert_int_eq(ouro_tls_reload(world.server, NULL), 0);
        expect_refusal(&world, "a.test", -EKEYREJECTED);
        issue_by(&world, &world.ca, "a", "DNS:a.test", DAYS(-1));
        ck_assert_int_eq(ouro_tls_reload(world.server, NULL), 0);
        expect_refusal(&world, "a.test", -EKEYEXPIRED);
        ck_assert_uint_eq(ouro_tls_stats(world.client).failed, 3);
        authority_free(&stranger);
        world_close(&world);
    }
    return 0;
}

SIM_TEST(what_is_no_host_is_refused)
{
    struct tls_world world;
    char long_host[300];
    memset(long_host, 'x', sizeof long_host);
    long_host[sizeof long_host - 1] = '\0';
    world_open(&world);
    struct hands hands = try_hands(&world, "");
    ck_assert_int_eq(hands.client_rc, -EINVAL);
    ck_assert_int_eq(hands.server_rc, -ECONNABORTED);
    ck_assert_int_eq(try_hands(&world, long_host).client_rc, -EINVAL);
    world_close(&world);
    return 0;
}

/* The server's answer to these bytes, then an end. */
static int answer_to(const struct tls_world *world, const void *bytes, size_t len)
{
    struct ouro_stream *plain[2];
    ck_assert_int_eq(ouro_stream_pair(plain), 0);
    ck_assert_int_eq(ouro_write(plain[1], bytes, len, SOON), 0);
    ck_assert_int_eq(ouro_stream_shutdown(plain[1]), 0);
    struct hand hand = {plain[0], world->server, NULL, SOON, NULL};
    int rc = shake(&hand);
    ouro_stream_close(plain[1]);
    ck_assert_uint_eq(ERR_peek_error(), 0);
    return rc;
}

SIM_TEST(garbage_is_refused)
{
    struct tls_world world;
    world_open(&world);
    ck_assert_int_eq(answer_to(&world, "GET / HTTP/1.1\r\n\r\n", 18), -OURO_EMALFORMED);
    ck_assert_int_eq(answer_to(&world, "\x15\x03\x01\0\x02\2\x28", 7), -OURO_EMALFORMED);
    ck_assert_int_eq(answer_to(&world, "\x16GET / HTTP/1.1\r\n\r\n", 19), -OURO_EMALFORMED);
    ck_assert_int_eq(answer_to(&world, "\x16\x03\x01\xff\xff\1", 6), -OURO_EMALFORMED);
    ck_assert_int_eq(answer_to(&world, "\x16\x03\x01\0\x04\1\0\0\0", 9), -OURO_EMALFORMED);
    ck_assert_int_eq(answer_to(&world, "\x16\x03\x01", 3), -ECONNABORTED);
    ck_assert_int_eq(answer_to(&world, "", 0), -ECONNABORTED);
    world_close(&world);
    return 0;
}

/* A true client's first flight, each byte of it changed in turn: never accepted, never worse than
 * refused. */
SIM_TEST(a_damaged_hello_is_refused)
{
    struct tls_world world;
    struct ouro_stream *plain[2];
    char hello[2048];
    world_open(&world);
    ck_assert_int_eq(ouro_stream_pair(plain), 0);
    struct hand client = {plain[1], world.client, "a.test", SOON, NULL};
    struct ouro_task *connecting = started(shake, &client);
    int len = ouro_read(plain[0], hello, sizeof hello, SOON);
    ck_assert_int_gt(len, 100);
    ouro_stream_close(plain[0]);
    ck_assert_int_eq(status_of(connecting), -ECONNABORTED);
    for (int i = 0; i < len; i++) {
        hello[i] ^= 0x55;
        ck_assert_int_lt(answer_to(&world, hello, (size_t)len), 0);
        hello[i] ^= 0x55;
    }
    ck_assert_uint_eq(ouro_tls_stats(world.server).in_progress, 0);
    world_close(&world);
    return 0;
}

/* --- waiting ---------------------------------------------------------------------------------- */

SIM_TEST(a_client_that_is_slow_on_purpose_is_given_up)
{
    static const char *const sent[] = {"", "\x16", "\x16\x03\x01\x02"};
    struct tls_world world;
    world_open(&world);
    for (int i = 0; i < 3; i++) {
        struct ouro_stream *plain[2];
        char byte;
        ck_assert_int_eq(ouro_stream_pair(plain), 0);
        ck_assert_int_eq(ouro_write(plain[1], sent[i], strlen(sent[i]), SOON), 0);
        int64_t began = ouro_now();
        struct hand hand = {plain[0], world.server, NULL, ouro_after(OURO_SEC(10)), NULL};
        struct ouro_task *accepting = started(shake, &hand);
        ouro_sleep(OURO_SEC(1));
        /* Who has said nothing takes nobody's place. */
        ck_assert_uint_eq(ouro_tls_stats(world.server).in_progress, i > 0);
        ck_assert_int_eq(status_of(accepting), -ETIMEDOUT);
        ck_assert_int_eq(ouro_now() - began, OURO_SEC(10));
        ck_assert_int_eq(ouro_read(plain[1], &byte, 1, SOON), 0);
        ouro_stream_close(plain[1]);
    }
    ck_assert_uint_eq(ouro_tls_stats(world.server).failed, 2);
    world_close(&world);
    return 0;
}

SIM_TEST(a_cancelled_handshake_leaves_nothing)
{
    struct tls_world world;
    world_open(&world);
    for (int server = 0; server < 2; server++) {
        struct ouro_stream *plain[2];
        ck_assert_int_eq(ouro_stream_pair(plain), 0);
        if (server)
            ck_assert_int_eq(ouro_write(plain[1], "\x16\x03", 2, SOON), 0);
        struct hand hand = {plain[0], server ? world.server : world.client,
                            server ? NULL : "a.test", OURO_FOREVER, NULL};
        struct ouro_task *task = started(shake, &hand);
        settle();
        ouro_cancel(task);
        ck_assert_int_eq(status_of(task), -ECANCELED);
        ck_assert_int_lt(ouro_write(plain[1], "x", 1, SOON), 0); /* closed */
        ouro_stream_close(plain[1]);
    }
    ck_assert_uint_eq(ouro_tls_stats(world.server).in_progress, 0);
    ck_assert_uint_eq(ouro_tls_stats(world.client).in_progress, 0);
    struct hands hands = join_hands(&world, "a.test"); /* and no place is lost */
    part(&hands);
    world_close(&world);
    return 0;
}

enum { CROWD = 200, CROWD_AT_ONCE = 8 };

struct lookout {
    struct ouro_tls_config *config;
    uint32_t most, most_waiting;
    uint64_t polls, completed, most_in_a_turn; /* a turn ends when the loop polls */
};

static int watch_crowd(void *arg)
{
    struct lookout *lookout = arg;
    while (ouro_yield() == 0) {
        struct ouro_tls_stats stats = ouro_tls_stats(lookout->config);
        if (stats.in_progress > lookout->most)
            lookout->most = stats.in_progress;
        if (stats.waiting > lookout->most_waiting)
            lookout->most_waiting = stats.waiting;
        if (stats.completed - lookout->completed > lookout->most_in_a_turn)
            lookout->most_in_a_turn = stats.completed - lookout->completed;
        uint64_t polls = ouro_loop_stats(ouro_loop_self()).polls;
        if (polls != lookout->polls)
            lookout->completed = stats.completed;
        lookout->polls = polls;
    }
    return -ECANCELED;
}

static void shake_crowd(void (*open_plain)(struct ouro_stream *plain[2]))
{
    static struct hand server[CROWD], client[CROWD];
    struct ouro_task *tasks[2 * CROWD];
    struct tls_world world;
    world_open(&world);
    world.server = ouro_tls_config_unref(world.server);
    world.server =
        server_config(&world, "a", (struct ouro_tls_options){.handshakes_max = CROWD_AT_ONCE});
    struct lookout lookout = {.config = world.server};
    struct ouro_task *watching = started(watch_crowd, &lookout);
    for (int i = 0; i < CROWD; i++) {
        struct ouro_stream *plain[2];
        open_plain(plain);
        server[i] = (struct hand){plain[0], world.server, NULL, SOON, NULL};
        client[i] = (struct hand){plain[1], world.client, "a.test", SOON, NULL};
        tasks[2 * i] = started(shake, &server[i]);
        tasks[2 * i + 1] = started(shake, &client[i]);
    }
    for (int i = 0; i < 2 * CROWD; i++)
        ck_assert_int_eq(status_of(tasks[i]), 0);
    ck_assert_uint_eq(lookout.most, CROWD_AT_ONCE);
    ck_assert_uint_gt(lookout.most_waiting, CROWD / 2);
    ck_assert_uint_le(lookout.most_in_a_turn, OURO_TLS_STEPS_MAX);
    ck_assert_uint_eq(ouro_tls_stats(world.server).completed, CROWD);
    for (int i = 0; i < CROWD; i++) {
        ouro_stream_close(server[i].stream);
        ouro_stream_close(client[i].stream);
    }
    ouro_cancel(watching);
    ck_assert_int_eq(status_of(watching), -ECANCELED);
    world_close(&world);
}

static void open_in_memory(struct ouro_stream *plain[2])
{
    ck_assert_int_eq(ouro_stream_pair(plain), 0);
}

static void open_sockets(struct ouro_stream *plain[2])
{
    int fds[2];
    ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds), 0);
    for (int i = 0; i < 2; i++)
        ck_assert_int_eq(ouro__stream_of_fd(fds[i], &plain[i]), 0);
}

SIM_TEST(of_a_crowd_only_so_many_shake_hands_at_once)
{
    shake_crowd(open_in_memory);
    return 0;
}

/* Here edges come whenever the kernel likes, also between a step and the wait for the next. */
REAL_TEST(of_a_crowd_on_sockets_none_is_forgotten)
{
    shake_crowd(open_sockets);
    return 0;
}

static int write_garbage(void *arg)
{
    struct ouro_stream *stream = arg;
    return ouro_stream_try_write(stream, "this is no TLS", 14);
}

/* The answer is there when the client, after its step, has let the others run. */
SIM_TEST(an_answer_between_step_and_wait_is_seen)
{
    struct tls_world world;
    struct ouro_stream *plain[2];
    world_open(&world);
    ck_assert_int_eq(ouro_stream_pair(plain), 0);
    struct hand client = {plain[1], world.client, "a.test", SOON, NULL};
    struct ouro_task *connecting = started(shake, &client);
    struct ouro_task *writing = started(write_garbage, plain[0]);
    ck_assert_int_eq(status_of(connecting), -OURO_EMALFORMED);
    ck_assert_int_eq(status_of(writing), 14);
    ouro_stream_close(plain[0]);
    world_close(&world);
    return 0;
}

/* The places are taken by clients that stall; who waits for one gives up in time, and when they
 * have been given up, others get in. */
SIM_TEST(who_waits_for_a_place_gives_up_at_its_deadline)
{
    struct tls_world world;
    struct ouro_stream *stalled[2], *late[2];
    world_open(&world);
    world.server = ouro_tls_config_unref(world.server);
    world.server = server_config(&world, "a", (struct ouro_tls_options){.handshakes_max = 1});
    ck_assert_int_eq(ouro_stream_pair(stalled), 0);
    ck_assert_int_eq(ouro_stream_pair(late), 0);
    ck_assert_int_eq(ouro_write(stalled[1], "\x16\x03", 2, SOON), 0);
    ck_assert_int_eq(ouro_write(late[1], "\x16\x03", 2, SOON), 0);
    struct hand first = {stalled[0], world.server, NULL, ouro_after(OURO_SEC(5)), NULL};
    struct hand second = {late[0], world.server, NULL, ouro_after(OURO_SEC(2)), NULL};
    struct ouro_task *tasks[] = {started(shake, &first), started(shake, &second)};
    ck_assert_int_eq(status_of(tasks[1]), -ETIMEDOUT);
    ck_assert_int_eq(ouro_now(), OURO_SEC(2));
    struct hands hands = join_hands(&world, "a.test");
    ck_assert_int_ge(ouro_now(), OURO_SEC(5));
    ck_assert_int_eq(status_of(tasks[0]), -ETIMEDOUT);
    part(&hands);
    ouro_stream_close(stalled[1]);
    ouro_stream_close(late[1]);
    world_close(&world);
    return 0;
}

/* --- loading ---------------------------------------------------------------------------------- */

static long serial_shown(const struct hands *hands)
{
    X509 *shown = SSL_get0_peer_certificate(tls_of(hands->client)->ssl);
    return ASN1_INTEGER_get(X509_get0_serialNumber(shown));
}

SIM_TEST(a_reload_is_for_those_who_come_later)
{
    struct tls_world world;
    world_open(&world);
    struct hands old = join_hands(&world, "a.test");
    expect_alive(&old);
    /* One that has begun when the reload comes goes on with what it began with. */
    struct ouro_stream *plain[2];
    ck_assert_int_eq(ouro_stream_pair(plain), 0);
    struct hand accepting = {plain[0], world.server, NULL, SOON, NULL};
    ck_assert_int_eq(ouro_write(plain[1], "\x16", 1, SOON), 0);
    struct ouro_task *begun = started(shake, &accepting);
    settle();
    issue(&world, "a", "DNS:a.test");
    ck_assert_int_eq(ouro_tls_reload(world.server, NULL), 0);
    ouro_stream_close(plain[1]);
    ck_assert_int_eq(status_of(begun), -ECONNABORTED);

    struct hands new = join_hands(&world, "a.test");
    ck_assert(!info_of(new.client).resumed);
    ck_assert_int_ne(serial_shown(&old), serial_shown(&new));
    expect_alive(&old);
    expect_alive(&new);
    part(&new);
    part(&old);
    world_close(&world);
    return 0;
}

static void expect_bad_reload(struct tls_world *world, const char *about)
{
    char fault[OURO_TLS_FAULT_BYTES] = "";
    ck_assert_int_eq(ouro_tls_reload(world->server, fault), -OURO_ECONFIG);
    ck_assert_msg(strstr(fault, about) != NULL, "\"%s\" is not about %s", fault, about);
    ck_assert_int_eq(ouro_tls_reload(world->server, NULL), -OURO_ECONFIG);
    struct hands hands = join_hands(world, "a.test");
    part(&hands);
}

SIM_TEST(a_reload_that_fails_says_why_and_changes_nothing)
{
    struct tls_world world;
    world_open(&world);
    issue(&world, "other", "DNS:a.test");
    rename(path_in(&world, "other.key"), path_in(&world, "a.key"));
    expect_bad_reload(&world, "a.key"); /* another certificate's */
    EVP_PKEY *key = EVP_EC_gen("P-256");
    write_key(path_in(&world, "a.key"), key, "secret");
    EVP_PKEY_free(key);
    expect_bad_reload(&world, "a.key"); /* nobody is asked for a password */
    unlink(path_in(&world, "a.key"));
    expect_bad_reload(&world, "o such file");
    FILE *file = fopen(path_in(&world, "a.pem"), "w");
    fputs("nothing", file);
    fclose(file);
    expect_bad_reload(&world, "a.pem");
    world_close(&world);
    return 0;
}

static void expect_fault(bool server, struct ouro_tls_options options, const char *about)
{
    char fault[OURO_TLS_FAULT_BYTES] = "";
    struct ouro_tls_config *config = NULL;
    int rc = server ? ouro_tls_server_new(&options, fault, &config)
                    : ouro_tls_client_new(&options, fault, &config);
    ck_assert_int_eq(rc, -OURO_ECONFIG);
    ck_assert_msg(strstr(fault, about) != NULL, "\"%s\" is not about %s", fault, about);
    ck_assert_ptr_null(config);
}

SIM_TEST(settings_that_can_not_be_are_refused)
{
    static const char *const empty_name[] = {"", NULL};
    static const char *const too_many[] = {"1", "2", "3", "4", "5", "6", "7", "8",  "9",
                                           "a", "b", "c", "d", "e", "f", "g", "17", NULL};
    struct ouro_tls_certificate half = {"x", NULL}, missing = {"/nonexistent/x", "/nonexistent/y"};
    expect_fault(true, (struct ouro_tls_options){0}, "certificate");
    expect_fault(true, (struct ouro_tls_options){.certificates = &half, .certificate_count = 1},
                 "key");
    expect_fault(true, (struct ouro_tls_options){.certificates = &missing, .certificate_count = 1},
                 "/nonexistent/x");
    expect_fault(false, (struct ouro_tls_options){.certificates = &half, .certificate_count = 1},
                 "client");
    expect_fault(false, (struct ouro_tls_options){.ca_file = "/nonexistent/ca"}, "/nonexistent/ca");
    expect_fault(false, (struct ouro_tls_options){.alpn = empty_name}, "ALPN");
    expect_fault(false, (struct ouro_tls_options){.alpn = too_many}, "ALPN");
    struct ouro_tls_config *config;
    ck_assert_int_eq(ouro_tls_client_new(NULL, NULL, &config), 0);
    ouro_tls_config_unref(config);
    ck_assert_uint_eq(ERR_peek_error(), 0);
    return 0;
}
