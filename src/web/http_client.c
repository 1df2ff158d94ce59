/* SPDX-License-Identifier: MIT */
/* A client of HTTP: one connection, one request after the other. */
#include "web/http_client.h"

#include "web/http_chunk.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Heads of 1xx before the one that counts: a server may send progress, but not for ever. */
#define INTERIM_MAX 16

struct ouro_http_client {
    struct ouro_stream *stream;
    enum ouro__http_body body; /* of the answer; NONE: it has been read */
    bool reusable;             /* another request may follow, once the body has been read */
    uint64_t left;             /* of a body whose length was said */
    struct ouro__chunk chunk;
    struct ouro_buf whole; /* the body, once it has been asked for */
    struct ouro__answer answer;
    char host[]; /* the field's value */
};

/* --- coming there ------------------------------------------------------------------------------
 */

static int connect_to(const struct ouro__url *url, const char *address, int64_t deadline,
                      struct ouro_stream **ret_stream)
{
    char text[OURO_ADDRESS_BYTES];
    bool is_v6 = memchr(url->host.at, ':', url->host.len) != NULL;
    if (address)
        return ouro_connect(address, deadline, ret_stream);
    int len = snprintf(text, sizeof text, is_v6 ? "[%.*s]:%d" : "%.*s:%d", (int)url->host.len,
                       url->host.at, url->port);
    return (size_t)len < sizeof text ? ouro_connect(text, deadline, ret_stream) : -EINVAL;
}

static int begin_tls(const struct ouro__url *url, struct ouro_tls_config *config, int64_t deadline,
                     struct ouro_stream **stream)
{
    char host[256];
    if (url->host.len >= sizeof host) {
        *stream = ouro_stream_close(*stream);
        return -EINVAL;
    }
    memcpy(host, url->host.at, url->host.len);
    host[url->host.len] = '\0';
    return ouro_tls_connect(*stream, config, host, deadline, stream);
}

void ouro__hang_up(const struct ouro_http_via *via)
{
    if (via)
        ouro_stream_close(via->stream);
}

int ouro__dial(const struct ouro__url *url, const struct ouro_http_via *via, int64_t deadline,
               struct ouro_stream **ret_stream)
{
    static const struct ouro_http_via direct;
    struct ouro_stream *stream;
    via = via ? via : &direct;
    if (url->tls && !via->tls) {
        ouro__hang_up(via);
        return -EINVAL;
    }
    stream = via->stream;
    int rc = stream ? 0 : connect_to(url, via->address, deadline, &stream);
    if (rc == 0 && url->tls)
        rc = begin_tls(url, via->tls, deadline, &stream);
    if (rc == 0)
        *ret_stream = stream;
    return rc;
}

static struct ouro_http_client *client_new(const struct ouro__url *url)
{
    struct ouro_http_client *client = malloc(sizeof *client + url->authority.len + 1);
    if (!client)
        return NULL;
    /* Not the read buffer: nobody looks at what has not come. */
    memset(client, 0, offsetof(struct ouro_http_client, answer));
    client->answer.head_bytes = client->answer.used = client->answer.in_len = 0;
    client->answer.response.head.header_count = 0;
    memcpy(client->host, url->authority.at, url->authority.len);
    client->host[url->authority.len] = '\0';
    client->reusable = true;
    return client;
}

int ouro_http_client_open(const char *url, const struct ouro_http_via *via, int64_t deadline,
                          struct ouro_http_client **ret_client)
{
    struct ouro__url parsed;
    int rc = ouro__url_parse(url, "http", &parsed);
    struct ouro_http_client *client = rc == 0 ? client_new(&parsed) : NULL;
    if (!client) {
        ouro__hang_up(via);
        return rc < 0 ? rc : -ENOMEM;
    }
    rc = ouro__dial(&parsed, via, deadline, &client->stream);
    if (rc < 0)
        ouro_http_client_close(client);
    else
        *ret_client = client;
    return rc;
}

struct ouro_http_client *ouro_http_client_close(struct ouro_http_client *client)
{
    if (!client)
        return NULL;
    ouro_stream_close(client->stream);
    ouro_buf_done(&client->whole);
    free(client);
    return NULL;
}

/* --- the head of an answer ---------------------------------------------------------------------
 */

static int read_head(struct ouro__answer *answer, struct ouro_stream *stream,
                     enum ouro__http_method method, int64_t deadline)
{
    struct ouro__http_parser parser = {0};
    for (;;) {
        int rc = ouro__http_parse_response(&parser, answer->in, answer->in_len, method,
                                           &answer->response);
        if (rc != 0) {
            answer->head_bytes = answer->used = rc > 0 ? (size_t)rc : 0;
            return rc < 0 ? rc : 0;
        }
        rc = ouro_read(stream, answer->in + answer->in_len, sizeof answer->in - answer->in_len,
                       deadline);
        if (rc <= 0)
            return rc < 0 ? rc : -OURO_ECLOSED;
        answer->in_len += (size_t)rc;
    }
}

static void drop_head(struct ouro__answer *answer)
{
    answer->in_len -= answer->used;
    memmove(answer->in, answer->in + answer->used, answer->in_len);
}

int ouro__answer_read(struct ouro__answer *answer, struct ouro_stream *stream,
                      enum ouro__http_method method, int64_t deadline)
{
    for (int heads = 0; heads <= INTERIM_MAX; heads++) {
        int rc = read_head(answer, stream, method, deadline);
        if (rc < 0 || answer->response.status >= 200 || answer->response.status == 101)
            return rc;
        drop_head(answer);
    }
    return -OURO_EMALFORMED;
}

const char *ouro_http_client_header(struct ouro_http_client *client, const char *name)
{
    struct ouro__slice value;
    if (ouro__http_header(&client->answer.response.head, name, &value) == 0)
        return NULL;
    /* Behind a value stands a CR, or a space, that nobody needs any more. */
    *((char *)(uintptr_t)value.at + value.len) = '\0';
    return value.at;
}

/* --- requests ----------------------------------------------------------------------------------
 */

/* -EINVAL: nobody would know it, or where its answer ends. */
static int method_of(const char *name, enum ouro__http_method *ret_method)
{
    for (int method = 0; method <= OURO__HTTP_TRACE; method++) {
        if (strcmp(ouro__http_method_name((enum ouro__http_method)method), name) == 0) {
            *ret_method = (enum ouro__http_method)method;
            return method == OURO__HTTP_CONNECT ? -EINVAL : 0;
        }
    }
    return -EINVAL;
}

/* RFC 9110 8.6: a request without a body says so, where one might be expected. */
static bool says_length(enum ouro__http_method method, size_t len)
{
    return len > 0 || method == OURO__HTTP_POST || method == OURO__HTTP_PUT ||
           method == OURO__HTTP_PATCH;
}

static int send_request(struct ouro_http_client *client, enum ouro__http_method method,
                        const struct ouro_http_ask *ask, int64_t deadline)
{
    struct ouro_buf head = {0};
    ouro_buf_printf(&head, "%s %s HTTP/1.1\r\nHost: %s\r\n", ouro__http_method_name(method),
                    ask->target ? ask->target : "/", client->host);
    if (says_length(method, ask->len))
        ouro_buf_printf(&head, "Content-Length: %zu\r\n", ask->len);
    ouro_buf_printf(&head, "%s\r\n", ask->fields ? ask->fields : "");
    int rc = ouro_buf_failed(&head) ? -ENOMEM
                                    : ouro_write(client->stream, head.data, head.len, deadline);
    if (rc == 0 && ask->len > 0)
        rc = ouro_write(client->stream, ask->body, ask->len, deadline);
    ouro_buf_done(&head);
    return rc;
}

static int check_ask(const struct ouro_http_client *client, const struct ouro_http_ask *ask,
                     enum ouro__http_method *ret_method)
{
    const char *target = ask->target ? ask->target : "/";
    if (!ouro__http_is_origin_form((struct ouro__slice){target, strlen(target)}))
        return -EINVAL;
    int rc = method_of(ask->method ? ask->method : "GET", ret_method);
    if (rc < 0)
        return rc;
    if (client->body != OURO__HTTP_BODY_NONE)
        return -EBUSY;
    return client->reusable ? 0 : -OURO_ECLOSED;
}

/* What the head says of the body and of what comes after it. */
static void begin_body(struct ouro_http_client *client)
{
    const struct ouro__http_head *head = &client->answer.response.head;
    client->body = head->body;
    client->left = head->body_bytes;
    client->reusable = head->keep_alive;
    ouro__chunk_init(&client->chunk, UINT64_MAX);
}

int ouro_http_client_ask(struct ouro_http_client *client, const struct ouro_http_ask *ask,
                         int64_t deadline)
{
    enum ouro__http_method method;
    struct ouro__answer *answer = &client->answer;
    int rc = check_ask(client, ask, &method);
    if (rc < 0)
        return rc;
    client->reusable = false;
    ouro_buf_done(&client->whole);
    if (answer->in_len > answer->used) /* an answer to a question that nobody has asked yet */
        return -OURO_EMALFORMED;
    answer->in_len = answer->used = answer->head_bytes = 0;
    answer->response.head.header_count = 0;
    rc = send_request(client, method, ask, deadline);
    if (rc == 0)
        rc = ouro__answer_read(answer, client->stream, method, deadline);
    if (rc == 0 && answer->response.status == 101)
        rc = -OURO_EMALFORMED; /* nobody wanted another protocol */
    if (rc < 0)
        return rc;
    begin_body(client);
    return answer->response.status;
}

/* --- the body ----------------------------------------------------------------------------------
 */

/* Bytes as they come, first those that came with the head. 0: the end of the connection. */
static int read_bytes(struct ouro_http_client *client, void *buf, size_t len, int64_t deadline)
{
    struct ouro__answer *answer = &client->answer;
    size_t here = answer->in_len - answer->used;
    if (here == 0)
        return ouro_read(client->stream, buf, len, deadline);
    if (len > here)
        len = here;
    memcpy(buf, answer->in + answer->used, len);
    answer->used += len;
    return (int)len;
}

static int read_sized(struct ouro_http_client *client, void *buf, size_t len, int64_t deadline)
{
    int rc = read_bytes(client, buf, len < client->left ? len : (size_t)client->left, deadline);
    if (rc <= 0)
        return rc < 0 ? rc : -OURO_ECLOSED;
    client->left -= (uint64_t)rc;
    if (client->left == 0)
        client->body = OURO__HTTP_BODY_NONE;
    return rc;
}

/* See to it that there is something behind `used`, where the body of before stood. */
static int fill(struct ouro_http_client *client, int64_t deadline)
{
    struct ouro__answer *answer = &client->answer;
    if (answer->used < answer->in_len)
        return 0;
    answer->used = answer->in_len = answer->head_bytes;
    int rc = ouro_read(client->stream, answer->in + answer->in_len,
                       sizeof answer->in - answer->in_len, deadline);
    answer->in_len += rc > 0 ? (size_t)rc : 0;
    return rc == 0 ? -OURO_ECLOSED : rc;
}

/* No more is shown to the decoder than can be taken of what it may say. */
static int read_chunked(struct ouro_http_client *client, void *buf, size_t len, int64_t deadline)
{
    struct ouro__answer *answer = &client->answer;
    for (;;) {
        struct ouro__slice data;
        size_t used, here;
        int rc = fill(client, deadline);
        if (rc < 0)
            return rc;
        here = answer->in_len - answer->used;
        rc = ouro__chunk_next(&client->chunk, answer->in + answer->used, here < len ? here : len,
                              &used, &data);
        if (rc < 0)
            return -OURO_EMALFORMED;
        answer->used += used;
        if (rc == OURO__CHUNK_END)
            client->body = OURO__HTTP_BODY_NONE;
        if (rc == OURO__CHUNK_DATA)
            memcpy(buf, data.at, data.len);
        if (rc != OURO__CHUNK_MORE)
            return rc == OURO__CHUNK_DATA ? (int)data.len : 0;
    }
}

static int read_until_close(struct ouro_http_client *client, void *buf, size_t len,
                            int64_t deadline)
{
    int rc = read_bytes(client, buf, len, deadline);
    if (rc == 0)
        client->body = OURO__HTTP_BODY_NONE;
    return rc;
}

static int read_some(struct ouro_http_client *client, void *buf, size_t len, int64_t deadline)
{
    switch (client->body) {
    case OURO__HTTP_BODY_LENGTH:
        return read_sized(client, buf, len, deadline);
    case OURO__HTTP_BODY_CHUNKED:
        return read_chunked(client, buf, len, deadline);
    case OURO__HTTP_BODY_UNTIL_CLOSE:
        return read_until_close(client, buf, len, deadline);
    default:
        return 0;
    }
}

int ouro_http_client_read(struct ouro_http_client *client, void *buf, size_t len, int64_t deadline)
{
    int rc = read_some(client, buf, len < INT32_MAX ? len : INT32_MAX, deadline);
    if (rc < 0)
        client->reusable = false;
    return rc;
}

int ouro_http_client_body(struct ouro_http_client *client, size_t bytes_max, int64_t deadline,
                          const char **ret_body, size_t *ret_len)
{
    struct ouro_buf *whole = &client->whole;
    int rc = 1;
    while (rc > 0) {
        char *room = ouro_buf_reserve(whole, OURO__ANSWER_PIECE_BYTES);
        if (!room)
            return -ENOMEM;
        rc = ouro_http_client_read(client, room, OURO__ANSWER_PIECE_BYTES, deadline);
        whole->len += rc > 0 ? (size_t)rc : 0;
        if (whole->len > bytes_max)
            rc = -OURO_ELIMIT;
    }
    if (rc < 0)
        return rc;
    *ret_body = whole->data ? whole->data : "";
    *ret_len = whole->len;
    return 0;
}
