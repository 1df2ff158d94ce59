/* SPDX-License-Identifier: MIT */
/* Whoever looks after a house sees what slow clients, storms and broken connections cost. */
#include "house.h"

static void expect_line(const struct ouro_buf *out, const char *line)
{
    ck_assert_msg(strstr(out->data, line) != NULL, "\"%s\" is not in:\n%s", line, out->data);
}

/* How many values there are, each with its type. */
static size_t count_of(const struct ouro_buf *out)
{
    size_t count = 0;
    for (const char *at = out->data; (at = strstr(at, "# TYPE ouro_")); at++)
        count++;
    return count;
}

SIM_TEST(a_house_tells_who_came_and_who_was_lost)
{
    static const struct ouro_room_type type = {.name = "test", .body = house_idle};
    struct house house = {0};
    struct ouro_buf out = {0};
    house_open(&house, &type, NULL);
    struct ouro_ws *stays = visit(&house, "test", NULL), *goes = visit(&house, "test", NULL);
    ouro_ws_free(goes);
    ouro_sleep(OURO_SEC(1));
    ouro_metrics_put_lobby(&out, house.lobby);
    ouro_metrics_put_play(&out, house.play);
    ouro_buf_putc(&out, '\0');
    expect_line(&out, "\nouro_lobby_rooms 1\n");
    expect_line(&out, "\nouro_lobby_seats 2\n");
    expect_line(&out, "\nouro_lobby_seats_held 1\n");
    expect_line(&out, "\nouro_lobby_drops_total 1\n");
    expect_line(&out, "\nouro_lobby_too_slow_total 0\n");
    expect_line(&out, "\nouro_play_sessions 1\n");
    expect_line(&out, "\nouro_play_hellos_total 2\n");
    /* A counter that is new has a line, too: all members are of eight bytes. */
    ck_assert_uint_eq(count_of(&out),
                      sizeof(struct ouro_lobby_stats) / 8 + sizeof(struct ouro_play_stats) / 8);
    ouro_buf_done(&out);
    ouro_ws_free(stays);
    house_close(&house);
    return 0;
}

SIM_TEST(a_state_tells_who_was_left_out_slowed_down_and_sent_away)
{
    const struct ouro_state_stats stats = {
        .views = 3, .skipped = 7, .rates_lowered = 2, .rates_raised = 1, .kicked = 5};
    struct ouro_buf out = {0};
    ouro_metrics_put_state(&out, &stats);
    ouro_buf_putc(&out, '\0');
    expect_line(&out, "\nouro_state_views 3\n");
    expect_line(&out, "\nouro_state_skipped_total 7\n");
    expect_line(&out, "\nouro_state_rates_lowered_total 2\n");
    expect_line(&out, "\nouro_state_rates_raised_total 1\n");
    expect_line(&out, "\nouro_state_kicked_total 5\n");
    size_t counters = offsetof(struct ouro_state_stats, entities) / 8;
    ck_assert_uint_eq(count_of(&out), counters + 3);
    ouro_buf_done(&out);
    return 0;
}
