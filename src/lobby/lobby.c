/* SPDX-License-Identifier: MIT */
#include "lobby/lobby.h"

#include "runtime/wait.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#define ROOMS_DEFAULT         4096
#define SEATS_DEFAULT         65536
#define RESERVE_NS_DEFAULT    OURO_SEC(15)
#define JOINS_PER_SECOND      200
#define JOINS_WAITING_DEFAULT 10000
#define SEATS_PER_ROOM        16
#define PLAYER_INPUTS_DEFAULT 64
#define HOLD_NS_DEFAULT       OURO_SEC(20)
#define EMPTY_NS_DEFAULT      OURO_SEC(5)
#define REQUEST_NS_DEFAULT    OURO_SEC(10)
#define EVENTS_DEFAULT        256
#define EVENTS_BYTES_DEFAULT  (64 * 1024)
#define BACKLOG_BYTES_DEFAULT (64 * 1024)
#define BEHIND_NS_DEFAULT     OURO_SEC(10)
#define LOBBY_SEATS           4096

/* --- types ------------------------------------------------------------------------------------ */

static bool name_is_valid(const char *name)
{
    size_t len = strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-_");
    return len >= 1 && len <= OURO_ROOM_TYPE_MAX && name[len] == '\0';
}

/* Zero means the default. */
#define DEFAULT(member, value) ((member) = (member) ? (member) : (value))

static void complete_type(struct ouro_room_type *type, const struct ouro_lobby *lobby)
{
    DEFAULT(type->seats_max, SEATS_PER_ROOM);
    DEFAULT(type->rooms_max, lobby->options.rooms_max);
    DEFAULT(type->player_inputs_max, PLAYER_INPUTS_DEFAULT);
    DEFAULT(type->hold_ns, HOLD_NS_DEFAULT);
    DEFAULT(type->empty_ns, EMPTY_NS_DEFAULT);
    DEFAULT(type->request_ns_max, REQUEST_NS_DEFAULT);
    DEFAULT(type->events_max, EVENTS_DEFAULT);
    DEFAULT(type->events_bytes_max, EVENTS_BYTES_DEFAULT);
    DEFAULT(type->backlog_bytes_max, BACKLOG_BYTES_DEFAULT);
    DEFAULT(type->behind_ns_max, BEHIND_NS_DEFAULT);
    DEFAULT(type->state_ticks, 1);
}

int ouro_lobby_add_type(struct ouro_lobby *lobby, const struct ouro_room_type *wanted)
{
    if (!name_is_valid(wanted->name))
        return -EINVAL;
    if (ouro__type_find(lobby, wanted->name))
        return -EEXIST;
    struct ouro__type *type = calloc(1, sizeof *type);
    if (!type)
        return -ENOMEM;
    type->is = *wanted;
    complete_type(&type->is, lobby);
    int rc = ouro__type_describe(type);
    if (rc < 0) {
        free(type);
        return rc;
    }
    ouro_list_init(&type->instances);
    ouro_list_push(&lobby->types, &type->link);
    return 0;
}

/* The room of those who are in no game: it takes whatever comes, and does nothing. */
static int idle_body(struct ouro_room *room, void *data)
{
    (void)data;
    struct ouro_input input;
    int rc;
    while ((rc = ouro_room_next(room, OURO_FOREVER, &input)) == 0) {
        if (input.kind == OURO_INPUT_REQUEST)
            ouro_room_refuse(room, input.payload->request, "unknown", "a lobby has no requests");
    }
    return rc;
}

/* --- life ------------------------------------------------------------------------------------- */

/* Stopping a room waits, so nobody but the janitor does it. */
static int clean_up(void *arg)
{
    struct ouro_lobby *lobby = arg;
    int rc = 0;
    while (rc == 0) {
        ouro__instances_clear(lobby);
        rc = ouro__checkpoint();
        if (rc == 0 && ouro_list_empty(&lobby->ended))
            rc = ouro__wait(&lobby->janitor_waits, NULL, OURO_FOREVER, "a room to end");
    }
    return rc;
}

static void complete(struct ouro_lobby_options *options)
{
    DEFAULT(options->rooms_max, ROOMS_DEFAULT);
    DEFAULT(options->seats_max, SEATS_DEFAULT);
    DEFAULT(options->reserve_ns, RESERVE_NS_DEFAULT);
    DEFAULT(options->joins_per_second_max, JOINS_PER_SECOND);
    if (options->joins_per_second_max > OURO_JOINS_PER_SECOND_MAX)
        options->joins_per_second_max = OURO_JOINS_PER_SECOND_MAX;
    DEFAULT(options->joins_burst, options->joins_per_second_max);
    DEFAULT(options->joins_waiting_max, JOINS_WAITING_DEFAULT);
    DEFAULT(options->url, "/ouro/connect");
}

static int init_maps(struct ouro_lobby *lobby)
{
    struct ouro__map *maps[] = {&lobby->instances, &lobby->codes, &lobby->seats, &lobby->numbers,
                                &lobby->accounts};
    int rc = ouro__admission_init(&lobby->admission);
    for (size_t i = 0; rc == 0 && i < sizeof maps / sizeof maps[0]; i++)
        rc = ouro__map_init(maps[i], 0);
    return rc;
}

static void type_free(struct ouro__type *type)
{
    json_decref(type->schema);
    free(type);
}

/* Also of one that is half made. */
static void lobby_free(struct ouro_lobby *lobby)
{
    struct ouro_link *link;
    ouro__tickets_done(lobby);
    while ((link = ouro_list_pop(&lobby->types)))
        type_free(ouro_container(link, struct ouro__type, link));
    ouro__presence_done(lobby);
    ouro__chat_done(lobby);
    ouro__payloads_done(lobby);
    ouro__accounts_done(lobby);
    ouro__admission_done(&lobby->admission);
    ouro__map_done(&lobby->instances);
    ouro__map_done(&lobby->codes);
    ouro__map_done(&lobby->seats);
    ouro__map_done(&lobby->numbers);
    free(lobby->parts);
    free(lobby);
}

static int init(struct ouro_lobby *lobby)
{
    static const struct ouro_room_type idle = {
        .name = "lobby", .body = idle_body, .seats_max = LOBBY_SEATS};
    struct ouro_spawn_options spawn = {.name = "lobby"};
    int rc = init_maps(lobby);
    if (rc == 0)
        rc = ouro__chat_init(lobby);
    if (rc == 0)
        rc = ouro__presence_init(lobby);
    if (rc == 0)
        rc = ouro_lobby_add_type(lobby, &idle);
    return rc < 0 ? rc : ouro_spawn(clean_up, lobby, &spawn, &lobby->janitor);
}

int ouro_lobby_start(const struct ouro_lobby_options *options, struct ouro_lobby **ret_lobby)
{
    struct ouro_lobby *lobby = calloc(1, sizeof *lobby);
    if (!lobby)
        return -ENOMEM;
    lobby->options = *options;
    complete(&lobby->options);
    lobby->secret = ouro_random();
    lobby->admission.allowance.at = ouro_now();
    lobby->admission.allowance.ns =
        OURO_SEC(1) / lobby->options.joins_per_second_max * lobby->options.joins_burst;
    ouro_list_init(&lobby->types);
    ouro_list_init(&lobby->ended);
    ouro_list_init(&lobby->janitor_waits);
    ouro_list_init(&lobby->admission.queue);
    ouro_list_init(&lobby->kept);
    ouro_list_init(&lobby->changed);
    ouro_list_init(&lobby->matchers);
    ouro_list_init(&lobby->parties);
    ouro__services_init(lobby);
    int rc = init(lobby);
    if (rc < 0) {
        lobby_free(lobby);
        return rc;
    }
    *ret_lobby = lobby;
    return 0;
}

static void end_all(struct ouro_lobby *lobby)
{
    ouro_list_each (link, &lobby->types) {
        struct ouro__type *type = ouro_container(link, struct ouro__type, link);
        struct ouro_link *first;
        while ((first = ouro_list_first(&type->instances)))
            ouro__instance_end(ouro_container(first, struct ouro__instance, link),
                               OURO_CLOSE_GOING_DOWN, "the server is going down");
    }
}

struct ouro_lobby *ouro_lobby_stop(struct ouro_lobby *lobby)
{
    struct ouro_scope shield;
    if (!lobby)
        return NULL;
    ouro_shield_open(&shield, OURO_FOREVER);
    lobby->going_down = true;
    end_all(lobby);
    ouro_cancel(lobby->janitor);
    ouro_await(lobby->janitor, OURO_FOREVER, NULL);
    ouro_task_unref(lobby->janitor);
    ouro__instances_clear(lobby);
    ouro_scope_close(&shield);
    lobby_free(lobby);
    return NULL;
}

struct ouro_lobby_stats ouro_lobby_stats(const struct ouro_lobby *lobby)
{
    struct ouro_lobby_stats stats = lobby->stats;
    stats.waiting = lobby->admission.waiting;
    return stats;
}
