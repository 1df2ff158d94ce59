/* SPDX-License-Identifier: MIT */
/* The time of calendars. */
#include "scene.h"

#include <time.h>

SIM_TEST(a_simulation_begins_at_its_date_and_goes_on_from_there)
{
    ck_assert_int_eq(ouro_wall_time(), OURO_SIM_WALL_TIME);
    ck_assert_int_eq(ouro_sleep(OURO_SEC(86400)), 0);
    ck_assert_int_eq(ouro_wall_time(), OURO_SIM_WALL_TIME + OURO_SEC(86400));
    return 0;
}

/* Between two looks at the system's own clock. */
static void expect_real(void)
{
    int64_t before = time(NULL), now = ouro_wall_time();
    ck_assert_int_ge(now, OURO_SEC(before));
    ck_assert_int_le(now, OURO_SEC(time(NULL) + 1));
}

static int in_a_loop(void *unused)
{
    (void)unused;
    expect_real();
    return 0;
}

TEST(in_reality_it_is_the_systems)
{
    expect_real();
    ck_assert_int_eq(ouro_run(in_a_loop, NULL), 0);
}
