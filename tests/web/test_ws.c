/* SPDX-License-Identifier: MIT */
/* The WebSocket connection, used by a task and by a consumer: what is said, how it is closed, and
 * what becomes of a client that does not read, does not end, or does not keep to the rules. */
#include "frames.h"

#include "web/ws.h"

#include <malloc.h>

/* --- the server's side ------------------------------------------------------------------------ */

enum mode { TASK, CONSUMER, MODES };

/* Echoes what it hears, and does what some texts ask for. */
struct echo {
    enum mode mode;
    const struct ouro_ws_options *options;
    struct ouro_ws *ws; /* NULL: freed */
    int64_t ended_at;
    int controls;
    int messages, closed;
    uint16_t code;
    void (*on_message)(struct echo *echo, const struct ouro_ws_message *message); /* or NULL */
    bool keeps_it; /* after the end, the ws is freed by the test */
};

static bool is(const struct ouro_ws_message *message, const char *text)
{
    return message->len == strlen(text) && memcmp(message->data, text, message->len) == 0;
}

static void hear_message(struct echo *echo, const struct ouro_ws_message *message)
{
    echo->messages++;
    if (echo->on_message) {
        echo->on_message(echo, message);
        return;
    }
    if (is(message, "close"))
        ouro_ws_close(echo->ws, 4000, "as you wish");
    struct ouro_frame *frame = ouro_frame_new(message->kind, message->data, message->len);
    int rc = ouro_ws_send(echo->ws, &frame, 1);
    ck_assert(rc == 0 || rc == -OURO_ECLOSED || rc == -OURO_ELIMIT);
    ouro_frame_unref(frame);
}

static void note_end(struct echo *echo)
{
    echo->closed++;
    echo->code = ouro_ws_close_code(echo->ws);
    echo->ended_at = ouro_now();
    ck_assert_ptr_null(ouro_ws_stream(echo->ws));
    if (!echo->keeps_it)
        echo->ws = ouro_ws_free(echo->ws);
}

static void on_message(struct ouro_ws *ws, const struct ouro_ws_message *message, void *ud)
{
    struct echo *echo = ud;
    ck_assert_ptr_eq(ws, echo->ws);
    ck_assert_ptr_null(ouro_task_self());
    hear_message(echo, message);
}

static void on_closed(struct ouro_ws *ws, void *ud)
{
    struct echo *echo = ud;
    ck_assert_ptr_eq(ws, echo->ws);
    note_end(echo);
}

static const struct ouro_ws_consumer consumer = {on_message, on_closed};

static int serve_echo(struct ouro_http *http, void *ud)
{
    struct echo *echo = ud;
    struct ouro_ws_message message;
    int rc = ouro_ws_accept(http, echo->options, &echo->ws);
    if (rc < 0)
        return rc;
    if (echo->mode == CONSUMER) {
        ouro_ws_consume(echo->ws, &consumer, echo);
        return 0;
    }
    while (echo->ws && (rc = ouro_ws_recv(echo->ws, OURO_FOREVER, &message)) == 0)
        hear_message(echo, &message);
    if (!echo->ws)
        return 0;
    ck_assert_int_eq(rc, -OURO_ECLOSED);
    ck_assert_int_eq(ouro_ws_recv(echo->ws, OURO_FOREVER, &message), -OURO_ECLOSED);
    note_end(echo);
    return 0;
}

/* --- the client's side ------------------------------------------------------------------------ */

static void say_frame(struct talk *talk, int first, const void *payload, size_t len)
{
    struct ouro_buf out = {0};
    put_frame(&out, first, payload, len);
    say_bytes(talk, out.data, out.len);
    ouro_buf_done(&out);
}

static void open_echo(struct talk *talk, struct echo *echo)
{
    talk_open(talk, serve_echo, echo, NULL);
    say(talk, HANDSHAKE);
}

static void finish(struct talk *talk, struct echo *echo)
{
    ck_assert_int_eq(talk_close(talk), 0);
    settle();
    ck_assert_int_eq(echo->closed, 1);
}

/* --- the handshake ---------------------------------------------------------------------------- */

SIM_TEST(a_handshake_that_is_accepted)
{
    static const char *const protocols[] = {"ouro.v1", NULL};
    struct ouro_ws_options options = {.protocols = protocols};
    struct echo echo = {.mode = CONSUMER, .options = &options};
    struct talk talk;
    talk_open(&talk, serve_echo, &echo, NULL);
    say(&talk, "GET /ws HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\nOrigin: http://h\r\n"
               "Connection: keep-alive, Upgrade\r\nSec-WebSocket-Version: 13\r\n"
               "Sec-WebSocket-Protocol: x, ouro.v1\r\n"
               "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n");
    char *heard = hear_some(&talk);
    ck_assert_int_eq(strncmp(heard, "HTTP/1.1 101 ", 13), 0);
    ck_assert_int_eq(count_of(heard, "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"), 1);
    ck_assert_int_eq(count_of(heard, "Sec-WebSocket-Protocol: ouro.v1\r\n"), 1);
    free(heard);
    finish(&talk, &echo);
    ck_assert_int_eq(echo.code, 1006);
    return 0;
}

SIM_TEST(handshakes_that_are_refused)
{
    static const struct {
        const char *fields, *status;
    } rows[] = {
        {"", "HTTP/1.1 426 "},
        {"Upgrade: websocket\r\n", "HTTP/1.1 400 "},
        {"Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 8\r\n",
         "HTTP/1.1 426 "},
        {"Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n",
         "HTTP/1.1 400 "},
        {"Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
         "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nOrigin: http://evil\r\n",
         "HTTP/1.1 403 "},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct echo echo = {0};
        struct talk talk;
        talk_open(&talk, serve_echo, &echo, NULL);
        say(&talk, "GET /ws HTTP/1.1\r\nHost: h\r\n");
        say(&talk, rows[i].fields);
        say(&talk, "\r\n");
        ouro_stream_shutdown(talk.client);
        char *heard = hear_all(&talk);
        ck_assert_int_eq(strncmp(heard, rows[i].status, strlen(rows[i].status)), 0);
        free(heard);
        ck_assert_int_eq(talk_close(&talk), 0);
    }
    return 0;
}

/* --- conversations ---------------------------------------------------------------------------- */

/* Each is said by the client in all kinds of pieces, handshake included, to both kinds of users;
 * it then waits for the server to end. */
struct conversation {
    void (*put)(struct ouro_buf *out);
    const char *heard;
    uint16_t code;
};

static void put_texts(struct ouro_buf *out)
{
    put_text(out, "one");
    put_text(out, "");
    put_frame(out, FIN | BINARY, "\x01\xff", 2);
    put_text(out, "\xc3\xa4");
    put_close(out, 1000);
}

static void put_fragments(struct ouro_buf *out)
{
    put_frame(out, TEXT, "Hel", 3);
    put_frame(out, FIN | PING, "p", 1);
    put_frame(out, CONTINUATION, "lo w", 4);
    put_frame(out, FIN | PONG, "unasked", 7);
    put_frame(out, CONTINUATION, "", 0);
    put_frame(out, FIN | CONTINUATION, "orld", 4);
    put_frame(out, FIN | PING, "", 0);
    put_close(out, 4321);
}

static void put_empty_close(struct ouro_buf *out)
{
    put_frame(out, FIN | CLOSE, "", 0);
    put_text(out, "not heard");
}

static void put_too_long(struct ouro_buf *out)
{
    char *long_text = calloc(1, 5000);
    put_text(out, "before");
    put_frame(out, FIN | BINARY, long_text, 5000);
    free(long_text);
}

static void put_bad_utf8(struct ouro_buf *out)
{
    put_frame(out, TEXT, "abc", 3);
    put_frame(out, FIN | CONTINUATION, "\xff", 1);
    put_text(out, "not heard");
}

/* The bytes behind are fewer than those of the message that was in progress. */
static void put_error_in_a_message(struct ouro_buf *out)
{
    put_frame(out, TEXT, "in progress", 11);
    put_frame(out, FIN | 3, "", 0);
    ouro_buf_puts(out, "x");
}

static void put_unmasked(struct ouro_buf *out)
{
    ouro_buf_append(out, "\x81\x01x", 3);
}

static void put_bad_close(struct ouro_buf *out)
{
    put_close(out, 1006);
}

static void put_wish_to_close(struct ouro_buf *out)
{
    put_text(out, "close");
    put_text(out, "too late");
    put_frame(out, FIN | PING, "too late", 8);
    put_close(out, 4000);
}

static void put_both_at_once(struct ouro_buf *out)
{
    put_text(out, "close");
    put_close(out, 4444);
}

static void put_error_while_closing(struct ouro_buf *out)
{
    put_text(out, "close");
    put_frame(out, FIN | 3, "", 0);
}

static const struct conversation conversations[] = {
    {put_texts, "text:one\ntext:\nbinary:\x01\xff\ntext:\xc3\xa4\nclose:1000:\n", 1000},
    {put_fragments, "pong:p\ntext:Hello world\npong:\nclose:4321:\n", 4321},
    {put_empty_close, "close:1005:\n", 1005},
    {put_too_long, "text:before\nclose:1009:message too long\n", 1009},
    {put_bad_utf8, "close:1007:text is not UTF-8\n", 1007},
    {put_error_in_a_message, "close:1002:unknown opcode\n", 1002},
    {put_unmasked, "close:1002:frame from a client is not masked\n", 1002},
    {put_bad_close, "close:1002:close code that must not be sent\n", 1002},
    {put_wish_to_close, "close:4000:as you wish\n", 4000},
    {put_both_at_once, "close:4000:as you wish\n", 4000},
    {put_error_while_closing, "close:4000:as you wish\n", 4000},
};

static void converse(const struct conversation *row, enum mode mode, struct split split)
{
    struct ouro_ws_options options = {.message_bytes_max = 4999};
    struct echo echo = {.mode = mode, .options = &options};
    struct ouro_buf said = {0};
    struct talk talk;
    ouro_buf_puts(&said, HANDSHAKE);
    row->put(&said);
    talk_open(&talk, serve_echo, &echo, NULL);
    ck_assert(say_split(&talk, said.data, said.len, split));
    char *heard = understand_all(&talk); /* up to its end, though ours is open */
    ck_assert_str_eq(heard, row->heard);
    finish(&talk, &echo);
    ck_assert_uint_eq(echo.code, row->code);
    free(heard);
    ouro_buf_done(&said);
}

SIM_TEST(conversations_with_both_kinds_of_users)
{
    for (size_t i = 0; i < sizeof conversations / sizeof *conversations; i++)
        for (int split = 0; split < 30; split++)
            for (enum mode mode = TASK; mode < MODES; mode++)
                converse(&conversations[i], mode, split_number(split));
    return 0;
}

/* --- ends ------------------------------------------------------------------------------------- */

SIM_TEST(a_client_that_vanishes)
{
    static const char *const before[] = {"", "text", "half a message", "half a header"};
    for (enum mode mode = TASK; mode < MODES; mode++) {
        for (int i = 0; i < 4; i++) {
            struct echo echo = {.mode = mode};
            struct talk talk;
            open_echo(&talk, &echo);
            settle(); /* what follows, the end included, comes at once */
            if (i == 1)
                say_frame(&talk, FIN | TEXT, before[i], 4);
            if (i == 2)
                say_frame(&talk, TEXT, before[i], strlen(before[i]));
            if (i == 3)
                say_bytes(&talk, "\x81", 1);
            finish(&talk, &echo);
            ck_assert_uint_eq(echo.code, 1006);
            ck_assert_int_eq(echo.messages, i == 1);
        }
    }
    return 0;
}

/* The client gets our close and goes on living, as if it had not. */
static void never_answer(enum mode mode, int64_t wanted_ns, const struct ouro_ws_options *options)
{
    struct echo echo = {.mode = mode, .options = options};
    struct talk talk;
    open_echo(&talk, &echo);
    settle();
    int64_t start = ouro_now();
    ouro_ws_close(echo.ws, 4000, "go");
    ouro_ws_close(echo.ws, 4001, "a second call is ignored");
    ck_assert_int_eq(ouro_ws_send_text(echo.ws, "x", 1), -OURO_ECLOSED);
    ck_assert_int_eq(ouro_ws_ping(echo.ws), -OURO_ECLOSED);
    char *heard = understand_all(&talk);
    ck_assert_str_eq(heard, "close:4000:go\n");
    free(heard);
    settle();
    ck_assert_int_ge(echo.ended_at - start, wanted_ns);
    ck_assert_int_le(echo.ended_at - start, wanted_ns + OURO_MS(1));
    ck_assert_uint_eq(echo.code, 4000);
    finish(&talk, &echo);
}

SIM_TEST(a_close_that_is_never_answered)
{
    struct ouro_ws_options options = {.close_ns_max = OURO_SEC(7)};
    for (enum mode mode = TASK; mode < MODES; mode++) {
        never_answer(mode, OURO_SEC(2), NULL);
        never_answer(mode, OURO_SEC(7), &options);
    }
    return 0;
}

SIM_TEST(a_long_reason_is_cut_between_characters)
{
    static const struct {
        size_t ascii, kept;
    } rows[] = {{123, 123}, {122, 122}, {121, 123}, {120, 122}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char reason[200] = "", expected[256];
        struct echo echo = {.mode = CONSUMER};
        struct talk talk;
        memset(reason, 'r', rows[i].ascii);
        strcat(reason, "\xc3\xa4\xc3\xa4");
        open_echo(&talk, &echo);
        settle();
        ouro_ws_close(echo.ws, 1000, reason);
        char *heard = understand_all(&talk);
        snprintf(expected, sizeof expected, "close:1000:%.*s\n", (int)rows[i].kept, reason);
        ck_assert_str_eq(heard, expected);
        free(heard);
        finish(&talk, &echo);
    }
    return 0;
}

/* The time for the client's close runs out while the task looks at a message and waits for
 * something else: the message stays what it is. */
static int look_for_long(struct ouro_http *http, void *ud)
{
    struct echo *echo = ud;
    struct ouro_ws_message message;
    ck_assert_int_eq(ouro_ws_accept(http, NULL, &echo->ws), 0);
    ck_assert_int_eq(ouro_ws_recv(echo->ws, SOON, &message), 0);
    ouro_ws_close(echo->ws, 4000, NULL);
    ck_assert_int_eq(ouro_sleep(OURO_SEC(5)), 0);
    ck_assert_ptr_null(ouro_ws_stream(echo->ws)); /* it has ended in the meantime */
    ck_assert(is(&message, "look at me"));
    ck_assert_int_eq(ouro_ws_recv(echo->ws, SOON, &message), -OURO_ECLOSED);
    note_end(echo);
    return 0;
}

SIM_TEST(a_message_outlives_its_connection)
{
    struct echo echo = {0};
    struct talk talk;
    talk_open(&talk, look_for_long, &echo, NULL);
    say(&talk, HANDSHAKE);
    say_frame(&talk, FIN | TEXT, "look at me", 10);
    ouro_sleep(OURO_SEC(6));
    finish(&talk, &echo);
    return 0;
}

/* Waits with a deadline, is cancelled, and a task that takes over afterwards misses nothing: not
 * even when it becomes a consumer amid a message. */
static int change_hands(struct ouro_http *http, void *ud)
{
    struct echo *echo = ud;
    struct ouro_ws_message message;
    struct ouro_scope scope;
    ck_assert_int_eq(ouro_ws_accept(http, NULL, &echo->ws), 0);
    ck_assert_int_eq(ouro_ws_recv(echo->ws, 0, &message), -ETIMEDOUT);
    ck_assert_int_eq(ouro_ws_recv(echo->ws, ouro_after(OURO_SEC(1)), &message), -ETIMEDOUT);
    ouro_scope_open(&scope, ouro_after(OURO_SEC(1)));
    ck_assert_int_eq(ouro_ws_recv(echo->ws, OURO_FOREVER, &message), -ECANCELED);
    ouro_scope_close(&scope);
    ck_assert_int_eq(ouro_ws_recv(echo->ws, OURO_FOREVER, &message), 0);
    ck_assert(is(&message, "first"));
    /* Two more are here with it, and half of a fourth. */
    ouro_ws_consume(echo->ws, &consumer, echo);
    ck_assert_int_eq(echo->messages, 0);
    return 0;
}

SIM_TEST(a_connection_changes_hands)
{
    struct echo echo = {0};
    struct talk talk;
    struct ouro_buf said = {0};
    talk_open(&talk, change_hands, &echo, NULL);
    say(&talk, HANDSHAKE);
    ouro_sleep(OURO_MS(100));
    say_bytes(&talk, "\x81\x85\0\0\0\0fi", 8);
    ouro_sleep(OURO_SEC(4));
    say_bytes(&talk, "rst", 3); /* the first half was seen by the calls that ended too early */
    put_text(&said, "second");
    put_text(&said, "third");
    put_frame(&said, TEXT, "fou", 3);
    say_bytes(&talk, said.data, said.len);
    ouro_sleep(OURO_MS(100));
    ck_assert_int_eq(echo.messages, 2);
    say_frame(&talk, FIN | CONTINUATION, "rth", 3);
    say_frame(&talk, FIN | CLOSE, "", 0);
    char *heard = understand_all(&talk);
    ck_assert_str_eq(heard, "text:second\ntext:third\ntext:fourth\nclose:1005:\n");
    free(heard);
    ouro_buf_done(&said);
    finish(&talk, &echo);
    return 0;
}

struct waiting {
    struct ouro_task *task;
    int rc;
};

static int wait_for_ever(struct ouro_http *http, void *ud)
{
    struct waiting *waiting = ud;
    struct ouro_ws *ws;
    struct ouro_ws_message message;
    ck_assert_int_eq(ouro_ws_accept(http, NULL, &ws), 0);
    waiting->task = ouro_task_ref(ouro_task_self());
    waiting->rc = ouro_ws_recv(ws, OURO_FOREVER, &message);
    ouro_ws_free(ws);
    return 0;
}

/* It has been told of half a message when it is cancelled. */
SIM_TEST(a_task_that_is_cancelled_on_its_way_waits_no_more)
{
    struct waiting waiting = {0};
    struct talk talk;
    talk_open(&talk, wait_for_ever, &waiting, NULL);
    say(&talk, HANDSHAKE);
    settle();
    say_bytes(&talk, "\x81\x85\0\0\0\0fi", 8);
    uint64_t timers = ouro_loop_stats(ouro_loop_self()).timers;
    while (ouro_loop_stats(ouro_loop_self()).timers == timers) /* until the edge is told */
        ck_assert_int_eq(ouro_yield(), 0);
    ouro_cancel(waiting.task);
    settle();
    ck_assert_int_eq(waiting.rc, -ECANCELED);
    ouro_task_unref(waiting.task);
    talk_close(&talk);
    return 0;
}

static int recv_once(void *arg)
{
    struct ouro_ws_message message;
    return ouro_ws_recv(arg, SOON, &message);
}

SIM_TEST(a_second_task_is_busy)
{
    struct echo echo = {.mode = TASK};
    struct talk talk;
    open_echo(&talk, &echo);
    settle();
    ck_assert_int_eq(recv_once(echo.ws), -EBUSY);
    finish(&talk, &echo);
    return 0;
}

/* --- the queue -------------------------------------------------------------------------------- */

/* Numbered messages until the bound says no; returns how many were taken. */
static int fill_queue(struct ouro_ws *ws, size_t bytes, int rc_expected)
{
    char *text = malloc(bytes + 16);
    int count = 0, rc = 0;
    while (rc == 0 && count < 100000) {
        memset(text, 'm', bytes);
        text[sprintf(text, "%d", count)] = 'm';
        rc = ouro_ws_send_text(ws, text, bytes);
        count += rc == 0;
    }
    ck_assert_int_eq(rc, rc_expected);
    free(text);
    return count;
}

static void expect_numbered(const char *heard, int count)
{
    for (int i = 0; i < count; i++) {
        ck_assert_int_eq(strncmp(heard, "text:", 5), 0);
        ck_assert_int_eq(atoi(heard + 5), i);
        heard = strchr(heard + 5 + strlen("0"), 't');
        if (!heard)
            ck_assert_int_eq(i, count - 1);
    }
}

SIM_TEST(a_client_that_does_not_read)
{
    static const size_t sizes[] = {10, 100, 1000, 70000};
    for (int i = 0; i < 4; i++) {
        for (enum mode mode = TASK; mode < MODES; mode++) {
            struct echo echo = {.mode = mode};
            struct talk talk;
            open_echo(&talk, &echo);
            settle();
            int count = fill_queue(echo.ws, sizes[i], -OURO_ELIMIT);
            ck_assert_uint_le(ouro_ws_backlog_bytes(echo.ws), 256 * 1024);
            if (sizes[i] < 32) /* what is kept for each besides its bytes counts, too */
                ck_assert_uint_le(ouro_ws_backlog_bytes(echo.ws), 256 * 1024 / 32 * (sizes[i] + 2));
            else
                ck_assert_uint_gt(ouro_ws_backlog_bytes(echo.ws), 256 * 1024 - sizes[i] - 10);
            struct ouro_buf heard = {0}, said = {0};
            ck_assert_int_eq(hear(&talk, OURO_MS(10), &heard), -ETIMEDOUT);
            understand(&heard, &said);
            expect_numbered(said.data, count);
            ck_assert_int_eq(count_of(said.data, "text:"), count);
            ck_assert_uint_eq(ouro_ws_backlog_bytes(echo.ws), 0);
            ouro_buf_done(&heard);
            ouro_buf_done(&said);
            ck_assert_int_eq(ouro_ws_send_text(echo.ws, "more", 4), 0);
            finish(&talk, &echo);
        }
    }
    return 0;
}

/* However full the queue is: what is in it goes out, and then the client learns why. */
SIM_TEST(a_close_behind_a_full_queue)
{
    struct ouro_ws_options options = {.queue_bytes_max = 1000};
    for (enum mode mode = TASK; mode < MODES; mode++) {
        struct echo echo = {.mode = mode, .options = &options};
        struct talk talk;
        open_echo(&talk, &echo);
        settle();
        int count = fill_queue(echo.ws, 6, -OURO_ELIMIT);
        ouro_ws_close(echo.ws, 4008, "too slow");
        char *heard = understand_all(&talk);
        ck_assert_int_eq(count_of(heard, "text:"), count);
        ck_assert_str_eq(strstr(heard, "close"), "close:4008:too slow\n");
        free(heard);
        finish(&talk, &echo);
    }
    return 0;
}

SIM_TEST(more_frames_than_one_write_takes)
{
    struct echo echo = {.mode = CONSUMER};
    struct talk talk;
    struct ouro_frame *frames[200];
    open_echo(&talk, &echo);
    settle();
    for (int i = 0; i < 200; i++) {
        char text[16];
        frames[i] = ouro_frame_new(OURO_FRAME_TEXT, text, (size_t)sprintf(text, "%d", i));
    }
    ck_assert_int_eq(ouro_ws_send(echo.ws, frames, 0), 0);
    ck_assert_int_eq(ouro_ws_send(echo.ws, frames, 200), 0);
    ck_assert_uint_eq(ouro_ws_backlog_bytes(echo.ws), 0);
    for (int i = 0; i < 200; i++)
        ouro_frame_unref(frames[i]);
    ouro_ws_close(echo.ws, 1000, NULL);
    char *heard = understand_all(&talk);
    expect_numbered(heard, 200);
    free(heard);
    finish(&talk, &echo);
    return 0;
}

/* Pings that cost the client two bytes must not cost us twenty each. */
SIM_TEST(pings_of_a_client_that_does_not_read)
{
    for (enum mode mode = TASK; mode < MODES; mode++) {
        struct echo echo = {.mode = mode};
        struct talk talk;
        struct ouro_buf pings = {0};
        open_echo(&talk, &echo);
        settle();
        for (int i = 0; i < 10; i++) /* so few at once that each would be answered */
            put_frame(&pings, FIN | PING, "", 0);
        for (int i = 0; i < 6000; i++) {
            say_bytes(&talk, pings.data, pings.len);
            ouro_sleep(OURO_MS(1));
        }
        ck_assert_uint_gt(ouro_ws_backlog_bytes(echo.ws), 0);
        ck_assert_uint_lt(ouro_ws_backlog_bytes(echo.ws), 200);
        ouro_buf_done(&pings);
        finish(&talk, &echo);
    }
    return 0;
}

/* Nor must they have a system call each: the last one stands for those before it. */
SIM_TEST(many_pings_at_once)
{
    for (enum mode mode = TASK; mode < MODES; mode++) {
        struct echo echo = {.mode = mode};
        struct talk talk;
        struct ouro_buf said = {0};
        open_echo(&talk, &echo);
        settle();
        for (int i = 0; i < 5000; i++) {
            char payload[16];
            put_frame(&said, FIN | PING, payload, (size_t)sprintf(payload, "%d.", i));
            put_frame(&said, FIN | PONG, "unasked", 7);
        }
        put_text(&said, "close");
        put_close(&said, 1000);
        say_bytes(&talk, said.data, said.len);
        char *heard = understand_all(&talk);
        ck_assert_int_eq(count_of(heard, "pong:"), count_of(heard, "\n") - 1);
        ck_assert_int_lt(count_of(heard, "pong:"), 5000 / 2);
        ck_assert_int_eq(strncmp(heard, "pong:0.\npong:1.\npong:2.\n", 24), 0);
        ck_assert_ptr_nonnull(strstr(heard, "pong:4999.\nclose:4000:as you wish\n"));
        free(heard);
        finish(&talk, &echo);
        ouro_buf_done(&said);
    }
    return 0;
}

/* A consumer may count them, and close: then it is told of no more. */
static void close_after_ten(struct ouro_ws *ws, void *ud)
{
    struct echo *echo = ud;
    if (++echo->controls == 10)
        ouro_ws_close(ws, 1008, "too many");
}

static int serve_and_count(struct ouro_http *http, void *ud)
{
    static const struct ouro_ws_consumer counting = {
        .message = on_message, .closed = on_closed, .control = close_after_ten};
    struct echo *echo = ud;
    int rc = ouro_ws_accept(http, NULL, &echo->ws);
    if (rc == 0)
        ouro_ws_consume(echo->ws, &counting, echo);
    return rc;
}

SIM_TEST(a_consumer_that_counts_pings_and_pongs)
{
    struct echo echo = {.mode = CONSUMER};
    struct talk talk;
    struct ouro_buf said = {0};
    talk_open(&talk, serve_and_count, &echo, NULL);
    say(&talk, HANDSHAKE);
    for (int i = 0; i < 100; i++)
        put_frame(&said, FIN | (i % 2 ? PONG : PING), "x", 1);
    put_close(&said, 1000);
    say_bytes(&talk, said.data, said.len);
    char *heard = understand_all(&talk);
    ck_assert_str_eq(heard, "pong:x\npong:x\npong:x\npong:x\npong:x\nclose:1008:too many\n");
    ck_assert_int_eq(echo.controls, 10);
    free(heard);
    finish(&talk, &echo);
    ouro_buf_done(&said);
    return 0;
}

/* --- freed in every state --------------------------------------------------------------------- */

static void free_it(struct echo *echo, const struct ouro_ws_message *message)
{
    ck_assert(is(message, "go"));
    echo->ws = ouro_ws_free(echo->ws);
}

static void close_and_free_it(struct echo *echo, const struct ouro_ws_message *message)
{
    ouro_ws_close(echo->ws, 4000, "why");
    free_it(echo, message);
}

SIM_TEST(freed_inside_a_message)
{
    for (enum mode mode = TASK; mode < MODES; mode++) {
        for (int closes = 0; closes < 2; closes++) {
            struct echo echo = {.mode = mode, .on_message = closes ? close_and_free_it : free_it};
            struct talk talk;
            struct ouro_buf said = {0};
            open_echo(&talk, &echo);
            put_text(&said, "go");
            put_text(&said, "not heard");
            say_bytes(&talk, said.data, said.len);
            char *heard = understand_all(&talk);
            ck_assert_str_eq(heard, closes ? "close:4000:why\n" : "");
            free(heard);
            ck_assert_int_eq(talk_close(&talk), 0);
            settle();
            ck_assert_int_eq(echo.messages, 1);
            ck_assert_int_eq(echo.closed, 0); /* who has freed it hears no more of it */
            ouro_buf_done(&said);
        }
    }
    return 0;
}

/* From outside, at each stage of its life; the close still reaches the client. */
SIM_TEST(freed_from_outside)
{
    for (int stage = 0; stage < 4; stage++) {
        struct echo echo = {.mode = CONSUMER, .keeps_it = true};
        struct talk talk;
        open_echo(&talk, &echo);
        settle();
        if (stage == 1)
            ouro_ws_close(echo.ws, 4000, "why");
        if (stage == 2) { /* it drains */
            say_frame(&talk, FIN | CLOSE, "\x0f\xa0", 2);
            settle();
        }
        if (stage == 3) { /* it has ended */
            ouro_stream_shutdown(talk.client);
            settle();
            ck_assert_int_eq(echo.closed, 1);
        }
        echo.ws = ouro_ws_free(echo.ws);
        char *heard = understand_all(&talk);
        ck_assert_str_eq(heard, stage == 1   ? "close:4000:why\n"
                                : stage == 2 ? "close:4000:\n"
                                             : "");
        free(heard);
        ck_assert_int_eq(talk_close(&talk), 0);
        ouro_sleep(OURO_SEC(3));
        ck_assert_int_eq(echo.closed, stage == 3);
    }
    ck_assert_ptr_null(ouro_ws_free(NULL));
    return 0;
}

/* Its close is on the way, and it looks at no options any more, whatever the client still says. */
SIM_TEST(freed_together_with_its_options)
{
    struct ouro_ws_options *options = calloc(1, sizeof *options);
    struct echo echo = {.mode = CONSUMER, .keeps_it = true, .options = options};
    struct talk talk;
    open_echo(&talk, &echo);
    settle();
    ouro_ws_close(echo.ws, 4000, "why");
    echo.ws = ouro_ws_free(echo.ws);
    free(options);
    say_frame(&talk, FIN | TEXT, "still here", 10);
    char *heard = understand_all(&talk);
    ck_assert_str_eq(heard, "close:4000:why\n");
    free(heard);
    ck_assert_int_eq(talk_close(&talk), 0);
    ouro_sleep(OURO_SEC(3));
    return 0;
}

/* A message of one connection lies in memory that all share: what its callback does to another
 * connection, which has bytes waiting, must not touch it. */
static struct echo *neighbour;

static void free_neighbour(struct echo *echo, const struct ouro_ws_message *message)
{
    (void)echo;
    char before[64];
    memcpy(before, message->data, message->len);
    ouro_ws_close(neighbour->ws, 4000, NULL);
    neighbour->ws = ouro_ws_free(neighbour->ws);
    ck_assert_mem_eq(before, message->data, message->len);
}

SIM_TEST(one_connection_frees_another)
{
    struct echo first = {.mode = CONSUMER, .on_message = free_neighbour};
    struct echo second = {.mode = CONSUMER};
    struct talk talks[2];
    neighbour = &second;
    open_echo(&talks[0], &first);
    open_echo(&talks[1], &second);
    settle();
    say_frame(&talks[0], FIN | TEXT, "untouched", 9);
    say_frame(&talks[1], FIN | TEXT, "!!!!!!!!!!!!!!!!", 16);
    char *heard = understand_all(&talks[1]);
    ck_assert_int_eq(count_of(heard, "close:4000:\n"), 1);
    free(heard);
    ck_assert_int_eq(first.messages, 1);
    ck_assert_int_eq(talk_close(&talks[1]), 0);
    finish(&talks[0], &first);
    return 0;
}

/* --- busy and idle ---------------------------------------------------------------------------- */

static int send_for_long(void *arg)
{
    struct talk *talk = arg;
    struct ouro_buf out = {0};
    char *data = calloc(1, 60000);
    for (int i = 0; i < 100; i++)
        put_frame(&out, FIN | BINARY, data, 60000);
    int rc = ouro_write(talk->client, out.data, out.len, OURO_FOREVER);
    free(data);
    ouro_buf_done(&out);
    return rc;
}

static void only_count(struct echo *echo, const struct ouro_ws_message *message)
{
    (void)echo, (void)message;
}

/* Over real sockets, where six megabytes can be here at once. */
static void open_real(struct talk *talk, struct echo *echo)
{
    struct ouro_listener *listener;
    *talk = (struct talk){.handler = serve_echo, .ud = echo};
    ck_assert_int_eq(ouro_listen("127.0.0.1:0", NULL, &listener), 0);
    ck_assert_int_eq(ouro_connect(ouro_listener_address(listener), SOON, &talk->client), 0);
    ck_assert_int_eq(ouro_accept(listener, SOON, &talk->stream), 0);
    ouro_listener_close(listener);
    talk->server = started(talk_serve, talk);
    say(talk, HANDSHAKE);
}

/* As finish(); when a busy system tells the server of the end is its own affair. */
static void finish_real(struct talk *talk, struct echo *echo)
{
    int64_t deadline = SOON;
    ck_assert_int_eq(talk_close(talk), 0);
    while (!echo->closed && ouro_now() < deadline)
        ck_assert_int_eq(ouro_sleep(OURO_MS(1)), 0);
    ck_assert_int_eq(echo->closed, 1);
}

static void await_messages(struct echo *echo, int count)
{
    int64_t deadline = SOON;
    while (echo->messages < count && ouro_now() < deadline)
        ck_assert_int_eq(ouro_sleep(OURO_MS(1)), 0);
    ck_assert_int_eq(echo->messages, count);
}

REAL_TEST(a_busy_sender_is_heard_whole_and_stops_nobody)
{
    for (enum mode mode = TASK; mode < MODES; mode++) {
        struct echo busy = {.mode = mode, .on_message = only_count}, quiet = {.mode = CONSUMER};
        struct talk talks[2];
        open_real(&talks[0], &busy);
        open_real(&talks[1], &quiet);
        struct ouro_task *sender = started(send_for_long, &talks[0]);
        for (int i = 0; i < 20; i++) {
            say_frame(&talks[1], FIN | TEXT, "hi", 2);
            await_messages(&quiet, i + 1);
        }
        ck_assert_int_eq(status_of(sender), 0);
        await_messages(&busy, 100);
        finish_real(&talks[0], &busy);
        finish_real(&talks[1], &quiet);
    }
    return 0;
}

/* As much as the sockets hold is here at once; no turn of the loop hears more than its share. */
REAL_TEST(a_turn_hears_no_more_than_its_share)
{
    enum { SHARE = 20 }; /* messages in 16 reads of at most a bit over 64 KiB */
    for (enum mode mode = TASK; mode < MODES; mode++) {
        struct echo echo = {.mode = mode, .on_message = only_count};
        struct talk talk;
        struct ouro_buf out = {0};
        char *data = calloc(1, 60000);
        open_real(&talk, &echo);
        settle();
        for (int i = 0; i < 200; i++)
            put_frame(&out, FIN | BINARY, data, 60000);
        int put = ouro_stream_try_write(talk.client, out.data, out.len);
        ck_assert_int_gt(put, 30 * 60000); /* else this proves nothing */
        for (int before = 0, turn = 0; turn < 1000; turn++, before = echo.messages) {
            ck_assert_int_eq(ouro_yield(), 0);
            ck_assert_int_le(echo.messages - before, SHARE);
        }
        free(data);
        ouro_buf_done(&out);
        finish_real(&talk, &echo);
    }
    return 0;
}

enum { FRAMES = 8000, SHARE_OF_FRAMES = 1024 };

/* Eight thousand frames without content, which one read brings, and a message behind them. */
static void say_many_frames(struct talk *talk, int first)
{
    struct ouro_buf out = {0};
    settle();
    for (int i = 0; i < FRAMES; i++)
        put_frame(&out, first, "", 0);
    put_text(&out, "the last one");
    ck_assert_int_eq(ouro_stream_try_write(talk->client, out.data, out.len), (int)out.len);
    ouro_buf_done(&out);
}

REAL_TEST(a_turn_hears_no_more_than_its_share_of_small_messages)
{
    for (enum mode mode = TASK; mode < MODES; mode++) {
        struct echo echo = {.mode = mode, .on_message = only_count};
        struct talk talk;
        open_real(&talk, &echo);
        say_many_frames(&talk, FIN | TEXT);
        for (int before = 0; echo.messages <= FRAMES; before = echo.messages) {
            ck_assert_int_eq(ouro_yield(), 0);
            ck_assert_int_le(echo.messages - before, SHARE_OF_FRAMES);
        }
        finish_real(&talk, &echo);
    }
    return 0;
}

/* Seen by the pongs: each turn begins to answer them one by one. */
REAL_TEST(a_turn_hears_no_more_than_its_share_of_pings)
{
    for (enum mode mode = TASK; mode < MODES; mode++) {
        struct echo echo = {.mode = mode};
        struct talk talk;
        open_real(&talk, &echo);
        say_many_frames(&talk, FIN | PING);
        say_frame(&talk, FIN | CLOSE, "\x03\xe8", 2);
        char *heard = understand_all(&talk);
        ck_assert_int_gt(count_of(heard, "pong:\n"), FRAMES / SHARE_OF_FRAMES * 16);
        ck_assert_ptr_nonnull(strstr(heard, "pong:\ntext:the last one\nclose:1000:\n"));
        free(heard);
        finish_real(&talk, &echo);
    }
    return 0;
}

/* Between the fragments of a message, too, which is put together as if they had not been there. */
REAL_TEST(a_message_with_thousands_of_pings_inside)
{
    for (enum mode mode = TASK; mode < MODES; mode++) {
        struct echo echo = {.mode = mode};
        struct talk talk;
        struct ouro_buf out = {0};
        open_real(&talk, &echo);
        put_frame(&out, TEXT, "begun, ", 7);
        for (int i = 0; i < 5000; i++)
            put_frame(&out, FIN | PING, "p", 1);
        put_frame(&out, FIN | CONTINUATION, "and ended", 9);
        put_close(&out, 1000);
        say_bytes(&talk, out.data, out.len);
        char *heard = understand_all(&talk);
        ck_assert_ptr_nonnull(strstr(heard, "pong:p\ntext:begun, and ended\nclose:1000:\n"));
        free(heard);
        ouro_buf_done(&out);
        finish_real(&talk, &echo);
    }
    return 0;
}

/* To copy what has come with each few frames would take seconds for some megabytes, in which nobody
 * else is heard. */
SIM_TEST(a_long_message_in_short_frames_is_seldom_moved)
{
    enum { FRAMES_OF_IT = 2000, FRAME_BYTES = 500, MOVES_MAX = 50 };
    static const struct ouro_ws_options options = {.message_bytes_max = FRAMES_OF_IT * FRAME_BYTES,
                                                   .fragments_max = FRAMES_OF_IT};
    for (enum mode mode = TASK; mode < MODES; mode++) {
        struct echo echo = {.mode = mode, .options = &options, .on_message = only_count};
        struct talk talk;
        const void *before = NULL;
        char data[FRAME_BYTES] = "";
        int moves = 0;
        open_echo(&talk, &echo);
        settle();
        for (int i = 1; i <= FRAMES_OF_IT; i++) {
            ck_assert_int_eq(echo.messages, 0);
            say_frame(&talk, (i == 1 ? BINARY : CONTINUATION) | (i == FRAMES_OF_IT ? FIN : 0), data,
                      sizeof data);
            settle();
            moves += echo.ws->kept != before;
            before = echo.ws->kept;
        }
        ck_assert_int_eq(echo.messages, 1);
        ck_assert_int_le(moves, MOVES_MAX);
        finish(&talk, &echo);
    }
    return 0;
}

static void close_at_once(struct echo *echo, const struct ouro_ws_message *message)
{
    (void)message;
    ouro_ws_close(echo->ws, 4000, NULL);
}

/* The client's answer stands behind megabytes that are here already and make no edge any more. */
REAL_TEST(a_busy_sender_is_closed_without_delay)
{
    for (enum mode mode = TASK; mode < MODES; mode++) {
        struct echo echo = {.mode = mode, .on_message = close_at_once};
        struct talk talk;
        open_real(&talk, &echo);
        int64_t start = ouro_now();
        ck_assert_int_eq(send_for_long(&talk), 0);
        say_frame(&talk, FIN | CLOSE, "\x0f\xa0", 2);
        char *heard = understand_all(&talk);
        ck_assert_str_eq(heard, "close:4000:\n");
        free(heard);
        finish_real(&talk, &echo);
        ouro_sleep(OURO_MS(10));
        ck_assert_int_lt(ouro_now() - start, OURO_MS(1900));
    }
    return 0;
}

/* Data and end in one edge: both are heard. Over a socket the kernel tells only once. */
REAL_TEST(a_message_and_the_end_come_together)
{
    for (enum mode mode = TASK; mode < MODES; mode++) {
        for (int i = 0; i < 50; i++) {
            struct echo echo = {.mode = mode};
            struct talk talk;
            struct ouro_buf said = {0};
            open_real(&talk, &echo);
            if (i & 1)
                ouro_sleep(OURO_MS(1));
            put_text(&said, "last words");
            say_bytes(&talk, said.data, said.len);
            ouro_buf_done(&said);
            ck_assert_int_eq(talk_close(&talk), 0);
            for (int turn = 0; turn < 1000 && !echo.closed; turn++)
                ouro_sleep(OURO_MS(1));
            ck_assert_int_eq(echo.messages, 1);
            ck_assert_int_eq(echo.closed, 1);
        }
    }
    return 0;
}

REAL_TEST(an_idle_connection_is_small)
{
    struct echo echo = {.mode = CONSUMER};
    struct talk talk;
    open_real(&talk, &echo);
    say_frame(&talk, FIN | TEXT, "hello", 5);
    await_messages(&echo, 1);
    size_t before = mallinfo2().uordblks;
    size_t ws_bytes = malloc_usable_size(echo.ws);
    size_t stream_bytes = malloc_usable_size(ouro_ws_stream(echo.ws));
    ck_assert_msg(ws_bytes + stream_bytes < 450, "%zu and %zu bytes", ws_bytes, stream_bytes);
    printf("an idle WebSocket: %zu bytes, its stream: %zu\n", ws_bytes, stream_bytes);
    /* A message in two pieces is kept in between, and nothing of it afterwards. */
    say_frame(&talk, TEXT, "half", 4);
    ouro_sleep(OURO_MS(20));
    say_frame(&talk, FIN | CONTINUATION, "half", 4);
    await_messages(&echo, 2);
    ck_assert_uint_le(mallinfo2().uordblks, before + 64);
    finish_real(&talk, &echo);
    return 0;
}

/* --- chance ----------------------------------------------------------------------------------- */

/* A random conversation, and what a client must hear of an echo, put together by somebody who knows
 * nothing of buffers. */
struct script {
    struct ouro_rng rng;
    struct ouro_buf said, heard;
    uint16_t code;
};

static uint32_t below(struct script *script, uint32_t bound)
{
    return ouro_rng_below(&script->rng, bound);
}

static size_t random_payload(struct script *script, char *payload, uint32_t bound)
{
    size_t len = below(script, 4) ? below(script, 12) : below(script, bound);
    for (size_t i = 0; i < len; i++)
        payload[i] = (char)('a' + below(script, 26));
    return len;
}

static void add_control(struct script *script)
{
    char payload[OURO__WS_CONTROL_BYTES_MAX];
    size_t len = random_payload(script, payload, sizeof payload + 1);
    bool ping = below(script, 2);
    put_frame(&script->said, FIN | (ping ? PING : PONG), payload, len);
    if (ping)
        ouro_buf_printf(&script->heard, "pong:%.*s\n", (int)len, payload);
}

/* In one frame or in several, with pings in between: those are answered first. */
static void add_message(struct script *script)
{
    char payload[2000];
    int kind = below(script, 2) ? TEXT : BINARY, opcode = kind;
    size_t len = random_payload(script, payload, sizeof payload), at = 0;
    while (below(script, 2)) {
        size_t piece = below(script, (uint32_t)(len - at) + 1);
        put_frame(&script->said, opcode, payload + at, piece);
        at += piece;
        opcode = CONTINUATION;
        if (below(script, 3) == 0)
            add_control(script);
    }
    put_frame(&script->said, FIN | opcode, payload + at, len - at);
    ouro_buf_printf(&script->heard, "%s:%.*s\n", kind == TEXT ? "text" : "binary", (int)len,
                    payload);
}

/* The client closes, breaks a rule, wishes the server to close, or just goes. */
static void add_end(struct script *script)
{
    static const uint16_t codes[] = {1000, 1001, 1011, 3000, 4999};
    char much[2001] = "";
    size_t heard;
    switch (below(script, 6)) {
    case 0:
        script->code = codes[below(script, 5)];
        put_close(&script->said, script->code);
        ouro_buf_printf(&script->heard, "close:%d:\n", script->code);
        break;
    case 1:
        script->code = 1009;
        put_frame(&script->said, FIN | TEXT, much, sizeof much);
        ouro_buf_puts(&script->heard, "close:1009:message too long\n");
        break;
    case 2:
        script->code = 1007;
        put_frame(&script->said, below(script, 2) ? TEXT : FIN | TEXT, "a\xc0\xaf", 3);
        ouro_buf_puts(&script->heard, "close:1007:text is not UTF-8\n");
        break;
    case 3:
        script->code = 1002;
        put_frame(&script->said, BINARY, much, below(script, 100));
        put_frame(&script->said, FIN | TEXT, "x", 1);
        ouro_buf_puts(&script->heard, "close:1002:new message before the end of the last one\n");
        break;
    case 4:
        script->code = 4000;
        put_text(&script->said, "close");
        heard = script->heard.len;
        add_message(script); /* nobody listens to it any more */
        script->heard.len = heard;
        ouro_buf_puts(&script->heard, "close:4000:as you wish\n");
        if (below(script, 2)) /* else the timer ends it */
            put_close(&script->said, 1000);
        break;
    default:
        script->code = 1006;
        if (below(script, 2))
            put_frame(&script->said, TEXT, "never ends", below(script, 11));
    }
}

static struct script random_script(void)
{
    struct script script = {0};
    ouro_rng_seed(&script.rng, ouro_random());
    ouro_buf_puts(&script.said, HANDSHAKE);
    for (uint32_t left = below(&script, 20); left > 0; left--) {
        if (below(&script, 4) == 0)
            add_control(&script);
        else
            add_message(&script);
    }
    add_end(&script);
    ouro_buf_putc(&script.heard, '\0');
    return script;
}

static int random_conversation(void *arg)
{
    const int *number = arg;
    struct script script = random_script();
    struct ouro_ws_options options = {.message_bytes_max = 2000};
    struct echo echo = {.mode = (enum mode)below(&script, MODES), .options = &options};
    struct talk talk;
    talk_open(&talk, serve_echo, &echo, NULL);
    ck_assert(say_split(&talk, script.said.data, script.said.len, split_number(*number)));
    if (script.code == 1006)
        ouro_stream_shutdown(talk.client);
    char *heard = understand_all(&talk);
    ck_assert_msg(strcmp(heard, script.heard.data) == 0, "seed %d: heard '%s', not '%s'", *number,
                  heard, script.heard.data);
    finish_real(&talk, &echo);
    ck_assert_uint_eq(echo.code, script.code);
    free(heard);
    ouro_buf_done(&script.said);
    ouro_buf_done(&script.heard);
    return 0;
}

TEST(a_thousand_random_conversations)
{
    for (int seed = 0; seed < 1000; seed++)
        ck_assert_int_eq(ouro_sim_run((uint64_t)seed, NULL, random_conversation, &seed), 0);
}
