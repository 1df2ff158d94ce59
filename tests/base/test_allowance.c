/* SPDX-License-Identifier: MIT */
/* A rate: so much at once, and then as time passes. */
#include "test.h"

#include <ouro/base.h>

TEST(a_burst_and_then_as_time_passes)
{
    struct ouro_allowance allowance = {.at = 100, .ns = 30};
    for (int i = 0; i < 3; i++)
        ck_assert(ouro_allowance_take(&allowance, 100, 10, 30));
    ck_assert(!ouro_allowance_take(&allowance, 100, 10, 30));
    ck_assert(!ouro_allowance_take(&allowance, 109, 10, 30)); /* and costs nothing */
    ck_assert(ouro_allowance_take(&allowance, 110, 10, 30));
    ck_assert(!ouro_allowance_take(&allowance, 110, 10, 30));
}

TEST(no_more_is_saved_up_than_its_bound)
{
    struct ouro_allowance allowance = {0};
    for (int i = 0; i < 3; i++)
        ck_assert(ouro_allowance_take(&allowance, 1000000, 10, 30));
    ck_assert(!ouro_allowance_take(&allowance, 1000000, 10, 30));
}
