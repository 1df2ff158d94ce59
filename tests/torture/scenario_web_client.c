/* SPDX-License-Identifier: MIT */
/* web, the clients' side: requests and a WebSocket, compressed, against our own server. */
#include "torture.h"

#include <stdio.h>

#define BROKEN                                                                                  \
    -ENOMEM, -ETIMEDOUT, -ECANCELED, -ECONNREFUSED, -ECONNRESET, -EPIPE, -OURO_ECLOSED, -EBUSY, \
        AS_THE_SYSTEM_SAYS

static const char *const protocols[] = {"torture.v1", NULL};
static const struct ouro_ws_options ws_options = {
    .protocols = protocols,
    .close_ns_max = OURO_MS(50),
    .deflate = {.on = true, .bytes_min = 1},
};

/* A close that has begun needs the loop, which ends with us; without memory nothing is received. */
static void see_end(struct ouro_ws *ws)
{
    struct ouro_ws_message message;
    ouro_ws_close(ws, 1000, NULL);
    for (int i = 0; i < 100 && ouro_ws_recv(ws, SOON, &message) != -OURO_ECLOSED; i++)
        ouro_sleep(OURO_MS(1));
}

/* --- the server --------------------------------------------------------------------------------
 */

static int echo_body(struct ouro_http *http)
{
    const char *body;
    size_t len;
    int rc = ouro_http_body(http, &body, &len);
    if (rc < 0)
        return rc;
    rc = ouro_http_begin(http, 200, "text/plain");
    if (rc == 0)
        rc = ouro_http_write(http, body, len);
    return rc < 0 ? rc : ouro_http_end(http);
}

static int echo_messages(struct ouro_http *http)
{
    struct ouro_ws *ws;
    struct ouro_ws_message message;
    int rc = ouro_ws_accept(http, &ws_options, &ws);
    if (rc < 0)
        return rc;
    expect(strcmp(ouro_ws_protocol(ws), "torture.v1") == 0);
    while (ouro_ws_recv(ws, PATIENTLY, &message) == 0) {
        struct ouro_frame *frame = ouro_frame_new(message.kind, message.data, message.len);
        if (frame)
            ouro_ws_send(ws, &frame, 1);
        ouro_frame_unref(frame);
    }
    see_end(ws);
    ouro_ws_free(ws);
    return 0;
}

static int handle(struct ouro_http *http, void *unused)
{
    (void)unused;
    return ouro_http_method(http)[0] == 'G' ? echo_messages(http) : echo_body(http);
}

static int serve(void *arg)
{
    static const struct ouro_http_options options = {
        .head_ns_max = OURO_SEC(1), .idle_ns_max = OURO_SEC(1), .send_ns_max = OURO_SEC(1)};
    int rc = ouro_http_serve(arg, handle, NULL, &options);
    expect(rc == 0 || fail_hit());
    return 0;
}

/* A connection of a kind, and a task that serves its other end. NULL: neither. */
static struct ouro_task *serve_one(struct ouro_http_via *via)
{
    struct ouro_stream *ends[2];
    if (!went(ouro_stream_pair(ends), -ENOMEM))
        return NULL;
    struct ouro_task *server = started(serve, ends[1]);
    if (!server) {
        ouro_stream_close(ends[0]);
        ouro_stream_close(ends[1]);
        return NULL;
    }
    via->stream = ends[0];
    return server;
}

/* --- the clients -------------------------------------------------------------------------------
 */

static void ask(struct ouro_http_client *client)
{
    const struct ouro_http_ask request = {.method = "POST", .body = "hello", .len = 5};
    const char *body;
    size_t len;
    char piece[3];
    int rc = ouro_http_client_ask(client, &request, PATIENTLY);
    if (!went(rc < 0 ? rc : 0, BROKEN))
        return;
    expect(rc == 200 || fail_hit());
    expect(ouro_http_client_header(client, "Date"));
    rc = ouro_http_client_read(client, piece, sizeof piece, PATIENTLY);
    if (!went(rc < 0 ? rc : 0, BROKEN))
        return;
    if (went(ouro_http_client_body(client, 1000, PATIENTLY, &body, &len), BROKEN))
        expect(len == 2 || fail_hit());
}

static int ask_twice(void *unused)
{
    (void)unused;
    struct ouro_http_via via = {0};
    struct ouro_http_client *client = NULL;
    struct ouro_task *server = serve_one(&via);
    if (server && went(ouro_http_client_open("http://h", &via, SOON, &client), BROKEN)) {
        ask(client);
        ask(client);
    }
    ouro_http_client_close(client);
    if (server)
        expect(status_of(server) == 0);
    return 0;
}

SCENARIO(web_client, http)
{
    in_loop(ask_twice);
}

static void hear_echo(struct ouro_ws *ws)
{
    static const char text[] = "hello hello hello hello hello hello hello hello hello hello";
    struct ouro_ws_message message;
    for (int i = 0; i < 2; i++) {
        if (!went(ouro_ws_send_text(ws, text, sizeof text - 1), BROKEN))
            continue;
        if (went(ouro_ws_recv(ws, PATIENTLY, &message), BROKEN))
            expect(message.len == sizeof text - 1);
    }
    ouro_ws_close(ws, 1000, "enough");
    see_end(ws);
}

static int talk(void *unused)
{
    (void)unused;
    struct ouro_ws_call call = {.origin = "http://h", .fields = "X-Torture: yes\r\n"};
    struct ouro_ws *ws = NULL;
    struct ouro_task *server = serve_one(&call.via);
    if (server && went(ouro_ws_connect("ws://h/ws", &ws_options, &call, SOON, &ws), BROKEN)) {
        expect(strcmp(ouro_ws_protocol(ws), "torture.v1") == 0);
        hear_echo(ws);
    }
    ouro_ws_free(ws);
    if (server)
        expect(status_of(server) == 0);
    return 0;
}

SCENARIO(web_client, ws)
{
    in_loop(talk);
}

static int connect_nowhere(void *unused)
{
    (void)unused;
    struct ouro_http_client *client = NULL;
    struct ouro_ws *ws = NULL;
    /* Without a word of the system about why not, it may look as if it had worked. */
    expect(ouro_http_client_open("http://127.0.0.1:1", NULL, SOON, &client) < 0 || fail_hit());
    expect(ouro_ws_connect("ws://127.0.0.1:1", NULL, NULL, SOON, &ws) < 0 || fail_hit());
    ouro_http_client_close(client);
    return 0;
}

SCENARIO(web_client, nowhere)
{
    in_loop(connect_nowhere);
}
