/* SPDX-License-Identifier: MIT */
#include "net/tls.h"

#include <openssl/err.h>
#include <string.h>

/* To look is cheaper than to clear. */
void ouro__tls_forget_errors(void)
{
    if (ERR_peek_error())
        ERR_clear_error();
}

/* An alert of the other side comes as a reason above the library's own. */
static bool is_disagreement(int reason)
{
    switch (reason) {
    case SSL_R_NO_SHARED_CIPHER:
    case SSL_R_NO_SUITABLE_KEY_SHARE:
    case SSL_R_NO_SHARED_SIGNATURE_ALGORITHMS:
    case SSL_R_NO_SUITABLE_SIGNATURE_ALGORITHM:
    case SSL_R_NO_APPLICATION_PROTOCOL:
    case SSL_R_UNSUPPORTED_PROTOCOL:
        return true;
    default:
        return reason > SSL_AD_REASON_OFFSET;
    }
}

int ouro__tls_error_code(void)
{
    unsigned long error = ERR_peek_error();
    if (ERR_GET_REASON(error) == ERR_R_MALLOC_FAILURE)
        return -ENOMEM;
    bool disagreement = ERR_GET_LIB(error) == ERR_LIB_SSL && is_disagreement(ERR_GET_REASON(error));
    return disagreement ? -EPROTO : -OURO_EMALFORMED;
}

const char *ouro__tls_error_text(void)
{
    unsigned long error = ERR_peek_error();
    if (ERR_SYSTEM_ERROR(error))
        return ouro_error_text(ERR_GET_REASON(error));
    const char *text = ERR_reason_error_string(error);
    return text ? text : "";
}
