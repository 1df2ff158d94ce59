/* SPDX-License-Identifier: MIT */
/* The players of an arena: what they say, and what they are told. */
#include "server/arena_room.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

static struct arena_player *of(const struct ouro_player *player)
{
    return ouro_player_data(player);
}

/* With a delay for who watches live, nobody sees through others' eyes without one. */
static bool may_follow(const struct arena *arena)
{
    return arena->house->options.delay_ns == 0;
}

/* --- to play ---------------------------------------------------------------------------------- */

/* The name that was asked for, or else the user's. 0, -EINVAL. */
static int name_for(const struct ouro_player *player, const json_t *data, char ret_name[NAME_BYTES])
{
    const json_t *asked = json_object_get(data, "name");
    const char *user = ouro_player_user(player)->name;
    if (!asked)
        return snakepit_name_clean(user, strlen(user), ret_name);
    if (!json_is_string(asked))
        return -EINVAL;
    return snakepit_name_clean(json_string_value(asked), json_string_length(asked), ret_name);
}

static void refuse_play(struct ouro_room *room, uint64_t request, int rc)
{
    if (rc == -EEXIST)
        ouro_room_refuse(room, request, "alive", "you have a snake");
    else if (rc == -OURO_ELIMIT)
        ouro_room_refuse(room, request, "full", "there are as many snakes as there may be");
    else
        ouro_room_refuse(room, request, "bad_name", "a name has 1 to 15 characters");
}

/* The answer comes with the birth. */
static void play(struct arena *arena, struct ouro_player *player, const struct ouro_payload *asked)
{
    struct arena_player *own = of(player);
    struct arena_owner owner = {.player = player->id,
                                .face.colour = (uint8_t)(player->id % ARENA_COLOURS)};
    struct arena_entrant *entrant = NULL;
    int rc = own->entrant ? -EEXIST : name_for(player, asked->data, owner.face.name);
    if (rc == 0)
        rc = arena_stage_join(&arena->stage, &owner, &entrant);
    if (!entrant) {
        refuse_play(arena->room, asked->request, rc);
        return;
    }
    entrant->player = player;
    entrant->request = asked->request;
    own->entrant = entrant;
}

static void on_born(void *ud, struct arena_entrant *entrant, int x, int y, uint8_t way)
{
    struct arena *arena = ud;
    arena->house->figures.births++;
    if (!entrant->player)
        return;
    ouro_room_answer(arena->room, entrant->request,
                     json_pack("{s:I, s:i, s:i, s:i}", "tick", (json_int_t)arena->stage.tick, "x",
                               x, "y", y, "way", way));
    of(entrant->player)->gaze.stays = false;
}

static void on_no_room(void *ud, struct arena_entrant *entrant)
{
    struct arena *arena = ud;
    arena_bots_gone(&arena->bots, entrant);
    if (!entrant->player)
        return;
    ouro_room_refuse(arena->room, entrant->request, "no_room",
                     "no free place was found; try again");
    of(entrant->player)->entrant = NULL;
}

const struct arena_stage_ops arena_player_ops = {.born = on_born, .no_room = on_no_room};

static void leave(struct arena *arena, const struct ouro_player *player)
{
    struct arena_player *own = of(player);
    if (own->entrant)
        arena_stage_leave(&arena->stage, own->entrant);
    own->entrant = NULL;
}

/* --- to die ----------------------------------------------------------------------------------- */

static const char *why_text(enum arena_why why)
{
    static const char *const texts[] = {[ARENA_WALL] = "wall",
                                        [ARENA_SNAKE] = "snake",
                                        [ARENA_SELF] = "self",
                                        [ARENA_HEAD_ON] = "head_on",
                                        [ARENA_LEFT] = "left"};
    return texts[why];
}

static void tell_died(struct arena *arena, const struct arena_death *death, const char *by_name)
{
    uint32_t rank = arena_leaders_rank(&arena->stage.leaders, death->score);
    ouro_room_event(arena->room, death->entrant->player, "died",
                    json_pack("{s:I, s:s, s:s, s:I, s:I, s:I, s:I, s:I}", "by",
                              (json_int_t)death->by, "by_name", by_name, "why",
                              why_text(death->why), "score", (json_int_t)death->score, "length",
                              (json_int_t)death->length, "kills", (json_int_t)death->kills, "ticks",
                              (json_int_t)death->ticks, "rank", (json_int_t)rank));
}

void arena_player_died(struct arena *arena, const struct arena_death *death)
{
    struct arena_entrant *entrant = death->entrant;
    const struct arena_entrant *by =
        death->by ? arena_roster_find(&arena->stage.roster, death->by) : NULL;
    const char *by_name = by ? by->owner.face.name : "";
    arena->house->figures.deaths++;
    arena_news_death(&arena->news, &arena->stage, death);
    if (!entrant->player)
        return;
    struct arena_player *own = of(entrant->player);
    own->entrant = NULL;
    own->gaze.watch = by && by != entrant && may_follow(arena) ? death->by : 0;
    own->gaze.stays = !own->gaze.watch;
    own->gaze.told = false;
    tell_died(arena, death, by_name);
}

/* --- to live ---------------------------------------------------------------------------------- */

void arena_player_tell_standing(struct arena *arena, struct ouro_player *player)
{
    const struct arena_entrant *entrant = of(player)->entrant;
    struct arena_snake snake;
    if (!entrant || entrant->snake == ARENA_NO_SNAKE ||
        !arena_snake(arena->stage.world, entrant->snake, &snake))
        return;
    uint32_t rank = arena_leaders_rank(&arena->stage.leaders, snake.score);
    ouro_room_send(arena->room, player, "standing",
                   json_pack("{s:I, s:I, s:I}", "rank", (json_int_t)rank, "score",
                             (json_int_t)snake.score, "kills", (json_int_t)snake.kills));
}

/* --- to watch --------------------------------------------------------------------------------- */

void arena_player_prefetch(const struct arena *arena, const struct ouro_player *player,
                           unsigned steps)
{
    const struct arena_player *own = of(player);
    if (steps == ARENA_PREFETCH_STEPS) {
        __builtin_prefetch(own);
        __builtin_prefetch(player + 1); /* its view is known there */
    } else if (steps > 1) {
        __builtin_prefetch(own->entrant);
        __builtin_prefetch(ouro_player_view(player));
    } else if (own->entrant) {
        arena_shown_prefetch(&arena->stage.shown, own->entrant->snake);
    }
}

void arena_player_look(struct arena *arena, struct ouro_player *player)
{
    struct arena_player *own = of(player);
    struct arena_gaze *gaze = &own->gaze;
    if (!own->entrant ||
        !arena_shown_head(&arena->stage.shown, own->entrant->snake, &gaze->x, &gaze->y)) {
        arena_gaze_follow(gaze, &arena->stage, arena->room, player);
        return;
    }
    if (player->away)
        arena_bots_help(&arena->bots, player->id);
    ouro_player_look(player, gaze->x, gaze->y);
}

/* --- inputs ----------------------------------------------------------------------------------- */

static void request(struct arena *arena, const struct ouro_input *input)
{
    const struct ouro_payload *asked = input->payload;
    if (strcmp(asked->name, "play") == 0)
        play(arena, input->player, asked);
    else if (strcmp(asked->name, "recordings") == 0)
        arena_library_ask(&arena->house->library, arena->room, asked->request);
    else
        ouro_room_refuse(arena->room, asked->request, "unknown", "there is no such request");
}

static void enter(const struct arena *arena, const struct ouro_player *player)
{
    struct arena_gaze *gaze = &of(player)->gaze;
    arena_gaze_begin(gaze, &arena->house->options.rules);
    gaze->stays = !may_follow(arena);
}

/* Who may not is told again that it follows nobody. */
static void watch(const struct arena *arena, struct ouro_player *player, const json_t *data)
{
    struct arena_gaze *gaze = &of(player)->gaze;
    if (may_follow(arena))
        arena_gaze_set(gaze, data);
    else
        gaze->told = false;
}

static void steer(struct arena *arena, const struct ouro_player *player,
                  const struct ouro_payload *said)
{
    const struct arena_entrant *entrant = of(player)->entrant;
    if (entrant && said->len == 1)
        arena_stage_input(&arena->stage, entrant, said->bytes[0]);
}

void arena_player_input(struct arena *arena, const struct ouro_input *input)
{
    switch (input->kind) {
    case OURO_INPUT_ENTER:
        enter(arena, input->player);
        break;
    case OURO_INPUT_LEAVE:
        leave(arena, input->player);
        break;
    case OURO_INPUT_RETURN:
        of(input->player)->gaze.told = false;
        break;
    case OURO_INPUT_REQUEST:
        request(arena, input);
        break;
    case OURO_INPUT_MESSAGE:
        if (strcmp(input->payload->name, "watch") == 0)
            watch(arena, input->player, input->payload->data);
        break;
    case OURO_INPUT_BYTES:
        steer(arena, input->player, input->payload);
        break;
    default:
        break;
    }
}
