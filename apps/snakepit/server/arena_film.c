/* SPDX-License-Identifier: MIT */
#include "server/arena_film.h"

#include "server/tape.h"

#include <ouro/offload.h>

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define NOTES_PLACE    1 /* among those of the stage */
#define READ_BYTES     (64 * 1024)
#define LIVE_BYTES     (16 * 1024 * 1024) /* that have not been shown yet, at the most, and ... */
#define LIVE_BYTES_S   (512 * 1024)       /* ... these, for each second that they have to wait */
#define PATH_BYTES_MAX 4352

/* --- reading, in a thread --------------------------------------------------------------------- */

/* What has been taken makes room. */
static void forget_taken(struct arena_film *film)
{
    struct ouro_buf *bytes = &film->bytes;
    if (film->at == 0)
        return;
    memmove(bytes->data, bytes->data + film->at, bytes->len - film->at);
    bytes->len -= film->at;
    film->at = 0;
}

/* More bytes behind what was not taken yet. */
static int read_more(void *arg)
{
    struct arena_film *film = arg;
    forget_taken(film);
    char *room = ouro_buf_reserve(&film->bytes, READ_BYTES);
    if (!room)
        return -ENOMEM;
    ssize_t len = read(film->fd, room, READ_BYTES);
    if (len < 0)
        return -errno;
    film->bytes.len += (size_t)len;
    film->at_end = len == 0;
    return 0;
}

static bool is_short(const struct arena_film *film, size_t len)
{
    return !film->is_live && !film->at_end && !film->reader.ended &&
           film->bytes.len - film->at < len;
}

static int read_header(struct arena_film *film)
{
    int rc = 0;
    while (rc == 0 && is_short(film, ARENA_LOG_HEADER_BYTES))
        rc = read_more(film);
    if (rc < 0)
        return rc;
    int len =
        arena_log_read_header(&film->reader, film->bytes.data, film->bytes.len, &film->header);
    film->at = len > 0 ? (size_t)len : 0;
    return len > 0 ? 0 : -OURO_EMALFORMED;
}

/* From what is there. As arena_film_next(). */
static int take(struct arena_film *film, struct arena_log_entry *ret_entry)
{
    int len = arena_log_read(&film->reader, film->bytes.data + film->at, film->bytes.len - film->at,
                             ret_entry);
    film->at += len > 0 ? (size_t)len : 0;
    if (film->last < film->reader.ticks) /* it may still be growing */
        film->last = film->reader.ticks;
    return len > 0 ? 1 : len;
}

static int start_anew(struct arena_film *film)
{
    film->bytes.len = film->at = 0;
    film->at_end = false;
    film->reader = (struct arena_log_reader){0};
    return lseek(film->fd, 0, SEEK_SET) < 0 ? -errno : read_header(film);
}

/* How long it is, by going through all of it: what a crash has left has no end. */
static int measure(struct arena_film *film)
{
    struct arena_log_entry entry;
    int rc = read_header(film);
    for (int more = 1; rc == 0 && more > 0;) {
        if (is_short(film, ARENA_LOG_RECORD_BYTES))
            rc = read_more(film);
        else
            more = take(film, &entry);
    }
    return rc < 0 ? rc : start_anew(film);
}

struct opening {
    struct arena_film *film;
    const char *folder, *name;
};

/* Its descriptor, or a failure. */
static int open_file(const struct opening *opening)
{
    struct stat status;
    char path[PATH_BYTES_MAX];
    if (snprintf(path, sizeof path, "%s/%s", opening->folder, opening->name) >= (int)sizeof path)
        return -ENAMETOOLONG;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (fd < 0)
        return -errno;
    if (fstat(fd, &status) == 0 && S_ISREG(status.st_mode))
        return fd;
    close(fd);
    return -EACCES;
}

static int open_tape(void *arg)
{
    const struct opening *opening = arg;
    int fd = open_file(opening);
    if (fd < 0)
        return fd;
    opening->film->is_tape = true;
    opening->film->fd = fd;
    return measure(opening->film);
}

static int find_tape(void *arg)
{
    uint8_t bytes[ARENA_LOG_HEADER_BYTES];
    struct arena_log_reader reader;
    struct arena_log_header header;
    int fd = open_file(arg);
    if (fd < 0)
        return -ENOENT;
    ssize_t len = read(fd, bytes, sizeof bytes);
    close(fd);
    return len > 0 && arena_log_read_header(&reader, bytes, (size_t)len, &header) > 0 ? 0 : -ENOENT;
}

int arena_film_find(const char *folder, const char *name)
{
    struct opening opening = {NULL, folder, name};
    if (!folder || !tape_name_valid(name))
        return -ENOENT;
    return ouro_offload(NULL, find_tape, &opening, OURO_FOREVER);
}

int arena_film_open(struct arena_film *film, const char *folder, const char *name)
{
    struct opening opening = {film, folder, name};
    *film = (struct arena_film){0};
    if (!folder || !tape_name_valid(name))
        return -ENOENT;
    return ouro_offload(NULL, open_tape, &opening, OURO_FOREVER);
}

static int rewind_tape(void *arg)
{
    return start_anew(arg);
}

int arena_film_rewind(struct arena_film *film)
{
    return ouro_offload(NULL, rewind_tape, film, OURO_FOREVER);
}

/* --- of what is being played ------------------------------------------------------------------ */

/* Who does not show it as fast as it comes can't go on: it ends as what has a gap does. */
static void put(void *ud, const void *data, size_t len)
{
    struct arena_film *film = ud;
    film->torn = film->torn || film->bytes.len - film->at + len > film->bytes_max;
    if (!film->torn)
        ouro_buf_append(&film->bytes, data, len);
}

int arena_film_follow(struct arena_film *film, struct arena_stage *stage, int64_t tick_ns,
                      int64_t delay_ns)
{
    size_t delay_s = (size_t)(delay_ns / OURO_SEC(1));
    *film = (struct arena_film){.is_live = true, .bytes_max = LIVE_BYTES + delay_s * LIVE_BYTES_S};
    struct arena_log_header header = {.settings = *arena_settings(stage->world),
                                      .tick_ns = (uint64_t)tick_ns};
    if (stage->notes[NOTES_PLACE])
        return -EBUSY;
    int rc = arena_notes_begin(&film->notes, &header, put, film);
    if (rc < 0)
        return rc;
    stage->notes[NOTES_PLACE] = &film->notes;
    arena_notes_flush(&film->notes);
    return read_header(film);
}

bool arena_film_is_fed(const struct arena_film *film, const struct arena_stage *played)
{
    return played && played->notes[NOTES_PLACE] == &film->notes && !film->torn;
}

/* --- both ------------------------------------------------------------------------------------- */

int arena_film_next(struct arena_film *film, struct arena_log_entry *ret_entry)
{
    int rc = 0;
    film->at_end = false; /* by now there may be more */
    while (rc == 0 && is_short(film, ARENA_LOG_RECORD_BYTES))
        rc = ouro_offload(NULL, read_more, film, OURO_FOREVER);
    if (rc < 0)
        return rc;
    if (film->is_live && film->at > READ_BYTES && film->at > film->bytes.len / 2)
        forget_taken(film);
    return take(film, ret_entry);
}

static int close_tape(void *arg)
{
    const struct arena_film *film = arg;
    return close(film->fd) < 0 ? -errno : 0;
}

void arena_film_close(struct arena_film *film, struct arena_stage *played)
{
    struct ouro_scope shield;
    if (played && played->notes[NOTES_PLACE] == &film->notes)
        played->notes[NOTES_PLACE] = NULL;
    ouro_shield_open(&shield, OURO_FOREVER);
    if (film->is_tape)
        (void)ouro_offload(NULL, close_tape, film, OURO_FOREVER);
    ouro_scope_close(&shield);
    arena_notes_done(&film->notes);
    ouro_buf_done(&film->bytes);
}
