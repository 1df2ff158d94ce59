/* SPDX-License-Identifier: MIT */
/* The HTTP calls of docs/protocol.md: who am I, a seat please, what rooms are there. */
#include "play/play.h"

#include "web/http.h"
#include "web/http_path.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define LIST_DEFAULT    20
#define PARAM_BYTES_MAX 256
#define PARAMS_MAX      16

/* --- failures --------------------------------------------------------------------------------- */

static const struct ouro__failure failures[] = {
    {-ENOENT, 404, "not_found", "there is no such type or room, or none that fits"},
    {-OURO_ELIMIT, 503, "full", "it is full; try again later"},
    {-OURO_ECLOSED, 503, "going_down", "the server is going down"},
    {-EBUSY, 409, "already_there", "you have a seat in a room of this type"},
    {-EINVAL, 400, "bad_request", "that is not what is wanted here"},
    {-EFBIG, 413, "too_large", "the body is too long"},
    {-EAGAIN, 429, "too_fast", "your address asks too often; wait a second"},
    {-EPERM, 401, "unauthorized", "a token is wanted, and a good one"},
    {-ENOMEM, 503, "full", "out of memory; try again later"},
    {0, 403, "refused", "the room does not take you"},
};

const struct ouro__failure *ouro__join_failure(int rc)
{
    const struct ouro__failure *failure = failures;
    while (failure->rc != 0 && failure->rc != rc)
        failure++;
    return failure;
}

static int respond_failure(struct ouro_http *http, int rc, const char *text)
{
    const struct ouro__failure *failure = ouro__join_failure(rc);
    json_t *json =
        json_pack("{s:s, s:s}", "error", text ? text : failure->text, "code", failure->code);
    int sent = json ? ouro_http_respond_json(http, failure->status, json) : -ENOMEM;
    json_decref(json);
    return sent;
}

/* Takes over the JSON. */
static int respond(struct ouro_http *http, int status, json_t *json)
{
    int rc = json ? ouro_http_respond_json(http, status, json) : -ENOMEM;
    json_decref(json);
    return rc;
}

bool ouro__asks_too_fast(const struct ouro_play *play, struct ouro_guest *guest)
{
    return ouro_guest_count_call(guest, play->options.calls_per_second_max) < 0;
}

/* --- who -------------------------------------------------------------------------------------- */

static const char *bearer(struct ouro_http *http)
{
    static const char scheme[] = "Bearer ";
    const char *field = ouro_http_header(http, "Authorization");
    bool is = field && strncasecmp(field, scheme, sizeof scheme - 1) == 0;
    return is ? field + sizeof scheme - 1 : field; /* another scheme's is no token of ours */
}

int ouro__who(struct ouro_play *play, const char *token, const char *name,
              struct ouro_user *ret_user)
{
    return token ? ouro_auth_verify(play->options.auth, token, ret_user)
                 : ouro_auth_guest(play->options.auth, name, ret_user);
}

static int respond_guest(struct ouro_http *http, struct ouro_play *play,
                         const struct ouro_user *guest)
{
    char token[OURO_AUTH_GUEST_BYTES];
    int rc = ouro_auth_guest_token(play->options.auth, guest, token);
    if (rc < 0)
        return rc;
    return respond(http, 200,
                   json_pack("{s:s, s:s, s:s, s:I}", "token", token, "user", guest->id, "name",
                             guest->name, "expires_ms",
                             (json_int_t)(ouro_auth_guest_ns(play->options.auth) / OURO_MS(1))));
}

/* A guest that comes with its token stays who it is. */
static int make_guest(struct ouro_http *http, struct ouro_play *play, const json_t *body)
{
    struct ouro_user guest = {0};
    const json_t *name = json_object_get(body, "name");
    const char *token = bearer(http);
    int rc = token ? ouro_auth_verify(play->options.auth, token, &guest) : 0;
    json_decref(guest.claims);
    if (rc == 0 && token && !guest.guest)
        rc = -EPERM;
    if (rc == 0 && name && !json_is_string(name))
        rc = -EINVAL;
    const char *wanted = json_is_string(name) ? json_string_value(name) : token ? guest.name : NULL;
    char kept[OURO_USER_NAME_BYTES];
    if (wanted == guest.name)
        wanted = memcpy(kept, guest.name, sizeof kept);
    if (rc == 0)
        rc = ouro_auth_guest(play->options.auth, wanted, &guest);
    if (rc < 0)
        return respond_failure(http, rc == -EACCES ? -EPERM : rc, NULL);
    return respond_guest(http, play, &guest);
}

static int refuse_body(struct ouro_http *http, int rc, const char *text)
{
    int sent = respond_failure(http, rc, text);
    return sent < 0 ? sent : rc;
}

/* The body, an object; nothing at all is an empty one. Negative: answered. */
static int read_body(struct ouro_http *http, json_t **ret_body)
{
    const char *text = NULL;
    size_t len = 0;
    int rc = ouro__http_body_within(http, OURO_DATA_BYTES_MAX, &text, &len);
    if (rc == -OURO_ELIMIT)
        return refuse_body(http, -EFBIG, NULL);
    if (rc == 0 && len == 0) {
        *ret_body = json_object();
        return *ret_body ? 0 : -ENOMEM;
    }
    rc = ouro_http_json_body(http, ret_body);
    if (rc < 0 || json_is_object(*ret_body))
        return rc;
    json_decref(*ret_body);
    return refuse_body(http, -EINVAL, "the body is to be an object");
}

/* An address that asks too often is told so, and no more is done for it. */
static int begin(struct ouro_http *http, const struct ouro__call *call, json_t **ret_body)
{
    return ouro__asks_too_fast(call->play, call->guest) ? refuse_body(http, -EAGAIN, NULL)
                                                        : read_body(http, ret_body);
}

static int on_guest(struct ouro_http *http, void *ud)
{
    const struct ouro__call *call = ud;
    json_t *body;
    int rc = begin(http, call, &body);
    if (rc < 0)
        return rc;
    rc = make_guest(http, call->play, body);
    json_decref(body);
    return rc;
}

/* --- joining ---------------------------------------------------------------------------------- */

static json_t *describe_place(const struct ouro_place *place)
{
    char session[12] = "";
    memcpy(session, place->token, sizeof session - 1);
    return json_pack("{s:s, s:s, s:s, s:s, s:s, s:I, s:s, s:I}", "url", place->url, "room",
                     place->room, "code", place->code, "type", place->type, "session", session,
                     "player", (json_int_t)place->player, "token", place->token, "expires_ms",
                     (json_int_t)((place->expires_at - ouro_now()) / OURO_MS(1)));
}

static json_t *describe_queue(const struct ouro_place *place)
{
    return json_pack("{s:{s:I, s:I, s:s}}", "queue", "position", (json_int_t)place->position,
                     "retry_ms", (json_int_t)(place->retry_ns / OURO_MS(1)), "token", place->token);
}

/* `from_path` is what the path says: a type or a room. */
static int join_with(struct ouro_http *http, const struct ouro__call *call, json_t *body,
                     const struct ouro_join *from_path)
{
    struct ouro_play *play = call->play;
    struct ouro_user user = {0};
    struct ouro_join join = *from_path;
    struct ouro_place place;
    const char *name = json_string_value(json_object_get(body, "name"));
    const char *fault = ouro__join_read(body, &join);
    if (fault)
        return respond_failure(http, -EINVAL, fault);
    int rc = ouro__who(play, bearer(http), name, &user);
    if (rc < 0)
        return respond_failure(http, rc == -EINVAL || rc == -ENOMEM ? rc : -EPERM, NULL);
    user.household = ouro_guest_household(call->guest);
    join.user = &user;
    rc = ouro_lobby_join(play->options.lobby, &join, &place);
    json_decref(user.claims);
    if (rc == -ECANCELED)
        return rc;
    if (rc < 0)
        return respond_failure(http, rc, NULL);
    return rc == 1 ? respond(http, 202, describe_queue(&place))
                   : respond(http, 200, describe_place(&place));
}

static int join_from_path(struct ouro_http *http, void *ud, const struct ouro_join *from_path)
{
    const struct ouro__call *call = ud;
    json_t *body;
    int rc = begin(http, call, &body);
    if (rc < 0)
        return rc;
    rc = join_with(http, call, body, from_path);
    json_decref(body);
    return rc;
}

static int on_join_type(struct ouro_http *http, void *ud)
{
    const struct ouro_join join = {.type = ouro_http_param(http, "type")};
    return join_from_path(http, ud, &join);
}

static int on_join_room(struct ouro_http *http, void *ud)
{
    const struct ouro_join join = {.room = ouro_http_param(http, "room")};
    return join_from_path(http, ud, &join);
}

/* --- listing ---------------------------------------------------------------------------------- */

/* A number that is the whole text; else NULL. */
static json_t *number_of(const char *text, size_t len)
{
    char copy[64], *end;
    if (len == 0 || len >= sizeof copy)
        return NULL;
    memcpy(copy, text, len);
    copy[len] = '\0';
    double number = strtod(copy, &end);
    return *end == '\0' && end != copy ? json_real(number) : NULL;
}

/* "2..5", "2..", "..5" */
static json_t *range_of(const char *text)
{
    const char *dots = strstr(text, "..");
    if (!dots)
        return NULL;
    json_t *min = number_of(text, (size_t)(dots - text)),
           *max = number_of(dots + 2, strlen(dots + 2));
    bool is_one = (min || dots == text) && (max || !dots[2]) && (min || max);
    json_t *range = is_one ? json_pack("{s:o*, s:o*}", "min", min, "max", max) : NULL;
    if (!is_one) {
        json_decref(min);
        json_decref(max);
    }
    return range;
}

/* In double quotes, as JSON has it: a text that would else be taken for a number, say. */
static json_t *quoted(const char *text)
{
    return *text == '"' ? json_loads(text, JSON_DECODE_ANY, NULL) : NULL;
}

static json_t *value_of(const char *text)
{
    if (strcmp(text, "true") == 0 || strcmp(text, "false") == 0)
        return json_boolean(*text == 't');
    if (strcmp(text, "null") == 0)
        return json_null();
    json_t *value = quoted(text);
    if (!value)
        value = range_of(text);
    if (!value)
        value = number_of(text, strlen(text));
    return value ? value : json_string(text);
}

static int decode(const char *text, size_t len, char *ret_text, size_t size)
{
    return ouro__http_decode((struct ouro__slice){text, len}, ret_text, size);
}

/* One "key=value". False: it is none. */
static bool take_param(const char *text, size_t len, json_t *filter, size_t *limit)
{
    char name[PARAM_BYTES_MAX], value[PARAM_BYTES_MAX];
    const char *equals = memchr(text, '=', len);
    if (!equals || decode(text, (size_t)(equals - text), name, sizeof name) < 0 ||
        decode(equals + 1, len - (size_t)(equals + 1 - text), value, sizeof value) < 0)
        return false;
    if (strcmp(name, "limit") != 0)
        return json_object_set_new(filter, name, value_of(value)) == 0;
    *limit = strtoul(value, NULL, 10);
    return *limit >= 1 && *limit <= OURO_LIST_MAX;
}

static bool read_query(const char *query, json_t *filter, size_t *limit)
{
    for (int count = 0; *query; count++) {
        size_t len = strcspn(query, "&");
        if (count == PARAMS_MAX || (len > 0 && !take_param(query, len, filter, limit)))
            return false;
        query += len + (query[len] == '&');
    }
    return true;
}

static int on_list(struct ouro_http *http, void *ud)
{
    const struct ouro__call *call = ud;
    struct ouro_play *play = call->play;
    size_t limit = LIST_DEFAULT;
    if (ouro__asks_too_fast(play, call->guest))
        return respond_failure(http, -EAGAIN, NULL);
    json_t *filter = json_object();
    bool good = filter && read_query(ouro_http_query(http), filter, &limit);
    json_t *list =
        good ? ouro_lobby_list(play->options.lobby, ouro_http_param(http, "type"), filter, limit)
             : NULL;
    json_decref(filter);
    if (!list)
        return respond_failure(http, good ? -ENOENT : -EINVAL, NULL);
    return respond(http, 200, json_pack("{s:o}", "rooms", list));
}

const struct ouro_route ouro__play_routes[] = {
    {"POST", "/ouro/guest", on_guest},
    {"POST", "/ouro/rooms/:type/join", on_join_type},
    {"POST", "/ouro/room/:room/join", on_join_room},
    {"GET", "/ouro/rooms/:type", on_list},
    {0},
};
