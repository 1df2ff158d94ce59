/* SPDX-License-Identifier: MIT */
/* Who somebody is. A guest's token is a JWT of our own, so there is one way to read both. */
#include "play/jwt.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LEEWAY_DEFAULT   OURO_SEC(30)
#define GUEST_NS_DEFAULT OURO_SEC(7 * 24 * 3600)
#define GUEST_ISSUER     "ouro.guest"
#define GUEST_KEY        "guest"

struct ouro_auth {
    struct ouro_auth_options options;
    struct ouro__jwt_key guest, keys[OURO_AUTH_KEYS_MAX];
    size_t key_count;
};

/* --- life ------------------------------------------------------------------------------------- */

static int init_guest_key(struct ouro_auth *auth)
{
    const struct ouro_auth_options *options = &auth->options;
    uint64_t random[4] = {ouro_random(), ouro_random(), ouro_random(), ouro_random()};
    struct ouro_auth_key key = {
        .alg = OURO_AUTH_HS256, .id = GUEST_KEY, .key = random, .len = sizeof random};
    if (options->guest_secret) {
        key.key = options->guest_secret;
        key.len = options->guest_secret_len;
    }
    return ouro__jwt_key_init(&key, &auth->guest);
}

static int init_keys(struct ouro_auth *auth)
{
    const struct ouro_auth_key *key = auth->options.keys;
    int rc = init_guest_key(auth);
    for (; rc == 0 && key && key->alg != OURO_AUTH_END; key++) {
        if (auth->key_count == OURO_AUTH_KEYS_MAX)
            return -OURO_ECONFIG;
        rc = ouro__jwt_key_init(key, &auth->keys[auth->key_count]);
        auth->key_count += rc == 0;
    }
    return rc;
}

int ouro_auth_new(const struct ouro_auth_options *options, struct ouro_auth **ret_auth)
{
    struct ouro_auth *auth = calloc(1, sizeof *auth);
    if (!auth)
        return -ENOMEM;
    auth->options = *options;
    if (!auth->options.leeway_ns)
        auth->options.leeway_ns = LEEWAY_DEFAULT;
    if (!auth->options.guest_ns)
        auth->options.guest_ns = GUEST_NS_DEFAULT;
    int rc = init_keys(auth);
    if (rc < 0) {
        ouro_auth_free(auth);
        return rc;
    }
    *ret_auth = auth;
    return 0;
}

struct ouro_auth *ouro_auth_free(struct ouro_auth *auth)
{
    if (!auth)
        return NULL;
    ouro__jwt_key_done(&auth->guest);
    for (size_t i = 0; i < auth->key_count; i++)
        ouro__jwt_key_done(&auth->keys[i]);
    free(auth);
    return NULL;
}

/* --- claims ----------------------------------------------------------------------------------- */

/* Times are whole or broken seconds since 1970. */
static bool is_in_time(const struct ouro_auth *auth, const json_t *claims)
{
    const json_t *until = json_object_get(claims, "exp"), *from = json_object_get(claims, "nbf");
    double now = (double)ouro_wall_time() / 1e9, leeway = (double)auth->options.leeway_ns / 1e9;
    if (!json_is_number(until) || json_number_value(until) + leeway <= now)
        return false;
    return !from || (json_is_number(from) && json_number_value(from) - leeway <= now);
}

static bool says(const json_t *claims, const char *member, const char *wanted)
{
    const char *text = json_string_value(json_object_get(claims, member));
    return !wanted || (text && strcmp(text, wanted) == 0);
}

/* One audience, or a list of them (RFC 7519 section 4.1.3). */
static bool is_for_us(const struct ouro_auth *auth, const json_t *claims)
{
    const json_t *list = json_object_get(claims, "aud");
    const char *wanted = auth->options.audience;
    size_t i;
    json_t *one;
    if (!json_is_array(list))
        return says(claims, "aud", wanted);
    json_array_foreach(list, i, one)
    {
        if (json_is_string(one) && wanted && strcmp(json_string_value(one), wanted) == 0)
            return true;
    }
    return !wanted;
}

/* Shown by that name, or by its id, if it is none that may be shown. */
static void set_name(struct ouro_user *user, const char *name, size_t len)
{
    if (ouro_user_name_clean(name, len, user->name) < 0)
        memcpy(user->name, user->id, strlen(user->id) + 1);
}

static int user_of(json_t *claims, bool guest, struct ouro_user *ret_user)
{
    const json_t *name = json_object_get(claims, "name");
    const char *id = json_string_value(json_object_get(claims, "sub"));
    struct ouro_user user = {.guest = guest, .claims = claims};
    if (!id || !ouro_user_id_valid(id))
        return -EACCES;
    memcpy(user.id, id, strlen(id) + 1);
    set_name(&user, json_is_string(name) ? json_string_value(name) : "", json_string_length(name));
    *ret_user = user;
    return 0;
}

/* --- verifying -------------------------------------------------------------------------------- */

/* The issuer of a guest is ours alone, and nobody else's key makes one. */
static int check(const struct ouro_auth *auth, const char *token, const struct ouro__jwt_key *key,
                 struct ouro_user *ret_user)
{
    json_t *claims;
    bool guest = key == &auth->guest;
    int rc = ouro__jwt_read(token, key, &claims);
    if (rc < 0)
        return rc;
    bool good = is_in_time(auth, claims) &&
                says(claims, "iss", guest ? GUEST_ISSUER : auth->options.issuer) &&
                (guest || is_for_us(auth, claims));
    rc = good ? user_of(claims, guest, ret_user) : -EACCES;
    if (rc < 0)
        json_decref(claims);
    return rc;
}

/* The program's own way, if it has one. It knows who that is; what ids and names look like is said
 * here. */
static int ask_program(const struct ouro_auth_options *options, const char *token,
                       struct ouro_user *ret_user)
{
    struct ouro_user user = {0};
    int rc = options->verify ? options->verify(token, &user, options->ud) : -ENOENT;
    if (rc < 0)
        return rc;
    if (!ouro_user_id_valid(user.id)) {
        json_decref(user.claims);
        return -EACCES;
    }
    char name[OURO_USER_NAME_BYTES];
    memcpy(name, user.name, sizeof name);
    set_name(&user, name, strnlen(name, sizeof name));
    *ret_user = user;
    return 0;
}

int ouro_auth_verify(struct ouro_auth *auth, const char *token, struct ouro_user *ret_user)
{
    const struct ouro_auth_options *options = &auth->options;
    int rc = ask_program(options, token, ret_user);
    if (rc != -ENOENT)
        return rc;
    rc = options->no_guests ? -EACCES : check(auth, token, &auth->guest, ret_user);
    for (size_t i = 0; i < auth->key_count && rc < 0 && rc != -ENOMEM; i++)
        rc = check(auth, token, &auth->keys[i], ret_user);
    return rc < 0 && rc != -ENOMEM ? -EACCES : rc;
}

/* --- guests ----------------------------------------------------------------------------------- */

int ouro_auth_guest(struct ouro_auth *auth, const char *name, struct ouro_user *ret_user)
{
    struct ouro_user guest = {.guest = true};
    const char *wanted = name ? name : "Guest";
    if (auth->options.no_guests)
        return -EACCES;
    if (ouro_user_name_clean(wanted, strlen(wanted), guest.name) < 0)
        return -EINVAL;
    if (*ret_user->id)
        memcpy(guest.id, ret_user->id, sizeof guest.id);
    else
        snprintf(guest.id, sizeof guest.id, "g_%016llx", (unsigned long long)ouro_random());
    *ret_user = guest;
    return 0;
}

int ouro_auth_guest_token(struct ouro_auth *auth, const struct ouro_user *guest,
                          char ret_token[OURO_AUTH_GUEST_BYTES])
{
    int64_t until = ouro_wall_time() + auth->options.guest_ns;
    json_t *claims = json_pack("{s:s, s:s, s:s, s:I}", "iss", GUEST_ISSUER, "sub", guest->id,
                               "name", guest->name, "exp", (json_int_t)(until / OURO_SEC(1)));
    char *text = claims ? json_dumps(claims, JSON_COMPACT) : NULL;
    int rc = text ? ouro__jwt_write(&auth->guest, text, ret_token, OURO_AUTH_GUEST_BYTES) : -ENOMEM;
    json_decref(claims);
    free(text);
    return rc < 0 ? rc : 0;
}

int64_t ouro_auth_guest_ns(const struct ouro_auth *auth)
{
    return auth->options.guest_ns;
}
