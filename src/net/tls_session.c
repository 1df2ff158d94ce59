/* SPDX-License-Identifier: MIT */
/* The sessions that a client may resume: the newest with each of the last few hosts. */
#include "net/tls.h"

#include <stdlib.h>
#include <string.h>

static void forget(struct ouro__tls_sessions *sessions, size_t place)
{
    SSL_SESSION_free(sessions->kept[place].session);
    free(sessions->kept[place].host);
    sessions->kept[place].session = NULL;
    sessions->kept[place].host = NULL;
}

/* Its place, or OURO__TLS_SESSIONS_MAX. */
static size_t find(const struct ouro__tls_sessions *sessions, const char *host)
{
    size_t place = 0;
    while (place < OURO__TLS_SESSIONS_MAX &&
           !(sessions->kept[place].host && strcmp(sessions->kept[place].host, host) == 0))
        place++;
    return place;
}

void ouro__tls_session_put(struct ouro__tls_sessions *sessions, const char *host,
                           SSL_SESSION *session)
{
    size_t place = find(sessions, host);
    if (place == OURO__TLS_SESSIONS_MAX) {
        place = sessions->next;
        sessions->next = (sessions->next + 1) % OURO__TLS_SESSIONS_MAX;
    }
    forget(sessions, place);
    sessions->kept[place].host = strdup(host);
    sessions->kept[place].session = session;
    if (!sessions->kept[place].host)
        forget(sessions, place);
}

/* A ticket of TLS 1.3 is for one use, or who looks on could tell that two connections are of the
 * same client (RFC 8446 appendix C.4). */
SSL_SESSION *ouro__tls_session_get(struct ouro__tls_sessions *sessions, const char *host)
{
    size_t place = find(sessions, host);
    if (place == OURO__TLS_SESSIONS_MAX)
        return NULL;
    SSL_SESSION *session = sessions->kept[place].session;
    SSL_SESSION_up_ref(session);
    if (SSL_SESSION_get_protocol_version(session) == TLS1_3_VERSION)
        forget(sessions, place);
    return session;
}

void ouro__tls_sessions_done(struct ouro__tls_sessions *sessions)
{
    for (size_t place = 0; place < OURO__TLS_SESSIONS_MAX; place++)
        forget(sessions, place);
}
