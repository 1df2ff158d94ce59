/* SPDX-License-Identifier: MIT */
/**
 * Playing an arena's log: the world as it was, tick by tick, forwards, or at any tick. Pure.
 *
 * On the way, checkpoints are kept, for going back: so many as there is memory for, at even
 * distances. When there are too many, every second is dropped, and from then on they are twice as
 * far apart.
 *
 *      tick    0        512       1024      1536     now
 *              |---------|---------|---------|--------^
 *              ^ the nearest checkpoint and some steps lead to any tick behind
 */
#ifndef SNAKEPIT_ARENA_REPLAY_H
#define SNAKEPIT_ARENA_REPLAY_H

#include "rules/arena_log.h"

/** The first is at tick 0. */
#define ARENA_REPLAY_CHECKPOINTS_MIN 2
#define ARENA_REPLAY_CHECKPOINTS_MAX 256

struct arena_replay;

/** How many bytes a replay takes: one world for now, and one for each checkpoint. */
size_t arena_replay_bytes(const struct arena_settings *settings, uint32_t checkpoints);

/**
 * Make a replay, at tick 0, in the caller's memory, of arena_replay_bytes(), aligned as malloc
 * does; `log` are the bytes of a whole log or of its beginning, which stay where they are. Returns
 * `memory`; NULL: these are no header, or one of other settings.
 */
struct arena_replay *arena_replay_init(void *memory, const struct arena_settings *settings,
                                       uint32_t checkpoints, const void *log, size_t len);

/** The log has become longer, or lies elsewhere; what was there is the same. */
void arena_replay_extend(struct arena_replay *replay, const void *log, size_t len);

/**
 * Play one tick: the calls before it, and then itself. 1: done; 0: the log ends here (or: breaks
 * off here; arena_replay_is_whole()); -OURO_EMALFORMED: it is damaged at arena_replay_offset();
 * -EBADMSG: the world of this tick is not the one that was recorded, by its digest, or because it
 * does not take a call that was noted at arena_replay_offset(). After a failure all that is left is
 * going back.
 */
int arena_replay_step(struct arena_replay *replay, arena_emit *emit, void *ud);

/**
 * Go on towards a tick, from the nearest checkpoint if that is better than from here, at most
 * `steps_max` ticks. Nothing is emitted. 1: it is there, or at the log's end before it; 0: call
 * again; or as arena_replay_step().
 */
int arena_replay_seek(struct arena_replay *replay, uint32_t tick, uint32_t steps_max);

/** The world of now: its arena_ticks() say where the replay is. */
const struct arena_world *arena_replay_world(const struct arena_replay *replay);
/** Of a living snake's number. */
const struct arena_face *arena_replay_face(const struct arena_replay *replay, uint32_t number);
/** How many bytes of the log have been played. */
uint64_t arena_replay_offset(const struct arena_replay *replay);
/** How many digests agreed on the way to now. */
uint32_t arena_replay_digests(const struct arena_replay *replay);
/** The log's end was reached, and is there. */
bool arena_replay_is_whole(const struct arena_replay *replay);

#endif
