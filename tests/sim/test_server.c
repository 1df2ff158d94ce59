/* SPDX-License-Identifier: MIT */
/* A whole server, as it is, in a simulation: HTTP and WebSockets, a thousand clients, an hour. */
#include "scene.h"

#include <ouro/server.h>

#define SERVER      "10.0.0.1:80"
#define CLIENTS     1000
#define PLAY_NS     OURO_SEC(3600)
#define MESSAGE_MAX 125 /* the length fits into the second byte of a frame */

/* --- the server: repeats what it hears, and shows how often ----------------------------------- */

struct echo {
    struct ouro_guest *guest;
    struct house *house;
};

struct house {
    struct ouro_server *server;
    uint64_t repeated;
};

static void on_message(struct ouro_ws *ws, const struct ouro_ws_message *message, void *ud)
{
    struct echo *echo = ud;
    if (ouro_ws_send_text(ws, message->data, message->len) == 0)
        echo->house->repeated++;
}

static void on_closed(struct ouro_ws *ws, void *ud)
{
    struct echo *echo = ud;
    ouro_ws_free(ws);
    ouro_guest_unref(echo->guest);
    free(echo);
}

static int be_an_echo(struct ouro_http *http, struct ouro_guest *guest, struct house *house)
{
    static const struct ouro_ws_options options;
    static const struct ouro_ws_consumer consumer = {.message = on_message, .closed = on_closed};
    struct ouro_ws *ws;
    int rc = ouro_ws_accept(http, &options, &ws);
    if (rc < 0)
        return rc;
    struct echo *echo = malloc(sizeof *echo);
    *echo = (struct echo){ouro_guest_ref(guest), house};
    ouro_ws_consume(ws, &consumer, echo);
    return 0;
}

static int handle(struct ouro_http *http, struct ouro_guest *guest, void *ud)
{
    struct house *house = ud;
    char text[32];
    if (strcmp(ouro_http_path(http), "/echo") == 0)
        return be_an_echo(http, guest, house);
    snprintf(text, sizeof text, "%llu\n", (unsigned long long)house->repeated);
    return ouro_http_respond_text(http, 200, text);
}

static void house_open(struct house *house)
{
    struct ouro_server_options options = {.listen = "*:80", .handler = handle, .ud = house};
    *house = (struct house){0};
    expect_ok(ouro_server_start(&options, &house->server));
}

/* --- clients ---------------------------------------------------------------------------------- */

static int read_exactly(struct ouro_stream *stream, void *buf, size_t len)
{
    for (size_t at = 0; at < len;) {
        int rc = ouro_read(stream, (char *)buf + at, len - at, ouro_after(OURO_SEC(60)));
        if (rc <= 0)
            return rc < 0 ? rc : -OURO_ECLOSED;
        at += (size_t)rc;
    }
    return 0;
}

/* The head of an answer, whose status must be that one. */
static int expect_status(struct ouro_stream *stream, const char *status)
{
    char head[1024] = "";
    size_t len = 0;
    int rc = 0;
    while (rc == 0 && !strstr(head, "\r\n\r\n") && len < sizeof head - 1)
        rc = read_exactly(stream, head + len++, 1);
    if (rc == 0)
        ck_assert_msg(strncmp(head + strlen("HTTP/1.1 "), status, 3) == 0, "%s", head);
    return rc;
}

static int send_message(struct ouro_stream *stream, const char *text, size_t len)
{
    static const unsigned char mask[4] = {1, 2, 3, 4};
    unsigned char frame[6 + MESSAGE_MAX] = {0x81, (unsigned char)(0x80 | len)};
    memcpy(frame + 2, mask, 4);
    for (size_t i = 0; i < len; i++)
        frame[6 + i] = (unsigned char)text[i] ^ mask[i % 4];
    return ouro_write(stream, frame, 6 + len, ouro_after(OURO_SEC(60)));
}

static int expect_message(struct ouro_stream *stream, const char *text, size_t len)
{
    unsigned char head[2];
    char got[MESSAGE_MAX];
    int rc = read_exactly(stream, head, 2);
    if (rc < 0)
        return rc;
    ck_assert_int_eq(head[0], 0x81);
    ck_assert_uint_eq(head[1], len);
    rc = read_exactly(stream, got, len);
    if (rc == 0)
        ck_assert_mem_eq(got, text, len);
    return rc;
}

static int open_echo(struct ouro_stream *stream)
{
    static const char hello[] = "GET /echo HTTP/1.1\r\nHost: 10.0.0.1\r\nUpgrade: websocket\r\n"
                                "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                                "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
    int rc = ouro_write(stream, hello, sizeof hello - 1, ouro_after(OURO_SEC(60)));
    return rc < 0 ? rc : expect_status(stream, "101");
}

struct player {
    int number;
    int64_t until;
    uint64_t heard, lost; /* messages; connections */
};

/* Until the time is over (0) or the connection is lost. */
static int play(struct ouro_stream *stream, struct player *player)
{
    int rc = open_echo(stream);
    while (rc == 0 && ouro_now() < player->until) {
        char text[MESSAGE_MAX];
        int len = snprintf(text, sizeof text, "player %d says %llu", player->number,
                           (unsigned long long)player->heard);
        rc = send_message(stream, text, (size_t)len);
        if (rc == 0)
            rc = expect_message(stream, text, (size_t)len);
        player->heard += rc == 0;
        if (rc == 0)
            rc = ouro_sleep((int64_t)(ouro_random() % OURO_SEC(20)));
    }
    return rc;
}

static int be_player(void *arg)
{
    struct player *player = arg;
    struct ouro_stream *stream;
    char host[32];
    snprintf(host, sizeof host, "10.1.%d.%d", player->number / 250, player->number % 250);
    expect_ok(ouro_sim_host(host));
    while (ouro_now() < player->until) {
        expect_ok(ouro_connect(SERVER, ouro_after(OURO_SEC(60)), &stream));
        player->lost += play(stream, player) < 0;
        ouro_stream_close(stream);
    }
    return 0;
}

/* Somebody who looks at the page every ten seconds, over one connection. */
static int look_on(void *arg)
{
    static const char ask[] = "GET / HTTP/1.1\r\nHost: 10.0.0.1\r\n\r\n";
    const struct player *player = arg;
    struct ouro_stream *stream;
    expect_ok(ouro_connect(SERVER, SOON, &stream));
    while (ouro_now() < player->until) {
        char number[32] = "";
        expect_ok(ouro_write(stream, ask, sizeof ask - 1, SOON));
        expect_ok(expect_status(stream, "200"));
        for (size_t i = 0; !strchr(number, '\n'); i++)
            expect_ok(read_exactly(stream, number + i, 1));
        expect_ok(ouro_sleep(OURO_SEC(10)));
    }
    ouro_stream_close(stream);
    return 0;
}

/* Half a minute without the players of a quarter of the world. */
static void part_and_heal(void)
{
    char host[32];
    for (int i = 0; i < 250; i++) {
        snprintf(host, sizeof host, "10.1.1.%d", i);
        expect_ok(ouro_sim_partition(host, NULL));
    }
    expect_ok(ouro_sleep(OURO_SEC(30)));
    for (int i = 0; i < 250; i++) {
        snprintf(host, sizeof host, "10.1.1.%d", i);
        expect_ok(ouro_sim_heal(host, NULL));
    }
}

struct hour {
    int64_t play_ns;
    int players;
    uint64_t heard, lost;
};

static int an_hour(void *arg)
{
    static const struct ouro_sim_link link = {.latency_ns = OURO_MS(20),
                                              .jitter_ns = OURO_MS(10),
                                              .stall_ppm = 1000,
                                              .stall_ns = OURO_MS(200),
                                              .reset_ppm = 100};
    struct hour *hour = arg;
    struct player *players = calloc((size_t)hour->players, sizeof *players);
    struct player onlooker = {.until = hour->play_ns};
    struct house house;
    struct ouro_group group;
    house_open(&house);
    expect_ok(ouro_sim_set_link("10.0.0.1", NULL, &link));
    expect_ok(ouro_sim_set_link("10.0.0.1", "127.0.0.1", &(struct ouro_sim_link){0}));
    ouro_group_open(&group, OURO_FOREVER);
    for (int i = 0; i < hour->players; i++) {
        players[i] = (struct player){.number = i, .until = hour->play_ns};
        expect_ok(ouro_group_spawn(&group, be_player, &players[i], NULL, NULL));
    }
    expect_ok(ouro_group_spawn(&group, look_on, &onlooker, NULL, NULL));
    expect_ok(ouro_sleep(hour->play_ns / 2));
    part_and_heal();
    expect_ok(ouro_group_close(&group));

    expect_ok(ouro_sleep(OURO_SEC(1))); /* the last ends arrive */
    ck_assert_uint_eq(ouro_server_stats(house.server).connections, 0);
    hour->heard = hour->lost = 0;
    for (int i = 0; i < hour->players; i++) {
        hour->heard += players[i].heard;
        hour->lost += players[i].lost;
    }
    ck_assert_uint_ge(house.repeated, hour->heard);
    ck_assert_uint_eq(ouro_server_stats(house.server).accepted,
                      (uint64_t)hour->players + hour->lost + 1);
    free(players);
    ouro_server_stop(house.server);
    return 0;
}

TEST(a_thousand_clients_for_an_hour)
{
    struct hour hour = {.play_ns = PLAY_NS, .players = CLIENTS};
    struct ouro_sim_options options = {.time_ns_max = 2 * PLAY_NS};
    FOR_ALL_SEEDS (seed, 1) {
        ck_assert_int_eq(ouro_sim_run(seed, &options, an_hour, &hour), 0);
        ck_assert_uint_gt(hour.heard, CLIENTS * 300u);
        ck_assert_uint_gt(hour.lost, 0);
        ck_assert_uint_lt(hour.lost, hour.heard / 1000);
    }
}

TEST(a_shuffled_minute_for_many_seeds)
{
    struct hour hour = {.play_ns = OURO_SEC(60), .players = 30};
    struct ouro_sim_options options = {.time_ns_max = OURO_SEC(600), .shuffle = true};
    FOR_ALL_SEEDS (seed, 20)
        ck_assert_int_eq(ouro_sim_run(seed, &options, an_hour, &hour), 0);
}

TEST(a_whole_server_has_the_same_trace_for_the_same_seed)
{
    struct hour hour = {.play_ns = OURO_SEC(20), .players = 10};
    FOR_ALL_SEEDS (seed, 3) {
        char *a = trace_of(seed, (struct ouro_sim_options){.shuffle = true}, an_hour, &hour);
        char *b = trace_of(seed, (struct ouro_sim_options){.shuffle = true}, an_hour, &hour);
        ck_assert(strcmp(a, b) == 0);
        free(a);
        free(b);
    }
}

/* --- what only a server sees ------------------------------------------------------------------ */

SIM_TEST(limits_are_per_simulated_address)
{
    struct house house;
    struct ouro_server_options options = {
        .listen = SERVER, .handler = handle, .ud = &house, .connections_per_address_max = 2};
    struct ouro_stream *streams[5];
    expect_ok(ouro_server_start(&options, &house.server));
    for (int i = 0; i < 5; i++) {
        expect_ok(ouro_sim_host(i < 3 ? "10.0.0.7" : "10.0.0.8"));
        expect_ok(ouro_connect(SERVER, SOON, &streams[i]));
    }
    expect_ok(ouro_sleep(1));
    ck_assert_uint_eq(ouro_server_stats(house.server).accepted, 4);
    ck_assert_uint_eq(ouro_server_stats(house.server).refused_address, 1);
    for (int i = 0; i < 5; i++)
        ouro_stream_close(streams[i]);
    ouro_server_stop(house.server);
    return 0;
}
