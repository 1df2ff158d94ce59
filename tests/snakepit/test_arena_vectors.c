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

static void watch_snakes(struct pit *pit)
{
    struct ouro_buf json = {0};
    struct variety variety = {0};
    struct ouro_rng rng;
    ouro_rng_seed(&rng, 11);
    for (int i = 0; i < PLAYERS; i++)
        pit_enter(pit);
    ouro_buf_puts(&json,
                  "{\"about\":\"docs/arena.md, What is seen: what is told of a snake, and the "
                  "cells it is on, from its head\",\"cases\":[\n");
    for (unsigned tick = 0; tick < TICKS; tick++) {
        stir(pit, &rng, 0);
        pit_wait(1);
        const struct snake_record *record = pick(pit->fans[0].picture, tick / APART);
        if (tick % APART == 0 && record)
            put_case(&json, &pit_arena(pit)->stage, pit->fans[0].picture, record, &variety);
    }
    ouro_buf_puts(&json, "\n]}\n");
    ck_assert_uint_gt(variety.cases, TICKS / APART / 2);
    ck_assert_uint_gt(variety.boosts, 3);
    ck_assert_uint_gt(variety.with_knots, 3);
    for (unsigned pieces = 0; pieces <= ARENA_TRAIL_PIECES; pieces++)
        ck_assert_uint_gt(variety.pieces[pieces], 1);
    golden_check("arena.json", &json);
}

TEST(snakes)
{
    struct arena_options options = small_options();
    options.rules.length_start = LENGTH_START;
    options.rules.food_ppm = 50000;
    options.rules.food_max = 2000;
    run_with(&options, watch_snakes);
}
