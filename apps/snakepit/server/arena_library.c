/* SPDX-License-Identifier: MIT */
#include "server/arena_library.h"

#include "rules/arena_log.h"
#include "server/tape.h"

#include <ouro/offload.h>

#include <dirent.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define END_BYTES 17 /* of a log's last record: its kind, ticks, digest, sum */

/* --- in a thread ------------------------------------------------------------------------------ */

struct listing {
    const char *folder;
    char names[ARENA_LISTED_MAX][TAPE_NAME_BYTES]; /* the newest first: names end with the date */
    size_t count;
    json_t *files;
};

/* Of a folder with any number of files, only the newest are kept. */
static void add_name(struct listing *listing, const char *name)
{
    size_t place = listing->count;
    while (place > 0 && strcmp(listing->names[place - 1], name) < 0)
        place--;
    if (place == ARENA_LISTED_MAX)
        return;
    if (listing->count < ARENA_LISTED_MAX)
        listing->count++;
    memmove(listing->names[place + 1], listing->names[place],
            (listing->count - 1 - place) * sizeof listing->names[0]);
    memcpy(listing->names[place], name, strlen(name) + 1);
}

static int read_names(struct listing *listing)
{
    const struct dirent *entry;
    DIR *folder = opendir(listing->folder);
    if (!folder)
        return -errno;
    while ((entry = readdir(folder))) {
        if (tape_name_valid(entry->d_name))
            add_name(listing, entry->d_name);
    }
    closedir(folder);
    return 0;
}

/* 0: the log has no end, so far. */
static uint32_t ticks_at_end(int fd, off_t bytes)
{
    uint8_t last[END_BYTES];
    if (bytes < END_BYTES || pread(fd, last, sizeof last, bytes - END_BYTES) != END_BYTES ||
        last[0] != ARENA_LOG_END)
        return 0;
    return (uint32_t)last[1] | (uint32_t)last[2] << 8 | (uint32_t)last[3] << 16 |
           (uint32_t)last[4] << 24;
}

/* In ms; 0: it has no beginning, so far. */
static double tick_ms_of(int fd)
{
    uint8_t bytes[ARENA_LOG_HEADER_BYTES];
    struct arena_log_reader reader;
    struct arena_log_header header;
    ssize_t len = pread(fd, bytes, sizeof bytes, 0);
    bool good = len > 0 && arena_log_read_header(&reader, bytes, (size_t)len, &header) > 0;
    return good ? (double)header.tick_ns / 1e6 : 0;
}

static void list_one(struct listing *listing, int folder, const char *name)
{
    struct stat status;
    int fd = openat(folder, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (fd < 0)
        return;
    if (fstat(fd, &status) == 0 && S_ISREG(status.st_mode))
        json_array_append_new(listing->files,
                              json_pack("{s:s, s:I, s:f, s:I}", "name", name, "ticks",
                                        (json_int_t)ticks_at_end(fd, status.st_size), "tick_ms",
                                        tick_ms_of(fd), "bytes", (json_int_t)status.st_size));
    close(fd);
}

static int list_files(void *arg)
{
    struct listing *listing = arg;
    int rc = read_names(listing);
    int folder = rc == 0 ? open(listing->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
    listing->files = json_array();
    for (size_t i = 0; folder >= 0 && i < listing->count; i++)
        list_one(listing, folder, listing->names[i]);
    if (folder >= 0)
        close(folder);
    return listing->files ? 0 : -ENOMEM;
}

/* --- on the loop ------------------------------------------------------------------------------ */

static json_t *find_files(const struct arena_library *library)
{
    struct listing *listing = calloc(1, sizeof *listing);
    if (!listing)
        return NULL;
    listing->folder = library->folder;
    ouro_offload(NULL, list_files, listing, OURO_FOREVER);
    json_t *files = listing->files;
    free(listing);
    return files;
}

static void answer(struct arena_library *library)
{
    uint64_t questions[ARENA_QUESTIONS_MAX];
    uint32_t count = library->question_count;
    memcpy(questions, library->questions, sizeof questions);
    library->question_count = 0;
    json_t *files = find_files(library);
    for (uint32_t i = 0; i < count; i++)
        ouro_lobby_answer(library->lobby, questions[i], json_pack("{s:O}", "files", files));
    json_decref(files);
}

static int be_librarian(void *arg)
{
    struct arena_library *library = arg;
    int rc;
    while ((rc = ouro_event_wait(&library->asked, OURO_FOREVER)) == 0) {
        ouro_event_clear(&library->asked);
        answer(library);
    }
    return rc;
}

void arena_library_ask(struct arena_library *library, struct ouro_room *room, uint64_t request)
{
    if (!library->folder) {
        ouro_room_answer(room, request, json_pack("{s:[]}", "files"));
    } else if (library->question_count == ARENA_QUESTIONS_MAX) {
        ouro_room_refuse(room, request, "too_busy", "too many ask; try again");
    } else {
        library->questions[library->question_count++] = request;
        ouro_event_set(&library->asked);
    }
}

int arena_library_open(struct arena_library *library, struct ouro_lobby *lobby, const char *folder)
{
    *library = (struct arena_library){.lobby = lobby, .folder = folder};
    ouro_event_init(&library->asked);
    return folder ? ouro_spawn(be_librarian, library, NULL, &library->librarian) : 0;
}

void arena_library_close(struct arena_library *library)
{
    if (!library->librarian)
        return;
    ouro_cancel(library->librarian);
    ouro_await(library->librarian, OURO_FOREVER, NULL);
    library->librarian = ouro_task_unref(library->librarian);
    ouro_event_done(&library->asked);
}
