/* SPDX-License-Identifier: MIT */
/* What a room of Crazy Eights knows, and how it tells of it. */
#ifndef EIGHTS_TABLE_H
#define EIGHTS_TABLE_H

#include "22_eights/room.h"
#include "22_eights/rules.h"

enum move { PLAY, SUIT, DRAW, PASS, AGAIN, MOVES };
extern const char *const move_names[MOVES];

struct place {
    struct ouro_player *player; /* NULL: nobody yet, or it has left */
    uint32_t id;
    char name[OURO_USER_NAME_BYTES];
    int points; /* of all games */
    bool wants_again;
    uint64_t hand_told; /* the hand that it knows of */
};

struct table {
    struct ouro_room *room;
    struct place places[EIGHTS_PLAYERS];
    struct eights game;
    int games; /* dealt so far */
    bool left; /* somebody did, after the first deal */
    int64_t turn_ends_at;
    bool changed; /* since it was told last */
    struct {
        bool there;
        int place;
        enum move move;
        bool late; /* done for it, when its time was up */
    } last;
};

/* Is there nothing to be played, because of the rules or because one has left? */
bool table_is_over(const struct table *table);
/* Of one that is over: who stayed, or who the rules say; -1: nobody. */
int table_winner(const struct table *table);
int table_won(const struct table *table);

/* Tell what has changed, to each what it may know. 0, -ENOMEM. */
int table_tell(struct table *table);

#endif
