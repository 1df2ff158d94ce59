/* SPDX-License-Identifier: MIT */
/* A world that is larger than anybody's screen: each player sees what is around its snail, and is
 * told what has changed there. clients/js shows how a page follows it.
 *
 *     23_world --listen 127.0.0.1:8080
 *
 * An input is two bytes: how far to creep to the right, and down. */
#include "demo/rooms.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SIZE     409.5 /* of the world: 4,095 steps of a tenth */
#define CELL     40.0
#define TICK_NS  OURO_MS(50)
#define WILD     60
#define STEP_MAX 10
#define VIEW_MAX 200

/* --- what players see ------------------------------------------------------------------------- */

struct snail {
    float x, y;
    uint8_t hue;
    uint32_t dream; /* that only its player knows of */
    char name[OURO_USER_NAME_BYTES];
};

struct sun {
    uint8_t hour;
};

static const struct ouro_field snail_fields[] = {
    {OURO_FIELD(struct snail, x), OURO_FIELD_FLOAT, .bits = 12, .max = SIZE, .axis = OURO_AXIS_X},
    {OURO_FIELD(struct snail, y), OURO_FIELD_FLOAT, .bits = 12, .max = SIZE, .axis = OURO_AXIS_Y},
    {OURO_FIELD(struct snail, hue), OURO_FIELD_UINT, .bits = 8},
    {OURO_FIELD(struct snail, dream), OURO_FIELD_UINT, .who = OURO_WHO_OWNER},
    {OURO_FIELD(struct snail, name), OURO_FIELD_STRING},
    {0},
};
static const struct ouro_field sun_fields[] = {
    {OURO_FIELD(struct sun, hour), OURO_FIELD_UINT, .bits = 5},
    {0},
};
enum { SNAIL, SUN };
static const struct ouro_type types[] = {
    [SNAIL] = {"snail", snail_fields, sizeof(struct snail)},
    [SUN] = {"sun", sun_fields, sizeof(struct sun), .everywhere = true},
    {0},
};

/* --- the world -------------------------------------------------------------------------------- */

struct world {
    struct ouro_state *state;
    struct ouro_entity wild[WILD], sun;
    struct ouro_rng *rng;
};

static float within(double place)
{
    return (float)(place < 0 ? 0 : place > SIZE ? SIZE : place);
}

static void creep(struct snail *snail, int right, int down)
{
    snail->x = within((double)snail->x + right);
    snail->y = within((double)snail->y + down);
}

static int add_snail(struct world *world, const struct ouro_audience *audience, const char *name,
                     struct ouro_entity *ret_entity)
{
    int rc = ouro_entity_new(world->state, SNAIL, ret_entity);
    if (rc < 0)
        return rc;
    struct snail *snail = ouro_entity_record(world->state, *ret_entity);
    snail->x = (float)ouro_rng_below(world->rng, (uint32_t)SIZE);
    snail->y = (float)ouro_rng_below(world->rng, (uint32_t)SIZE);
    snail->hue = (uint8_t)ouro_rng_next(world->rng);
    snail->dream = ouro_rng_below(world->rng, 1000);
    snprintf(snail->name, sizeof snail->name, "%s", name);
    return ouro_entity_show(world->state, *ret_entity, audience);
}

static int begin(struct world *world, struct ouro_room *room)
{
    world->state = ouro_room_state(room);
    world->rng = ouro_room_rng(room);
    int rc = ouro_entity_new(world->state, SUN, &world->sun);
    for (int i = 0; rc == 0 && i < WILD; i++)
        rc = add_snail(world, &(struct ouro_audience){0}, "", &world->wild[i]);
    return rc;
}

/* --- players ---------------------------------------------------------------------------------- */

static struct snail *snail_of(struct world *world, const struct ouro_player *player)
{
    const struct ouro_entity *snail = ouro_player_data(player);
    return ouro_entity_record(world->state, *snail);
}

static int enter(struct world *world, struct ouro_player *player)
{
    const struct ouro_audience audience = {.owner = player->id};
    return add_snail(world, &audience, ouro_player_user(player)->name, ouro_player_data(player));
}

static void leave(struct world *world, struct ouro_player *player)
{
    const struct ouro_entity *snail = ouro_player_data(player);
    ouro_entity_end(world->state, *snail);
}

static int step_of(uint8_t byte)
{
    int step = (int8_t)byte;
    return step < -STEP_MAX ? -STEP_MAX : step > STEP_MAX ? STEP_MAX : step;
}

static void move(struct world *world, const struct ouro_input *input)
{
    const struct ouro_payload *said = input->payload;
    if (said->len == 2)
        creep(snail_of(world, input->player), step_of(said->bytes[0]), step_of(said->bytes[1]));
}

static int take(struct world *world, const struct ouro_input *input)
{
    if (input->kind == OURO_INPUT_ENTER)
        return enter(world, input->player);
    if (input->kind == OURO_INPUT_LEAVE)
        leave(world, input->player);
    else if (input->kind == OURO_INPUT_BYTES)
        move(world, input);
    return 0;
}

/* --- the room --------------------------------------------------------------------------------- */

static void look(struct world *world, struct ouro_player *player)
{
    const struct snail *snail = snail_of(world, player);
    ouro_player_look(player, (double)snail->x, (double)snail->y);
}

static void tick(struct world *world, struct ouro_room *room, uint64_t number)
{
    struct sun *sun = ouro_entity_record(world->state, world->sun);
    sun->hour = (uint8_t)(number / 20 % 24);
    for (int i = 0; i < WILD; i++)
        creep(ouro_entity_record(world->state, world->wild[i]),
              (int)ouro_rng_below(world->rng, 3) - 1, (int)ouro_rng_below(world->rng, 3) - 1);
    for (size_t i = 0; i < ouro_room_player_count(room); i++)
        look(world, ouro_room_player(room, i));
    ouro_state_publish(world->state, (uint32_t)number);
}

static int world_room(struct ouro_room *room, void *data)
{
    struct ouro_ticker ticker;
    struct ouro_input input;
    struct world *world = data;
    int rc = begin(world, room);
    ouro_ticker_start(&ticker, ouro_room_id(room), TICK_NS);
    while (rc >= 0 && (rc = ouro_room_turn(room, &ticker, &input)) >= 0) {
        if (rc == OURO_TURN_TICK)
            tick(world, room, ticker.ticks);
        else
            rc = take(world, &input);
    }
    return rc;
}

/* --- what there is -------------------------------------------------------------------------------
 */

static const struct ouro_state_options shown = {.types = types, .cell = CELL};
static const struct ouro_room_type world_type = {
    .name = "world",
    .body = world_room,
    .data_bytes = sizeof(struct world),
    .player_bytes = sizeof(struct ouro_entity), /* its snail */
    .seats_max = 100,
    .tick_ns = TICK_NS,
    .state = &shown,
    .view_width = VIEW_MAX,
    .view_height = VIEW_MAX,
};

static int add(struct ouro_lobby *lobby)
{
    return ouro_lobby_add_type(lobby, &world_type);
}

int main(int argc, char **argv)
{
    return demo_rooms_main(argc, argv, add);
}
