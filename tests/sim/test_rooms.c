/* SPDX-License-Identifier: MIT */
/* Rooms over ouro.v1 in a simulated world: clients that join, lose their connections, are slow, are
 * cut off, come back or don't. Whatever happens: who came back in time has missed no event and got
 * none twice, and in the end nothing is left.
 *
 * OURO_TEST_HOURS=24 OURO_TEST_SEEDS=100 is the long run. */
#include "websocket.h"

#include <ouro/play.h>

#include <jansson.h>

#define SERVER  "10.0.0.1:80"
#define CLIENTS 24
#define TICK_NS OURO_SEC(1)
#define CALM_NS OURO_SEC(300)

/* --- the room: counts ------------------------------------------------------------------------- */

struct count {
    json_int_t events;
};

static int counting_body(struct ouro_room *room, void *data)
{
    struct count *count = data;
    struct ouro_ticker ticker;
    struct ouro_input input;
    int rc;
    ouro_ticker_start(&ticker, "count", TICK_NS);
    while ((rc = ouro_room_turn(room, &ticker, &input)) >= 0) {
        if (rc == OURO_TURN_TICK) {
            expect_ok(ouro_room_event_all(room, NULL, "count", json_integer(++count->events)));
            ouro_room_send_all(room, NULL, "noise", json_string("what may be left out"));
        } else if (input.kind == OURO_INPUT_REQUEST) {
            ouro_room_answer(room, input.payload->request, json_null());
        }
    }
    return rc;
}

/* --- the server ------------------------------------------------------------------------------- */

struct house {
    struct ouro_server *server;
    struct ouro_lobby *lobby;
    struct ouro_auth *auth;
    struct ouro_play *play;
};

static int handle(struct ouro_http *http, struct ouro_guest *guest, void *ud)
{
    struct house *house = ud;
    int rc = ouro_play_handle(house->play, http, guest);
    return rc == -ENOENT ? ouro_http_respond_text(http, 404, "no") : rc;
}

static void house_open(struct house *house)
{
    /* One is read as its clients speak, the other once per tick, and between ticks by itself. */
    static const struct ouro_room_type types[] = {
        {.name = "count0",
         .body = counting_body,
         .data_bytes = sizeof(struct count),
         .seats_max = 8},
        {.name = "count1",
         .body = counting_body,
         .data_bytes = sizeof(struct count),
         .seats_max = 8,
         .tick_ns = OURO_READ_TICK_NS_MAX},
    };
    struct ouro_server_options options = {.listen = "*:80", .handler = handle, .ud = house};
    expect_ok(ouro_auth_new(&(struct ouro_auth_options){0}, &house->auth));
    expect_ok(ouro_lobby_start(&(struct ouro_lobby_options){0}, &house->lobby));
    for (int i = 0; i < 2; i++)
        expect_ok(ouro_lobby_add_type(house->lobby, &types[i]));
    struct ouro_play_options play = {
        .lobby = house->lobby, .auth = house->auth, .queue_bytes_max = 8192};
    expect_ok(ouro_play_start(&play, &house->play));
    expect_ok(ouro_server_start(&options, &house->server));
}

static void house_close(struct house *house)
{
    ouro_server_stop(house->server);
    ouro_play_stop(house->play, ouro_after(OURO_SEC(5)));
    ouro_lobby_stop(house->lobby);
    ouro_auth_free(house->auth);
}

/* --- clients ---------------------------------------------------------------------------------- */

struct client {
    struct house *house;
    int number;
    int64_t until;
    char reconnect[OURO_TOKEN_BYTES]; /* "": it has no seat */
    json_int_t seen, count;           /* the last event's number, and what it said */
    uint64_t events, lives, returns, refused;
};

static void on_welcome(struct client *client, const json_t *message)
{
    bool resumed = json_is_true(json_object_get(message, "resumed"));
    const char *token = json_string_value(json_object_get(message, "reconnect"));
    ck_assert(resumed == (client->reconnect[0] != '\0'));
    snprintf(client->reconnect, sizeof client->reconnect, "%s", token);
    client->returns += resumed;
    client->lives += !resumed;
    if (!resumed)
        client->count = 0;
    client->seen = json_integer_value(json_object_get(message, "seen"));
}

/* One after the other, without a gap, over all connections of a seat. */
static void on_event(struct client *client, const json_t *message)
{
    json_int_t n = json_integer_value(json_object_get(message, "n"));
    json_int_t count = json_integer_value(json_object_get(message, "data"));
    ck_assert_int_gt(n, client->seen);
    if (client->count > 0)
        ck_assert_int_eq(count, client->count + 1);
    client->seen = n;
    client->count = count;
    client->events++;
}

/* 0, or the close code as a negative number. */
static int on_frame(struct client *client, struct ouro_stream *stream, int opcode,
                    const char *payload)
{
    json_error_t error;
    if (opcode == 9)
        return send_frame(stream, 10, payload, strlen(payload));
    if (opcode == 8)
        return -((uint8_t)payload[0] << 8 | (uint8_t)payload[1]);
    json_t *message = json_loads(payload, 0, &error);
    const char *type = json_string_value(json_object_get(message, "type"));
    ck_assert_msg(type != NULL, "%s", payload);
    if (strcmp(type, "welcome") == 0)
        on_welcome(client, message);
    else if (strcmp(type, "event") == 0)
        on_event(client, message);
    json_decref(message);
    return 0;
}

static int say_hello(struct client *client, struct ouro_stream *stream)
{
    char hello[256];
    if (client->reconnect[0])
        snprintf(hello, sizeof hello, "{\"type\":\"hello\",\"reconnect\":\"%s\",\"seen\":%lld}",
                 client->reconnect, (long long)client->seen);
    else
        snprintf(hello, sizeof hello, "{\"type\":\"hello\",\"join\":{\"room_type\":\"count%d\"}}",
                 client->number % 2);
    return send_text(stream, hello);
}

static int chatter(struct client *client, struct ouro_stream *stream)
{
    char text[128];
    snprintf(text, sizeof text, "{\"type\":\"ping\",\"t0\":1,\"seen\":%lld}",
             (long long)client->seen);
    int rc = send_text(stream, text);
    return rc < 0 ? rc : send_text(stream, "{\"type\":\"request\",\"id\":1,\"name\":\"x\"}");
}

/* For as long as chance will have it. Why it ended: 0, a close code, or an error. */
static int live(struct client *client, struct ouro_stream *stream)
{
    char *payload = malloc(FRAME_BYTES);
    size_t len;
    int64_t until = ouro_now() + (int64_t)(ouro_random() % OURO_SEC(90));
    int rc = upgrade(stream);
    if (rc == 0)
        rc = say_hello(client, stream);
    while (rc == 0 && ouro_now() < until && ouro_now() < client->until) {
        rc = read_frame(stream, payload, &len);
        if (rc >= 0)
            rc = on_frame(client, stream, rc, payload);
        if (rc == 0 && ouro_random() % 8 == 0)
            rc = chatter(client, stream);
        if (rc == 0 && ouro_random() % 256 == 0)
            rc = ouro_sleep(OURO_SEC(ouro_random() % 40)); /* it reads nothing */
    }
    free(payload);
    return rc;
}

static struct ouro_stream *leave(struct client *client, struct ouro_stream *stream)
{
    switch (ouro_random() % 4) {
    case 0: /* for good */
        send_text(stream, "{\"type\":\"leave\"}");
        client->reconnect[0] = '\0';
        return ouro_stream_close(stream);
    case 1:
        return ouro_sim_vanish(stream);
    case 2:
        ouro_sim_reset(stream);
        return ouro_stream_close(stream);
    default:
        return ouro_stream_close(stream);
    }
}

static int be_client(void *arg)
{
    struct client *client = arg;
    struct ouro_stream *stream;
    char host[32];
    snprintf(host, sizeof host, "10.2.0.%d", client->number);
    expect_ok(ouro_sim_host(host));
    while (ouro_now() < client->until) {
        if (ouro_connect(SERVER, ouro_after(OURO_SEC(30)), &stream) < 0)
            continue;
        int rc = live(client, stream);
        if (rc == -OURO_CLOSE_REFUSED || rc == -OURO_CLOSE_CONSENTED || rc == -1008) {
            client->refused++;
            client->reconnect[0] = '\0';
        }
        stream = leave(client, stream);
        expect_ok(ouro_sleep((int64_t)(ouro_random() % OURO_SEC(25))));
    }
    return 0;
}

/* --- the world -------------------------------------------------------------------------------- */

struct day {
    int64_t ns;
    uint64_t events, lives, returns;
};

/* Now and then somebody is cut off for a while. */
static int cut_off(void *arg)
{
    const struct day *day = arg;
    while (ouro_now() < day->ns) {
        char host[32];
        snprintf(host, sizeof host, "10.2.0.%u", (unsigned)(ouro_random() % CLIENTS));
        expect_ok(ouro_sim_partition(host, NULL));
        expect_ok(ouro_sleep((int64_t)(ouro_random() % OURO_SEC(30))));
        expect_ok(ouro_sim_heal(host, NULL));
        expect_ok(ouro_sleep((int64_t)(ouro_random() % OURO_SEC(60))));
    }
    return 0;
}

static void expect_nothing_left(const struct house *house)
{
    struct ouro_lobby_stats stats = ouro_lobby_stats(house->lobby);
    ck_assert_uint_eq(stats.seats, 0);
    ck_assert_uint_eq(stats.reserved, 0);
    ck_assert_uint_eq(stats.held, 0);
    ck_assert_uint_eq(stats.rooms, 0);
    ck_assert_uint_eq(ouro_play_stats(house->play).sessions, 0);
    ck_assert_uint_eq(ouro_server_stats(house->server).connections, 0);
}

static int a_day(void *arg)
{
    static const struct ouro_sim_link link = {.latency_ns = OURO_MS(20),
                                              .jitter_ns = OURO_MS(10),
                                              .stall_ppm = 1000,
                                              .stall_ns = OURO_MS(300),
                                              .reset_ppm = 100};
    static struct client clients[CLIENTS];
    struct day *day = arg;
    struct house house = {0};
    struct ouro_group group;
    house_open(&house);
    expect_ok(ouro_sim_set_link("10.0.0.1", NULL, &link));
    ouro_group_open(&group, OURO_FOREVER);
    for (int i = 0; i < CLIENTS; i++) {
        clients[i] = (struct client){.house = &house, .number = i, .until = day->ns};
        expect_ok(ouro_group_spawn(&group, be_client, &clients[i], NULL, NULL));
    }
    expect_ok(ouro_group_spawn(&group, cut_off, day, NULL, NULL));
    expect_ok(ouro_group_close(&group));
    expect_ok(ouro_sleep(CALM_NS)); /* the last seats are given up, the last rooms end */
    expect_nothing_left(&house);
    house_close(&house);
    *day = (struct day){.ns = day->ns};
    for (int i = 0; i < CLIENTS; i++) {
        day->events += clients[i].events;
        day->lives += clients[i].lives;
        day->returns += clients[i].returns;
    }
    return 0;
}

TEST(a_day_in_which_connections_break)
{
    const char *hours = getenv("OURO_TEST_HOURS");
    struct day day = {.ns = hours ? OURO_SEC(3600) * atoi(hours) : OURO_SEC(1200)};
    FOR_ALL_SEEDS (seed, 3) {
        ck_assert_int_eq(ouro_sim_run(seed, NULL, a_day, &day), 0);
        ck_assert_uint_gt(day.events, CLIENTS * (uint64_t)(day.ns / TICK_NS) / 4);
        ck_assert_uint_gt(day.returns, CLIENTS);
        ck_assert_uint_gt(day.lives, CLIENTS);
    }
}
