/* SPDX-License-Identifier: MIT */
/* The world with all its players, and the bare loop, in turns. */
#include "bench_arena.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>

#include "measure.h"

#define ARGS_MAX 40
/* Ten thousand who are born at once are more than there is time for; what they made late is made up
 * for by then. */
#define WARM_NS        (5 * BENCH_SEC)
#define LENGTH_GUESSED 16 /* cells that each snake is taken to have */

/* A world in which so many heads are in a view. */
static size_t side_for(const struct bench_settings *settings, size_t players)
{
    double area = (double)settings->view_width * (double)settings->view_height;
    return (size_t)sqrt((double)players * area / (double)settings->in_view);
}

static int init_point(const struct bench_settings *settings, size_t players, double hz,
                      struct arena_point *ret)
{
    static const struct table_metric METRICS[] = {
#define METRIC(id, name, digits) {name, digits},
        ARENA_METRICS(METRIC)
#undef METRIC
    };
    *ret = (struct arena_point){
        .players = players,
        .hz = hz,
        .side = settings->side ? settings->side : side_for(settings, players),
        .table = {.metrics = METRICS,
                  .metric_count = ARENA_METRIC_COUNT,
                  .sides = {"snakepit", "bare loop"},
                  .side_count = ARENA_SIDES,
                  .rounds = settings->rounds},
    };
    snprintf(ret->name, sizeof ret->name, "%zu players at %g Hz", players, hz);
    for (size_t i = 0; i < ARENA_SIDES; i++) {
        ret->lateness[i] = calloc(ARENA_TICKS_POOLED_MAX, sizeof(double));
        if (!ret->lateness[i])
            return -ENOMEM;
    }
    return 0;
}

/* --- the two servers ------------------------------------------------------------------------- */

/* Strings that a command line points to. */
struct command {
    char data[64], texts[ARGS_MAX][48];
    char *argv[ARGS_MAX + 1];
    size_t count;
};

__attribute__((format(printf, 2, 3))) static void add(struct command *command, const char *format,
                                                      ...)
{
    va_list args;
    char *text = command->texts[command->count];
    va_start(args, format);
    vsnprintf(text, sizeof command->texts[0], format, args);
    va_end(args);
    command->argv[command->count++] = text;
}

static void snakepit_command(struct bench_settings *settings, const struct arena_point *point,
                             struct command *command)
{
    command->argv[command->count++] = settings->server;
    snprintf(command->data, sizeof command->data, "%s/data", settings->program.temp);
    mkdir(command->data, 0700); /* the first time; then it is there */
    add(command, "--listen=127.0.0.1:0");
    add(command, "--data=%s", command->data);
    add(command, "--arena-tick-hz=%g", point->hz);
    add(command, "--arena-size=%zu", point->side);
    add(command, "--arena-players-max=%zu", point->players + 1);
    add(command, "--arena-bots=0");
    add(command, "--joins-per-second-max=100000");
    for (char **more = settings->server_args; *more && command->count < ARGS_MAX; more++)
        command->argv[command->count++] = *more;
}

static void bare_command(struct bench_settings *settings, const struct arena_point *point,
                         struct command *command)
{
    command->argv[command->count++] = settings->program.self;
    add(command, "--bare=%g,%.0f", point->hz, point->wire_bytes);
}

/* --- quiet cores ----------------------------------------------------------------------------- */

static bool is_quiet(const struct bench_settings *settings, double ns)
{
    return settings->quiet == 0 || ns <= settings->quiet || bench_now() > settings->patient_until;
}

/* 1, 0 or a failure. */
static int are_quiet(const struct bench_settings *settings)
{
    double server = 0, load = 0;
    int r = bench_core_speed(settings->program.server_core, &server);
    if (r == 0)
        r = bench_core_speed(settings->program.load_core, &load);
    return r < 0 ? r : is_quiet(settings, server) && is_quiet(settings, load);
}

static int wait_for_quiet(const struct bench_settings *settings)
{
    const struct timespec pause = {.tv_sec = 1};
    int r = settings->quiet > 0 ? are_quiet(settings) : 1;
    while (r == 0)
        r = nanosleep(&pause, NULL) < 0 ? -errno : are_quiet(settings);
    return r < 0 ? r : 0;
}

/* Somebody else's virtual machine on a core's other thread takes a third of that core, and more. A
 * run that it may have disturbed is none: whether it did is told by the core, not by the result. */
static int run_undisturbed(const struct bench_settings *settings, struct arena_point *point,
                           const struct arena_run_options *options, struct arena_result *ret)
{
    int r;
    while ((r = wait_for_quiet(settings)) == 0 && (r = arena_run(options, ret)) == 0) {
        if (is_quiet(settings, ret->values[ARENA_CORE]))
            break;
        fprintf(stderr, "%s: a step took %.3f ns on that core: again\n", point->name,
                ret->values[ARENA_CORE]);
        arena_result_done(ret);
        point->again++;
    }
    return r;
}

/* --- runs ------------------------------------------------------------------------------------ */

static void take(struct arena_point *point, enum arena_side side, size_t round,
                 const struct arena_result *result)
{
    for (size_t i = 0; i < ARENA_METRIC_COUNT; i++)
        point->table.values[side][i][round] = result->values[i];
    for (size_t i = 0; i < result->ticks.ticks && point->ticks[side] < ARENA_TICKS_POOLED_MAX; i++)
        point->lateness[side][point->ticks[side]++] = result->ticks.lateness[i];
    if (side == ARENA_SERVER)
        point->wire_bytes = result->values[ARENA_SNAPSHOT_BYTES];
    fprintf(stderr, "%s, round %zu, %s: %.3f us per snapshot, %.0f snapshots/s\n", point->name,
            round + 1, point->table.sides[side], result->values[ARENA_CPU],
            result->values[ARENA_SNAPSHOTS]);
}

static int measure_side(struct bench_settings *settings, struct arena_point *point,
                        enum arena_side side, size_t round)
{
    char log[PROGRAM_LOG_BYTES];
    struct command command = {0};
    struct arena_result result;
    if (side == ARENA_SERVER)
        snakepit_command(settings, point, &command);
    else
        bare_command(settings, point, &command);
    program_log(&settings->program, log);
    const struct arena_run_options options = {
        .argv = command.argv,
        .log = log,
        .hz = point->hz,
        .load = {.clients = point->players,
                 .bare = side == ARENA_BARE,
                 .width = (int)point->side,
                 .height = (int)point->side,
                 .view_width = (int)settings->view_width,
                 .view_height = (int)settings->view_height,
                 .length = LENGTH_GUESSED,
                 .straight = (uint32_t)settings->straight},
        .warm_ns = WARM_NS,
        .window_ns = (int64_t)(settings->seconds * 1e9),
        .server_core = settings->program.server_core,
        .load_core = settings->program.load_core,
    };
    int r = run_undisturbed(settings, point, &options, &result);
    if (r < 0) {
        program_show_failure(&settings->program, command.argv[0], r);
        return r;
    }
    take(point, side, round, &result);
    arena_result_done(&result);
    return 0;
}

static int measure_point(struct bench_settings *settings, struct arena_point *point)
{
    int r = 0;
    for (size_t round = 0; r == 0 && round < settings->rounds; round++) {
        enum arena_side first = round % 2 == 0 ? ARENA_SERVER : ARENA_BARE;
        r = measure_side(settings, point, first, round);
        if (r == 0)
            r = measure_side(settings, point, first == ARENA_SERVER ? ARENA_BARE : ARENA_SERVER,
                             round);
    }
    for (size_t i = 0; i < ARENA_SIDES; i++)
        bench_sort(point->lateness[i], point->ticks[i]);
    return r;
}

int arena_world_measure(struct bench_settings *settings, struct arena_results *results)
{
    bool one = settings->players || settings->hz > 0;
    const struct {
        size_t players;
        double hz;
    } points[ARENA_POINTS_MAX] = {
        {settings->players ? settings->players : 10000, settings->hz > 0 ? settings->hz : 10},
        {5000, 20},
    };
    int r = 0;
    for (size_t i = 0; r == 0 && i < (one ? 1 : ARENA_POINTS_MAX); i++) {
        if (points[i].players > program_connections_max()) {
            fprintf(stderr, "%zu players left out: ulimit -n does not permit so many\n",
                    points[i].players);
            continue;
        }
        struct arena_point *point = &results->points[results->count++];
        r = init_point(settings, points[i].players, points[i].hz, point);
        if (r == 0)
            r = measure_point(settings, point);
    }
    return r;
}

void arena_world_done(struct arena_results *results)
{
    for (size_t i = 0; i < results->count; i++)
        for (size_t side = 0; side < ARENA_SIDES; side++)
            free(results->points[i].lateness[side]);
}
