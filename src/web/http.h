/* SPDX-License-Identifier: MIT */
/* An HTTP connection from the inside, for those who turn it into something else. */
#ifndef OURO_WEB_HTTP_H
#define OURO_WEB_HTTP_H

#include "ouro/web.h"
#include "web/http_parse.h"

#include "net/stream.h"

/* Room behind a head, so that a body in pieces can be read while the head stays where it is. */
#define OURO__HTTP_PIECE_BYTES 4096
/* What is there for a head at first; most are shorter. */
#define OURO__HTTP_IN_BYTES_FIRST 2048

/*
 *      in:  | head of the request | its body ... | next request ... |
 *                                 ^ head_bytes   ^ used             ^ in_len
 */
struct ouro_http {
    struct ouro_stream *stream; /* NULL: taken over */
    const struct ouro_http_options *options;
    struct ouro__http_request
        *request; /* points into `in`; NULL, as that: a WebSocket needs none */
    size_t head_bytes;
    size_t used;            /* bytes of `in` that have been dealt with */
    size_t in_len;          /* bytes of `in` that have come */
    struct ouro_buf fields; /* that the answer gets besides */
    struct ouro_buf body;   /* of the request, once it has been asked for */
    int body_status;        /* what came of reading it */
    struct ouro_buf params; /* of the route: name NUL value NUL ... */
    uint32_t requests;
    int status;                   /* of the answer; 0: none yet */
    enum ouro__http_body framing; /* of the answer */
    uint64_t unsent, sent_bytes;  /* of its body; the first only where its length was said */
    int64_t began_at;             /* when the head of the request was there */
    bool body_read, keep_alive;
    bool answered, ended; /* the answer has begun, and is whole */
    bool mute;            /* its body, if it has one, is not sent */
    char id[OURO_HTTP_ID_BYTES];
    char *in;
    size_t in_cap;
};

#define OURO__HTTP_LENGTH_UNKNOWN UINT64_MAX

/* As ouro_http_begin(), with the length of what will be written. */
int ouro__http_begin(struct ouro_http *http, int status, const char *content_type, uint64_t len);
/* As ouro_http_body(), where a shorter body than the options allow is all that is wanted: what is
 * longer is not read, and takes no memory. */
int ouro__http_body_within(struct ouro_http *http, uint32_t bytes_max, const char **ret_body,
                           size_t *ret_len);
/* Tell of the access, once the answer is there. */
void ouro__http_tell_access(struct ouro_http *http);
/* Answer with what a parser refused, and let the connection end. */
int ouro__http_refuse(struct ouro_http *http, const struct ouro__http_refusal *refusal);
/* Take the stream over: the connection's task will leave it alone. What was read beyond the
 * request is `ret_rest`, valid until the request is forgotten or the handler returns. */
struct ouro_stream *ouro__http_take(struct ouro_http *http, const uint8_t **ret_rest,
                                    size_t *ret_len);
/* Then, once the rest has been looked at: free the request and what it points into, which is most
 * of what a connection holds. */
void ouro__http_forget_request(struct ouro_http *http);

#endif
