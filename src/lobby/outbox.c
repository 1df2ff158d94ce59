/* SPDX-License-Identifier: MIT */
/* What a seat sends: collected until the loop's next turn, so that all that is due to a client in a
 * step of its room leaves in one send. */
#include "lobby/lobby.h"

#include <stdlib.h>
#include <string.h>

/* --- frames that are due ---------------------------------------------------------------------- */

void ouro__seat_forget_due(struct ouro_seat *seat)
{
    for (size_t i = 0; i < seat->due_count; i++)
        ouro_frame_unref(seat->due[i]);
    seat->due_count = 0;
    seat->due_reliable = false;
    ouro_unlink(&seat->in_due);
}

/* It may come back. */
static void close_connection(struct ouro_seat *seat, uint16_t code, const char *reason)
{
    struct ouro_connection *connection = seat->connection;
    seat->instance->lobby->stats.too_slow += code == OURO_CLOSE_TOO_SLOW;
    ouro__seat_drop(seat);
    connection->ops->close(connection, code, reason);
}

/* The queue of the connection is full, or there was no memory for it. Messages may be left out,
 * events not: the client comes back for them when it can. */
static void is_too_slow(struct ouro_seat *seat, bool reliable)
{
    seat->instance->lobby->stats.messages_left_out++;
    if (reliable)
        close_connection(seat, OURO_CLOSE_TOO_SLOW, "too slow to keep up");
}

void ouro__seat_flush(struct ouro_seat *seat)
{
    bool reliable = seat->due_reliable;
    struct ouro_connection *connection = seat->connection;
    int rc = seat->due_count && connection
                 ? connection->ops->send(connection, seat->due, seat->due_count)
                 : 0;
    ouro__seat_forget_due(seat);
    if (rc == -OURO_ELIMIT || rc == -ENOMEM)
        is_too_slow(seat, reliable);
}

void ouro__instance_flush(struct ouro_timer *timer)
{
    struct ouro__instance *instance = ouro_container(timer, struct ouro__instance, flush);
    struct ouro_link *link;
    while ((link = ouro_list_first(&instance->due)))
        ouro__seat_flush(ouro_container(link, struct ouro_seat, in_due));
}

static void add_due(struct ouro_seat *seat, struct ouro_frame *frame)
{
    struct ouro__instance *instance = seat->instance;
    seat->due[seat->due_count++] = ouro_frame_ref(frame);
    if (!ouro_linked(&seat->in_due))
        ouro_list_push(&instance->due, &seat->in_due);
    bool later = instance->flush.place || ouro_timer_start(&instance->flush, ouro_now()) == 0;
    if (!later || seat->due_count == OURO__DUE_MAX)
        ouro__seat_flush(seat);
}

static bool is_reachable(const struct ouro_seat *seat)
{
    return seat->connection && seat->begun;
}

int ouro__seat_post(struct ouro_seat *seat, struct ouro_frame *frame)
{
    struct ouro_lobby_stats *stats = &seat->instance->lobby->stats;
    if (!is_reachable(seat))
        return -OURO_ECLOSED;
    if (seat->connection->ops->backlog_bytes(seat->connection) >
        seat->instance->type->is.backlog_bytes_max) {
        stats->messages_left_out++;
        return -OURO_ELIMIT;
    }
    stats->messages++;
    add_due(seat, frame);
    return 0;
}

void ouro__seat_post_event(struct ouro_seat *seat, struct ouro_frame *frame)
{
    seat->due_reliable = true;
    add_due(seat, frame);
}

int ouro_seat_send(struct ouro_seat *seat, struct ouro_frame *frame)
{
    if (!seat->connection)
        return -OURO_ECLOSED;
    ouro__seat_flush(seat);
    return seat->connection ? seat->connection->ops->send(seat->connection, &frame, 1)
                            : -OURO_ECLOSED;
}

/* --- a seat as a room's player ---------------------------------------------------------------- */

static int player_send(struct ouro_player *player, struct ouro_frame *const *frames, size_t count)
{
    struct ouro_seat *seat = ouro__seat_of(player);
    for (size_t i = 0; i < count; i++) {
        if (!is_reachable(seat))
            return -OURO_ECLOSED;
        add_due(seat, frames[i]);
    }
    return 0;
}

static int grow_parts(struct ouro_lobby *lobby, size_t wanted)
{
    if (wanted <= lobby->part_cap)
        return 0;
    struct ouro_part *parts = realloc(lobby->parts, 2 * wanted * sizeof *parts);
    if (!parts)
        return -ENOMEM;
    lobby->parts = parts;
    lobby->part_cap = 2 * wanted;
    return 0;
}

/* What is due, and these behind it, in one send: all of them, or none. */
static int send_with_due(struct ouro_seat *seat, const struct ouro_part *parts, size_t count)
{
    struct ouro_lobby *lobby = seat->instance->lobby;
    size_t due = seat->due_count;
    if (grow_parts(lobby, due + count) < 0)
        return -ENOMEM;
    for (size_t i = 0; i < due; i++)
        lobby->parts[i] = ouro_part_of(seat->due[i]);
    memcpy(lobby->parts + due, parts, count * sizeof *parts);
    int rc = seat->connection->ops->send_parts(seat->connection, lobby->parts, due + count);
    if (rc >= 0)
        ouro__seat_forget_due(seat);
    return rc;
}

/* A snapshot. Where it can't leave together with what is due, that goes first, and may cost the
 * connection. */
static int player_send_parts(struct ouro_player *player, const struct ouro_part *parts,
                             size_t count)
{
    struct ouro_seat *seat = ouro__seat_of(player);
    if (!is_reachable(seat))
        return -OURO_ECLOSED;
    if (seat->due_count > 0) {
        if (send_with_due(seat, parts, count) >= 0)
            return 0;
        ouro__seat_flush(seat);
    }
    return is_reachable(seat) ? seat->connection->ops->send_parts(seat->connection, parts, count)
                              : -OURO_ECLOSED;
}

static size_t player_backlog_bytes(const struct ouro_player *player)
{
    const struct ouro_seat *seat = ouro__seat_of(player);
    return seat->connection ? seat->connection->ops->backlog_bytes(seat->connection) : 0;
}

/* The connection first, which has the rest. */
static void player_prefetch(const struct ouro_player *player, unsigned turns)
{
    const struct ouro_connection *connection = ouro__seat_of(player)->connection;
    if (connection && turns == OURO_PREFETCH_TURNS)
        __builtin_prefetch(connection);
    else if (connection && connection->ops->prefetch)
        connection->ops->prefetch(connection, turns);
}

/* Asked for by the game room or the state, of who is behind for too long. */
static void player_close(struct ouro_player *player, uint16_t code, const char *reason)
{
    struct ouro_seat *seat = ouro__seat_of(player);
    if (seat->connection)
        close_connection(seat, code, reason);
}

/* The game room holds it no more. */
static void player_released(struct ouro_player *player)
{
    ouro__seat_free(ouro__seat_of(player));
}

const struct ouro_player_ops ouro__seat_ops = {
    .send = player_send,
    .backlog_bytes = player_backlog_bytes,
    .close = player_close,
    .released = player_released,
    .send_parts = player_send_parts,
    .prefetch = player_prefetch,
};
