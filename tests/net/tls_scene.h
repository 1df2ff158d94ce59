/* SPDX-License-Identifier: MIT */
/* What the tests of TLS share: an authority and certificates of its own, made anew for each test in
 * a folder that goes with it; and two sides that shake hands in memory. */
#ifndef OURO_TESTS_NET_TLS_SCENE_H
#define OURO_TESTS_NET_TLS_SCENE_H

#include "scene.h"

#include "net/tls.h"

#include <dirent.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <unistd.h>

/* --- certificates ----------------------------------------------------------------------------- */

#define DAYS(n) ((n)*24L * 3600)

struct authority {
    EVP_PKEY *key;
    X509 *certificate;
};

/* A test's folder, its authority ("ca.pem" in it), and the configs of both sides. */
struct tls_world {
    char dir[64];
    struct authority ca;
    struct ouro_tls_config *server, *client;
};

static inline const char *path_in(const struct tls_world *world, const char *name)
{
    static char paths[8][128]; /* as many as one call needs */
    static unsigned next;
    char *path = paths[next++ % 8];
    snprintf(path, sizeof paths[0], "%s/%s", world->dir, name);
    return path;
}

static inline void add_extension(X509 *certificate, X509 *issuer, int nid, const char *value)
{
    X509V3_CTX context;
    X509V3_set_ctx(&context, issuer, certificate, NULL, NULL, 0);
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, &context, nid, value);
    ck_assert_ptr_nonnull(extension);
    X509_add_ext(certificate, extension, -1);
    X509_EXTENSION_free(extension);
}

/* `names` as OpenSSL writes them, "DNS:a.test,IP:127.0.0.1"; NULL: an authority. Valid until
 * `seconds` from now (which may be in the past). */
static inline X509 *certificate_new(EVP_PKEY *key, const struct authority *issuer,
                                    const char *names, long seconds)
{
    static long serial;
    X509 *certificate = X509_new();
    X509 *signer = issuer ? issuer->certificate : certificate;
    X509_set_version(certificate, X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), ++serial);
    X509_gmtime_adj(X509_getm_notBefore(certificate), DAYS(-10));
    X509_gmtime_adj(X509_getm_notAfter(certificate), seconds);
    X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate), "CN", MBSTRING_ASC,
                               (const unsigned char *)(names ? "leaf" : "authority"), -1, -1, 0);
    X509_set_issuer_name(certificate, X509_get_subject_name(signer));
    X509_set_pubkey(certificate, key);
    add_extension(certificate, signer, NID_basic_constraints, names ? "CA:FALSE" : "CA:TRUE");
    if (names)
        add_extension(certificate, signer, NID_subject_alt_name, names);
    ck_assert_int_gt(X509_sign(certificate, issuer ? issuer->key : key, EVP_sha256()), 0);
    return certificate;
}

static inline void write_certificate(const char *path, X509 *certificate)
{
    FILE *file = fopen(path, "w");
    ck_assert_ptr_nonnull(file);
    ck_assert_int_eq(PEM_write_X509(file, certificate), 1);
    fclose(file);
}

static inline void write_key(const char *path, EVP_PKEY *key, const char *password)
{
    FILE *file = fopen(path, "w");
    ck_assert_ptr_nonnull(file);
    const EVP_CIPHER *cipher = password ? EVP_aes_128_cbc() : NULL;
    ck_assert_int_eq(PEM_write_PKCS8PrivateKey(file, key, cipher, password,
                                               password ? (int)strlen(password) : 0, NULL, NULL),
                     1);
    fclose(file);
}

static inline struct authority authority_new(void)
{
    struct authority ca = {.key = EVP_EC_gen("P-256")};
    ck_assert_ptr_nonnull(ca.key);
    ca.certificate = certificate_new(ca.key, NULL, NULL, DAYS(10));
    return ca;
}

static inline void authority_free(struct authority *ca)
{
    X509_free(ca->certificate);
    EVP_PKEY_free(ca->key);
}

/* Writes NAME.pem and NAME.key. */
static inline void issue_by(const struct tls_world *world, const struct authority *ca,
                            const char *name, const char *names, long seconds)
{
    char file[64];
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *certificate = certificate_new(key, ca, names, seconds);
    snprintf(file, sizeof file, "%s.pem", name);
    write_certificate(path_in(world, file), certificate);
    snprintf(file, sizeof file, "%s.key", name);
    write_key(path_in(world, file), key, NULL);
    X509_free(certificate);
    EVP_PKEY_free(key);
}

static inline void issue(const struct tls_world *world, const char *name, const char *names)
{
    issue_by(world, &world->ca, name, names, DAYS(10));
}

/* --- a world ---------------------------------------------------------------------------------- */

static inline struct ouro_tls_config *server_config(const struct tls_world *world,
                                                    const char *certificate,
                                                    struct ouro_tls_options options)
{
    char chain[64], key[64], fault[OURO_TLS_FAULT_BYTES] = "";
    snprintf(chain, sizeof chain, "%s.pem", certificate);
    snprintf(key, sizeof key, "%s.key", certificate);
    struct ouro_tls_certificate files = {path_in(world, chain), path_in(world, key)};
    struct ouro_tls_config *config = NULL;
    if (!options.certificates) {
        options.certificates = &files;
        options.certificate_count = 1;
    }
    ck_assert_msg(ouro_tls_server_new(&options, fault, &config) == 0, "%s", fault);
    return config;
}

static inline struct ouro_tls_config *client_config(const struct tls_world *world,
                                                    struct ouro_tls_options options)
{
    char fault[OURO_TLS_FAULT_BYTES] = "";
    struct ouro_tls_config *config = NULL;
    options.ca_file = path_in(world, "ca.pem");
    ck_assert_msg(ouro_tls_client_new(&options, fault, &config) == 0, "%s", fault);
    return config;
}

/* One certificate, "a", for a.test and 127.0.0.1, and a client that trusts its authority. */
static inline void world_open(struct tls_world *world)
{
    *world = (struct tls_world){.dir = "/tmp/ouro-test-tls-XXXXXX", .ca = authority_new()};
    ck_assert_ptr_nonnull(mkdtemp(world->dir));
    write_certificate(path_in(world, "ca.pem"), world->ca.certificate);
    issue(world, "a", "DNS:a.test,IP:127.0.0.1");
    world->server = server_config(world, "a", (struct ouro_tls_options){0});
    world->client = client_config(world, (struct ouro_tls_options){0});
}

static inline void remove_dir(const char *path)
{
    DIR *dir = opendir(path);
    ck_assert_ptr_nonnull(dir);
    for (struct dirent *entry; (entry = readdir(dir));)
        unlinkat(dirfd(dir), entry->d_name, 0);
    closedir(dir);
    rmdir(path);
}

static inline void world_close(struct tls_world *world)
{
    ck_assert_uint_eq(ERR_peek_error(), 0); /* nothing is left for whoever comes next */
    world->server = ouro_tls_config_unref(world->server);
    world->client = ouro_tls_config_unref(world->client);
    authority_free(&world->ca);
    remove_dir(world->dir);
}

/* The client speaks no newer version than that from now on. */
static inline void client_at_most(struct tls_world *world, int version)
{
    SSL_CTX_set_max_proto_version(world->client->material->contexts[0], version);
}

/* --- shaking hands ---------------------------------------------------------------------------- */

struct hand {
    struct ouro_stream *plain;
    struct ouro_tls_config *config;
    const char *host; /* NULL: a server's */
    int64_t deadline;
    struct ouro_stream *stream;
};

static inline int shake(void *arg)
{
    struct hand *hand = arg;
    return hand->host ? ouro_tls_connect(hand->plain, hand->config, hand->host, hand->deadline,
                                         &hand->stream)
                      : ouro_tls_accept(hand->plain, hand->config, hand->deadline, &hand->stream);
}

/* What became of either side; streams only where it is 0. */
struct hands {
    struct ouro_stream *server, *client;
    int server_rc, client_rc;
};

static inline struct hands shake_over(const struct tls_world *world, struct ouro_stream *plain[2],
                                      const char *host)
{
    struct hand server = {plain[0], world->server, NULL, SOON, NULL};
    struct hand client = {plain[1], world->client, host, SOON, NULL};
    struct ouro_task *accepting = started(shake, &server), *connecting = started(shake, &client);
    struct hands hands = {.client_rc = status_of(connecting), .server_rc = status_of(accepting)};
    hands.server = server.stream;
    hands.client = client.stream;
    return hands;
}

static inline struct hands try_hands(const struct tls_world *world, const char *host)
{
    struct ouro_stream *plain[2];
    ck_assert_int_eq(ouro_stream_pair(plain), 0);
    return shake_over(world, plain, host);
}

static inline struct hands join_hands(const struct tls_world *world, const char *host)
{
    struct hands hands = try_hands(world, host);
    ck_assert_int_eq(hands.server_rc, 0);
    ck_assert_int_eq(hands.client_rc, 0);
    return hands;
}

static inline void part(struct hands *hands)
{
    hands->client = ouro_stream_close(hands->client);
    hands->server = ouro_stream_close(hands->server);
}

static inline struct ouro_tls_info info_of(struct ouro_stream *stream)
{
    struct ouro_tls_info info;
    ck_assert_int_eq(ouro_tls_info(stream, &info), 0);
    return info;
}

static inline struct ouro__tls *tls_of(struct ouro_stream *stream)
{
    return ouro_container(stream, struct ouro__tls, base);
}

/* Read exactly these, in pieces of at most `piece`. (An assertion for each byte would take longer
 * than all the rest.) */
static inline void expect_bytes(struct ouro_stream *stream, const char *data, size_t len,
                                size_t piece)
{
    char got[8192];
    ck_assert_uint_le(piece, sizeof got);
    for (size_t at = 0; at < len;) {
        int rc = ouro_read(stream, got, len - at < piece ? len - at : piece, SOON);
        ck_assert_int_gt(rc, 0);
        ck_assert_msg(memcmp(got, data + at, (size_t)rc) == 0, "wrong bytes after %zu", at);
        at += (size_t)rc;
    }
}

/* A few bytes there and back: the connection lives. For a client it also brings in the tickets. */
static inline void expect_alive(const struct hands *hands)
{
    char got[8];
    ck_assert_int_eq(ouro_write(hands->client, "there", 5, SOON), 0);
    ck_assert_int_eq(ouro_read(hands->server, got, sizeof got, SOON), 5);
    ck_assert_mem_eq(got, "there", 5);
    ck_assert_int_eq(ouro_write(hands->server, "back", 4, SOON), 0);
    ck_assert_int_eq(ouro_read(hands->client, got, sizeof got, SOON), 4);
    ck_assert_mem_eq(got, "back", 4);
}

#endif
