/* SPDX-License-Identifier: MIT */
/* Keep the light, step 2: everybody sees everybody. */
#include "tutorial/game.h"

#include <stdio.h>

#define SIDE 100.0 /* of the meadow */

/* --- what everybody sees ---------------------------------------------------------------------- */

struct walker {
    float x, y;
    uint32_t player;
    char name[OURO_USER_NAME_BYTES];
};

static const struct ouro_field walker_fields[] = {
    {OURO_FIELD(struct walker, x), OURO_FIELD_FLOAT, .bits = 12, .max = SIDE, .axis = OURO_AXIS_X},
    {OURO_FIELD(struct walker, y), OURO_FIELD_FLOAT, .bits = 12, .max = SIDE, .axis = OURO_AXIS_Y},
    {OURO_FIELD(struct walker, player), OURO_FIELD_UINT},
    {OURO_FIELD(struct walker, name), OURO_FIELD_STRING},
    {0},
};
enum { WALKER };
static const struct ouro_type types[] = {
    [WALKER] = {"walker", walker_fields, sizeof(struct walker)},
    {0},
};

/* --- the meadow ------------------------------------------------------------------------------- */

struct meadow {
    struct ouro_room *room;
    struct ouro_state *state;
};

static struct walker *walker_of(const struct meadow *meadow, const struct ouro_player *player)
{
    const struct ouro_entity *walker = ouro_player_data(player);
    return ouro_entity_record(meadow->state, *walker);
}

static float somewhere(const struct meadow *meadow)
{
    return (float)ouro_rng_below(ouro_room_rng(meadow->room), (uint32_t)SIDE);
}

/* --- players ---------------------------------------------------------------------------------- */

static int enter(struct meadow *meadow, struct ouro_player *player)
{
    int rc = ouro_entity_new(meadow->state, WALKER, ouro_player_data(player));
    if (rc < 0)
        return rc;
    struct walker *walker = walker_of(meadow, player);
    walker->x = somewhere(meadow);
    walker->y = somewhere(meadow);
    walker->player = player->id;
    snprintf(walker->name, sizeof walker->name, "%s", ouro_player_user(player)->name);
    return 0;
}

static void leave(struct meadow *meadow, struct ouro_player *player)
{
    const struct ouro_entity *walker = ouro_player_data(player);
    ouro_entity_end(meadow->state, *walker);
}

static int take(struct meadow *meadow, const struct ouro_input *input)
{
    if (input->kind == OURO_INPUT_ENTER)
        return enter(meadow, input->player);
    if (input->kind == OURO_INPUT_LEAVE)
        leave(meadow, input->player);
    return 0;
}

/* --- the room --------------------------------------------------------------------------------- */

static int lantern_room(struct ouro_room *room, void *data)
{
    struct meadow *meadow = data;
    struct ouro_input input;
    uint32_t shows = 0;
    int rc = 0;
    meadow->room = room;
    meadow->state = ouro_room_state(room);
    while (rc >= 0 && (rc = ouro_room_next(room, OURO_FOREVER, &input)) >= 0) {
        rc = take(meadow, &input);
        ouro_state_publish(meadow->state, ++shows);
    }
    return rc;
}

static const struct ouro_state_options shown = {.types = types};
const struct ouro_room_type game_type = {
    .name = "lantern",
    .body = lantern_room,
    .data_bytes = sizeof(struct meadow),
    .player_bytes = sizeof(struct ouro_entity), /* its walker */
    .seats_max = 12,
    .state = &shown,
};
