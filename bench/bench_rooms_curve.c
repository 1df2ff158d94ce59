/* SPDX-License-Identifier: MIT */
/* What a tick costs by the number of spectators, without sockets. */
#include "bench_rooms.h"

#include <ouro/runtime.h>
#include <ouro/state.h>

#include <errno.h>
#include <stdlib.h>

#include "measure.h"
#include "sinks.h"

#define TICKS      200
#define TICKS_WARM 20

static int add_sinks(struct world *world, struct ouro_player *players, uint32_t count)
{
    int rc = 0;
    for (uint32_t i = 0; rc == 0 && i < count; i++) {
        struct ouro_view *view;
        players[i] = (struct ouro_player){.ops = &sink_ops, .id = i};
        rc = ouro_view_new(world_state(world), &players[i], NULL, &view);
        if (rc == 0)
            world_look(view, i);
    }
    return rc;
}

/* Of single ticks, the middle: who else runs on this machine interrupts a few of them. */
static double middle_us(double *ns)
{
    bench_sort(ns, TICKS);
    return bench_percentile(ns, TICKS, 50) / 1e3;
}

static void measure(FILE *out, struct world *world, uint32_t count)
{
    static double all_ns[TICKS], encode_ns[TICKS];
    for (int i = 0; i < TICKS_WARM; i++)
        world_tick(world);
    struct ouro_state_stats before = ouro_state_stats(world_state(world));
    for (int i = 0; i < TICKS; i++) {
        sinks_encode_ns();
        int64_t begin = bench_now();
        world_tick(world);
        all_ns[i] = (double)(bench_now() - begin);
        encode_ns[i] = (double)sinks_encode_ns();
    }
    struct ouro_state_stats after = ouro_state_stats(world_state(world));
    double all_us = middle_us(all_ns), encode_us = middle_us(encode_ns);
    fprintf(out, "| %u | %.1f | %.1f | %.0f | %.0f | %.3f |\n", count,
            (double)(after.sections - before.sections) / TICKS, encode_us,
            (double)(after.section_bytes - before.section_bytes) / TICKS, all_us,
            (all_us - encode_us) / count);
}

static int curve_point(FILE *out, uint32_t count)
{
    struct world *world = world_new();
    struct ouro_player *players = calloc(count, sizeof *players);
    int rc = world && players ? add_sinks(world, players, count) : -ENOMEM;
    if (rc == 0)
        measure(out, world, count);
    world_free(world);
    free(players);
    return rc;
}

static int curve(void *out)
{
    static const uint32_t COUNTS[] = {100, 200, 400, 1000, 2000, 4000, 10000};
    int rc = 0;
    fprintf(out, "\n## A tick by the number of spectators, without sockets\n\n");
    fprintf(out,
            "| spectators | sections encoded per tick | us to find and encode | bytes encoded | "
            "us per tick, all | us per view to gather |\n|---|---|---|---|---|---|\n");
    for (size_t i = 0; rc == 0 && i < sizeof COUNTS / sizeof *COUNTS; i++)
        rc = curve_point(out, COUNTS[i]);
    return rc;
}

int rooms_curve(FILE *out)
{
    return ouro_run(curve, out);
}
