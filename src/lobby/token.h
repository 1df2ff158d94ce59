/* SPDX-License-Identifier: MIT */
/* A token: 11 characters that say which, 22 that only its owner knows; base64url (RFC 4648).
 *
 *      J m 2 k f W 0 x S 1 w | H 0 q 1 ...
 *      the id, 64 bits       | the secret, 128 bits
 *
 * What is looked up is the id, which is no secret; then the secrets are compared in a time that
 * does not depend on where they differ. So nothing can be learned by asking. Pure. */
#ifndef OURO_LOBBY_TOKEN_H
#define OURO_LOBBY_TOKEN_H

#include "ouro/lobby.h"

#define OURO__SESSION_BYTES 12 /* the id as text, and NUL */

struct ouro__secret {
    uint64_t half[2];
};

void ouro__token_write(uint64_t id, const struct ouro__secret *secret,
                       char ret_text[OURO_TOKEN_BYTES]);
void ouro__session_write(uint64_t id, char ret_text[OURO__SESSION_BYTES]);
/* 0, or -EINVAL: not what one looks like. */
int ouro__token_read(const char *text, uint64_t *ret_id, struct ouro__secret *ret_secret);
/* In constant time. */
bool ouro__secret_equal(const struct ouro__secret *a, const struct ouro__secret *b);

#endif
