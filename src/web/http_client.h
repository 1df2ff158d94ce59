/* SPDX-License-Identifier: MIT */
/* What clients of HTTP and of WebSocket share: to come to the server, and to read its answer. */
#ifndef OURO_WEB_HTTP_CLIENT_H
#define OURO_WEB_HTTP_CLIENT_H

#include "ouro/web.h"
#include "web/http_parse.h"
#include "web/url.h"

/* Room behind the largest head, so that a body can be read while the head stays where it is. */
#define OURO__ANSWER_PIECE_BYTES 4096

/*      in:  | head of the answer | its body ... |
 *                                ^ head_bytes, then used       ^ in_len
 */
struct ouro__answer {
    struct ouro__http_response response; /* points into `in` */
    size_t head_bytes, used, in_len;
    char in[OURO__HTTP_HEAD_BYTES_MAX + OURO__ANSWER_PIECE_BYTES];
};

/* Connect, with TLS if the URL says so. `via` may be NULL. As ouro_http_client_open(). */
int ouro__dial(const struct ouro__url *url, const struct ouro_http_via *via, int64_t deadline,
               struct ouro_stream **ret_stream);
/* Nothing is connected, for a reason of before: close what `via` (may be NULL) has brought. */
void ouro__hang_up(const struct ouro_http_via *via);

/* Read the head of an answer; those of 1xx before it are passed over, but for 101. 0;
 * -OURO_ECLOSED, -OURO_EMALFORMED; as ouro_read(). */
int ouro__answer_read(struct ouro__answer *answer, struct ouro_stream *stream,
                      enum ouro__http_method method, int64_t deadline);

#endif
