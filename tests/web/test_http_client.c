/* SPDX-License-Identifier: MIT */
/* The client of HTTP: against our own server, and against servers that say whatever they like. */
#include "talk.h"

#include "web/url.h"

/* --- URLs ------------------------------------------------------------------------------------- */

TEST(urls)
{
    static const struct {
        const char *text, *host, *target;
        bool tls;
        int port; /* 0: refused */
    } rows[] = {
        {"http://h", "h", "/", false, 80},
        {"HTTP://h/", "h", "/", false, 80},
        {"https://example.org/a?b=c", "example.org", "/a?b=c", true, 443},
        {"http://10.0.0.7:8080/x", "10.0.0.7", "/x", false, 8080},
        {"http://[::1]:81/x", "::1", "/x", false, 81},
        {"https://[::1]", "::1", "/", true, 443},
        {"http://h:/x", "h", "/x", false, 80},
        {"ftp://h/", "", "", false, 0},
        {"httpss://h/", "", "", false, 0},
        {"http:/h/", "", "", false, 0},
        {"http://", "", "", false, 0},
        {"http:///x", "", "", false, 0},
        {"http://h:0/", "", "", false, 0},
        {"http://h:65536/", "", "", false, 0},
        {"http://h:x/", "", "", false, 0},
        {"http://user@h/", "", "", false, 0},
        {"http://[::1/", "", "", false, 0},
        {"http://h/#fragment", "", "", false, 0},
        {"http://h#fragment", "", "", false, 0},
        {"http://h?query", "", "", false, 0},
        {"http://h/a b", "", "", false, 0},
        {"http://h/%4", "", "", false, 0},
        {"http://h/\r\nX: y", "", "", false, 0},
        {"http://h\r\n/", "", "", false, 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct ouro__url url;
        int rc = ouro__url_parse(rows[i].text, "http", &url);
        ck_assert_msg(rc == (rows[i].port ? 0 : -EINVAL), "%s: %d", rows[i].text, rc);
        if (rc < 0)
            continue;
        ck_assert_msg(ouro__slice_same(url.host, rows[i].host), "%s", rows[i].text);
        ck_assert_msg(ouro__slice_same(url.target, rows[i].target), "%s", rows[i].text);
        ck_assert_int_eq(url.port, rows[i].port);
        ck_assert_int_eq(url.tls, rows[i].tls);
    }
}

/* --- a server that says what it is told to -----------------------------------------------------
 */

struct script {
    const char *const *answers; /* one for each request, ended by NULL; then it ends */
    struct split split;
    struct ouro_stream *stream;
    struct ouro_buf heard;
};

static void hear_head(struct script *script)
{
    for (int rc = 1; rc > 0 && !memmem(script->heard.data ? script->heard.data : "",
                                       script->heard.len, "\r\n\r\n", 4);) {
        char *room = ouro_buf_reserve(&script->heard, 4096);
        rc = ouro_read(script->stream, room, 4096, SOON);
        script->heard.len += rc > 0 ? (size_t)rc : 0;
    }
}

static int play(void *arg)
{
    struct script *script = arg;
    for (const char *const *answer = script->answers; *answer; answer++) {
        ouro_buf_clear(&script->heard);
        hear_head(script);
        for (size_t at = 0, len = strlen(*answer); at < len;) {
            size_t piece = split_next(&script->split, len - at);
            if (ouro_write(script->stream, *answer + at, piece, SOON) < 0)
                break;
            at += piece;
            ouro_yield();
        }
    }
    ouro_buf_putc(&script->heard, '\0');
    ouro_stream_close(script->stream);
    return 0;
}

static struct ouro_task *begin_script(struct script *script, struct ouro_http_client **ret_client)
{
    struct ouro_stream *ends[2];
    ck_assert_int_eq(ouro_stream_pair(ends), 0);
    script->stream = ends[1];
    struct ouro_http_via via = {.stream = ends[0]};
    ck_assert_int_eq(ouro_http_client_open("http://example.org:81/x", &via, SOON, ret_client), 0);
    return started(play, script);
}

#define OK "HTTP/1.1 200 OK\r\n"

static const struct {
    const char *method, *answer;
    int status;
    const char *body; /* NULL: it fails with... */
    int rc;
    int again; /* what a second request says: its status, or an error */
} rows[] = {
    {"GET", OK "Content-Length: 5\r\n\r\nhello", 200, "hello", 0, 204},
    {"GET", OK "Content-Length: 0\r\n\r\n", 200, "", 0, 204},
    {"HEAD", OK "Content-Length: 5\r\n\r\n", 200, "", 0, 204},
    {"GET", "HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n", 304, "", 0, 204},
    {"DELETE", "HTTP/1.1 204 \r\n\r\n", 204, "", 0, 204},
    {"GET", OK "Transfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n2;x=y\r\nlo\r\n0\r\nT: x\r\n\r\n",
     200, "hello", 0, 204},
    {"GET", OK "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 200, "", 0, 204},
    {"GET", OK "\r\nhello", 200, "hello", 0, -OURO_ECLOSED},
    {"GET", OK "Connection: close\r\nContent-Length: 5\r\n\r\nhello", 200, "hello", 0,
     -OURO_ECLOSED},
    {"GET", "HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\nhello", 200, "hello", 0, -OURO_ECLOSED},
    {"GET", "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 1\r\n\r\nx", 200, "x", 0,
     204},
    {"POST",
     "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" OK
     "Content-Length: 2\r\n\r\nok",
     200, "ok", 0, 204},
    {"GET", "HTTP/1.1 301 Moved\r\nLocation: /y\r\nContent-Length: 1\r\n\r\nx", 301, "x", 0, 204},
    {"GET", "HTTP/1.1 500 No\r\nContent-Length: 2\r\n\r\nno", 500, "no", 0, 204},
    /* what breaks off, or breaks the rules */
    {"GET", "", -OURO_ECLOSED, NULL, 0, -OURO_ECLOSED},
    {"GET", "HTTP/1.1 200", -OURO_ECLOSED, NULL, 0, -OURO_ECLOSED},
    {"GET", "SSH-2.0-x\r\n\r\n", -OURO_EMALFORMED, NULL, 0, -OURO_ECLOSED},
    {"GET", "HTTP/1.1 101 Switching\r\n\r\n", -OURO_EMALFORMED, NULL, 0, -OURO_ECLOSED},
    {"GET", OK "Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello", -OURO_EMALFORMED, NULL, 0,
     -OURO_ECLOSED},
    {"GET", OK "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n", -OURO_EMALFORMED, NULL, 0,
     -OURO_ECLOSED},
    {"GET", OK "Content-Length: 6\r\n\r\nhello", 200, NULL, -OURO_ECLOSED, -EBUSY},
    {"GET", OK "Transfer-Encoding: chunked\r\n\r\n5\r\nhel", 200, NULL, -OURO_ECLOSED, -EBUSY},
    {"GET", OK "Transfer-Encoding: chunked\r\n\r\n5\r\nhelloX", 200, NULL, -OURO_EMALFORMED,
     -EBUSY},
    {"GET", OK "Transfer-Encoding: chunked\r\n\r\nzz\r\n", 200, NULL, -OURO_EMALFORMED, -EBUSY},
    {"GET", OK "Content-Length: 1001\r\n\r\n", 200, NULL, -OURO_ECLOSED, -EBUSY},
};

static void ask_twice(size_t i, int split)
{
    const char *const answers[] = {rows[i].answer, "HTTP/1.1 204 \r\n\r\n", NULL};
    const char *const last[] = {rows[i].answer, NULL};
    struct script script = {.split = split_number(split)};
    script.answers = rows[i].again == 204 ? answers : last;
    struct ouro_http_client *client;
    struct ouro_task *server = begin_script(&script, &client);
    struct ouro_http_ask ask = {.method = rows[i].method, .target = "/a?b"};
    const char *body;
    size_t len;
    int rc = ouro_http_client_ask(client, &ask, SOON);
    ck_assert_msg(rc == rows[i].status, "%zu: %d", i, rc);
    if (rc >= 0) {
        rc = ouro_http_client_body(client, 1000, SOON, &body, &len);
        ck_assert_msg(rc == (rows[i].body ? 0 : rows[i].rc), "%zu, split %d: %d", i, split, rc);
    }
    if (rc == 0) {
        ck_assert_uint_eq(len, strlen(rows[i].body));
        ck_assert_mem_eq(body, rows[i].body, len);
    }
    rc = ouro_http_client_ask(client, &ask, SOON);
    ck_assert_msg(rc == rows[i].again, "%zu again: %d", i, rc);
    ouro_http_client_close(client);
    ck_assert_int_eq(status_of(server), 0);
    ouro_buf_done(&script.heard);
}

SIM_TEST(answers_of_all_kinds_in_all_pieces)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        for (int split = 0; split < 20; split++)
            ask_twice(i, split);
    return 0;
}

SIM_TEST(what_a_request_looks_like)
{
    static const char *const answers[] = {"HTTP/1.1 204 \r\nX: y \r\n\r\n", NULL};
    struct script script = {.answers = answers};
    struct ouro_http_client *client;
    struct ouro_task *server = begin_script(&script, &client);
    struct ouro_http_ask ask = {.method = "POST", .fields = "A: b\r\n"};
    ck_assert_int_eq(ouro_http_client_ask(client, &ask, SOON), 204);
    ck_assert_str_eq(ouro_http_client_header(client, "x"), "y");
    ck_assert_ptr_null(ouro_http_client_header(client, "z"));
    ck_assert_int_eq(status_of(server), 0);
    ck_assert_str_eq(script.heard.data, "POST / HTTP/1.1\r\nHost: example.org:81\r\n"
                                        "Content-Length: 0\r\nA: b\r\n\r\n");
    ouro_http_client_close(client);
    ouro_buf_done(&script.heard);
    return 0;
}

SIM_TEST(requests_that_are_not_sent)
{
    static const char *const answers[] = {OK "Content-Length: 5\r\n\r\nhello", NULL};
    struct script script = {.answers = answers};
    struct ouro_http_client *client;
    struct ouro_task *server = begin_script(&script, &client);
    static const struct ouro_http_ask bad[] = {
        {.method = "get"},      {.method = "CONNECT"},      {.method = "X"},
        {.target = "x"},        {.target = "/a b"},         {.target = ""},
        {.target = "/\r\nX: "}, {.target = "http://h/abs"}, {.method = "GET /"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        ck_assert_int_eq(ouro_http_client_ask(client, &bad[i], SOON), -EINVAL);
    ck_assert_int_eq(ouro_http_client_ask(client, &(struct ouro_http_ask){0}, SOON), 200);
    ck_assert_int_eq(ouro_http_client_ask(client, &(struct ouro_http_ask){0}, SOON), -EBUSY);
    ouro_http_client_close(client);
    ck_assert_int_eq(status_of(server), 0);
    ouro_buf_done(&script.heard);
    return 0;
}

/* Bytes that come unasked would be taken for the answer of the next request. */
SIM_TEST(an_answer_to_no_question)
{
    static const char *const answers[] = {
        OK "Content-Length: 2\r\n\r\nok" OK "Content-Length: 4\r\n\r\nevil", NULL};
    struct script script = {.answers = answers};
    struct ouro_http_client *client;
    struct ouro_task *server = begin_script(&script, &client);
    const char *body;
    size_t len;
    ck_assert_int_eq(ouro_http_client_ask(client, &(struct ouro_http_ask){0}, SOON), 200);
    ck_assert_int_eq(ouro_http_client_body(client, 10, SOON, &body, &len), 0);
    ck_assert_int_eq(ouro_http_client_ask(client, &(struct ouro_http_ask){0}, SOON),
                     -OURO_EMALFORMED);
    ouro_http_client_close(client);
    ck_assert_int_eq(status_of(server), 0);
    ouro_buf_done(&script.heard);
    return 0;
}

static void bounded(const char *answer, int status, int rc_expected)
{
    const char *const answers[] = {answer, NULL};
    struct script script = {.answers = answers};
    struct ouro_http_client *client;
    struct ouro_task *server = begin_script(&script, &client);
    const char *body;
    size_t len;
    int rc = ouro_http_client_ask(client, &(struct ouro_http_ask){0}, SOON);
    ck_assert_int_eq(rc, status);
    if (rc > 0)
        rc = ouro_http_client_body(client, 10, SOON, &body, &len);
    ck_assert_int_eq(rc, rc_expected);
    ouro_http_client_close(client);
    ck_assert_int_eq(status_of(server), 0);
    ouro_buf_done(&script.heard);
}

SIM_TEST(everything_is_bounded)
{
    struct ouro_buf many = {0};
    bounded(OK "Content-Length: 11\r\n\r\nhello world", 200, -OURO_ELIMIT);
    bounded(OK "\r\nhello world", 200, -OURO_ELIMIT);
    bounded(OK "Content-Length: 10\r\n\r\nhelloworld", 200, 0);
    for (int i = 0; i < 20; i++)
        ouro_buf_puts(&many, "HTTP/1.1 102 Processing\r\n\r\n");
    ouro_buf_putc(&many, '\0');
    bounded(many.data, -OURO_EMALFORMED, -OURO_EMALFORMED);
    ouro_buf_clear(&many);
    ouro_buf_puts(&many, OK);
    for (int i = 0; i < 2000; i++)
        ouro_buf_puts(&many, "X: 0123456789\r\n");
    ouro_buf_putc(&many, '\0');
    bounded(many.data, -OURO_EMALFORMED, -OURO_EMALFORMED);
    ouro_buf_done(&many);
    return 0;
}

SIM_TEST(a_server_that_says_nothing)
{
    struct ouro_stream *ends[2];
    struct ouro_http_client *client;
    ck_assert_int_eq(ouro_stream_pair(ends), 0);
    struct ouro_http_via via = {.stream = ends[0]};
    ck_assert_int_eq(ouro_http_client_open("http://h", &via, SOON, &client), 0);
    ck_assert_int_eq(
        ouro_http_client_ask(client, &(struct ouro_http_ask){0}, ouro_after(OURO_SEC(3))),
        -ETIMEDOUT);
    ouro_http_client_close(client);
    ouro_stream_close(ends[1]);
    return 0;
}

SIM_TEST(urls_that_lead_nowhere)
{
    struct ouro_http_client *client;
    struct ouro_stream *ends[2];
    ck_assert_int_eq(ouro_http_client_open("gopher://h", NULL, SOON, &client), -EINVAL);
    ck_assert_int_eq(ouro_http_client_open("https://h", NULL, SOON, &client), -EINVAL);
    ck_assert_int_eq(ouro_http_client_open("http://a.name", NULL, SOON, &client), -EINVAL);
    ck_assert_int_eq(ouro_http_client_open("http://10.0.0.9:1", NULL, SOON, &client),
                     -ECONNREFUSED);
    ck_assert_int_eq(ouro_stream_pair(ends), 0);
    struct ouro_http_via via = {.stream = ends[0]};
    char byte;
    ck_assert_int_eq(ouro_http_client_open("https://h", &via, SOON, &client), -EINVAL);
    ck_assert_int_eq(ouro_read(ends[1], &byte, 1, SOON), 0); /* it was closed */
    ouro_stream_close(ends[1]);
    ck_assert_ptr_null(ouro_http_client_close(NULL));
    return 0;
}

/* --- our own server, through the simulated network ----------------------------------------------
 */

static int echo(struct ouro_http *http, void *unused)
{
    const char *body;
    size_t len;
    (void)unused;
    int rc = ouro_http_body(http, &body, &len);
    if (rc < 0)
        return rc;
    if (len % 2 == 0)
        return ouro_http_respond(http, 200, "text/plain", body, len);
    rc = ouro_http_begin(http, 200, "text/plain");
    for (size_t at = 0; rc == 0 && at < len; at += 1000)
        rc = ouro_http_write(http, body + at, len - at < 1000 ? len - at : 1000);
    return rc < 0 ? rc : ouro_http_end(http);
}

static int serve_one(void *arg)
{
    struct ouro_stream *stream;
    int rc = ouro_accept(arg, SOON, &stream);
    return rc < 0 ? rc : ouro_http_serve(stream, echo, NULL, NULL);
}

SIM_TEST(many_requests_on_one_connection)
{
    struct ouro_listener *listener;
    struct ouro_http_client *client;
    ck_assert_int_eq(ouro_listen("unix:/tmp/echo", NULL, &listener), 0);
    struct ouro_task *server = started(serve_one, listener);
    struct ouro_http_via via = {.address = "unix:/tmp/echo"};
    ck_assert_int_eq(ouro_http_client_open("http://some.name/", &via, SOON, &client), 0);
    static char body[5000];
    for (size_t len = 0; len < sizeof body; len += 77) {
        const char *heard;
        size_t heard_len;
        memset(body, 'a' + (int)len % 26, len);
        struct ouro_http_ask ask = {.method = "PUT", .body = body, .len = len};
        ck_assert_int_eq(ouro_http_client_ask(client, &ask, SOON), 200);
        ck_assert_str_eq(ouro_http_client_header(client, "Content-Type"), "text/plain");
        ck_assert_int_eq(ouro_http_client_body(client, 5000, SOON, &heard, &heard_len), 0);
        ck_assert_uint_eq(heard_len, len);
        ck_assert_mem_eq(heard, body, len);
    }
    ouro_http_client_close(client);
    ck_assert_int_eq(status_of(server), 0);
    ouro_listener_close(listener);
    return 0;
}
