/* SPDX-License-Identifier: MIT */
#include "server/arena_projector.h"

static void join(struct arena_projector *projector, const struct arena_log_entry *entry)
{
    struct arena_entrant *entrant;
    struct arena_owner owner = {.player = entry->id, .face = entry->face};
    owner.face.colour %= ARENA_COLOURS; /* the log takes any */
    if (arena_stage_join(&projector->stage, &owner, &entrant) < 0)
        projector->over = true;
}

static void check(struct arena_projector *projector, const struct arena_log_entry *entry)
{
    if (entry->digest == arena_digest(projector->stage.world))
        return;
    ouro_log(OURO_LOG_WARN, "a replay of the arena is not what was recorded, at tick %u",
             arena_ticks(projector->stage.world));
    projector->over = true;
}

static void apply(struct arena_projector *projector, const struct arena_log_entry *entry)
{
    struct arena_entrant *entrant = arena_roster_find(&projector->stage.roster, entry->id);
    if (entry->kind == ARENA_LOG_TICKS)
        projector->ticks += entry->ticks;
    else if (entry->kind == ARENA_LOG_JOIN)
        join(projector, entry);
    else if (entry->kind == ARENA_LOG_CHECK || entry->kind == ARENA_LOG_END)
        check(projector, entry);
    else if (!entrant)
        projector->over = true;
    else if (entry->kind == ARENA_LOG_INPUT)
        arena_stage_input(&projector->stage, entrant, entry->input);
    else
        arena_stage_leave(&projector->stage, entrant);
}

bool arena_projector_step(struct arena_projector *projector)
{
    struct arena_log_entry entry;
    int rc = 1;
    while (projector->ticks == 0 && rc > 0 && !projector->over) {
        rc = arena_film_next(&projector->film, &entry);
        if (rc > 0)
            apply(projector, &entry);
    }
    projector->over = projector->over || rc < 0;
    if (projector->over || projector->ticks == 0)
        return false;
    projector->ticks--;
    arena_stage_tick(&projector->stage, projector->stage.tick + 1);
    for (uint32_t i = 0; i < projector->stage.death_count; i++)
        arena_news_death(&projector->news, &projector->stage, &projector->stage.deaths[i]);
    arena_stage_end(&projector->stage);
    return true;
}

int arena_projector_rewind(struct arena_projector *projector)
{
    int rc = arena_film_rewind(&projector->film);
    if (rc == 0)
        rc = arena_stage_restart(&projector->stage, projector->film.header.seed);
    projector->ticks = 0;
    projector->over = rc < 0; /* film and world no longer belong together */
    return rc;
}
