/* SPDX-License-Identifier: MIT */
/* The inside of a pool.
 *
 *      table[place] -> ticket          by id
 *      rooms, waiting: lists, oldest first
 *
 * and in a pass, made anew from what waits:
 *
 *      terms    the equalities that most queries ask for, a bit each, 64 at the most
 *      sorted   all tickets, by bucket, then by skill, then oldest first
 *      buckets  runs of `sorted` that have and demand the same bits
 *
 * Two buckets whose bits don't fit have no pair that fits, which is said with two instructions for
 * all their tickets together. What the bits don't say is looked at pair by pair, for the few that
 * are left. */
#ifndef OURO_MATCH_POOL_H
#define OURO_MATCH_POOL_H

#include "match/query.h"

struct ouro__match_ticket {
    struct ouro_link by_age; /* in rooms or waiting */
    struct ouro_match_id id;
    uint64_t number; /* in order of adding */
    int64_t added_at, give_up_ns;
    uint32_t players, players_min, players_max;
    int32_t skill;
    bool is_room, gone; /* gone: matched, given up or cancelled; freed after the pass */
    uint32_t places[OURO_MATCH_TEAMS_MAX];
    void *ud;
    struct ouro__match_facts facts;
    struct ouro__match_query query;
    uint64_t has, demands; /* in this pass: bits of index.terms */
};

#define OURO__MATCH_INDEX_TERMS_MAX 64

struct ouro__match_bucket {
    uint64_t has, demands;
    struct ouro__match_ticket **tickets;
    size_t count;
};

struct ouro__match_index {
    struct ouro__match_ticket **sorted;
    struct ouro__match_bucket *buckets;
    size_t count, bucket_count, cap;
};

/* How far a pass has come: rooms are before all others, and the older ones before the younger. */
struct ouro__match_mark {
    bool is_room;
    uint64_t number;
};

struct ouro_match {
    struct ouro_match_options options;
    struct ouro__match_ticket **table; /* by place; NULL: free */
    uint32_t *generations;
    uint32_t *free_places; /* a stack */
    size_t free_count;
    struct ouro_link rooms, waiting;
    struct ouro_link gone; /* to be freed after the pass */
    struct ouro__match_index index;
    uint64_t last_number;
    /* The last pass was cut short behind that ticket; number 0: it was not. */
    struct ouro__match_mark resume_after;
    bool in_pass;
    struct ouro_match_stats stats;
};

/* Take a ticket out of the pool; its memory stays until the pass is over. */
void ouro__match_remove(struct ouro_match *match, struct ouro__match_ticket *ticket);

/* Make the index of all that waits. 0 or -ENOMEM. */
int ouro__match_index_make(struct ouro_match *match, int64_t now);
void ouro__match_index_done(struct ouro__match_index *index);
static inline bool ouro__match_may_fit(const struct ouro__match_bucket *bucket,
                                       const struct ouro__match_ticket *ticket)
{
    return (ticket->demands & ~bucket->has) == 0 && (bucket->demands & ~ticket->has) == 0;
}
/* The first ticket of the bucket whose skill is not lower; `count` if there is none. */
size_t ouro__match_lower_bound(const struct ouro__match_bucket *bucket, int32_t skill);

/* Put parties into teams that have so many places: large ones first, each where there is most room
 * left, and where skill is lowest among equals. False: they don't fit. */
bool ouro__match_teams(struct ouro__match_ticket *const *parties, size_t count,
                       const uint32_t *places, uint32_t teams,
                       uint32_t ret_team[OURO_MATCH_PLAYERS_MAX]);

#endif
