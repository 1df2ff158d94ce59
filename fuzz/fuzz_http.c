/* SPDX-License-Identifier: MIT */
/* HTTP heads. The first byte chooses request or response and the random split; what the parser
 * says of the rest must not depend on how it is fed. */
#include "../tests/web/drive.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    if (len == 0 || len > 20000)
        return 0;
    enum drive_what what = data[0] & 1 ? DRIVE_RESPONSE : DRIVE_REQUEST;
    struct ouro_buf whole = {0}, split = {0};
    const char *text = (const char *)data + 1;
    drive_http(what, text, len - 1, split_number(0), &whole);
    for (int way = 1; way <= 2; way++) {
        if (way == 1 && len > 600) /* byte by byte costs the square of the length here */
            continue;
        ouro_buf_clear(&split);
        drive_http(what, text, len - 1, split_number(way == 1 ? 1 : 2 + data[0]), &split);
        if (!same_transcript(&whole, &split))
            abort();
    }
    ouro_buf_done(&whole);
    ouro_buf_done(&split);
    return 0;
}
