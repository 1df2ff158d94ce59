/* SPDX-License-Identifier: MIT */
/* The HTTP connection: requests in any pieces, answers, limits, and how it ends. */
#include "talk.h"

#include "web/http.h"

/* Every simulation begins at that time. */
#define DATE "Date: Thu, 01 Jan 2026 00:00:00 GMT\r\n"

/* Tells everything about a request, twice, with the body read in between: nothing that was said of
 * the head may change by it. */
static int tell(struct ouro_http *http, void *ud)
{
    int *calls = ud;
    char text[512];
    const char *body, *x = ouro_http_header(http, "x-test");
    size_t len;
    if (calls)
        ++*calls;
    int rc = ouro_http_body(http, &body, &len);
    if (rc < 0) {
        ck_assert_int_eq(ouro_http_body(http, &body, &len), rc); /* it does not get better */
        return rc;
    }
    ck_assert_ptr_eq(ouro_http_header(http, "X-Test"), x);
    ck_assert_ptr_null(ouro_http_header(http, "X-Other"));
    snprintf(text, sizeof text, "[%s %s ? %s x=%s body=%.*s]", ouro_http_method(http),
             ouro_http_path(http), ouro_http_query(http), x ? x : "-", (int)len, body);
    return ouro_http_respond_text(http, 200, text);
}

/* Answers without a look at the body. */
static int ignore_body(struct ouro_http *http, void *ud)
{
    (void)ud;
    return ouro_http_respond_text(http, 200, "fine");
}

static int fail_with(struct ouro_http *http, void *ud)
{
    (void)http;
    return *(int *)ud;
}

/* The client says all that, and no more will come; what it hears until the server ends. */
static char *exchange_bytes(ouro_http_handler *handler, void *ud,
                            const struct ouro_http_options *limits, const void *said, size_t len,
                            struct split split)
{
    struct talk talk;
    talk_open(&talk, handler, ud, limits);
    say_split(&talk, said, len, split);
    ouro_stream_shutdown(talk.client);
    char *heard = hear_all(&talk);
    ck_assert_int_eq(talk_close(&talk), 0);
    return heard;
}

static char *exchange_split(ouro_http_handler *handler, void *ud,
                            const struct ouro_http_options *limits, const char *said,
                            struct split split)
{
    return exchange_bytes(handler, ud, limits, said, strlen(said), split);
}

static char *exchange(ouro_http_handler *handler, const char *said)
{
    return exchange_split(handler, NULL, NULL, said, split_number(0));
}

static void expect_said(const char *heard, const char *part)
{
    ck_assert_msg(strstr(heard, part), "no '%s' in '%s'", part, heard);
}

static void expect_status(const char *heard, int status)
{
    char line[32];
    snprintf(line, sizeof line, "HTTP/1.1 %d ", status);
    ck_assert_msg(strncmp(heard, line, strlen(line)) == 0, "not %d: '%s'", status, heard);
}

/* --- requests --------------------------------------------------------------------------------- */

SIM_TEST(a_request_and_its_answer)
{
    char *heard = exchange(tell, "GET /a%20b?c=d HTTP/1.1\r\nHost: h\r\nX-Test:  v w \r\n\r\n");
    ck_assert_str_eq(heard, "HTTP/1.1 200 OK\r\n" DATE "Content-Type: text/plain; charset=utf-8\r\n"
                            "Content-Length: 30\r\n\r\n[GET /a%20b ? c=d x=v w body=]");
    free(heard);
    return 0;
}

/* Five requests on one connection, with every kind of body; what follows a body is found. */
static const char pipeline[] = "GET /one HTTP/1.1\r\nHost: h\r\n\r\n"
                               "POST /two HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhello"
                               "POST /three?q HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n"
                               "X-Test: kept\r\n\r\n3;x\r\nabc\r\n2\r\nde\r\n0\r\nT: t\r\n\r\n"
                               "\r\nHEAD /four HTTP/1.1\r\nHost: h\r\n\r\n"
                               "GET http://other?five HTTP/1.1\r\nHost: h\r\n\r\n";

static void expect_pipeline(const char *heard)
{
    ck_assert_int_eq(count_of(heard, "HTTP/1.1 200 OK\r\n"), 5);
    expect_said(heard, "[GET /one ?  x=- body=]");
    expect_said(heard, "[POST /two ?  x=- body=hello]");
    expect_said(heard, "[POST /three ? q x=kept body=abcde]");
    ck_assert_ptr_null(strstr(heard, "[HEAD"));
    expect_said(heard, "Content-Length: 25\r\n\r\nHTTP/1.1"); /* of HEAD: the length, no body */
    expect_said(heard, "[GET / ? five x=- body=]");
}

SIM_TEST(requests_are_found_however_they_are_split)
{
    for (int split = 0; split < 200; split++) {
        int calls = 0;
        char *heard = exchange_split(tell, &calls, NULL, pipeline, split_number(split));
        ck_assert_int_eq(calls, 5);
        expect_pipeline(heard);
        free(heard);
    }
    return 0;
}

static int note_path(struct ouro_http *http, void *paths)
{
    strcat(paths, ouro_http_path(http));
    return ouro_http_respond_text(http, 200, "noted");
}

/* A thousand requests in one piece would else be answered before anybody else has a turn. */
SIM_TEST(who_asks_much_at_once_is_answered_in_turn_with_others)
{
    struct talk greedy, modest;
    char paths[64] = "";
    talk_open(&greedy, note_path, paths, NULL);
    talk_open(&modest, note_path, paths, NULL);
    char requests[1024] = "";
    for (int i = 0; i < 20; i++)
        strcat(requests, "GET /1 HTTP/1.1\r\nHost: h\r\n\r\n");
    say(&greedy, requests);
    say(&modest, "GET /me HTTP/1.1\r\nHost: h\r\n\r\n");
    ouro_stream_shutdown(greedy.client);
    ouro_stream_shutdown(modest.client);
    free(hear_all(&greedy));
    free(hear_all(&modest));
    ck_assert_str_eq(paths, "/1/1/1/1/1/1/1/1/me/1/1/1/1/1/1/1/1/1/1/1/1");
    ck_assert_int_eq(talk_close(&greedy), 0);
    ck_assert_int_eq(talk_close(&modest), 0);
    return 0;
}

SIM_TEST(a_connection_is_kept_for_the_next_request)
{
    struct talk talk;
    talk_open(&talk, tell, NULL, NULL);
    for (int i = 0; i < 3; i++) {
        say(&talk, "GET /again HTTP/1.1\r\nHost: h\r\n\r\n");
        char *heard = hear_some(&talk);
        expect_status(heard, 200);
        free(heard);
    }
    ck_assert_int_eq(talk_close(&talk), 0);
    return 0;
}

/* The root without a slash is the only path that does not lie in the request's bytes. */
SIM_TEST(paths_of_every_form_of_target)
{
    static const char *const rows[][2] = {
        {"GET / HTTP/1.1\r\nHost: h\r\n\r\n", "[GET / ?  "},
        {"GET /? HTTP/1.1\r\nHost: h\r\n\r\n", "[GET / ?  "},
        {"GET http://h HTTP/1.1\r\nHost: h\r\n\r\n", "[GET / ?  "},
        {"GET http://h/x?y HTTP/1.1\r\nHost: h\r\n\r\n", "[GET /x ? y "},
        {"GET /%2e%2e/x?a?b HTTP/1.1\r\nHost: h\r\n\r\n", "[GET /%2e%2e/x ? a?b "},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char *heard = exchange(tell, rows[i][0]);
        expect_said(heard, rows[i][1]);
        free(heard);
    }
    return 0;
}

SIM_TEST(targets_without_a_path_are_not_for_handlers)
{
    static const struct {
        const char *request;
        int status;
    } rows[] = {{"CONNECT h:80 HTTP/1.1\r\nHost: h:80\r\n\r\n", 501},
                {"OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n", 204}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        int calls = 0;
        char *heard = exchange_split(tell, &calls, NULL, rows[i].request, split_number(0));
        expect_status(heard, rows[i].status);
        ck_assert_int_eq(calls, 0);
        free(heard);
    }
    return 0;
}

/* RFC 9110 9.3.7; and the connection goes on. */
SIM_TEST(options_of_the_whole_server_are_told)
{
    char *heard = exchange(tell, "OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n"
                                 "GET /after HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
    expect_status(heard, 204);
    ck_assert_ptr_nonnull(
        strstr(heard, "\r\nAllow: GET, HEAD, POST, PUT, DELETE, OPTIONS, PATCH\r\n"));
    ck_assert_ptr_nonnull(strstr(heard, "HTTP/1.1 200 OK\r\n"));
    free(heard);
    return 0;
}

/* The end of a header's value is marked in place: neither the fields behind it nor a list of which
 * it is a part may suffer. */
SIM_TEST(looking_at_a_header_damages_nothing)
{
    char *heard = exchange(tell, "POST /x HTTP/1.1\r\nX-Test:a\r\nX-Test:b\r\nHost:h\r\n"
                                 "Content-Length:1\r\nConnection:close\r\n\r\nz");
    expect_said(heard, "[POST /x ?  x=a body=z]");
    expect_said(heard, "Connection: close\r\n");
    free(heard);
    return 0;
}

/* --- HTTP/1.0 and closing --------------------------------------------------------------------- */

SIM_TEST(who_closes_and_who_does_not)
{
    static const struct {
        const char *request, *field;
        int answers;
    } rows[] = {
        {"GET / HTTP/1.1\r\nHost: h\r\n\r\n", NULL, 3},
        {"GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n", "Connection: close\r\n", 1},
        {"GET / HTTP/1.0\r\n\r\n", "Connection: close\r\n", 1},
        {"GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", "Connection: keep-alive\r\n", 3},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char said[512];
        snprintf(said, sizeof said, "%s%s%s", rows[i].request, rows[i].request, rows[i].request);
        char *heard = exchange(tell, said);
        ck_assert_int_eq(count_of(heard, "HTTP/1.1 200"), rows[i].answers);
        ck_assert_int_eq(count_of(heard, "Connection:"), rows[i].field ? rows[i].answers : 0);
        if (rows[i].field)
            expect_said(heard, rows[i].field);
        free(heard);
    }
    return 0;
}

/* What is not read of a body can't be told from a request. The client is told before it tries. */
SIM_TEST(an_unread_body_ends_the_connection)
{
    char *heard = exchange(ignore_body, "POST /x HTTP/1.1\r\nHost: h\r\nContent-Length: 30\r\n\r\n"
                                        "GET /smuggled HTTP/1.1\r\nHost: h\r\n\r\n");
    ck_assert_int_eq(count_of(heard, "HTTP/1.1 "), 1);
    expect_said(heard, "Connection: close\r\n");
    free(heard);
    return 0;
}

SIM_TEST(a_connection_serves_so_many_requests)
{
    struct ouro_http_options limits = {.requests_max = 2};
    char *heard = exchange_split(tell, NULL, &limits, pipeline, split_number(0));
    ck_assert_int_eq(count_of(heard, "HTTP/1.1 200"), 2);
    ck_assert_int_eq(count_of(heard, "Connection: close"), 1);
    free(heard);
    return 0;
}

/* --- bodies ----------------------------------------------------------------------------------- */

static int measure_body(struct ouro_http *http, void *ud)
{
    const char *body;
    size_t len;
    char text[64];
    (void)ud;
    int rc = ouro_http_body(http, &body, &len);
    if (rc < 0)
        return rc;
    for (size_t i = 0; i < len; i++)
        ck_assert_int_eq(body[i], byte_at(i));
    snprintf(text, sizeof text, "[%s %zu]", ouro_http_path(http), len);
    return ouro_http_respond_text(http, 200, text);
}

static void put_chunks(struct ouro_buf *out, size_t len, size_t chunk)
{
    for (size_t at = 0; at < len;) {
        size_t piece = len - at < chunk ? len - at : chunk;
        ouro_buf_printf(out, "%zx\r\n", piece);
        for (size_t end = at + piece; at < end; at++)
            ouro_buf_putc(out, byte_at(at));
        ouro_buf_puts(out, "\r\n");
    }
    ouro_buf_puts(out, "0\r\n\r\n");
}

/* A head of exactly so many bytes, in lines that are not too long, and a chunked body. */
static void put_big_request(struct ouro_buf *out, size_t head_bytes)
{
    size_t end = out->len + head_bytes - 2;
    ouro_buf_puts(out, "POST /big HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n");
    while (out->len < end) {
        size_t left = end - out->len, line = left > 8000 ? 4000 : left > 4000 ? left / 2 : left;
        ouro_buf_puts(out, "P:");
        for (size_t i = 4; i < line; i++)
            ouro_buf_putc(out, 'p');
        ouro_buf_puts(out, "\r\n");
    }
    ouro_buf_puts(out, "\r\n");
    put_chunks(out, 30000, 1009);
}

/* The head fills its place to the last byte, the body is chunked, and another such request comes
 * right behind it: there is as little room for what was read too much as a client can leave. */
SIM_TEST(chunked_bodies_behind_the_largest_heads)
{
    for (size_t less = 0; less < 3; less++) {
        struct ouro_buf said = {0};
        put_big_request(&said, OURO__HTTP_HEAD_BYTES_MAX - less);
        put_big_request(&said, OURO__HTTP_HEAD_BYTES_MAX - less);
        for (int split = 0; split < 6; split++) {
            char *heard =
                exchange_bytes(measure_body, NULL, NULL, said.data, said.len, split_number(split));
            ck_assert_msg(count_of(heard, "[/big 30000]") == 2, "%s", heard);
            free(heard);
        }
        ouro_buf_done(&said);
    }
    return 0;
}

SIM_TEST(a_body_larger_than_the_stream_holds)
{
    struct talk talk;
    size_t len = 1 << 20;
    char *body = pattern_new(len), head[128];
    talk_open(&talk, measure_body, NULL, NULL);
    snprintf(head, sizeof head, "PUT /m HTTP/1.1\r\nHost: h\r\nContent-Length: %zu\r\n\r\n", len);
    say(&talk, head);
    say_bytes(&talk, body, len);
    say(&talk, "GET /next HTTP/1.1\r\nHost: h\r\n\r\n");
    char *heard = hear_some(&talk);
    expect_said(heard, "[/m 1048576]");
    expect_said(heard, "[/next 0]");
    free(heard);
    free(body);
    ck_assert_int_eq(talk_close(&talk), 0);
    return 0;
}

SIM_TEST(a_client_that_waits_for_a_word_gets_it)
{
    static const char head[] =
        "POST /x HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n";
    struct talk talk;
    talk_open(&talk, tell, NULL, NULL);
    say(&talk, head);
    char *heard = hear_some(&talk);
    ck_assert_str_eq(heard, "HTTP/1.1 100 Continue\r\n\r\n");
    free(heard);
    say(&talk, "ab");
    heard = hear_some(&talk);
    expect_status(heard, 200);
    free(heard);
    say(&talk, head); /* and one that did not wait gets its answer only */
    ck_assert_int_eq(talk_close(&talk), 0);
    return 0;
}

SIM_TEST(no_word_to_go_on_where_the_body_is_not_wanted)
{
    struct ouro_http_options limits = {.body_bytes_max = 10};
    static const char said[] =
        "POST /x HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 11\r\n\r\n";
    char *heard = exchange_split(tell, NULL, &limits, said, split_number(0));
    expect_status(heard, 413);
    free(heard);
    heard = exchange(ignore_body, said);
    expect_status(heard, 200);
    expect_said(heard, "Connection: close\r\n");
    free(heard);
    return 0;
}

/* --- refusals --------------------------------------------------------------------------------- */

SIM_TEST(what_is_refused_and_how)
{
    struct ouro_http_options limits = {.body_bytes_max = 4};
    static const struct {
        const char *said;
        int status;
    } rows[] = {
        {"nonsense\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\n\r\n", 400},
        {"BREW / HTTP/1.1\r\nHost: h\r\n\r\n", 501},
        {"GET / HTTP/2.0\r\nHost: h\r\n\r\n", 505},
        {"POST / HTTP/1.1\r\nHost: h\r\nExpect: gold\r\nContent-Length: 1\r\n\r\n", 417},
        {"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nabcde", 413},
        {"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabcde", 413},
        {"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\nx", 400},
        {"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\n\r\nabc", 400},
        {"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nab", 400},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        for (int split = 0; split < 4; split++) {
            char *heard = exchange_split(tell, NULL, &limits, rows[i].said, split_number(split));
            expect_status(heard, rows[i].status);
            ck_assert_int_eq(count_of(heard, "Content-Type: "), 1);
            expect_said(heard, "Connection: close\r\n");
            free(heard);
        }
    }
    return 0;
}

/* The request before asked for no body in the answer; the refusal has one all the same. */
SIM_TEST(a_refusal_after_head_says_why)
{
    char *heard = exchange(tell, "HEAD / HTTP/1.1\r\nHost: h\r\n\r\nnonsense\r\n\r\n");
    const char *refusal = strstr(heard, "HTTP/1.1 400");
    ck_assert_ptr_nonnull(refusal);
    const char *body = strstr(refusal, "\r\n\r\n");
    ck_assert_ptr_nonnull(body);
    ck_assert_uint_gt(strlen(body + 4), 0);
    free(heard);
    return 0;
}

SIM_TEST(heads_too_long_are_refused_before_they_end)
{
    struct talk talk;
    char line[4000];
    memset(line, 'x', sizeof line);
    memcpy(line, "\r\nX:", 4);
    talk_open(&talk, tell, NULL, NULL);
    say(&talk, "GET / HTTP/1.1\r\nHost: h");
    for (int i = 0; i < 6; i++)
        say_bytes(&talk, line, sizeof line);
    char *heard = hear_all(&talk);
    expect_status(heard, 431);
    free(heard);
    ck_assert_int_eq(talk_close(&talk), 0);
    return 0;
}

/* A client that goes on sending while it is refused still gets to read why, and is then left. */
SIM_TEST(a_refusal_reaches_a_client_that_is_still_sending)
{
    struct talk talk;
    size_t len = 200 * 1024;
    char *body = pattern_new(len);
    talk_open(&talk, ignore_body, NULL, NULL);
    say(&talk, "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 9999999\r\n\r\n");
    say_bytes(&talk, body, len);
    char *heard = hear_all(&talk);
    expect_status(heard, 200);
    free(heard);
    int64_t before = ouro_now();
    ck_assert_int_eq(status_of(talk.server), 0); /* although the client keeps its end open */
    ck_assert_int_le(ouro_now() - before, OURO_SEC(2));
    ouro_stream_close(talk.client);
    free(body);
    return 0;
}

SIM_TEST(a_client_that_sends_for_ever_is_left)
{
    struct talk talk;
    char *data = pattern_new(65536);
    talk_open(&talk, ignore_body, NULL, NULL);
    say(&talk, "nonsense\r\n\r\n");
    int rc = 0;
    for (int i = 0; i < 10 && rc == 0; i++)
        rc = ouro_write(talk.client, data, 65536, SOON);
    ck_assert_int_eq(rc, -EPIPE);
    ck_assert_int_eq(talk_close(&talk), 0);
    free(data);
    return 0;
}

/* --- handlers that fail ----------------------------------------------------------------------- */

SIM_TEST(a_handler_that_fails_or_is_silent)
{
    static const struct {
        int rc, status;
    } rows[] = {
        {0, 500},         {-EIO, 500}, {-ENOMEM, 500}, {-OURO_EMALFORMED, 400}, {-OURO_ELIMIT, 413},
        {-ETIMEDOUT, 408}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        int rc = rows[i].rc;
        char *heard = exchange_split(fail_with, &rc, NULL, "GET / HTTP/1.1\r\nHost: h\r\n\r\n",
                                     split_number(0));
        expect_status(heard, rows[i].status);
        expect_said(heard, "Connection: close\r\n");
        free(heard);
    }
    return 0;
}

static int sleep_long(struct ouro_http *http, void *ud)
{
    (void)http, (void)ud;
    return ouro_sleep(OURO_SEC(100));
}

SIM_TEST(a_cancelled_connection_says_so)
{
    static ouro_http_handler *const handlers[] = {tell, sleep_long};
    for (int i = 0; i < 2; i++) {
        struct talk talk;
        talk_open(&talk, handlers[i], NULL, NULL);
        if (i == 1)
            say(&talk, "GET / HTTP/1.1\r\nHost: h\r\n\r\n");
        settle();
        ouro_cancel(talk.server);
        ck_assert_int_eq(talk_close(&talk), -ECANCELED);
    }
    return 0;
}

static int set_fields(struct ouro_http *http, void *ud)
{
    (void)ud;
    ouro_http_set_header(http, "X-Once", "1");
    return ouro_http_respond(http, ouro_http_query(http)[0] ? 204 : 200, "a/b", "body", 4);
}

SIM_TEST(fields_belong_to_one_answer)
{
    char *heard = exchange(set_fields, "GET /?x HTTP/1.1\r\nHost: h\r\n\r\n"
                                       "GET / HTTP/1.1\r\nHost: h\r\n\r\n");
    ck_assert_str_eq(heard, "HTTP/1.1 204 No Content\r\n" DATE "X-Once: 1\r\n\r\n"
                            "HTTP/1.1 200 OK\r\n" DATE "Content-Type: a/b\r\nContent-Length: 4\r\n"
                            "X-Once: 1\r\n\r\nbody");
    free(heard);
    return 0;
}

/* --- time ------------------------------------------------------------------------------------- */

static const struct ouro_http_options short_limits = {
    .head_ns_max = OURO_SEC(1),
    .idle_ns_max = OURO_SEC(5),
    .body_ns_max = OURO_SEC(2),
    .send_ns_max = OURO_SEC(3),
};

/* The client says `before`, then one byte of `drip` each 100 ms for as long as it is heard. */
static int64_t drip(const char *before, const char *dripped, char **ret_heard)
{
    struct talk talk;
    talk_open(&talk, tell, NULL, &short_limits);
    int64_t start = ouro_now();
    say(&talk, before);
    for (; *dripped && ouro_write(talk.client, dripped, 1, SOON) == 0; dripped++) {
        if (ouro_task_done(talk.server))
            break;
        ouro_sleep(OURO_MS(100));
    }
    *ret_heard = hear_all(&talk);
    ck_assert_int_eq(status_of(talk.server), 0);
    ouro_stream_close(talk.client);
    return ouro_now() - start;
}

SIM_TEST(an_idle_connection_is_ended_without_a_word)
{
    char *heard;
    int64_t ns = drip("", "", &heard);
    ck_assert_str_eq(heard, "");
    ck_assert_int_ge(ns, OURO_SEC(5));
    ck_assert_int_le(ns, OURO_SEC(5) + OURO_MS(10));
    free(heard);
    return 0;
}

SIM_TEST(a_head_that_drips_is_refused_in_time)
{
    static const char head[] = "GET / HTTP/1.1\r\nHost: h\r\nX: 0123456789012345678901234567890123";
    char *heard;
    int64_t ns = drip("", head, &heard);
    expect_status(heard, 408);
    ck_assert_int_le(ns, OURO_SEC(1) + OURO_SEC(2) + OURO_MS(200)); /* and lingers for two */
    free(heard);
    ns = drip("G", "", &heard);
    expect_status(heard, 408);
    free(heard);
    /* Of a second request as well, and of one that came with the first. */
    ns = drip("GET / HTTP/1.1\r\nHost: h\r\n\r\nG", "", &heard);
    expect_said(heard, "HTTP/1.1 408");
    ck_assert_int_le(ns, OURO_SEC(3) + OURO_MS(200));
    free(heard);
    return 0;
}

SIM_TEST(a_body_that_drips_is_refused_in_time)
{
    static const char bytes[] = "0123456789012345678901234567890123456789012345678901234567890123";
    char *heard;
    int64_t ns = drip("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 64\r\n\r\n", bytes, &heard);
    expect_status(heard, 408);
    ck_assert_int_le(ns, OURO_SEC(2) + OURO_SEC(2) + OURO_MS(200));
    free(heard);
    ns = drip("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n40\r\n", bytes,
              &heard);
    expect_status(heard, 408);
    ck_assert_int_le(ns, OURO_SEC(2) + OURO_SEC(2) + OURO_MS(200));
    free(heard);
    return 0;
}

static int respond_much(struct ouro_http *http, void *ud)
{
    int rc = ouro_http_respond(http, 200, "x/y", ud, 1 << 20);
    ck_assert_int_eq(rc, -ETIMEDOUT);
    return 0;
}

/* One answer is stuck half-way, the next request is here: it must not be answered into it. */
SIM_TEST(a_client_that_does_not_read_is_left)
{
    struct talk talk;
    char *body = pattern_new(1 << 20);
    talk_open(&talk, respond_much, body, &short_limits);
    say(&talk, "GET / HTTP/1.1\r\nHost: h\r\n\r\nGET / HTTP/1.1\r\nHost: h\r\n\r\n");
    ck_assert_int_eq(status_of(talk.server), 0);
    ck_assert_int_le(ouro_now(), OURO_SEC(3) + OURO_SEC(2) + OURO_MS(10));
    char *heard = hear_all(&talk);
    ck_assert_int_eq(count_of(heard, "HTTP/1.1 200"), 1);
    free(heard);
    free(body);
    ouro_stream_close(talk.client);
    return 0;
}

/* --- over a real socket ----------------------------------------------------------------------- */

static int serve_one(void *arg)
{
    struct talk *talk = arg;
    return talk_serve(talk);
}

static void open_real(struct talk *talk, ouro_http_handler *handler)
{
    struct ouro_listener *listener;
    *talk = (struct talk){.handler = handler};
    ck_assert_int_eq(ouro_listen("127.0.0.1:0", NULL, &listener), 0);
    ck_assert_int_eq(ouro_connect(ouro_listener_address(listener), SOON, &talk->client), 0);
    ck_assert_int_eq(ouro_accept(listener, SOON, &talk->stream), 0);
    ouro_listener_close(listener);
    talk->server = started(serve_one, talk);
}

REAL_TEST(a_pipeline_over_a_socket)
{
    struct talk talk;
    open_real(&talk, tell);
    say(&talk, pipeline);
    ouro_stream_shutdown(talk.client);
    char *heard = hear_all(&talk);
    expect_pipeline(heard);
    free(heard);
    ck_assert_int_eq(talk_close(&talk), 0);
    return 0;
}

/* With bytes unread, the kernel answers a close with a reset that destroys what is under way. */
REAL_TEST(a_refusal_over_a_socket_is_not_lost_to_a_reset)
{
    for (int i = 0; i < 20; i++) {
        struct talk talk;
        char *data = calloc(1, 100000);
        open_real(&talk, ignore_body);
        say(&talk, "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 100000\r\n\r\n");
        say_bytes(&talk, data, 100000);
        char *heard = hear_all(&talk);
        expect_status(heard, 200);
        free(heard);
        free(data);
        ck_assert_int_eq(talk_close(&talk), 0);
    }
    return 0;
}
