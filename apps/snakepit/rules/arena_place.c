/* SPDX-License-Identifier: MIT */
/* What comes into the arena beside moves: food, which lies and is eaten, and newborns. */
#include "rules/arena_world.h"

/* --- food ------------------------------------------------------------------------------------ */

/* Food's part in the hash: what is added when it comes is subtracted when it goes. */
static uint64_t hash_of(uint32_t place, struct arena__cell cell)
{
    uint64_t hash = (uint64_t)place << 5 | cell.food << 1 | cell.sown;
    hash = (hash + 1) * 0x9e3779b97f4a7c15u;
    return (hash ^ hash >> 32) * 0xd6e8feb86659fd93u;
}

static void put_food(struct arena_world *world, uint32_t place, uint8_t value, bool sown)
{
    struct arena__cell *cell = &arena__cells(world)[place];
    *cell = (struct arena__cell){.food = value & 15, .sown = sown};
    world->food_hash += hash_of(place, *cell);
    world->food++;
    world->sown += sown;
}

static uint8_t take_food(struct arena_world *world, uint32_t place)
{
    struct arena__cell *cell = &arena__cells(world)[place];
    uint8_t value = (uint8_t)cell->food;
    world->food_hash -= hash_of(place, *cell);
    world->food--;
    world->sown -= cell->sown;
    cell->food = cell->sown = 0;
    return value;
}

static void tell_of_food(const struct arena__tick *tick, enum arena_event_kind kind, uint32_t place,
                         uint8_t value)
{
    arena__tell(tick, (struct arena_event){.kind = kind,
                                           .x = arena__x(tick->world, place),
                                           .y = arena__y(tick->world, place),
                                           .value = value});
}

void arena__leave_food(const struct arena__tick *tick, uint32_t place, uint8_t value, bool sown)
{
    if (tick->world->food == tick->world->settings.food_max)
        return;
    put_food(tick->world, place, value, sown);
    tell_of_food(tick, ARENA_FOOD, place, value);
}

uint8_t arena__eat(const struct arena__tick *tick, uint32_t place)
{
    if (tick->cells[place].food == 0)
        return 0;
    uint8_t value = take_food(tick->world, place);
    tell_of_food(tick, ARENA_FOOD_GONE, place, value);
    return value;
}

/* --- birth ----------------------------------------------------------------------------------- */

static uint32_t random_place(struct arena_world *world)
{
    uint32_t width = (uint32_t)world->settings.width, height = (uint32_t)world->settings.height;
    uint32_t cell = ouro_rng_below(&world->rng, width * height);
    return arena__place(world, (int)(cell % width), (int)(cell / width));
}

static bool is_head(const struct arena__tick *tick, uint32_t place)
{
    uint32_t snake = tick->cells[place].snake;
    return snake != 0 && snake != ARENA__WALL &&
           arena__snake(tick->world, snake - 1)->head == place;
}

static int at_least(int value, int least)
{
    return value < least ? least : value;
}

static bool is_head_near(const struct arena__tick *tick, uint32_t place)
{
    const struct arena_settings *s = &tick->world->settings;
    int x = arena__x(tick->world, place), y = arena__y(tick->world, place);
    for (int j = at_least(y - ARENA_HEADS_AWAY, 0); j <= y + ARENA_HEADS_AWAY && j < s->height; j++)
        for (int i = at_least(x - ARENA_HEADS_AWAY, 0); i <= x + ARENA_HEADS_AWAY && i < s->width;
             i++)
            if (is_head(tick, arena__place(tick->world, i, j)))
                return true;
    return false;
}

/* Its own cell and those ahead; food is in nobody's way. */
static bool can_be_born(const struct arena__tick *tick, uint32_t place, unsigned way)
{
    uint32_t ahead = place;
    for (int i = 0; i <= ARENA_FREE_AHEAD; i++, ahead = arena__next(tick->world, ahead, way))
        if (tick->cells[ahead].snake != 0)
            return false;
    return !is_head_near(tick, place);
}

static void lay(const struct arena__tick *tick, uint32_t number, uint32_t place, unsigned way)
{
    struct arena_world *world = tick->world;
    struct arena__snake *snake = arena__snake(world, number);
    arena__eat(tick, place);
    *snake = (struct arena__snake){
        .id = snake->id,
        .head = place,
        .tail = place,
        .length = 1,
        .growth = (uint32_t)world->settings.length_start - 1,
        .born = world->ticks,
        .state = ARENA__LIVES,
        .way = (uint8_t)way,
        .wants = (uint8_t)way,
    };
    tick->cells[place].snake = (number + 1) & 0xffff;
    world->living++;
    arena__tell(tick, (struct arena_event){.kind = ARENA_BORN,
                                           .snake = number,
                                           .id = snake->id,
                                           .x = arena__x(world, place),
                                           .y = arena__y(world, place)});
}

static void place_newborn(const struct arena__tick *tick, uint32_t number)
{
    struct arena_world *world = tick->world;
    for (int i = 0; i < ARENA_TRIES_MAX; i++) {
        uint32_t place = random_place(world), way = ouro_rng_below(&world->rng, 4);
        if (can_be_born(tick, place, way)) {
            lay(tick, number, place, way);
            return;
        }
    }
    arena__tell(tick,
                (struct arena_event){.kind = ARENA_NO_ROOM, .id = arena__snake(world, number)->id});
    arena__free(world, number);
}

void arena__place_newborns(const struct arena__tick *tick)
{
    uint32_t count = tick->world->newborns;
    for (uint32_t i = 0; i < count; i++)
        place_newborn(tick, arena__newborns(tick->world)[i]);
    tick->world->newborns = 0;
}

/* --- seed ------------------------------------------------------------------------------------ */

static bool may_sow(const struct arena_world *world)
{
    return world->sown < arena__food_wanted(&world->settings) &&
           world->food < world->settings.food_max;
}

void arena__sow(const struct arena__tick *tick)
{
    struct arena_world *world = tick->world;
    for (int i = 0; i < ARENA_SOWN_MAX && may_sow(world); i++) {
        uint32_t place = random_place(world);
        const struct arena__cell *cell = &tick->cells[place];
        if (cell->snake != 0 || cell->food != 0)
            continue;
        uint32_t value = 1 + ouro_rng_below(&world->rng, ARENA_SOWN_VALUE_MAX);
        arena__leave_food(tick, place, (uint8_t)value, true);
    }
}
