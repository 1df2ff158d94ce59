/* SPDX-License-Identifier: MIT */
#include "server/hall.h"

static uint64_t seed_of(const struct snakepit_arena *arena)
{
    return arena->seed_is_set ? arena->seed : ouro_random();
}

static int open_arena(struct hall *hall, const struct snakepit_arena *arena)
{
    struct arena_options options = {
        .rules = arena->rules,
        .tick_ns = arena->tick_ns,
        .seed = seed_of(arena),
        .players_max = arena->players_max,
        .bots = arena->bots,
        .bot_processes = arena->bot_processes,
        .record = arena->record,
        .record_bytes_max = arena->record_bytes_max,
        .recordings_max = arena->recordings_max,
        .delay_ns = arena->delay_ns,
    };
    return arena_open(&hall->arena, &options, hall->lobby);
}

static int open_lobby(struct hall *hall, const struct snakepit_settings *settings)
{
    struct ouro_lobby_options options = {
        .seats_max = 2 * settings->arena.players_max,
        .joins_per_second_max = settings->joins_per_second_max,
    };
    int rc = ouro_lobby_start(&options, &hall->lobby);
    return rc < 0 ? rc : open_arena(hall, &settings->arena);
}

static int open_way_in(struct hall *hall, const struct snakepit_settings *settings)
{
    struct ouro_play_options options = {
        .lobby = hall->lobby,
        .auth = hall->auth,
        .origins = settings->origins.items,
        .messages_per_second_max = settings->messages_per_second_max,
        .bad_messages_max = settings->bad_messages_max,
        .queue_bytes_max = settings->queue_bytes_max,
        .hello_ns_max = settings->new_player_ns_max,
        .ping_ns = settings->ping_ns,
        .idle_ns_max = settings->idle_ns_max,
    };
    return ouro_play_start(&options, &hall->play);
}

int hall_open(struct hall *hall, const struct snakepit_settings *settings)
{
    int rc = ouro_auth_new(&(struct ouro_auth_options){0}, &hall->auth);
    if (rc == 0)
        rc = open_lobby(hall, settings);
    return rc < 0 ? rc : open_way_in(hall, settings);
}

int hall_handle(struct hall *hall, struct ouro_http *http, struct ouro_guest *guest)
{
    return ouro_play_handle(hall->play, http, guest);
}

size_t hall_sessions(const struct hall *hall)
{
    return ouro_play_stats(hall->play).sessions;
}

void hall_put_metrics(const struct hall *hall, struct ouro_buf *out)
{
    const struct arena_figures *figures = &hall->arena.figures;
    ouro_metrics_put(out, "snakepit_arena_living", "gauge", "Snakes alive in the arena.",
                     figures->living);
    ouro_metrics_put(out, "snakepit_arena_bots", "gauge", "Bots among them.", figures->bots);
    ouro_metrics_put(out, "snakepit_arena_replays", "gauge", "Rooms where it is seen again.",
                     figures->replays);
    ouro_metrics_put(out, "snakepit_arena_players", "gauge", "Players in the arena.",
                     figures->players);
    ouro_metrics_put(out, "snakepit_arena_births_total", "counter", "Snakes born in the arena.",
                     (double)figures->births);
    ouro_metrics_put(out, "snakepit_arena_deaths_total", "counter", "Snakes that died there.",
                     (double)figures->deaths);
    ouro_metrics_put(out, "snakepit_arena_ticks_late_total", "counter",
                     "Its ticks that began late.", (double)figures->late);
    ouro_metrics_put_state(out, &figures->state);
    ouro_metrics_put_lobby(out, hall->lobby);
    ouro_metrics_put_play(out, hall->play);
}

void hall_close(struct hall *hall, int64_t deadline)
{
    ouro_play_stop(hall->play, deadline);
    arena_shut(&hall->arena);
    ouro_lobby_stop(hall->lobby);
    arena_close(&hall->arena);
    ouro_auth_free(hall->auth);
}
