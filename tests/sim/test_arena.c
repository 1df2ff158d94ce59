/* SPDX-License-Identifier: MIT */
/* The arena over ouro.v1 in a simulated world, with bots and a recording: clients that join, play,
 * die, lose their connections, are slow, are cut off, come back or don't, and go to see it again.
 * Whatever happens: what they are sent can be read, who has died is told so once, and in the end
 * nothing is left.
 *
 * OURO_TEST_HOURS=24 OURO_TEST_SEEDS=100 is the long run. */
#include "websocket.h"

#include "server/arena.h"
#include "server/arena_types.h"
#include "server/tape.h"

#include <ouro/play.h>

#include <dirent.h>
#include <jansson.h>
#include <unistd.h>

#define SERVER  "10.0.0.1:80"
#define CLIENTS 16
#define BOTS    12
#define TICK_NS OURO_SEC(1)
#define CALM_NS OURO_SEC(300)

/* --- the server ------------------------------------------------------------------------------- */

struct house {
    struct ouro_server *server;
    struct ouro_lobby *lobby;
    struct ouro_auth *auth;
    struct ouro_play *play;
    struct arena_house arena;
};

static char folder[] = "/tmp/snakepit-sim-XXXXXX";

static int handle(struct ouro_http *http, struct ouro_guest *guest, void *ud)
{
    struct house *house = ud;
    int rc = ouro_play_handle(house->play, http, guest);
    return rc == -ENOENT ? ouro_http_respond_text(http, 404, "no") : rc;
}

static struct arena_options arena_of(uint64_t seed)
{
    struct arena_options options = {
        .rules = arena_settings_default(),
        .tick_ns = TICK_NS,
        .seed = seed,
        .players_max = CLIENTS,
        .bots = BOTS,
        .record = folder,
        .record_bytes_max = 1 << 20,
        .delay_ns = OURO_SEC(5),
    };
    options.rules.width = options.rules.height = ARENA_SIDE_MIN;
    options.rules.snakes_max = CLIENTS + BOTS;
    options.rules.food_max = 400;
    return options;
}

static void house_open(struct house *house)
{
    struct arena_options arena = arena_of(ouro_random());
    struct ouro_server_options options = {.listen = "*:80", .handler = handle, .ud = house};
    expect_ok(ouro_auth_new(&(struct ouro_auth_options){0}, &house->auth));
    expect_ok(ouro_lobby_start(&(struct ouro_lobby_options){0}, &house->lobby));
    expect_ok(arena_open(&house->arena, &arena, house->lobby));
    struct ouro_play_options play = {
        .lobby = house->lobby, .auth = house->auth, .queue_bytes_max = 16384};
    expect_ok(ouro_play_start(&play, &house->play));
    expect_ok(ouro_server_start(&options, &house->server));
}

static void house_close(struct house *house)
{
    ouro_server_stop(house->server);
    ouro_play_stop(house->play, ouro_after(OURO_SEC(5)));
    arena_shut(&house->arena);
    ouro_lobby_stop(house->lobby);
    arena_close(&house->arena);
    ouro_auth_free(house->auth);
}

/* --- clients ---------------------------------------------------------------------------------- */

struct client {
    struct house *house;
    int number;
    int64_t until;
    char reconnect[OURO_TOKEN_BYTES]; /* "": it has no seat */
    json_int_t seen;
    struct ouro_picture *picture;
    bool alive, watches; /* watches: it is in a replay */
    uint8_t sequence;
    uint64_t snapshots, births, deaths, returns, replays;
};

static void on_welcome(struct client *client, const json_t *message)
{
    bool resumed = json_is_true(json_object_get(message, "resumed"));
    ck_assert(resumed == (client->reconnect[0] != '\0'));
    snprintf(client->reconnect, sizeof client->reconnect, "%s",
             json_string_value(json_object_get(message, "reconnect")));
    client->seen = json_integer_value(json_object_get(message, "seen"));
    client->returns += resumed;
    client->alive = client->alive && resumed;
}

/* Births may be missed with a connection; a death is told whatever happens, once. */
static void on_event(struct client *client, const json_t *message)
{
    json_int_t n = json_integer_value(json_object_get(message, "n"));
    ck_assert_int_gt(n, client->seen);
    client->seen = n;
    ck_assert_str_eq(json_string_value(json_object_get(message, "name")), "died");
    client->alive = false;
    client->deaths++;
}

/* The answer to "play" has a place. */
static void on_birth(struct client *client)
{
    client->births++;
    client->alive = true;
}

static void on_text(struct client *client, const char *payload)
{
    json_t *message = json_loads(payload, 0, NULL);
    const char *type = json_string_value(json_object_get(message, "type"));
    ck_assert_msg(type != NULL, "%s", payload);
    if (strcmp(type, "welcome") == 0)
        on_welcome(client, message);
    else if (strcmp(type, "event") == 0)
        on_event(client, message);
    else if (json_object_get(json_object_get(message, "data"), "x"))
        on_birth(client);
    json_decref(message);
}

static int on_frame(struct client *client, struct ouro_stream *stream, int opcode,
                    const char *payload, size_t len)
{
    if (opcode == 9)
        return send_frame(stream, 10, payload, len);
    if (opcode == 8)
        return -((uint8_t)payload[0] << 8 | (uint8_t)payload[1]);
    if (opcode == 1) {
        on_text(client, payload);
        return 0;
    }
    int rc = ouro_picture_apply(client->picture, payload, len);
    client->snapshots += rc == 1;
    return rc < 0 ? rc : 0;
}

static int say_hello(struct client *client, struct ouro_stream *stream)
{
    static const char *const joins[] = {
        "{\"type\":\"hello\",\"join\":{\"room_type\":\"arena\"}}",
        "{\"type\":\"hello\",\"join\":{\"room_type\":\"arena-replay\",\"options\":{\"live\":true}}}"};
    char hello[256];
    if (!client->reconnect[0]) {
        client->watches = ouro_random() % 8 == 0;
        client->replays += client->watches;
        return send_text(stream, joins[client->watches]);
    }
    snprintf(hello, sizeof hello, "{\"type\":\"hello\",\"reconnect\":\"%s\",\"seen\":%lld}",
             client->reconnect, (long long)client->seen);
    return send_text(stream, hello);
}

static int steer(struct client *client, struct ouro_stream *stream)
{
    uint8_t input[] = {1, ++client->sequence & 0x7f, 0, (uint8_t)(ouro_random() % 8)};
    return send_frame(stream, 2, input, sizeof input);
}

static int chatter(struct client *client, struct ouro_stream *stream)
{
    static const char *const lines[] = {
        "{\"type\":\"request\",\"id\":1,\"name\":\"play\",\"data\":{\"name\":\"Ada\"}}",
        "{\"type\":\"message\",\"name\":\"watch\",\"data\":{\"player\":3}}",
        "{\"type\":\"request\",\"id\":2,\"name\":\"recordings\"}",
        "{\"type\":\"request\",\"id\":3,\"name\":\"control\",\"data\":{\"speed\":200}}",
        "{\"type\":\"view\",\"width\":128,\"height\":96}"};
    size_t count = client->watches ? 5 : 3;
    if (ouro_random() % 2 == 0 && !client->watches)
        return steer(client, stream);
    if (!client->alive && !client->watches)
        return send_text(stream, lines[0]);
    return send_text(stream, lines[1 + ouro_random() % (count - 1)]);
}

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
            rc = on_frame(client, stream, rc, payload, len);
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

/* A seat that is no longer there, or a room: it begins anew. */
static bool is_over(int rc)
{
    return rc == -OURO_CLOSE_REFUSED || rc == -OURO_CLOSE_CONSENTED || rc == -1008;
}

static int be_client(void *arg)
{
    struct client *client = arg;
    struct ouro_stream *stream;
    char host[32];
    snprintf(host, sizeof host, "10.2.0.%d", client->number);
    expect_ok(ouro_sim_host(host));
    expect_ok(ouro_picture_new(arena_types, &client->picture));
    while (ouro_now() < client->until) {
        if (ouro_connect(SERVER, ouro_after(OURO_SEC(30)), &stream) < 0)
            continue;
        int rc = live(client, stream);
        ck_assert_int_ne(rc, -OURO_EMALFORMED);
        if (is_over(rc))
            client->reconnect[0] = '\0';
        stream = leave(client, stream);
        expect_ok(ouro_sleep((int64_t)(ouro_random() % OURO_SEC(25))));
    }
    ouro_picture_free(client->picture);
    return 0;
}

/* --- the world -------------------------------------------------------------------------------- */

struct day {
    int64_t ns;
    uint64_t snapshots, births, deaths, returns, replays;
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
    ck_assert_uint_eq(stats.rooms_failed, 0);
    ck_assert_uint_eq(house->arena.figures.replays, 0);
    ck_assert_uint_eq(ouro_play_stats(house->play).sessions, 0);
    ck_assert_uint_eq(ouro_server_stats(house->server).connections, 0);
}

static void add_up(struct day *day, const struct client *clients)
{
    *day = (struct day){.ns = day->ns};
    for (int i = 0; i < CLIENTS; i++) {
        day->snapshots += clients[i].snapshots;
        day->births += clients[i].births;
        day->deaths += clients[i].deaths;
        day->returns += clients[i].returns;
        day->replays += clients[i].replays;
    }
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
    add_up(day, clients);
    return 0;
}

static void remove_tapes(void)
{
    struct dirent *entry;
    DIR *dir = opendir(folder);
    char path[512];
    while ((entry = readdir(dir))) {
        snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        if (tape_name_valid(entry->d_name))
            unlink(path);
    }
    closedir(dir);
    ck_assert_int_eq(rmdir(folder), 0);
}

static void keep_quiet(enum ouro_log_level level, const char *line, void *ud)
{
    (void)level, (void)line, (void)ud;
}

TEST(a_day_in_the_arena)
{
    const char *hours = getenv("OURO_TEST_HOURS");
    struct day day = {.ns = hours ? OURO_SEC(3600) * atoi(hours) : OURO_SEC(400)};
    ck_assert_ptr_nonnull(mkdtemp(folder));
    ouro_log_to(keep_quiet, NULL); /* of tapes that are full */
    FOR_ALL_SEEDS (seed, 3) {
        ck_assert_int_eq(ouro_sim_run(seed, NULL, a_day, &day), 0);
        ck_assert_uint_gt(day.snapshots, CLIENTS * (uint64_t)(day.ns / TICK_NS) / 8);
        ck_assert_uint_gt(day.births, CLIENTS);
        ck_assert_uint_gt(day.deaths, CLIENTS);
        ck_assert_uint_gt(day.returns, CLIENTS / 2);
        ck_assert_uint_gt(day.replays, 0);
    }
    remove_tapes();
}
