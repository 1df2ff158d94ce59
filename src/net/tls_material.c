/* SPDX-License-Identifier: MIT */
/* What is loaded: a context of OpenSSL's per certificate, all alike but for that; and what they
 * call back for: the choice of a certificate, the choice of a protocol, a session to keep. */
#include "net/tls.h"

#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Forward secrecy and authenticated encryption only; those of TLS 1.3 are all like that. */
#define CIPHERS_1_2 "ECDHE+AESGCM:ECDHE+CHACHA20"
#define GROUPS      "X25519:P-256:P-384"
/* 112 bits: RSA of 2048 bits at least, no SHA-1. */
#define SECURITY_LEVEL 2
/* Sessions of clients without tickets, in memory; and for how long any session can be resumed. */
#define SERVER_SESSIONS_MAX 1024
#define SESSION_SECONDS     7200

/* --- called back ------------------------------------------------------------------------------ */

/* A key that asks for a password would have the operator's terminal asked, and the loop wait. */
static int no_password(char *buf, int size, int writing, void *ud)
{
    (void)buf, (void)size, (void)writing, (void)ud;
    return -1;
}

static bool is_for(SSL_CTX *context, const char *name)
{
    X509 *certificate = SSL_CTX_get0_certificate(context);
    return X509_check_host(certificate, name, 0, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS, NULL) == 1;
}

/* The connection has the first context already. */
static int choose_certificate(SSL *ssl, int *alert, void *ud)
{
    struct ouro__tls_material *material = ud;
    const char *name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
    (void)alert;
    for (size_t i = 0; name && i < material->count; i++) {
        if (is_for(material->contexts[i], name)) {
            SSL_set_SSL_CTX(ssl, material->contexts[i]);
            return SSL_TLSEXT_ERR_OK;
        }
    }
    return name ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_NOACK;
}

static int choose_protocol(SSL *ssl, const unsigned char **out, unsigned char *out_len,
                           const unsigned char *offered, unsigned offered_len, void *ud)
{
    const struct ouro_buf *ours = ud;
    unsigned char *chosen;
    (void)ssl;
    if (SSL_select_next_proto(&chosen, out_len, (const unsigned char *)ours->data,
                              (unsigned)ours->len, offered, offered_len) != OPENSSL_NPN_NEGOTIATED)
        return SSL_TLSEXT_ERR_ALERT_FATAL;
    *out = chosen;
    return SSL_TLSEXT_ERR_OK;
}

/* 1: the reference is ours now. */
static int keep_session(SSL *ssl, SSL_SESSION *session)
{
    struct ouro__tls *tls = SSL_get_app_data(ssl);
    ouro__tls_session_put(&tls->material->sessions, tls->host, session);
    return 1;
}

/* --- loading ---------------------------------------------------------------------------------- */

/* What failed, with which file, and what OpenSSL says of it. */
static int fault(char *ret_fault, const char *what, const char *file)
{
    if (ret_fault)
        snprintf(ret_fault, OURO_TLS_FAULT_BYTES, "%s %s: %s", what, file, ouro__tls_error_text());
    ouro__tls_forget_errors();
    return -OURO_ECONFIG;
}

static int use_certificate(SSL_CTX *context, const struct ouro_tls_certificate *certificate,
                           char *ret_fault)
{
    const char *chain = certificate->chain_file, *key = certificate->key_file;
    SSL_CTX_set_default_passwd_cb(context, no_password);
    if (SSL_CTX_use_certificate_chain_file(context, chain) != 1)
        return fault(ret_fault, "cannot use the certificate chain", chain);
    if (SSL_CTX_use_PrivateKey_file(context, key, SSL_FILETYPE_PEM) != 1)
        return fault(ret_fault, "cannot use the private key", key);
    if (SSL_CTX_check_private_key(context) != 1)
        return fault(ret_fault, "the certificate is another key's than", key);
    return 0;
}

static int trust(SSL_CTX *context, const char *ca_file, char *ret_fault)
{
    if (ca_file && SSL_CTX_load_verify_file(context, ca_file) != 1)
        return fault(ret_fault, "cannot use the trusted certificates", ca_file);
    if (!ca_file && SSL_CTX_set_default_verify_paths(context) != 1)
        return fault(ret_fault, "cannot use the trusted certificates of", "the system");
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, NULL);
    return 0;
}

/* All that both sides have in common. Reading ahead takes a record from the plain stream with one
 * read in place of two; released buffers are what makes an idle connection small. */
static bool set_common(SSL_CTX *context, const struct ouro__tls_settings *settings)
{
    bool only_1_3 = settings->version_min == OURO_TLS_1_3;
    SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_read_ahead(context, 1);
    SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
    SSL_CTX_set_security_level(context, SECURITY_LEVEL);
    SSL_CTX_set_timeout(context, SESSION_SECONDS);
    return SSL_CTX_set_min_proto_version(context, only_1_3 ? TLS1_3_VERSION : TLS1_2_VERSION) &&
           SSL_CTX_set_cipher_list(context, CIPHERS_1_2) &&
           SSL_CTX_set1_groups_list(context, GROUPS);
}

static bool set_up_server(SSL_CTX *context, struct ouro__tls_settings *settings)
{
    static const unsigned char id_context[] = "ouro";
    SSL_CTX_set_options(context, SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_PRIORITIZE_CHACHA);
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_SERVER);
    SSL_CTX_sess_set_cache_size(context, SERVER_SESSIONS_MAX);
    if (settings->alpn_count)
        SSL_CTX_set_alpn_select_cb(context, choose_protocol, &settings->alpn_wire);
    return SSL_CTX_set_session_id_context(context, id_context, sizeof id_context - 1);
}

static bool set_up_client(SSL_CTX *context, struct ouro__tls_settings *settings)
{
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
    SSL_CTX_sess_set_new_cb(context, keep_session);
    return SSL_CTX_set_alpn_protos(context, (const unsigned char *)settings->alpn_wire.data,
                                   (unsigned)settings->alpn_wire.len) == 0;
}

static int load_context(struct ouro__tls_settings *settings, size_t number, char *ret_fault,
                        SSL_CTX **ret_context)
{
    SSL_CTX *context = SSL_CTX_new(settings->server ? TLS_server_method() : TLS_client_method());
    *ret_context = context; /* the material's, whatever follows */
    if (!context || !set_common(context, settings) ||
        !(settings->server ? set_up_server : set_up_client)(context, settings)) {
        fault(ret_fault, "cannot set up", "TLS");
        return -ENOMEM;
    }
    return settings->server ? use_certificate(context, &settings->certificates[number], ret_fault)
                            : trust(context, settings->ca_file, ret_fault);
}

/* The one that connections begin with chooses for all. */
static int load_contexts(struct ouro__tls_material *material, struct ouro__tls_settings *settings,
                         char *ret_fault)
{
    for (size_t i = 0; i < material->count; i++) {
        int rc = load_context(settings, i, ret_fault, &material->contexts[i]);
        if (rc < 0)
            return rc;
    }
    if (settings->server) {
        SSL_CTX_set_tlsext_servername_callback(material->contexts[0], choose_certificate);
        SSL_CTX_set_tlsext_servername_arg(material->contexts[0], material);
    }
    return 0;
}

int ouro__tls_material_new(struct ouro__tls_settings *settings, char *ret_fault,
                           struct ouro__tls_material **ret_material)
{
    size_t count = settings->server ? settings->certificate_count : 1;
    struct ouro__tls_material *material = calloc(1, sizeof *material + count * sizeof(SSL_CTX *));
    if (!material) {
        fault(ret_fault, "out of memory for", "TLS");
        return -ENOMEM;
    }
    atomic_init(&material->refs, 1);
    material->count = count;
    ouro__tls_forget_errors();
    int rc = load_contexts(material, settings, ret_fault);
    if (rc < 0)
        ouro__tls_material_unref(material);
    else
        *ret_material = material;
    return rc;
}

struct ouro__tls_material *ouro__tls_material_unref(struct ouro__tls_material *material)
{
    if (!material || atomic_fetch_sub(&material->refs, 1) > 1)
        return NULL;
    ouro__tls_sessions_done(&material->sessions);
    for (size_t i = 0; i < material->count; i++)
        SSL_CTX_free(material->contexts[i]);
    free(material);
    return NULL;
}
