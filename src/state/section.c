/* SPDX-License-Identifier: MIT */
/* Sections: what brings somebody from a publish to now, in bytes. */
#include "state/state.h"

#include <string.h>

/* Entities lie all over the memory. */
#define PREFETCH_BYTES   192 /* of one, as far as it is read here */
#define PREFETCH_TURNS   4
#define PREFETCH_MEMBERS 32 /* of a channel, before it is encoded */

#define END_BYTES      2  /* of the end record, in the worst place */
#define HEAD_BYTES_MAX 16 /* of a section */
_Static_assert(HEAD_BYTES_MAX + OURO_SECTION_BYTES_MAX <= OURO__SCRATCH_BYTES, "it fits");
_Static_assert(2 * OURO_RECORD_BYTES_MAX < OURO_SECTION_BYTES_MAX, "a record fits into a piece");

/* One being written. Pieces of it go to the slab as they become full. */
struct encoding {
    struct ouro_state *state;
    uint32_t channel;
    uint8_t kind; /* of the next piece */
    struct ouro__section section;
    struct ouro_writer writer;
    int rc;
};

/* --- pieces ----------------------------------------------------------------------------------- */

static uint8_t *body_of(const struct ouro_state *state)
{
    return state->scratch + HEAD_BYTES_MAX;
}

static void begin_piece(struct encoding *encoding)
{
    ouro_writer_init(&encoding->writer, body_of(encoding->state),
                     OURO_SECTION_BYTES_MAX - END_BYTES);
}

/* The head goes right in front of the body, which lies in the scratch. */
static int put_piece(struct ouro_state *state, const struct ouro_section *begin)
{
    uint8_t head_bytes[HEAD_BYTES_MAX];
    struct ouro_writer head;
    int rc = OURO__GROW(state, pieces, piece_cap, state->piece_count + 1);
    if (rc < 0)
        return rc;
    ouro_writer_init(&head, head_bytes, sizeof head_bytes);
    ouro_section_write(&head, begin);
    uint8_t *whole = body_of(state) - head.len;
    memcpy(whole, head_bytes, head.len);
    return ouro__slab_put(&state->slab, whole, (uint32_t)head.len + begin->bytes,
                          &state->pieces[state->piece_count]);
}

static void end_piece(struct encoding *encoding)
{
    struct ouro_state *state = encoding->state;
    struct ouro_writer *writer = &encoding->writer;
    writer->cap = OURO_SECTION_BYTES_MAX;
    ouro_writer_bits(writer, OURO_RECORD_END, 2);
    struct ouro_section begin = {
        .channel = encoding->channel,
        .audience = state->channels[encoding->channel].key.audience,
        .kind = encoding->kind,
        .bytes = (uint32_t)ouro_writer_end(writer),
    };
    if (encoding->rc == 0)
        encoding->rc = put_piece(state, &begin);
    if (encoding->rc < 0)
        return;
    encoding->section.pieces++;
    encoding->section.bytes += state->pieces[state->piece_count++].len;
    encoding->kind = OURO_SECTION_DELTA; /* what follows a keyframe's first piece adds to it */
}

/* --- records ---------------------------------------------------------------------------------- */

static void write_leave(struct encoding *encoding, const struct ouro__leave *leave)
{
    struct ouro_state *state = encoding->state;
    struct ouro_writer *writer = &encoding->writer;
    uint8_t audience = state->channels[encoding->channel].key.audience;
    const struct ouro__entity *entity = state->entities[ouro__index(leave->name)];
    bool lives = entity && entity->name.id == leave->name.id;
    uint32_t to = lives ? state->places[audience][ouro__index(leave->name)].channel : OURO__NONE;
    if (to == encoding->channel) /* it is back, and enters below */
        return;
    ouro_writer_bits(writer, OURO_RECORD_LEAVE, 2);
    ouro_writer_varint(writer, ouro__index(leave->name));
    ouro_writer_varint(writer, to == OURO__NONE ? 0 : (uint64_t)to + 1);
}

/* Fields of the entity that its audience may see and that have changed since. */
static uint32_t changed_since(const struct ouro__entity *entity, uint32_t fields, uint32_t base)
{
    uint32_t mask = 0;
    for (unsigned i = 0; i < OURO_FIELDS_MAX; i++) {
        if (fields >> i & 1 && entity->stamps[i] > base)
            mask |= 1u << i;
    }
    return mask;
}

static void write_member(struct encoding *encoding, const struct ouro__place *place, uint32_t index,
                         uint32_t base)
{
    struct ouro_state *state = encoding->state;
    struct ouro_writer *writer = &encoding->writer;
    const struct ouro__entity *entity = place->entity;
    uint8_t audience = state->channels[encoding->channel].key.audience;
    const struct ouro__kind *kind = &state->kinds[entity->type];
    uint32_t fields = kind->masks[entity->audience.who][audience];
    bool enters = place->entered > base;
    if (!enters)
        fields = changed_since(entity, fields, base);
    ouro_writer_bits(writer, enters ? OURO_RECORD_ENTER : OURO_RECORD_UPDATE, 2);
    ouro_writer_varint(writer, index);
    if (enters) {
        ouro_writer_bits(writer, entity->name.id >> OURO_ENTITY_INDEX_BITS, OURO_GENERATION_BITS);
        ouro_writer_bits(writer, entity->type, 8);
    }
    ouro_record_write(writer, kind->type, entity->shown, fields);
}

/* Write it into this piece or, if it does not fit, into the next. */
#define WRITE_SOMEWHERE(encoding, write)                 \
    do {                                                 \
        struct ouro_writer before_ = (encoding)->writer; \
        write;                                           \
        if ((encoding)->writer.failed) {                 \
            (encoding)->writer = before_;                \
            end_piece(encoding);                         \
            begin_piece(encoding);                       \
            write;                                       \
        }                                                \
    } while (0)

/* In the order in which they left: the last one says where an entity is. */
static void write_leaves(struct encoding *encoding, uint32_t base)
{
    struct ouro_state *state = encoding->state;
    uint32_t at = state->channels[encoding->channel].leave_last, first = OURO__NONE;
    for (; at != OURO__NONE && state->leaves[at].at > base; at = state->leaves[at].prev)
        first = at;
    for (at = first; at != OURO__NONE; at = state->leaves[at].next)
        WRITE_SOMEWHERE(encoding, write_leave(encoding, &state->leaves[at]));
}

/* Along the members that have changed. */
struct walk {
    const struct ouro__place *places;
    uint32_t base, next, next_changed;
};

/* Whose turn it is; none: it was the last one's. */
static uint32_t walk_on(struct walk *walk)
{
    uint32_t index = walk->next_changed > walk->base ? walk->next : OURO__NONE;
    if (index == OURO__NONE)
        return index;
    walk->next = walk->places[index].next;
    walk->next_changed = walk->places[index].next_changed;
    return index;
}

static struct walk walk_from(const struct ouro_state *state, uint32_t number, uint32_t base)
{
    const struct ouro__channel *channel = &state->channels[number];
    return (struct walk){.places = state->places[channel->key.audience],
                         .base = base,
                         .next = channel->first,
                         .next_changed = channel->first_changed};
}

/* A step, and memory brings who is there. */
static bool walk_ahead(struct walk *ahead)
{
    uint32_t index = walk_on(ahead);
    if (index != OURO__NONE)
        ouro__bring(ahead->places[index].entity, PREFETCH_BYTES);
    return index != OURO__NONE;
}

static void write_members(struct encoding *encoding, uint32_t base)
{
    struct walk walk = walk_from(encoding->state, encoding->channel, base), ahead = walk;
    for (unsigned i = 0; i < PREFETCH_TURNS; i++)
        walk_ahead(&ahead);
    for (uint32_t index; (index = walk_on(&walk)) != OURO__NONE;) {
        walk_ahead(&ahead);
        WRITE_SOMEWHERE(encoding, write_member(encoding, &walk.places[index], index, base));
    }
}

/* Who walks along one list waits for memory at each step, and who walks along many side by side
 * waits as long for a step of all. */
void ouro__sections_prefetch(const struct ouro_state *state, const struct ouro__want *wants,
                             uint32_t count)
{
    struct walk walks[OURO__PREFETCH_SECTIONS];
    uint32_t walking = 0;
    for (uint32_t i = 0; i < count && i < OURO__PREFETCH_SECTIONS; i++) {
        if (wants[i].section == OURO__NONE)
            walks[walking++] = walk_from(state, wants[i].channel, wants[i].base);
    }
    for (unsigned step = 0; step < PREFETCH_MEMBERS && walking > 0; step++) {
        for (uint32_t i = walking; i-- > 0;) {
            if (!walk_ahead(&walks[i]))
                walks[i] = walks[--walking];
        }
    }
}

/* --- sections --------------------------------------------------------------------------------- */

static void count_section(struct ouro_state *state, const struct ouro__section *section)
{
    state->stats.sections++;
    state->stats.section_bytes += section->bytes;
    state->stats.keyframes += section->base == 0;
}

/* What has been put into the slab of a section that fails stays there unused until the next tick.
 */
uint32_t ouro__section_encode(struct ouro_state *state, uint32_t channel, uint32_t base)
{
    struct ouro__channel *at = &state->channels[channel];
    if (OURO__GROW(state, sections, section_cap, state->section_count + 1) < 0)
        return OURO__NONE;
    struct encoding encoding = {
        .state = state,
        .channel = channel,
        .kind = base == 0 ? OURO_SECTION_KEYFRAME : OURO_SECTION_DELTA,
        .section = {.base = base, .piece = state->piece_count, .next = at->sections},
    };
    begin_piece(&encoding);
    if (base > 0)
        write_leaves(&encoding, base);
    write_members(&encoding, base);
    end_piece(&encoding);
    if (encoding.rc < 0)
        return OURO__NONE;
    state->sections[state->section_count] = encoding.section;
    count_section(state, &encoding.section);
    return at->sections = state->section_count++;
}
