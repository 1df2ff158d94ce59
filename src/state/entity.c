/* SPDX-License-Identifier: MIT */
/* Entities: their life, what has changed in them, and in which channels they are. */
#include "state/state.h"

#include "wire/field.h"

#include <stdlib.h>
#include <string.h>

#define LOOKED_BITS    64
#define GENERATION_MAX ((1u << OURO_GENERATION_BITS) - 1)

/* --- life ------------------------------------------------------------------------------------- */

static struct ouro__entity *find(const struct ouro_state *state, struct ouro_entity name)
{
    uint32_t index = ouro__index(name);
    struct ouro__entity *entity = index < state->entity_end ? state->entities[index] : NULL;
    return entity && entity->name.id == name.id ? entity : NULL;
}

static size_t aligned(size_t bytes)
{
    size_t unit = _Alignof(max_align_t);
    return (bytes + unit - 1) / unit * unit;
}

/* One block: the struct, the record as it was shown, the stamps, which are read together; the
 * record. */
static struct ouro__entity *entity_alloc(const struct ouro__kind *kind)
{
    size_t head = aligned(sizeof(struct ouro__entity)), record = aligned(kind->type->bytes);
    size_t stamps = aligned(kind->fields * sizeof(uint32_t));
    char *block = calloc(1, head + record + stamps + record);
    if (!block)
        return NULL;
    struct ouro__entity *entity = (void *)block;
    entity->shown = block + head;
    entity->stamps = (void *)(block + head + record);
    entity->record = block + head + record + stamps;
    return entity;
}

static int grow_entities(struct ouro_state *state)
{
    uint32_t cap = state->entity_cap, wanted = state->entity_end + 1;
    if (wanted <= cap)
        return 0;
    /* Arrays of one length: the length counts when the last of them has grown. */
    uint32_t caps[] = {cap, cap, cap};
    int rc = ouro__state_grow(&state->entities, &caps[0], sizeof(struct ouro__entity *), wanted);
    if (rc == 0)
        rc = ouro__state_grow(&state->generations, &caps[1], sizeof *state->generations, wanted);
    if (rc == 0)
        rc = ouro__state_grow(&state->free_indexes, &caps[2], sizeof *state->free_indexes, wanted);
    for (unsigned i = 0; rc == 0 && i < OURO_WHO_COUNT; i++) {
        uint32_t place_cap = cap;
        rc = ouro__state_grow(&state->places[i], &place_cap, sizeof *state->places[i], wanted);
    }
    if (rc == 0)
        rc = OURO__GROW(state, looked, looked_cap, wanted / LOOKED_BITS + 1);
    if (rc == 0)
        state->entity_cap = caps[2];
    return rc;
}

/* The index that has been free for the longest. The ring is as long as there are indexes. */
static int take_index(struct ouro_state *state, uint32_t *ret_index)
{
    if (state->free_count > 0) {
        *ret_index = state->free_indexes[state->free_first];
        state->free_first = (state->free_first + 1) % state->entity_end;
        state->free_count--;
        return 0;
    }
    int rc = grow_entities(state);
    if (rc < 0)
        return rc;
    state->free_first = 0;
    *ret_index = state->entity_end++;
    return 0;
}

static void give_index_back(struct ouro_state *state, uint32_t index)
{
    uint32_t last = (state->free_first + state->free_count++) % state->entity_end;
    state->free_indexes[last] = index;
}

/* Does each publish find out what has changed in it? */
static void set_looked(struct ouro_state *state, uint32_t index, bool looked)
{
    uint64_t bit = UINT64_C(1) << index % LOOKED_BITS, *word = &state->looked[index / LOOKED_BITS];
    *word = looked ? *word | bit : *word & ~bit;
}

static struct ouro_entity next_name(struct ouro_state *state, uint32_t index)
{
    uint32_t generation = state->generations[index] % GENERATION_MAX + 1;
    state->generations[index] = generation;
    return (struct ouro_entity){generation << OURO_ENTITY_INDEX_BITS | index};
}

int ouro_entity_new(struct ouro_state *state, uint32_t type, struct ouro_entity *ret_entity)
{
    ouro_assert(type < state->kind_count);
    uint32_t index;
    if (state->entity_count == state->options.entities_max)
        return -OURO_ELIMIT;
    struct ouro__entity *entity = entity_alloc(&state->kinds[type]);
    if (!entity)
        return -ENOMEM;
    if (take_index(state, &index) < 0) {
        free(entity);
        return -ENOMEM;
    }
    entity->type = type;
    entity->name = next_name(state, index);
    entity->unplaced = true;
    set_looked(state, index, true);
    for (unsigned i = 0; i < OURO_WHO_COUNT; i++)
        state->places[i][index] = (struct ouro__place){.channel = OURO__NONE, .entity = entity};
    state->entities[index] = entity;
    state->entity_count++;
    *ret_entity = entity->name;
    return 0;
}

void *ouro_entity_record(struct ouro_state *state, struct ouro_entity name)
{
    struct ouro__entity *entity = find(state, name);
    return entity ? entity->record : NULL;
}

void ouro_entity_end(struct ouro_state *state, struct ouro_entity name)
{
    struct ouro__entity *entity = find(state, name);
    uint32_t index = ouro__index(name);
    if (!entity)
        return;
    for (unsigned i = 0; i < OURO_WHO_COUNT; i++)
        ouro__channel_leave(state, index, i);
    set_looked(state, index, false);
    state->entities[index] = NULL;
    state->entity_count--;
    give_index_back(state, index);
    free(entity);
}

void ouro__entities_done(struct ouro_state *state)
{
    for (uint32_t i = 0; i < state->entity_end; i++)
        free(state->entities[i]);
    free(state->entities);
    for (unsigned i = 0; i < OURO_WHO_COUNT; i++)
        free(state->places[i]);
    free(state->generations);
    free(state->free_indexes);
    free(state->looked);
}

/* --- where it belongs ------------------------------------------------------------------------- */

int ouro_entity_show(struct ouro_state *state, struct ouro_entity name,
                     const struct ouro_audience *audience)
{
    struct ouro__entity *entity = find(state, name);
    if (!entity)
        return -ESTALE;
    ouro_assert(audience->who < OURO_WHO_COUNT);
    set_looked(state, ouro__index(name), true);
    entity->unplaced = true;
    entity->audience = *audience;
    return 0;
}

static struct ouro__key key_of(const struct ouro_state *state, const struct ouro__entity *entity,
                               unsigned audience)
{
    const struct ouro__kind *kind = &state->kinds[entity->type];
    struct ouro__key key = {.audience = (uint8_t)audience, .everywhere = true};
    if (audience == OURO_WHO_TEAM)
        key.whose = entity->audience.team;
    if (audience == OURO_WHO_OWNER)
        key.whose = entity->audience.owner;
    else if (kind->x && !kind->type->everywhere && !entity->audience.everywhere)
        key.everywhere = false;
    if (!key.everywhere)
        key.cell = ouro__grid_cell(state->options.cell, ouro__field_number(kind->x, entity->record),
                                   ouro__field_number(kind->y, entity->record));
    return key;
}

/* Does that audience exist, and does it see anything of the entity? */
static bool is_for(const struct ouro_state *state, const struct ouro__entity *entity,
                   unsigned audience)
{
    if (!state->kinds[entity->type].masks[entity->audience.who][audience])
        return false;
    return audience == OURO_WHO_ALL || (audience == OURO_WHO_TEAM && entity->audience.team) ||
           (audience == OURO_WHO_OWNER && entity->audience.owner);
}

/* The views that have not looked for such channels must do so now. */
static void use(struct ouro_state *state, unsigned audience)
{
    if (state->uses[audience])
        return;
    state->uses[audience] = true;
    for (uint32_t i = 0; i < state->view_count; i++)
        state->views[i]->stale = true;
}

static void move(struct ouro_state *state, struct ouro__entity *entity, unsigned audience,
                 const struct ouro__key *key)
{
    uint32_t to = ouro__channel(state, key);
    ouro__channel_leave(state, ouro__index(entity->name), audience);
    if (to == OURO__NONE)
        entity->unplaced = true; /* nobody sees it until there is memory */
    else
        ouro__channel_enter(state, to, ouro__index(entity->name), audience);
}

/* Into the channel where it belongs. `anew`: its fields may be for others than before. */
static void place(struct ouro_state *state, struct ouro__entity *entity, unsigned audience,
                  bool anew)
{
    uint32_t index = ouro__index(entity->name), was = state->places[audience][index].channel;
    if (!is_for(state, entity, audience)) {
        ouro__channel_leave(state, index, audience);
        return;
    }
    struct ouro__key key = key_of(state, entity, audience);
    use(state, audience);
    if (was == OURO__NONE || !ouro__key_equal(&state->channels[was].key, &key))
        move(state, entity, audience, &key);
    else if (anew)
        ouro__channel_retell(state, index, audience);
}

/* --- what has changed ------------------------------------------------------------------------- */

static void stamp(struct ouro_state *state, struct ouro__entity *entity, uint32_t changes)
{
    const struct ouro__kind *kind = &state->kinds[entity->type];
    uint32_t index = ouro__index(entity->name);
    state->stats.changes++;
    for (unsigned i = 0; i < kind->fields; i++) {
        if (changes >> i & 1)
            entity->stamps[i] = state->now;
    }
    for (unsigned i = 0; i < OURO_WHO_COUNT; i++) {
        if (changes & kind->masks[entity->audience.who][i] &&
            state->places[i][index].channel != OURO__NONE)
            ouro__channel_touch(state, index, i);
    }
}

static void place_everywhere(struct ouro_state *state, struct ouro__entity *entity, bool anew)
{
    entity->unplaced = false;
    for (unsigned i = 0; i < OURO_WHO_COUNT; i++)
        place(state, entity, i, anew);
}

static void look_at(struct ouro_state *state, struct ouro__entity *entity)
{
    const struct ouro__kind *kind = &state->kinds[entity->type];
    bool differs = memcmp(entity->record, entity->shown, kind->type->bytes) != 0;
    if (!differs && !entity->unplaced)
        return;
    uint32_t changes = ouro_record_changes(kind->type, entity->record, entity->shown);
    memcpy(entity->shown, entity->record, kind->type->bytes);
    if (entity->unplaced || kind->x)
        place_everywhere(state, entity, entity->unplaced);
    if (changes)
        stamp(state, entity, changes);
}

static void look_at_index(struct ouro_state *state, uint32_t index)
{
    struct ouro__entity *entity = state->entities[index];
    look_at(state, entity);
    if (state->kinds[entity->type].type->still && !entity->unplaced)
        set_looked(state, index, false);
}

void ouro__entities_look_at(struct ouro_state *state)
{
    for (uint32_t first = 0; first < state->entity_end; first += LOOKED_BITS) {
        uint64_t looked = state->looked[first / LOOKED_BITS];
        for (; looked; looked &= looked - 1)
            look_at_index(state, first + (uint32_t)__builtin_ctzll(looked));
    }
}
