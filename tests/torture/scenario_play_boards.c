/* SPDX-License-Identifier: MIT */
/* play: leaderboards that a client asks for, from memory and from the store. */
#include "torture.h"

#include <ouro/play.h>

#include <jansson.h>

static int line_send(struct ouro_connection *connection, struct ouro_frame *const *frames,
                     size_t count)
{
    expect(connection && frames[0] && count > 0);
    return 0;
}

static size_t line_backlog(const struct ouro_connection *connection)
{
    expect(connection);
    return 0;
}

static void line_close(struct ouro_connection *connection, uint16_t code, const char *reason)
{
    expect(connection && code && reason);
}

static void ask(struct ouro_connection *connection, uint32_t id, const char *name, json_t *data)
{
    if (connection->seat)
        went(ouro_seat_request(connection->seat, id, name, data), -EINVAL, -OURO_ELIMIT);
    else
        json_decref(data);
    ouro_sleep(OURO_MS(50));
}

static void use_boards(struct ouro_lobby *lobby)
{
    static const struct ouro_connection_ops ops = {
        .send = line_send, .backlog_bytes = line_backlog, .close = line_close};
    struct ouro_connection connection = {.ops = &ops};
    struct ouro_user user = {.id = "ada", .name = "Ada"};
    struct ouro_join join = {.type = "lobby", .user = &user};
    struct ouro_place place;
    if (!went(ouro_lobby_join(lobby, &join, &place), -ENOMEM))
        return;
    if (went(ouro_seat_take(lobby, place.token, &connection), -ENOMEM))
        ouro_seat_begin(connection.seat);
    ask(&connection, 1, "board.top", json_pack("{s:s}", "board", "classic"));
    ask(&connection, 2, "board.around", json_pack("{s:s}", "board", "classic"));
    ask(&connection, 3, "board.none", json_null());
    if (connection.seat)
        ouro_seat_leave(connection.seat);
}

static void with_store(struct ouro_store *store)
{
    struct ouro_lobby *lobby;
    struct ouro_boards *boards;
    if (!went(ouro_lobby_start(&(struct ouro_lobby_options){0}, &lobby), -ENOMEM))
        return;
    if (went(ouro_boards_start(lobby, store, NULL, &boards), -ENOMEM)) {
        use_boards(lobby);
        expect(ouro_boards_stop(boards) == NULL);
    }
    expect(ouro_lobby_stop(lobby) == NULL);
}

static int run(void *arg)
{
    struct ouro_store_options options = {.retry_ns_min = OURO_MS(1), .retry_ns_max = OURO_MS(2)};
    struct ouro_store *store;
    (void)arg;
    if (!went(ouro_store_open(":memory:", &options, &store), -ENOMEM, -EAGAIN))
        return 0;
    went(ouro_board_submit(store, "classic", "ada", 5), -ENOMEM, -OURO_ELIMIT);
    with_store(store);
    (void)ouro_store_close(store, PATIENTLY); /* of which store.scores tells more */
    return 0;
}

SCENARIO(play_boards, questions)
{
    in_sim(run);
}
