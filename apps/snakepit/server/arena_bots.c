/* SPDX-License-Identifier: MIT */
#include "server/arena_bots.h"

#include "rules/arena_brain.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Ids that no player of the room ever gets to; each life of a bot has its own. */
#define BOT_ID_FIRST (1u << 27)
#define BOT_IDS      (1u << 27)

/* So many come, or go, in a tick, so that a world fills within seconds. */
#define STEP_MAX 8

/* --- thinking: in a thread, or in a worker ---------------------------------------------------- */

/* Sights one after the other; an input for each. Pure but for `out`. */
int arena_bots_think(const void *in, size_t len, struct ouro_buf *out)
{
    const char *sights = in;
    struct arena_sight sight;
    if (len % sizeof sight != 0)
        return -EINVAL;
    for (size_t at = 0; at < len; at += sizeof sight) {
        memcpy(&sight, sights + at, sizeof sight); /* it may lie anywhere */
        ouro_buf_putc(out, (char)arena_think(&sight));
    }
    return ouro_buf_failed(out) ? -ENOMEM : 0;
}

static int think_in_thread(void *arg)
{
    struct arena_thinker *thinker = arg;
    return arena_bots_think(thinker->sights.data, thinker->sights.len, &thinker->answers);
}

static int think(struct arena_thinker *thinker)
{
    struct ouro_workers *workers = thinker->bots->workers;
    thinker->answers.len = 0;
    if (!workers)
        return ouro_offload(NULL, think_in_thread, thinker, OURO_FOREVER);
    return ouro_workers_call(workers, ARENA_THINK_JOB, thinker->sights.data, thinker->sights.len,
                             OURO_FOREVER, &thinker->answers);
}

/* Without an answer, snakes go straight on. */
static void report(struct arena_bots *bots, int rc)
{
    if (!bots->reported)
        ouro_log(OURO_LOG_WARN, "the arena's bots could not think, for the first time: %s",
                 ouro_error_text(rc));
    bots->reported = true;
}

static int be_thinker(void *arg)
{
    struct arena_thinker *thinker = arg;
    int rc;
    while ((rc = ouro_event_wait(&thinker->begin, OURO_FOREVER)) == 0) {
        ouro_event_clear(&thinker->begin);
        int thought = think(thinker);
        if (thought == -ECANCELED)
            return thought;
        if (thought < 0)
            report(thinker->bots, thought);
        thinker->done = thought >= 0;
        thinker->busy = false;
    }
    return rc;
}

/* --- a batch ---------------------------------------------------------------------------------- */

static void take_answers(struct arena_bots *bots, struct arena_thinker *thinker)
{
    for (uint32_t i = 0; i < thinker->count && i < thinker->answers.len; i++) {
        const struct arena_entrant *entrant =
            arena_roster_find(&bots->stage->roster, thinker->ids[i]);
        bool ours = entrant && (!entrant->player || entrant->player->away);
        if (ours)
            arena_stage_input(bots->stage, entrant, (uint8_t)thinker->answers.data[i]);
    }
    thinker->done = false;
}

static void add_sight(struct arena_thinker *thinker, const struct arena_entrant *entrant)
{
    struct arena_sight sight;
    const struct arena_stage *stage = thinker->bots->stage;
    if (!entrant || entrant->snake == ARENA_NO_SNAKE || thinker->count == ARENA_BATCH_MAX)
        return;
    arena_look(stage->world, entrant->snake, &sight);
    ouro_buf_append(&thinker->sights, &sight, sizeof sight);
    thinker->ids[thinker->count++] = entrant->owner.player;
}

/* Those whose turn it is. */
static void begin_batch(struct arena_bots *bots, struct arena_thinker *thinker)
{
    thinker->count = 0;
    thinker->sights.len = 0;
    for (uint32_t i = 0; i < bots->helped_count; i++)
        add_sight(thinker, arena_roster_find(&bots->stage->roster, bots->helped[i]));
    bots->helped_count = 0;
    for (; bots->unseen > 0 && thinker->count < ARENA_BATCH_MAX; bots->unseen--) {
        bots->turn = (bots->turn + 1) % bots->count;
        add_sight(thinker, bots->all[bots->turn]);
    }
    if (thinker->count == 0 || ouro_buf_failed(&thinker->sights))
        return;
    thinker->busy = true;
    ouro_event_set(&thinker->begin);
}

void arena_bots_help(struct arena_bots *bots, uint32_t player)
{
    if (bots->away++ >= bots->away_from && bots->helped_count < ARENA_HELPED_MAX)
        bots->helped[bots->helped_count++] = player;
}

/* Very many have lost their connection: the next tick is for those whom this one could not help.
 * If all thinkers were busy, it is for the same. */
static void pass_turn_on(struct arena_bots *bots)
{
    if (bots->helped_count == 0)
        bots->away_from += ARENA_HELPED_MAX;
    if (bots->away_from >= bots->away)
        bots->away_from = 0;
    bots->away = bots->helped_count = 0;
}

/* --- coming and going ------------------------------------------------------------------------- */

static struct arena_owner next_owner(struct arena_bots *bots)
{
    static const char *const names[] = {"Adder", "Anaconda", "Asp",    "Boa",    "Boomslang",
                                        "Cobra", "Coral",    "Garter", "Krait",  "Mamba",
                                        "Naga",  "Python",   "Racer",  "Rattle", "Viper"};
    uint32_t life = bots->lives++;
    struct arena_owner owner = {.player = BOT_ID_FIRST + life % BOT_IDS,
                                .face = {.colour = (uint8_t)(life % ARENA_COLOURS), .bot = true}};
    snprintf(owner.face.name, sizeof owner.face.name, "%s",
             names[life % (sizeof names / sizeof *names)]);
    return owner;
}

static int come(struct arena_bots *bots)
{
    struct arena_entrant *entrant;
    struct arena_owner owner = next_owner(bots);
    int rc = arena_stage_join(bots->stage, &owner, &entrant);
    if (rc < 0)
        return rc;
    entrant->bot = bots->count;
    bots->all[bots->count++] = entrant;
    return 0;
}

void arena_bots_gone(struct arena_bots *bots, struct arena_entrant *entrant)
{
    if (entrant->bot == ARENA_NO_BOT)
        return;
    struct arena_entrant *last = bots->all[--bots->count];
    bots->all[entrant->bot] = last;
    last->bot = entrant->bot;
    entrant->bot = ARENA_NO_BOT;
}

static void go(struct arena_bots *bots)
{
    struct arena_entrant *last = bots->all[bots->count - 1];
    arena_bots_gone(bots, last);
    arena_stage_leave(bots->stage, last);
}

/* Towards as many as are wanted, in small steps. Nobody plays for himself. */
static void fill(struct arena_bots *bots, uint32_t players)
{
    uint32_t living = arena_living(bots->stage->world);
    uint32_t wanted = players > 0 ? bots->wanted : 0;
    for (int i = 0; i < STEP_MAX && living < wanted && bots->count < bots->wanted; i++, living++)
        if (come(bots) < 0)
            return;
    for (int i = 0; i < STEP_MAX && living > wanted && bots->count > 0; i++, living--)
        go(bots);
}

void arena_bots_act(struct arena_bots *bots, uint32_t players)
{
    for (uint32_t i = 0; i < bots->thinker_count; i++) {
        if (bots->thinkers[i].done)
            take_answers(bots, &bots->thinkers[i]);
    }
    fill(bots, players);
}

/* As many as there are, each once. */
void arena_bots_look(struct arena_bots *bots)
{
    bots->unseen = bots->count;
    for (uint32_t i = 0; i < bots->thinker_count; i++) {
        if (!bots->thinkers[i].busy)
            begin_batch(bots, &bots->thinkers[i]);
    }
    pass_turn_on(bots);
}

/* --- life ------------------------------------------------------------------------------------- */

int arena_bots_start(struct arena_bots *bots, struct arena_stage *stage, uint32_t wanted,
                     struct ouro_workers *workers, uint32_t thinkers)
{
    *bots = (struct arena_bots){.stage = stage, .workers = workers, .wanted = wanted};
    bots->all = calloc(wanted + 1, sizeof(struct arena_entrant *));
    bots->thinkers = calloc(thinkers, sizeof *bots->thinkers);
    int rc = bots->all && bots->thinkers ? 0 : -ENOMEM;
    for (uint32_t i = 0; rc == 0 && i < thinkers; i++) {
        struct arena_thinker *thinker = &bots->thinkers[i];
        thinker->bots = bots;
        ouro_event_init(&thinker->begin);
        bots->thinker_count++;
        rc = ouro_spawn(be_thinker, thinker, NULL, &thinker->task);
    }
    return rc;
}

static void stop_thinker(struct arena_thinker *thinker)
{
    if (thinker->task) {
        ouro_cancel(thinker->task);
        ouro_await(thinker->task, OURO_FOREVER, NULL);
        ouro_task_unref(thinker->task);
    }
    ouro_event_done(&thinker->begin);
    ouro_buf_done(&thinker->sights);
    ouro_buf_done(&thinker->answers);
}

void arena_bots_stop(struct arena_bots *bots)
{
    struct ouro_scope shield;
    ouro_shield_open(&shield, OURO_FOREVER);
    for (uint32_t i = 0; i < bots->thinker_count; i++)
        stop_thinker(&bots->thinkers[i]);
    ouro_scope_close(&shield);
    free(bots->thinkers);
    free(bots->all);
}
