/* SPDX-License-Identifier: MIT */
/* What is shown in a replay, record by record: of a tape that was recorded, or of an arena that is
 * being played, from now on. */
#ifndef SNAKEPIT_ARENA_FILM_H
#define SNAKEPIT_ARENA_FILM_H

#include "server/arena_stage.h"

/* All zero: none. Stays where it was opened. */
struct arena_film {
    bool is_live, torn;
    bool is_tape; /* it has a file: */
    int fd;
    bool at_end; /* the tape has been read, so far */
    struct ouro_buf bytes;
    size_t bytes_max; /* if it is live */
    size_t at;        /* what is before has been taken */
    struct arena_log_header header;
    struct arena_log_reader reader;
    uint32_t last; /* tick of a tape, as far as is known */
    struct arena_notes notes;
};

/* Is there such a tape, which begins as one does? 0, or -ENOENT. `name` may be anything. Waits for
 * the disk. */
int arena_film_find(const char *folder, const char *name);
/* A tape of that folder; `name` may be anything. Waits for the disk. 0; -ENOENT, -EACCES, ...:
 * there is no such tape; -OURO_EMALFORMED: it is none of an arena; -ENOMEM. arena_film_close() in
 * any case. */
int arena_film_open(struct arena_film *film, const char *folder, const char *name);
/* Of that stage from now on, with its world as it is, to be shown so much later. 0; -EBUSY: it is
 * filmed already; -ENOMEM. */
int arena_film_follow(struct arena_film *film, struct arena_stage *stage, int64_t tick_ns,
                      int64_t delay_ns);
/* Is it still of what is played now, which may be NULL? */
bool arena_film_is_fed(const struct arena_film *film, const struct arena_stage *played);
void arena_film_close(struct arena_film *film, struct arena_stage *played);

/* The next record. 1; 0: there is no more, so far; -OURO_EMALFORMED. Waits for the disk. */
int arena_film_next(struct arena_film *film, struct arena_log_entry *ret_entry);
/* To the first one. Waits for the disk. */
int arena_film_rewind(struct arena_film *film);

#endif
