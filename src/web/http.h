/* SPDX-License-Identifier: MIT */
/* An HTTP connection from the inside, for those who turn it into something else. */
#ifndef OURO_WEB_HTTP_H
#define OURO_WEB_HTTP_H

#include "ouro/web.h"
#include "web/http_parse.h"

#include "net/stream.h"

struct ouro_http {
    struct ouro_stream *stream;
    const struct ouro_http_limits *limits;
    struct ouro__http_request request;
    size_t used;            /* bytes of `in` that belong to the current request */
    size_t in_len;          /* bytes of `in` that have come */
    struct ouro_buf fields; /* that the answer gets besides */
    struct ouro_buf body;   /* of the request, once it has been asked for */
    uint32_t requests;
    bool answered, body_read, keep_alive;
    char in[OURO__HTTP_HEAD_BYTES_MAX];
};

/* Answer with what a parser refused, and let the connection end. */
int ouro__http_refuse(struct ouro_http *http, const struct ouro__http_refusal *refusal);
/* Take the stream over: the connection's task will leave it alone. What was read beyond the
 * request is `ret_rest`, valid until the handler returns. */
struct ouro_stream *ouro__http_take(struct ouro_http *http, const uint8_t **ret_rest,
                                    size_t *ret_len);

#endif
