/* SPDX-License-Identifier: MIT */
/* bench_store: what leaderboards and players' data cost, on real files. */
#include "measure.h"

#include <ouro/store.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SUBMITS 200000
#define OWNERS  100000
#define RANKS   200
#define WRITES  5000
#define OUT     "bench/results/store.md"

static char path[64] = "/tmp/bench-store-XXXXXX/scores.db";
static double samples[WRITES];

static const struct ouro_board boards[] = {{.name = "sum", .counts = OURO_BOARD_SUM}};

#define MUST(rc) must((rc), #rc)
static void must(int rc, const char *what)
{
    if (rc >= 0)
        return;
    fprintf(stderr, "bench_store: %s: %s\n", what, ouro_error_text(rc));
    exit(1);
}

static void name_of(int i, char name[16])
{
    snprintf(name, 16, "player %d", i);
}

static void print_tail(FILE *out, const char *what, size_t count)
{
    bench_sort(samples, count);
    fprintf(out, "| %s | %.1f us | %.1f us | %.1f us |\n", what,
            bench_percentile(samples, count, 50), bench_percentile(samples, count, 99),
            bench_percentile(samples, count, 100));
}

/* All that a tick does, and all until it is in the database. Room for all, so none is refused. */
static void measure_submits(FILE *out, struct ouro_store *store, const char *board, int owners)
{
    char name[16];
    int64_t began = bench_now();
    for (int i = 0; i < SUBMITS; i++) {
        name_of(i % owners, name);
        MUST(ouro_board_submit(store, board, name, i));
    }
    int64_t submitted = bench_now();
    MUST(ouro_store_flush(store, OURO_FOREVER));
    int64_t saved = bench_now();
    fprintf(out, "| %s, %d submissions by %d owners | %.2f us | %.0f/s |\n", board, SUBMITS, owners,
            (double)(submitted - began) / 1e3 / SUBMITS,
            SUBMITS / ((double)(saved - began) / (double)BENCH_SEC));
}

static void measure_rank(FILE *out, struct ouro_store *store, const char *what, int from, int to)
{
    char name[16];
    struct ouro_score row;
    for (int i = 0; i < RANKS; i++) {
        name_of(from + (int)(ouro_random() % (uint64_t)(to - from)), name);
        int64_t began = bench_now();
        MUST(ouro_board_rank(store, "filled", 0, name, OURO_FOREVER, &row));
        samples[i] = (double)(bench_now() - began) / 1e3;
    }
    print_tail(out, what, RANKS);
}

static void measure_around(FILE *out, struct ouro_store *store)
{
    char name[16];
    struct ouro_score rows[11];
    for (int i = 0; i < RANKS; i++) {
        name_of((int)(ouro_random() % OWNERS), name);
        int64_t began = bench_now();
        MUST(ouro_board_around(store, "filled", 0, name, 5, 5, OURO_FOREVER, rows));
        samples[i] = (double)(bench_now() - began) / 1e3;
    }
    print_tail(out, "five above and five below anyone", RANKS);
}

static void fill(struct ouro_store *store)
{
    char name[16];
    for (int i = 0; i < OWNERS; i++) {
        name_of(i, name);
        MUST(ouro_board_submit(store, "filled", name, OWNERS - i));
    }
    MUST(ouro_store_flush(store, OURO_FOREVER));
}

static void measure_values(FILE *out, struct ouro_store *store)
{
    static char value[256];
    struct ouro_kv_write write = {
        .id = {"player", "settings", "x"}, .value = value, .len = sizeof value};
    char key[16];
    write.id.key = key;
    for (int i = 0; i < WRITES; i++) {
        name_of(i, key);
        int64_t began = bench_now();
        MUST(ouro_kv_write(store, &write, 1, OURO_FOREVER, NULL));
        samples[i] = (double)(bench_now() - began) / 1e3;
    }
    print_tail(out, "write a value of 256 bytes, until it is in the database", WRITES);
    for (int i = 0; i < WRITES; i++) {
        name_of(i, key);
        int64_t began = bench_now();
        MUST(ouro_kv_read(store, write.id, OURO_FOREVER, NULL, NULL));
        samples[i] = (double)(bench_now() - began) / 1e3;
    }
    print_tail(out, "read it", WRITES);
}

static int measure(void *arg)
{
    FILE *out = arg;
    struct ouro_store *store;
    struct ouro_store_options options = {
        .pending_max = SUBMITS, .boards = boards, .board_count = 1};
    MUST(ouro_store_open(path, &options, &store));
    fprintf(out, "| scores | in the caller, each | until saved |\n|---|---:|---:|\n");
    measure_submits(out, store, "best", 1000);
    measure_submits(out, store, "sum", 1000);
    measure_submits(out, store, "new", SUBMITS);
    fill(store);
    fprintf(out, "\n| a task waits | p50 | p99 | max |\n|---|---:|---:|---:|\n");
    measure_rank(out, store, "rank of one of the first hundred, of 100,000", 0, 100);
    measure_rank(out, store, "rank of anyone", 0, OWNERS);
    measure_rank(out, store, "rank of one of the last hundred", OWNERS - 100, OWNERS);
    measure_around(out, store);
    measure_values(out, store);
    return ouro_store_close(store, OURO_FOREVER);
}

static void remove_files(void)
{
    char command[128];
    *strrchr(path, '/') = '\0';
    snprintf(command, sizeof command, "rm -rf '%s'", path);
    if (system(command) != 0)
        fprintf(stderr, "bench_store: %s stays\n", path);
}

int main(void)
{
    char *slash = strrchr(path, '/');
    FILE *out = fopen(OUT, "w");
    if (!out) {
        fprintf(stderr, "bench_store: %s can't be written: run it where the sources are\n", OUT);
        return 1;
    }
    *slash = '\0';
    if (!mkdtemp(path))
        return 1;
    *slash = '/';
    fprintf(out, "# What leaderboards and players' data cost\n\n");
    bench_describe_machine(out);
    fprintf(out, "- Command: `build/release/bin/bench_store`; the database is below /tmp\n\n");
    int rc = ouro_run(measure, out);
    fclose(out);
    remove_files();
    return rc < 0;
}
