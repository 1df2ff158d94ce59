/* SPDX-License-Identifier: MIT */
/* What chat keeps: the last texts of each channel, and the channels of two users. */
#ifndef OURO_LOBBY_CHAT_H
#define OURO_LOBBY_CHAT_H

#include "lobby/lobby.h"

/* What was said, as it is pushed. */
struct ouro__text {
    struct ouro_link link;
    uint32_t id;
    size_t bytes; /* of the data as text */
    struct json_t *data;
    char from[OURO_USER_ID_BYTES]; /* "": the server */
};

/* Two users who write to each other. */
struct ouro__pair {
    struct ouro_link link; /* in chat->pairs, the last used last */
    struct ouro__map_node by_users;
    struct ouro__channel channel;
    char users[2][OURO_USER_ID_BYTES]; /* in the order of strcmp() */
};

struct ouro__chat {
    struct ouro_chat_options options;
    struct ouro__channel global;
    struct ouro_allowance allowance; /* for texts in it */
    struct ouro__map pairs;
    struct ouro_link by_use;
};

/* Takes a reference. When there is no memory, it is not in the history. */
void ouro__channel_keep(const struct ouro__chat *chat, struct ouro__channel *channel,
                        struct json_t *data, const char *from);
/* That of two users, made if wanted; NULL: there is none, or no memory. */
struct ouro__channel *ouro__channel_direct(struct ouro_lobby *lobby, const char *a, const char *b,
                                           bool make);
void ouro__pairs_done(struct ouro__chat *chat);

#endif
