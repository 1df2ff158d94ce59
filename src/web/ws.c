/* SPDX-License-Identifier: MIT */
/* The WebSocket connection: what lies between the pure parser and a stream.
 *
 *      stream -> scratch or kept bytes -> parser -> message -> task, or consumer
 *      frames -> stream, and what it does not take -> queue -> stream
 *
 * An idle connection holds its struct and nothing else. Bytes of a message that is not complete are
 * kept in a buffer of their own, which goes as soon as it is. */
#include "sync/select.h"
#include "web/http.h"
#include "web/ws_handshake.h"
#include "web/ws_parse.h"

#include <stdlib.h>
#include <string.h>

#define MESSAGE_BYTES_DEFAULT (64 * 1024)
#define FRAGMENTS_DEFAULT     1024
#define QUEUE_BYTES_DEFAULT   (256 * 1024)
#define CLOSE_NS_DEFAULT      OURO_SEC(2)
#define HANDSHAKE_BYTES_MAX   512
#define HANDSHAKE_NS_MAX      OURO_SEC(10)
#define REASON_BYTES_MAX      123
#define SCRATCH_BYTES         (64 * 1024)
#define READ_BYTES_MIN        2048
/* Of a task that waits for the first bytes of a message: with what lies before them, a block of
 * those that malloc() has at hand. */
#define READ_BYTES_FIRST 960
/* Reads of one connection before the others get their turn. */
#define READS_PER_TURN  16
#define PARTS_PER_WRITE 64
/* With more frames than this before it, a pong is left out (RFC 6455 5.5.3 allows it). Else a
 * client that pings and does not read would be kept 20 bytes for each one it sends. */
#define FRAMES_BEFORE_PONG_MAX 64
/* Of the pings that come in one piece, so many are answered one by one, and of the rest the last
 * (RFC 6455 5.5.3, again). Else each six bytes of a client would have a system call of their own,
 * ten thousands of them before the others get their turn. */
#define PONGS_AT_ONCE_MAX 16

/* Bytes that could not be dealt with yet. */
struct kept {
    size_t cap;
    struct ouro__ws_input in;
    uint8_t bytes[];
};

/* Frames that the client has not taken yet. A ring; grows by doubling up to what the bound on its
 * bytes lets in. */
struct queue {
    size_t first, count, cap;
    size_t offset; /* of the first frame: this much of it has gone */
    size_t bytes;  /* that are still to go */
    struct ouro_frame *frames[];
};

enum state {
    OPEN,
    CLOSING,  /* our close is on its way; the client's is waited for */
    DRAINING, /* closes are exchanged, or the client broke the rules: until it ends, or the timer */
    ENDED,
};

struct ouro_ws {
    /* What sending looks at comes first: one cache line for each client and tick. */
    struct ouro_stream *stream; /* NULL: ended */
    struct queue *queue;
    const struct ouro_ws_options *options;
    uint8_t state;
    uint8_t reads;   /* of a task, since there was nothing to read */
    bool busy;       /* in callbacks of the consumer */
    bool to_the_end; /* of what can be read: the edge that tells of the end may be behind us */
    bool finished;   /* our side is shut down */
    uint16_t close_code;
    const struct ouro_ws_consumer *consumer; /* NULL: a task reads */
    void *ud;
    struct kept *kept;
    struct ouro_link readers; /* the task in ouro_ws_recv() */
    int64_t heard_at;
    struct ouro_timer close_timer; /* until the client has answered our close */
    struct ouro_timer again_timer; /* the next round of reading, in the loop's next turn */
    struct ouro__ws parser;
};

/* --- options ---------------------------------------------------------------------------------- */

static struct ouro__ws_limits limits_of(const struct ouro_ws *ws)
{
    const struct ouro_ws_options *options = ws->options;
    return (struct ouro__ws_limits){
        .message_bytes_max =
            options->message_bytes_max ? options->message_bytes_max : MESSAGE_BYTES_DEFAULT,
        .fragments_max = options->fragments_max ? options->fragments_max : FRAGMENTS_DEFAULT,
    };
}

static size_t queue_bytes_max(const struct ouro_ws *ws)
{
    return ws->options->queue_bytes_max ? ws->options->queue_bytes_max : QUEUE_BYTES_DEFAULT;
}

/* --- the end ---------------------------------------------------------------------------------- */

static void drop_queue(struct ouro_ws *ws)
{
    struct queue *queue = ws->queue;
    for (size_t i = 0; queue && i < queue->count; i++)
        ouro_frame_unref(queue->frames[(queue->first + i) % queue->cap]);
    free(queue);
    ws->queue = NULL;
}

/* Not from inside ouro_ws_send(): its callers do not expect the connection to vanish. What is kept
 * stays until the ws is freed: a message that the user still looks at may lie in it. */
static void end(struct ouro_ws *ws)
{
    if (ws->state == ENDED)
        return;
    ws->state = ENDED;
    ouro_timer_stop(&ws->close_timer);
    ouro_timer_stop(&ws->again_timer);
    drop_queue(ws);
    ws->stream = ouro_stream_close(ws->stream);
    ouro__wake_all(&ws->readers, 0);
    if (ws->consumer && !ws->busy) /* else pump() goes on from here */
        ws->consumer->closed(ws, ws->ud);
}

static void on_close_timer(struct ouro_timer *timer)
{
    end(ouro_container(timer, struct ouro_ws, close_timer));
}

/* --- sending ---------------------------------------------------------------------------------- */

/* Gather what is queued, the rest of a half-sent frame first. */
static int gather(const struct queue *queue, struct iovec parts[PARTS_PER_WRITE])
{
    int count = 0;
    size_t skip = queue->offset;
    for (size_t i = 0; i < queue->count && count < PARTS_PER_WRITE; i++, skip = 0) {
        size_t len;
        const uint8_t *wire = ouro_frame_wire(queue->frames[(queue->first + i) % queue->cap], &len);
        parts[count++] = (struct iovec){(void *)(uintptr_t)(wire + skip), len - skip};
    }
    return count;
}

static void forget_sent(struct queue *queue, size_t sent)
{
    queue->bytes -= sent;
    queue->offset += sent;
    while (queue->count) {
        size_t len;
        struct ouro_frame *frame = queue->frames[queue->first];
        ouro_frame_wire(frame, &len);
        if (queue->offset < len)
            break;
        queue->offset -= len;
        queue->first = (queue->first + 1) % queue->cap;
        queue->count--;
        ouro_frame_unref(frame);
    }
}

/* Shutting down our side tells the client that nothing follows the close frame. */
static void finish_if_drained(struct ouro_ws *ws)
{
    if (ws->queue || ws->state != DRAINING || ws->finished)
        return;
    ws->finished = true;
    ouro_stream_shutdown(ws->stream);
}

/* A failure shows at the reading side too, which ends the connection. */
static void flush(struct ouro_ws *ws)
{
    while (ws->queue) {
        struct iovec parts[PARTS_PER_WRITE];
        int sent = ouro_stream_try_writev(ws->stream, parts, gather(ws->queue, parts));
        if (sent < 0)
            return;
        forget_sent(ws->queue, (size_t)sent);
        if (ws->queue->count == 0)
            drop_queue(ws);
    }
    finish_if_drained(ws);
}

static struct queue *queue_with_room(struct ouro_ws *ws, size_t more)
{
    struct queue *old = ws->queue;
    size_t count = old ? old->count : 0, cap = old ? old->cap : 4;
    if (old && count + more <= cap)
        return old;
    while (cap < count + more)
        cap *= 2;
    struct queue *queue = malloc(sizeof *queue + cap * sizeof(struct ouro_frame *));
    if (!queue)
        return NULL;
    *queue = (struct queue){.count = count, .cap = cap};
    for (size_t i = 0; i < count; i++)
        queue->frames[i] = old->frames[(old->first + i) % old->cap];
    if (old) {
        queue->offset = old->offset;
        queue->bytes = old->bytes;
    }
    free(old);
    return ws->queue = queue;
}

/* Queue frames, of which `sent` bytes have gone already. */
static int enqueue(struct ouro_ws *ws, struct ouro_frame *const *frames, size_t count, size_t sent)
{
    struct queue *queue = queue_with_room(ws, count);
    if (!queue)
        return -ENOMEM;
    for (size_t i = 0; i < count; i++) {
        size_t len;
        ouro_frame_wire(frames[i], &len);
        queue->bytes += len;
        queue->frames[(queue->first + queue->count++) % queue->cap] = ouro_frame_ref(frames[i]);
    }
    forget_sent(queue, sent);
    if (queue->count == 0)
        drop_queue(ws);
    return 0;
}

static size_t wire_bytes(struct ouro_frame *const *frames, size_t count)
{
    size_t total = 0, len;
    for (size_t i = 0; i < count; i++) {
        ouro_frame_wire(frames[i], &len);
        total += len;
    }
    return total;
}

/* How much the stream takes at once. The common case is one frame, all of it. */
static int write_now(struct ouro_ws *ws, struct ouro_frame *const *frames, size_t count)
{
    struct iovec parts[PARTS_PER_WRITE];
    for (size_t i = 0; i < count; i++) {
        const uint8_t *wire = ouro_frame_wire(frames[i], &parts[i].iov_len);
        parts[i].iov_base = (void *)(uintptr_t)wire;
    }
    int rc = ouro_stream_try_writev(ws->stream, parts, (int)count);
    return rc == -EAGAIN ? 0 : rc;
}

/* More than one write takes: through the queue. */
static int put_many(struct ouro_ws *ws, struct ouro_frame *const *frames, size_t count)
{
    int rc = enqueue(ws, frames, count, 0);
    if (rc == 0)
        flush(ws);
    return rc;
}

/* Send or queue, whatever the bound of the queue. */
static int put_frames(struct ouro_ws *ws, struct ouro_frame *const *frames, size_t count)
{
    if (ws->queue)
        return enqueue(ws, frames, count, 0);
    if (count > PARTS_PER_WRITE)
        return put_many(ws, frames, count);
    int sent = write_now(ws, frames, count);
    if (sent < 0)
        return -OURO_ECLOSED;
    if ((size_t)sent == wire_bytes(frames, count))
        return 0;
    int rc = enqueue(ws, frames, count, (size_t)sent);
    /* Half a frame went out and the rest can't be remembered: nothing that follows makes sense. */
    if (rc < 0 && sent > 0)
        ouro_stream_shutdown(ws->stream);
    return rc;
}

int ouro_ws_send(struct ouro_ws *ws, struct ouro_frame *const *frames, size_t count)
{
    if (ws->state != OPEN)
        return -OURO_ECLOSED;
    if (ouro_ws_backlog_bytes(ws) + wire_bytes(frames, count) > queue_bytes_max(ws))
        return -OURO_ELIMIT;
    return put_frames(ws, frames, count);
}

static int send_payload(struct ouro_ws *ws, int opcode, const void *payload, size_t len)
{
    if (ws->state != OPEN)
        return -OURO_ECLOSED;
    struct ouro_frame *frame = ouro_frame_new((enum ouro_frame_kind)opcode, payload, len);
    if (!frame)
        return -ENOMEM;
    int rc = ouro_ws_send(ws, &frame, 1);
    ouro_frame_unref(frame);
    return rc;
}

int ouro_ws_send_text(struct ouro_ws *ws, const char *text, size_t len)
{
    return send_payload(ws, OURO__WS_TEXT, text, len);
}

int ouro_ws_ping(struct ouro_ws *ws)
{
    return send_payload(ws, OURO__WS_PING, "", 0);
}

static void send_pong(struct ouro_ws *ws, const void *payload, size_t len)
{
    if (!ws->queue || ws->queue->count <= FRAMES_BEFORE_PONG_MAX)
        send_payload(ws, OURO__WS_PONG, payload, len);
}

size_t ouro_ws_backlog_bytes(const struct ouro_ws *ws)
{
    return ws->queue ? ws->queue->bytes : 0;
}

/* --- closing ---------------------------------------------------------------------------------- */

/* As much of it as fits, and no half character at its end: that would be a protocol error of ours.
 */
static size_t reason_bytes(const char *reason)
{
    size_t len = strnlen(reason, REASON_BYTES_MAX + 1);
    if (len <= REASON_BYTES_MAX)
        return len;
    for (len = REASON_BYTES_MAX; len > 0 && (reason[len] & 0xc0) == 0x80; len--)
        ;
    return len;
}

/* A close finds room however full the queue is: else a client that does not read would never get to
 * know why. */
static void send_close(struct ouro_ws *ws, uint16_t code, const char *reason)
{
    uint8_t payload[2 + REASON_BYTES_MAX] = {(uint8_t)(code >> 8), (uint8_t)code};
    size_t len = reason ? reason_bytes(reason) : 0;
    memcpy(payload + 2, reason ? reason : "", len);
    /* 1005 stands for "no code was given" and is answered in kind. */
    len = code == 1005 ? 0 : 2 + len;
    struct ouro_frame *frame = ouro_frame_new((enum ouro_frame_kind)OURO__WS_CLOSE, payload, len);
    if (frame)
        put_frames(ws, &frame, 1);
    ouro_frame_unref(frame);
}

/* The one way out of OPEN: our close is sent, the time for the client's begins. */
static void start_closing(struct ouro_ws *ws, uint16_t code, const char *reason)
{
    int64_t ns = ws->options->close_ns_max ? ws->options->close_ns_max : CLOSE_NS_DEFAULT;
    send_close(ws, code, reason);
    ws->state = CLOSING;
    ws->close_code = code;
    ws->close_timer.fn = on_close_timer;
    if (ouro_timer_start(&ws->close_timer, ouro_after(ns)) < 0)
        ouro_stream_shutdown(ws->stream); /* without a timer, at least the client is told */
}

void ouro_ws_close(struct ouro_ws *ws, uint16_t code, const char *reason)
{
    ouro_assert(ouro__ws_close_code_valid(code));
    if (ws->state == OPEN)
        start_closing(ws, code, reason);
}

/* The client has closed, or broke the rules: it is listened to no more. `code` and `reason` are for
 * the case that we have not closed already. */
static void start_draining(struct ouro_ws *ws, uint16_t code, const char *reason)
{
    if (ws->state == OPEN)
        start_closing(ws, code, reason);
    ws->state = DRAINING;
    finish_if_drained(ws);
}

/* --- receiving -------------------------------------------------------------------------------- */

/* A ping that is to be answered, unless another one follows. */
struct ping {
    bool unanswered;
    uint8_t len;
    uint8_t payload[OURO__WS_CONTROL_BYTES_MAX];
};

static void remember_ping(struct ping *ping, const struct ouro__ws_event *event)
{
    ping->unanswered = true;
    ping->len = (uint8_t)event->len;
    if (event->len)
        memcpy(ping->payload, event->data, event->len);
}

/* What comes next but pings and pongs, which are dealt with here. */
static int next_event(struct ouro_ws *ws, const struct ouro__ws_limits *limits,
                      struct ouro__ws_input *in, struct ouro__ws_event *ret_event)
{
    struct ping last;
    int kind, answered = 0;
    last.unanswered = false;
    while ((kind = ouro__ws_next(&ws->parser, limits, in, ret_event)) == OURO__WS_PING ||
           kind == OURO__WS_PONG) {
        if (kind == OURO__WS_PING && answered++ < PONGS_AT_ONCE_MAX)
            send_pong(ws, ret_event->data, ret_event->len);
        else if (kind == OURO__WS_PING)
            remember_ping(&last, ret_event);
    }
    if (last.unanswered)
        send_pong(ws, last.payload, last.len);
    return kind;
}

/* A close, or what breaks the rules. */
static void deal_with(struct ouro_ws *ws, int kind, const struct ouro__ws_event *event)
{
    enum ouro__ws_error error = (enum ouro__ws_error)ws->parser.error;
    if (kind == OURO__WS_CLOSE)
        start_draining(ws, event->close_code, NULL);
    else
        start_draining(ws, ouro__ws_error_code(error), ouro__ws_error_text(error));
}

/* The next message that is for the user. 1: here it is. 0: more bytes are needed. */
static int next_message(struct ouro_ws *ws, struct ouro__ws_input *in,
                        struct ouro_ws_message *ret_message, size_t *ret_need_bytes)
{
    struct ouro__ws_limits limits = limits_of(ws);
    while (ws->state == OPEN || ws->state == CLOSING) {
        struct ouro__ws_event event;
        int kind = next_event(ws, &limits, in, &event);
        if (kind == OURO__WS_MORE) {
            *ret_need_bytes = event.need_bytes;
            return 0;
        }
        if (kind != OURO__WS_TEXT && kind != OURO__WS_BINARY) {
            deal_with(ws, kind, &event);
        } else if (ws->state == OPEN) { /* once we have closed, nobody wants to hear it any more */
            *ret_message = (struct ouro_ws_message){
                .kind = (enum ouro_frame_kind)kind,
                .data = (const char *)event.data,
                .len = event.len,
            };
            return 1;
        }
    }
    in->head = in->next = in->end; /* draining: whatever comes is dropped */
    *ret_need_bytes = 0;
    return 0;
}

/* What is kept and what came behind it, for the parser; none of it once nobody listens. */
static struct ouro__ws_input input(const struct ouro_ws *ws, uint8_t *data, size_t len)
{
    uint8_t *end_of_data = data + len;
    if (ws->state == DRAINING)
        return (struct ouro__ws_input){end_of_data, end_of_data, end_of_data};
    return ouro__ws_input(&ws->parser, data, len);
}

static struct kept *kept_new(const struct ouro_ws *ws, const uint8_t *data, size_t len,
                             size_t need_bytes)
{
    size_t least = len ? READ_BYTES_MIN : READ_BYTES_FIRST;
    size_t cap = len + (need_bytes > least ? need_bytes : least);
    struct kept *kept = malloc(sizeof *kept + cap);
    if (!kept)
        return NULL;
    kept->cap = cap;
    if (len)
        memcpy(kept->bytes, data, len);
    kept->in = input(ws, kept->bytes, len);
    return kept;
}

/* Is there room enough behind `len` bytes for what is needed, and not only for crumbs? */
static bool has_room(const struct kept *kept, size_t len, size_t need_bytes)
{
    return kept->cap - len >= need_bytes && kept->cap - len >= READ_BYTES_MIN / 2;
}

/* Keep what the parser wants to see again, with room for what it needs; drop all else. */
static int keep(struct ouro_ws *ws, const struct ouro__ws_input *in, size_t need_bytes)
{
    size_t len = (size_t)(in->end - in->head);
    struct kept *old = ws->kept, *kept = NULL;
    if (old && len > 0 && has_room(old, len, need_bytes)) {
        memmove(old->bytes, in->head, len);
        old->in = input(ws, old->bytes, len);
        return 0;
    }
    if (len > 0 && !(kept = kept_new(ws, in->head, len, need_bytes)))
        return -ENOMEM;
    ws->kept = kept;
    free(old);
    return 0;
}

/* The count; 0 or a failure other than -EAGAIN: the connection is over. */
static int read_into(struct ouro_ws *ws, uint8_t *at, size_t room)
{
    int got = ouro_stream_try_read(ws->stream, at, room);
    if (got > 0)
        ws->heard_at = ouro__loop_time();
    return got;
}

/* --- with a consumer -------------------------------------------------------------------------- */

static void feed(struct ouro_ws *ws, uint8_t *data, size_t len)
{
    struct ouro__ws_input in = input(ws, data, len);
    struct ouro_ws_message message;
    size_t need_bytes = 0;
    while (ws->state != ENDED && next_message(ws, &in, &message, &need_bytes))
        ws->consumer->message(ws, &message, ws->ud);
    if (ws->state != ENDED && keep(ws, &in, need_bytes) < 0)
        end(ws);
}

static void feed_kept(struct ouro_ws *ws)
{
    struct kept *kept = ws->kept;
    if (kept && ws->state != ENDED)
        feed(ws, kept->in.head, (size_t)(kept->in.end - kept->in.head));
}

/* One read. 1: there may be more. 0: not now, or never again. */
static int read_and_feed(struct ouro_ws *ws)
{
    /* Shared by all connections of the thread: between reads there is nothing in it. */
    static _Thread_local uint8_t scratch[SCRATCH_BYTES];
    struct kept *kept = ws->kept;
    uint8_t *data = kept ? kept->in.head : scratch, *at = kept ? kept->in.end : scratch;
    size_t room = (size_t)((kept ? kept->bytes + kept->cap : scratch + sizeof scratch) - at);
    int got = read_into(ws, at, room);
    if (got == -EAGAIN) {
        ws->to_the_end = false;
        return 0;
    }
    if (got <= 0) {
        end(ws);
        return 0;
    }
    feed(ws, data, (size_t)(at - data) + (size_t)got);
    /* Less than there was room for: the next bytes make an edge of their own. But an end that came
     * together with these has made its edge already. */
    return (size_t)got == room || ws->to_the_end;
}

/* In the loop's next turn: others come first, and whoever asks for it may stand in a callback of
 * another connection, whose message lies in the scratch. */
static void pump_later(struct ouro_ws *ws)
{
    if (ouro_timer_start(&ws->again_timer, ouro_now()) < 0)
        end(ws);
}

static void pump(struct ouro_ws *ws)
{
    int reads = 0;
    ws->busy = true;
    while (ws->state != ENDED && reads < READS_PER_TURN && read_and_feed(ws))
        reads++;
    if (ws->state != ENDED && reads == READS_PER_TURN)
        pump_later(ws); /* there will be no other edge for what is here already */
    ws->busy = false;
    if (ws->state == ENDED)
        ws->consumer->closed(ws, ws->ud); /* and with it, perhaps, the ws */
}

static void on_again_timer(struct ouro_timer *timer)
{
    struct ouro_ws *ws = ouro_container(timer, struct ouro_ws, again_timer);
    ws->busy = true;
    feed_kept(ws);
    pump(ws);
}

static void on_edge(struct ouro_stream *stream, unsigned edges, void *ud)
{
    struct ouro_ws *ws = ud;
    (void)stream;
    ws->to_the_end |= (edges & OURO_EDGE_HANGUP) != 0;
    if (edges & OURO_EDGE_WRITE)
        flush(ws);
    if (!(edges & (OURO_EDGE_READ | OURO_EDGE_HANGUP)))
        return;
    if (!ws->consumer)
        ouro__wake_all(&ws->readers, 0);
    else if (!ws->again_timer.place) /* else what is kept comes first */
        pump(ws);
}

void ouro_ws_consume(struct ouro_ws *ws, const struct ouro_ws_consumer *consumer, void *ud)
{
    ouro_assert(ouro_list_empty(&ws->readers));
    ws->consumer = consumer;
    ws->ud = ud;
    ws->to_the_end = true; /* what came before has made its edges */
    ws->again_timer.fn = on_again_timer;
    pump_later(ws);
}

/* --- with a task ------------------------------------------------------------------------------ */

/* Read what is there behind what is kept. 1, 0 for the end, -EAGAIN, -ENOMEM. */
static int read_more(struct ouro_ws *ws)
{
    if (!ws->kept && !(ws->kept = kept_new(ws, NULL, 0, 0)))
        return -ENOMEM;
    struct kept *kept = ws->kept;
    int got = read_into(ws, kept->in.end, (size_t)(kept->bytes + kept->cap - kept->in.end));
    if (got > 0) {
        kept->in = input(ws, kept->in.head, (size_t)(kept->in.end + got - kept->in.head));
        return 1;
    }
    if (kept->in.head == kept->in.end) { /* an idle connection keeps nothing */
        free(kept);
        ws->kept = NULL;
    }
    return got == -EAGAIN ? -EAGAIN : 0;
}

static void on_readers_timer(struct ouro_timer *timer)
{
    struct ouro_ws *ws = ouro_container(timer, struct ouro_ws, again_timer);
    ouro__wake_all(&ws->readers, 0);
}

/* The rest is for the next turn. -EAGAIN, -ENOMEM. */
static int read_later(struct ouro_ws *ws)
{
    ws->reads = 0;
    ws->again_timer.fn = on_readers_timer;
    int rc = ouro_timer_start(&ws->again_timer, ouro_now());
    return rc < 0 ? rc : -EAGAIN;
}

/* 0; -EAGAIN: not yet, and the readers will be woken; -OURO_ECLOSED, -ENOMEM. A client that sends
 * without end must not stop all others, so reads are counted over all calls since there was nothing
 * to read: a task that gets a message each time never waits of itself. */
static int try_message(struct ouro_ws *ws, struct ouro_ws_message *ret_message)
{
    while (ws->state != ENDED) {
        struct kept *kept = ws->kept;
        size_t need_bytes = 0;
        if (kept && next_message(ws, &kept->in, ret_message, &need_bytes))
            return 0;
        if (kept && keep(ws, &kept->in, need_bytes) < 0)
            return -ENOMEM;
        if (ws->reads++ == READS_PER_TURN)
            return read_later(ws);
        int rc = read_more(ws);
        if (rc == -EAGAIN)
            ws->reads = 0;
        if (rc < 0)
            return rc;
        if (rc == 0)
            end(ws);
    }
    return -OURO_ECLOSED;
}

int ouro_ws_recv(struct ouro_ws *ws, int64_t deadline, struct ouro_ws_message *ret_message)
{
    ouro_assert(!ws->consumer);
    int rc = ouro__checkpoint();
    while (rc == 0) {
        if (!ouro_list_empty(&ws->readers))
            return -EBUSY;
        rc = try_message(ws, ret_message);
        if (rc != -EAGAIN)
            return rc;
        rc = ouro__wait(&ws->readers, NULL, deadline, "websocket");
    }
    return rc;
}

static int message_try(struct ouro_case *self)
{
    struct ouro_ws *ws = self->object;
    return ouro_list_empty(&ws->readers) ? try_message(ws, self->waiter.slot) : -EBUSY;
}

static void message_attach(struct ouro_case *self)
{
    struct ouro_ws *ws = self->object;
    ouro_list_push(&ws->readers, &self->waiter.link);
}

struct ouro_case ouro_on_message(struct ouro_ws *ws, struct ouro_ws_message *ret_message)
{
    static const struct ouro__selectable_ops ops = {
        .try = message_try,
        .attach = message_attach,
        .retries = true,
    };
    ouro_assert(!ws->consumer);
    return ouro__case(&ops, ws, ret_message);
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
    free(ws->kept);
    free(ws);
}

struct ouro_ws *ouro_ws_free(struct ouro_ws *ws)
{
    static const struct ouro_ws_consumer nobody = {drop_message, destroy};
    if (!ws)
        return NULL;
    ouro_assert(ouro_list_empty(&ws->readers)); /* a task waits in ouro_ws_recv() */
    ws->consumer = &nobody;
    if (ws->state == ENDED)
        destroy(ws, NULL);
    else if (ws->state == OPEN)
        end(ws);
    else if (!ws->busy)
        ouro_ws_consume(ws, &nobody, NULL); /* the client still gets to know why */
    return NULL;
}

static struct ouro_ws *ws_new(const struct ouro_ws_options *options)
{
    static const struct ouro_ws_options defaults;
    struct ouro_ws *ws = calloc(1, sizeof *ws);
    if (!ws)
        return NULL;
    ws->options = options ? options : &defaults;
    ws->close_code = 1006;
    ws->heard_at = ouro__loop_time();
    ouro_list_init(&ws->readers);
    ouro__ws_init(&ws->parser, OURO__WS_SERVER, false);
    return ws;
}

/* Take the stream, with what the client has sent already. */
static int take_over(struct ouro_ws *ws, struct ouro_http *http)
{
    const uint8_t *rest;
    size_t len;
    ws->stream = ouro__http_take(http, &rest, &len);
    ouro_stream_watch(ws->stream, on_edge, ws);
    if (len == 0)
        return 0;
    ws->kept = kept_new(ws, rest, len, 0);
    return ws->kept ? 0 : -ENOMEM;
}

/* Not a part of its caller's frame, where it would lie above all that a task does with the
 * WebSocket. */
__attribute__((noinline)) static int send_handshake(struct ouro_http *http,
                                                    const struct ouro__ws_handshake *handshake)
{
    char answer[HANDSHAKE_BYTES_MAX];
    int len = ouro__ws_handshake_write(handshake, NULL, answer, sizeof answer);
    if (len < 0)
        return len;
    http->answered = true; /* by half, perhaps: nothing else may follow */
    int rc = ouro_write(http->stream, answer, (size_t)len, ouro_after(HANDSHAKE_NS_MAX));
    if (rc < 0)
        http->keep_alive = false;
    return rc;
}

int ouro_ws_accept(struct ouro_http *http, const struct ouro_ws_options *options,
                   struct ouro_ws **ret_ws)
{
    struct ouro__ws_rules rules = {0};
    struct ouro__ws_handshake handshake;
    const struct ouro__http_refusal *refusal;
    if (options)
        rules = (struct ouro__ws_rules){options->origins, options->protocols};
    int rc = ouro__ws_handshake_check(http->request, &rules, &handshake, &refusal);
    if (rc == -OURO_EMALFORMED)
        ouro__http_refuse(http, refusal);
    if (rc < 0)
        return rc;
    struct ouro_ws *ws = ws_new(options);
    if (!ws)
        return -ENOMEM;
    rc = send_handshake(http, &handshake);
    if (rc < 0) {
        free(ws);
        return rc;
    }
    rc = take_over(ws, http);
    ouro__http_forget_request(http);
    if (rc < 0) {
        ouro_ws_free(ws);
        return rc;
    }
    *ret_ws = ws;
    return 0;
}
