/* SPDX-License-Identifier: MIT */
#include "table.h"

#include <string.h>

static struct table_figure figure_of(const double *values, size_t count)
{
    double sorted[TABLE_ROUNDS_MAX];
    memcpy(sorted, values, count * sizeof *sorted);
    bench_sort(sorted, count);
    return (struct table_figure){bench_median(sorted, count), sorted[0], sorted[count - 1]};
}

struct table_figure table_value(const struct table *table, size_t side, size_t metric)
{
    return figure_of(table->values[side][metric], table->rounds);
}

struct table_figure table_ratio(const struct table *table, size_t side, size_t metric)
{
    double ratios[TABLE_ROUNDS_MAX];
    const double *base = table->values[table->side_count - 1][metric];
    for (size_t i = 0; i < table->rounds; i++)
        ratios[i] = base[i] != 0 ? table->values[side][metric][i] / base[i] : 0;
    return figure_of(ratios, table->rounds);
}

static void write_head(FILE *out, const struct table *table)
{
    static const char DASHES[] = "------------------------------------------------------";
    fprintf(out, "| %-52s |", "");
    for (size_t side = 0; side < table->side_count; side++)
        fprintf(out, " %12s |", table->sides[side]);
    fprintf(out, "\n|%s|", DASHES);
    for (size_t side = 0; side < table->side_count; side++)
        fprintf(out, "%.13s:|", DASHES);
    fprintf(out, "\n");
}

void table_write(FILE *out, const struct table *table)
{
    write_head(out, table);
    for (size_t i = 0; i < table->metric_count; i++) {
        fprintf(out, "| %-52s |", table->metrics[i].name);
        for (size_t side = 0; side < table->side_count; side++)
            fprintf(out, " %12.*f |", table->metrics[i].digits, table_value(table, side, i).median);
        fprintf(out, "\n");
    }
}

void table_ratios_write(FILE *out, const struct table *table, size_t metric, const char *what)
{
    size_t last = table->side_count - 1;
    for (size_t side = 0; side < last; side++) {
        struct table_figure ratio = table_ratio(table, side, metric);
        fprintf(out, "\nRatio of %s, %s to %s: **%.3f** (%.3f to %.3f)\n", what, table->sides[side],
                table->sides[last], ratio.median, ratio.least, ratio.most);
    }
}

static void write_names(FILE *out, const struct table *table)
{
    fprintf(out, "what;round;server");
    for (size_t i = 0; i < table->metric_count; i++)
        fprintf(out, ";%s", table->metrics[i].name);
    fprintf(out, "\n");
}

void table_raw_write(FILE *out, const struct table *table, const char *what)
{
    write_names(out, table);
    for (size_t round = 0; round < table->rounds; round++) {
        for (size_t side = 0; side < table->side_count; side++) {
            fprintf(out, "%s;%zu;%s", what, round + 1, table->sides[side]);
            for (size_t i = 0; i < table->metric_count; i++)
                fprintf(out, ";%.*f", table->metrics[i].digits, table->values[side][i][round]);
            fprintf(out, "\n");
        }
    }
}

void table_aim_write(FILE *out, const char *what, double value, double limit, const char *unit)
{
    fprintf(out, "- %s: %.3f%s, aim at most %.6g%s: **%s**\n", what, value, unit, limit, unit,
            value <= limit ? "met" : "not met");
}
