/* SPDX-License-Identifier: MIT */
/* An arena on the virtual clock: a lobby, and players that are nothing but a picture of what they
 * were sent, and the text of it. */
#ifndef SNAKEPIT_TESTS_ARENA_ROOM_SCENE_H
#define SNAKEPIT_TESTS_ARENA_ROOM_SCENE_H

#include "server/arena_cinema.h"
#include "server/arena_room.h"
#include "test.h"

#include <jansson.h>

#define TICK_NS    OURO_MS(100)
#define TEXT_BYTES (1 << 18)
#define SIDE       64
#define CELLS      (SIDE * SIDE)

static inline void expect_ok(int rc)
{
    ck_assert_msg(rc >= 0, "%s", ouro_error_name(rc));
}

/* --- players ---------------------------------------------------------------------------------- */

struct fan {
    struct ouro_connection connection;
    struct ouro_picture *picture;
    char *text; /* what else it was sent, a line each */
    size_t text_bytes, backlog_bytes;
    uint16_t closed_with;
    uint32_t player, inputs;
    char reconnect[OURO_TOKEN_BYTES];
};

static inline struct fan *fan_of(const struct ouro_connection *connection)
{
    return ouro_container(connection, struct fan, connection);
}

static inline void fan_take(struct fan *fan, bool binary, const uint8_t *payload, size_t len)
{
    if (binary) {
        ck_assert_int_ge(ouro_picture_apply(fan->picture, payload, len), 0);
        return;
    }
    if (fan->text_bytes + len + 2 > TEXT_BYTES)
        fan->text_bytes = 0; /* nobody looks at what is that old */
    memcpy(fan->text + fan->text_bytes, payload, len);
    fan->text_bytes += len;
    fan->text[fan->text_bytes++] = '\n';
    fan->text[fan->text_bytes] = '\0';
}

/* Whole frames, one after the other. */
static inline void fan_take_wire(struct fan *fan, const uint8_t *wire, size_t len)
{
    while (len > 0) {
        ck_assert_uint_lt(wire[1], 127);
        size_t prefix = wire[1] == 126 ? 4 : 2;
        size_t payload = wire[1] == 126 ? (size_t)wire[2] << 8 | wire[3] : wire[1];
        fan_take(fan, wire[0] == 0x82, wire + prefix, payload);
        wire += prefix + payload;
        len -= prefix + payload;
    }
}

static inline int fan_send(struct ouro_connection *connection, struct ouro_frame *const *frames,
                           size_t count)
{
    for (size_t i = 0; i < count; i++) {
        size_t len;
        const uint8_t *wire = ouro_frame_wire(frames[i], &len);
        fan_take_wire(fan_of(connection), wire, len);
    }
    return 0;
}

static inline int fan_send_parts(struct ouro_connection *connection, const struct ouro_part *parts,
                                 size_t count)
{
    struct ouro_buf whole = {0};
    for (size_t i = 0; i < count; i++)
        ouro_buf_append(&whole, ouro_part_bytes(&parts[i]), parts[i].len);
    fan_take_wire(fan_of(connection), (const uint8_t *)whole.data, whole.len);
    ouro_buf_done(&whole);
    return 0;
}

static inline size_t fan_backlog_bytes(const struct ouro_connection *connection)
{
    return fan_of(connection)->backlog_bytes;
}

static inline void fan_close(struct ouro_connection *connection, uint16_t code, const char *reason)
{
    ck_assert_ptr_nonnull(reason);
    fan_of(connection)->closed_with = code;
}

static const struct ouro_connection_ops fan_ops = {.send = fan_send,
                                                   .send_parts = fan_send_parts,
                                                   .backlog_bytes = fan_backlog_bytes,
                                                   .close = fan_close};

/* --- the scene -------------------------------------------------------------------------------- */

#define FANS_MAX 64

struct pit {
    struct ouro_lobby *lobby;
    struct arena_house house;
    struct fan fans[FANS_MAX];
    int count;
    uint64_t household; /* of who enters next */
};

static inline struct arena_options small_options(void)
{
    struct arena_options options = {
        .rules = arena_settings_default(), .tick_ns = TICK_NS, .seed = 7, .players_max = FANS_MAX};
    options.rules.width = options.rules.height = SIDE;
    options.rules.snakes_max = FANS_MAX;
    options.rules.food_max = 400;
    return options;
}

static inline void pit_open(struct pit *pit, const struct arena_options *options)
{
    expect_ok(ouro_lobby_start(&(struct ouro_lobby_options){0}, &pit->lobby));
    expect_ok(arena_open(&pit->house, options, pit->lobby));
}

static inline void pit_close(struct pit *pit)
{
    arena_shut(&pit->house);
    ouro_lobby_stop(pit->lobby);
    arena_close(&pit->house);
    for (int i = 0; i < pit->count; i++) {
        ouro_picture_free(pit->fans[i].picture);
        free(pit->fans[i].text);
    }
}

static inline void fan_note_seat(struct fan *fan)
{
    struct ouro_seat_info info;
    ouro_seat_info(fan->connection.seat, &info);
    memcpy(fan->reconnect, info.reconnect, sizeof fan->reconnect);
    fan->player = info.player;
    ouro_seat_begin(fan->connection.seat);
}

/* In a room of that type, or into the one of that id. */
static inline int pit_enter_as(struct pit *pit, const char *type, json_t *options)
{
    struct fan *fan = &pit->fans[pit->count];
    struct ouro_user user = {.household = pit->household};
    struct ouro_place place;
    struct ouro_join join = {.type = type, .user = &user, .options = options};
    snprintf(user.id, sizeof user.id, "user%d", pit->count);
    snprintf(user.name, sizeof user.name, "Fan %d", pit->count);
    int rc = ouro_lobby_join(pit->lobby, &join, &place);
    if (rc < 0)
        return rc;
    fan->connection.ops = &fan_ops;
    fan->text = calloc(1, TEXT_BYTES);
    expect_ok(ouro_picture_new(arena_types, &fan->picture));
    expect_ok(ouro_seat_take(pit->lobby, place.token, &fan->connection));
    fan_note_seat(fan);
    pit->count++;
    return 0;
}

static inline struct fan *pit_enter(struct pit *pit)
{
    expect_ok(pit_enter_as(pit, "arena", NULL));
    expect_ok(ouro_sleep(1)); /* the room sees it */
    return &pit->fans[pit->count - 1];
}

/* So many ticks, until between two of them. */
static inline void pit_wait(int ticks)
{
    int64_t now = ouro_now();
    expect_ok(ouro_sleep_until(now - now % TICK_NS + ticks * TICK_NS + TICK_NS / 2));
}

static inline struct arena *pit_arena(const struct pit *pit)
{
    for (int i = 0; i < pit->count; i++) {
        if (pit->fans[i].connection.seat)
            return ouro_room_data(ouro_seat_room(pit->fans[i].connection.seat));
    }
    return NULL;
}

/* --- what players do -------------------------------------------------------------------------- */

static inline void ask(struct fan *fan, const char *name, json_t *data)
{
    expect_ok(ouro_seat_request(fan->connection.seat, 1, name, data));
}

static inline void play(struct fan *fan)
{
    ask(fan, "play", json_object());
}

static inline void steer(struct fan *fan, uint8_t input)
{
    expect_ok(ouro_seat_input(fan->connection.seat, ++fan->inputs, 0, &input, 1));
}

static inline void watch(struct fan *fan, uint32_t player)
{
    json_t *data = player ? json_pack("{s:I}", "player", (json_int_t)player) : json_object();
    expect_ok(ouro_seat_message(fan->connection.seat, "watch", data));
}

static inline bool heard(const struct fan *fan, const char *part)
{
    return strstr(fan->text, part) != NULL;
}

static inline void expect_heard(const struct fan *fan, const char *part)
{
    ck_assert_msg(heard(fan, part), "\"%s\" is not in: %s", part, fan->text);
}

static inline void forget(struct fan *fan)
{
    fan->text[fan->text_bytes = 0] = '\0';
}

/* --- the picture and the world ---------------------------------------------------------------- */

/* All knots, those of a player together, the youngest first. */
struct knots {
    const struct knot_record *all[CELLS];
    size_t count;
};

static inline int by_number(const void *a, const void *b)
{
    const struct knot_record *first = *(const struct knot_record *const *)a;
    const struct knot_record *second = *(const struct knot_record *const *)b;
    if (first->player != second->player)
        return first->player < second->player ? -1 : 1;
    return first->number < second->number ? 1 : -1;
}

static inline void find_knots(const struct ouro_picture *picture, struct knots *ret_knots)
{
    struct ouro_seen seen;
    ret_knots->count = 0;
    for (uint32_t i = 0; ouro_picture_next(picture, i, &seen); i = seen.index + 1)
        if (seen.type == &arena_types[ARENA_KNOT_TYPE])
            ret_knots->all[ret_knots->count++] = seen.record;
    qsort(ret_knots->all, ret_knots->count, sizeof ret_knots->all[0], by_number);
}

struct trail {
    int x, y;
    uint32_t left;  /* cells of the body that are not drawn yet */
    uint32_t *body; /* by cell: whose */
    uint32_t player;
};

static inline void put_cell(struct trail *trail)
{
    uint32_t *cell = &trail->body[trail->y * SIDE + trail->x];
    if (*cell)
        ck_abort_msg("two bodies in %d,%d", trail->x, trail->y);
    *cell = trail->player;
    trail->left--;
}

/* Straight to there, without the cell where it is, as far as the body goes. */
static inline void go_to(struct trail *trail, int x, int y)
{
    if (trail->left == 0)
        return;
    if ((trail->x != x && trail->y != y) ||
        abs(trail->x - x) + abs(trail->y - y) > ARENA_KNOT_CELLS)
        ck_abort_msg("a piece from %d,%d to %d,%d", trail->x, trail->y, x, y);
    while (trail->left > 0 && (trail->x != x || trail->y != y)) {
        trail->x += (x > trail->x) - (x < trail->x);
        trail->y += (y > trail->y) - (y < trail->y);
        put_cell(trail);
    }
}

/* As a client puts a snake together. */
static inline void draw(const struct snake_record *anchor, const struct knots *knots, uint32_t tick,
                        uint32_t *body)
{
    static const int right[] = {-1, 0, 1, 0}, down[] = {0, -1, 0, 1};
    uint32_t age = (tick - anchor->since) % 64;
    int gone = (int)age * (anchor->boost ? 2 : 1);
    struct trail trail = {.x = anchor->x + right[anchor->way] * gone,
                          .y = anchor->y + down[anchor->way] * gone,
                          .left = anchor->length,
                          .body = body,
                          .player = anchor->player};
    ck_assert_uint_le(age, ARENA_KNOT_CELLS);
    put_cell(&trail);
    go_to(&trail, anchor->x, anchor->y);
    int x = anchor->x, y = anchor->y;
    for (uint32_t left = anchor->trail; left > 0; left >>= ARENA_PIECE_BITS) {
        int cells = left % (1u << ARENA_PIECE_CELLS_BITS);
        int way = left >> ARENA_PIECE_CELLS_BITS & 3;
        go_to(&trail, x -= right[way] * cells, y -= down[way] * cells);
    }
    for (size_t i = 0; i < knots->count; i++)
        if (knots->all[i]->player == anchor->player)
            go_to(&trail, knots->all[i]->x, knots->all[i]->y);
    ck_assert_uint_eq(trail.left, 0);
}

static inline void expect_cell(const struct arena_world *world, int x, int y, uint32_t player,
                               uint32_t food)
{
    struct arena_cell cell = arena_cell(world, x, y);
    struct arena_snake snake = {0};
    if (cell.is_snake)
        arena_snake(world, cell.snake, &snake);
    if (snake.id != player || cell.food != food)
        ck_abort_msg("tick %u, %d,%d: %u and %u in the world, %u and %u in the picture",
                     arena_ticks(world), x, y, snake.id, cell.food, player, food);
}

/* Every cell of the world is in the picture what it is, at that tick of the state. All of the world
 * is in view. */
static inline void expect_same_at(const struct ouro_picture *picture,
                                  const struct arena_stage *stage)
{
    const struct arena_world *world = stage->world;
    static uint32_t body[CELLS], food[CELLS];
    static struct knots knots;
    struct ouro_seen seen;
    memset(body, 0, sizeof body);
    memset(food, 0, sizeof food);
    find_knots(picture, &knots);
    for (uint32_t i = 0; ouro_picture_next(picture, i, &seen); i = seen.index + 1) {
        if (seen.type == &arena_types[ARENA_SNAKE_TYPE]) {
            draw(seen.record, &knots, stage->tick, body);
        } else if (seen.type == &arena_types[ARENA_FOOD_TYPE]) {
            const struct food_record *record = seen.record;
            food[record->y * SIDE + record->x] = record->value;
        }
    }
    for (int i = 0; i < CELLS; i++)
        expect_cell(world, i % SIDE, i / SIDE, body[i], food[i]);
}

static inline void expect_same(const struct ouro_picture *picture, const struct pit *pit)
{
    expect_same_at(picture, &pit_arena(pit)->stage);
}

/* --- tests ------------------------------------------------------------------------------------ */

typedef void scene(struct pit *pit);

struct setup {
    struct arena_options options;
    scene *scene;
};

static inline int run_pit(void *arg)
{
    static struct pit pit;
    const struct setup *setup = arg;
    memset(&pit, 0, sizeof pit);
    pit_open(&pit, &setup->options);
    setup->scene(&pit);
    pit_close(&pit);
    return 0;
}

static inline void run_with(const struct arena_options *options, scene *fn)
{
    struct setup setup = {*options, fn};
    ck_assert_int_eq(ouro_sim_run(1, NULL, run_pit, &setup), 0);
}

#define PIT_TEST(NAME)                                  \
    static void NAME##_scene(struct pit *pit);          \
    TEST(NAME)                                          \
    {                                                   \
        struct arena_options options = small_options(); \
        run_with(&options, NAME##_scene);               \
    }                                                   \
    static void NAME##_scene(struct pit *pit)

static inline struct arena_player *own(const struct fan *fan)
{
    struct arena *arena = ouro_room_data(ouro_seat_room(fan->connection.seat));
    for (size_t i = 0; i < ouro_room_player_count(arena->room); i++) {
        struct ouro_player *player = ouro_room_player(arena->room, i);
        if (player->id == fan->player)
            return ouro_player_data(player);
    }
    return NULL;
}

/* Whoever is dead plays again; some boost, some turn. */
static inline void stir(struct pit *pit, struct ouro_rng *rng, int from)
{
    for (int i = from; i < pit->count; i++) {
        struct fan *fan = &pit->fans[i];
        if (!own(fan)->entrant)
            play(fan);
        else if (ouro_rng_below(rng, 4) == 0)
            steer(fan, (uint8_t)ouro_rng_below(rng, ARENA_INPUT_MAX + 1));
    }
}

static inline uint32_t number_of(const struct fan *fan)
{
    return own(fan)->entrant->snake;
}

static inline struct arena_snake snake_of(const struct pit *pit, const struct fan *fan)
{
    struct arena_snake snake;
    ck_assert(arena_snake(pit_arena(pit)->stage.world, number_of(fan), &snake));
    return snake;
}

static inline struct fan *enter_and_play(struct pit *pit)
{
    struct fan *fan = pit_enter(pit);
    pit_wait(1);
    play(fan);
    pit_wait(1);
    return fan;
}

#endif
