/* SPDX-License-Identifier: MIT */
/* What a client says in the classic protocol, read: text in, meaning out, nothing remembered. */
#ifndef SNAKEPIT_SAID_H
#define SNAKEPIT_SAID_H

#include "rules/name.h"

#include <stddef.h>

#define SAID_NUMBER_BYTES 32 /* the longest number that JSON writes, and a NUL */

/* What is said to a second one, too. */
#define SAID_NEW_PLAYER_FAULT "[\"new_player\", name] comes once, and with a name"

enum said_kind {
    SAID_NONSENSE, /* none of the shapes below */
    SAID_KEY,      /* 37 */
    SAID_NEW_PLAYER,
    SAID_JOIN,
    SAID_PING,
    SAID_OTHER, /* an array that begins with a text */
};

struct said {
    enum said_kind kind;
    const char *fault; /* why it can't be done, for the client to read; NULL: nothing is wrong */
    int direction;     /* of a key; negative: it is none of the arrows */
    char name[NAME_BYTES];
    char number[SAID_NUMBER_BYTES]; /* of a ping, as JSON */
};

/* Read one message. There is always a kind, and nonsense always has a fault. */
void said_read(const char *text, size_t len, struct said *ret);

#endif
