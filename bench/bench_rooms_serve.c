/* SPDX-License-Identifier: MIT */
/* A server with a view for each client: WebSockets at /connect, and a room without rules. */
#include "bench_rooms.h"

#include <ouro/server.h>
#include <ouro/state.h>
#include <ouro/web.h>

#include <stdlib.h>

struct seat {
    struct ouro_player player;
    struct ouro_ws *ws;
    struct ouro_guest *guest;
    struct ouro_view *view;
};

static struct {
    double tick_hz;
    struct world *world;
    uint32_t seats;
} serving;

static struct seat *seat_of(const struct ouro_player *player)
{
    return ouro_container(player, struct seat, player);
}

static int seat_send(struct ouro_player *player, struct ouro_frame *const *frames, size_t count)
{
    return ouro_ws_send(seat_of(player)->ws, frames, count);
}

static int seat_send_parts(struct ouro_player *player, const struct ouro_part *parts, size_t count)
{
    return ouro_ws_send_parts(seat_of(player)->ws, parts, count);
}

static size_t seat_backlog(const struct ouro_player *player)
{
    return ouro_ws_backlog_bytes(seat_of(player)->ws);
}

static void seat_close(struct ouro_player *player, uint16_t code, const char *reason)
{
    ouro_ws_close(seat_of(player)->ws, code, reason);
}

static void seat_released(struct ouro_player *player)
{
    (void)player;
}

static const struct ouro_player_ops seat_ops = {
    .send = seat_send,
    .backlog_bytes = seat_backlog,
    .close = seat_close,
    .released = seat_released,
    .send_parts = seat_send_parts,
};

static void on_message(struct ouro_ws *ws, const struct ouro_ws_message *message, void *ud)
{
    (void)ws, (void)message, (void)ud;
}

static void on_closed(struct ouro_ws *ws, void *ud)
{
    struct seat *seat = ud;
    ouro_view_free(seat->view);
    ouro_guest_unref(seat->guest);
    ouro_ws_free(ws);
    free(seat);
}

static int come(struct ouro_http *http, struct ouro_guest *guest, void *ud)
{
    static const struct ouro_ws_consumer consumer = {on_message, on_closed};
    struct seat *seat = calloc(1, sizeof *seat);
    (void)ud;
    if (!seat)
        return -ENOMEM;
    seat->player.ops = &seat_ops;
    int rc = ouro_ws_accept(http, NULL, &seat->ws);
    if (rc == 0)
        rc = ouro_view_new(world_state(serving.world), &seat->player, NULL, &seat->view);
    if (rc < 0) {
        ouro_ws_free(seat->ws);
        free(seat);
        return rc;
    }
    seat->guest = ouro_guest_ref(guest);
    world_look(seat->view, serving.seats++);
    ouro_ws_consume(seat->ws, &consumer, seat);
    return 0;
}

static int tick_for_ever(void)
{
    struct ouro_ticker ticker;
    int rc = 0;
    ouro_ticker_start(&ticker, "bench", (int64_t)(1e9 / serving.tick_hz));
    while (rc == 0) {
        rc = ouro_sleep_until(ticker.next);
        ouro_ticker_begin(&ticker);
        world_tick(serving.world);
    }
    return rc;
}

static int serve(void *unused)
{
    struct ouro_server *server;
    struct ouro_server_options options = {
        .listen = "127.0.0.1:0", .handler = come, .connections_max = 65536};
    (void)unused;
    serving.world = world_new();
    if (!serving.world)
        return -ENOMEM;
    int rc = ouro_server_start(&options, &server);
    if (rc < 0)
        return rc;
    printf("http://%s\n", ouro_server_address(server));
    fflush(stdout);
    return tick_for_ever();
}

int rooms_serve(double tick_hz)
{
    serving.tick_hz = tick_hz;
    ouro_server_allow_connections(65536);
    return ouro_run(serve, NULL);
}
