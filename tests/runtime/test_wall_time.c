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

/* The very clock: time() reads a coarser one, which may be a second behind for some milliseconds.
 */
static int64_t real_time(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return OURO_SEC(now.tv_sec) + now.tv_nsec;
}

/* Between two looks at the system's own clock. */
static void expect_real(void)
{
    int64_t before = real_time(), now = ouro_wall_time();
    ck_assert_int_ge(now, before);
    ck_assert_int_le(now, real_time());
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
