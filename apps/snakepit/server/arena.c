/* SPDX-License-Identifier: MIT */
/* The life of an arena. */
#include "server/arena.h"

#include "server/arena_cinema.h"
#include "server/arena_room.h"

#include <jansson.h>
#include <stdlib.h>

#define EMPTY_NS OURO_SEC(60) /* whoever loads the page again finds the world as it was */

/* In which bots think, if not in processes. */
#define THREADS_MAX 4

/* A batch of sights takes a worker a fraction of that; one that hangs is killed. */
#define THINK_NS_MAX OURO_SEC(5)

/* Deaths that are kept for who may come back: those of all the time that a seat is held (20 s), if
 * each player dies every 10 s. */
#define EVENTS_PER_PLAYER 2
#define EVENTS_MIN        4096
#define EVENT_BYTES       256

/* Inputs of a player that may wait: a tick's, and some that came late. */
#define INPUTS_PER_PLAYER 4

/* From one step of bringing what looking needs to the next: as long as memory takes. */
#define PREFETCH_PLAYERS 4

/* --- a tick ----------------------------------------------------------------------------------- */

static uint32_t watching(const struct arena *arena)
{
    uint32_t count = 0;
    for (size_t i = 0; i < ouro_room_player_count(arena->room); i++) {
        const struct arena_player *own = ouro_player_data(ouro_room_player(arena->room, i));
        count += own->entrant == NULL;
    }
    return count;
}

/* Each hears the news in a tick of its own, and where its snake stands: no tick has much more to
 * tell than another. */
static void tell_whose_turn_it_is(struct arena *arena)
{
    size_t count = 0;
    uint32_t turn = arena->stage.tick % arena->news_ticks;
    for (size_t i = 0; i < ouro_room_player_count(arena->room); i++) {
        struct ouro_player *player = ouro_room_player(arena->room, i);
        if (player->id % arena->news_ticks != turn)
            continue;
        arena_player_tell_standing(arena, player);
        arena->turn[count++] = player;
    }
    ouro_room_send_some(arena->room, arena->turn, count, "news", json_incref(arena->told));
}

/* Without anybody to hear them there are none, so that who comes first hears what is true then. */
static void tell_news(struct arena *arena)
{
    bool is_empty = ouro_room_player_count(arena->room) == 0;
    if (is_empty || arena->stage.tick % arena->news_ticks == 0) {
        json_decref(arena->told);
        arena->told = NULL;
    }
    if (is_empty)
        return;
    if (!arena->told)
        arena->told = arena_news_take(&arena->news, arena->stage.world, watching(arena));
    tell_whose_turn_it_is(arena);
}

/* Of those who come soon, memory brings a pointer further at each step. */
static void look_ahead(const struct arena *arena, size_t next)
{
    size_t count = ouro_room_player_count(arena->room);
    for (unsigned steps = ARENA_PREFETCH_STEPS; steps > 0; steps--) {
        size_t at = next + steps * PREFETCH_PLAYERS;
        if (at < count)
            arena_player_prefetch(arena, ouro_room_player(arena->room, at), steps);
    }
}

static void look_around(struct arena *arena)
{
    for (size_t i = 0; i < ouro_room_player_count(arena->room); i++) {
        look_ahead(arena, i);
        arena_player_look(arena, ouro_room_player(arena->room, i));
    }
}

static void count(struct arena *arena)
{
    struct arena_figures *figures = &arena->house->figures;
    figures->living = arena_living(arena->stage.world);
    figures->bots = arena->bots.count;
    figures->players = (uint32_t)ouro_room_player_count(arena->room);
    figures->ticks = arena->ticker.ticks;
    figures->late = arena->ticker.late;
    figures->state = ouro_state_stats(ouro_room_state(arena->room));
}

static void bury(struct arena *arena)
{
    struct arena_stage *stage = &arena->stage;
    for (uint32_t i = 0; i < stage->death_count; i++) {
        arena_bots_gone(&arena->bots, stage->deaths[i].entrant);
        arena_player_died(arena, &stage->deaths[i]);
    }
}

static void tick(struct arena *arena)
{
    struct arena_stage *stage = &arena->stage;
    arena_bots_act(&arena->bots, (uint32_t)ouro_room_player_count(arena->room));
    arena_stage_tick(stage, arena_ticks(stage->world) + 1);
    bury(arena);
    tell_news(arena);
    look_around(arena);
    arena_stage_end(stage);
    arena_bots_look(&arena->bots);
    arena_recording_flush(&arena->recording);
    ouro_state_publish(stage->state, stage->tick);
    count(arena);
}

/* --- the room --------------------------------------------------------------------------------- */

static int start_bots(struct arena *arena)
{
    const struct arena_house *house = arena->house;
    const struct arena_options *options = &house->options;
    uint32_t batches = 1 + options->bots / ARENA_BATCH_MAX;
    uint32_t threads = batches < THREADS_MAX ? batches : THREADS_MAX;
    uint32_t thinkers = house->workers ? options->bot_processes : threads;
    return arena_bots_start(&arena->bots, &arena->stage, options->bots, house->workers, thinkers);
}

/* A recording that can't be made is no reason not to play. */
static int begin(struct arena *arena, struct ouro_room *room)
{
    struct arena_house *house = ouro_room_ud(room);
    const struct arena_options *options = &house->options;
    arena->house = house;
    arena->room = room;
    arena->per_second = arena_ticks_in(OURO_SEC(1), options->tick_ns);
    arena->news_ticks = arena_ticks_in(ARENA_NEWS_NS, options->tick_ns);
    int rc = arena_stage_init(&arena->stage, ouro_room_state(room), &options->rules, options->seed,
                              arena->per_second);
    arena->stage.ops = &arena_player_ops;
    arena->stage.ud = arena;
    arena->turn = calloc(options->players_max, sizeof(struct ouro_player *));
    if (!arena->turn)
        rc = -ENOMEM;
    if (rc == 0)
        rc = start_bots(arena);
    if (rc == 0 && options->record)
        arena_recording_start(&arena->recording, options, &arena->stage);
    house->live = arena;
    ouro_ticker_start(&arena->ticker, ouro_room_id(room), options->tick_ns);
    return rc;
}

static void end(struct arena *arena)
{
    arena->house->live = NULL;
    arena_recording_stop(&arena->recording);
    arena_bots_stop(&arena->bots);
    arena_stage_done(&arena->stage);
    json_decref(arena->told);
    free(arena->turn);
}

static int arena_life(struct ouro_room *room, void *data)
{
    struct arena *arena = data;
    struct ouro_input input;
    int rc = begin(arena, room);
    while (rc >= 0 && (rc = ouro_room_turn(room, &arena->ticker, &input)) >= 0) {
        if (rc == OURO_TURN_TICK)
            tick(arena);
        else
            arena_player_input(arena, &input);
    }
    end(arena);
    return rc;
}

json_t *arena_describe(const struct arena_settings *rules, int64_t tick_ns, bool replay)
{
    return json_pack("{s:i, s:i, s:f, s:i, s:i, s:i, s:i, s:i, s:i, s:b}", "width", rules->width,
                     "height", rules->height, "tick_ms", (double)tick_ns / 1e6, "knot_cells",
                     ARENA_KNOT_CELLS, "trail_cells", ARENA_TRAIL_CELLS, "length_start",
                     rules->length_start, "boost_cells", ARENA_BOOST_CELLS, "view_width_max",
                     ARENA_VIEW_WIDTH_MAX, "view_height_max", ARENA_VIEW_HEIGHT_MAX, "replay",
                     replay);
}

static void welcome(struct ouro_room *room, struct ouro_player *player, const char *schema,
                    json_t *welcome)
{
    (void)player, (void)schema;
    const struct arena_house *house = ouro_room_ud(room);
    json_object_set_new(welcome, "arena",
                        arena_describe(&house->options.rules, house->options.tick_ns, false));
}

static uint32_t events_kept(uint32_t players_max)
{
    uint32_t wanted = players_max * EVENTS_PER_PLAYER;
    return wanted > EVENTS_MIN ? wanted : EVENTS_MIN;
}

static int add_type(struct arena_house *house, struct ouro_lobby *lobby)
{
    const struct arena_options *options = &house->options;
    struct ouro_room_type type = {
        .name = "arena",
        .body = arena_life,
        .data_bytes = sizeof(struct arena),
        .player_bytes = sizeof(struct arena_player),
        .seats_max = options->players_max,
        .rooms_max = 1,
        .inputs_max = options->players_max * INPUTS_PER_PLAYER + 64,
        .empty_ns = EMPTY_NS,
        .events_max = events_kept(options->players_max),
        .events_bytes_max = (size_t)events_kept(options->players_max) * EVENT_BYTES,
        .tick_ns = options->tick_ns,
        .state = &house->shown,
        .view_width = ARENA_VIEW_WIDTH_MAX,
        .view_height = ARENA_VIEW_HEIGHT_MAX,
        .hooks.welcome = welcome,
        .ud = house,
    };
    return ouro_lobby_add_type(lobby, &type);
}

static int start_workers(struct arena_house *house)
{
    struct ouro_workers_options options = {.processes = house->options.bot_processes,
                                           .call_ns_max = THINK_NS_MAX};
    return options.processes ? ouro_workers_new(&options, &house->workers) : 0;
}

int arena_open(struct arena_house *house, const struct arena_options *options,
               struct ouro_lobby *lobby)
{
    uint32_t entities_max = options->entities_max;
    *house = (struct arena_house){.options = *options};
    house->shown = (struct ouro_state_options){
        .types = arena_types,
        .cell = ARENA_GRID_CELLS,
        .entities_max = entities_max ? entities_max : arena_entities_max(&options->rules)};
    int rc = start_workers(house);
    if (rc == 0)
        rc = arena_library_open(&house->library, lobby, options->record);
    if (rc == 0)
        rc = add_type(house, lobby);
    return rc < 0 ? rc : arena_cinema_add_type(house, lobby);
}

void arena_shut(struct arena_house *house)
{
    arena_library_close(&house->library);
}

void arena_close(struct arena_house *house)
{
    ouro_workers_free(house->workers);
}
