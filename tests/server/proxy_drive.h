/* SPDX-License-Identifier: MIT */
/* What must hold of the parser of PROXY headers whatever it is given: tests and fuzzer share it. */
#ifndef OURO_TESTS_SERVER_PROXY_DRIVE_H
#define OURO_TESTS_SERVER_PROXY_DRIVE_H

#include "server/proxy_parse.h"

#include <stdlib.h>
#include <string.h>

static inline void proxy_require(bool holds)
{
    if (!holds)
        abort();
}

/* In a block of exactly that size, so that the address sanitizer sees a look beyond it. */
static inline int proxy_parse_exactly(const uint8_t *data, size_t len, struct ouro__proxy *ret)
{
    uint8_t *copy = malloc(len ? len : 1);
    proxy_require(copy != NULL);
    if (len)
        memcpy(copy, data, len);
    int rc = ouro__proxy_parse(copy, len, ret);
    free(copy);
    return rc;
}

/* One byte more at a time: until the whole is known nothing else may be said of it, and what is
 * said to be needed is never more than there is in the end. The result of the whole. */
static inline int proxy_drive(const uint8_t *data, size_t len, struct ouro__proxy *ret)
{
    struct ouro__proxy part;
    size_t most = len < OURO__PROXY_BYTES_MAX + 64 ? len : OURO__PROXY_BYTES_MAX + 64;
    int whole = proxy_parse_exactly(data, len, ret);
    for (size_t i = 0; i <= most; i++) {
        int rc = proxy_parse_exactly(data, i, &part);
        if (whole > 0 && i >= (size_t)whole)
            proxy_require(rc == whole && memcmp(&part, ret, sizeof part) == 0);
        else if (whole > 0)
            proxy_require(rc == 0 && part.need_bytes >= 1 && i + part.need_bytes <= (size_t)whole);
        else if (whole == 0)
            proxy_require(rc == 0 && part.need_bytes >= 1);
        else
            proxy_require(rc == 0 || rc == whole);
    }
    return whole;
}

#endif
