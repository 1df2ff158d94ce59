/* SPDX-License-Identifier: MIT */
/* The HTTP connection: one task reads requests, has them answered, and ends it well. */
#include "web/http.h"
#include "web/http_chunk.h"

#include <stdlib.h>
#include <string.h>

/* What is read and dropped after a refusal, so that the answer is not lost to a reset. */
#define LINGER_BYTES_MAX (256 * 1024)
#define LINGER_NS_MAX    OURO_SEC(2)
/* Of one connection, asked before the last answer was there, until others have their turn. */
#define PIPELINED_PER_TURN 8

static const struct ouro_http_options default_options = {
    .head_ns_max = OURO_SEC(10),
    .idle_ns_max = OURO_SEC(60),
    .body_ns_max = OURO_SEC(30),
    .send_ns_max = OURO_SEC(30),
    .body_bytes_max = 1 << 20,
    .requests_max = 1000,
};

static int refuse(struct ouro_http *http, int status, const char *reason)
{
    struct ouro__http_refusal refusal = {.status = (uint16_t)status, .reason = reason};
    return ouro__http_refuse(http, &refusal);
}

/* --- room for the request --------------------------------------------------------------------- */

/* The request, and behind it the bytes that it points into. */
struct reading {
    struct ouro__http_request request;
    char in[];
};

static struct reading *reading_of(struct ouro_http *http)
{
    return http->request ? ouro_container(http->request, struct reading, request) : NULL;
}

/* The request points where the bytes were, and has to be parsed again. */
static int make_room(struct ouro_http *http, size_t cap)
{
    struct reading *reading = realloc(reading_of(http), sizeof *reading + cap);
    if (!reading)
        return -ENOMEM;
    http->request = &reading->request;
    http->in = reading->in;
    http->in_cap = cap;
    return 0;
}

void ouro__http_forget_request(struct ouro_http *http)
{
    free(reading_of(http));
    http->request = NULL;
    http->in = NULL;
}

/* --- the request ------------------------------------------------------------------------------ */

/* Slices of a head end where something stood that nobody needs any more: a space, '?', CR. */
static const char *terminated(struct ouro__slice slice)
{
    if (!slice.at)
        return "";
    char *end = (char *)(uintptr_t)slice.at + slice.len;
    *end = '\0';
    return slice.at;
}

static struct ouro__http_request *request_of(const struct ouro_http *http)
{
    ouro_assert(http->request); /* it is a WebSocket now */
    return http->request;
}

const char *ouro_http_method(const struct ouro_http *http)
{
    return ouro__http_method_name(request_of(http)->method);
}

/* The root may stand for an empty path, and then it lies in memory that can't be written. */
const char *ouro_http_path(const struct ouro_http *http)
{
    struct ouro__slice path = request_of(http)->path;
    return ouro__slice_same(path, "/") ? "/" : terminated(path);
}

const char *ouro_http_query(const struct ouro_http *http)
{
    return terminated(request_of(http)->query);
}

const char *ouro_http_header(struct ouro_http *http, const char *name)
{
    struct ouro__slice value;
    return ouro__http_header(&request_of(http)->head, name, &value) > 0 ? terminated(value) : NULL;
}

struct ouro_stream *ouro_http_stream(struct ouro_http *http)
{
    return http->stream;
}

/* --- the body --------------------------------------------------------------------------------- */

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
    size_t len = (size_t)http->request->head.body_bytes;
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
        ouro_read(http->stream, http->in + http->in_len, http->in_cap - http->in_len, deadline);
    if (rc == 0)
        return -OURO_ECLOSED;
    http->in_len += rc > 0 ? (size_t)rc : 0;
    return rc;
}

/* What is read beyond the end of the body is the next request, and lies where that is looked for.
 */
static int read_chunked_body(struct ouro_http *http, uint32_t bytes_max, int64_t deadline)
{
    struct ouro__chunk chunk;
    int answer = OURO__CHUNK_MORE;
    ouro__chunk_init(&chunk, bytes_max);
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
    bool waits = http->request->expect_continue && http->used == http->in_len;
    return waits ? ouro_write(http->stream, go_on, sizeof go_on - 1, deadline) : 0;
}

static int read_body(struct ouro_http *http, uint32_t bytes_max)
{
    const struct ouro__http_head *head = &http->request->head;
    int64_t deadline = ouro_after(http->options->body_ns_max);
    if (head->body == OURO__HTTP_BODY_NONE)
        return 0;
    if (head->body_bytes > bytes_max)
        return -OURO_ELIMIT;
    int rc = invite_body(http, deadline);
    if (rc < 0)
        return rc;
    return head->body == OURO__HTTP_BODY_CHUNKED ? read_chunked_body(http, bytes_max, deadline)
                                                 : read_sized_body(http, deadline);
}

int ouro__http_body_within(struct ouro_http *http, uint32_t bytes_max, const char **ret_body,
                           size_t *ret_len)
{
    uint32_t most = http->options->body_bytes_max;
    if (!http->body_read) {
        http->body_read = true;
        http->body_status = read_body(http, bytes_max < most ? bytes_max : most);
    }
    if (http->body_status < 0) {
        http->keep_alive = false; /* where the next request begins is not known */
        return http->body_status;
    }
    *ret_body = http->body.data ? http->body.data : "";
    *ret_len = http->body.len;
    return 0;
}

int ouro_http_body(struct ouro_http *http, const char **ret_body, size_t *ret_len)
{
    return ouro__http_body_within(http, UINT32_MAX, ret_body, ret_len);
}

/* --- the connection --------------------------------------------------------------------------- */

static void drop_request(struct ouro_http *http)
{
    ouro_buf_clear(&http->fields);
    ouro_buf_done(&http->body);
    http->in_len -= http->used;
    memmove(http->in, http->in + http->used, http->in_len);
    http->head_bytes = http->used = 0;
    ouro_buf_clear(&http->params);
    http->answered = http->ended = http->body_read = false;
    http->status = 0;
    http->sent_bytes = 0;
    http->id[0] = '\0';
    http->keep_alive = true;
    /* What a refusal looks at, when there is no request. */
    http->request->method = OURO__HTTP_GET;
    http->request->head.body = OURO__HTTP_BODY_NONE;
}

/* A body in pieces is read behind the head, which must not move any more once the handler has seen
 * it. */
static int make_room_for_body(struct ouro_http *http)
{
    size_t cap = http->head_bytes + OURO__HTTP_PIECE_BYTES;
    if (http->request->head.body != OURO__HTTP_BODY_CHUNKED || http->in_cap >= cap)
        return 0;
    int rc = make_room(http, cap);
    struct ouro__http_parser parser = {0};
    if (rc == 0)
        ouro__http_parse_request(&parser, http->in, http->in_len, http->request);
    return rc;
}

/* The head is whole. */
static int begin_request(struct ouro_http *http, size_t head_bytes)
{
    http->head_bytes = http->used = head_bytes;
    http->began_at = ouro_now();
    int rc = make_room_for_body(http);
    return rc < 0 ? rc : 1;
}

static int read_more(struct ouro_http *http, int64_t deadline)
{
    int rc = http->in_len == http->in_cap ? make_room(http, 2 * http->in_cap) : 0;
    if (rc == 0)
        rc =
            ouro_read(http->stream, http->in + http->in_len, http->in_cap - http->in_len, deadline);
    http->in_len += rc > 0 ? (size_t)rc : 0;
    return rc;
}

/* 1: a request. 0: the client has ended, or was idle for too long. -OURO_EMALFORMED: refused. */
static int read_head(struct ouro_http *http)
{
    struct ouro__http_parser parser = {0};
    int64_t deadline =
        ouro_after(http->in_len ? http->options->head_ns_max : http->options->idle_ns_max);
    for (;;) {
        int rc = ouro__http_parse_request(&parser, http->in, http->in_len, http->request);
        if (rc > 0)
            return begin_request(http, (size_t)rc);
        if (rc < 0) {
            ouro__http_refuse(http, parser.refusal);
            return rc;
        }
        bool first = http->in_len == 0;
        rc = read_more(http, deadline);
        if (rc == -ETIMEDOUT && !first)
            refuse(http, 408, "the request took too long to arrive");
        if (rc <= 0)
            return rc == -ETIMEDOUT ? 0 : rc;
        if (first)
            deadline = ouro_after(http->options->head_ns_max);
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
    if (http->stream && !http->ended)
        http->keep_alive = false; /* something of the answer is missing */
}

/* "OPTIONS *": of the server as a whole, a way to see whether it is there (RFC 9110 9.3.7). */
static void tell_options(struct ouro_http *http)
{
    ouro_http_set_header(http, "Allow", "GET, HEAD, POST, PUT, DELETE, OPTIONS, PATCH");
    ouro_http_respond(http, 204, NULL, NULL, 0);
}

static void answer(struct ouro_http *http, ouro_http_handler *handler, void *ud)
{
    const struct ouro__http_request *request = http->request;
    http->keep_alive = request->head.keep_alive && ++http->requests < http->options->requests_max;
    if (http->options->on_access)
        ouro_http_id(http); /* what is logged under that id can be asked about by it */
    if (request->path.len > 0 && request->path.at[0] == '/')
        call_handler(http, handler, ud);
    else if (request->form == OURO__HTTP_ASTERISK_FORM)
        tell_options(http);
    else /* CONNECT */
        refuse(http, 501, "only resources with a path are served here");
}

/* False: there is no next one. */
static bool serve_request(struct ouro_http *http, ouro_http_handler *handler, void *ud)
{
    drop_request(http);
    if (http->in_len > 0 && http->requests % PIPELINED_PER_TURN == 0)
        ouro_yield();
    int rc = read_head(http);
    if (rc > 0)
        answer(http, handler, ud);
    if (http->stream && http->status)
        ouro__http_tell_access(http);
    return rc > 0 && http->stream && http->keep_alive;
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
    while (serve_request(http, handler, ud))
        ;
    if (http->stream && http->ended) /* one that is cut short may well be lost */
        linger(http->stream);
    return ouro__checkpoint();
}

/* Each bound that was left at 0 gets its default. */
static struct ouro_http_options complete(const struct ouro_http_options *wanted)
{
    struct ouro_http_options options = wanted ? *wanted : default_options;
#define COMPLETE(member) \
    if (!options.member) \
    options.member = default_options.member
    COMPLETE(head_ns_max);
    COMPLETE(idle_ns_max);
    COMPLETE(body_ns_max);
    COMPLETE(send_ns_max);
    COMPLETE(body_bytes_max);
    COMPLETE(requests_max);
#undef COMPLETE
    return options;
}

int ouro_http_serve(struct ouro_stream *stream, ouro_http_handler *handler, void *ud,
                    const struct ouro_http_options *options)
{
    struct ouro_http_options all = complete(options);
    struct ouro_http *http = calloc(1, sizeof *http);
    if (!http || make_room(http, OURO__HTTP_IN_BYTES_FIRST) < 0) {
        free(http);
        ouro_stream_close(stream);
        return -ENOMEM;
    }
    http->stream = stream;
    http->options = &all;
    int rc = serve(http, handler, ud);
    ouro_stream_close(http->stream);
    ouro_buf_done(&http->fields);
    ouro_buf_done(&http->body);
    ouro_buf_done(&http->params);
    ouro__http_forget_request(http);
    free(http);
    return rc;
}

struct ouro_stream *ouro__http_take(struct ouro_http *http, const uint8_t **ret_rest,
                                    size_t *ret_len)
{
    struct ouro_stream *stream = http->stream;
    http->status = 101;
    ouro__http_tell_access(http);
    http->stream = NULL;
    http->answered = true;
    *ret_rest = (const uint8_t *)http->in + http->used;
    *ret_len = http->in_len - http->used;
    return stream;
}
