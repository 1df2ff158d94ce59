/* SPDX-License-Identifier: MIT */
/* Answers: their framing, in one or in pieces, and what is told of them. */
#include "ask.h"

/* --- in pieces -------------------------------------------------------------------------------- */

static int in_pieces(struct ouro_http *http, void *ud)
{
    int status = ud ? *(int *)ud : 200;
    int rc = ouro_http_begin(http, status, "text/plain");
    if (rc == 0)
        rc = ouro_http_write(http, "Hello, ", 7);
    if (rc == 0)
        rc = ouro_http_write(http, "", 0); /* would be the last chunk */
    if (rc == 0)
        rc = ouro_http_write(http, "world and all who live in it", 28);
    return rc == 0 ? ouro_http_end(http) : rc;
}

#define PIECES "7\r\nHello, \r\n1c\r\nworld and all who live in it\r\n0\r\n\r\n"

SIM_TEST(pieces_go_out_as_chunks)
{
    char *heard = ask_with(NULL, in_pieces, NULL,
                           "GET / HTTP/1.1\r\nHost: h\r\n\r\nGET / HTTP/1.1\r\nHost: h\r\n\r\n");
    ck_assert_int_eq(count_of(heard, "Transfer-Encoding: chunked\r\n"), 2);
    ck_assert_int_eq(count_of(heard, "\r\n\r\n" PIECES), 2); /* the connection goes on */
    ck_assert_int_eq(count_of(heard, "Content-Length"), 0);
    free(heard);
    return 0;
}

SIM_TEST(to_http_1_0_they_end_with_the_connection)
{
    char *heard =
        ask_with(NULL, in_pieces, NULL, "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\nGET /");
    ck_assert_int_eq(count_of(heard, "HTTP/1.1 "), 1);
    ck_assert_ptr_null(heard_field(heard, "Transfer-Encoding"));
    expect_field(heard, "Connection", "close");
    ck_assert_str_eq(heard_body(heard), "Hello, world and all who live in it");
    free(heard);
    return 0;
}

SIM_TEST(to_head_and_without_content_they_are_left_out)
{
    int status = 204;
    char *heard = ask_target(in_pieces, NULL, "HEAD", "/", "");
    expect_field(heard, "Transfer-Encoding", "chunked");
    ck_assert_str_eq(heard_body(heard), "");
    free(heard);
    heard = ask_target(in_pieces, &status, "GET", "/", "");
    ck_assert_ptr_null(heard_field(heard, "Transfer-Encoding"));
    ck_assert_ptr_null(heard_field(heard, "Content-Type"));
    ck_assert_str_eq(heard_body(heard), "");
    free(heard);
    return 0;
}

static int without_end(struct ouro_http *http, void *ud)
{
    int rc = ouro_http_begin(http, 200, "text/plain");
    if (rc == 0)
        rc = ouro_http_write(http, "half", 4);
    return rc == 0 ? *(int *)ud : rc;
}

SIM_TEST(an_answer_without_an_end_has_none_for_the_client)
{
    int results[] = {0, -EIO};
    for (size_t i = 0; i < 2; i++) {
        char *heard =
            ask_with(NULL, without_end, &results[i],
                     "GET / HTTP/1.1\r\nHost: h\r\n\r\nGET / HTTP/1.1\r\nHost: h\r\n\r\n");
        ck_assert_int_eq(count_of(heard, "HTTP/1.1 "), 1);
        ck_assert_str_eq(heard_body(heard), "4\r\nhalf\r\n");
        free(heard);
    }
    return 0;
}

/* Until it is told that it is enough. */
static int without_pause(struct ouro_http *http, void *ud)
{
    static const char much[65536];
    int rc = ouro_http_begin(http, 200, "a/b");
    while (rc == 0)
        rc = ouro_http_write(http, much, sizeof much);
    *(int *)ud = rc;
    return rc;
}

SIM_TEST(who_does_not_read_is_not_written_to_for_ever)
{
    struct ouro_http_options options = {.send_ns_max = OURO_SEC(3)};
    struct talk talk;
    int result = 0;
    talk_open(&talk, without_pause, &result, &options);
    say(&talk, "GET / HTTP/1.1\r\nHost: h\r\n\r\n");
    ck_assert_int_eq(status_of(talk.server), 0);
    ck_assert_int_eq(result, -ETIMEDOUT);
    ck_assert_int_eq(ouro_now() / OURO_SEC(1), 3);
    ouro_stream_close(talk.client);
    return 0;
}

static int drink(void *arg)
{
    char buf[65536];
    int rc = 1;
    while (rc > 0)
        rc = ouro_read(arg, buf, sizeof buf, OURO_FOREVER);
    return 0;
}

SIM_TEST(a_stream_that_always_goes_on_can_be_cancelled)
{
    struct talk talk;
    int result = 0;
    talk_open(&talk, without_pause, &result, NULL);
    say(&talk, "GET / HTTP/1.1\r\nHost: h\r\n\r\n");
    struct ouro_task *drinker = started(drink, talk.client);
    ck_assert_int_eq(ouro_sleep(OURO_US(100)), 0);
    ouro_cancel(talk.server);
    ck_assert_int_eq(status_of(talk.server), -ECANCELED);
    ck_assert_int_eq(result, -ECANCELED);
    ck_assert_int_eq(status_of(drinker), 0);
    ouro_stream_close(talk.client);
    return 0;
}

/* --- the id ----------------------------------------------------------------------------------- */

static int tell_id(struct ouro_http *http, void *ud)
{
    (void)ud;
    return ouro_http_respond_text(http, 200, ouro_http_id(http));
}

SIM_TEST(a_sane_id_is_taken_over)
{
    static const char *const sane[] = {
        "a", "A-1_2.z", "0123456789012345678901234567890123456789012345678901234567890123"};
    for (size_t i = 0; i < sizeof sane / sizeof *sane; i++) {
        char fields[256];
        snprintf(fields, sizeof fields, "X-Request-Id: %s\r\n", sane[i]);
        char *heard = ask_target(tell_id, NULL, "GET", "/", fields);
        expect_field(heard, "X-Request-Id", sane[i]);
        ck_assert_str_eq(heard_body(heard), sane[i]);
        free(heard);
    }
    return 0;
}

SIM_TEST(else_it_is_made)
{
    static const char *const fields[] = {
        "",
        "X-Request-Id: \r\n",
        "X-Request-Id: a b\r\n",
        "X-Request-Id: \"x\"\r\n",
        "X-Request-Id: a\xc3\xa4\r\n",
        "X-Request-Id: a\r\nX-Request-Id: b\r\n",
        "X-Request-Id: 01234567890123456789012345678901234567890123456789012345678901234\r\n",
    };
    char last[OURO_HTTP_ID_BYTES] = "";
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
        char *heard = ask_target(tell_id, NULL, "GET", "/", fields[i]);
        const char *id = heard_field(heard, "X-Request-Id");
        ck_assert_uint_eq(strspn(id, "0123456789abcdef"), 16);
        ck_assert_uint_eq(strlen(id), 16);
        ck_assert_str_ne(id, last);
        snprintf(last, sizeof last, "%s", id);
        free(heard);
    }
    return 0;
}

/* --- the access ------------------------------------------------------------------------------- */

static void note(const struct ouro_http_access *access, void *said)
{
    ouro_buf_printf(said, "[%s %s %d %llu %lldms]", access->method, access->path, access->status,
                    (unsigned long long)access->sent_bytes,
                    (long long)(access->duration_ns / OURO_MS(1)));
    ck_assert_str_eq(access->peer, "memory");
    ck_assert_uint_gt(strlen(access->id), 0);
}

static int after_a_while(struct ouro_http *http, void *ud)
{
    (void)ud;
    int rc = ouro_sleep(OURO_MS(250));
    return rc == 0 ? ouro_http_respond_text(http, 200, "fine") : rc;
}

static void expect_told(ouro_http_handler *handler, void *ud, const char *said, const char *told)
{
    struct ouro_buf notes = {0};
    struct ouro_http_options options = {.on_access = note, .access_ud = &notes};
    free(ask_with(&options, handler, ud, said));
    ouro_buf_putc(&notes, '\0');
    ck_assert_str_eq(notes.data, told);
    ouro_buf_done(&notes);
}

#define END " HTTP/1.1\r\nHost: h\r\n\r\n"
#define UPGRADE                                                             \
    " HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n" \
    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"

SIM_TEST(each_request_is_told_of)
{
    int result = 0;
    expect_told(after_a_while, NULL, "GET /a%20b?secret" END "HEAD /" END,
                "[GET /a%20b 200 4 250ms][HEAD / 200 0 250ms]");
    expect_told(in_pieces, NULL, "GET /" END, "[GET / 200 35 0ms]");
    expect_told(without_end, &result, "GET /" END, "[GET / 200 4 0ms]");
    return 0;
}

SIM_TEST(a_refusal_is_told_of_as_well)
{
    expect_told(tell_id, NULL, "nonsense\r\n\r\n", "[  400 20 0ms]");
    expect_told(tell_id, NULL, "OPTIONS *" END, "[OPTIONS * 204 0 0ms]");
    expect_told(tell_id, NULL, "", "");
    return 0;
}

static int upgrade(struct ouro_http *http, void *ud)
{
    (void)ud;
    struct ouro_ws *ws;
    int rc = ouro_ws_accept(http, NULL, &ws);
    if (rc < 0)
        return rc;
    rc = ouro_sleep(OURO_SEC(5)); /* told of when it begins, not when it is over */
    ouro_ws_free(ws);
    return rc;
}

SIM_TEST(a_websocket_is_told_of_when_it_begins)
{
    expect_told(upgrade, NULL, "GET /c" UPGRADE, "[GET /c 101 0 0ms]");
    return 0;
}

static void expect_id(const struct ouro_http_access *access, void *ids)
{
    ouro_buf_printf(ids, "X-Request-Id: %s\r\n", access->id);
}

/* What is in the log, the client can ask about: it was sent the id, whatever it had said. */
SIM_TEST(each_id_that_is_told_was_sent)
{
    static const char *const said[] = {"nonsense\r\n\r\n", "OPTIONS *" END, "CONNECT h:1" END,
                                       "GET /" END, "GET /" UPGRADE};
    for (size_t i = 0; i < sizeof said / sizeof *said; i++) {
        struct ouro_buf ids = {0};
        struct ouro_http_options options = {.on_access = expect_id, .access_ud = &ids};
        char *heard = ask_with(&options, upgrade, NULL, said[i]);
        ouro_buf_putc(&ids, '\0');
        ck_assert_msg(strstr(heard, ids.data), "%s is not in %s", ids.data, heard);
        ck_assert_int_eq(count_of(heard, "X-Request-Id: "), 1);
        ouro_buf_done(&ids);
        free(heard);
    }
    return 0;
}

SIM_TEST(an_access_is_one_line_of_json)
{
    char path[3000];
    memset(path, 'x', sizeof path);
    path[sizeof path - 1] = '\0';
    const struct ouro_http_access row = {.id = "a\"b\\",
                                         .peer = "unix:\xff",
                                         .method = "GET",
                                         .path = "/a\r\n\x1b[2J\"}",
                                         .status = 200,
                                         .sent_bytes = 7,
                                         .duration_ns = OURO_US(84)};
    struct ouro_buf line = {0};
    ouro_http_access_json(&row, &line);
    ouro_buf_putc(&line, '\0');
    ck_assert_str_eq(line.data,
                     "{\"time\":\"2026-01-01T00:00:00.000Z\",\"id\":\"a\\\"b\\\\\",\"peer\":null,"
                     "\"method\":\"GET\",\"path\":\"/a\\u000d\\n\\u001b[2J\\\"}\",\"status\":200,"
                     "\"sent_bytes\":7,\"duration_us\":84}");
    ouro_buf_clear(&line);
    struct ouro_http_access longer = row;
    longer.path = path;
    ouro_http_access_json(&longer, &line);
    ck_assert_uint_lt(line.len, 2000); /* a line of the log has no more room */
    ck_assert_int_eq(line.data[line.len - 1], '}');
    ouro_buf_done(&line);
    return 0;
}

static void take_line(enum ouro_log_level level, const char *line, void *ud)
{
    ck_assert_int_eq(level, OURO_LOG_INFO);
    ouro_buf_puts(ud, line);
}

SIM_TEST(the_log_gets_that_line)
{
    struct ouro_buf lines = {0};
    struct ouro_http_options options = {.on_access = ouro_http_access_log};
    ouro_log_to(take_line, &lines);
    free(ask_with(&options, tell_id, NULL,
                  "GET /x HTTP/1.1\r\nHost: h\r\nX-Request-Id: me\r\n\r\n"));
    ouro_log_to(NULL, NULL);
    ouro_buf_putc(&lines, '\0');
    ck_assert_str_eq(lines.data,
                     "{\"time\":\"2026-01-01T00:00:00.000Z\",\"id\":\"me\",\"peer\":\"memory\","
                     "\"method\":\"GET\",\"path\":\"/x\",\"status\":200,\"sent_bytes\":2,"
                     "\"duration_us\":0}");
    ouro_buf_done(&lines);
    return 0;
}
