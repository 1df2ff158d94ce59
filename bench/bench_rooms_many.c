/* SPDX-License-Identifier: MIT */
/* Many small rooms of a lobby on one loop, without sockets: how late their ticks are, what they
 * cost, and how much memory a room and a seat take that do nothing. */
#include "bench_rooms.h"

#include <ouro/lobby.h>

#include <errno.h>
#include <jansson.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "measure.h"

#define ROOMS       2000
#define SEATS       4 /* of each */
#define TICK_NS     OURO_MS(50)
#define WARM_NS     OURO_SEC(1)
#define MEASURED_NS OURO_SEC(10)
#define LATE_MAX    (ROOMS * 20 * 12) /* ticks that can be noted */

static struct {
    double late_ms[LATE_MAX];
    size_t noted;
    bool measuring;
    uint64_t inputs, frames;
    struct ouro_connection connections[ROOMS * SEATS];
} many;

/* --- a room ----------------------------------------------------------------------------------- */

static void note(int64_t late_ns)
{
    if (many.measuring && many.noted < LATE_MAX)
        many.late_ms[many.noted++] = (double)late_ns / 1e6;
}

/* Each tick takes what its players have sent, and tells them something. */
static int tick_room(struct ouro_room *room, void *unused)
{
    (void)unused;
    struct ouro_ticker ticker;
    ouro_ticker_start(&ticker, "many", TICK_NS);
    for (;;) {
        struct ouro_input input;
        int rc;
        while ((rc = ouro_room_next(room, ticker.next, &input)) == 0)
            many.inputs += input.kind == OURO_INPUT_BYTES;
        if (rc != -ETIMEDOUT)
            return rc;
        note(ouro_ticker_begin(&ticker));
        ouro_room_send_all(room, NULL, "tick", json_integer((json_int_t)ticker.ticks));
    }
}

/* --- connections that take everything --------------------------------------------------------- */

static int sink_send(struct ouro_connection *connection, struct ouro_frame *const *frames,
                     size_t count)
{
    (void)connection, (void)frames;
    many.frames += many.measuring ? count : 0;
    return 0;
}

static size_t sink_backlog(const struct ouro_connection *connection)
{
    (void)connection;
    return 0;
}

static void sink_close(struct ouro_connection *connection, uint16_t code, const char *reason)
{
    (void)connection, (void)code, (void)reason;
}

/* --- players ---------------------------------------------------------------------------------- */

static int take_seat(struct ouro_lobby *lobby, const struct ouro_join *join,
                     struct ouro_connection *connection, struct ouro_place *ret_place)
{
    static const struct ouro_connection_ops ops = {
        .send = sink_send, .backlog_bytes = sink_backlog, .close = sink_close};
    int rc = ouro_lobby_join(lobby, join, ret_place);
    connection->ops = &ops;
    if (rc == 0)
        rc = ouro_seat_take(lobby, ret_place->token, connection);
    if (rc == 0)
        ouro_seat_begin(connection->seat);
    return rc;
}

static const struct ouro_user somebody = {.id = "u", .name = "Somebody", .guest = true};

static int open_room(struct ouro_lobby *lobby, struct ouro_connection *first)
{
    struct ouro_place place;
    struct ouro_join join = {.how = OURO_CREATE, .type = "many", .user = &somebody};
    return take_seat(lobby, &join, first, &place);
}

/* All seats but the first. */
static int fill_room(struct ouro_lobby *lobby, struct ouro_connection *connections)
{
    struct ouro_seat_info info;
    struct ouro_place place;
    ouro_seat_info(connections[0].seat, &info);
    struct ouro_join join = {.how = OURO_JOIN_ROOM, .room = info.room, .user = &somebody};
    int rc = 0;
    for (size_t i = 1; i < SEATS && rc == 0; i++)
        rc = take_seat(lobby, &join, &connections[i], &place);
    return rc;
}

/* One input of each player in each tick, spread over it. */
static int play(void *unused)
{
    (void)unused;
    static const uint8_t move[4];
    size_t next = 0;
    uint32_t sequence = 1;
    int rc;
    int64_t at = ouro_now();
    while ((rc = ouro_sleep_until(at += OURO_MS(1))) == 0) {
        for (size_t i = 0; i < ROOMS * SEATS / 50; i++) {
            struct ouro_seat *seat = many.connections[next].seat;
            if (seat)
                ouro_seat_input(seat, sequence, 0, move, sizeof move);
            next = (next + 1) % (ROOMS * SEATS);
            sequence += next == 0;
        }
    }
    return rc;
}

/* --- memory ----------------------------------------------------------------------------------- */

static int64_t resident(void)
{
    struct bench_memory memory = {0};
    bench_memory(getpid(), &memory);
    return memory.unshared;
}

/* Rooms with a seat each, then the other seats: what both added. They begin one after the other, as
 * rooms do: else all would tick in the same moment. */
static int fill(struct ouro_lobby *lobby, FILE *out)
{
    int64_t empty = resident(), rooms, seats;
    int rc = 0;
    for (size_t i = 0; i < ROOMS && rc == 0; i++) {
        rc = open_room(lobby, &many.connections[i * SEATS]);
        ouro_sleep(TICK_NS / ROOMS);
    }
    ouro_sleep(2 * TICK_NS);
    rooms = resident();
    for (size_t i = 0; i < ROOMS && rc == 0; i++)
        rc = fill_room(lobby, &many.connections[i * SEATS]);
    ouro_sleep(2 * TICK_NS);
    seats = resident();
    fprintf(out, "| memory of a room with one player, its task's stack included | %.0f bytes |\n",
            (double)(rooms - empty) / ROOMS);
    fprintf(out, "| memory of each further seat | %.0f bytes |\n",
            (double)(seats - rooms) / (ROOMS * (SEATS - 1)));
    return rc;
}

/* --- the measured time ------------------------------------------------------------------------ */

static void write_lateness(FILE *out, int64_t cpu_ns)
{
    double seconds = (double)MEASURED_NS / 1e9, ticks = (double)many.noted;
    bench_sort(many.late_ms, many.noted);
    fprintf(out, "| ticks per second, of %d | %.0f |\n", ROOMS * 20, ticks / seconds);
    fprintf(out, "| lateness of a tick, p50 / p99 / max | %.2f / %.2f / %.2f ms |\n",
            bench_percentile(many.late_ms, many.noted, 50),
            bench_percentile(many.late_ms, many.noted, 99),
            many.noted ? many.late_ms[many.noted - 1] : 0);
    fprintf(out,
            "| CPU of a tick: %d inputs, a message encoded and given to %d players | %.2f us |\n",
            SEATS, SEATS, (double)cpu_ns / 1e3 / ticks);
    fprintf(out, "| share of the core | %.0f %% |\n", (double)cpu_ns / (double)MEASURED_NS * 100);
}

static int measure(FILE *out)
{
    int64_t before, after;
    struct ouro_task *player;
    int rc = ouro_spawn(play, NULL, NULL, &player);
    if (rc < 0)
        return rc;
    ouro_sleep(WARM_NS);
    bench_cpu_ns(getpid(), &before);
    many.measuring = true;
    ouro_sleep(MEASURED_NS);
    many.measuring = false;
    bench_cpu_ns(getpid(), &after);
    ouro_cancel(player);
    ouro_await(player, OURO_FOREVER, NULL);
    ouro_task_unref(player);
    write_lateness(out, after - before);
    return many.noted ? 0 : -ENODATA;
}

static int run(void *out)
{
    struct ouro_lobby *lobby;
    const struct ouro_lobby_options options = {.joins_per_second_max = UINT32_MAX};
    const struct ouro_room_type type = {
        .name = "many", .body = tick_room, .seats_max = SEATS, .tick_ns = TICK_NS};
    int rc = ouro_lobby_start(&options, &lobby);
    if (rc < 0)
        return rc;
    rc = ouro_lobby_add_type(lobby, &type);
    if (rc == 0)
        rc = fill(lobby, out);
    if (rc == 0)
        rc = measure(out);
    ouro_lobby_stop(lobby);
    return rc;
}

int rooms_many(FILE *out)
{
    fprintf(out,
            "\n## %d rooms of %d players at 20 Hz\n\nOn one loop, without sockets: what the rooms "
            "themselves cost.\n\n| | |\n|---|---:|\n",
            ROOMS, SEATS);
    return ouro_run(run, out);
}
