/* SPDX-License-Identifier: MIT */
/* X-Forwarded-For and Forwarded. Who writes the front of the field can't move the client: whatever
 * stands before the last hop that a trusted proxy has added, the client is that hop. */
#include "server/forwarded_parse.h"

#include <stdlib.h>
#include <string.h>

#define HONEST "203.0.113.9"

static void expect_client(const struct ouro__hops *hops, const char *expected)
{
    struct ouro__ip client;
    char text[OURO__IP_TEXT_BYTES];
    if (!ouro__hops_client(hops, NULL, 0, &client))
        abort();
    ouro__ip_print(&client, text);
    if (strcmp(text, expected) != 0)
        abort();
}

/* The field as a client sends it, with what its proxy has added; exactly that long. */
static char *with_honest_hop(const uint8_t *data, size_t len, const char *hop, size_t *ret_len)
{
    *ret_len = len + strlen(hop);
    char *value = malloc(*ret_len);
    if (!value)
        abort();
    if (len)
        memcpy(value, data, len);
    memcpy(value + len, hop, strlen(hop));
    return value;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct ouro__hops list = {0}, elements = {0};
    size_t value_len;
    char *value = with_honest_hop(data, len, ", " HONEST, &value_len);
    ouro__hops_add_x_forwarded_for(&list, value, value_len);
    expect_client(&list, HONEST);
    free(value);
    value = with_honest_hop(data, len, ", for=" HONEST, &value_len);
    if (ouro__hops_add_forwarded(&elements, value, value_len) == 0)
        expect_client(&elements, HONEST);
    free(value);
    return 0;
}
