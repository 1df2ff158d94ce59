/* SPDX-License-Identifier: MIT */
#include "play/jwt.h"

#include "base/base64url.h"
#include "web/json.h"

#include <jansson.h>
#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <stdio.h>
#include <string.h>

#define HEADER_BYTES_MAX    512
#define SIGNATURE_BYTES_MAX 1024 /* of RSA with 8,192 bits */
#define HS256_BYTES         32
#define ES256_BYTES         64
#define ES256_DER_BYTES_MAX 72
#define RSA_BITS_MIN        2048

struct slice {
    const char *at;
    size_t len;
};

struct parts {
    struct slice header, claims, signature, is_signed;
};

/* --- keys ------------------------------------------------------------------------------------- */

static EVP_PKEY *read_pem(const struct ouro_auth_key *from)
{
    BIO *bio = BIO_new_mem_buf(from->key, (int)from->len);
    EVP_PKEY *pkey = bio ? PEM_read_bio_PUBKEY(bio, NULL, NULL, NULL) : NULL;
    BIO_free(bio);
    return pkey;
}

static bool is_p256(const EVP_PKEY *pkey)
{
    char group[32] = "";
    return EVP_PKEY_base_id(pkey) == EVP_PKEY_EC &&
           EVP_PKEY_get_group_name(pkey, group, sizeof group, NULL) == 1 &&
           strcmp(group, "prime256v1") == 0;
}

static bool is_what_it_says(const struct ouro__jwt_key *key)
{
    if (key->alg == OURO_AUTH_RS256)
        return EVP_PKEY_base_id(key->pkey) == EVP_PKEY_RSA &&
               EVP_PKEY_bits(key->pkey) >= RSA_BITS_MIN;
    return key->alg == OURO_AUTH_HS256 || is_p256(key->pkey);
}

int ouro__jwt_key_init(const struct ouro_auth_key *from, struct ouro__jwt_key *ret_key)
{
    struct ouro__jwt_key key = {.alg = from->alg};
    bool short_secret = from->alg == OURO_AUTH_HS256 && from->len < OURO_AUTH_SECRET_BYTES_MIN;
    if (short_secret || (from->id && strlen(from->id) >= sizeof key.id))
        return -OURO_ECONFIG;
    if (from->id)
        memcpy(key.id, from->id, strlen(from->id));
    key.pkey = from->alg == OURO_AUTH_HS256
                   ? EVP_PKEY_new_raw_private_key(EVP_PKEY_HMAC, NULL, from->key, from->len)
                   : read_pem(from);
    ERR_clear_error();
    if (!key.pkey)
        return from->alg == OURO_AUTH_HS256 ? -ENOMEM : -OURO_ECONFIG;
    if (!is_what_it_says(&key)) {
        ouro__jwt_key_done(&key);
        return -OURO_ECONFIG;
    }
    *ret_key = key;
    return 0;
}

void ouro__jwt_key_done(struct ouro__jwt_key *key)
{
    EVP_PKEY_free(key->pkey);
    key->pkey = NULL;
}

/* --- parts ------------------------------------------------------------------------------------ */

static int split(const char *token, struct parts *ret_parts)
{
    size_t len = strnlen(token, OURO_AUTH_TOKEN_BYTES_MAX + 1);
    const char *first = memchr(token, '.', len);
    const char *second = first ? strchr(first + 1, '.') : NULL;
    if (len > OURO_AUTH_TOKEN_BYTES_MAX || !second || strchr(second + 1, '.'))
        return -OURO_EMALFORMED;
    *ret_parts = (struct parts){
        .header = {token, (size_t)(first - token)},
        .claims = {first + 1, (size_t)(second - first - 1)},
        .signature = {second + 1, len - (size_t)(second + 1 - token)},
        .is_signed = {token, (size_t)(second - token)},
    };
    return 0;
}

/* A JSON object from base64url. 0, -OURO_EMALFORMED, -ENOMEM. */
static int read_object(struct slice part, uint8_t *buf, size_t size, json_t **ret_object)
{
    json_error_t error;
    int len = ouro__base64url_read(part.at, part.len, buf, size);
    if (len < 0 || ouro__json_depth((const char *)buf, (size_t)len) > OURO__JWT_DEPTH_MAX)
        return -OURO_EMALFORMED;
    json_t *json = json_loadb((const char *)buf, (size_t)len, JSON_REJECT_DUPLICATES, &error);
    if (!json && json_error_code(&error) == json_error_out_of_memory)
        return -ENOMEM;
    if (!json_is_object(json)) {
        json_decref(json);
        return -OURO_EMALFORMED;
    }
    *ret_object = json;
    return 0;
}

static const char *name_of(enum ouro_auth_alg alg)
{
    return alg == OURO_AUTH_HS256 ? "HS256" : alg == OURO_AUTH_RS256 ? "RS256" : "ES256";
}

/* Does the header fit the key? An extension that it calls critical is not understood here. */
static int check_header(struct slice part, const struct ouro__jwt_key *key)
{
    uint8_t buf[HEADER_BYTES_MAX];
    json_t *header;
    int rc = read_object(part, buf, sizeof buf, &header);
    if (rc < 0)
        return rc;
    const char *alg = json_string_value(json_object_get(header, "alg"));
    const char *id = json_string_value(json_object_get(header, "kid"));
    bool is_for_key = !*key->id || (id && strcmp(id, key->id) == 0);
    if (!alg || strcmp(alg, name_of(key->alg)) != 0 || !is_for_key ||
        json_object_get(header, "crit"))
        rc = -EACCES;
    json_decref(header);
    return rc;
}

/* --- signatures ------------------------------------------------------------------------------- */

static bool sign_hs256(EVP_PKEY *pkey, struct slice text, uint8_t ret_mac[HS256_BYTES])
{
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    size_t len = HS256_BYTES;
    bool good = ctx && EVP_DigestSignInit(ctx, NULL, EVP_sha256(), NULL, pkey) == 1 &&
                EVP_DigestSign(ctx, ret_mac, &len, (const uint8_t *)text.at, text.len) == 1;
    EVP_MD_CTX_free(ctx);
    return good && len == HS256_BYTES;
}

static bool equal_in_constant_time(const uint8_t *a, const uint8_t *b, size_t len)
{
    volatile uint8_t differs = 0;
    for (size_t i = 0; i < len; i++)
        differs = (uint8_t)(differs | (a[i] ^ b[i]));
    return differs == 0;
}

static bool verify_public(EVP_PKEY *pkey, struct slice text, const uint8_t *signature, size_t len)
{
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    bool good = ctx && EVP_DigestVerifyInit(ctx, NULL, EVP_sha256(), NULL, pkey) == 1 &&
                EVP_DigestVerify(ctx, signature, len, (const uint8_t *)text.at, text.len) == 1;
    EVP_MD_CTX_free(ctx);
    ERR_clear_error();
    return good;
}

/* An unsigned number as an INTEGER of DER: no leading zeros, but one where the first bit is set. */
static size_t put_integer(const uint8_t *number, size_t len, uint8_t *out)
{
    while (len > 1 && *number == 0) {
        number++;
        len--;
    }
    size_t pad = *number >> 7;
    out[0] = 0x02;
    out[1] = (uint8_t)(len + pad);
    out[2] = 0;
    memcpy(out + 2 + pad, number, len);
    return 2 + pad + len;
}

/* Two numbers side by side (RFC 7518 section 3.4), to what OpenSSL takes: a SEQUENCE of them. */
static bool verify_es256(EVP_PKEY *pkey, struct slice text, const uint8_t raw[ES256_BYTES])
{
    uint8_t der[ES256_DER_BYTES_MAX];
    size_t len = 2;
    len += put_integer(raw, ES256_BYTES / 2, der + len);
    len += put_integer(raw + ES256_BYTES / 2, ES256_BYTES / 2, der + len);
    der[0] = 0x30;
    der[1] = (uint8_t)(len - 2);
    return verify_public(pkey, text, der, len);
}

static bool verify(const struct ouro__jwt_key *key, struct slice text, const uint8_t *signature,
                   size_t len)
{
    uint8_t mac[HS256_BYTES];
    if (key->alg == OURO_AUTH_HS256)
        return len == HS256_BYTES && sign_hs256(key->pkey, text, mac) &&
               equal_in_constant_time(mac, signature, HS256_BYTES);
    if (key->alg == OURO_AUTH_ES256)
        return len == ES256_BYTES && verify_es256(key->pkey, text, signature);
    return verify_public(key->pkey, text, signature, len);
}

/* --- tokens ----------------------------------------------------------------------------------- */

int ouro__jwt_read(const char *token, const struct ouro__jwt_key *key, json_t **ret_claims)
{
    struct parts parts;
    uint8_t signature[SIGNATURE_BYTES_MAX], claims[OURO__JWT_CLAIMS_BYTES_MAX];
    int rc = split(token, &parts);
    if (rc == 0)
        rc = check_header(parts.header, key);
    if (rc < 0)
        return rc;
    int len =
        ouro__base64url_read(parts.signature.at, parts.signature.len, signature, sizeof signature);
    if (len < 0 || !verify(key, parts.is_signed, signature, (size_t)len))
        return -EACCES;
    return read_object(parts.claims, claims, sizeof claims, ret_claims);
}

static const char header[] = "{\"alg\":\"HS256\",\"typ\":\"JWT\",\"kid\":\"";

/* With the dot in front of the signature. The length, or -OURO_ELIMIT. */
static int write_unsigned(const struct ouro__jwt_key *key, const char *claims, char *ret_text,
                          size_t size)
{
    char head[HEADER_BYTES_MAX];
    int head_len = snprintf(head, sizeof head, "%s%s\"}", header, key->id);
    size_t len = strlen(claims);
    if (OURO__BASE64URL_BYTES((size_t)head_len) + OURO__BASE64URL_BYTES(len) +
            OURO__BASE64URL_BYTES(HS256_BYTES) + 3 >
        size)
        return -OURO_ELIMIT;
    size_t at = ouro__base64url_write((const uint8_t *)head, (size_t)head_len, ret_text);
    ret_text[at++] = '.';
    at += ouro__base64url_write((const uint8_t *)claims, len, ret_text + at);
    return (int)at;
}

int ouro__jwt_write(const struct ouro__jwt_key *key, const char *claims, char *ret_token,
                    size_t size)
{
    uint8_t mac[HS256_BYTES];
    int at = write_unsigned(key, claims, ret_token, size);
    if (at < 0)
        return at;
    if (!sign_hs256(key->pkey, (struct slice){ret_token, (size_t)at}, mac))
        return -ENOMEM;
    ret_token[at++] = '.';
    return at + (int)ouro__base64url_write(mac, sizeof mac, ret_token + at) + 1;
}
