/* SPDX-License-Identifier: MIT */
/* base64url without padding (RFC 4648 section 5, RFC 7515 section 2). Pure. */
#ifndef OURO_BASE_BASE64URL_H
#define OURO_BASE_BASE64URL_H

#include "ouro/base.h"

#define OURO__BASE64URL_BYTES(len)                                 \
    (((len)*4 + 2) / 3) /* of that many bytes as text, without NUL \
                         */

/* The length of the text; a NUL is added. */
size_t ouro__base64url_write(const uint8_t *data, size_t len, char *ret_text);
/* The length of the data; -OURO_EMALFORMED: not of the alphabet, or bits that no data has;
 * -OURO_ELIMIT: longer than `size`. */
int ouro__base64url_read(const char *text, size_t len, uint8_t *ret_data, size_t size);

#endif
