/* SPDX-License-Identifier: MIT */
#include "web/http_path.h"

#include "ouro/base.h"

#include <string.h>

#define INDEX "index.html"

/* --- percent-encoding ------------------------------------------------------------------------- */

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The next byte, and how many it was written as. Negative: a broken escape. */
static int next_byte(struct ouro__slice text, size_t *ret_used)
{
    *ret_used = 1;
    if (text.at[0] != '%')
        return (unsigned char)text.at[0];
    *ret_used = 3;
    if (text.len < 3)
        return -1;
    int high = hex_digit(text.at[1]), low = hex_digit(text.at[2]);
    return high < 0 || low < 0 ? -1 : high << 4 | low;
}

int ouro__http_decode(struct ouro__slice text, char *ret_text, size_t size)
{
    size_t len = 0;
    for (size_t at = 0, used; at < text.len; at += used) {
        int byte = next_byte((struct ouro__slice){text.at + at, text.len - at}, &used);
        if (byte < 0x20 || byte == 0x7f)
            return -OURO_EMALFORMED;
        if (len + 1 >= size)
            return -ENAMETOOLONG;
        ret_text[len++] = (char)byte;
    }
    if (size == 0)
        return -ENAMETOOLONG;
    ret_text[len] = '\0';
    return ouro_utf8_valid(ret_text, len) ? (int)len : -OURO_EMALFORMED;
}

/* --- files ------------------------------------------------------------------------------------ */

static bool may_name_a_file(const char *name)
{
    bool hidden = name[0] == '.' && strcmp(name, ".well-known") != 0;
    return name[0] && !hidden && !strpbrk(name, "/\\");
}

/* The first segment, with its slash taken off the rest. False: there is no other behind it. */
static bool take_segment(struct ouro__slice *path, struct ouro__slice *ret_segment)
{
    const char *slash = memchr(path->at, '/', path->len);
    size_t len = slash ? (size_t)(slash - path->at) : path->len;
    *ret_segment = (struct ouro__slice){path->at, len};
    len += slash != NULL;
    *path = (struct ouro__slice){path->at + len, path->len - len};
    return slash;
}

int ouro__http_file_path(struct ouro__slice path, char ret_path[OURO__FILE_PATH_BYTES])
{
    struct ouro__slice segment;
    size_t len = 0;
    bool more = take_segment(&path, &segment); /* what stands before the first slash: nothing */
    if (!more || segment.len > 0)
        return -ENOENT;
    while (more) {
        more = take_segment(&path, &segment);
        if (!more && segment.len == 0)
            segment = (struct ouro__slice){INDEX, sizeof INDEX - 1};
        int rc = ouro__http_decode(segment, ret_path + len, OURO__FILE_PATH_BYTES - len);
        if (rc < 0)
            return rc;
        if (!may_name_a_file(ret_path + len))
            return -ENOENT;
        len += (size_t)rc;
        ret_path[len] = more ? '/' : '\0';
        len += more;
    }
    return 0;
}
