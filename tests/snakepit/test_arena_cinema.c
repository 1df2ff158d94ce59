/* SPDX-License-Identifier: MIT */
/* Recordings of the arena, and what is seen of them: the same. */
#include "arena_room_scene.h"

#include "server/arena_cinema.h"
#include "server/arena_film.h"
#include "server/replay_main.h"
#include "server/tape.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[] = "/tmp/snakepit-arena-XXXXXX";

/* Every test is a process of its own, and has a folder of its own. */
static struct arena_options recorded(void)
{
    struct arena_options options = small_options();
    ck_assert_ptr_nonnull(mkdtemp(folder));
    options.record = folder;
    options.record_bytes_max = 1 << 24;
    return options;
}

/* The only tape there is. */
static void find_tape(char ret_name[TAPE_NAME_BYTES])
{
    struct dirent *entry;
    DIR *dir = opendir(folder);
    ret_name[0] = '\0';
    while ((entry = readdir(dir)))
        if (tape_name_valid(entry->d_name))
            snprintf(ret_name, TAPE_NAME_BYTES, "%.60s", entry->d_name);
    closedir(dir);
    ck_assert_str_ne(ret_name, "");
}

static void remove_folder(void)
{
    char name[TAPE_NAME_BYTES], path[256];
    do {
        find_tape(name);
        snprintf(path, sizeof path, "%s/%s", folder, name);
        ck_assert_int_eq(unlink(path), 0);
    } while (rmdir(folder) < 0);
}

static void stir_for(struct pit *pit, int ticks)
{
    struct ouro_rng rng;
    ouro_rng_seed(&rng, 3);
    for (int i = 0; i < ticks; i++) {
        stir(pit, &rng, 0);
        pit_wait(1);
    }
}

/* A game, its end, and then a visit to the cinema. */
static void play_and_leave(struct pit *pit)
{
    for (int i = 0; i < 16; i++)
        pit_enter(pit);
    stir_for(pit, 600);
    for (int i = 0; i < pit->count; i++)
        ouro_seat_leave(pit->fans[i].connection.seat);
    pit_wait(700); /* the arena ends */
    ck_assert_uint_eq(ouro_lobby_stats(pit->lobby).rooms, 0);
}

static struct fan *visit(struct pit *pit, json_t *options)
{
    expect_ok(pit_enter_as(pit, "arena-replay", options));
    json_decref(options);
    pit_wait(2);
    return &pit->fans[pit->count - 1];
}

static const struct playback_record *playback(const struct fan *fan)
{
    struct ouro_seen seen;
    for (uint32_t i = 0; ouro_picture_next(fan->picture, i, &seen); i = seen.index + 1)
        if (seen.type == &arena_types[ARENA_PLAYBACK_TYPE])
            return seen.record;
    return NULL;
}

static uint32_t tick_of(const struct fan *fan)
{
    ck_assert_ptr_nonnull(playback(fan));
    return playback(fan)->tick;
}

static void control(struct fan *fan, const char *what, int value)
{
    ask(fan, "control", json_pack("{s:i}", what, value));
}

/* The world of the room that it visits. The stage is what a cinema's struct has third. */
static void expect_same_as_shown(const struct fan *fan)
{
    expect_same_at(fan->picture, arena_cinema_stage(ouro_seat_room(fan->connection.seat)));
}

static void see_it_again(struct pit *pit)
{
    char name[TAPE_NAME_BYTES];
    play_and_leave(pit);
    find_tape(name);
    struct fan *fan = visit(pit, json_pack("{s:s}", "file", name));
    for (int i = 0; i < 300; i++) {
        pit_wait(1);
        expect_same_as_shown(fan);
    }
    ck_assert_uint_gt(playback(fan)->last, 600);
    ck_assert_uint_ge(tick_of(fan), 300);
    ck_assert_uint_le(tick_of(fan), 304);
    control(fan, "speed", 800);
    uint32_t before = tick_of(fan);
    for (int i = 0; i < 20; i++) {
        pit_wait(1);
        expect_same_as_shown(fan);
    }
    ck_assert_uint_ge(tick_of(fan), before + 19 * 8);
    control(fan, "speed", 0);
    pit_wait(2);
    before = tick_of(fan);
    pit_wait(20);
    ck_assert_uint_eq(tick_of(fan), before);
    expect_same_as_shown(fan);
    control(fan, "seek", 77);
    pit_wait(5);
    ck_assert_uint_eq(tick_of(fan), 77);
    expect_same_as_shown(fan);
    control(fan, "seek", 1000000);
    pit_wait(5);
    ck_assert_uint_eq(tick_of(fan), playback(fan)->last);
    control(fan, "speed", 50);
    control(fan, "seek", 10);
    pit_wait(41);
    ck_assert_uint_ge(tick_of(fan), 28);
    ck_assert_uint_le(tick_of(fan), 31);
    expect_same_as_shown(fan);
}

TEST(a_replay_is_what_was_played)
{
    struct arena_options options = recorded();
    run_with(&options, see_it_again);
    remove_folder();
}

static void see_it_at_its_pace(struct pit *pit)
{
    char name[TAPE_NAME_BYTES];
    find_tape(name);
    struct fan *fan = visit(pit, json_pack("{s:s}", "file", name));
    pit_wait(10);
    expect_heard(fan, "\"tick_ms\":50.0");
    ck_assert_uint_ge(tick_of(fan), 20);
    forget(fan);
    ask(fan, "recordings", json_null());
    pit_wait(19); /* in so short a time there are news once at most */
    expect_heard(fan, "\"tick_ms\":50.0");
    const char *news = strstr(fan->text, "\"news\"");
    ck_assert(!news || !strstr(news + 1, "\"news\""));
    pit_wait(2);
    expect_heard(fan, "\"news\"");
}

TEST(a_recording_goes_as_fast_as_it_was_whatever_is_played_now)
{
    struct arena_options options = recorded();
    options.tick_ns = TICK_NS / 2;
    run_with(&options, play_and_leave);
    options.tick_ns = TICK_NS;
    run_with(&options, see_it_at_its_pace);
    remove_folder();
}

/* What is being recorded grows while it is seen. */
static void see_what_is_being_recorded(struct pit *pit)
{
    char name[TAPE_NAME_BYTES];
    for (int i = 0; i < 4; i++)
        pit_enter(pit);
    stir_for(pit, 20);
    find_tape(name);
    const struct fan *fan = visit(pit, json_pack("{s:s}", "file", name));
    for (int i = 0; i < 60; i++) {
        pit_wait(1);
        ck_assert_uint_le(tick_of(fan), playback(fan)->last);
    }
    ck_assert_uint_ge(tick_of(fan), 50);
}

TEST(a_recording_that_goes_on_is_as_long_as_what_was_seen_of_it)
{
    struct arena_options options = recorded();
    run_with(&options, see_what_is_being_recorded);
    remove_folder();
}

/* Or else who has joined with a delay would see all of it at once. */
static void wait_for_the_end(struct pit *pit)
{
    char name[TAPE_NAME_BYTES];
    pit_enter(pit);
    stir_for(pit, 20);
    find_tape(name);
    json_t *tape = json_pack("{s:s}", "file", name);
    ck_assert_int_eq(pit_enter_as(pit, "arena-replay", tape), -EACCES);
    ouro_seat_leave(pit->fans[0].connection.seat);
    pit_wait(700); /* the arena ends */
    ck_assert_uint_ge(tick_of(visit(pit, tape)), 1);
}

TEST(with_a_delay_what_is_being_recorded_is_not_shown)
{
    struct arena_options options = recorded();
    options.delay_ns = OURO_SEC(5);
    run_with(&options, wait_for_the_end);
    remove_folder();
}

static void emit_nothing(void *ud, const struct arena_event *event)
{
    (void)ud, (void)event;
}

/* A short one, of one snake of that colour. */
static void make_tape(const char *name, const struct arena_options *options, uint8_t colour)
{
    char path[256];
    static uint8_t log[4096];
    struct arena_log_writer writer;
    struct arena_face face = {.name = "Ada", .colour = colour};
    struct arena_log_header header = {
        .settings = options->rules, .seed = 1, .tick_ns = (uint64_t)options->tick_ns};
    void *memory = malloc(arena_world_bytes(&options->rules));
    struct arena_world *world = arena_world_init(memory, &options->rules, 1);
    arena_log_begin(&writer, log, sizeof log, &header);
    expect_ok(arena_join(world, 1));
    arena_log_join(&writer, 1, &face);
    for (int i = 0; i < 5; i++) {
        arena_tick(world, emit_nothing, NULL);
        arena_log_tick(&writer, world);
    }
    arena_log_end(&writer, world);
    free(memory);
    snprintf(path, sizeof path, "%s/%s", folder, name);
    int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    ck_assert_int_eq(write(fd, log, writer.len), (ssize_t)writer.len);
    close(fd);
}

/* Sums come each 256 ticks: until then what is damaged is seen. */
static void see_a_strange_colour(struct pit *pit)
{
    struct ouro_seen seen;
    int snakes = 0;
    make_tape("arena-20200101-000000.tape", &pit->house.options, 13);
    const struct fan *fan = visit(pit, json_pack("{s:s}", "file", "arena-20200101-000000.tape"));
    pit_wait(3);
    for (uint32_t i = 0; ouro_picture_next(fan->picture, i, &seen); i = seen.index + 1) {
        if (seen.type != &arena_types[ARENA_SNAKE_TYPE])
            continue;
        const struct snake_record *record = seen.record;
        ck_assert_uint_lt(record->colour, ARENA_COLOURS);
        snakes++;
    }
    ck_assert_int_eq(snakes, 1);
}

TEST(a_recording_has_no_colours_but_those_that_there_are)
{
    struct arena_options options = recorded();
    run_with(&options, see_a_strange_colour);
    remove_folder();
}

static void ask_for_nonsense(struct pit *pit)
{
    static const char *const names[] = {"../x.tape", "/etc/passwd", "x", ".tape", "a/b.tape",
                                        "",          "no-such.tape"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        json_t *options = json_pack("{s:s}", "file", names[i]);
        ck_assert_int_eq(pit_enter_as(pit, "arena-replay", options), -ENOENT);
        json_decref(options);
    }
    json_t *live = json_pack("{s:b}", "live", 1), *neither = json_object();
    ck_assert_int_eq(pit_enter_as(pit, "arena-replay", live), -ENOENT);
    ck_assert_int_eq(pit_enter_as(pit, "arena-replay", neither), -EACCES);
    json_decref(live);
    json_decref(neither);
    pit_enter(pit); /* so that there is a tape to remove */
    pit_wait(1);
}

TEST(what_is_no_tape_is_not_shown)
{
    struct arena_options options = recorded();
    run_with(&options, ask_for_nonsense);
    remove_folder();
}

/* A room that shows nothing, and closes nothing either. */
static void ask_for_nothing(struct pit *pit)
{
    ck_assert_int_ge(fcntl(0, F_GETFD), 0);
    struct fan *fan = visit(pit, NULL);
    pit_wait(1);
    ck_assert_uint_eq(fan->closed_with, OURO_CLOSE_CONSENTED);
    ck_assert_int_ge(fcntl(0, F_GETFD), 0);
}

TEST(a_room_without_a_film_leaves_the_files_of_others_alone)
{
    struct arena_options options = small_options();
    run_with(&options, ask_for_nothing);
}

/* Each tape has a room of its own, as many as may be; what is live is seen all the same. */
static void take_all_rooms(struct pit *pit)
{
    char name[TAPE_NAME_BYTES];
    find_tape(name);
    for (int i = 0; i < 4; i++)
        pit_enter(pit);
    stir_for(pit, 20);
    json_t *tape = json_pack("{s:s}", "file", name);
    for (int i = 0; i < ARENA_TAPES_MAX; i++)
        visit(pit, json_incref(tape));
    ck_assert_uint_eq(pit->house.figures.tapes, ARENA_TAPES_MAX);
    ck_assert_int_eq(pit_enter_as(pit, "arena-replay", tape), -OURO_ELIMIT);
    json_decref(tape);
    const struct fan *fan = visit(pit, json_pack("{s:b}", "live", 1));
    expect_same_as_shown(fan);
    ck_assert_uint_eq(pit->house.figures.replays, ARENA_TAPES_MAX + 1);
}

TEST(those_who_see_tapes_leave_a_room_for_what_is_live)
{
    struct arena_options options = recorded();
    run_with(&options, play_and_leave);
    options.delay_ns = OURO_SEC(1);
    run_with(&options, take_all_rooms);
    remove_folder();
}

/* However many users it is: one household does not keep others from seeing a tape. */
static void take_more_than_a_share(struct pit *pit)
{
    char name[TAPE_NAME_BYTES];
    pit_enter(pit);
    stir_for(pit, 20);
    find_tape(name);
    json_t *tape = json_pack("{s:s}", "file", name);
    pit->household = 1;
    for (int i = 0; i < ARENA_TAPES_MAX; i++)
        visit(pit, json_incref(tape));
    const struct fan *greedy = &pit->fans[pit->count - ARENA_TAPES_MAX];
    ck_assert_int_eq(pit_enter_as(pit, "arena-replay", tape), -OURO_ELIMIT);
    for (uint32_t other = 2; other < 2 + ARENA_TAPES_MAX / 2; other++) {
        pit->household = other;
        expect_same_as_shown(visit(pit, json_incref(tape)));
        ck_assert_uint_eq(pit->house.figures.tapes, ARENA_TAPES_MAX);
        ck_assert_uint_eq(pit->house.figures.replays, ARENA_TAPES_MAX);
    }
    for (int i = 0; i < ARENA_TAPES_MAX; i++) /* those that were there first have given way */
        ck_assert_uint_eq(greedy[i].closed_with,
                          i < ARENA_TAPES_MAX / 2 ? OURO_CLOSE_CONSENTED : 0);
    pit->household = 1; /* it has most of them still */
    ck_assert_int_eq(pit_enter_as(pit, "arena-replay", tape), -OURO_ELIMIT);
    pit->household = 2; /* with two it has fewer than the other one, with three as many */
    visit(pit, json_incref(tape));
    ck_assert_int_eq(pit_enter_as(pit, "arena-replay", tape), -OURO_ELIMIT);
    json_decref(tape);
}

TEST(who_takes_all_rooms_gives_some_to_others)
{
    struct arena_options options = recorded();
    run_with(&options, take_more_than_a_share);
    remove_folder();
}

static void control_badly(struct pit *pit)
{
    static const char *const wrong[] = {"{}",
                                        "{\"speed\":20}",
                                        "{\"speed\":900}",
                                        "{\"seek\":-1}",
                                        "{\"seek\":\"x\"}",
                                        "[]",
                                        "{\"speed\":\"x\",\"seek\":7}",
                                        "{\"speed\":100,\"seek\":-1}"};
    char name[TAPE_NAME_BYTES];
    play_and_leave(pit);
    find_tape(name);
    struct fan *fan = visit(pit, json_pack("{s:s}", "file", name));
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        forget(fan);
        ask(fan, "control", json_loads(wrong[i], 0, NULL));
        pit_wait(1);
        expect_heard(fan, "\"bad_control\"");
    }
    ask(fan, "recordings", json_null());
    pit_wait(1);
    expect_heard(fan, "{\"files\":[{\"name\":\"arena-20260101-000000.tape\",\"ticks\":");
}

TEST(controls_are_checked_and_recordings_listed)
{
    struct arena_options options = recorded();
    run_with(&options, control_badly);
    remove_folder();
}

static void fill_the_tape(struct pit *pit)
{
    char name[TAPE_NAME_BYTES], path[256];
    struct stat status;
    for (int i = 0; i < 16; i++)
        pit_enter(pit);
    stir_for(pit, 600);
    ck_assert_uint_gt(pit->house.figures.ticks, 590); /* the game goes on */
    find_tape(name);
    snprintf(path, sizeof path, "%s/%s", folder, name);
    ck_assert_int_eq(stat(path, &status), 0);
    ck_assert_int_le(status.st_size, 2000);
    ck_assert_int_gt(status.st_size, 1800);
    struct fan *fan = visit(pit, json_pack("{s:s}", "file", name));
    pit_wait(20); /* what there is can be seen */
    ck_assert_uint_gt(playback(fan)->last, 20);
    expect_same_as_shown(fan);
}

TEST(a_full_tape_ends_the_recording_alone)
{
    struct arena_options options = recorded();
    char name[TAPE_NAME_BYTES], path[256], verify[] = "--verify", *argv[] = {path, verify};
    options.record_bytes_max = 2000;
    run_with(&options, fill_the_tape);
    find_tape(name);
    snprintf(path, sizeof path, "%s/%s", folder, name);
    ck_assert_int_eq(replay_main(2, argv), 0); /* it has an end */
    remove_folder();
}

/* --- many files ------------------------------------------------------------------------------- */

#define FILES_MANY 10000

static void name_old_file(char ret_path[256], int number)
{
    snprintf(ret_path, 256, "%s/arena-0000%04d-000000.tape", folder, number * 7919 % FILES_MANY);
}

static void list_many(struct pit *pit)
{
    char path[256], last[64];
    for (int i = 0; i < FILES_MANY; i++) {
        name_old_file(path, i);
        close(open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
    }
    struct fan *fan = pit_enter(pit);
    ask(fan, "recordings", json_object());
    pit_wait(1);
    for (int i = 0; i < FILES_MANY; i++) {
        name_old_file(path, i);
        unlink(path);
    }
    /* The one that is being made is the newest. */
    for (int i = 1; i < ARENA_LISTED_MAX; i++) {
        snprintf(last, sizeof last, "\"arena-0000%04d-000000.tape\"", FILES_MANY - i);
        expect_heard(fan, last);
    }
    snprintf(last, sizeof last, "\"arena-0000%04d-", FILES_MANY - ARENA_LISTED_MAX);
    ck_assert(!heard(fan, last));
}

TEST(of_very_many_recordings_the_newest_are_listed)
{
    struct arena_options options = recorded();
    run_with(&options, list_many);
    remove_folder();
}

/* --- large worlds ----------------------------------------------------------------------------- */

#define LARGE_SIDE 1024

struct meanwhile {
    bool over;
    uint32_t turns;
};

static int go_round(void *arg)
{
    struct meanwhile *meanwhile = arg;
    while (!meanwhile->over && ouro_yield() == 0)
        meanwhile->turns++;
    return 0;
}

/* With threads, so not on the virtual clock. */
static int make_a_large_world(void *arg)
{
    struct meanwhile *meanwhile = arg;
    struct arena_settings settings = arena_settings_default();
    struct arena_stage stage;
    struct ouro_state *state;
    struct ouro_task *task;
    settings.width = settings.height = LARGE_SIDE;
    expect_ok(ouro_state_new(&(struct ouro_state_options){.types = arena_types}, &state));
    expect_ok(ouro_spawn(go_round, meanwhile, NULL, &task));
    expect_ok(arena_stage_init(&stage, state, &settings, 1, 10));
    ck_assert_uint_gt(meanwhile->turns, 0);
    uint64_t digest = arena_digest(stage.world);
    for (uint32_t tick = 1; tick <= 10; tick++) {
        arena_stage_tick(&stage, tick);
        arena_stage_end(&stage);
    }
    uint32_t before = meanwhile->turns;
    expect_ok(arena_stage_restart(&stage, 1));
    ck_assert_uint_ge(meanwhile->turns - before, 10);
    ck_assert_uint_eq(arena_digest(stage.world), digest);
    meanwhile->over = true;
    expect_ok(ouro_await(task, OURO_FOREVER, NULL));
    ouro_task_unref(task);
    arena_stage_done(&stage);
    ouro_state_free(state);
    return 0;
}

TEST(while_a_large_world_is_made_others_run)
{
    struct meanwhile meanwhile = {false, 0};
    expect_ok(ouro_run(make_a_large_world, &meanwhile));
}

static void watch_live(struct pit *pit)
{
    for (int i = 0; i < 16; i++)
        pit_enter(pit);
    stir_for(pit, 100);
    struct fan *fan = visit(pit, json_pack("{s:b}", "live", 1));
    expect_same_as_shown(fan); /* as it was when it began, for as long as the delay is */
    uint32_t began = tick_of(fan);
    struct ouro_rng rng;
    ouro_rng_seed(&rng, 9);
    for (int i = 0; i < 200; i++) {
        pit->count--; /* not the one in the cinema */
        stir(pit, &rng, 0);
        pit->count++;
        pit_wait(1);
        expect_same_as_shown(fan);
    }
    uint32_t now = arena_ticks(pit_arena(pit)->stage.world);
    ck_assert_uint_gt(tick_of(fan), began + 100);
    ck_assert_uint_ge(now, tick_of(fan) + 50);
    ck_assert_uint_le(now, tick_of(fan) + 52);
    control(fan, "speed", 200);
    pit_wait(1);
    expect_heard(fan, "\"bad_control\"");
}

TEST(live_is_what_was_a_while_ago)
{
    struct arena_options options = small_options();
    options.delay_ns = OURO_SEC(5);
    run_with(&options, watch_live);
}

/* What so many snakes say in five minutes is there until it is shown. */
static void keep_five_minutes(struct pit *pit)
{
    pit_enter(pit);
    struct arena_stage *stage = &pit_arena(pit)->stage;
    struct arena_film film;
    expect_ok(arena_film_follow(&film, stage, TICK_NS, OURO_SEC(300)));
    for (int tick = 0; tick < 3000; tick++) {
        for (int i = 0; i < 6000; i++)
            arena_notes_input(&film.notes, 1, (uint8_t)(i % (ARENA_INPUT_MAX + 1)));
        arena_notes_tick(&film.notes, stage->world);
    }
    ck_assert(arena_film_is_fed(&film, stage));
    arena_film_close(&film, stage);
}

TEST(a_long_delay_keeps_what_was_said_in_it)
{
    struct arena_options options = small_options();
    run_with(&options, keep_five_minutes);
}

TEST(no_folder_no_recording_and_the_game_goes_on)
{
    struct arena_options options = small_options();
    options.record = "/nowhere/at/all";
    options.record_bytes_max = 1 << 20;
    run_with(&options, play_and_leave);
}
