/* SPDX-License-Identifier: MIT */
/* SHA1_Init() and its like, which OpenSSL 3 would have us replace: its EVP allocates, looks up and
 * cleans anew for each digest, which is several times the work of one that keeps no secret. */
#define OPENSSL_API_COMPAT 0x10101000L
#include "web/ws_handshake.h"

#include "ouro/base.h"

#include <openssl/evp.h>
#include <openssl/sha.h>
#include <string.h>
#include <strings.h>

#define REFUSAL(name, code, text, fields)           \
    static const struct ouro__http_refusal name = { \
        .status = (code), .reason = (text), .headers = (fields)}

#define VERSION_FIELD  "Sec-WebSocket-Version: 13\r\n"
#define UPGRADE_FIELDS "Upgrade: websocket\r\nConnection: Upgrade\r\n"

REFUSAL(not_get, 405, "a WebSocket begins with GET", "Allow: GET\r\n");
REFUSAL(old_http, 400, "a WebSocket needs HTTP/1.1", NULL);
REFUSAL(no_upgrade, 426, "this is a WebSocket address", UPGRADE_FIELDS VERSION_FIELD);
REFUSAL(no_connection, 400, "Upgrade without Connection: Upgrade", NULL);
REFUSAL(has_body, 400, "a WebSocket request has no body", NULL);
REFUSAL(bad_key, 400, "Sec-WebSocket-Key must be 16 bytes in base64, once", NULL);
REFUSAL(two_versions, 400, "more than one Sec-WebSocket-Version", NULL);
REFUSAL(other_version, 426, "only WebSocket version 13 is spoken here",
        UPGRADE_FIELDS VERSION_FIELD);
REFUSAL(two_origins, 400, "more than one Origin", NULL);
REFUSAL(foreign_origin, 403, "pages of this origin may not connect", NULL);
REFUSAL(bad_protocol, 400, "invalid Sec-WebSocket-Protocol", NULL);
REFUSAL(bad_extensions, 400, "invalid Sec-WebSocket-Extensions", NULL);

/* --- the checks ------------------------------------------------------------------------------ */

static const struct ouro__http_refusal *check_upgrade(const struct ouro__http_request *req)
{
    if (req->method != OURO__HTTP_GET)
        return &not_get;
    if (req->head.version_minor == 0)
        return &old_http;
    if (!ouro__http_has_token(&req->head, "Upgrade", "websocket"))
        return &no_upgrade;
    if (!req->head.upgrade)
        return &no_connection;
    /* The bytes of a body would be read as frames by one of us, and as a body by a proxy. */
    return req->head.body == OURO__HTTP_BODY_NONE ? NULL : &has_body;
}

static bool is_base64(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '+' ||
           c == '/';
}

/* 16 bytes are 22 characters and "==". */
static const struct ouro__http_refusal *check_key(const struct ouro__http_request *req,
                                                  struct ouro__slice *ret_key)
{
    struct ouro__slice key;
    if (ouro__http_header(&req->head, "Sec-WebSocket-Key", &key) != 1)
        return &bad_key;
    if (key.len != OURO__WS_KEY_BYTES || memcmp(key.at + 22, "==", 2) != 0)
        return &bad_key;
    for (size_t i = 0; i < 22; i++)
        if (!is_base64(key.at[i]))
            return &bad_key;
    *ret_key = key;
    return NULL;
}

static const struct ouro__http_refusal *check_version(const struct ouro__http_request *req)
{
    struct ouro__slice version;
    int versions = ouro__http_header(&req->head, "Sec-WebSocket-Version", &version);
    if (versions > 1)
        return &two_versions;
    return versions == 1 && ouro__slice_same(version, "13") ? NULL : &other_version;
}

/* Scheme and host know no case (RFC 3986 6.2.2.1), however a browser or a setting writes them. */
static bool is_listed(struct ouro__slice origin, const char *const *origins)
{
    for (; *origins; origins++)
        if (strcmp(*origins, "*") == 0 || ouro__slice_like(origin, *origins))
            return true;
    return false;
}

/* "https://host:port" against "host:port". The scheme is not compared: behind a proxy that ends
 * TLS we don't know our own. */
static bool is_same_host(struct ouro__slice origin, struct ouro__slice host)
{
    const char *colon = memchr(origin.at, ':', origin.len);
    if (!colon || origin.at + origin.len - colon < 3 || memcmp(colon, "://", 3) != 0)
        return false;
    const char *at = colon + 3;
    size_t len = (size_t)(origin.at + origin.len - at);
    return len == host.len && strncasecmp(at, host.at, len) == 0;
}

static const struct ouro__http_refusal *check_origin(const struct ouro__http_request *req,
                                                     const struct ouro__ws_rules *rules)
{
    struct ouro__slice origin;
    int origins = ouro__http_header(&req->head, "Origin", &origin);
    if (origins == 0)
        return NULL;
    if (origins > 1)
        return &two_origins;
    bool allowed =
        rules->origins ? is_listed(origin, rules->origins) : is_same_host(origin, req->host);
    return allowed ? NULL : &foreign_origin;
}

/* --- the subprotocol ------------------------------------------------------------------------- */

/* The first of ours that the client offers. Unlike most names in HTTP these have case. */
static const struct ouro__http_refusal *choose_protocol(const struct ouro__http_request *req,
                                                        const char *const *ours,
                                                        const char **ret_protocol)
{
    struct ouro__http_list offers = {.head = &req->head, .name = "Sec-WebSocket-Protocol"};
    struct ouro__slice offer;
    const char *const *best = NULL;
    while (ouro__http_list_next(&offers, &offer)) {
        if (!ouro__http_is_token(offer))
            return &bad_protocol;
        for (const char *const *it = ours; it && *it && (!best || it < best); it++)
            if (ouro__slice_same(offer, *it))
                best = it;
    }
    *ret_protocol = best ? *best : NULL;
    return NULL;
}

/* --- the answer ------------------------------------------------------------------------------ */

void ouro__ws_accept_key(const char key[OURO__WS_KEY_BYTES],
                         char ret_accept[OURO__WS_ACCEPT_BYTES + 1])
{
    static const char guid[] = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
    unsigned char digest[SHA_DIGEST_LENGTH];
    SHA_CTX sha1;
    SHA1_Init(&sha1);
    SHA1_Update(&sha1, key, OURO__WS_KEY_BYTES);
    SHA1_Update(&sha1, guid, sizeof guid - 1);
    SHA1_Final(digest, &sha1);
    EVP_EncodeBlock((unsigned char *)ret_accept, digest, sizeof digest);
}

int ouro__ws_handshake_check(const struct ouro__http_request *req,
                             const struct ouro__ws_rules *rules,
                             struct ouro__ws_handshake *ret_handshake,
                             const struct ouro__http_refusal **ret_refusal)
{
    struct ouro__slice key;
    struct ouro__ws_handshake handshake = {0};
    const struct ouro__http_refusal *refusal = check_upgrade(req);
    if (!refusal)
        refusal = check_version(req);
    if (!refusal)
        refusal = check_key(req, &key);
    if (!refusal)
        refusal = check_origin(req, rules);
    if (!refusal)
        refusal = choose_protocol(req, rules->protocols, &handshake.protocol);
    if (!refusal && ouro__ws_extension_choose(&req->head, &rules->deflate, &handshake.terms,
                                              handshake.extensions) < 0)
        refusal = &bad_extensions;
    if (refusal) {
        *ret_refusal = refusal;
        return -OURO_EMALFORMED;
    }
    ouro__ws_accept_key(key.at, handshake.accept);
    *ret_handshake = handshake;
    return 0;
}

/* Append. Returns the length so far, beyond `cap` if need be. */
static size_t put(char *out, size_t cap, size_t at, const char *text)
{
    size_t len = strlen(text);
    if (at + len <= cap)
        memcpy(out + at, text, len);
    return at + len;
}

/* Append a field when it has a value. Not with snprintf(): its frame is larger than all others of a
 * connection's task together, and would cost each a page. */
static size_t put_field(char *out, size_t cap, size_t at, const char *name, const char *value)
{
    if (!value || !*value)
        return at;
    at = put(out, cap, at, name);
    at = put(out, cap, at, ": ");
    at = put(out, cap, at, value);
    return put(out, cap, at, "\r\n");
}

int ouro__ws_handshake_write(const struct ouro__ws_handshake *handshake, char *out, size_t cap)
{
    size_t len = put(out, cap, 0, "HTTP/1.1 101 Switching Protocols\r\n" UPGRADE_FIELDS);
    len = put_field(out, cap, len, "Sec-WebSocket-Accept", handshake->accept);
    len = put_field(out, cap, len, "Sec-WebSocket-Protocol", handshake->protocol);
    len = put_field(out, cap, len, "Sec-WebSocket-Extensions", handshake->extensions);
    if (len + 3 > cap)
        return -ENOSPC;
    memcpy(out + len, "\r\n", 3);
    return (int)(len + 2);
}

/* --- a client's side ------------------------------------------------------------------------- */

void ouro__ws_key_print(const uint8_t random[16], char ret_key[OURO__WS_KEY_BYTES + 1])
{
    EVP_EncodeBlock((unsigned char *)ret_key, random, 16);
}

static bool is_accepted(const struct ouro__http_response *res, const char *accept)
{
    struct ouro__slice value;
    return res->head.version_minor > 0 &&
           ouro__http_has_token(&res->head, "Upgrade", "websocket") &&
           ouro__http_has_token(&res->head, "Connection", "upgrade") &&
           ouro__http_header(&res->head, "Sec-WebSocket-Accept", &value) == 1 &&
           ouro__slice_same(value, accept);
}

/* One of ours, or none: then the field is not there. */
static bool is_offered(const struct ouro__http_response *res, const char *const *ours,
                       const char **ret_protocol)
{
    struct ouro__slice value;
    int fields = ouro__http_header(&res->head, "Sec-WebSocket-Protocol", &value);
    *ret_protocol = NULL;
    for (; fields == 1 && ours && *ours; ours++)
        if (ouro__slice_same(value, *ours))
            *ret_protocol = *ours;
    return fields == 0 || *ret_protocol;
}

int ouro__ws_answer_check(const struct ouro__http_response *res, const char *accept,
                          const struct ouro__ws_rules *rules,
                          struct ouro__ws_handshake *ret_handshake)
{
    struct ouro__ws_handshake handshake = {0};
    if (res->status != 101)
        return -ECONNREFUSED;
    if (!is_accepted(res, accept) || !is_offered(res, rules->protocols, &handshake.protocol))
        return -OURO_EMALFORMED;
    int rc = ouro__ws_extension_check(&res->head, &rules->deflate, &handshake.terms);
    if (rc == 0)
        *ret_handshake = handshake;
    return rc;
}
