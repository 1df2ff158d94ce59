/* SPDX-License-Identifier: MIT */
/* Which room somebody gets into. */
#include "lobby/lobby.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

struct ouro__type *ouro__type_find(struct ouro_lobby *lobby, const char *name)
{
    ouro_list_each (link, &lobby->types) {
        struct ouro__type *type = ouro_container(link, struct ouro__type, link);
        if (strcmp(type->is.name, name) == 0)
            return type;
    }
    return NULL;
}

/* --- listed rooms ----------------------------------------------------------------------------- */

static bool is_listed(const struct ouro__instance *instance)
{
    return !instance->type->is.unlisted && !instance->is_private && !instance->locked &&
           instance->seat_count < instance->seats_max;
}

static bool fits(const struct ouro__instance *instance, const json_t *filter)
{
    return is_listed(instance) && ouro__filter_fits(filter, instance->metadata);
}

/* The fullest: two half empty rooms are worth less than a full one. Not the one of `from`. */
static struct ouro__instance *best_fit(struct ouro__type *type, const json_t *filter,
                                       const struct ouro_seat *from)
{
    struct ouro__instance *best = NULL;
    ouro_list_each (link, &type->instances) {
        struct ouro__instance *instance = ouro_container(link, struct ouro__instance, link);
        bool fuller = !best || instance->seat_count > best->seat_count;
        if (fuller && (!from || from->instance != instance) && fits(instance, filter))
            best = instance;
    }
    return best;
}

static int by_seats(const void *a, const void *b)
{
    const struct ouro__instance *left = *(struct ouro__instance *const *)a,
                                *right = *(struct ouro__instance *const *)b;
    return (left->seat_count < right->seat_count) - (left->seat_count > right->seat_count);
}

static json_t *describe(const struct ouro__instance *instance)
{
    return json_pack("{s:s, s:s, s:I, s:I, s:O}", "room", instance->id, "type",
                     instance->type->is.name, "seats", (json_int_t)instance->seat_count,
                     "seats_max", (json_int_t)instance->seats_max, "metadata", instance->metadata);
}

static json_t *describe_all(struct ouro__instance **found, size_t count, size_t limit)
{
    json_t *list = json_array();
    qsort(found, count, sizeof(struct ouro__instance *), by_seats);
    for (size_t i = 0; list && i < count && i < limit; i++) {
        if (json_array_append_new(list, describe(found[i])) < 0) {
            json_decref(list);
            list = NULL;
        }
    }
    return list;
}

json_t *ouro_lobby_list(struct ouro_lobby *lobby, const char *name, json_t *filter, size_t limit)
{
    struct ouro__type *type = ouro__type_find(lobby, name);
    if (!type || !ouro__filter_valid(filter))
        return NULL;
    struct ouro__instance **found = malloc((type->count + 1) * sizeof(struct ouro__instance *));
    size_t count = 0;
    if (!found)
        return NULL;
    ouro_list_each (link, &type->instances) {
        struct ouro__instance *instance = ouro_container(link, struct ouro__instance, link);
        if (fits(instance, filter))
            found[count++] = instance;
    }
    json_t *list = describe_all(found, count, limit < OURO_LIST_MAX ? limit : OURO_LIST_MAX);
    free(found);
    return list;
}

/* --- joining ----------------------------------------------------------------------------------
 * `from` is the seat of who travels, or NULL. */

static int reserve_in(struct ouro__instance *instance, const struct ouro_join *join,
                      const struct ouro_seat *from, struct ouro_place *ret_place)
{
    struct ouro_seat *seat;
    int rc = from ? ouro__seat_reserve_for(instance, from, join->options, &seat)
                  : ouro__seat_reserve(instance, join->user, join->options, &seat);
    if (rc == 0)
        ouro__seat_place(seat, ret_place);
    return rc;
}

static int create(struct ouro__type *type, const struct ouro_join *join,
                  const struct ouro_seat *from, struct ouro_lobby *lobby,
                  struct ouro_place *ret_place)
{
    struct ouro__instance *instance;
    int rc = ouro__instance_new(lobby, type, join->options, join->is_private, &instance);
    if (rc < 0)
        return rc;
    rc = reserve_in(instance, join, from, ret_place);
    if (rc < 0)
        ouro__instance_end(instance, OURO_CLOSE_CONSENTED, "nobody came");
    return rc;
}

static int find_or_create(struct ouro__type *type, const struct ouro_join *join,
                          const struct ouro_seat *from, struct ouro_lobby *lobby,
                          struct ouro_place *ret_place)
{
    struct ouro__instance *instance =
        join->how == OURO_CREATE ? NULL : best_fit(type, join->filter, from);
    if (instance)
        return reserve_in(instance, join, from, ret_place);
    return join->how == OURO_JOIN ? -ENOENT : create(type, join, from, lobby, ret_place);
}

/* The type that is asked for, or that of the room. */
static struct ouro__type *type_of(struct ouro_lobby *lobby, const struct ouro_join *join)
{
    if (join->how != OURO_JOIN_ROOM)
        return join->type ? ouro__type_find(lobby, join->type) : NULL;
    struct ouro__instance *instance = join->room ? ouro__instance_find(lobby, join->room) : NULL;
    return instance ? instance->type : NULL;
}

/* After the hook, which may wait, everything is looked at anew. */
static int join_type(struct ouro_lobby *lobby, struct ouro__type *type,
                     const struct ouro_join *join, struct ouro_place *ret_place)
{
    const struct ouro_room_hooks *hooks = &type->is.hooks;
    int rc = hooks->auth ? hooks->auth(join->user, join->options, type->is.ud) : 0;
    if (rc < 0)
        return rc;
    if (lobby->going_down)
        return -OURO_ECLOSED;
    if (join->how != OURO_JOIN_ROOM)
        return find_or_create(type, join, NULL, lobby, ret_place);
    struct ouro__instance *instance = ouro__instance_find(lobby, join->room);
    return instance ? reserve_in(instance, join, NULL, ret_place) : -ENOENT;
}

int ouro_lobby_join(struct ouro_lobby *lobby, const struct ouro_join *join,
                    struct ouro_place *ret_place)
{
    if (lobby->going_down)
        return -OURO_ECLOSED;
    if (!ouro__filter_valid(join->filter))
        return -EINVAL;
    /* Who asks for what is not there takes nobody's share of admission. */
    struct ouro__type *type = type_of(lobby, join);
    if (!type) {
        lobby->stats.refused++;
        return -ENOENT;
    }
    int rc = ouro__admit(lobby, join->queued, ret_place);
    if (rc != 0)
        return rc;
    rc = join_type(lobby, type, join, ret_place);
    lobby->stats.joins += rc == 0;
    lobby->stats.refused += rc < 0;
    return rc;
}

int ouro_lobby_make_room(struct ouro_lobby *lobby, const char *name, json_t *options,
                         bool is_private, char ret_room[OURO_ROOM_ID_BYTES])
{
    struct ouro__type *type = ouro__type_find(lobby, name);
    struct ouro__instance *instance;
    if (!type || lobby->going_down)
        return type ? -OURO_ECLOSED : -ENOENT;
    int rc = ouro__instance_new(lobby, type, options, is_private, &instance);
    if (rc == 0)
        memcpy(ret_room, instance->id, sizeof instance->id);
    return rc;
}

/* --- travel ----------------------------------------------------------------------------------- */

int ouro_seat_travel(struct ouro_seat *seat, const struct ouro_place *place)
{
    struct ouro_seat *there = ouro__seat_by_token(seat->instance->lobby, place->token);
    if (!there || there->state != OURO__RESERVED)
        return -OURO_ECLOSED;
    there->came_from = seat->number;
    return ouro__event_travel(seat, place);
}

int ouro_room_travel(struct ouro_room *room, struct ouro_player *player,
                     const struct ouro_travel *travel)
{
    struct ouro_lobby *lobby = ouro_room_lobby(room);
    struct ouro_seat *seat = ouro__seat_of(player);
    struct ouro_join join = {.how = travel->room ? OURO_JOIN_ROOM : OURO_JOIN_OR_CREATE,
                             .type = travel->type,
                             .room = travel->room,
                             .user = &seat->user,
                             .options = travel->options};
    struct ouro__type *type = type_of(lobby, &join);
    struct ouro_place place;
    if (!type || lobby->going_down || seat->state == OURO__GOING)
        return type ? -OURO_ECLOSED : -ENOENT;
    struct ouro__instance *there = travel->room ? ouro__instance_find(lobby, travel->room) : NULL;
    int rc = there ? reserve_in(there, &join, seat, &place)
                   : find_or_create(type, &join, seat, lobby, &place);
    return rc < 0 ? rc : ouro_seat_travel(seat, &place);
}
