/* SPDX-License-Identifier: MIT */
#include "apart.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define SETTING     "/sys/class/net/lo/queues/rx-0/rps_cpus"
#define GROUP_CORES 32 /* a hexadecimal number for so many, with commas between */

static int write_setting(const char *text)
{
    FILE *out = fopen(SETTING, "we");
    if (!out)
        return -errno;
    int r = fputs(text, out) < 0 ? -errno : 0;
    if (fclose(out) != 0 && r == 0)
        r = -errno;
    return r;
}

static int read_setting(char *ret_text, size_t size)
{
    FILE *in = fopen(SETTING, "re");
    if (!in)
        return -errno;
    int r = fgets(ret_text, (int)size, in) ? 0 : -EIO;
    fclose(in);
    return r;
}

static void only(int core, char *ret_text, size_t size)
{
    int len = snprintf(ret_text, size, "%x", 1u << core % GROUP_CORES);
    for (int group = core / GROUP_CORES; group > 0; group--)
        len += snprintf(ret_text + len, size - (size_t)len, ",%08x", 0u);
}

int apart_begin(struct apart *apart, int core)
{
    char before[APART_SETTING_BYTES], wanted[APART_SETTING_BYTES];
    int r = read_setting(before, sizeof before);
    only(core, wanted, sizeof wanted);
    if (r == 0)
        r = write_setting(wanted);
    memcpy(apart->before, before, r == 0 ? sizeof before : 0);
    return r;
}

void apart_end(struct apart *apart)
{
    if (apart->before[0])
        write_setting(apart->before);
    apart->before[0] = 0;
}
