/* SPDX-License-Identifier: MIT */
/* What is told of snakes, and where they are then: clients/vectors/arena.json, for those who draw
 * them in other languages. The records are what the server sends; the cells are the world's. */
#include "arena_room_scene.h"
#include "golden.h"
#include "rules/arena_world.h"

#define LENGTH_START 20
#define PLAYERS      6
#define TICKS        400
#define APART        5 /* ticks, from one case to the next */

/* A stage without a room, and one who sees all of it. */
struct show {
    struct arena_stage stage;
    struct ouro_player onlooker;
    struct ouro_view *view;
    struct ouro_picture *picture;
    struct ouro_rng rng;
};

/* How often there was what makes a difference. */
struct variety {
    unsigned cases, boosts, pieces[ARENA_TRAIL_PIECES + 1], with_knots;
};

/* The world's own, from the tail to the head, told the other way round. */
static void put_cells(struct ouro_buf *json, const struct arena_world *world, uint32_t number)
{
    uint32_t places[ARENA_LENGTH_MAX], count = 0;
    const struct arena__snake *snake = arena__snake_of(world, number);
    for (uint32_t place = snake->tail;;
         place = arena__next(world, place, arena__cells_of(world)[place].ahead)) {
        places[count++] = place;
        if (place == snake->head)
            break;
    }
    ck_assert_uint_eq(count, snake->length);
    while (count-- > 0)
        ouro_buf_printf(json, "[%d,%d]%s", arena__x(world, places[count]),
                        arena__y(world, places[count]), count > 0 ? "," : "");
}

/* The latest first. How many there are. */
static size_t put_knots(struct ouro_buf *json, const struct knots *knots, uint32_t player)
{
    size_t count = 0;
    for (size_t i = 0; i < knots->count; i++) {
        const struct knot_record *knot = knots->all[i];
        if (knot->player == player)
            ouro_buf_printf(json, "%s{\"number\":%u,\"x\":%u,\"y\":%u}", count++ > 0 ? "," : "",
                            knot->number, knot->x, knot->y);
    }
    return count;
}

static void note(struct variety *variety, const struct snake_record *record, size_t knots)
{
    unsigned pieces = 0;
    for (uint32_t left = record->trail; left > 0; left >>= ARENA_PIECE_BITS)
        pieces++;
    variety->cases++;
    variety->boosts += record->boost;
    variety->pieces[pieces]++;
    variety->with_knots += knots > 1;
}

static void put_case(struct ouro_buf *json, const struct arena_stage *stage,
                     const struct ouro_picture *picture, const struct snake_record *record,
                     struct variety *variety)
{
    static struct knots knots;
    int number = arena_find(stage->world, record->player);
    ck_assert_int_ge(number, 0);
    find_knots(picture, &knots);
    ouro_buf_printf(
        json,
        "%s {\"tick\":%u,\"snake\":{\"x\":%u,\"y\":%u,\"since\":%u,\"way\":%u,\"boost\":%s,"
        "\"trail\":%u,\"length\":%u},\"knots\":[",
        variety->cases > 0 ? ",\n" : "", stage->tick, record->x, record->y, record->since,
        record->way, record->boost ? "true" : "false", record->trail, record->length);
    size_t count = put_knots(json, &knots, record->player);
    ouro_buf_puts(json, "],\"cells\":[");
    put_cells(json, stage->world, (uint32_t)number);
    ouro_buf_puts(json, "]}");
    note(variety, record, count);
}

/* One snake of the many, another each time. */
static const struct snake_record *pick(const struct ouro_picture *picture, unsigned turn)
{
    const struct snake_record *all[PLAYERS];
    unsigned count = 0;
    struct ouro_seen seen;
    for (uint32_t i = 0; ouro_picture_next(picture, i, &seen); i = seen.index + 1)
        if (seen.type == &arena_types[ARENA_SNAKE_TYPE])
            all[count++] = seen.record;
    return count > 0 ? all[turn % count] : NULL;
}

/* --- the show --------------------------------------------------------------------------------- */

static int take_frames(struct ouro_player *player, struct ouro_frame *const *frames, size_t count)
{
    const struct show *show = ouro_container(player, struct show, onlooker);
    for (size_t i = 0; i < count; i++) {
        size_t len;
        const uint8_t *payload = ouro_frame_payload(frames[i], &len);
        ck_assert_int_ge(ouro_picture_apply(show->picture, payload, len), 0);
    }
    return 0;
}

static size_t no_backlog(const struct ouro_player *player)
{
    (void)player;
    return 0;
}

static void no_room(void *ud, struct arena_entrant *entrant)
{
    (void)ud, (void)entrant;
}

static void born(void *ud, struct arena_entrant *entrant, int x, int y, uint8_t way)
{
    (void)ud, (void)entrant, (void)x, (void)y, (void)way;
}

static void show_begin(struct show *show, struct ouro_state *state)
{
    static const struct ouro_player_ops ops = {.send = take_frames, .backlog_bytes = no_backlog};
    static const struct arena_stage_ops stage_ops = {.born = born, .no_room = no_room};
    struct arena_settings settings = small_options().rules;
    settings.length_start = LENGTH_START;
    settings.food_ppm = 50000;
    settings.food_max = 2000;
    *show = (struct show){.onlooker = {.ops = &ops}};
    ouro_rng_seed(&show->rng, 11);
    expect_ok(arena_stage_init(&show->stage, state, &settings, 7, TICKS));
    show->stage.ops = &stage_ops;
    expect_ok(ouro_picture_new(arena_types, &show->picture));
    expect_ok(ouro_view_new(state, &show->onlooker, NULL, &show->view));
    ouro_view_look(show->view, &(struct ouro_rect){SIDE / 2.0, SIDE / 2.0, SIDE, SIDE});
}

static void show_end(struct show *show)
{
    ouro_view_free(show->view);
    ouro_picture_free(show->picture);
    arena_stage_done(&show->stage);
}

/* Whoever is dead plays again; some boost, some turn. */
static void show_tick(struct show *show, uint32_t tick)
{
    for (uint32_t player = 1; player <= PLAYERS; player++) {
        struct arena_owner owner = {.player = player};
        struct arena_entrant *entrant = arena_roster_find(&show->stage.roster, player);
        if (!entrant)
            expect_ok(arena_stage_join(&show->stage, &owner, &entrant));
        else if (ouro_rng_below(&show->rng, 4) == 0)
            arena_stage_input(&show->stage, entrant,
                              (uint8_t)ouro_rng_below(&show->rng, ARENA_INPUT_MAX + 1));
    }
    arena_stage_tick(&show->stage, tick);
    arena_stage_end(&show->stage);
    ouro_state_publish(show->stage.state, tick);
}

static void watch_snakes(struct show *show, struct ouro_buf *json)
{
    struct variety variety = {0};
    for (uint32_t tick = 1; tick <= TICKS; tick++) {
        show_tick(show, tick);
        const struct snake_record *record = pick(show->picture, tick / APART);
        if (tick % APART == 0 && record)
            put_case(json, &show->stage, show->picture, record, &variety);
    }
    ck_assert_uint_gt(variety.cases, TICKS / APART / 2);
    ck_assert_uint_gt(variety.boosts, 3);
    ck_assert_uint_gt(variety.with_knots, 3);
    for (unsigned pieces = 0; pieces <= ARENA_TRAIL_PIECES; pieces++)
        ck_assert_uint_gt(variety.pieces[pieces], 1);
}

static int write_down(void *arg)
{
    const struct ouro_state_options options = {.types = arena_types, .cell = ARENA_GRID_CELLS};
    static struct show show;
    struct ouro_state *state;
    struct ouro_buf json = {0};
    (void)arg;
    expect_ok(ouro_state_new(&options, &state));
    show_begin(&show, state);
    ouro_buf_puts(&json,
                  "{\"about\":\"docs/arena.md, What is seen: what is told of a snake, and the "
                  "cells it is on, from its head\",\"cases\":[\n");
    watch_snakes(&show, &json);
    ouro_buf_puts(&json, "\n]}\n");
    golden_check("arena.json", &json);
    show_end(&show);
    ouro_state_free(state);
    return 0;
}

TEST(snakes)
{
    ck_assert_int_eq(ouro_sim_run(1, NULL, write_down, NULL), 0);
}
