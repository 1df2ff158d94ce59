/* SPDX-License-Identifier: MIT */
/* Rooms with a state: what their clients see of it, whatever becomes of their connections. */
#include "scene.h"

/* --- a room of balls, one for each player ----------------------------------------------------- */

struct ball {
    uint16_t x, y;
    uint32_t coins; /* its owner's */
};

static const struct ouro_field fields[] = {
    {OURO_FIELD(struct ball, x), OURO_FIELD_UINT, .bits = 16, .axis = OURO_AXIS_X},
    {OURO_FIELD(struct ball, y), OURO_FIELD_UINT, .bits = 16, .axis = OURO_AXIS_Y},
    {OURO_FIELD(struct ball, coins), OURO_FIELD_UINT, .who = OURO_WHO_OWNER},
    {0},
};
static const struct ouro_type types[] = {{"ball", fields, sizeof(struct ball)}, {0}};
static const struct ouro_state_options balls = {
    .types = types, .cell = 100, .behind_ns_max = OURO_SEC(1)};

#define TICK OURO_MS(50)

static struct world {
    struct ouro_room *room;
    uint32_t far;   /* the player whose ball is far away */
    uint32_t every; /* so many ticks are published; 0: each */
    bool moves, tells;
} * the_world;

static struct ouro_entity *entity_of(const struct ouro_player *player)
{
    return ouro_player_data(player);
}

static struct ball *ball_of(const struct ouro_player *player)
{
    return ouro_entity_record(ouro_room_state(the_world->room), *entity_of(player));
}

static void add_ball(struct world *world, struct ouro_player *player)
{
    struct ouro_state *state = ouro_room_state(world->room);
    struct ouro_audience audience = {.owner = player->id};
    ck_assert_int_eq(ouro_entity_new(state, 0, entity_of(player)), 0);
    ck_assert_int_eq(ouro_entity_show(state, *entity_of(player), &audience), 0);
    ball_of(player)->coins = 100 + player->id;
    ball_of(player)->x = player->id == world->far ? 5000 : 0;
}

static void tick(struct world *world, uint32_t number)
{
    for (size_t i = 0; i < ouro_room_player_count(world->room); i++) {
        struct ouro_player *player = ouro_room_player(world->room, i);
        struct ball *ball = ball_of(player);
        ball->x = (uint16_t)(ball->x + world->moves);
        ouro_player_look(player, ball->x, ball->y);
    }
    if (world->tells)
        ouro_room_event_all(world->room, NULL, "e", json_integer(number));
    if (!world->every || number % world->every == 0)
        ouro_state_publish(ouro_room_state(world->room), number);
}

static int body(struct ouro_room *room, void *data)
{
    struct ouro_ticker ticker;
    struct ouro_input input;
    int rc;
    the_world = data;
    the_world->room = room;
    ouro_ticker_start(&ticker, "balls", TICK);
    while ((rc = ouro_room_turn(room, &ticker, &input)) >= 0) {
        if (rc == OURO_TURN_TICK)
            tick(the_world, (uint32_t)ticker.ticks);
        else if (input.kind == OURO_INPUT_ENTER)
            add_ball(the_world, input.player);
        else if (input.kind == OURO_INPUT_LEAVE)
            ouro_entity_end(ouro_room_state(room), *entity_of(input.player));
        else if (input.kind == OURO_INPUT_BYTES)
            ball_of(input.player)->y = input.payload->bytes[0];
    }
    return rc;
}

#define TYPE_AT(tick)                                                                  \
    .name = "test", .body = body, .data_bytes = sizeof(struct world), .state = &balls, \
    .player_bytes = sizeof(struct ouro_entity), .tick_ns = (tick), .view_width = 300,  \
    .view_height = 300
#define TYPE TYPE_AT(TICK)
static const struct ouro_room_type type = {TYPE}, unheld = {TYPE, .hold_ns = -1},
                                   sparse = {TYPE, .state_ticks = 3},
                                   fast = {TYPE_AT(OURO_SEC(1) / 60)};

/* --- a client that looks ---------------------------------------------------------------------- */

struct eye {
    struct ouro_connection connection;
    struct ouro_picture *picture;
    size_t sends, snapshots, texts;
    char rates[64]; /* that it was told, "2.5 5 " */
    size_t backlog_bytes;
    int refuses; /* so many sends of parts */
    uint16_t closed_with;
};

static struct eye *eye_of(const struct ouro_connection *connection)
{
    return ouro_container(connection, struct eye, connection);
}

static void eye_hear(struct eye *eye, const char *text, size_t len)
{
    static const char rate[] = "{\"type\":\"rate\",\"hz\":";
    const size_t head = sizeof rate - 1, said = strlen(eye->rates);
    if (len > head && memcmp(text, rate, head) == 0)
        snprintf(eye->rates + said, sizeof eye->rates - said, "%.*s ", (int)(len - head - 1),
                 text + head);
    else
        eye->texts++;
}

static void eye_take(struct eye *eye, const uint8_t *wire, size_t len)
{
    while (len > 0) {
        size_t prefix = wire[1] == 126 ? 4 : 2;
        size_t payload = wire[1] == 126 ? (size_t)wire[2] << 8 | wire[3] : wire[1];
        ck_assert_uint_le(prefix + payload, len);
        if (wire[0] == 0x81)
            eye_hear(eye, (const char *)wire + prefix, payload);
        else
            eye->snapshots += (size_t)ouro_picture_apply(eye->picture, wire + prefix, payload);
        wire += prefix + payload;
        len -= prefix + payload;
    }
}

static int eye_send_parts(struct ouro_connection *connection, const struct ouro_part *parts,
                          size_t count)
{
    struct eye *eye = eye_of(connection);
    struct ouro_buf whole = {0};
    if (eye->refuses > 0) {
        eye->refuses--;
        return -OURO_ELIMIT;
    }
    for (size_t i = 0; i < count; i++)
        ouro_buf_append(&whole, ouro_part_bytes(&parts[i]), parts[i].len);
    eye_take(eye, (const uint8_t *)whole.data, whole.len);
    ouro_buf_done(&whole);
    eye->sends++;
    return 0;
}

static int eye_send(struct ouro_connection *connection, struct ouro_frame *const *frames,
                    size_t count)
{
    ck_assert_ptr_nonnull(frames[0]);
    eye_of(connection)->texts += count;
    eye_of(connection)->sends++;
    return 0;
}

static size_t eye_backlog_bytes(const struct ouro_connection *connection)
{
    return eye_of(connection)->backlog_bytes;
}

static void eye_close(struct ouro_connection *connection, uint16_t code, const char *reason)
{
    ck_assert_str_ne(reason, "");
    eye_of(connection)->closed_with = code;
}

static struct eye *eye_new(void)
{
    static const struct ouro_connection_ops ops = {.send = eye_send,
                                                   .backlog_bytes = eye_backlog_bytes,
                                                   .send_parts = eye_send_parts,
                                                   .close = eye_close};
    struct eye *eye = calloc(1, sizeof *eye);
    eye->connection.ops = &ops;
    ck_assert_int_eq(ouro_picture_new(types, &eye->picture), 0);
    return eye;
}

static void eye_free(struct eye *eye)
{
    ouro_connection_lost(&eye->connection);
    ouro_picture_free(eye->picture);
    free(eye);
}

static struct eye *open_eye(struct ouro_lobby *lobby, const char *id)
{
    struct ouro_place place;
    struct eye *eye = eye_new();
    ck_assert_int_eq(join_as(lobby, "test", id, &place), 0);
    ck_assert_int_eq(ouro_seat_take(lobby, place.token, &eye->connection), 0);
    ouro_seat_begin(eye->connection.seat);
    ouro_sleep(4 * TICK);
    return eye;
}

/* Its connection breaks, and after that time there is another one, which knows nothing. */
static struct eye *reopen(struct ouro_lobby *lobby, struct eye *eye, int64_t ns)
{
    struct eye *again = eye_new();
    struct ouro_seat_info info;
    ouro_seat_info(eye->connection.seat, &info);
    eye_free(eye);
    ouro_sleep(ns);
    ck_assert_int_eq(ouro_seat_return(lobby, info.reconnect, 0, &again->connection), 0);
    ouro_seat_begin(again->connection.seat);
    ouro_sleep(4 * TICK);
    return again;
}

/* The ball of that player, as it is seen there; NULL: not at all. */
static const struct ball *seen(const struct eye *eye, const struct ouro_player *player)
{
    uint32_t index = entity_of(player)->id & (OURO_ENTITIES_MAX - 1);
    struct ouro_seen seen;
    bool is = ouro_picture_next(eye->picture, index, &seen) && seen.index == index;
    return is ? seen.record : NULL;
}

static struct ouro_player *player(size_t number)
{
    return ouro_room_player(the_world->room, number);
}

/* All balls are where the room has them. */
static void expect_all_seen(const struct eye *eye)
{
    the_world->moves = false;
    ouro_sleep(4 * TICK);
    ck_assert_uint_eq(ouro_picture_count(eye->picture), ouro_room_player_count(the_world->room));
    for (size_t i = 0; i < ouro_room_player_count(the_world->room); i++) {
        ck_assert_uint_eq(seen(eye, player(i))->x, ball_of(player(i))->x);
        ck_assert_uint_eq(seen(eye, player(i))->y, ball_of(player(i))->y);
    }
    the_world->moves = true;
}

/* --- seeing ----------------------------------------------------------------------------------- */

LOBBY_TEST(clients_see_what_the_room_has, &type)
{
    struct eye *a = open_eye(lobby, "a"), *b = open_eye(lobby, "b");
    the_world->moves = true;
    ouro_sleep(20 * TICK);
    ck_assert_uint_ge(ball_of(player(0))->x, 19);
    expect_all_seen(a);
    expect_all_seen(b);
    ck_assert_uint_eq(seen(a, player(0))->coins, 101); /* its own, and not the other's */
    ck_assert_uint_eq(seen(a, player(1))->coins, 0);
    ck_assert_uint_eq(seen(b, player(1))->coins, 102);
    ouro_seat_leave(b->connection.seat);
    ouro_sleep(4 * TICK);
    ck_assert_uint_eq(ouro_state_stats(ouro_room_state(the_world->room)).views, 1);
    expect_all_seen(a);
    eye_free(a);
    eye_free(b);
}

LOBBY_TEST(a_view_is_as_large_as_is_asked_for_and_no_larger_than_may_be, &type)
{
    struct eye *a = open_eye(lobby, "a");
    the_world->far = 2;
    struct eye *b = open_eye(lobby, "b");
    ouro_seat_view(a->connection.seat, 65535, 65535);
    ouro_sleep(4 * TICK);
    ck_assert_uint_eq(ouro_picture_count(a->picture), 1);
    uint32_t wide = ouro_view_stats(ouro_player_view(player(0))).channels;
    ouro_seat_view(a->connection.seat, 10, 10);
    ball_of(player(0))->x = 1050; /* it goes out of the old view, too */
    ouro_sleep(4 * TICK);
    ck_assert_uint_lt(ouro_view_stats(ouro_player_view(player(0))).channels, wide);
    ck_assert_uint_eq(seen(a, player(0))->x, 1050);
    eye_free(a);
    eye_free(b);
}

LOBBY_TEST(a_rate_is_made_of_whole_ticks, &type)
{
    struct eye *a = open_eye(lobby, "a");
    struct {
        uint32_t hz, divisor;
    } rates[] = {{20, 1}, {10, 2}, {7, 3}, {1000, 1}, {1, 20}, {0, 1}};
    for (size_t i = 0; i < sizeof rates / sizeof rates[0]; i++) {
        ouro_seat_rate(a->connection.seat, rates[i].hz);
        ck_assert_uint_eq(ouro_view_stats(ouro_player_view(player(0))).divisor, rates[i].divisor);
    }
    eye_free(a);
}

LOBBY_TEST(a_rate_that_ticks_make_but_for_a_nanosecond_is_that_rate, &fast)
{
    struct eye *a = open_eye(lobby, "a");
    struct {
        uint32_t hz, divisor;
    } rates[] = {{60, 1}, {30, 2}, {20, 3}, {15, 4}, {6, 10}, {1, 60}, {29, 3}, {31, 2}};
    for (size_t i = 0; i < sizeof rates / sizeof rates[0]; i++) {
        ouro_seat_rate(a->connection.seat, rates[i].hz);
        ck_assert_uint_eq(ouro_view_stats(ouro_player_view(player(0))).divisor, rates[i].divisor);
    }
    eye_free(a);
}

LOBBY_TEST(a_client_is_told_how_often_it_is_served, &type)
{
    struct eye *a = open_eye(lobby, "a");
    the_world->moves = true;
    ouro_seat_rate(a->connection.seat, 7);
    ouro_sleep(10 * TICK);
    ouro_seat_rate(a->connection.seat, 20);
    ouro_sleep(10 * TICK);
    a->backlog_bytes = 5000; /* it takes no more, for three snapshots that were due */
    ouro_sleep(8 * TICK);
    ck_assert_str_eq(a->rates, "6.667 20 ");
    a->backlog_bytes = 0;
    ouro_sleep(16 * (8 + 4 + 2 + 1) * TICK);
    ck_assert_str_eq(a->rates, "6.667 20 2.5 5 10 20 ");
    eye_free(a);
}

LOBBY_TEST(where_each_third_tick_is_shown_a_rate_is_made_of_these, &sparse)
{
    struct eye *a = open_eye(lobby, "a");
    the_world->every = 3;
    the_world->moves = true;
    ouro_seat_rate(a->connection.seat, 5); /* which 150 ms don't make: the next slower one */
    ouro_sleep(12 * TICK);
    size_t before = a->snapshots;
    ouro_sleep(60 * TICK);
    ck_assert_uint_eq(a->snapshots - before, 10);
    ck_assert_uint_eq(ouro_picture_snapshot(a->picture)->interval, 6); /* in ticks */
    ck_assert_str_eq(a->rates, "3.333 ");
    eye_free(a);
}

LOBBY_TEST(an_input_that_was_dealt_with_is_told, &type)
{
    struct eye *a = open_eye(lobby, "a");
    ck_assert_uint_eq(ouro_picture_snapshot(a->picture)->input, 0);
    ck_assert_int_eq(ouro_seat_input(a->connection.seat, 7, 1, "\x2a", 1), 0);
    ouro_sleep(2 * TICK);
    ck_assert_uint_eq(ouro_picture_snapshot(a->picture)->input, 7);
    ck_assert_uint_eq(seen(a, player(0))->y, 42);
    eye_free(a);
}

static json_t *welcome_for(struct eye *eye, const char *schema)
{
    json_t *welcome = json_object();
    ck_assert_int_eq(ouro_seat_welcome(eye->connection.seat, schema, welcome), 0);
    return welcome;
}

LOBBY_TEST(the_welcome_has_the_schema_or_its_hash, &type)
{
    struct eye *a = open_eye(lobby, "a");
    json_t *whole = welcome_for(a, NULL), *schema = json_object_get(whole, "schema");
    const char *hash = json_string_value(json_object_get(schema, "hash"));
    ck_assert_uint_eq(strlen(hash), 16);
    ck_assert_uint_eq(json_array_size(json_object_get(schema, "types")), 1);
    json_t *known = welcome_for(a, hash), *old = welcome_for(a, "0123456789abcdef");
    schema = json_object_get(known, "schema");
    ck_assert_str_eq(json_string_value(json_object_get(schema, "hash")), hash);
    ck_assert_uint_eq(json_object_size(schema), 1);
    ck_assert(json_equal(old, whole));
    json_decref(known);
    json_decref(old);
    json_decref(whole);
    eye_free(a);
}

LOBBY_TEST(types_that_are_none_are_refused, NULL)
{
    static const struct ouro_type bad[] = {{"ball", fields, 0}, {0}};
    struct ouro_state_options options = {.types = bad};
    struct ouro_room_type wrong = {.name = "test", .body = body, .state = &options};
    ck_assert_int_eq(ouro_lobby_add_type(lobby, &wrong), -EINVAL);
    ck_assert_int_eq(ouro_lobby_add_type(lobby, &type), 0);
}

/* --- one send --------------------------------------------------------------------------------- */

LOBBY_TEST(what_is_due_leaves_with_the_snapshot, &type)
{
    struct eye *a = open_eye(lobby, "a");
    the_world->moves = the_world->tells = true;
    size_t sends = a->sends, snapshots = a->snapshots;
    ouro_sleep(10 * TICK);
    ck_assert_uint_eq(a->texts, 10);
    ck_assert_uint_eq(a->snapshots - snapshots, 10);
    ck_assert_uint_eq(a->sends - sends, 10);
    eye_free(a);
}

LOBBY_TEST(what_is_due_goes_alone_when_there_is_no_room_for_both, &type)
{
    struct eye *a = open_eye(lobby, "a");
    the_world->moves = the_world->tells = true;
    a->refuses = 1; /* both together: each goes alone */
    ouro_sleep(TICK);
    ck_assert_uint_eq(a->texts, 1);
    a->refuses = 2; /* the snapshot alone, too: it is skipped */
    ouro_sleep(TICK);
    ck_assert_uint_eq(a->texts, 2);
    ck_assert_uint_eq(ouro_view_stats(ouro_player_view(player(0))).skipped, 1);
    ck_assert_uint_eq(a->closed_with, 0);
    expect_all_seen(a);
    eye_free(a);
}

/* --- connections that break ------------------------------------------------------------------- */

LOBBY_TEST(who_comes_back_sees_it_all_again, &type)
{
    struct eye *a = open_eye(lobby, "a"), *b = open_eye(lobby, "b");
    the_world->moves = true;
    a = reopen(lobby, a, OURO_SEC(10));
    expect_all_seen(a);
    ck_assert_uint_eq(seen(a, player(0))->coins, 101);
    expect_all_seen(b);
    eye_free(a);
    eye_free(b);
}

LOBBY_TEST(nothing_is_spent_on_who_is_away, &type)
{
    struct eye *a = open_eye(lobby, "a");
    the_world->moves = true;
    eye_free(a);
    ouro_sleep(1);
    struct ouro_state_stats before = ouro_state_stats(ouro_room_state(the_world->room));
    ouro_sleep(OURO_SEC(5));
    struct ouro_state_stats after = ouro_state_stats(ouro_room_state(the_world->room));
    ck_assert_uint_eq(after.publishes - before.publishes, 100);
    ck_assert_uint_eq(after.sections, before.sections);
    ck_assert_uint_eq(after.snapshots, before.snapshots);
    ck_assert_uint_eq(after.failed + after.skipped, 0);
}

LOBBY_TEST(who_was_too_slow_may_come_back, &type)
{
    struct eye *a = open_eye(lobby, "a");
    struct ouro_seat_info info;
    the_world->moves = true;
    ouro_seat_info(a->connection.seat, &info);
    a->backlog_bytes = SIZE_MAX;
    ouro_sleep(OURO_SEC(3));
    ck_assert_uint_eq(a->closed_with, OURO_CLOSE_TOO_SLOW);
    ck_assert_uint_eq(ouro_lobby_stats(lobby).too_slow, 1);
    ck_assert_ptr_null(a->connection.seat);
    struct eye *again = eye_new();
    ck_assert_int_eq(ouro_seat_return(lobby, info.reconnect, 0, &again->connection), 0);
    ouro_seat_begin(again->connection.seat);
    ouro_sleep(OURO_SEC(1));
    expect_all_seen(again);
    eye_free(a);
    eye_free(again);
}

/* Its seat ends in the middle of a publish. */
LOBBY_TEST(a_seat_that_is_not_held_may_be_too_slow, &unheld)
{
    struct eye *a = open_eye(lobby, "a"), *b = open_eye(lobby, "b");
    the_world->moves = true;
    a->backlog_bytes = SIZE_MAX;
    ouro_sleep(OURO_SEC(3));
    ck_assert_uint_eq(a->closed_with, OURO_CLOSE_TOO_SLOW);
    ck_assert_uint_eq(ouro_room_player_count(the_world->room), 1);
    ck_assert_uint_eq(ouro_state_stats(ouro_room_state(the_world->room)).views, 1);
    expect_all_seen(b);
    eye_free(a);
    eye_free(b);
}
