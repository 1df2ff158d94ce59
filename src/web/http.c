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

/* A client of HTTP/1.0 takes silence for a close, one of HTTP/1.1 for the opposite. */
static const char *connection_field(const struct ouro_http *http)
{
    if (!http->keep_alive)
        return "Connection: close\r\n";
    return http->request.head.version_minor == 0 ? "Connection: keep-alive\r\n" : "";
}

static void print_answer(struct ouro_http *http, int status, const char *content_type,
                         const void *body, size_t len, struct ouro_buf *out)
{
    ouro_buf_printf(out, "HTTP/1.1 %d %s\r\n", status, reason_phrase(status));
    if (!has_no_body(status))
        ouro_buf_printf(out, "Content-Type: %s\r\nContent-Length: %zu\r\n", content_type, len);
    ouro_buf_puts(out, connection_field(http));
    ouro_buf_append(out, http->fields.data, http->fields.len);
    ouro_buf_puts(out, "\r\n");
    if (!has_no_body(status) && http->request.method != OURO__HTTP_HEAD)
        ouro_buf_append(out, body, len);
}

int ouro_http_respond(struct ouro_http *http, int status, const char *content_type,
                      const void *body, size_t len)
{
    ouro_assert(!http->answered);
    http->answered = true;
    if (!http->body_read && http->request.head.body != OURO__HTTP_BODY_NONE)
        http->keep_alive = false; /* nobody wanted the body, and it is still on its way */
    struct ouro_buf out = {0};
    print_answer(http, status, content_type, body, len, &out);
    int rc = -ENOMEM;
    if (!ouro_buf_failed(&out) && !ouro_buf_failed(&http->fields))
        rc = ouro_write(http->stream, out.data, out.len, ouro_after(http->limits->send_ns_max));
    ouro_buf_done(&out);
    if (rc < 0)
        http->keep_alive = false; /* the next answer would be taken for this one */
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

/* Slices of a head end where something stood that nobody needs any more: a space, '?', CR. */
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

/* The root may stand for an empty path, and then it lies in memory that can't be written. */
const char *ouro_http_path(const struct ouro_http *http)
{
    struct ouro__slice path = http->request.path;
    return ouro__slice_same(path, "/") ? "/" : terminated(path);
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

/* Bytes that came with the head. */
static size_t take_bytes_here(struct ouro_http *http, char *buf, size_t len)
{
    size_t here = http->in_len - http->used, count = here < len ? here : len;
    memcpy(buf, http->in + http->used, count);
    http->used += count;
    return count;
}

static int read_sized_body(struct ouro_http *http, int64_t deadline)
{
    size_t len = (size_t)http->request.head.body_bytes;
    char *room = ouro_buf_reserve(&http->body, len);
    if (!room)
        return -ENOMEM;
    size_t got = take_bytes_here(http, room, len);
    while (got < len) {
        int rc = ouro_read(http->stream, room + got, len - got, deadline);
        if (rc <= 0)
            return rc < 0 ? rc : -OURO_ECLOSED;
        got += (size_t)rc;
    }
    http->body.len += len;
    return 0;
}

/* See to it that there is something behind `used`. It goes where the body of before stood: behind
 * the head, which the handler may still look into. */
static int fill(struct ouro_http *http, int64_t deadline)
{
    if (http->used < http->in_len)
        return 0;
    http->used = http->in_len = http->head_bytes;
    int rc =
        ouro_read(http->stream, http->in + http->in_len, sizeof http->in - http->in_len, deadline);
    if (rc == 0)
        return -OURO_ECLOSED;
    http->in_len += rc > 0 ? (size_t)rc : 0;
    return rc;
}

/* What is read beyond the end of the body is the next request, and lies where that is looked for.
 */
static int read_chunked_body(struct ouro_http *http, int64_t deadline)
{
    struct ouro__chunk chunk;
    int answer = OURO__CHUNK_MORE;
    ouro__chunk_init(&chunk, http->limits->body_bytes_max);
    while (answer != OURO__CHUNK_END) {
        size_t used;
        struct ouro__slice data;
        int rc = fill(http, deadline);
        if (rc < 0)
            return rc;
        answer = ouro__chunk_next(&chunk, http->in + http->used, http->in_len - http->used, &used,
                                  &data);
        if (answer < 0)
            return answer;
        if (answer == OURO__CHUNK_DATA)
            ouro_buf_append(&http->body, data.at, data.len);
        http->used += used;
    }
    return ouro_buf_failed(&http->body) ? -ENOMEM : 0;
}

/* A client may wait for a word before it sends the body. If it has begun, it doesn't. */
static int invite_body(struct ouro_http *http, int64_t deadline)
{
    static const char go_on[] = "HTTP/1.1 100 Continue\r\n\r\n";
    bool waits = http->request.expect_continue && http->used == http->in_len;
    return waits ? ouro_write(http->stream, go_on, sizeof go_on - 1, deadline) : 0;
}

static int read_body(struct ouro_http *http)
{
    const struct ouro__http_head *head = &http->request.head;
    int64_t deadline = ouro_after(http->limits->body_ns_max);
    if (head->body == OURO__HTTP_BODY_NONE)
        return 0;
    if (head->body_bytes > http->limits->body_bytes_max)
        return -OURO_ELIMIT;
    int rc = invite_body(http, deadline);
    if (rc < 0)
        return rc;
    return head->body == OURO__HTTP_BODY_CHUNKED ? read_chunked_body(http, deadline)
                                                 : read_sized_body(http, deadline);
}

int ouro_http_body(struct ouro_http *http, const char **ret_body, size_t *ret_len)
{
    if (!http->body_read) {
        http->body_read = true;
        http->body_status = read_body(http);
    }
    if (http->body_status < 0) {
        http->keep_alive = false; /* where the next request begins is not known */
        return http->body_status;
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
    http->head_bytes = http->used = 0;
    http->answered = http->body_read = false;
    http->keep_alive = true;
    /* What a refusal looks at, when there is no request. */
    http->request.method = OURO__HTTP_GET;
    http->request.head.body = OURO__HTTP_BODY_NONE;
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
            http->head_bytes = http->used = (size_t)rc;
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
    case OURO_ECLOSED: /* amid the body; it may still listen */
        return 400;
    case ETIMEDOUT:
        return 408;
    default:
        return 500;
    }
}

static void call_handler(struct ouro_http *http, ouro_http_handler *handler, void *ud)
{
    int rc = handler(http, ud);
    if (http->stream && !http->answered)
        refuse(http, status_of(rc), rc < 0 ? ouro_error_text(rc) : "the handler did not answer");
}

static void answer(struct ouro_http *http, ouro_http_handler *handler, void *ud)
{
    const struct ouro__http_request *request = &http->request;
    http->keep_alive = request->head.keep_alive && ++http->requests < http->limits->requests_max;
    if (request->path.len > 0 && request->path.at[0] == '/')
        call_handler(http, handler, ud);
    else /* CONNECT, or "OPTIONS *" */
        refuse(http, 501, "only resources with a path are served here");
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
    do {
        drop_request(http);
        if (read_head(http) <= 0)
            break;
        answer(http, handler, ud);
    } while (http->stream && http->keep_alive);
    if (http->stream && http->answered)
        linger(http->stream);
    return ouro__checkpoint();
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
    http->answered = true;
    *ret_rest = (const uint8_t *)http->in + http->used;
    *ret_len = http->in_len - http->used;
    return stream;
}
