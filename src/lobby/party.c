/* SPDX-License-Identifier: MIT */
/* Parties: they gather by consent, each member with a ticket of its own; then they wait, are
 * matched and travel as one.
 *
 * To tell a member is to send, and whoever can't be sent to may lose its seat in that moment, and
 * with it its ticket. So a party is OVER before its members are told, and then such a loss takes a
 * ticket out of it, no more. For the same reason the loss of a seat sends nothing by itself: a
 * broken party waits for the next pass. */
#include "lobby/tickets.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct ouro__ticket *first_member(const struct ouro__party *party)
{
    struct ouro_link *link = ouro_list_first(&party->members);
    return link ? ouro_container(link, struct ouro__ticket, link) : NULL;
}

static void ticket_free(struct ouro__ticket *ticket)
{
    ouro_unlink(&ticket->link);
    ouro_unlink(&ticket->by_seat);
    free(ticket);
}

/* --- life ------------------------------------------------------------------------------------- */

struct ouro__party *ouro__party_find(struct ouro_lobby *lobby, const char *name)
{
    ouro_list_each (link, &lobby->parties) {
        struct ouro__party *party = ouro_container(link, struct ouro__party, by_name);
        if (strcmp(party->name, name) == 0)
            return party;
    }
    return NULL;
}

static void on_give_up(struct ouro_timer *timer)
{
    ouro__party_end(ouro_container(timer, struct ouro__party, give_up), "timeout");
}

int ouro__party_new(struct ouro__matcher *matcher, const char *name, uint32_t size,
                    struct ouro__party **ret_party)
{
    struct ouro_lobby *lobby = matcher->lobby;
    if (*name && lobby->party_count == OURO__PARTIES_MAX)
        return -OURO_ELIMIT;
    struct ouro__party *party = calloc(1, sizeof *party);
    if (!party)
        return -ENOMEM;
    party->matcher = matcher;
    party->size = size;
    party->give_up.fn = on_give_up;
    ouro_list_init(&party->members);
    snprintf(party->name, sizeof party->name, "%s", name);
    if (*name) {
        ouro_list_push(&lobby->parties, &party->by_name);
        lobby->party_count++;
    }
    *ret_party = party;
    return 0;
}

/* Neither the pool nor anybody else finds it any more. */
static void set_over(struct ouro__party *party)
{
    if (party->state == OURO__WAITING)
        ouro_match_cancel(party->matcher->match, party->id); /* no harm if that let go of it */
    party->matcher->lobby->party_count -= ouro_linked(&party->by_name);
    ouro_unlink(&party->by_name);
    ouro_unlink(&party->link);
    ouro_timer_stop(&party->give_up);
    party->state = OURO__OVER;
}

void ouro__party_free(struct ouro__party *party)
{
    set_over(party);
    json_decref(party->wish);
    free(party);
}

/* --- gathering -------------------------------------------------------------------------------- */

static uint32_t count_of(const struct ouro__party *party)
{
    uint32_t count = 0;
    ouro_list_each (link, &party->members)
        count++;
    return count;
}

static bool has_user(const struct ouro__party *party, const char *id)
{
    ouro_list_each (link, &party->members) {
        uint32_t number = ouro_container(link, struct ouro__ticket, link)->seat;
        const struct ouro_seat *seat = ouro_lobby_seat(party->matcher->lobby, number);
        if (seat && strcmp(seat->user.id, id) == 0)
            return true;
    }
    return false;
}

/* The average of those who have told theirs. */
static int32_t skill_of(const struct ouro__party *party)
{
    int64_t sum = 0, count = 0;
    ouro_list_each (link, &party->members) {
        const struct ouro__ticket *ticket = ouro_container(link, struct ouro__ticket, link);
        sum += ticket->skill;
        count += ticket->has_skill;
    }
    return count ? (int32_t)(sum / count) : 0;
}

/* A party waits no longer than the least patient of its members. */
static int64_t until_of(const struct ouro__party *party)
{
    int64_t until = OURO_FOREVER;
    ouro_list_each (link, &party->members) {
        const struct ouro__ticket *ticket = ouro_container(link, struct ouro__ticket, link);
        until = ticket->until < until ? ticket->until : until;
    }
    return until;
}

/* In the pool, which has a time of its own. */
static int64_t give_up_ns(const struct ouro__party *party)
{
    int64_t left_ns = until_of(party) - ouro_now(), most_ns = party->matcher->give_up_ns;
    return left_ns > most_ns ? most_ns : left_ns > 0 ? left_ns : 1;
}

static int enter_pool(struct ouro__party *party)
{
    struct ouro_match_property properties[OURO_MATCH_PROPERTIES_MAX];
    struct ouro_match_ticket wanted;
    int rc = ouro__ticket_read(party->wish, properties, &wanted);
    if (rc < 0)
        return rc;
    wanted.players = party->size;
    wanted.skill = skill_of(party);
    wanted.give_up_ns = give_up_ns(party);
    return ouro__matcher_add(party->matcher, party, &wanted);
}

/* Would the pool have it? Better that the first hears it than the last. */
static int try_pool(struct ouro__party *party)
{
    int rc = enter_pool(party);
    if (rc < 0)
        return rc;
    ouro_match_cancel(party->matcher->match, party->id);
    ouro_unlink(&party->link);
    party->state = OURO__GATHERING;
    party->gather_until = ouro_after(party->matcher->give_up_ns);
    return 0;
}

/* For those who are not here yet. */
static int gather(struct ouro__party *party)
{
    int64_t until = until_of(party);
    if (until > party->gather_until)
        until = party->gather_until;
    return ouro_timer_start(&party->give_up, until);
}

/* Another one is here. */
static int go_on(struct ouro__party *party)
{
    uint32_t count = count_of(party);
    int rc = 0;
    if (count == 1 && party->size > 1)
        rc = try_pool(party);
    if (count < party->size)
        return rc < 0 ? rc : gather(party);
    rc = enter_pool(party);
    if (rc == 0) {
        json_decref(party->wish); /* the pool has its own copy */
        party->wish = NULL;
    }
    return rc;
}

static struct ouro__ticket *ticket_new(struct ouro__party *party, struct ouro_seat *seat,
                                       const struct ouro_match_ticket *wanted)
{
    struct ouro__ticket *ticket = calloc(1, sizeof *ticket);
    if (!ticket)
        return NULL;
    ticket->party = party;
    ticket->seat = seat->number;
    ticket->skill = wanted->skill;
    ticket->until = wanted->give_up_ns ? ouro_after(wanted->give_up_ns) : OURO_FOREVER;
    ouro_list_push(&party->members, &ticket->link);
    ouro_list_push(&seat->tickets, &ticket->by_seat);
    return ticket;
}

int ouro__party_join(struct ouro__party *party, struct ouro_seat *seat, json_t *data,
                     struct ouro__ticket **ret_ticket)
{
    struct ouro_match_property properties[OURO_MATCH_PROPERTIES_MAX];
    struct ouro_match_ticket wanted;
    int rc = ouro__ticket_read(data, properties, &wanted);
    if (rc < 0)
        return rc;
    if (party->state != OURO__GATHERING)
        return -EBUSY;
    if (has_user(party, seat->user.id))
        return -EEXIST;
    struct ouro__ticket *ticket = ticket_new(party, seat, &wanted);
    if (!ticket)
        return -ENOMEM;
    ticket->has_skill = json_is_number(json_object_get(data, "skill"));
    if (!party->wish)
        party->wish = json_incref(data);
    rc = go_on(party);
    if (rc < 0) {
        ticket_free(ticket);
        return rc;
    }
    snprintf(ticket->id, sizeof ticket->id, "%llu",
             (unsigned long long)++party->matcher->lobby->last_ticket);
    *ret_ticket = ticket;
    return 0;
}

/* --- ending ----------------------------------------------------------------------------------- */

static void tell_end(struct ouro__party *party, const struct ouro__ticket *ticket, const char *why)
{
    struct ouro_seat *seat = ouro_lobby_seat(party->matcher->lobby, ticket->seat);
    if (seat)
        ouro_seat_push_event(seat, "match.ended",
                             json_pack("{s:s, s:s}", "ticket", ticket->id, "why", why));
}

/* Out of all lists, so that it is nobody else's to free. */
static struct ouro__ticket *take_first(struct ouro__party *party)
{
    struct ouro__ticket *ticket = first_member(party);
    if (ticket) {
        ouro_unlink(&ticket->link);
        ouro_unlink(&ticket->by_seat);
    }
    return ticket;
}

void ouro__party_end(struct ouro__party *party, const char *why)
{
    struct ouro__ticket *ticket;
    set_over(party);
    while ((ticket = take_first(party))) {
        tell_end(party, ticket, why);
        free(ticket);
    }
    ouro__party_free(party);
}

void ouro__ticket_cancel(struct ouro__ticket *ticket)
{
    struct ouro__party *party = ticket->party;
    ticket_free(ticket);
    if (party->state == OURO__OVER)
        return;
    if (!first_member(party)) {
        ouro__party_free(party);
        return;
    }
    set_over(party);
    ouro_list_push(&party->matcher->broken, &party->link);
    (void)ouro__matcher_wake(party->matcher);
}

void ouro__party_gave_up(struct ouro_match_id id, void *party, void *ud)
{
    (void)id, (void)ud;
    ouro__party_end(party, "timeout");
}

/* --- together --------------------------------------------------------------------------------- */

static bool is_in(const struct ouro__instance *room, const char *id)
{
    const struct ouro__account *account = ouro__account_find(room->lobby, id);
    ouro_list_each (link, &account->seats) {
        if (ouro_container(link, struct ouro_seat, by_user)->instance == room)
            return true;
    }
    return false;
}

/* Nobody plays with oneself: neither by another ticket, nor in the room where one is. */
bool ouro__party_together(void *a, void *b, void *ud)
{
    const struct ouro__party *party = a, *other = b;
    (void)ud;
    ouro_list_each (link, &other->members) {
        uint32_t number = ouro_container(link, struct ouro__ticket, link)->seat;
        const struct ouro_seat *seat = ouro_lobby_seat(other->matcher->lobby, number);
        const char *id = seat ? seat->user.id : NULL;
        if (id && (party->room ? is_in(party->room, id) : has_user(party, id)))
            return false;
    }
    return true;
}

/* --- matched ---------------------------------------------------------------------------------- */

static struct ouro__instance *new_room(const struct ouro__matcher *matcher)
{
    struct ouro__instance *room = NULL;
    json_t *options = json_pack("{s:{}}", "match");
    if (options)
        (void)ouro__instance_new(matcher->lobby, matcher->type, options, true, &room);
    json_decref(options);
    if (room)
        room->notes_teams = true;
    return room;
}

static struct ouro__ticket *next_without_seat(const struct ouro__party *party)
{
    ouro_list_each (link, &party->members) {
        struct ouro__ticket *ticket = ouro_container(link, struct ouro__ticket, link);
        if (!ticket->there)
            return ticket;
    }
    return NULL;
}

/* The room's options say who has a seat by a match, and on which team: {"match": {"ada": 0, "eve":
 * 1}}. Also of who comes later. */
static int note_teams(const struct ouro__party *party, const struct ouro__instance *room,
                      uint32_t team)
{
    json_t *teams = json_object_get(room->options, "match");
    int rc = 0;
    ouro_list_each (link, &party->members) {
        uint32_t number = ouro_container(link, struct ouro__ticket, link)->seat;
        const struct ouro_seat *seat = ouro_lobby_seat(party->matcher->lobby, number);
        if (rc == 0 && seat)
            rc = json_object_set_new(teams, seat->user.id, json_integer(team));
    }
    return rc < 0 ? -ENOMEM : 0;
}

static bool has_another(const struct ouro_seat *seat)
{
    ouro_list_each (link, &seat->account->seats) {
        const struct ouro_seat *other = ouro_container(link, struct ouro_seat, by_user);
        if (other != seat && other->instance == seat->instance)
            return true;
    }
    return false;
}

void ouro__tickets_seat_given_back(struct ouro_seat *seat)
{
    const struct ouro__instance *room = seat->instance;
    if (room->notes_teams && !has_another(seat))
        json_object_del(json_object_get(room->options, "match"), seat->user.id);
}

/* A seat for each of them, or none. */
static int reserve(struct ouro__party *party, struct ouro__instance *room, uint32_t team)
{
    struct ouro_lobby *lobby = party->matcher->lobby;
    struct ouro__ticket *ticket;
    struct ouro_seat *there;
    int rc = room ? 0 : -ENOMEM;
    while (rc == 0 && (ticket = next_without_seat(party))) {
        const struct ouro_seat *seat = ouro_lobby_seat(lobby, ticket->seat);
        rc = seat ? ouro__seat_reserve_for(room, seat, NULL, &there) : -OURO_ECLOSED;
        if (rc == 0)
            ticket->there = there->number;
    }
    if (rc == 0)
        rc = note_teams(party, room, team);
    if (rc == 0)
        return 0;
    ouro_list_each (link, &party->members) {
        there = ouro_lobby_seat(lobby, ouro_container(link, struct ouro__ticket, link)->there);
        if (there)
            ouro__seat_end(there, OURO_CLOSE_REFUSED, "there are not enough seats");
    }
    return rc;
}

/* The news, and the way there. */
static int send_there(struct ouro_lobby *lobby, const struct ouro__ticket *ticket, uint32_t team)
{
    struct ouro_seat *seat = ouro_lobby_seat(lobby, ticket->seat);
    struct ouro_place place;
    if (!seat)
        return -OURO_ECLOSED;
    int rc = ouro_seat_push_event(
        seat, "match.matched",
        json_pack("{s:s, s:I}", "ticket", ticket->id, "team", (json_int_t)team));
    if (rc < 0)
        return rc;
    const struct ouro_seat *there = ouro_lobby_seat(lobby, ticket->there);
    seat = ouro_lobby_seat(lobby, ticket->seat); /* the news may have been too much for it */
    if (!seat || seat->state == OURO__GOING || !there || there->state != OURO__RESERVED)
        return -OURO_ECLOSED;
    ouro__seat_place(there, &place);
    return ouro_seat_travel(seat, &place);
}

static void send_party(struct ouro__party *party, struct ouro__instance *room, uint32_t team)
{
    int reserved = reserve(party, room, team);
    struct ouro__ticket *ticket;
    while ((ticket = take_first(party))) {
        int rc = reserved < 0 ? reserved : send_there(party->matcher->lobby, ticket, team);
        if (rc < 0)
            tell_end(party, ticket, "failed");
        free(ticket);
    }
    ouro__party_free(party);
}

void ouro__party_found(const struct ouro_match_found *found, void *ud)
{
    struct ouro__matcher *matcher = ud;
    const struct ouro__party *place = found->has_room ? found->room_ud : NULL;
    for (size_t i = 0; i < found->count; i++)
        set_over(found->parties[i].ud);
    struct ouro__instance *room = place ? place->room : new_room(matcher);
    for (size_t i = 0; i < found->count; i++)
        send_party(found->parties[i].ud, room, found->parties[i].team);
}
