/* SPDX-License-Identifier: MIT */
/**
 * url: what a client is told to connect to (RFC 3986, RFC 6455 section 3).
 *
 *      wss://example.org:8443/play?room=7
 *      ^^^   ^^^^^^^^^^^^^^^^  target ...
 *      tls   authority
 *
 * Pure. Strict: no user name, no fragment, nothing that would have to be encoded first.
 */
#ifndef OURO_WEB_URL_H
#define OURO_WEB_URL_H

#include "web/http_parse.h"

struct ouro__url {
    bool tls;                     /**< https or wss */
    struct ouro__slice authority; /**< host [":" port], as it stands there */
    struct ouro__slice host;      /**< without port and brackets */
    uint16_t port;                /**< 80 or 443, if it is not said */
    struct ouro__slice target;    /**< begins with '/' */
};

/** `scheme` is that without TLS, "http" or "ws"; with an s it is that with. 0 (all slices of
 *  `text`, or static), or -EINVAL. */
int ouro__url_parse(const char *text, const char *scheme, struct ouro__url *ret_url);

#endif
