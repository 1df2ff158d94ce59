/* SPDX-License-Identifier: MIT */
/* Tapes: what is put is in the file; no file is touched that was there; what can't go on is told
 * once. */
#include "server/tape.h"
#include "test.h"

#include <ouro/offload.h>

#include <dirent.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#define PIECE (64 * 1024)

static char folder[] = "/tmp/snakepit-tape-XXXXXX";
static int endings;

static void count_endings(enum ouro_log_level level, const char *line, void *ud)
{
    (void)level, (void)ud;
    endings += strstr(line, "ends here") != NULL;
}

static void begin_folder(void)
{
    ouro_log_to(count_endings, NULL);
    ck_assert_ptr_nonnull(mkdtemp(folder));
}

static void end_folder(void)
{
    struct dirent *entry;
    DIR *dir = opendir(folder);
    char path[512];
    while ((entry = readdir(dir))) {
        snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        if (tape_name_valid(entry->d_name))
            unlink(path);
    }
    closedir(dir);
    ck_assert_int_eq(rmdir(folder), 0);
}

static void in_a_folder(ouro_task_fn *fn)
{
    begin_folder();
    ck_assert_int_eq(ouro_sim_run(1, NULL, fn, NULL), 0);
    end_folder();
}

static struct tape *opened_among(uint64_t bytes_max, uint32_t files_max)
{
    struct tape *tape;
    const struct tape_options options = {folder, "game", bytes_max, files_max};
    ck_assert_int_eq(tape_open(&options, &tape), 0);
    return tape;
}

static struct tape *opened(uint64_t bytes_max)
{
    return opened_among(bytes_max, 0);
}

static int64_t size_of(const char *name)
{
    struct stat status;
    char path[512];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return stat(path, &status) < 0 ? -errno : status.st_size;
}

static void put_and_flush(struct tape *tape, const void *data, size_t len)
{
    tape_put(tape, data, len);
    tape_flush(tape);
    ouro_sleep(OURO_MS(1));
}

static int write_two(void *arg)
{
    (void)arg;
    struct tape *first = opened(100), *second = opened(100);
    ck_assert_str_eq(tape_name(first), "game-20260101-000000.tape");
    ck_assert_str_eq(tape_name(second), "game-20260101-000001.tape");
    put_and_flush(first, "hello", 5);
    ck_assert_int_eq(size_of("game-20260101-000000.tape"), 5);
    tape_put(first, " again", 6); /* not flushed: closing does it */
    tape_close(first);
    tape_close(second);
    ck_assert_int_eq(size_of("game-20260101-000000.tape"), 11);
    ck_assert_int_eq(size_of("game-20260101-000001.tape"), 0);
    ck_assert_int_eq(endings, 0);
    return 0;
}

TEST(what_is_put_is_in_a_file_of_its_own)
{
    in_a_folder(write_two);
}

/* With threads, for once: the first piece is on its way to the disk until we wait again. */
static int close_while_it_writes(void *arg)
{
    (void)arg;
    char name[TAPE_NAME_BYTES];
    struct tape *tape = opened(100);
    snprintf(name, sizeof name, "%s", tape_name(tape));
    tape_put(tape, "hello", 5);
    tape_flush(tape);
    ouro_yield();
    tape_put(tape, " again", 6);
    tape_close(tape);
    ck_assert_int_eq(size_of(name), 11);
    ck_assert_int_eq(endings, 0);
    return 0;
}

TEST(what_is_put_while_the_disk_is_at_work_is_written_at_the_end)
{
    begin_folder();
    ck_assert_int_eq(ouro_run(close_while_it_writes, NULL), 0);
    end_folder();
}

static int write_too_much(void *arg)
{
    (void)arg;
    struct tape *tape = opened(10);
    put_and_flush(tape, "12345678", 8);
    put_and_flush(tape, "12345678", 8); /* whole, or not at all */
    put_and_flush(tape, "x", 1);
    ck_assert(!tape_goes_on(tape));
    tape_close(tape);
    ck_assert_int_eq(size_of("game-20260101-000000.tape"), 8);
    ck_assert_int_eq(endings, 1);
    return 0;
}

TEST(a_tape_has_a_bound)
{
    in_a_folder(write_too_much);
}

/* A limit on files does what a full disk does. */
static int write_to_a_full_disk(void *arg)
{
    (void)arg;
    static char piece[PIECE];
    struct rlimit limit = {4 * PIECE, RLIM_INFINITY};
    struct tape *tape = opened(1 << 30);
    signal(SIGXFSZ, SIG_IGN);
    ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
    for (int i = 0; i < 8; i++) {
        ck_assert(tape_goes_on(tape) == (i <= 4));
        put_and_flush(tape, piece, PIECE);
    }
    tape_close(tape);
    ck_assert_int_eq(size_of("game-20260101-000000.tape"), 4 * PIECE);
    ck_assert_int_eq(endings, 1);
    return 0;
}

TEST(a_full_disk_is_told_once)
{
    in_a_folder(write_to_a_full_disk);
}

static int open_nowhere(void *arg)
{
    (void)arg;
    struct tape *tape = NULL;
    const struct tape_options nowhere = {"/nowhere/at/all", "game", 100, 1};
    ck_assert_int_eq(tape_open(&nowhere, &tape), -ENOENT);
    ck_assert_ptr_null(tape);
    ck_assert_ptr_null(tape_close(NULL));
    tape_close(opened(1));
    return 0;
}

TEST(where_no_tape_can_be_made_there_is_none)
{
    in_a_folder(open_nowhere);
}

static void make_file(const char *name)
{
    char path[512];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "we");
    ck_assert_ptr_nonnull(file);
    fclose(file);
}

static void remove_file(const char *name)
{
    char path[512];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    ck_assert_int_eq(remove(path), 0);
}

static int make_room_for_one(void *arg)
{
    (void)arg;
    static const char *const old[] = {"game-20250103-000000.tape", "game-20250101-000000.tape",
                                      "game-20250104-000000.tape", "game-20250102-000000.tape"};
    static const char *const others[] = {"games-20240101-000000.tape", "other-20240101-000000.tape",
                                         "game-20240101-000000.txt"};
    for (size_t i = 0; i < 4; i++)
        make_file(old[i]);
    for (size_t i = 0; i < 3; i++)
        make_file(others[i]);
    tape_close(opened_among(100, 5)); /* there is room */
    ck_assert_int_eq(size_of("game-20250101-000000.tape"), 0);
    tape_close(opened_among(100, 3));
    ck_assert_int_eq(size_of("game-20250101-000000.tape"), -ENOENT);
    ck_assert_int_eq(size_of("game-20250102-000000.tape"), -ENOENT);
    ck_assert_int_eq(size_of("game-20250103-000000.tape"), -ENOENT);
    ck_assert_int_eq(size_of("game-20250104-000000.tape"), 0);
    ck_assert_int_eq(size_of("game-20260101-000000.tape"), 0);
    ck_assert_int_eq(size_of("game-20260101-000001.tape"), 0);
    for (size_t i = 0; i < 3; i++)
        ck_assert_int_eq(size_of(others[i]), 0);
    remove_file("game-20240101-000000.txt");
    return 0;
}

TEST(the_oldest_of_its_kind_make_room)
{
    in_a_folder(make_room_for_one);
}

/* Names lead beyond NAMES_MAX; nothing else is wrong with the folder. */
static int make_none(void *arg)
{
    (void)arg;
    char name[TAPE_NAME_BYTES];
    const struct tape_options options = {folder, "game", 100, 1};
    struct tape *tape;
    for (int s = 0; s < 100; s++) {
        snprintf(name, sizeof name, "game-20260101-00%02d%02d.tape", s / 60, s % 60);
        make_file(name);
    }
    make_file("game-20250101-000000.tape");
    ck_assert_int_eq(tape_open(&options, &tape), -EEXIST);
    ck_assert_int_eq(size_of("game-20250101-000000.tape"), 0);
    ck_assert_int_eq(size_of("game-20260101-000000.tape"), 0);
    return 0;
}

TEST(nothing_is_removed_for_one_that_is_not_made)
{
    in_a_folder(make_none);
}

static int make_one_of_the_past(void *arg)
{
    (void)arg;
    make_file("game-20270101-000000.tape");
    make_file("game-20270102-000000.tape");
    struct tape *tape = opened_among(100, 2);
    put_and_flush(tape, "hello", 5);
    ck_assert_int_eq(size_of("game-20260101-000000.tape"), 5);
    ck_assert_int_eq(size_of("game-20270101-000000.tape"), -ENOENT);
    ck_assert_int_eq(size_of("game-20270102-000000.tape"), 0);
    tape_close(tape);
    return 0;
}

TEST(the_new_one_stays_where_the_clock_was_set_back)
{
    in_a_folder(make_one_of_the_past);
}

static int make_some_at_once(void *arg)
{
    (void)arg;
    make_file("game-20250101-000000.tape");
    for (int i = 0; i < 4; i++)
        tape_close(opened_among(100, 3));
    ck_assert_int_eq(size_of("game-20250101-000000.tape"), -ENOENT);
    ck_assert_int_eq(size_of("game-20260101-000000.tape"), -ENOENT);
    ck_assert_int_eq(size_of("game-20260101-000001.tape"), 0);
    ck_assert_int_eq(size_of("game-20260101-000002.tape"), 0);
    ck_assert_int_eq(size_of("game-20260101-000003.tape"), 0);
    return 0;
}

TEST(of_those_of_one_second_the_oldest_go_first)
{
    in_a_folder(make_some_at_once);
}

static int cannot_make_room(void *arg)
{
    (void)arg;
    char path[512];
    snprintf(path, sizeof path, "%s/game-20250101-000000.tape", folder);
    ck_assert_int_eq(mkdir(path, 0777), 0);
    tape_close(opened_among(100, 1)); /* it is made all the same */
    ck_assert_int_eq(size_of("game-20260101-000000.tape"), 0);
    remove_file("game-20250101-000000.tape");
    return 0;
}

TEST(what_can_not_be_removed_stays)
{
    in_a_folder(cannot_make_room);
}

TEST(names_lead_nowhere_else)
{
    ck_assert(tape_name_valid("arena-20260101-000000.tape"));
    ck_assert(tape_name_valid("arena-20260101-000000-2.tape"));
    static const char *const wrong[] = {
        "",
        ".tape",
        "..tape",
        "../a.tape",
        "a/b.tape",
        "/a.tape",
        "a",
        "a.tape.bak",
        "a.tape/x",
        "A.tape",
        "a b.tape",
        "a.tape\n",
        "a..tape",
        "\xc3\xa4.tape",
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.tape",
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        ck_assert_msg(!tape_name_valid(wrong[i]), "%s", wrong[i]);
}
