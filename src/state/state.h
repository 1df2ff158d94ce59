/* SPDX-License-Identifier: MIT */
/* The inside of a state.
 *
 *      places[audience][index of an entity] --> channels[number] <--subscriptions-- views
 *
 *      a channel:   first -> most recently changed -> ... -> least recently   (entities, linked)
 *                   leave_first (oldest) <-> ... <-> leave_last (newest)      (who has left it)
 *
 * `now` counts publishes, from 1 on, and is what things are stamped with. What has changed since
 * publish t is a channel's members up to the first that has not, and of those the fields that have;
 * and of those who left, the ones that left after t. So a delta costs what has changed, whatever t.
 */
#ifndef OURO_STATE_STATE_H
#define OURO_STATE_STATE_H

#include "state/grid.h"
#include "state/slab.h"

#define OURO__NONE UINT32_MAX

/* --- entities --------------------------------------------------------------------------------- */

/* An entity in a channel. They lie apart from entities, close together: who walks along a channel's
 * list knows who comes next before it has seen anybody. */
struct ouro__place {
    uint32_t channel; /* or none */
    uint32_t entered, changed;
    uint32_t prev, next;   /* entities in the same channel: changed later, and earlier */
    uint32_t next_changed; /* as the next one has it: who stops there need not look at it */
    const struct ouro__entity *entity;
};

struct ouro__entity {
    struct ouro_entity name;
    uint32_t type;
    struct ouro_audience audience;
    bool unplaced; /* is new, or is to be shown to others than before */
    char *shown;   /* the record as it was published; after this struct, and the others after it */
    uint32_t *stamps; /* for each field, when it changed */
    char *record;     /* as it is */
};

/* What is looked up often about a type. */
struct ouro__kind {
    const struct ouro_type *type;
    unsigned fields;
    const struct ouro_field *x, *y; /* NULL: it has no position */
    /* The fields that are for an audience, if the entity is for no wider one than the first. */
    uint32_t masks[OURO_WHO_COUNT][OURO_WHO_COUNT];
};

/* --- channels --------------------------------------------------------------------------------- */

struct ouro__key {
    struct ouro__cell cell; /* 0, 0 if everywhere */
    uint32_t whose;         /* team or owner */
    uint8_t audience;
    bool everywhere;
};

/* Someone who was in a channel. */
struct ouro__leave {
    uint32_t at;
    struct ouro_entity name;
    uint32_t prev, next;
};

/* What each view that looks at it reads comes first. */
struct ouro__channel {
    uint32_t changed;               /* when */
    uint32_t horizon;               /* who left up to then has been forgotten */
    uint32_t sections, sections_at; /* encoded in that publish */
    uint32_t first, members;        /* next in the list of free ones, if it is one */
    uint32_t first_changed;
    uint32_t views; /* that look at it */
    uint32_t mark;  /* see view.c */
    uint32_t leave_first, leave_last, leaves;
    struct ouro__key key;
};

/* A section, encoded in this publish. */
struct ouro__section {
    uint32_t base; /* 0: a keyframe */
    uint32_t piece, pieces;
    uint32_t bytes;
    uint32_t next; /* of the same channel */
};

/* --- views ------------------------------------------------------------------------------------ */

struct ouro__look {
    uint32_t channel;
    uint32_t base;  /* what the client knows is as of then; 0: it does not know the channel */
    uint32_t since; /* when there was last nothing new in it */
};

/* What ouro_view_look() reads shares a cache line, and all of it fills three. */
struct ouro_view {
    struct ouro_state *state;
    struct ouro_player *player;
    struct ouro__cells near, far; /* what comes into view, and what stays there */
    bool stale;                   /* what it looks at is to be found out again */
    bool fresh;                   /* the client knows nothing */
    bool kicked;                  /* told once */
    bool looks_around;            /* ouro_view_look() was called */
    uint32_t number;

    struct ouro_view_options options;
    uint32_t divisor, clean; /* as it is now; snapshots since it was last lowered */
    uint32_t divisor_told;
    uint32_t tick; /* of the last snapshot */
    uint32_t input, input_told;
    struct ouro__look *looks;
    uint32_t look_count, look_cap;

    double x, y;          /* the middle of where it looks */
    int64_t behind_since; /* 0: it is not */
    uint64_t snapshots, skipped, keyframes;
    uint32_t *forgets; /* channels that the client knows, and that are out of view */
    uint32_t forget_count, forget_cap;
};

/* --- the state -------------------------------------------------------------------------------- */

/* A section that could be sent to a view; none: it has not been encoded yet. */
struct ouro__want {
    uint32_t look, channel, base, section;
    uint64_t urgency;
    bool chosen;
};

/* So many at a time are brought from memory before they are encoded: their entities fit into the
 * cache next to the core. */
#define OURO__PREFETCH_SECTIONS 16

#define OURO__SCRATCH_BYTES (OURO_SECTION_BYTES_MAX + 16)

struct ouro_state {
    struct ouro_state_options options;
    struct ouro__kind *kinds;
    uint32_t kind_count;
    bool uses[OURO_WHO_COUNT]; /* are there channels for this audience? */
    uint32_t now, tick, interval;

    struct ouro__entity **entities;             /* by index; NULL: free */
    struct ouro__place *places[OURO_WHO_COUNT]; /* by index */
    uint32_t *generations;                      /* by index, of the last that was there */
    uint32_t *free_indexes;                     /* a ring, so that each rests for long */
    uint64_t *looked;                           /* a bit by index: each publish looks at it */
    uint32_t looked_cap;                        /* words */
    uint32_t free_first, free_count;
    uint32_t entity_count, entity_end, entity_cap;

    struct ouro__channel *channels;
    uint32_t channel_end, channel_cap, channel_free, channel_count;
    uint32_t *table; /* hashed: number plus one */
    uint32_t table_cap;
    uint32_t mark;
    struct ouro__leave *leaves;
    uint32_t leave_end, leave_cap, leave_free;

    struct ouro_view **views;
    uint32_t view_count, view_cap, rotation;

    /* Of this publish. */
    struct ouro__slab slab; /* sections */
    struct ouro__section *sections;
    uint32_t section_count, section_cap;
    struct ouro_part *pieces;
    uint32_t piece_count, piece_cap;
    struct ouro__want *wants;
    uint32_t want_count, want_cap;
    struct ouro__slab heads; /* what is written for one view alone; of each the same few bytes */
    struct ouro_part *parts; /* of what is being sent to one view */
    uint32_t part_count, part_cap;
    uint8_t *scratch; /* OURO__SCRATCH_BYTES */

    struct ouro_state_stats stats;
};

#define OURO__CACHE_LINE 64

/* Have memory bring that; it may reach beyond what is there. */
static inline void ouro__bring(const void *from, size_t bytes)
{
    for (size_t i = 0; i < bytes; i += OURO__CACHE_LINE)
        __builtin_prefetch((const char *)from + i);
}

/* Room for `wanted` elements of a size. 0, -ENOMEM with everything as it was. */
int ouro__state_grow(void *array_at, uint32_t *cap, size_t size, uint32_t wanted);
#define OURO__GROW(state, array, cap, wanted) \
    ouro__state_grow(&(state)->array, &(state)->cap, sizeof *(state)->array, (wanted))

/* entity.c */
void ouro__entities_look_at(struct ouro_state *state); /* what has changed? */
void ouro__entities_done(struct ouro_state *state);
static inline uint32_t ouro__index(struct ouro_entity entity)
{
    return entity.id & (OURO_ENTITIES_MAX - 1);
}

/* channel.c */

/* The channel's number; none: memory is out. */
uint32_t ouro__channel(struct ouro_state *state, const struct ouro__key *key);
/* Gone, if nobody is in it or looks at it. */
void ouro__channel_release(struct ouro_state *state, uint32_t number);
void ouro__channel_enter(struct ouro_state *state, uint32_t number, uint32_t index,
                         unsigned audience);
void ouro__channel_leave(struct ouro_state *state, uint32_t index, unsigned audience);
/* Something in it has changed. Or: it is told anew, whole, to those who know it, too. */
void ouro__channel_touch(struct ouro_state *state, uint32_t index, unsigned audience);
void ouro__channel_retell(struct ouro_state *state, uint32_t index, unsigned audience);
bool ouro__key_equal(const struct ouro__key *a, const struct ouro__key *b);

/* section.c */

/* What brings somebody from that publish to now; base 0: a keyframe. The section's number, none:
 * memory is out. */
uint32_t ouro__section_encode(struct ouro_state *state, uint32_t channel, uint32_t base);
/* Sections of these are encoded next: have memory bring who is in them. */
void ouro__sections_prefetch(const struct ouro_state *state, const struct ouro__want *wants,
                             uint32_t count);

/* view.c */

/* Find out again what it looks at, if need be. Where memory is out it stays stale. */
void ouro__view_refresh(struct ouro_view *view);

/* gather.c */

/* Send the view what is new to it. 0 or more; as ops->send(). */
int ouro__view_gather(struct ouro_view *view);

/* pace.c */

/* Its turn comes after so many others, OURO__PREFETCH_TURNS and down to 1: have memory bring what
 * serving it looks at. NULL is fine. */
#define OURO__PREFETCH_TURNS (OURO_PREFETCH_TURNS + 2)
void ouro__view_prefetch(const struct ouro_view *view, unsigned turns);
/* The view is due: send, or leave it out. */
void ouro__view_serve(struct ouro_view *view);

#endif
