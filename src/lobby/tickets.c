/* SPDX-License-Identifier: MIT */
/* Matchmaking on a lobby's connections: "match.ticket" and "match.cancel", passes of the pool some
 * times a second while anybody waits, a room for those who were matched, and the way there
 * (travel). Who plays with whom is decided in ouro/match.h. */
#include "lobby/lobby.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PASS_NS_DEFAULT OURO_MS(250)
#define TICKETS_OF_SEAT 4 /* that wait at a time */
#define TEXT_BYTES      24

/* The pool of a room type. */
struct ouro__matcher {
    struct ouro_link link; /* in lobby->matchers */
    struct ouro_lobby *lobby;
    struct ouro__type *type;
    struct ouro_match *match;
    struct ouro_link tickets;
    struct ouro_timer pass;
    int64_t pass_ns;
    uint64_t last;
};

/* Of a seat; or of a room that has places. */
struct ticket {
    struct ouro_link link; /* in matcher->tickets */
    struct ouro__matcher *matcher;
    struct ouro_match_id id;
    uint32_t seat; /* 0: it is the room's */
    struct ouro__instance *room;
    char text[TEXT_BYTES];
};

static void ticket_free(struct ticket *ticket)
{
    ouro_unlink(&ticket->link);
    free(ticket);
}

/* --- what comes of it ------------------------------------------------------------------------- */

static void tell_end(struct ouro_lobby *lobby, const struct ticket *ticket, const char *why)
{
    struct ouro_seat *seat = ouro_lobby_seat(lobby, ticket->seat);
    if (seat)
        ouro_seat_push_event(seat, "match.ended",
                             json_pack("{s:s, s:s}", "ticket", ticket->text, "why", why));
}

static void gave_up(struct ouro_match_id id, void *ticket_ud, void *ud)
{
    struct ouro__matcher *matcher = ud;
    struct ticket *ticket = ticket_ud;
    (void)id;
    tell_end(matcher->lobby, ticket, "timeout");
    ticket_free(ticket);
}

/* A seat in the room, the news, and the way there. */
static int send_there(struct ouro_lobby *lobby, const struct ticket *ticket,
                      struct ouro__instance *room, uint32_t team)
{
    struct ouro_seat *seat = ouro_lobby_seat(lobby, ticket->seat), *there;
    struct ouro_place place;
    if (!seat || seat->state == OURO__GOING)
        return -OURO_ECLOSED;
    int rc = ouro__seat_reserve(room, &seat->user, NULL, &there);
    if (rc < 0)
        return rc;
    ouro__seat_place(there, &place);
    rc = ouro_seat_push_event(
        seat, "match.matched",
        json_pack("{s:s, s:I}", "ticket", ticket->text, "team", (json_int_t)team));
    return rc < 0 ? rc : ouro_seat_travel(seat, &place);
}

/* Its options say who is on which team: {"match": {"ada": 0, "eve": 1}}. */
static json_t *options_of(struct ouro_lobby *lobby, const struct ouro_match_found *found)
{
    json_t *teams = json_object();
    for (size_t i = 0; i < found->count; i++) {
        const struct ticket *ticket = found->parties[i].ud;
        struct ouro_seat *seat = ouro_lobby_seat(lobby, ticket->seat);
        if (seat)
            json_object_set_new(teams, seat->user.id, json_integer(found->parties[i].team));
    }
    return json_pack("{s:o}", "match", teams);
}

static struct ouro__instance *new_room(struct ouro__matcher *matcher,
                                       const struct ouro_match_found *found)
{
    struct ouro__instance *room = NULL;
    json_t *options = options_of(matcher->lobby, found);
    if (options)
        (void)ouro__instance_new(matcher->lobby, matcher->type, options, true, &room);
    json_decref(options);
    return room;
}

static void on_found(const struct ouro_match_found *found, void *ud)
{
    struct ouro__matcher *matcher = ud;
    const struct ticket *place = found->has_room ? found->room_ud : NULL;
    struct ouro__instance *room = place ? place->room : new_room(matcher, found);
    for (size_t i = 0; i < found->count; i++) {
        struct ticket *ticket = found->parties[i].ud;
        int rc = room ? send_there(matcher->lobby, ticket, room, found->parties[i].team) : -ENOMEM;
        if (rc < 0)
            tell_end(matcher->lobby, ticket, "failed");
        ticket_free(ticket);
    }
}

/* --- passes ----------------------------------------------------------------------------------- */

static void run_pass(struct ouro_timer *timer)
{
    struct ouro__matcher *matcher = ouro_container(timer, struct ouro__matcher, pass);
    ouro_match_pass(matcher->match, ouro_now());
    if (!ouro_list_empty(&matcher->tickets))
        (void)ouro_timer_start(timer, ouro_after(matcher->pass_ns));
}

/* 0; as ouro_match_add(); -ENOMEM. */
static int add(struct ouro__matcher *matcher, struct ouro_match_ticket *wanted,
               struct ticket **ret_ticket)
{
    struct ticket *ticket = calloc(1, sizeof *ticket);
    if (!ticket)
        return -ENOMEM;
    int rc =
        matcher->pass.place ? 0 : ouro_timer_start(&matcher->pass, ouro_after(matcher->pass_ns));
    wanted->ud = ticket;
    if (rc == 0)
        rc = ouro_match_add(matcher->match, ouro_now(), wanted, &ticket->id);
    if (rc < 0) {
        free(ticket);
        return rc;
    }
    ticket->matcher = matcher;
    snprintf(ticket->text, sizeof ticket->text, "%llu", (unsigned long long)++matcher->last);
    ouro_list_push(&matcher->tickets, &ticket->link);
    *ret_ticket = ticket;
    return 0;
}

static void cancel(struct ticket *ticket)
{
    ouro_match_cancel(ticket->matcher->match, ticket->id);
    ticket_free(ticket);
}

/* --- rooms ------------------------------------------------------------------------------------ */

static struct ouro__matcher *find(struct ouro_lobby *lobby, const char *type)
{
    ouro_list_each (link, &lobby->matchers) {
        struct ouro__matcher *matcher = ouro_container(link, struct ouro__matcher, link);
        if (strcmp(matcher->type->is.name, type) == 0)
            return matcher;
    }
    return NULL;
}

void ouro__tickets_room_gone(struct ouro__instance *instance)
{
    struct ouro__matcher *matcher = find(instance->lobby, instance->type->is.name);
    if (!matcher)
        return;
    ouro_list_each_safe (link, &matcher->tickets) {
        struct ticket *ticket = ouro_container(link, struct ticket, link);
        if (ticket->room == instance)
            cancel(ticket);
    }
}

int ouro_room_backfill(struct ouro_room *room, const struct ouro_match_ticket *wanted)
{
    struct ouro__instance *instance = ouro__instance_of(room);
    struct ouro__matcher *matcher = find(instance->lobby, instance->type->is.name);
    struct ouro_match_ticket places = *wanted;
    struct ticket *ticket;
    if (!matcher || instance->ended)
        return -ENOENT;
    ouro__tickets_room_gone(instance);
    places.is_room = true;
    int rc = add(matcher, &places, &ticket);
    if (rc == 0)
        ticket->room = instance;
    return rc;
}

/* --- requests --------------------------------------------------------------------------------- */

static size_t count_of(const struct ouro__matcher *matcher, uint32_t seat)
{
    size_t count = 0;
    ouro_list_each (link, &matcher->tickets)
        count += ouro_container(link, struct ticket, link)->seat == seat;
    return count;
}

/* Texts and numbers of an object. -1: it has something else, or too much. */
static int read_properties(const json_t *object, struct ouro_match_property *properties)
{
    const char *name;
    json_t *value;
    int count = 0;
    json_object_foreach((json_t *)(uintptr_t)object, name, value)
    {
        if (count == OURO_MATCH_PROPERTIES_MAX || !(json_is_string(value) || json_is_number(value)))
            return -1;
        properties[count++] = (struct ouro_match_property){
            .name = name, .text = json_string_value(value), .number = json_number_value(value)};
    }
    return count;
}

static uint32_t number_of(const json_t *data, const char *member)
{
    json_int_t number = json_integer_value(json_object_get(data, member));
    return number > 0 && number <= OURO_MATCH_PLAYERS_MAX ? (uint32_t)number : 0;
}

static int read_ticket(const json_t *data, struct ouro_match_property *properties,
                       struct ouro_match_ticket *ret_ticket)
{
    int count = read_properties(json_object_get(data, "properties"), properties);
    json_int_t skill = json_integer_value(json_object_get(data, "skill"));
    if (count < 0 || skill > INT32_MAX || skill < INT32_MIN)
        return -EINVAL;
    *ret_ticket =
        (struct ouro_match_ticket){.query = json_string_value(json_object_get(data, "query")),
                                   .properties = properties,
                                   .property_count = (size_t)count,
                                   .players_min = number_of(data, "min"),
                                   .players_max = number_of(data, "max"),
                                   .skill = (int32_t)skill};
    return 0;
}

static void ask_for_ticket(struct ouro_seat *seat, const json_t *data, uint64_t request)
{
    struct ouro_lobby *lobby = seat->instance->lobby;
    const char *type = json_string_value(json_object_get(data, "type"));
    struct ouro__matcher *matcher = type ? find(lobby, type) : NULL;
    struct ouro_match_property properties[OURO_MATCH_PROPERTIES_MAX];
    struct ouro_match_ticket wanted;
    struct ticket *ticket = NULL;
    int rc = matcher ? read_ticket(data, properties, &wanted) : -ENOENT;
    if (rc == 0 && count_of(matcher, seat->number) >= TICKETS_OF_SEAT)
        rc = -OURO_ELIMIT;
    if (rc == 0)
        rc = add(matcher, &wanted, &ticket);
    if (ticket)
        ticket->seat = seat->number;
    if (rc == 0)
        ouro_lobby_answer(lobby, request, json_pack("{s:s}", "ticket", ticket->text));
    else if (rc == -ENOENT)
        ouro_lobby_refuse(lobby, request, "not_found", "there are no matches of that type");
    else if (rc == -EINVAL)
        ouro_lobby_refuse(lobby, request, "bad_request", "that is no ticket");
    else
        ouro_lobby_refuse(lobby, request, "too_many", "too many tickets wait");
}

static struct ticket *find_ticket(struct ouro_lobby *lobby, uint32_t seat, const char *text)
{
    ouro_list_each (at, &lobby->matchers) {
        struct ouro__matcher *matcher = ouro_container(at, struct ouro__matcher, link);
        ouro_list_each (link, &matcher->tickets) {
            struct ticket *ticket = ouro_container(link, struct ticket, link);
            if (ticket->seat == seat && (!text || strcmp(ticket->text, text) == 0))
                return ticket;
        }
    }
    return NULL;
}

static void ask_to_cancel(struct ouro_seat *seat, const json_t *data, uint64_t request)
{
    struct ouro_lobby *lobby = seat->instance->lobby;
    const char *text = json_string_value(json_object_get(data, "ticket"));
    struct ticket *ticket = text ? find_ticket(lobby, seat->number, text) : NULL;
    if (!ticket) {
        ouro_lobby_refuse(lobby, request, "not_found", "there is no such ticket of yours");
        return;
    }
    cancel(ticket);
    ouro_lobby_answer(lobby, request, json_object());
}

void ouro__tickets_handle(struct ouro_lobby *lobby, struct ouro_seat *seat, const char *name,
                          json_t *data, uint64_t request, void *ud)
{
    (void)ud;
    if (strcmp(name, "match.ticket") == 0)
        ask_for_ticket(seat, data, request);
    else if (strcmp(name, "match.cancel") == 0)
        ask_to_cancel(seat, data, request);
    else
        ouro_lobby_refuse(lobby, request, "unknown", "there is no such request");
}

void ouro__tickets_seat_gone(struct ouro_lobby *lobby, struct ouro_seat *seat, void *ud)
{
    struct ticket *ticket;
    (void)ud;
    while ((ticket = find_ticket(lobby, seat->number, NULL)))
        cancel(ticket);
}

/* --- life ------------------------------------------------------------------------------------- */

int ouro_lobby_match(struct ouro_lobby *lobby, const char *type,
                     const struct ouro_match_options *options, int64_t pass_ns)
{
    struct ouro_match_options complete = *options;
    if (!ouro__type_find(lobby, type) || find(lobby, type))
        return find(lobby, type) ? -EEXIST : -ENOENT;
    struct ouro__matcher *matcher = calloc(1, sizeof *matcher);
    if (!matcher)
        return -ENOMEM;
    complete.found = on_found;
    complete.gave_up = gave_up;
    complete.ud = matcher;
    complete.seed = ouro_random();
    int rc = ouro_match_new(&complete, &matcher->match);
    if (rc < 0) {
        free(matcher);
        return rc;
    }
    matcher->lobby = lobby;
    matcher->type = ouro__type_find(lobby, type);
    matcher->pass.fn = run_pass;
    matcher->pass_ns = pass_ns ? pass_ns : PASS_NS_DEFAULT;
    ouro_list_init(&matcher->tickets);
    ouro_list_push(&lobby->matchers, &matcher->link);
    return 0;
}

void ouro__tickets_done(struct ouro_lobby *lobby)
{
    struct ouro_link *link, *at;
    while ((link = ouro_list_pop(&lobby->matchers))) {
        struct ouro__matcher *matcher = ouro_container(link, struct ouro__matcher, link);
        while ((at = ouro_list_first(&matcher->tickets)))
            ticket_free(ouro_container(at, struct ticket, link));
        ouro_timer_stop(&matcher->pass);
        ouro_match_free(matcher->match);
        free(matcher);
    }
}
