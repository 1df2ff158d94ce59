/* SPDX-License-Identifier: MIT */
/* How a stream of TLS comes to be: accepted or connected, a bounded number at a time. */
#include "net/tls.h"

#include <openssl/x509v3.h>
#include <stdlib.h>
#include <string.h>

/* --- both sides ------------------------------------------------------------------------------- */

/* The place goes to the next handshake only when the loop has looked at its timers and descriptors
 * again: so a storm of handshakes adds to each turn what OURO_TLS_STEPS_MAX steps take, and no
 * more. (A yield would come round many times before that.) What the step has done counts, even if
 * the task has been cancelled meanwhile. */
static int take_step(struct ouro__tls *tls, int64_t deadline)
{
    struct ouro_semaphore *steps = &tls->config->steps;
    int rc = ouro_semaphore_acquire(steps, deadline);
    if (rc < 0)
        return rc;
    ouro__tls_forget_errors();
    int ret = SSL_do_handshake(tls->ssl);
    rc = ret == 1 ? 0 : ouro__tls_outcome(tls, ret);
    ouro_sleep(1);
    ouro_semaphore_release(steps, 1);
    return rc;
}

/* The other side is waited for without a place among those that take steps. */
static int shake_hands(struct ouro__tls *tls, int64_t deadline)
{
    int rc;
    while ((rc = take_step(tls, deadline)) == -EAGAIN) {
        rc = ouro__tls_wait(tls, OURO__READ, deadline);
        if (rc < 0)
            return rc;
    }
    return rc == OURO__TLS_END ? -ECONNABORTED : rc; /* a goodbye amid the handshake */
}

typedef int prepare_fn(struct ouro__tls *tls);

static int handshake(struct ouro__tls *tls, prepare_fn *prepare, int64_t deadline)
{
    struct ouro_tls_stats *stats = &tls->config->stats;
    int rc = ouro__tls_begin(tls);
    stats->in_progress++;
    if (rc == 0)
        rc = prepare(tls);
    if (rc == 0)
        rc = shake_hands(tls, deadline);
    stats->in_progress--;
    if (rc < 0)
        return rc;
    tls->established = true;
    tls->records = 0;
    stats->completed++;
    stats->resumed += (uint64_t)SSL_session_reused(tls->ssl);
    return 0;
}

static int handshake_in_turn(struct ouro__tls *tls, prepare_fn *prepare, int64_t deadline)
{
    struct ouro_tls_config *config = tls->config;
    config->stats.waiting++;
    int rc = ouro_semaphore_acquire(&config->handshakes, deadline);
    config->stats.waiting--;
    if (rc < 0)
        return rc;
    rc = handshake(tls, prepare, deadline);
    ouro_semaphore_release(&config->handshakes, 1);
    return rc;
}

static int done(struct ouro__tls *tls, int rc, struct ouro_stream **ret_stream)
{
    bool silent = !tls->host && !tls->has_first && !tls->ssl; /* it never began */
    if (rc == 0) {
        *ret_stream = &tls->base;
        return 0;
    }
    tls->config->stats.failed += !silent;
    ouro_stream_close(&tls->base);
    return rc;
}

static int out_of_memory(struct ouro_stream *plain)
{
    ouro_stream_close(plain);
    return -ENOMEM;
}

/* --- the server's side ------------------------------------------------------------------------ */

/* Before it has said anything, a client is given nothing but the few bytes of our struct. */
static int read_first_byte(struct ouro__tls *tls, int64_t deadline)
{
    int rc = ouro_read(tls->plain, &tls->first, 1, deadline);
    if (rc <= 0)
        return rc < 0 ? rc : -ECONNABORTED;
    tls->has_first = true;
    return 0;
}

static int prepare_server(struct ouro__tls *tls)
{
    SSL_set_accept_state(tls->ssl);
    return 0;
}

/* Who speaks plain HTTP is found out right here. */
static int accept_after_first_byte(struct ouro__tls *tls, int64_t deadline)
{
    return tls->first == OURO__TLS_FIRST_BYTE ? handshake_in_turn(tls, prepare_server, deadline)
                                              : -OURO_EMALFORMED;
}

int ouro_tls_accept(struct ouro_stream *plain, struct ouro_tls_config *config, int64_t deadline,
                    struct ouro_stream **ret_stream)
{
    ouro_assert(config->settings.server);
    struct ouro__tls *tls = ouro__tls_new(plain, config);
    if (!tls)
        return out_of_memory(plain);
    int rc = read_first_byte(tls, deadline);
    if (rc == 0)
        rc = accept_after_first_byte(tls, deadline);
    return done(tls, rc, ret_stream);
}

int ouro__tls_accept_begun(struct ouro_stream *plain, struct ouro_tls_config *config, uint8_t first,
                           int64_t deadline, struct ouro_stream **ret_stream)
{
    ouro_assert(config->settings.server);
    struct ouro__tls *tls = ouro__tls_new(plain, config);
    if (!tls)
        return out_of_memory(plain);
    tls->first = first;
    tls->has_first = true;
    return done(tls, accept_after_first_byte(tls, deadline), ret_stream);
}

/* --- the client's side ------------------------------------------------------------------------ */

/* A numeric address must stand in the certificate as one, and is no server name (RFC 6066 3). */
static int expect_host(SSL *ssl, const char *host)
{
    if (X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), host) == 1)
        return 0;
    SSL_set_hostflags(ssl, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    if (*host && !SSL_set1_host(ssl, host))
        return -ENOMEM;
    /* What SSL_set_tlsext_host_name() does, which casts the const away. */
    bool is_host = *host && SSL_ctrl(ssl, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name,
                                     (void *)(uintptr_t)host) == 1;
    ouro__tls_forget_errors();
    return is_host ? 0 : -EINVAL;
}

static int prepare_client(struct ouro__tls *tls)
{
    SSL_set_connect_state(tls->ssl);
    int rc = expect_host(tls->ssl, tls->host);
    if (rc < 0)
        return rc;
    SSL_SESSION *session = ouro__tls_session_get(&tls->material->sessions, tls->host);
    if (session)
        SSL_set_session(tls->ssl, session);
    SSL_SESSION_free(session);
    return 0;
}

/* A handshake that failed because of the server's certificate is not one that was malformed. */
static int verdict(const struct ouro__tls *tls, int rc)
{
    long verdict = tls->ssl && rc < 0 ? SSL_get_verify_result(tls->ssl) : X509_V_OK;
    if (verdict == X509_V_OK)
        return rc;
    ouro_log(OURO_LOG_DEBUG, "tls: %s: %s", tls->host, X509_verify_cert_error_string(verdict));
    return verdict == X509_V_ERR_CERT_HAS_EXPIRED ? -EKEYEXPIRED : -EKEYREJECTED;
}

int ouro_tls_connect(struct ouro_stream *plain, struct ouro_tls_config *config, const char *host,
                     int64_t deadline, struct ouro_stream **ret_stream)
{
    ouro_assert(!config->settings.server);
    struct ouro__tls *tls = ouro__tls_new(plain, config);
    if (!tls)
        return out_of_memory(plain);
    tls->host = strdup(host);
    int rc = tls->host ? handshake_in_turn(tls, prepare_client, deadline) : -ENOMEM;
    return done(tls, verdict(tls, rc), ret_stream);
}
