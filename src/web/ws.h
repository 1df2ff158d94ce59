/* SPDX-License-Identifier: MIT */
/* The WebSocket connection from the inside: what lies between the pure parser and a stream.
 *
 *      stream -> scratch or kept bytes -> parser -> message -> task, or consumer      ws_recv.c
 *                                              \-> inflater -/
 *      frames -> stream, and what it does not take -> queue -> stream                 ws_send.c
 *
 * An idle connection holds its struct and nothing else. Bytes of a message that is not complete are
 * kept in a buffer of their own, which goes as soon as it is. */
#ifndef OURO_WEB_WS_H
#define OURO_WEB_WS_H

#include "web/http.h"
#include "web/ws_deflate.h"
#include "web/ws_extension.h"
#include "web/ws_handshake.h"

enum ouro__ws_state {
    OURO__WS_OPEN,
    OURO__WS_CLOSING,  /* our close is on its way; the peer's is waited for */
    OURO__WS_DRAINING, /* closes are exchanged, or the peer broke the rules: until it ends, or the
                        * timer */
    OURO__WS_ENDED,
};

struct ouro_ws {
    /* What sending looks at comes first: one cache line for each client and tick. */
    struct ouro_stream *stream; /* NULL: ended */
    struct ouro__ws_queue *queue;
    const struct ouro_ws_options *options;
    uint16_t close_code;
    uint16_t work;           /* of a turn so far, see ws_recv.c */
    uint8_t state;           /* enum ouro__ws_state */
    bool dressed;            /* frames are not sent as they are, but compressed or masked */
    uint16_t send_bits : 4;  /* window of what we compress; 0: compression was not agreed on */
    uint16_t client : 1;     /* which masks */
    uint16_t context : 1;    /* the inflater is kept: messages may refer to those before them */
    uint16_t inflating : 1;  /* a compressed message has begun */
    uint16_t busy : 1;       /* in callbacks of the consumer */
    uint16_t to_the_end : 1; /* of what can be read: the edge that tells of it may be behind us */
    uint16_t finished : 1;   /* our side is shut down */
    uint16_t protocol : 6;   /* its place in the options' list, plus one; 0: none */
    const struct ouro_ws_consumer *consumer; /* NULL: a task reads */
    void *ud;
    struct ouro__ws_kept *kept;
    struct ouro_link readers; /* the task in ouro_ws_recv() */
    int64_t heard_at;
    struct ouro__inflater *inflater; /* while a compressed message comes in, or is looked at */
    struct ouro_timer close_timer;   /* until the peer has answered our close */
    struct ouro_timer again_timer;   /* the next round of reading, in the loop's next turn */
    struct ouro__ws parser;
};

/* A connection on which nothing can be done yet, with what was agreed on. NULL: out of memory. */
struct ouro_ws *ouro__ws_new(enum ouro__ws_role role, const struct ouro__ws_handshake *handshake,
                             const struct ouro_ws_options *options);
/* Begin, over a stream on which the handshake is done; `rest` came behind it. The stream becomes
 * its own. -ENOMEM: free it. */
int ouro__ws_start(struct ouro_ws *ws, struct ouro_stream *stream, const void *rest, size_t len);

/* What the options (may be NULL) ask of a handshake. */
struct ouro__ws_rules ouro__ws_rules_of(const struct ouro_ws_options *options);

/* Not from inside ouro_ws_send(): its callers do not expect the connection to vanish. */
void ouro__ws_end(struct ouro_ws *ws);
/* The peer has closed, or broke the rules: it is listened to no more. `code` and `reason` are for
 * the case that we have not closed already. */
void ouro__ws_start_draining(struct ouro_ws *ws, uint16_t code, const char *reason);

/* --- ws_send.c -------------------------------------------------------------------------------- */

/* Send what is queued. A failure shows at the reading side too, which ends the connection. */
void ouro__ws_flush(struct ouro_ws *ws);
/* Shut our side down, if nothing is to be sent any more. */
void ouro__ws_finish_if_drained(struct ouro_ws *ws);
void ouro__ws_drop_queue(struct ouro_ws *ws);
void ouro__ws_send_pong(struct ouro_ws *ws, const void *payload, size_t len);
/* Whatever the bound of the queue. */
void ouro__ws_send_close(struct ouro_ws *ws, uint16_t code, const char *reason);

/* --- ws_recv.c -------------------------------------------------------------------------------- */

/* For ouro_stream_watch(); `ud` is the connection. */
void ouro__ws_on_edge(struct ouro_stream *stream, unsigned edges, void *ud);
/* Keep bytes that came behind the handshake. 0, -ENOMEM. */
int ouro__ws_keep_rest(struct ouro_ws *ws, const void *data, size_t len);

#endif
