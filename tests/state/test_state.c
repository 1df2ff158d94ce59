/* SPDX-License-Identifier: MIT */
/* Channels and their sections: what is encoded, how often, and what fits into a snapshot. */
#include "watcher.h"

struct snail {
    uint16_t x, y;
    uint32_t hp;
    char name[200];
};

static const struct ouro_field fields[] = {
    {OURO_FIELD(struct snail, x), OURO_FIELD_UINT, .bits = 10, .axis = OURO_AXIS_X},
    {OURO_FIELD(struct snail, y), OURO_FIELD_UINT, .bits = 10, .axis = OURO_AXIS_Y},
    {OURO_FIELD(struct snail, hp), OURO_FIELD_UINT, .who = OURO_WHO_TEAM},
    {OURO_FIELD(struct snail, name), OURO_FIELD_STRING},
    {0},
};
static const struct ouro_type types[] = {
    {"snail", fields, sizeof(struct snail)},
    {"stone", fields, sizeof(struct snail), .still = true},
    {0},
};

static struct ouro_state *state_with(double cell)
{
    struct ouro_state *state;
    struct ouro_state_options options = {
        .types = types, .cell = cell, .behind_ns_max = OURO_SEC(1)};
    ck_assert_int_eq(ouro_state_new(&options, &state), 0);
    return state;
}

static struct ouro_entity snail_at(struct ouro_state *state, uint16_t x, uint16_t y)
{
    struct ouro_entity entity;
    ck_assert_int_eq(ouro_entity_new(state, 0, &entity), 0);
    struct snail *snail = ouro_entity_record(state, entity);
    snail->x = x;
    snail->y = y;
    return entity;
}

static struct snail *snail_of(struct ouro_state *state, struct ouro_entity entity)
{
    return ouro_entity_record(state, entity);
}

static void look(struct watcher *watcher, double x, double y, double side)
{
    ouro_view_look(watcher->view, &(struct ouro_rect){x, y, side, side});
}

static bool knows(const struct watcher *watcher, struct ouro_entity entity)
{
    struct ouro_seen seen;
    return watcher_knows(watcher, entity, &seen);
}

/* --- what is encoded -------------------------------------------------------------------------- */

/* 20 snails move for 50 ticks; so many watch; how many sections is that? */
static struct ouro_state_stats watched_by(size_t count)
{
    struct ouro_state *state = state_with(64);
    struct watcher *watchers = calloc(count, sizeof *watchers);
    struct ouro_entity snails[20];
    for (uint16_t i = 0; i < 20; i++)
        snails[i] = snail_at(state, i * 13, i * 7);
    for (size_t i = 0; i < count; i++) {
        watcher_start(&watchers[i], state, types, NULL);
        look(&watchers[i], 128, 128, 300);
    }
    for (uint32_t tick = 1; tick <= 50; tick++) {
        for (size_t i = 0; i < 20; i++)
            snail_of(state, snails[i])->x++;
        ouro_state_publish(state, tick);
    }
    struct ouro_state_stats stats = ouro_state_stats(state);
    for (size_t i = 0; i < count; i++)
        watcher_stop(&watchers[i]);
    ouro_state_free(state);
    free(watchers);
    return stats;
}

STATE_TEST(twenty_times_the_watchers_cost_no_section_more)
{
    struct ouro_state_stats few = watched_by(5), many = watched_by(100);
    ck_assert_uint_eq(few.sections, many.sections);
    ck_assert_uint_eq(few.section_bytes, many.section_bytes);
    ck_assert_uint_eq(few.keyframes, many.keyframes);
    ck_assert_uint_eq(20 * few.snapshots, many.snapshots);
    ck_assert_uint_eq(20 * few.snapshot_bytes, many.snapshot_bytes);
    return 0;
}

STATE_TEST(whatever_is_not_different_on_the_wire_is_not_sent)
{
    struct ouro_state *state = state_with(0);
    struct watcher watcher;
    struct ouro_entity entity = snail_at(state, 5, 5);
    watcher_start(&watcher, state, types, NULL);
    ouro_state_publish(state, 1);
    ck_assert_uint_eq(watcher.snapshots, 1);
    memset(snail_of(state, entity)->name + 1, 'x', 20); /* behind the end of the text */
    ouro_state_publish(state, 2);
    ck_assert_uint_eq(watcher.snapshots, 1);
    ck_assert_uint_eq(ouro_state_stats(state).quiet, 1);
    ouro_view_input(watcher.view, 77);
    ouro_state_publish(state, 4);
    ck_assert_uint_eq(watcher.snapshots, 2);
    ck_assert_uint_eq(ouro_picture_snapshot(watcher.picture)->input, 77);
    ck_assert_uint_eq(ouro_picture_snapshot(watcher.picture)->tick, 4);
    ck_assert_uint_eq(ouro_picture_snapshot(watcher.picture)->base_tick, 1);
    ck_assert_uint_eq(ouro_picture_snapshot(watcher.picture)->interval, 2);
    watcher_stop(&watcher);
    ouro_state_free(state);
    return 0;
}

STATE_TEST(an_index_that_is_used_again_is_another_entity)
{
    struct ouro_state *state = state_with(0);
    struct watcher watcher;
    struct ouro_entity first = snail_at(state, 1, 1);
    watcher_start(&watcher, state, types, NULL);
    ouro_state_publish(state, 1);
    ouro_entity_end(state, first);
    ouro_entity_end(state, first); /* of no avail */
    struct ouro_entity second = snail_at(state, 1, 1);
    ck_assert_uint_eq(first.id % OURO_ENTITIES_MAX, second.id % OURO_ENTITIES_MAX);
    ck_assert_ptr_null(ouro_entity_record(state, first));
    ouro_state_publish(state, 2);
    ck_assert(!knows(&watcher, first));
    ck_assert(knows(&watcher, second));
    watcher_stop(&watcher);
    ouro_state_free(state);
    return 0;
}

STATE_TEST(what_is_still_is_as_it_was_first_published)
{
    struct ouro_state *state = state_with(64);
    struct watcher watcher;
    struct ouro_entity stone;
    ck_assert_int_eq(ouro_entity_new(state, 1, &stone), 0);
    watcher_start(&watcher, state, types, NULL);
    look(&watcher, 32, 32, 10);
    snail_of(state, stone)->x = 5; /* before it is published, as any other */
    ouro_state_publish(state, 1);
    ck_assert(knows(&watcher, stone));
    snail_of(state, stone)->x = 500;
    ouro_state_publish(state, 2);
    ck_assert(knows(&watcher, stone));
    ck_assert_uint_eq(ouro_state_stats(state).changes, 1);
    ck_assert_int_eq(
        ouro_entity_show(state, stone, &(struct ouro_audience){.who = OURO_WHO_OWNER, .owner = 9}),
        0);
    ouro_state_publish(state, 3); /* shown to others: that is looked at */
    ck_assert(!knows(&watcher, stone));
    ouro_entity_end(state, stone);
    stone = snail_at(state, 5, 5); /* in its place, one that moves */
    ouro_state_publish(state, 4);
    ck_assert(knows(&watcher, stone));
    snail_of(state, stone)->x = 500;
    ouro_state_publish(state, 5);
    ck_assert(!knows(&watcher, stone));
    watcher_stop(&watcher);
    ouro_state_free(state);
    return 0;
}

STATE_TEST(there_is_a_bound_on_entities)
{
    struct ouro_state *state;
    struct ouro_entity entity;
    struct ouro_state_options options = {.types = types, .entities_max = 2};
    ck_assert_int_eq(ouro_state_new(&options, &state), 0);
    snail_at(state, 1, 1);
    entity = snail_at(state, 2, 2);
    ck_assert_int_eq(ouro_entity_new(state, 0, &(struct ouro_entity){0}), -OURO_ELIMIT);
    ouro_entity_end(state, entity);
    snail_at(state, 2, 2);
    ouro_state_free(state);
    return 0;
}

TEST(a_state_that_can_not_be_is_refused)
{
    static const struct ouro_field half[] = {fields[0], {0}};
    static const struct ouro_type lost[] = {{"lost", half, sizeof(struct snail)}, {0}};
    struct ouro_state *state = NULL;
    struct ouro_state_options wrong[] = {
        {.types = lost, .cell = 1},
        {.types = types, .cell = -1},
        {.types = types, .cell = 1e300 * 1e300},
        {.types = (const struct ouro_type[]){{0}}},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        ck_assert_int_eq(ouro_state_new(&wrong[i], &state), -EINVAL);
    struct ouro_state_options much = {.types = types, .entities_max = OURO_ENTITIES_MAX + 1};
    ck_assert_int_eq(ouro_state_new(&much, &state), -OURO_ELIMIT);
    ck_assert_ptr_null(state);
}

/* --- the view --------------------------------------------------------------------------------- */

STATE_TEST(who_walks_to_and_fro_on_a_border_pays_once)
{
    struct ouro_state *state = state_with(100);
    struct watcher watcher;
    struct ouro_entity beyond = snail_at(state, 250, 50);
    watcher_start(&watcher, state, types, NULL);
    for (uint32_t tick = 1; tick <= 20; tick++) {
        look(&watcher, tick % 2 ? 140 : 160, 50, 100); /* to 190, and to 210 */
        ouro_state_publish(state, tick);
    }
    ck_assert(knows(&watcher, beyond));
    ck_assert_uint_eq(ouro_view_stats(watcher.view).keyframes, 1);
    look(&watcher, 124, 50, 100); /* more than a quarter of a cell away */
    ouro_state_publish(state, 21);
    ck_assert(!knows(&watcher, beyond));
    watcher_stop(&watcher);
    ouro_state_free(state);
    return 0;
}

/* The margin reaches beyond what a view may cover, and is cut around the middle: that takes no cell
 * away which the rectangle itself touches. */
STATE_TEST(what_the_largest_view_touches_is_told_once)
{
    struct ouro_state *state = state_with(10);
    struct watcher watcher;
    snail_at(state, 285, 100); /* in the last cell of 16 */
    watcher_start(&watcher, state, types, NULL);
    for (uint32_t tick = 1; tick <= 10; tick++) {
        ouro_view_look(watcher.view, &(struct ouro_rect){209.5, tick % 2 ? 100 : 110, 158, 60});
        ouro_state_publish(state, tick);
    }
    ck_assert_uint_eq(watcher.snapshots, 1);
    watcher_stop(&watcher);
    ouro_state_free(state);
    return 0;
}

STATE_TEST(an_entity_that_walks_into_another_cell_stays_for_who_sees_both)
{
    struct ouro_state *state = state_with(100);
    struct watcher both, old, new;
    struct ouro_entity walker = snail_at(state, 95, 50);
    watcher_start(&both, state, types, NULL);
    watcher_start(&old, state, types, NULL);
    watcher_start(&new, state, types, NULL);
    look(&both, 100, 50, 20);
    look(&old, 50, 50, 20);
    look(&new, 150, 50, 20);
    ouro_state_publish(state, 1);
    ck_assert(knows(&both, walker) && knows(&old, walker) && !knows(&new, walker));
    snail_of(state, walker)->x = 105;
    ouro_state_publish(state, 2);
    ck_assert(knows(&both, walker) && !knows(&old, walker) && knows(&new, walker));
    ck_assert_uint_eq(ouro_view_stats(both.view).channels, 3); /* two cells, and everywhere */
    watcher_stop(&both);
    watcher_stop(&old);
    watcher_stop(&new);
    ouro_state_free(state);
    return 0;
}

STATE_TEST(a_team_sees_more_until_one_leaves_it)
{
    struct ouro_state *state = state_with(0);
    struct watcher watcher;
    struct ouro_seen seen;
    struct ouro_entity entity = snail_at(state, 1, 1);
    snail_of(state, entity)->hp = 9;
    ouro_entity_show(state, entity, &(struct ouro_audience){.team = 2});
    watcher_start(&watcher, state, types, &(struct ouro_view_options){.team = 2});
    ouro_state_publish(state, 1);
    ck_assert(watcher_knows(&watcher, entity, &seen));
    ck_assert_uint_eq(seen.known, 15);
    ck_assert_uint_eq(((const struct snail *)seen.record)->hp, 9);
    ouro_view_join(watcher.view, 1);
    ouro_state_publish(state, 2);
    ck_assert(watcher_knows(&watcher, entity, &seen));
    ck_assert_uint_eq(seen.known, 11);
    ck_assert_uint_eq(((const struct snail *)seen.record)->hp, 0);
    watcher_stop(&watcher);
    ouro_state_free(state);
    return 0;
}

/* --- how much fits ---------------------------------------------------------------------------- */

static void name_all(struct ouro_state *state, struct ouro_entity *snails, size_t count,
                     char letter)
{
    for (size_t i = 0; i < count; i++) {
        struct snail *snail = snail_of(state, snails[i]);
        memset(snail->name, letter, sizeof snail->name - 1);
    }
}

STATE_TEST(a_keyframe_of_any_size_is_messages_below_64_kib)
{
    enum { MANY = 1000 };
    static struct ouro_entity snails[MANY];
    struct ouro_state *state = state_with(0);
    struct watcher by_parts, by_frames;
    for (size_t i = 0; i < MANY; i++)
        snails[i] = snail_at(state, (uint16_t)i, 0);
    name_all(state, snails, MANY, 'a');
    watcher_start(&by_parts, state, types, NULL);
    watcher_start(&by_frames, state, types, NULL);
    watcher_takes_frames_only(&by_frames);
    ouro_state_publish(state, 1);
    struct watcher *watchers[] = {&by_parts, &by_frames};
    for (size_t i = 0; i < 2; i++) {
        ck_assert_uint_eq(ouro_picture_count(watchers[i]->picture), MANY);
        ck_assert_uint_eq(watchers[i]->snapshots, 1);
        ck_assert_uint_ge(watchers[i]->messages, 4);
        ck_assert_uint_le(watchers[i]->longest, OURO_SNAPSHOT_BYTES_MAX);
        watcher_stop(watchers[i]);
    }
    ck_assert_uint_eq(ouro_state_stats(state).keyframes, 1);
    ouro_state_free(state);
    return 0;
}

/* The parts of two views' messages, but for the heads, are the same bytes in the same place. */
STATE_TEST(a_long_message_is_gathered_from_what_all_share)
{
    enum { CELLS = 8, PER_CELL = 6, MANY = CELLS * PER_CELL };
    struct ouro_state *state = state_with(100);
    struct watcher few, all;
    struct ouro_entity snails[MANY];
    for (uint16_t i = 0; i < MANY; i++)
        snails[i] = snail_at(state, 50 + 100 * (i / PER_CELL), 50);
    name_all(state, snails, MANY, 'a');
    watcher_start(&few, state, types, NULL);
    watcher_start(&all, state, types, NULL);
    few.slow = all.slow = true;
    look(&few, 550, 50, 450);
    look(&all, 450, 50, 900);
    ouro_state_publish(state, 1);
    ck_assert_uint_eq(ouro_picture_count(few.picture), 5 * PER_CELL);
    ck_assert_uint_eq(ouro_picture_count(all.picture), MANY);
    const struct ouro_part *a = &few.parts[1], *b = &all.parts[1];
    size_t shared = 0;
    for (size_t i = 1; i < few.held; i++, a++) {
        for (size_t j = 1; j < all.held; j++) {
            b = &all.parts[j];
            shared += a->frame == b->frame && a->offset < b->offset + b->len &&
                      b->offset < a->offset + a->len;
        }
    }
    ck_assert_uint_ge(shared, 1);
    ck_assert_uint_ge(few.held, 2);
    watcher_stop(&few);
    watcher_stop(&all);
    ouro_state_free(state);
    return 0;
}

/* Where five cells change all the time and one fits, the near one comes most often, and each comes.
 */
STATE_TEST(few_bytes_go_to_what_is_near_and_starve_nothing)
{
    struct ouro_state *state = state_with(100);
    struct watcher watcher;
    struct ouro_entity snails[5];
    size_t updates[5] = {0};
    for (uint16_t i = 0; i < 5; i++)
        snails[i] = snail_at(state, 50 + 100 * i, 50);
    watcher_start(&watcher, state, types, NULL);
    look(&watcher, 50, 50, 900);
    ouro_state_publish(state, 1);
    ck_assert_uint_eq(ouro_state_stats(state).sections_deferred, 0); /* so far all fits */
    ouro_view_bytes(watcher.view, 100);
    for (uint32_t tick = 2; tick <= 300; tick++) {
        name_all(state, snails, 5, (char)('a' + tick % 26));
        ouro_state_publish(state, tick);
        for (size_t i = 0; i < 5; i++) {
            struct ouro_seen seen;
            if (watcher_knows(&watcher, snails[i], &seen))
                updates[i] +=
                    ((const struct snail *)seen.record)->name[0] == 'a' + (char)(tick % 26);
        }
    }
    for (size_t i = 0; i < 5; i++)
        ck_assert_uint_gt(updates[i], 10);
    ck_assert_uint_gt(updates[0], updates[4]);
    uint64_t deferred = ouro_state_stats(state).sections_deferred;
    ck_assert_uint_gt(deferred, 0);
    ouro_view_bytes(watcher.view, 0); /* as much as any other */
    name_all(state, snails, 5, 'A');
    ouro_state_publish(state, 301);
    ck_assert_uint_eq(ouro_state_stats(state).sections_deferred, deferred);
    watcher_stop(&watcher);
    ouro_state_free(state);
    return 0;
}

/* Who runs across the world, with much that comes into view and much that goes out of it. */
STATE_TEST(no_snapshot_is_longer_than_its_bytes)
{
    struct ouro_state *state = state_with(16);
    struct watcher watcher;
    for (int i = 0; i < 400; i++)
        snail_at(state, (uint16_t)(i % 20 * 50), (uint16_t)(i / 20 * 50));
    watcher_start(&watcher, state, types, NULL);
    ouro_view_bytes(watcher.view, 300);
    for (uint32_t tick = 1; tick <= 200; tick++) {
        look(&watcher, tick * 131 % 1000, tick * 57 % 1000, 250);
        ouro_state_publish(state, tick);
    }
    ck_assert_uint_gt(ouro_state_stats(state).sections_deferred, 0);
    ck_assert_uint_le(watcher.longest, 300);
    watcher_stop(&watcher);
    ouro_state_free(state);
    return 0;
}

/* --- pace ------------------------------------------------------------------------------------- */

static void run(struct ouro_state *state, struct ouro_entity entity, uint32_t *tick, int count)
{
    for (int i = 0; i < count; i++) {
        snail_of(state, entity)->hp++;
        snail_of(state, entity)->y ^= 1;
        ouro_state_publish(state, ++*tick);
        ouro_sleep(OURO_MS(50));
    }
}

STATE_TEST(a_slow_player_is_skipped_slowed_down_and_told_what_is)
{
    struct ouro_state *state = state_with(0);
    struct watcher watcher;
    struct ouro_entity entity = snail_at(state, 1, 1);
    uint32_t tick = 0;
    watcher_start(&watcher, state, types, NULL);
    run(state, entity, &tick, 1);
    watcher.slow = true;
    ouro_buf_append(&watcher.bytes, (char[5000]){0}, 5000); /* as if so much were waiting */
    run(state, entity, &tick, 16);
    struct ouro_view_stats stats = ouro_view_stats(watcher.view);
    ck_assert_uint_eq(stats.snapshots, 1);
    ck_assert(stats.behind);
    ck_assert_uint_eq(stats.divisor, 8);
    ck_assert_uint_lt(stats.skipped, 8); /* it is looked at less often, too */
    ck_assert_uint_eq(ouro_state_stats(state).sections, 1);
    watcher_drain(&watcher);
    watcher.slow = false;
    run(state, entity, &tick, 8);
    stats = ouro_view_stats(watcher.view);
    ck_assert_uint_eq(stats.snapshots, 2);
    ck_assert_uint_eq(stats.keyframes, 1); /* a delta was enough */
    ck_assert(!stats.behind);
    run(state, entity, &tick, 16 * (8 + 4 + 2));
    ck_assert_uint_eq(ouro_view_stats(watcher.view).divisor, 1);
    ck_assert_uint_eq(ouro_state_stats(state).rates_lowered, 3);
    ck_assert_uint_eq(ouro_state_stats(state).rates_raised, 3);
    watcher_stop(&watcher);
    ouro_state_free(state);
    return 0;
}

STATE_TEST(who_is_too_far_behind_gets_a_keyframe)
{
    struct ouro_state *state = state_with(0);
    struct watcher watcher;
    struct ouro_entity entity = snail_at(state, 1, 1);
    uint32_t tick = 0;
    watcher_start(&watcher, state, types, NULL);
    run(state, entity, &tick, 1);
    watcher.refuses = 1000;
    for (int i = 0; i < OURO_STATE_HISTORY + 10; i++) { /* within the time that is allowed */
        snail_of(state, entity)->hp++;
        snail_of(state, entity)->y ^= 1;
        ouro_state_publish(state, ++tick);
    }
    watcher.refuses = 0;
    run(state, entity, &tick, 8);
    ck_assert_uint_eq(ouro_view_stats(watcher.view).keyframes, 2);
    watcher_stop(&watcher);
    ouro_state_free(state);
    return 0;
}

STATE_TEST(who_can_not_keep_up_is_closed_once_and_costs_nothing_after)
{
    struct ouro_state *state = state_with(0);
    struct watcher watcher;
    struct ouro_entity entity = snail_at(state, 1, 1);
    uint32_t tick = 0;
    watcher_start(&watcher, state, types, NULL);
    watcher.refuses = 1000;
    run(state, entity, &tick, 40);
    ck_assert_int_eq(watcher.closed_with, OURO_STATE_CLOSE_TOO_SLOW);
    ck_assert_uint_eq(ouro_state_stats(state).kicked, 1);
    uint64_t skipped = ouro_state_stats(state).skipped;
    run(state, entity, &tick, 40);
    ck_assert_uint_eq(ouro_state_stats(state).skipped, skipped);
    watcher_stop(&watcher);
    ouro_state_free(state);
    return 0;
}

STATE_TEST(rates_of_all_kinds_share_their_sections)
{
    enum { MANY = 60 };
    struct ouro_state *state = state_with(0);
    static struct watcher watchers[MANY];
    struct ouro_entity entity = snail_at(state, 1, 1);
    uint32_t tick = 0;
    for (uint32_t i = 0; i < MANY; i++)
        watcher_start(&watchers[i], state, types,
                      &(struct ouro_view_options){.divisor = 1 + i % 30});
    run(state, entity, &tick, 64);
    uint64_t before = ouro_state_stats(state).sections;
    run(state, entity, &tick, 100);
    ck_assert_uint_le(ouro_state_stats(state).sections - before, 100 * 8);
    for (uint32_t i = 0; i < MANY; i++) {
        uint64_t expected = 164 / (1 + i % 30);
        ck_assert_uint_ge(watchers[i].snapshots + 1, expected);
        ck_assert_uint_le(watchers[i].snapshots, expected + 1);
        watcher_stop(&watchers[i]);
    }
    ouro_state_free(state);
    return 0;
}
