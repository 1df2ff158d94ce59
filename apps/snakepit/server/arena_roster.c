/* SPDX-License-Identifier: MIT */
#include "server/arena_roster.h"

#include <stdlib.h>

#define NONE UINT32_MAX

static void give_back(struct arena_roster *roster, uint32_t number)
{
    roster->entrants[number].next = roster->free;
    roster->free = number;
}

int arena_roster_init(struct arena_roster *roster, uint32_t entrants_max)
{
    uint32_t buckets = 16;
    while (buckets < entrants_max)
        buckets *= 2;
    *roster = (struct arena_roster){
        .entrants = calloc(entrants_max, sizeof *roster->entrants),
        .buckets = malloc(buckets * sizeof *roster->buckets),
        .bucket_mask = buckets - 1,
        .entrants_max = entrants_max,
    };
    if (!roster->entrants || !roster->buckets)
        return -ENOMEM;
    arena_roster_clear(roster);
    return 0;
}

void arena_roster_clear(struct arena_roster *roster)
{
    roster->free = NONE;
    for (uint32_t i = 0; i <= roster->bucket_mask; i++)
        roster->buckets[i] = NONE;
    for (uint32_t i = roster->entrants_max; i-- > 0;)
        give_back(roster, i);
}

void arena_roster_done(struct arena_roster *roster)
{
    free(roster->entrants);
    free(roster->buckets);
    *roster = (struct arena_roster){0};
}

/* Ids are given one after the other, so their lowest bits are as good as any hash. */
static uint32_t *bucket_of(const struct arena_roster *roster, uint32_t id)
{
    return &roster->buckets[id & roster->bucket_mask];
}

struct arena_entrant *arena_roster_add(struct arena_roster *roster, uint32_t id)
{
    uint32_t number = roster->free, *bucket = bucket_of(roster, id);
    if (number == NONE)
        return NULL;
    struct arena_entrant *entrant = &roster->entrants[number];
    roster->free = entrant->next;
    *entrant = (struct arena_entrant){
        .owner.player = id, .snake = ARENA_NO_SNAKE, .bot = ARENA_NO_BOT, .next = *bucket};
    *bucket = number;
    return entrant;
}

struct arena_entrant *arena_roster_find(const struct arena_roster *roster, uint32_t id)
{
    uint32_t number = *bucket_of(roster, id);
    while (number != NONE && roster->entrants[number].owner.player != id)
        number = roster->entrants[number].next;
    return number == NONE ? NULL : &roster->entrants[number];
}

void arena_roster_remove(struct arena_roster *roster, struct arena_entrant *entrant)
{
    uint32_t number = (uint32_t)(entrant - roster->entrants);
    uint32_t *link = bucket_of(roster, entrant->owner.player);
    while (*link != number)
        link = &roster->entrants[*link].next;
    *link = entrant->next;
    give_back(roster, number);
}

void arena_roster_copy(struct arena_roster *roster, const struct arena_roster *from)
{
    for (uint32_t bucket = 0; bucket <= from->bucket_mask; bucket++) {
        for (uint32_t i = from->buckets[bucket]; i != NONE; i = from->entrants[i].next) {
            const struct arena_entrant *other = &from->entrants[i];
            struct arena_entrant *entrant = arena_roster_add(roster, other->owner.player);
            entrant->owner = other->owner;
            entrant->snake = other->snake;
        }
    }
}
