/* SPDX-License-Identifier: MIT */
/* A chat that can be left alone with strangers: rude words are starred, addresses refused, who
 * shouts is muted, and so is whom the host has had enough of. docs/chat.md reads it.
 *
 *     26_parlour --listen 127.0.0.1:8080      and open two windows */
#include "demo/rooms.h"

#include <ctype.h>
#include <jansson.h>
#include <string.h>

#define MUTE_NS     OURO_SEC(60)
#define SHOUT_LEAST 8 /* capitals, and not one small letter */

extern const struct ouro_asset parlour_page[];

/* --- what may be said ------------------------------------------------------------------------- */

static void star(char *text)
{
    static const char *const rude[] = {"dash", "blast", "bother"};
    for (size_t i = 0; i < sizeof rude / sizeof rude[0]; i++)
        for (char *at = text; (at = strcasestr(at, rude[i])); at += strlen(rude[i]))
            memset(at, '*', strlen(rude[i]));
}

static bool is_shouted(const char *text)
{
    size_t capitals = 0;
    while (*text && !islower((unsigned char)*text))
        capitals += isupper((unsigned char)*text++) != 0;
    return *text == '\0' && capitals >= SHOUT_LEAST;
}

static int moderate(const struct ouro_user *user, char *text, void *ud)
{
    (void)user, (void)ud;
    if (is_shouted(text))
        return -OURO_ECLOSED; /* and nothing of it for a while */
    if (strstr(text, "://"))
        return -EACCES;
    star(text);
    return 0;
}

/* --- the room --------------------------------------------------------------------------------- */

static bool is_here(const struct ouro_room *room, const char *user)
{
    for (size_t i = 0; i < ouro_room_player_count(room); i++)
        if (strcmp(ouro_player_user(ouro_room_player(room, i))->id, user) == 0)
            return true;
    return false;
}

/* {"user": ID}, from whoever was here first, and of who is here. */
static void on_request(struct ouro_room *room, const struct ouro_input *input, uint32_t host)
{
    const struct ouro_payload *asked = input->payload;
    const char *user = json_string_value(json_object_get(asked->data, "user"));
    if (strcmp(asked->name, "mute") != 0 || !user || !is_here(room, user))
        ouro_room_refuse(room, asked->request, "not_found", "mute whom?");
    else if (input->player->id != host)
        ouro_room_refuse(room, asked->request, "refused", "the host mutes");
    else if (ouro_chat_mute(ouro_room_lobby(room), user, MUTE_NS) < 0)
        ouro_room_refuse(room, asked->request, "failed", "out of memory");
    else
        ouro_room_answer(room, asked->request, json_true());
}

static int parlour(struct ouro_room *room, void *unused)
{
    struct ouro_input input;
    uint32_t host = 0; /* nobody */
    int rc;
    (void)unused;
    while ((rc = ouro_room_next(room, OURO_FOREVER, &input)) == 0) {
        if (input.kind == OURO_INPUT_ENTER && !host)
            host = input.player->id;
        else if (input.kind == OURO_INPUT_LEAVE && host == input.player->id)
            host = 0;
        else if (input.kind == OURO_INPUT_REQUEST)
            on_request(room, &input, host);
    }
    return rc;
}

static int add(struct ouro_lobby *lobby)
{
    static const struct ouro_room_type type = {.name = "parlour", .body = parlour};
    return ouro_lobby_add_type(lobby, &type);
}

int main(int argc, char **argv)
{
    static const struct ouro_chat_options chat = {.moderate = moderate, .mute_ns = MUTE_NS};
    return demo_rooms_main_with(argc, argv, add, parlour_page, &chat);
}
