/* SPDX-License-Identifier: MIT */
/* Presence: who is here, in rooms of which types, and with what status; and telling those who
 * watch. They are told at the end of the turn, so that whoever goes and comes at once is told of
 * once, and that telling one whose connection breaks over it does not go round in circles. */
#include "lobby/lobby.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#define STATUS_BYTES_MAX 100
#define USERS_MAX        100 /* of one request, and watched by one seat */

/* A seat wants to know of a user. */
struct watch {
    struct ouro_link link; /* in seat->watches */
    struct ouro__map_node by_user;
    struct ouro_seat *seat;
    char user[OURO_USER_ID_BYTES];
};

bool ouro_lobby_online(struct ouro_lobby *lobby, const char *user)
{
    struct ouro__account *account = ouro__account_find(lobby, user);
    return account && account->online > 0;
}

/* --- what is told ----------------------------------------------------------------------------- */

static bool is_in(const json_t *list, const char *text)
{
    size_t i;
    json_t *value;
    json_array_foreach(list, i, value)
    {
        if (strcmp(json_string_value(value), text) == 0)
            return true;
    }
    return false;
}

static json_t *types_of(const struct ouro__account *account)
{
    json_t *list = json_array();
    if (!account)
        return list;
    ouro_list_each (link, &account->seats) {
        const struct ouro_seat *seat = ouro_container(link, struct ouro_seat, by_user);
        const char *type = seat->instance->type->is.name;
        if (seat->connection && !is_in(list, type))
            json_array_append_new(list, json_string(type));
    }
    return list;
}

static json_t *describe(struct ouro_lobby *lobby, const char *user)
{
    const struct ouro__account *account = ouro__account_find(lobby, user);
    bool online = account && account->online > 0;
    const char *status = online && account->status ? account->status : "";
    return json_pack("{s:s, s:b, s:s, s:o}", "user", user, "online", (int)online, "status", status,
                     "room_types", types_of(account));
}

/* --- telling ---------------------------------------------------------------------------------- */

static struct ouro__map_node *watches_of(const struct ouro_lobby *lobby, const char *user)
{
    return ouro__map_find(&lobby->watches, ouro__map_hash(lobby->secret, user));
}

static void tell_watchers(struct ouro_lobby *lobby, const char *user)
{
    json_t *data = describe(lobby, user);
    struct ouro_frame *frame = data ? ouro__frame_message("presence.changed", data) : NULL;
    struct ouro__map_node *node = frame ? watches_of(lobby, user) : NULL;
    for (; node; node = ouro__map_next(node)) {
        struct watch *watch = ouro_container(node, struct watch, by_user);
        if (strcmp(watch->user, user) == 0)
            ouro__seat_post(watch->seat, frame);
    }
    json_decref(data);
    ouro_frame_unref(frame);
}

static void tell_changes(struct ouro_timer *timer)
{
    struct ouro_lobby *lobby = ouro_container(timer, struct ouro_lobby, tell_changes);
    struct ouro_link *link;
    while ((link = ouro_list_pop(&lobby->changed))) {
        struct ouro__account *account = ouro_container(link, struct ouro__account, changed);
        tell_watchers(lobby, account->id);
        ouro__account_unref(lobby, account);
    }
}

void ouro__presence_changed(struct ouro_lobby *lobby, struct ouro__account *account)
{
    if (ouro_linked(&account->changed) || !watches_of(lobby, account->id))
        return;
    if (!lobby->tell_changes.place && ouro_timer_start(&lobby->tell_changes, ouro_now()) < 0)
        return;
    account->refs++;
    ouro_list_push(&lobby->changed, &account->changed);
}

/* --- watching --------------------------------------------------------------------------------- */

void ouro__presence_seat_gone(struct ouro_seat *seat)
{
    struct ouro_link *link;
    while ((link = ouro_list_pop(&seat->watches))) {
        struct watch *watch = ouro_container(link, struct watch, link);
        ouro__map_remove(&seat->instance->lobby->watches, &watch->by_user);
        free(watch);
    }
}

static int watch(struct ouro_seat *seat, const char *user)
{
    struct ouro_lobby *lobby = seat->instance->lobby;
    struct watch *watch = calloc(1, sizeof *watch);
    if (!watch)
        return -ENOMEM;
    watch->seat = seat;
    memcpy(watch->user, user, strlen(user) + 1);
    ouro_list_push(&seat->watches, &watch->link);
    ouro__map_add(&lobby->watches, &watch->by_user, ouro__map_hash(lobby->secret, user));
    return 0;
}

static int watch_all(struct ouro_seat *seat, const json_t *users)
{
    size_t i;
    json_t *user;
    int rc = 0;
    ouro__presence_seat_gone(seat);
    json_array_foreach(users, i, user)
    {
        if (rc == 0)
            rc = watch(seat, json_string_value(user));
    }
    return rc;
}

/* --- requests --------------------------------------------------------------------------------- */

static bool are_users(const json_t *users)
{
    size_t i;
    json_t *user;
    if (!json_is_array(users) || json_array_size(users) > USERS_MAX)
        return false;
    json_array_foreach(users, i, user)
    {
        const char *id = json_string_value(user);
        if (!id || !ouro_user_id_valid(id))
            return false;
    }
    return true;
}

static json_t *describe_all(struct ouro_lobby *lobby, const json_t *users)
{
    size_t i;
    json_t *user, *list = json_array();
    json_array_foreach(users, i, user)
        json_array_append_new(list, describe(lobby, json_string_value(user)));
    return json_pack("{s:o}", "users", list);
}

static void get(struct ouro_seat *seat, json_t *data, uint64_t request, bool and_watch)
{
    struct ouro_lobby *lobby = seat->instance->lobby;
    json_t *users = json_object_get(data, "users");
    if (!are_users(users))
        ouro_lobby_refuse(lobby, request, "bad_request", "\"users\" is a list of up to 100 ids");
    else if (and_watch && watch_all(seat, users) < 0)
        ouro_lobby_refuse(lobby, request, "failed", "out of memory");
    else
        ouro_lobby_answer(lobby, request, describe_all(lobby, users));
}

/* Control characters grow six times in JSON, and make a line of a list two. */
static bool is_one_line(const char *text)
{
    while ((unsigned char)*text >= ' ' && *text != 0x7f)
        text++;
    return *text == '\0';
}

static void set(struct ouro_seat *seat, json_t *data, uint64_t request)
{
    struct ouro_lobby *lobby = seat->instance->lobby;
    const json_t *value = json_object_get(data, "status");
    const char *status = json_string_value(value);
    size_t len = json_string_length(value);
    bool good = status && len <= STATUS_BYTES_MAX && strlen(status) == len && is_one_line(status);
    char *copy = good ? strdup(status) : NULL;
    if (!copy) {
        ouro_lobby_refuse(lobby, request, "bad_request", "\"status\" is a line of up to 100 bytes");
        return;
    }
    free(seat->account->status);
    seat->account->status = copy;
    ouro__presence_changed(lobby, seat->account);
    ouro_lobby_answer(lobby, request, json_object());
}

void ouro__presence_handle(struct ouro_lobby *lobby, struct ouro_seat *seat, const char *name,
                           json_t *data, uint64_t request, void *ud)
{
    (void)ud;
    if (strcmp(name, "presence.set") == 0)
        set(seat, data, request);
    else if (strcmp(name, "presence.get") == 0)
        get(seat, data, request, false);
    else if (strcmp(name, "presence.watch") == 0)
        get(seat, data, request, true);
    else
        ouro_lobby_refuse(lobby, request, "unknown", "there is no such request");
}

/* --- life ------------------------------------------------------------------------------------- */

int ouro__presence_init(struct ouro_lobby *lobby)
{
    lobby->tell_changes.fn = tell_changes;
    return ouro__map_init(&lobby->watches, 0);
}

void ouro__presence_done(struct ouro_lobby *lobby)
{
    ouro_timer_stop(&lobby->tell_changes);
    if (lobby->watches.buckets)
        tell_changes(&lobby->tell_changes);
    ouro__map_done(&lobby->watches);
}
