/* SPDX-License-Identifier: MIT */
/**
 * match: who plays with whom.
 *
 *      player, party -> TICKET: properties, query, skill, how many -\
 *                                                                    > a PASS -> matches, told by
 * hook running room  -> TICKET: free places, by team --------------/
 *
 * Pure but for memory: tickets and the time come in, matches come out. Nothing waits, nothing has a
 * clock; who owns the pool calls ouro_match_pass() as often as players should be matched, some
 * times a second. One thread.
 *
 * Fairness is the order: rooms that have places first, then whoever waits longest, and who waits
 * longest decides how far in skill the others may be from it. So nobody is passed over for ever by
 * those who find each other at once.
 */
#ifndef OURO_MATCH_H
#define OURO_MATCH_H

#include "ouro/base.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Tickets of one kind of game, and its rules. */
struct ouro_match;

#define OURO_MATCH_PLAYERS_MAX    64 /**< of a match */
#define OURO_MATCH_TEAMS_MAX      8
#define OURO_MATCH_PROPERTIES_MAX 8   /**< of a ticket */
#define OURO_MATCH_TERMS_MAX      8   /**< of a query */
#define OURO_MATCH_QUERY_BYTES    256 /**< of a query, with its NUL */
#define OURO_MATCH_TEXT_BYTES     64  /**< of a name or a text, with its NUL */

/* --- tickets ---------------------------------------------------------------------------------- */

/** A ticket's name; a stale one is an error, never another's. */
struct ouro_match_id {
    uint32_t place, generation;
};

/** What is said of a player, for others' queries: a text or a number. Names and texts are of
 *  letters, digits, '_', '-' and '.'. */
struct ouro_match_property {
    const char *name;
    const char *text; /**< NULL: it is the number */
    double number;
};

/**
 * A player, a party that stays together, or a room with free places. Everything is copied. Zero
 * means the default in parentheses.
 *
 * The query says whom it would play with: terms with spaces between, all of which must hold for the
 * other's properties, as the other's must hold for its own.
 *
 *      region=eu mode=ranked level>=5 level<=20 ping<80~10s
 *
 * Operators are = != < <= > >=; those with an order are for numbers. A property that is not there
 * fails every term but !=. "~10s" (or ms, m): after that much waiting the term no longer counts.
 */
struct ouro_match_ticket {
    const char *query; /**< (NULL: anybody) */
    const struct ouro_match_property *properties;
    size_t property_count;
    uint32_t players; /**< in the party (1) */
    /** Of a match that it would be in (the pool's). Not fewer than the pool's; where teams are, as
     *  many as make equal ones. */
    uint32_t players_min, players_max;
    int32_t skill;      /**< of a party: what its owner takes for it, the average */
    int64_t give_up_ns; /**< after so much waiting (the pool's; a room: never) */
    bool is_room;       /**< a running room, with these places: */
    uint32_t places[OURO_MATCH_TEAMS_MAX];
    void *ud;
};

/* --- what comes of it ------------------------------------------------------------------------- */

/** A party in a match. */
struct ouro_match_party {
    struct ouro_match_id id; /**< stale from now on */
    void *ud;
    uint32_t players, team;
    int32_t skill;
    int64_t waited_ns;
};

struct ouro_match_found {
    const struct ouro_match_party *parties; /**< who waited longest is first */
    size_t count;
    uint32_t players;          /**< of all of them */
    bool has_room;             /**< they go into that room; else one is to be made */
    struct ouro_match_id room; /**< valid until its last place is taken */
    void *room_ud;
};

/** Called from within ouro_match_pass(), with pointers valid during the call. May add and cancel
 *  tickets. */
typedef void ouro_match_found_hook(const struct ouro_match_found *found, void *ud);
/** The same for a ticket that has waited for as long as it would; it is gone. */
typedef void ouro_match_gave_up_hook(struct ouro_match_id id, void *ticket_ud, void *ud);
/** May these two tickets, whose queries let them, be in one match? What a query can't say: that
 * they are the same player's, say. The room, if one is, is `a`. Changes nothing. */
typedef bool ouro_match_together_hook(void *a_ud, void *b_ud, void *ud);

/* --- the pool --------------------------------------------------------------------------------- */

/** Zero means the default in parentheses. */
struct ouro_match_options {
    uint32_t tickets_max;              /**< waiting at a time (20,000) */
    uint32_t players_min, players_max; /**< of a match (2; the same as players_min) */
    uint32_t teams;                    /**< of equal size (1) */
    int32_t skill_apart;               /**< how far from the one who waits longest (any) */
    int32_t skill_apart_per_second;    /**< and so much further with each second of its waiting */
    int32_t skill_apart_max;           /**< but never further (any) */
    int64_t patience_ns;               /**< for players_max; then players_min are enough (5 s) */
    int64_t give_up_ns;                /**< (60 s) */
    uint32_t work_max; /**< looks at tickets in a pass; the next goes on from there (500,000) */
    uint64_t seed;     /**< for hashing names that strangers choose: a random number */
    ouro_match_found_hook *found;
    ouro_match_gave_up_hook *gave_up;   /**< (nobody) */
    ouro_match_together_hook *together; /**< (all may) */
    void *ud;
};

/** A pool, the caller's. 0; -EINVAL: players, teams or a hook that don't fit; -ENOMEM. */
OURO_API int ouro_match_new(const struct ouro_match_options *options,
                            struct ouro_match **ret_match);
/** Free, and forget all tickets. NULL is fine. Returns NULL. Not from a hook. */
OURO_API struct ouro_match *ouro_match_free(struct ouro_match *match);

/**
 * Let a ticket wait. `now` as in all calls of a pool: nanoseconds that don't run backwards.
 * 0; -EINVAL: a query, a name or a text that can't be read, or players that fit into no match;
 * -OURO_ELIMIT: tickets_max wait already, or more properties or terms than a ticket may have.
 */
OURO_API int ouro_match_add(struct ouro_match *match, int64_t now,
                            const struct ouro_match_ticket *ticket, struct ouro_match_id *ret_id);
/** Take a ticket back. 0; -ENOENT: it has been matched, has given up, or never was. */
OURO_API int ouro_match_cancel(struct ouro_match *match, struct ouro_match_id id);
/** Match who fits together, and let go who has waited long enough. Returns how many matches. */
OURO_API size_t ouro_match_pass(struct ouro_match *match, int64_t now);

/** Counters of a pool, always on. */
struct ouro_match_stats {
    size_t waiting;                              /**< tickets, rooms included */
    uint64_t added, matched, gave_up, cancelled; /**< tickets */
    uint64_t matches;
    uint64_t work;      /**< looks at tickets, as work_max counts them */
    uint64_t cut_short; /**< passes that ended at work_max */
};
OURO_API struct ouro_match_stats ouro_match_stats(const struct ouro_match *match);

/** Can the query be read? 0, -EINVAL, -OURO_ELIMIT, as ouro_match_add() would say. Any thread. */
OURO_API int ouro_match_check_query(const char *query);

#ifdef __cplusplus
}
#endif
#endif
