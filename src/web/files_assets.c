/* SPDX-License-Identifier: MIT */
/* Files that are embedded in the program. */
#include "web/files.h"
#include "web/http_path.h"

#include <stdlib.h>
#include <string.h>

struct entry {
    const char *path;
    struct ouro__file file;
};

struct assets {
    struct ouro_files base;
    size_t count;
    struct entry entries[]; /* sorted by path */
};

static struct assets *self(struct ouro_files *files)
{
    return ouro_container(files, struct assets, base);
}

static int compare(const void *a, const void *b)
{
    return strcmp(((const struct entry *)a)->path, ((const struct entry *)b)->path);
}

static struct entry *look_up(struct assets *assets, const char *path)
{
    struct entry key = {.path = path};
    return bsearch(&key, assets->entries, assets->count, sizeof key, compare);
}

/* A folder is a name with an index.html below it. */
static bool is_folder(struct assets *assets, const char *path)
{
    static const char index[] = "/index.html";
    char below[OURO__FILE_PATH_BYTES + sizeof index];
    size_t len = strlen(path);
    if (len >= OURO__FILE_PATH_BYTES)
        return false;
    memcpy(below, path, len);
    memcpy(below + len, index, sizeof index);
    return look_up(assets, below);
}

static int find(struct ouro_files *files, const char *path, struct ouro__file **ret_file)
{
    struct assets *assets = self(files);
    struct entry *entry = look_up(assets, path);
    if (!entry)
        return is_folder(assets, path) ? -EISDIR : -ENOENT;
    *ret_file = ouro__file_ref(&entry->file);
    return 0;
}

static void drop_compressed(struct ouro__file *file)
{
    free((void *)(uintptr_t)file->gzip.data);
}

static void free_assets(struct ouro_files *files)
{
    struct assets *assets = self(files);
    for (size_t i = 0; i < assets->count; i++)
        ouro__file_unref(&assets->entries[i].file);
    free(assets);
}

static size_t count_of(const struct ouro_asset *assets)
{
    size_t count = 0;
    while (assets[count].path)
        count++;
    return count;
}

static int add(struct assets *assets, const struct ouro_asset *asset)
{
    struct entry *entry = &assets->entries[assets->count++];
    *entry = (struct entry){
        .path = asset->path,
        .file = {.refs = 1, .modified_s = -1, .fd = -1, .free = drop_compressed},
    };
    entry->file.plain.data = asset->data;
    entry->file.plain.len = asset->len;
    bool is_text = ouro__media_type_is_text(ouro__media_type(asset->path));
    return ouro__file_prepare(&entry->file, is_text, NULL);
}

int ouro_files_of_assets(const struct ouro_asset *assets, const struct ouro_files_options *options,
                         struct ouro_files **ret_files)
{
    static const struct ouro__files_ops ops = {.find = find, .free = free_assets};
    size_t count = count_of(assets);
    struct assets *files = calloc(1, sizeof *files + count * sizeof *files->entries);
    if (!files)
        return -ENOMEM;
    files->base.ops = &ops;
    if (options)
        files->base.options = *options;
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < count; i++)
        rc = add(files, &assets[i]);
    if (rc < 0) {
        free_assets(&files->base);
        return rc;
    }
    qsort(files->entries, files->count, sizeof *files->entries, compare);
    *ret_files = &files->base;
    return 0;
}
