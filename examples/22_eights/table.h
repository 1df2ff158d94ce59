/* SPDX-License-Identifier: MIT */
/* What a room of Crazy Eights knows, and what is shown of it. */
#ifndef EIGHTS_TABLE_H
#define EIGHTS_TABLE_H

#include "22_eights/room.h"
#include "22_eights/rules.h"

#include <ouro/state.h>

enum move { PLAY, SUIT, DRAW, PASS, AGAIN, NO_MOVE };

struct place {
    struct ouro_player *player; /* NULL: nobody yet, or it has left */
    uint32_t id;
    char name[OURO_USER_NAME_BYTES];
    int points; /* of all games */
    bool wants_again;
    struct ouro_entity entity;
};

struct table {
    struct ouro_room *room;
    struct place places[EIGHTS_PLAYERS];
    struct eights game;
    int games; /* dealt so far */
    bool left; /* somebody did, after the first deal */
    int64_t turn_ends_at;
    struct {
        int place;
        enum move move;
        bool late; /* done for it, when its time was up */
    } last;
    struct ouro_state *state; /* the room's */
    struct ouro_entity entity;
    uint32_t publishes;
};

/* Is there nothing to be played, because of the rules or because one has left? */
bool table_is_over(const struct table *table);
/* Of one that is over: who stayed, or who the rules say; -1: nobody. */
int table_winner(const struct table *table);
int table_won(const struct table *table);

/* What players see, as types of ouro/state.h; a hand is seen by its owner. */
enum { SHOWN_TABLE, SHOWN_PLACE };
extern const struct ouro_type eights_types[];
extern const struct ouro_state_options eights_state;

enum { IS_HERE, IS_AWAY, HAS_LEFT };

struct shown_table {
    uint16_t game;
    uint8_t turn, top, suit, drawable, last_place, last_move, winner;
    double turn_ends_ms; /* of the server's clock */
    uint32_t turn_ms;
    bool naming, drawn, last_late, over;
    uint16_t won;
};

struct shown_place {
    uint8_t number, whereabouts, cards;
    uint32_t player;
    uint32_t points;
    bool again;
    char name[OURO_USER_NAME_BYTES];
    uint64_t hand; /* a bit for each card */
};

/* 0, -ENOMEM. */
int table_open(struct table *table);
/* A player sits down. 0, -ENOMEM. */
int table_seat(struct table *table, int number, struct ouro_player *player);
void table_unseat(struct table *table, int number);
/* Show what is now. What has changed is found out by the state. */
void table_show(struct table *table);

#endif
