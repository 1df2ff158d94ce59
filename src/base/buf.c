/* SPDX-License-Identifier: MIT */
#include "ouro/base.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_CAPACITY 256

void ouro_buf_done(struct ouro_buf *buf)
{
    free(buf->data);
    *buf = (struct ouro_buf){0};
}

char *ouro_buf_reserve(struct ouro_buf *buf, size_t len)
{
    if (buf->failed)
        return NULL;
    if (buf->data && buf->cap - buf->len >= len)
        return buf->data + buf->len;

    size_t cap = buf->cap ? buf->cap : FIRST_CAPACITY;
    while (cap - buf->len < len && cap <= SIZE_MAX / 2)
        cap *= 2;
    char *data = cap - buf->len >= len ? realloc(buf->data, cap) : NULL;
    if (!data) {
        buf->failed = true;
        return NULL;
    }
    buf->data = data;
    buf->cap = cap;
    return data + buf->len;
}

void ouro_buf_append(struct ouro_buf *buf, const void *data, size_t len)
{
    char *room = ouro_buf_reserve(buf, len);
    if (!room || len == 0)
        return;
    memcpy(room, data, len);
    buf->len += len;
}

void ouro_buf_puts(struct ouro_buf *buf, const char *text)
{
    ouro_buf_append(buf, text, strlen(text));
}

void ouro_buf_putc(struct ouro_buf *buf, char c)
{
    ouro_buf_append(buf, &c, 1);
}

void ouro_buf_putint(struct ouro_buf *buf, int64_t value)
{
    char digits[20], *end = digits + sizeof digits, *at = end;
    uint64_t rest = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
    do
        *--at = (char)('0' + rest % 10);
    while (rest /= 10);
    if (value < 0)
        ouro_buf_putc(buf, '-');
    ouro_buf_append(buf, at, (size_t)(end - at));
}

void ouro_buf_printf(struct ouro_buf *buf, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    int len = vsnprintf(NULL, 0, fmt, args);
    va_end(args);
    /* vsnprintf also writes a terminator, which is not part of the text. */
    char *room = len < 0 ? NULL : ouro_buf_reserve(buf, (size_t)len + 1);
    if (!room) {
        buf->failed = true;
        return;
    }
    va_start(args, fmt);
    vsnprintf(room, (size_t)len + 1, fmt, args);
    va_end(args);
    buf->len += (size_t)len;
}

static void put_json_escape(struct ouro_buf *buf, unsigned char c)
{
    switch (c) {
    case '"':
        ouro_buf_puts(buf, "\\\"");
        break;
    case '\\':
        ouro_buf_puts(buf, "\\\\");
        break;
    case '\n':
        ouro_buf_puts(buf, "\\n");
        break;
    default:
        ouro_buf_printf(buf, "\\u%04x", c);
    }
}

void ouro_buf_putjson(struct ouro_buf *buf, const char *text, size_t len)
{
    ouro_buf_putc(buf, '"');
    size_t plain = 0; /* start of the run that needs no escape */
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)text[i];
        if (c >= 0x20 && c != '"' && c != '\\')
            continue;
        ouro_buf_append(buf, text + plain, i - plain);
        put_json_escape(buf, c);
        plain = i + 1;
    }
    ouro_buf_append(buf, text + plain, len - plain);
    ouro_buf_putc(buf, '"');
}
