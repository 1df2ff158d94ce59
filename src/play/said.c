/* SPDX-License-Identifier: MIT */
#include "play/said.h"

#include "web/json.h"

#include <jansson.h>
#include <string.h>

/* The message itself is around the data. */
#define DEPTH_MAX (OURO_DATA_DEPTH_MAX + 1)

/* --- members ---------------------------------------------------------------------------------- */

static const char *text_of(const struct ouro__said *said, const char *member)
{
    return json_string_value(json_object_get(said->root, member));
}

/* A whole number up to that. False: it is missing, or something else. */
static bool number_of(const json_t *object, const char *member, uint64_t most, uint64_t *ret_number)
{
    const json_t *value = json_object_get(object, member);
    json_int_t number = json_integer_value(value);
    if (!json_is_integer(value) || number < 0 || (uint64_t)number > most)
        return false;
    *ret_number = (uint64_t)number;
    return true;
}

/* --- kinds ------------------------------------------------------------------------------------ */

/* Each returns NULL, or what is wrong. */
typedef const char *reader(struct ouro__said *said);

static const char *read_hello(struct ouro__said *said)
{
    const char *token = text_of(said, "token"), *reconnect = text_of(said, "reconnect");
    said->join = json_object_get(said->root, "join");
    said->auth = text_of(said, "auth");
    said->name = text_of(said, "name");
    said->schema = text_of(said, "schema");
    said->has_seen = number_of(said->root, "seen", UINT64_MAX >> 1, &said->seen);
    if (!!token + !!reconnect + json_is_object(said->join) != 1)
        return "a hello has one of \"token\", \"reconnect\" and \"join\"";
    if (reconnect && !said->has_seen)
        return "\"seen\" is the number of the last event that was seen, or 0";
    said->token = token ? token : reconnect;
    said->kind = token       ? OURO__SAID_HELLO_TOKEN
                 : reconnect ? OURO__SAID_HELLO_RECONNECT
                             : OURO__SAID_HELLO_JOIN;
    return NULL;
}

static const char *read_message(struct ouro__said *said)
{
    said->kind = OURO__SAID_MESSAGE;
    said->name = text_of(said, "name");
    said->data = json_object_get(said->root, "data");
    return said->name ? NULL : "a message has a \"name\"";
}

static const char *read_request(struct ouro__said *said)
{
    uint64_t id;
    const char *fault = read_message(said);
    said->kind = OURO__SAID_REQUEST;
    if (fault || !number_of(said->root, "id", UINT32_MAX, &id))
        return "a request has a \"name\", and an \"id\" from 0 to 4294967295";
    said->id = (uint32_t)id;
    return NULL;
}

static const char *read_ping(struct ouro__said *said)
{
    const json_t *seen = json_object_get(said->root, "seen");
    said->kind = OURO__SAID_PING;
    said->t0 = json_object_get(said->root, "t0");
    said->has_seen = number_of(said->root, "seen", UINT64_MAX >> 1, &said->seen);
    if (said->t0 && !json_is_number(said->t0))
        return "\"t0\" is a number";
    return seen && !said->has_seen ? "\"seen\" is the number of an event" : NULL;
}

static const char *read_seen(struct ouro__said *said)
{
    said->kind = OURO__SAID_SEEN;
    said->has_seen = number_of(said->root, "n", UINT64_MAX >> 1, &said->seen);
    return said->has_seen ? NULL : "\"n\" is the number of an event";
}

static const char *read_view(struct ouro__said *said)
{
    uint64_t width, height;
    said->kind = OURO__SAID_VIEW;
    if (!number_of(said->root, "width", OURO__VIEW_MAX, &width) ||
        !number_of(said->root, "height", OURO__VIEW_MAX, &height))
        return "a view has a \"width\" and a \"height\" from 0 to 65535";
    said->width = (uint32_t)width;
    said->height = (uint32_t)height;
    return NULL;
}

static const char *read_rate(struct ouro__said *said)
{
    uint64_t hz;
    said->kind = OURO__SAID_RATE;
    if (!number_of(said->root, "hz", OURO__RATE_MAX, &hz))
        return "a rate has \"hz\", from 0 to 1000";
    said->hz = (uint32_t)hz;
    return NULL;
}

static const char *read_leave(struct ouro__said *said)
{
    said->kind = OURO__SAID_LEAVE;
    return NULL;
}

static const struct {
    const char *type;
    reader *read;
} kinds[] = {
    {"message", read_message}, {"request", read_request}, {"ping", read_ping},
    {"seen", read_seen},       {"view", read_view},       {"rate", read_rate},
    {"hello", read_hello},     {"leave", read_leave},
};

/* --- a message -------------------------------------------------------------------------------- */

static int wrong(struct ouro__said *said, struct ouro__fault *ret_fault, const char *code,
                 const char *text)
{
    json_decref(said->root);
    *ret_fault = (struct ouro__fault){code, text};
    return -OURO_EMALFORMED;
}

static reader *reader_of(const struct ouro__said *said)
{
    const char *type = text_of(said, "type");
    for (size_t i = 0; type && i < sizeof kinds / sizeof kinds[0]; i++) {
        if (strcmp(type, kinds[i].type) == 0)
            return kinds[i].read;
    }
    return NULL;
}

int ouro__said_read(const char *text, size_t len, struct ouro__said *ret_said,
                    struct ouro__fault *ret_fault)
{
    struct ouro__said said = {0};
    json_error_t error;
    if (ouro__json_depth(text, len) > DEPTH_MAX)
        return wrong(&said, ret_fault, "bad_json", "it nests too deeply");
    said.root = json_loadb(text, len, JSON_REJECT_DUPLICATES, &error);
    if (!said.root && json_error_code(&error) == json_error_out_of_memory)
        return -ENOMEM;
    if (!json_is_object(said.root))
        return wrong(&said, ret_fault, "bad_json", "a message is a JSON object");
    reader *read = reader_of(&said);
    if (!read)
        return wrong(&said, ret_fault, "unknown_type", "there is no such \"type\" of message");
    const char *fault = read(&said);
    if (fault)
        return wrong(&said, ret_fault, "bad_message", fault);
    *ret_said = said;
    return 0;
}

void ouro__said_done(struct ouro__said *said)
{
    json_decref(said->root);
    said->root = NULL;
}

/* --- joining ---------------------------------------------------------------------------------- */

static const char *read_how(const char *how, struct ouro_join *join)
{
    if (join->room)
        join->how = OURO_JOIN_ROOM;
    else if (!how || strcmp(how, "join_or_create") == 0)
        join->how = OURO_JOIN_OR_CREATE;
    else if (strcmp(how, "join") == 0)
        join->how = OURO_JOIN;
    else if (strcmp(how, "create") == 0)
        join->how = OURO_CREATE;
    else
        return "\"how\" is join_or_create, join or create";
    return join->room || join->type ? NULL : "a \"room\" or a \"room_type\" is wanted";
}

static bool is_object_or_nothing(const json_t *value)
{
    return !value || json_is_object(value) || json_is_null(value);
}

const char *ouro__join_read(json_t *object, struct ouro_join *join)
{
    json_t *options = json_object_get(object, "options"),
           *filter = json_object_get(object, "filter");
    if (!is_object_or_nothing(options) || !is_object_or_nothing(filter))
        return "\"options\" and \"filter\" are objects";
    join->options = json_is_object(options) ? options : NULL;
    join->filter = json_is_object(filter) ? filter : NULL;
    const json_t *how = json_object_get(object, "how");
    if (how && !json_is_string(how))
        return "\"how\" is a text";
    join->is_private = json_is_true(json_object_get(object, "private"));
    join->queued = json_string_value(json_object_get(object, "queue"));
    if (!join->type && !join->room) {
        join->type = json_string_value(json_object_get(object, "room_type"));
        join->room = json_string_value(json_object_get(object, "room"));
    }
    return read_how(json_string_value(how), join);
}
