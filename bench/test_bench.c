/* SPDX-License-Identifier: MIT */
/* The ruler must be straight: what the benchmarks compute from bytes and arrivals. */
#include <errno.h>
#include <math.h>
#include <unistd.h>

#include "frames.h"
#include "measure.h"
#include "players.h"
#include "skim.h"
#include "snakes.h"
#include "table.h"
#include "test.h"
#include "ticks.h"

/* --- frames ---------------------------------------------------------------------------------- */

/* Server frames: text "hi", an empty ping, and text of 300 bytes with the 16-bit length. */
static size_t three_frames(uint8_t *out)
{
    const uint8_t head[] = {0x81, 2, 'h', 'i', 0x89, 0, 0x81, 126, 300 >> 8, 300 & 0xff};
    memcpy(out, head, sizeof head);
    memset(out + sizeof head, 'x', 300);
    return sizeof head + 300;
}

/* Read in steps of at most `step` bytes and check what the ends say. */
static void check_read(size_t step)
{
    const uint8_t opcodes[] = {FRAME_TEXT, FRAME_PING, FRAME_TEXT};
    const uint64_t sizes[] = {4, 2, 304};
    uint8_t wire[512];
    size_t len = three_frames(wire), frames = 0;
    struct frame_reader reader = {0};
    for (size_t at = 0; at < len;) {
        struct frame_piece piece;
        int used = frame_read(&reader, wire + at, len - at < step ? len - at : step, &piece);
        ck_assert_int_gt(used, 0);
        at += (size_t)used;
        if (!piece.end)
            continue;
        ck_assert_uint_lt(frames, 3);
        ck_assert_uint_eq(piece.opcode, opcodes[frames]);
        ck_assert_uint_eq(piece.wire_bytes, sizes[frames]);
        ck_assert(piece.final);
        frames++;
    }
    ck_assert_uint_eq(frames, 3);
}

TEST(frames_are_found_however_the_bytes_are_cut)
{
    for (size_t step = 1; step <= 320; step++)
        check_read(step);
}

TEST(a_masked_frame_from_the_server_is_refused)
{
    const uint8_t masked[] = {0x81, 0x82, 0, 0, 0, 0, 'h', 'i'};
    struct frame_reader reader = {0};
    struct frame_piece piece;
    ck_assert_int_eq(frame_read(&reader, masked, sizeof masked, &piece), -EBADMSG);
}

TEST(a_client_frame_is_masked_and_bounded)
{
    uint8_t wire[200], text[150] = {'a'};
    ck_assert_int_eq(frame_write(wire, sizeof wire, FRAME_TEXT, "37", 2), 8);
    const uint8_t expected[] = {0x81, 0x82, 0, 0, 0, 0, '3', '7'};
    ck_assert_mem_eq(wire, expected, sizeof expected);
    ck_assert_int_eq(frame_write(wire, sizeof wire, FRAME_TEXT, text, 150), 158);
    ck_assert_uint_eq(wire[1], 0x80 | 126);
    ck_assert_int_eq(frame_write(wire, 100, FRAME_TEXT, text, 150), -EMSGSIZE);
}

/* --- ticks ----------------------------------------------------------------------------------- */

#define START_NS (5 * BENCH_SEC)
#define CLIENTS  3

static struct tick_log tick_log;

/* A frame that reaches CLIENTS clients 1 ms after each other. */
static void arrive(uint64_t ordinal, int64_t at_ns, const char *payload)
{
    for (int client = 0; client < CLIENTS; client++)
        tick_log_arrival(&tick_log, ordinal, START_NS + at_ns + client * BENCH_MS);
    tick_log_content(&tick_log, ordinal, payload);
}

static void arrive_tick(uint64_t ordinal, int64_t at_ns)
{
    arrive(ordinal, at_ns, "[[\"render\",1,1,\"@\",2]]");
}

static struct tick_summary summarize(double tick_hz)
{
    struct tick_summary summary;
    ck_assert_int_eq(tick_log_summarize(&tick_log, tick_hz, &summary), 0);
    return summary;
}

static void check_near(double value, double expected)
{
    ck_assert_msg(fabs(value - expected) < 1e-6, "%.9f is not %.9f", value, expected);
}

TEST(punctual_ticks_have_no_lateness_and_the_exact_rate)
{
    tick_log.window_open = true;
    for (uint64_t i = 0; i < 100; i++)
        arrive_tick(i, (int64_t)i * 100 * BENCH_MS);
    struct tick_summary summary = summarize(10);
    ck_assert_uint_eq(summary.ticks, 100);
    ck_assert_uint_eq(summary.deliveries, 100 * CLIENTS);
    ck_assert_uint_eq(summary.games, 1);
    check_near(summary.rate_hz, 10);
    check_near(summary.longest_gap, 0.1);
    check_near(summary.skew[99], 0.002);
    check_near(summary.lateness[99], 0);
    tick_summary_done(&summary);
}

TEST(late_ticks_are_late_by_what_they_are_late)
{
    tick_log.window_open = true;
    for (uint64_t i = 0; i < 100; i++)
        arrive_tick(i, (int64_t)i * 100 * BENCH_MS + (i % 10 == 5 ? 30 * BENCH_MS : 0) +
                           (i == 0 ? 7 * BENCH_MS : 0)); /* the first one, too, is late */
    struct tick_summary summary = summarize(10);
    check_near(bench_percentile(summary.lateness, 100, 50), 0);
    check_near(summary.lateness[89], 0.007);
    check_near(summary.lateness[90], 0.03);
    check_near(summary.lateness[99], 0.03);
    check_near(summary.longest_gap, 0.13);
    tick_summary_done(&summary);
}

TEST(a_lost_tick_shows_in_the_rate_and_the_gap)
{
    tick_log.window_open = true;
    for (uint64_t i = 0; i < 100; i++)
        arrive_tick(i, (int64_t)(i < 50 ? i : i + 1) * 100 * BENCH_MS);
    struct tick_summary summary = summarize(10);
    check_near(summary.rate_hz, 99 / 10.0);
    check_near(summary.longest_gap, 0.2);
    tick_summary_done(&summary);
}

TEST(each_game_has_a_schedule_of_its_own)
{
    tick_log.window_open = true;
    uint64_t ordinal = 0;
    for (int64_t i = 0; i < 50; i++)
        arrive_tick(ordinal++, i * 100 * BENCH_MS);
    arrive(ordinal++, 5140 * BENCH_MS, "[[\"reset_world\"],[\"p_joined\",1,\"a\",2,0]]");
    for (int64_t i = 0; i < 50; i++)
        arrive_tick(ordinal++, 5150 * BENCH_MS + i * 100 * BENCH_MS);
    struct tick_summary summary = summarize(10);
    ck_assert_uint_eq(summary.games, 2);
    ck_assert_uint_eq(summary.ticks, 100);
    check_near(summary.rate_hz, 10);
    check_near(summary.longest_gap, 0.1);
    tick_summary_done(&summary);
}

TEST(only_what_arrives_in_the_window_counts)
{
    arrive_tick(0, 0);
    tick_log_arrival(&tick_log, 1, START_NS + 100 * BENCH_MS);
    tick_log.window_open = true;
    tick_log_arrival(&tick_log, 1, START_NS + 101 * BENCH_MS);
    tick_log_content(&tick_log, 1, "[[\"render\",1,1,\"@\",2]]");
    arrive_tick(2, 200 * BENCH_MS);
    arrive(3, 250 * BENCH_MS, "[[\"p_score\",1,2]]");
    struct tick_summary summary = summarize(10);
    ck_assert_uint_eq(summary.deliveries, 1 + CLIENTS); /* the cut tick's one, the whole one's */
    ck_assert_uint_eq(summary.ticks, 1);                /* the cut one has no true first arrival */
    tick_summary_done(&summary);
}

/* --- players of an arena -----------------------------------------------------------------------
 */

TEST(of_a_snapshot_its_head_is_read_and_no_further)
{
    /* docs/state.md, "An example", and a tick of two bytes. */
    const uint8_t first[] = {1, 2, 0x64, 0, 0, 1, 0x32, 0x0b}, second[] = {1, 1, 0xe4, 2, 2, 7, 1};
    struct skim_snapshot snapshot;
    ck_assert_int_eq(skim_snapshot(first, sizeof first, &snapshot), 0);
    ck_assert(!snapshot.more);
    ck_assert_uint_eq(snapshot.tick, 100);
    ck_assert_uint_eq(snapshot.interval, 1);
    ck_assert_int_eq(skim_snapshot(second, sizeof second, &snapshot), 0);
    ck_assert(snapshot.more);
    ck_assert_uint_eq(snapshot.tick, 356);
    ck_assert_uint_eq(snapshot.step, 2);
    ck_assert_uint_eq(snapshot.input, 7);
    for (size_t len = 0; len < sizeof second; len++)
        ck_assert_int_eq(skim_snapshot(second, len, &snapshot), -EBADMSG);
}

TEST(members_of_a_text_are_found_by_their_keys)
{
    static const char text[] =
        "{\"type\": \"response\",\"id\":1,\"data\":{\"x\":-7,\"name\":\"x\"}}";
    char type[8];
    int64_t number = 0;
    ck_assert_int_eq(skim_number(text, strlen(text), "x", &number), 0);
    ck_assert_int_eq(number, -7);
    ck_assert_int_eq(skim_number(text, strlen(text), "y", &number), -ENOENT);
    ck_assert_int_eq(skim_number(text, strlen(text), "name", &number), -ENOENT);
    ck_assert_int_eq(skim_text(text, strlen(text), "type", type, sizeof type), 0);
    ck_assert_str_eq(type, "respons");
    for (size_t len = 0; len < strlen(text); len++)
        skim_number(text, len, "x", &number);
}

TEST(an_input_is_written_as_the_protocol_says)
{
    uint8_t wire[SKIM_INPUT_BYTES];
    const uint8_t expected[] = {1, 0x80, 1, 3, 2};
    ck_assert_uint_eq(skim_write_input(wire, 128, 3, 2), sizeof expected);
    ck_assert_mem_eq(wire, expected, sizeof expected);
}

/* Alone in a world of 8 x 8, headed right from the left wall. */
static struct snakes *one_snake(void)
{
    const struct snakes_options options = {
        .count = 2, .width = 8, .height = 8, .length = 4, .straight = 1000};
    struct snakes *snakes = NULL;
    ck_assert_int_eq(snakes_new(&options, &snakes), 0);
    snakes_born(snakes, 0, 10, 0, 0, 2);
    return snakes;
}

TEST(a_snake_turns_before_the_wall_and_moves_on_when_the_turn_is_dealt_with)
{
    struct snakes *snakes = one_snake();
    struct snakes_turn turn = {0};
    uint32_t tick = 10;
    int x, y;
    while (!snakes_see(snakes, 0, ++tick, 0, &turn))
        ;
    ck_assert_uint_eq(turn.sequence, 1);
    ck_assert_uint_eq(turn.way, 3); /* down: up is a wall */
    ck_assert_int_eq(snakes_place(snakes, 0, &tick, &x, &y), 0);
    ck_assert_int_eq(x, (int)tick - 10);
    int turned_at = x;
    snakes_see(snakes, 0, tick + 1, 0, &turn); /* it is under way */
    snakes_see(snakes, 0, tick + 2, 1, &turn);
    ck_assert_int_eq(snakes_place(snakes, 0, &tick, &x, &y), 0);
    ck_assert_int_eq(x, turned_at + 1);
    ck_assert_int_eq(y, 1);
    snakes_free(snakes);
}

TEST(a_snake_turns_before_another_and_who_has_died_is_nowhere)
{
    struct snakes *snakes = one_snake();
    struct snakes_turn turn = {0};
    uint32_t tick;
    int x, y;
    snakes_born(snakes, 1, 10, 3, 0, 3);
    ck_assert_int_eq(snakes_see(snakes, 0, 11, 0, &turn), 1);
    ck_assert_uint_eq(turn.way, 3);
    snakes_died(snakes, 0);
    ck_assert_int_eq(snakes_place(snakes, 0, &tick, &x, &y), -ENOENT);
    ck_assert_int_eq(snakes_see(snakes, 0, 12, 1, &turn), 0);
    snakes_free(snakes);
}

/* --- players --------------------------------------------------------------------------------- */

static void show(struct players *players, const char *payload)
{
    const struct load_frame frame = {.client = 7, .payload = payload};
    players_see(players, &frame);
}

TEST(a_player_knows_when_it_lives_and_when_it_died)
{
    struct players players;
    players_init(&players, 7, 1, 30);
    show(&players, "[[\"handshake\", \"player-1000\", 12]]");
    ck_assert_str_eq(players.player[0].id, "12");
    show(&players, "[[\"p_joined\",121,\"player-12\",3,0]]");
    ck_assert(!players.player[0].alive);
    show(&players, "[[\"p_joined\",3,\"x\",3,0],[\"p_joined\",12,\"player-1000\",4,0]]");
    ck_assert(players.player[0].alive);
    show(&players, "[[\"p_gameover\",3],[\"render\",12,1,\"x\",0]]");
    ck_assert(players.player[0].alive);
    show(&players, "[[\"p_gameover\",3],[\"p_gameover\",12]]");
    ck_assert(!players.player[0].alive);
}

/* --- tables ---------------------------------------------------------------------------------- */

/* Both slow down in the second round; the ratio of each round stays what it is. */
TEST(ratios_are_taken_round_by_round)
{
    static const struct table_metric metrics[] = {{"us", 1}};
    struct table table = {.metrics = metrics,
                          .metric_count = 1,
                          .sides = {"ours", "bare"},
                          .side_count = 2,
                          .rounds = 3,
                          .values = {{{11, 33, 12}}, {{10, 30, 10}}}};
    struct table_figure ratio = table_ratio(&table, 0, 0), value = table_value(&table, 0, 0);
    ck_assert_double_eq_tol(ratio.median, 1.1, 1e-9);
    ck_assert_double_eq_tol(ratio.least, 1.1, 1e-9);
    ck_assert_double_eq_tol(ratio.most, 1.2, 1e-9);
    ck_assert_double_eq_tol(value.median, 12, 1e-9);
    ck_assert_double_eq_tol(value.most, 33, 1e-9);
}

/* --- statistics ------------------------------------------------------------------------------ */

TEST(percentiles_are_nearest_rank_and_the_median_is_the_middle)
{
    double values[] = {4, 1, 3, 2};
    check_near(bench_median(values, 4), 2.5);
    check_near(bench_median(values, 3), 3);
    check_near(values[0], 4);
    bench_sort(values, 4);
    check_near(bench_percentile(values, 4, 50), 2);
    check_near(bench_percentile(values, 4, 51), 3);
    check_near(bench_percentile(values, 4, 100), 4);
    check_near(bench_percentile(values, 0, 50), 0);
}

TEST(the_accounting_of_this_process_moves_when_it_works)
{
    int64_t before, after;
    struct bench_memory memory;
    ck_assert_int_eq(bench_cpu_ns(getpid(), &before), 0);
    for (int64_t until = bench_now() + 5 * BENCH_MS; bench_now() < until;)
        ;
    ck_assert_int_eq(bench_cpu_ns(getpid(), &after), 0);
    ck_assert_int_gt(after, before);
    ck_assert_int_eq(bench_memory(getpid(), &memory), 0);
    ck_assert_int_gt(memory.rss, 0);
    ck_assert_int_ge(memory.rss, memory.unshared);
    ck_assert_int_lt(bench_memory(-5, &memory), 0);
}
