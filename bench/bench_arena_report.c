/* SPDX-License-Identifier: MIT */
#include "bench_arena.h"

#include "measure.h"

#define AIM_LATE_MS   5
#define AIM_BYTES     6144
#define AIM_RATIO_MAX 1.5

#define RATE_LEAST     0.98 /* of the rate that was asked for */
#define LOAD_BUSY_MOST 95   /* % of its core */

static double late_ms(const struct arena_point *point, enum arena_side side, double percent)
{
    return bench_percentile(point->lateness[side], point->ticks[side], percent) * 1e3;
}

/* Who is not given a core can't be on time, and what happens per second falls on fewer snapshots.
 */
static void write_doubts(FILE *out, const struct arena_point *point)
{
    for (enum arena_side side = 0; side < ARENA_SIDES; side++) {
        double rate = table_value(&point->table, side, ARENA_RATE).median;
        if (rate < RATE_LEAST * point->hz)
            fprintf(out,
                    "\n**Doubtful:** ticks of the %s came at %.2f Hz, with %.0f %% of a core. All "
                    "figures beside this one are of a machine that was not free.\n",
                    point->table.sides[side], rate,
                    table_value(&point->table, side, ARENA_SERVER_BUSY).median);
    }
    if (table_value(&point->table, ARENA_SERVER, ARENA_LOAD_BUSY).median > LOAD_BUSY_MOST)
        fprintf(out, "\n**Doubtful:** the load generator had no time left.\n");
}

static void write_quiet(FILE *out, const struct bench_settings *settings,
                        const struct arena_point *point)
{
    if (settings->quiet > 0)
        fprintf(out,
                "\nRuns in which a step took more than %g ns before or after were measured again, "
                "for up to %g minutes: %zu of them.\n",
                settings->quiet, settings->patience, point->again);
}

static void write_point(FILE *out, const struct bench_settings *settings,
                        const struct arena_point *point)
{
    const struct table *table = &point->table;
    fprintf(out,
            "\n## %s\n\nA world of %zu x %zu cells, views of %zu x %zu, a turn each %zu cells; ",
            point->name, point->side, point->side, settings->view_width, settings->view_height,
            settings->straight);
    fprintf(out, "%zu rounds of %g s; medians.\n\n", table->rounds, settings->seconds);
    table_write(out, table);
    fprintf(out, "\nOf all rounds' ticks together, lateness p50, p99 and max in ms: ");
    fprintf(out, "%.3f, **%.3f**, %.3f (%zu ticks); of the bare loop's: %.3f, %.3f, %.3f\n",
            late_ms(point, ARENA_SERVER, 50), late_ms(point, ARENA_SERVER, 99),
            late_ms(point, ARENA_SERVER, 100), point->ticks[ARENA_SERVER],
            late_ms(point, ARENA_BARE, 50), late_ms(point, ARENA_BARE, 99),
            late_ms(point, ARENA_BARE, 100));
    write_quiet(out, settings, point);
    table_ratios_write(out, table, ARENA_CPU, "CPU per snapshot");
    write_doubts(out, point);
    fprintf(out, "\n");
    table_aim_write(out, "tick lateness p99", late_ms(point, ARENA_SERVER, 99), AIM_LATE_MS, " ms");
    table_aim_write(out, "bytes per client and second",
                    table_value(table, ARENA_SERVER, ARENA_CLIENT_BYTES).median, AIM_BYTES, "");
    table_aim_write(out, "CPU per snapshot, to a bare loop's",
                    table_ratio(table, ARENA_SERVER, ARENA_CPU).median, AIM_RATIO_MAX, "");
}

void arena_report_write(FILE *out, void *ud)
{
    const struct arena_results *results = ud;
    program_write_head(out, &results->settings->program, "Arena: one world, thousands who move");
    for (size_t i = 0; i < results->count; i++)
        write_point(out, results->settings, &results->points[i]);
    if (results->curve)
        fputs(results->curve, out);
    if (results->count > 0)
        fprintf(out, "\n## Raw runs\n\n```csv\n");
    for (size_t i = 0; i < results->count; i++)
        table_raw_write(out, &results->points[i].table, results->points[i].name);
    if (results->count > 0)
        fprintf(out, "```\n");
}
