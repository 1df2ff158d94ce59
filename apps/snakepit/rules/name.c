/* SPDX-License-Identifier: MIT */
#include "rules/name.h"

#include <ouro/base.h>

#include <string.h>

/* The character at the start of valid UTF-8, and how many bytes it has (RFC 3629 section 3). */
static size_t decode(const char *text, uint32_t *ret_character)
{
    const unsigned char *byte = (const unsigned char *)text;
    size_t len = byte[0] < 0x80 ? 1 : byte[0] < 0xe0 ? 2 : byte[0] < 0xf0 ? 3 : 4;
    uint32_t character = len == 1 ? byte[0] : byte[0] & (0xffu >> (len + 1));
    for (size_t i = 1; i < len; i++)
        character = character << 6 | (byte[i] & 0x3f);
    *ret_character = character;
    return len;
}

static bool is_forbidden(uint32_t character)
{
    static const struct {
        uint32_t first, last;
    } ranges[] = {
        {0x00, 0x1f},       {0x7f, 0x9f},       /* control characters */
        {0xad, 0xad},       {0x34f, 0x34f},     /* soft hyphen; grapheme joiner */
        {0x61c, 0x61c},                         /* Arabic mark of direction */
        {0x115f, 0x1160},   {0x3164, 0x3164},   /* fillers of Hangul */
        {0xffa0, 0xffa0},                       /* and that of half width */
        {0x17b4, 0x17b5},   {0x180b, 0x180f},   /* unseen marks of Khmer and Mongolian */
        {0x200b, 0x200f},                       /* of no width; marks of direction */
        {0x2028, 0x202e},                       /* line and paragraph; overrides of direction */
        {0x2060, 0x206f},                       /* word joiner, isolates, and the like */
        {0x2800, 0x2800},                       /* Braille without a dot */
        {0xfeff, 0xfeff},   {0xfff0, 0xfffb},   /* byte order mark; annotations */
        {0x1bca0, 0x1bca3}, {0x1d173, 0x1d17a}, /* marks of shorthand and of music */
        {0xe0000, 0xe0fff},                     /* tags */
    };
    for (size_t i = 0; i < sizeof ranges / sizeof *ranges; i++) {
        if (character >= ranges[i].first && character <= ranges[i].last)
            return true;
    }
    return false;
}

/* U+FDD0 to FDEF and the last two of each plane are no characters (Unicode 15, section 23.7). */
static bool is_nothing(uint32_t character)
{
    return (character & 0xfffe) == 0xfffe || (character >= 0xfdd0 && character <= 0xfdef);
}

/* How the character before it is to be drawn; many phones put one behind an emoji. */
static bool is_selector(uint32_t character)
{
    return character >= 0xfe00 && character <= 0xfe0f;
}

static bool is_white(uint32_t character)
{
    return character == ' ' || (character >= '\t' && character <= '\r') || character == 0xa0 ||
           character == 0x1680 || (character >= 0x2000 && character <= 0x200a) ||
           character == 0x202f || character == 0x205f || character == 0x3000;
}

/* Where the text begins and ends without the white space around it. */
static void trim(const char **text, size_t *len)
{
    const char *at = *text, *end = at + *len, *first = end, *last = end;
    while (at < end) {
        uint32_t character;
        size_t bytes = decode(at, &character);
        if (!is_white(character)) {
            if (first == end)
                first = at;
            last = at + bytes;
        }
        at += bytes;
    }
    *text = first;
    *len = (size_t)(last - first);
}

int snakepit_name_clean(const char *text, size_t len, char ret_name[NAME_BYTES])
{
    if (!ouro_utf8_valid(text, len))
        return -EINVAL;
    trim(&text, &len);
    size_t characters = 0;
    for (size_t at = 0; at < len;) {
        uint32_t character;
        at += decode(text + at, &character);
        bool is_alone = characters++ == 0;
        if (characters > NAME_CHARACTERS_MAX || is_forbidden(character) || is_nothing(character) ||
            (is_alone && is_selector(character)))
            return -EINVAL;
    }
    if (characters == 0)
        return -EINVAL;
    memcpy(ret_name, text, len);
    ret_name[len] = '\0';
    return 0;
}
