/* SPDX-License-Identifier: MIT */
/**
 * wire: what binary messages are made of: bits and varints, records described by tables of fields,
 * and the picture that a client makes itself of a server's state. docs/state.md draws the bytes.
 *
 *      struct of the game --record--> mask + changed fields --> bits      a server's (ouro/state.h)
 *      picture <---------- record --- mask + changed fields <-- bits      a client's: bots, loads,
 * tests
 *
 * But for the picture all of this is pure: bytes in, results out, in the caller's memory.
 */
#ifndef OURO_WIRE_H
#define OURO_WIRE_H

#include "ouro/base.h"

#ifdef __cplusplus
extern "C" {
#endif

/* --- bits ------------------------------------------------------------------------------------- */

/**
 * Writes bits into the caller's memory, the first into the lowest bit of the first byte. What does
 * not fit marks the writer as failed and is dropped, with all that follows: ask once, at the end.
 * A writer may be copied, and the copy taken back: what was written since is undone.
 */
struct ouro_writer {
    uint8_t *data;
    size_t len, cap; /**< whole bytes written; room */
    uint64_t held;   /**< bits that do not make a byte yet */
    uint8_t held_bits;
    bool failed;
};

OURO_API void ouro_writer_init(struct ouro_writer *writer, void *data, size_t cap);
/** The lowest `bits` (0 to 32) of the value. */
OURO_API void ouro_writer_bits(struct ouro_writer *writer, uint32_t value, unsigned bits);
/** LEB128: seven bits in each group of eight, the lowest first; the top bit says: more follow. */
OURO_API void ouro_writer_varint(struct ouro_writer *writer, uint64_t value);
/** A varint of 0, -1, 1, -2, 2 ... as 0, 1, 2, 3, 4 ... ("zigzag"). */
OURO_API void ouro_writer_zigzag(struct ouro_writer *writer, int64_t value);
/** Bytes, from whatever bit on. */
OURO_API void ouro_writer_bytes(struct ouro_writer *writer, const void *data, size_t len);
/** Fill the last byte with zeros. The length in bytes, or -OURO_ELIMIT: it did not fit. */
OURO_API int ouro_writer_end(struct ouro_writer *writer);

/**
 * Reads what the writer wrote. Never looks beyond the end: what is not there reads as 0 and marks
 * the reader as failed, for good.
 */
struct ouro_reader {
    const uint8_t *data;
    size_t len; /**< bytes */
    size_t bit; /**< the next one */
    bool failed;
};

OURO_API void ouro_reader_init(struct ouro_reader *reader, const void *data, size_t len);
OURO_API uint32_t ouro_reader_bits(struct ouro_reader *reader, unsigned bits);
/** Fails also on what does not fit into 64 bits. */
OURO_API uint64_t ouro_reader_varint(struct ouro_reader *reader);
OURO_API int64_t ouro_reader_zigzag(struct ouro_reader *reader);
/** `ret_data` is zeroed on failure. */
OURO_API void ouro_reader_bytes(struct ouro_reader *reader, void *ret_data, size_t len);
/** The bytes that are left, from the next whole byte on. */
OURO_API size_t ouro_reader_left(const struct ouro_reader *reader);

/* --- fields ----------------------------------------------------------------------------------- */

/** What a field is on the wire. Members of a struct may have any size that C has for them. */
enum ouro_field_type {
    OURO_FIELD_BOOL = 1, /**< bool: one bit */
    OURO_FIELD_UINT,     /**< uint8_t to uint64_t: `bits` of it (1 to 32; larger ones are cut down
                              to the largest), or a varint (0) */
    OURO_FIELD_INT,      /**< int8_t to int64_t: the same, in two's complement or as zigzag */
    OURO_FIELD_FLOAT,    /**< float, double: one of 2^bits steps (1 to 32) from `min` to `max`, both
                              included; or as it is (0) */
    OURO_FIELD_STRING,   /**< char[], ended by NUL: a varint and so many bytes */
};

/** Who may see a field, or an entity: what is narrower counts. */
enum ouro_who {
    OURO_WHO_ALL,
    OURO_WHO_TEAM,  /**< the entity's team */
    OURO_WHO_OWNER, /**< the entity's owner */
};
#define OURO_WHO_COUNT 3

/** Where an entity is, for the grid of ouro/state.h. */
enum ouro_axis { OURO_AXIS_NONE, OURO_AXIS_X, OURO_AXIS_Y };

/** A member of a struct. In a table, a field with a NULL name is the end. */
struct ouro_field {
    const char *name;
    uint16_t offset, bytes; /**< of the member */
    uint8_t type;           /**< enum ouro_field_type */
    uint8_t bits;           /**< on the wire; 0: see the type */
    uint8_t who;            /**< enum ouro_who */
    uint8_t axis;           /**< enum ouro_axis */
    double min, max;        /**< of a float with bits */
};

/** How a field begins: {OURO_FIELD(struct snail, x), OURO_FIELD_FLOAT, .bits = 12, .max = 1000} */
#define OURO_FIELD(STRUCT, member) #member, offsetof(STRUCT, member), sizeof(((STRUCT *)0)->member)

/** A kind of entities. In a table, a type with a NULL name is the end. */
struct ouro_type {
    const char *name;
    const struct ouro_field *fields;
    uint32_t bytes;  /**< of the struct */
    uint8_t who;     /**< enum ouro_who, for the whole entity */
    bool everywhere; /**< seen from wherever one looks, whatever its position */
    /** A server's own affair: its records don't change after their first publish, and are not
     * looked at again. What is written to them later is nobody's to see. */
    bool still;
};

#define OURO_TYPES_MAX        255
#define OURO_FIELDS_MAX       32   /* of a type: a mask is 32 bits */
#define OURO_FIELD_NAME_MAX   64   /* letters; of a type's name, too */
#define OURO_STRING_BYTES_MAX 256  /* with its NUL */
#define OURO_RECORD_BYTES_MAX 4096 /* of a struct, and of all its fields on the wire */

/** Is a table of types in order? 0; -EINVAL: something in it is not as the comments above say;
 *  -OURO_ELIMIT: a bound is exceeded. */
OURO_API int ouro_types_check(const struct ouro_type *types);
/** A number that differs whenever anything differs that a client has to know (FNV-1a, 64 bits). */
OURO_API uint64_t ouro_types_hash(const struct ouro_type *types);
/** All that a client has to know, as JSON: docs/state.md, "The schema". Not pure: it allocates. */
OURO_API void ouro_types_json(const struct ouro_type *types, struct ouro_buf *ret_json);
OURO_API unsigned ouro_type_field_count(const struct ouro_type *type);

/* --- records ---------------------------------------------------------------------------------- */

/** The fields in which two structs of a type differ on the wire, bit 0 for the first field. */
OURO_API uint32_t ouro_record_changes(const struct ouro_type *type, const void *a, const void *b);
/** Write the mask, then these fields of the struct. */
OURO_API void ouro_record_write(struct ouro_writer *writer, const struct ouro_type *type,
                                const void *record, uint32_t mask);
/** Read what was written into the struct and return the mask. What can't be is a failure of the
 *  reader, and leaves the struct as far as it was read. */
OURO_API uint32_t ouro_record_read(struct ouro_reader *reader, const struct ouro_type *type,
                                   void *record);

/* --- snapshots -------------------------------------------------------------------------------- */

/** The first byte of a binary message that holds a snapshot. */
#define OURO_SNAPSHOT 1
/** No message is longer (Godot's client takes 65,535 bytes). */
#define OURO_SNAPSHOT_BYTES_MAX 65000
#define OURO_ENTITY_INDEX_BITS  20
#define OURO_ENTITIES_MAX       (1 << OURO_ENTITY_INDEX_BITS)
#define OURO_GENERATION_BITS    12

enum ouro_snapshot_flag {
    OURO_SNAPSHOT_MORE = 1,  /**< this snapshot goes on in the next message */
    OURO_SNAPSHOT_FRESH = 2, /**< forget all that was before */
};

/** What a snapshot begins with. */
struct ouro_snapshot {
    uint8_t flags;
    uint32_t tick;      /**< of the state */
    uint32_t base_tick; /**< of the snapshot before; the same as `tick` if there was none */
    uint32_t input;     /**< the last input of this client that had been dealt with */
    uint32_t interval;  /**< ticks until the next snapshot, if all goes well */
};

/** Kinds of sections. What is not here is to be skipped. */
enum ouro_section_kind {
    OURO_SECTION_FORGET,   /**< the channel is not sent any more */
    OURO_SECTION_DELTA,    /**< what has changed in a channel */
    OURO_SECTION_KEYFRAME, /**< all that is in a channel; what is not is not there any more */
};

/** Of a section's beginning. */
struct ouro_section {
    uint32_t channel;
    uint8_t audience; /**< enum ouro_who */
    uint8_t kind;     /**< enum ouro_section_kind */
    uint32_t bytes;   /**< that follow */
};

/** Kinds of records in a section, two bits. */
enum ouro_record_kind {
    OURO_RECORD_END,
    OURO_RECORD_UPDATE, /**< index, mask, fields */
    OURO_RECORD_ENTER,  /**< index, generation, type, mask, fields */
    OURO_RECORD_LEAVE,  /**< index, and the channel that it went to plus one, or 0 */
};

OURO_API void ouro_snapshot_write(struct ouro_writer *writer, const struct ouro_snapshot *snapshot);
/** Fails on what is no snapshot. */
OURO_API void ouro_snapshot_read(struct ouro_reader *reader, struct ouro_snapshot *ret_snapshot);
OURO_API void ouro_section_write(struct ouro_writer *writer, const struct ouro_section *section);
/** Fails if not so many bytes follow. */
OURO_API void ouro_section_read(struct ouro_reader *reader, struct ouro_section *ret_section);

/* --- the picture ------------------------------------------------------------------------------ */

/** What a client has been told of a state. Not thread-safe. */
struct ouro_picture;

/** The table outlives the picture. 0, -ENOMEM; as ouro_types_check(). */
OURO_API int ouro_picture_new(const struct ouro_type *types, struct ouro_picture **ret_picture);
/** NULL is fine. Returns NULL. */
OURO_API struct ouro_picture *ouro_picture_free(struct ouro_picture *picture);
/**
 * Take in one binary message. 1: the snapshot is complete; 0: the next message goes on with it;
 * -OURO_EMALFORMED: that was none, and the picture is good for nothing but a fresh snapshot;
 * -ENOMEM: the same.
 */
OURO_API int ouro_picture_apply(struct ouro_picture *picture, const void *message, size_t len);
/** What the last snapshot began with. Until the next call. */
OURO_API const struct ouro_snapshot *ouro_picture_snapshot(const struct ouro_picture *picture);
OURO_API size_t ouro_picture_count(const struct ouro_picture *picture);

/** An entity as it is known. */
struct ouro_seen {
    uint32_t index, generation;
    const struct ouro_type *type;
    const void *record; /**< a struct of the type; what is not known is zero */
    uint32_t known;     /**< a bit for each field that may be seen */
};

/** The first entity whose index is at least that: from 0, then from ret_seen->index + 1. False:
 *  there is none. Valid until the next ouro_picture_apply(). */
OURO_API bool ouro_picture_next(const struct ouro_picture *picture, uint32_t index,
                                struct ouro_seen *ret_seen);

#ifdef __cplusplus
}
#endif
#endif
