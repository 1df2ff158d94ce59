/* SPDX-License-Identifier: MIT */
#include "base/utf8.h"

#include "ouro/base.h"

#include <string.h>

static uint64_t load_8(const uint8_t *at)
{
    uint64_t word;
    memcpy(&word, at, sizeof word);
    return word;
}

/* The first byte that is not ASCII, or `end`. Nearly all text is ASCII: 32 bytes a step. */
static const uint8_t *skip_ascii(const uint8_t *at, const uint8_t *end)
{
    const uint64_t high_bits = UINT64_C(0x8080808080808080);
    while (end - at >= 32 &&
           !((load_8(at) | load_8(at + 8) | load_8(at + 16) | load_8(at + 24)) & high_bits))
        at += 32;
    while (end - at >= 8 && !(load_8(at) & high_bits))
        at += 8;
    while (at < end && *at < 0x80)
        at++;
    return at;
}

/* Begin a character of two to four bytes (RFC 3629 section 4). False: no character begins so. */
static bool begin_character(struct ouro__utf8 *utf8, uint8_t lead)
{
    if (lead < 0xc2 || lead > 0xf4)
        return false;
    utf8->left = lead < 0xe0 ? 1 : lead < 0xf0 ? 2 : 3;
    utf8->low = lead == 0xe0 ? 0xa0 : lead == 0xf0 ? 0x90 : 0x80;
    utf8->high = lead == 0xed ? 0x9f : lead == 0xf4 ? 0x8f : 0xbf;
    return true;
}

static bool continue_character(struct ouro__utf8 *utf8, uint8_t byte)
{
    if (byte < utf8->low || byte > utf8->high)
        return false;
    *utf8 = (struct ouro__utf8){.left = utf8->left - 1, .low = 0x80, .high = 0xbf};
    return true;
}

bool ouro__utf8_feed(struct ouro__utf8 *utf8, const void *text, size_t len)
{
    if (len == 0)
        return true;
    struct ouro__utf8 state = *utf8; /* in registers: the text may alias what `utf8` points to */
    const uint8_t *at = text, *end = at + len;
    bool valid = true;
    while (valid && at < end) {
        if (state.left > 0)
            valid = continue_character(&state, *at++);
        else if (*at < 0x80)
            at = skip_ascii(at, end);
        else
            valid = begin_character(&state, *at++);
    }
    *utf8 = state;
    return valid;
}

bool ouro_utf8_valid(const void *text, size_t len)
{
    struct ouro__utf8 utf8 = {0};
    return ouro__utf8_feed(&utf8, text, len) && ouro__utf8_complete(&utf8);
}
