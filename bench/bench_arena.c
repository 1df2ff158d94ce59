/* SPDX-License-Identifier: MIT */
/*
 * bench_arena: one world of thousands of players who move, beside a bare loop that sends as many
 * bytes to as many sockets, in turns in the same run. docs/benchmarks.md says how to read it.
 *
 *      for each point, for each round:
 *          start snakepit      -> all play -> measure -> stop     its bytes per snapshot ...
 *          start the bare loop -> measure -> stop                 ... are the bare loop's frame
 *      what a tick costs by the number of spectators, without sockets
 */
#include "bench_arena.h"

#include <errno.h>
#include <getopt.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bare.h"
#include "measure.h"
#include "program.h"
#include "table.h"

#define DEFAULT_OUT "bench/results/arena.md"
static const char USAGE[] =
    "usage: bench_arena [options] [-- more arguments for the server]\n"
    "  --players N      clients, who all play (10000 at 10 Hz, then 5000 at 20 Hz)\n"
    "  --hz HZ          ticks per second (10)\n"
    "  --size N         side of the world in cells (so that as many snakes are in view as said)\n"
    "  --in-view N      snakes in a view, on average (30)\n"
    "  --view WxH       cells that each looks at (64x40)\n"
    "  --straight N     cells from one turn to the next, on average (20)\n"
    "  --rounds R       pairs of runs, server and bare loop in turns (3)\n"
    "  --seconds S      measured per run, after a warm-up (8)\n"
    "  --quiet NS       a run counts if a step of a loop takes no longer on its core, before and\n"
    "                   after (whatever it takes)\n"
    "  --patience M     minutes in which such runs are waited for; then others count, too (30)\n"
    "  --only WHAT      world or curve\n"
    "  --server FILE    the server (snakepit beside this program)\n"
    "  --out FILE       the report (" DEFAULT_OUT ")\n"
    "  --bare HZ,BYTES  be the bare loop, until killed\n";

/* --- settings -------------------------------------------------------------------------------- */

static int parse_view(struct bench_settings *settings, const char *text)
{
    int used = 0;
    if (sscanf(text, "%zux%zu%n", &settings->view_width, &settings->view_height, &used) < 2 ||
        text[used] || settings->view_width > 1000 || settings->view_height > 1000)
        return -EINVAL;
    return settings->view_width > 0 && settings->view_height > 0 ? 0 : -EINVAL;
}

static int apply_option(struct bench_settings *settings, int option, const char *value)
{
    switch (option) {
    case 'p':
        return program_read_count(value, 16, program_connections_max(), &settings->players);
    case 'z':
        return program_read_number(value, 60, &settings->hz);
    case 'S':
        return program_read_count(value, 64, 4096, &settings->side);
    case 'i':
        return program_read_count(value, 1, 1000, &settings->in_view);
    case 'v':
        return parse_view(settings, value);
    case 't':
        return program_read_count(value, 1, 10000, &settings->straight);
    case 'r':
        return program_read_count(value, 1, TABLE_ROUNDS_MAX, &settings->rounds);
    case 's':
        return program_read_number(value, 600, &settings->seconds);
    case 'q':
        return program_read_number(value, 1000, &settings->quiet);
    case 'a':
        return program_read_number(value, 1440, &settings->patience);
    case 'O':
        settings->only = value;
        return strcmp(value, "world") == 0 || strcmp(value, "curve") == 0 ? 0 : -EINVAL;
    case 'x':
        return realpath(value, settings->server) ? 0 : -errno;
    case 'o':
        settings->out = value;
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

static int parse_options(struct bench_settings *settings, int argc, char **argv)
{
    static const struct option OPTIONS[] = {
        {"players", required_argument, NULL, 'p'}, {"hz", required_argument, NULL, 'z'},
        {"size", required_argument, NULL, 'S'},    {"in-view", required_argument, NULL, 'i'},
        {"view", required_argument, NULL, 'v'},    {"straight", required_argument, NULL, 't'},
        {"rounds", required_argument, NULL, 'r'},  {"seconds", required_argument, NULL, 's'},
        {"quiet", required_argument, NULL, 'q'},   {"patience", required_argument, NULL, 'a'},
        {"only", required_argument, NULL, 'O'},    {"server", required_argument, NULL, 'x'},
        {"out", required_argument, NULL, 'o'},     {"bare", required_argument, NULL, 'b'},
        {"help", no_argument, NULL, 'h'},          {0},
    };
    int option, r = 0;
    snprintf(settings->server, sizeof settings->server, "%s/snakepit", settings->program.folder);
    while (r == 0 && (option = getopt_long(argc, argv, "", OPTIONS, NULL)) != -1)
        r = apply_option(settings, option, optarg);
    settings->server_args = argv + optind;
    return r;
}

static bool wants(const struct bench_settings *settings, const char *what)
{
    return !settings->only || strcmp(settings->only, what) == 0;
}

static int be_bare(const char *text)
{
    double tick_hz = 0;
    size_t wire_bytes = 0;
    if (sscanf(text, "%lf,%zu", &tick_hz, &wire_bytes) < 2 || tick_hz <= 0)
        return -EINVAL;
    return bare_serve(tick_hz, wire_bytes);
}

/* --- main ------------------------------------------------------------------------------------ */

static int measure_curve(struct arena_results *results)
{
    size_t size;
    FILE *out = open_memstream(&results->curve, &size);
    if (!out)
        return -errno;
    int r = arena_curve(out);
    fclose(out);
    return r;
}

static int run(struct bench_settings *settings)
{
    struct arena_results *results = calloc(1, sizeof *results);
    if (!results)
        return -ENOMEM;
    results->settings = settings;
    settings->patient_until = bench_now() + (int64_t)(settings->patience * 60 * BENCH_SEC);
    int r = wants(settings, "curve") ? measure_curve(results) : 0;
    if (r == 0 && wants(settings, "world"))
        r = arena_world_measure(settings, results);
    if (r == 0)
        r = program_publish(settings->out, arena_report_write, results);
    arena_world_done(results);
    free(results->curve);
    free(results);
    return r;
}

int main(int argc, char **argv)
{
    static struct bench_settings settings = {.view_width = 64,
                                             .view_height = 40,
                                             .in_view = 30,
                                             .straight = 20,
                                             .rounds = 3,
                                             .seconds = 8,
                                             .patience = 30,
                                             .out = DEFAULT_OUT};
    int r = program_init(&settings.program, argv);
    if (r < 0 || parse_options(&settings, argc, argv) < 0) {
        fputs(USAGE, stderr);
        return 2;
    }
    if (settings.bare)
        return be_bare(settings.bare) < 0;
    r = program_begin(&settings.program);
    if (r == 0) {
        r = run(&settings);
        program_end(&settings.program);
    }
    if (r < 0)
        fprintf(stderr, "bench_arena: %s\n", strerror(-r));
    return r < 0;
}
