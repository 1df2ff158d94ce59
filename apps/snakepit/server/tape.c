/* SPDX-License-Identifier: MIT */
#include "server/tape.h"

#include <ouro/offload.h>
#include <ouro/sync.h>

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define SUFFIX         ".tape"
#define WAITING_MAX    (8 * 1024 * 1024) /* bytes that the disk has not taken yet */
#define NAMES_MAX      100               /* that are tried: of so many seconds, from now on */
#define PATH_BYTES_MAX 4352

struct tape {
    char name[TAPE_NAME_BYTES], path[PATH_BYTES_MAX];
    int fd;
    uint64_t bytes, bytes_max; /* put, and how many may be */
    struct ouro_buf waiting;
    struct ouro_event flush;
    bool ended, closing;
    struct ouro_task *writer;
};

/* --- names ------------------------------------------------------------------------------------ */

bool tape_name_valid(const char *name)
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyz0123456789-";
    size_t stem = strspn(name, allowed);
    return stem > 0 && strcmp(name + stem, SUFFIX) == 0 && strlen(name) < TAPE_NAME_BYTES;
}

/* From the calendar, so many seconds from now. */
static void name_it(struct tape *tape, const char *kind, int later_s)
{
    time_t when = (time_t)(ouro_wall_time() / OURO_SEC(1)) + later_s;
    struct tm day;
    char date[32];
    gmtime_r(&when, &day);
    strftime(date, sizeof date, "%Y%m%d-%H%M%S", &day);
    snprintf(tape->name, sizeof tape->name, "%.16s-%.16s" SUFFIX, kind, date);
}

/* --- opening ---------------------------------------------------------------------------------- */

struct opening {
    struct tape *tape;
    const struct tape_options *options;
};

static int by_name(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

static int is_tape(const struct dirent *entry)
{
    return tape_name_valid(entry->d_name);
}

static bool is_of_kind(const char *name, const char *kind)
{
    size_t len = strlen(kind);
    return strncmp(name, kind, len) == 0 && name[len] == '-';
}

static void remove_tape(const char *folder, const char *name)
{
    char path[PATH_BYTES_MAX];
    if (snprintf(path, sizeof path, "%s/%s", folder, name) >= (int)sizeof path)
        return;
    if (unlink(path) < 0)
        ouro_log(OURO_LOG_WARN, "the old tape %s can't be removed: %s", path,
                 ouro_error_text(-errno));
    else
        ouro_log(OURO_LOG_INFO, "the old tape %s is removed, for there is a new one", path);
}

static int open_new(const struct opening *opening, int later_s)
{
    struct tape *tape = opening->tape;
    name_it(tape, opening->options->kind, later_s);
    int len =
        snprintf(tape->path, sizeof tape->path, "%s/%s", opening->options->folder, tape->name);
    if (len >= (int)sizeof tape->path)
        return -ENAMETOOLONG;
    tape->fd = open(tape->path, O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0666);
    return tape->fd < 0 ? -errno : 0;
}

/* Is it one of those that may have to go? The new one is not, whatever the clock says of it. */
static bool is_old(const struct opening *opening, const char *name)
{
    return is_of_kind(name, opening->options->kind) && strcmp(name, opening->tape->name) != 0;
}

/* Names end with the date: the first are the oldest. */
static void remove_oldest(const struct opening *opening)
{
    const struct tape_options *options = opening->options;
    struct dirent **entries;
    int count = options->files_max ? scandir(options->folder, &entries, is_tape, by_name) : -1;
    uint32_t old = 0;
    for (int i = 0; i < count; i++)
        old += is_old(opening, entries[i]->d_name);
    for (int i = 0; i < count; i++) {
        if (old >= options->files_max && is_old(opening, entries[i]->d_name)) {
            remove_tape(options->folder, entries[i]->d_name);
            old--;
        }
        free(entries[i]);
    }
    if (count >= 0)
        free(entries);
}

/* In a thread. Nothing is removed for a tape that can't be made. */
static int open_any(void *arg)
{
    const struct opening *opening = arg;
    int rc = -EEXIST;
    if (mkdir(opening->options->folder, 0777) < 0 && errno != EEXIST)
        return -errno;
    for (int later_s = 0; rc == -EEXIST && later_s < NAMES_MAX; later_s++)
        rc = open_new(opening, later_s);
    if (rc == 0)
        remove_oldest(opening);
    return rc;
}

/* --- writing ---------------------------------------------------------------------------------- */

static void end(struct tape *tape, const char *why)
{
    if (!tape->ended)
        ouro_log(OURO_LOG_WARN, "the tape %s ends here: %s", tape->path, why);
    tape->ended = true;
}

struct writing {
    int fd;
    const char *data;
    size_t len;
};

/* In a thread. */
static int write_all(void *arg)
{
    struct writing *writing = arg;
    while (writing->len > 0) {
        ssize_t done = write(writing->fd, writing->data, writing->len);
        if (done < 0 && errno != EINTR)
            return -errno;
        writing->data += done > 0 ? done : 0;
        writing->len -= done > 0 ? (size_t)done : 0;
    }
    return 0;
}

static void write_waiting(struct tape *tape)
{
    struct ouro_buf taken = tape->waiting;
    struct writing writing = {tape->fd, taken.data, taken.len};
    tape->waiting = (struct ouro_buf){0};
    int rc = tape->ended ? 0 : ouro_offload(NULL, write_all, &writing, OURO_FOREVER);
    if (rc < 0)
        end(tape, ouro_error_text(rc));
    ouro_buf_done(&taken);
}

/* What comes while the disk is at work is written, too, before it is closed. */
static int be_writer(void *arg)
{
    struct tape *tape = arg;
    int rc = 0;
    while (rc == 0 && !(tape->closing && tape->waiting.len == 0)) {
        rc = ouro_event_wait(&tape->flush, OURO_FOREVER);
        ouro_event_clear(&tape->flush);
        write_waiting(tape);
    }
    return rc;
}

void tape_put(struct tape *tape, const void *data, size_t len)
{
    if (tape->bytes + len > tape->bytes_max)
        end(tape, "it is as long as it may be");
    else if (tape->waiting.len + len > WAITING_MAX)
        end(tape, "the disk is too slow");
    if (tape->ended)
        return;
    ouro_buf_append(&tape->waiting, data, len);
    tape->bytes += len;
    if (ouro_buf_failed(&tape->waiting))
        end(tape, "there is no memory");
}

void tape_flush(struct tape *tape)
{
    if (tape->waiting.len > 0)
        ouro_event_set(&tape->flush);
}

bool tape_goes_on(const struct tape *tape)
{
    return !tape->ended;
}

uint64_t tape_left(const struct tape *tape)
{
    return tape->bytes_max - tape->bytes;
}

const char *tape_name(const struct tape *tape)
{
    return tape->name;
}

/* --- life ------------------------------------------------------------------------------------- */

int tape_open(const struct tape_options *options, struct tape **ret_tape)
{
    struct tape *tape = calloc(1, sizeof *tape);
    struct opening opening = {tape, options};
    if (!tape)
        return -ENOMEM;
    tape->fd = -1;
    tape->bytes_max = options->bytes_max;
    ouro_event_init(&tape->flush);
    int rc = ouro_offload(NULL, open_any, &opening, OURO_FOREVER);
    if (rc < 0)
        ouro_log(OURO_LOG_ERROR, "no tape can be made in the folder %s: %s", options->folder,
                 ouro_error_text(rc));
    else
        rc = ouro_spawn(be_writer, tape, NULL, &tape->writer);
    if (rc < 0) {
        tape_close(tape);
        return rc;
    }
    *ret_tape = tape;
    return 0;
}

static int close_file(void *arg)
{
    const struct tape *tape = arg;
    return close(tape->fd) < 0 ? -errno : 0;
}

struct tape *tape_close(struct tape *tape)
{
    struct ouro_scope shield;
    if (!tape)
        return NULL;
    ouro_shield_open(&shield, OURO_FOREVER);
    tape->closing = true;
    ouro_event_set(&tape->flush);
    if (tape->writer)
        ouro_await(tape->writer, OURO_FOREVER, NULL);
    ouro_task_unref(tape->writer);
    if (tape->fd >= 0 && ouro_offload(NULL, close_file, tape, OURO_FOREVER) < 0)
        end(tape, "it could not be closed");
    ouro_scope_close(&shield);
    ouro_event_done(&tape->flush);
    ouro_buf_done(&tape->waiting);
    free(tape);
    return NULL;
}
