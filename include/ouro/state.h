/* SPDX-License-Identifier: MIT */
/**
 * state: what a room's players see of its world. The room changes entities as it likes; once per
 * tick the state finds out what has changed, encodes it once, and sends each player what it may
 * see and has not been told yet.
 *
 *      room's body -> structs of entities -> ouro_state_publish() -> channels -> sections, once
 * each | shared player <- ops->send_parts() <- one message per view, gathered from these <--+
 *
 * A *channel* is what some see and others don't: a cell of the grid, what is everywhere, what a
 * team sees of a cell, what a player alone sees. A *section* is what has changed in a channel since
 * some tick, or all of it (a keyframe). However many look at a channel, its sections are encoded
 * once. docs/state.md has the rules, and each byte.
 *
 * A state belongs to the loop of its room. Nothing here waits. Memory is allocated when entities,
 * views and channels come, not per view and tick.
 *
 * It is a room of the house of its own, on game: it needs players to send to, and nothing of rooms.
 */
#ifndef OURO_STATE_H
#define OURO_STATE_H

#include "ouro/game.h"
#include "ouro/wire.h"

#ifdef __cplusplus
extern "C" {
#endif

struct ouro_state;
struct ouro_view;

/** An entity's name. After its end it means none, until 4,095 others have had its index, of which
 *  the one that rested longest is taken. All zero: none. */
struct ouro_entity {
    uint32_t id; /**< index in the lowest OURO_ENTITY_INDEX_BITS, generation above, from 1 on */
};

/* --- bounds ----------------------------------------------------------------------------------- */

/** How many publishes a view may be behind and still get deltas; else it gets keyframes. */
#define OURO_STATE_HISTORY 64
/** A section that would be longer is made two. */
#define OURO_SECTION_BYTES_MAX 16384
/** Cells that a view covers at the most; a larger rectangle is cut around its middle. */
#define OURO_VIEW_CELLS_MAX 256
/** The largest divisor of a view's rate. */
#define OURO_VIEW_DIVISOR_MAX 64

/** The code that a player is closed with who can't keep up. */
#define OURO_STATE_CLOSE_TOO_SLOW 4101

/* --- the state -------------------------------------------------------------------------------- */

/** Zero means the default in parentheses. */
struct ouro_state_options {
    const struct ouro_type *types; /**< outlives the state */
    double cell;                   /**< side of a cell of the grid; 0: the world has no space */
    uint32_t entities_max;         /**< at a time (65,536) */
    uint32_t bytes_max;            /**< of a view's snapshot, see below (16 KiB) */
    size_t backlog_bytes_max;      /**< a player with more gets no snapshot (4 KiB) */
    int64_t behind_ns_max;         /**< a player behind for longer is asked to go (10 s) */
    uint32_t divisor_max;          /**< how far the rate of a slow player is lowered (8) */
};

/** 0; -ENOMEM; -EINVAL, -OURO_ELIMIT: as ouro_types_check(), or what the options are. */
OURO_API int ouro_state_new(const struct ouro_state_options *options,
                            struct ouro_state **ret_state);
/** Free, with all entities and views. NULL is fine. Returns NULL. */
OURO_API struct ouro_state *ouro_state_free(struct ouro_state *state);

/**
 * Publish what is now, as of `tick`, which grows from call to call by 1 or more: a room that
 * simulates at 60 Hz and publishes each third tick sends at 20 Hz. Finds out what has changed and
 * sends it to the views that are due, from a different one on each time. Where memory is out, what
 * could not be sent is sent later.
 */
OURO_API void ouro_state_publish(struct ouro_state *state, uint32_t tick);

/** Counters, always on. */
struct ouro_state_stats {
    uint64_t publishes;
    uint64_t changes;                   /**< entities that were found to be different */
    uint64_t sections, section_bytes;   /**< encoded; keyframes included */
    uint64_t keyframes;                 /**< of these */
    uint64_t snapshots, snapshot_bytes; /**< sent, to all views together */
    uint64_t sections_sent, keyframes_sent;
    uint64_t sections_deferred; /**< left for a later snapshot, for want of bytes */
    uint64_t quiet;             /**< views that were due, and nothing was new to them */
    uint64_t skipped;           /**< views that were due, and their player was behind */
    uint64_t failed;            /**< sends that failed, or had no memory */
    uint64_t rates_lowered, rates_raised;
    uint64_t kicked;                    /**< for having been behind for too long */
    uint32_t entities, views, channels; /**< now */
};
OURO_API struct ouro_state_stats ouro_state_stats(const struct ouro_state *state);

/* --- entities --------------------------------------------------------------------------------- */

/**
 * A new entity of the type with that number in the table, all zero, for everyone to see. It is sent
 * by the next publish, as it is then. 0; -OURO_ELIMIT: there are entities_max; -ENOMEM.
 */
OURO_API int ouro_entity_new(struct ouro_state *state, uint32_t type,
                             struct ouro_entity *ret_entity);
/** Its struct, to be read and changed at any time until its end; it stays where it is. NULL: there
 *  is no such entity, any more. */
OURO_API void *ouro_entity_record(struct ouro_state *state, struct ouro_entity entity);
/** It ends. What it was last is never sent. A stale one is fine. */
OURO_API void ouro_entity_end(struct ouro_state *state, struct ouro_entity entity);

/** Who sees an entity. All zero: everyone whose view it is in. */
struct ouro_audience {
    uint32_t owner;  /**< ouro_view_options.owner of who sees fields of OURO_WHO_OWNER; 0: nobody */
    uint32_t team;   /**< likewise for OURO_WHO_TEAM */
    uint8_t who;     /**< enum ouro_who: nobody else sees anything of it; as does the type's */
    bool everywhere; /**< wherever it is; as does the type's */
};
/** From the next publish on. 0; -ESTALE: there is no such entity. */
OURO_API int ouro_entity_show(struct ouro_state *state, struct ouro_entity entity,
                              const struct ouro_audience *audience);

/* --- views ------------------------------------------------------------------------------------ */

/** Zero means the default in parentheses. */
struct ouro_view_options {
    uint32_t owner;     /**< which entities' OURO_WHO_OWNER it sees (0: none's) */
    uint32_t team;      /**< likewise OURO_WHO_TEAM (0: none's) */
    uint32_t divisor;   /**< a snapshot at each so-many-th publish (1) */
    uint32_t bytes_max; /**< of a snapshot, as the client gets it: what is nearest, and what has
                             waited longest, comes first; what is to be forgotten and one section
                             are always sent (the state's) */
    /** From the snapshot on that is about to be sent they come at each so-many-th publish: it was
     *  asked for, or the player is slow, or no longer. What this sends leaves before it. (nobody)
     */
    void (*rate)(struct ouro_player *player, uint32_t divisor);
};

/**
 * What a player sees; it outlives the view. At first: what is everywhere. 0, -ENOMEM.
 *
 * Of the player only `ops` and `away` are used: who is away is sent nothing. If that has no
 * send_parts(), snapshots are copied into frames for its send().
 */
OURO_API int ouro_view_new(struct ouro_state *state, struct ouro_player *player,
                           const struct ouro_view_options *options, struct ouro_view **ret_view);
/** NULL is fine. Returns NULL. */
OURO_API struct ouro_view *ouro_view_free(struct ouro_view *view);

/** A rectangle of the world. */
struct ouro_rect {
    double x, y; /**< its middle */
    double width, height;
};
/**
 * Look there, from the next publish on. Cells that touch the rectangle come into view; they go out
 * of it when they are more than a quarter of a cell away, so that who walks to and fro on a border
 * pays for it once. Does nothing in a state without space.
 */
OURO_API void ouro_view_look(struct ouro_view *view, const struct ouro_rect *rect);
/** Be of another team, from the next publish on. */
OURO_API void ouro_view_join(struct ouro_view *view, uint32_t team);
/** A snapshot at each so-many-th publish, 1 to OURO_VIEW_DIVISOR_MAX (what is beyond is cut). */
OURO_API void ouro_view_rate(struct ouro_view *view, uint32_t divisor);
/** Snapshots of so many bytes at the most, as bytes_max of struct ouro_view_options; 0: the
 * state's.
 */
OURO_API void ouro_view_bytes(struct ouro_view *view, uint32_t bytes_max);
/** The last input of this player that has been dealt with: the next snapshot tells it. */
OURO_API void ouro_view_input(struct ouro_view *view, uint32_t sequence);
/** The player's client knows nothing any more (it has come back by another connection): the next
 *  snapshot is a fresh one. One that was asked to go begins anew, too. */
OURO_API void ouro_view_reset(struct ouro_view *view);

/** How a view is doing. */
struct ouro_view_stats {
    uint32_t divisor;  /**< as it is now: a slow player's is larger than was asked for */
    uint32_t channels; /**< in view */
    uint32_t tick;     /**< of the last snapshot sent */
    bool behind;       /**< the last one due was skipped */
    uint64_t snapshots, skipped, keyframes;
};
OURO_API struct ouro_view_stats ouro_view_stats(const struct ouro_view *view);

#ifdef __cplusplus
}
#endif
#endif
