/* SPDX-License-Identifier: MIT */
/* Chunked bodies. The first byte chooses the random split and the limit of the body. */
#include "../tests/web/drive.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    if (len == 0 || len > 20000)
        return 0;
    uint64_t body_bytes_max = data[0] & 1 ? UINT64_MAX : 64;
    struct ouro_buf whole = {0}, split = {0};
    const char *text = (const char *)data + 1;
    drive_chunk(text, len - 1, body_bytes_max, split_number(0), &whole);
    for (int way = 1; way <= 2; way++) {
        ouro_buf_clear(&split);
        drive_chunk(text, len - 1, body_bytes_max, split_number(way == 1 ? 1 : 2 + data[0]),
                    &split);
        if (!same_transcript(&whole, &split))
            abort();
    }
    ouro_buf_done(&whole);
    ouro_buf_done(&split);
    return 0;
}
