/* SPDX-License-Identifier: MIT */
#include "server/arena_recording.h"

#define NOTES_PLACE 0 /* among those of the stage */

/* So much of a tape is kept for its last tick, in which very many may join, and the log's end. */
#define SET_ASIDE_SHARE 16
#define SET_ASIDE_MAX   (1024 * 1024)

static void put(void *tape, const void *data, size_t len)
{
    tape_put(tape, data, len);
}

void arena_recording_start(struct arena_recording *recording, const struct arena_options *options,
                           struct arena_stage *stage)
{
    struct arena_log_header header = {
        .settings = options->rules,
        .seed = options->seed,
        .tick_ns = (uint64_t)options->tick_ns,
        .recorded_s = (uint64_t)(ouro_wall_time() / OURO_SEC(1)),
    };
    uint64_t share = options->record_bytes_max / SET_ASIDE_SHARE;
    *recording = (struct arena_recording){
        .stage = stage, .set_aside = share < SET_ASIDE_MAX ? share : SET_ASIDE_MAX};
    const struct tape_options tape = {.folder = options->record,
                                      .kind = ARENA_TAPE_KIND,
                                      .bytes_max = options->record_bytes_max,
                                      .files_max = options->recordings_max};
    if (tape_open(&tape, &recording->tape) < 0)
        return;
    if (arena_notes_begin(&recording->notes, &header, put, recording->tape) < 0) {
        recording->tape = tape_close(recording->tape);
        return;
    }
    stage->notes[NOTES_PLACE] = &recording->notes;
    ouro_log(OURO_LOG_INFO, "the arena is recorded: %s/%s", options->record,
             tape_name(recording->tape));
}

static void finish(struct arena_recording *recording)
{
    arena_notes_end(&recording->notes, recording->stage->world);
    tape_flush(recording->tape);
    recording->stage->notes[NOTES_PLACE] = NULL;
}

void arena_recording_flush(struct arena_recording *recording)
{
    if (!recording->tape || !recording->stage->notes[NOTES_PLACE])
        return;
    tape_flush(recording->tape);
    if (tape_goes_on(recording->tape) && tape_left(recording->tape) < recording->set_aside) {
        ouro_log(OURO_LOG_WARN, "the recording %s ends here: it is as long as it may be",
                 tape_name(recording->tape));
        finish(recording);
        return;
    }
    if (!arena_notes_go_on(&recording->notes))
        ouro_log(OURO_LOG_WARN, "the recording ends: too much was asked for in one tick");
    if (!tape_goes_on(recording->tape) || !arena_notes_go_on(&recording->notes))
        recording->stage->notes[NOTES_PLACE] = NULL;
}

void arena_recording_stop(struct arena_recording *recording)
{
    if (!recording->tape)
        return;
    if (recording->stage->notes[NOTES_PLACE])
        finish(recording);
    arena_notes_done(&recording->notes);
    recording->tape = tape_close(recording->tape);
}
