/* SPDX-License-Identifier: MIT */
/* Names: what is taken keeps the promises that its readers rely on, and is taken again as it is. */
#include "ouro/base.h"
#include "rules/name.h"

#include <stdlib.h>
#include <string.h>

static void expect(bool promise)
{
    if (!promise)
        abort();
}

static size_t count_characters(const char *text)
{
    size_t count = 0;
    for (; *text; text++)
        count += (*text & 0xc0) != 0x80;
    return count;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    char name[NAME_BYTES], again[NAME_BYTES];
    int rc = snakepit_name_clean((const char *)data, len, name);
    if (rc < 0)
        return 0;
    size_t bytes = strlen(name), characters = count_characters(name);
    expect(bytes <= len && bytes < NAME_BYTES && ouro_utf8_valid(name, bytes));
    expect(characters >= 1 && characters <= NAME_CHARACTERS_MAX);
    for (size_t i = 0; i < bytes; i++)
        expect((unsigned char)name[i] >= ' ' && name[i] != 0x7f);
    expect(snakepit_name_clean(name, bytes, again) == 0 && strcmp(name, again) == 0);
    return 0;
}
