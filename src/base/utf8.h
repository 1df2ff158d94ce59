/* SPDX-License-Identifier: MIT */
/**
 * utf8: is this UTF-8 (RFC 3629), told as early as possible, for text that arrives in pieces.
 *
 * Pure, no allocation, any thread. For text that is whole there is ouro_utf8_valid() in
 * ouro/base.h.
 */
#ifndef OURO_BASE_UTF8_H
#define OURO_BASE_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Where in a character the text stands. All-zero is the start of a text. */
struct ouro__utf8 {
    uint8_t state; /**< of utf8.c; 0: between two characters */
};

/**
 * Take the next piece of the text. False as soon as no continuation can make it valid: the first
 * wrong byte is refused, not the end of its character. After that the state must not be fed.
 */
bool ouro__utf8_feed(struct ouro__utf8 *utf8, const void *text, size_t len);

/** May the text end here? False in the middle of a character. */
static inline bool ouro__utf8_complete(const struct ouro__utf8 *utf8)
{
    return utf8->state == 0;
}

#endif
