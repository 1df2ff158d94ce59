/* SPDX-License-Identifier: MIT */
/* A pass: from the oldest on, each looks for those who fit with it. */
#include "match/pool.h"

#include <stdlib.h>

/* How many more than it needs a ticket looks at in a bucket: some of them won't fit. */
#define SPARE          8
#define CANDIDATES_MAX 512
/* To hold two queries against each other costs so many looks. */
#define FIT_WORK 8

struct candidate {
    struct ouro__match_ticket *ticket;
    int64_t apart;
};

/* A match that is being put together around its anchor. */
struct gathering {
    struct ouro_match *match;
    struct ouro__match_ticket *anchor;
    int64_t now;
    struct ouro__match_ticket *parties[OURO_MATCH_PLAYERS_MAX];
    uint32_t team[OURO_MATCH_PLAYERS_MAX];
    size_t count;
    uint32_t players, players_min, players_max;
    struct candidate candidates[CANDIDATES_MAX];
    size_t candidate_count;
};

static int64_t waited(const struct gathering *gathering, const struct ouro__match_ticket *ticket)
{
    return gathering->now - ticket->added_at;
}

/* --- candidates ------------------------------------------------------------------------------- */

/* How far in skill the others may be from the anchor by now. */
static int64_t reach(const struct gathering *gathering)
{
    const struct ouro_match_options *options = &gathering->match->options;
    if (options->skill_apart == 0 && options->skill_apart_per_second == 0)
        return INT64_MAX;
    int64_t seconds = waited(gathering, gathering->anchor) / OURO_SEC(1);
    int64_t wide = seconds < INT32_MAX ? seconds * options->skill_apart_per_second : INT32_MAX;
    wide += options->skill_apart;
    return wide < options->skill_apart_max ? wide : options->skill_apart_max;
}

static int64_t apart(const struct gathering *gathering, const struct ouro__match_ticket *ticket)
{
    int64_t difference = (int64_t)ticket->skill - gathering->anchor->skill;
    return difference < 0 ? -difference : difference;
}

/* One more, unless it is too far away: then there is nobody beyond it. */
static bool look_at(struct gathering *gathering, struct ouro__match_ticket *ticket, int64_t far,
                    size_t *found)
{
    int64_t distance = apart(gathering, ticket);
    gathering->match->stats.work++;
    if (distance > far || gathering->candidate_count == CANDIDATES_MAX)
        return false;
    if (!ticket->gone && ticket != gathering->anchor) {
        gathering->candidates[gathering->candidate_count++] = (struct candidate){ticket, distance};
        ++*found;
    }
    return true;
}

/* The nearest in skill on both sides, some more than would be needed. */
static void look_into(struct gathering *gathering, const struct ouro__match_bucket *bucket,
                      int64_t far)
{
    size_t wanted = gathering->players_max - gathering->players + SPARE, found;
    size_t middle = ouro__match_lower_bound(bucket, gathering->anchor->skill);
    found = 0;
    for (size_t i = middle; i < bucket->count && found < wanted; i++) {
        if (!look_at(gathering, bucket->tickets[i], far, &found))
            break;
    }
    found = 0;
    for (size_t i = middle; i > 0 && found < wanted; i--) {
        if (!look_at(gathering, bucket->tickets[i - 1], far, &found))
            break;
    }
}

static int nearest_then_oldest(const void *a, const void *b)
{
    const struct candidate *x = a, *y = b;
    if (x->apart != y->apart)
        return x->apart < y->apart ? -1 : 1;
    return x->ticket->number < y->ticket->number ? -1 : 1;
}

static int oldest(const void *a, const void *b)
{
    const struct candidate *x = a, *y = b;
    return x->ticket->number < y->ticket->number ? -1 : 1;
}

static void find_candidates(struct gathering *gathering)
{
    const struct ouro__match_index *index = &gathering->match->index;
    int64_t far = reach(gathering);
    /* From another bucket on each time: where there are too many candidates, all get their turn. */
    size_t first = index->bucket_count ? gathering->anchor->number % index->bucket_count : 0;
    for (size_t i = 0; i < index->bucket_count; i++) {
        const struct ouro__match_bucket *bucket =
            &index->buckets[(first + i) % index->bucket_count];
        gathering->match->stats.work++;
        if (ouro__match_may_fit(bucket, gathering->anchor))
            look_into(gathering, bucket, far);
    }
    qsort(gathering->candidates, gathering->candidate_count, sizeof *gathering->candidates,
          far == INT64_MAX ? oldest : nearest_then_oldest);
}

/* --- who joins -------------------------------------------------------------------------------- */

static bool fit(const struct gathering *gathering, const struct ouro__match_ticket *a,
                const struct ouro__match_ticket *b)
{
    const struct ouro_match_options *options = &gathering->match->options;
    gathering->match->stats.work += FIT_WORK;
    return ouro__match_query_holds(&a->query, waited(gathering, a), &b->facts) &&
           ouro__match_query_holds(&b->query, waited(gathering, b), &a->facts) &&
           (!options->together || options->together(a->ud, b->ud, options->ud));
}

static bool fits_with_all(const struct gathering *gathering,
                          const struct ouro__match_ticket *ticket)
{
    if (gathering->anchor->is_room && !fit(gathering, gathering->anchor, ticket))
        return false;
    for (size_t i = 0; i < gathering->count; i++) {
        if (!fit(gathering, gathering->parties[i], ticket))
            return false;
    }
    return true;
}

static bool find_teams(struct gathering *gathering)
{
    uint32_t teams = gathering->match->options.teams, equal[OURO_MATCH_TEAMS_MAX];
    const uint32_t *places = gathering->anchor->places;
    for (uint32_t i = 0; i < teams; i++)
        equal[i] = gathering->players_max / teams;
    if (!gathering->anchor->is_room)
        places = equal;
    return ouro__match_teams(gathering->parties, gathering->count, places, teams, gathering->team);
}

static uint32_t lesser(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

/* A room is as large as it is: what the party wants of a new match is not asked. */
static void narrow(struct gathering *gathering, const struct ouro__match_ticket *ticket)
{
    if (gathering->anchor->is_room)
        return;
    gathering->players_max = lesser(gathering->players_max, ticket->players_max);
    if (gathering->players_min < ticket->players_min)
        gathering->players_min = ticket->players_min;
}

static void try_to_join(struct gathering *gathering, struct ouro__match_ticket *ticket)
{
    uint32_t min = gathering->players_min, max = gathering->players_max;
    narrow(gathering, ticket);
    gathering->parties[gathering->count] = ticket;
    if (gathering->players + ticket->players <= gathering->players_max &&
        gathering->players_min <= gathering->players_max && fits_with_all(gathering, ticket)) {
        gathering->count++;
        if (find_teams(gathering)) {
            gathering->players += ticket->players;
            return;
        }
        gathering->count--;
    }
    gathering->players_min = min;
    gathering->players_max = max;
}

/* --- is it enough? ---------------------------------------------------------------------------- */

static bool teams_are_equal(const struct gathering *gathering)
{
    uint32_t teams = gathering->match->options.teams, sizes[OURO_MATCH_TEAMS_MAX] = {0};
    for (size_t i = 0; i < gathering->count; i++)
        sizes[gathering->team[i]] += gathering->parties[i]->players;
    for (uint32_t i = 1; i < teams; i++) {
        if (sizes[i] != sizes[0])
            return false;
    }
    return true;
}

/* After the patience fewer are enough; who came last steps back until teams are equal. */
static bool settle_for_less(struct gathering *gathering)
{
    if (waited(gathering, gathering->anchor) < gathering->match->options.patience_ns)
        return false;
    while (gathering->players >= gathering->players_min) {
        if (find_teams(gathering) && teams_are_equal(gathering))
            return true;
        gathering->players -= gathering->parties[--gathering->count]->players;
    }
    return false;
}

static bool is_enough(struct gathering *gathering)
{
    if (gathering->anchor->is_room)
        return gathering->count > 0;
    return gathering->players == gathering->players_max || settle_for_less(gathering);
}

/* --- the match -------------------------------------------------------------------------------- */

static struct ouro_match_party party_of(const struct gathering *gathering, size_t i)
{
    const struct ouro__match_ticket *ticket = gathering->parties[i];
    return (struct ouro_match_party){
        .id = ticket->id,
        .ud = ticket->ud,
        .players = ticket->players,
        .team = gathering->team[i],
        .skill = ticket->skill,
        .waited_ns = waited(gathering, ticket),
    };
}

static void take_places(struct gathering *gathering)
{
    struct ouro__match_ticket *room = gathering->anchor;
    uint32_t left = 0;
    for (size_t i = 0; i < gathering->count; i++)
        room->places[gathering->team[i]] -= gathering->parties[i]->players;
    for (uint32_t i = 0; i < gathering->match->options.teams; i++)
        left += room->places[i];
    if (left == 0)
        ouro__match_remove(gathering->match, room);
}

static int longest_first(const void *a, const void *b)
{
    const struct ouro_match_party *x = a, *y = b;
    return x->waited_ns > y->waited_ns ? -1 : x->waited_ns < y->waited_ns;
}

static void tell(struct gathering *gathering)
{
    struct ouro_match *match = gathering->match;
    struct ouro_match_party parties[OURO_MATCH_PLAYERS_MAX];
    struct ouro_match_found found = {
        .parties = parties, .count = gathering->count, .players = gathering->players};
    for (size_t i = 0; i < gathering->count; i++) {
        parties[i] = party_of(gathering, i);
        ouro__match_remove(match, gathering->parties[i]);
    }
    qsort(parties, found.count, sizeof *parties, longest_first);
    if (gathering->anchor->is_room) {
        found.has_room = true;
        found.room = gathering->anchor->id;
        found.room_ud = gathering->anchor->ud;
        take_places(gathering);
    }
    match->stats.matched += found.count;
    match->stats.matches++;
    match->options.found(&found, match->options.ud);
}

static uint32_t places_of(const struct gathering *gathering)
{
    uint32_t places = 0;
    for (uint32_t i = 0; i < gathering->match->options.teams; i++)
        places += gathering->anchor->places[i];
    return places;
}

static void begin(struct gathering *gathering, struct ouro_match *match,
                  struct ouro__match_ticket *anchor, int64_t now)
{
    gathering->match = match;
    gathering->anchor = anchor;
    gathering->now = now;
    gathering->count = gathering->candidate_count = 0;
    gathering->players = anchor->players;
    gathering->players_min = anchor->players_min;
    gathering->players_max = anchor->is_room ? places_of(gathering) : anchor->players_max;
    if (!anchor->is_room)
        gathering->parties[gathering->count++] = anchor;
}

/* True: a match was made around it. */
static bool gather_around(struct gathering *gathering)
{
    find_teams(gathering);
    find_candidates(gathering);
    for (size_t i = 0; i < gathering->candidate_count; i++) {
        if (gathering->players == gathering->players_max)
            break;
        try_to_join(gathering, gathering->candidates[i].ticket);
    }
    if (!is_enough(gathering))
        return false;
    tell(gathering);
    return true;
}

/* --- the pass --------------------------------------------------------------------------------- */

static void let_go_who_gave_up(struct ouro_match *match, struct ouro__match_ticket *const *tickets,
                               size_t count, int64_t now)
{
    for (size_t i = 0; i < count; i++) {
        struct ouro__match_ticket *ticket = tickets[i];
        if (ticket->gone /* NOLINT: as many as there are wait in the lists */ ||
            now - ticket->added_at < ticket->give_up_ns)
            continue;
        ouro__match_remove(match, ticket);
        match->stats.gave_up++;
        if (match->options.gave_up)
            match->options.gave_up(ticket->id, ticket->ud, match->options.ud);
    }
}

static void free_gone(struct ouro_match *match)
{
    struct ouro_link *link;
    while ((link = ouro_list_pop(&match->gone)))
        free(ouro_container(link, struct ouro__match_ticket, by_age));
}

static bool is_cut_short(struct ouro_match *match, uint64_t work_max,
                         const struct ouro__match_ticket *ticket)
{
    if (match->stats.work < work_max)
        return false;
    match->resume_after = (struct ouro__match_mark){ticket->is_room, ticket->number};
    match->stats.cut_short++;
    return true;
}

/* It had its turn in the pass that came so far. */
static bool is_behind(const struct ouro__match_ticket *ticket, struct ouro__match_mark mark)
{
    if (ticket->is_room != mark.is_room)
        return mark.number > 0 && ticket->is_room;
    return ticket->number <= mark.number;
}

/* Rooms first: an array, since the hooks may change the lists. */
static void list_by_age(struct ouro_match *match, struct ouro__match_ticket **ret_tickets)
{
    struct ouro_link *lists[] = {&match->rooms, &match->waiting};
    for (size_t i = 0; i < 2; i++) {
        ouro_list_each (link, lists[i])
            *ret_tickets++ = ouro_container(link, struct ouro__match_ticket, by_age);
    }
}

static size_t match_all(struct ouro_match *match, struct ouro__match_ticket **anchors, size_t count,
                        int64_t now)
{
    uint64_t work_max = match->stats.work + match->options.work_max;
    struct ouro__match_mark resume_after = match->resume_after;
    struct gathering gathering;
    size_t matches = 0;
    match->resume_after = (struct ouro__match_mark){0};
    for (size_t i = 0; i < count; i++) {
        struct ouro__match_ticket *anchor = anchors[i];
        if (anchor->gone || is_behind(anchor, resume_after))
            continue;
        begin(&gathering, match, anchor, now);
        matches += gather_around(&gathering);
        if (is_cut_short(match, work_max, anchor))
            break;
    }
    return matches;
}

size_t ouro_match_pass(struct ouro_match *match, int64_t now)
{
    ouro_assert(!match->in_pass);
    size_t count = match->stats.waiting, matches = 0;
    struct ouro__match_ticket **tickets = calloc(count ? count : 1, sizeof *tickets);
    if (!tickets)
        return 0; /* nobody is matched this time; they go on waiting */
    match->in_pass = true;
    list_by_age(match, tickets);
    let_go_who_gave_up(match, tickets, count, now);
    if (ouro__match_index_make(match, now) == 0)
        matches = match_all(match, tickets, count, now);
    match->in_pass = false;
    free_gone(match);
    free(tickets);
    return matches;
}
