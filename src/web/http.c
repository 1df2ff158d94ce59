/* SPDX-License-Identifier: MIT */
/* The HTTP connection: one task reads requests, has them answered, and ends it well. */
#include "web/http.h"
#include "web/http_chunk.h"

#include <stdlib.h>
#include <string.h>

/* What is read and dropped after a refusal, so that the answer is not lost to a reset. */
#define LINGER_BYTES_MAX (256 * 1024)
#define LINGER_NS_MAX    OURO_SEC(2)

static const struct ouro_http_limits default_limits = {
    .head_ns_max = OURO_SEC(10),
    .idle_ns_max = OURO_SEC(60),
    .body_ns_max = OURO_SEC(30),
    .send_ns_max = OURO_SEC(30),
    .body_bytes_max = 1 << 20,
    .requests_max = 1000,
};

/* --- the answer ---------------------------------------------------------------------------------
 */

static const char *reason_phrase(int status)
{
    static const struct {
        int status;
        const char *phrase;
    } phrases[] = {
        {101, "Switching Protocols"},
        {200, "OK"},
        {204, "No Content"},
        {304, "Not Modified"},
        {400, "Bad Request"},
        {403, "Forbidden"},
        {404, "Not Found"},
        {405, "Method Not Allowed"},
        {408, "Request Timeout"},
        {411, "Length Required"},
        {413, "Content Too Large"},
        {414, "URI Too Long"},
        {415, "Unsupported Media Type"},
        {417, "Expectation Failed"},
        {426, "Upgrade Required"},
        {429, "Too Many Requests"},
        {431, "Request Header Fields Too Large"},
        {500, "Internal Server Error"},
        {501, "Not Implemented"},
        {503, "Service Unavailable"},
        {505, "HTTP Version Not Supported"},
    };
    for (size_t i = 0; i < sizeof phrases / sizeof *phrases; i++) {
        if (phrases[i].status == status)
            return phrases[i].phrase;
    }
    return "";
}

void ouro_http_set_header(struct ouro_http *http, const char *name, const char *value)
{
    ouro_buf_printf(&http->fields, "%s: %s\r\n", name, value);
}

static bool has_no_body(int status)
{
    return status < 200 || status == 204 || status == 304;
}

int ouro_http_respond(struct ouro_http *http, int status, const char *content_type,
                      const void *body, size_t len)
{
    ouro_assert(!http->answered);
    http->answered = true;
    struct ouro_buf out = {0};
    ouro_buf_printf(&out, "HTTP/1.1 %d %s\r\n", status, reason_phrase(status));
    if (!has_no_body(status))
        ouro_buf_printf(&out, "Content-Type: %s\r\nContent-Length: %zu\r\n", content_type, len);
    if (!http->keep_alive)
        ouro_buf_puts(&out, "Connection: close\r\n");
    ouro_buf_append(&out, http->fields.data, http->fields.len);
    ouro_buf_puts(&out, "\r\n");
    if (!has_no_body(status) && http->request.method != OURO__HTTP_HEAD)
        ouro_buf_append(&out, body, len);

    int rc = -ENOMEM;
    if (!ouro_buf_failed(&out) && !ouro_buf_failed(&http->fields))
        rc = ouro_write(http->stream, out.data, out.len, ouro_after(http->limits->send_ns_max));
    ouro_buf_done(&out);
    return rc;
}

int ouro_http_respond_text(struct ouro_http *http, int status, const char *text)
{
    return ouro_http_respond(http, status, "text/plain; charset=utf-8", text, strlen(text));
}

int ouro__http_refuse(struct ouro_http *http, const struct ouro__http_refusal *refusal)
{
    http->keep_alive = false;
    if (refusal->headers)
        ouro_buf_puts(&http->fields, refusal->headers);
    return ouro_http_respond_text(http, refusal->status, refusal->reason);
}

static int refuse(struct ouro_http *http, int status, const char *reason)
{
    struct ouro__http_refusal refusal = {.status = (uint16_t)status, .reason = reason};
    return ouro__http_refuse(http, &refusal);
}

/* --- the request --------------------------------------------------------------------------------
 */

/* Slices end where something stood that nobody needs any more: a space, '?', CR. */
static const char *terminated(struct ouro__slice slice)
{
    if (!slice.at)
        return "";
    char *end = (char *)(uintptr_t)slice.at + slice.len;
    *end = '\0';
    return slice.at;
}

const char *ouro_http_method(const struct ouro_http *http)
{
    return ouro__http_method_name(http->request.method);
}

const char *ouro_http_path(const struct ouro_http *http)
{
    return terminated(http->request.path);
}

const char *ouro_http_query(const struct ouro_http *http)
{
    return terminated(http->request.query);
}

const char *ouro_http_header(struct ouro_http *http, const char *name)
{
    struct ouro__slice value;
    return ouro__http_header(&http->request.head, name, &value) > 0 ? terminated(value) : NULL;
}

struct ouro_stream *ouro_http_stream(struct ouro_http *http)
{
    return http->stream;
}

/* --- the body -----------------------------------------------------------------------------------
 */

/* Bytes that follow: those that came with the head first, then from the stream. */
static int next_bytes(struct ouro_http *http, char *buf, size_t len, int64_t deadline)
{
    size_t here = http->in_len - http->used;
    if (here == 0) {
        int rc = ouro_read(http->stream, buf, len, deadline);
        return rc == 0 ? -OURO_ECLOSED : rc;
    }
    size_t count = here < len ? here : len;
    memcpy(buf, http->in + http->used, count);
    http->used += count;
    return (int)count;
}

static int read_sized_body(struct ouro_http *http, int64_t deadline)
{
    size_t left = (size_t)http->request.head.body_bytes;
    if (http->request.head.body_bytes > http->limits->body_bytes_max)
        return -OURO_ELIMIT;
    char *room = ouro_buf_reserve(&http->body, left);
    if (!room)
        return -ENOMEM;
    while (left > 0) {
        int rc = next_bytes(http, http->body.data + http->body.len, left, deadline);
        if (rc < 0)
            return rc;
        http->body.len += (size_t)rc;
        left -= (size_t)rc;
    }
    return 0;
}

/* What was read beyond the end of the body is the next request: put it back. */
static void give_back(struct ouro_http *http, const char *rest, size_t len)
{
    size_t here = http->in_len - http->used;
    ouro_assert(len + here <= sizeof http->in);
    memmove(http->in + len, http->in + http->used, here);
    memcpy(http->in, rest, len);
    http->used = 0;
    http->in_len = here + len;
}

static int read_chunked_body(struct ouro_http *http, int64_t deadline)
{
    struct ouro__chunk chunk;
    char piece[4096];
    ouro__chunk_init(&chunk, http->limits->body_bytes_max);
    for (;;) {
        int got = next_bytes(http, piece, sizeof piece, deadline);
        if (got < 0)
            return got;
        const char *at = piece, *end = piece + got;
        int answer;
        do {
            size_t used;
            struct ouro__slice data;
            answer = ouro__chunk_next(&chunk, at, (size_t)(end - at), &used, &data);
            if (answer < 0)
                return answer;
            if (answer == OURO__CHUNK_DATA)
                ouro_buf_append(&http->body, data.at, data.len);
            at += used;
        } while (answer == OURO__CHUNK_DATA);
        if (answer == OURO__CHUNK_END) {
            give_back(http, at, (size_t)(end - at));
            return ouro_buf_failed(&http->body) ? -ENOMEM : 0;
        }
    }
}

static int read_body(struct ouro_http *http)
{
    static const char go_on[] = "HTTP/1.1 100 Continue\r\n\r\n";
    int64_t deadline = ouro_after(http->limits->body_ns_max);
    int rc = 0;
    http->body_read = true;
    if (http->request.expect_continue)
        rc = ouro_write(http->stream, go_on, sizeof go_on - 1, deadline);
    if (rc < 0)
        return rc;
    switch (http->request.head.body) {
    case OURO__HTTP_BODY_LENGTH:
        return read_sized_body(http, deadline);
    case OURO__HTTP_BODY_CHUNKED:
        return read_chunked_body(http, deadline);
    default:
        return 0;
    }
}

int ouro_http_body(struct ouro_http *http, const char **ret_body, size_t *ret_len)
{
    int rc = http->body_read ? 0 : read_body(http);
    if (rc < 0) {
        http->keep_alive = false; /* where the next request begins is not known */
        return rc;
    }
    *ret_body = http->body.data ? http->body.data : "";
    *ret_len = http->body.len;
    return 0;
}

/* --- the connection -----------------------------------------------------------------------------
 */

static void drop_request(struct ouro_http *http)
{
    ouro_buf_clear(&http->fields);
    ouro_buf_done(&http->body);
    http->in_len -= http->used;
    memmove(http->in, http->in + http->used, http->in_len);
    http->used = 0;
    http->answered = http->body_read = false;
    http->keep_alive = true;
}

/* 1: a request. 0: the client has ended, or was idle for too long. -OURO_EMALFORMED: refused. */
static int read_head(struct ouro_http *http)
{
    struct ouro__http_parser parser = {0};
    int64_t deadline =
        ouro_after(http->in_len ? http->limits->head_ns_max : http->limits->idle_ns_max);
    for (;;) {
        int rc = ouro__http_parse_request(&parser, http->in, http->in_len, &http->request);
        if (rc > 0) {
            http->used = (size_t)rc;
            return 1;
        }
        if (rc < 0) {
            ouro__http_refuse(http, parser.refusal);
            return rc;
        }
        bool first = http->in_len == 0;
        rc = ouro_read(http->stream, http->in + http->in_len, sizeof http->in - http->in_len,
                       deadline);
        if (rc == -ETIMEDOUT && !first)
            refuse(http, 408, "the request took too long to arrive");
        if (rc <= 0)
            return rc == -ETIMEDOUT ? 0 : rc;
        http->in_len += (size_t)rc;
        if (first)
            deadline = ouro_after(http->limits->head_ns_max);
    }
}

static int status_of(int rc)
{
    switch (-rc) {
    case OURO_ELIMIT:
        return 413;
    case OURO_EMALFORMED:
        return 400;
    case ETIMEDOUT:
        return 408;
    default:
        return 500;
    }
}

static void answer(struct ouro_http *http, ouro_http_handler *handler, void *ud)
{
    struct ouro__http_head *head = &http->request.head;
    http->keep_alive = head->keep_alive && ++http->requests < http->limits->requests_max;
    int rc = handler(http, ud);
    if (!http->stream)
        return;
    if (!http->answered)
        refuse(http, status_of(rc), rc < 0 ? ouro_error_text(rc) : "the handler did not answer");
    if (!http->body_read && head->body != OURO__HTTP_BODY_NONE)
        http->keep_alive = false; /* nobody wanted the body, and it is still on its way */
}

/* Closing a socket with unread bytes resets it, and the reset may overtake our last answer. */
static void linger(struct ouro_stream *stream)
{
    char dropped[4096];
    int64_t deadline = ouro_after(LINGER_NS_MAX);
    int rc = ouro_stream_shutdown(stream);
    for (size_t total = 0; rc >= 0 && total < LINGER_BYTES_MAX; total += (size_t)rc) {
        rc = ouro_read(stream, dropped, sizeof dropped, deadline);
        if (rc == 0)
            break;
    }
}

static int serve(struct ouro_http *http, ouro_http_handler *handler, void *ud)
{
    int rc;
    do {
        drop_request(http);
        rc = read_head(http);
        if (rc <= 0)
            break;
        answer(http, handler, ud);
    } while (http->stream && http->keep_alive);
    if (http->stream && http->answered)
        linger(http->stream);
    return rc == -ECANCELED ? rc : 0;
}

/* Each limit that was left at 0 gets its default. */
static struct ouro_http_limits complete(const struct ouro_http_limits *wanted)
{
    struct ouro_http_limits limits = wanted ? *wanted : default_limits;
#define COMPLETE(member) \
    if (!limits.member)  \
    limits.member = default_limits.member
    COMPLETE(head_ns_max);
    COMPLETE(idle_ns_max);
    COMPLETE(body_ns_max);
    COMPLETE(send_ns_max);
    COMPLETE(body_bytes_max);
    COMPLETE(requests_max);
#undef COMPLETE
    return limits;
}

int ouro_http_serve(struct ouro_stream *stream, ouro_http_handler *handler, void *ud,
                    const struct ouro_http_limits *limits)
{
    struct ouro_http_limits all = complete(limits);
    struct ouro_http *http = malloc(sizeof *http);
    if (!http) {
        ouro_stream_close(stream);
        return -ENOMEM;
    }
    /* Not the read buffer: nobody looks at what has not come. */
    memset(http, 0, offsetof(struct ouro_http, in));
    http->stream = stream;
    http->limits = &all;
    int rc = serve(http, handler, ud);
    ouro_stream_close(http->stream);
    ouro_buf_done(&http->fields);
    ouro_buf_done(&http->body);
    free(http);
    return rc;
}

struct ouro_stream *ouro__http_take(struct ouro_http *http, const uint8_t **ret_rest,
                                    size_t *ret_len)
{
    struct ouro_stream *stream = http->stream;
    http->stream = NULL;
    *ret_rest = (const uint8_t *)http->in + http->used;
    *ret_len = http->in_len - http->used;
    return stream;
}
