/* SPDX-License-Identifier: MIT */
#include "server/arena_gaze.h"

#include <jansson.h>

void arena_gaze_begin(struct arena_gaze *gaze, const struct arena_settings *world)
{
    *gaze = (struct arena_gaze){.x = (int)world->width / 2, .y = (int)world->height / 2};
}

void arena_gaze_set(struct arena_gaze *gaze, const json_t *data)
{
    json_int_t id = json_integer_value(json_object_get(data, "player"));
    gaze->watch = id > 0 && id <= UINT32_MAX ? (uint32_t)id : 0;
    gaze->stays = false;
}

static void tell(struct arena_gaze *gaze, struct ouro_room *room, struct ouro_player *player)
{
    if (gaze->told && gaze->watching == gaze->watch)
        return;
    gaze->told = true;
    gaze->watching = gaze->watch;
    ouro_room_send(room, player, "watching", json_pack("{s:I}", "player", (json_int_t)gaze->watch));
}

void arena_gaze_follow(struct arena_gaze *gaze, const struct arena_stage *stage,
                       struct ouro_room *room, struct ouro_player *player)
{
    if (!gaze->stays && !arena_stage_follow(stage, &gaze->watch, &gaze->x, &gaze->y))
        gaze->watch = 0;
    tell(gaze, room, player);
    ouro_player_look(player, gaze->x, gaze->y);
}
