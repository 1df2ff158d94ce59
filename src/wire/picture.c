/* SPDX-License-Identifier: MIT */
/* What a client knows. docs/state.md, "What a client does with it", is the text to this.
 *
 * A thing is in up to three places, one per audience. Until the end of a snapshot places may be
 * out of date; then sweep() takes away what is in no channel that is held. */
#include "wire/field.h"

#include <stdlib.h>
#include <string.h>

#define CHANNELS_MAX                                                            \
    OURO_ENTITIES_MAX /* numbers are dense, so there are no more of them either \
                       */

struct place {
    uint32_t channel; /* plus one; 0: none */
    uint32_t fields;  /* that came from there */
};

struct thing {
    void *record; /* NULL: there is none with this index */
    const struct ouro_type *type;
    uint32_t generation;
    uint32_t known; /* fields */
    struct place places[OURO_WHO_COUNT];
};

struct ouro_picture {
    const struct ouro_type *types;
    unsigned type_count;
    struct ouro_snapshot snapshot;
    bool must_sweep;
    size_t count;
    struct thing *things; /* by index */
    size_t thing_cap;
    bool *held; /* by channel */
    size_t held_cap;
};

/* --- memory ----------------------------------------------------------------------------------- */

/* Room for `wanted` elements, new ones zero. */
static int grow(void **array, size_t *cap, size_t size, size_t wanted)
{
    size_t room = *cap ? *cap : 16;
    if (wanted <= *cap)
        return 0;
    while (room < wanted)
        room *= 2;
    char *bigger = realloc(*array, room * size);
    if (!bigger)
        return -ENOMEM;
    memset(bigger + *cap * size, 0, (room - *cap) * size);
    *array = bigger;
    *cap = room;
    return 0;
}

static int grow_things(struct ouro_picture *picture, size_t wanted)
{
    void *things = picture->things;
    int rc = grow(&things, &picture->thing_cap, sizeof *picture->things, wanted);
    picture->things = things;
    return rc;
}

static int grow_held(struct ouro_picture *picture, size_t wanted)
{
    void *held = picture->held;
    int rc = grow(&held, &picture->held_cap, sizeof *picture->held, wanted);
    picture->held = held;
    return rc;
}

/* --- things ----------------------------------------------------------------------------------- */

static void drop(struct ouro_picture *picture, struct thing *thing)
{
    picture->count -= thing->record != NULL;
    free(thing->record);
    *thing = (struct thing){0};
}

static void drop_all(struct ouro_picture *picture)
{
    for (size_t i = 0; i < picture->thing_cap; i++)
        drop(picture, &picture->things[i]);
    if (picture->held)
        memset(picture->held, 0, picture->held_cap * sizeof *picture->held);
}

static bool holds(const struct ouro_picture *picture, const struct place *place)
{
    return place->channel > 0 && place->channel <= picture->held_cap &&
           picture->held[place->channel - 1];
}

static void forget_fields(struct thing *thing, uint32_t fields)
{
    for (const struct ouro_field *field = thing->type->fields; field->name; field++, fields >>= 1) {
        if (fields & 1)
            memset((char *)thing->record + field->offset, 0, field->bytes);
    }
}

/* Leave of a thing what is in channels that are held. */
static void sweep_thing(struct ouro_picture *picture, struct thing *thing)
{
    uint32_t known = 0;
    bool here = false;
    for (unsigned i = 0; i < OURO_WHO_COUNT; i++) {
        struct place *place = &thing->places[i];
        if (holds(picture, place)) {
            known |= place->fields;
            here = true;
        } else {
            *place = (struct place){0};
        }
    }
    if (!here) {
        drop(picture, thing);
        return;
    }
    forget_fields(thing, thing->known & ~known);
    thing->known = known;
}

static void sweep(struct ouro_picture *picture)
{
    for (size_t i = 0; i < picture->thing_cap; i++) {
        if (picture->things[i].record)
            sweep_thing(picture, &picture->things[i]);
    }
    picture->must_sweep = false;
}

/* --- records ---------------------------------------------------------------------------------- */

static uint32_t read_index(struct ouro_reader *reader)
{
    uint64_t index = ouro_reader_varint(reader);
    reader->failed |= index >= OURO_ENTITIES_MAX;
    return reader->failed ? 0 : (uint32_t)index;
}

static struct thing *find(const struct ouro_picture *picture, uint32_t index)
{
    struct thing *thing = index < picture->thing_cap ? &picture->things[index] : NULL;
    return thing && thing->record ? thing : NULL;
}

static int take_update(struct ouro_picture *picture, struct ouro_reader *reader)
{
    struct thing *thing = find(picture, read_index(reader));
    if (!thing)
        return -OURO_EMALFORMED;
    thing->known |= ouro_record_read(reader, thing->type, thing->record);
    return 0;
}

/* The thing that enters, which may be there already. */
static int come(struct ouro_picture *picture, uint32_t index, uint32_t generation,
                const struct ouro_type *type, struct thing **ret_thing)
{
    int rc = grow_things(picture, (size_t)index + 1);
    if (rc < 0)
        return rc;
    struct thing *thing = *ret_thing = &picture->things[index];
    if (thing->record && thing->generation == generation && thing->type == type)
        return 0;
    drop(picture, thing);
    *thing = (struct thing){.record = calloc(1, type->bytes), .type = type};
    thing->generation = generation;
    picture->count += thing->record != NULL;
    return thing->record ? 0 : -ENOMEM;
}

static int take_enter(struct ouro_picture *picture, struct ouro_reader *reader,
                      const struct ouro_section *section)
{
    uint32_t index = read_index(reader);
    uint32_t generation = ouro_reader_bits(reader, OURO_GENERATION_BITS);
    uint32_t type = ouro_reader_bits(reader, 8);
    struct thing *thing;
    if (reader->failed || type >= picture->type_count)
        return -OURO_EMALFORMED;
    int rc = come(picture, index, generation, &picture->types[type], &thing);
    if (rc < 0)
        return rc;
    uint32_t fields = ouro_record_read(reader, thing->type, thing->record);
    struct place *place = &thing->places[section->audience];
    picture->must_sweep |= (place->fields & ~fields) != 0;
    *place = (struct place){section->channel + 1, fields};
    thing->known |= fields;
    return 0;
}

static int take_leave(struct ouro_picture *picture, struct ouro_reader *reader,
                      const struct ouro_section *section)
{
    struct thing *thing = find(picture, read_index(reader));
    uint64_t to = ouro_reader_varint(reader);
    if (to > CHANNELS_MAX)
        return -OURO_EMALFORMED;
    struct place *place = thing ? &thing->places[section->audience] : NULL;
    if (place && place->channel == section->channel + 1)
        place->channel = (uint32_t)to;
    picture->must_sweep = true;
    return 0;
}

static int take_records(struct ouro_picture *picture, struct ouro_reader *reader,
                        const struct ouro_section *section)
{
    int rc = 0;
    while (rc == 0) {
        switch (ouro_reader_bits(reader, 2)) {
        case OURO_RECORD_END:
            return ouro_reader_left(reader) > 0 ? -OURO_EMALFORMED : 0;
        case OURO_RECORD_UPDATE:
            rc = take_update(picture, reader);
            break;
        case OURO_RECORD_ENTER:
            rc = take_enter(picture, reader, section);
            break;
        default:
            rc = take_leave(picture, reader, section);
        }
    }
    return rc;
}

/* --- sections --------------------------------------------------------------------------------- */

/* What is in the channel is not known to be there any more. */
static void empty(struct ouro_picture *picture, uint32_t channel)
{
    for (size_t i = 0; i < picture->thing_cap; i++) {
        for (unsigned j = 0; j < OURO_WHO_COUNT; j++) {
            struct place *place = &picture->things[i].places[j];
            if (place->channel == channel + 1)
                place->channel = 0;
        }
    }
    picture->must_sweep = true;
}

static int take_section(struct ouro_picture *picture, struct ouro_reader *reader,
                        const struct ouro_section *section)
{
    if (section->audience >= OURO_WHO_COUNT)
        return 0;
    if (section->channel >= CHANNELS_MAX)
        return -OURO_EMALFORMED;
    int rc = grow_held(picture, (size_t)section->channel + 1);
    if (rc < 0)
        return rc;
    if (section->kind == OURO_SECTION_FORGET || section->kind == OURO_SECTION_KEYFRAME) {
        picture->held[section->channel] = section->kind == OURO_SECTION_KEYFRAME;
        empty(picture, section->channel);
    }
    if (section->kind == OURO_SECTION_DELTA || section->kind == OURO_SECTION_KEYFRAME)
        rc = take_records(picture, reader, section);
    return reader->failed ? -OURO_EMALFORMED : rc;
}

static int take_sections(struct ouro_picture *picture, struct ouro_reader *reader)
{
    int rc = 0;
    while (rc == 0 && ouro_reader_left(reader) > 0) {
        struct ouro_section section;
        struct ouro_reader inside;
        ouro_section_read(reader, &section);
        if (reader->failed)
            break;
        ouro_reader_init(&inside, reader->data + reader->bit / 8, section.bytes);
        reader->bit += 8 * (size_t)section.bytes;
        rc = take_section(picture, &inside, &section);
    }
    return reader->failed ? -OURO_EMALFORMED : rc;
}

int ouro_picture_apply(struct ouro_picture *picture, const void *message, size_t len)
{
    struct ouro_reader reader;
    struct ouro_snapshot snapshot;
    ouro_reader_init(&reader, message, len);
    ouro_snapshot_read(&reader, &snapshot);
    if (reader.failed)
        return -OURO_EMALFORMED;
    if (snapshot.flags & OURO_SNAPSHOT_FRESH)
        drop_all(picture);
    int rc = take_sections(picture, &reader);
    if (rc < 0)
        return rc;
    picture->snapshot = snapshot;
    if (snapshot.flags & OURO_SNAPSHOT_MORE)
        return 0;
    if (picture->must_sweep)
        sweep(picture);
    return 1;
}

/* --- looking ---------------------------------------------------------------------------------- */

const struct ouro_snapshot *ouro_picture_snapshot(const struct ouro_picture *picture)
{
    return &picture->snapshot;
}

size_t ouro_picture_count(const struct ouro_picture *picture)
{
    return picture->count;
}

bool ouro_picture_next(const struct ouro_picture *picture, uint32_t index,
                       struct ouro_seen *ret_seen)
{
    for (size_t i = index; i < picture->thing_cap; i++) {
        const struct thing *thing = &picture->things[i];
        if (!thing->record)
            continue;
        *ret_seen = (struct ouro_seen){(uint32_t)i, thing->generation, thing->type, thing->record,
                                       thing->known};
        return true;
    }
    return false;
}

/* --- life ------------------------------------------------------------------------------------- */

int ouro_picture_new(const struct ouro_type *types, struct ouro_picture **ret_picture)
{
    int rc = ouro_types_check(types);
    if (rc < 0)
        return rc;
    struct ouro_picture *picture = calloc(1, sizeof *picture);
    if (!picture)
        return -ENOMEM;
    picture->types = types;
    while (types[picture->type_count].name)
        picture->type_count++;
    *ret_picture = picture;
    return 0;
}

struct ouro_picture *ouro_picture_free(struct ouro_picture *picture)
{
    if (!picture)
        return NULL;
    drop_all(picture);
    free(picture->things);
    free(picture->held);
    free(picture);
    return NULL;
}
