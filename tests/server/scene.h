/* SPDX-License-Identifier: MIT */
/* What the tests of the front door share: a server that says who has come, and clients of it. */
#ifndef OURO_TESTS_SERVER_SCENE_H
#define OURO_TESTS_SERVER_SCENE_H

#include "../net/scene.h"

#include <ouro/server.h>
#include <ouro/sync.h>

#define DOOR "10.0.0.1:80"

/* Where a test's server stands, and what it was asked. */
struct house {
    struct ouro_server *server;
    struct ouro_event go_on;         /* what /wait waits for */
    struct ouro_guest *kept;         /* by /keep */
    char access[OURO_ADDRESS_BYTES]; /* whom the last access was of */
    struct ouro_ws *ws;              /* of /connect, the last one */
    int closed;                      /* WebSockets that have ended */
};

static inline void house_on_closed(struct ouro_ws *ws, void *ud)
{
    struct house *house = ud;
    house->closed++;
    ouro_guest_unref(house->kept);
    house->kept = NULL;
    if (house->ws == ws)
        house->ws = NULL;
    ouro_ws_free(ws);
}

/* A message is repeated, or, if there are too many of the address, the end. */
static inline void house_on_message(struct ouro_ws *ws, const struct ouro_ws_message *message,
                                    void *ud)
{
    struct house *house = ud;
    if (ouro_guest_count_message(house->kept) < 0)
        ouro_ws_close(ws, 1008, "too many");
    else
        ouro_ws_send_text(ws, message->data, message->len);
}

static inline int house_connect(struct ouro_http *http, struct ouro_guest *guest,
                                struct house *house)
{
    static const struct ouro_ws_options options;
    static const struct ouro_ws_consumer consumer = {house_on_message, house_on_closed};
    int rc = ouro_ws_accept(http, &options, &house->ws);
    if (rc < 0)
        return rc;
    house->kept = ouro_guest_ref(guest);
    ouro_ws_consume(house->ws, &consumer, house);
    return 0;
}

static inline int house_handle(struct ouro_http *http, struct ouro_guest *guest, void *ud)
{
    struct house *house = ud;
    char who[OURO_ADDRESS_BYTES];
    if (strcmp(ouro_http_path(http), "/connect") == 0)
        return house_connect(http, guest, house);
    if (strcmp(ouro_http_path(http), "/wait") == 0) {
        int rc = ouro_event_wait(&house->go_on, OURO_FOREVER);
        if (rc < 0)
            return rc;
    }
    if (ouro_guest_address(guest, who) < 0)
        strcpy(who, "nobody");
    return ouro_http_respond_text(http, 200, who);
}

static inline void house_on_access(const struct ouro_http_access *access, void *ud)
{
    struct house *house = ud;
    snprintf(house->access, sizeof house->access, "%s", access->peer);
}

/* Options that are not here are as in `wanted`. */
static inline void house_open(struct house *house, struct ouro_server_options wanted)
{
    *house = (struct house){0};
    ouro_event_init(&house->go_on);
    if (!wanted.listen)
        wanted.listen = DOOR;
    wanted.handler = house_handle;
    wanted.ud = house;
    wanted.http.on_access = house_on_access;
    wanted.http.access_ud = house;
    ck_assert_int_eq(ouro_server_start(&wanted, &house->server), 0);
}

static inline void house_close(struct house *house)
{
    house->server = ouro_server_stop(house->server);
    ouro_event_done(&house->go_on);
}

static inline struct ouro_server_stats stats_of(const struct house *house)
{
    return ouro_server_stats(house->server);
}

/* --- clients ---------------------------------------------------------------------------------- */

static inline struct ouro_stream *come_to(const char *address)
{
    struct ouro_stream *stream;
    ck_assert_int_eq(ouro_connect(address, SOON, &stream), 0);
    return stream;
}

/* From that host of a simulation. */
static inline struct ouro_stream *come_from(const char *host)
{
    ck_assert_int_eq(ouro_sim_host(host), 0);
    return come_to(DOOR);
}

static inline void say(struct ouro_stream *stream, const char *text)
{
    ck_assert_int_eq(ouro_write(stream, text, strlen(text), SOON), 0);
}

/* All up to the end of an answer whose length is said, or of the connection; in static storage. */
static inline const char *hear(struct ouro_stream *stream)
{
    static char text[16384];
    size_t len = 0, whole = sizeof text - 1;
    int rc = 1;
    while (len < whole && (rc = ouro_read(stream, text + len, 1, SOON)) > 0) {
        text[++len] = '\0';
        const char *end = strstr(text, "\r\n\r\n"), *said = strstr(text, "Content-Length: ");
        if (end && said)
            whole = (size_t)(end + 4 - text) + (size_t)atoi(said + strlen("Content-Length: "));
        else if (end && strncmp(text, "HTTP/1.1 101", 12) == 0)
            break;
    }
    text[len] = '\0';
    return text;
}

/* The body of what is heard, whose status must be that one. */
static inline const char *expect_answer(struct ouro_stream *stream, int status)
{
    const char *answer = hear(stream), *body = strstr(answer, "\r\n\r\n");
    ck_assert_msg(strncmp(answer, "HTTP/1.1 ", 9) == 0 && atoi(answer + 9) == status, "%d: %s",
                  status, answer);
    return body + 4;
}

static inline const char *ask(struct ouro_stream *stream, const char *fields, int status)
{
    char request[2048];
    snprintf(request, sizeof request, "GET / HTTP/1.1\r\nHost: h\r\n%s\r\n", fields);
    say(stream, request);
    return expect_answer(stream, status);
}

static inline void upgrade(struct ouro_stream *stream, const char *fields, int status)
{
    char request[2048];
    snprintf(request, sizeof request,
             "GET /connect HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
             "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n%s\r\n",
             fields);
    say(stream, request);
    expect_answer(stream, status);
}

#endif
