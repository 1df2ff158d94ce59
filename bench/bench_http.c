/* SPDX-License-Identifier: MIT */
/*
 * bench_http: what answers over HTTP cost, beside a bare epoll loop that sends a constant of the
 * same length, in turns in the same run. docs/benchmarks.md says how to read it.
 *
 *      for each load (JSON, a file; one request at a time, several in one piece), for each round:
 *          our server -> the bare loop; every second round the other way round
 */
#include "bench_http.h"

#include <errno.h>
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bare_answers.h"
#include "program.h"
#include "table.h"
#include "trips.h"

#define DEFAULT_OUT "bench/results/http.md"

static const char USAGE[] =
    "usage: bench_http [options]\n"
    "  --clients N    connections, kept alive (100)\n"
    "  --depth D      requests in one piece, where they are pipelined (16)\n"
    "  --rounds R     of both servers in turns (5)\n"
    "  --seconds S    measured per run, after a warm-up (2)\n"
    "  --out FILE     the report (" DEFAULT_OUT ")\n"
    "  --spin         the load generator never sleeps: nobody is charged with waking it\n"
    "  --serve        be the server, until killed\n"
    "  --bare BYTES   be the bare loop, until killed\n";

enum { OURS, BARE, SIDES };
enum { LOADS = 4 };

struct settings {
    struct program program;
    size_t clients, depth, rounds;
    double seconds;
    bool spin, serve;
    const char *out, *bare;
};

/* --- settings -------------------------------------------------------------------------------- */

static int apply_option(struct settings *settings, int option, const char *value)
{
    switch (option) {
    case 'c':
        return program_read_count(value, 1, program_connections_max(), &settings->clients);
    case 'd':
        return program_read_count(value, 1, CLIENTS_DEPTH_MAX, &settings->depth);
    case 'r':
        return program_read_count(value, 1, TABLE_ROUNDS_MAX, &settings->rounds);
    case 's':
        return program_read_number(value, 600, &settings->seconds);
    case 'o':
        settings->out = value;
        return 0;
    case 'w':
        settings->spin = true;
        return 0;
    case 'S':
        settings->serve = true;
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
        {"clients", required_argument, NULL, 'c'}, {"depth", required_argument, NULL, 'd'},
        {"rounds", required_argument, NULL, 'r'},  {"seconds", required_argument, NULL, 's'},
        {"out", required_argument, NULL, 'o'},     {"spin", no_argument, NULL, 'w'},
        {"serve", no_argument, NULL, 'S'},         {"bare", required_argument, NULL, 'b'},
        {"help", no_argument, NULL, 'h'},          {0},
    };
    int option, r = 0;
    while (r == 0 && (option = getopt_long(argc, argv, "", OPTIONS, NULL)) != -1)
        r = apply_option(settings, option, optarg);
    return r;
}

/* --- loads ----------------------------------------------------------------------------------- */

enum metric { CPU, RATE, BYTES, SERVER_BUSY, LOAD_BUSY, LOST, METRICS };

static const struct table_metric NAMES[] = {
    [CPU] = {"CPU us per request", 3},
    [RATE] = {"requests per second", 0},
    [BYTES] = {"bytes per answer, head included", 0},
    [SERVER_BUSY] = {"server, share of its core in %", 1},
    [LOAD_BUSY] = {"load generator, share of its core in %", 1},
    [LOST] = {"clients cut off", 0},
};

struct load {
    const char *title, *name, *path;
    size_t depth;
    struct table table;
};

static void take(const struct trips_result *result, struct table *table, size_t side, size_t round)
{
    const double values[METRICS] = {
        [CPU] = result->cpu_us_per_trip,       [RATE] = result->trips_per_second,
        [BYTES] = result->answer_bytes,        [SERVER_BUSY] = result->server_busy * 100,
        [LOAD_BUSY] = result->load_busy * 100, [LOST] = (double)result->lost,
    };
    for (size_t i = 0; i < METRICS; i++)
        table->values[side][i][round] = values[i];
}

static int measure_command(struct settings *settings, const struct load *load, char *const *argv,
                           struct trips_result *ret)
{
    char log[PROGRAM_LOG_BYTES];
    program_log(&settings->program, log);
    const struct trips_options options = {
        .argv = argv,
        .log = log,
        .clients = http_clients_new,
        .asking = {.count = settings->clients,
                   .spin = settings->spin,
                   .path = load->path,
                   .depth = load->depth},
        .warm_ns = BENCH_SEC / 2,
        .window_ns = (int64_t)(settings->seconds * 1e9),
        .server_core = settings->program.server_core,
        .load_core = settings->program.load_core,
    };
    int r = trips_measure(&options, ret);
    if (r < 0)
        program_show_failure(&settings->program, argv[0], r);
    return r;
}

/* `bytes`: how long the server's last answer was, and the bare loop's shall be. */
static int measure_side(struct settings *settings, struct load *load, size_t side, size_t round,
                        size_t *bytes)
{
    static char serve[] = "--serve", bare[] = "--bare";
    char number[32];
    snprintf(number, sizeof number, "%zu", *bytes);
    char *const ours[] = {settings->program.self, serve, NULL};
    char *const theirs[] = {settings->program.self, bare, number, NULL};
    struct trips_result result;
    int r = measure_command(settings, load, side == OURS ? ours : theirs, &result);
    if (r < 0)
        return r;
    if (side == OURS)
        *bytes = (size_t)result.answer_bytes;
    take(&result, &load->table, side, round);
    fprintf(stderr, "%s, %s: %.3f us per request\n", load->name, load->table.sides[side],
            result.cpu_us_per_trip);
    return 0;
}

static int measure_load(struct settings *settings, struct load *load)
{
    size_t bytes = 0;
    int r = 0;
    load->table = (struct table){.metrics = NAMES,
                                 .metric_count = METRICS,
                                 .sides = {"ouro", "bare loop"},
                                 .side_count = SIDES,
                                 .rounds = settings->rounds};
    for (size_t round = 0; r == 0 && round < settings->rounds; round++) {
        size_t first = round % SIDES; /* ours in the first: it tells the length */
        r = measure_side(settings, load, first, round, &bytes);
        if (r == 0)
            r = measure_side(settings, load, SIDES - 1 - first, round, &bytes);
    }
    return r;
}

/* --- report ---------------------------------------------------------------------------------- */

struct results {
    const struct settings *settings;
    struct load *loads;
};

static void write_report(FILE *out, void *ud)
{
    const struct results *results = ud;
    program_write_head(out, &results->settings->program, "Answers over HTTP");
    for (const struct load *load = results->loads; load < results->loads + LOADS; load++) {
        fprintf(out, "\n## %s\n\n%zu connections, %zu rounds; medians.\n\n", load->title,
                results->settings->clients, load->table.rounds);
        table_write(out, &load->table);
        table_ratios_write(out, &load->table, CPU, "CPU per request");
    }
    fprintf(out, "\n## Raw runs\n\n```csv\n");
    for (const struct load *load = results->loads; load < results->loads + LOADS; load++)
        table_raw_write(out, &load->table, load->name);
    fprintf(out, "```\n");
}

/* --- main ------------------------------------------------------------------------------------ */

static int run(struct settings *settings)
{
    static struct load loads[LOADS] = {
        {"A small answer in JSON", "json", HTTP_JSON_PATH, 1, {0}},
        {"A file of 4 KiB", "file", HTTP_FILE_PATH, 1, {0}},
        {"A small answer in JSON, pipelined", "json, pipelined", HTTP_JSON_PATH, 0, {0}},
        {"A file of 4 KiB, pipelined", "file, pipelined", HTTP_FILE_PATH, 0, {0}},
    };
    int r = 0;
    for (size_t i = 0; r == 0 && i < LOADS; i++) {
        if (loads[i].depth == 0)
            loads[i].depth = settings->depth;
        r = measure_load(settings, &loads[i]);
    }
    struct results results = {settings, loads};
    return r < 0 ? r : program_publish(settings->out, write_report, &results);
}

int main(int argc, char **argv)
{
    static struct settings settings = {
        .clients = 100, .depth = 16, .rounds = 5, .seconds = 2, .out = DEFAULT_OUT};
    int r = program_init(&settings.program, argv);
    if (r < 0 || parse_options(&settings, argc, argv) < 0) {
        fputs(USAGE, stderr);
        return 2;
    }
    if (settings.serve)
        return bench_http_serve() < 0;
    if (settings.bare)
        return bare_http(strtoul(settings.bare, NULL, 10)) < 0;
    r = program_begin(&settings.program);
    if (r == 0) {
        r = run(&settings);
        program_end(&settings.program);
    }
    if (r < 0)
        fprintf(stderr, "bench_http: %s\n", strerror(-r));
    return r < 0;
}
