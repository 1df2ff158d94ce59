/* SPDX-License-Identifier: MIT */
#include "rules/classic.h"

#include "rules/classic_world.h"

#include <string.h>

#define PPM_MAX 1000000
/* Cells that a newborn has in front of it at least, wherever it is placed and points. */
#define MARGIN_BEYOND_LENGTH 2

#define TEXT_(x) #x
#define TEXT(x)  TEXT_(x)

/* --- settings -------------------------------------------------------------------------------- */

struct classic_settings classic_settings_default(void)
{
    return (struct classic_settings){
        .width = 50,
        .height = 25,
        .length_start = 3,
        .digit_ppm = 60000,
        .stone_ppm = 60000,
        .players_max = 10,
    };
}

int classic_newborn_margin(const struct classic_settings *settings)
{
    return settings->length_start + MARGIN_BEYOND_LENGTH;
}

const char *classic_settings_fault(const struct classic_settings *s)
{
    if (s->length_start < CLASSIC_LENGTH_MIN)
        return "the starting length must be at least " TEXT(CLASSIC_LENGTH_MIN) " cells";
    if (s->width > CLASSIC_SIDE_MAX || s->height > CLASSIC_SIDE_MAX)
        return "width and height of the field must be at most " TEXT(CLASSIC_SIDE_MAX) " cells";
    _Static_assert(sizeof CLASSIC_OVER_TEXT - 1 == 19, "the sentence below says so");
    if (s->width < 19)
        return "the field is too narrow for the text \"" CLASSIC_OVER_TEXT "\": 19 cells at least";
    /* Compared on this side of the multiplication, which a huge length would overflow. */
    int margin_max = (s->width < s->height ? s->width : s->height) / 2;
    if (s->length_start > margin_max - MARGIN_BEYOND_LENGTH)
        return "the field is too small for a newborn: width and height must be at least twice the "
               "starting length, plus 4";
    if (s->digit_ppm > PPM_MAX || s->stone_ppm > PPM_MAX)
        return "the rates of digits and stones are chances in a million: at most " TEXT(PPM_MAX);
    if (s->players_max < 1 || s->players_max > CLASSIC_PLAYERS_MAX)
        return "the number of players must be 1 to " TEXT(CLASSIC_PLAYERS_MAX);
    return NULL;
}

/* --- life cycle ------------------------------------------------------------------------------ */

size_t classic_world_bytes(const struct classic_settings *settings)
{
    size_t cells = (size_t)classic__cell_count(settings);
    return sizeof(struct classic_world) +
           (size_t)settings->players_max * sizeof(struct classic__snake) +
           cells * (sizeof(int) + sizeof(struct classic__cell));
}

struct classic_world *classic_world_init(void *memory, const struct classic_settings *settings,
                                         uint64_t seed)
{
    ouro_assert(!classic_settings_fault(settings));
    /* The parts follow each other without gaps because none needs more alignment than the last. */
    _Static_assert(_Alignof(struct classic_world) >= _Alignof(struct classic__snake), "order");
    _Static_assert(_Alignof(struct classic__snake) >= _Alignof(int), "order");
    _Static_assert(_Alignof(int) >= _Alignof(struct classic__cell), "order");

    struct classic_world *world = memory;
    *world = (struct classic_world){.settings = *settings};
    world->snakes = (void *)(world + 1);
    world->touched = (void *)(world->snakes + settings->players_max);
    world->cells = (void *)(world->touched + classic__cell_count(settings));
    ouro_rng_seed(&world->rng, seed);
    classic_reset(world);
    return world;
}

void classic_reset(struct classic_world *world)
{
    const struct classic__cell empty = {.shown = {.glyph = CLASSIC_EMPTY}};
    for (int place = 0; place < classic__cell_count(&world->settings); place++)
        world->cells[place] = empty;
    memset(world->pool, 0, sizeof world->pool);
    world->pool_total = 0;
    world->living = world->joined = 0;
    world->touched_count = 0;
    world->over = false;
}

/* --- inputs ---------------------------------------------------------------------------------- */

int classic_key_direction(int64_t key)
{
    enum { KEY_LEFT = 37, KEY_DOWN = 40 };
    return key < KEY_LEFT || key > KEY_DOWN ? -EINVAL : (int)(key - KEY_LEFT);
}

/* The number of the snake among those that joined, or -ENOENT. */
static int find(const struct classic_world *world, uint32_t id)
{
    for (int i = 0; i < world->joined; i++)
        if (world->snakes[i].id == id)
            return i;
    return -ENOENT;
}

int classic_join(struct classic_world *world, uint32_t id)
{
    if (world->over)
        return -OURO_ECLOSED;
    if (find(world, id) >= 0)
        return -EEXIST;
    if (world->joined == world->settings.players_max)
        return -OURO_ELIMIT;
    world->snakes[world->joined++] = (struct classic__snake){.id = id};
    return 0;
}

static bool opposite(int a, int b)
{
    return (a ^ b) == 2;
}

int classic_turn(struct classic_world *world, uint32_t id, enum classic_direction direction)
{
    ouro_assert((unsigned)direction <= CLASSIC_DOWN);
    int number = find(world, id);
    if (number < 0)
        return number;
    struct classic__snake *snake = &world->snakes[number];
    if (number >= world->living || opposite(direction, snake->moved))
        return 0;
    snake->next = (uint8_t)direction;
    return 1;
}

int classic_leave(struct classic_world *world, uint32_t id)
{
    int number = find(world, id);
    if (number < 0)
        return number;
    if (number < world->living) {
        world->snakes[number].left = true;
        return 0;
    }
    struct classic__snake *newborn = &world->snakes[number];
    world->joined--;
    memmove(newborn, newborn + 1, (size_t)(world->joined - number) * sizeof *newborn);
    return 0;
}

/* --- queries --------------------------------------------------------------------------------- */

struct classic_cell classic_cell(const struct classic_world *world, int x, int y)
{
    const struct classic_settings *s = &world->settings;
    ouro_assert(x >= 0 && x < s->width && y >= 0 && y < s->height);
    return world->cells[y * s->width + x].shown;
}

int classic_living(const struct classic_world *world)
{
    return world->living;
}

struct classic_snake classic_living_at(const struct classic_world *world, int number)
{
    ouro_assert(number >= 0 && number < world->living);
    const struct classic__snake *snake = &world->snakes[number];
    return (struct classic_snake){.id = snake->id, .score = snake->score, .colour = snake->colour};
}

bool classic_is_over(const struct classic_world *world)
{
    return world->over;
}
