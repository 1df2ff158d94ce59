/* SPDX-License-Identifier: MIT */
/* The client of WebSocket: against our own server, and against one that says whatever it likes. */
#include "talk.h"

/* --- our own server ----------------------------------------------------------------------------
 */

struct echo {
    struct ouro_stream *stream;
    const struct ouro_ws_options *options;
    const char *protocol;
    uint16_t code;
};

static int serve_echo(struct ouro_http *http, void *ud)
{
    struct echo *echo = ud;
    struct ouro_ws *ws;
    struct ouro_ws_message message;
    int rc = ouro_ws_accept(http, echo->options, &ws);
    if (rc < 0)
        return rc;
    echo->protocol = ouro_ws_protocol(ws);
    ouro_ws_ping(ws);
    while (ouro_ws_recv(ws, OURO_FOREVER, &message) == 0) {
        struct ouro_frame *frame = ouro_frame_new(message.kind, message.data, message.len);
        ck_assert_int_eq(ouro_ws_send(ws, &frame, 1), 0);
        ouro_frame_unref(frame);
        if (message.len == 5 && memcmp(message.data, "close", 5) == 0)
            ouro_ws_close(ws, 4000, "as you wish");
    }
    echo->code = ouro_ws_close_code(ws);
    ouro_ws_free(ws);
    return 0;
}

static int serve(void *arg)
{
    struct echo *echo = arg;
    return ouro_http_serve(echo->stream, serve_echo, echo, NULL);
}

static struct ouro_task *begin_echo(struct echo *echo, const struct ouro_ws_options *options,
                                    struct ouro_ws **ret_ws)
{
    struct ouro_stream *ends[2];
    ck_assert_int_eq(ouro_stream_pair(ends), 0);
    echo->stream = ends[1];
    struct ouro_task *server = started(serve, echo);
    struct ouro_ws_call call = {.via = {.stream = ends[0]}};
    ck_assert_int_eq(ouro_ws_connect("ws://h/play?x", options, &call, SOON, ret_ws), 0);
    return server;
}

static void echo_once(struct ouro_ws *ws, enum ouro_frame_kind kind, const char *text, size_t len)
{
    struct ouro_ws_message message;
    struct ouro_frame *frame = ouro_frame_new(kind, text, len);
    ck_assert_int_eq(ouro_ws_send(ws, &frame, 1), 0);
    ck_assert_int_eq(ouro_ws_recv(ws, SOON, &message), 0);
    ck_assert_int_eq(message.kind, kind);
    ck_assert_uint_eq(message.len, len);
    ck_assert_mem_eq(message.data, text, len);
    ouro_frame_unref(frame);
}

/* Sizes on both sides of what lengths and windows change at; compressible and not. */
static void echo_all(struct ouro_ws *ws)
{
    static const size_t sizes[] = {0, 1, 125, 126, 128, 256, 257, 513, 4000, 65535, 65536};
    static char text[65536];
    struct ouro_rng rng;
    ouro_rng_seed(&rng, 1);
    for (uint32_t letters = 1; letters <= 256; letters *= 16) {
        for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
            for (size_t at = 0; at < sizes[i]; at++)
                text[at] = (char)(ouro_rng_below(&rng, letters) + (letters < 256 ? 'a' : 0));
            echo_once(ws, letters < 256 ? OURO_FRAME_TEXT : OURO_FRAME_BINARY, text, sizes[i]);
        }
    }
}

static void close_well(struct ouro_ws *ws, uint16_t code)
{
    struct ouro_ws_message message;
    ouro_ws_close(ws, code, "bye");
    ck_assert_int_eq(ouro_ws_recv(ws, SOON, &message), -OURO_ECLOSED);
    ck_assert_uint_eq(ouro_ws_close_code(ws), code);
    ouro_ws_free(ws);
}

static const char *const protocols[] = {"ouro.v2", "ouro.v1", NULL};
static const char *const old_protocols[] = {"ouro.v1", NULL};

SIM_TEST(a_conversation_with_and_without_compression)
{
    for (int n = 0; n < 4 * 4; n++) {
        struct ouro_ws_options options[2] = {0};
        for (int side = 0; side < 2; side++) {
            int way = side ? n / 4 : n % 4;
            options[side] = (struct ouro_ws_options){
                .message_bytes_max = 65536,
                .queue_bytes_max = 1 << 20,
                .protocols = side ? old_protocols : protocols,
                .deflate = {.on = way > 0,
                            .context = way == 2,
                            .bytes_min = way == 2 ? 1 : 0,
                            .window_bits = way == 3 ? 8 : 0},
            };
        }
        struct echo echo = {.options = &options[1]};
        struct ouro_ws *ws;
        struct ouro_task *server = begin_echo(&echo, &options[0], &ws);
        ck_assert_str_eq(ouro_ws_protocol(ws), "ouro.v1");
        ck_assert_str_eq(echo.protocol, "ouro.v1");
        echo_all(ws);
        close_well(ws, 4321);
        ck_assert_int_eq(status_of(server), 0);
        ck_assert_uint_eq(echo.code, 4321);
    }
    return 0;
}

SIM_TEST(the_server_closes)
{
    struct echo echo = {0};
    struct ouro_ws *ws;
    struct ouro_ws_message message;
    struct ouro_task *server = begin_echo(&echo, NULL, &ws);
    ck_assert_ptr_null(ouro_ws_protocol(ws));
    echo_once(ws, OURO_FRAME_TEXT, "close", 5);
    ck_assert_int_eq(ouro_ws_recv(ws, SOON, &message), -OURO_ECLOSED);
    ck_assert_uint_eq(ouro_ws_close_code(ws), 4000);
    ouro_ws_free(ws);
    ck_assert_int_eq(status_of(server), 0);
    ck_assert_uint_eq(echo.code, 4000);
    return 0;
}

/* More frames than one write takes, each masked for itself, in their order; and a queue's bound. */
SIM_TEST(many_frames_at_once)
{
    struct ouro_ws_options options = {.queue_bytes_max = 1000, .deflate = {.on = true}};
    struct echo echo = {.options = &options};
    struct ouro_ws *ws;
    struct ouro_ws_message message;
    struct ouro_task *server = begin_echo(&echo, &options, &ws);
    struct ouro_frame *frames[200];
    for (int i = 0; i < 200; i++) {
        char text[16];
        frames[i] = ouro_frame_new(OURO_FRAME_TEXT, text, (size_t)sprintf(text, "%d", i));
    }
    ck_assert_int_eq(ouro_ws_send(ws, frames, 200), -OURO_ELIMIT); /* and none has gone */
    ck_assert_int_eq(ouro_ws_send(ws, frames, 100), 0);
    for (int i = 0; i < 100; i++) {
        char text[16];
        sprintf(text, "%d", i);
        ck_assert_int_eq(ouro_ws_recv(ws, SOON, &message), 0);
        ck_assert_mem_eq(message.data, text, message.len);
    }
    for (int i = 0; i < 200; i++)
        ouro_frame_unref(frames[i]);
    close_well(ws, 1000);
    ck_assert_int_eq(status_of(server), 0);
    return 0;
}

/* --- without a task -----------------------------------------------------------------------------
 */

struct heard {
    int messages;
    bool closed;
};

static void on_message(struct ouro_ws *ws, const struct ouro_ws_message *message, void *ud)
{
    struct heard *heard = ud;
    ck_assert_ptr_null(ouro_task_self());
    if (++heard->messages == 3)
        ouro_ws_close(ws, 1000, NULL);
    else
        ouro_ws_send_text(ws, message->data, message->len);
}

static void on_closed(struct ouro_ws *ws, void *ud)
{
    struct heard *heard = ud;
    heard->closed = true;
    ouro_ws_free(ws);
}

SIM_TEST(a_client_without_a_task)
{
    static const struct ouro_ws_consumer consumer = {on_message, on_closed};
    struct echo echo = {0};
    struct heard heard = {0};
    struct ouro_ws *ws;
    struct ouro_task *server = begin_echo(&echo, NULL, &ws);
    ouro_ws_consume(ws, &consumer, &heard);
    ck_assert_int_eq(ouro_ws_send_text(ws, "hi", 2), 0);
    ck_assert_int_eq(status_of(server), 0);
    ouro_sleep(OURO_SEC(3));
    ck_assert_int_eq(heard.messages, 3);
    ck_assert(heard.closed);
    return 0;
}

/* --- a server that says what it is told to ------------------------------------------------------
 */

struct script {
    const char *answer; /* with %s for the accept key */
    const char *more;
    size_t more_len;
    struct split split;
    struct ouro_stream *stream;
    struct ouro_buf heard;
    bool ended; /* the client has hung up */
};

static void hear_head(struct script *script)
{
    int rc = 1;
    while (rc > 0) {
        char *room = ouro_buf_reserve(&script->heard, 4096);
        rc = ouro_read(script->stream, room, 4096, SOON);
        script->heard.len += rc > 0 ? (size_t)rc : 0;
        if (memmem(script->heard.data, script->heard.len, "\r\n\r\n", 4))
            break;
    }
}

static void put_answer(const struct script *script, struct ouro_buf *out)
{
    char accept[OURO__WS_ACCEPT_BYTES + 1];
    const char *key = memmem(script->heard.data, script->heard.len, "Sec-WebSocket-Key: ", 19);
    ck_assert_ptr_nonnull(key);
    ouro__ws_accept_key(key + 19, accept);
    const char *place = strstr(script->answer, "%s");
    ouro_buf_append(out, script->answer,
                    place ? (size_t)(place - script->answer) : strlen(script->answer));
    if (place) {
        ouro_buf_puts(out, accept);
        ouro_buf_puts(out, place + 2);
    }
    ouro_buf_append(out, script->more, script->more_len);
}

static int play(void *arg)
{
    struct script *script = arg;
    struct ouro_buf out = {0};
    hear_head(script);
    put_answer(script, &out);
    for (size_t at = 0; at < out.len;) {
        size_t piece = split_next(&script->split, out.len - at);
        if (ouro_write(script->stream, out.data + at, piece, SOON) < 0)
            break;
        at += piece;
        ouro_yield();
    }
    ouro_buf_done(&out);
    int rc = 1;
    while (rc > 0) {
        char *room = ouro_buf_reserve(&script->heard, 4096);
        rc = ouro_read(script->stream, room, 4096, ouro_after(OURO_SEC(5)));
        script->heard.len += rc > 0 ? (size_t)rc : 0;
    }
    script->ended = rc == 0 || rc == -ECONNRESET;
    ouro_stream_close(script->stream);
    return 0;
}

static struct ouro_task *begin_script(struct script *script, const char *url,
                                      const struct ouro_ws_options *options,
                                      struct ouro_ws **ret_ws, int *ret_rc)
{
    struct ouro_stream *ends[2];
    ck_assert_int_eq(ouro_stream_pair(ends), 0);
    script->stream = ends[1];
    struct ouro_ws_call call = {
        .via = {.stream = ends[0]}, .origin = "http://o", .fields = "X-A: b\r\n"};
    struct ouro_task *server = started(play, script);
    *ret_rc = ouro_ws_connect(url, options, &call, SOON, ret_ws);
    return server;
}

#define SWITCHING "HTTP/1.1 101 Switching Protocols\r\n"
#define UPGRADE   "Upgrade: WebSocket\r\nConnection: keep-alive, Upgrade\r\n"
#define ACCEPT    "Sec-WebSocket-Accept: %s\r\n"
#define DEFLATE   "Sec-WebSocket-Extensions: permessage-deflate; server_no_context_takeover\r\n"

static const struct {
    const char *answer;
    int rc;
} answers[] = {
    {SWITCHING UPGRADE ACCEPT "\r\n", 0},
    {"HTTP/1.1 100 Continue\r\n\r\n" SWITCHING UPGRADE ACCEPT "\r\n", 0},
    {SWITCHING UPGRADE ACCEPT "Sec-WebSocket-Protocol: ouro.v1\r\n" DEFLATE "\r\n", 0},
    {"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", -ECONNREFUSED},
    {"HTTP/1.1 403 Forbidden\r\nContent-Length: 3\r\n\r\nno!", -ECONNREFUSED},
    {"HTTP/1.1 301 Moved\r\nLocation: ws://h/y\r\n\r\n", -ECONNREFUSED},
    {"HTTP/1.1 503 Busy\r\n\r\n", -ECONNREFUSED},
    {"HTTP/1.0 101 Switching Protocols\r\n" UPGRADE ACCEPT "\r\n", -OURO_EMALFORMED},
    {SWITCHING "Connection: Upgrade\r\n" ACCEPT "\r\n", -OURO_EMALFORMED},
    {SWITCHING "Upgrade: websocket\r\n" ACCEPT "\r\n", -OURO_EMALFORMED},
    {SWITCHING "Upgrade: h2c\r\nConnection: Upgrade\r\n" ACCEPT "\r\n", -OURO_EMALFORMED},
    {SWITCHING "Upgrade: websocket\r\nConnection: close\r\n" ACCEPT "\r\n", -OURO_EMALFORMED},
    {SWITCHING UPGRADE "\r\n", -OURO_EMALFORMED},
    {SWITCHING UPGRADE "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n",
     -OURO_EMALFORMED},
    {SWITCHING UPGRADE ACCEPT "Sec-WebSocket-Accept: x\r\n\r\n", -OURO_EMALFORMED},
    {SWITCHING UPGRADE ACCEPT "Sec-WebSocket-Protocol: other\r\n\r\n", -OURO_EMALFORMED},
    {SWITCHING UPGRADE ACCEPT "Sec-WebSocket-Protocol: ouro.v1, ouro.v2\r\n\r\n", -OURO_EMALFORMED},
    {SWITCHING UPGRADE ACCEPT
     "Sec-WebSocket-Protocol: ouro.v1\r\nSec-WebSocket-Protocol: ouro.v1\r\n\r\n",
     -OURO_EMALFORMED},
    {SWITCHING UPGRADE ACCEPT "Sec-WebSocket-Extensions: foo\r\n\r\n", -OURO_EMALFORMED},
    {SWITCHING UPGRADE ACCEPT "Sec-WebSocket-Extensions: permessage-deflate\r\n\r\n",
     -OURO_EMALFORMED},
    {SWITCHING UPGRADE ACCEPT DEFLATE DEFLATE "\r\n", -OURO_EMALFORMED},
    {"SSH-2.0-OpenSSH\r\n\r\n", -OURO_EMALFORMED},
};

/* Whatever the answer is, a client that gets no WebSocket leaves nothing open. */
SIM_TEST(answers_of_all_kinds)
{
    struct ouro_ws_options options = {.protocols = protocols, .deflate = {.on = true}};
    for (size_t i = 0; i < sizeof answers / sizeof *answers; i++) {
        for (int split = 0; split < 8; split++) {
            struct script script = {
                .answer = answers[i].answer, .more = "", .split = split_number(split)};
            struct ouro_ws *ws = NULL;
            int rc;
            struct ouro_task *server = begin_script(&script, "ws://h/x", &options, &ws, &rc);
            ck_assert_msg(rc == answers[i].rc, "%s: %d", answers[i].answer, rc);
            ck_assert((ws != NULL) == (rc == 0));
            ouro_ws_free(ws);
            ck_assert_int_eq(status_of(server), 0);
            ck_assert(script.ended);
            ouro_buf_done(&script.heard);
        }
    }
    return 0;
}

SIM_TEST(an_extension_and_a_protocol_nobody_asked_for)
{
    static const char *const unasked[] = {
        SWITCHING UPGRADE ACCEPT "Sec-WebSocket-Protocol: ouro.v1\r\n\r\n",
        SWITCHING UPGRADE ACCEPT DEFLATE "\r\n",
    };
    for (int i = 0; i < 2; i++) {
        struct script script = {.answer = unasked[i], .more = ""};
        struct ouro_ws *ws;
        int rc;
        struct ouro_task *server = begin_script(&script, "ws://h/x", NULL, &ws, &rc);
        ck_assert_int_eq(rc, -OURO_EMALFORMED);
        ck_assert_int_eq(status_of(server), 0);
        ck_assert(script.ended);
        ouro_buf_done(&script.heard);
    }
    return 0;
}

SIM_TEST(what_the_request_looks_like)
{
    struct ouro_ws_options options = {.protocols = protocols, .deflate = {.on = true}};
    struct script script = {.answer = answers[0].answer, .more = ""};
    struct ouro_ws *ws;
    int rc;
    struct ouro_task *server = begin_script(&script, "ws://[::1]:81/x?y", &options, &ws, &rc);
    ck_assert_int_eq(rc, 0);
    ouro_ws_free(ws);
    ck_assert_int_eq(status_of(server), 0);
    ouro_buf_putc(&script.heard, '\0');
    char *key = strstr(script.heard.data, "Sec-WebSocket-Key: ") + 19;
    memset(key, 'k', 22);
    ck_assert_str_eq(script.heard.data,
                     "GET /x?y HTTP/1.1\r\nHost: [::1]:81\r\nUpgrade: websocket\r\n"
                     "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                     "Sec-WebSocket-Key: kkkkkkkkkkkkkkkkkkkkkk==\r\nOrigin: http://o\r\n"
                     "Sec-WebSocket-Extensions: permessage-deflate; server_no_context_takeover; "
                     "client_no_context_takeover; client_max_window_bits\r\n"
                     "Sec-WebSocket-Protocol: ouro.v2, ouro.v1\r\nX-A: b\r\n\r\n");
    ouro_buf_done(&script.heard);
    return 0;
}

/* What comes together with the answer is heard, and what breaks the rules answered. */
SIM_TEST(frames_of_a_server)
{
    static const struct {
        const char *frames;
        size_t len;
        int messages;
        uint16_t code;
    } rows[] = {
#define FRAMES(text) text, sizeof(text) - 1
        {FRAMES("\x81\x02hi\x01\x01h\x89\x01p\x80\x01i\x88\x02\x03\xe8"), 2, 1000},
        {FRAMES("\x81\x02hi\x88\x02\x0f\xa1"), 1, 4001},
        {FRAMES("\x81\x82\0\0\0\0hi"), 0, 1002}, /* masked */
        {FRAMES("\xc1\x02hi"), 0, 1002},         /* compressed, and nobody agreed to that */
        {FRAMES("\x81\x01\xff"), 0, 1007},
        {FRAMES("\x82\x7f\0\0\0\0\0\x01\0\x01"), 0, 1009},
        {FRAMES("\x81\x02hi"), 1, 1006},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        for (int split = 0; split < 8; split++) {
            struct script script = {.answer = answers[0].answer,
                                    .more = rows[i].frames,
                                    .more_len = rows[i].len,
                                    .split = split_number(split)};
            struct ouro_ws *ws;
            struct ouro_ws_message message;
            int rc, messages = 0;
            struct ouro_task *server = begin_script(&script, "ws://h", NULL, &ws, &rc);
            ck_assert_int_eq(rc, 0);
            for (; (rc = ouro_ws_recv(ws, SOON, &message)) == 0; messages++)
                ck_assert_mem_eq(message.data, "hi", 2);
            ck_assert_int_eq(rc, -OURO_ECLOSED);
            ck_assert_int_eq(messages, rows[i].messages);
            ck_assert_uint_eq(ouro_ws_close_code(ws), rows[i].code);
            ouro_ws_free(ws);
            ck_assert_int_eq(status_of(server), 0);
            ouro_buf_done(&script.heard);
        }
    }
    return 0;
}

/* All is masked, control frames too, each with another key. */
SIM_TEST(masks)
{
    struct script script = {.answer = answers[0].answer, .more = "\x89\x01p", .more_len = 3};
    static const struct drive_ws how = {OURO__WS_SERVER, false, {1 << 24, 1000}};
    struct ouro_ws *ws;
    struct ouro_ws_message message;
    int rc;
    struct ouro_task *server = begin_script(&script, "ws://h", NULL, &ws, &rc);
    ck_assert_int_eq(rc, 0);
    ck_assert_int_eq(ouro_ws_recv(ws, ouro_after(OURO_MS(1)), &message), -ETIMEDOUT);
    ck_assert_int_eq(ouro_ws_send_text(ws, "same", 4), 0);
    ck_assert_int_eq(ouro_ws_send_text(ws, "same", 4), 0);
    ck_assert_int_eq(ouro_ws_ping(ws), 0);
    ouro_ws_close(ws, 1000, NULL);
    ouro_ws_free(ws);
    ck_assert_int_eq(status_of(server), 0);
    struct ouro_buf said = {0};
    char *frames = (char *)memmem(script.heard.data, script.heard.len, "\r\n\r\n", 4) + 4;
    char *first = frames + 7, *second = first + 10;
    ck_assert_mem_ne(first + 2, second + 2, 4);
    drive_ws(&how, (uint8_t *)frames, (size_t)(script.heard.data + script.heard.len - frames),
             split_number(0), &said);
    ouro_buf_putc(&said, '\0');
    ck_assert_str_eq(said.data, "pong:p\ntext:same\ntext:same\nping:\nclose:1000:\n");
    ouro_buf_done(&said);
    ouro_buf_done(&script.heard);
    return 0;
}

SIM_TEST(addresses_that_lead_nowhere)
{
    struct ouro_ws *ws;
    ck_assert_int_eq(ouro_ws_connect("http://h", NULL, NULL, SOON, &ws), -EINVAL);
    ck_assert_int_eq(ouro_ws_connect("wss://10.0.0.1", NULL, NULL, SOON, &ws), -EINVAL);
    ck_assert_int_eq(ouro_ws_connect("ws://10.0.0.1:9", NULL, NULL, SOON, &ws), -ECONNREFUSED);
    return 0;
}

SIM_TEST(a_server_that_never_answers)
{
    struct ouro_stream *ends[2];
    struct ouro_ws *ws;
    char byte;
    ck_assert_int_eq(ouro_stream_pair(ends), 0);
    struct ouro_ws_call call = {.via = {.stream = ends[0]}};
    ck_assert_int_eq(ouro_ws_connect("ws://h", NULL, &call, ouro_after(OURO_SEC(1)), &ws),
                     -ETIMEDOUT);
    while (ouro_read(ends[1], &byte, 1, SOON) > 0)
        ;
    ck_assert_int_eq(ouro_read(ends[1], &byte, 1, SOON), 0);
    ouro_stream_close(ends[1]);
    return 0;
}
