/* SPDX-License-Identifier: MIT */
/* JSON Web Tokens (RFC 7519) in the compact form, signed (RFC 7515):
 *
 *      base64url(header) . base64url(claims) . base64url(signature)
 *
 * The key decides how a signature is checked, never the token: one that says "none", or names
 * another way than its key's, is refused before anything is calculated (RFC 8725 section 3.1). */
#ifndef OURO_PLAY_JWT_H
#define OURO_PLAY_JWT_H

#include "ouro/play.h"

#define OURO__JWT_CLAIMS_BYTES_MAX 4096
#define OURO__JWT_DEPTH_MAX        8

/* A key that is ready for use. */
struct ouro__jwt_key {
    enum ouro_auth_alg alg;
    char id[OURO_USER_ID_BYTES]; /* "": any */
    struct evp_pkey_st *pkey;
};

/* 0, -OURO_ECONFIG, -ENOMEM. */
int ouro__jwt_key_init(const struct ouro_auth_key *from, struct ouro__jwt_key *ret_key);
void ouro__jwt_key_done(struct ouro__jwt_key *key);

/* Is it signed by that key? 0: the claims are an object, a new reference, nothing in them is
 * checked. -EACCES: not by this key; -OURO_EMALFORMED; -ENOMEM. */
int ouro__jwt_read(const char *token, const struct ouro__jwt_key *key, struct json_t **ret_claims);
/* Sign, HS256. The length with the NUL, or -OURO_ELIMIT, -ENOMEM. */
int ouro__jwt_write(const struct ouro__jwt_key *key, const char *claims, char *ret_token,
                    size_t size);

#endif
