/* SPDX-License-Identifier: MIT */
/**
 * The log of an arena: all that has to be known to play it again. Bytes out and in; pure.
 *
 *      header   "arenalog", version, settings, seed, tick_ns, recorded_s, sum
 *      records  what was called before a tick, then the tick, and so on
 *      end      ticks, digest, sum
 *
 * Numbers are varints (LEB128), but for digests (8 bytes) and sums (4), the lowest byte first. A
 * record begins with a byte: its kind in the lowest 3 bits, and 5 bits more.
 *
 *      0 TICKS  so many ticks, 1 to 31; 0: a varint of it follows. Never beyond the next CHECK
 *      1 INPUT  the input;  id
 *      2 JOIN   1: a bot;   id, colour (a byte), bytes of the name (a byte), name
 *      3 LEAVE  0;          id
 *      4 CHECK  0;          digest, sum: after each ARENA_LOG_CHECK_TICKS, and only there
 *      5 END    0;          ticks (4 bytes), digest, sum
 *
 * A sum is that of all bytes before it (FNV-1a, 32 bits), so no changed byte goes unnoticed.
 * Nothing refers to what comes later: what a crash left of a log is good up to there.
 */
#ifndef SNAKEPIT_ARENA_LOG_H
#define SNAKEPIT_ARENA_LOG_H

#include "rules/arena.h"
#include "rules/name.h"

#define ARENA_LOG_VERSION      1
#define ARENA_LOG_HEADER_BYTES 96 /* at most */
#define ARENA_LOG_RECORD_BYTES 72 /* at most */
#define ARENA_LOG_CHECK_TICKS  256
#define ARENA_LOG_CALLS_MAX    (10 * ARENA_SNAKES_MAX) /* before one tick */
#define ARENA_LOG_TICK_NS_MIN  UINT64_C(1000000)       /* whatever a file says of its ticks: */
#define ARENA_LOG_TICK_NS_MAX  UINT64_C(10000000000)   /* who plays it can't be made to spin */

struct arena_log_header {
    struct arena_settings settings;
    uint64_t seed;
    uint64_t tick_ns;    /* how long a tick took, for who plays it: within ARENA_LOG_TICK_NS_... */
    uint64_t recorded_s; /* when it began: seconds since 1970 */
};

/** Who has a snake: what is told of it, but decides nothing. */
struct arena_face {
    char name[NAME_BYTES]; /* clean: as snakepit_name_clean() makes it */
    uint8_t colour;
    bool bot;
};

/* --- writing --------------------------------------------------------------------------------- */

/**
 * Writes into the caller's memory. What does not fit marks the writer as failed, and nothing is
 * written any more, so what there is stays good up to there.
 */
struct arena_log_writer {
    uint8_t *data;
    size_t len, cap;
    uint32_t sum;
    uint32_t ticks;
    uint32_t run; /* ticks that are not in a record yet */
    uint32_t calls;
    bool failed;
};

/** Begin a log of a world that was just made, with the header. */
void arena_log_begin(struct arena_log_writer *writer, void *data, size_t cap,
                     const struct arena_log_header *header);

/** Note a call that returned 0, after it. The face is that of who joins. */
void arena_log_join(struct arena_log_writer *writer, uint32_t id, const struct arena_face *face);
void arena_log_leave(struct arena_log_writer *writer, uint32_t id);
void arena_log_input(struct arena_log_writer *writer, uint32_t id, uint8_t input);
/** Note a tick, after it. */
void arena_log_tick(struct arena_log_writer *writer, const struct arena_world *world);
/** The last that is written. */
void arena_log_end(struct arena_log_writer *writer, const struct arena_world *world);

/** Go on in other memory: how many bytes are in the one that it was, now complete up to the last
 *  call; or -OURO_ELIMIT: the log has failed, and nothing changed. */
int64_t arena_log_swap(struct arena_log_writer *writer, void *data, size_t cap);

/* --- reading --------------------------------------------------------------------------------- */

enum arena_log_kind {
    ARENA_LOG_TICKS,
    ARENA_LOG_INPUT,
    ARENA_LOG_JOIN,
    ARENA_LOG_LEAVE,
    ARENA_LOG_CHECK,
    ARENA_LOG_END,
};

struct arena_log_entry {
    enum arena_log_kind kind;
    uint32_t id;            /* INPUT, JOIN, LEAVE */
    uint8_t input;          /* INPUT */
    uint32_t ticks;         /* TICKS: so many; END: in all */
    uint64_t digest;        /* CHECK, END */
    struct arena_face face; /* JOIN */
};

/** Where a reader is. May be copied, to go on from here once more. */
struct arena_log_reader {
    uint64_t offset; /* bytes taken: also the place of what is malformed */
    uint32_t sum;
    uint32_t ticks; /* read so far */
    uint32_t calls;
    bool checked; /* the CHECK that is due has been read */
    bool ended;
};

/**
 * Both look at bytes from the reader's offset on: the first call at the header, all others at one
 * record. How many bytes they took; 0: more bytes are needed; -OURO_EMALFORMED: that was not
 * written by arena_log_*(), and the reader stays where it is. Calls with `len` at least
 * ARENA_LOG_HEADER_BYTES or ARENA_LOG_RECORD_BYTES never need more. After END nothing may follow:
 * any byte is malformed.
 */
int arena_log_read_header(struct arena_log_reader *ret_reader, const void *data, size_t len,
                          struct arena_log_header *ret_header);
int arena_log_read(struct arena_log_reader *reader, const void *data, size_t len,
                   struct arena_log_entry *ret_entry);

#endif
