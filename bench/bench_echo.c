/* SPDX-License-Identifier: MIT */
/*
 * bench_echo: what an echo over WebSocket costs, and what a connection costs that is silent, beside
 * a bare epoll loop, in turns in the same run. docs/benchmarks.md says how to read it.
 *
 *      for each load (many echoes; many connections that are idle), for each round:
 *          16_echo, by callbacks -> 16_echo, a task each -> the bare loop
 *
 * Each round begins with another of them.
 */
#include <errno.h>
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bare_answers.h"
#include "program.h"
#include "table.h"
#include "trips.h"

#define DEFAULT_OUT "bench/results/echo.md"

#define AIM_RATIO_MAX          1.05 /* CPU per round trip */
#define AIM_CONNECT_RATIO_MAX  1.2
#define AIM_CALLBACK_BYTES_MAX 450
#define AIM_TASK_BYTES_MAX     5632
#define LOAD_BUSY_WARNING      99.5 /* percent of a core */

static const char USAGE[] =
    "usage: bench_echo [options]\n"
    "  --clients N      that echo, one message under way for each (100)\n"
    "  --payload BYTES  of a message (64)\n"
    "  --rounds R       of all servers in turns (9)\n"
    "  --seconds S      measured per run, after a warm-up (3)\n"
    "  --idle N         connections that are silent (20000, or as many as ulimit -Hn permits)\n"
    "  --idle-rounds R  (3; 0: none)\n"
    "  --server FILE    this echo server instead of ours; prints http://127.0.0.1:PORT\n"
    "  --out FILE       the report (" DEFAULT_OUT "; with --null or --server: none)\n"
    "  --spin           the load generator never sleeps: nobody is charged with waking it\n"
    "  --null           measure the bare loop against itself: the ratios must come out at 1\n"
    "  --bare           be the bare loop, until killed\n";

enum { SIDES_MAX = 3, ARGS_MAX = 5 };

/* A server that is measured. */
struct side {
    const char *name;
    char *argv[ARGS_MAX + 1];
};

struct settings {
    struct program program;
    size_t clients, payload, rounds, idle, idle_rounds;
    double seconds;
    bool spin, null, bare;
    char *server;
    const char *out;
    char example[PATH_MAX + 32];
    struct side sides[SIDES_MAX];
    size_t side_count;
};

/* --- settings -------------------------------------------------------------------------------- */

static int apply_option(struct settings *settings, int option, char *value)
{
    switch (option) {
    case 'c':
        return program_read_count(value, 1, program_connections_max(), &settings->clients);
    case 'p':
        return program_read_count(value, 0, 125, &settings->payload);
    case 'r':
        return program_read_count(value, 1, TABLE_ROUNDS_MAX, &settings->rounds);
    case 's':
        return program_read_number(value, 600, &settings->seconds);
    case 'i':
        return program_read_count(value, 1, SIZE_MAX, &settings->idle);
    case 'd':
        return program_read_count(value, 0, TABLE_ROUNDS_MAX, &settings->idle_rounds);
    case 'S':
        settings->server = value;
        return 0;
    case 'o':
        settings->out = value;
        return 0;
    case 'w':
        return (settings->spin = true) - 1;
    case 'n':
        return (settings->null = true) - 1;
    case 'b':
        return (settings->bare = true) - 1;
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
        {"payload", required_argument, NULL, 'p'},
        {"rounds", required_argument, NULL, 'r'},
        {"seconds", required_argument, NULL, 's'},
        {"idle", required_argument, NULL, 'i'},
        {"idle-rounds", required_argument, NULL, 'd'},
        {"server", required_argument, NULL, 'S'},
        {"out", required_argument, NULL, 'o'},
        {"spin", no_argument, NULL, 'w'},
        {"null", no_argument, NULL, 'n'},
        {"bare", no_argument, NULL, 'b'},
        {"help", no_argument, NULL, 'h'},
        {0},
    };
    int option, r = 0;
    while (r == 0 && (option = getopt_long(argc, argv, "", OPTIONS, NULL)) != -1)
        r = apply_option(settings, option, optarg);
    if (!settings->out && !settings->null && !settings->server)
        settings->out = DEFAULT_OUT;
    return r;
}

/* --- the servers ----------------------------------------------------------------------------- */

static void add_side(struct settings *settings, const struct side *side)
{
    settings->sides[settings->side_count++] = *side;
}

/* The bare loop is the last: the others are compared to it. */
static void choose_sides(struct settings *settings)
{
    static char listen[] = "--listen", address[] = "127.0.0.1:0", tasks[] = "--tasks",
                bare[] = "--bare";
    const struct side bare_loop = {"bare loop", {settings->program.self, bare}};
    struct side null = bare_loop;
    null.name = "bare (null)";
    snprintf(settings->example, sizeof settings->example, "%s/examples/16_echo",
             settings->program.folder);
    if (settings->null) {
        add_side(settings, &null);
    } else if (settings->server) {
        add_side(settings, &(struct side){"other", {settings->server}});
    } else {
        add_side(settings, &(struct side){"callbacks", {settings->example, listen, address}});
        add_side(settings, &(struct side){"tasks", {settings->example, listen, address, tasks}});
    }
    add_side(settings, &bare_loop);
}

/* --- runs ------------------------------------------------------------------------------------ */

static int measure_side(struct settings *settings, const struct side *side,
                        const struct clients_options *asking, struct trips_result *ret)
{
    char log[PROGRAM_LOG_BYTES];
    program_log(&settings->program, log);
    const struct trips_options options = {.argv = side->argv,
                                          .log = log,
                                          .clients = echo_clients_new,
                                          .asking = *asking,
                                          .warm_ns = BENCH_SEC / 2,
                                          .window_ns = (int64_t)(settings->seconds * 1e9),
                                          .server_core = settings->program.server_core,
                                          .load_core = settings->program.load_core};
    int r = trips_measure(&options, ret);
    if (r < 0)
        program_show_failure(&settings->program, side->argv[0], r);
    else
        fprintf(stderr, "%zu clients, %s: %.3f us per round trip, %.1f us and %.0f bytes each\n",
                asking->count, side->name, ret->cpu_us_per_trip, ret->cpu_us_per_connect, ret->rss);
    return r;
}

typedef void take_result(const struct trips_result *result, double *ret_values);

static int measure_table(struct settings *settings, const struct clients_options *asking,
                         take_result *take, struct table *table)
{
    int r = 0;
    table->side_count = settings->side_count;
    for (size_t i = 0; i < settings->side_count; i++)
        table->sides[i] = settings->sides[i].name;
    for (size_t round = 0; r == 0 && round < table->rounds; round++) {
        for (size_t turn = 0; r == 0 && turn < settings->side_count; turn++) {
            size_t side = (round + turn) % settings->side_count;
            struct trips_result result;
            double values[TABLE_METRICS_MAX];
            r = measure_side(settings, &settings->sides[side], asking, &result);
            if (r == 0)
                take(&result, values);
            for (size_t i = 0; r == 0 && i < table->metric_count; i++)
                table->values[side][i][round] = values[i];
        }
    }
    return r;
}

/* --- echoes ---------------------------------------------------------------------------------- */

enum echo_metric {
    ECHO_CPU,
    ECHO_RATE,
    ECHO_SERVER_BUSY,
    ECHO_LOAD_BUSY,
    ECHO_LOST,
    ECHO_METRICS,
};

static const struct table_metric ECHO_NAMES[] = {
    [ECHO_CPU] = {"CPU us per round trip", 3},
    [ECHO_RATE] = {"round trips per second", 0},
    [ECHO_SERVER_BUSY] = {"server, share of its core in %", 1},
    [ECHO_LOAD_BUSY] = {"load generator, share of its core in %", 1},
    [ECHO_LOST] = {"clients cut off", 0},
};

static void take_echo(const struct trips_result *result, double *ret)
{
    ret[ECHO_CPU] = result->cpu_us_per_trip;
    ret[ECHO_RATE] = result->trips_per_second;
    ret[ECHO_SERVER_BUSY] = result->server_busy * 100;
    ret[ECHO_LOAD_BUSY] = result->load_busy * 100;
    ret[ECHO_LOST] = (double)result->lost;
}

/* --- silence --------------------------------------------------------------------------------- */

enum idle_metric {
    IDLE_CONNECT,
    IDLE_RSS,
    IDLE_RSS_USED,
    IDLE_KERNEL,
    IDLE_LOST,
    IDLE_METRICS,
};

static const struct table_metric IDLE_NAMES[] = {
    [IDLE_CONNECT] = {"CPU us per connect + handshake", 1},
    [IDLE_RSS] = {"memory per connection (RSS), bytes", 0},
    [IDLE_RSS_USED] = {"- when each has echoed once", 0},
    [IDLE_KERNEL] = {"- of the kernel beside it, one end", 0},
    [IDLE_LOST] = {"clients cut off", 0},
};

static void take_idle(const struct trips_result *result, double *ret)
{
    ret[IDLE_CONNECT] = result->cpu_us_per_connect;
    ret[IDLE_RSS] = result->rss;
    ret[IDLE_RSS_USED] = result->rss_used;
    ret[IDLE_KERNEL] = result->kernel;
    ret[IDLE_LOST] = (double)result->lost;
}

/* --- report ---------------------------------------------------------------------------------- */

struct results {
    struct settings *settings;
    struct table echo, idle;
};

static void write_echo(FILE *out, const struct results *results)
{
    const struct table *table = &results->echo;
    fprintf(out, "\n## Echo of %zu bytes, %zu connections\n\n%zu rounds; medians.\n\n",
            results->settings->payload, results->settings->clients, table->rounds);
    table_write(out, table);
    table_ratios_write(out, table, ECHO_CPU, "CPU per round trip");
}

static void write_idle(FILE *out, const struct results *results)
{
    const struct table *table = &results->idle;
    fprintf(out, "\n## %zu connections, idle\n\n%zu rounds; medians.\n\n", results->settings->idle,
            table->rounds);
    table_write(out, table);
    table_ratios_write(out, table, IDLE_CONNECT, "CPU per connect + handshake");
}

/* The aims are set for our own, callbacks and tasks. */
static void write_aims(FILE *out, const struct results *results)
{
    const struct table *echo = &results->echo, *idle = &results->idle;
    fprintf(out, "\n## Aims\n\n");
    table_aim_write(out, "CPU per round trip, callbacks to bare loop",
                    table_ratio(echo, 0, ECHO_CPU).median, AIM_RATIO_MAX, "");
    table_aim_write(out, "CPU per round trip, tasks to bare loop",
                    table_ratio(echo, 1, ECHO_CPU).median, AIM_RATIO_MAX, "");
    if (idle->rounds == 0)
        return;
    table_aim_write(out, "CPU per connect + handshake, callbacks to bare loop",
                    table_ratio(idle, 0, IDLE_CONNECT).median, AIM_CONNECT_RATIO_MAX, "");
    table_aim_write(out, "CPU per connect + handshake, tasks to bare loop",
                    table_ratio(idle, 1, IDLE_CONNECT).median, AIM_CONNECT_RATIO_MAX, "");
    table_aim_write(out, "memory of an idle connection, callbacks",
                    table_value(idle, 0, IDLE_RSS_USED).median, AIM_CALLBACK_BYTES_MAX, " bytes");
    table_aim_write(out, "memory of an idle connection, tasks",
                    table_value(idle, 1, IDLE_RSS_USED).median, AIM_TASK_BYTES_MAX, " bytes");
}

static void write_report(FILE *out, void *ud)
{
    const struct results *results = ud;
    program_write_head(out, &results->settings->program, "Echo over WebSocket");
    write_echo(out, results);
    if (results->idle.rounds > 0)
        write_idle(out, results);
    if (results->settings->side_count == SIDES_MAX)
        write_aims(out, results);
    fprintf(out, "\n## Raw runs\n\n```csv\n");
    table_raw_write(out, &results->echo, "echo");
    if (results->idle.rounds > 0)
        table_raw_write(out, &results->idle, "idle");
    fprintf(out, "```\n");
}

/* --- main ------------------------------------------------------------------------------------ */

static int run(struct settings *settings)
{
    static struct results results;
    struct clients_options asking = {
        .count = settings->clients, .payload_bytes = settings->payload, .spin = settings->spin};
    results = (struct results){
        .settings = settings,
        .echo = {.metrics = ECHO_NAMES, .metric_count = ECHO_METRICS, .rounds = settings->rounds},
        .idle = {
            .metrics = IDLE_NAMES, .metric_count = IDLE_METRICS, .rounds = settings->idle_rounds}};
    if (settings->idle > program_connections_max())
        settings->idle = program_connections_max();
    int r = measure_table(settings, &asking, take_echo, &results.echo);
    asking.count = settings->idle;
    asking.once = true;
    if (r == 0)
        r = measure_table(settings, &asking, take_idle, &results.idle);
    return r < 0 ? r : program_publish(settings->out, write_report, &results);
}

int main(int argc, char **argv)
{
    static struct settings settings = {
        .clients = 100, .payload = 64, .rounds = 9, .seconds = 3, .idle = 20000, .idle_rounds = 3};
    int r = program_init(&settings.program, argv);
    if (r < 0 || parse_options(&settings, argc, argv) < 0) {
        fputs(USAGE, stderr);
        return 2;
    }
    if (settings.bare)
        return bare_echo() < 0;
    choose_sides(&settings);
    r = program_begin(&settings.program);
    if (r == 0) {
        r = run(&settings);
        program_end(&settings.program);
    }
    if (r < 0)
        fprintf(stderr, "bench_echo: %s\n", strerror(-r));
    return r < 0;
}
