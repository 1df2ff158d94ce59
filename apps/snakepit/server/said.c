/* SPDX-License-Identifier: MIT */
#include "server/said.h"

#include "rules/classic.h"

#include <jansson.h>
#include <string.h>

static void read_name(const json_t *name, struct said *said)
{
    const char *text = json_string_value(name);
    if (!text || snakepit_name_clean(text, json_string_length(name), said->name) < 0)
        said->fault = "a name has 1 to 15 characters, all of them visible";
}

static void read_number(const json_t *number, struct said *said)
{
    size_t len = json_is_number(number)
                     ? json_dumpb(number, said->number, sizeof said->number, JSON_ENCODE_ANY)
                     : 0;
    if (len == 0 || len >= sizeof said->number)
        said->fault = "a ping carries a number";
}

static void read_command(const json_t *message, struct said *said)
{
    const char *command = json_string_value(json_array_get(message, 0));
    const json_t *arg = json_array_get(message, 1);
    size_t size = json_array_size(message);
    if (!command) {
        said->fault = "a message is a key code, or an array that begins with a command";
        return;
    }
    said->kind = SAID_OTHER;
    if (strcmp(command, "new_player") == 0) {
        said->kind = SAID_NEW_PLAYER;
        if (size == 2)
            read_name(arg, said);
        else
            said->fault = SAID_NEW_PLAYER_FAULT;
    } else if (strcmp(command, "join") == 0 && size == 1) {
        said->kind = SAID_JOIN;
    } else if (strcmp(command, "ping") == 0 && size == 2) {
        said->kind = SAID_PING;
        read_number(arg, said);
    } else {
        said->fault = "there is no such command, or not with these arguments";
    }
}

void said_read(const char *text, size_t len, struct said *ret)
{
    *ret = (struct said){.kind = SAID_NONSENSE, .direction = -1};
    json_t *message = json_loadb(text, len, JSON_DECODE_ANY, NULL);
    if (json_is_integer(message)) {
        ret->kind = SAID_KEY;
        ret->direction = classic_key_direction(json_integer_value(message));
    } else if (json_is_array(message)) {
        read_command(message, ret);
    } else {
        ret->fault = "a message is JSON: a key code or an array";
    }
    json_decref(message);
}
