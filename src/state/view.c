/* SPDX-License-Identifier: MIT */
/* Views: their life, and at which channels they look. */
#include "state/state.h"

#include <stdlib.h>
#include <string.h>

/* Channels that went out of view while nothing could be sent. With more, all begins anew. */
#define FORGETS_MAX 1024

/* A cell that is out of view by less than this part of its side is looked at all the same. More
 * would cost all who go straight on more than it saves those who turn back. */
#define KEPT_SHARE 0.25

/* --- looking and looking away ----------------------------------------------------------------- */

/* What it has been told counts for nothing. */
static void restart(struct ouro_view *view)
{
    view->fresh = true;
    view->forget_count = 0;
    view->tick = 0;
    for (uint32_t i = 0; i < view->look_count; i++)
        view->looks[i].base = 0;
}

static void forget(struct ouro_view *view, uint32_t channel)
{
    if (view->forget_count == FORGETS_MAX ||
        OURO__GROW(view, forgets, forget_cap, view->forget_count + 1) < 0)
        restart(view); /* which says the same, and needs no memory */
    if (!view->fresh)
        view->forgets[view->forget_count++] = channel;
}

static void look_away(struct ouro_view *view, uint32_t number)
{
    struct ouro_state *state = view->state;
    struct ouro__look look = view->looks[number];
    view->looks[number] = view->looks[--view->look_count];
    state->channels[look.channel].views--;
    ouro__channel_release(state, look.channel);
    if (look.base > 0 && !view->fresh)
        forget(view, look.channel);
}

static int look_at(struct ouro_view *view, const struct ouro__key *key)
{
    struct ouro_state *state = view->state;
    uint32_t number = ouro__channel(state, key);
    if (number == OURO__NONE)
        return -ENOMEM;
    if (state->channels[number].mark == state->mark)
        return 0;
    if (OURO__GROW(view, looks, look_cap, view->look_count + 1) < 0 ||
        OURO__GROW(state, wants, want_cap, view->look_cap) < 0) {
        ouro__channel_release(state, number);
        return -ENOMEM;
    }
    view->looks[view->look_count++] = (struct ouro__look){number, 0, state->now - 1};
    state->channels[number].mark = state->mark;
    state->channels[number].views++;
    return 0;
}

/* --- which channels --------------------------------------------------------------------------- */

/* Of a large view, what is far is cut, and may not have all that is near. */
static bool is_in_view(const struct ouro_view *view, struct ouro__cell cell)
{
    return view->looks_around &&
           (ouro__cells_have(&view->far, cell) || ouro__cells_have(&view->near, cell));
}

/* Is that still for this view? */
static bool stays(const struct ouro_view *view, const struct ouro__key *key)
{
    if (key->audience == OURO_WHO_TEAM && key->whose != view->options.team)
        return false;
    return key->everywhere || is_in_view(view, key->cell);
}

static void look_away_from_the_rest(struct ouro_view *view)
{
    for (uint32_t i = view->look_count; i-- > 0;) {
        if (!stays(view, &view->state->channels[view->looks[i].channel].key))
            look_away(view, i);
    }
}

/* For each audience that the view belongs to. */
static int look_at_place(struct ouro_view *view, struct ouro__key key)
{
    int rc = look_at(view, &key);
    key.audience = OURO_WHO_TEAM;
    key.whose = view->options.team;
    if (rc == 0 && view->state->uses[OURO_WHO_TEAM] && key.whose)
        rc = look_at(view, &key);
    return rc;
}

static int look_everywhere(struct ouro_view *view)
{
    struct ouro__key own = {
        .audience = OURO_WHO_OWNER, .whose = view->options.owner, .everywhere = true};
    int rc = look_at_place(view, (struct ouro__key){.everywhere = true});
    if (rc == 0 && view->state->uses[OURO_WHO_OWNER] && own.whose)
        rc = look_at(view, &own);
    return rc;
}

static int look_near(struct ouro_view *view)
{
    int rc = 0;
    struct ouro__key key = {0};
    if (!view->looks_around)
        return 0;
    for (key.cell.y = view->near.first.y; key.cell.y <= view->near.last.y; key.cell.y++) {
        for (key.cell.x = view->near.first.x; rc == 0 && key.cell.x <= view->near.last.x;
             key.cell.x++)
            rc = look_at_place(view, key);
    }
    return rc;
}

/* What it looks at already is marked first, so that nothing is looked for in a list. */
void ouro__view_refresh(struct ouro_view *view)
{
    struct ouro_state *state = view->state;
    if (!view->stale)
        return;
    look_away_from_the_rest(view);
    state->mark++;
    for (uint32_t i = 0; i < view->look_count; i++)
        state->channels[view->looks[i].channel].mark = state->mark;
    int rc = look_everywhere(view);
    if (rc == 0)
        rc = look_near(view);
    view->stale = rc < 0;
}

/* --- what the room says ----------------------------------------------------------------------- */

void ouro_view_look(struct ouro_view *view, const struct ouro_rect *rect)
{
    double cell = view->state->options.cell;
    if (cell == 0)
        return;
    struct ouro__cells near = ouro__grid_cells(cell, rect, 0);
    struct ouro__cells far = ouro__grid_cells(cell, rect, cell * KEPT_SHARE);
    view->x = rect->x;
    view->y = rect->y;
    if (view->looks_around && ouro__cells_equal(&near, &view->near) &&
        ouro__cells_equal(&far, &view->far))
        return;
    view->looks_around = view->stale = true;
    view->near = near;
    view->far = far;
}

void ouro_view_join(struct ouro_view *view, uint32_t team)
{
    view->stale |= view->options.team != team;
    view->options.team = team;
}

void ouro_view_rate(struct ouro_view *view, uint32_t divisor)
{
    if (divisor < 1)
        divisor = 1;
    if (divisor > OURO_VIEW_DIVISOR_MAX)
        divisor = OURO_VIEW_DIVISOR_MAX;
    view->options.divisor = view->divisor = divisor;
}

void ouro_view_bytes(struct ouro_view *view, uint32_t bytes_max)
{
    view->options.bytes_max = bytes_max ? bytes_max : view->state->options.bytes_max;
}

void ouro_view_input(struct ouro_view *view, uint32_t sequence)
{
    view->input = sequence;
}

void ouro_view_reset(struct ouro_view *view)
{
    view->kicked = false;
    view->behind_since = 0;
    view->divisor_told = view->options.divisor; /* what it has asked for, and takes for granted */
    restart(view);
}

struct ouro_view_stats ouro_view_stats(const struct ouro_view *view)
{
    return (struct ouro_view_stats){
        .divisor = view->divisor,
        .channels = view->look_count,
        .tick = view->tick,
        .behind = view->behind_since != 0,
        .snapshots = view->snapshots,
        .skipped = view->skipped,
        .keyframes = view->keyframes,
    };
}

/* --- life ------------------------------------------------------------------------------------- */

int ouro_view_new(struct ouro_state *state, struct ouro_player *player,
                  const struct ouro_view_options *options, struct ouro_view **ret_view)
{
    int rc = ouro__state_grow(&state->views, &state->view_cap, sizeof(struct ouro_view *),
                              state->view_count + 1);
    if (rc < 0)
        return rc;
    struct ouro_view *view = calloc(1, sizeof *view);
    if (!view)
        return -ENOMEM;
    view->state = state;
    view->player = player;
    if (options)
        view->options = *options;
    ouro_view_bytes(view, view->options.bytes_max);
    view->stale = view->fresh = true;
    view->number = state->view_count;
    state->views[state->view_count++] = view;
    ouro_view_rate(view, view->options.divisor);
    view->divisor_told = view->divisor;
    *ret_view = view;
    return 0;
}

struct ouro_view *ouro_view_free(struct ouro_view *view)
{
    if (!view)
        return NULL;
    struct ouro_state *state = view->state;
    view->fresh = true; /* nobody is to be told */
    while (view->look_count > 0)
        look_away(view, view->look_count - 1);
    struct ouro_view *last = state->views[--state->view_count];
    state->views[view->number] = last;
    last->number = view->number;
    free(view->looks);
    free(view->forgets);
    free(view);
    return NULL;
}
