/* SPDX-License-Identifier: MIT */
/* Tokens: JWTs, with the signature that a key of ours gives, too, so that the claims are reached;
 * and those of seats, which have one text each. */
#include "base/base64url.h"
#include "lobby/token.h"
#include "play/jwt.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

static void expect(bool promise)
{
    if (!promise)
        abort();
}

static struct ouro__jwt_key *key(void)
{
    static struct ouro__jwt_key key;
    static const struct ouro_auth_key from = {
        .alg = OURO_AUTH_HS256, .key = "0123456789abcdef0123456789abcdef", .len = 32};
    if (!key.pkey)
        expect(ouro__jwt_key_init(&from, &key) == 0);
    return &key;
}

static void check_claims(const char *text)
{
    char token[OURO_AUTH_TOKEN_BYTES_MAX];
    json_t *claims;
    if (ouro__jwt_write(key(), text, token, sizeof token) < 0)
        return;
    int rc = ouro__jwt_read(token, key(), &claims);
    expect(rc == 0 || rc == -OURO_EMALFORMED);
    if (rc == 0) {
        expect(json_is_object(claims));
        json_decref(claims);
    }
}

static void check_token(const char *text)
{
    json_t *claims;
    if (ouro__jwt_read(text, key(), &claims) == 0)
        json_decref(claims);
}

static void check_seat_token(const char *text)
{
    uint64_t id;
    struct ouro__secret secret;
    char again[OURO_TOKEN_BYTES];
    if (ouro__token_read(text, &id, &secret) < 0)
        return;
    ouro__token_write(id, &secret, again);
    expect(strcmp(text, again) == 0);
}

static void check_base64url(const char *text, size_t len)
{
    uint8_t *data = malloc(len + 1);
    char *again = malloc(OURO__BASE64URL_BYTES(len) + 1);
    int got = ouro__base64url_read(text, len, data, len);
    if (got >= 0) {
        expect(ouro__base64url_write(data, (size_t)got, again) == len);
        expect(memcmp(text, again, len) == 0);
    }
    free(data);
    free(again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    char *text = malloc(len + 1); /* of just that size, so that the sanitizer sees its end */
    memcpy(text, data, len);
    text[len] = '\0';
    check_token(text);
    check_claims(text);
    check_seat_token(text);
    check_base64url(text, strlen(text));
    free(text);
    return 0;
}
