/* SPDX-License-Identifier: MIT */
#include "22_eights/table.h"

#include <string.h>

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

/* --- what is seen, and by whom ---------------------------------------------------------------- */

static const struct ouro_field table_fields[] = {
    {OURO_FIELD(struct shown_table, game), OURO_FIELD_UINT},
    {OURO_FIELD(struct shown_table, turn), OURO_FIELD_UINT, .bits = 1},
    {OURO_FIELD(struct shown_table, turn_ends_ms), OURO_FIELD_FLOAT},
    {OURO_FIELD(struct shown_table, turn_ms), OURO_FIELD_UINT},
    {OURO_FIELD(struct shown_table, top), OURO_FIELD_UINT, .bits = 6},
    {OURO_FIELD(struct shown_table, suit), OURO_FIELD_UINT, .bits = 2},
    {OURO_FIELD(struct shown_table, drawable), OURO_FIELD_UINT, .bits = 6},
    {OURO_FIELD(struct shown_table, naming), OURO_FIELD_BOOL},
    {OURO_FIELD(struct shown_table, drawn), OURO_FIELD_BOOL},
    {OURO_FIELD(struct shown_table, last_place), OURO_FIELD_UINT, .bits = 1},
    {OURO_FIELD(struct shown_table, last_move), OURO_FIELD_UINT, .bits = 3},
    {OURO_FIELD(struct shown_table, last_late), OURO_FIELD_BOOL},
    {OURO_FIELD(struct shown_table, over), OURO_FIELD_BOOL},
    {OURO_FIELD(struct shown_table, winner), OURO_FIELD_UINT, .bits = 2},
    {OURO_FIELD(struct shown_table, won), OURO_FIELD_UINT},
    {0},
};

static const struct ouro_field place_fields[] = {
    {OURO_FIELD(struct shown_place, number), OURO_FIELD_UINT, .bits = 1},
    {OURO_FIELD(struct shown_place, player), OURO_FIELD_UINT},
    {OURO_FIELD(struct shown_place, name), OURO_FIELD_STRING},
    {OURO_FIELD(struct shown_place, whereabouts), OURO_FIELD_UINT, .bits = 2},
    {OURO_FIELD(struct shown_place, cards), OURO_FIELD_UINT, .bits = 6},
    {OURO_FIELD(struct shown_place, points), OURO_FIELD_UINT},
    {OURO_FIELD(struct shown_place, again), OURO_FIELD_BOOL},
    {OURO_FIELD(struct shown_place, hand), OURO_FIELD_UINT, .who = OURO_WHO_OWNER},
    {0},
};

const struct ouro_type eights_types[] = {
    [SHOWN_TABLE] = {"table", table_fields, sizeof(struct shown_table)},
    [SHOWN_PLACE] = {"place", place_fields, sizeof(struct shown_place)},
    {0},
};

/* A world without space. Nobody is left out for being slow, for the next picture may be long in
 * coming: who has so many waiting, hundreds of pictures, is gone. */
#define SLOW_BYTES (64 * 1024)

const struct ouro_state_options eights_state = {
    .types = eights_types, .divisor_max = 1, .backlog_bytes_max = SLOW_BYTES};

/* --- showing ---------------------------------------------------------------------------------- */

static void show_table(const struct table *table, struct shown_table *shown)
{
    const struct eights *game = &table->game;
    shown->game = (uint16_t)table->games;
    shown->turn = (uint8_t)game->turn;
    shown->turn_ends_ms = (double)table->turn_ends_at / 1e6;
    shown->turn_ms = (uint32_t)(EIGHTS_TURN_NS / OURO_MS(1));
    shown->top = (uint8_t)eights_top(game);
    shown->suit = (uint8_t)game->suit;
    shown->drawable = (uint8_t)eights_drawable(game);
    shown->naming = game->naming;
    shown->drawn = game->drawn;
    shown->last_place = (uint8_t)table->last.place;
    shown->last_move = (uint8_t)table->last.move;
    shown->last_late = table->last.late;
    shown->over = table_is_over(table);
    shown->winner = (uint8_t)(shown->over ? table_winner(table) + 1 : 0); /* 0: nobody */
    shown->won = (uint16_t)(shown->over ? table_won(table) : 0);
}

static void show_place(const struct table *table, int number, struct shown_place *shown)
{
    const struct place *place = &table->places[number];
    shown->number = (uint8_t)number;
    shown->player = place->id;
    memcpy(shown->name, place->name, sizeof shown->name);
    shown->whereabouts = !place->player                    ? HAS_LEFT
                         : ouro_player_away(place->player) ? IS_AWAY
                                                           : IS_HERE;
    shown->cards = (uint8_t)eights_count(&table->game, number);
    shown->points = (uint32_t)place->points;
    shown->again = place->wants_again;
    shown->hand = table->game.hands[number];
}

void table_show(struct table *table)
{
    if (!table->games)
        return;
    show_table(table, ouro_entity_record(table->state, table->entity));
    for (int number = 0; number < EIGHTS_PLAYERS; number++)
        show_place(table, number, ouro_entity_record(table->state, table->places[number].entity));
    ouro_state_publish(table->state, ++table->publishes);
}

/* --- opening, sitting down -------------------------------------------------------------------- */

int table_open(struct table *table)
{
    table->state = ouro_room_state(table->room);
    int rc = ouro_entity_new(table->state, SHOWN_TABLE, &table->entity);
    for (int number = 0; rc == 0 && number < EIGHTS_PLAYERS; number++)
        rc = ouro_entity_new(table->state, SHOWN_PLACE, &table->places[number].entity);
    return rc;
}

int table_seat(struct table *table, int number, struct ouro_player *player)
{
    struct place *place = &table->places[number];
    const struct ouro_audience audience = {.owner = player->id};
    place->player = player;
    place->id = player->id;
    memcpy(place->name, ouro_player_user(player)->name, sizeof place->name);
    return ouro_entity_show(table->state, place->entity, &audience);
}

void table_unseat(struct table *table, int number)
{
    table->places[number].player = NULL;
}
