/* SPDX-License-Identifier: MIT */
/* Files of a folder, as they are when they are asked for.
 *
 * Safe by construction: a name, which has no ".." in it, is followed from the folder's own
 * descriptor down, one directory at a time, never through a link. So whatever is renamed or swapped
 * meanwhile, each step ends in what is, or was a moment ago, in the directory before. */
#include "web/files.h"
#include "web/http_path.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A file that was written a moment ago may be written again without any change that its facts show:
 * file systems count time in ticks of some milliseconds. */
#define SETTLED_NS OURO_SEC(1)

/* What changes when a file does, or is another one. */
struct facts {
    uint64_t device, inode;
    int64_t len, modified_ns, changed_ns;
};

/* A file that is kept in memory, or one that is sent from where it lies. */
struct kept {
    struct ouro__file file;
    struct ouro_link link; /* in folder->kept, while it is */
    struct facts facts;
    const char *media_type; /* a hard link may have another name, and so another type */
};

struct folder {
    struct ouro_files base;
    int fd;
    struct ouro_link kept; /* of struct kept; the last one used stands at the end */
    size_t kept_count;
};

static struct folder *self(struct ouro_files *files)
{
    return ouro_container(files, struct folder, base);
}

/* --- opening ---------------------------------------------------------------------------------- */

/* Not there, as far as anybody outside is concerned. */
static int told(int error)
{
    bool hidden = error == ENOTDIR || error == ELOOP || error == EACCES || error == ENAMETOOLONG ||
                  error == ENXIO || error == EPERM;
    return hidden ? -ENOENT : -error;
}

/* Go down into the directory, and leave the one above. */
static int descend(int *fd, bool is_root, const char *name)
{
    int below = openat(*fd, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    int rc = below < 0 ? told(errno) : 0;
    if (!is_root)
        close(*fd);
    *fd = below;
    return rc;
}

/* The descriptor. Not to wait for whoever opens the other end of a pipe: O_NONBLOCK. */
static int open_below(int root, const char *path)
{
    char names[OURO__FILE_PATH_BYTES];
    snprintf(names, sizeof names, "%s", path);
    int fd = root;
    char *name = names;
    for (char *slash; (slash = strchr(name, '/')); name = slash + 1) {
        *slash = '\0';
        int rc = descend(&fd, fd == root, name);
        if (rc < 0)
            return rc;
    }
    int found = openat(fd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    int rc = found < 0 ? told(errno) : found;
    if (fd != root)
        close(fd);
    return rc;
}

static int64_t ns_of(struct timespec time)
{
    return OURO_SEC(time.tv_sec) + time.tv_nsec;
}

static int look_at(int fd, struct facts *ret)
{
    struct stat stat;
    if (fstat(fd, &stat) < 0)
        return -errno;
    if (!S_ISREG(stat.st_mode))
        return S_ISDIR(stat.st_mode) ? -EISDIR : -ENOENT;
    *ret = (struct facts){
        .device = stat.st_dev,
        .inode = stat.st_ino,
        .len = stat.st_size,
        .modified_ns = ns_of(stat.st_mtim),
        .changed_ns = ns_of(stat.st_ctim),
    };
    return 0;
}

static bool are_same(const struct facts *a, const struct facts *b)
{
    return memcmp(a, b, sizeof *a) == 0; /* there are no gaps in it */
}

static bool is_settled(const struct facts *facts)
{
    return ouro_wall_time() - facts->changed_ns > SETTLED_NS;
}

/* --- files in memory -------------------------------------------------------------------------- */

static void free_kept(struct ouro__file *file)
{
    struct kept *kept = ouro_container(file, struct kept, file);
    free((void *)(uintptr_t)file->plain.data);
    free((void *)(uintptr_t)file->gzip.data);
    if (file->fd >= 0)
        close(file->fd);
    free(kept);
}

static void forget(struct folder *folder, struct kept *kept)
{
    ouro_unlink(&kept->link);
    folder->kept_count--;
    ouro__file_unref(&kept->file);
}

static struct kept *find_kept(struct folder *folder, const struct facts *facts,
                              const char *media_type)
{
    ouro_list_each (link, &folder->kept) {
        struct kept *kept = ouro_container(link, struct kept, link);
        if (are_same(&kept->facts, facts) && kept->media_type == media_type)
            return kept;
    }
    return NULL;
}

/* The folder takes a reference of its own. While the file was read, another task may have read it
 * too; one of them is enough. */
static void keep(struct folder *folder, struct kept *kept)
{
    if (find_kept(folder, &kept->facts, kept->media_type))
        return;
    if (folder->kept_count == OURO_FILES_KEPT_MAX)
        forget(folder, ouro_container(ouro_list_first(&folder->kept), struct kept, link));
    ouro_list_push(&folder->kept, &kept->link);
    folder->kept_count++;
    ouro__file_ref(&kept->file);
}

/* --- reading ---------------------------------------------------------------------------------- */

/* As many bytes as there were when we looked; fewer, if it has become shorter since. */
static int read_steps(int fd, uint8_t *data, size_t len, size_t *ret_len)
{
    size_t at = 0;
    while (at < len) {
        size_t piece = len - at < OURO__FILE_STEP_BYTES ? len - at : OURO__FILE_STEP_BYTES;
        ssize_t got = pread(fd, data + at, piece, (off_t)at);
        if (got < 0)
            return -errno;
        if (got == 0)
            break;
        at += (size_t)got;
        int rc = ouro_yield();
        if (rc < 0)
            return rc;
    }
    *ret_len = at;
    return 0;
}

static int load(struct kept *kept, int fd)
{
    size_t len = (size_t)kept->facts.len;
    uint8_t *data = malloc(len ? len : 1);
    if (!data)
        return -ENOMEM;
    kept->file.plain.data = data;
    int rc = read_steps(fd, data, len, &kept->file.plain.len);
    if (rc == 0)
        rc =
            ouro__file_prepare(&kept->file, ouro__media_type_is_text(kept->media_type), ouro_yield);
    return rc;
}

/* Its tag is made of the facts: to make it of the content, all of that would have to be read
 * first. As long as they may not show a change, it is a weak one. */
static int tag_by_facts(struct kept *kept)
{
    char *etag = kept->file.plain.etag;
    bool is_strong = is_settled(&kept->facts);
    if (!is_strong)
        memcpy(etag, "W/", 2);
    return ouro__file_tag(&kept->facts, sizeof kept->facts, etag + (is_strong ? 0 : 2));
}

static int leave_where_it_is(struct kept *kept, int fd)
{
    kept->file.plain.len = (size_t)kept->facts.len;
    kept->file.fd = fcntl(fd, F_DUPFD_CLOEXEC, 0);
    return kept->file.fd < 0 ? -errno : tag_by_facts(kept);
}

static int take(struct folder *folder, int fd, const struct facts *facts, const char *media_type,
                struct kept **ret_kept)
{
    struct kept *kept = malloc(sizeof *kept);
    if (!kept)
        return -ENOMEM;
    *kept = (struct kept){
        .file = {.refs = 1,
                 .modified_s = facts->modified_ns / OURO_SEC(1),
                 .fd = -1,
                 .free = free_kept},
        .facts = *facts,
        .media_type = media_type,
    };
    bool is_small = facts->len <= OURO_FILES_KEPT_BYTES_MAX;
    int rc = is_small ? load(kept, fd) : leave_where_it_is(kept, fd);
    if (rc < 0) {
        ouro__file_unref(&kept->file);
        return rc;
    }
    struct facts after = {0};
    if (is_small && look_at(fd, &after) == 0 && are_same(&after, facts) && is_settled(&after))
        keep(folder, kept);
    *ret_kept = kept;
    return 0;
}

static int find_opened(struct folder *folder, int fd, const char *path, struct ouro__file **ret)
{
    struct facts facts = {0};
    const char *media_type = ouro__media_type(path);
    int rc = look_at(fd, &facts);
    if (rc < 0)
        return rc;
    struct kept *kept = find_kept(folder, &facts, media_type);
    if (kept) {
        ouro_unlink(&kept->link);
        ouro_list_push(&folder->kept, &kept->link);
        ouro__file_ref(&kept->file);
    } else {
        rc = take(folder, fd, &facts, media_type, &kept);
    }
    if (rc == 0)
        *ret = &kept->file;
    return rc;
}

static int find(struct ouro_files *files, const char *path, struct ouro__file **ret_file)
{
    struct folder *folder = self(files);
    int fd = open_below(folder->fd, path);
    if (fd < 0)
        return fd;
    int rc = find_opened(folder, fd, path, ret_file);
    close(fd);
    return rc;
}

/* --- life ------------------------------------------------------------------------------------- */

static void free_folder(struct ouro_files *files)
{
    struct folder *folder = self(files);
    while (!ouro_list_empty(&folder->kept))
        forget(folder, ouro_container(ouro_list_first(&folder->kept), struct kept, link));
    close(folder->fd);
    free(folder);
}

int ouro_files_of_folder(const char *path, const struct ouro_files_options *options,
                         struct ouro_files **ret_files)
{
    static const struct ouro__files_ops ops = {.find = find, .free = free_folder};
    struct folder *folder = calloc(1, sizeof *folder);
    if (!folder)
        return -ENOMEM;
    folder->base.ops = &ops;
    if (options)
        folder->base.options = *options;
    ouro_list_init(&folder->kept);
    folder->fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (folder->fd < 0) {
        int rc = -errno;
        free(folder);
        return rc;
    }
    *ret_files = &folder->base;
    return 0;
}
