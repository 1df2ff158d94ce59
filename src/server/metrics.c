/* SPDX-License-Identifier: MIT */
/* Counters as Prometheus reads them: text format 0.0.4. */
#include "ouro/server.h"

void ouro_metrics_put(struct ouro_buf *out, const char *name, const char *type, const char *help,
                      double value)
{
    ouro_buf_printf(out, "# HELP %s %s\n# TYPE %s %s\n%s %.17g\n", name, help, name, type, name,
                    value);
}

/* A row for each value: what it is called, what it is, what it says now. */
struct metric {
    const char *name, *type, *help;
    double value;
};

static void put_all(struct ouro_buf *out, const struct metric *metrics, size_t count)
{
    for (size_t i = 0; i < count; i++)
        ouro_metrics_put(out, metrics[i].name, metrics[i].type, metrics[i].help, metrics[i].value);
}

#define PUT_ALL(out, metrics) put_all((out), (metrics), sizeof(metrics) / sizeof *(metrics))

static double seconds(int64_t ns)
{
    return (double)ns / (double)OURO_SEC(1);
}

void ouro_metrics_put_loop(struct ouro_buf *out, const struct ouro_loop *loop)
{
    const struct ouro_loop_stats stats = ouro_loop_stats(loop);
    const struct metric metrics[] = {
        {"ouro_loop_steps_total", "counter", "Times that a task was continued.",
         (double)stats.steps},
        {"ouro_loop_polls_total", "counter", "Times that the kernel was asked.",
         (double)stats.polls},
        {"ouro_loop_timers_total", "counter", "Timers that have fired.", (double)stats.timers},
        {"ouro_loop_idle_seconds_total", "counter", "Time spent waiting in the kernel.",
         seconds(stats.idle_ns)},
        {"ouro_loop_late_seconds_total", "counter", "How late all timers fired together.",
         seconds(stats.late_ns_total)},
        {"ouro_loop_late_seconds_max", "gauge", "The latest that a timer ever fired.",
         seconds(stats.late_ns_max)},
        {"ouro_loop_long_steps_total", "counter", "Steps that the watchdog found too long.",
         (double)stats.long_steps},
        {"ouro_loop_failures_total", "counter", "Tasks that failed and nobody looked.",
         (double)stats.failures},
        {"ouro_loop_tasks", "gauge", "Tasks alive now.", (double)stats.tasks},
    };
    PUT_ALL(out, metrics);
}

void ouro_metrics_put_server(struct ouro_buf *out, const struct ouro_server *server)
{
    const struct ouro_server_stats stats = ouro_server_stats(server);
    const struct metric metrics[] = {
        {"ouro_server_connections", "gauge", "Connections now.", (double)stats.connections},
        {"ouro_server_addresses", "gauge", "Addresses that something is known of now.",
         (double)stats.addresses},
        {"ouro_server_accepted_total", "counter", "Connections let in.", (double)stats.accepted},
        {"ouro_server_requests_total", "counter", "Requests that were handled.",
         (double)stats.requests},
        {"ouro_server_refused_full_total", "counter", "Connections turned away: full.",
         (double)stats.refused_full},
        {"ouro_server_refused_address_total", "counter",
         "Connections turned away: too many from their address.", (double)stats.refused_address},
        {"ouro_server_refused_rate_total", "counter",
         "Connections and upgrades turned away: too many per second.", (double)stats.refused_rate},
        {"ouro_server_refused_draining_total", "counter", "Requests refused while going down.",
         (double)stats.refused_draining},
        {"ouro_server_refused_host_total", "counter", "Requests refused: for another host.",
         (double)stats.refused_host},
        {"ouro_server_failed_hellos_total", "counter",
         "Connections that did not shake hands, or were not introduced.",
         (double)stats.failed_hellos},
        {"ouro_server_calls_refused_total", "counter", "Calls over their address's rate.",
         (double)stats.calls_refused},
        {"ouro_server_messages_refused_total", "counter", "Messages over their address's rate.",
         (double)stats.messages_refused},
        {"ouro_server_draining", "gauge", "1 while going down.",
         (double)ouro_server_is_draining(server)},
    };
    PUT_ALL(out, metrics);
}

void ouro_metrics_put_tls(struct ouro_buf *out, const struct ouro_tls_config *tls)
{
    const struct ouro_tls_stats stats = ouro_tls_stats(tls);
    const struct metric metrics[] = {
        {"ouro_tls_handshakes_total", "counter", "Handshakes completed.", (double)stats.completed},
        {"ouro_tls_resumed_total", "counter", "Handshakes that resumed a session.",
         (double)stats.resumed},
        {"ouro_tls_failed_total", "counter", "Handshakes failed.", (double)stats.failed},
        {"ouro_tls_in_progress", "gauge", "Handshakes in progress now.", (double)stats.in_progress},
        {"ouro_tls_waiting", "gauge", "Handshakes that wait for their turn now.",
         (double)stats.waiting},
    };
    PUT_ALL(out, metrics);
}

void ouro_metrics_put_room(struct ouro_buf *out, const struct ouro_room *room)
{
    const struct ouro_room_stats stats = ouro_room_stats(room);
    const struct metric metrics[] = {
        {"ouro_room_players", "gauge", "Players in the room now, spectators included.",
         (double)ouro_room_player_count(room)},
        {"ouro_room_inputs_total", "counter", "Inputs taken.", (double)stats.inputs},
        {"ouro_room_inputs_refused_total", "counter", "Inputs lost: the inbox was full.",
         (double)stats.inputs_refused},
        {"ouro_room_frames_sent_total", "counter", "Frames sent to all players together.",
         (double)stats.frames_sent},
        {"ouro_room_frames_skipped_total", "counter", "Frames not sent to players behind.",
         (double)stats.frames_skipped},
        {"ouro_room_resyncs_total", "counter", "Whole pictures sent to who had been behind.",
         (double)stats.resyncs},
        {"ouro_room_kicked_total", "counter", "Players sent away for being behind too long.",
         (double)stats.kicked},
        {"ouro_room_failures_total", "counter", "Times that the room's body failed.",
         (double)stats.failures},
    };
    PUT_ALL(out, metrics);
}
