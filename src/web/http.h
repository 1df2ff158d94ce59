/* SPDX-License-Identifier: MIT */
/* An HTTP connection from the inside, for those who turn it into something else. */
#ifndef OURO_WEB_HTTP_H
#define OURO_WEB_HTTP_H

#include "ouro/web.h"
#include "web/http_parse.h"

#include "net/stream.h"

/* Room behind the largest head, so that a body can be read while the head stays where it is. */
#define OURO__HTTP_PIECE_BYTES 4096

/*
 *      in:  | head of the request | its body ... | next request ... |
 *                                 ^ head_bytes   ^ used             ^ in_len
 */
struct ouro_http {
    struct ouro_stream *stream; /* NULL: taken over */
    const struct ouro_http_limits *limits;
    struct ouro__http_request request; /* points into `in` */
    size_t head_bytes;
    size_t used;            /* bytes of `in` that have been dealt with */
    size_t in_len;          /* bytes of `in` that have come */
    struct ouro_buf fields; /* that the answer gets besides */
    struct ouro_buf body;   /* of the request, once it has been asked for */
    int body_status;        /* what came of reading it */
    uint32_t requests;
    bool answered, body_read, keep_alive;
    char in[OURO__HTTP_HEAD_BYTES_MAX + OURO__HTTP_PIECE_BYTES];
};

/* Answer with what a parser refused, and let the connection end. */
int ouro__http_refuse(struct ouro_http *http, const struct ouro__http_refusal *refusal);
/* Take the stream over: the connection's task will leave it alone. What was read beyond the
 * request is `ret_rest`, valid until the handler returns. */
struct ouro_stream *ouro__http_take(struct ouro_http *http, const uint8_t **ret_rest,
                                    size_t *ret_len);

#endif
