/* SPDX-License-Identifier: MIT */
/* Receiving on a WebSocket: by a task that waits, or by a consumer without one.
 *
 * What is done of one connection before the others get their turn is bounded, and counted as work:
 * about the KiB that are read or inflated, and no less than some for each read, each message and
 * each ping, as one of few bytes costs more than these. */
#include "sync/select.h"
#include "web/ws.h"

#include <stdlib.h>
#include <string.h>

#define MESSAGE_BYTES_DEFAULT (64 * 1024)
#define FRAGMENTS_DEFAULT     1024
#define SCRATCH_BYTES         (64 * 1024)
#define READ_BYTES_MIN        2048
/* Of a task that waits for the first bytes of a message: with what lies before them, a block of
 * those that malloc() has at hand. */
#define READ_BYTES_FIRST 960
#define WORK_PER_TURN    1024
#define WORK_PER_READ    64
#define WORK_PER_EVENT   1
/* Of the pings that come in one piece, so many are answered one by one, and of the rest the last
 * (RFC 6455 5.5.3, again). Else each six bytes of a client would have a system call of their own,
 * ten thousands of them before the others get their turn. */
#define PONGS_AT_ONCE_MAX 16

/* Bytes that could not be dealt with yet. */
struct ouro__ws_kept {
    size_t cap;
    struct ouro__ws_input in;
    uint8_t bytes[];
};

static struct ouro__ws_limits limits_of(const struct ouro_ws *ws)
{
    const struct ouro_ws_options *options = ws->options;
    return (struct ouro__ws_limits){
        .message_bytes_max =
            options->message_bytes_max ? options->message_bytes_max : MESSAGE_BYTES_DEFAULT,
        .fragments_max = options->fragments_max ? options->fragments_max : FRAGMENTS_DEFAULT,
    };
}

static void count_work(struct ouro_ws *ws, size_t work)
{
    work += ws->work;
    ws->work = (uint16_t)(work < WORK_PER_TURN ? work : WORK_PER_TURN);
}

/* --- messages --------------------------------------------------------------------------------- */

static void break_off(struct ouro_ws *ws)
{
    enum ouro__ws_error error = (enum ouro__ws_error)ws->parser.error;
    ouro__ws_start_draining(ws, ouro__ws_error_code(error), ouro__ws_error_text(error));
}

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

static bool is_ping_or_pong(int kind)
{
    return kind == OURO__WS_PING || kind == OURO__WS_PONG;
}

/* Once we have closed, nobody counts any more. */
static void tell_control(struct ouro_ws *ws)
{
    if (ws->state == OURO__WS_OPEN && ws->consumer && ws->consumer->control)
        ws->consumer->control(ws, ws->ud);
}

/* What comes next but pings and pongs, which are dealt with here, as many as are a turn's work. */
static int next_event(struct ouro_ws *ws, const struct ouro__ws_limits *limits,
                      struct ouro__ws_input *in, struct ouro__ws_event *ret_event)
{
    struct ping last;
    int kind, answered = 0;
    last.unanswered = false;
    do {
        kind = ouro__ws_next(&ws->parser, limits, in, ret_event);
        count_work(ws, WORK_PER_EVENT);
        if (is_ping_or_pong(kind))
            tell_control(ws);
        if (kind == OURO__WS_PING && answered++ < PONGS_AT_ONCE_MAX)
            ouro__ws_send_pong(ws, ret_event->data, ret_event->len);
        else if (kind == OURO__WS_PING)
            remember_ping(&last, ret_event);
    } while (is_ping_or_pong(kind) && ws->work < WORK_PER_TURN);
    if (last.unanswered)
        ouro__ws_send_pong(ws, last.payload, last.len);
    return kind;
}

/* A close, or what breaks the rules. */
static void deal_with(struct ouro_ws *ws, int kind, const struct ouro__ws_event *event)
{
    if (kind == OURO__WS_CLOSE)
        ouro__ws_start_draining(ws, event->close_code, NULL);
    else
        break_off(ws);
}

/* The user has seen what was in it: others may need it more. */
static void release_inflater(struct ouro_ws *ws)
{
    if (ws->inflater && !ws->inflating && !ws->context)
        ws->inflater = ouro__inflater_give_back(ws->inflater);
}

static int begin_inflating(struct ouro_ws *ws)
{
    bool goes_on = ws->inflater != NULL;
    int rc = goes_on ? 0 : ouro__inflater_borrow(&ws->inflater);
    if (rc < 0)
        return rc;
    ouro__inflater_begin(ws->inflater, goes_on);
    ws->inflating = true;
    return 0;
}

/* 1: the message is whole. 0: it isn't, or it never will be. -ENOMEM. */
static int take_piece(struct ouro_ws *ws, const struct ouro__ws_event *piece,
                      struct ouro_ws_message *ret_message)
{
    size_t before = 0, len;
    int rc = ws->inflating ? 0 : begin_inflating(ws);
    if (rc < 0)
        return rc;
    ouro__inflater_message(ws->inflater, &before);
    rc = ouro__inflater_feed(ws->inflater, piece->data, piece->len, piece->last,
                             piece->message == OURO__WS_TEXT, limits_of(ws).message_bytes_max);
    const uint8_t *data = ouro__inflater_message(ws->inflater, &len);
    count_work(ws, (len - before) / 1024);
    if (rc > 0) {
        ouro__ws_fail(&ws->parser, (enum ouro__ws_error)rc);
        break_off(ws);
    }
    if (rc != 0 || !piece->last)
        return rc < 0 ? rc : 0;
    ws->inflating = false;
    *ret_message = (struct ouro_ws_message){
        .kind = (enum ouro_frame_kind)piece->message, .data = (const char *)data, .len = len};
    return 1;
}

/* What came is for the user. 1: here it is. 0: it isn't, or not yet. -ENOMEM. */
static int take_message(struct ouro_ws *ws, int kind, const struct ouro__ws_event *event,
                        struct ouro_ws_message *ret_message)
{
    if (kind != OURO__WS_TEXT && kind != OURO__WS_BINARY && kind != OURO__WS_PIECE) {
        deal_with(ws, kind, event);
        return 0;
    }
    if (ws->state != OURO__WS_OPEN) /* once we have closed, nobody wants to hear it any more */
        return 0;
    if (kind == OURO__WS_PIECE)
        return take_piece(ws, event, ret_message);
    *ret_message = (struct ouro_ws_message){
        .kind = (enum ouro_frame_kind)kind, .data = (const char *)event->data, .len = event->len};
    return 1;
}

/* The next message that is for the user. 1: here it is. 0: more bytes are needed, or it is another
 * turn's work. -ENOMEM. */
static int next_message(struct ouro_ws *ws, struct ouro__ws_input *in,
                        struct ouro_ws_message *ret_message, size_t *ret_need_bytes)
{
    struct ouro__ws_limits limits = limits_of(ws);
    *ret_need_bytes = 0;
    release_inflater(ws);
    while (ws->state == OURO__WS_OPEN || ws->state == OURO__WS_CLOSING) {
        struct ouro__ws_event event;
        if (ws->work >= WORK_PER_TURN) {
            ouro__ws_pause(&ws->parser, in);
            return 0;
        }
        int kind = next_event(ws, &limits, in, &event);
        if (kind == OURO__WS_MORE) {
            *ret_need_bytes = event.need_bytes;
            return 0;
        }
        if (is_ping_or_pong(kind)) /* there may be more of them */
            continue;
        int rc = take_message(ws, kind, &event, ret_message);
        if (rc != 0)
            return rc;
    }
    in->head = in->next = in->end; /* draining: whatever comes is dropped */
    return 0;
}

/* --- bytes ------------------------------------------------------------------------------------ */

/* What is kept and what came behind it, for the parser; none of it once nobody listens. */
static struct ouro__ws_input input(const struct ouro_ws *ws, uint8_t *data, size_t len)
{
    uint8_t *end_of_data = data + len;
    if (ws->state == OURO__WS_DRAINING)
        return (struct ouro__ws_input){end_of_data, end_of_data, end_of_data};
    return ouro__ws_input(&ws->parser, data, len);
}

/* Room in proportion to what is there: a long message in short frames would else be copied anew
 * with each few of them. */
static size_t room_for(size_t len, size_t need_bytes)
{
    size_t room = len ? READ_BYTES_MIN : READ_BYTES_FIRST;
    if (room < len / 2)
        room = len / 2;
    return room > need_bytes ? room : need_bytes;
}

static struct ouro__ws_kept *kept_new(const struct ouro_ws *ws, const uint8_t *data, size_t len,
                                      size_t need_bytes)
{
    size_t cap = len + room_for(len, need_bytes);
    struct ouro__ws_kept *kept = malloc(sizeof *kept + cap);
    if (!kept)
        return NULL;
    kept->cap = cap;
    if (len)
        memcpy(kept->bytes, data, len);
    kept->in = input(ws, kept->bytes, len);
    return kept;
}

/* Is there room enough behind `len` bytes for what is needed, and not only for crumbs? */
static bool has_room(const struct ouro__ws_kept *kept, size_t len, size_t need_bytes)
{
    return kept->cap - len >= need_bytes && kept->cap - len >= READ_BYTES_MIN / 2;
}

/* Keep what the parser wants to see again, with room for what it needs; drop all else. */
static int keep(struct ouro_ws *ws, const struct ouro__ws_input *in, size_t need_bytes)
{
    size_t len = (size_t)(in->end - in->head);
    struct ouro__ws_kept *old = ws->kept, *kept = NULL;
    if (old && len > 0 && has_room(old, len, need_bytes)) {
        if (in->head != old->bytes)
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
    if (got > 0) {
        ws->heard_at = ouro__loop_time();
        size_t kib = (size_t)got / 1024;
        count_work(ws, kib > WORK_PER_READ ? kib : WORK_PER_READ);
    }
    return got;
}

/* --- with a consumer -------------------------------------------------------------------------- */

static void feed(struct ouro_ws *ws, uint8_t *data, size_t len)
{
    struct ouro__ws_input in = input(ws, data, len);
    struct ouro_ws_message message;
    size_t need_bytes = 0;
    int rc = 0;
    while (ws->state != OURO__WS_ENDED && (rc = next_message(ws, &in, &message, &need_bytes)) > 0)
        ws->consumer->message(ws, &message, ws->ud);
    if (ws->state != OURO__WS_ENDED && (rc < 0 || keep(ws, &in, need_bytes) < 0))
        ouro__ws_end(ws);
}

static void feed_kept(struct ouro_ws *ws)
{
    struct ouro__ws_kept *kept = ws->kept;
    if (kept)
        feed(ws, kept->in.head, (size_t)(kept->in.end - kept->in.head));
}

/* One read. 1: there may be more. 0: not now, or never again. */
static int read_and_feed(struct ouro_ws *ws)
{
    /* Shared by all connections of the thread: between reads there is nothing in it. */
    static _Thread_local uint8_t scratch[SCRATCH_BYTES];
    struct ouro__ws_kept *kept = ws->kept;
    uint8_t *data = kept ? kept->in.head : scratch, *at = kept ? kept->in.end : scratch;
    size_t room = (size_t)((kept ? kept->bytes + kept->cap : scratch + sizeof scratch) - at);
    int got = read_into(ws, at, room);
    if (got == -EAGAIN) {
        ws->to_the_end = false;
        return 0;
    }
    if (got <= 0) {
        ouro__ws_end(ws);
        return 0;
    }
    feed(ws, data, (size_t)(at - data) + (size_t)got);
    /* Less than there was room for: the next bytes make an edge of their own. But an end that came
     * together with these has made its edge already. */
    return (size_t)got == room || ws->to_the_end || ws->work >= WORK_PER_TURN;
}

/* In the loop's next turn: others come first, and whoever asks for it may stand in a callback of
 * another connection, whose message lies in the scratch. */
static void pump_later(struct ouro_ws *ws)
{
    if (ouro_timer_start(&ws->again_timer, ouro_now()) < 0)
        ouro__ws_end(ws);
}

/* `kept`: there may be whole messages in what is kept. */
static void pump(struct ouro_ws *ws, bool kept)
{
    ws->busy = true;
    ws->work = 0;
    if (kept)
        feed_kept(ws);
    while (ws->state != OURO__WS_ENDED && ws->work < WORK_PER_TURN && read_and_feed(ws))
        ;
    if (ws->state != OURO__WS_ENDED && ws->work >= WORK_PER_TURN)
        pump_later(ws); /* there will be no other edge for what is here already */
    ws->busy = false;
    if (ws->state == OURO__WS_ENDED)
        ws->consumer->closed(ws, ws->ud); /* and with it, perhaps, the ws */
}

static void on_again_timer(struct ouro_timer *timer)
{
    pump(ouro_container(timer, struct ouro_ws, again_timer), true);
}

void ouro__ws_on_edge(struct ouro_stream *stream, unsigned edges, void *ud)
{
    struct ouro_ws *ws = ud;
    (void)stream;
    ws->to_the_end |= (edges & OURO_EDGE_HANGUP) != 0;
    if (edges & OURO_EDGE_WRITE)
        ouro__ws_flush(ws);
    if (!(edges & (OURO_EDGE_READ | OURO_EDGE_HANGUP)))
        return;
    if (!ws->consumer)
        ouro__wake_all(&ws->readers, 0);
    else if (!ws->again_timer.place) /* else what is kept comes first */
        pump(ws, false);
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
    struct ouro__ws_kept *kept = ws->kept;
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
    ws->work = 0;
    ws->again_timer.fn = on_readers_timer;
    int rc = ouro_timer_start(&ws->again_timer, ouro_now());
    return rc < 0 ? rc : -EAGAIN;
}

/* From what is kept. 1: here it is. 0: it takes another read. -ENOMEM. */
static int take_kept(struct ouro_ws *ws, struct ouro_ws_message *ret_message)
{
    struct ouro__ws_kept *kept = ws->kept;
    size_t need_bytes = 0;
    int rc = kept ? next_message(ws, &kept->in, ret_message, &need_bytes) : 0;
    if (rc == 0 && kept)
        rc = keep(ws, &kept->in, need_bytes);
    return rc;
}

/* 0; -EAGAIN: not yet, and the readers will be woken; -OURO_ECLOSED, -ENOMEM. A client that sends
 * without end must not stop all others, so work is counted over all calls since there was nothing
 * to read: a task that gets a message each time never waits of itself. */
static int try_message(struct ouro_ws *ws, struct ouro_ws_message *ret_message)
{
    release_inflater(ws);
    while (ws->state != OURO__WS_ENDED) {
        int rc = take_kept(ws, ret_message);
        if (rc != 0)
            return rc > 0 ? 0 : rc;
        if (ws->work >= WORK_PER_TURN)
            return read_later(ws);
        rc = read_more(ws);
        if (rc == -EAGAIN)
            ws->work = 0;
        if (rc < 0)
            return rc;
        if (rc == 0)
            ouro__ws_end(ws);
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
        rc = ouro__wait_to_look(&ws->readers, deadline, "websocket"); /* for a part, perhaps */
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

int ouro__ws_keep_rest(struct ouro_ws *ws, const void *data, size_t len)
{
    if (len > 0)
        ws->kept = kept_new(ws, data, len, 0);
    return len == 0 || ws->kept ? 0 : -ENOMEM;
}
