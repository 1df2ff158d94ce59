/* SPDX-License-Identifier: MIT */
/* One tick of the classic world. First all are judged on the frame that all of them saw, then the
 * field changes, and only at the end what changed is told, cell by cell, each once. */
#include "rules/classic_world.h"

#include <string.h>

/* How often a place is drawn by lot before a newborn is turned away or a search begins. */
#define TRIES_MAX 64

struct audience {
    classic_emit *emit;
    void *ud;
};

static void tell(const struct audience *to, struct classic_event event)
{
    to->emit(to->ud, &event);
}

/* --- the field ------------------------------------------------------------------------------- */

int classic__neighbour(const struct classic_world *world, int place, int direction)
{
    static const int right[] = {-1, 0, 1, 0}, down[] = {0, -1, 0, 1};
    int width = world->settings.width;
    int x = place % width + right[direction], y = place / width + down[direction];
    if (x < 0 || x >= width || y < 0 || y >= world->settings.height)
        return CLASSIC__NOWHERE;
    return y * width + x;
}

void classic__show(struct classic_world *world, int place, char glyph, uint8_t colour)
{
    struct classic__cell *cell = &world->cells[place];
    cell->shown = (struct classic_cell){.glyph = glyph, .colour = colour};
    if (cell->touched)
        return;
    cell->touched = 1;
    world->touched[world->touched_count++] = place;
}

static char glyph_at(const struct classic_world *world, int place)
{
    return world->cells[place].shown.glyph;
}

static bool is_free(const struct classic_world *world, int place)
{
    return place != CLASSIC__NOWHERE && glyph_at(world, place) == CLASSIC_EMPTY;
}

static uint32_t digit_at(const struct classic_world *world, int place)
{
    char glyph = glyph_at(world, place);
    return glyph >= '1' && glyph <= '9' ? (uint32_t)(glyph - '0') : 0;
}

/* A free cell of the whole field by lot, or NOWHERE when there is none. The lot is even; only
 * where most cells are taken does the search decide, so that "surely" holds and always ends. */
static int find_free(struct classic_world *world)
{
    int count = classic__cell_count(&world->settings), place = 0;
    for (int i = 0; i < TRIES_MAX; i++) {
        place = (int)ouro_rng_below(&world->rng, (uint32_t)count);
        if (is_free(world, place))
            return place;
    }
    for (int i = 0; i < count; i++, place = (place + 1) % count)
        if (is_free(world, place))
            return place;
    return CLASSIC__NOWHERE;
}

static uint8_t random_colour(struct classic_world *world)
{
    return (uint8_t)(1 + ouro_rng_below(&world->rng, CLASSIC_COLOURS));
}

static void spawn_digit(struct classic_world *world)
{
    int place = find_free(world);
    if (place == CLASSIC__NOWHERE)
        return;
    char digit = (char)('1' + ouro_rng_below(&world->rng, 9));
    classic__show(world, place, digit, random_colour(world));
}

static void spawn_stone(struct classic_world *world)
{
    int place = find_free(world);
    if (place != CLASSIC__NOWHERE)
        classic__show(world, place, CLASSIC_STONE, 0);
}

/* --- the pool of colours --------------------------------------------------------------------- */

static void give_colour(struct classic_world *world, uint8_t colour)
{
    world->pool[colour]++;
    world->pool_total++;
}

static uint8_t take_colour(struct classic_world *world)
{
    if (world->pool_total == 0)
        for (uint8_t colour = 1; colour <= CLASSIC_COLOURS; colour++)
            give_colour(world, colour);
    uint32_t lot = ouro_rng_below(&world->rng, (uint32_t)world->pool_total);
    uint8_t colour = 1;
    while (lot >= world->pool[colour])
        lot -= world->pool[colour++];
    world->pool[colour]--;
    world->pool_total--;
    return colour;
}

/* --- death ----------------------------------------------------------------------------------- */

static bool is_deadly(const struct classic_world *world, int place)
{
    return place == CLASSIC__NOWHERE || world->cells[place].heads > 1 ||
           !(is_free(world, place) || digit_at(world, place));
}

/* Who dies, all on the same frame: each head is announced at its cell before any is judged, and
 * nothing moves meanwhile. A snake without a player goes nowhere, and dies of it. */
static void judge(struct classic_world *world)
{
    struct classic__snake *end = world->snakes + world->living;
    for (struct classic__snake *s = world->snakes; s < end; s++) {
        s->target = s->left ? CLASSIC__NOWHERE : classic__neighbour(world, s->head, s->next);
        if (s->target != CLASSIC__NOWHERE)
            world->cells[s->target].heads++;
    }
    for (struct classic__snake *s = world->snakes; s < end; s++)
        s->dies = is_deadly(world, s->target);
    for (struct classic__snake *s = world->snakes; s < end; s++)
        if (s->target != CLASSIC__NOWHERE)
            world->cells[s->target].heads = 0;
}

static void turn_into_obstacles(struct classic_world *world, const struct classic__snake *snake)
{
    classic__show(world, snake->tail, CLASSIC_DEAD_TAIL, 0);
    int place = snake->tail;
    while ((place = classic__neighbour(world, place, world->cells[place].ahead)) != snake->head)
        classic__show(world, place, CLASSIC_DEAD_BODY, 0);
    classic__show(world, snake->head, CLASSIC_DEAD_HEAD, 0);
}

static void die(struct classic_world *world, const struct classic__snake *snake,
                const struct audience *to)
{
    turn_into_obstacles(world, snake);
    give_colour(world, snake->colour);
    tell(to, (struct classic_event){.kind = CLASSIC_GAMEOVER,
                                    .id = snake->id,
                                    .colour = snake->colour,
                                    .score = snake->score});
}

static void bury_the_dead(struct classic_world *world, const struct audience *to)
{
    int kept = 0;
    for (int i = 0; i < world->living; i++) {
        if (world->snakes[i].dies)
            die(world, &world->snakes[i], to);
        else
            world->snakes[kept++] = world->snakes[i];
    }
    int newborns = world->joined - world->living;
    memmove(world->snakes + kept, world->snakes + world->living,
            (size_t)newborns * sizeof *world->snakes);
    world->living = kept;
    world->joined = kept + newborns;
}

/* --- life ------------------------------------------------------------------------------------ */

static void pull_tail(struct classic_world *world, struct classic__snake *snake)
{
    int old = snake->tail;
    snake->tail = classic__neighbour(world, old, world->cells[old].ahead);
    classic__show(world, old, CLASSIC_EMPTY, 0);
    classic__show(world, snake->tail, CLASSIC_TAIL, snake->colour);
}

static void move(struct classic_world *world, struct classic__snake *snake)
{
    uint32_t digit = digit_at(world, snake->target);
    world->cells[snake->head].ahead = snake->next & 3;
    classic__show(world, snake->target, CLASSIC_HEAD, snake->colour);
    classic__show(world, snake->head, CLASSIC_BODY, snake->colour);
    snake->head = snake->target;
    snake->moved = snake->next;

    if (snake->growth > 0)
        snake->growth--;
    else
        pull_tail(world, snake);
    /* Only now: what was eaten keeps the tail from the next move on, not in this one. */
    snake->growth += digit;
    snake->score += digit;
    snake->ate = digit > 0;
}

static void move_the_living(struct classic_world *world)
{
    for (int i = 0; i < world->living; i++)
        move(world, &world->snakes[i]);
}

/* To be called while the living are just those that moved. */
static void reward_the_moves(struct classic_world *world)
{
    for (int i = 0; i < world->living; i++)
        if (ouro_rng_chance(&world->rng, world->settings.digit_ppm))
            spawn_digit(world);
}

/* --- birth ----------------------------------------------------------------------------------- */

static bool can_lie(const struct classic_world *world, int place, enum classic_direction direction)
{
    for (int i = 0; i < world->settings.length_start; i++) {
        if (!is_free(world, place))
            return false;
        place = classic__neighbour(world, place, direction);
    }
    return true;
}

bool classic__lay_snake(struct classic_world *world, struct classic__snake *snake, int tail,
                        enum classic_direction direction)
{
    if (!can_lie(world, tail, direction))
        return false;
    snake->colour = take_colour(world);
    snake->moved = snake->next = (uint8_t)direction;
    snake->tail = snake->head = tail;
    for (int i = 1; i < world->settings.length_start; i++) {
        world->cells[snake->head].ahead = direction & 3;
        classic__show(world, snake->head, CLASSIC_BODY, snake->colour);
        snake->head = classic__neighbour(world, snake->head, direction);
    }
    classic__show(world, snake->tail, CLASSIC_TAIL, snake->colour);
    classic__show(world, snake->head, CLASSIC_HEAD, snake->colour);
    return true;
}

static int random_within(struct classic_world *world, int first, int last)
{
    return first + (int)ouro_rng_below(&world->rng, (uint32_t)(last - first + 1));
}

static bool find_cradle(struct classic_world *world, struct classic__snake *newborn)
{
    const struct classic_settings *s = &world->settings;
    int margin = classic_newborn_margin(s);
    for (int i = 0; i < TRIES_MAX; i++) {
        int x = random_within(world, margin, s->width - margin);
        int y = random_within(world, margin, s->height - margin);
        enum classic_direction direction = ouro_rng_below(&world->rng, 4);
        if (classic__lay_snake(world, newborn, y * s->width + x, direction))
            return true;
    }
    return false;
}

static void place_the_newborns(struct classic_world *world, const struct audience *to)
{
    for (int i = world->living; i < world->joined; i++) {
        struct classic__snake newborn = world->snakes[i];
        if (!find_cradle(world, &newborn)) {
            tell(to, (struct classic_event){.kind = CLASSIC_NO_ROOM, .id = newborn.id});
            continue;
        }
        spawn_digit(world);
        world->snakes[world->living++] = newborn;
        tell(to, (struct classic_event){
                     .kind = CLASSIC_JOINED, .id = newborn.id, .colour = newborn.colour});
    }
    world->joined = world->living;
}

/* --- the end of a tick ----------------------------------------------------------------------- */

static void end_world(struct classic_world *world)
{
    static const char text[] = CLASSIC_OVER_TEXT;
    const struct classic_settings *s = &world->settings;
    int length = (int)sizeof text - 1;
    int first = s->height / 2 * s->width + (s->width - length) / 2;
    uint8_t colour = random_colour(world);
    for (int i = 0; i < length; i++)
        classic__show(world, first + i, text[i], colour);
    world->over = true;
}

static void tell_cells(struct classic_world *world, const struct audience *to)
{
    for (int i = 0; i < world->touched_count; i++) {
        int place = world->touched[i], width = world->settings.width;
        struct classic__cell *cell = &world->cells[place];
        cell->touched = 0;
        tell(to, (struct classic_event){.kind = CLASSIC_RENDER,
                                        .x = place % width,
                                        .y = place / width,
                                        .glyph = cell->shown.glyph,
                                        .colour = cell->shown.colour});
    }
    world->touched_count = 0;
}

static void tell_scores(struct classic_world *world, const struct audience *to)
{
    for (int i = 0; i < world->living; i++) {
        const struct classic__snake *s = &world->snakes[i];
        if (s->ate)
            tell(to, (struct classic_event){.kind = CLASSIC_SCORE, .id = s->id, .score = s->score});
    }
}

void classic_tick(struct classic_world *world, classic_emit *emit, void *ud)
{
    const struct audience to = {emit, ud};
    if (world->over)
        return;
    judge(world);
    bury_the_dead(world, &to);
    move_the_living(world);
    reward_the_moves(world);
    place_the_newborns(world, &to);
    if (ouro_rng_chance(&world->rng, world->settings.stone_ppm))
        spawn_stone(world);
    if (world->living == 0)
        end_world(world);

    tell_cells(world, &to);
    tell_scores(world, &to);
    if (world->over)
        tell(&to, (struct classic_event){.kind = CLASSIC_WORLD_OVER});
}
