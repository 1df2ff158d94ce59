/* SPDX-License-Identifier: MIT */
/* What a tick costs by the number of spectators, without sockets. The linker puts a clock around
 * the two functions that find out what has changed and encode it (--wrap). */
#include "bench_rooms.h"

#include <ouro/runtime.h>
#include <ouro/state.h>

#include <errno.h>
#include <stdlib.h>

#include "measure.h"

#define TICKS      200
#define TICKS_WARM 20

static struct {
    int64_t encode_ns; /* in this tick */
} spent;

void __real_ouro__entities_look_at(struct ouro_state *state);
void __wrap_ouro__entities_look_at(struct ouro_state *state);
uint32_t __real_ouro__section_encode(struct ouro_state *state, uint32_t channel, uint32_t base);
uint32_t __wrap_ouro__section_encode(struct ouro_state *state, uint32_t channel, uint32_t base);

void __wrap_ouro__entities_look_at(struct ouro_state *state)
{
    int64_t begin = bench_now();
    __real_ouro__entities_look_at(state);
    spent.encode_ns += bench_now() - begin;
}

uint32_t __wrap_ouro__section_encode(struct ouro_state *state, uint32_t channel, uint32_t base)
{
    int64_t begin = bench_now();
    uint32_t section = __real_ouro__section_encode(state, channel, base);
    spent.encode_ns += bench_now() - begin;
    return section;
}

/* --- spectators that are sent to, and that is all --------------------------------------------- */

static int sink_send_parts(struct ouro_player *player, const struct ouro_part *parts, size_t count)
{
    (void)player, (void)parts, (void)count;
    return 0;
}

static int sink_send(struct ouro_player *player, struct ouro_frame *const *frames, size_t count)
{
    (void)player, (void)frames, (void)count;
    return 0;
}

static size_t sink_backlog(const struct ouro_player *player)
{
    (void)player;
    return 0;
}

static void sink_close(struct ouro_player *player, uint16_t code, const char *reason)
{
    (void)player, (void)code, (void)reason;
}

static void sink_released(struct ouro_player *player)
{
    (void)player;
}

static const struct ouro_player_ops sink_ops = {sink_send, sink_backlog, sink_close, sink_released,
                                                sink_send_parts};

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
        spent.encode_ns = 0;
        int64_t begin = bench_now();
        world_tick(world);
        all_ns[i] = (double)(bench_now() - begin);
        encode_ns[i] = (double)spent.encode_ns;
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
