/* SPDX-License-Identifier: MIT */
/*
 * bench_runtime: what the operations of runtime, sync and offload cost, beside the same in asyncio,
 * in turns in the same run. docs/benchmarks.md says how to read it.
 *
 *      for each round, for each operation:
 *          in a new loop of this process  ->  its figures
 *          in a new python3               ->  its figures
 */
#include "bench_runtime.h"
#include "bench_runtime_report.h"
#include "measure.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ROUNDS_DEFAULT 5
#define OUT_DEFAULT    "bench/results/runtime.md"
#define TWIN           "bench/asyncio_runtime.py"

static const char USAGE[] = "usage: bench_runtime [options]\n"
                            "  --rounds N     what is told are medians over so many (5)\n"
                            "  --only TEXT    only operations with that in their names; no report\n"
                            "  --no-asyncio   only ours\n"
                            "  --out FILE     the report (" OUT_DEFAULT ")\n";

/* In the order of the table. The aims are for one core of an idle machine of some 3 GHz. */
static const struct runtime_row ROWS[] = {
    {"yield to another task", "yield", RUNTIME_NS, bench_yield, .aim = 12},
    {"spawn + await, pooled stack", "spawn_await", RUNTIME_NS, bench_spawn_await, .aim = 40},
    {"spawn + first step, new stack", "spawn_cold", RUNTIME_NS, bench_spawn_cold, .aim = 1500},
    {"- first touch of a new page, the kernel alone", NULL, RUNTIME_NS, bench_page_touch},
    {"FIRST_COMPLETED of two new tasks", "first_completed", RUNTIME_NS, bench_first_completed},
    {"queue of one place, per message", "queue", RUNTIME_NS, bench_queue, .aim = 30},
    {"condition broadcast, per waiter, lock included", "condition", RUNTIME_NS, bench_condition,
     .aim = 30},
    {"semaphore hand-over", "semaphore", RUNTIME_NS, bench_semaphore},
    {"select of event and queue, per message", "select", RUNTIME_NS, bench_select},
    {"timer armed and fired, of 1,000,000", "timer_fired", RUNTIME_NS, bench_timer_fired},
    {"timer armed and stopped, beside 100,000", "timer_stopped", RUNTIME_NS, bench_timer_stopped},
    {"sleep of 2 ms, late by", "sleep", RUNTIME_US_TAIL, bench_sleep},
    {"thread submits to loop, until the result", "submit", RUNTIME_US_TAIL, bench_submit},
    {"loop offloads to thread, there and back", "offload", RUNTIME_US_TAIL, bench_offload},
    {"loop calls worker process, there and back", "worker", RUNTIME_US_TAIL, bench_worker},
    {"memory of an idle task, of 100,000", "idle_memory", RUNTIME_BYTES, bench_idle_memory,
     .aim = 4608},
    {"- page tables beside it", NULL, RUNTIME_BYTES, bench_idle_page_tables},
    {"mappings with 100,000 guarded tasks", NULL, RUNTIME_COUNT, bench_idle_mappings,
     .aim = 65530 /* the default of vm.max_map_count */},
};

struct settings {
    size_t rounds;
    const char *only, *out;
    bool asyncio;
    char *const *command;
};

/* --- what measurements share -------------------------------------------------------------------
 */

void bench_percentiles(double *samples, size_t count, double *ret)
{
    bench_sort(samples, count);
    ret[0] = bench_percentile(samples, count, 50);
    ret[1] = bench_percentile(samples, count, 99);
}

/* --- settings -----------------------------------------------------------------------------------
 */

static int apply_option(struct settings *settings, int option, const char *value)
{
    switch (option) {
    case 'r':
        settings->rounds = strtoul(value, NULL, 10);
        return settings->rounds >= 1 && settings->rounds <= RUNTIME_ROUNDS_MAX ? 0 : -EINVAL;
    case 'o':
        settings->only = value;
        return 0;
    case 'O':
        settings->out = value;
        return 0;
    case 'n':
        settings->asyncio = false;
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
        {"rounds", required_argument, NULL, 'r'}, {"only", required_argument, NULL, 'o'},
        {"out", required_argument, NULL, 'O'},    {"no-asyncio", no_argument, NULL, 'n'},
        {"help", no_argument, NULL, 'h'},         {0},
    };
    int option, r = 0;
    while (r == 0 && (option = getopt_long(argc, argv, "", OPTIONS, NULL)) != -1)
        r = apply_option(settings, option, optarg);
    settings->command = argv;
    if (!settings->out && !settings->only)
        settings->out = OUT_DEFAULT;
    return r == 0 && optind < argc ? -EINVAL : r;
}

/* --- asyncio ------------------------------------------------------------------------------------
 */

/* What a command says in its first line. 0, or -ECHILD if it fails or says nothing. */
static int ask(const char *command, char *ret_line, size_t size)
{
    FILE *pipe = popen(command, "re");
    if (!pipe)
        return -errno;
    bool said = fgets(ret_line, (int)size, pipe);
    ret_line[said ? strcspn(ret_line, "\n") : 0] = 0;
    return pclose(pipe) == 0 && said ? 0 : -ECHILD;
}

/* The version of python3; empty, with a word about it, if there is nothing to compare with. */
static void find_python(char *ret_version, size_t size)
{
    const char *missing = NULL;
    if (ask("python3 --version 2>&1", ret_version, size) < 0)
        missing = "python3 is missing";
    else if (access(TWIN, R_OK) < 0)
        missing = TWIN " is not below this folder";
    if (!missing)
        return;
    fprintf(stderr, "bench_runtime: %s: asyncio is left out\n", missing);
    ret_version[0] = 0;
}

static int measure_twin(const struct runtime_row *row, double *ret)
{
    char command[128], line[128];
    snprintf(command, sizeof command, "exec python3 " TWIN " %s", row->twin);
    int rc = ask(command, line, sizeof line);
    if (rc == 0 && sscanf(line, "%lf %lf", &ret[0], &ret[1]) < 1)
        rc = -EBADMSG;
    return rc;
}

/* --- rounds -------------------------------------------------------------------------------------
 */

static int measure_row(struct runtime_figures *figures, size_t round, bool asyncio)
{
    const struct runtime_row *row = figures->row;
    double ours[2] = {0}, theirs[2] = {0};
    int rc = ouro_run_at(row->measure, ours, row->name, OURO_HERE);
    if (rc == 0 && asyncio && row->twin)
        rc = measure_twin(row, theirs);
    if (rc < 0)
        fprintf(stderr, "bench_runtime: %s: %s: %s\n", row->name, ouro_error_name(rc),
                ouro_error_text(rc));
    for (size_t i = 0; i < 2; i++) {
        figures->ours[i][round] = ours[i];
        figures->theirs[i][round] = theirs[i];
    }
    return rc;
}

static int measure_all(const struct settings *settings, struct runtime_figures *figures,
                       size_t count, bool asyncio)
{
    int rc = 0;
    for (size_t round = 0; rc == 0 && round < settings->rounds; round++) {
        fprintf(stderr, "bench_runtime: round %zu of %zu\n", round + 1, settings->rounds);
        for (size_t i = 0; rc == 0 && i < count; i++)
            rc = measure_row(&figures[i], round, asyncio);
    }
    return rc;
}

static size_t choose_rows(const char *only, struct runtime_figures *ret_figures)
{
    size_t count = 0;
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        if (!only || strstr(ROWS[i].name, only))
            ret_figures[count++] = (struct runtime_figures){.row = &ROWS[i]};
    }
    return count;
}

static int write_file(const struct runtime_report *report, const char *path)
{
    int rc = runtime_report_to_file(report, path);
    if (rc < 0)
        fprintf(stderr, "bench_runtime: %s: %s\n", path, ouro_error_text(rc));
    else
        fprintf(stderr, "bench_runtime: written to %s\n", path);
    return rc;
}

int main(int argc, char **argv)
{
    bench_worker_init(argc, argv);
    static struct runtime_figures figures[sizeof ROWS / sizeof *ROWS];
    struct settings settings = {.rounds = ROUNDS_DEFAULT, .asyncio = true};
    char python[64] = "";
    if (parse_options(&settings, argc, argv) < 0) {
        fputs(USAGE, stderr);
        return 2;
    }
    if (settings.asyncio)
        find_python(python, sizeof python);
    struct runtime_report report = {.figures = figures,
                                    .count = choose_rows(settings.only, figures),
                                    .rounds = settings.rounds,
                                    .python = python,
                                    .command = settings.command};
    runtime_report_note_load(&report);
    int rc = measure_all(&settings, figures, report.count, python[0]);
    if (rc == 0) {
        runtime_report_write(stdout, &report);
        if (settings.out)
            rc = write_file(&report, settings.out);
    }
    return rc < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
