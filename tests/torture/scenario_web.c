/* SPDX-License-Identifier: MIT */
/* web: requests of all kinds on one connection, files, and a WebSocket by a task and by a consumer.
 */
#include "torture.h"

#include <jansson.h>
#include <stdio.h>
#include <sys/stat.h>

/* --- the server's side --------------------------------------------------------------------------
 */

struct site {
    struct ouro_files *assets, *folder;
};

/* Worth compressing. */
#define WORDS      "what is said again and again takes little room, "
#define MANY_WORDS WORDS WORDS WORDS WORDS WORDS WORDS WORDS WORDS WORDS WORDS WORDS WORDS

static const struct ouro_asset assets[] = {
    {"index.html", (const uint8_t *)MANY_WORDS, sizeof MANY_WORDS - 1},
    {0},
};

static int text_handler(struct ouro_http *http, void *ud)
{
    (void)ud;
    expect(ouro_http_method(http) && ouro_http_path(http) && ouro_http_query(http));
    expect(ouro_http_stream(http) && ouro_http_id(http));
    expect(ouro_http_header(http, "host"));
    ouro_http_set_header(http, "X-Torture", "yes");
    if (ouro_http_query(http)[0] == 'r')
        return ouro_http_respond(http, 200, "text/plain", "body", 4);
    return ouro_http_respond_text(http, 200, "text");
}

static int pieces_handler(struct ouro_http *http, void *ud)
{
    (void)ud;
    int rc = ouro_http_begin(http, 200, "text/plain");
    for (int i = 0; i < 3 && rc == 0; i++)
        rc = ouro_http_write(http, "piece ", 6);
    return rc < 0 ? rc : ouro_http_end(http);
}

static int echo_handler(struct ouro_http *http, void *ud)
{
    (void)ud;
    const char *body;
    size_t len;
    int rc = ouro_http_body(http, &body, &len);
    return rc < 0 ? rc : ouro_http_respond(http, 200, "text/plain", body, len);
}

static int json_handler(struct ouro_http *http, void *ud)
{
    (void)ud;
    json_t *json;
    int rc = ouro_http_json_body(http, &json);
    if (rc < 0)
        return rc;
    rc = ouro_http_respond_json(http, 200, json);
    json_decref(json);
    return rc;
}

static int param_handler(struct ouro_http *http, void *ud)
{
    (void)ud;
    const char *room = ouro_http_param(http, "room");
    expect(room && strcmp(room, "pit") == 0);
    return ouro_http_respond_error(http, 404, room);
}

static int folder_handler(struct ouro_http *http, void *ud)
{
    struct site *site = ud;
    return site->folder ? ouro_http_respond_file(http, site->folder) : -ENOMEM;
}

static int asset_handler(struct ouro_http *http, void *ud)
{
    struct site *site = ud;
    return site->assets ? ouro_http_respond_file(http, site->assets) : -ENOMEM;
}

static const struct ouro_ws_options ws_options = {.close_ns_max = OURO_MS(50)};

/* Echoes until the connection ends. */
static int ws_handler(struct ouro_http *http, void *ud)
{
    (void)ud;
    struct ouro_ws *ws = NULL;
    struct ouro_ws_message message;
    int rc = ouro_ws_accept(http, &ws_options, &ws);
    if (rc < 0) {
        expect(!ws);
        return rc;
    }
    rc = ouro_ws_ping(ws);
    while (ouro_ws_recv(ws, SOON, &message) == 0) {
        struct ouro_frame *frame = ouro_frame_new(message.kind, message.data, message.len);
        if (frame)
            ouro_ws_send(ws, &frame, 1);
        ouro_frame_unref(frame);
        ouro_ws_close(ws, 1000, "enough");
    }
    expect(ouro_ws_close_code(ws) > 0 || fail_hit());
    ouro_ws_free(ws);
    return 0;
}

static void on_message(struct ouro_ws *ws, const struct ouro_ws_message *message, void *ud)
{
    (void)ud;
    expect(ouro_ws_heard_at(ws) >= 0 && ouro_ws_stream(ws));
    ouro_ws_send_text(ws, message->data, message->len);
    ouro_ws_close(ws, 4000, "that was all");
    expect(ouro_ws_backlog_bytes(ws) < 1000);
}

static void on_closed(struct ouro_ws *ws, void *ud)
{
    ouro_ws_free(ws);
    ouro_event_set(ud);
}

static const struct ouro_ws_consumer consumer = {on_message, on_closed};
static struct ouro_event consumed;

static int consume_handler(struct ouro_http *http, void *ud)
{
    (void)ud;
    struct ouro_ws *ws;
    int rc = ouro_ws_accept(http, &ws_options, &ws);
    if (rc == 0)
        ouro_ws_consume(ws, &consumer, &consumed);
    else
        ouro_event_set(&consumed);
    return rc;
}

static int select_handler(struct ouro_http *http, void *ud)
{
    (void)ud;
    struct ouro_ws *ws;
    struct ouro_ws_message message;
    int rc = ouro_ws_accept(http, &ws_options, &ws);
    if (rc < 0)
        return rc;
    struct ouro_case cases[] = {ouro_on_message(ws, &message)};
    ouro_select(cases, 1, SOON);
    ouro_ws_free(ws);
    return 0;
}

/* More than the connection takes at once, and in the end more than the queue. */
static int flood_handler(struct ouro_http *http, void *ud)
{
    (void)ud;
    static const char payload[64000];
    struct ouro_ws *ws;
    struct ouro_ws_message message;
    int rc = ouro_ws_accept(http, &ws_options, &ws);
    if (rc < 0)
        return rc;
    struct ouro_frame *frame = ouro_frame_new(OURO_FRAME_BINARY, payload, sizeof payload);
    struct ouro_frame *two[] = {frame, frame};
    while (frame && rc == 0) {
        struct ouro_part part = ouro_part_of(frame);
        for (unsigned turns = 2; turns > 0; turns--)
            ouro_ws_prefetch(ws, turns);
        rc = ouro_ws_send(ws, two, 2);
        if (rc == 0)
            rc = ouro_ws_send_parts(ws, &part, 1);
    }
    expect(rc == -OURO_ELIMIT || fail_hit());
    ouro_frame_unref(frame);
    ouro_ws_close(ws, 1000, "flooded");
    while (ouro_ws_recv(ws, SOON, &message) == 0)
        ;
    ouro_ws_free(ws);
    return 0;
}

static const struct ouro_route routes[] = {
    {"GET", "/text", text_handler},
    {"GET", "/pieces", pieces_handler},
    {"POST", "/echo", echo_handler},
    {"POST", "/json", json_handler},
    {"GET", "/rooms/:room", param_handler},
    {"GET", "/page.html", folder_handler},
    {"GET", "/", asset_handler},
    {"GET", "/ws", ws_handler},
    {"GET", "/consume", consume_handler},
    {"GET", "/select", select_handler},
    {"GET", "/flood", flood_handler},
    {0},
};

static int route(struct ouro_http *http, void *ud)
{
    static const struct ouro_router router = {.routes = routes};
    return ouro_http_route(http, &router, ud);
}

static void on_access(const struct ouro_http_access *access, void *ud)
{
    struct ouro_buf line = {0};
    ouro_http_access_json(access, &line);
    expect(ouro_buf_failed(&line) || line.len > 50);
    ouro_buf_done(&line);
    ouro_http_access_log(access, ud);
}

/* --- the client's side --------------------------------------------------------------------------
 */

struct serving {
    struct ouro_stream *stream;
    struct site *site;
};

static int serve(void *arg)
{
    static const struct ouro_http_options options = {.on_access = on_access,
                                                     .head_ns_max = OURO_SEC(1),
                                                     .idle_ns_max = OURO_SEC(1),
                                                     .send_ns_max = OURO_SEC(1)};
    struct serving *serving = arg;
    return ouro_http_serve(serving->stream, route, serving->site, &options);
}

/* Says it all, and hears until the server ends, or nothing comes any more. The first of it is kept.
 */
static size_t say_and_hear(struct ouro_stream *client, const char *text, size_t len, char *heard,
                           size_t heard_max)
{
    static char piece[65536];
    size_t count = 0;
    int got = ouro_write(client, text, len, SOON);
    while (got >= 0) {
        got = ouro_read(client, piece, sizeof piece, SOON);
        if (got <= 0)
            break;
        size_t left = heard_max - 1 - count, kept = (size_t)got < left ? (size_t)got : left;
        memcpy(heard + count, piece, kept);
        count += kept;
    }
    expect(got != -ETIMEDOUT || fail_hit());
    heard[count] = '\0';
    return count;
}

/* In memory, or through the kernel. */
static bool through_sockets;

static int connect_pair(struct ouro_stream *ends[2])
{
    struct ouro_listener *listener;
    if (!through_sockets)
        return ouro_stream_pair(ends);
    int rc = ouro_listen("127.0.0.1:0", NULL, &listener);
    if (rc < 0)
        return rc;
    rc = ouro_connect(ouro_listener_address(listener), SOON, &ends[0]);
    if (rc == 0) {
        rc = ouro_accept(listener, SOON, &ends[1]);
        if (rc < 0)
            ouro_stream_close(ends[0]);
    }
    ouro_listener_close(listener);
    return rc;
}

/* One conversation on a connection of its own. 0, or how many bytes were kept. */
static size_t converse(struct site *site, const char *text, size_t len, char *heard, size_t max)
{
    struct ouro_stream *ends[2];
    size_t count = 0;
    if (!went(connect_pair(ends), -ENOMEM, -ETIMEDOUT, AS_THE_SYSTEM_SAYS))
        return 0;
    struct serving serving = {ends[1], site};
    struct ouro_task *server = started(serve, &serving);
    if (server)
        count = say_and_hear(ends[0], text, len, heard, max);
    else
        ouro_stream_close(ends[1]);
    ouro_stream_close(ends[0]);
    int status = status_of(server);
    expect(status == 0 || fail_hit());
    return count;
}

#define GET(path) "GET " path " HTTP/1.1\r\nHost: h\r\n\r\n"
#define POST(path, body)                                                      \
    "POST " path " HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\n" \
    "Content-Length: " OURO_STRING(body) "\r\n\r\n"

static int ask_all(void *arg)
{
    (void)arg;
    static char heard[16384];
    static const char requests[] = GET("/text?r") GET("/text") GET("/pieces")
        POST("/echo", 5) "hello" POST("/json", 7) "{\"a\":1}" GET("/rooms/pit") GET("/nowhere") GET(
            "/page.html") "GET / HTTP/1.1\r\nHost: h\r\nAccept-Encoding: gzip\r\nConnection: close\r\n\r\n";
    struct site site = {0};
    went(ouro_files_of_assets(assets, NULL, &site.assets), -ENOMEM);
    fail_pause();
    FILE *file = fopen(scratch_path("page.html"), "w");
    expect(file && fputs("<p>of a folder</p>", file) >= 0 && fclose(file) == 0);
    fail_resume();
    went(ouro_files_of_folder(scratch_path(""), NULL, &site.folder), -ENOMEM, -EMFILE,
         AS_THE_SYSTEM_SAYS);
    size_t len = converse(&site, requests, sizeof requests - 1, heard, sizeof heard);
    expect(fail_hit() || (len > 1000 && strstr(heard, "of a folder") && strstr(heard, "hello") &&
                          strstr(heard, "gzip")));
    ouro_files_free(site.folder);
    ouro_files_free(site.assets);
    return 0;
}

SCENARIO(web, http)
{
    in_loop(ask_all);
}

#define UPGRADE(path)                                                                   \
    "GET " path " HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" \
    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
/* Masked with zeros: a text, then a close with 1000. */
#define HELLO "\x81\x85\0\0\0\0hello"
#define CLOSE "\x88\x82\0\0\0\0\x03\xe8"

static void speak(const char *text, size_t len)
{
    char heard[64];
    struct site site = {0};
    size_t count = converse(&site, text, len, heard, sizeof heard);
    expect(count > 0 || fail_hit());
}

static int open_sockets(void *arg)
{
    (void)arg;
    static const char plain[] = UPGRADE("/ws") HELLO CLOSE, chosen[] = UPGRADE("/select") HELLO;
    static const char flooded[] = UPGRADE("/flood") CLOSE;
    static const char consuming[] = UPGRADE("/consume") HELLO CLOSE;
    speak(plain, sizeof plain - 1);
    speak(chosen, sizeof chosen - 1);
    ouro_event_init(&consumed);
    speak(flooded, sizeof flooded - 1);
    speak(consuming, sizeof consuming - 1);
    expect(ouro_event_wait(&consumed, PATIENTLY) == 0 || fail_hit());
    return 0;
}

SCENARIO(web, ws)
{
    in_loop(open_sockets);
}

static int open_sockets_in_sim(void *arg)
{
    return open_sockets(arg);
}

SCENARIO(web, sockets)
{
    through_sockets = true;
    in_loop(ask_all);
    in_loop(open_sockets);
    through_sockets = false;
}

SCENARIO(web, sim)
{
    in_sim(open_sockets_in_sim);
}
