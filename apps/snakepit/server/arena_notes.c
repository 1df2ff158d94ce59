/* SPDX-License-Identifier: MIT */
#include "server/arena_notes.h"

#include <ouro/base.h>

#include <stdlib.h>

#define PIECE_BYTES (64 * 1024)

/* What there is goes to the keeper, and the piece is empty again. A log that has failed says no
 * more: so many called that it would be of no use. */
void arena_notes_flush(struct arena_notes *notes)
{
    int64_t len = arena_log_swap(&notes->writer, notes->piece, PIECE_BYTES);
    if (len > 0)
        notes->put(notes->ud, notes->piece, (size_t)len);
}

/* Before the next record. */
static void make_room(struct arena_notes *notes)
{
    if (PIECE_BYTES - notes->writer.len < 2 * ARENA_LOG_RECORD_BYTES)
        arena_notes_flush(notes);
}

int arena_notes_begin(struct arena_notes *notes, const struct arena_log_header *header,
                      arena_notes_put *put, void *ud)
{
    *notes = (struct arena_notes){.piece = malloc(PIECE_BYTES), .put = put, .ud = ud};
    if (!notes->piece)
        return -ENOMEM;
    arena_log_begin(&notes->writer, notes->piece, PIECE_BYTES, header);
    return 0;
}

void arena_notes_join(struct arena_notes *notes, uint32_t id, const struct arena_face *face)
{
    make_room(notes);
    arena_log_join(&notes->writer, id, face);
}

void arena_notes_leave(struct arena_notes *notes, uint32_t id)
{
    make_room(notes);
    arena_log_leave(&notes->writer, id);
}

void arena_notes_input(struct arena_notes *notes, uint32_t id, uint8_t input)
{
    make_room(notes);
    arena_log_input(&notes->writer, id, input);
}

void arena_notes_tick(struct arena_notes *notes, const struct arena_world *world)
{
    make_room(notes);
    arena_log_tick(&notes->writer, world);
    arena_notes_flush(notes);
}

void arena_notes_end(struct arena_notes *notes, const struct arena_world *world)
{
    make_room(notes);
    arena_log_end(&notes->writer, world);
    arena_notes_flush(notes);
}

bool arena_notes_go_on(const struct arena_notes *notes)
{
    return !notes->writer.failed;
}

void arena_notes_done(struct arena_notes *notes)
{
    free(notes->piece);
    *notes = (struct arena_notes){0};
}
