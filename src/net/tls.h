/* SPDX-License-Identifier: MIT */
/* What the files of TLS share.
 *
 *      config ---> material (now)     <-- reload swaps it for a new one
 *        ^            ^  contexts: one per certificate; sessions to resume
 *        |            |
 *      stream --------+  the material that it began with
 *        |  \--> SSL <--> BIO --\
 *        \--> plain stream <----/
 */
#ifndef OURO_NET_TLS_H
#define OURO_NET_TLS_H

#include "net/stream.h"
#include "ouro/sync.h"

#include <openssl/ssl.h>
#include <pthread.h>
#include <stdatomic.h>

/* --- sessions that a client may resume -------------------------------------------------------- */

#define OURO__TLS_SESSIONS_MAX 64

struct ouro__tls_sessions {
    struct {
        char *host;
        SSL_SESSION *session;
    } kept[OURO__TLS_SESSIONS_MAX];
    size_t next; /* which one goes when another host needs a place */
};

/* Keep the session for that host, in place of an older one. Takes over the reference. */
void ouro__tls_session_put(struct ouro__tls_sessions *sessions, const char *host,
                           SSL_SESSION *session);
/* A session with that host and a reference to it, or NULL. */
SSL_SESSION *ouro__tls_session_get(struct ouro__tls_sessions *sessions, const char *host);
void ouro__tls_sessions_done(struct ouro__tls_sessions *sessions);

/* --- what was loaded -------------------------------------------------------------------------- */

/* Counted references, from any thread. Nothing in it changes, but for the sessions, which belong to
 * the config's loop. */
struct ouro__tls_material {
    atomic_uint refs;
    struct ouro__tls_sessions sessions;
    size_t count;
    SSL_CTX *contexts[]; /* a server's: by certificate; a client's: one */
};

struct ouro__tls_settings {
    bool server;
    struct ouro_tls_certificate *certificates;
    size_t certificate_count;
    char *ca_file;
    char *alpn[OURO_TLS_ALPN_MAX];
    size_t alpn_count;
    struct ouro_buf alpn_wire; /* each name with its length before it, RFC 7301 section 3.1 */
    enum ouro_tls_version version_min;
    uint32_t handshakes_max;
};

struct ouro_tls_config {
    atomic_uint refs;
    struct ouro__tls_settings settings;
    pthread_mutex_t swap; /* around `material`: a reload may run in another thread */
    struct ouro__tls_material *material;
    struct ouro_semaphore handshakes, steps;
    struct ouro_tls_stats stats;
};

/* Copy the options. -OURO_ECONFIG with the fault, -ENOMEM; done() is due in any case. */
int ouro__tls_settings_init(struct ouro__tls_settings *settings,
                            const struct ouro_tls_options *options, bool server, char *ret_fault);
void ouro__tls_settings_done(struct ouro__tls_settings *settings);

/* Load the files. The settings must outlive it. 0, -OURO_ECONFIG, -ENOMEM. */
int ouro__tls_material_new(struct ouro__tls_settings *settings, char *ret_fault,
                           struct ouro__tls_material **ret_material);
/* The current one, with a reference. */
struct ouro__tls_material *ouro__tls_material_of(struct ouro_tls_config *config);
struct ouro__tls_material *ouro__tls_material_unref(struct ouro__tls_material *material);

/* --- a connection ----------------------------------------------------------------------------- */

struct ouro__tls_held;

struct ouro__tls {
    struct ouro_stream base;
    struct ouro_stream *plain;
    SSL *ssl; /* NULL until the handshake has its turn */
    struct ouro_tls_config *config;
    struct ouro__tls_material *material;
    struct ouro__tls_held *held; /* encrypted bytes that the plain stream has not taken yet */
    char *host;                  /* a client's: whom it talks to */
    struct ouro_link waiters[2]; /* by direction; one task each */
    struct ouro_timer edge_timer;
    int plain_end;    /* how the plain stream ended for reading: negative; 0 so far */
    int read_end;     /* what reading gives from now on: END_OF_STREAM or negative; 0 so far */
    int write_end;    /* what writing gives from now on: negative; 0 so far */
    uint32_t records; /* of the peer's since some had bytes for the user */
    uint8_t first;    /* byte of a client, read before there was an SSL to read it */
    bool has_first;
    bool drained; /* the plain stream gave -EAGAIN, and no edge has come since */
    bool established;
    bool ending; /* our close_notify is said, or held */
};

/* A stream around the plain one, which it owns; no SSL yet. NULL: out of memory. */
struct ouro__tls *ouro__tls_new(struct ouro_stream *plain, struct ouro_tls_config *config);
/* Give it its SSL and have the plain stream watched. 0 or -ENOMEM. */
int ouro__tls_begin(struct ouro__tls *tls);
/* What an SSL call that failed means: -EAGAIN, OURO__TLS_END, or negative. Clears the errors. */
int ouro__tls_outcome(struct ouro__tls *tls, int ret);
#define OURO__TLS_END 1
/* Wait until it is worth trying again; as the stream's own wait. */
int ouro__tls_wait(struct ouro__tls *tls, enum ouro__direction direction, int64_t deadline);

/* The type of record that a client begins with (RFC 8446 section 5.1). */
#define OURO__TLS_FIRST_BYTE 22
/* As ouro_tls_accept(), by whom has read the first byte already, to see what is spoken there. */
int ouro__tls_accept_begun(struct ouro_stream *plain, struct ouro_tls_config *config, uint8_t first,
                           int64_t deadline, struct ouro_stream **ret_stream);

/* --- OpenSSL's errors ------------------------------------------------------------------------- */

/* The thread has one queue of errors for all connections: what one leaves there would be taken for
 * the next one's failure. So it is empty before a call, and after a failure. */
void ouro__tls_forget_errors(void);
/* The first error of the queue as a code of ours, and its text; "" for none. Static storage. */
int ouro__tls_error_code(void);
const char *ouro__tls_error_text(void);

#endif
