/* SPDX-License-Identifier: MIT */
/* Matchmaking: what a pass costs with many tickets waiting, and how long players wait.
 *
 *     bench_match [--tickets N] [--hours H]
 *
 * The first part fills a pool with tickets of mixed queries that mostly can't be matched, the most
 * expensive kind, and measures passes. The second is a simulation: players arrive at random, pools
 * are passed over once a second, and every wait is noted. */
#include "measure.h"

#include <ouro/match.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define PASSES 21

static const char *const regions[] = {"eu", "us", "asia", "africa", "oceania"};
static const char *const modes[] = {"duel", "quick", "ranked", "ctf"};

static double cpu_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

/* --- players ---------------------------------------------------------------------------------- */

/* Rare regions have few players; skill is bell-shaped; a third has a query about levels too. */
struct person {
    int region, mode, level;
    int32_t skill;
    uint32_t party;
    bool picky, patient;
};

static int32_t bell(struct ouro_rng *rng, int32_t middle, int32_t width)
{
    int32_t sum = 0;
    for (int i = 0; i < 6; i++)
        sum += (int32_t)ouro_rng_below(rng, (uint32_t)width);
    return middle + sum / 3 - width;
}

static struct person person(struct ouro_rng *rng)
{
    uint32_t where = ouro_rng_below(rng, 100);
    return (struct person){
        .region = where < 45   ? 0
                  : where < 80 ? 1
                  : where < 93 ? 2
                  : where < 98 ? 3
                               : 4,
        .mode = (int)ouro_rng_below(rng, 4),
        .level = (int)ouro_rng_below(rng, 60),
        .skill = bell(rng, 1500, 600),
        .party = 1 + (ouro_rng_below(rng, 10) == 0),
        .picky = ouro_rng_below(rng, 3) == 0,
        .patient = ouro_rng_below(rng, 4) == 0,
    };
}

static void add(struct ouro_match *match, int64_t now, const struct person *who, const char *extra,
                void *ud)
{
    char query[OURO_MATCH_QUERY_BYTES];
    int len = snprintf(query, sizeof query, "mode=%s region=%s%s", modes[who->mode],
                       regions[who->region], who->patient ? "" : "~15s");
    if (who->picky)
        len += snprintf(query + len, sizeof query - (size_t)len, " level>=%d level<=%d~20s",
                        who->level - 15, who->level + 15);
    snprintf(query + len, sizeof query - (size_t)len, "%s", extra);
    const struct ouro_match_property properties[] = {{"region", regions[who->region], 0},
                                                     {"mode", modes[who->mode], 0},
                                                     {"level", NULL, who->level}};
    struct ouro_match_ticket ticket = {query,      properties,          3,
                                       who->party, .skill = who->skill, .ud = ud};
    struct ouro_match_id id;
    if (ouro_match_add(match, now, &ticket, &id) < 0) {
        fprintf(stderr, "bench_match: a ticket was refused\n");
        exit(EXIT_FAILURE);
    }
}

/* --- a pass ----------------------------------------------------------------------------------- */

static void ignore(const struct ouro_match_found *found, void *ud)
{
    (void)found, (void)ud;
}

static struct ouro_match *pool(ouro_match_found_hook *found, uint32_t tickets_max)
{
    struct ouro_match_options options = {
        .tickets_max = tickets_max,
        .players_min = 2,
        .players_max = 8,
        .teams = 2,
        .skill_apart = 50,
        .skill_apart_per_second = 20,
        .skill_apart_max = 600,
        .found = found,
        .seed = 1,
    };
    struct ouro_match *match;
    if (ouro_match_new(&options, &match) < 0)
        exit(EXIT_FAILURE);
    return match;
}

/* `extra` is a term that nobody satisfies: then all wait for ever, and every pass looks at all. */
static void measure_passes(const char *what, uint32_t tickets, const char *extra)
{
    struct ouro_match *match = pool(ignore, tickets);
    struct ouro_rng rng;
    double ms[PASSES];
    ouro_rng_seed(&rng, 1);
    for (uint32_t i = 0; i < tickets; i++) {
        struct person who = person(&rng);
        add(match, 0, &who, extra, NULL);
    }
    size_t matches = 0;
    uint64_t work = 0;
    for (int i = 0; i < PASSES; i++) {
        double before = cpu_ms();
        uint64_t work_before = ouro_match_stats(match).work;
        size_t found = ouro_match_pass(match, OURO_SEC(1));
        ms[i] = cpu_ms() - before;
        if (i == 0) {
            matches = found;
            work = ouro_match_stats(match).work - work_before;
        }
    }
    double first = ms[0];
    bench_sort(ms, PASSES);
    printf("| %-44s | %7.2f | %7.2f | %7.2f | %7zu | %9llu |\n", what, first, ms[PASSES / 2],
           ms[PASSES - 1], matches, (unsigned long long)work);
    ouro_match_free(match);
}

/* --- waiting ---------------------------------------------------------------------------------- */

#define WAITS_MAX 2000000

static struct {
    double seconds[WAITS_MAX];
    size_t count, gave_up;
} waits;

static void note_waits(const struct ouro_match_found *found, void *ud)
{
    (void)ud;
    for (size_t i = 0; i < found->count && waits.count < WAITS_MAX; i++)
        waits.seconds[waits.count++] = (double)found->parties[i].waited_ns / 1e9;
}

static void simulate(double per_second, int seconds)
{
    struct ouro_match *match = pool(note_waits, 50000);
    struct ouro_rng rng;
    ouro_rng_seed(&rng, 2);
    waits.count = 0;
    double due = 0, worst_ms = 0;
    for (int second = 0; second < seconds; second++) {
        for (due += per_second; due >= 1; due--) {
            struct person who = person(&rng);
            add(match, OURO_SEC(second) - (int64_t)ouro_rng_below(&rng, 1000000000), &who, "",
                NULL);
        }
        double before = cpu_ms();
        ouro_match_pass(match, OURO_SEC(second));
        double ms = cpu_ms() - before;
        worst_ms = ms > worst_ms ? ms : worst_ms;
    }
    struct ouro_match_stats stats = ouro_match_stats(match);
    bench_sort(waits.seconds, waits.count);
    printf("| %9.1f | %8llu | %6.1f | %6.1f | %6.1f | %6.1f | %8.2f %% | %7.2f |\n", per_second,
           (unsigned long long)stats.added, bench_percentile(waits.seconds, waits.count, 50),
           bench_percentile(waits.seconds, waits.count, 95),
           bench_percentile(waits.seconds, waits.count, 99),
           waits.count ? waits.seconds[waits.count - 1] : 0,
           100.0 * (double)stats.gave_up / (double)stats.added, worst_ms);
    ouro_match_free(match);
}

int main(int argc, char **argv)
{
    uint32_t tickets = 10000;
    int hours = 1;
    for (int i = 1; i + 1 < argc; i += 2) {
        if (strcmp(argv[i], "--tickets") == 0)
            tickets = (uint32_t)strtoul(argv[i + 1], NULL, 10);
        else if (strcmp(argv[i], "--hours") == 0)
            hours = (int)strtol(argv[i + 1], NULL, 10);
    }
    printf("# What matchmaking costs, and how long players wait\n\n");
    bench_describe_machine(stdout);
    printf("- Command: `build/release/bin/bench_match --tickets %u --hours %d`\n\n", tickets,
           hours);
    printf(
        "CPU time of a pass over %u tickets, teams of 1 to 4, 5 regions, 4 modes, levels, skill; "
        "%d passes.\n\n",
        tickets, PASSES);
    printf("| %-44s | %7s | %7s | %7s | %7s | %9s |\n", "tickets", "1st, ms", "median", "highest",
           "matches", "looks");
    printf("|%s|--------:|--------:|--------:|--------:|----------:|\n",
           "----------------------------------------------");
    measure_passes("as they come: most are matched at once", tickets, "");
    measure_passes("all wait for what nobody has", tickets, " thing=none");
    measure_passes("all wait, and no index tells that they must", tickets, " level>1000");
    printf("\nA simulation of %d h, a pass each second; waits in seconds.\n\n", hours);
    printf("| %9s | %8s | %6s | %6s | %6s | %6s | %10s | %7s |\n", "per s", "tickets", "p50", "p95",
           "p99", "most", "gave up", "pass ms");
    printf("|----------:|---------:|-------:|-------:|-------:|-------:|-----------:|--------:|\n");
    for (double rate = 0.5; rate <= 200; rate *= 4.5)
        simulate(rate, hours * 3600);
    return EXIT_SUCCESS;
}
