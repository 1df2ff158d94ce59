/* SPDX-License-Identifier: MIT */
/* The answer: its head, and a body whose length is said before it comes, or shows at its end. */
#include "web/http.h"
#include "web/http_date.h"

#include <stdio.h>
#include <string.h>

static const char *reason_phrase(int status)
{
    static const struct {
        int status;
        const char *phrase;
    } phrases[] = {
        {200, "OK"},
        {201, "Created"},
        {202, "Accepted"},
        {204, "No Content"},
        {206, "Partial Content"},
        {301, "Moved Permanently"},
        {302, "Found"},
        {303, "See Other"},
        {304, "Not Modified"},
        {307, "Temporary Redirect"},
        {308, "Permanent Redirect"},
        {400, "Bad Request"},
        {401, "Unauthorized"},
        {403, "Forbidden"},
        {404, "Not Found"},
        {405, "Method Not Allowed"},
        {408, "Request Timeout"},
        {409, "Conflict"},
        {411, "Length Required"},
        {412, "Precondition Failed"},
        {413, "Content Too Large"},
        {414, "URI Too Long"},
        {415, "Unsupported Media Type"},
        {416, "Range Not Satisfiable"},
        {417, "Expectation Failed"},
        {421, "Misdirected Request"},
        {422, "Unprocessable Content"},
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

/* --- the head --------------------------------------------------------------------------------- */

void ouro_http_set_header(struct ouro_http *http, const char *name, const char *value)
{
    ouro_buf_printf(&http->fields, "%s: %s\r\n", name, value);
}

/* A client of HTTP/1.0 takes silence for a close, one of HTTP/1.1 for the opposite. */
static const char *connection_field(const struct ouro_http *http)
{
    if (!http->keep_alive)
        return "Connection: close\r\n";
    return http->request->head.version_minor == 0 ? "Connection: keep-alive\r\n" : "";
}

/* How the client will see where the body ends (RFC 9112 6.3). */
static enum ouro__http_body framing_of(const struct ouro_http *http, int status, uint64_t len)
{
    if (status == 204 || status == 304)
        return OURO__HTTP_BODY_NONE;
    if (len != OURO__HTTP_LENGTH_UNKNOWN)
        return OURO__HTTP_BODY_LENGTH;
    return http->request->head.version_minor == 0 ? OURO__HTTP_BODY_UNTIL_CLOSE
                                                  : OURO__HTTP_BODY_CHUNKED;
}

static void print_date(struct ouro_buf *out)
{
    char date[OURO__HTTP_DATE_BYTES];
    ouro__http_date_print(ouro_wall_time() / OURO_SEC(1), date);
    ouro_buf_printf(out, "Date: %s\r\n", date);
}

static void print_head(const struct ouro_http *http, const char *content_type, uint64_t len,
                       struct ouro_buf *out)
{
    ouro_buf_printf(out, "HTTP/1.1 %d %s\r\n", http->status, reason_phrase(http->status));
    print_date(out);
    if (http->framing != OURO__HTTP_BODY_NONE)
        ouro_buf_printf(out, "Content-Type: %s\r\n", content_type);
    if (http->framing == OURO__HTTP_BODY_LENGTH)
        ouro_buf_printf(out, "Content-Length: %llu\r\n", (unsigned long long)len);
    if (http->framing == OURO__HTTP_BODY_CHUNKED)
        ouro_buf_puts(out, "Transfer-Encoding: chunked\r\n");
    ouro_buf_puts(out, connection_field(http));
    ouro_buf_append(out, http->fields.data, http->fields.len);
    ouro_buf_puts(out, "\r\n");
}

/* From here on it is said what the answer is; nothing of it has gone out yet. */
static int begin(struct ouro_http *http, int status, const char *content_type, uint64_t len,
                 struct ouro_buf *out)
{
    ouro_assert(!http->answered && status >= 200);
    http->answered = true;
    http->status = status;
    http->framing = framing_of(http, status, len);
    http->unsent = http->framing == OURO__HTTP_BODY_LENGTH ? len : 0;
    http->mute = http->framing == OURO__HTTP_BODY_NONE || http->request->method == OURO__HTTP_HEAD;
    if (!http->body_read && http->request->head.body != OURO__HTTP_BODY_NONE)
        http->keep_alive = false; /* nobody wanted the body, and it is still on its way */
    if (http->framing == OURO__HTTP_BODY_UNTIL_CLOSE)
        http->keep_alive = false;
    print_head(http, content_type, len, out);
    return ouro_buf_failed(out) || ouro_buf_failed(&http->fields) ? -ENOMEM : 0;
}

/* --- sending ---------------------------------------------------------------------------------- */

/* In one go as far as the client takes it now, without a copy; the rest as it goes. */
static int send_parts(struct ouro_http *http, const struct iovec *parts, int count)
{
    int64_t deadline = ouro_after(http->options->send_ns_max);
    int rc = ouro__checkpoint();
    if (rc == 0)
        rc = ouro_stream_try_writev(http->stream, parts, count);
    if (rc < 0 && rc != -EAGAIN)
        return rc;
    size_t sent = rc > 0 ? (size_t)rc : 0;
    for (int i = 0; i < count; i++) {
        size_t skip = sent < parts[i].iov_len ? sent : parts[i].iov_len;
        sent -= skip;
        if (skip == parts[i].iov_len)
            continue;
        rc = ouro_write(http->stream, (char *)parts[i].iov_base + skip, parts[i].iov_len - skip,
                        deadline);
        if (rc < 0)
            return rc;
    }
    return 0;
}

static struct iovec part_of(const void *data, size_t len)
{
    return (struct iovec){(void *)(uintptr_t)data, len};
}

/* After a failure the next answer would be taken for the rest of this one. */
static int finished(struct ouro_http *http, int rc)
{
    if (rc < 0)
        http->keep_alive = false;
    return rc;
}

int ouro_http_respond(struct ouro_http *http, int status, const char *content_type,
                      const void *body, size_t len)
{
    struct ouro_buf head = {0};
    int rc = begin(http, status, content_type, len, &head);
    http->ended = true;
    if (http->mute)
        len = 0;
    struct iovec parts[] = {part_of(head.data, head.len), part_of(body, len)};
    if (rc == 0)
        rc = send_parts(http, parts, len > 0 ? 2 : 1);
    if (rc == 0)
        http->sent_bytes = len;
    ouro_buf_done(&head);
    return finished(http, rc);
}

int ouro_http_respond_text(struct ouro_http *http, int status, const char *text)
{
    return ouro_http_respond(http, status, "text/plain; charset=utf-8", text, strlen(text));
}

int ouro__http_refuse(struct ouro_http *http, const struct ouro__http_refusal *refusal)
{
    http->keep_alive = false;
    if (http->options->on_access)
        ouro_http_id(http); /* also of what was no request */
    if (refusal->headers)
        ouro_buf_puts(&http->fields, refusal->headers);
    return ouro_http_respond_text(http, refusal->status, refusal->reason);
}

/* --- in pieces -------------------------------------------------------------------------------- */

int ouro__http_begin(struct ouro_http *http, int status, const char *content_type, uint64_t len)
{
    struct ouro_buf head = {0};
    int rc = begin(http, status, content_type, len, &head);
    struct iovec part = part_of(head.data, head.len);
    if (rc == 0)
        rc = send_parts(http, &part, 1);
    ouro_buf_done(&head);
    return finished(http, rc);
}

int ouro_http_begin(struct ouro_http *http, int status, const char *content_type)
{
    return ouro__http_begin(http, status, content_type, OURO__HTTP_LENGTH_UNKNOWN);
}

/* RFC 9112 7.1: the size in hex, the bytes. A chunk of no bytes would be the last one. */
static int send_chunk(struct ouro_http *http, const void *data, size_t len)
{
    char size[2 * sizeof len + sizeof "\r\n"];
    int size_len = snprintf(size, sizeof size, "%zx\r\n", len);
    struct iovec parts[] = {part_of(size, (size_t)size_len), part_of(data, len),
                            part_of("\r\n", 2)};
    return send_parts(http, parts, 3);
}

int ouro_http_write(struct ouro_http *http, const void *data, size_t len)
{
    ouro_assert(http->answered && !http->ended);
    if (http->mute || len == 0)
        return 0;
    int rc;
    struct iovec part = part_of(data, len);
    if (http->framing == OURO__HTTP_BODY_CHUNKED) {
        rc = send_chunk(http, data, len);
    } else {
        if (http->framing == OURO__HTTP_BODY_LENGTH) {
            ouro_assert(len <= http->unsent);
            http->unsent -= len;
        }
        rc = send_parts(http, &part, 1);
    }
    http->sent_bytes += rc == 0 ? len : 0;
    return finished(http, rc);
}

int ouro_http_end(struct ouro_http *http)
{
    ouro_assert(http->answered && !http->ended);
    http->ended = true;
    if (http->mute)
        return 0;
    ouro_assert(http->unsent == 0);
    struct iovec last = part_of("0\r\n\r\n", 5);
    int rc = http->framing == OURO__HTTP_BODY_CHUNKED ? send_parts(http, &last, 1) : 0;
    return finished(http, rc);
}
