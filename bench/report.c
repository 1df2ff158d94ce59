/* SPDX-License-Identifier: MIT */
#include "report.h"

#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "table.h"

/* The load at which the aims are set, and the aims. */
#define AIM_SPECTATORS    1000
#define AIM_HZ            30
#define AIM_RATIO_MAX     1.1
#define AIM_BYTES_MAX     8192
#define AIM_RATE_OFF_MAX  0.1 /* percent */
#define LOAD_BUSY_WARNING 90  /* percent of a core */

static const struct {
    const char *name;
    int digits;
} METRICS[] = {
#define METRIC_ROW(id, name, digits) {name, digits},
    REPORT_METRICS(METRIC_ROW)
#undef METRIC_ROW
};

/* --- taking ---------------------------------------------------------------------------------- */

/* Into three metrics in a row: p50, p99, max, in ms. */
static void take_percentiles(double *m, const double *sorted, size_t count)
{
    m[0] = bench_percentile(sorted, count, 50) * 1e3;
    m[1] = bench_percentile(sorted, count, 99) * 1e3;
    m[2] = bench_percentile(sorted, count, 100) * 1e3;
}

static void take_ticks(double *m, const struct tick_summary *ticks, double tick_hz)
{
    m[REPORT_RATE] = ticks->rate_hz;
    m[REPORT_RATE_ERROR] = (ticks->rate_hz / tick_hz - 1) * 100;
    m[REPORT_GAP_MAX] = ticks->longest_gap * 1e3;
    take_percentiles(m + REPORT_LATE_P50, ticks->lateness, ticks->ticks);
    take_percentiles(m + REPORT_SKEW_P50, ticks->skew, ticks->ticks);
    m[REPORT_TICKS] = (double)ticks->ticks;
    m[REPORT_GAMES] = (double)ticks->games;
}

static void take_costs(double *m, const struct run_result *result)
{
    m[REPORT_CPU_DELIVERY] = result->cpu_us_per_delivery;
    m[REPORT_CPU_CONNECT] = result->cpu_us_per_connect;
    m[REPORT_SERVER_BUSY] = result->server_busy * 100;
    m[REPORT_LOAD_BUSY] = result->load_busy * 100;
    m[REPORT_DELIVERIES] = result->deliveries_per_second;
    m[REPORT_FRAMES] = result->frames_per_second;
    m[REPORT_BYTES] = result->bytes_per_delivery;
    m[REPORT_LOST] = (double)result->lost;
    m[REPORT_OUT_OF_STEP] = (double)result->out_of_step;
}

static void take_memory(double *m, const struct run_result *result)
{
    m[REPORT_RSS] = result->rss;
    m[REPORT_RSS_BUSY] = result->rss_busy;
    m[REPORT_PSS] = result->pss;
    m[REPORT_UNSHARED] = result->unshared;
    m[REPORT_KERNEL] = result->kernel;
    m[REPORT_QUEUES] = result->tcp_queues;
    m[REPORT_MEMORY_ALL] = fmax(result->rss, result->rss_busy) + result->kernel;
}

static int pour(struct report_pool *pool, const double *seconds, size_t count)
{
    double *grown = realloc(pool->seconds, (pool->count + count + 1) * sizeof *grown);
    if (!grown)
        return -ENOMEM;
    memcpy(grown + pool->count, seconds, count * sizeof *grown);
    pool->seconds = grown;
    pool->count += count;
    return 0;
}

int report_take(struct report_load *load, enum report_side side, size_t round,
                const struct run_result *result)
{
    double m[REPORT_METRIC_COUNT] = {0};
    take_ticks(m, &result->ticks, load->tick_hz);
    take_costs(m, result);
    take_memory(m, result);
    for (size_t i = 0; i < REPORT_METRIC_COUNT; i++)
        load->values[side][i][round] = m[i];
    int r = pour(&load->lateness[side], result->ticks.lateness, result->ticks.ticks);
    return r < 0 ? r : pour(&load->skew[side], result->ticks.skew, result->ticks.ticks);
}

void report_load_done(struct report_load *load)
{
    for (int side = 0; side < REPORT_SIDES; side++) {
        free(load->lateness[side].seconds);
        free(load->skew[side].seconds);
        load->lateness[side] = load->skew[side] = (struct report_pool){0};
    }
}

/* --- medians --------------------------------------------------------------------------------- */

static bool is_worst_case(size_t metric)
{
    return metric == REPORT_GAP_MAX || metric == REPORT_LOST || metric == REPORT_OUT_OF_STEP;
}

/* The median over the rounds; of a worst case the worst of them. */
static double over_rounds(const struct report_load *load, enum report_side side, size_t metric)
{
    const double *values = load->values[side][metric];
    double worst = 0;
    if (!is_worst_case(metric))
        return bench_median(values, load->rounds);
    for (size_t i = 0; i < load->rounds; i++)
        worst = fmax(worst, values[i]);
    return worst;
}

/* A whole column of the table. */
static void summarize(struct report_load *load, enum report_side side, double *m)
{
    struct report_pool *lateness = &load->lateness[side], *skew = &load->skew[side];
    for (size_t i = 0; i < REPORT_METRIC_COUNT; i++)
        m[i] = over_rounds(load, side, i);
    bench_sort(lateness->seconds, lateness->count);
    bench_sort(skew->seconds, skew->count);
    take_percentiles(m + REPORT_LATE_P50, lateness->seconds, lateness->count);
    take_percentiles(m + REPORT_SKEW_P50, skew->seconds, skew->count);
    m[REPORT_TICKS] = (double)lateness->count;
}

/* Server to bare loop, each round's pair by itself: what slows the machine slows both. */
static void pair_ratios(const struct report_load *load, double *ret)
{
    for (size_t i = 0; i < load->rounds; i++)
        ret[i] = load->values[REPORT_SERVER][REPORT_CPU_DELIVERY][i] /
                 load->values[REPORT_BARE][REPORT_CPU_DELIVERY][i];
}

/* --- writing --------------------------------------------------------------------------------- */

static void write_ratio(FILE *out, const struct report_load *load)
{
    double ratios[REPORT_ROUNDS_MAX];
    pair_ratios(load, ratios);
    double median = bench_median(ratios, load->rounds);
    bench_sort(ratios, load->rounds);
    fprintf(out,
            "\nRatio of CPU per delivered tick, server to bare loop: **%.3f** (%.3f to %.3f)\n",
            median, ratios[0], ratios[load->rounds - 1]);
}

static void write_aims(FILE *out, const struct report_load *load)
{
    double ratios[REPORT_ROUNDS_MAX];
    if (load->spectators != AIM_SPECTATORS || load->tick_hz != AIM_HZ)
        return;
    pair_ratios(load, ratios);
    fprintf(out, "\n");
    table_aim_write(out, "ratio", bench_median(ratios, load->rounds), AIM_RATIO_MAX, "");
    table_aim_write(out, "memory per connection",
                    over_rounds(load, REPORT_SERVER, REPORT_MEMORY_ALL), AIM_BYTES_MAX, " bytes");
    table_aim_write(out, "tick rate off by",
                    fabs(over_rounds(load, REPORT_SERVER, REPORT_RATE_ERROR)), AIM_RATE_OFF_MAX,
                    " %");
}

/* What makes a figure doubtful is said beside it. */
static void write_doubts(FILE *out, const struct report_load *load)
{
    for (int side = 0; side < REPORT_SIDES; side++) {
        const char *who = side == REPORT_BARE ? "bare loop" : "server";
        if (over_rounds(load, side, REPORT_LOAD_BUSY) > LOAD_BUSY_WARNING)
            fprintf(out, "\nDoubtful (%s): the load generator was near its own limit.\n", who);
        if (over_rounds(load, side, REPORT_LOST) > 0)
            fprintf(out, "\nDoubtful (%s): clients were cut off.\n", who);
        if (over_rounds(load, side, REPORT_OUT_OF_STEP) > 0)
            fprintf(out,
                    "\nDoubtful (%s): clients did not all get the same frames; lateness and skew "
                    "do not hold.\n",
                    who);
    }
}

static void write_table(FILE *out, struct report_load *load, const char *server_name)
{
    static const char DASHES[] = "------------------------------------------------------";
    double server[REPORT_METRIC_COUNT], bare[REPORT_METRIC_COUNT];
    summarize(load, REPORT_SERVER, server);
    summarize(load, REPORT_BARE, bare);
    fprintf(out, "| %-52s | %12s | %12s |\n|%s|%.13s:|%.13s:|\n", "", server_name, "bare loop",
            DASHES, DASHES, DASHES);
    for (size_t i = 0; i < REPORT_METRIC_COUNT; i++)
        fprintf(out, "| %-52s | %12.*f | %12.*f |\n", METRICS[i].name, METRICS[i].digits, server[i],
                METRICS[i].digits, bare[i]);
}

void report_load_write(FILE *out, struct report_load *load, const char *server_name)
{
    fprintf(out, "\n## %zu spectators at %g Hz\n\n", load->spectators, load->tick_hz);
    fprintf(out,
            "%zu rounds, %zu players besides. Medians over the rounds; percentiles over the ticks "
            "of all rounds.\n\n",
            load->rounds, load->players);
    write_table(out, load, server_name);
    write_ratio(out, load);
    write_aims(out, load);
    write_doubts(out, load);
}

void report_raw_head(FILE *out)
{
    fprintf(out, "spectators;Hz;round;side");
    for (size_t i = 0; i < REPORT_METRIC_COUNT; i++)
        fprintf(out, ";%s", METRICS[i].name);
    fprintf(out, "\n");
}

static void write_run(FILE *out, const struct report_load *load, enum report_side side,
                      size_t round)
{
    for (size_t i = 0; i < REPORT_METRIC_COUNT; i++)
        fprintf(out, ";%.*f", METRICS[i].digits, load->values[side][i][round]);
    fprintf(out, "\n");
}

void report_raw_write(FILE *out, const struct report_load *load, const char *server_name)
{
    for (size_t round = 0; round < load->rounds; round++) {
        for (int side = 0; side < REPORT_SIDES; side++) {
            fprintf(out, "%zu;%g;%zu;%s", load->spectators, load->tick_hz, round + 1,
                    side == REPORT_BARE ? "bare loop" : server_name);
            write_run(out, load, side, round);
        }
    }
}
