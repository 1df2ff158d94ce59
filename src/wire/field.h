/* SPDX-License-Identifier: MIT */
/* One field: from a struct's member to bits, and back. Pure. */
#ifndef OURO_WIRE_FIELD_H
#define OURO_WIRE_FIELD_H

#include "ouro/wire.h"

bool ouro__field_same(const struct ouro_field *field, const void *a, const void *b);
void ouro__field_write(struct ouro_writer *writer, const struct ouro_field *field,
                       const void *record);
/* What does not fit the member is a failure of the reader. */
void ouro__field_read(struct ouro_reader *reader, const struct ouro_field *field, void *record);
/* Of a number, whatever its type. */
double ouro__field_number(const struct ouro_field *field, const void *record);
/* How many bits it takes on the wire at the most. */
unsigned ouro__field_bits_max(const struct ouro_field *field);

#endif
