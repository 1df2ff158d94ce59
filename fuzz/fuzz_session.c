/* SPDX-License-Identifier: MIT */
/* What clients say in the classic protocol. What is taken must be fit for what is done with it: a
 * name for all who will see it, a number to go back in a message of ours. */
#include "ouro/base.h"
#include "rules/classic.h"
#include "server/message.h"
#include "server/said.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

static void expect(bool promise)
{
    if (!promise)
        abort();
}

static void check_name(const char *name)
{
    char again[NAME_BYTES];
    expect(memchr(name, '\0', NAME_BYTES) && *name);
    expect(snakepit_name_clean(name, strlen(name), again) == 0 && strcmp(name, again) == 0);
}

/* The whole answer is JSON again, and says that number. */
static void check_number(const char *number)
{
    struct messages messages = {0};
    expect(memchr(number, '\0', SAID_NUMBER_BYTES));
    message_pong(&messages, number);
    json_t *pong = json_loadb(messages.text.data, messages.text.len, 0, NULL);
    expect(json_array_size(pong) == 2 && json_is_number(json_array_get(pong, 1)));
    json_decref(pong);
    messages_done(&messages);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct said said;
    said_read((const char *)data, len, &said);
    expect(said.kind <= SAID_OTHER && said.direction <= CLASSIC_DOWN);
    expect(said.fault || (said.kind != SAID_NONSENSE && said.kind != SAID_OTHER));
    expect(said.direction < 0 || said.kind == SAID_KEY);
    if (said.kind == SAID_NEW_PLAYER && !said.fault)
        check_name(said.name);
    if (said.kind == SAID_PING && !said.fault)
        check_number(said.number);
    return 0;
}
