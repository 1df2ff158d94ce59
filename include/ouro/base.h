/* SPDX-License-Identifier: MIT */
/**
 * base: what every other room stands on: errors, log, assert, intrusive list, byte buffer,
 * shared frame, random numbers.
 *
 * Conventions of the whole library, said once:
 *  - A call returns `int`: 0 or more is success, a negative errno (or a negative OURO_E... code
 *    below) is failure. `errno` itself is never used, because tasks interleave.
 *  - On failure, `ret_` outputs are untouched.
 *  - Time is absolute, monotonic, in nanoseconds (`int64_t`); OURO_FOREVER means no deadline.
 *  - Nothing here waits. Nothing here is thread-safe except where it says so.
 */
#ifndef OURO_BASE_H
#define OURO_BASE_H

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define OURO_API               __attribute__((visibility("default")))
#define OURO_PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))
#define OURO_NORETURN          __attribute__((noreturn))

/* --- time ------------------------------------------------------------------------------------ */

#define OURO_FOREVER INT64_MAX
#define OURO_US(n)   ((int64_t)(n)*1000)
#define OURO_MS(n)   ((int64_t)(n)*1000000)
#define OURO_SEC(n)  ((int64_t)(n)*1000000000)

/* --- errors ---------------------------------------------------------------------------------- */

/** Our own codes, beside those of errno. Returned negated, as errno's are. */
#define OURO_ERRORS(X)                                                             \
    X(OURO_ECLOSED, 5001, "closed: no more will come")                             \
    X(OURO_EDEADLOCK, 5002, "deadlock: every task waits and nothing can wake one") \
    X(OURO_EMALFORMED, 5003, "malformed input from the peer")                      \
    X(OURO_ELIMIT, 5004, "a limit was reached")                                    \
    X(OURO_ECONFIG, 5005, "a setting is wrong")                                    \
    X(OURO_ECRASHED, 5006, "the worker process died")

enum ouro_error {
#define OURO_ERROR_VALUE(name, value, text) name = value,
    OURO_ERRORS(OURO_ERROR_VALUE)
#undef OURO_ERROR_VALUE
};

/** The symbolic name of an error code ("ECANCELED"); the sign does not matter. Static storage. */
OURO_API const char *ouro_error_name(int code);
/** One sentence that says what the code means. Static storage, any thread. */
OURO_API const char *ouro_error_text(int code);

/* --- log ------------------------------------------------------------------------------------- */

enum ouro_log_level { OURO_LOG_DEBUG, OURO_LOG_INFO, OURO_LOG_WARN, OURO_LOG_ERROR };

/** Receives each line, without newline. Called on the thread that logs; must not log itself. */
typedef void ouro_log_sink(enum ouro_log_level level, const char *line, void *ud);

/** Write one line. The default sink prints to stderr what is INFO or above; of a pipe that nobody
 *  reads, lines are left out and counted. Any thread. */
OURO_API void ouro_log(enum ouro_log_level level, const char *fmt, ...) OURO_PRINTF(2, 3);
/** Replace the sink (NULL: the default again). Call before threads start. */
OURO_API void ouro_log_to(ouro_log_sink *sink, void *ud);
/** What is below this level is dropped before it is formatted. Call before threads start. */
OURO_API void ouro_log_level(enum ouro_log_level least);

/* --- assert ---------------------------------------------------------------------------------- */

/** Where a broken promise ends: says what and where, then aborts. */
OURO_API OURO_NORETURN void ouro_assert_failed(const char *what, const char *file, int line);
/** For what our own code promises, in every build. Never for what the network sends. */
#define ouro_assert(cond) ((cond) ? (void)0 : ouro_assert_failed(#cond, __FILE__, __LINE__))

/* --- intrusive list -------------------------------------------------------------------------- */

/** A node in a doubly linked ring; a list is its own first node. Zeroed means: in no list. */
struct ouro_link {
    struct ouro_link *next, *prev;
};

/** The struct that a member lies in. The result is not const, even if the pointer is. */
#define ouro_container(ptr, type, member) \
    ((type *)((uintptr_t)(const char *)(ptr)-offsetof(type, member)))

static inline void ouro_list_init(struct ouro_link *list)
{
    list->next = list->prev = list;
}
static inline bool ouro_list_empty(const struct ouro_link *list)
{
    return list->next == list;
}
static inline bool ouro_linked(const struct ouro_link *node)
{
    return node->next != NULL;
}
static inline void ouro_list_insert_before(struct ouro_link *at, struct ouro_link *node)
{
    node->prev = at->prev;
    node->next = at;
    at->prev->next = node;
    at->prev = node;
}
static inline void ouro_list_push(struct ouro_link *list, struct ouro_link *node)
{
    ouro_list_insert_before(list, node);
}
/** Take a node out of whatever list it is in; a node in no list is left alone. */
static inline void ouro_unlink(struct ouro_link *node)
{
    if (!node->next)
        return;
    node->prev->next = node->next;
    node->next->prev = node->prev;
    node->next = node->prev = NULL;
}
static inline struct ouro_link *ouro_list_first(const struct ouro_link *list)
{
    return ouro_list_empty(list) ? NULL : list->next;
}
static inline struct ouro_link *ouro_list_pop(struct ouro_link *list)
{
    struct ouro_link *node = ouro_list_first(list);
    if (node)
        ouro_unlink(node);
    return node;
}
#define ouro_list_each(it, list) \
    for (struct ouro_link *it = (list)->next; it != (list); it = it->next)
/** As above, and the current node may be taken out. */
#define ouro_list_each_safe(it, list)                                              \
    for (struct ouro_link *it = (list)->next, *it##_next = it->next; it != (list); \
         it = it##_next, it##_next = it->next)

/* --- byte buffer ----------------------------------------------------------------------------- */

/**
 * Growable bytes. All-zero is a valid empty buffer. A failed append marks the buffer, later
 * appends do nothing, and ouro_buf_failed() tells once at the end: no check per append.
 */
struct ouro_buf {
    char *data;
    size_t len, cap;
    bool failed;
};

OURO_API void ouro_buf_done(struct ouro_buf *buf);
OURO_API void ouro_buf_append(struct ouro_buf *buf, const void *data, size_t len);
OURO_API void ouro_buf_puts(struct ouro_buf *buf, const char *text);
OURO_API void ouro_buf_putc(struct ouro_buf *buf, char c);
OURO_API void ouro_buf_putint(struct ouro_buf *buf, int64_t value);
OURO_API void ouro_buf_printf(struct ouro_buf *buf, const char *fmt, ...) OURO_PRINTF(2, 3);
/** Append text as a JSON string, quotes included (RFC 8259 section 7). The text is valid UTF-8. */
OURO_API void ouro_buf_putjson(struct ouro_buf *buf, const char *text, size_t len);
/** Room for `len` more bytes at the end; NULL when memory is out. Take it with `buf->len += n`. */
OURO_API char *ouro_buf_reserve(struct ouro_buf *buf, size_t len);
static inline void ouro_buf_clear(struct ouro_buf *buf)
{
    buf->len = 0;
    buf->failed = false;
}
static inline bool ouro_buf_failed(const struct ouro_buf *buf)
{
    return buf->failed;
}

/* --- shared frame ---------------------------------------------------------------------------- */

/**
 * One message to many: immutable bytes, made once, counted references (atomic: any thread may
 * hold, read and release it). The bytes in front of the payload are the length prefix that goes
 * on the wire (RFC 6455 section 5.2, server to client, unmasked), so that a transport sends a
 * frame with one call and without a copy:
 *
 *      | refs, kind, lengths |  ..2, 4 or 10 bytes of prefix | payload ... |
 *                               ^ ouro_frame_wire()            ^ ouro_frame_payload()
 */
struct ouro_frame;

enum ouro_frame_kind { OURO_FRAME_TEXT = 1, OURO_FRAME_BINARY = 2 };

#define OURO_FRAME_PREFIX_MAX 10
/** Write the prefix of a whole message of that RFC 6455 opcode; returns its length. Pure. */
OURO_API size_t ouro_frame_prefix(uint8_t out[OURO_FRAME_PREFIX_MAX], int opcode,
                                  size_t payload_bytes);

/** A new frame holding a copy of the payload; one reference, the caller's. NULL: out of memory. */
OURO_API struct ouro_frame *ouro_frame_new(enum ouro_frame_kind kind, const void *payload,
                                           size_t len);
OURO_API struct ouro_frame *ouro_frame_ref(struct ouro_frame *frame);
/** Give a reference back; NULL is fine. Returns NULL. */
OURO_API struct ouro_frame *ouro_frame_unref(struct ouro_frame *frame);
OURO_API enum ouro_frame_kind ouro_frame_kind(const struct ouro_frame *frame);
/** Prefix and payload, as they go on the wire. Valid as long as a reference is held. */
OURO_API const uint8_t *ouro_frame_wire(const struct ouro_frame *frame, size_t *ret_len);
OURO_API const uint8_t *ouro_frame_payload(const struct ouro_frame *frame, size_t *ret_len);

/**
 * A frame whose payload is yet to be written, by who made it, before anyone else reads there.
 * Else as ouro_frame_new().
 */
OURO_API struct ouro_frame *ouro_frame_blank(enum ouro_frame_kind kind, size_t len,
                                             uint8_t **ret_payload);
/** Does somebody else hold a reference? */
OURO_API bool ouro_frame_shared(const struct ouro_frame *frame);

/**
 * Some of a frame's bytes, counted from the first of ouro_frame_wire(). A message that is mostly
 * the same for many is gathered from parts of frames instead of being copied together.
 */
struct ouro_part {
    struct ouro_frame *frame;
    uint32_t offset, len;
};
/** All of a frame. */
OURO_API struct ouro_part ouro_part_of(struct ouro_frame *frame);
/** Where a part's bytes are. */
OURO_API const uint8_t *ouro_part_bytes(const struct ouro_part *part);

/* --- rates ----------------------------------------------------------------------------------- */

/** A bucket of time for what may be done so often: it fills as time passes, up to a bound, and
 *  each use takes its share. */
struct ouro_allowance {
    int64_t at; /**< when `ns` was right */
    int64_t ns; /**< saved up */
};

/** Take `cost_ns` out of what has been saved up by `now`, of which `most_ns` count. False: there
 *  is not so much, and nothing was taken. Time must not run backwards. */
static inline bool ouro_allowance_take(struct ouro_allowance *allowance, int64_t now,
                                       int64_t cost_ns, int64_t most_ns)
{
    int64_t saved = allowance->ns + (now - allowance->at);
    allowance->at = now;
    allowance->ns = saved < most_ns ? saved : most_ns;
    if (allowance->ns < cost_ns)
        return false;
    allowance->ns -= cost_ns;
    return true;
}

/* --- random numbers -------------------------------------------------------------------------- */

/**
 * xoshiro256** (Blackman, Vigna 2018): fast, small, reproducible, not for secrets. Integers only,
 * so that what was recorded plays again the same on every machine.
 */
struct ouro_rng {
    uint64_t s[4];
};

OURO_API void ouro_rng_seed(struct ouro_rng *rng, uint64_t seed);
OURO_API uint64_t ouro_rng_next(struct ouro_rng *rng);
/** Evenly from 0 to bound - 1 (Lemire 2019); bound at least 1. */
OURO_API uint32_t ouro_rng_below(struct ouro_rng *rng, uint32_t bound);
/** True with a chance of `ppm` in a million. */
OURO_API bool ouro_rng_chance(struct ouro_rng *rng, uint32_t ppm);

/* --- text ------------------------------------------------------------------------------------ */

/**
 * True when the bytes are well-formed UTF-8 (RFC 3629: no over-long form, no surrogate, nothing
 * above U+10FFFF). NUL is a character like any other; empty text is valid. Any thread.
 */
OURO_API bool ouro_utf8_valid(const void *text, size_t len);

#ifdef __cplusplus
}
#endif
#endif
