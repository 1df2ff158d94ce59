/* SPDX-License-Identifier: MIT */
/* Tables of types: are they in order, and what is their hash? */
#include "wire/types.h"

#include "wire/field.h"

#include <string.h>

#define FNV_OFFSET UINT64_C(0xcbf29ce484222325)
#define FNV_PRIME  UINT64_C(0x100000001b3)

/* --- in order? -------------------------------------------------------------------------------- */

static bool is_number_size(unsigned bytes)
{
    return bytes == 1 || bytes == 2 || bytes == 4 || bytes == 8;
}

static bool size_fits(const struct ouro_field *field)
{
    switch (field->type) {
    case OURO_FIELD_BOOL:
        return field->bytes == sizeof(bool);
    case OURO_FIELD_UINT:
    case OURO_FIELD_INT:
        return is_number_size(field->bytes) && field->bits <= 8 * field->bytes;
    case OURO_FIELD_FLOAT:
        return field->bytes == sizeof(float) || field->bytes == sizeof(double);
    case OURO_FIELD_STRING:
        return field->bytes >= 2;
    default:
        return false;
    }
}

static bool has_bits(const struct ouro_field *field)
{
    return field->type >= OURO_FIELD_UINT && field->type <= OURO_FIELD_FLOAT;
}

/* Not infinite, and no NaN. */
static bool is_finite(double value)
{
    return value - value == 0;
}

/* Floats that are sent in steps, and no others, have a range. */
static bool range_fits(const struct ouro_field *field)
{
    if (field->type != OURO_FIELD_FLOAT || field->bits == 0)
        return field->min == 0 && field->max == 0;
    return field->min < field->max && is_finite(field->max - field->min);
}

static bool axis_fits(const struct ouro_field *field)
{
    return field->axis == OURO_AXIS_NONE || (field->axis <= OURO_AXIS_Y && has_bits(field));
}

static int check_name(const char *name)
{
    size_t len = strnlen(name, OURO_FIELD_NAME_MAX + 1);
    if (len > OURO_FIELD_NAME_MAX)
        return -OURO_ELIMIT;
    return len > 0 && ouro_utf8_valid(name, len) ? 0 : -EINVAL;
}

static int check_field(const struct ouro_type *type, const struct ouro_field *field)
{
    if (field->type == OURO_FIELD_STRING && field->bytes > OURO_STRING_BYTES_MAX)
        return -OURO_ELIMIT;
    bool fits = size_fits(field) && range_fits(field) && axis_fits(field) &&
                field->bits <= (has_bits(field) ? 32 : 0) && field->who < OURO_WHO_COUNT &&
                field->offset + (uint32_t)field->bytes <= type->bytes;
    return fits ? check_name(field->name) : -EINVAL;
}

/* Each name once, each axis once at the most. */
static bool differs_from_those_before(const struct ouro_field *first,
                                      const struct ouro_field *field)
{
    for (const struct ouro_field *other = first; other < field; other++) {
        if (strcmp(other->name, field->name) == 0 || (field->axis && other->axis == field->axis))
            return false;
    }
    return true;
}

static int check_fields(const struct ouro_type *type)
{
    unsigned bits = 0, count = 0;
    for (const struct ouro_field *field = type->fields; field->name; field++) {
        int rc = check_field(type, field);
        if (rc < 0)
            return rc;
        if (!differs_from_those_before(type->fields, field))
            return -EINVAL;
        bits += ouro__field_bits_max(field);
        count++;
    }
    if (count == 0)
        return -EINVAL;
    return count > OURO_FIELDS_MAX || bits > 8 * OURO_RECORD_BYTES_MAX ? -OURO_ELIMIT : 0;
}

static int check_type(const struct ouro_type *type)
{
    if (!type->fields || type->bytes == 0 || type->who >= OURO_WHO_COUNT)
        return -EINVAL;
    if (type->bytes > OURO_RECORD_BYTES_MAX)
        return -OURO_ELIMIT;
    int rc = check_name(type->name);
    return rc < 0 ? rc : check_fields(type);
}

int ouro_types_check(const struct ouro_type *types)
{
    int rc = types->name ? 0 : -EINVAL;
    for (const struct ouro_type *type = types; rc == 0 && type->name; type++) {
        rc = type - types < OURO_TYPES_MAX ? check_type(type) : -OURO_ELIMIT;
        for (const struct ouro_type *other = types; rc == 0 && other < type; other++)
            rc = strcmp(other->name, type->name) == 0 ? -EINVAL : 0;
    }
    return rc;
}

unsigned ouro_type_field_count(const struct ouro_type *type)
{
    unsigned count = 0;
    while (type->fields[count].name)
        count++;
    return count;
}

uint8_t ouro__field_who(const struct ouro_field *field, uint8_t least)
{
    return field->who > least ? field->who : least;
}

/* --- the hash --------------------------------------------------------------------------------- */

static uint64_t hash_bytes(uint64_t hash, const void *data, size_t len)
{
    const uint8_t *bytes = data;
    for (size_t i = 0; i < len; i++)
        hash = (hash ^ bytes[i]) * FNV_PRIME;
    return hash;
}

static uint64_t hash_double(uint64_t hash, double value)
{
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    for (unsigned i = 0; i < sizeof bits; i++) {
        uint8_t byte = (uint8_t)(bits >> (8 * i));
        hash = hash_bytes(hash, &byte, 1);
    }
    return hash;
}

static uint64_t hash_field(uint64_t hash, const struct ouro_type *type,
                           const struct ouro_field *field)
{
    bool plain_float = field->type == OURO_FIELD_FLOAT && field->bits == 0;
    uint8_t rest[] = {field->type, field->bits, ouro__field_who(field, type->who), field->axis,
                      plain_float ? (uint8_t)field->bytes : 0};
    hash = hash_bytes(hash, field->name, strlen(field->name) + 1);
    hash = hash_bytes(hash, rest, sizeof rest);
    hash = hash_double(hash, field->min);
    return hash_double(hash, field->max);
}

uint64_t ouro_types_hash(const struct ouro_type *types)
{
    uint64_t hash = FNV_OFFSET;
    for (const struct ouro_type *type = types; type->name; type++) {
        hash = hash_bytes(hash, type->name, strlen(type->name) + 1);
        for (const struct ouro_field *field = type->fields; field->name; field++)
            hash = hash_field(hash, type, field);
        hash = hash_bytes(hash, "", 1);
    }
    return hash;
}
