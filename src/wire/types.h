/* SPDX-License-Identifier: MIT */
#ifndef OURO_WIRE_TYPES_H
#define OURO_WIRE_TYPES_H

#include "ouro/wire.h"

/* Who may see a field of an entity that only `least` may see at all. */
uint8_t ouro__field_who(const struct ouro_field *field, uint8_t least);

#endif
