/* SPDX-License-Identifier: MIT */
/* The classic game as a room, on the virtual clock: players that are nothing but a record of what
 * they were sent, ticks at the exact time, and hours of play. */
#include "test.h"

#include "server/classic.h"

#define TICK_NS    OURO_MS(100)
#define TEXT_BYTES (1 << 20)

/* --- players --------------------------------------------------------------------------------- */

/* Reads at once, unless it is deaf: then what it is sent piles up, as in a socket's queue. */
struct fake {
    struct classic_player classic;
    bool deaf, released;
    size_t waiting_bytes;
    uint16_t close_code; /* 0: was not asked to go */
    int closes;
    int frames;      /* that it has read, or that wait */
    int64_t last_at; /* when the last one came */
    char *text;      /* all of them, a line each */
    size_t text_bytes;
};

static struct fake *fake_of(const struct ouro_player *player)
{
    return (struct fake *)(uintptr_t)player;
}

static void take_text(struct fake *fake, const struct ouro_frame *frame)
{
    size_t len;
    const uint8_t *text = ouro_frame_payload(frame, &len);
    ck_assert_uint_gt(len, strlen("[[]]"));
    ck_assert_int_eq(ouro_frame_kind(frame), OURO_FRAME_TEXT);
    if (fake->text_bytes + len + 2 > TEXT_BYTES)
        fake->text_bytes = 0; /* nobody looks at what is that old */
    memcpy(fake->text + fake->text_bytes, text, len);
    fake->text_bytes += len;
    fake->text[fake->text_bytes++] = '\n';
    fake->text[fake->text_bytes] = '\0';
}

static int fake_send(struct ouro_player *player, struct ouro_frame *const *frames, size_t count)
{
    struct fake *fake = fake_of(player);
    for (size_t i = 0; i < count; i++) {
        size_t len;
        ouro_frame_wire(frames[i], &len);
        if (fake->deaf)
            fake->waiting_bytes += len;
        take_text(fake, frames[i]);
        fake->frames++;
        fake->last_at = ouro_now();
    }
    return 0;
}

static size_t fake_backlog_bytes(const struct ouro_player *player)
{
    return fake_of(player)->waiting_bytes;
}

static void fake_close(struct ouro_player *player, uint16_t code, const char *reason)
{
    ck_assert_ptr_nonnull(reason);
    fake_of(player)->close_code = code;
    fake_of(player)->closes++;
}

static void fake_released(struct ouro_player *player)
{
    fake_of(player)->released = true;
}

static const struct ouro_player_ops fake_ops = {
    .send = fake_send,
    .backlog_bytes = fake_backlog_bytes,
    .close = fake_close,
    .released = fake_released,
};

static int count_in(const struct fake *fake, const char *part)
{
    int count = 0;
    for (const char *at = fake->text; (at = strstr(at, part)); at += strlen(part))
        count++;
    return count;
}

/* Messages that are about that player: ["p_gameover",2] and ["p_joined",2,... */
static int count_of(const struct fake *fake, const char *what, uint32_t id)
{
    char last[64], more[64];
    snprintf(last, sizeof last, "[\"%s\",%u]", what, id);
    snprintf(more, sizeof more, "[\"%s\",%u,", what, id);
    return count_in(fake, last) + count_in(fake, more);
}

static void forget(struct fake *fake)
{
    fake->text[fake->text_bytes = 0] = '\0';
}

/* --- a game ---------------------------------------------------------------------------------- */

#define FAKES_MAX 300

struct scene {
    struct classic_options options;
    struct ouro_store *store;
    struct classic *game;
    struct ouro_room *room;
    struct fake fakes[FAKES_MAX];
    int count;
};

/* Room for long lives: no stone, no digit but those of the newborns. */
static struct classic_options calm_options(void)
{
    struct classic_options options = {
        .rules = classic_settings_default(),
        .tick_ns = TICK_NS,
        .seed = 1,
        .players_max = FAKES_MAX,
        .top_max = 15,
    };
    options.rules.digit_ppm = options.rules.stone_ppm = 0;
    return options;
}

static void scene_open(struct scene *scene, struct classic_options options)
{
    *scene = (struct scene){0};
    ck_assert_int_eq(ouro_store_open(":memory:", NULL, &scene->store), 0);
    options.store = scene->store;
    scene->options = options;
    ck_assert_int_eq(classic_start(&scene->options, &scene->game), 0);
    scene->room = classic_room(scene->game);
}

static void scene_close(struct scene *scene)
{
    classic_stop(scene->game);
    for (int i = 0; i < scene->count; i++) {
        ck_assert(scene->fakes[i].released);
        free(scene->fakes[i].text);
    }
    ck_assert_int_eq(ouro_store_close(scene->store, OURO_FOREVER), 0);
}

static struct fake *enter(struct scene *scene)
{
    ck_assert_int_lt(scene->count, FAKES_MAX);
    struct fake *fake = &scene->fakes[scene->count++];
    fake->text = calloc(1, TEXT_BYTES);
    ck_assert_ptr_nonnull(fake->text);
    fake->classic.player.ops = &fake_ops;
    fake->classic.player.id = (uint32_t)scene->count;
    snprintf(fake->classic.name, sizeof fake->classic.name, "P%d", scene->count);
    ck_assert_int_eq(ouro_room_enter(scene->room, &fake->classic.player), 0);
    return fake;
}

static void leave(struct scene *scene, struct fake *fake)
{
    ouro_room_leave(scene->room, &fake->classic.player);
}

static void join(struct scene *scene, struct fake *fake)
{
    ck_assert_int_eq(ouro_room_input(scene->room, &fake->classic.player, CLASSIC_JOIN, 0), 0);
}

static void turn(struct scene *scene, struct fake *fake, enum classic_direction direction)
{
    ouro_room_input(scene->room, &fake->classic.player, CLASSIC_TURN, (int32_t)direction);
}

static void pass(int64_t ns)
{
    ck_assert_int_eq(ouro_sleep(ns), 0);
}

static uint32_t id_of(const struct fake *fake)
{
    return fake->classic.player.id;
}

/* Each is a task of a simulation, and ends with nothing left. */
#define ROOM_TEST(NAME)                                                \
    static int NAME##_body(void *unused);                              \
    TEST(NAME)                                                         \
    {                                                                  \
        ck_assert_int_eq(ouro_sim_run(1, NULL, NAME##_body, NULL), 0); \
    }                                                                  \
    static int NAME##_body(void *unused __attribute__((unused)))

static struct scene scene; /* of the one test of this process */

/* --- rounds ---------------------------------------------------------------------------------- */

ROOM_TEST(many_joins_in_one_instant_begin_one_round)
{
    struct classic_options options = calm_options();
    options.rules.width = options.rules.height = 200;
    options.rules.players_max = 50;
    scene_open(&scene, options);
    for (int i = 0; i < 50; i++)
        enter(&scene);
    for (int i = 0; i < 50; i++)
        join(&scene, &scene.fakes[i]);
    pass(10 * TICK_NS - 1);
    ck_assert_uint_eq(classic_ticker(scene.game)->ticks, 10);
    for (int i = 0; i < 50; i++) {
        ck_assert_int_eq(count_in(&scene.fakes[i], "[\"reset_world\"]"), 1);
        ck_assert_int_eq(count_in(&scene.fakes[i], "[\"p_joined\","), 50);
    }
    scene_close(&scene);
    return 0;
}

ROOM_TEST(the_ticks_are_at_their_time_for_an_hour)
{
    struct classic_options options = calm_options();
    options.tick_ns = OURO_SEC(10) / 23; /* 2.3 Hz */
    scene_open(&scene, options);
    struct fake *fake = enter(&scene);
    join(&scene, fake);
    pass(OURO_MS(1));
    int64_t began = fake->last_at;
    for (int64_t tick = 1; tick <= 8280; tick++) {
        turn(&scene, fake, (enum classic_direction)(tick % 4));
        pass(began + tick * options.tick_ns + 1 - ouro_now());
        ck_assert_int_eq(fake->last_at, began + tick * options.tick_ns);
    }
    ck_assert_uint_eq(classic_ticker(scene.game)->ticks, 8281);
    ck_assert_uint_eq(classic_ticker(scene.game)->late, 0);
    scene_close(&scene);
    return 0;
}

ROOM_TEST(no_tick_while_nobody_plays)
{
    scene_open(&scene, calm_options());
    struct fake *fake = enter(&scene);
    pass(OURO_SEC(3600));
    ck_assert_int_eq(fake->frames, 1); /* the welcome */
    join(&scene, fake);
    pass(OURO_SEC(3600)); /* straight on, into the wall */
    ck_assert_int_eq(count_of(fake, "p_gameover", id_of(fake)), 1);
    uint64_t ticks = classic_ticker(scene.game)->ticks;
    ck_assert_uint_lt(ticks, 60);
    pass(OURO_SEC(3600));
    ck_assert_uint_eq(classic_ticker(scene.game)->ticks, ticks);
    scene_close(&scene);
    return 0;
}

ROOM_TEST(a_round_that_has_ended_begins_again_a_hundred_times)
{
    scene_open(&scene, calm_options());
    struct fake *fake = enter(&scene);
    for (int round = 1; round <= 100; round++) {
        forget(fake);
        join(&scene, fake);
        pass(OURO_SEC(60));
        ck_assert_int_eq(count_in(fake, "[\"reset_world\"]"), 1);
        ck_assert_int_eq(count_of(fake, "p_joined", id_of(fake)), 1);
        ck_assert_int_eq(count_of(fake, "p_gameover", id_of(fake)), 1);
    }
    scene_close(&scene);
    return 0;
}

/* --- coming and going ------------------------------------------------------------------------ */

ROOM_TEST(who_leaves_alive_dies_in_the_next_tick_and_the_others_play_on)
{
    scene_open(&scene, calm_options());
    struct fake *ada = enter(&scene), *bob = enter(&scene);
    join(&scene, ada);
    join(&scene, bob);
    pass(TICK_NS / 2);
    leave(&scene, bob);
    pass(1);
    ck_assert(bob->released);
    ck_assert_int_eq(count_of(ada, "p_gameover", id_of(bob)), 0);
    int frames = ada->frames;
    pass(TICK_NS);
    ck_assert_int_eq(count_of(ada, "p_gameover", id_of(bob)), 1);
    ck_assert_int_eq(ada->frames, frames + 1);
    pass(2 * TICK_NS);
    ck_assert_int_eq(ada->frames, frames + 3);
    scene_close(&scene);
    return 0;
}

ROOM_TEST(who_leaves_before_its_birth_leaves_no_trace)
{
    scene_open(&scene, calm_options());
    struct fake *ada = enter(&scene), *bob = enter(&scene);
    join(&scene, ada);
    pass(TICK_NS / 2);
    join(&scene, bob);
    leave(&scene, bob);
    pass(3 * TICK_NS);
    ck_assert(bob->released);
    ck_assert_int_eq(count_of(ada, "p_joined", id_of(bob)), 0);
    ck_assert_int_eq(count_of(ada, "p_gameover", id_of(bob)), 0);
    scene_close(&scene);
    return 0;
}

ROOM_TEST(the_only_one_may_leave_before_its_birth_and_the_next_begins_a_round)
{
    scene_open(&scene, calm_options());
    struct fake *ada = enter(&scene), *bob = enter(&scene);
    join(&scene, ada);
    leave(&scene, ada);
    pass(OURO_SEC(1));
    join(&scene, bob);
    pass(OURO_SEC(1));
    ck_assert_int_eq(count_of(bob, "p_joined", id_of(bob)), 1);
    ck_assert_int_eq(count_in(bob, "[\"error\""), 0);
    scene_close(&scene);
    return 0;
}

ROOM_TEST(the_game_may_stop_with_everybody_in_it)
{
    scene_open(&scene, calm_options());
    for (int i = 0; i < 20; i++)
        join(&scene, enter(&scene));
    pass(5 * TICK_NS / 2);
    enter(&scene); /* still on its way in */
    leave(&scene, &scene.fakes[3]);
    scene_close(&scene); /* asserts that all were released */
    return 0;
}

/* --- players that are slow ------------------------------------------------------------------- */

/* A pit in which someone always lives, and so much happens that a deaf one is soon behind. */
static struct classic_options loud_options(void)
{
    struct classic_options options = calm_options();
    options.rules.players_max = 200;
    options.rules.width = options.rules.height = 50;
    options.rules.digit_ppm = 1000000;
    return options;
}

static void stir(struct fake *const *players, int count, int64_t ns)
{
    for (int64_t end = ouro_now() + ns; ouro_now() < end; pass(TICK_NS)) {
        for (int i = 0; i < count; i++) {
            join(&scene, players[i]);
            turn(&scene, players[i], (enum classic_direction)(ouro_random() % 4));
            forget(players[i]);
        }
    }
}

static void enter_crowd(struct fake **ret_players, int count)
{
    for (int i = 0; i < count; i++)
        ret_players[i] = enter(&scene);
}

ROOM_TEST(who_never_reads_is_sent_away_once_and_others_hear_every_tick)
{
    scene_open(&scene, loud_options());
    struct fake *crowd[100], *deaf = enter(&scene), *watcher = enter(&scene);
    deaf->deaf = true;
    enter_crowd(crowd, 100);
    stir(crowd, 100, OURO_SEC(10));
    ck_assert_uint_eq(deaf->close_code, 0);
    size_t bound = classic_picture_bytes_max(&scene.options.rules) + 64 * 1024;
    ck_assert_uint_gt(deaf->waiting_bytes, 0);
    for (int i = 0; i < 60 && !deaf->close_code; i++) {
        int frames = watcher->frames;
        stir(crowd, 100, OURO_SEC(1));
        ck_assert_int_ge(watcher->frames, frames + 9);
        ck_assert_uint_le(deaf->waiting_bytes, bound);
    }
    ck_assert_uint_eq(deaf->close_code, 4101);
    stir(crowd, 10, OURO_SEC(30));
    ck_assert_int_eq(deaf->closes, 1);
    ck_assert_uint_eq(watcher->close_code, 0);
    scene_close(&scene);
    return 0;
}

/* Until the room has begun to leave frames out for this one. */
static void stir_until_behind(struct fake *const *players, int count, struct fake *deaf)
{
    for (int i = 0; i < 1000 && !deaf->classic.player.behind; i++)
        stir(players, count, TICK_NS);
    ck_assert(deaf->classic.player.behind);
}

ROOM_TEST(who_reads_again_gets_one_picture_with_all_deaths_first)
{
    scene_open(&scene, loud_options());
    struct fake *crowd[20], *slow = enter(&scene);
    enter_crowd(crowd, 20);
    slow->deaf = true;
    stir_until_behind(crowd, 20, slow);
    stir(crowd, 20, OURO_SEC(5));
    forget(slow);
    slow->deaf = false;
    slow->waiting_bytes = 0;
    stir(crowd, 20, TICK_NS);
    ck_assert_int_eq(count_in(slow, "[\"world\","), 1);
    ck_assert_int_eq(count_in(slow, "[\"top_scores\","), count_in(slow, "[\"render\"") ? 2 : 1);
    const char *world = strstr(slow->text, "[\"world\",");
    ck_assert_ptr_eq(strncmp(slow->text, "[[\"p_gameover\",", 15) == 0 ? slow->text : NULL,
                     slow->text);
    ck_assert(!strstr(world, "\n[[\"world\""));
    for (int i = 0; i < 20; i++) /* each is told of once, however often it died */
        ck_assert_int_le(count_of(slow, "p_gameover", id_of(crowd[i])), 3);
    scene_close(&scene);
    return 0;
}

ROOM_TEST(who_was_behind_hears_of_the_end_though_nothing_happens_any_more)
{
    scene_open(&scene, loud_options());
    struct fake *crowd[20], *slow = enter(&scene);
    enter_crowd(crowd, 20);
    slow->deaf = true;
    stir_until_behind(crowd, 20, slow);
    pass(OURO_SEC(8));                                 /* nobody steers: into the walls */
    ck_assert_int_eq(count_in(crowd[0], "\"O\","), 1); /* of GAME OVER */
    forget(slow);
    slow->deaf = false;
    slow->waiting_bytes = 0;
    pass(OURO_SEC(1));
    ck_assert_int_eq(count_in(slow, "[\"world\","), 1);
    ck_assert_int_eq(count_in(slow, "[\"O\","), 1); /* of GAME OVER */
    ck_assert_uint_eq(slow->close_code, 0);
    scene_close(&scene);
    return 0;
}

ROOM_TEST(who_never_reads_is_sent_away_though_nothing_happens_any_more)
{
    scene_open(&scene, loud_options());
    struct fake *crowd[20], *deaf = enter(&scene);
    enter_crowd(crowd, 20);
    deaf->deaf = true;
    stir_until_behind(crowd, 20, deaf);
    pass(OURO_SEC(60));
    ck_assert_uint_eq(deaf->close_code, 4101);
    ck_assert_int_eq(deaf->closes, 1);
    scene_close(&scene);
    return 0;
}

ROOM_TEST(who_missed_more_deaths_than_are_remembered_comes_in_again)
{
    scene_open(&scene, loud_options());
    struct fake *crowd[150], *slow = enter(&scene);
    enter_crowd(crowd, 150);
    slow->deaf = true;
    stir_until_behind(crowd, 150, slow);
    stir(crowd, 150, OURO_SEC(9));
    slow->deaf = false;
    slow->waiting_bytes = 0;
    stir(crowd, 150, OURO_SEC(1));
    ck_assert_uint_eq(slow->close_code, 4010);
    scene_close(&scene);
    return 0;
}

/* --- scores ---------------------------------------------------------------------------------- */

ROOM_TEST(scores_are_kept_from_round_to_round_and_only_those_above_zero)
{
    struct classic_options options = loud_options();
    scene_open(&scene, options);
    struct fake *crowd[20];
    enter_crowd(crowd, 20);
    stir(crowd, 20, OURO_SEC(30));
    pass(OURO_SEC(60));
    struct ouro_score top[OURO_BOARD_TOP_MAX];
    int count = ouro_board_top(scene.store, CLASSIC_BOARD, top, OURO_BOARD_TOP_MAX);
    ck_assert_int_gt(count, 0);
    for (int i = 0; i < count; i++)
        ck_assert_int_gt(top[i].score, 0);
    struct fake *late = enter(&scene);
    pass(1);
    char first[96];
    snprintf(first, sizeof first, "[\"top_scores\",[[\"%s\",%lld,", top[0].name,
             (long long)top[0].score);
    ck_assert_int_eq(count_in(late, first), 1);
    scene_close(&scene);
    return 0;
}
