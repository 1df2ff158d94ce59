/* SPDX-License-Identifier: MIT */
/* The first message: a seat is taken, taken again, or joined for. */
#include "play/play.h"

#include <jansson.h>
#include <string.h>

#define POLICY 1008

/* --- the welcome ------------------------------------------------------------------------------ */

static json_t *describe(const struct ouro_seat_info *info, bool resumed)
{
    char session[12] = "";
    memcpy(session, info->reconnect, sizeof session - 1);
    return json_pack("{s:s, s:i, s:s, s:s, s:s, s:s, s:s, s:s, s:I, s:s, s:I, s:f, s:f, s:I, s:b}",
                     "type", "welcome", "protocol", 1, "room", info->room, "code", info->code,
                     "room_type", info->type, "session", session, "user", info->user->id, "name",
                     info->user->name, "player", (json_int_t)info->player, "reconnect",
                     info->reconnect, "hold_ms", (json_int_t)(info->hold_ns / OURO_MS(1)),
                     "tick_ms", (double)info->tick_ns / 1e6, "now_ms", (double)ouro_now() / 1e6,
                     "seen", (json_int_t)info->events, "resumed", (int)resumed);
}

static int append(const char *text, size_t len, void *out)
{
    ouro_buf_append(out, text, len);
    return 0;
}

static void welcome(struct ouro__session *session, const char *schema, bool resumed)
{
    struct ouro_seat *seat = session->connection.seat;
    struct ouro_seat_info info;
    struct ouro_buf text = {0};
    ouro_seat_info(seat, &info);
    json_t *json = describe(&info, resumed);
    bool good =
        json && ouro_seat_welcome(seat, schema, json) == 0 &&
        json_dump_callback(json, append, &text, JSON_COMPACT | JSON_REAL_PRECISION(15)) == 0;
    json_decref(json);
    if (!good || ouro_buf_failed(&text)) {
        ouro_buf_done(&text);
        ouro_connection_lost(&session->connection);
        ouro__session_close(session, OURO_CLOSE_TRY_AGAIN, "out of memory");
        return;
    }
    ouro__session_send(session, &text);
    if (session->connection.seat)
        ouro_seat_begin(session->connection.seat);
}

static void refuse(struct ouro__session *session, uint16_t code, const char *text)
{
    session->play->stats.refused++;
    ouro__session_close(session, code, text);
}

static void take(struct ouro__session *session, const char *token, const char *schema)
{
    int rc = ouro_seat_take(session->play->options.lobby, token, &session->connection);
    if (rc == -ENOMEM) {
        refuse(session, OURO_CLOSE_TRY_AGAIN, "out of memory");
        return;
    }
    if (rc < 0) {
        refuse(session, OURO_CLOSE_REFUSED, "the token is not, or no longer, good for a seat");
        return;
    }
    session->play->stats.hellos++;
    welcome(session, schema, false);
}

static void come_back(struct ouro__session *session, const struct ouro__said *said)
{
    if (ouro_seat_return(session->play->options.lobby, said->token, said->seen,
                         &session->connection) < 0) {
        refuse(session, OURO_CLOSE_REFUSED, "the token is not, or no longer, good for a seat");
        return;
    }
    session->play->stats.reconnects++;
    welcome(session, said->schema, true);
}

/* --- joining ---------------------------------------------------------------------------------- */

static void tell_position(struct ouro__session *session, size_t position)
{
    struct ouro_buf text = {0};
    ouro_buf_printf(&text, "{\"type\":\"queue\",\"position\":%zu}", position);
    ouro__session_send(session, &text);
}

/* As often as it is told to wait. */
static int join_queue(struct ouro__session *session, const struct ouro_join *join,
                      struct ouro_place *ret_place)
{
    struct ouro_join again = *join;
    struct ouro_place place;
    int rc;
    while ((rc = ouro_lobby_join(session->play->options.lobby, &again, &place)) == 1) {
        tell_position(session, place.position);
        again.queued = place.token;
        rc = ouro_sleep(place.retry_ns);
        if (rc < 0)
            return rc;
    }
    if (rc == 0)
        *ret_place = place;
    return rc;
}

static int join_as(struct ouro__session *session, struct ouro_place *ret_place)
{
    const struct ouro__said *hello = &session->hello;
    struct ouro_user user = {0};
    struct ouro_join join = {.user = &user};
    if (ouro__join_read(hello->join, &join))
        return -EINVAL;
    int rc = ouro__who(session->play, hello->auth, hello->name, &user);
    if (rc < 0)
        return rc == -EINVAL ? -EINVAL : -EPERM;
    user.household = ouro_guest_household(session->guest);
    rc = join_queue(session, &join, ret_place);
    json_decref(user.claims);
    return rc;
}

static uint16_t close_code(int rc)
{
    const struct ouro__failure *failure = ouro__join_failure(rc);
    return failure->status == 503 ? OURO_CLOSE_TRY_AGAIN
           : rc == -EINVAL        ? POLICY
                                  : OURO_CLOSE_REFUSED;
}

/* The session may have lost its WebSocket whenever this has waited. */
static int join(void *arg)
{
    struct ouro__session *session = arg;
    struct ouro_place place;
    int rc = join_as(session, &place);
    if (!session->ws || session->play->closing)
        return 0; /* what was reserved expires */
    if (rc == 0)
        take(session, place.token, session->hello.schema);
    else if (rc != -ECANCELED)
        refuse(session, close_code(rc), ouro__join_failure(rc)->text);
    return 0;
}

void ouro__hello(struct ouro__session *session, struct ouro__said *said)
{
    struct ouro_spawn_options spawn = {.name = "hello", .arg_done = ouro__session_joined};
    bool joins = said->kind == OURO__SAID_HELLO_JOIN;
    if (joins && ouro__asks_too_fast(session->play, session->guest)) {
        refuse(session, OURO_CLOSE_TRY_AGAIN, "your address asks too often");
    } else if (joins) {
        session->hello = *said;
        if (ouro_spawn(join, session, &spawn, &session->joining) == 0)
            return;
        refuse(session, OURO_CLOSE_TRY_AGAIN, "out of memory");
    } else if (said->kind == OURO__SAID_HELLO_TOKEN) {
        take(session, said->token, said->schema);
    } else if (said->kind == OURO__SAID_HELLO_RECONNECT) {
        come_back(session, said);
    } else {
        refuse(session, POLICY, "a hello comes first");
    }
    ouro__said_done(said);
}
