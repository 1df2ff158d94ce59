/* SPDX-License-Identifier: MIT */
/**
 * table: what was measured of several servers, taken in turns, as Markdown: medians over the
 * rounds, ratios pair by pair, aims, and the runs one by one.
 */
#ifndef BENCH_TABLE_H
#define BENCH_TABLE_H

#include <stddef.h>
#include <stdio.h>

#include "measure.h"

#define TABLE_SIDES_MAX   6
#define TABLE_METRICS_MAX 32
#define TABLE_ROUNDS_MAX  BENCH_MEDIAN_MAX

struct table_metric {
    const char *name; /* with its unit */
    int digits;       /* after the point */
};

/** Filled by the caller. The last side is the one that the others are compared to. */
struct table {
    const struct table_metric *metrics;
    size_t metric_count;
    const char *sides[TABLE_SIDES_MAX];
    size_t side_count, rounds;
    double values[TABLE_SIDES_MAX][TABLE_METRICS_MAX][TABLE_ROUNDS_MAX];
};

/** One figure over all rounds. */
struct table_figure {
    double median, least, most;
};

struct table_figure table_value(const struct table *table, size_t side, size_t metric);
/** To the last side, each round by itself: what slows the machine slows both. */
struct table_figure table_ratio(const struct table *table, size_t side, size_t metric);

void table_write(FILE *out, const struct table *table);
/** A line for each side but the last: "Ratio of <what>, <side> to <last>: ...". */
void table_ratios_write(FILE *out, const struct table *table, size_t metric, const char *what);
/** The runs one by one, as CSV with a line of names; `what` is the first column. */
void table_raw_write(FILE *out, const struct table *table, const char *what);

/** "- what: value, aim at most limit: met". */
void table_aim_write(FILE *out, const char *what, double value, double limit, const char *unit);

#endif
