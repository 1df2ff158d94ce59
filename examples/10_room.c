/* SPDX-License-Identifier: MIT */
/* A room: a whole game as one function. Two players come, the room counts down, and after "go"
 * whoever presses a key first has won. */
#include "demo/demo.h"

#include <ouro/game.h>

#include <stdio.h>
#include <stdlib.h>

enum { KEY = OURO_INPUT_OWN };

/* --- the game -------------------------------------------------------------------------------- */

static void tell_everyone(struct ouro_room *room, const char *format, int number)
{
    char line[64];
    int len = snprintf(line, sizeof line, format, number);
    struct ouro_frame *frame = ouro_frame_new(OURO_FRAME_TEXT, line, (size_t)len);
    if (frame)
        ouro_room_broadcast(room, frame);
    ouro_frame_unref(frame);
}

static int wait_for_players(struct ouro_room *room, size_t count)
{
    struct ouro_input input;
    int rc = 0;
    while (rc == 0 && ouro_room_player_count(room) < count)
        rc = ouro_room_next(room, OURO_FOREVER, &input);
    return rc;
}

/* Until then: what is pressed too early does not count. */
static int ignore_keys_until(struct ouro_room *room, int64_t when)
{
    struct ouro_input input;
    int rc;
    while ((rc = ouro_room_next(room, when, &input)) == 0)
        ;
    return rc == -ETIMEDOUT ? 0 : rc;
}

static int count_down(struct ouro_room *room, int from)
{
    struct ouro_ticker ticker;
    int rc = 0;
    ouro_ticker_start(&ticker, "countdown", OURO_SEC(1));
    for (int left = from; left > 0 && rc == 0; left--) {
        ouro_ticker_begin(&ticker);
        tell_everyone(room, "%d ...", left);
        rc = ignore_keys_until(room, ticker.next);
    }
    return rc;
}

static int first_key(struct ouro_room *room)
{
    const int64_t deadline = ouro_after(OURO_SEC(5)); /* whoever comes or goes meanwhile */
    struct ouro_input input;
    int rc;
    while ((rc = ouro_room_next(room, deadline, &input)) == 0) {
        if (input.kind == KEY) {
            tell_everyone(room, "player %d wins", (int)input.player->id);
            return 0;
        }
    }
    if (rc == -ETIMEDOUT)
        tell_everyone(room, "nobody in %d seconds", 5);
    return rc == -ETIMEDOUT ? 0 : rc;
}

static int reaction_game(struct ouro_room *room, void *ud)
{
    (void)ud;
    int rc = 0;
    while (rc == 0) {
        rc = wait_for_players(room, 2);
        if (rc == 0)
            rc = count_down(room, 3);
        if (rc == 0) {
            tell_everyone(room, "go", 0);
            rc = first_key(room);
        }
    }
    return rc;
}

/* --- players --------------------------------------------------------------------------------- */

static struct ouro_room *room;

/* What the room knows of a connection. The room may hold it a little longer than the connection
 * lives, so it lies on the heap until it is released. */
struct seat {
    struct ouro_player player;
    struct ouro_ws *ws; /* NULL: gone */
};

static struct seat *seat_of(const struct ouro_player *player)
{
    return ouro_container(player, struct seat, player);
}

static int seat_send(struct ouro_player *player, struct ouro_frame *const *frames, size_t count)
{
    struct seat *seat = seat_of(player);
    return seat->ws ? ouro_ws_send(seat->ws, frames, count) : -OURO_ECLOSED;
}

static size_t seat_backlog_bytes(const struct ouro_player *player)
{
    const struct seat *seat = seat_of(player);
    return seat->ws ? ouro_ws_backlog_bytes(seat->ws) : 0;
}

static void seat_close(struct ouro_player *player, uint16_t code, const char *reason)
{
    struct seat *seat = seat_of(player);
    if (seat->ws)
        ouro_ws_close(seat->ws, code, reason);
}

static void seat_released(struct ouro_player *player)
{
    free(seat_of(player));
}

static const struct ouro_player_ops seat_ops = {
    .send = seat_send,
    .backlog_bytes = seat_backlog_bytes,
    .close = seat_close,
    .released = seat_released,
};

static void player(struct ouro_ws *ws)
{
    static uint32_t last_id;
    struct seat *seat = calloc(1, sizeof *seat);
    if (!seat)
        return;
    *seat = (struct seat){.player = {.ops = &seat_ops, .id = ++last_id}, .ws = ws};
    if (ouro_room_enter(room, &seat->player) < 0) {
        ouro_ws_close(ws, 1013, "the room is full");
        free(seat);
        return;
    }
    struct ouro_ws_message key;
    while (ouro_ws_recv(ws, OURO_FOREVER, &key) == 0)
        ouro_room_input(room, &seat->player, KEY, 0);
    seat->ws = NULL;
    ouro_room_leave(room, &seat->player);
}

/* --- start and stop -------------------------------------------------------------------------- */

static int keep_room(void *arg)
{
    (void)arg;
    struct ouro_room_options options = {.name = "reaction", .players_max = 2};
    int rc = ouro_room_start(&options, reaction_game, NULL, &room);
    if (rc < 0)
        return rc;
    rc = ouro_sleep_until(OURO_FOREVER);
    ouro_room_stop(room);
    return rc;
}

int main(int argc, char **argv)
{
    return demo_main(argc, argv, keep_room, player);
}
