/* SPDX-License-Identifier: MIT */
/* The life of a WebSocket connection: how it begins, and the four states of its end. */
#include "web/ws.h"

#include "sync/select.h"

#include <stdlib.h>
#include <string.h>

#define CLOSE_NS_DEFAULT OURO_SEC(2)
/* The answer, with the name of a protocol of 256 bytes. */
#define HANDSHAKE_BYTES_MAX 576
#define HANDSHAKE_NS_MAX    OURO_SEC(10)
#define LEVEL_MAX           9  /* zlib's */
#define PROTOCOLS_MAX       63 /* what struct ouro_ws has bits for */

/* What is kept stays until the ws is freed: a message that the user still looks at may lie in it.
 */
void ouro__ws_end(struct ouro_ws *ws)
{
    if (ws->state == OURO__WS_ENDED)
        return;
    ws->state = OURO__WS_ENDED;
    ouro_timer_stop(&ws->close_timer);
    ouro_timer_stop(&ws->again_timer);
    ouro__ws_drop_queue(ws);
    ws->stream = ouro_stream_close(ws->stream);
    ouro__wake_all(&ws->readers, 0);
    if (ws->consumer && !ws->busy) /* else pump() goes on from here */
        ws->consumer->closed(ws, ws->ud);
}

static void on_close_timer(struct ouro_timer *timer)
{
    ouro__ws_end(ouro_container(timer, struct ouro_ws, close_timer));
}

/* --- closing ---------------------------------------------------------------------------------- */

/* The one way out of OPEN: our close is sent, the time for the peer's begins. */
static void start_closing(struct ouro_ws *ws, uint16_t code, const char *reason)
{
    int64_t ns = ws->options->close_ns_max ? ws->options->close_ns_max : CLOSE_NS_DEFAULT;
    ouro__ws_send_close(ws, code, reason);
    ws->state = OURO__WS_CLOSING;
    ws->close_code = code;
    ws->close_timer.fn = on_close_timer;
    if (ouro_timer_start(&ws->close_timer, ouro_after(ns)) < 0)
        ouro_stream_shutdown(ws->stream); /* without a timer, at least the peer is told */
}

void ouro_ws_close(struct ouro_ws *ws, uint16_t code, const char *reason)
{
    ouro_assert(ouro__ws_close_code_valid(code));
    if (ws->state == OURO__WS_OPEN)
        start_closing(ws, code, reason);
}

void ouro__ws_start_draining(struct ouro_ws *ws, uint16_t code, const char *reason)
{
    if (ws->state == OURO__WS_OPEN)
        start_closing(ws, code, reason);
    ws->state = OURO__WS_DRAINING;
    ouro__ws_finish_if_drained(ws);
}

/* --- life ------------------------------------------------------------------------------------- */

uint16_t ouro_ws_close_code(const struct ouro_ws *ws)
{
    return ws->close_code;
}

int64_t ouro_ws_heard_at(const struct ouro_ws *ws)
{
    return ws->heard_at;
}

struct ouro_stream *ouro_ws_stream(struct ouro_ws *ws)
{
    return ws->stream;
}

static void drop_message(struct ouro_ws *ws, const struct ouro_ws_message *message, void *ud)
{
    (void)ws, (void)message, (void)ud;
}

static void destroy(struct ouro_ws *ws, void *ud)
{
    (void)ud;
    ouro__inflater_give_back(ws->inflater);
    if (ws->send_bits)
        ouro__deflate_leave();
    free(ws->kept);
    free(ws);
}

struct ouro_ws *ouro_ws_free(struct ouro_ws *ws)
{
    static const struct ouro_ws_consumer nobody = {drop_message, destroy};
    static const struct ouro_ws_options none; /* theirs may go, while it still closes */
    if (!ws)
        return NULL;
    ouro_assert(ouro_list_empty(&ws->readers)); /* a task waits in ouro_ws_recv() */
    ws->consumer = &nobody;
    ws->options = &none;
    if (ws->state == OURO__WS_ENDED)
        destroy(ws, NULL);
    else if (ws->state == OURO__WS_OPEN)
        ouro__ws_end(ws);
    else if (!ws->busy)
        ouro_ws_consume(ws, &nobody, NULL); /* the peer still gets to know why */
    return NULL;
}

/* Where it stands in the list, counted from one. */
static uint16_t number_of(const char *protocol, const char *const *protocols)
{
    uint16_t number = 1;
    if (!protocol)
        return 0;
    while (protocols[number - 1] != protocol)
        number++;
    return number;
}

const char *ouro_ws_protocol(const struct ouro_ws *ws)
{
    return ws->protocol ? ws->options->protocols[ws->protocol - 1] : NULL;
}

struct ouro_ws *ouro__ws_new(enum ouro__ws_role role, const struct ouro__ws_handshake *handshake,
                             const struct ouro_ws_options *options)
{
    static const struct ouro_ws_options defaults;
    struct ouro_ws *ws = calloc(1, sizeof *ws);
    if (!ws)
        return NULL;
    ws->options = options ? options : &defaults;
    ws->close_code = 1006;
    ws->heard_at = ouro__loop_time();
    ws->client = role == OURO__WS_CLIENT;
    ws->send_bits = handshake->terms.send_bits & 15;
    ws->context = handshake->terms.context;
    ws->protocol = number_of(handshake->protocol, ws->options->protocols) & PROTOCOLS_MAX;
    ws->dressed = ws->client || ws->send_bits;
    if (ws->send_bits)
        ouro__deflate_enter();
    ouro_list_init(&ws->readers);
    ouro__ws_init(&ws->parser, role, ws->send_bits > 0);
    return ws;
}

int ouro__ws_start(struct ouro_ws *ws, struct ouro_stream *stream, const void *rest, size_t len)
{
    ws->stream = stream;
    ouro_stream_watch(stream, ouro__ws_on_edge, ws);
    return ouro__ws_keep_rest(ws, rest, len);
}

/* --- a server's handshake ----------------------------------------------------------------------
 */

static struct ouro__ws_wish wish_of(const struct ouro_ws_deflate *deflate)
{
    uint8_t bits = deflate->window_bits ? deflate->window_bits : OURO__WS_WINDOW_BITS_MAX;
    if (!deflate->on)
        return (struct ouro__ws_wish){0};
    ouro_assert(bits >= OURO__WS_WINDOW_BITS_MIN && bits <= OURO__WS_WINDOW_BITS_MAX);
    ouro_assert(deflate->level <= LEVEL_MAX);
    return (struct ouro__ws_wish){.on = true, .context = deflate->context, .window_bits = bits};
}

struct ouro__ws_rules ouro__ws_rules_of(const struct ouro_ws_options *options)
{
    size_t count = 0;
    if (!options)
        return (struct ouro__ws_rules){0};
    while (options->protocols && options->protocols[count])
        count++;
    ouro_assert(count <= PROTOCOLS_MAX);
    return (struct ouro__ws_rules){.origins = options->origins,
                                   .protocols = options->protocols,
                                   .deflate = wish_of(&options->deflate)};
}

/* The handshake, with the handler's own fields in front of the empty line. */
static int write_handshake(const struct ouro__ws_handshake *handshake,
                           const struct ouro_buf *fields, char *out)
{
    int len = ouro__ws_handshake_write(handshake, out, HANDSHAKE_BYTES_MAX);
    if (len < 0 || fields->len == 0)
        return len;
    memcpy(out + len - 2, fields->data, fields->len);
    memcpy(out + len - 2 + fields->len, "\r\n", 2);
    return len + (int)fields->len;
}

/* From memory that has been used before: a task that goes on with the WebSocket has a stack of its
 * own that is new, and the kernel would have to look for its page a second time. */
static int send_handshake(struct ouro_http *http, const struct ouro__ws_handshake *handshake)
{
    const struct ouro_buf *fields = &http->fields;
    char *answer = ouro_buf_failed(fields) ? NULL : malloc(HANDSHAKE_BYTES_MAX + fields->len);
    int rc = answer ? write_handshake(handshake, fields, answer) : -ENOMEM;
    if (rc >= 0) {
        http->answered = true; /* by half, perhaps: nothing else may follow */
        rc = ouro_write(http->stream, answer, (size_t)rc, ouro_after(HANDSHAKE_NS_MAX));
        http->keep_alive &= rc == 0;
    }
    free(answer);
    return rc;
}

/* 0, and the stream is the connection's. */
static int answer(struct ouro_http *http, const struct ouro__ws_handshake *handshake,
                  struct ouro_ws *ws)
{
    const uint8_t *rest;
    size_t len;
    int rc = send_handshake(http, handshake);
    if (rc < 0)
        return rc;
    struct ouro_stream *stream = ouro__http_take(http, &rest, &len);
    rc = ouro__ws_start(ws, stream, rest, len);
    ouro__http_forget_request(http);
    return rc;
}

int ouro_ws_accept(struct ouro_http *http, const struct ouro_ws_options *options,
                   struct ouro_ws **ret_ws)
{
    struct ouro__ws_rules rules = ouro__ws_rules_of(options);
    struct ouro__ws_handshake handshake;
    const struct ouro__http_refusal *refusal;
    int rc = ouro__ws_handshake_check(http->request, &rules, &handshake, &refusal);
    if (rc == -OURO_EMALFORMED)
        ouro__http_refuse(http, refusal);
    if (rc < 0)
        return rc;
    struct ouro_ws *ws = ouro__ws_new(OURO__WS_SERVER, &handshake, options);
    rc = ws ? answer(http, &handshake, ws) : -ENOMEM;
    if (rc < 0)
        ouro_ws_free(ws);
    else
        *ret_ws = ws;
    return rc;
}
