/* SPDX-License-Identifier: MIT */
/* The room: from two players who come to the last game they want. */
#include "22_eights/table.h"

#include <jansson.h>
#include <string.h>

/* --- who is there ----------------------------------------------------------------------------- */

/* Its place; of NULL, one that nobody has. -1: none. */
static int place_of(const struct table *table, const struct ouro_player *player)
{
    for (int number = 0; number < EIGHTS_PLAYERS; number++) {
        if (table->places[number].player == player)
            return number;
    }
    return -1;
}

/* A place is not given to another once there are cards in front of it. */
static int enter(struct table *table, struct ouro_player *player)
{
    int number = table->games ? -1 : place_of(table, NULL);
    if (number >= 0)
        return table_seat(table, number, player);
    ouro_room_kick(table->room, player, OURO_CLOSE_TRY_AGAIN, "the game has begun");
    return 0;
}

static void leave(struct table *table, int number)
{
    table_unseat(table, number);
    table->left = table->games > 0;
}

/* Its seat is held for it, but not while it waits: nobody shall begin a game with who is not there.
 */
static void drop(struct table *table, struct ouro_player *player)
{
    if (!table->games)
        ouro_room_kick(table->room, player, OURO_CLOSE_TRY_AGAIN, "the connection was lost");
}

/* --- what they want --------------------------------------------------------------------------- */

static enum move move_named(const char *name)
{
    static const char *const names[NO_MOVE] = {"play", "suit", "draw", "pass", "again"};
    int move = 0;
    while (move < NO_MOVE && strcmp(names[move], name) != 0)
        move++;
    return (enum move)move;
}

/* The text that stands there under that name; "", if there is none. */
static const char *text_of(const json_t *data, const char *name)
{
    const char *text = json_string_value(json_object_get(data, name));
    return text ? text : "";
}

static enum eights_answer ask_again(struct table *table, int number)
{
    if (!table_is_over(table) || table->left || !table->games)
        return EIGHTS_NO_SUCH_MOVE;
    table->places[number].wants_again = true;
    return EIGHTS_DONE;
}

static enum eights_answer make_move(struct table *table, int number, enum move move,
                                    const json_t *data)
{
    if (move == AGAIN)
        return ask_again(table, number);
    if (table_is_over(table))
        return EIGHTS_OVER;
    switch (move) {
    case PLAY:
        return eights_play(&table->game, number, eights_card(text_of(data, "card")));
    case SUIT:
        return eights_name(&table->game, number, eights_suit_of_name(text_of(data, "suit")));
    case DRAW:
        return eights_draw(&table->game, number);
    case PASS:
        return eights_pass(&table->game, number);
    default:
        return EIGHTS_NO_SUCH_MOVE;
    }
}

static void note(struct table *table, int number, enum move move, bool late)
{
    table->last.place = number;
    table->last.move = move;
    table->last.late = late;
}

static void on_request(struct table *table, int number, const struct ouro_payload *asked)
{
    enum move move = move_named(asked->name);
    enum eights_answer answer = make_move(table, number, move, asked->data);
    if (answer != EIGHTS_DONE) {
        ouro_room_refuse(table->room, asked->request, eights_code(answer), eights_text(answer));
        return;
    }
    ouro_room_answer(table->room, asked->request, json_null());
    note(table, number, move, false);
}

static int handle(struct table *table, const struct ouro_input *input)
{
    int number = place_of(table, input->player);
    if (input->kind == OURO_INPUT_ENTER)
        return enter(table, input->player);
    if (number < 0)
        return 0; /* it came too late, and is on its way out */
    if (input->kind == OURO_INPUT_LEAVE)
        leave(table, number);
    else if (input->kind == OURO_INPUT_DROP)
        drop(table, input->player);
    else if (input->kind == OURO_INPUT_REQUEST)
        on_request(table, number, input->payload);
    return 0;
}

/* Show how things are, and wait for what somebody does. */
static int next(struct table *table, int64_t deadline)
{
    struct ouro_input input;
    table_show(table);
    int rc = ouro_room_next(table->room, deadline, &input);
    return rc < 0 ? rc : handle(table, &input);
}

/* --- the game --------------------------------------------------------------------------------- */

static int wait_for_two(struct table *table)
{
    int rc = 0;
    while (rc == 0 && place_of(table, NULL) >= 0)
        rc = next(table, OURO_FOREVER);
    return rc;
}

static void deal(struct table *table)
{
    eights_deal(&table->game, ouro_room_rng(table->room), table->games++ % EIGHTS_PLAYERS);
    for (int number = 0; number < EIGHTS_PLAYERS; number++)
        table->places[number].wants_again = false;
    table->last.move = NO_MOVE;
}

static int take_turn(struct table *table)
{
    int player = table->game.turn, rc = 0;
    table->turn_ends_at = ouro_after(EIGHTS_TURN_NS);
    while (rc == 0 && table->game.turn == player && !table_is_over(table))
        rc = next(table, table->turn_ends_at);
    if (rc != -ETIMEDOUT)
        return rc;
    eights_let_pass(&table->game);
    note(table, player, PASS, true);
    return 0;
}

enum { ONCE_MORE, NO_MORE };

static int show_result(struct table *table)
{
    struct place *places = table->places;
    int64_t until = ouro_after(EIGHTS_AGAIN_NS);
    int rc = 0, best = table_winner(table);
    if (best >= 0)
        places[best].points += table_won(table);
    while (rc == 0 && (places[0].player || places[1].player)) {
        if (!table->left && places[0].wants_again && places[1].wants_again)
            return ONCE_MORE;
        rc = next(table, until);
    }
    return rc == 0 || rc == -ETIMEDOUT ? NO_MORE : rc;
}

static int eights_room(struct ouro_room *room, void *data)
{
    struct table *table = data;
    table->room = room;
    int rc = table_open(table);
    if (rc == 0)
        rc = wait_for_two(table);
    ouro_room_lock(room, true);
    while (rc == 0) {
        deal(table);
        while (rc == 0 && !table_is_over(table))
            rc = take_turn(table);
        if (rc == 0)
            rc = show_result(table); /* ONCE_MORE is 0 */
    }
    return rc == NO_MORE ? 0 : rc;
}

const struct ouro_room_type eights_type = {
    .name = "eights",
    .body = eights_room,
    .data_bytes = sizeof(struct table),
    .seats_max = EIGHTS_PLAYERS,
    .hold_ns = EIGHTS_HOLD_NS,
    .state = &eights_state,
};
