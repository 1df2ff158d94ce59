/* SPDX-License-Identifier: MIT */
#include "ticks.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "measure.h"

void tick_log_arrival(struct tick_log *log, uint64_t ordinal, int64_t now_ns)
{
    if (ordinal >= TICKS_FRAMES_MAX)
        return;
    struct tick_frame *frame = &log->frames[ordinal];
    if (ordinal >= log->count)
        log->count = (size_t)ordinal + 1;
    if (frame->arrivals++ == 0)
        frame->first_ns = now_ns;
    frame->last_ns = now_ns;
    frame->counted += log->window_open;
}

void tick_log_content(struct tick_log *log, uint64_t ordinal, const char *payload)
{
    if (ordinal >= TICKS_FRAMES_MAX)
        return;
    log->frames[ordinal].is_tick = strstr(payload, "\"render\"");
    log->frames[ordinal].is_new_game = strstr(payload, "\"reset_world\"");
}

/* --- one game's schedule --------------------------------------------------------------------- */

/* The ticks of one game within the window, in seconds since its first. */
struct game {
    size_t ticks;
    double *at;     /* in order */
    double *phases; /* scratch: at, modulo the period, sorted */
};

/* The phase after the largest gap between neighbours on the circle: the earliest of the bunch. */
static double best_phase(const struct game *game, double period)
{
    double best = game->phases[0];
    double widest = game->phases[0] + period - game->phases[game->ticks - 1];
    for (size_t i = 1; i < game->ticks; i++) {
        double gap = game->phases[i] - game->phases[i - 1];
        if (gap > widest) {
            widest = gap;
            best = game->phases[i];
        }
    }
    return best;
}

static void measure_lateness(struct game *game, double period, double *lateness)
{
    for (size_t i = 0; i < game->ticks; i++)
        game->phases[i] = fmod(game->at[i], period);
    bench_sort(game->phases, game->ticks);
    double phase = best_phase(game, period);
    for (size_t i = 0; i < game->ticks; i++)
        lateness[i] = fmod(fmod(game->at[i], period) - phase + period, period);
}

/* --- the window ------------------------------------------------------------------------------ */

struct tally {
    struct tick_summary sum;
    struct game game;
    double period;
    double playing;   /* seconds from the first to the last tick, summed over games */
    size_t intervals; /* in them */
    int64_t game_start_ns;
};

static void close_game(struct tally *tally)
{
    struct game *game = &tally->game;
    if (game->ticks == 0)
        return;
    measure_lateness(game, tally->period, tally->sum.lateness + tally->sum.ticks - game->ticks);
    tally->playing += game->at[game->ticks - 1];
    tally->intervals += game->ticks - 1;
    tally->sum.games++;
    game->ticks = 0;
}

static void add_tick(struct tally *tally, const struct tick_frame *frame)
{
    struct game *game = &tally->game;
    if (game->ticks == 0)
        tally->game_start_ns = frame->first_ns;
    double at = (double)(frame->first_ns - tally->game_start_ns) / 1e9;
    if (game->ticks > 0)
        tally->sum.longest_gap = fmax(tally->sum.longest_gap, at - game->at[game->ticks - 1]);
    game->at[game->ticks++] = at;
    tally->sum.skew[tally->sum.ticks++] = (double)(frame->last_ns - frame->first_ns) / 1e9;
}

/* A tick cut by the window's edge counts its deliveries inside, but not as a tick. */
static void walk(struct tally *tally, const struct tick_log *log)
{
    for (size_t i = 0; i < log->count; i++) {
        const struct tick_frame *frame = &log->frames[i];
        if (frame->is_new_game)
            close_game(tally);
        if (!frame->is_tick)
            continue;
        tally->sum.deliveries += frame->counted;
        if (frame->counted > 0 && frame->counted == frame->arrivals)
            add_tick(tally, frame);
    }
    close_game(tally);
}

int tick_log_summarize(const struct tick_log *log, double tick_hz, struct tick_summary *ret)
{
    struct tally tally = {.period = 1 / tick_hz};
    double *room = calloc(log->count + 1, 2 * sizeof *room);
    tally.sum.lateness = calloc(log->count + 1, sizeof(double));
    tally.sum.skew = calloc(log->count + 1, sizeof(double));
    if (!room || !tally.sum.lateness || !tally.sum.skew) {
        free(room);
        tick_summary_done(&tally.sum);
        return -ENOMEM;
    }
    tally.game.at = room;
    tally.game.phases = room + log->count;
    walk(&tally, log);
    free(room);
    if (tally.playing > 0)
        tally.sum.rate_hz = (double)tally.intervals / tally.playing;
    bench_sort(tally.sum.lateness, tally.sum.ticks);
    bench_sort(tally.sum.skew, tally.sum.ticks);
    *ret = tally.sum;
    return 0;
}

void tick_summary_done(struct tick_summary *summary)
{
    free(summary->lateness);
    free(summary->skew);
    summary->lateness = summary->skew = NULL;
}
