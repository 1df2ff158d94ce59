/* SPDX-License-Identifier: MIT */
/* Who somebody is: guests, JWTs by three ways of signing, and the tokens that must not be taken. */
#include "base/base64url.h"
#include "play/jwt.h"
#include "play/said.h"
#include "test.h"

#include <jansson.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <string.h>

#define SECRET "0123456789abcdef0123456789abcdef"

#define AUTH_TEST(NAME)                                                \
    static int NAME##_body(void *unused);                              \
    TEST(NAME)                                                         \
    {                                                                  \
        ck_assert_int_eq(ouro_sim_run(1, NULL, NAME##_body, NULL), 0); \
    }                                                                  \
    static int NAME##_body(void *unused __attribute__((unused)))

static struct ouro_auth *auth_of(const struct ouro_auth_key *keys)
{
    struct ouro_auth *auth;
    struct ouro_auth_options options = {.keys = keys, .issuer = "us", .audience = "game"};
    ck_assert_int_eq(ouro_auth_new(&options, &auth), 0);
    return auth;
}

/* --- making tokens ---------------------------------------------------------------------------- */

static size_t add_part(char *token, size_t at, const void *data, size_t len)
{
    if (at > 0)
        token[at++] = '.';
    return at + ouro__base64url_write(data, len, token + at);
}

/* A DER signature of ES256 as two numbers of 32 bytes. */
static void raw_of(const uint8_t *der, size_t len, uint8_t raw[64])
{
    ECDSA_SIG *sig = d2i_ECDSA_SIG(NULL, &der, (long)len);
    BN_bn2binpad(ECDSA_SIG_get0_r(sig), raw, 32);
    BN_bn2binpad(ECDSA_SIG_get0_s(sig), raw + 32, 32);
    ECDSA_SIG_free(sig);
}

static void sign(EVP_PKEY *key, const char *header, const char *claims, char token[8192])
{
    uint8_t signature[1024], raw[64];
    size_t len = sizeof signature;
    size_t at = add_part(token, 0, header, strlen(header));
    at = add_part(token, at, claims, strlen(claims));
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    ck_assert_int_eq(EVP_DigestSignInit(ctx, NULL, EVP_sha256(), NULL, key), 1);
    ck_assert_int_eq(EVP_DigestSign(ctx, signature, &len, (uint8_t *)token, at), 1);
    EVP_MD_CTX_free(ctx);
    if (EVP_PKEY_base_id(key) == EVP_PKEY_EC) {
        raw_of(signature, len, raw);
        add_part(token, at, raw, sizeof raw);
    } else {
        add_part(token, at, signature, len);
    }
}

static char *public_pem(EVP_PKEY *key)
{
    char *data;
    BIO *bio = BIO_new(BIO_s_mem());
    PEM_write_bio_PUBKEY(bio, key);
    long len = BIO_get_mem_data(bio, &data);
    char *pem = strndup(data, (size_t)len);
    BIO_free(bio);
    return pem;
}

static EVP_PKEY *hmac_key(const char *secret)
{
    return EVP_PKEY_new_raw_private_key(EVP_PKEY_HMAC, NULL, (const uint8_t *)secret,
                                        strlen(secret));
}

/* The simulated world begins at 1767225600. */
#define CLAIMS(more)                                                                               \
    "{\"iss\":\"us\",\"aud\":\"game\",\"sub\":\"ada\",\"name\":\"Ada L.\",\"exp\":1767225700" more \
    "}"

static int verify(struct ouro_auth *auth, const char *token)
{
    struct ouro_user user = {0};
    int rc = ouro_auth_verify(auth, token, &user);
    if (rc == 0) {
        ck_assert_str_eq(user.id, "ada");
        ck_assert_str_eq(user.name, "Ada L.");
        ck_assert(!user.guest);
    }
    json_decref(user.claims);
    return rc;
}

static void expect_way(enum ouro_auth_alg alg, EVP_PKEY *key, const char *name)
{
    char *pem = public_pem(key), header[64], token[8192];
    struct ouro_auth_key keys[] = {{.alg = alg, .key = pem, .len = strlen(pem)}, {0}};
    struct ouro_auth *auth = auth_of(keys);
    snprintf(header, sizeof header, "{\"alg\":\"%s\"}", name);
    sign(key, header, CLAIMS(""), token);
    ck_assert_int_eq(verify(auth, token), 0);
    token[strlen(token) - 5] ^= 1; /* stays of the alphabet or not: wrong anyhow */
    ck_assert_int_eq(verify(auth, token), -EACCES);
    /* The classic confusion: the public key, which everybody knows, as the secret of an HMAC. */
    EVP_PKEY *confused = hmac_key(pem);
    sign(confused, "{\"alg\":\"HS256\"}", CLAIMS(""), token);
    ck_assert_int_eq(verify(auth, token), -EACCES);
    EVP_PKEY_free(confused);
    EVP_PKEY_free(key);
    ouro_auth_free(auth);
    free(pem);
}

/* --- tests ------------------------------------------------------------------------------------ */

AUTH_TEST(rsa_signs)
{
    expect_way(OURO_AUTH_RS256, EVP_RSA_gen(2048), "RS256");
    return 0;
}

AUTH_TEST(elliptic_curves_sign)
{
    for (int i = 0; i < 8; i++) /* numbers with and without leading zeros or first bits */
        expect_way(OURO_AUTH_ES256, EVP_EC_gen("P-256"), "ES256");
    return 0;
}

AUTH_TEST(a_secret_signs_and_claims_are_checked)
{
    static const struct {
        const char *header, *claims;
        int rc;
    } tokens[] = {
        {"{\"alg\":\"HS256\",\"kid\":\"k1\"}", CLAIMS(""), 0},
        {"{\"alg\":\"HS256\",\"kid\":\"k1\"}", CLAIMS(",\"nbf\":1767225620"), 0}, /* leeway */
        {"{\"alg\":\"HS256\",\"kid\":\"k1\"}", CLAIMS(",\"nbf\":1767225640"), -EACCES},
        {"{\"alg\":\"HS256\",\"kid\":\"k2\"}", CLAIMS(""), -EACCES},
        {"{\"alg\":\"HS256\"}", CLAIMS(""), -EACCES},
        {"{\"alg\":\"none\",\"kid\":\"k1\"}", CLAIMS(""), -EACCES},
        {"{\"alg\":\"hs256\",\"kid\":\"k1\"}", CLAIMS(""), -EACCES},
        {"{\"alg\":\"RS256\",\"kid\":\"k1\"}", CLAIMS(""), -EACCES},
        {"{\"alg\":\"HS256\",\"kid\":\"k1\",\"crit\":[\"b64\"]}", CLAIMS(""), -EACCES},
        {"{\"alg\":\"HS256\",\"kid\":\"k1\"}",
         "{\"iss\":\"us\",\"aud\":[\"x\",\"game\"],\"sub\":\"ada\",\"name\":\"Ada L.\","
         "\"exp\":1767225600}",
         0},
        {"{\"alg\":\"HS256\",\"kid\":\"k1\"}",
         "{\"iss\":\"us\",\"aud\":\"game\",\"sub\":\"ada\",\"exp\":1767225560}", -EACCES},
        {"{\"alg\":\"HS256\",\"kid\":\"k1\"}", "{\"iss\":\"us\",\"aud\":\"game\",\"sub\":\"ada\"}",
         -EACCES},
        {"{\"alg\":\"HS256\",\"kid\":\"k1\"}",
         "{\"iss\":\"us\",\"aud\":\"other\",\"sub\":\"ada\",\"exp\":1767225700}", -EACCES},
        {"{\"alg\":\"HS256\",\"kid\":\"k1\"}",
         "{\"iss\":\"them\",\"aud\":\"game\",\"sub\":\"ada\",\"exp\":1767225700}", -EACCES},
        {"{\"alg\":\"HS256\",\"kid\":\"k1\"}",
         "{\"iss\":\"us\",\"aud\":\"game\",\"sub\":\"a b\",\"exp\":1767225700}", -EACCES},
        {"{\"alg\":\"HS256\",\"kid\":\"k1\"}", "[[[[[[[[[[[]]]]]]]]]]]", -EACCES},
    };
    struct ouro_auth_key keys[] = {
        {.alg = OURO_AUTH_HS256, .id = "k1", .key = SECRET, .len = strlen(SECRET)}, {0}};
    struct ouro_auth *auth = auth_of(keys);
    EVP_PKEY *key = hmac_key(SECRET);
    for (size_t i = 0; i < sizeof tokens / sizeof tokens[0]; i++) {
        char token[8192];
        sign(key, tokens[i].header, tokens[i].claims, token);
        ck_assert_msg(verify(auth, token) == tokens[i].rc, "token %zu", i);
        *strrchr(token, '.') = '\0';
        ck_assert_int_eq(verify(auth, token), -EACCES);
        strcat(token, ".");
        ck_assert_int_eq(verify(auth, token), -EACCES); /* no signature */
    }
    ck_assert_int_eq(verify(auth, ""), -EACCES);
    ck_assert_int_eq(verify(auth, ".."), -EACCES);
    EVP_PKEY_free(key);
    ouro_auth_free(auth);
    return 0;
}

AUTH_TEST(a_guest_stays_who_it_is_as_long_as_its_token)
{
    struct ouro_auth *auth = auth_of(NULL), *other = auth_of(NULL);
    struct ouro_user guest = {0}, back = {0};
    char token[OURO_AUTH_GUEST_BYTES];
    ck_assert_int_eq(ouro_auth_guest(auth, "  Ada ", &guest), 0);
    ck_assert_str_eq(guest.name, "Ada");
    ck_assert_int_eq(ouro_auth_guest_token(auth, &guest, token), 0);
    ck_assert_int_eq(ouro_auth_verify(auth, token, &back), 0);
    ck_assert_str_eq(back.id, guest.id);
    ck_assert(back.guest);
    json_decref(back.claims);
    ck_assert_int_eq(ouro_auth_verify(other, token, &back), -EACCES);
    ouro_sleep(OURO_SEC(8 * 24 * 3600));
    ck_assert_int_eq(ouro_auth_verify(auth, token, &back), -EACCES);
    ouro_auth_free(auth);
    ouro_auth_free(other);
    return 0;
}

/* As one that asks a database: it waits, and knows two words. */
static int own_way(const char *token, struct ouro_user *ret_user, void *ud)
{
    int rc = ouro_sleep(OURO_MS(10));
    ck_assert_str_eq(ret_user->id, "");
    ck_assert_str_eq(ret_user->name, "");
    snprintf(ret_user->id, sizeof ret_user->id, "%s", strcmp(token, "odd") == 0 ? "a b" : token);
    snprintf(ret_user->name, sizeof ret_user->name, "%s", (const char *)ud);
    ret_user->claims = json_object();
    if (strcmp(token, "ada") == 0 || strcmp(token, "odd") == 0)
        return rc;
    json_decref(ret_user->claims);
    return strcmp(token, "eve") == 0 ? -EPERM : -ENOENT;
}

static void expect_own(const char *name, const char *token, int wanted, const char *shown)
{
    char ud[64];
    struct ouro_auth *auth;
    struct ouro_user user = {.id = "before", .name = "before"};
    snprintf(ud, sizeof ud, "%s", name);
    struct ouro_auth_options options = {.verify = own_way, .ud = ud};
    ck_assert_int_eq(ouro_auth_new(&options, &auth), 0);
    ck_assert_int_eq(ouro_auth_verify(auth, token, &user), wanted);
    if (wanted == 0) {
        ck_assert_str_eq(user.id, token);
        ck_assert_str_eq(user.name, shown);
        json_decref(user.claims);
    }
    ouro_auth_free(auth);
}

AUTH_TEST(a_way_of_ones_own_is_asked_first)
{
    expect_own("Ada L.", "ada", 0, "Ada L.");
    expect_own("", "ada", 0, "ada");
    expect_own("no\nname", "ada", 0, "ada");
    expect_own("Eve", "eve", -EPERM, "");
    expect_own("Odd", "odd", -EACCES, "");     /* whoever says so: that is no id */
    expect_own("Other", "other", -EACCES, ""); /* nobody else knows it either */
    struct ouro_auth *auth;
    struct ouro_user guest = {0}, back = {0};
    char token[OURO_AUTH_GUEST_BYTES], ud[] = "";
    struct ouro_auth_options options = {.verify = own_way, .ud = ud};
    ck_assert_int_eq(ouro_auth_new(&options, &auth), 0);
    ck_assert_int_eq(ouro_auth_guest(auth, "Ada", &guest), 0);
    ck_assert_int_eq(ouro_auth_guest_token(auth, &guest, token), 0);
    ck_assert_int_eq(ouro_auth_verify(auth, token, &back), 0); /* it is not one of its own */
    ck_assert_str_eq(back.id, guest.id);
    json_decref(back.claims);
    ouro_auth_free(auth);
    return 0;
}

AUTH_TEST(keys_are_what_they_say_or_refused)
{
    EVP_PKEY *small = EVP_RSA_gen(1024), *curve = EVP_EC_gen("P-384");
    char *rsa = public_pem(small), *ec = public_pem(curve);
    const struct ouro_auth_key wrong[] = {
        {.alg = OURO_AUTH_HS256, .key = "short", .len = 5},
        {.alg = OURO_AUTH_RS256, .key = rsa, .len = strlen(rsa)},
        {.alg = OURO_AUTH_ES256, .key = rsa, .len = strlen(rsa)},
        {.alg = OURO_AUTH_ES256, .key = ec, .len = strlen(ec)},
        {.alg = OURO_AUTH_RS256, .key = "no PEM", .len = 6},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        struct ouro_auth_key keys[] = {wrong[i], {0}};
        struct ouro_auth *auth;
        ck_assert_int_eq(ouro_auth_new(&(struct ouro_auth_options){.keys = keys}, &auth),
                         -OURO_ECONFIG);
    }
    free(rsa);
    free(ec);
    EVP_PKEY_free(small);
    EVP_PKEY_free(curve);
    return 0;
}

/* --- what clients say ---------------------------------------------------------------------------
 */

static const char *fault_of(const char *text)
{
    struct ouro__said said;
    struct ouro__fault fault = {"", ""};
    if (ouro__said_read(text, strlen(text), &said, &fault) == 0)
        ouro__said_done(&said);
    return fault.code;
}

TEST(messages_are_read_or_refused_with_a_code)
{
    ck_assert_str_eq(fault_of("{\"type\":\"ping\"}"), "");
    ck_assert_str_eq(fault_of("{\"type\":\"hello\",\"token\":\"x\"}"), "");
    ck_assert_str_eq(fault_of("{\"type\":\"hello\",\"token\":\"x\",\"join\":{}}"), "bad_message");
    ck_assert_str_eq(fault_of("{\"type\":\"hello\",\"reconnect\":\"x\"}"), "bad_message");
    ck_assert_str_eq(fault_of("{\"type\":\"request\",\"name\":\"x\",\"id\":4294967296}"),
                     "bad_message");
    ck_assert_str_eq(fault_of("{\"type\":\"request\",\"name\":\"x\",\"id\":-1}"), "bad_message");
    ck_assert_str_eq(fault_of("{\"type\":\"view\",\"width\":65536,\"height\":1}"), "bad_message");
    ck_assert_str_eq(fault_of("{\"type\":\"seen\",\"n\":1.5}"), "bad_message");
    ck_assert_str_eq(fault_of("{\"type\":\"fly\"}"), "unknown_type");
    ck_assert_str_eq(fault_of("[]"), "bad_json");
    ck_assert_str_eq(fault_of("{\"type\":\"ping\",\"type\":\"ping\"}"), "bad_json");
    ck_assert_str_eq(fault_of("{\"type\":\"ping\",\"x\":\"\\u0000\"}"), "bad_json");
}

TEST(binary_inputs_are_exact)
{
    struct ouro__input input;
    uint8_t longest[1 + 5 + 5 + 64] = {1,    0xff, 0xff, 0xff, 0xff, 0x0f,
                                       0xff, 0xff, 0xff, 0xff, 0x0f};
    ck_assert_int_eq(ouro__input_read(longest, sizeof longest, &input), 0);
    ck_assert_uint_eq(input.sequence, UINT32_MAX);
    ck_assert_uint_eq(input.tick, UINT32_MAX);
    ck_assert_uint_eq(input.len, 64);
    for (size_t len = 0; len < 11; len++)
        ck_assert_int_eq(ouro__input_read(longest, len, &input), -OURO_EMALFORMED);
    ck_assert_int_eq(ouro__input_read((uint8_t[]){2, 1, 1}, 3, &input), -OURO_EMALFORMED);
    ck_assert_int_eq(ouro__input_read((uint8_t[]){1, 0x80, 0x00, 1}, 4, &input), -OURO_EMALFORMED);
    longest[5] = 0x1f; /* 33 bits */
    ck_assert_int_eq(ouro__input_read(longest, sizeof longest, &input), -OURO_EMALFORMED);
}
