/* SPDX-License-Identifier: MIT */
/* A thought: what each of the three ways leads to, and which is best. */
#include "rules/arena_brain.h"

#include <string.h>

/* The map is the sight with a frame around it, so that no step has to ask where it ends. */
#define STRIDE (ARENA_SIGHT_SIDE + 2)
#define CELLS  (STRIDE * STRIDE)
#define MIDDLE (STRIDE * (ARENA_SIGHT_FAR + 1) + ARENA_SIGHT_FAR + 1)

#define EDGE  0xff /* beyond the sight: there may be room */
#define UNMET 0xff /* no distance yet */

#define LOOKED_AT    400  /* cells that a flood looks at: a diamond of 14 cells to each side */
#define LOOKED_MAX   600  /* at most, for whoever is long */
#define ROOM_SPARE   8    /* cells more than its own length that a way should lead to */
#define CAGE_COSTS   100000 /* for each cell that is missing: more than all else together */
#define BOOST_SPARE  4    /* free cells ahead, without which nobody boosts */
#define BOOST_LENGTH 12   /* who is shorter keeps what it has */

/* How much things count. */
struct temper {
    int appetite; /* food */
    int fear;     /* cells that a head may enter next */
    int calm;     /* going straight on */
    int whims;    /* chance */
    bool flees;   /* boosts away from heads */
    bool hunts;   /* boosts to get in front of heads */
};

static const struct temper tempers[] = {
    {.appetite = 16, .fear = 4000, .calm = 12, .whims = 4, .flees = true},
    {.appetite = 40, .fear = 2000, .calm = 8, .whims = 4, .flees = true},
    {.appetite = 16, .fear = 1000, .calm = 16, .whims = 8, .hunts = true},
    {.appetite = 8, .fear = 3000, .calm = 60, .whims = 16, .flees = true},
};

struct map {
    uint8_t what[CELLS];   /* as in a sight, or EDGE */
    uint8_t danger[CELLS]; /* 2: a head may be there next; 1: if it boosts */
};

/* What one way leads to. */
struct outlook {
    int room;     /* cells */
    bool is_open; /* and more, beyond the sight */
    int food;     /* the more and the nearer, the larger */
};

static int step(int at, unsigned way)
{
    static const int steps[] = {-1, -STRIDE, 1, STRIDE};
    return at + steps[way & 3];
}

static bool is_blocked(const struct map *map, int at)
{
    return map->what[at] >= ARENA_SIGHT_BLOCKED;
}

/* --- the map --------------------------------------------------------------------------------- */

static void raise_danger(struct map *map, int at, uint8_t danger)
{
    if (map->danger[at] < danger)
        map->danger[at] = danger;
}

/* Where a head may go in the next tick: each way but back, and on from there if it boosts. */
static void fear_head(struct map *map, int head, unsigned head_way)
{
    for (unsigned turn = 3; turn <= 5; turn++) {
        unsigned way = (head_way + turn) & 3;
        int next = step(head, way);
        raise_danger(map, next, 2);
        if (map->what[next] != EDGE)
            raise_danger(map, step(next, way), 1);
    }
}

static void read_map(const struct arena_sight *sight, struct map *ret_map)
{
    memset(ret_map->what, EDGE, sizeof ret_map->what);
    memset(ret_map->danger, 0, sizeof ret_map->danger);
    for (int y = 0; y < ARENA_SIGHT_SIDE; y++)
        memcpy(&ret_map->what[(y + 1) * STRIDE + 1], &sight->cells[y * ARENA_SIGHT_SIDE],
               ARENA_SIGHT_SIDE);
    ret_map->what[MIDDLE] = ARENA_SIGHT_BLOCKED;
    for (int at = STRIDE; at < CELLS - STRIDE; at++)
        if (ret_map->what[at] >= ARENA_SIGHT_HEAD && ret_map->what[at] < ARENA_SIGHT_HEAD + 4)
            fear_head(ret_map, at, ret_map->what[at] & 3);
}

/* --- the flood ------------------------------------------------------------------------------- */

/* From a free cell on, the nearest first. */
static struct outlook flood(const struct map *map, int start, int cells_max)
{
    uint8_t distance[CELLS];
    uint16_t queue[LOOKED_MAX];
    struct outlook seen = {.room = 1};
    memset(distance, UNMET, sizeof distance);
    queue[0] = (uint16_t)start;
    distance[start] = 1;
    for (int i = 0; i < seen.room; i++) {
        int at = queue[i], away = distance[at];
        seen.food += map->what[at] * 256 / (away * away);
        for (unsigned way = 0; way < 4; way++) {
            int next = step(at, way);
            seen.is_open = seen.is_open || map->what[next] == EDGE;
            if (distance[next] != UNMET || is_blocked(map, next) || seen.room == cells_max)
                continue;
            distance[next] = (uint8_t)(away + 1 < UNMET ? away + 1 : UNMET - 1);
            queue[seen.room++] = (uint16_t)next;
        }
    }
    return seen;
}

/* --- judging --------------------------------------------------------------------------------- */

static int room_wanted(const struct arena_sight *sight)
{
    int wanted = sight->length[0] + sight->length[1] * 256 + ROOM_SPARE;
    return wanted < LOOKED_MAX ? wanted : LOOKED_MAX;
}

static int judge(const struct arena_sight *sight, const struct map *map,
                 const struct temper *temper, unsigned way)
{
    int wanted = room_wanted(sight), first = step(MIDDLE, way);
    struct outlook seen = flood(map, first, wanted > LOOKED_AT ? wanted : LOOKED_AT);
    int score = seen.food * temper->appetite / 16;
    if (!seen.is_open && seen.room < wanted)
        score -= (wanted - seen.room) * CAGE_COSTS;
    score -= map->danger[first] * temper->fear / 2;
    if (way == sight->way)
        score += temper->calm;
    return score + (sight->lot >> 2 * way & 3) * temper->whims;
}

/* The best of the three; straight on, if none leads anywhere. */
static unsigned choose_way(const struct arena_sight *sight, const struct map *map,
                           const struct temper *temper)
{
    unsigned straight = sight->way & 3, best = straight;
    int best_score = INT32_MIN;
    for (unsigned turn = 3; turn <= 5; turn++) {
        unsigned way = (straight + turn) & 3;
        if (is_blocked(map, step(MIDDLE, way)))
            continue;
        int score = judge(sight, map, temper, way);
        if (score > best_score) {
            best_score = score;
            best = way;
        }
    }
    return best;
}

/* --- boosting -------------------------------------------------------------------------------- */

static bool is_clear_ahead(const struct map *map, unsigned way)
{
    int at = MIDDLE;
    for (int i = 0; i < BOOST_SPARE; i++) {
        at = step(at, way);
        if (is_blocked(map, at) || (i < 2 && map->danger[at] > 0))
            return false;
    }
    return true;
}

/* A head of others within that distance; with `same_way`, one that goes the same way alone. */
static bool is_head_near(const struct map *map, unsigned way, int far, bool same_way)
{
    for (int y = -far; y <= far; y++)
        for (int x = -far; x <= far; x++) {
            uint8_t what = map->what[MIDDLE + y * STRIDE + x];
            if (what >= ARENA_SIGHT_HEAD && what < ARENA_SIGHT_HEAD + 4 &&
                (!same_way || (what & 3u) == way))
                return true;
        }
    return false;
}

static bool wants_boost(const struct arena_sight *sight, const struct map *map,
                        const struct temper *temper, unsigned way)
{
    if (sight->can_boost != 1 || sight->length[0] + sight->length[1] * 256 < BOOST_LENGTH ||
        !is_clear_ahead(map, way))
        return false;
    return (temper->flees && is_head_near(map, way, 3, false)) ||
           (temper->hunts && is_head_near(map, way, 6, true));
}

uint8_t arena_think(const struct arena_sight *sight)
{
    const struct temper *temper = &tempers[sight->seed % (sizeof tempers / sizeof *tempers)];
    struct map map;
    read_map(sight, &map);
    unsigned way = choose_way(sight, &map, temper);
    bool boost = wants_boost(sight, &map, temper, way);
    return (uint8_t)(way | (boost ? ARENA_INPUT_BOOST : 0));
}
