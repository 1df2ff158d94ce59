/* SPDX-License-Identifier: MIT */
/**
 * The figures of `./do bench runtime` as a page of Markdown.
 */
#ifndef BENCH_RUNTIME_REPORT_H
#define BENCH_RUNTIME_REPORT_H

#include "measure.h"

#include <ouro/runtime.h>

#include <stdio.h>

#define RUNTIME_ROUNDS_MAX BENCH_MEDIAN_MAX

enum runtime_unit { RUNTIME_NS, RUNTIME_US_TAIL /* p50 and p99 */, RUNTIME_BYTES, RUNTIME_COUNT };

/** An operation, and how it is measured. */
struct runtime_row {
    const char *name;
    const char *twin; /**< its name in asyncio_runtime.py; NULL: there is nothing like it */
    enum runtime_unit unit;
    ouro_task_fn *measure; /**< see bench_runtime.h */
    double aim;            /**< at most; 0: none */
};

/** What came out of all rounds. [1] is the p99, where there is one. */
struct runtime_figures {
    const struct runtime_row *row;
    double ours[2][RUNTIME_ROUNDS_MAX], theirs[2][RUNTIME_ROUNDS_MAX];
};

struct runtime_report {
    const struct runtime_figures *figures;
    size_t count, rounds;
    const char *python;   /**< its version; empty: asyncio was left out */
    char *const *command; /**< up to a NULL */
    char load_before[64];
};

/** Remember how busy the machine is, before we make it so. */
void runtime_report_note_load(struct runtime_report *report);
/** Machine, command, table. */
void runtime_report_write(FILE *out, const struct runtime_report *report);
/** As above, into a file. What stood in it from the heading "## By hand" on stays: figures of other
 *  libraries, which this program does not measure. 0, or a negative errno. */
int runtime_report_to_file(const struct runtime_report *report, const char *path);

#endif
