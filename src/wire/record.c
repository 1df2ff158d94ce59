/* SPDX-License-Identifier: MIT */
#include "wire/field.h"

uint32_t ouro_record_changes(const struct ouro_type *type, const void *a, const void *b)
{
    uint32_t mask = 0, bit = 1;
    for (const struct ouro_field *field = type->fields; field->name; field++, bit <<= 1) {
        if (!ouro__field_same(field, a, b))
            mask |= bit;
    }
    return mask;
}

void ouro_record_write(struct ouro_writer *writer, const struct ouro_type *type, const void *record,
                       uint32_t mask)
{
    ouro_writer_bits(writer, mask, ouro_type_field_count(type));
    for (const struct ouro_field *field = type->fields; field->name; field++, mask >>= 1) {
        if (mask & 1)
            ouro__field_write(writer, field, record);
    }
}

uint32_t ouro_record_read(struct ouro_reader *reader, const struct ouro_type *type, void *record)
{
    uint32_t mask = ouro_reader_bits(reader, ouro_type_field_count(type)), left = mask;
    for (const struct ouro_field *field = type->fields; field->name; field++, left >>= 1) {
        if (left & 1)
            ouro__field_read(reader, field, record);
    }
    return mask;
}
