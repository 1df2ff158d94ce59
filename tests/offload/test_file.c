/* SPDX-License-Identifier: MIT */
#include "ouro/offload.h"
#include "test.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

/* A folder of its own, empty again at the end. */
struct folder {
    char path[64], file[128];
};

static struct folder folder_new(void)
{
    struct folder folder = {.path = "/tmp/ouro-test-XXXXXX"};
    ck_assert_ptr_nonnull(mkdtemp(folder.path));
    snprintf(folder.file, sizeof folder.file, "%s/file", folder.path);
    return folder;
}

/* Fails if anything but the file was left. */
static void folder_free(struct folder *folder)
{
    unlink(folder->file);
    ck_assert_int_eq(rmdir(folder->path), 0);
}

static void expect_content(const char *path, const char *content)
{
    struct ouro_buf buf = {0};
    ouro_buf_puts(&buf, "what was there");
    ck_assert_int_eq(ouro_file_read(path, 1000, OURO_FOREVER, &buf), 0);
    ouro_buf_putc(&buf, '\0');
    ck_assert_str_eq(buf.data, content);
    ouro_buf_done(&buf);
}

static mode_t mode_of(const char *path)
{
    struct stat status;
    ck_assert_int_eq(stat(path, &status), 0);
    return status.st_mode & 07777;
}

static int write_and_read(void *arg)
{
    struct folder folder = folder_new();
    (void)arg;
    umask(027);
    ck_assert_int_eq(ouro_file_write(folder.file, "one", 3, OURO_FOREVER), 0);
    expect_content(folder.file, "one");
    ck_assert_uint_eq(mode_of(folder.file), 0640); /* as any new file */
    chmod(folder.file, 0604);
    ck_assert_int_eq(ouro_file_write(folder.file, "a second", 8, OURO_FOREVER), 0);
    expect_content(folder.file, "a second");
    ck_assert_uint_eq(mode_of(folder.file), 0604); /* as it was, whatever the umask */
    ck_assert_int_eq(ouro_file_write(folder.file, NULL, 0, OURO_FOREVER), 0);
    expect_content(folder.file, "");
    folder_free(&folder);
    return 0;
}

TEST(a_file_is_replaced_as_a_whole)
{
    ck_assert_int_eq(ouro_run(write_and_read, NULL), 0);
}

TEST(files_are_there_in_a_simulation)
{
    ck_assert_int_eq(ouro_sim_run(1, NULL, write_and_read, NULL), 0);
}

static void make_socket(const char *path)
{
    ck_assert_int_eq(mknod(path, S_IFSOCK | 0600, 0), 0);
}

static int refuse_to_read(void *arg)
{
    struct folder folder = folder_new();
    struct ouro_buf buf = {0};
    (void)arg;
    ouro_buf_puts(&buf, "untouched");
    ck_assert_int_eq(ouro_file_read(folder.file, 10, OURO_FOREVER, &buf), -ENOENT);
    ck_assert_int_eq(ouro_file_read(folder.path, 10, OURO_FOREVER, &buf), -EISDIR);
    ck_assert_int_eq(ouro_file_read("/dev/zero", 10, OURO_FOREVER, &buf), -EINVAL);
    ck_assert_int_eq(mkfifo(folder.file, 0600), 0); /* would block for ever */
    ck_assert_int_eq(ouro_file_read(folder.file, 10, OURO_FOREVER, &buf), -EINVAL);
    unlink(folder.file);
    make_socket(folder.file);
    ck_assert_int_eq(ouro_file_read(folder.file, 10, OURO_FOREVER, &buf), -EINVAL);
    unlink(folder.file);
    ck_assert_int_eq(ouro_file_write(folder.file, "0123456789", 10, OURO_FOREVER), 0);
    ck_assert_int_eq(ouro_file_read(folder.file, 9, OURO_FOREVER, &buf), -EFBIG);
    ck_assert_int_eq(ouro_file_read(folder.file, 9, 1, &buf), -ETIMEDOUT);
    ck_assert_uint_eq(buf.len, 9);
    ck_assert_int_eq(memcmp(buf.data, "untouched", 9), 0);
    ck_assert_int_eq(ouro_file_read(folder.file, 10, OURO_FOREVER, &buf), 0);
    ck_assert_uint_eq(buf.len, 10);
    ouro_buf_done(&buf);
    folder_free(&folder);
    return 0;
}

TEST(what_can_not_be_read_is_told)
{
    ck_assert_int_eq(ouro_run(refuse_to_read, NULL), 0);
}

static int refuse_to_write(void *arg)
{
    struct folder folder = folder_new();
    char below[160];
    (void)arg;
    snprintf(below, sizeof below, "%s/none/file", folder.path);
    ck_assert_int_eq(ouro_file_write(below, "x", 1, OURO_FOREVER), -ENOENT);
    ck_assert_int_eq(mkdir(folder.file, 0700), 0); /* can't be replaced; nothing stays beside it */
    ck_assert_int_eq(ouro_file_write(folder.file, "x", 1, OURO_FOREVER), -EISDIR);
    rmdir(folder.file);
    folder_free(&folder);
    return 0;
}

TEST(what_can_not_be_written_leaves_nothing)
{
    ck_assert_int_eq(ouro_run(refuse_to_write, NULL), 0);
}

/* In a folder that may be written to and not read, nothing can be brought to the disk. */
static int write_where_nobody_may_read(void *arg)
{
    struct folder folder = folder_new();
    (void)arg;
    ck_assert_int_eq(ouro_file_write(folder.file, "old", 3, OURO_FOREVER), 0);
    ck_assert_int_eq(chmod(folder.file, 0644), 0);
    ck_assert_int_eq(chmod(folder.path, 0333), 0);
    uid_t we = geteuid();
    bool are_root = we == 0;
    ck_assert(!are_root || seteuid(65534) == 0);
    ck_assert_int_eq(ouro_file_write(folder.file, "new", 3, OURO_FOREVER), -EACCES);
    ck_assert(!are_root || seteuid(we) == 0);
    expect_content(folder.file, "old");
    folder_free(&folder);
    return 0;
}

TEST(who_is_told_of_a_failure_has_the_old_file)
{
    ck_assert_int_eq(ouro_run(write_where_nobody_may_read, NULL), 0);
}

/* Larger than what is read at a time; and what says that it has no size. */
static int read_large_and_odd(void *arg)
{
    enum { BYTES = 300000 };
    static char data[BYTES];
    struct folder folder = folder_new();
    struct ouro_buf buf = {0};
    (void)arg;
    for (int i = 0; i < BYTES; i++)
        data[i] = (char)(i % 251);
    ck_assert_int_eq(ouro_file_write(folder.file, data, BYTES, OURO_FOREVER), 0);
    ck_assert_int_eq(ouro_file_read(folder.file, BYTES, OURO_FOREVER, &buf), 0);
    ck_assert_uint_eq(buf.len, BYTES);
    ck_assert_int_eq(memcmp(buf.data, data, BYTES), 0);
    ck_assert_int_eq(ouro_file_read("/proc/self/status", BYTES, OURO_FOREVER, &buf), 0);
    ck_assert_uint_gt(buf.len, 100);
    ouro_buf_done(&buf);
    folder_free(&folder);
    return 0;
}

TEST(large_files_and_those_of_the_kernel)
{
    ck_assert_int_eq(ouro_run(read_large_and_odd, NULL), 0);
}

/* A reader sees one of the versions, whole, at every moment. */
enum { VERSIONS = 50, VERSION_BYTES = 20000 };

static int write_versions(void *arg)
{
    static char data[VERSION_BYTES];
    for (int i = 0; i < VERSIONS; i++) {
        memset(data, 'a' + i % 26, sizeof data);
        ck_assert_int_eq(ouro_file_write(arg, data, sizeof data, OURO_FOREVER), 0);
    }
    return 0;
}

static int read_meanwhile(void *arg)
{
    struct folder folder = folder_new();
    struct ouro_task *writer;
    struct ouro_buf buf = {0};
    (void)arg;
    ck_assert_int_eq(ouro_file_write(folder.file, "", 0, OURO_FOREVER), 0);
    ck_assert_int_eq(ouro_spawn(write_versions, folder.file, NULL, &writer), 0);
    while (!ouro_task_done(writer)) {
        ck_assert_int_eq(ouro_file_read(folder.file, VERSION_BYTES, OURO_FOREVER, &buf), 0);
        if (buf.len == 0)
            continue;
        ck_assert_uint_eq(buf.len, VERSION_BYTES);
        ck_assert_int_eq(memcmp(buf.data, buf.data + 1, VERSION_BYTES - 1), 0); /* all the same */
    }
    ouro_task_unref(writer);
    ouro_buf_done(&buf);
    folder_free(&folder);
    return 0;
}

TEST(readers_never_see_half_a_file)
{
    ck_assert_int_eq(ouro_run(read_meanwhile, NULL), 0);
}
