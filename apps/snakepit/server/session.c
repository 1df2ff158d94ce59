/* SPDX-License-Identifier: MIT */
#include "server/session.h"

#include "server/message.h"
#include "server/said.h"

#include <stdlib.h>
#include <string.h>

/* How many seconds' worth of messages may come at once. */
#define BURST_SECONDS 2
#define SWEEP_NS_MAX  OURO_SEC(1)
#define STOP_STEP_NS  OURO_MS(5)

enum close_code { GOING_AWAY = 1001, POLICY = 1008, SERVER_ERROR = 1011, IDLE = 4102 };

struct session {
    struct ouro_ws *ws; /* NULL: ended; beside the player's head, which is looked at with it */
    struct classic_player classic;
    struct sessions *sessions;
    struct ouro_guest *guest;
    struct ouro_link link;
    int64_t opened_at;
    struct ouro_allowance allowance; /* for messages; each costs its share of a second */
    uint32_t bad_messages;
    bool in_room;
    bool pinged;
};

static struct session *session_of_player(const struct ouro_player *player)
{
    return ouro_container(player, struct session, classic.player);
}

static void session_free(struct session *session)
{
    ouro_unlink(&session->link);
    session->sessions->count--;
    ouro_ws_free(session->ws);
    ouro_guest_unref(session->guest);
    free(session);
}

/* --- what the room sees ----------------------------------------------------------------------- */

static int player_send(struct ouro_player *player, struct ouro_frame *const *frames, size_t count)
{
    struct session *session = session_of_player(player);
    return session->ws ? ouro_ws_send(session->ws, frames, count) : -OURO_ECLOSED;
}

static size_t player_backlog_bytes(const struct ouro_player *player)
{
    const struct session *session = session_of_player(player);
    return session->ws ? ouro_ws_backlog_bytes(session->ws) : 0;
}

static void player_prefetch(const struct ouro_player *player, unsigned turns)
{
    const struct session *session = session_of_player(player);
    if (session->ws)
        ouro_ws_prefetch(session->ws, turns);
}

static void player_close(struct ouro_player *player, uint16_t code, const char *reason)
{
    struct session *session = session_of_player(player);
    if (session->ws)
        ouro_ws_close(session->ws, code, reason);
}

static void player_released(struct ouro_player *player)
{
    struct session *session = session_of_player(player);
    session->in_room = false;
    if (!session->ws)
        session_free(session);
}

static const struct ouro_player_ops player_ops = {
    .send = player_send,
    .backlog_bytes = player_backlog_bytes,
    .close = player_close,
    .released = player_released,
    .prefetch = player_prefetch,
};

/* --- answers ---------------------------------------------------------------------------------- */

static void answer(struct session *session, struct messages *messages)
{
    struct ouro_frame *frame = messages_take(messages);
    if (frame)
        ouro_ws_send(session->ws, &frame, 1);
    ouro_frame_unref(frame);
    messages_done(messages);
}

static void refuse(struct session *session, const char *text)
{
    struct messages messages = {0};
    message_error(&messages, text);
    answer(session, &messages);
}

/* What no client of ours would send. */
static void bad_message(struct session *session, const char *text)
{
    refuse(session, text);
    if (++session->bad_messages >= session->sessions->limits.bad_messages_max)
        ouro_ws_close(session->ws, POLICY, "too many bad messages");
}

/* --- what clients say ------------------------------------------------------------------------- */

static void enter(struct session *session, const char *name)
{
    memcpy(session->classic.name, name, sizeof session->classic.name);
    int rc = ouro_room_enter(session->sessions->room, &session->classic.player);
    if (rc < 0)
        ouro_ws_close(session->ws, SERVER_ERROR, "the server is full");
    else
        session->in_room = true;
}

static void tell_room(struct session *session, uint32_t kind, int32_t value)
{
    if (ouro_room_input(session->sessions->room, &session->classic.player, kind, value) < 0)
        refuse(session, "the server is too busy; try again");
}

static void pong(struct session *session, const char *number)
{
    struct messages messages = {0};
    message_pong(&messages, number);
    answer(session, &messages);
}

/* Why it can't be done, or not now; NULL: it can. */
static const char *fault_of(const struct session *session, const struct said *said)
{
    if (said->kind == SAID_NEW_PLAYER && session->in_room)
        return SAID_NEW_PLAYER_FAULT;
    if (said->kind != SAID_NEW_PLAYER && said->kind != SAID_NONSENSE && !session->in_room)
        return "[\"new_player\", name] comes first";
    return said->fault;
}

/* The page of 2016 sends the code of every key that is pressed; only the arrows mean something. */
static void on_text(struct session *session, const struct ouro_ws_message *text)
{
    struct said said;
    said_read(text->data, text->len, &said);
    const char *fault = fault_of(session, &said);
    if (fault)
        bad_message(session, fault);
    else if (said.kind == SAID_NEW_PLAYER)
        enter(session, said.name);
    else if (said.kind == SAID_JOIN)
        tell_room(session, CLASSIC_JOIN, 0);
    else if (said.kind == SAID_PING)
        pong(session, said.number);
    else if (said.direction >= 0)
        tell_room(session, CLASSIC_TURN, said.direction);
}

static bool too_fast(struct session *session)
{
    int64_t cost_ns = OURO_SEC(1) / session->sessions->limits.messages_per_second_max;
    return !ouro_allowance_take(&session->allowance, ouro_now(), cost_ns, OURO_SEC(BURST_SECONDS));
}

/* False: that was one too many. */
static bool count_message(struct session *session)
{
    const char *limit = NULL;
    if (too_fast(session))
        limit = "too many messages";
    else if (ouro_guest_count_message(session->guest) < 0)
        limit = "too many messages from your address";
    if (limit)
        ouro_ws_close(session->ws, POLICY, limit);
    return !limit;
}

/* Pings cost us as much as messages do. */
static void on_control(struct ouro_ws *ws, void *ud)
{
    (void)ws;
    count_message(ud);
}

static void on_message(struct ouro_ws *ws, const struct ouro_ws_message *message, void *ud)
{
    struct session *session = ud;
    (void)ws;
    session->pinged = false;
    if (!count_message(session))
        return;
    if (message->kind == OURO_FRAME_TEXT)
        on_text(session, message);
    else
        bad_message(session, "messages are text");
}

static void on_closed(struct ouro_ws *ws, void *ud)
{
    struct session *session = ud;
    session->ws = ouro_ws_free(ws);
    if (session->in_room)
        ouro_room_leave(session->sessions->room, &session->classic.player);
    else
        session_free(session);
}

/* --- looking after them ----------------------------------------------------------------------- */

/* Nobody is taken for gone who has not been asked, however close to each other the two times are.
 */
static void look_after(struct session *session, int64_t now)
{
    const struct session_limits *limits = &session->sessions->limits;
    if (!session->ws)
        return;
    int64_t silent_ns = now - ouro_ws_heard_at(session->ws);
    if (!session->in_room && now - session->opened_at > limits->new_player_ns_max) {
        ouro_ws_close(session->ws, POLICY, "no [\"new_player\", name] came");
    } else if (silent_ns <= limits->ping_ns) {
        session->pinged = false;
    } else if (!session->pinged) {
        session->pinged = true;
        ouro_ws_ping(session->ws);
    } else if (silent_ns > limits->idle_ns_max) {
        ouro_ws_close(session->ws, IDLE, "nothing was heard for too long");
    }
}

static int sweep(void *arg)
{
    struct sessions *sessions = arg;
    int64_t ns = sessions->limits.ping_ns / 4;
    int rc;
    while ((rc = ouro_sleep(ns < SWEEP_NS_MAX ? ns : SWEEP_NS_MAX)) == 0) {
        int64_t now = ouro_now();
        ouro_list_each_safe (link, &sessions->all)
            look_after(ouro_container(link, struct session, link), now);
    }
    return rc;
}

/* --- life ------------------------------------------------------------------------------------- */

int sessions_start(struct sessions *sessions, const struct session_limits *limits,
                   struct ouro_room *room)
{
    *sessions = (struct sessions){.limits = *limits, .room = room};
    ouro_list_init(&sessions->all);
    return ouro_spawn(sweep, sessions, NULL, &sessions->sweeper);
}

int sessions_add(struct sessions *sessions, struct ouro_ws *ws, struct ouro_guest *guest)
{
    static const struct ouro_ws_consumer consumer = {
        .message = on_message, .closed = on_closed, .control = on_control};
    struct session *session = calloc(1, sizeof *session);
    if (!session)
        return -ENOMEM;
    session->classic.player.ops = &player_ops;
    session->classic.player.id = ++sessions->last_id;
    session->sessions = sessions;
    session->ws = ws;
    session->guest = ouro_guest_ref(guest);
    session->opened_at = session->allowance.at = ouro_now();
    session->allowance.ns = OURO_SEC(BURST_SECONDS);
    ouro_list_push(&sessions->all, &session->link);
    sessions->count++;
    if (sessions->closing)
        ouro_ws_close(ws, GOING_AWAY, "the server is going down");
    ouro_ws_consume(ws, &consumer, session);
    return 0;
}

static void close_all(struct sessions *sessions)
{
    sessions->closing = true;
    ouro_list_each_safe (link, &sessions->all) {
        struct session *session = ouro_container(link, struct session, link);
        if (session->ws)
            ouro_ws_close(session->ws, GOING_AWAY, "the server is going down");
    }
}

static void cut_all(struct sessions *sessions)
{
    ouro_list_each_safe (link, &sessions->all) {
        struct session *session = ouro_container(link, struct session, link);
        if (session->ws)
            on_closed(session->ws, session);
    }
}

void sessions_stop(struct sessions *sessions, int64_t deadline)
{
    if (!sessions->sweeper)
        return; /* never started */
    close_all(sessions);
    while (sessions->count > 0 && ouro_now() < deadline && ouro_sleep(STOP_STEP_NS) == 0)
        ;
    cut_all(sessions);
    ouro_cancel(sessions->sweeper);
    ouro_await(sessions->sweeper, OURO_FOREVER, NULL);
    ouro_task_unref(sessions->sweeper);
}
