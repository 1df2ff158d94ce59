/* SPDX-License-Identifier: MIT */
#include "rules/arena_replay.h"

#include "rules/arena_world.h"

#include <string.h>

/* All that changes as a log is played, in front of a world and the faces of its snakes:
 *
 *      | struct moment | struct arena_world ... | faces[snakes_max] |
 */
struct moment {
    struct arena_log_reader reader;
    uint32_t run;     /* ticks of the last record that are yet to come */
    uint32_t digests; /* that agreed */
};

struct arena_replay {
    const uint8_t *log;
    size_t len;
    size_t world_bytes, moment_bytes;
    uint32_t checkpoints, checkpoints_max;
    uint32_t distance; /* ticks from one to the next */
};

/* --- memory ---------------------------------------------------------------------------------- */

static size_t round_up(size_t bytes)
{
    return (bytes + 15) & ~(size_t)15;
}

static size_t world_bytes(const struct arena_settings *settings)
{
    return round_up(arena_world_bytes(settings));
}

static size_t moment_bytes(const struct arena_settings *settings)
{
    return round_up(sizeof(struct moment)) + world_bytes(settings) +
           round_up(settings->snakes_max * sizeof(struct arena_face));
}

size_t arena_replay_bytes(const struct arena_settings *settings, uint32_t checkpoints)
{
    return round_up(sizeof(struct arena_replay)) + (1 + checkpoints) * moment_bytes(settings);
}

/* Number 0 is now; checkpoint i is number i + 1. */
static struct moment *moment_at(struct arena_replay *replay, uint32_t number)
{
    char *first = (char *)replay + round_up(sizeof *replay);
    return (struct moment *)(void *)(first + number * replay->moment_bytes);
}

static const struct moment *now_of(const struct arena_replay *replay)
{
    return (const struct moment *)(const void *)((const char *)replay + round_up(sizeof *replay));
}

static struct arena_world *world_of(struct moment *moment)
{
    return (struct arena_world *)(void *)((char *)moment + round_up(sizeof *moment));
}

static struct arena_face *faces_of(const struct arena_replay *replay, struct moment *moment)
{
    return (struct arena_face *)(void *)((char *)world_of(moment) + replay->world_bytes);
}

/* --- checkpoints ----------------------------------------------------------------------------- */

static void copy_moment(struct arena_replay *replay, uint32_t to, uint32_t from)
{
    memcpy(moment_at(replay, to), moment_at(replay, from), replay->moment_bytes);
}

static void thin(struct arena_replay *replay)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < replay->checkpoints; i += 2, kept++)
        if (kept != i)
            copy_moment(replay, kept + 1, i + 1);
    replay->checkpoints = kept;
    replay->distance *= 2;
}

/* Checkpoint i is at tick i * distance: the next one is due when that tick is now. */
static void keep_checkpoint(struct arena_replay *replay)
{
    uint32_t tick = arena_ticks(arena_replay_world(replay));
    if (replay->checkpoints == replay->checkpoints_max &&
        tick == replay->checkpoints * replay->distance)
        thin(replay);
    if (tick != replay->checkpoints * replay->distance)
        return;
    copy_moment(replay, replay->checkpoints + 1, 0);
    replay->checkpoints++;
}

struct arena_replay *arena_replay_init(void *memory, const struct arena_settings *settings,
                                       uint32_t checkpoints, const void *log, size_t len)
{
    struct arena_log_reader reader;
    struct arena_log_header header;
    ouro_assert(checkpoints >= ARENA_REPLAY_CHECKPOINTS_MIN &&
                checkpoints <= ARENA_REPLAY_CHECKPOINTS_MAX);
    if (arena_log_read_header(&reader, log, len, &header) <= 0 ||
        memcmp(&header.settings, settings, sizeof *settings) != 0)
        return NULL;
    struct arena_replay *replay = memory;
    *replay = (struct arena_replay){
        .log = log,
        .len = len,
        .world_bytes = world_bytes(settings),
        .moment_bytes = moment_bytes(settings),
        .checkpoints_max = checkpoints,
        .distance = ARENA_LOG_CHECK_TICKS,
    };
    struct moment *now = moment_at(replay, 0);
    *now = (struct moment){.reader = reader};
    arena_world_init(world_of(now), settings, header.seed);
    memset(faces_of(replay, now), 0, settings->snakes_max * sizeof(struct arena_face));
    keep_checkpoint(replay);
    return replay;
}

void arena_replay_extend(struct arena_replay *replay, const void *log, size_t len)
{
    replay->log = log;
    replay->len = len;
}

/* --- steps ----------------------------------------------------------------------------------- */

static int join(struct arena_replay *replay, struct moment *now,
                const struct arena_log_entry *entry)
{
    int rc = arena_join(world_of(now), entry->id);
    if (rc == 0)
        faces_of(replay, now)[arena__id_find(world_of(now), entry->id)] = entry->face;
    return rc;
}

static int apply(struct arena_replay *replay, struct moment *now,
                 const struct arena_log_entry *entry)
{
    switch (entry->kind) {
    case ARENA_LOG_TICKS:
        now->run = entry->ticks;
        return 0;
    case ARENA_LOG_JOIN:
        return join(replay, now, entry);
    case ARENA_LOG_LEAVE:
        return arena_leave(world_of(now), entry->id);
    case ARENA_LOG_INPUT:
        return arena_input(world_of(now), entry->id, entry->input);
    case ARENA_LOG_CHECK:
    case ARENA_LOG_END:
        break;
    }
    bool same = entry->digest == arena_digest(world_of(now));
    now->digests += same;
    return same ? 0 : -EBADMSG;
}

/* One record. 1, or 0: there is none; or a failure, of which the reader's offset is the place. A
 * call that the world of then has taken and this one does not is like a digest that differs. */
static int play_record(struct arena_replay *replay)
{
    struct moment *now = moment_at(replay, 0);
    struct arena_log_reader before = now->reader;
    struct arena_log_entry entry;
    size_t at = (size_t)now->reader.offset;
    int rc = at >= replay->len
                 ? 0
                 : arena_log_read(&now->reader, replay->log + at, replay->len - at, &entry);
    if (rc <= 0)
        return rc;
    rc = apply(replay, now, &entry);
    if (rc == 0)
        return 1;
    now->reader = before;
    return -EBADMSG;
}

int arena_replay_step(struct arena_replay *replay, arena_emit *emit, void *ud)
{
    struct moment *now = moment_at(replay, 0);
    while (now->run == 0) {
        int rc = play_record(replay);
        if (rc <= 0)
            return rc;
    }
    arena_tick(world_of(now), emit, ud);
    now->run--;
    keep_checkpoint(replay);
    return 1;
}

/* --- seeking --------------------------------------------------------------------------------- */

static void emit_nothing(void *ud, const struct arena_event *event)
{
    (void)ud;
    (void)event;
}

/* To the last checkpoint that is not beyond the tick, if it is not behind the way from here. */
static void jump(struct arena_replay *replay, uint32_t tick)
{
    uint32_t ticks = arena_ticks(arena_replay_world(replay)), nearest = tick / replay->distance;
    if (nearest >= replay->checkpoints)
        nearest = replay->checkpoints - 1;
    if (tick < ticks || nearest * replay->distance > ticks)
        copy_moment(replay, 0, nearest + 1);
}

int arena_replay_seek(struct arena_replay *replay, uint32_t tick, uint32_t steps_max)
{
    jump(replay, tick);
    for (; arena_ticks(arena_replay_world(replay)) < tick; steps_max--) {
        if (steps_max == 0)
            return 0;
        int rc = arena_replay_step(replay, emit_nothing, NULL);
        if (rc <= 0)
            return rc < 0 ? rc : 1;
    }
    return 1;
}

/* --- queries --------------------------------------------------------------------------------- */

const struct arena_world *arena_replay_world(const struct arena_replay *replay)
{
    const char *now = (const char *)now_of(replay);
    return (const struct arena_world *)(const void *)(now + round_up(sizeof(struct moment)));
}

const struct arena_face *arena_replay_face(const struct arena_replay *replay, uint32_t number)
{
    const char *world = (const char *)arena_replay_world(replay);
    ouro_assert(number < arena_replay_world(replay)->settings.snakes_max);
    return (const struct arena_face *)(const void *)(world + replay->world_bytes) + number;
}

uint64_t arena_replay_offset(const struct arena_replay *replay)
{
    return now_of(replay)->reader.offset;
}

uint32_t arena_replay_digests(const struct arena_replay *replay)
{
    return now_of(replay)->digests;
}

bool arena_replay_is_whole(const struct arena_replay *replay)
{
    return now_of(replay)->reader.ended;
}
