/* SPDX-License-Identifier: MIT */
#include "lobby/token.h"

#define ID_LETTERS     11
#define SECRET_LETTERS 22
#define LETTERS_OF_64  11 /* six bits each, four in the last */

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

static char *write64(uint64_t number, char *out)
{
    for (int i = 0; i < LETTERS_OF_64; i++, number >>= 6)
        *out++ = alphabet[number & 63];
    return out;
}

/* -EINVAL also for bits that no number has: each token has one text. */
static int read64(const char *text, uint64_t *ret_number)
{
    uint64_t number = 0;
    for (int i = 0; i < LETTERS_OF_64; i++) {
        int value = value_of(text[i]);
        if (value < 0 || (i == LETTERS_OF_64 - 1 && value > 15))
            return -EINVAL;
        number |= (uint64_t)value << (6 * i);
    }
    *ret_number = number;
    return 0;
}

void ouro__token_write(uint64_t id, const struct ouro__secret *secret,
                       char ret_text[OURO_TOKEN_BYTES])
{
    char *out = write64(id, ret_text);
    out = write64(secret->half[0], out);
    out = write64(secret->half[1], out);
    *out = '\0';
}

void ouro__session_write(uint64_t id, char ret_text[OURO__SESSION_BYTES])
{
    *write64(id, ret_text) = '\0';
}

static size_t length_up_to(const char *text, size_t most)
{
    size_t len = 0;
    while (len < most && text[len])
        len++;
    return len;
}

int ouro__token_read(const char *text, uint64_t *ret_id, struct ouro__secret *ret_secret)
{
    uint64_t id;
    struct ouro__secret secret;
    if (length_up_to(text, OURO_TOKEN_BYTES) != ID_LETTERS + SECRET_LETTERS ||
        read64(text, &id) < 0 || read64(text + ID_LETTERS, &secret.half[0]) < 0 ||
        read64(text + ID_LETTERS + LETTERS_OF_64, &secret.half[1]) < 0)
        return -EINVAL;
    *ret_id = id;
    *ret_secret = secret;
    return 0;
}

bool ouro__secret_equal(const struct ouro__secret *a, const struct ouro__secret *b)
{
    volatile uint64_t differs = (a->half[0] ^ b->half[0]) | (a->half[1] ^ b->half[1]);
    return differs == 0;
}
