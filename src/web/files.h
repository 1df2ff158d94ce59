/* SPDX-License-Identifier: MIT */
/* What can be served, wherever it comes from: files.c answers with it, files_assets.c and
 * files_folder.c find it. */
#ifndef OURO_WEB_FILES_H
#define OURO_WEB_FILES_H

#include "ouro/web.h"

/* What is done in one step, where others wait for it. */
#define OURO__FILE_STEP_BYTES 65536

/* Two quotes, W/, 32 hex digits, "-gz", NUL. */
#define OURO__ETAG_BYTES 40

/* One form of a file. */
struct ouro__variant {
    const uint8_t *data; /* NULL: it is not in memory, or there is no such form */
    size_t len;
    char etag[OURO__ETAG_BYTES];
};

struct ouro__file {
    uint32_t refs;
    struct ouro__variant plain, gzip;
    int64_t modified_s;                    /* since 1970; negative: not known */
    int fd;                                /* where it is read from, if not from memory; else -1 */
    void (*free)(struct ouro__file *file); /* when the last reference goes */
};

struct ouro__files_ops {
    /* A reference to the file of that name, which ouro__http_file_path() made. May wait. -ENOENT;
     * -EISDIR: it is a folder; -ECANCELED; -ENOMEM, -EMFILE, -EIO and such. */
    int (*find)(struct ouro_files *files, const char *path, struct ouro__file **ret_file);
    void (*free)(struct ouro_files *files);
};

/* The head of each kind's own struct. */
struct ouro_files {
    const struct ouro__files_ops *ops;
    struct ouro_files_options options;
};

struct ouro__file *ouro__file_ref(struct ouro__file *file);
void ouro__file_unref(struct ouro__file *file);

/* By the name's ending. Static storage, so that equal ones have one address. */
const char *ouro__media_type(const char *path);
/* Does it have much to gain by compression? */
bool ouro__media_type_is_text(const char *media_type);

/*
 * Give a file, of which `plain` has data and length, its entity tags and, if it is worth it, its
 * compressed form, which is the file's own to free(). `pause` is called between steps, if there are
 * more than one of them; what it fails with is passed on; NULL: in one go. 0, -ENOMEM.
 */
int ouro__file_prepare(struct ouro__file *file, bool compress, int (*pause)(void));
/* The entity tag of these bytes. 0, -ENOMEM. */
int ouro__file_tag(const void *data, size_t len, char ret_etag[OURO__ETAG_BYTES]);

#endif
