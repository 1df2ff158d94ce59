/* SPDX-License-Identifier: MIT */
/* Two tasks that sleep: while one waits, the other runs, in one thread.
 *
 * Prints: start 1, start 2, end 1, end 2. */
#include <ouro/runtime.h>

#include <stdio.h>

static int sleeper(void *arg)
{
    const int *number = arg;
    printf("start %d\n", *number);
    int rc = ouro_sleep(OURO_SEC(1));
    printf("end %d\n", *number);
    return rc;
}

static int both(void *arg)
{
    (void)arg;
    int one = 1, two = 2;
    struct ouro_group group; /* closing it waits for both */
    ouro_group_open(&group, OURO_FOREVER);
    ouro_group_spawn(&group, sleeper, &one, NULL, NULL);
    ouro_group_spawn(&group, sleeper, &two, NULL, NULL);
    return ouro_group_close(&group);
}

int main(void)
{
    return ouro_run(both, NULL) < 0;
}
