/* SPDX-License-Identifier: MIT */
/* Clients that mean no good, and one beside them that does: it gets each tick, in order and in
 * time, whatever the others do. A whole server with a room, on the virtual clock; what it holds for
 * the others is bounded, and gone when they are. */
#include "scene.h"

#include <ouro/server.h>

#define SERVER          "10.0.0.1:80"
#define TICK_NS         OURO_MS(50)
#define LATE_NS_MAX     OURO_MS(5) /* of the witness's frames, beside the way */
#define QUEUE_BYTES_MAX (16 * 1024)
#define IDLE_NS_MAX     OURO_SEC(60)
#define TICK_BYTES      64 /* of a frame: enough that a thousand that do not read matter */
#define EVERYONE        1000

/* --- the house: a room that ticks, and sessions in it ------------------------------------------
 */

struct house {
    struct ouro_server *server;
    struct ouro_room *room;
    struct ouro_link sessions;
    struct ouro_task *sweeper;
    int count, closed_for[5000]; /* sessions now; those that have ended, by code */
    size_t backlog_bytes_max;    /* the most that ever waited for one */
    uint32_t ticks, last_id;
};

struct session {
    struct ouro_player player;
    struct ouro_link link;
    struct house *house;
    struct ouro_ws *ws; /* NULL: ended */
    struct ouro_guest *guest;
    bool in_room;
};

static struct session *session_of(const struct ouro_player *player)
{
    return ouro_container(player, struct session, player);
}

static void session_free(struct session *session)
{
    ouro_unlink(&session->link);
    session->house->count--;
    ouro_guest_unref(session->guest);
    free(session);
}

static size_t backlog(const struct ouro_player *player)
{
    struct session *session = session_of(player);
    size_t bytes = session->ws ? ouro_ws_backlog_bytes(session->ws) : 0;
    if (bytes > session->house->backlog_bytes_max)
        session->house->backlog_bytes_max = bytes;
    return bytes;
}

static int send_frames(struct ouro_player *player, struct ouro_frame *const *frames, size_t count)
{
    struct session *session = session_of(player);
    return session->ws ? ouro_ws_send(session->ws, frames, count) : -OURO_ECLOSED;
}

static void close_player(struct ouro_player *player, uint16_t code, const char *reason)
{
    struct session *session = session_of(player);
    if (session->ws)
        ouro_ws_close(session->ws, code, reason);
}

static void released(struct ouro_player *player)
{
    struct session *session = session_of(player);
    session->in_room = false;
    if (!session->ws)
        session_free(session);
}

static void on_message(struct ouro_ws *ws, const struct ouro_ws_message *message, void *ud)
{
    struct session *session = ud;
    (void)message;
    if (ouro_guest_count_message(session->guest) < 0)
        ouro_ws_close(ws, 1008, "too many messages");
    else
        ouro_room_input(session->house->room, &session->player, OURO_INPUT_OWN, 0);
}

static void on_closed(struct ouro_ws *ws, void *ud)
{
    struct session *session = ud;
    session->house->closed_for[ouro_ws_close_code(ws) % 5000]++;
    session->ws = ouro_ws_free(ws);
    if (session->in_room)
        ouro_room_leave(session->house->room, &session->player);
    else
        session_free(session);
}

static int connect_player(struct ouro_http *http, struct ouro_guest *guest, struct house *house)
{
    static const struct ouro_ws_options options = {.queue_bytes_max = QUEUE_BYTES_MAX,
                                                   .message_bytes_max = 1024};
    static const struct ouro_ws_consumer consumer = {on_message, on_closed};
    static const struct ouro_player_ops ops = {send_frames, backlog, close_player, released};
    struct ouro_ws *ws;
    int rc = ouro_ws_accept(http, &options, &ws);
    if (rc < 0)
        return rc;
    struct session *session = calloc(1, sizeof *session);
    *session = (struct session){.player = {.ops = &ops, .id = ++house->last_id},
                                .house = house,
                                .ws = ws,
                                .guest = ouro_guest_ref(guest)};
    house->count++;
    ouro_list_push(&house->sessions, &session->link);
    session->in_room = ouro_room_enter(house->room, &session->player) == 0;
    ouro_ws_consume(ws, &consumer, session);
    return 0;
}

static int handle(struct ouro_http *http, struct ouro_guest *guest, void *ud)
{
    const char *body;
    size_t len;
    static const char large[1 << 20];
    if (strcmp(ouro_http_path(http), "/connect") == 0)
        return connect_player(http, guest, ud);
    if (strcmp(ouro_http_path(http), "/large") == 0)
        return ouro_http_respond(http, 200, "text/plain", large, sizeof large);
    int rc = ouro_http_body(http, &body, &len);
    return rc < 0 ? rc : ouro_http_respond_text(http, 200, "ok");
}

/* A tick is a frame with its number. */
static int play(struct ouro_room *room, void *ud)
{
    struct house *house = ud;
    int64_t next = ouro_now();
    int rc = 0;
    while (rc == 0 || rc == -ETIMEDOUT) {
        struct ouro_input input;
        next += TICK_NS;
        while ((rc = ouro_room_next(room, next, &input)) == 0)
            ;
        char text[TICK_BYTES + 1];
        snprintf(text, sizeof text, "%0*u", TICK_BYTES, ++house->ticks);
        struct ouro_frame *frame = ouro_frame_new(OURO_FRAME_TEXT, text, TICK_BYTES);
        ouro_room_broadcast(room, frame);
        ouro_frame_unref(frame);
    }
    return rc;
}

/* Who says nothing is asked; who does not answer either is gone. */
static int sweep(void *arg)
{
    struct house *house = arg;
    int rc;
    while ((rc = ouro_sleep(IDLE_NS_MAX / 4)) == 0)
        ouro_list_each_safe (link, &house->sessions) {
            struct session *session = ouro_container(link, struct session, link);
            if (!session->ws)
                continue;
            int64_t silent_ns = ouro_now() - ouro_ws_heard_at(session->ws);
            if (silent_ns > IDLE_NS_MAX)
                ouro_ws_close(session->ws, 4102, "silent");
            else if (silent_ns > IDLE_NS_MAX / 4)
                ouro_ws_ping(session->ws);
        }
    return rc;
}

static void house_open(struct house *house)
{
    struct ouro_server_options options = {.listen = SERVER,
                                          .handler = handle,
                                          .ud = house,
                                          .connections_max = 4 * EVERYONE,
                                          .connections_per_address_max = EVERYONE,
                                          .arrivals_per_second_max = 2 * EVERYONE,
                                          .messages_per_second_max = 100};
    struct ouro_room_options room = {.players_max = 4 * EVERYONE, .backlog_bytes_max = 8 * 1024};
    *house = (struct house){0};
    ouro_list_init(&house->sessions);
    expect_ok(ouro_room_start(&room, play, house, &house->room));
    expect_ok(ouro_server_start(&options, &house->server));
    house->sweeper = started(sweep, house);
}

static void house_close(struct house *house)
{
    ouro_server_drain(house->server);
    ouro_list_each_safe (link, &house->sessions) {
        struct session *session = ouro_container(link, struct session, link);
        if (session->ws)
            ouro_ws_close(session->ws, 1001, "going");
    }
    expect_ok(ouro_sleep(OURO_SEC(3)));
    ck_assert_int_eq(house->count, 0);
    ck_assert_uint_eq(ouro_server_stats(house->server).connections, 0);
    ck_assert_uint_le(house->backlog_bytes_max, QUEUE_BYTES_MAX);
    ouro_server_stop(house->server);
    ouro_room_stop(house->room);
    ouro_cancel(house->sweeper);
    status_of(house->sweeper);
}

/* --- clients ---------------------------------------------------------------------------------- */

static const char hello[] = "GET /connect HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\n"
                            "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";

static struct ouro_stream *come(void)
{
    struct ouro_stream *stream;
    expect_ok(ouro_connect(SERVER, SOON, &stream));
    return stream;
}

static void say(struct ouro_stream *stream, const void *data, size_t len)
{
    expect_ok(ouro_write(stream, data, len, SOON));
}

static void hear(struct ouro_stream *stream, void *buf, size_t len)
{
    for (size_t at = 0; at < len;) {
        int got = ouro_read(stream, (char *)buf + at, len - at, SOON);
        ck_assert_int_gt(got, 0);
        at += (size_t)got;
    }
}

static struct ouro_stream *come_to_play(void)
{
    char head[512] = "";
    struct ouro_stream *stream = come();
    say(stream, hello, sizeof hello - 1);
    for (size_t len = 0; !strstr(head, "\r\n\r\n"); len++)
        hear(stream, head + len, 1);
    ck_assert_int_eq(strncmp(head, "HTTP/1.1 101", 12), 0);
    return stream;
}

/* The one that means well. Answers pings, and sees all. */
struct witness {
    uint32_t seen, first;
    int64_t first_at, late_ns_max;
};

static void see_tick(struct witness *witness, const char *text)
{
    uint32_t tick = (uint32_t)strtoul(text, NULL, 10);
    int64_t now = ouro_now();
    if (witness->seen == 0) {
        witness->first = tick;
        witness->first_at = now;
    }
    ck_assert_uint_eq(tick, witness->first + witness->seen);
    int64_t late_ns = now - witness->first_at - (int64_t)witness->seen * TICK_NS;
    witness->late_ns_max = late_ns > witness->late_ns_max ? late_ns : witness->late_ns_max;
    witness->seen++;
}

static int be_witness(void *arg)
{
    static const char pong[] = {(char)0x8a, (char)0x80, 0, 0, 0, 0};
    struct witness *witness = arg;
    unsigned char head[2];
    char payload[TICK_BYTES + 1] = "";
    expect_ok(ouro_sim_host("10.0.0.2"));
    struct ouro_stream *stream = come_to_play();
    do {
        hear(stream, head, 2);
        ck_assert_uint_le(head[1], TICK_BYTES);
        hear(stream, payload, head[1]);
        if (head[0] == 0x81)
            see_tick(witness, payload);
        else if (head[0] == 0x89)
            say(stream, pong, sizeof pong);
    } while (head[0] != 0x88); /* the close */
    ouro_stream_close(stream);
    return 0;
}

/* --- a scene: `attack` runs beside the witness, from a host of its own --------------------------
 */

struct scene {
    void (*attack)(struct house *house);
    void (*judge)(const struct house *house);
};

static int attack_from_there(void *arg)
{
    void **both = arg;
    void (*attack)(struct house * house);
    memcpy(&attack, &both[0], sizeof attack);
    expect_ok(ouro_sim_host("10.6.6.6"));
    attack(both[1]);
    return 0;
}

static int run_scene(void *arg)
{
    const struct scene *scene = arg;
    struct house house;
    struct witness witness = {0};
    house_open(&house);
    struct ouro_task *watching = started(be_witness, &witness);
    expect_ok(ouro_sleep(OURO_SEC(1)));
    void *both[2] = {NULL, &house};
    memcpy(&both[0], &scene->attack, sizeof scene->attack);
    struct ouro_task *attacking = started(attack_from_there, both);
    ck_assert_int_eq(ouro_await(attacking, OURO_FOREVER, NULL), 0);
    ouro_task_unref(attacking);
    expect_ok(ouro_sleep(OURO_SEC(5)));
    ck_assert_int_eq(house.count, 1); /* the witness is left */
    ck_assert_uint_eq(ouro_server_stats(house.server).connections, 1);
    if (scene->judge)
        scene->judge(&house);
    house_close(&house);
    ck_assert_int_eq(status_of(watching), 0);
    ck_assert_uint_ge(witness.seen + 2, house.ticks - (uint32_t)(OURO_SEC(3) / TICK_NS));
    ck_assert_int_le(witness.late_ns_max, LATE_NS_MAX);
    return 0;
}

#define SCENE(name, attack, judge)                                              \
    TEST(name)                                                                  \
    {                                                                           \
        struct scene scene = {attack, judge};                                   \
        ck_assert_int_eq(ouro_sim_run(SCENE_SEED, NULL, run_scene, &scene), 0); \
    }

/* --- attacks ---------------------------------------------------------------------------------- */

static struct ouro_stream *crowd[EVERYONE];

static void disperse(void)
{
    for (int i = 0; i < EVERYONE; i++)
        crowd[i] = ouro_stream_close(crowd[i]);
}

/* Each holds a bounded queue, and is sent away when it has been behind for long enough. */
static void read_nothing(struct house *house)
{
    for (int i = 0; i < EVERYONE; i++)
        crowd[i] = come_to_play();
    ck_assert_int_eq(house->count, EVERYONE + 1);
    expect_ok(ouro_sleep(OURO_SEC(120)));
    ck_assert_int_eq(house->count, 1);
    disperse();
}
SCENE(a_thousand_that_do_not_read, read_nothing, NULL)

/* They ask for more than their sockets hold, ten times over, and leave it there. */
static void ask_and_not_read(struct house *house)
{
    static const char ask[] = "GET /large HTTP/1.1\r\nHost: h\r\n\r\n";
    for (int i = 0; i < EVERYONE; i++) {
        crowd[i] = come();
        for (int times = 0; times < 10; times++)
            say(crowd[i], ask, sizeof ask - 1);
    }
    expect_ok(ouro_sleep(OURO_SEC(35)));
    ck_assert_uint_eq(ouro_server_stats(house->server).connections, 1);
    ck_assert_uint_eq(ouro_server_stats(house->server).requests, EVERYONE + 1);
    disperse();
}
SCENE(a_thousand_that_ask_and_do_not_read, ask_and_not_read, NULL)

/* A byte each two seconds: gone when the time for a head is over, with 408. */
static void drip_heads(struct house *house)
{
    for (int i = 0; i < EVERYONE; i++)
        crowd[i] = come();
    for (size_t byte = 0; byte < 4; byte++) {
        for (int i = 0; i < EVERYONE; i++)
            say(crowd[i], hello + byte, 1);
        expect_ok(ouro_sleep(OURO_SEC(2)));
    }
    expect_ok(ouro_sleep(OURO_SEC(5)));
    ck_assert_uint_eq(ouro_server_stats(house->server).connections, 1);
    char status[13] = "";
    hear(crowd[0], status, 12);
    ck_assert_str_eq(status, "HTTP/1.1 408");
    disperse();
}
SCENE(a_thousand_that_drip_their_heads, drip_heads, NULL)

static void drip_bodies(struct house *house)
{
    static const char head[] = "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 100000\r\n\r\n";
    for (int i = 0; i < EVERYONE; i++) {
        crowd[i] = come();
        say(crowd[i], head, sizeof head - 1);
    }
    for (int byte = 0; byte < 14; byte++) {
        expect_ok(ouro_sleep(OURO_SEC(2)));
        for (int i = 0; i < EVERYONE; i++)
            say(crowd[i], "x", 1);
    }
    expect_ok(ouro_sleep(OURO_SEC(5)));
    ck_assert_uint_eq(ouro_server_stats(house->server).connections, 1);
    disperse();
}
SCENE(a_thousand_that_drip_their_bodies, drip_bodies, NULL)

/* Some in the middle of a head, some as WebSockets, some before they have said anything. */
static void come_and_reset(struct house *house)
{
    (void)house;
    for (int i = 0; i < 10 * EVERYONE; i++) {
        struct ouro_stream *stream = come();
        if (i % 3)
            ouro_stream_try_write(stream, hello, i % 3 == 1 ? 20 : sizeof hello - 1);
        if (i % 7 == 0)
            ouro_sleep(OURO_US(500));
        ouro_sim_reset(stream);
        ouro_stream_close(stream);
    }
}

static void judge_resets(const struct house *house)
{
    struct ouro_server_stats stats = ouro_server_stats(house->server);
    ck_assert_uint_le(stats.accepted + stats.refused_address, 10 * EVERYONE + 1);
    ck_assert_uint_gt(stats.refused_rate, 0); /* the rate has held some of them off */
}
SCENE(ten_thousand_connects_and_resets, come_and_reset, judge_resets)

/* As machines do whose plug is pulled: at HTTP, amid a head, as WebSockets. */
static void vanish(struct house *house)
{
    for (int i = 0; i < EVERYONE; i++) {
        crowd[i] = i % 3 ? come() : come_to_play();
        if (i % 3 == 1)
            say(crowd[i], hello, 20);
        crowd[i] = ouro_sim_vanish(crowd[i]);
    }
    expect_ok(ouro_sleep(2 * IDLE_NS_MAX));
    ck_assert_uint_eq(ouro_server_stats(house->server).connections, 1);
}
SCENE(a_thousand_that_vanish, vanish, NULL)

/* As much as the network takes, from a hundred connections of one address. */
static void flood(struct house *house)
{
    char burst[100][7];
    for (int i = 0; i < 100; i++)
        memcpy(burst[i], "\x81\x81\0\0\0\0x", 7);
    for (int i = 0; i < 100; i++)
        crowd[i] = come_to_play();
    for (int round = 0; round < 20; round++) {
        for (int i = 0; i < 100; i++)
            ouro_stream_try_write(crowd[i], burst, sizeof burst);
        expect_ok(ouro_sleep(OURO_MS(10)));
    }
    expect_ok(ouro_sleep(OURO_SEC(3)));
    ck_assert_int_eq(house->closed_for[1008], 100);
    disperse();
}

static void judge_flood(const struct house *house)
{
    uint64_t entered_and_left = 101 + 100; /* the rest is a second's worth of messages, and some */
    ck_assert_uint_le(ouro_room_stats(house->room).inputs, entered_and_left + 130);
}
SCENE(a_flood_of_messages, flood, judge_flood)

/* The head of a frame says how long it will be: that alone is enough to refuse it. */
static void send_giants(struct house *house)
{
    static const char head[] = {(char)0x82, (char)0xff, 0x7f,       (char)0xff, (char)0xff,
                                (char)0xff, (char)0xff, (char)0xff, (char)0xff, (char)0xff,
                                0,          0,          0,          0};
    for (int i = 0; i < EVERYONE; i++) {
        crowd[i] = come_to_play();
        say(crowd[i], head, sizeof head);
    }
    expect_ok(ouro_sleep(OURO_SEC(3)));
    ck_assert_int_eq(house->closed_for[1009], EVERYONE);
    disperse();
}
SCENE(a_thousand_giant_frames, send_giants, NULL)
