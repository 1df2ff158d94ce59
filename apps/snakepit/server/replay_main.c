/* SPDX-License-Identifier: MIT */
#include "server/replay_main.h"

#include "rules/arena_replay.h"

#include <ouro/base.h>
#include <ouro/runtime.h>

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define EXIT_USAGE 2

struct viewing {
    const char *path;
    bool verify;

    const uint8_t *log;
    size_t len;
    struct arena_log_header header;
    struct arena_replay *replay;

    uint32_t people, bots; /* snakes of theirs that were born */
    uint32_t deaths, most; /* most: that lived at a time */
    struct arena_face best;
    uint32_t best_score;
};

/* --- the file -------------------------------------------------------------------------------- */

static int map_file(const char *path, const uint8_t **ret_log, size_t *ret_len)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK); /* a pipe has nobody at its other end */
    struct stat status;
    if (fd < 0)
        return -errno;
    int rc = fstat(fd, &status) < 0 ? -errno : 0;
    if (rc == 0 && (!S_ISREG(status.st_mode) || status.st_size == 0))
        rc = -OURO_EMALFORMED; /* nothing to map, and no header either */
    void *log = MAP_FAILED;
    if (rc == 0) {
        log = mmap(NULL, (size_t)status.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
        rc = log == MAP_FAILED ? -errno : 0;
    }
    close(fd);
    if (rc < 0)
        return rc;
    *ret_log = log;
    *ret_len = (size_t)status.st_size;
    return 0;
}

static int begin(struct viewing *view)
{
    struct arena_log_reader reader;
    int rc = map_file(view->path, &view->log, &view->len);
    if (rc < 0)
        return rc;
    if (arena_log_read_header(&reader, view->log, view->len, &view->header) <= 0)
        return -OURO_EMALFORMED;
    const struct arena_settings *settings = &view->header.settings;
    void *memory = malloc(arena_replay_bytes(settings, ARENA_REPLAY_CHECKPOINTS_MIN));
    if (!memory)
        return -ENOMEM;
    view->replay =
        arena_replay_init(memory, settings, ARENA_REPLAY_CHECKPOINTS_MIN, view->log, view->len);
    ouro_assert(view->replay); /* the header is the same */
    return 0;
}

static void end(struct viewing *view)
{
    free(view->replay);
    if (view->log)
        munmap((void *)(uintptr_t)view->log, view->len);
}

/* --- what happens in it ----------------------------------------------------------------------- */

static void see_score(struct viewing *view, uint32_t number)
{
    struct arena_snake snake;
    if (!arena_snake(arena_replay_world(view->replay), number, &snake) ||
        snake.score <= view->best_score)
        return;
    view->best_score = snake.score;
    view->best = *arena_replay_face(view->replay, number);
}

static void on_event(void *ud, const struct arena_event *event)
{
    struct viewing *view = ud;
    if (event->kind == ARENA_DIED) {
        view->deaths++;
        see_score(view, event->snake);
    } else if (event->kind == ARENA_BORN) {
        bool bot = arena_replay_face(view->replay, event->snake)->bot;
        view->bots += bot;
        view->people += !bot;
    }
}

static int play(struct viewing *view)
{
    const struct arena_world *world = arena_replay_world(view->replay);
    int rc;
    while ((rc = arena_replay_step(view->replay, on_event, view)) == 1)
        if (arena_living(world) > view->most)
            view->most = arena_living(world);
    for (uint32_t number = 0; number < arena_snake_numbers(world); number++)
        see_score(view, number);
    return rc;
}

/* --- what is told ------------------------------------------------------------------------------
 */

static void tell_header(const struct arena_log_header *header)
{
    char when[32] = "at no time that there is";
    time_t recorded = (time_t)header->recorded_s;
    struct tm utc;
    if (gmtime_r(&recorded, &utc))
        strftime(when, sizeof when, "%Y-%m-%d %H:%M:%S UTC", &utc);
    printf("arena of %d x %d cells, recorded %s, a tick each %.1f ms\n", header->settings.width,
           header->settings.height, when, (double)header->tick_ns / 1e6);
}

static void tell_summary(const struct viewing *view)
{
    uint32_t ticks = arena_ticks(arena_replay_world(view->replay));
    double seconds = (double)ticks * (double)view->header.tick_ns / 1e9;
    printf("%" PRIu32 " ticks, %.0f s\n", ticks, seconds);
    printf("%" PRIu32 " snakes of players, %" PRIu32 " of bots, at most %" PRIu32 " at a time\n",
           view->people, view->bots, view->most);
    if (view->best_score > 0)
        printf("best: %s, score %" PRIu32 "\n", view->best.name, view->best_score);
}

static void tell_speed(const struct viewing *view, int64_t took_ns)
{
    uint32_t ticks = arena_ticks(arena_replay_world(view->replay));
    printf("%" PRIu32 " snakes, %" PRIu32 " deaths, %.0f ticks/s\n", view->people + view->bots,
           view->deaths, (double)ticks * 1e9 / (double)(took_ns > 0 ? took_ns : 1));
}

/* How it ended; the exit code. Where it ended, everything before is good. */
static int tell_end(const struct viewing *view, int rc)
{
    const struct arena_replay *replay = view->replay;
    uint32_t ticks = arena_ticks(arena_replay_world(replay));
    uint32_t digests = arena_replay_digests(replay);
    bool is_whole = arena_replay_is_whole(replay);
    if (rc == -EBADMSG)
        printf("mismatch: the world after tick %" PRIu32 " is not the one that was recorded (byte "
               "%" PRIu64 "); %" PRIu32 " digests agree before\n",
               ticks, arena_replay_offset(replay), digests);
    else if (rc < 0)
        printf("damaged at byte %" PRIu64 ", after tick %" PRIu32 "; %" PRIu32
               " digests agree before\n",
               arena_replay_offset(replay), ticks, digests);
    else if (!is_whole)
        printf("breaks off at byte %" PRIu64 ", after tick %" PRIu32 "; %" PRIu32
               " digests agree before\n",
               arena_replay_offset(replay), ticks, digests);
    else if (view->verify)
        printf("verified: %" PRIu32 " digests agree\n", digests);
    return rc < 0 || (view->verify && !is_whole) ? EXIT_FAILURE : EXIT_SUCCESS;
}

/* What nobody could read must not pass for verified. */
static int all_told(int exit_code)
{
    if (fflush(stdout) == 0 && !ferror(stdout))
        return exit_code;
    fputs("snakepit replay: what is in it could not be written\n", stderr);
    return EXIT_FAILURE;
}

/* --- main ------------------------------------------------------------------------------------ */

static int run(void *arg)
{
    struct viewing *view = arg;
    int rc = begin(view);
    if (rc < 0) {
        fprintf(stderr, "snakepit replay: %s: %s\n", view->path,
                rc == -OURO_EMALFORMED ? "damaged at byte 0: that is no recording of an arena"
                                       : ouro_error_text(rc));
        return EXIT_FAILURE;
    }
    int64_t start = ouro_now();
    rc = play(view);
    int64_t took_ns = ouro_now() - start;
    tell_header(&view->header);
    tell_summary(view);
    if (view->verify)
        tell_speed(view, took_ns);
    return all_told(tell_end(view, rc));
}

static bool parse(int argc, char *const *argv, struct viewing *view)
{
    for (int i = 0; i < argc; i++) {
        if (strcmp(argv[i], "--verify") == 0)
            view->verify = true;
        else if (argv[i][0] == '-' || view->path)
            return false;
        else
            view->path = argv[i];
    }
    return view->path != NULL;
}

int replay_main(int argc, char *const *argv)
{
    struct viewing view = {.path = NULL};
    if (!parse(argc, argv, &view)) {
        fputs("usage: snakepit replay FILE [--verify]\n", stderr);
        return EXIT_USAGE;
    }
    int rc = ouro_run(run, &view);
    end(&view);
    if (rc >= 0)
        return rc;
    fprintf(stderr, "snakepit replay: %s\n", ouro_error_text(rc));
    return EXIT_FAILURE;
}
