/* SPDX-License-Identifier: MIT */
#include "wire/field.h"

#include <string.h>

#define VARINT_BITS_MAX 80

/* --- members of structs ----------------------------------------------------------------------- */

static const char *member(const struct ouro_field *field, const void *record)
{
    return (const char *)record + field->offset;
}

static uint64_t load_uint(const struct ouro_field *field, const void *record)
{
    uint64_t value64;
    uint32_t value32;
    uint16_t value16;
    const char *at = member(field, record);
    switch (field->bytes) {
    case 8:
        memcpy(&value64, at, 8);
        return value64;
    case 4:
        memcpy(&value32, at, 4);
        return value32;
    case 2:
        memcpy(&value16, at, 2);
        return value16;
    default:
        return *(const uint8_t *)at;
    }
}

static int64_t load_int(const struct ouro_field *field, const void *record)
{
    unsigned unused = 64 - 8u * field->bytes;
    return (int64_t)(load_uint(field, record) << unused) >> unused;
}

static double load_float(const struct ouro_field *field, const void *record)
{
    double wide;
    float narrow;
    if (field->bytes == sizeof wide) {
        memcpy(&wide, member(field, record), sizeof wide);
        return wide;
    }
    memcpy(&narrow, member(field, record), sizeof narrow);
    return (double)narrow;
}

double ouro__field_number(const struct ouro_field *field, const void *record)
{
    if (field->type == OURO_FIELD_FLOAT)
        return load_float(field, record);
    return field->type == OURO_FIELD_INT ? (double)load_int(field, record)
                                         : (double)load_uint(field, record);
}

/* False: it does not fit, and nothing is stored. */
static bool store_uint(const struct ouro_field *field, void *record, uint64_t value)
{
    char *at = (char *)record + field->offset;
    uint32_t value32 = (uint32_t)value;
    uint16_t value16 = (uint16_t)value;
    if (field->bytes < 8 && value >> (8 * field->bytes))
        return false;
    switch (field->bytes) {
    case 8:
        memcpy(at, &value, 8);
        break;
    case 4:
        memcpy(at, &value32, 4);
        break;
    case 2:
        memcpy(at, &value16, 2);
        break;
    default:
        *at = (char)value;
    }
    return true;
}

static bool store_int(const struct ouro_field *field, void *record, int64_t value)
{
    unsigned unused = 64 - 8u * field->bytes;
    if ((int64_t)((uint64_t)value << unused) >> unused != value)
        return false;
    return store_uint(field, record, (uint64_t)value << unused >> unused);
}

static void store_float(const struct ouro_field *field, void *record, double value)
{
    float narrow = (float)value;
    if (field->bytes == sizeof value)
        memcpy((char *)record + field->offset, &value, sizeof value);
    else
        memcpy((char *)record + field->offset, &narrow, sizeof narrow);
}

/* --- what is on the wire instead -------------------------------------------------------------- */

static uint32_t highest(unsigned bits)
{
    return (uint32_t)((UINT64_C(1) << bits) - 1);
}

static uint32_t uint_bits(const struct ouro_field *field, const void *record)
{
    uint64_t value = load_uint(field, record);
    return value > highest(field->bits) ? highest(field->bits) : (uint32_t)value;
}

static uint32_t int_bits(const struct ouro_field *field, const void *record)
{
    int64_t value = load_int(field, record);
    int64_t max = highest(field->bits) >> 1;
    if (value > max)
        value = max;
    if (value < -max - 1)
        value = -max - 1;
    return (uint32_t)value & highest(field->bits);
}

/* The nearest step; what is no number is the first. */
static uint32_t float_bits(const struct ouro_field *field, const void *record)
{
    double place = (load_float(field, record) - field->min) / (field->max - field->min);
    if (!(place > 0))
        return 0;
    return place >= 1 ? highest(field->bits) : (uint32_t)(place * highest(field->bits) + 0.5);
}

static double float_of_bits(const struct ouro_field *field, uint32_t step)
{
    return field->min + step * ((field->max - field->min) / highest(field->bits));
}

static uint32_t bits_of(const struct ouro_field *field, const void *record)
{
    switch (field->type) {
    case OURO_FIELD_INT:
        return int_bits(field, record);
    case OURO_FIELD_FLOAT:
        return float_bits(field, record);
    default:
        return uint_bits(field, record);
    }
}

static size_t string_len(const struct ouro_field *field, const void *record)
{
    return strnlen(member(field, record), field->bytes - 1u);
}

/* --- comparing -------------------------------------------------------------------------------- */

bool ouro__field_same(const struct ouro_field *field, const void *a, const void *b)
{
    const char *at_a = member(field, a), *at_b = member(field, b);
    if (memcmp(at_a, at_b, field->bytes) == 0)
        return true;
    if (field->type == OURO_FIELD_STRING)
        return strncmp(at_a, at_b, field->bytes - 1u) == 0;
    return field->bits != 0 && bits_of(field, a) == bits_of(field, b);
}

/* --- writing ---------------------------------------------------------------------------------- */

static void write_string(struct ouro_writer *writer, const struct ouro_field *field,
                         const void *record)
{
    size_t len = string_len(field, record);
    ouro_writer_varint(writer, len);
    ouro_writer_bytes(writer, member(field, record), len);
}

static void write_plain(struct ouro_writer *writer, const struct ouro_field *field,
                        const void *record)
{
    uint64_t value = load_uint(field, record);
    if (field->type == OURO_FIELD_UINT) {
        ouro_writer_varint(writer, value);
    } else if (field->type == OURO_FIELD_INT) {
        ouro_writer_zigzag(writer, load_int(field, record));
    } else {
        ouro_writer_bits(writer, (uint32_t)value, 32);
        if (field->bytes == 8)
            ouro_writer_bits(writer, (uint32_t)(value >> 32), 32);
    }
}

void ouro__field_write(struct ouro_writer *writer, const struct ouro_field *field,
                       const void *record)
{
    if (field->type == OURO_FIELD_BOOL)
        ouro_writer_bits(writer, load_uint(field, record) != 0, 1);
    else if (field->type == OURO_FIELD_STRING)
        write_string(writer, field, record);
    else if (field->bits)
        ouro_writer_bits(writer, bits_of(field, record), field->bits);
    else
        write_plain(writer, field, record);
}

/* --- reading ---------------------------------------------------------------------------------- */

static bool read_string(struct ouro_reader *reader, const struct ouro_field *field, void *record)
{
    char *at = (char *)record + field->offset;
    uint64_t len = ouro_reader_varint(reader);
    if (len >= field->bytes)
        return false;
    memset(at + len, 0, field->bytes - len);
    ouro_reader_bytes(reader, at, len);
    return true;
}

static bool read_bits(struct ouro_reader *reader, const struct ouro_field *field, void *record)
{
    uint32_t value = ouro_reader_bits(reader, field->bits);
    if (field->type == OURO_FIELD_UINT)
        return store_uint(field, record, value);
    if (field->type == OURO_FIELD_INT) {
        unsigned unused = 64u - field->bits;
        return store_int(field, record, (int64_t)((uint64_t)value << unused) >> unused);
    }
    store_float(field, record, float_of_bits(field, value));
    return true;
}

static bool read_plain(struct ouro_reader *reader, const struct ouro_field *field, void *record)
{
    if (field->type == OURO_FIELD_UINT)
        return store_uint(field, record, ouro_reader_varint(reader));
    if (field->type == OURO_FIELD_INT)
        return store_int(field, record, ouro_reader_zigzag(reader));
    uint64_t value = ouro_reader_bits(reader, 32);
    if (field->bytes == 8)
        value |= (uint64_t)ouro_reader_bits(reader, 32) << 32;
    return store_uint(field, record, value);
}

void ouro__field_read(struct ouro_reader *reader, const struct ouro_field *field, void *record)
{
    bool fits;
    if (field->type == OURO_FIELD_BOOL)
        fits = store_uint(field, record, ouro_reader_bits(reader, 1));
    else if (field->type == OURO_FIELD_STRING)
        fits = read_string(reader, field, record);
    else if (field->bits)
        fits = read_bits(reader, field, record);
    else
        fits = read_plain(reader, field, record);
    reader->failed |= !fits;
}

unsigned ouro__field_bits_max(const struct ouro_field *field)
{
    if (field->type == OURO_FIELD_BOOL)
        return 1;
    if (field->type == OURO_FIELD_STRING)
        return 16 + 8u * field->bytes;
    if (field->bits)
        return field->bits;
    return field->type == OURO_FIELD_FLOAT ? 8u * field->bytes : VARINT_BITS_MAX;
}
