/* SPDX-License-Identifier: MIT */
/* UTF-8, against a second opinion: iconv of the C library, which knows nothing of our ranges. And
 * fed in two pieces, cut anywhere, the answer must be that for the whole. */
#include "base/utf8.h"
#include "ouro/base.h"

#include <iconv.h>
#include <stdlib.h>

/* Decodes to UTF-32 and back in thought only: valid is what iconv takes whole. */
static bool iconv_says(iconv_t converter, const uint8_t *data, size_t len)
{
    char out[4096 * 4];
    char *from = (char *)(uintptr_t)data, *to = out;
    size_t from_left = len, to_left = sizeof out;
    iconv(converter, NULL, NULL, NULL, NULL);
    return iconv(converter, &from, &from_left, &to, &to_left) != (size_t)-1;
}

static bool in_two_pieces(const uint8_t *data, size_t len, size_t cut)
{
    struct ouro__utf8 utf8 = {0};
    return ouro__utf8_feed(&utf8, data, cut) && ouro__utf8_feed(&utf8, data + cut, len - cut) &&
           ouro__utf8_complete(&utf8);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    static iconv_t converter;
    if (!converter)
        converter = iconv_open("UTF-32LE", "UTF-8");
    if (len > 4096)
        return 0;
    bool valid = ouro_utf8_valid(data, len);
    if (valid != iconv_says(converter, data, len))
        abort();
    for (size_t cut = 0; cut <= len; cut += 1 + len / 64)
        if (in_two_pieces(data, len, cut) != valid)
            abort();
    return 0;
}
