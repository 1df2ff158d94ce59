/* SPDX-License-Identifier: MIT */
#include "bench_runtime_report.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "program.h"

static const char *const UNITS[] = {
    [RUNTIME_NS] = "ns", [RUNTIME_US_TAIL] = "us", [RUNTIME_BYTES] = "bytes", [RUNTIME_COUNT] = ""};

/* --- the machine --------------------------------------------------------------------------------
 */

/* The first line of a file, without its end; "?" if there is none. */
static void first_line(const char *path, char *ret_line, size_t size)
{
    FILE *file = fopen(path, "re");
    if (!file || !fgets(ret_line, (int)size, file))
        snprintf(ret_line, size, "?");
    ret_line[strcspn(ret_line, "\n")] = 0;
    if (file)
        fclose(file);
}

void runtime_report_note_load(struct runtime_report *report)
{
    first_line("/proc/loadavg", report->load_before, sizeof report->load_before);
}

static void write_head(FILE *out, const struct runtime_report *report)
{
    char max_map_count[32];
    first_line("/proc/sys/vm/max_map_count", max_map_count, sizeof max_map_count);
    fprintf(out, "# What the operations of the runtime cost\n\n");
    bench_describe_machine(out);
    fprintf(out, "- Load before the run: %s\n- vm.max_map_count: %s\n", report->load_before,
            max_map_count);
    fprintf(out, "- asyncio: %s\n", report->python[0] ? report->python : "left out");
    fprintf(out, "- Command: `");
    for (char *const *arg = report->command; *arg; arg++)
        fprintf(out, "%s%s", arg == report->command ? "" : " ", *arg);
    fprintf(out,
            "`\n\nMedians of %zu rounds, with the lowest and the highest; where there are two "
            "figures, p50 and p99.\nHow to read it: "
            "[docs/benchmarks.md](../../docs/benchmarks.md).\n\n",
            report->rounds);
}

/* --- the table ----------------------------------------------------------------------------------
 */

static int digits_of(double value, enum runtime_unit unit)
{
    return unit == RUNTIME_NS && value < 100 ? 1 : 0;
}

/* "12.3 ns", or "45 / 67 us". */
static void value_text(char *out, size_t size, double p50, double p99, enum runtime_unit unit)
{
    if (unit == RUNTIME_US_TAIL)
        snprintf(out, size, "%.1f / %.1f us", p50, p99);
    else
        snprintf(out, size, "%.*f%s%s", digits_of(p50, unit), p50, unit == RUNTIME_COUNT ? "" : " ",
                 UNITS[unit]);
}

static void median_text(char *out, size_t size, const double values[2][RUNTIME_ROUNDS_MAX],
                        const struct runtime_report *report, enum runtime_unit unit)
{
    value_text(out, size, bench_median(values[0], report->rounds),
               bench_median(values[1], report->rounds), unit);
}

static void range_text(char *out, size_t size, const double *values,
                       const struct runtime_report *report, enum runtime_unit unit)
{
    double sorted[RUNTIME_ROUNDS_MAX];
    memcpy(sorted, values, report->rounds * sizeof *sorted);
    bench_sort(sorted, report->rounds);
    double low = sorted[0], high = sorted[report->rounds - 1];
    int digits = unit == RUNTIME_US_TAIL ? 1 : digits_of(low, unit);
    snprintf(out, size, "%.*f to %.*f", digits, low, digits, high);
}

static void aim_text(char *out, size_t size, const struct runtime_figures *figures,
                     const struct runtime_report *report)
{
    const struct runtime_row *row = figures->row;
    bool met = bench_median(figures->ours[0], report->rounds) <= row->aim;
    if (row->aim > 0)
        snprintf(out, size, "%.0f: %s", row->aim, met ? "met" : "**not met**");
    else
        snprintf(out, size, "-");
}

/* Pair by pair: what slows the machine slows both. */
static void ratio_text(char *out, size_t size, const struct runtime_figures *figures,
                       const struct runtime_report *report)
{
    double ratios[RUNTIME_ROUNDS_MAX];
    for (size_t i = 0; i < report->rounds; i++)
        ratios[i] = figures->theirs[0][i] / figures->ours[0][i];
    double ratio = bench_median(ratios, report->rounds);
    snprintf(out, size, "%.*f", ratio < 10 ? 1 : 0, ratio);
}

static void write_row(FILE *out, const struct runtime_figures *figures,
                      const struct runtime_report *report)
{
    const struct runtime_row *row = figures->row;
    char ours[64], range[64], aim[64], theirs[64] = "-", ratio[64] = "-";
    median_text(ours, sizeof ours, figures->ours, report, row->unit);
    range_text(range, sizeof range, figures->ours[0], report, row->unit);
    aim_text(aim, sizeof aim, figures, report);
    if (report->python[0] && row->twin) {
        median_text(theirs, sizeof theirs, figures->theirs, report, row->unit);
        ratio_text(ratio, sizeof ratio, figures, report);
    }
    fprintf(out, "| %-47s | %17s | %16s | %17s | %18s | %8s |\n", row->name, ours, range, aim,
            theirs, ratio);
}

void runtime_report_write(FILE *out, const struct runtime_report *report)
{
    static const char DASHES[] = "-----------------------------------------------";
    write_head(out, report);
    fprintf(out, "| %-47s | %17s | %16s | %17s | %18s | %8s |\n", "operation", "ouro",
            "lowest, highest", "aim, at most", "asyncio", "x ouro");
    fprintf(out, "|-%.47s-|-%.17s:|-%.16s:|-%.17s:|-%.18s:|-%.8s:|\n", DASHES, DASHES, DASHES,
            DASHES, DASHES, DASHES);
    for (size_t i = 0; i < report->count; i++)
        write_row(out, &report->figures[i], report);
}

/* --- the file -----------------------------------------------------------------------------------
 */

static void write_to(FILE *out, void *ud)
{
    runtime_report_write(out, ud);
}

int runtime_report_to_file(const struct runtime_report *report, const char *path)
{
    struct runtime_report copy = *report;
    return program_write_file(path, write_to, &copy);
}
