/* SPDX-License-Identifier: MIT */
/* Filters over metadata: members that are equal, or numbers in a range. Pure. */
#include "lobby/lobby.h"

#include <jansson.h>

static bool is_scalar(const json_t *value)
{
    return !json_is_object(value) && !json_is_array(value);
}

/* {"min": 2, "max": 5}, one of them at least. */
static bool is_range(const json_t *value)
{
    const json_t *min = json_object_get(value, "min"), *max = json_object_get(value, "max");
    return json_is_object(value) && (min || max) && (!min || json_is_number(min)) &&
           (!max || json_is_number(max));
}

bool ouro__filter_valid(const json_t *filter)
{
    const char *name;
    json_t *wanted;
    if (filter && !json_is_object(filter))
        return false;
    json_object_foreach((json_t *)(uintptr_t)filter, name, wanted)
    {
        if (!is_scalar(wanted) && !is_range(wanted))
            return false;
    }
    return true;
}

static bool lies_in(const json_t *range, const json_t *value)
{
    const json_t *min = json_object_get(range, "min"), *max = json_object_get(range, "max");
    double number = json_number_value(value);
    return json_is_number(value) && (!min || number >= json_number_value(min)) &&
           (!max || number <= json_number_value(max));
}

/* 2 and 2.0 are the same number. */
static bool is_equal(const json_t *wanted, const json_t *value)
{
    if (json_is_number(wanted) && json_is_number(value))
        return !(json_number_value(wanted) < json_number_value(value)) &&
               !(json_number_value(wanted) > json_number_value(value));
    return json_equal(wanted, value);
}

bool ouro__filter_fits(const json_t *filter, const json_t *metadata)
{
    const char *name;
    json_t *wanted;
    json_object_foreach((json_t *)(uintptr_t)filter, name, wanted)
    {
        const json_t *value = json_object_get(metadata, name);
        bool fits = json_is_object(wanted) ? lies_in(wanted, value) : is_equal(wanted, value);
        if (!value || !fits)
            return false;
    }
    return true;
}
