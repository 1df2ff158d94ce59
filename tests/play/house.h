/* SPDX-License-Identifier: MIT */
/* A whole house, from the door to the rooms, and visitors who speak ouro.v1 with it. In a
 * simulation or in the real world, whichever the test runs in. */
#ifndef OURO_TESTS_PLAY_HOUSE_H
#define OURO_TESTS_PLAY_HOUSE_H

#include "../net/scene.h"

#include <ouro/play.h>

#include <jansson.h>

struct house {
    struct ouro_server *server;
    struct ouro_lobby *lobby;
    struct ouro_auth *auth;
    struct ouro_play *play;
    /* 0, NULL: as by default */
    uint32_t calls_per_second_max, messages_per_second_max, joins_per_second_max;
    uint32_t messages_per_address_max; /* of the server's door */
    int64_t ping_ns, idle_ns_max;
    const char *const *origins;
};

static inline void expect_ok(int rc)
{
    ck_assert_msg(rc >= 0, "%s", ouro_error_name(rc));
}

static inline int house_handle(struct ouro_http *http, struct ouro_guest *guest, void *ud)
{
    struct house *house = ud;
    int rc = ouro_play_handle(house->play, http, guest);
    return rc == -ENOENT ? ouro_http_respond_text(http, 404, "no") : rc;
}

/* `tls` may be NULL. */
static inline void house_open(struct house *house, const struct ouro_room_type *type,
                              struct ouro_tls_config *tls)
{
    struct ouro_server_options options = {.listen = "127.0.0.1:0",
                                          .handler = house_handle,
                                          .ud = house,
                                          .tls = tls,
                                          .messages_per_second_max =
                                              house->messages_per_address_max};
    expect_ok(ouro_auth_new(&(struct ouro_auth_options){0}, &house->auth));
    struct ouro_lobby_options lobby = {.joins_per_second_max = house->joins_per_second_max};
    expect_ok(ouro_lobby_start(&lobby, &house->lobby));
    expect_ok(ouro_lobby_add_type(house->lobby, type));
    struct ouro_play_options play = {.lobby = house->lobby,
                                     .auth = house->auth,
                                     .origins = house->origins,
                                     .ping_ns = house->ping_ns,
                                     .idle_ns_max = house->idle_ns_max,
                                     .calls_per_second_max = house->calls_per_second_max,
                                     .messages_per_second_max = house->messages_per_second_max};
    expect_ok(ouro_play_start(&play, &house->play));
    expect_ok(ouro_server_start(&options, &house->server));
}

static inline void house_close_within(struct house *house, int64_t ns)
{
    ouro_server_stop(house->server);
    ouro_play_stop(house->play, ouro_after(ns));
    ouro_lobby_stop(house->lobby);
    ouro_auth_free(house->auth);
}

static inline void house_close(struct house *house)
{
    house_close_within(house, OURO_SEC(5));
}

/* The body of a room that does nothing. */
static inline int house_idle(struct ouro_room *room, void *data)
{
    struct ouro_input input;
    int rc;
    (void)data;
    while ((rc = ouro_room_next(room, OURO_FOREVER, &input)) == 0)
        ;
    return rc;
}

/* --- visitors --------------------------------------------------------------------------------- */

static inline void say_to(struct ouro_ws *ws, const char *text)
{
    expect_ok(ouro_ws_send_text(ws, text, strlen(text)));
}

/* The next message of that type, the caller's. */
static inline json_t *hear_of(struct ouro_ws *ws, const char *type)
{
    struct ouro_ws_message message;
    json_t *json = NULL;
    do {
        json_decref(json);
        expect_ok(ouro_ws_recv(ws, SOON, &message));
        json = json_loadb(message.data, message.len, 0, NULL);
        ck_assert_ptr_nonnull(json);
    } while (strcmp(json_string_value(json_object_get(json, "type")), type) != 0);
    return json;
}

/* The code that the connection is closed with. */
static inline uint16_t hear_close(struct ouro_ws *ws)
{
    struct ouro_ws_message message;
    int rc;
    while ((rc = ouro_ws_recv(ws, SOON, &message)) == 0)
        ;
    ck_assert_int_eq(rc, -OURO_ECLOSED);
    return ouro_ws_close_code(ws);
}

/* Connected, and a hello said. `tls` is the client's, or NULL. */
static inline struct ouro_ws *knock(const struct house *house, const char *type,
                                    struct ouro_tls_config *tls)
{
    static const char *const protocols[] = {"ouro.v1", NULL};
    static const struct ouro_ws_options options = {.protocols = protocols};
    struct ouro_ws_call call = {.via = {.tls = tls}};
    char url[128], hello[128];
    struct ouro_ws *ws;
    snprintf(url, sizeof url, "%s://%s/ouro/connect", tls ? "wss" : "ws",
             ouro_server_address(house->server));
    snprintf(hello, sizeof hello, "{\"type\":\"hello\",\"join\":{\"room_type\":\"%s\"}}", type);
    expect_ok(ouro_ws_connect(url, &options, &call, SOON, &ws));
    say_to(ws, hello);
    return ws;
}

/* ... and in a room of that type. */
static inline struct ouro_ws *visit(const struct house *house, const char *type,
                                    struct ouro_tls_config *tls)
{
    struct ouro_ws *ws = knock(house, type, tls);
    json_decref(hear_of(ws, "welcome"));
    return ws;
}

#endif
