/* SPDX-License-Identifier: MIT */
#include "server/metrics.h"

#include "ouro/play.h"

void ouro_metrics_put_lobby(struct ouro_buf *out, const struct ouro_lobby *lobby)
{
    const struct ouro_lobby_stats stats = ouro_lobby_stats(lobby);
    const struct ouro__metric metrics[] = {
        {"ouro_lobby_rooms", "gauge", "Rooms now.", (double)stats.rooms},
        {"ouro_lobby_seats", "gauge", "Seats now, reserved and held ones included.",
         (double)stats.seats},
        {"ouro_lobby_seats_reserved", "gauge", "Seats that wait for their first connection.",
         (double)stats.reserved},
        {"ouro_lobby_seats_held", "gauge", "Seats whose connection is lost.", (double)stats.held},
        {"ouro_lobby_waiting", "gauge", "Who waits in the queue to join.", (double)stats.waiting},
        {"ouro_lobby_joins_total", "counter", "Seats reserved for who joined.",
         (double)stats.joins},
        {"ouro_lobby_refused_total", "counter", "Joins refused.", (double)stats.refused},
        {"ouro_lobby_expired_total", "counter", "Reservations that nobody took in time.",
         (double)stats.expired},
        {"ouro_lobby_drops_total", "counter", "Connections lost.", (double)stats.drops},
        {"ouro_lobby_returns_total", "counter", "Connections that came back.",
         (double)stats.returns},
        {"ouro_lobby_lost_total", "counter", "Held seats given up: time, or an event was lost.",
         (double)stats.lost},
        {"ouro_lobby_too_slow_total", "counter", "Connections closed for being too slow.",
         (double)stats.too_slow},
        {"ouro_lobby_events_total", "counter", "Events.", (double)stats.events},
        {"ouro_lobby_messages_total", "counter", "Messages sent to all players together.",
         (double)stats.messages},
        {"ouro_lobby_messages_left_out_total", "counter", "Messages not sent to who was slow.",
         (double)stats.messages_left_out},
        {"ouro_lobby_inputs_lost_total", "counter", "Inputs lost: a room or player had too many.",
         (double)stats.inputs_lost},
        {"ouro_lobby_requests_total", "counter", "Requests.", (double)stats.requests},
        {"ouro_lobby_requests_late_total", "counter", "Requests that had no answer in time.",
         (double)stats.requests_late},
        {"ouro_lobby_rooms_failed_total", "counter", "Rooms whose body failed.",
         (double)stats.rooms_failed},
    };
    OURO__METRICS_PUT(out, metrics);
}

void ouro_metrics_put_play(struct ouro_buf *out, const struct ouro_play *play)
{
    const struct ouro_play_stats stats = ouro_play_stats(play);
    const struct ouro__metric metrics[] = {
        {"ouro_play_sessions", "gauge", "Connections of ouro.v1 now.", (double)stats.sessions},
        {"ouro_play_opened_total", "counter", "Connections opened.", (double)stats.opened},
        {"ouro_play_hellos_total", "counter", "Seats taken for the first time.",
         (double)stats.hellos},
        {"ouro_play_reconnects_total", "counter", "Seats taken again.", (double)stats.reconnects},
        {"ouro_play_refused_total", "counter", "Hellos refused.", (double)stats.refused},
        {"ouro_play_messages_total", "counter", "Messages of clients.", (double)stats.messages},
        {"ouro_play_bad_messages_total", "counter", "Messages that were none.",
         (double)stats.bad_messages},
        {"ouro_play_too_fast_total", "counter", "Connections closed for too many messages.",
         (double)stats.too_fast},
        {"ouro_play_idle_total", "counter", "Connections closed for silence.", (double)stats.idle},
    };
    OURO__METRICS_PUT(out, metrics);
}
