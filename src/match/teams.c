/* SPDX-License-Identifier: MIT */
#include "match/pool.h"

/* Numbers of parties, large ones first, and as they came among equals. */
static void order_by_size(struct ouro__match_ticket *const *parties, size_t count, size_t *order)
{
    for (size_t i = 0; i < count; i++) {
        size_t at = i;
        while (at > 0 && parties[order[at - 1]]->players < parties[i]->players) {
            order[at] = order[at - 1];
            at--;
        }
        order[at] = i;
    }
}

static uint32_t best_team(const uint32_t *room, const int64_t *skill, uint32_t teams)
{
    uint32_t best = 0;
    for (uint32_t i = 1; i < teams; i++) {
        if (room[i] > room[best] || (room[i] == room[best] && skill[i] < skill[best]))
            best = i;
    }
    return best;
}

bool ouro__match_teams(struct ouro__match_ticket *const *parties, size_t count,
                       const uint32_t *places, uint32_t teams,
                       uint32_t ret_team[OURO_MATCH_PLAYERS_MAX])
{
    size_t order[OURO_MATCH_PLAYERS_MAX];
    uint32_t room[OURO_MATCH_TEAMS_MAX];
    int64_t skill[OURO_MATCH_TEAMS_MAX] = {0};
    ouro_assert(teams > 0);
    for (uint32_t i = 0; i < teams; i++)
        room[i] = places[i];
    order_by_size(parties, count, order);
    for (size_t i = 0; i < count; i++) {
        const struct ouro__match_ticket *party = parties[order[i]];
        uint32_t team = best_team(room, skill, teams);
        if (room[team] < party->players)
            return false;
        room[team] -= party->players;
        skill[team] += (int64_t)party->skill * party->players;
        ret_team[order[i]] = team;
    }
    return true;
}
