/* SPDX-License-Identifier: MIT */
#include "22_eights/table.h"

#include <jansson.h>

const char *const move_names[MOVES] = {"play", "suit", "draw", "pass", "again"};

bool table_is_over(const struct table *table)
{
    return table->left || eights_over(&table->game);
}

int table_winner(const struct table *table)
{
    if (eights_over(&table->game))
        return eights_winner(&table->game);
    return table->places[0].player ? 0 : 1;
}

int table_won(const struct table *table)
{
    return eights_over(&table->game) ? eights_won(&table->game) : 0;
}

/* --- a hand: for its owner -------------------------------------------------------------------- */

static json_t *card_json(int card)
{
    char name[EIGHTS_NAME_BYTES];
    eights_card_name(card, name);
    return json_string(name);
}

static json_t *hand_json(uint64_t hand)
{
    json_t *cards = json_array();
    for (int card = 0; card < EIGHTS_CARDS; card++) {
        if (hand & UINT64_C(1) << card && json_array_append_new(cards, card_json(card)) < 0) {
            json_decref(cards);
            return NULL;
        }
    }
    return cards;
}

static int tell_hand(struct table *table, int number)
{
    struct place *place = &table->places[number];
    uint64_t hand = table->game.hands[number];
    if (!place->player || place->hand_told == hand)
        return 0;
    place->hand_told = hand;
    return ouro_room_event(table->room, place->player, "hand", hand_json(hand));
}

/* --- the table: for both ---------------------------------------------------------------------- */

static const char *whereabouts(const struct place *place)
{
    return !place->player ? "left" : ouro_player_away(place->player) ? "away" : "here";
}

static json_t *place_json(const struct table *table, int number)
{
    const struct place *place = &table->places[number];
    return json_pack("{s:I, s:s, s:s, s:i, s:i, s:b}", "player", (json_int_t)place->id, "name",
                     place->name, "state", whereabouts(place), "cards",
                     eights_count(&table->game, number), "points", place->points, "again",
                     place->wants_again);
}

static json_t *last_json(const struct table *table)
{
    if (!table->last.there)
        return json_null();
    return json_pack("{s:i, s:s, s:b}", "place", table->last.place, "move",
                     move_names[table->last.move], "late", table->last.late);
}

static json_t *result_json(const struct table *table)
{
    if (!table_is_over(table))
        return json_null();
    return json_pack("{s:i, s:i}", "winner", table_winner(table), "points", table_won(table));
}

/* All of it each time: it is short, and who comes back needs nothing else. */
static json_t *table_json(const struct table *table)
{
    const struct eights *game = &table->game;
    char suit[] = {eights_suit_name(game->suit), '\0'};
    return json_pack("{s:[o, o], s:i, s:i, s:f, s:f, s:o, s:s, s:b, s:b, s:i, s:o, s:o}", "places",
                     place_json(table, 0), place_json(table, 1), "game", table->games, "turn",
                     game->turn, "turn_ends_ms", (double)table->turn_ends_at / 1e6, "turn_ms",
                     EIGHTS_TURN_NS / 1e6, "top", card_json(eights_top(game)), "suit", suit,
                     "naming", game->naming, "drawn", game->drawn, "drawable",
                     eights_drawable(game), "last", last_json(table), "result", result_json(table));
}

int table_tell(struct table *table)
{
    int rc = 0;
    if (!table->changed || !table->games)
        return 0;
    table->changed = false;
    for (int number = 0; rc == 0 && number < EIGHTS_PLAYERS; number++)
        rc = tell_hand(table, number);
    return rc < 0 ? rc : ouro_room_event_all(table->room, NULL, "table", table_json(table));
}
