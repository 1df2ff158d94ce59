/* SPDX-License-Identifier: MIT */
/* PROXY headers: the same however the bytes come; see what the test demands. */
#include "../tests/server/proxy_drive.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct ouro__proxy proxy;
    if (len <= 4096)
        proxy_drive(data, len, &proxy);
    return 0;
}
