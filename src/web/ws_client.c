/* SPDX-License-Identifier: MIT */
/* The client's handshake. What follows it is the same connection as a server's, which masks. */
#include "web/http_client.h"
#include "web/ws.h"

#include <stdlib.h>
#include <string.h>

static void put_field(struct ouro_buf *head, const char *name, const char *value)
{
    if (value && *value)
        ouro_buf_printf(head, "%s: %s\r\n", name, value);
}

static void put_protocols(struct ouro_buf *head, const char *const *protocols)
{
    for (const char *const *it = protocols; it && *it; it++)
        ouro_buf_printf(head, "%s%s", it == protocols ? "Sec-WebSocket-Protocol: " : ", ", *it);
    if (protocols && *protocols)
        ouro_buf_puts(head, "\r\n");
}

static int send_request(struct ouro_stream *stream, const struct ouro__url *url, const char *key,
                        const struct ouro__ws_rules *rules, const struct ouro_ws_call *call,
                        int64_t deadline)
{
    struct ouro_buf head = {0};
    char offer[OURO__WS_EXTENSION_BYTES];
    ouro__ws_extension_offer(&rules->deflate, offer);
    ouro_buf_printf(&head,
                    "GET %.*s HTTP/1.1\r\nHost: %.*s\r\nUpgrade: websocket\r\n"
                    "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n",
                    (int)url->target.len, url->target.at, (int)url->authority.len,
                    url->authority.at);
    put_field(&head, "Sec-WebSocket-Key", key);
    put_field(&head, "Origin", call->origin);
    put_field(&head, "Sec-WebSocket-Extensions", offer);
    put_protocols(&head, rules->protocols);
    ouro_buf_printf(&head, "%s\r\n", call->fields ? call->fields : "");
    int rc = ouro_buf_failed(&head) ? -ENOMEM : ouro_write(stream, head.data, head.len, deadline);
    ouro_buf_done(&head);
    return rc;
}

/* 0: `answer` and `handshake` are filled in. */
static int shake_hands(struct ouro_stream *stream, const struct ouro__url *url,
                       const struct ouro__ws_rules *rules, const struct ouro_ws_call *call,
                       int64_t deadline, struct ouro__answer *answer,
                       struct ouro__ws_handshake *ret_handshake)
{
    uint64_t random[2] = {ouro_random(), ouro_random()};
    char key[OURO__WS_KEY_BYTES + 1], accept[OURO__WS_ACCEPT_BYTES + 1];
    ouro__ws_key_print((const uint8_t *)random, key);
    ouro__ws_accept_key(key, accept);
    int rc = send_request(stream, url, key, rules, call, deadline);
    if (rc == 0)
        rc = ouro__answer_read(answer, stream, OURO__HTTP_GET, deadline);
    return rc < 0 ? rc : ouro__ws_answer_check(&answer->response, accept, rules, ret_handshake);
}

/* The stream becomes the connection's, or is closed: whatever else a server answers, nothing of it
 * is left open. */
static int open_on(struct ouro_stream *stream, const struct ouro__url *url,
                   const struct ouro_ws_options *options, const struct ouro_ws_call *call,
                   int64_t deadline, struct ouro__answer *answer, struct ouro_ws **ret_ws)
{
    struct ouro__ws_rules rules = ouro__ws_rules_of(options);
    struct ouro__ws_handshake handshake;
    int rc = shake_hands(stream, url, &rules, call, deadline, answer, &handshake);
    struct ouro_ws *ws = rc == 0 ? ouro__ws_new(OURO__WS_CLIENT, &handshake, options) : NULL;
    if (!ws) {
        ouro_stream_close(stream);
        return rc < 0 ? rc : -ENOMEM;
    }
    rc = ouro__ws_start(ws, stream, answer->in + answer->used, answer->in_len - answer->used);
    if (rc < 0)
        ouro_ws_free(ws);
    else
        *ret_ws = ws;
    return rc;
}

int ouro_ws_connect(const char *url, const struct ouro_ws_options *options,
                    const struct ouro_ws_call *call, int64_t deadline, struct ouro_ws **ret_ws)
{
    static const struct ouro_ws_call plain;
    struct ouro__url parsed;
    struct ouro_stream *stream;
    call = call ? call : &plain;
    int rc = ouro__url_parse(url, "ws", &parsed);
    struct ouro__answer *answer = rc == 0 ? malloc(sizeof *answer) : NULL;
    if (!answer) {
        ouro__hang_up(&call->via);
        return rc < 0 ? rc : -ENOMEM;
    }
    answer->in_len = answer->used = 0;
    rc = ouro__dial(&parsed, &call->via, deadline, &stream);
    if (rc == 0)
        rc = open_on(stream, &parsed, options, call, deadline, answer, ret_ws);
    free(answer);
    return rc;
}
