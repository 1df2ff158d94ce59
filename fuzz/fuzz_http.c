/* SPDX-License-Identifier: MIT */
/* HTTP heads. The first byte chooses request or response and the random split; what the parser
 * says of the rest must not depend on how it is fed. */
#include "../tests/web/drive.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    if (len == 0 || len > 20000)
        return 0;
    enum drive_what what = data[0] & 1 ? DRIVE_RESPONSE : DRIVE_REQUEST;
    drive_http_all_ways(what, (const char *)data + 1, len - 1, 2 + data[0]);
    return 0;
}
