/* SPDX-License-Identifier: MIT */
/* Whole files, read and replaced in a thread: the system has no way of reading a file that does not
 * block. */
#include "ouro/offload.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define READ_BYTES 65536
/* Names tried for the new file beside the old one. */
#define NAMES_MAX 100

/* Close, and say what went wrong first. */
static int close_after(int fd, int rc)
{
    int failed = close(fd) < 0 ? -errno : 0;
    return rc < 0 ? rc : failed;
}

/* --- reading ---------------------------------------------------------------------------------- */

struct reading {
    const char *path;
    size_t bytes_max;
    struct ouro_buf content;
};

/* A fifo or a device would keep the thread for ever; a socket can't be opened at all. */
static int open_regular(const char *path)
{
    struct stat status;
    int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0)
        return errno == ENXIO ? -EINVAL : -errno;
    int rc = fstat(fd, &status) < 0     ? -errno
             : S_ISDIR(status.st_mode)  ? -EISDIR
             : !S_ISREG(status.st_mode) ? -EINVAL
                                        : 0;
    return rc < 0 ? close_after(fd, rc) : fd;
}

/* The count; 0: the end. */
static int read_some(int fd, struct ouro_buf *content)
{
    ssize_t got;
    char *room = ouro_buf_reserve(content, READ_BYTES);
    if (!room)
        return -ENOMEM;
    do
        got = read(fd, room, READ_BYTES);
    while (got < 0 && errno == EINTR);
    if (got > 0)
        content->len += (size_t)got;
    return got < 0 ? -errno : (int)got;
}

/* To the end, and not to the size that it says: in /proc that is 0. */
static int read_job(void *arg)
{
    struct reading *reading = arg;
    int fd = open_regular(reading->path), rc = 1;
    if (fd < 0)
        return fd;
    while (rc > 0) {
        rc = read_some(fd, &reading->content);
        if (reading->content.len > reading->bytes_max)
            rc = -EFBIG;
    }
    return close_after(fd, rc);
}

int ouro_file_read(const char *path, size_t bytes_max, int64_t deadline,
                   struct ouro_buf *ret_content)
{
    struct reading reading = {.path = path, .bytes_max = bytes_max};
    int rc = ouro_offload(NULL, read_job, &reading, deadline);
    if (rc < 0) {
        ouro_buf_done(&reading.content);
        return rc;
    }
    ouro_buf_done(ret_content);
    *ret_content = reading.content;
    return 0;
}

/* --- writing ---------------------------------------------------------------------------------- */

struct writing {
    const char *path;
    const void *data;
    size_t len;
};

static int write_all(int fd, const char *data, size_t len)
{
    while (len > 0) {
        ssize_t put = write(fd, data, len);
        if (put < 0 && errno != EINTR)
            return -errno;
        data += put > 0 ? put : 0;
        len -= put > 0 ? (size_t)put : 0;
    }
    return 0;
}

/* A new file in the same folder, for only there a rename is a single step. */
static int open_beside(const char *path, mode_t mode, struct ouro_buf *ret_name)
{
    for (int i = 0; i < NAMES_MAX; i++) {
        ouro_buf_clear(ret_name);
        ouro_buf_printf(ret_name, "%s.%d.%d", path, (int)gettid(), i);
        ouro_buf_putc(ret_name, '\0');
        if (ouro_buf_failed(ret_name))
            return -ENOMEM;
        int fd = open(ret_name->data, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
        if (fd >= 0 || errno != EEXIST)
            return fd < 0 ? -errno : fd;
    }
    return -EEXIST;
}

static int open_folder_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    char *folder = !slash ? strdup(".") : strndup(path, slash == path ? 1 : (size_t)(slash - path));
    if (!folder)
        return -ENOMEM;
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int rc = fd < 0 ? -errno : fd;
    free(folder);
    return rc;
}

static int fill(int fd, const struct writing *writing, const struct stat *before)
{
    int rc = write_all(fd, writing->data, writing->len);
    if (rc == 0 && before && fchmod(fd, before->st_mode & 07777) < 0)
        rc = -errno;
    if (rc == 0 && fsync(fd) < 0)
        rc = -errno;
    return close_after(fd, rc);
}

static int replace(const struct writing *writing)
{
    struct ouro_buf name = {0};
    struct stat before;
    bool replaces = stat(writing->path, &before) == 0;
    int fd = open_beside(writing->path, replaces ? 0600 : 0666, &name);
    int rc = fd < 0 ? fd : fill(fd, writing, replaces ? &before : NULL);
    if (rc == 0 && rename(name.data, writing->path) < 0)
        rc = -errno;
    if (rc < 0 && fd >= 0)
        unlink(name.data);
    ouro_buf_done(&name);
    return rc;
}

/* The rename itself must reach the disk: it is an entry of the folder. That is opened first, or who
 * can't would find out when the old file is gone. */
static int write_job(void *arg)
{
    const struct writing *writing = arg;
    int folder = open_folder_of(writing->path);
    if (folder < 0)
        return folder;
    int rc = replace(writing);
    if (rc == 0 && fsync(folder) < 0)
        rc = -errno;
    return close_after(folder, rc);
}

int ouro_file_write(const char *path, const void *data, size_t len, int64_t deadline)
{
    struct writing writing = {.path = path, .data = data, .len = len};
    return ouro_offload(NULL, write_job, &writing, deadline);
}
