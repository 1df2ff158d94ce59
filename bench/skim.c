/* SPDX-License-Identifier: MIT */
#include "skim.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { SNAPSHOT = 1, MORE = 1, INPUT = 1 };

/* LEB128, of up to 32 bits. Returns what follows it, or NULL. */
static const uint8_t *read_varint(const uint8_t *at, const uint8_t *end, uint32_t *ret)
{
    uint32_t value = 0;
    for (unsigned shift = 0; at && at < end && shift < 35; shift += 7) {
        value |= (uint32_t)(*at & 0x7f) << shift;
        if ((*at++ & 0x80) == 0) {
            *ret = value;
            return at;
        }
    }
    return NULL;
}

int skim_snapshot(const uint8_t *data, size_t len, struct skim_snapshot *ret)
{
    struct skim_snapshot snapshot;
    const uint8_t *end = data + len, *at = data + 2;
    if (len < 2 || data[0] != SNAPSHOT)
        return -EBADMSG;
    snapshot.more = data[1] & MORE;
    at = read_varint(at, end, &snapshot.tick);
    at = read_varint(at, end, &snapshot.step);
    at = read_varint(at, end, &snapshot.input);
    at = read_varint(at, end, &snapshot.interval);
    if (!at)
        return -EBADMSG;
    *ret = snapshot;
    return 0;
}

bool skim_has(const char *text, size_t len, const char *words)
{
    return memmem(text, len, words, strlen(words)) != NULL;
}

/* What stands behind `"key":`, and a space perhaps, or NULL. */
static const char *value_of(const char *text, size_t len, const char *key)
{
    size_t key_len = strlen(key);
    const char *end = text + len, *at = text;
    while ((at = memmem(at, (size_t)(end - at), key, key_len))) {
        const char *value = at + key_len;
        if (at > text && at[-1] == '"' && end - value > 2 && value[0] == '"' && value[1] == ':')
            return value + 2 + (value[2] == ' ');
        at = value;
    }
    return NULL;
}

int skim_number(const char *text, size_t len, const char *key, int64_t *ret)
{
    char digits[24];
    const char *at = value_of(text, len, key), *end = text + len;
    size_t count = 0;
    while (at && at < end && count < sizeof digits - 1 && strchr("-0123456789", *at))
        digits[count++] = *at++;
    if (count == 0)
        return -ENOENT;
    digits[count] = 0;
    *ret = strtoll(digits, NULL, 10);
    return 0;
}

int skim_text(const char *text, size_t len, const char *key, char *ret, size_t ret_bytes)
{
    const char *at = value_of(text, len, key), *end = text + len;
    size_t count = 0;
    if (!at || at == end || *at++ != '"')
        return -ENOENT;
    while (at < end && *at != '"' && count < ret_bytes - 1)
        ret[count++] = *at++;
    ret[count] = 0;
    return 0;
}

static uint8_t *write_varint(uint8_t *at, uint32_t value)
{
    for (; value >= 0x80; value >>= 7)
        *at++ = (uint8_t)(value | 0x80);
    *at++ = (uint8_t)value;
    return at;
}

size_t skim_write_input(uint8_t out[SKIM_INPUT_BYTES], uint32_t sequence, uint32_t tick,
                        uint8_t payload)
{
    uint8_t *at = out;
    *at++ = INPUT;
    at = write_varint(at, sequence);
    at = write_varint(at, tick);
    *at++ = payload;
    return (size_t)(at - out);
}
