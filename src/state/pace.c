/* SPDX-License-Identifier: MIT */
/* When a view gets its snapshot, and what becomes of players that can't keep up. */
#include "state/state.h"

/* So many snapshots in time until a lowered rate is doubled again. */
#define CLEAN_SNAPSHOTS 16

/* Views of the same divisor take turns, by their number. */
static bool due(const struct ouro_view *view)
{
    return (view->state->now + view->number) % view->divisor == 0;
}

static void lower_rate(struct ouro_view *view)
{
    const uint32_t asked = view->options.divisor, most = view->state->options.divisor_max;
    view->clean = 0;
    if (2 * view->divisor > (asked > most ? asked : most))
        return;
    view->divisor *= 2;
    view->state->stats.rates_lowered++;
}

static void raise_rate(struct ouro_view *view)
{
    if (view->divisor <= view->options.divisor || ++view->clean < CLEAN_SNAPSHOTS)
        return;
    view->clean = 0;
    view->divisor /= 2;
    if (view->divisor < view->options.divisor)
        view->divisor = view->options.divisor;
    view->state->stats.rates_raised++;
}

static void ask_to_go(struct ouro_view *view)
{
    view->kicked = true;
    view->state->stats.kicked++;
    view->player->ops->close(view->player, OURO_STATE_CLOSE_TOO_SLOW, "too slow to keep up");
}

static void leave_out(struct ouro_view *view)
{
    view->skipped++;
    view->state->stats.skipped++;
    if (!view->behind_since)
        view->behind_since = ouro_now();
    lower_rate(view);
    if (!view->kicked && ouro_now() - view->behind_since > view->state->options.behind_ns_max)
        ask_to_go(view);
}

/* Before anything is encoded or gathered for it: what it is sent later builds on what it has. */
static bool is_behind(const struct ouro_view *view)
{
    return view->player->ops->backlog_bytes(view->player) > view->state->options.backlog_bytes_max;
}

/* --- ahead of its turn ------------------------------------------------------------------------ */

void ouro__view_prefetch(const struct ouro_view *view, unsigned turns)
{
    if (!view)
        return;
    if (turns > OURO_PREFETCH_TURNS + 1) {
        ouro__bring(view, sizeof *view);
    } else if (turns > OURO_PREFETCH_TURNS) {
        ouro__bring(view->looks, view->look_count * sizeof *view->looks);
        ouro__bring(view->player,
                    2 * sizeof *view->player); /* what its session has behind it, too */
    } else if (view->player->ops->prefetch) {
        view->player->ops->prefetch(view->player, turns);
    }
}

/* --- in its turn ------------------------------------------------------------------------------ */

/* Not while it is behind, and once for however many changes there were until then. */
static void tell_rate(struct ouro_view *view)
{
    if (view->divisor == view->divisor_told)
        return;
    view->divisor_told = view->divisor;
    if (view->options.rate)
        view->options.rate(view->player, view->divisor);
}

static int send(struct ouro_view *view)
{
    if (is_behind(view))
        return -OURO_ELIMIT;
    tell_rate(view);
    return ouro__view_gather(view);
}

void ouro__view_serve(struct ouro_view *view)
{
    if (view->kicked || view->player->away || !due(view))
        return;
    int rc = send(view);
    if (rc == -OURO_ELIMIT) {
        leave_out(view);
    } else if (rc < 0) {
        view->state->stats.failed++;
    } else {
        view->behind_since = 0;
        raise_rate(view);
    }
}
