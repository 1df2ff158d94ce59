/* SPDX-License-Identifier: MIT */
/*
 * bench_fanout: what it costs to bring a classic game's ticks to many spectators, beside a bare
 * loop of send() with frames of the same size, in turns in the same run. docs/benchmarks.md says
 * how to read it.
 *
 *      for each load, for each round:
 *          start the server    -> measure -> stop     its bytes per tick ...
 *          start the bare loop -> measure -> stop     ... are the size of the bare loop's frame
 *
 * Every second round goes the other way round (A B, B A, A B), so that a machine that grows slower
 * or faster on the way favours neither.
 */
#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bare.h"
#include "players.h"
#include "program.h"
#include "report.h"

#define LOADS_MAX       8
#define ARGS_MAX        32
#define ROUNDS_DEFAULT  3
#define NULL_WIRE_BYTES 300 /* the frame when the bare loop is measured against itself */
#define DEFAULT_LOADS   "100@30x3,1000@30x9,10000@10x3"
#define DEFAULT_OUT     "bench/results/fanout.md"

static const char USAGE[] =
    "usage: bench_fanout [options] [-- more arguments for the server]\n"
    "  --load N@HZxR,.. spectators, tick rate, rounds: pairs of runs, server and bare loop in turns\n"
    "                   (" DEFAULT_LOADS ")\n"
    "  --seconds S      measured per run, after a warm-up (3)\n"
    "  --players K      clients besides who play, so that there is a game to watch (4, at most 10)\n"
    "  --server FILE    the server (snakepit beside this program)\n"
    "  --out FILE       the report (" DEFAULT_OUT "; with --null: none)\n"
    "  --spin           the load generator never sleeps: nobody is charged with waking it\n"
    "  --null           measure the bare loop against itself: the ratio must come out at 1\n"
    "  --bare HZ,BYTES  be the bare loop, until killed\n";

struct load_point {
    size_t spectators, rounds;
    double tick_hz;
};

struct settings {
    size_t load_count, players;
    struct load_point loads[LOADS_MAX];
    double seconds;
    bool null, spin;
    const char *out, *bare;
    char server[PATH_MAX + 16];
    char **server_args; /* up to a NULL */
    struct program program;
};

/* --- settings -------------------------------------------------------------------------------- */

/* "1000@30x9" at the start of the text; returns its length. */
static int parse_load(const char *text, struct load_point *ret)
{
    struct load_point point = {.rounds = ROUNDS_DEFAULT};
    int used = 0, rounds_used = 0;
    if (sscanf(text, "%zu@%lf%n", &point.spectators, &point.tick_hz, &used) < 2)
        return -EINVAL;
    if (sscanf(text + used, "x%zu%n", &point.rounds, &rounds_used) == 1)
        used += rounds_used;
    if (point.spectators < 1 || point.spectators > BARE_CLIENTS_MAX - PLAYERS_MAX ||
        point.rounds < 1 || point.rounds > REPORT_ROUNDS_MAX || !(point.tick_hz > 0))
        return -EINVAL;
    *ret = point;
    return used;
}

static int parse_loads(struct settings *settings, const char *text)
{
    for (size_t i = 0; i < LOADS_MAX; i++) {
        int used = parse_load(text, &settings->loads[i]);
        if (used < 0 || (text[used] != 0 && text[used] != ','))
            return -EINVAL;
        settings->load_count = i + 1;
        if (text[used] == 0)
            return 0;
        text += used + 1;
    }
    return -E2BIG;
}

static int apply_option(struct settings *settings, int option, const char *value)
{
    switch (option) {
    case 'l':
        return parse_loads(settings, value);
    case 's':
        settings->seconds = strtod(value, NULL);
        return settings->seconds > 0 && settings->seconds <= 600 ? 0 : -EINVAL;
    case 'p':
        settings->players = strtoul(value, NULL, 10);
        return settings->players >= 1 && settings->players <= PLAYERS_MAX ? 0 : -EINVAL;
    case 'S':
        return realpath(value, settings->server) ? 0 : -errno;
    case 'o':
        settings->out = value;
        return 0;
    case 'n':
        settings->null = true;
        return 0;
    case 'i':
        settings->spin = true;
        return 0;
    case 'b':
        settings->bare = value;
        return 0;
    case 'h':
        fputs(USAGE, stdout);
        exit(0);
    default:
        return -EINVAL;
    }
}

static int parse_options(struct settings *settings, int argc, char **argv)
{
    static const struct option OPTIONS[] = {
        {"load", required_argument, NULL, 'l'},    {"seconds", required_argument, NULL, 's'},
        {"players", required_argument, NULL, 'p'}, {"server", required_argument, NULL, 'S'},
        {"out", required_argument, NULL, 'o'},     {"null", no_argument, NULL, 'n'},
        {"bare", required_argument, NULL, 'b'},    {"spin", no_argument, NULL, 'i'},
        {"help", no_argument, NULL, 'h'},          {0},
    };
    int option, r = parse_loads(settings, DEFAULT_LOADS);
    snprintf(settings->server, sizeof settings->server, "%s/snakepit", settings->program.folder);
    while (r == 0 && (option = getopt_long(argc, argv, "", OPTIONS, NULL)) != -1)
        r = apply_option(settings, option, optarg);
    settings->server_args = argv + optind;
    if (!settings->out && !settings->null)
        settings->out = DEFAULT_OUT;
    return r;
}

/* --- the two servers ------------------------------------------------------------------------- */

/* Strings that a command line points to. */
struct command {
    char data[64], number[64];
    char *argv[ARGS_MAX + 1];
};

static void snakepit_command(struct settings *settings, double tick_hz, struct command *ret)
{
    static char listen[] = "--listen", address[] = "127.0.0.1:0", data[] = "--data",
                rate[] = "--tick-hz";
    char *fixed[] = {settings->server, listen, address, data, ret->data, rate, ret->number};
    size_t count = sizeof fixed / sizeof *fixed;
    snprintf(ret->data, sizeof ret->data, "%s/data", settings->program.temp);
    mkdir(ret->data, 0700); /* the first time; then it is there */
    snprintf(ret->number, sizeof ret->number, "%g", tick_hz);
    memcpy(ret->argv, fixed, sizeof fixed);
    for (char **more = settings->server_args; *more && count < ARGS_MAX; more++)
        ret->argv[count++] = *more;
    ret->argv[count] = NULL;
}

static void bare_command(struct settings *settings, double tick_hz, double wire_bytes,
                         struct command *ret)
{
    static char mode[] = "--bare";
    snprintf(ret->number, sizeof ret->number, "%g,%.0f", tick_hz, wire_bytes);
    ret->argv[0] = settings->program.self;
    ret->argv[1] = mode;
    ret->argv[2] = ret->number;
    ret->argv[3] = NULL;
}

static int be_bare(const char *text)
{
    double tick_hz = 0;
    size_t wire_bytes = 0;
    if (sscanf(text, "%lf,%zu", &tick_hz, &wire_bytes) < 2 || tick_hz <= 0)
        return -EINVAL;
    return bare_serve(tick_hz, wire_bytes);
}

/* --- runs ------------------------------------------------------------------------------------ */

static int measure_command(const struct settings *settings, const struct load_point *point,
                           const struct command *command, struct run_result *ret)
{
    char log[PROGRAM_LOG_BYTES];
    program_log(&settings->program, log);
    const struct run_options options = {.argv = command->argv,
                                        .log = log,
                                        .spectators = point->spectators,
                                        .players = settings->players,
                                        .tick_hz = point->tick_hz,
                                        .spin = settings->spin,
                                        .warm_ns = BENCH_SEC,
                                        .window_ns = (int64_t)(settings->seconds * 1e9),
                                        .server_core = settings->program.server_core,
                                        .load_core = settings->program.load_core};
    int r = run_measure(&options, ret);
    if (r < 0)
        program_show_failure(&settings->program, command->argv[0], r);
    return r;
}

/* One side of a round; `wire_bytes` is what the server sent last and the bare loop shall send. */
static int measure_side(struct settings *settings, struct report_load *load,
                        const struct load_point *point, enum report_side side, size_t round,
                        double *wire_bytes)
{
    struct command command = {0};
    struct run_result result;
    if (side == REPORT_SERVER && !settings->null)
        snakepit_command(settings, point->tick_hz, &command);
    else
        bare_command(settings, point->tick_hz, *wire_bytes, &command);
    int r = measure_command(settings, point, &command, &result);
    if (r < 0)
        return r;
    r = report_take(load, side, round, &result);
    if (side == REPORT_SERVER)
        *wire_bytes = result.bytes_per_delivery;
    fprintf(stderr, "%zu@%g round %zu %s: %.3f us per delivered tick, %.4f Hz\n", point->spectators,
            point->tick_hz, round + 1, side == REPORT_BARE ? "bare" : "server",
            result.cpu_us_per_delivery, result.ticks.rate_hz);
    run_result_done(&result);
    return r;
}

static int measure_load(struct settings *settings, const struct load_point *point,
                        struct report_load *load)
{
    *load = (struct report_load){.spectators = point->spectators,
                                 .players = settings->players,
                                 .rounds = point->rounds,
                                 .tick_hz = point->tick_hz};
    int r = 0;
    double wire_bytes = NULL_WIRE_BYTES;
    for (size_t round = 0; r == 0 && round < point->rounds; round++) {
        enum report_side first = round % 2 == 0 ? REPORT_SERVER : REPORT_BARE;
        r = measure_side(settings, load, point, first, round, &wire_bytes);
        if (r == 0)
            r = measure_side(settings, load, point, !first, round, &wire_bytes);
    }
    return r;
}

static int measure_all(struct settings *settings, struct report_load *loads, size_t *ret_count)
{
    size_t count = 0;
    int r = 0;
    for (size_t i = 0; r == 0 && i < settings->load_count; i++) {
        const struct load_point *point = &settings->loads[i];
        if (point->spectators + settings->players > program_connections_max())
            fprintf(stderr, "%zu spectators left out: ulimit -n does not permit so many\n",
                    point->spectators);
        else
            r = measure_load(settings, point, &loads[count++]);
    }
    *ret_count = count;
    return r;
}

/* --- report ---------------------------------------------------------------------------------- */

struct results {
    const struct settings *settings;
    struct report_load *loads;
    size_t count;
};

static void write_report(FILE *out, void *ud)
{
    struct results *results = ud;
    const char *name = results->settings->null ? "bare (null)" : "snakepit";
    program_write_head(out, &results->settings->program,
                       "Fan-out: ticks of a classic game to many spectators");
    for (size_t i = 0; i < results->count; i++)
        report_load_write(out, &results->loads[i], name);
    fprintf(out, "\n## Raw runs\n\n```csv\n");
    report_raw_head(out);
    for (size_t i = 0; i < results->count; i++)
        report_raw_write(out, &results->loads[i], name);
    fprintf(out, "```\n");
}

/* --- main ------------------------------------------------------------------------------------ */

static int run(struct settings *settings)
{
    struct results results = {.settings = settings,
                              .loads = calloc(LOADS_MAX, sizeof *results.loads)};
    if (!results.loads)
        return -ENOMEM;
    int r = measure_all(settings, results.loads, &results.count);
    if (r == 0)
        r = program_publish(settings->out, write_report, &results);
    for (size_t i = 0; i < LOADS_MAX; i++)
        report_load_done(&results.loads[i]);
    free(results.loads);
    return r;
}

int main(int argc, char **argv)
{
    static struct settings settings = {.seconds = 3, .players = 4};
    int r = program_init(&settings.program, argv);
    if (r < 0 || parse_options(&settings, argc, argv) < 0) {
        fputs(USAGE, stderr);
        return 2;
    }
    if (settings.bare)
        return be_bare(settings.bare) < 0;
    if (!settings.null && access(settings.server, X_OK) < 0) {
        fprintf(stderr, "there is no %s: build it first, or name one with --server\n",
                settings.server);
        return 2;
    }
    r = program_begin(&settings.program);
    if (r == 0) {
        r = run(&settings);
        program_end(&settings.program);
    }
    if (r < 0)
        fprintf(stderr, "bench_fanout: %s\n", strerror(-r));
    return r < 0;
}
