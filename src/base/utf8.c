/* SPDX-License-Identifier: MIT */
#include "base/utf8.h"

#include "ouro/base.h"

#include <string.h>

/* The automaton, as the places of its states in a word. What a byte does to each state stands in
 * one word: the next state at the place of the present one. So a step is a shift, which waits for
 * nothing but the step before (Per Vognsen, shift-based DFAs, 2021). */
enum {
    OK = 0, /* between two characters */
    ONE = 6,
    TWO = 12,
    THREE = 18, /* bytes are missing */
    E0 = 24, /* behind such a byte, where the next one's range is narrower (RFC 3629 section 4): */
    ED = 30, /* it keeps out over-long forms (E0, F0), surrogates (ED), */
    F0 = 36,
    F4 = 42,  /* and what lies above U+10FFFF (F4) */
    BAD = 48, /* for good */
};

#define AT(state, next) ((uint64_t)(next) << (state))
#define BYTE(ok, one, two, three, e0, ed, f0, f4)                                            \
    (AT(OK, ok) | AT(ONE, one) | AT(TWO, two) | AT(THREE, three) | AT(E0, e0) | AT(ED, ed) | \
     AT(F0, f0) | AT(F4, f4) | AT(BAD, BAD))
#define LEADS_TO(state) BYTE(state, BAD, BAD, BAD, BAD, BAD, BAD, BAD)

static const uint64_t steps[256] = {
    [0x00 ... 0x7f] = LEADS_TO(OK),
    [0x80 ... 0x8f] = BYTE(BAD, OK, ONE, TWO, BAD, ONE, BAD, TWO),
    [0x90 ... 0x9f] = BYTE(BAD, OK, ONE, TWO, BAD, ONE, TWO, BAD),
    [0xa0 ... 0xbf] = BYTE(BAD, OK, ONE, TWO, ONE, BAD, TWO, BAD),
    [0xc0 ... 0xc1] = LEADS_TO(BAD),
    [0xc2 ... 0xdf] = LEADS_TO(ONE),
    [0xe0] = LEADS_TO(E0),
    [0xe1 ... 0xec] = LEADS_TO(TWO),
    [0xed] = LEADS_TO(ED),
    [0xee ... 0xef] = LEADS_TO(TWO),
    [0xf0] = LEADS_TO(F0),
    [0xf1 ... 0xf3] = LEADS_TO(THREE),
    [0xf4] = LEADS_TO(F4),
    [0xf5 ... 0xff] = LEADS_TO(BAD),
};

enum { BLOCK = 32 };

static uint64_t load_8(const uint8_t *at)
{
    uint64_t word;
    memcpy(&word, at, sizeof word);
    return word;
}

static bool is_ascii(const uint8_t block[BLOCK])
{
    const uint64_t high_bits = UINT64_C(0x8080808080808080);
    return !((load_8(block) | load_8(block + 8) | load_8(block + 16) | load_8(block + 24)) &
             high_bits);
}

/* Nearly all text is ASCII, and that is a block at a step. */
static const uint8_t *skip_ascii(const uint8_t *at, const uint8_t *end)
{
    while (end - at >= BLOCK && is_ascii(at))
        at += BLOCK;
    return at;
}

/* Above the lowest six bits stands what belongs to other states: a shift leaves it alone. */
static uint64_t take_block(uint64_t state, const uint8_t block[BLOCK])
{
    for (int i = 0; i < BLOCK; i++)
        state = steps[block[i]] >> (state & 63);
    return state & 63;
}

bool ouro__utf8_feed(struct ouro__utf8 *utf8, const void *text, size_t len)
{
    uint64_t state = utf8->state;
    const uint8_t *at = text, *end = at + len;
    while (end - at >= BLOCK && state != BAD) {
        if (state == OK)
            at = skip_ascii(at, end);
        if (end - at < BLOCK)
            break;
        state = take_block(state, at);
        at += BLOCK;
    }
    while (at < end)
        state = steps[*at++] >> state & 63;
    utf8->state = (uint8_t)state;
    return state != BAD;
}

bool ouro_utf8_valid(const void *text, size_t len)
{
    struct ouro__utf8 utf8 = {0};
    return ouro__utf8_feed(&utf8, text, len) && ouro__utf8_complete(&utf8);
}
