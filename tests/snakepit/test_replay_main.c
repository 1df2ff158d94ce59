/* SPDX-License-Identifier: MIT */
/* `snakepit replay`: what it prints and returns, for files that are right and that are not. */
#include "arena_game.h"
#include "rules/arena_world.h"
#include "server/replay_main.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#define PRINTED_MAX 4096

struct run {
    int exit_code;
    char printed[PRINTED_MAX]; /* on both outputs */
};

/* Let standard output and error go into a file while it runs. */
static struct run run_replay(const char *path, const char *flag)
{
    char name[] = "/tmp/replay-printed-XXXXXX",
         *argv[] = {(char *)(uintptr_t)path, (char *)(uintptr_t)flag};
    struct run run = {0};
    int printed = mkstemp(name), out = dup(1), err = dup(2);
    unlink(name);
    fflush(stdout);
    dup2(printed, 1);
    dup2(printed, 2);
    run.exit_code = replay_main((path != NULL) + (flag != NULL), argv);
    fflush(stdout);
    dup2(out, 1);
    dup2(err, 2);
    ck_assert_int_ge(pread(printed, run.printed, PRINTED_MAX - 1, 0), 0);
    close(out);
    close(err);
    close(printed);
    return run;
}

static struct run run_on(const void *log, size_t len, const char *flag)
{
    char name[] = "/tmp/replay-log-XXXXXX";
    int fd = mkstemp(name);
    ck_assert_int_eq(write(fd, log, len), (int)len);
    close(fd);
    struct run run = run_replay(name, flag);
    unlink(name);
    return run;
}

static void expect_line(const struct run *run, const char *line)
{
    ck_assert_msg(strstr(run->printed, line) != NULL, "no '%s' in:\n%s", line, run->printed);
}

TEST(a_recording_is_summed_up)
{
    struct game *game = game_play(1, 700);
    struct run run = run_on(game->log, game->len, NULL);
    ck_assert_int_eq(run.exit_code, 0);
    expect_line(&run,
                "arena of 64 x 80 cells, recorded 2023-11-14 22:13:20 UTC, a tick each 100.0 ms\n");
    expect_line(&run, "\n700 ticks, 70 s\n");
    expect_line(&run, " of bots, at most ");
    expect_line(&run, "\nbest: ");
    ck_assert_ptr_null(strstr(run.printed, "verified"));
    game_free(game);
}

TEST(a_good_recording_is_verified)
{
    struct game *game = game_play(1, 700);
    struct run run = run_on(game->log, game->len, "--verify");
    ck_assert_int_eq(run.exit_code, 0);
    expect_line(&run, " deaths, ");
    expect_line(&run, " ticks/s\n");
    expect_line(&run, "\nverified: 3 digests agree\n");
    game_free(game);
}

TEST(what_breaks_off_can_be_seen_but_not_verified)
{
    struct game *game = game_play(1, 700);
    struct run run = run_on(game->log, game->len - 1, NULL);
    ck_assert_int_eq(run.exit_code, 0);
    expect_line(&run, "\n700 ticks, 70 s\n");
    run = run_on(game->log, game->len - 1, "--verify");
    ck_assert_int_eq(run.exit_code, 1);
    expect_line(&run, "after tick 700; 2 digests agree before\n");
    game_free(game);
}

TEST(damage_is_told_with_its_place)
{
    struct game *game = game_play(1, 700);
    game->log[game->len - 1] ^= 1; /* the last sum */
    char line[64];
    snprintf(line, sizeof line, "damaged at byte %zu, after tick 700;", game->len - 17);
    struct run run = run_on(game->log, game->len, "--verify");
    ck_assert_int_eq(run.exit_code, 1);
    expect_line(&run, line);
    game_free(game);
}

TEST(another_world_is_told_with_its_tick)
{
    struct game *game = game_begin(2);
    while (game->ticks < 300) {
        arena_tick(game->world, keep_trace, &game->trace);
        ouro_rng_next(&game->world->rng);
        arena_log_tick(&game->writer, game->world);
        game->ticks++;
    }
    game_end(game);
    struct run run = run_on(game->log, game->len, "--verify");
    ck_assert_int_eq(run.exit_code, 1);
    expect_line(&run, "mismatch: the world after tick 256 is not the one that was recorded");
    game_free(game);
}

TEST(what_is_no_recording_is_refused)
{
    struct run run = run_on("", 0, "--verify");
    ck_assert_int_eq(run.exit_code, 1);
    expect_line(&run, "damaged at byte 0: that is no recording of an arena\n");
    run = run_on("hello, this is no log of any arena; not at all, by no means, never, not so much",
                 78, NULL);
    ck_assert_int_eq(run.exit_code, 1);
    expect_line(&run, "damaged at byte 0: that is no recording of an arena\n");
    run = run_replay("/nowhere/at-all", NULL);
    ck_assert_int_eq(run.exit_code, 1);
    expect_line(&run, "snakepit replay: /nowhere/at-all: ");
    for (size_t i = 0; i < 2; i++) {
        run = run_replay(i ? "/dev/null" : "/tmp", "--verify");
        ck_assert_int_eq(run.exit_code, 1);
        expect_line(&run, "damaged at byte 0: that is no recording of an arena\n");
    }
}

TEST(a_pipe_is_not_waited_for)
{
    char folder[] = "/tmp/replay-pipe-XXXXXX", path[64];
    ck_assert_ptr_nonnull(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/pipe", folder);
    ck_assert_int_eq(mkfifo(path, 0600), 0);
    struct run run = run_replay(path, "--verify");
    ck_assert_int_eq(run.exit_code, 1);
    expect_line(&run, "that is no recording of an arena\n");
    unlink(path);
    rmdir(folder);
}

TEST(what_is_behind_the_end_is_damage)
{
    struct game *game = game_play(1, 700);
    char line[64], *log = malloc(game->len + 1);
    memcpy(log, game->log, game->len);
    log[game->len] = 0;
    snprintf(line, sizeof line, "damaged at byte %zu, after tick 700;", game->len);
    struct run run = run_on(log, game->len + 1, "--verify");
    ck_assert_int_eq(run.exit_code, 1);
    expect_line(&run, line);
    free(log);
    game_free(game);
}

/* The verdict of an unread text is none. */
TEST(a_verdict_that_can_not_be_written_is_none)
{
    struct game *game = game_play(1, 700);
    char name[] = "/tmp/replay-log-XXXXXX", verify[] = "--verify", *argv[] = {name, verify};
    int fd = mkstemp(name), out = dup(1), full = open("/dev/full", O_WRONLY | O_CLOEXEC);
    ck_assert_int_eq(write(fd, game->log, game->len), (int)game->len);
    fflush(stdout);
    dup2(full, 1);
    int exit_code = replay_main(2, argv);
    dup2(out, 1);
    clearerr(stdout);
    ck_assert_int_eq(exit_code, 1);
    close(fd);
    close(out);
    close(full);
    unlink(name);
    game_free(game);
}

TEST(who_calls_it_wrongly_is_told_how)
{
    struct run run = run_replay(NULL, NULL);
    ck_assert_int_eq(run.exit_code, 2);
    expect_line(&run, "usage: snakepit replay FILE [--verify]\n");
    run = run_replay("a", "b");
    ck_assert_int_eq(run.exit_code, 2);
    run = run_replay("a", "--what");
    ck_assert_int_eq(run.exit_code, 2);
}
