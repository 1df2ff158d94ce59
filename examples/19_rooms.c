/* SPDX-License-Identifier: MIT */
/* Rooms that clients find, join, lose and come back to: ouro.v1, as docs/protocol.md has it.
 *
 *     19_rooms --listen 127.0.0.1:8080
 *     curl -X POST http://127.0.0.1:8080/ouro/rooms/echo/join
 *
 * A room repeats what it is told, adds numbers, tells the time once a second to all, and sends who
 * asks for it to another room, or to a match in one. */
#include "demo/rooms.h"

#include <jansson.h>
#include <string.h>

/* --- the room --------------------------------------------------------------------------------- */

static void on_message(struct ouro_room *room, const struct ouro_input *input)
{
    const char *name = input->payload->name;
    json_t *data = input->payload->data;
    if (strcmp(name, "echo") == 0)
        ouro_room_send(room, input->player, "echo", json_incref(data));
    else if (strcmp(name, "say") == 0)
        ouro_room_event_all(room, NULL, "said", json_incref(data));
    else if (strcmp(name, "others") == 0)
        ouro_room_send_all(room, (struct ouro_player *[]){input->player, NULL}, "others",
                           json_incref(data));
    else if (strcmp(name, "travel") == 0)
        ouro_room_travel(room, input->player, &(struct ouro_travel){.type = "cave"});
    else if (strcmp(name, "kick") == 0)
        ouro_room_kick(room, input->player, OURO_CLOSE_CONSENTED, "as you like");
}

static int on_request(struct ouro_room *room, const struct ouro_input *input)
{
    const struct ouro_payload *asked = input->payload;
    json_t *a = json_array_get(asked->data, 0), *b = json_array_get(asked->data, 1);
    if (strcmp(asked->name, "fail") == 0)
        return -EIO; /* the room fails, and its players are told */
    if (strcmp(asked->name, "add") != 0 || !json_is_integer(a) || !json_is_integer(b))
        ouro_room_refuse(room, asked->request, "unknown", "add: [1, 2]");
    else
        ouro_room_answer(room, asked->request,
                         json_integer(json_integer_value(a) + json_integer_value(b)));
    return 0;
}

static void tell(struct ouro_room *room, const struct ouro_input *input, const char *what)
{
    ouro_room_event_all(room, NULL, what, json_integer(input->player->id));
}

static int echo_room(struct ouro_room *room, void *unused)
{
    struct ouro_ticker ticker;
    struct ouro_input input;
    int rc, failed = 0;
    (void)unused;
    ouro_room_set_metadata(
        room, json_pack("{s:O*}", "map", json_object_get(ouro_room_options(room), "map")));
    ouro_ticker_start(&ticker, ouro_room_id(room), OURO_SEC(1));
    while (!failed && (rc = ouro_room_turn(room, &ticker, &input)) >= 0) {
        if (rc == OURO_TURN_TICK)
            ouro_room_event_all(room, NULL, "tick", json_integer((json_int_t)ticker.ticks));
        else if (input.kind == OURO_INPUT_ENTER)
            tell(room, &input, "entered");
        else if (input.kind == OURO_INPUT_LEAVE)
            tell(room, &input, "left");
        else if (input.kind == OURO_INPUT_DROP)
            tell(room, &input, "dropped");
        else if (input.kind == OURO_INPUT_RETURN)
            tell(room, &input, "returned");
        else if (input.kind == OURO_INPUT_MESSAGE)
            on_message(room, &input);
        else if (input.kind == OURO_INPUT_REQUEST)
            failed = on_request(room, &input);
        else if (input.kind == OURO_INPUT_BYTES)
            ouro_room_send(room, input.player, "input",
                           json_pack("[I, I, I]", (json_int_t)input.payload->sequence,
                                     (json_int_t)input.payload->tick,
                                     (json_int_t)input.payload->len));
    }
    return failed ? failed : rc;
}

/* --- what there is -------------------------------------------------------------------------------
 */

static const struct ouro_room_type types[] = {
    {.name = "echo", .body = echo_room, .seats_max = 4, .tick_ns = OURO_SEC(1)},
    {.name = "cave", .body = echo_room, .seats_max = 4, .hold_ns = OURO_SEC(2)},
};

static int add(struct ouro_lobby *lobby)
{
    static const struct ouro_match_options duel = {.players_min = 2, .players_max = 2, .teams = 2},
                                           pair = {.players_min = 2, .players_max = 2};
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < sizeof types / sizeof types[0]; i++)
        rc = ouro_lobby_add_type(lobby, &types[i]);
    if (rc == 0)
        rc = ouro_lobby_match(lobby, "cave", &duel, OURO_MS(100));
    return rc < 0 ? rc : ouro_lobby_match(lobby, "echo", &pair, OURO_MS(100));
}

int main(int argc, char **argv)
{
    return demo_rooms_main(argc, argv, add);
}
