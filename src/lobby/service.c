/* SPDX-License-Identifier: MIT */
/* Services: what is answered on every connection, whatever room it is in. */
#include "lobby/lobby.h"

#include <jansson.h>
#include <string.h>

void ouro_lobby_add_service(struct ouro_lobby *lobby, struct ouro_service *service)
{
    ouro_list_push(&lobby->services, &service->link);
}

void ouro_lobby_remove_service(struct ouro_lobby *lobby, struct ouro_service *service)
{
    (void)lobby;
    ouro_unlink(&service->link);
}

void ouro__service_ask(struct ouro_seat *seat, const char *name, json_t *data, uint64_t request)
{
    struct ouro_lobby *lobby = seat->instance->lobby;
    ouro_list_each (link, &lobby->services) {
        struct ouro_service *service = ouro_container(link, struct ouro_service, link);
        if (strncmp(name, service->prefix, strlen(service->prefix)) == 0) {
            service->handle(lobby, seat, name, data, request, service->ud);
            return;
        }
    }
    ouro_lobby_refuse(lobby, request, "unknown", "there is no such service");
}

void ouro__services_seat_gone(struct ouro_seat *seat)
{
    struct ouro_lobby *lobby = seat->instance->lobby;
    ouro_list_each (link, &lobby->services) {
        struct ouro_service *service = ouro_container(link, struct ouro_service, link);
        if (service->gone)
            service->gone(lobby, seat, service->ud);
    }
}

/* --- rooms ------------------------------------------------------------------------------------ */

#define LIST_DEFAULT 20

/* As many as fit into one message. */
static void cut_to_fit(json_t *list)
{
    size_t bytes = sizeof "{\"rooms\":[]}", fit = 0;
    for (; fit < json_array_size(list); fit++) {
        bytes += json_dumpb(json_array_get(list, fit), NULL, 0, JSON_COMPACT) + 1;
        if (bytes > OURO_DATA_BYTES_MAX)
            break;
    }
    while (json_array_size(list) > fit)
        json_array_remove(list, json_array_size(list) - 1);
}

static void list_rooms(struct ouro_lobby *lobby, struct ouro_seat *seat, const char *name,
                       json_t *data, uint64_t request, void *ud)
{
    (void)seat, (void)ud;
    const char *type = json_string_value(json_object_get(data, "type"));
    json_int_t limit = json_integer_value(json_object_get(data, "limit"));
    if (strcmp(name, "rooms.list") != 0) {
        ouro_lobby_refuse(lobby, request, "unknown", "there is no such request");
        return;
    }
    json_t *list = type ? ouro_lobby_list(lobby, type, json_object_get(data, "filter"),
                                          limit > 0 ? (size_t)limit : LIST_DEFAULT)
                        : NULL;
    cut_to_fit(list);
    if (list)
        ouro_lobby_answer(lobby, request, json_pack("{s:o}", "rooms", list));
    else
        ouro_lobby_refuse(lobby, request, "not_found", "no such type, or not with that filter");
}

void ouro__services_init(struct ouro_lobby *lobby)
{
    ouro_list_init(&lobby->services);
    lobby->builtin[0] = (struct ouro_service){.prefix = "rooms.", .handle = list_rooms};
    lobby->builtin[1] = (struct ouro_service){.prefix = "chat.", .handle = ouro__chat_handle};
    lobby->builtin[2] =
        (struct ouro_service){.prefix = "presence.", .handle = ouro__presence_handle};
    lobby->builtin[3] = (struct ouro_service){
        .prefix = "match.", .handle = ouro__tickets_handle, .gone = ouro__tickets_seat_gone};
    for (size_t i = 0; i < 4; i++)
        ouro_lobby_add_service(lobby, &lobby->builtin[i]);
}
