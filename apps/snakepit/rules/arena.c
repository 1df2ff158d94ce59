/* SPDX-License-Identifier: MIT */
#include "rules/arena.h"

#include "rules/arena_world.h"

#include <string.h>

#define PPM_MAX 1000000

#define TEXT_(x) #x
#define TEXT(x)  TEXT_(x)

/* --- settings -------------------------------------------------------------------------------- */

struct arena_settings arena_settings_default(void)
{
    return (struct arena_settings){
        .width = 1000,
        .height = 1000,
        .length_start = 6,
        .snakes_max = 10000,
        .food_ppm = 10000,
        .food_max = 50000,
    };
}

static bool within(int value, int least, int most)
{
    return value >= least && value <= most;
}

const char *arena_settings_fault(const struct arena_settings *s)
{
    if (!within(s->width, ARENA_SIDE_MIN, ARENA_SIDE_MAX) ||
        !within(s->height, ARENA_SIDE_MIN, ARENA_SIDE_MAX))
        return "width and height of the arena must be " TEXT(ARENA_SIDE_MIN) " to " TEXT(
            ARENA_SIDE_MAX) " cells";
    if (!within(s->length_start, ARENA_LENGTH_MIN, ARENA_LENGTH_MAX))
        return "the starting length must be " TEXT(ARENA_LENGTH_MIN) " to " TEXT(
            ARENA_LENGTH_MAX) " cells";
    if (s->snakes_max < 1 || s->snakes_max > ARENA_SNAKES_MAX)
        return "the number of snakes must be 1 to " TEXT(ARENA_SNAKES_MAX);
    if (s->food_ppm > PPM_MAX)
        return "the cells with food are so many in a million: at most " TEXT(PPM_MAX);
    if (s->food_max > ARENA_FOOD_MAX)
        return "the food of all kinds must be at most " TEXT(ARENA_FOOD_MAX) " cells";
    if (s->food_max < arena__food_wanted(s))
        return "the food of all kinds, on " TEXT(
            ARENA_FOOD_MAX) " cells at most, must be at least as much as is sown";
    return NULL;
}

uint32_t arena__food_wanted(const struct arena_settings *s)
{
    return (uint32_t)((uint64_t)s->width * (uint64_t)s->height * s->food_ppm / PPM_MAX);
}

/* --- life cycle ------------------------------------------------------------------------------ */

/* How large the table of ids is: a power of two with at least two places for each. */
static size_t ids_size(const struct arena_settings *settings)
{
    size_t size = 2;
    while (size < 2 * (size_t)settings->snakes_max)
        size *= 2;
    return size;
}

/* Rounded up, so that the cells behind are aligned. */
static size_t numbers_bytes(const struct arena_settings *settings)
{
    return (settings->snakes_max * sizeof(uint16_t) + 7) & ~(size_t)7;
}

static size_t cells_size(const struct arena_settings *settings)
{
    return (size_t)(settings->width + 2) * (size_t)(settings->height + 2);
}

/* Where each part is. */
static struct arena_world plan(const struct arena_settings *settings)
{
    struct arena_world world = {.settings = *settings, .free = ARENA__NOBODY};
    size_t at = sizeof world + settings->snakes_max * sizeof(struct arena__snake);
    world.ids_at = at;
    world.newborns_at = world.ids_at + ids_size(settings) * sizeof(uint16_t);
    world.movers_at = world.newborns_at + numbers_bytes(settings);
    world.cells_at = world.movers_at + numbers_bytes(settings);
    world.ids_mask = (uint32_t)ids_size(settings) - 1;
    world.stride = (uint32_t)settings->width + 2;
    return world;
}

size_t arena_world_bytes(const struct arena_settings *settings)
{
    return plan(settings).cells_at + cells_size(settings) * sizeof(struct arena__cell);
}

static void build_wall(struct arena_world *world)
{
    int width = world->settings.width, height = world->settings.height;
    const struct arena__cell wall = {.snake = ARENA__WALL};
    struct arena__cell *cells = arena__cells(world);
    for (int x = -1; x <= width; x++)
        cells[arena__place(world, x, -1)] = cells[arena__place(world, x, height)] = wall;
    for (int y = 0; y < height; y++)
        cells[arena__place(world, -1, y)] = cells[arena__place(world, width, y)] = wall;
}

struct arena_world *arena_world_init(void *memory, const struct arena_settings *settings,
                                     uint64_t seed)
{
    ouro_assert(!arena_settings_fault(settings));
    _Static_assert(sizeof(struct arena_world) % _Alignof(struct arena__snake) == 0, "no gap");
    _Static_assert(sizeof(struct arena__snake) % _Alignof(struct arena__cell) == 0, "no gap");

    struct arena_world *world = memory;
    memset(memory, 0, arena_world_bytes(settings));
    *world = plan(settings);
    ouro_rng_seed(&world->rng, seed);
    build_wall(world);
    return world;
}

void arena_world_copy(struct arena_world *world, const struct arena_world *from)
{
    size_t bytes = arena_world_bytes(&from->settings);
    ouro_assert(arena_world_bytes(&world->settings) == bytes);
    memcpy(world, from, bytes);
}

/* --- numbers --------------------------------------------------------------------------------- */

static uint32_t take_number(struct arena_world *world)
{
    uint32_t number = world->free;
    if (number == ARENA__NOBODY)
        return world->numbers++;
    world->free = arena__snake(world, number)->next;
    return number;
}

void arena__free(struct arena_world *world, uint32_t number)
{
    struct arena__snake *snake = arena__snake(world, number);
    arena__id_take(world, number);
    *snake = (struct arena__snake){.state = ARENA__FREE, .next = (uint16_t)world->free};
    world->free = number;
}

/* --- inputs ---------------------------------------------------------------------------------- */

int arena_join(struct arena_world *world, uint32_t id)
{
    ouro_assert(id != 0);
    if (arena__id_find(world, id) != ARENA__NOBODY)
        return -EEXIST;
    if (world->living + world->newborns == world->settings.snakes_max)
        return -OURO_ELIMIT;
    uint32_t number = take_number(world);
    *arena__snake(world, number) = (struct arena__snake){
        .id = id, .state = ARENA__NEWBORN, .cradle = (uint16_t)world->newborns};
    arena__newborns(world)[world->newborns++] = (uint16_t)number;
    arena__id_put(world, number);
    return 0;
}

/* The last of the newborns takes the place of the one that is gone. */
static void forget_newborn(struct arena_world *world, uint32_t number)
{
    uint16_t *newborns = arena__newborns(world), last = newborns[--world->newborns];
    uint16_t cradle = arena__snake(world, number)->cradle;
    newborns[cradle] = last;
    arena__snake(world, last)->cradle = cradle;
    arena__free(world, number);
}

int arena_leave(struct arena_world *world, uint32_t id)
{
    uint32_t number = arena__id_find(world, id);
    if (number == ARENA__NOBODY)
        return -ENOENT;
    if (arena__snake(world, number)->state == ARENA__NEWBORN)
        forget_newborn(world, number);
    else
        arena__snake(world, number)->left = true;
    return 0;
}

static bool opposite(int a, int b)
{
    return (a ^ b) == 2;
}

/* The way that it wants after that input. */
static uint8_t wanted(const struct arena__snake *snake, uint8_t input)
{
    uint8_t way = input & ARENA_INPUT_WAY;
    return opposite(way, snake->way) ? snake->wants : way;
}

static bool boosts(uint8_t input)
{
    return (input & ARENA_INPUT_BOOST) != 0;
}

int arena_input(struct arena_world *world, uint32_t id, uint8_t input)
{
    if (input > ARENA_INPUT_MAX)
        return -EINVAL;
    int number = arena_find(world, id);
    if (number < 0)
        return number;
    struct arena__snake *snake = arena__snake(world, (uint32_t)number);
    snake->wants = wanted(snake, input);
    snake->boosts = boosts(input);
    return 0;
}

bool arena_wants(const struct arena_world *world, uint32_t id, uint8_t input)
{
    int number = arena_find(world, id);
    if (input > ARENA_INPUT_MAX || number < 0)
        return false;
    const struct arena__snake *snake = arena__snake_of(world, (uint32_t)number);
    return wanted(snake, input) == snake->wants && boosts(input) == snake->boosts;
}

/* --- queries --------------------------------------------------------------------------------- */

uint32_t arena_living(const struct arena_world *world)
{
    return world->living;
}

uint32_t arena_snake_numbers(const struct arena_world *world)
{
    return world->numbers;
}

bool arena_snake(const struct arena_world *world, uint32_t number, struct arena_snake *ret_snake)
{
    if (number >= world->numbers)
        return false;
    const struct arena__snake *snake = arena__snake_of(world, number);
    if (snake->state != ARENA__LIVES)
        return false;
    *ret_snake = (struct arena_snake){
        .id = snake->id,
        .x = arena__x(world, snake->head),
        .y = arena__y(world, snake->head),
        .way = snake->way,
        .moved = snake->moved,
        .boosting = arena__can_boost(world, snake),
        .length = snake->length,
        .score = snake->score,
        .kills = snake->kills,
        .born = snake->born,
    };
    return true;
}

int arena_find(const struct arena_world *world, uint32_t id)
{
    uint32_t number = arena__id_find(world, id);
    if (number == ARENA__NOBODY || arena__snake_of(world, number)->state != ARENA__LIVES)
        return -ENOENT;
    return (int)number;
}

struct arena_cell arena_cell(const struct arena_world *world, int x, int y)
{
    ouro_assert(x >= 0 && x < world->settings.width && y >= 0 && y < world->settings.height);
    const struct arena__cell *cell = &arena__cells_of(world)[arena__place(world, x, y)];
    if (cell->snake != 0)
        return (struct arena_cell){.is_snake = true, .snake = cell->snake - 1u};
    return (struct arena_cell){.food = (uint8_t)cell->food};
}

uint32_t arena_ticks(const struct arena_world *world)
{
    return world->ticks;
}

uint32_t arena_food(const struct arena_world *world)
{
    return world->food;
}

const struct arena_settings *arena_settings(const struct arena_world *world)
{
    return &world->settings;
}

/* --- the digest ------------------------------------------------------------------------------ */

static uint64_t mix(uint64_t hash, uint64_t high, uint64_t low)
{
    hash = (hash ^ (high << 32 | low)) * 0x9e3779b97f4a7c15u;
    return hash ^ hash >> 29;
}

/* All that decides what it will do, and what its number's next owner will be. Where its body lies
 * follows from how it moved. */
static uint64_t mix_snake(uint64_t hash, const struct arena__snake *s)
{
    uint64_t ways = (uint64_t)s->way | (uint64_t)s->wants << 2 | (uint64_t)s->moved << 4 |
                    (uint64_t)s->boosts << 6 | (uint64_t)s->left << 7 | (uint64_t)s->gained << 8 |
                    (uint64_t)s->state << 16;
    hash = mix(hash, s->id, ways);
    hash = mix(hash, s->head, s->tail);
    hash = mix(hash, s->length, s->growth);
    hash = mix(hash, s->score, s->kills);
    return mix(hash, s->born, (uint32_t)s->next << 16 | s->cradle);
}

uint64_t arena_digest(const struct arena_world *world)
{
    uint64_t hash = mix(world->food_hash, world->food, world->sown);
    hash = mix(hash, world->ticks, world->free);
    for (int i = 0; i < 4; i++)
        hash = mix(hash, world->rng.s[i] >> 32, world->rng.s[i] & 0xffffffffu);
    for (uint32_t number = 0; number < world->numbers; number++)
        hash = mix_snake(hash, arena__snake_of(world, number));
    return hash;
}
