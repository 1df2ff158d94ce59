/* SPDX-License-Identifier: MIT */
/* A thought: what each of the three ways leads to, and which is best. */
#include "rules/arena_brain.h"

#include <string.h>

/* The map is the sight with a frame around it, so that no step has to ask where it ends. */
#define STRIDE (ARENA_SIGHT_SIDE + 2)
#define CELLS  (STRIDE * STRIDE)
#define MIDDLE (STRIDE * (ARENA_SIGHT_FAR + 1) + ARENA_SIGHT_FAR + 1)

#define EDGE 0xff /* beyond the sight: there may be room */

#define LOOKED_AT   700    /* cells that a thought looks at */
#define ROOM_ENOUGH 300    /* cells that are room for any length */
#define ROOM_SPARE  30     /* cells more than twice its own length that a way should lead to */
#define CAGE_COSTS  100000 /* for each cell that is missing: more than all else together */

#define BOOST_SPARE  4  /* free cells ahead, without which nobody boosts */
#define BOOST_LENGTH 12 /* who is shorter keeps what it has */

/* How much things count. */
struct temper {
    int appetite; /* food */
    int fear;     /* cells that a head may enter next */
    int care;     /* each body or wall beside */
    int calm;     /* going straight on */
    int whims;    /* chance */
    bool flees;   /* boosts away from heads */
    bool hunts;   /* boosts to get in front of heads */
};

static const struct temper tempers[] = {
    {.appetite = 16, .fear = 4000, .care = 800, .calm = 12, .whims = 4, .flees = true},
    {.appetite = 40, .fear = 2000, .care = 200, .calm = 8, .whims = 4, .flees = true},
    {.appetite = 16, .fear = 1000, .care = 300, .calm = 16, .whims = 8, .hunts = true},
    {.appetite = 8, .fear = 3000, .care = 600, .calm = 60, .whims = 16, .flees = true},
};

struct map {
    uint8_t what[CELLS];   /* as in a sight, or EDGE */
    uint8_t danger[CELLS]; /* 2: a head may be there next; 1: if it boosts */
};

/* What each way leads to, among the cells that it is the shortest way to. */
struct outlook {
    int room[4];      /* cells */
    int food[4];      /* the more and the nearer, the larger */
    bool is_open[4];  /* there may be more, beyond the sight */
    unsigned meet[4]; /* the ways, a bit for each, that lead into the same room, with itself */
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

struct flood {
    const struct map *map;
    uint8_t from[CELLS];     /* the way that came here first, plus 1; 0: none did */
    uint8_t distance[CELLS]; /* where one did */
    uint16_t queue[LOOKED_AT];
    int count; /* in the queue */
    struct outlook seen;
};

static void enter(struct flood *flood, int at, unsigned way, int distance)
{
    if (flood->count == LOOKED_AT)
        return;
    flood->from[at] = (uint8_t)(way + 1);
    flood->distance[at] = (uint8_t)(distance < UINT8_MAX ? distance : UINT8_MAX);
    flood->queue[flood->count++] = (uint16_t)at;
    flood->seen.room[way]++;
    flood->seen.food[way] += flood->map->what[at] * 256 / (distance * distance);
}

/* What is next to a cell: more room, another way's, what is beyond the sight, or nothing. */
static void look_on(struct flood *flood, int at, int next)
{
    unsigned way = flood->from[at] - 1u;
    if (flood->from[next] != 0) {
        flood->seen.meet[way] |= 1u << (flood->from[next] - 1);
        flood->seen.meet[flood->from[next] - 1] |= 1u << way;
    } else if (flood->map->what[next] == EDGE) {
        flood->seen.is_open[way] = true;
    } else if (!is_blocked(flood->map, next)) {
        enter(flood, next, way, flood->distance[at] + 1);
    }
}

/* All ways at once, the nearest cells first. */
static struct outlook look_around(const struct map *map, unsigned straight)
{
    struct flood flood = {.map = map};
    for (unsigned turn = 3; turn <= 5; turn++) {
        unsigned way = (straight + turn) & 3;
        flood.seen.meet[way] = 1u << way;
        if (!is_blocked(map, step(MIDDLE, way)))
            enter(&flood, step(MIDDLE, way), way, 1);
    }
    for (int i = 0; i < flood.count; i++)
        for (unsigned way = 0; way < 4; way++)
            look_on(&flood, flood.queue[i], step(flood.queue[i], way));
    return flood.seen;
}

/* The ways that lead into one room with this one, also by a third. */
static unsigned meeting(const struct outlook *seen, unsigned way)
{
    unsigned met = seen->meet[way];
    for (unsigned other = 0; other < 4; other++)
        if (met & 1u << other)
            met |= seen->meet[other];
    return met;
}

/* The cells of the room that a way leads into; ENOUGH, if it is open. */
static int room_of(const struct outlook *seen, unsigned way)
{
    unsigned met = meeting(seen, way);
    int room = 0;
    for (unsigned other = 0; other < 4; other++) {
        if (!(met & 1u << other))
            continue;
        room += seen->is_open[other] ? ROOM_ENOUGH : seen->room[other];
    }
    return room;
}

/* --- judging --------------------------------------------------------------------------------- */

static int room_wanted(const struct arena_sight *sight)
{
    int length = sight->length[0] + sight->length[1] * 256, wanted = 2 * length + ROOM_SPARE;
    return wanted < ROOM_ENOUGH ? wanted : ROOM_ENOUGH;
}

/* How many of the cells ahead and aside of a cell are blocked, 0 to 5: bodies that one keeps close
 * to are what cages are made of. */
static int tightness(const struct map *map, int at, unsigned way)
{
    int left = step(at, way + 3), right = step(at, way + 1);
    return is_blocked(map, left) + is_blocked(map, right) + is_blocked(map, step(left, way)) +
           is_blocked(map, step(right, way)) + is_blocked(map, step(at, way));
}

static int judge(const struct arena_sight *sight, const struct map *map, const struct outlook *seen,
                 const struct temper *temper, unsigned way)
{
    int missing = room_wanted(sight) - room_of(seen, way);
    int score = seen->food[way] * temper->appetite / 16;
    if (missing > 0)
        score -= missing * CAGE_COSTS;
    score -= map->danger[step(MIDDLE, way)] * temper->fear / 2;
    score -= tightness(map, step(MIDDLE, way), way) * temper->care;
    if (way == (sight->way & 3u))
        score += temper->calm;
    return score + (sight->lot >> 2 * way & 3) * temper->whims;
}

/* The best of the three; straight on, if none leads anywhere. */
static unsigned choose_way(const struct arena_sight *sight, const struct map *map,
                           const struct temper *temper)
{
    unsigned straight = sight->way & 3, best = straight;
    struct outlook seen = look_around(map, straight);
    int best_score = INT32_MIN;
    for (unsigned turn = 3; turn <= 5; turn++) {
        unsigned way = (straight + turn) & 3;
        if (is_blocked(map, step(MIDDLE, way)))
            continue;
        int score = judge(sight, map, &seen, temper, way);
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
