/* SPDX-License-Identifier: MIT */
#include "server/arena_leaders.h"

#include <string.h>

/* --- counting --------------------------------------------------------------------------------- */

/* Of two with the same score, who was born first is ahead. */
static bool is_ahead(const struct arena_snake *a, const struct arena_snake *b)
{
    return a->score != b->score ? a->score > b->score : a->born < b->born;
}

static void insert(struct arena_leaders *leaders, const struct arena_snake *snake)
{
    struct arena_snake *top = leaders->top;
    uint32_t place = leaders->count;
    if (place == ARENA_LEADERS && !is_ahead(snake, &top[place - 1]))
        return;
    if (place < ARENA_LEADERS)
        leaders->count++;
    else
        place--;
    for (; place > 0 && is_ahead(snake, &top[place - 1]); place--)
        top[place] = top[place - 1];
    top[place] = *snake;
}

static uint32_t ranked(uint32_t score)
{
    return score < ARENA_RANKED_SCORES ? score : ARENA_RANKED_SCORES - 1;
}

/* From how many have a score to how many have more. */
static void sum_up(uint32_t counts[ARENA_RANKED_SCORES])
{
    uint32_t better = 0;
    for (uint32_t score = ARENA_RANKED_SCORES; score-- > 0;) {
        uint32_t count = counts[score];
        counts[score] = better;
        better += count;
    }
}

void arena_leaders_count(struct arena_leaders *leaders, const struct arena_world *world)
{
    struct arena_snake snake;
    uint32_t count = arena_snake_numbers(world);
    leaders->count = 0;
    memset(leaders->better, 0, sizeof leaders->better);
    for (uint32_t i = 0; i < count; i++) {
        if (!arena_snake(world, i, &snake))
            continue;
        insert(leaders, &snake);
        leaders->better[ranked(snake.score)]++;
    }
    sum_up(leaders->better);
}

uint32_t arena_leaders_rank(const struct arena_leaders *leaders, uint32_t score)
{
    return leaders->better[ranked(score)] + 1;
}

/* --- showing ---------------------------------------------------------------------------------- */

/* Where memory is out, a place stays empty until the next time. */
static void show_one(struct arena_leaders *leaders, struct ouro_state *state, uint32_t place,
                     const struct arena_entrant *entrant)
{
    struct ouro_entity *entity = &leaders->entities[place];
    if (!ouro_entity_record(state, *entity) &&
        ouro_entity_new(state, ARENA_LEADER_TYPE, entity) < 0)
        return;
    struct leader_record *record = ouro_entity_record(state, *entity);
    record->rank = (uint8_t)(place + 1);
    record->score = leaders->top[place].score;
    record->player = entrant->owner.player;
    memcpy(record->name, entrant->owner.face.name, sizeof record->name);
}

void arena_leaders_show(struct arena_leaders *leaders, struct ouro_state *state,
                        const struct arena_roster *roster)
{
    for (uint32_t i = 0; i < ARENA_LEADERS; i++) {
        const struct arena_entrant *entrant =
            i < leaders->count ? arena_roster_find(roster, leaders->top[i].id) : NULL;
        if (entrant)
            show_one(leaders, state, i, entrant);
        else
            ouro_entity_end(state, leaders->entities[i]);
    }
}

void arena_leaders_hide(struct arena_leaders *leaders, struct ouro_state *state)
{
    for (uint32_t i = 0; i < ARENA_LEADERS; i++)
        ouro_entity_end(state, leaders->entities[i]);
    *leaders = (struct arena_leaders){0};
}
