/* SPDX-License-Identifier: MIT */
/* Counters as Prometheus reads them: text format 0.0.4. */
#include "server/metrics.h"

#include "ouro/state.h"

void ouro_metrics_put(struct ouro_buf *out, const char *name, const char *type, const char *help,
                      double value)
{
    ouro_buf_printf(out, "# HELP %s %s\n# TYPE %s %s\n%s %.17g\n", name, help, name, type, name,
                    value);
}

void ouro__metrics_put_all(struct ouro_buf *out, const struct ouro__metric *metrics, size_t count)
{
    for (size_t i = 0; i < count; i++)
        ouro_metrics_put(out, metrics[i].name, metrics[i].type, metrics[i].help, metrics[i].value);
}

static double seconds(int64_t ns)
{
    return (double)ns / (double)OURO_SEC(1);
}

void ouro_metrics_put_loop(struct ouro_buf *out, const struct ouro_loop *loop)
{
    const struct ouro_loop_stats stats = ouro_loop_stats(loop);
    const struct ouro__metric metrics[] = {
        {"ouro_loop_steps_total", "counter", "Times that a task was continued.",
         (double)stats.steps},
        {"ouro_loop_polls_total", "counter", "Times that the kernel was asked.",
         (double)stats.polls},
        {"ouro_loop_polls_full_total", "counter", "Of them, that left more to be fetched.",
         (double)stats.polls_full},
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
    OURO__METRICS_PUT(out, metrics);
}

void ouro_metrics_put_server(struct ouro_buf *out, const struct ouro_server *server)
{
    const struct ouro_server_stats stats = ouro_server_stats(server);
    const struct ouro__metric metrics[] = {
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
    OURO__METRICS_PUT(out, metrics);
}

void ouro_metrics_put_tls(struct ouro_buf *out, const struct ouro_tls_config *tls)
{
    const struct ouro_tls_stats stats = ouro_tls_stats(tls);
    const struct ouro__metric metrics[] = {
        {"ouro_tls_handshakes_total", "counter", "Handshakes completed.", (double)stats.completed},
        {"ouro_tls_resumed_total", "counter", "Handshakes that resumed a session.",
         (double)stats.resumed},
        {"ouro_tls_failed_total", "counter", "Handshakes failed.", (double)stats.failed},
        {"ouro_tls_in_progress", "gauge", "Handshakes in progress now.", (double)stats.in_progress},
        {"ouro_tls_waiting", "gauge", "Handshakes that wait for their turn now.",
         (double)stats.waiting},
    };
    OURO__METRICS_PUT(out, metrics);
}

void ouro_metrics_put_room(struct ouro_buf *out, const struct ouro_room *room)
{
    const struct ouro_room_stats stats = ouro_room_stats(room);
    const struct ouro__metric metrics[] = {
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
    OURO__METRICS_PUT(out, metrics);
}

void ouro_metrics_put_state(struct ouro_buf *out, const struct ouro_state_stats *stats)
{
    const struct ouro__metric metrics[] = {
        {"ouro_state_entities", "gauge", "Entities now.", stats->entities},
        {"ouro_state_views", "gauge", "Views now.", stats->views},
        {"ouro_state_channels", "gauge", "Channels now.", stats->channels},
        {"ouro_state_publishes_total", "counter", "Publishes.", (double)stats->publishes},
        {"ouro_state_changes_total", "counter", "Entities that were found to be different.",
         (double)stats->changes},
        {"ouro_state_sections_total", "counter", "Sections encoded, keyframes included.",
         (double)stats->sections},
        {"ouro_state_section_bytes_total", "counter", "Bytes of these.",
         (double)stats->section_bytes},
        {"ouro_state_keyframes_total", "counter", "Keyframes among these.",
         (double)stats->keyframes},
        {"ouro_state_snapshots_total", "counter", "Snapshots sent to all views together.",
         (double)stats->snapshots},
        {"ouro_state_snapshot_bytes_total", "counter", "Bytes of these.",
         (double)stats->snapshot_bytes},
        {"ouro_state_sections_sent_total", "counter", "Sections in these.",
         (double)stats->sections_sent},
        {"ouro_state_keyframes_sent_total", "counter", "Keyframes among these.",
         (double)stats->keyframes_sent},
        {"ouro_state_sections_deferred_total", "counter",
         "Sections left for a later snapshot, for want of bytes.",
         (double)stats->sections_deferred},
        {"ouro_state_quiet_total", "counter", "Views that were due and had nothing new.",
         (double)stats->quiet},
        {"ouro_state_skipped_total", "counter",
         "Views that were due while their player was behind.", (double)stats->skipped},
        {"ouro_state_failed_total", "counter", "Sends that failed, or had no memory.",
         (double)stats->failed},
        {"ouro_state_rates_lowered_total", "counter", "Rates halved for who is slow.",
         (double)stats->rates_lowered},
        {"ouro_state_rates_raised_total", "counter", "Rates doubled again.",
         (double)stats->rates_raised},
        {"ouro_state_kicked_total", "counter", "Players sent away for being behind too long.",
         (double)stats->kicked},
    };
    OURO__METRICS_PUT(out, metrics);
}
