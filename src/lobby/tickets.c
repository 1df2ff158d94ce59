/* SPDX-License-Identifier: MIT */
/* Matchmaking on a lobby's connections: "match.ticket" and "match.cancel", and passes of the pool
 * some times a second while anybody waits. Who waits together and where they go is in party.c; who
 * plays with whom is decided in ouro/match.h. */
#include "lobby/tickets.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#define PASS_NS_DEFAULT    OURO_MS(250)
#define GIVE_UP_NS_DEFAULT OURO_SEC(60)
#define TICKETS_OF_SEAT    4         /* that wait at a time */
#define WAIT_MS_MAX        INT32_MAX /* and the pool's, if that is shorter */
#define PARTY_LETTERS      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_"

/* --- passes ----------------------------------------------------------------------------------- */

int ouro__matcher_wake(struct ouro__matcher *matcher)
{
    return matcher->pass.place ? 0 : ouro_timer_start(&matcher->pass, ouro_after(matcher->pass_ns));
}

static void run_pass(struct ouro_timer *timer)
{
    struct ouro__matcher *matcher = ouro_container(timer, struct ouro__matcher, pass);
    struct ouro_link *link;
    while ((link = ouro_list_first(&matcher->broken)))
        ouro__party_end(ouro_container(link, struct ouro__party, link), "party");
    ouro_match_pass(matcher->match, ouro_now());
    if (!ouro_list_empty(&matcher->waiting) || !ouro_list_empty(&matcher->broken))
        (void)ouro__matcher_wake(matcher);
}

int ouro__matcher_add(struct ouro__matcher *matcher, struct ouro__party *party,
                      struct ouro_match_ticket *wanted)
{
    int rc = ouro__matcher_wake(matcher);
    wanted->ud = party;
    if (rc == 0)
        rc = ouro_match_add(matcher->match, ouro_now(), wanted, &party->id);
    if (rc < 0)
        return rc;
    ouro_timer_stop(&party->give_up); /* from here on the pool knows when */
    ouro_list_push(&matcher->waiting, &party->link);
    party->state = OURO__WAITING;
    return 0;
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
    ouro_list_each_safe (link, &matcher->waiting) {
        struct ouro__party *party = ouro_container(link, struct ouro__party, link);
        if (party->room == instance)
            ouro__party_free(party);
    }
}

/* Where the teams of those who come are noted. The options may be shared with whoever made the
 * room: from now on they are its own. */
static int expect_matched(struct ouro__instance *instance)
{
    if (instance->notes_teams)
        return 0;
    json_t *options = instance->options ? json_copy(instance->options) : json_object();
    if (json_object_set_new(options, "match", json_object()) < 0) {
        json_decref(options);
        return -ENOMEM;
    }
    json_decref(instance->options);
    instance->options = options;
    instance->notes_teams = true;
    return 0;
}

int ouro_room_backfill(struct ouro_room *room, const struct ouro_match_ticket *wanted)
{
    struct ouro__instance *instance = ouro__instance_of(room);
    struct ouro__matcher *matcher = find(instance->lobby, instance->type->is.name);
    struct ouro_match_ticket places = *wanted;
    struct ouro__party *party;
    if (!matcher || instance->ended)
        return -ENOENT;
    ouro__tickets_room_gone(instance);
    int rc = expect_matched(instance);
    if (rc == 0)
        rc = ouro__party_new(matcher, "", 0, &party);
    if (rc < 0)
        return rc;
    places.is_room = true;
    party->room = instance;
    rc = ouro__matcher_add(matcher, party, &places);
    if (rc < 0)
        ouro__party_free(party);
    return rc;
}

/* --- requests --------------------------------------------------------------------------------- */

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

/* Of players: 0 if it is missing. -1: it is no such number. */
static int players_of(const json_t *data, const char *member)
{
    const json_t *value = json_object_get(data, member);
    uint32_t number = number_of(data, member);
    return !value ? 0 : number ? (int)number : -1;
}

/* Broken numbers are cut: an average of skills is one. */
static bool read_skill(const json_t *value, int32_t *ret_skill)
{
    double skill = value ? json_number_value(value) : 0;
    bool good = (!value || json_is_number(value)) && skill >= INT32_MIN && skill <= INT32_MAX;
    *ret_skill = good ? (int32_t)skill : 0;
    return good;
}

/* 0: the pool's. */
static bool read_wait(const json_t *value, int64_t *ret_ns)
{
    double ms = value ? json_number_value(value) : 0;
    bool good = !value || (json_is_number(value) && ms >= 1);
    *ret_ns = good ? (int64_t)(ms < WAIT_MS_MAX ? ms : WAIT_MS_MAX) * OURO_MS(1) : 0;
    return good;
}

/* What is of another kind than it should be is refused: a query that is not looked at would be a
 * match with anybody. */
int ouro__ticket_read(const json_t *data, struct ouro_match_property *properties,
                      struct ouro_match_ticket *ret_ticket)
{
    const json_t *object = json_object_get(data, "properties");
    const json_t *query = json_object_get(data, "query");
    int count = read_properties(object, properties), min = players_of(data, "min"),
        max = players_of(data, "max");
    int32_t skill;
    int64_t wait_ns;
    if (count < 0 || (object && !json_is_object(object)) || (query && !json_is_string(query)) ||
        min < 0 || max < 0 || !read_skill(json_object_get(data, "skill"), &skill) ||
        !read_wait(json_object_get(data, "wait_ms"), &wait_ns))
        return -EINVAL;
    *ret_ticket = (struct ouro_match_ticket){.query = json_string_value(query),
                                             .properties = properties,
                                             .property_count = (size_t)count,
                                             .players_min = (uint32_t)min,
                                             .players_max = (uint32_t)max,
                                             .skill = skill,
                                             .give_up_ns = wait_ns};
    return 0;
}

/* A name and a size; without a party "" and 1. 0, -EINVAL. */
static int read_party(const json_t *data, const char **ret_name, uint32_t *ret_size)
{
    const json_t *party = json_object_get(data, "party");
    const char *name = json_string_value(json_object_get(party, "name"));
    uint32_t size = number_of(party, "size");
    if (!party) {
        *ret_name = "";
        *ret_size = 1;
        return 0;
    }
    size_t len = name ? strspn(name, PARTY_LETTERS) : 0;
    if (len < 1 || len > OURO__PARTY_NAME_MAX || name[len] != '\0' || size < 2)
        return -EINVAL;
    *ret_name = name;
    *ret_size = size;
    return 0;
}

/* The party of that name, made if need be. 0; -EPERM: it is of another type or size; as
 * ouro__party_new(). */
static int get_party(struct ouro__matcher *matcher, const char *name, uint32_t size,
                     struct ouro__party **ret_party)
{
    struct ouro__party *party = *name ? ouro__party_find(matcher->lobby, name) : NULL;
    if (!party)
        return ouro__party_new(matcher, name, size, ret_party);
    if (party->matcher != matcher || party->size != size)
        return -EPERM;
    *ret_party = party;
    return 0;
}

static size_t count_of(const struct ouro_seat *seat)
{
    size_t count = 0;
    ouro_list_each (link, &seat->tickets)
        count++;
    return count;
}

/* 0; -ENOENT: no matches of that type; as above. */
static int take_ticket(struct ouro_seat *seat, json_t *data, struct ouro__ticket **ret_ticket)
{
    const char *type = json_string_value(json_object_get(data, "type")), *name;
    struct ouro__matcher *matcher = type ? find(seat->instance->lobby, type) : NULL;
    struct ouro__party *party;
    uint32_t size;
    if (!matcher)
        return -ENOENT;
    if (count_of(seat) >= TICKETS_OF_SEAT)
        return -OURO_ELIMIT;
    int rc = read_party(data, &name, &size);
    if (rc == 0)
        rc = get_party(matcher, name, size, &party);
    if (rc < 0)
        return rc;
    rc = ouro__party_join(party, seat, data, ret_ticket);
    if (ouro_list_empty(&party->members))
        ouro__party_free(party); /* it was made for this */
    return rc;
}

static const struct refusal {
    int error;
    const char *code, *text;
} refusals[] = {
    {-ENOENT, "not_found", "there are no matches of that type"},
    {-EINVAL, "bad_request", "that is no ticket"},
    {-EPERM, "party_differs", "the party of that name is of another type or size"},
    {-EBUSY, "party_full", "all members of that party are here"},
    {-EEXIST, "party_member", "you are in that party already"},
    {0, "too_many", "too many tickets wait"},
};

static void refuse(struct ouro_lobby *lobby, uint64_t request, int error)
{
    const struct refusal *refusal = refusals;
    while (refusal->error && refusal->error != error)
        refusal++;
    ouro_lobby_refuse(lobby, request, refusal->code, refusal->text);
}

static void ask_for_ticket(struct ouro_seat *seat, json_t *data, uint64_t request)
{
    struct ouro_lobby *lobby = seat->instance->lobby;
    struct ouro__ticket *ticket;
    int rc = take_ticket(seat, data, &ticket);
    if (rc < 0)
        refuse(lobby, request, rc);
    else
        ouro_lobby_answer(lobby, request, json_pack("{s:s}", "ticket", ticket->id));
}

static struct ouro__ticket *find_ticket(const struct ouro_seat *seat, const char *id)
{
    ouro_list_each (link, &seat->tickets) {
        struct ouro__ticket *ticket = ouro_container(link, struct ouro__ticket, by_seat);
        if (strcmp(ticket->id, id) == 0)
            return ticket;
    }
    return NULL;
}

static void ask_to_cancel(struct ouro_seat *seat, const json_t *data, uint64_t request)
{
    struct ouro_lobby *lobby = seat->instance->lobby;
    const char *id = json_string_value(json_object_get(data, "ticket"));
    struct ouro__ticket *ticket = id ? find_ticket(seat, id) : NULL;
    if (!ticket) {
        ouro_lobby_refuse(lobby, request, "not_found", "there is no such ticket of yours");
        return;
    }
    ouro__ticket_cancel(ticket);
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
    struct ouro_link *link;
    (void)lobby, (void)ud;
    while ((link = ouro_list_first(&seat->tickets)))
        ouro__ticket_cancel(ouro_container(link, struct ouro__ticket, by_seat));
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
    complete.give_up_ns = options->give_up_ns ? options->give_up_ns : GIVE_UP_NS_DEFAULT;
    complete.together = ouro__party_together;
    complete.found = ouro__party_found;
    complete.gave_up = ouro__party_gave_up;
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
    matcher->give_up_ns = complete.give_up_ns;
    ouro_list_init(&matcher->waiting);
    ouro_list_init(&matcher->broken);
    ouro_list_push(&lobby->matchers, &matcher->link);
    return 0;
}

/* All seats and rooms are gone, and so is whoever waited. */
void ouro__tickets_done(struct ouro_lobby *lobby)
{
    struct ouro_link *link, *at;
    while ((link = ouro_list_pop(&lobby->matchers))) {
        struct ouro__matcher *matcher = ouro_container(link, struct ouro__matcher, link);
        ouro_assert(ouro_list_empty(&matcher->waiting));
        while ((at = ouro_list_first(&matcher->broken)))
            ouro__party_free(ouro_container(at, struct ouro__party, link));
        ouro_timer_stop(&matcher->pass);
        ouro_match_free(matcher->match);
        free(matcher);
    }
}
