/* SPDX-License-Identifier: MIT */
#include "base/base64url.h"

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

static int value_of(char c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    return c == '-' ? 62 : c == '_' ? 63 : -1;
}

size_t ouro__base64url_write(const uint8_t *data, size_t len, char *ret_text)
{
    char *out = ret_text;
    uint32_t bits = 0;
    int count = 0;
    for (size_t i = 0; i < len; i++) {
        bits = bits << 8 | data[i];
        for (count += 8; count >= 6; count -= 6)
            *out++ = alphabet[bits >> (count - 6) & 63];
    }
    if (count > 0)
        *out++ = alphabet[bits << (6 - count) & 63];
    *out = '\0';
    return (size_t)(out - ret_text);
}

int ouro__base64url_read(const char *text, size_t len, uint8_t *ret_data, size_t size)
{
    size_t used = 0;
    uint32_t bits = 0;
    int count = 0;
    if (len % 4 == 1)
        return -OURO_EMALFORMED;
    for (size_t i = 0; i < len; i++) {
        int value = value_of(text[i]);
        if (value < 0)
            return -OURO_EMALFORMED;
        bits = bits << 6 | (uint32_t)value;
        count += 6;
        if (count < 8)
            continue;
        if (used == size)
            return -OURO_ELIMIT;
        count -= 8;
        ret_data[used++] = (uint8_t)(bits >> count);
    }
    return (bits & ((1u << count) - 1)) ? -OURO_EMALFORMED : (int)used;
}
