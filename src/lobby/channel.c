/* SPDX-License-Identifier: MIT */
#include "lobby/chat.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

/* --- channels --------------------------------------------------------------------------------- */

static void drop_text(struct ouro__channel *channel, struct ouro__text *text)
{
    ouro_unlink(&text->link);
    json_decref(text->data);
    free(text);
    channel->count--;
}

void ouro__channel_done(struct ouro__channel *channel)
{
    struct ouro_link *link;
    while ((link = ouro_list_first(&channel->texts)))
        drop_text(channel, ouro_container(link, struct ouro__text, link));
}

void ouro__channel_keep(const struct ouro__chat *chat, struct ouro__channel *channel, json_t *data,
                        const char *from)
{
    struct ouro__text *text = calloc(1, sizeof *text);
    if (!text)
        return;
    text->id = channel->last;
    text->bytes = json_dumpb(data, NULL, 0, JSON_COMPACT);
    text->data = json_incref(data);
    memcpy(text->from, from, strlen(from) + 1);
    ouro_list_push(&channel->texts, &text->link);
    if (++channel->count > chat->options.history_max)
        drop_text(channel, ouro_container(channel->texts.next, struct ouro__text, link));
}

/* --- pairs ------------------------------------------------------------------------------------ */

static uint64_t pair_hash(const struct ouro_lobby *lobby, const char *first, const char *second)
{
    return ouro__map_hash(ouro__map_hash(lobby->secret, first), second);
}

static void pair_free(struct ouro__chat *chat, struct ouro__pair *pair)
{
    ouro__channel_done(&pair->channel);
    ouro__map_remove(&chat->pairs, &pair->by_users);
    ouro_unlink(&pair->link);
    free(pair);
}

static struct ouro__pair *pair_find(struct ouro_lobby *lobby, const char *first, const char *second)
{
    struct ouro__map_node *node =
        ouro__map_find(&lobby->chat->pairs, pair_hash(lobby, first, second));
    for (; node; node = ouro__map_next(node)) {
        struct ouro__pair *pair = ouro_container(node, struct ouro__pair, by_users);
        if (strcmp(pair->users[0], first) == 0 && strcmp(pair->users[1], second) == 0)
            return pair;
    }
    return NULL;
}

static struct ouro__pair *pair_new(struct ouro_lobby *lobby, const char *first, const char *second)
{
    struct ouro__chat *chat = lobby->chat;
    struct ouro__pair *pair = calloc(1, sizeof *pair);
    if (!pair)
        return NULL;
    if (chat->pairs.count >= chat->options.directs_max)
        pair_free(chat, ouro_container(chat->by_use.next, struct ouro__pair, link));
    ouro_list_init(&pair->channel.texts);
    memcpy(pair->users[0], first, strlen(first) + 1);
    memcpy(pair->users[1], second, strlen(second) + 1);
    ouro__map_add(&chat->pairs, &pair->by_users, pair_hash(lobby, first, second));
    ouro_list_push(&chat->by_use, &pair->link);
    return pair;
}

struct ouro__channel *ouro__channel_direct(struct ouro_lobby *lobby, const char *a, const char *b,
                                           bool make)
{
    const char *first = strcmp(a, b) < 0 ? a : b, *second = first == a ? b : a;
    struct ouro__pair *pair = pair_find(lobby, first, second);
    if (!pair && make)
        pair = pair_new(lobby, first, second);
    if (!pair)
        return NULL;
    if (make) { /* something is about to be said */
        ouro_unlink(&pair->link);
        ouro_list_push(&lobby->chat->by_use, &pair->link);
    }
    return &pair->channel;
}

void ouro__pairs_done(struct ouro__chat *chat)
{
    struct ouro_link *link;
    while ((link = ouro_list_first(&chat->by_use)))
        pair_free(chat, ouro_container(link, struct ouro__pair, link));
    ouro__map_done(&chat->pairs);
}
