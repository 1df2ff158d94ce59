/* SPDX-License-Identifier: MIT */
/* States of rooms (ouro/state.h): one for each room of a type that has one, and a view for each
 * seat. The lobby makes and frees them, and tells views what clients say; the body fills the state
 * and publishes it. */
#include "lobby/lobby.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

/* --- the schema ------------------------------------------------------------------------------- */

int ouro__type_describe(struct ouro__type *type)
{
    const struct ouro_state_options *state = type->is.state;
    struct ouro_buf text = {0};
    int rc = state ? ouro_types_check(state->types) : 0;
    if (!state || rc < 0)
        return rc;
    snprintf(type->schema_hash, sizeof type->schema_hash, "%016" PRIx64,
             ouro_types_hash(state->types));
    ouro_types_json(state->types, &text);
    if (!ouro_buf_failed(&text))
        type->schema = json_loadb(text.data, text.len, 0, NULL);
    ouro_buf_done(&text);
    return type->schema ? 0 : -ENOMEM;
}

/* Who has it from an earlier time is told its hash alone. */
static int put_schema(const struct ouro__type *type, const char *known, json_t *welcome)
{
    bool has_it = known && strcmp(known, type->schema_hash) == 0;
    json_t *schema =
        has_it ? json_pack("{s:s}", "hash", type->schema_hash) : json_incref(type->schema);
    return json_object_set_new(welcome, "schema", schema) < 0 ? -ENOMEM : 0;
}

int ouro_seat_welcome(struct ouro_seat *seat, const char *schema, json_t *welcome)
{
    const struct ouro__type *type = seat->instance->type;
    const struct ouro_room_hooks *hooks = &type->is.hooks;
    if (type->schema && put_schema(type, schema, welcome) < 0)
        return -ENOMEM;
    if (hooks->welcome)
        hooks->welcome(seat->instance->room, &seat->player, schema, welcome);
    return 0;
}

/* --- views ------------------------------------------------------------------------------------ */

/* From one publish to the next. */
static int64_t publish_ns(const struct ouro_room_type *type)
{
    return type->tick_ns * type->state_ticks;
}

static void tell_rate(struct ouro_player *player, uint32_t divisor)
{
    struct ouro_seat *seat = ouro__seat_of(player);
    double ns = (double)publish_ns(&seat->instance->type->is);
    struct ouro_frame *frame = ouro__frame_rate(1e9 / (ns * divisor));
    if (frame)
        ouro__seat_post(seat, frame);
    ouro_frame_unref(frame);
}

/* A room with a rhythm of its own for states knows alone how many a second there are. */
static bool rate_is_known(const struct ouro_room_type *type)
{
    return type->tick_ns > 0 && !type->hooks.rate;
}

int ouro__view_open(struct ouro_seat *seat)
{
    const struct ouro_room_type *type = &seat->instance->type->is;
    struct ouro_view_options options = {.owner = seat->player.id,
                                        .rate = rate_is_known(type) ? tell_rate : NULL};
    seat->width = type->view_width;
    seat->height = type->view_height;
    return type->state ? ouro_view_new(seat->instance->state, &seat->player, &options, &seat->view)
                       : 0;
}

void ouro__view_dealt_with(struct ouro_seat *seat, uint32_t sequence)
{
    if (seat->view)
        ouro_view_input(seat->view, sequence);
}

/* --- what clients want ------------------------------------------------------------------------ */

static double at_most(double wanted, double most)
{
    return wanted < most ? wanted : most;
}

void ouro_seat_view(struct ouro_seat *seat, uint32_t width, uint32_t height)
{
    const struct ouro_room_type *type = &seat->instance->type->is;
    seat->former_is_good = false;
    seat->width = at_most(width, type->view_width);
    seat->height = at_most(height, type->view_height);
    if (type->hooks.view)
        type->hooks.view(seat->instance->room, &seat->player, width, height);
}

/* Neither a tick at 60 Hz nor three a second are whole nanoseconds: what is nearly as long is. */
#define SHARE_OF_NEARLY 1000

/* The next slower one that a whole number of publishes makes. */
static uint32_t divisor_for(int64_t per_publish_ns, uint32_t hz)
{
    int64_t per_snapshot_ns = hz ? OURO_SEC(1) / hz : per_publish_ns;
    int64_t nearly_ns = per_publish_ns / SHARE_OF_NEARLY + 1;
    return (uint32_t)((per_snapshot_ns + per_publish_ns - nearly_ns) / per_publish_ns);
}

void ouro_seat_rate(struct ouro_seat *seat, uint32_t hz)
{
    const struct ouro_room_type *type = &seat->instance->type->is;
    seat->former_is_good = false;
    if (type->hooks.rate)
        type->hooks.rate(seat->instance->room, &seat->player, hz);
    else if (seat->view && type->tick_ns > 0)
        ouro_view_rate(seat->view, divisor_for(publish_ns(type), hz));
}

/* --- for bodies ------------------------------------------------------------------------------- */

struct ouro_state *ouro_room_state(const struct ouro_room *room)
{
    return ouro__instance_of(room)->state;
}

struct ouro_view *ouro_player_view(const struct ouro_player *player)
{
    return ouro__seat_of(player)->view;
}

void ouro_player_look(struct ouro_player *player, double x, double y)
{
    const struct ouro_seat *seat = ouro__seat_of(player);
    ouro_assert(seat->view);
    ouro_view_look(seat->view, &(struct ouro_rect){x, y, seat->width, seat->height});
}
