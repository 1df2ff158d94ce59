/* SPDX-License-Identifier: MIT */
#include "lobby/lobby.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

/* Users that are not here and of whom something is remembered; the oldest is forgotten first. */
#define KEPT_MAX 10000

bool ouro_user_id_valid(const char *id)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
                                  "-_.:@|";
    size_t len = strspn(id, letters);
    return len >= 1 && len < OURO_USER_ID_BYTES && id[len] == '\0';
}

static bool is_control(unsigned char c)
{
    return c < 0x20 || c == 0x7f;
}

int ouro_user_name_clean(const char *text, size_t len, char ret_name[OURO_USER_NAME_BYTES])
{
    while (len > 0 && *text == ' ') {
        text++;
        len--;
    }
    while (len > 0 && text[len - 1] == ' ')
        len--;
    if (len == 0 || len >= OURO_USER_NAME_BYTES || !ouro_utf8_valid(text, len))
        return -EINVAL;
    for (size_t i = 0; i < len; i++) {
        bool c1 = (unsigned char)text[i] == 0xc2 && (unsigned char)text[i + 1] < 0xa0;
        if (is_control((unsigned char)text[i]) || c1)
            return -EINVAL;
    }
    memcpy(ret_name, text, len);
    ret_name[len] = '\0';
    return 0;
}

/* --- by id ------------------------------------------------------------------------------------ */

struct ouro__account *ouro__account_find(const struct ouro_lobby *lobby, const char *id)
{
    struct ouro__map_node *node =
        ouro__map_find(&lobby->accounts, ouro__map_hash(lobby->secret, id));
    for (; node; node = ouro__map_next(node)) {
        struct ouro__account *account = ouro_container(node, struct ouro__account, by_id);
        if (strcmp(account->id, id) == 0)
            return account;
    }
    return NULL;
}

static void account_free(struct ouro_lobby *lobby, struct ouro__account *account)
{
    lobby->kept_count -= ouro_linked(&account->kept);
    ouro_unlink(&account->kept);
    ouro__map_remove(&lobby->accounts, &account->by_id);
    json_decref(account->blocks);
    free(account->status);
    free(account);
}

static struct ouro__account *account_new(struct ouro_lobby *lobby, const char *id)
{
    struct ouro__account *account = calloc(1, sizeof *account);
    if (!account)
        return NULL;
    memcpy(account->id, id, strlen(id) + 1);
    ouro_list_init(&account->seats);
    ouro__map_add(&lobby->accounts, &account->by_id, ouro__map_hash(lobby->secret, id));
    return account;
}

struct ouro__account *ouro__account_get(struct ouro_lobby *lobby, const char *id)
{
    struct ouro__account *account = ouro__account_find(lobby, id);
    if (!account)
        account = account_new(lobby, id);
    if (!account)
        return NULL;
    lobby->kept_count -= ouro_linked(&account->kept);
    ouro_unlink(&account->kept);
    account->refs++;
    return account;
}

static bool is_worth_keeping(const struct ouro__account *account)
{
    bool has_just_written =
        account->allowance.at && ouro_now() - account->allowance.at < OURO_SEC(60);
    return has_just_written || account->muted_until > ouro_now() ||
           json_object_size(account->blocks) > 0;
}

void ouro__account_unref(struct ouro_lobby *lobby, struct ouro__account *account)
{
    if (--account->refs > 0)
        return;
    if (!is_worth_keeping(account)) {
        account_free(lobby, account);
        return;
    }
    free(account->status);
    account->status = NULL;
    ouro_list_push(&lobby->kept, &account->kept);
    if (++lobby->kept_count > KEPT_MAX)
        account_free(lobby, ouro_container(lobby->kept.next, struct ouro__account, kept));
}

void ouro__accounts_done(struct ouro_lobby *lobby)
{
    struct ouro_link *link;
    while ((link = ouro_list_first(&lobby->kept)))
        account_free(lobby, ouro_container(link, struct ouro__account, kept));
    ouro__map_done(&lobby->accounts);
}
