/* SPDX-License-Identifier: MIT */
/*
 * bench_input: what the players of a room that ticks cost, beside bare loops, in turns in the same
 * run. docs/benchmarks.md says how to read it.
 *
 *     a message in and a message out, for each client and tick:
 *         ours, read once per tick -> ours, read as it comes -> the same two as a room of a lobby
 *         -> bare, once per tick -> bare, as it comes
 *     the same, and clients' kernel works on their own core (apart.h)
 *     several messages out for each client and tick:
 *         ours -> bare, all of them made one beforehand
 *
 * Each round begins with another of them.
 */
#include "bench_input.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "apart.h"
#include "bare_ticks.h"
#include "program.h"
#include "table.h"
#include "trips.h"

#define DEFAULT_OUT "bench/results/input.md"

/* Of the bare loop that is woken by each input: 9.5 of its 11.2 us. */
#define AIM_INPUT_RATIO_MAX   0.85
#define AIM_LOBBY_RATIO_MAX   1.0 /* all that a framework does for what waking costs */
#define AIM_SEVERAL_RATIO_MAX 1.3

static const char USAGE[] =
    "usage: bench_input [options]\n"
    "  --clients N    that play (1000)\n"
    "  --hz HZ        ticks per second, and messages per second of each client (20)\n"
    "  --bytes N      of a message out (200)\n"
    "  --messages M   several out, in the third part (5)\n"
    "  --rounds R     of all in turns (7)\n"
    "  --seconds S    measured per run, after a warm-up (3)\n"
    "  --out FILE     the report (" DEFAULT_OUT ")\n"
    "  --spin         the load generator never sleeps: nobody is charged with waking it\n"
    "  --serve HOW    be a server, until killed: ours, lobby or bare, tick or wake, as in ours-tick\n";

enum { ARGS_MAX = 9 };

struct settings {
    struct program program;
    size_t clients, bytes, messages, rounds;
    double hz, seconds;
    bool spin;
    const char *out, *serve;
};

/* --- settings -------------------------------------------------------------------------------- */

static int apply_option(struct settings *settings, int option, const char *value)
{
    switch (option) {
    case 'c':
        return program_read_count(value, 1, program_connections_max(), &settings->clients);
    case 'b':
        return program_read_count(value, 1, BARE_TICK_BYTES_MAX, &settings->bytes);
    case 'm':
        return program_read_count(value, 1, BENCH_INPUT_MESSAGES_MAX, &settings->messages);
    case 'r':
        return program_read_count(value, 1, TABLE_ROUNDS_MAX, &settings->rounds);
    case 'z':
        return program_read_number(value, 1000, &settings->hz);
    case 's':
        return program_read_number(value, 600, &settings->seconds);
    case 'o':
        settings->out = value;
        return 0;
    case 'w':
        settings->spin = true;
        return 0;
    case 'S':
        settings->serve = value;
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
        {"clients", required_argument, NULL, 'c'},
        {"bytes", required_argument, NULL, 'b'},
        {"messages", required_argument, NULL, 'm'},
        {"rounds", required_argument, NULL, 'r'},
        {"hz", required_argument, NULL, 'z'},
        {"seconds", required_argument, NULL, 's'},
        {"out", required_argument, NULL, 'o'},
        {"spin", no_argument, NULL, 'w'},
        {"serve", required_argument, NULL, 'S'},
        {"help", no_argument, NULL, 'h'},
        {0},
    };
    int option, r = 0;
    while (r == 0 && (option = getopt_long(argc, argv, "", OPTIONS, NULL)) != -1)
        r = apply_option(settings, option, optarg);
    return r;
}

/* --- servers --------------------------------------------------------------------------------- */

static int serve(const struct settings *settings)
{
    bool once_per_tick = strstr(settings->serve, "tick") != NULL;
    const struct bench_input_options ours = {(int64_t)(1e9 / settings->hz), settings->messages,
                                             settings->bytes, once_per_tick};
    const struct bare_ticks_options bare = {ours.tick_ns, ours.messages, ours.bytes, once_per_tick};
    if (strstr(settings->serve, "lobby"))
        return bench_input_serve_lobby(&ours);
    return strstr(settings->serve, "ours") ? bench_input_serve(&ours) : bare_ticks(&bare);
}

/* --- runs ------------------------------------------------------------------------------------ */

enum metric { CPU, RATE, SERVER_BUSY, LOAD_BUSY, LOST, METRICS };

struct part {
    const char *title, *name, *what; /* what: a delivery is */
    size_t messages;
    bool silent; /* clients say nothing after their first word */
    bool apart;  /* as apart.h says */
    int failure; /* of that: then there are no figures */
    const char *sides[TABLE_SIDES_MAX];
    const char *serves[TABLE_SIDES_MAX];
    struct table table;
};

static void take(const struct trips_result *result, struct table *table, size_t side, size_t round)
{
    const double values[METRICS] = {
        [CPU] = result->cpu_us_per_trip,
        [RATE] = result->trips_per_second,
        [SERVER_BUSY] = result->server_busy * 100,
        [LOAD_BUSY] = result->load_busy * 100,
        [LOST] = (double)result->lost,
    };
    for (size_t i = 0; i < METRICS; i++)
        table->values[side][i][round] = values[i];
}

static int measure_side(struct settings *settings, struct part *part, size_t side, size_t round)
{
    char log[PROGRAM_LOG_BYTES], how[16], hz[32], bytes[32], messages[32];
    static char serve_flag[] = "--serve", hz_flag[] = "--hz", bytes_flag[] = "--bytes",
                messages_flag[] = "--messages";
    snprintf(how, sizeof how, "%s", part->serves[side]);
    snprintf(hz, sizeof hz, "%.9g", settings->hz);
    snprintf(bytes, sizeof bytes, "%zu", settings->bytes);
    snprintf(messages, sizeof messages, "%zu", part->messages);
    char *const argv[ARGS_MAX + 1] = {
        settings->program.self, serve_flag, how, hz_flag, hz, bytes_flag, bytes,
        messages_flag,          messages};
    program_log(&settings->program, log);
    const struct trips_options options = {
        .argv = argv,
        .log = log,
        .clients = play_clients_new,
        .asking = {.count = settings->clients,
                   .spin = settings->spin,
                   .room_type = strstr(part->serves[side], "lobby") ? "input" : NULL,
                   .payload_bytes = 16,
                   .period_ns = part->silent ? 0 : (int64_t)(1e9 / settings->hz)},
        .warm_ns = BENCH_SEC / 2,
        .window_ns = (int64_t)(settings->seconds * 1e9),
        .server_core = settings->program.server_core,
        .load_core = settings->program.load_core,
    };
    struct trips_result result;
    int r = trips_measure(&options, &result);
    if (r < 0) {
        program_show_failure(&settings->program, argv[0], r);
        return r;
    }
    take(&result, &part->table, side, round);
    fprintf(stderr, "%s, %s: %.3f us\n", part->name, part->sides[side], result.cpu_us_per_trip);
    return 0;
}

static int measure_part(struct settings *settings, struct part *part)
{
    static struct table_metric names[] = {
        [CPU] = {"CPU us", 3}, /* of what the part counts */
        [RATE] = {"frames per second", 0},
        [SERVER_BUSY] = {"server, share of its core in %", 1},
        [LOAD_BUSY] = {"load generator, share of its core in %", 1},
        [LOST] = {"clients cut off", 0},
    };
    struct table *table = &part->table;
    int r = 0;
    *table = (struct table){.metrics = names, .metric_count = METRICS, .rounds = settings->rounds};
    while (table->side_count < TABLE_SIDES_MAX && part->sides[table->side_count]) {
        table->sides[table->side_count] = part->sides[table->side_count];
        table->side_count++;
    }
    for (size_t round = 0; r == 0 && round < settings->rounds; round++) {
        for (size_t turn = 0; r == 0 && turn < table->side_count; turn++)
            r = measure_side(settings, part, (round + turn) % table->side_count, round);
    }
    return r;
}

static int measure_apart(struct settings *settings, struct part *part)
{
    struct apart apart;
    part->failure = apart_begin(&apart, settings->program.load_core);
    if (part->failure < 0) {
        fprintf(stderr, "%s: left out: %s\n", part->name, strerror(-part->failure));
        return 0;
    }
    int r = measure_part(settings, part);
    apart_end(&apart);
    return r;
}

/* --- report ---------------------------------------------------------------------------------- */

enum { INPUT, APART, SEVERAL, PARTS };

struct results {
    const struct settings *settings;
    struct part *parts;
};

static void write_part(FILE *out, const struct settings *settings, const struct part *part)
{
    fprintf(out, "\n## %s\n\n", part->title);
    if (part->failure < 0) {
        fprintf(out, "Left out: %s. It takes root, and a kernel that can steer packets.\n",
                strerror(-part->failure));
        return;
    }
    fprintf(out, "%zu clients, %.9g Hz, %zu bytes, %zu rounds; medians. CPU us per %s.\n\n",
            settings->clients, settings->hz, settings->bytes, part->table.rounds, part->what);
    table_write(out, &part->table);
    table_ratios_write(out, &part->table, CPU, "CPU");
}

static void write_input_aims(FILE *out, const struct part *part)
{
    char what[96];
    if (part->failure < 0)
        return;
    snprintf(what, sizeof what, "%s: ours to a bare loop that is woken by each", part->name);
    table_aim_write(out, what, table_ratio(&part->table, 0, CPU).median, AIM_INPUT_RATIO_MAX, "");
    snprintf(what, sizeof what, "%s: as a room of a lobby", part->name);
    table_aim_write(out, what, table_ratio(&part->table, 2, CPU).median, AIM_LOBBY_RATIO_MAX, "");
}

static void write_report(FILE *out, void *ud)
{
    const struct results *results = ud;
    const struct part *several = &results->parts[SEVERAL];
    program_write_head(out, &results->settings->program, "The players of a room that ticks");
    for (size_t i = 0; i < PARTS; i++)
        write_part(out, results->settings, &results->parts[i]);
    fprintf(out, "\n## Aims\n\n");
    write_input_aims(out, &results->parts[INPUT]);
    write_input_aims(out, &results->parts[APART]);
    table_aim_write(out, "several: ours to a bare loop's single send",
                    table_ratio(&several->table, 0, CPU).median, AIM_SEVERAL_RATIO_MAX, "");
    fprintf(out, "\n## Raw runs\n\n```csv\n");
    for (size_t i = 0; i < PARTS; i++) {
        if (results->parts[i].failure == 0)
            table_raw_write(out, &results->parts[i].table, results->parts[i].name);
    }
    fprintf(out, "```\n");
}

/* --- main ------------------------------------------------------------------------------------ */

static int run(struct settings *settings)
{
    static struct part parts[PARTS] = {
        [INPUT] = {.title = "A message in and a message out, per client and tick",
                   .name = "input",
                   .what = "message in and one out",
                   .messages = 1,
                   .sides = {"ours, per tick", "ours, woken", "lobby, per tick", "lobby, woken",
                             "bare, per tick", "bare, woken"},
                   .serves = {"ours-tick", "ours-wake", "lobby-tick", "lobby-wake", "bare-tick",
                              "bare-wake"}},
        [SEVERAL] = {.title = "Several messages out, per client and tick",
                     .name = "several",
                     .what = "message out",
                     .silent = true,
                     .sides = {"ours", "bare, one send"},
                     .serves = {"ours-tick", "bare-tick"}},
    };
    int r = 0;
    parts[APART] = parts[INPUT];
    parts[APART].title = "The same, and the clients' kernel works on the clients' core";
    parts[APART].name = "input, clients apart";
    parts[APART].apart = true;
    parts[SEVERAL].messages = settings->messages;
    for (size_t i = 0; r == 0 && i < PARTS; i++)
        r = (parts[i].apart ? measure_apart : measure_part)(settings, &parts[i]);
    struct results results = {settings, parts};
    return r < 0 ? r : program_publish(settings->out, write_report, &results);
}

int main(int argc, char **argv)
{
    static struct settings settings = {.clients = 1000,
                                       .bytes = 200,
                                       .messages = 5,
                                       .rounds = 7,
                                       .hz = 20,
                                       .seconds = 3,
                                       .out = DEFAULT_OUT};
    int r = program_init(&settings.program, argv);
    if (r < 0 || parse_options(&settings, argc, argv) < 0) {
        fputs(USAGE, stderr);
        return 2;
    }
    if (settings.serve)
        return serve(&settings) < 0;
    r = program_begin(&settings.program);
    if (r == 0) {
        r = run(&settings);
        program_end(&settings.program);
    }
    if (r < 0)
        fprintf(stderr, "bench_input: %s\n", strerror(-r));
    return r < 0;
}
