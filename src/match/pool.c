/* SPDX-License-Identifier: MIT */
/* Tickets: added, cancelled, found again by their id. */
#include "match/pool.h"

#include <stdlib.h>

#define TICKETS_DEFAULT  20000
#define PLAYERS_DEFAULT  2
#define PATIENCE_DEFAULT OURO_SEC(5)
#define GIVE_UP_DEFAULT  OURO_SEC(60)
#define WORK_DEFAULT     500000

/* --- the pool --------------------------------------------------------------------------------- */

static struct ouro_match_options complete(const struct ouro_match_options *wanted)
{
    struct ouro_match_options options = *wanted;
    if (!options.tickets_max)
        options.tickets_max = TICKETS_DEFAULT;
    if (!options.players_min)
        options.players_min = PLAYERS_DEFAULT;
    if (!options.players_max)
        options.players_max = options.players_min;
    if (!options.teams)
        options.teams = 1;
    if (!options.skill_apart_max)
        options.skill_apart_max = INT32_MAX;
    if (!options.patience_ns)
        options.patience_ns = PATIENCE_DEFAULT;
    if (!options.give_up_ns)
        options.give_up_ns = GIVE_UP_DEFAULT;
    if (!options.work_max)
        options.work_max = WORK_DEFAULT;
    return options;
}

static bool is_possible(const struct ouro_match_options *options)
{
    return options->found && options->players_min <= options->players_max &&
           options->players_max <= OURO_MATCH_PLAYERS_MAX &&
           options->teams <= OURO_MATCH_TEAMS_MAX && options->players_max % options->teams == 0;
}

static void fill_free_places(struct ouro_match *match)
{
    for (uint32_t i = match->options.tickets_max; i > 0; i--)
        match->free_places[match->free_count++] = i - 1;
}

int ouro_match_new(const struct ouro_match_options *wanted, struct ouro_match **ret_match)
{
    struct ouro_match_options options = complete(wanted);
    if (!is_possible(&options))
        return -EINVAL;
    struct ouro_match *match = calloc(1, sizeof *match);
    if (!match)
        return -ENOMEM;
    match->options = options;
    match->table = calloc(options.tickets_max, sizeof *match->table);
    match->generations = calloc(options.tickets_max, sizeof *match->generations);
    match->free_places = calloc(options.tickets_max, sizeof *match->free_places);
    ouro_list_init(&match->rooms);
    ouro_list_init(&match->waiting);
    ouro_list_init(&match->gone);
    if (!match->table || !match->generations || !match->free_places) {
        ouro_match_free(match);
        return -ENOMEM;
    }
    fill_free_places(match);
    *ret_match = match;
    return 0;
}

static void free_all(struct ouro_link *list)
{
    struct ouro_link *link;
    while ((link = ouro_list_pop(list)))
        free(ouro_container(link, struct ouro__match_ticket, by_age));
}

struct ouro_match *ouro_match_free(struct ouro_match *match)
{
    if (!match)
        return NULL;
    ouro_assert(!match->in_pass);
    free_all(&match->rooms);
    free_all(&match->waiting);
    ouro__match_index_done(&match->index);
    free(match->table);
    free(match->generations);
    free(match->free_places);
    free(match);
    return NULL;
}

/* --- tickets ---------------------------------------------------------------------------------- */

static uint32_t or_default(uint32_t wanted, uint32_t otherwise)
{
    return wanted ? wanted : otherwise;
}

static uint32_t greater(uint32_t a, uint32_t b)
{
    return a > b ? a : b;
}

static void set_room(struct ouro__match_ticket *ticket, const struct ouro_match_ticket *wanted,
                     uint32_t teams)
{
    ticket->is_room = true;
    ticket->players = ticket->players_min = 0;
    ticket->give_up_ns = wanted->give_up_ns ? wanted->give_up_ns : OURO_FOREVER;
    for (uint32_t i = 0; i < teams; i++)
        ticket->places[i] = wanted->places[i];
}

/* Is there any match that it could be in? */
static bool has_a_chance(const struct ouro__match_ticket *ticket,
                         const struct ouro_match_options *options)
{
    if (ticket->is_room) {
        uint64_t places = 0;
        for (uint32_t i = 0; i < options->teams; i++)
            places += ticket->places[i];
        return places > 0 && places <= OURO_MATCH_PLAYERS_MAX;
    }
    uint32_t of_team = ticket->players_max / options->teams;
    return ticket->players <= of_team && ticket->players_min <= of_team * options->teams &&
           ticket->players_max <= options->players_max;
}

static int ticket_read(const struct ouro_match *match, const struct ouro_match_ticket *wanted,
                       struct ouro__match_ticket *ret_ticket)
{
    const struct ouro_match_options *options = &match->options;
    *ret_ticket = (struct ouro__match_ticket){
        .players = or_default(wanted->players, 1),
        .players_min = greater(wanted->players_min, options->players_min),
        .players_max = or_default(wanted->players_max, options->players_max),
        .skill = wanted->skill,
        .give_up_ns = wanted->give_up_ns ? wanted->give_up_ns : options->give_up_ns,
        .ud = wanted->ud,
    };
    if (wanted->is_room)
        set_room(ret_ticket, wanted, options->teams);
    if (!has_a_chance(ret_ticket, options))
        return -EINVAL;
    ret_ticket->players_max -= ret_ticket->players_max % options->teams; /* these are equal */
    int rc = ouro__match_facts_read(options->seed, wanted->properties, wanted->property_count,
                                    &ret_ticket->facts);
    return rc < 0 ? rc : ouro__match_query_read(options->seed, wanted->query, &ret_ticket->query);
}

static void put(struct ouro_match *match, int64_t now, struct ouro__match_ticket *ticket)
{
    uint32_t place = match->free_places[--match->free_count];
    ticket->id = (struct ouro_match_id){place, ++match->generations[place]};
    ticket->number = ++match->last_number;
    ticket->added_at = now;
    match->table[place] = ticket;
    ouro_list_push(ticket->is_room ? &match->rooms : &match->waiting, &ticket->by_age);
    match->stats.waiting++;
    match->stats.added++;
}

int ouro_match_add(struct ouro_match *match, int64_t now, const struct ouro_match_ticket *wanted,
                   struct ouro_match_id *ret_id)
{
    struct ouro__match_ticket *ticket;
    if (match->free_count == 0)
        return -OURO_ELIMIT;
    if (!(ticket = malloc(sizeof *ticket)))
        return -ENOMEM;
    int rc = ticket_read(match, wanted, ticket);
    if (rc < 0) {
        free(ticket);
        return rc;
    }
    put(match, now, ticket);
    *ret_id = ticket->id;
    return 0;
}

void ouro__match_remove(struct ouro_match *match, struct ouro__match_ticket *ticket)
{
    match->table[ticket->id.place] = NULL;
    match->free_places[match->free_count++] = ticket->id.place;
    match->stats.waiting--;
    ticket->gone = true;
    ouro_unlink(&ticket->by_age);
    ouro_list_push(&match->gone, &ticket->by_age);
}

int ouro_match_cancel(struct ouro_match *match, struct ouro_match_id id)
{
    if (id.place >= match->options.tickets_max)
        return -ENOENT;
    struct ouro__match_ticket *ticket = match->table[id.place];
    if (!ticket || ticket->id.generation != id.generation)
        return -ENOENT;
    ouro__match_remove(match, ticket);
    match->stats.cancelled++;
    if (!match->in_pass)
        free_all(&match->gone);
    return 0;
}

struct ouro_match_stats ouro_match_stats(const struct ouro_match *match)
{
    return match->stats;
}
