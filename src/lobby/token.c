/* SPDX-License-Identifier: MIT */
#include "lobby/token.h"

#include "base/base64url.h"

#include <string.h>

#define ID_LETTERS     OURO__BASE64URL_BYTES(sizeof(uint64_t))
#define SECRET_LETTERS OURO__BASE64URL_BYTES(sizeof(struct ouro__secret))

static void write_id(uint64_t id, char *ret_text)
{
    uint8_t bytes[sizeof id];
    memcpy(bytes, &id, sizeof id);
    ouro__base64url_write(bytes, sizeof bytes, ret_text);
}

void ouro__token_write(uint64_t id, const struct ouro__secret *secret,
                       char ret_text[OURO_TOKEN_BYTES])
{
    uint8_t bytes[sizeof *secret];
    memcpy(bytes, secret, sizeof bytes);
    write_id(id, ret_text);
    ouro__base64url_write(bytes, sizeof bytes, ret_text + ID_LETTERS);
}

void ouro__session_write(uint64_t id, char ret_text[OURO__SESSION_BYTES])
{
    write_id(id, ret_text);
}

/* So many letters, which are just so many bytes. */
static bool read_letters(const char *text, size_t letters, void *ret_bytes, size_t size)
{
    uint8_t bytes[sizeof(struct ouro__secret)];
    if (ouro__base64url_read(text, letters, bytes, sizeof bytes) != (int)size)
        return false;
    memcpy(ret_bytes, bytes, size);
    return true;
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
        !read_letters(text, ID_LETTERS, &id, sizeof id) ||
        !read_letters(text + ID_LETTERS, SECRET_LETTERS, &secret, sizeof secret))
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
