/* SPDX-License-Identifier: MIT */
/* What a tick of an arena costs by the number of spectators, at a thousand players, without
 * sockets: Snakepit's own rules and records, and a view for each player and spectator. */
#include "bench_arena.h"

#include "rules/arena.h"
#include "server/arena_shown.h"
#include "sinks.h"
#include "snakes.h"

#include <ouro/runtime.h>

#include <errno.h>
#include <stdlib.h>

#include "measure.h"

#define PLAYERS     1000
#define SIDE        292 /* cells: 30 heads in a view */
#define VIEW_WIDTH  64
#define VIEW_HEIGHT 40
#define STRAIGHT    20
#define TICKS       200
#define TICKS_WARM  100 /* until all are as long as they will be */
#define SEED        1

struct stage {
    struct arena_settings settings;
    struct arena_world *world;
    struct snakes *snakes;
    struct arena_shown shown;
    struct ouro_state *state;
    uint32_t tick;
    size_t viewers;
    uint32_t numbers[PLAYERS]; /* of their snakes, or ARENA_NOBODY */
    struct place {
        int x, y;
    } heads[PLAYERS];
    struct ouro_player *players;
    struct ouro_view **views;
};

/* --- the world -------------------------------------------------------------------------------- */

#define NOBODY UINT32_MAX

static void on_born(struct stage *stage, const struct arena_event *event)
{
    const struct arena_owner owner = {.player = event->id, .face.name = "player"};
    struct arena_snake snake;
    size_t player = event->id - 1;
    arena_snake(stage->world, event->snake, &snake);
    arena_shown_born(&stage->shown, event, snake.way, &owner, stage->tick);
    snakes_born(stage->snakes, player, stage->tick, event->x, event->y, snake.way);
    stage->numbers[player] = event->snake;
}

static void on_died(struct stage *stage, const struct arena_event *event)
{
    arena_shown_died(&stage->shown, event->snake);
    snakes_died(stage->snakes, event->id - 1);
    stage->numbers[event->id - 1] = NOBODY;
}

static void on_event(void *ud, const struct arena_event *event)
{
    struct stage *stage = ud;
    switch (event->kind) {
    case ARENA_BORN:
        on_born(stage, event);
        break;
    case ARENA_DIED:
        on_died(stage, event);
        break;
    case ARENA_FOOD:
    case ARENA_FOOD_GONE:
        arena_shown_food(&stage->shown, event);
        break;
    case ARENA_NO_ROOM:
        break;
    }
}

static void steer(struct stage *stage, size_t player)
{
    struct snakes_turn turn;
    if (stage->numbers[player] == NOBODY)
        arena_join(stage->world, (uint32_t)player + 1);
    else if (snakes_see(stage->snakes, player, stage->tick, UINT32_MAX / 2, &turn))
        arena_input(stage->world, (uint32_t)player + 1, turn.way);
}

static void look_around(struct stage *stage)
{
    for (size_t i = 0; i < stage->viewers; i++) {
        size_t player = i % PLAYERS; /* spectators look at players */
        struct place *head = &stage->heads[player];
        if (stage->numbers[player] != NOBODY)
            arena_shown_head(&stage->shown, stage->numbers[player], &head->x, &head->y);
        const struct ouro_rect rect = {head->x, head->y, VIEW_WIDTH, VIEW_HEIGHT};
        ouro_view_look(stage->views[i], &rect);
    }
}

static void play(struct stage *stage)
{
    for (size_t i = 0; i < PLAYERS; i++)
        steer(stage, i);
    stage->tick++;
    arena_tick(stage->world, on_event, stage);
    arena_shown_moves(&stage->shown, stage->world, stage->tick);
    look_around(stage);
}

/* --- life ------------------------------------------------------------------------------------- */

static int open_views(struct stage *stage)
{
    int rc = 0;
    stage->players = calloc(stage->viewers, sizeof *stage->players);
    stage->views = calloc(stage->viewers, sizeof *stage->views);
    if (!stage->players || !stage->views)
        return -ENOMEM;
    for (size_t i = 0; rc == 0 && i < stage->viewers; i++) {
        stage->players[i] = (struct ouro_player){.ops = &sink_ops, .id = (uint32_t)i + 1};
        rc = ouro_view_new(stage->state, &stage->players[i], NULL, &stage->views[i]);
    }
    return rc;
}

static int open_stage(struct stage *stage, size_t spectators)
{
    const struct snakes_options snakes = {
        .count = PLAYERS, .width = SIDE, .height = SIDE, .length = 20, .straight = STRAIGHT};
    stage->settings = arena_settings_default();
    stage->settings.width = stage->settings.height = SIDE;
    stage->settings.snakes_max = PLAYERS;
    stage->viewers = PLAYERS + spectators;
    for (size_t i = 0; i < PLAYERS; i++)
        stage->numbers[i] = NOBODY;
    void *memory = malloc(arena_world_bytes(&stage->settings));
    if (!memory)
        return -ENOMEM;
    stage->world = arena_world_init(memory, &stage->settings, SEED);
    const struct ouro_state_options state = {.types = arena_types,
                                             .cell = ARENA_GRID_CELLS,
                                             .entities_max = arena_entities_max(&stage->settings)};
    int rc = ouro_state_new(&state, &stage->state);
    if (rc == 0)
        rc = snakes_new(&snakes, &stage->snakes);
    if (rc == 0)
        rc = arena_shown_init(&stage->shown, stage->state, &stage->settings);
    return rc < 0 ? rc : open_views(stage);
}

static void close_stage(struct stage *stage)
{
    arena_shown_done(&stage->shown);
    ouro_state_free(stage->state);
    snakes_free(stage->snakes);
    free(stage->world);
    free(stage->players);
    free(stage->views);
}

/* --- measuring -------------------------------------------------------------------------------- */

/* Of single ticks, the middle: who else runs on this machine interrupts a few of them. */
static double middle_us(double *ns)
{
    bench_sort(ns, TICKS);
    return bench_percentile(ns, TICKS, 50) / 1e3;
}

static void measure(FILE *out, struct stage *stage)
{
    static double all_ns[TICKS], encode_ns[TICKS];
    struct ouro_state_stats before = ouro_state_stats(stage->state);
    for (int i = 0; i < TICKS; i++) {
        play(stage);
        sinks_encode_ns();
        int64_t begin = bench_thread_cpu_ns();
        ouro_state_publish(stage->state, stage->tick);
        all_ns[i] = (double)(bench_thread_cpu_ns() - begin);
        encode_ns[i] = (double)sinks_encode_ns();
    }
    struct ouro_state_stats after = ouro_state_stats(stage->state);
    double all_us = middle_us(all_ns), encode_us = middle_us(encode_ns);
    fprintf(out, "| %zu | %u | %.1f | %.0f | %.0f | %.0f | %.0f | %.3f |\n",
            stage->viewers - PLAYERS, after.entities,
            (double)(after.sections - before.sections) / TICKS, encode_us,
            (double)(after.section_bytes - before.section_bytes) / TICKS,
            (double)(after.snapshot_bytes - before.snapshot_bytes) /
                (double)(after.snapshots - before.snapshots),
            all_us, (all_us - encode_us) / (double)stage->viewers);
}

static int point(FILE *out, size_t spectators)
{
    struct stage *stage = calloc(1, sizeof *stage);
    if (!stage)
        return -ENOMEM;
    int rc = open_stage(stage, spectators);
    for (int i = 0; rc == 0 && i < TICKS_WARM; i++) {
        play(stage);
        ouro_state_publish(stage->state, stage->tick);
    }
    if (rc == 0)
        measure(out, stage);
    close_stage(stage);
    free(stage);
    return rc;
}

static int curve(void *out)
{
    static const size_t SPECTATORS[] = {0, 500, 1000, 2000, 4000, 8000};
    int rc = 0;
    fprintf(out, "\n## A tick by the number of spectators, at %d players, without sockets\n\n",
            PLAYERS);
    fprintf(out,
            "| spectators | entities | sections encoded per tick | us to find and encode | "
            "bytes encoded | bytes per snapshot | us to publish, all | us per view to gather |\n"
            "|---|---|---|---|---|---|---|---|\n");
    for (size_t i = 0; rc == 0 && i < sizeof SPECTATORS / sizeof *SPECTATORS; i++)
        rc = point(out, SPECTATORS[i]);
    return rc;
}

int arena_curve(FILE *out)
{
    return ouro_run(curve, out);
}
