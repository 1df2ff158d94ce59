/* SPDX-License-Identifier: MIT */
/* A small program to be looked at: seeing.sh has gdb, Valgrind and AddressSanitizer do so, and the
 * examples of docs/debugging.md are what it prints. */
#include <ouro/runtime.h>
#include <ouro/sync.h>

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The compiler must not make a jump of the last call in a function, or its frame is gone. */
static volatile int work;

static struct ouro_task *spawn_at(const char *name, ouro_task_fn *fn, void *arg, const char *place)
{
    struct ouro_task *task = NULL;
    if (ouro_spawn_at(fn, arg, NULL, &task, name, place) < 0)
        abort();
    return task;
}
#define spawn_named(name, fn, arg) spawn_at((name), (fn), (arg), OURO_HERE)

/* --- a room and its player -------------------------------------------------------------------- */

__attribute__((noinline)) static int wait_for_move(int round)
{
    char move[256] = "none";
    int rc = ouro_sleep(OURO_SEC(60));
    work += move[round];
    return rc;
}

static int play(void *arg)
{
    (void)arg;
    int rc = 0;
    for (int round = 1; rc == 0; round++)
        rc = wait_for_move(round);
    return rc;
}

static int referee(void *player)
{
    int rc = ouro_await(player, OURO_FOREVER, NULL);
    work++;
    return rc;
}

static int scores(void *lock)
{
    int rc = ouro_lock_acquire(lock, OURO_FOREVER);
    work++;
    return rc;
}

/* Where gdb stops. */
__attribute__((noinline)) static void everybody_is_there(void)
{
    work++;
}

struct scene {
    struct ouro_lock lock;
    struct ouro_task *player, *referee, *scores;
};

static void open_scene(struct scene *scene)
{
    ouro_lock_init(&scene->lock);
    ouro_lock_acquire(&scene->lock, OURO_FOREVER);
    scene->player = spawn_named("player Ada", play, NULL);
    scene->referee = spawn_named("referee", referee, scene->player);
    scene->scores = spawn_named("scores", scores, &scene->lock);
    ouro_sleep(OURO_MS(250));
}

static int end(struct ouro_task *task)
{
    int status;
    ouro_await(task, OURO_FOREVER, &status);
    ouro_task_unref(task);
    return status == -ECANCELED ? 0 : status;
}

static int close_scene(struct scene *scene)
{
    ouro_lock_release(&scene->lock);
    ouro_cancel(scene->player);
    int rc = end(scene->scores);
    rc = rc < 0 ? rc : end(scene->referee);
    return rc < 0 ? rc : end(scene->player);
}

/* --- what it can show ------------------------------------------------------------------------- */

static int print_dump(enum ouro_dump_format format)
{
    struct scene scene;
    struct ouro_buf out = {0};
    open_scene(&scene);
    everybody_is_there();
    int rc = ouro_dump(ouro_loop_self(), format, &out);
    fwrite(out.data, 1, out.len, stdout);
    ouro_buf_done(&out);
    int end_rc = close_scene(&scene);
    return rc < 0 ? rc : end_rc;
}

static int show_text(void *unused)
{
    (void)unused;
    return print_dump(OURO_DUMP_TEXT);
}

static int show_json(void *unused)
{
    (void)unused;
    return print_dump(OURO_DUMP_JSON);
}

static int on_signal(void *unused)
{
    (void)unused;
    struct scene scene;
    ouro_dump_on_signal(SIGUSR1);
    open_scene(&scene);
    raise(SIGUSR1);
    ouro_sleep(OURO_MS(1));
    ouro_dump_on_signal(0);
    return close_scene(&scene);
}

/* Leaves a core file, where those are written. */
static int give_up(void *unused)
{
    (void)unused;
    struct scene scene;
    open_scene(&scene);
    abort();
}

static int think(void *unused)
{
    (void)unused;
    sleep(1); /* of the C library: the whole loop stands still */
    work++;
    return 0;
}

static int stuck(void *unused)
{
    (void)unused;
    ouro_watchdog_start(ouro_loop_self(), NULL);
    return end(spawn_named("bot 7", think, NULL));
}

static int cross(void *other)
{
    struct ouro_task **task = other;
    int rc = ouro_await(*task, OURO_FOREVER, NULL);
    work++;
    return rc;
}

static int deadlock(void *unused)
{
    (void)unused;
    struct ouro_task *hen, *egg;
    hen = spawn_named("hen", cross, &egg);
    egg = spawn_named("egg", cross, &hen);
    int rc = ouro_await(hen, OURO_FOREVER, NULL);
    ouro_cancel(hen);
    ouro_cancel(egg);
    ouro_task_unref(hen);
    ouro_task_unref(egg);
    return rc;
}

static unsigned char *volatile names; /* of whose size the compiler knows nothing */

__attribute__((noinline)) static int overflow(int at)
{
    int found = names[at];
    work++;
    return found;
}

static int read_beyond(void *unused)
{
    (void)unused;
    names = calloc(4, 1);
    int found = overflow(4);
    free(names);
    return found;
}

static int bad(void *unused)
{
    (void)unused;
    return end(spawn_named("player Eve", read_beyond, NULL));
}

static int race_count; /* not atomic, on purpose */

static void *count_in_thread(void *unused)
{
    race_count++;
    return unused;
}

static int count(void *unused)
{
    (void)unused;
    race_count++;
    usleep(10000);
    return 0;
}

static int race(void *unused)
{
    pthread_t thread;
    pthread_create(&thread, NULL, count_in_thread, unused);
    int rc = end(spawn_named("player Kim", count, NULL));
    pthread_join(thread, NULL);
    return rc;
}

static const struct {
    const char *name;
    ouro_task_fn *fn;
    int expected;
} shows[] = {
    {"text", show_text, 0}, {"json", show_json, 0}, {"signal", on_signal, 0},
    {"stuck", stuck, 0},    {"abort", give_up, 0},  {"deadlock", deadlock, -OURO_EDEADLOCK},
    {"bad", bad, 0},        {"race", race, 0},
};

int main(int argc, char **argv)
{
    for (size_t i = 0; argc == 2 && i < sizeof shows / sizeof shows[0]; i++) {
        if (strcmp(argv[1], shows[i].name) == 0)
            return ouro_run_at(shows[i].fn, NULL, "host", OURO_HERE) != shows[i].expected;
    }
    fprintf(stderr, "usage: %s text | json | signal | stuck | abort | deadlock | bad | race\n",
            argv[0]);
    return EXIT_FAILURE;
}
