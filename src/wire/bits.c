/* SPDX-License-Identifier: MIT */
/* Bits, lowest first, and the groups of eight that varints are made of. */
#include "ouro/wire.h"

#include <string.h>

#define VARINT_GROUPS_MAX 10

/* --- writing ---------------------------------------------------------------------------------- */

void ouro_writer_init(struct ouro_writer *writer, void *data, size_t cap)
{
    *writer = (struct ouro_writer){.data = data, .cap = cap};
}

static void put_held_byte(struct ouro_writer *writer)
{
    if (writer->len == writer->cap) {
        writer->failed = true;
        return;
    }
    writer->data[writer->len++] = (uint8_t)writer->held;
}

void ouro_writer_bits(struct ouro_writer *writer, uint32_t value, unsigned bits)
{
    uint64_t kept = value & ((UINT64_C(1) << bits) - 1);
    writer->held |= kept << writer->held_bits;
    writer->held_bits = (uint8_t)(writer->held_bits + bits);
    while (writer->held_bits >= 8) {
        put_held_byte(writer);
        writer->held >>= 8;
        writer->held_bits = (uint8_t)(writer->held_bits - 8);
    }
}

void ouro_writer_varint(struct ouro_writer *writer, uint64_t value)
{
    for (; value >= 0x80; value >>= 7)
        ouro_writer_bits(writer, 0x80 | (uint32_t)(value & 0x7f), 8);
    ouro_writer_bits(writer, (uint32_t)value, 8);
}

void ouro_writer_zigzag(struct ouro_writer *writer, int64_t value)
{
    ouro_writer_varint(writer, (uint64_t)value << 1 ^ (value < 0 ? UINT64_MAX : 0));
}

void ouro_writer_bytes(struct ouro_writer *writer, const void *data, size_t len)
{
    const uint8_t *bytes = data;
    for (size_t i = 0; i < len; i++)
        ouro_writer_bits(writer, bytes[i], 8);
}

int ouro_writer_end(struct ouro_writer *writer)
{
    if (writer->held_bits > 0)
        put_held_byte(writer);
    writer->held = 0;
    writer->held_bits = 0;
    return writer->failed ? -OURO_ELIMIT : (int)writer->len;
}

/* --- reading ---------------------------------------------------------------------------------- */

void ouro_reader_init(struct ouro_reader *reader, const void *data, size_t len)
{
    *reader = (struct ouro_reader){.data = data, .len = len};
}

uint32_t ouro_reader_bits(struct ouro_reader *reader, unsigned bits)
{
    if (reader->failed || bits > 8 * reader->len - reader->bit) {
        reader->failed = true;
        return 0;
    }
    uint64_t value = 0;
    size_t first = reader->bit / 8, shift = reader->bit % 8;
    for (size_t i = 0; 8 * i < shift + bits; i++) /* five bytes at the most */
        value |= (uint64_t)reader->data[first + i] << (8 * i);
    reader->bit += bits;
    return (uint32_t)(value >> shift & ((UINT64_C(1) << bits) - 1));
}

uint64_t ouro_reader_varint(struct ouro_reader *reader)
{
    uint64_t value = 0;
    for (unsigned i = 0; i < VARINT_GROUPS_MAX; i++) {
        uint64_t group = ouro_reader_bits(reader, 8);
        if (i == VARINT_GROUPS_MAX - 1 && group > 1) /* 63 bits are there already */
            break;
        value |= (group & 0x7f) << (7 * i);
        if (!(group & 0x80))
            return value;
    }
    reader->failed = true;
    return 0;
}

int64_t ouro_reader_zigzag(struct ouro_reader *reader)
{
    uint64_t value = ouro_reader_varint(reader);
    return (int64_t)(value >> 1 ^ (value & 1 ? UINT64_MAX : 0));
}

void ouro_reader_bytes(struct ouro_reader *reader, void *ret_data, size_t len)
{
    uint8_t *bytes = ret_data;
    if (len > ouro_reader_left(reader))
        reader->failed = true;
    for (size_t i = 0; i < len; i++)
        bytes[i] = (uint8_t)ouro_reader_bits(reader, 8);
}

size_t ouro_reader_left(const struct ouro_reader *reader)
{
    return reader->failed ? 0 : reader->len - (reader->bit + 7) / 8;
}
