/* SPDX-License-Identifier: MIT */
/* Channels: found by their key, who is in them, and who has left. */
#include "state/state.h"

#include <stdlib.h>

/* Of one channel. Who is behind by more gets a keyframe, which is shorter by then. */
#define LEAVES_MAX 1024

/* --- found by key ----------------------------------------------------------------------------- */

bool ouro__key_equal(const struct ouro__key *a, const struct ouro__key *b)
{
    return a->cell.x == b->cell.x && a->cell.y == b->cell.y && a->whose == b->whose &&
           a->audience == b->audience && a->everywhere == b->everywhere;
}

/* The finalizer of MurmurHash3, over all of it in turn. */
static uint32_t hash_of(const struct ouro__key *key)
{
    uint64_t hash = (uint64_t)(uint32_t)key->cell.x << 32 | (uint32_t)key->cell.y;
    hash ^= (uint64_t)key->whose << 3 | (uint64_t)key->audience << 1 | key->everywhere;
    hash = (hash ^ hash >> 33) * UINT64_C(0xff51afd7ed558ccd);
    hash = (hash ^ hash >> 33) * UINT64_C(0xc4ceb9fe1a85ec53);
    return (uint32_t)(hash ^ hash >> 33);
}

/* Where the key is, or a free slot where it could be. */
static uint32_t slot_of(const struct ouro_state *state, const struct ouro__key *key)
{
    uint32_t mask = state->table_cap - 1, slot = hash_of(key) & mask;
    while (state->table[slot] &&
           !ouro__key_equal(&state->channels[state->table[slot] - 1].key, key))
        slot = (slot + 1) & mask;
    return slot;
}

/* Twice as many slots as there can be channels. */
static int grow_table(struct ouro_state *state, uint32_t cap)
{
    uint32_t *table = calloc(cap, sizeof *table), *old = state->table, old_cap = state->table_cap;
    if (!table)
        return -ENOMEM;
    state->table = table;
    state->table_cap = cap;
    for (uint32_t i = 0; i < old_cap; i++) {
        if (old[i])
            table[slot_of(state, &state->channels[old[i] - 1].key)] = old[i];
    }
    free(old);
    return 0;
}

/* Take it out, and move those behind it up that could not have their own slot. */
static void remove_from_table(struct ouro_state *state, const struct ouro__key *key)
{
    uint32_t mask = state->table_cap - 1, hole = slot_of(state, key);
    for (uint32_t slot = hole;;) {
        slot = (slot + 1) & mask;
        if (!state->table[slot])
            break;
        uint32_t home = hash_of(&state->channels[state->table[slot] - 1].key) & mask;
        if (((slot - home) & mask) >= ((slot - hole) & mask)) {
            state->table[hole] = state->table[slot];
            hole = slot;
        }
    }
    state->table[hole] = 0;
}

/* --- coming and going ------------------------------------------------------------------------- */

/* A number that is free, and room for one more. */
static uint32_t free_number(struct ouro_state *state)
{
    if (state->channel_free != OURO__NONE) {
        uint32_t number = state->channel_free;
        state->channel_free = state->channels[number].first;
        return number;
    }
    if (state->channel_end == OURO_ENTITIES_MAX ||
        OURO__GROW(state, channels, channel_cap, state->channel_end + 1) < 0)
        return OURO__NONE;
    return state->channel_end++;
}

static int room_in_table(struct ouro_state *state)
{
    if (2 * (state->channel_count + 1) <= state->table_cap)
        return 0;
    return grow_table(state, state->table_cap ? 2 * state->table_cap : 64);
}

uint32_t ouro__channel(struct ouro_state *state, const struct ouro__key *key)
{
    if (room_in_table(state) < 0)
        return OURO__NONE;
    uint32_t slot = slot_of(state, key);
    if (state->table[slot])
        return state->table[slot] - 1;
    uint32_t number = free_number(state);
    if (number == OURO__NONE)
        return OURO__NONE;
    state->channels[number] = (struct ouro__channel){
        .key = *key,
        .first = OURO__NONE,
        .leave_first = OURO__NONE,
        .leave_last = OURO__NONE,
        .horizon = state->now,
    };
    state->table[slot] = number + 1;
    state->channel_count++;
    return number;
}

static void forget_oldest_leave(struct ouro_state *state, struct ouro__channel *channel)
{
    uint32_t number = channel->leave_first;
    struct ouro__leave *leave = &state->leaves[number];
    channel->horizon = leave->at;
    channel->leave_first = leave->next;
    if (leave->next == OURO__NONE)
        channel->leave_last = OURO__NONE;
    else
        state->leaves[leave->next].prev = OURO__NONE;
    channel->leaves--;
    leave->next = state->leave_free;
    state->leave_free = number;
}

void ouro__channel_release(struct ouro_state *state, uint32_t number)
{
    struct ouro__channel *channel = &state->channels[number];
    if (channel->members > 0 || channel->views > 0)
        return;
    while (channel->leaves > 0)
        forget_oldest_leave(state, channel);
    remove_from_table(state, &channel->key);
    channel->first = state->channel_free;
    state->channel_free = number;
    state->channel_count--;
}

/* --- who is in ------------------------------------------------------------------------------- */

static struct ouro__place *place_of(struct ouro_state *state, uint32_t index, unsigned audience)
{
    return &state->places[audience][index];
}

static void link_first(struct ouro_state *state, struct ouro__channel *channel, uint32_t index,
                       unsigned audience)
{
    struct ouro__place *place = place_of(state, index, audience);
    place->prev = OURO__NONE;
    place->next = channel->first;
    place->next_changed = channel->first_changed;
    if (channel->first != OURO__NONE)
        place_of(state, channel->first, audience)->prev = index;
    channel->first = index;
    place->changed = channel->changed = channel->first_changed = state->now;
}

static void unlink_from(struct ouro_state *state, struct ouro__channel *channel,
                        const struct ouro__place *place, unsigned audience)
{
    if (place->prev == OURO__NONE) {
        channel->first = place->next;
        channel->first_changed = place->next_changed;
    } else {
        struct ouro__place *prev = place_of(state, place->prev, audience);
        prev->next = place->next;
        prev->next_changed = place->next_changed;
    }
    if (place->next != OURO__NONE)
        place_of(state, place->next, audience)->prev = place->prev;
}

void ouro__channel_enter(struct ouro_state *state, uint32_t number, uint32_t index,
                         unsigned audience)
{
    struct ouro__channel *channel = &state->channels[number];
    struct ouro__place *place = place_of(state, index, audience);
    place->channel = number;
    place->entered = state->now;
    channel->members++;
    link_first(state, channel, index, audience);
}

void ouro__channel_touch(struct ouro_state *state, uint32_t index, unsigned audience)
{
    struct ouro__place *place = place_of(state, index, audience);
    if (place->changed == state->now)
        return;
    struct ouro__channel *channel = &state->channels[place->channel];
    unlink_from(state, channel, place, audience);
    link_first(state, channel, index, audience);
}

void ouro__channel_retell(struct ouro_state *state, uint32_t index, unsigned audience)
{
    place_of(state, index, audience)->entered = state->now;
    ouro__channel_touch(state, index, audience);
}

/* --- who has left ----------------------------------------------------------------------------- */

static uint32_t free_leave(struct ouro_state *state)
{
    uint32_t number = state->leave_free;
    if (number != OURO__NONE) {
        state->leave_free = state->leaves[number].next;
        return number;
    }
    if (OURO__GROW(state, leaves, leave_cap, state->leave_end + 1) < 0)
        return OURO__NONE;
    return state->leave_end++;
}

/* Without memory for it, everyone who knew the channel gets a keyframe. */
static void note_leave(struct ouro_state *state, struct ouro__channel *channel,
                       struct ouro_entity name)
{
    while (channel->leaves > 0 &&
           (channel->leaves >= LEAVES_MAX ||
            state->leaves[channel->leave_first].at + OURO_STATE_HISTORY < state->now))
        forget_oldest_leave(state, channel);
    uint32_t number = free_leave(state);
    if (number == OURO__NONE) {
        channel->horizon = state->now;
        return;
    }
    state->leaves[number] = (struct ouro__leave){state->now, name, channel->leave_last, OURO__NONE};
    if (channel->leave_last == OURO__NONE)
        channel->leave_first = number;
    else
        state->leaves[channel->leave_last].next = number;
    channel->leave_last = number;
    channel->leaves++;
}

void ouro__channel_leave(struct ouro_state *state, uint32_t index, unsigned audience)
{
    struct ouro__place *place = place_of(state, index, audience);
    uint32_t number = place->channel;
    if (number == OURO__NONE)
        return;
    struct ouro__channel *channel = &state->channels[number];
    unlink_from(state, channel, place, audience);
    place->channel = OURO__NONE;
    channel->members--;
    channel->changed = state->now;
    note_leave(state, channel, state->entities[index]->name);
    ouro__channel_release(state, number);
}
