/* SPDX-License-Identifier: MIT */
/* The schema for clients. */
#include "wire/types.h"

#include <inttypes.h>
#include <string.h>

static const char *type_name(const struct ouro_field *field)
{
    switch (field->type) {
    case OURO_FIELD_BOOL:
        return "bool";
    case OURO_FIELD_UINT:
        return field->bits ? "uint" : "varuint";
    case OURO_FIELD_INT:
        return field->bits ? "int" : "varint";
    case OURO_FIELD_STRING:
        return "string";
    default:
        return field->bits ? "float" : field->bytes == sizeof(float) ? "float32" : "float64";
    }
}

static void put_name(struct ouro_buf *json, const char *name)
{
    ouro_buf_puts(json, "{\"name\":");
    ouro_buf_putjson(json, name, strlen(name));
}

static void put_field(struct ouro_buf *json, const struct ouro_type *type,
                      const struct ouro_field *field)
{
    static const char *const WHO[] = {"", ",\"who\":\"team\"", ",\"who\":\"owner\""};
    static const char *const AXIS[] = {"", ",\"axis\":\"x\"", ",\"axis\":\"y\""};
    put_name(json, field->name);
    ouro_buf_printf(json, ",\"type\":\"%s\"", type_name(field));
    if (field->bits)
        ouro_buf_printf(json, ",\"bits\":%d", field->bits);
    if (field->min < field->max)
        ouro_buf_printf(json, ",\"min\":%.17g,\"max\":%.17g", field->min, field->max);
    ouro_buf_puts(json, AXIS[field->axis]);
    ouro_buf_puts(json, WHO[ouro__field_who(field, type->who)]);
    ouro_buf_putc(json, '}');
}

static void put_type(struct ouro_buf *json, const struct ouro_type *type)
{
    put_name(json, type->name);
    ouro_buf_puts(json, ",\"fields\":[");
    for (const struct ouro_field *field = type->fields; field->name; field++) {
        if (field > type->fields)
            ouro_buf_putc(json, ',');
        put_field(json, type, field);
    }
    ouro_buf_puts(json, "]}");
}

void ouro_types_json(const struct ouro_type *types, struct ouro_buf *ret_json)
{
    ouro_buf_printf(ret_json, "{\"hash\":\"%016" PRIx64 "\",\"types\":[", ouro_types_hash(types));
    for (const struct ouro_type *type = types; type->name; type++) {
        if (type > types)
            ouro_buf_putc(ret_json, ',');
        put_type(ret_json, type);
    }
    ouro_buf_puts(ret_json, "]}");
}
