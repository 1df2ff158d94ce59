/* SPDX-License-Identifier: MIT */
/* Keep the light, step 3: everybody walks. */
#include "tutorial/game.h"

#include <math.h>
#include <stdio.h>

#define SIDE      100.0 /* of the meadow */
#define TICK_NS   OURO_MS(50)
#define FULL      127.0 /* an input that is as long as this is a whole step */
#define STEP      1.6
#define STEPS_MAX 4 /* that a bad line may have saved up */

/* --- what everybody sees ---------------------------------------------------------------------- */

struct walker {
    float x, y;
    uint32_t player;
    char name[OURO_USER_NAME_BYTES];
    uint8_t steps; /* it may still make; not in the table: nobody is told */
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
    struct ouro_ticker ticker;
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

static float within(double place)
{
    return (float)fmin(fmax(place, 0), SIDE);
}

/* However long the way that was asked for, it is one step at the most. */
static void step(struct walker *walker, int right, int down)
{
    double length = fmax(FULL, hypot(right, down));
    walker->x = within((double)walker->x + STEP * right / length);
    walker->y = within((double)walker->y + STEP * down / length);
}

static void walk(struct meadow *meadow, const struct ouro_input *input)
{
    const struct ouro_payload *said = input->payload;
    struct walker *walker = walker_of(meadow, input->player);
    if (said->len != 2 || walker->steps == 0)
        return;
    walker->steps--;
    step(walker, (int8_t)said->bytes[0], (int8_t)said->bytes[1]);
}

static int take(struct meadow *meadow, const struct ouro_input *input)
{
    if (input->kind == OURO_INPUT_ENTER)
        return enter(meadow, input->player);
    if (input->kind == OURO_INPUT_LEAVE)
        leave(meadow, input->player);
    else if (input->kind == OURO_INPUT_BYTES)
        walk(meadow, input);
    return 0;
}

/* --- a tick ----------------------------------------------------------------------------------- */

static void allow_a_step(struct meadow *meadow)
{
    for (size_t i = 0; i < ouro_room_player_count(meadow->room); i++) {
        struct walker *walker = walker_of(meadow, ouro_room_player(meadow->room, i));
        if (walker->steps < STEPS_MAX)
            walker->steps++;
    }
}

/* Takes what players do, until the next tick begins. */
static int next_tick(struct meadow *meadow)
{
    struct ouro_input input;
    int rc;
    while ((rc = ouro_room_turn(meadow->room, &meadow->ticker, &input)) == OURO_TURN_INPUT) {
        rc = take(meadow, &input);
        if (rc < 0)
            return rc;
    }
    allow_a_step(meadow);
    return rc;
}

/* --- the room --------------------------------------------------------------------------------- */

static int lantern_room(struct ouro_room *room, void *data)
{
    struct meadow *meadow = data;
    int rc;
    meadow->room = room;
    meadow->state = ouro_room_state(room);
    ouro_ticker_start(&meadow->ticker, ouro_room_id(room), TICK_NS);
    while ((rc = next_tick(meadow)) >= 0)
        ouro_state_publish(meadow->state, (uint32_t)meadow->ticker.ticks);
    return rc;
}

static const struct ouro_state_options shown = {.types = types};
const struct ouro_room_type game_type = {
    .name = "lantern",
    .body = lantern_room,
    .data_bytes = sizeof(struct meadow),
    .player_bytes = sizeof(struct ouro_entity), /* its walker */
    .seats_max = 12,
    .tick_ns = TICK_NS,
    .state = &shown,
};
