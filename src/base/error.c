/* SPDX-License-Identifier: MIT */
#include "ouro/base.h"

#include <stdlib.h>
#include <string.h>

const char *ouro_error_name(int code)
{
    switch (abs(code)) {
#define OURO_ERROR_NAME(name, value, text) \
    case name:                             \
        return #name;
        OURO_ERRORS(OURO_ERROR_NAME)
#undef OURO_ERROR_NAME
    default: {
        const char *name = strerrorname_np(abs(code));
        return name ? name : "EUNKNOWN";
    }
    }
}

const char *ouro_error_text(int code)
{
    switch (abs(code)) {
#define OURO_ERROR_TEXT(name, value, text) \
    case name:                             \
        return text;
        OURO_ERRORS(OURO_ERROR_TEXT)
#undef OURO_ERROR_TEXT
    default: {
        const char *text = strerrordesc_np(abs(code));
        return text ? text : "unknown error";
    }
    }
}
