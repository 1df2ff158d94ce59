/* SPDX-License-Identifier: MIT */
/* Keep the light, step 7: who loses the connection comes back. */
#include "tutorial/game.h"

#include <jansson.h>
#include <math.h>
#include <stdio.h>

#define SIDE       100.0 /* of the meadow */
#define TICK_NS    OURO_MS(50)
#define TICKS(s)   ((s)*20) /* in so many seconds */
#define FULL       127.0    /* an input that is as long as this is a whole step */
#define STEP       1.6
#define STEP_LIT   1.3 /* with the light in one's hands */
#define STEPS_MAX  4   /* that a bad line may have saved up */
#define REACH      5.0
#define SAFE_TICKS TICKS(1) /* after it was taken, the light is not taken again for so long */

/* --- what everybody sees ---------------------------------------------------------------------- */

struct walker {
    float x, y;
    uint32_t player;
    char name[OURO_USER_NAME_BYTES];
    uint32_t score; /* ticks with the light */
    uint8_t wins;
    bool away;
    uint8_t steps; /* it may still make; not in the table: nobody is told */
};

struct light {
    float x, y;
    uint32_t holder; /* the player; 0: nobody */
};

enum stage { WAITING, COUNTING, PLAYING, OVER };

struct round {
    uint8_t stage;
    uint8_t seconds; /* left of it */
    uint32_t winner; /* the player; 0: nobody */
};

static const struct ouro_field walker_fields[] = {
    {OURO_FIELD(struct walker, x), OURO_FIELD_FLOAT, .bits = 12, .max = SIDE, .axis = OURO_AXIS_X},
    {OURO_FIELD(struct walker, y), OURO_FIELD_FLOAT, .bits = 12, .max = SIDE, .axis = OURO_AXIS_Y},
    {OURO_FIELD(struct walker, player), OURO_FIELD_UINT},
    {OURO_FIELD(struct walker, name), OURO_FIELD_STRING},
    {OURO_FIELD(struct walker, score), OURO_FIELD_UINT},
    {OURO_FIELD(struct walker, wins), OURO_FIELD_UINT},
    {OURO_FIELD(struct walker, away), OURO_FIELD_BOOL},
    {0},
};
static const struct ouro_field light_fields[] = {
    {OURO_FIELD(struct light, x), OURO_FIELD_FLOAT, .bits = 12, .max = SIDE, .axis = OURO_AXIS_X},
    {OURO_FIELD(struct light, y), OURO_FIELD_FLOAT, .bits = 12, .max = SIDE, .axis = OURO_AXIS_Y},
    {OURO_FIELD(struct light, holder), OURO_FIELD_UINT},
    {0},
};
static const struct ouro_field round_fields[] = {
    {OURO_FIELD(struct round, stage), OURO_FIELD_UINT, .bits = 2},
    {OURO_FIELD(struct round, seconds), OURO_FIELD_UINT, .bits = 6},
    {OURO_FIELD(struct round, winner), OURO_FIELD_UINT},
    {0},
};
enum { WALKER, LIGHT, ROUND };
static const struct ouro_type types[] = {
    [WALKER] = {"walker", walker_fields, sizeof(struct walker)},
    [LIGHT] = {"light", light_fields, sizeof(struct light)},
    [ROUND] = {"round", round_fields, sizeof(struct round)},
    {0},
};

/* --- the meadow ------------------------------------------------------------------------------- */

struct meadow {
    struct ouro_room *room;
    struct ouro_state *state;
    struct ouro_ticker ticker;
    struct ouro_entity light, round;
    int safe; /* ticks for which the light is not taken */
};

static struct walker *walker_of(const struct meadow *meadow, const struct ouro_player *player)
{
    const struct ouro_entity *walker = ouro_player_data(player);
    return ouro_entity_record(meadow->state, *walker);
}

static struct light *light_of(const struct meadow *meadow)
{
    return ouro_entity_record(meadow->state, meadow->light);
}

static struct round *round_of(const struct meadow *meadow)
{
    return ouro_entity_record(meadow->state, meadow->round);
}

static float somewhere(const struct meadow *meadow)
{
    return (float)ouro_rng_below(ouro_room_rng(meadow->room), (uint32_t)SIDE);
}

static int open_meadow(struct meadow *meadow, struct ouro_room *room)
{
    meadow->room = room;
    meadow->state = ouro_room_state(room);
    ouro_ticker_start(&meadow->ticker, ouro_room_id(room), TICK_NS);
    int rc = ouro_entity_new(meadow->state, LIGHT, &meadow->light);
    return rc < 0 ? rc : ouro_entity_new(meadow->state, ROUND, &meadow->round);
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

/* Where it stands. */
static void let_go(struct meadow *meadow, const struct ouro_player *player)
{
    struct light *light = light_of(meadow);
    if (light->holder == player->id)
        light->holder = 0;
}

static void leave(struct meadow *meadow, struct ouro_player *player)
{
    const struct ouro_entity *walker = ouro_player_data(player);
    let_go(meadow, player);
    ouro_entity_end(meadow->state, *walker);
}

static void drop(struct meadow *meadow, struct ouro_player *player)
{
    let_go(meadow, player);
    walker_of(meadow, player)->away = true;
}

static float within(double place)
{
    return (float)fmin(fmax(place, 0), SIDE);
}

/* However long the way that was asked for, it is one step at the most. */
static void step(struct walker *walker, double pace, int right, int down)
{
    double length = fmax(FULL, hypot(right, down));
    walker->x = within((double)walker->x + pace * right / length);
    walker->y = within((double)walker->y + pace * down / length);
}

static void walk(struct meadow *meadow, const struct ouro_input *input)
{
    const struct ouro_payload *said = input->payload;
    struct walker *walker = walker_of(meadow, input->player);
    bool is_lit = light_of(meadow)->holder == walker->player;
    if (said->len != 2 || walker->steps == 0)
        return;
    walker->steps--;
    step(walker, is_lit ? STEP_LIT : STEP, (int8_t)said->bytes[0], (int8_t)said->bytes[1]);
}

static int take(struct meadow *meadow, const struct ouro_input *input)
{
    if (input->kind == OURO_INPUT_ENTER)
        return enter(meadow, input->player);
    if (input->kind == OURO_INPUT_LEAVE)
        leave(meadow, input->player);
    else if (input->kind == OURO_INPUT_DROP)
        drop(meadow, input->player);
    else if (input->kind == OURO_INPUT_RETURN)
        walker_of(meadow, input->player)->away = false;
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

static void show(struct meadow *meadow, enum stage stage, int ticks_left)
{
    struct round *round = round_of(meadow);
    round->stage = (uint8_t)stage;
    round->seconds = (uint8_t)((ticks_left + TICKS(1) - 1) / TICKS(1));
    ouro_state_publish(meadow->state, (uint32_t)meadow->ticker.ticks);
}

/* --- the rule --------------------------------------------------------------------------------- */

static bool touches(const struct walker *walker, const struct light *light)
{
    return hypotf(walker->x - light->x, walker->y - light->y) < (float)REACH;
}

static void give_light(struct meadow *meadow, const struct walker *walker)
{
    light_of(meadow)->holder = walker->player;
    meadow->safe = SAFE_TICKS;
    ouro_room_event_all(meadow->room, NULL, "taken", json_pack("{s:s}", "by", walker->name));
}

/* Who has the light scores; who touches it, has it. */
static void keep_light(struct meadow *meadow)
{
    struct light *light = light_of(meadow);
    meadow->safe -= meadow->safe > 0;
    for (size_t i = 0; i < ouro_room_player_count(meadow->room); i++) {
        struct walker *walker = walker_of(meadow, ouro_room_player(meadow->room, i));
        if (walker->player == light->holder) {
            walker->score++;
            light->x = walker->x;
            light->y = walker->y;
        } else if (meadow->safe == 0 && !walker->away && touches(walker, light)) {
            give_light(meadow, walker);
        }
    }
}

/* --- the round -------------------------------------------------------------------------------- */

static void begin_round(struct meadow *meadow)
{
    for (size_t i = 0; i < ouro_room_player_count(meadow->room); i++)
        walker_of(meadow, ouro_room_player(meadow->room, i))->score = 0;
    *light_of(meadow) = (struct light){.x = somewhere(meadow), .y = somewhere(meadow)};
}

/* NULL: nobody has had the light. */
static struct walker *find_winner(const struct meadow *meadow)
{
    struct walker *best = NULL;
    for (size_t i = 0; i < ouro_room_player_count(meadow->room); i++) {
        struct walker *walker = walker_of(meadow, ouro_room_player(meadow->room, i));
        if (walker->score > (best ? best->score : 0))
            best = walker;
    }
    return best;
}

static int wait_for_two(struct meadow *meadow)
{
    int rc = 0;
    while (ouro_room_player_count(meadow->room) < 2 && (rc = next_tick(meadow)) >= 0)
        show(meadow, WAITING, 0);
    return rc;
}

static int count_down(struct meadow *meadow)
{
    int rc = 0;
    for (int left = TICKS(3); left > 0 && (rc = next_tick(meadow)) >= 0; left--)
        show(meadow, COUNTING, left);
    return rc;
}

static int play(struct meadow *meadow)
{
    int rc = 0;
    begin_round(meadow);
    for (int left = TICKS(30); left > 0 && (rc = next_tick(meadow)) >= 0; left--) {
        if (ouro_room_player_count(meadow->room) < 2)
            break;
        keep_light(meadow);
        show(meadow, PLAYING, left);
    }
    light_of(meadow)->holder = 0; /* it goes out */
    return rc;
}

static int show_result(struct meadow *meadow)
{
    struct walker *winner = find_winner(meadow);
    round_of(meadow)->winner = winner ? winner->player : 0;
    if (winner)
        winner->wins++;
    int rc = 0;
    for (int left = TICKS(5); left > 0 && (rc = next_tick(meadow)) >= 0; left--)
        show(meadow, OVER, left);
    return rc;
}

static int lantern_room(struct ouro_room *room, void *data)
{
    struct meadow *meadow = data;
    int rc = open_meadow(meadow, room);
    while (rc >= 0) {
        rc = wait_for_two(meadow);
        if (rc >= 0)
            rc = count_down(meadow);
        if (rc >= 0)
            rc = play(meadow);
        if (rc >= 0)
            rc = show_result(meadow);
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
    .hold_ns = OURO_SEC(30),
    .tick_ns = TICK_NS,
    .state = &shown,
};
