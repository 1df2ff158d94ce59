/* SPDX-License-Identifier: MIT */
#include "state/state.h"

#include "wire/types.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define ENTITIES_DEFAULT      65536
#define BYTES_DEFAULT         (16 * 1024)
#define BACKLOG_BYTES_DEFAULT 4096
#define BEHIND_NS_DEFAULT     OURO_SEC(10)
#define DIVISOR_DEFAULT       8

int ouro__state_grow(void *array_at, uint32_t *cap, size_t size, uint32_t wanted)
{
    void *array;
    uint32_t room = *cap ? *cap : 8;
    if (wanted <= *cap)
        return 0;
    while (room < wanted)
        room *= 2;
    memcpy(&array, array_at, sizeof array);
    char *bigger = realloc(array, room * size);
    if (!bigger)
        return -ENOMEM;
    memset(bigger + *cap * size, 0, (room - *cap) * size);
    memcpy(array_at, &bigger, sizeof bigger);
    *cap = room;
    return 0;
}

/* --- publishing ------------------------------------------------------------------------------- */

static void begin(struct ouro_state *state, uint32_t tick)
{
    ouro_assert(state->now == 1 || tick > state->tick);
    state->interval = state->now == 1 ? 1 : tick - state->tick;
    state->tick = tick;
    state->section_count = state->piece_count = 0;
    ouro__slab_next(&state->slab);
}

/* The one whose turn comes so many views after the first; NULL: all have had it by then. */
static struct ouro_view *in_turn(const struct ouro_state *state, uint32_t first, uint32_t turn)
{
    uint32_t count = state->view_count, at = first + turn;
    return turn < count ? state->views[at < count ? at : at - count] : NULL;
}

/* While the kernel sends to one, memory brings the next ones: of each a pointer further at each
 * turn, so that nobody waits for what is behind the first to see where the second is. */
static void look_ahead(const struct ouro_state *state, uint32_t first, uint32_t turn)
{
    for (unsigned turns = OURO__PREFETCH_TURNS; turns > 0; turns--)
        ouro__view_prefetch(in_turn(state, first, turn + turns), turns);
}

static void serve_all(struct ouro_state *state)
{
    uint32_t count = state->view_count;
    uint32_t first = count ? state->rotation++ % count : 0;
    for (uint32_t turn = 0; turn < count; turn++) {
        look_ahead(state, first, turn);
        ouro__view_serve(in_turn(state, first, turn));
    }
}

void ouro_state_publish(struct ouro_state *state, uint32_t tick)
{
    begin(state, tick);
    ouro__entities_look_at(state);
    serve_all(state);
    state->stats.publishes++;
    state->now++;
}

struct ouro_state_stats ouro_state_stats(const struct ouro_state *state)
{
    struct ouro_state_stats stats = state->stats;
    stats.entities = state->entity_count;
    stats.views = state->view_count;
    stats.channels = state->channel_count;
    return stats;
}

/* --- life ------------------------------------------------------------------------------------- */

static void look_at_field(struct ouro__kind *kind, const struct ouro_field *field, uint32_t bit)
{
    if (field->axis == OURO_AXIS_X)
        kind->x = field;
    if (field->axis == OURO_AXIS_Y)
        kind->y = field;
    for (unsigned least = 0; least < OURO_WHO_COUNT; least++) {
        uint8_t who = ouro__field_who(field, kind->type->who);
        kind->masks[least][who > least ? who : least] |= bit;
    }
}

/* 0; -EINVAL: it has half a position. */
static int look_at_type(struct ouro__kind *kind, const struct ouro_type *type, bool space)
{
    kind->type = type;
    kind->fields = ouro_type_field_count(type);
    for (unsigned i = 0; i < kind->fields; i++)
        look_at_field(kind, &type->fields[i], 1u << i);
    if (!kind->x != !kind->y)
        return -EINVAL;
    if (!space)
        kind->x = kind->y = NULL;
    return 0;
}

static int look_at_types(struct ouro_state *state)
{
    const struct ouro_type *types = state->options.types;
    int rc = 0;
    while (types[state->kind_count].name)
        state->kind_count++;
    state->kinds = calloc(state->kind_count, sizeof *state->kinds);
    if (!state->kinds)
        return -ENOMEM;
    for (uint32_t i = 0; rc == 0 && i < state->kind_count; i++)
        rc = look_at_type(&state->kinds[i], &types[i], state->options.cell > 0);
    return rc;
}

static int complete(struct ouro_state_options *options)
{
    if (!options->entities_max)
        options->entities_max = ENTITIES_DEFAULT;
    if (!options->bytes_max)
        options->bytes_max = BYTES_DEFAULT;
    if (!options->backlog_bytes_max)
        options->backlog_bytes_max = BACKLOG_BYTES_DEFAULT;
    if (!options->behind_ns_max)
        options->behind_ns_max = BEHIND_NS_DEFAULT;
    if (!options->divisor_max)
        options->divisor_max = DIVISOR_DEFAULT;
    if (options->entities_max > OURO_ENTITIES_MAX || options->divisor_max > OURO_VIEW_DIVISOR_MAX)
        return -OURO_ELIMIT;
    if (!(options->cell >= 0) || isinf(options->cell))
        return -EINVAL;
    return ouro_types_check(options->types);
}

static int init(struct ouro_state *state, const struct ouro_state_options *options)
{
    state->options = *options;
    state->now = 1;
    state->channel_free = state->leave_free = OURO__NONE;
    int rc = complete(&state->options);
    if (rc < 0)
        return rc;
    state->scratch = malloc(OURO__SCRATCH_BYTES);
    return state->scratch ? look_at_types(state) : -ENOMEM;
}

int ouro_state_new(const struct ouro_state_options *options, struct ouro_state **ret_state)
{
    struct ouro_state *state = calloc(1, sizeof *state);
    if (!state)
        return -ENOMEM;
    int rc = init(state, options);
    if (rc < 0) {
        ouro_state_free(state);
        return rc;
    }
    *ret_state = state;
    return 0;
}

struct ouro_state *ouro_state_free(struct ouro_state *state)
{
    if (!state)
        return NULL;
    while (state->view_count > 0)
        ouro_view_free(state->views[0]);
    ouro__entities_done(state);
    ouro__slab_done(&state->slab);
    ouro__slab_done(&state->heads);
    free(state->views);
    free(state->kinds);
    free(state->channels);
    free(state->table);
    free(state->leaves);
    free(state->sections);
    free(state->pieces);
    free(state->wants);
    free(state->parts);
    free(state->scratch);
    free(state);
    return NULL;
}
