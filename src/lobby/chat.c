/* SPDX-License-Identifier: MIT */
/* Chat: global, in a room, between two. Who writes is limited, may be muted, and does not reach
 * those who block it; a text is encoded once, however many read it. */
#include "lobby/chat.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#define TEXT_BYTES_DEFAULT 500
#define HISTORY_DEFAULT    50
#define DIRECTS_DEFAULT    1024
#define BLOCKS_DEFAULT     100
#define PER_MINUTE_DEFAULT 30
#define BURST_DEFAULT      5
#define GLOBAL_DEFAULT     20
#define MUTE_NS_DEFAULT    OURO_SEC(300)

/* Where something is said, or was. */
struct place {
    struct ouro__channel *channel; /* NULL: nothing was ever said there */
    struct ouro__instance *room;   /* of "room" */
    const char *user;              /* of "user" */
};

/* --- who may ---------------------------------------------------------------------------------- */

static bool blocks(const struct ouro__account *account, const char *user)
{
    return json_object_get(account->blocks, user) != NULL;
}

/* Each text takes its share of a minute. */
static bool too_fast(const struct ouro_chat_options *options, struct ouro__account *account)
{
    int64_t now = ouro_now() > 0 ? ouro_now() : 1, cost_ns = OURO_SEC(60) / options->per_minute_max;
    int64_t most_ns = cost_ns * options->burst;
    if (!account->allowance.at)
        account->allowance = (struct ouro_allowance){.at = now, .ns = most_ns};
    return !ouro_allowance_take(&account->allowance, now, cost_ns, most_ns);
}

/* Of all users together; in a second, what is allowed in one. */
static bool all_too_fast(struct ouro__chat *chat)
{
    int64_t cost_ns = OURO_SEC(1) / chat->options.global_per_second_max;
    return !ouro_allowance_take(&chat->allowance, ouro_now(), cost_ns, OURO_SEC(1));
}

/* --- saying ----------------------------------------------------------------------------------- */

static void tell(struct ouro_seat *seat, const char *from, struct ouro_frame *frame)
{
    if (!blocks(seat->account, from))
        ouro__seat_post(seat, frame);
}

static void tell_room(struct ouro__instance *instance, const char *from, struct ouro_frame *frame)
{
    ouro_list_each_safe (link, &instance->seats)
        tell(ouro_container(link, struct ouro_seat, link), from, frame);
}

static void tell_all(struct ouro_lobby *lobby, const char *from, struct ouro_frame *frame)
{
    ouro_list_each (link, &lobby->types) {
        struct ouro__type *type = ouro_container(link, struct ouro__type, link);
        ouro_list_each_safe (at, &type->instances)
            tell_room(ouro_container(at, struct ouro__instance, link), from, frame);
    }
}

static void tell_user(struct ouro_lobby *lobby, const char *user, const char *from,
                      struct ouro_frame *frame)
{
    struct ouro__account *account = ouro__account_find(lobby, user);
    if (!account)
        return;
    ouro_list_each_safe (link, &account->seats)
        tell(ouro_container(link, struct ouro_seat, by_user), from, frame);
}

static void tell_place(struct ouro_lobby *lobby, const struct place *place, const char *from,
                       struct ouro_frame *frame)
{
    if (place->room) {
        tell_room(place->room, from, frame);
    } else if (place->user) {
        tell_user(lobby, place->user, from, frame);
        if (strcmp(place->user, from) != 0)
            tell_user(lobby, from, from, frame);
    } else {
        tell_all(lobby, from, frame);
    }
}

/* {"id", "to", "at_ms", "text", "room" or "user", "from"}; NULL: out of memory. */
static json_t *describe(const struct place *place, const struct ouro_user *from, const char *text)
{
    const char *to = place->room ? "room" : place->user ? "user" : "global";
    json_t *data =
        json_pack("{s:I, s:s, s:I, s:s}", "id", (json_int_t)place->channel->last, "to", to, "at_ms",
                  (json_int_t)(ouro_wall_time() / OURO_MS(1)), "text", text);
    int bad = !data;
    if (!bad && place->room)
        bad = json_object_set_new(data, "room", json_string(place->room->id));
    if (!bad && place->user)
        bad = json_object_set_new(data, "user", json_string(place->user));
    if (!bad && from)
        bad = json_object_set_new(data, "from",
                                  json_pack("{s:s, s:s}", "user", from->id, "name", from->name));
    if (!bad)
        return data;
    json_decref(data);
    return NULL;
}

/* 0, -ENOMEM. */
static int say(struct ouro_lobby *lobby, const struct place *place, const struct ouro_user *from,
               const char *text)
{
    place->channel->last++;
    json_t *data = describe(place, from, text);
    struct ouro_frame *frame = data ? ouro__frame_message("chat.message", data) : NULL;
    if (frame) {
        ouro__channel_keep(lobby->chat, place->channel, data, from ? from->id : "");
        tell_place(lobby, place, from ? from->id : "", frame);
    }
    json_decref(data);
    ouro_frame_unref(frame);
    return frame ? 0 : -ENOMEM;
}

int ouro_chat_announce(struct ouro_lobby *lobby, const char *text)
{
    return say(lobby, &(struct place){.channel = &lobby->chat->global}, NULL, text);
}

int ouro_chat_mute(struct ouro_lobby *lobby, const char *user, int64_t ns)
{
    if (!ouro_user_id_valid(user))
        return -EINVAL;
    struct ouro__account *account = ouro__account_get(lobby, user);
    if (!account)
        return -ENOMEM;
    account->muted_until = ns > 0 ? ouro_after(ns) : 0;
    ouro__account_unref(lobby, account);
    return 0;
}

/* --- requests --------------------------------------------------------------------------------- */

struct asked {
    struct ouro_lobby *lobby;
    struct ouro_seat *seat;
    json_t *data;
    uint64_t request;
};

static void refuse(const struct asked *asked, const char *code, const char *text)
{
    ouro_lobby_refuse(asked->lobby, asked->request, code, text);
}

static const char *user_of(const struct asked *asked)
{
    const char *user = json_string_value(json_object_get(asked->data, "user"));
    return user && ouro_user_id_valid(user) ? user : NULL;
}

static bool is_global(const struct asked *asked)
{
    const char *to = json_string_value(json_object_get(asked->data, "to"));
    return to && strcmp(to, "global") == 0;
}

/* "to" and "user" of a request. False: it has been refused. */
static bool find_place(const struct asked *asked, bool make, struct place *ret_place)
{
    struct ouro_lobby *lobby = asked->lobby;
    const char *to = json_string_value(json_object_get(asked->data, "to"));
    const char *user = user_of(asked);
    *ret_place = (struct place){0};
    if (is_global(asked)) {
        ret_place->channel = &lobby->chat->global;
    } else if (to && strcmp(to, "room") == 0) {
        ret_place->room = asked->seat->instance;
        ret_place->channel = &asked->seat->instance->channel;
    } else if (to && user && strcmp(to, "user") == 0) {
        ret_place->user = user;
        ret_place->channel = ouro__channel_direct(lobby, asked->seat->user.id, user, make);
    } else {
        refuse(asked, "bad_request", "\"to\" is global, room, or user with a \"user\"");
        return false;
    }
    return true;
}

/* Whom the text is for is here, and neither of the two blocks the other. */
static bool can_reach(const struct asked *asked)
{
    const char *to = json_string_value(json_object_get(asked->data, "to"));
    const char *user = user_of(asked), *self = asked->seat->user.id;
    if (!to || strcmp(to, "user") != 0 || !user)
        return true;
    struct ouro__account *other = ouro__account_find(asked->lobby, user);
    if (!other || !other->online)
        refuse(asked, "not_found", "that user is not here");
    else if (blocks(other, self) || blocks(asked->seat->account, user))
        refuse(asked, "blocked", "one of you blocks the other");
    else
        return true;
    return false;
}

/* The text, if it is one that may be said; a copy, to be freed. NULL: it has been refused. */
static char *text_of(const struct asked *asked)
{
    const json_t *value = json_object_get(asked->data, "text");
    const char *text = json_string_value(value);
    size_t len = json_string_length(value), most = asked->lobby->chat->options.text_bytes_max;
    if (!text || len == 0 || len > most || strlen(text) != len) {
        refuse(asked, "bad_request", "a text is not empty, not too long, and has no NUL");
        return NULL;
    }
    char *copy = strdup(text);
    if (!copy)
        refuse(asked, "failed", "out of memory");
    return copy;
}

/* Moderation last: it may cost something. */
static bool may_say(const struct asked *asked, char *text)
{
    const struct ouro_chat_options *options = &asked->lobby->chat->options;
    struct ouro__account *account = asked->seat->account;
    if (account->muted_until > ouro_now()) {
        refuse(asked, "muted", "you are muted for a while");
        return false;
    }
    if (too_fast(options, account)) {
        refuse(asked, "too_fast", "too many texts; wait a little");
        return false;
    }
    if (is_global(asked) && all_too_fast(asked->lobby->chat)) {
        refuse(asked, "too_fast", "too much is being said to everybody; wait a little");
        return false;
    }
    int rc = options->moderate ? options->moderate(&asked->seat->user, text, options->ud) : 0;
    if (rc == -OURO_ECLOSED)
        account->muted_until = ouro_after(options->mute_ns);
    if (rc < 0)
        refuse(asked, "refused", "that is not to be said here");
    return rc >= 0;
}

static void send_checked(const struct asked *asked, const char *text)
{
    struct place place;
    if (!find_place(asked, true, &place))
        return;
    if (!place.channel || say(asked->lobby, &place, &asked->seat->user, text) < 0) {
        refuse(asked, "failed", "out of memory");
        return;
    }
    ouro_lobby_answer(asked->lobby, asked->request,
                      json_pack("{s:I, s:I}", "id", (json_int_t)place.channel->last, "at_ms",
                                (json_int_t)(ouro_wall_time() / OURO_MS(1))));
}

static void send_text(const struct asked *asked)
{
    char *text = can_reach(asked) ? text_of(asked) : NULL;
    if (text && may_say(asked, text))
        send_checked(asked, text);
    free(text);
}

/* The newest of them that fit into one message. */
static json_t *texts_before(const struct ouro_seat *seat, const struct ouro__channel *channel,
                            uint32_t before, size_t limit)
{
    json_t *list = json_array();
    size_t bytes = sizeof "{\"messages\":[]}";
    if (!channel)
        return list;
    for (struct ouro_link *link = channel->texts.prev;
         list && link != &channel->texts && json_array_size(list) < limit; link = link->prev) {
        const struct ouro__text *text = ouro_container(link, struct ouro__text, link);
        if (text->id >= before || blocks(seat->account, text->from))
            continue;
        bytes += text->bytes + 1;
        if (bytes > OURO_DATA_BYTES_MAX)
            break;
        json_array_insert(list, 0, text->data);
    }
    return list;
}

static void history(const struct asked *asked)
{
    struct place place;
    json_int_t before = json_integer_value(json_object_get(asked->data, "before"));
    json_int_t limit = json_integer_value(json_object_get(asked->data, "limit"));
    if (!find_place(asked, false, &place))
        return;
    uint32_t until = before > 0 && before < UINT32_MAX ? (uint32_t)before : UINT32_MAX;
    size_t most = limit > 0 ? (size_t)limit : HISTORY_DEFAULT;
    json_t *list = texts_before(asked->seat, place.channel, until, most);
    ouro_lobby_answer(asked->lobby, asked->request, json_pack("{s:o}", "messages", list));
}

/* --- blocking --------------------------------------------------------------------------------- */

static int add_block(struct ouro__account *account, const char *user, size_t most)
{
    if (blocks(account, user))
        return 0;
    if (!account->blocks)
        account->blocks = json_object();
    if (json_object_size(account->blocks) >= most)
        return -OURO_ELIMIT;
    return json_object_set_new(account->blocks, user, json_true()) < 0 ? -ENOMEM : 0;
}

static void set_block(const struct asked *asked, bool block)
{
    struct ouro__account *account = asked->seat->account;
    const char *user = user_of(asked);
    int rc = 0;
    if (!user) {
        refuse(asked, "bad_request", "\"user\" is the id of one");
        return;
    }
    if (block)
        rc = add_block(account, user, asked->lobby->chat->options.blocks_max);
    else
        json_object_del(account->blocks, user);
    if (rc < 0)
        refuse(asked, "too_many", "you block too many already");
    else
        ouro_lobby_answer(asked->lobby, asked->request, json_object());
}

static void list_blocked(const struct asked *asked)
{
    const char *user;
    json_t *flag, *list = json_array();
    json_object_foreach(asked->seat->account->blocks, user, flag)
        json_array_append_new(list, json_string(user));
    ouro_lobby_answer(asked->lobby, asked->request, json_pack("{s:o}", "users", list));
}

void ouro__chat_handle(struct ouro_lobby *lobby, struct ouro_seat *seat, const char *name,
                       json_t *data, uint64_t request, void *ud)
{
    const struct asked asked = {lobby, seat, data, request};
    (void)ud;
    if (strcmp(name, "chat.send") == 0)
        send_text(&asked);
    else if (strcmp(name, "chat.history") == 0)
        history(&asked);
    else if (strcmp(name, "chat.block") == 0)
        set_block(&asked, true);
    else if (strcmp(name, "chat.unblock") == 0)
        set_block(&asked, false);
    else if (strcmp(name, "chat.blocked") == 0)
        list_blocked(&asked);
    else
        refuse(&asked, "unknown", "there is no such request");
}

/* --- life ------------------------------------------------------------------------------------- */

/* Zero means the default. */
#define DEFAULT(member, value) ((member) = (member) ? (member) : (value))

int ouro__chat_init(struct ouro_lobby *lobby)
{
    struct ouro__chat *chat = calloc(1, sizeof *chat);
    if (!chat)
        return -ENOMEM;
    chat->options = lobby->options.chat;
    DEFAULT(chat->options.text_bytes_max, TEXT_BYTES_DEFAULT);
    DEFAULT(chat->options.history_max, HISTORY_DEFAULT);
    DEFAULT(chat->options.directs_max, DIRECTS_DEFAULT);
    DEFAULT(chat->options.blocks_max, BLOCKS_DEFAULT);
    DEFAULT(chat->options.per_minute_max, PER_MINUTE_DEFAULT);
    DEFAULT(chat->options.burst, BURST_DEFAULT);
    DEFAULT(chat->options.global_per_second_max, GLOBAL_DEFAULT);
    chat->allowance = (struct ouro_allowance){.at = ouro_now(), .ns = OURO_SEC(1)};
    DEFAULT(chat->options.mute_ns, MUTE_NS_DEFAULT);
    ouro_list_init(&chat->global.texts);
    ouro_list_init(&chat->by_use);
    lobby->chat = chat;
    return ouro__map_init(&chat->pairs, 0);
}

void ouro__chat_done(struct ouro_lobby *lobby)
{
    struct ouro__chat *chat = lobby->chat;
    if (!chat)
        return;
    ouro__pairs_done(chat);
    ouro__channel_done(&chat->global);
    free(chat);
}
