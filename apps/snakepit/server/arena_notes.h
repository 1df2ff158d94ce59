/* SPDX-License-Identifier: MIT */
/* What happens in an arena, written down as it does: the rules' log (rules/arena_log.h), piece by
 * piece to whoever keeps it. */
#ifndef SNAKEPIT_ARENA_NOTES_H
#define SNAKEPIT_ARENA_NOTES_H

#include "rules/arena_log.h"

/* Takes the next piece of the log. */
typedef void arena_notes_put(void *ud, const void *data, size_t len);

struct arena_notes {
    struct arena_log_writer writer;
    uint8_t *piece;
    arena_notes_put *put;
    void *ud;
};

/* Of a world that was just made; or of a copy of one, by somebody who has another. 0, -ENOMEM. */
int arena_notes_begin(struct arena_notes *notes, const struct arena_log_header *header,
                      arena_notes_put *put, void *ud);
void arena_notes_join(struct arena_notes *notes, uint32_t id, const struct arena_face *face);
void arena_notes_leave(struct arena_notes *notes, uint32_t id);
void arena_notes_input(struct arena_notes *notes, uint32_t id, uint8_t input);
/* False: too much has happened in one tick for a log, and no more is written. */
bool arena_notes_go_on(const struct arena_notes *notes);
/* What there is is put. */
void arena_notes_flush(struct arena_notes *notes);
/* After a tick, which is put at once, with all before it. */
void arena_notes_tick(struct arena_notes *notes, const struct arena_world *world);
/* The end of the log. */
void arena_notes_end(struct arena_notes *notes, const struct arena_world *world);
/* No more of it. */
void arena_notes_done(struct arena_notes *notes);

#endif
