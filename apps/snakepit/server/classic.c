/* SPDX-License-Identifier: MIT */
#include "server/classic.h"

#include "server/message.h"

#include <stdlib.h>
#include <string.h>

/* Deaths that a client may have missed while it was behind; with more, it is sent away to come
 * back fresh. */
#define GRAVES          64
#define CLOSE_TRY_AGAIN 4010

struct grave {
    uint32_t id; /* 0: none yet */
    int64_t died_at;
};

/* A snake that was asked for: from joining to its death. The player may leave before. */
struct owner {
    uint32_t id;
    struct classic_player *player; /* NULL: has left */
    char name[NAME_BYTES];
};

struct classic {
    struct classic_options options;
    struct ouro_room *room;
    struct classic_world *world;
    struct ouro_ticker ticker;
    struct owner owners[CLASSIC_PLAYERS_MAX];
    size_t owner_count;
    struct grave graves[GRAVES]; /* the last death first */
    struct messages tick;        /* what the current tick tells everyone */
    struct messages picture;     /* the world as a whole; empty: not made since it changed */
    bool death_in_tick;
};

/* --- owners ----------------------------------------------------------------------------------- */

static struct classic_player *classic_player_of(struct ouro_player *player)
{
    return ouro_container(player, struct classic_player, player);
}

static struct owner *find_owner(struct classic *game, uint32_t id)
{
    for (size_t i = 0; i < game->owner_count; i++) {
        if (game->owners[i].id == id)
            return &game->owners[i];
    }
    return NULL;
}

static void add_owner(struct classic *game, struct classic_player *player)
{
    ouro_assert(game->owner_count < CLASSIC_PLAYERS_MAX);
    struct owner *owner = &game->owners[game->owner_count++];
    owner->id = player->player.id;
    owner->player = player;
    strcpy(owner->name, player->name);
}

static void remove_owner(struct classic *game, struct owner *owner)
{
    *owner = game->owners[--game->owner_count];
}

/* --- to one player ---------------------------------------------------------------------------- */

static int send_one(struct ouro_player *player, struct messages *messages)
{
    struct ouro_frame *frame = messages_take(messages);
    if (!frame)
        return -ENOMEM;
    int rc = player->ops->send(player, &frame, 1);
    ouro_frame_unref(frame);
    return rc;
}

static void send_error(struct ouro_player *player, const char *text)
{
    struct messages messages = {0};
    message_error(&messages, text);
    send_one(player, &messages);
    messages_done(&messages);
}

static void put_scores(struct classic *game, struct messages *messages)
{
    struct ouro_score top[OURO_BOARD_TOP_MAX];
    int count = ouro_board_top(game->options.store, CLASSIC_BOARD, top, game->options.top_max);
    message_scores(messages, top, count);
}

/* The world, the scores and the living: made once after each change, for all who come in then. */
static struct messages *whole_picture(struct classic *game)
{
    struct messages *picture = &game->picture;
    if (!messages_empty(picture))
        return picture;
    message_world(picture, game->world, &game->options.rules);
    put_scores(game, picture);
    for (int i = 0; i < classic_living(game->world); i++) {
        struct classic_snake snake = classic_living_at(game->world, i);
        const struct owner *owner = find_owner(game, snake.id);
        message_joined(picture, snake.id, owner->name, snake.colour, snake.score);
    }
    return picture;
}

static void welcome(struct classic *game, struct ouro_player *player)
{
    struct messages messages = {0};
    message_handshake(&messages, classic_player_of(player)->name, player->id);
    messages_append(&messages, whole_picture(game));
    send_one(player, &messages);
    messages_done(&messages);
}

/* For a player that was behind: first everybody dies, then the living join again. */
static void put_correction(struct classic *game, struct messages *messages)
{
    for (size_t i = 0; i < GRAVES && game->graves[i].id; i++)
        message_gameover(messages, game->graves[i].id);
    for (int i = 0; i < classic_living(game->world); i++)
        message_gameover(messages, classic_living_at(game->world, i).id);
    messages_append(messages, whole_picture(game));
}

static int resync(struct ouro_room *room, struct ouro_player *player, void *ud)
{
    (void)room;
    struct classic *game = ud;
    const struct grave *oldest = &game->graves[GRAVES - 1];
    /* A death and missing it are of one tick, but not of the same instant. */
    if (oldest->id && oldest->died_at >= player->behind_since - game->options.tick_ns) {
        player->ops->close(player, CLOSE_TRY_AGAIN, "too much was missed; come in again");
        return 0;
    }
    struct messages messages = {0};
    put_correction(game, &messages);
    int rc = send_one(player, &messages);
    messages_done(&messages);
    return rc;
}

/* --- to everyone ------------------------------------------------------------------------------ */

static void publish(struct classic *game, struct messages *messages)
{
    messages_clear(&game->picture);
    if (messages_empty(messages))
        return;
    struct ouro_frame *frame = messages_take(messages);
    if (frame)
        ouro_room_broadcast(game->room, frame);
    ouro_frame_unref(frame);
}

/* In front; who died before leaves its old place, so that a few who come again and again do not
 * push out all others. */
static void bury(struct classic *game, uint32_t id)
{
    size_t place = 0;
    while (place < GRAVES - 1 && game->graves[place].id != id)
        place++;
    memmove(game->graves + 1, game->graves, place * sizeof game->graves[0]);
    game->graves[0] = (struct grave){.id = id, .died_at = ouro_now()};
}

static void on_death(struct classic *game, const struct classic_event *event)
{
    struct owner *owner = find_owner(game, event->id);
    if (event->score > 0) /* a failure concerns the operator, whom the store tells */
        ouro_board_submit(game->options.store, CLASSIC_BOARD, owner->name, event->score);
    bury(game, event->id);
    game->death_in_tick = true;
    message_gameover(&game->tick, event->id);
    remove_owner(game, owner);
}

static void on_no_room(struct classic *game, uint32_t id)
{
    struct owner *owner = find_owner(game, id);
    if (owner->player)
        send_error(&owner->player->player, "there is no room on the field; try again");
    remove_owner(game, owner);
}

/* The rules tell in the order of the wire; the scores go between the dead and all the rest. */
static void on_event(void *ud, const struct classic_event *event)
{
    struct classic *game = ud;
    if (game->death_in_tick && event->kind != CLASSIC_GAMEOVER) {
        game->death_in_tick = false;
        put_scores(game, &game->tick);
    }
    switch (event->kind) {
    case CLASSIC_GAMEOVER:
        on_death(game, event);
        break;
    case CLASSIC_JOINED:
        message_joined(&game->tick, event->id, find_owner(game, event->id)->name, event->colour,
                       event->score);
        break;
    case CLASSIC_NO_ROOM:
        on_no_room(game, event->id);
        break;
    case CLASSIC_RENDER:
        message_render(&game->tick, event->x, event->y, event->glyph, event->colour);
        break;
    case CLASSIC_SCORE:
        message_score(&game->tick, event->id, event->score);
        break;
    case CLASSIC_WORLD_OVER:
        break;
    }
}

static void tick(struct classic *game)
{
    classic_tick(game->world, on_event, game);
    publish(game, &game->tick);
}

/* --- inputs ----------------------------------------------------------------------------------- */

static void join(struct classic *game, struct ouro_player *player)
{
    switch (classic_join(game->world, player->id)) {
    case 0:
        add_owner(game, classic_player_of(player));
        break;
    case -EEXIST:
        send_error(player, "you are playing already");
        break;
    default:
        send_error(player, "the field is full; wait until somebody dies");
    }
}

static void leave(struct classic *game, struct ouro_player *player)
{
    struct owner *owner = find_owner(game, player->id);
    if (!owner)
        return;
    owner->player = NULL;
    bool placed = false;
    for (int i = 0; i < classic_living(game->world); i++)
        placed |= classic_living_at(game->world, i).id == player->id;
    classic_leave(game->world, player->id);
    if (!placed) /* it vanishes without a death */
        remove_owner(game, owner);
}

static void handle(struct classic *game, const struct ouro_input *input)
{
    switch (input->kind) {
    case OURO_INPUT_ENTER:
        welcome(game, input->player);
        break;
    case OURO_INPUT_LEAVE:
        leave(game, input->player);
        break;
    case CLASSIC_JOIN:
        join(game, input->player);
        break;
    case CLASSIC_TURN:
        classic_turn(game->world, input->player->id, (enum classic_direction)input->value);
        break;
    }
}

/* --- the life of the room --------------------------------------------------------------------- */

static void reset(struct classic *game)
{
    classic_reset(game->world);
    game->owner_count = 0;
    messages_clear(&game->tick);
    message_reset_world(&game->tick);
    publish(game, &game->tick);
}

/* However many join at once: the first opens the round, the others are in it. */
static int wait_for_a_player(struct classic *game)
{
    for (;;) {
        struct ouro_input input;
        int rc = ouro_room_next(game->room, OURO_FOREVER, &input);
        if (rc < 0)
            return rc;
        if (input.kind == CLASSIC_JOIN)
            reset(game);
        handle(game, &input);
        if (input.kind == CLASSIC_JOIN)
            return 0;
    }
}

static int inputs_until_tick(struct classic *game)
{
    struct ouro_input input;
    int rc;
    while ((rc = ouro_room_next(game->room, game->ticker.next, &input)) == 0)
        handle(game, &input);
    return rc == -ETIMEDOUT ? 0 : rc;
}

static int play(struct classic *game)
{
    ouro_ticker_resume(&game->ticker);
    while (!classic_is_over(game->world)) {
        int rc = inputs_until_tick(game);
        if (rc < 0)
            return rc;
        ouro_ticker_begin(&game->ticker);
        tick(game);
    }
    return 0;
}

static int live(struct ouro_room *room, void *ud)
{
    (void)room;
    struct classic *game = ud;
    ouro_ticker_start(&game->ticker, "classic", game->options.tick_ns);
    for (;;) {
        int rc = wait_for_a_player(game);
        if (rc == 0)
            rc = play(game);
        if (rc < 0)
            return rc;
    }
}

/* --- start and stop --------------------------------------------------------------------------- */

static void game_free(struct classic *game)
{
    messages_done(&game->tick);
    messages_done(&game->picture);
    free(game->world);
    free(game);
}

int classic_start(const struct classic_options *options, struct classic **ret_game)
{
    struct classic *game = calloc(1, sizeof *game);
    void *memory = malloc(classic_world_bytes(&options->rules));
    if (!game || !memory) {
        free(memory);
        free(game);
        return -ENOMEM;
    }
    game->options = *options;
    game->world = classic_world_init(memory, &options->rules, options->seed);
    struct ouro_room_options room = {
        .name = "classic",
        .players_max = options->players_max,
        /* Less, and who has just got a picture of a large field would be behind again. */
        .backlog_bytes_max = classic_picture_bytes_max(&options->rules),
        .resync = resync,
    };
    int rc = ouro_room_start(&room, live, game, &game->room);
    if (rc < 0) {
        game_free(game);
        return rc;
    }
    *ret_game = game;
    return 0;
}

struct ouro_room *classic_room(struct classic *game)
{
    return game->room;
}

const struct ouro_ticker *classic_ticker(const struct classic *game)
{
    return &game->ticker;
}

struct classic *classic_stop(struct classic *game)
{
    if (!game)
        return NULL;
    ouro_room_stop(game->room);
    game_free(game);
    return NULL;
}

size_t classic_picture_bytes_max(const struct classic_settings *rules)
{
    size_t cells = (size_t)rules->width * (size_t)rules->height;
    return cells * sizeof "[\"%\",6]," + 64 * 1024;
}
