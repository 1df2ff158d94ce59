/* SPDX-License-Identifier: MIT */
/* What docs/websocket.md shows, word for word, at work. */
#include "talk.h"

#include "play/said.h"

/* --- a server that compresses -------------------------------------------------------------------
 */

static const char *const protocols_of_the_server[] = {"ouro.v1", NULL};

struct server {
    struct ouro_listener *listener;
    const struct ouro_ws_options *options;
};

/* Does play, which is to read it, take it for a hello that joins? */
static void expect_hello(const struct ouro_ws_message *message)
{
    struct ouro__said said;
    struct ouro__fault fault;
    ck_assert_int_eq(ouro__said_read(message->data, message->len, &said, &fault), 0);
    ck_assert_int_eq(said.kind, OURO__SAID_HELLO_JOIN);
    ouro__said_done(&said);
}

static int hear_one(struct ouro_http *http, void *ud)
{
    struct server *server = ud;
    struct ouro_ws *ws;
    struct ouro_ws_message message;
    int rc = ouro_ws_accept(http, server->options, &ws);
    if (rc < 0)
        return rc;
    ck_assert_int_eq(ouro_ws_recv(ws, SOON, &message), 0);
    expect_hello(&message);
    char picture[1000];
    memset(picture, '.', sizeof picture);
    ouro_ws_send_text(ws, picture, sizeof picture);
    ouro_ws_close(ws, 1000, NULL);
    ck_assert_int_eq(ouro_ws_recv(ws, SOON, &message), -OURO_ECLOSED);
    ouro_ws_free(ws);
    return 0;
}

static int serve_one(void *arg)
{
    struct server *server = arg;
    struct ouro_stream *stream;
    int rc = ouro_accept(server->listener, SOON, &stream);
    return rc < 0 ? rc : ouro_http_serve(stream, hear_one, server, NULL);
}

/* --- a bot that joins ---------------------------------------------------------------------------
 */

static int join(const char *url, struct ouro_ws **ret_ws)
{
    static const char *const protocols[] = {"ouro.v1", NULL};
    static const struct ouro_ws_options options = {.protocols = protocols};
    static const char hello[] = "{\"type\":\"hello\",\"join\":{\"room_type\":\"arena\"}}";
    int rc = ouro_ws_connect(url, &options, NULL, ouro_after(OURO_SEC(5)), ret_ws);
    return rc < 0 ? rc : ouro_ws_send_text(*ret_ws, hello, sizeof hello - 1);
}

static void join_and_look(const struct ouro_ws_options *of_the_server, const char *protocol)
{
    struct server server = {.options = of_the_server};
    struct ouro_ws *ws;
    struct ouro_ws_message message;
    ck_assert_int_eq(ouro_listen("10.0.0.1:8080", NULL, &server.listener), 0);
    struct ouro_task *task = started(serve_one, &server);
    ck_assert_int_eq(join("ws://10.0.0.1:8080/ws", &ws), 0);
    ck_assert((ouro_ws_protocol(ws) == NULL) == (protocol == NULL));
    ck_assert_int_eq(ouro_ws_recv(ws, SOON, &message), 0);
    ck_assert_uint_eq(message.len, 1000);
    ck_assert_int_eq(ouro_ws_recv(ws, SOON, &message), -OURO_ECLOSED);
    ouro_ws_free(ws);
    ck_assert_int_eq(status_of(task), 0);
    ouro_listener_close(server.listener);
}

static const struct ouro_ws_options options = {
    .deflate = {.on = true, .bytes_min = 256},
};

SIM_TEST(a_bot_joins)
{
    static const struct ouro_ws_options plain = {.protocols = protocols_of_the_server};
    join_and_look(&options, NULL);
    join_and_look(&plain, "ouro.v1");
    return 0;
}
