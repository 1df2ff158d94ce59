/* SPDX-License-Identifier: MIT */
/* What a client says after its hello, how fast, and what becomes of it when it does not. */
#include "play/play.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#define BURST_SECONDS 2

enum close_code { POLICY = 1008 };

static struct ouro__session *session_of(const struct ouro_connection *connection)
{
    return ouro_container(connection, struct ouro__session, connection);
}

/* --- out -------------------------------------------------------------------------------------- */

/* Gives the text back. What the client can't take is left out: it is told again, or asks again. */
void ouro__session_send(struct ouro__session *session, struct ouro_buf *text)
{
    struct ouro_frame *frame =
        ouro_buf_failed(text) ? NULL : ouro_frame_new(OURO_FRAME_TEXT, text->data, text->len);
    if (frame && session->connection.seat)
        ouro_seat_send(session->connection.seat, frame);
    else if (frame && session->ws)
        ouro_ws_send(session->ws, &frame, 1);
    ouro_frame_unref(frame);
    ouro_buf_done(text);
}

void ouro__session_close(struct ouro__session *session, uint16_t code, const char *text)
{
    struct ouro_buf bye = {0};
    if (!session->ws)
        return;
    session->closed = true;
    ouro_buf_printf(&bye, "{\"type\":\"bye\",\"code\":%u,\"text\":", code);
    ouro_buf_putjson(&bye, text, strlen(text));
    ouro_buf_putc(&bye, '}');
    ouro__session_send(session, &bye);
    if (session->ws)
        ouro_ws_close(session->ws, code, text);
}

static void tell_error(struct ouro__session *session, const char *code, const char *text)
{
    struct ouro_buf error = {0};
    ouro_buf_printf(&error, "{\"type\":\"error\",\"code\":\"%s\",\"text\":", code);
    ouro_buf_putjson(&error, text, strlen(text));
    ouro_buf_putc(&error, '}');
    ouro__session_send(session, &error);
}

void ouro__session_bad(struct ouro__session *session, const char *code, const char *text)
{
    session->play->stats.bad_messages++;
    tell_error(session, code, text);
    if (++session->bad_messages >= session->play->options.bad_messages_max)
        ouro__session_close(session, POLICY, "too many bad messages");
}

/* --- as a connection of the lobby ------------------------------------------------------------- */

static int connection_send(struct ouro_connection *connection, struct ouro_frame *const *frames,
                           size_t count)
{
    struct ouro__session *session = session_of(connection);
    return session->ws ? ouro_ws_send(session->ws, frames, count) : -OURO_ECLOSED;
}

static int connection_send_parts(struct ouro_connection *connection, const struct ouro_part *parts,
                                 size_t count)
{
    struct ouro__session *session = session_of(connection);
    return session->ws ? ouro_ws_send_parts(session->ws, parts, count) : -OURO_ECLOSED;
}

static size_t connection_backlog_bytes(const struct ouro_connection *connection)
{
    const struct ouro__session *session = session_of(connection);
    return session->ws ? ouro_ws_backlog_bytes(session->ws) : 0;
}

static void connection_prefetch(const struct ouro_connection *connection, unsigned turns)
{
    const struct ouro__session *session = session_of(connection);
    if (session->ws)
        ouro_ws_prefetch(session->ws, turns);
}

static void connection_close(struct ouro_connection *connection, uint16_t code, const char *reason)
{
    ouro__session_close(session_of(connection), code, reason);
}

static const struct ouro_connection_ops connection_ops = {
    .read_with = ouro__session_read_with,
    .send = connection_send,
    .backlog_bytes = connection_backlog_bytes,
    .send_parts = connection_send_parts,
    .prefetch = connection_prefetch,
    .close = connection_close,
};

/* --- in --------------------------------------------------------------------------------------- */

/* Who says no number has at least spoken, which ends a token. */
static void see(struct ouro__session *session, const struct ouro__said *said)
{
    if (ouro_seat_seen(session->connection.seat, said->seen) < 0)
        ouro__session_bad(session, "bad_message", "there is no such event yet");
}

static double server_ms(void)
{
    return (double)ouro_now() / 1e6;
}

static void on_ping(struct ouro__session *session, const struct ouro__said *said, double t1)
{
    struct ouro_buf pong = {0};
    char t0[64] = "0";
    size_t len = said->t0 ? json_dumpb(said->t0, t0, sizeof t0 - 1, JSON_ENCODE_ANY) : 1;
    see(session, said);
    if (!session->connection.seat || len >= sizeof t0)
        return;
    ouro_buf_printf(&pong, "{\"type\":\"pong\",\"t0\":%.*s,\"t1\":%.3f,\"t2\":%.3f}", (int)len, t0,
                    t1, server_ms());
    ouro__session_send(session, &pong);
}

static void on_named(struct ouro__session *session, struct ouro__said *said)
{
    json_t *data = said->data ? json_incref(said->data) : json_null();
    int rc = ouro_seat_message(session->connection.seat, said->name, data);
    if (rc == -EINVAL)
        ouro__session_bad(session, "bad_name", "a name has 1 to 64 bytes, without a dot");
    else if (rc < 0)
        tell_error(session, "too_busy", "the room has too much to do; that one is lost");
}

static void on_request(struct ouro__session *session, struct ouro__said *said)
{
    json_t *data = said->data ? json_incref(said->data) : json_null();
    ouro_seat_request(session->connection.seat, said->id, said->name, data);
}

static void handle(struct ouro__session *session, struct ouro__said *said, double t1)
{
    struct ouro_seat *seat = session->connection.seat;
    if (!seat)
        return; /* it is being closed */
    switch (said->kind) {
    case OURO__SAID_MESSAGE:
        on_named(session, said);
        break;
    case OURO__SAID_REQUEST:
        on_request(session, said);
        break;
    case OURO__SAID_PING:
        on_ping(session, said, t1);
        break;
    case OURO__SAID_SEEN:
        see(session, said);
        break;
    case OURO__SAID_VIEW:
        ouro_seat_view(seat, said->width, said->height);
        break;
    case OURO__SAID_RATE:
        ouro_seat_rate(seat, said->hz);
        break;
    case OURO__SAID_LEAVE:
        ouro_seat_leave(seat);
        break;
    default:
        ouro__session_bad(session, "bad_message", "a hello comes once");
    }
}

static void on_text(struct ouro__session *session, const struct ouro_ws_message *message)
{
    struct ouro__said said;
    struct ouro__fault fault;
    double t1 = server_ms();
    int rc = ouro__said_read(message->data, message->len, &said, &fault);
    if (rc == -OURO_EMALFORMED)
        ouro__session_bad(session, fault.code, fault.text);
    if (rc < 0)
        return;
    if (session->greeted) {
        handle(session, &said, t1);
        ouro__said_done(&said);
    } else {
        session->greeted = true;
        ouro__hello(session, &said);
    }
}

static void on_binary(struct ouro__session *session, const struct ouro_ws_message *message)
{
    struct ouro__input input;
    if (ouro__input_read((const uint8_t *)message->data, message->len, &input) < 0)
        ouro__session_bad(session, "bad_message", "that is no binary input");
    else if (session->connection.seat)
        ouro_seat_input(session->connection.seat, input.sequence, input.tick, input.bytes,
                        input.len);
    else if (!session->greeted)
        ouro__session_bad(session, "bad_message", "a hello comes first");
}

static bool too_fast(struct ouro__session *session)
{
    int64_t cost_ns = OURO_SEC(1) / session->play->options.messages_per_second_max;
    return !ouro_allowance_take(&session->allowance, ouro_now(), cost_ns, OURO_SEC(BURST_SECONDS));
}

/* False: that was one too many. */
static bool count_message(struct ouro__session *session)
{
    const char *limit = NULL;
    if (too_fast(session))
        limit = "too many messages";
    else if (ouro_guest_count_message(session->guest) < 0)
        limit = "too many messages from your address";
    if (!limit)
        return true;
    session->play->stats.too_fast++;
    ouro__session_close(session, POLICY, limit);
    return false;
}

static void on_message(struct ouro_ws *ws, const struct ouro_ws_message *message, void *ud)
{
    struct ouro__session *session = ud;
    (void)ws;
    session->pinged = false;
    session->play->stats.messages++;
    if (!count_message(session))
        return;
    if (message->kind == OURO_FRAME_TEXT)
        on_text(session, message);
    else
        on_binary(session, message);
}

/* Pings cost us as much as messages do. */
static void on_control(struct ouro_ws *ws, void *ud)
{
    (void)ws;
    count_message(ud);
}

/* --- life ------------------------------------------------------------------------------------- */

static void session_free(struct ouro__session *session)
{
    ouro_unlink(&session->link);
    session->play->stats.sessions--;
    ouro_guest_unref(session->guest);
    free(session);
}

/* Of a hello that joins; it has the session until it has ended. */
static void joining_done(struct ouro__session *session)
{
    ouro__said_done(&session->hello);
    session->joining = ouro_task_unref(session->joining);
    if (!session->ws)
        session_free(session);
}

void ouro__session_joined(void *session)
{
    joining_done(session);
}

static void on_closed(struct ouro_ws *ws, void *ud)
{
    struct ouro__session *session = ud;
    session->ws = ouro_ws_free(ws);
    ouro_connection_lost(&session->connection);
    if (session->joining)
        ouro_cancel(session->joining);
    else
        session_free(session);
}

int ouro__session_add(struct ouro_play *play, struct ouro_ws *ws, struct ouro_guest *guest)
{
    static const struct ouro_ws_consumer consumer = {
        .message = on_message, .closed = on_closed, .control = on_control};
    struct ouro__session *session = calloc(1, sizeof *session);
    if (!session)
        return -ENOMEM;
    session->connection.ops = &connection_ops;
    session->play = play;
    session->ws = ws;
    session->guest = ouro_guest_ref(guest);
    session->opened_at = session->allowance.at = ouro_now();
    session->allowance.ns = OURO_SEC(BURST_SECONDS);
    ouro_list_push(&play->sessions, &session->link);
    play->stats.sessions++;
    play->stats.opened++;
    if (play->closing)
        ouro__session_close(session, OURO_CLOSE_GOING_DOWN, "the server is going down");
    ouro_ws_consume(ws, &consumer, session);
    return 0;
}

/* Nobody is taken for gone who has not been asked, however close to each other the two times are.
 */
void ouro__session_look_after(struct ouro__session *session, int64_t now)
{
    const struct ouro_play_options *options = &session->play->options;
    if (!session->ws || session->closed)
        return;
    int64_t silent_ns = now - ouro_ws_heard_at(session->ws);
    if (!session->greeted && now - session->opened_at > options->hello_ns_max) {
        ouro__session_close(session, POLICY, "no hello came");
    } else if (silent_ns <= options->ping_ns) {
        session->pinged = false;
    } else if (!session->pinged) {
        session->pinged = true;
        ouro_ws_ping(session->ws);
    } else if (silent_ns > options->idle_ns_max) {
        session->play->stats.idle++;
        ouro_connection_lost(&session->connection);
        ouro__session_close(session, OURO_CLOSE_IDLE, "nothing was heard for too long");
    }
}
