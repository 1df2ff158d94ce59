/* SPDX-License-Identifier: MIT */
/* WebSocket frames. The first byte chooses role, compression, the limits and the random split. */
#include "../tests/web/drive.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    if (len == 0 || len > 70000)
        return 0;
    struct drive_ws how = {
        .role = data[0] & 1 ? OURO__WS_CLIENT : OURO__WS_SERVER,
        .compression = data[0] & 2,
        .limits = {.message_bytes_max = data[0] & 4 ? 200 : 65536,
                   .fragments_max = data[0] & 8 ? 3 : 1000},
    };
    struct ouro_buf whole = {0}, split = {0};
    drive_ws(&how, data + 1, len - 1, split_number(0), &whole);
    for (int way = 1; way <= 2; way++) {
        if (way == 1 && len > 2000) /* byte by byte costs the square of the length here */
            continue;
        ouro_buf_clear(&split);
        drive_ws(&how, data + 1, len - 1, split_number(way == 1 ? 1 : 2 + data[0]), &split);
        if (!same_transcript(&whole, &split))
            abort();
    }
    ouro_buf_done(&whole);
    ouro_buf_done(&split);
    return 0;
}
