/* SPDX-License-Identifier: MIT */
/* How the texts of settings are read. Numbers are exact decimals: no float comes near them, so
 * "2.3" is 23/10 on its way to a period, and what can't be had exactly is refused. */
#include "ouro/server.h"

#include <string.h>
#include <strings.h>

#define DECIMALS_MAX 9

#define TEXT_(x) #x
#define TEXT(x)  TEXT_(x)

/* --- numbers --------------------------------------------------------------------------------- */

/* digits / divisor; the divisor is a power of ten. */
struct decimal {
    int64_t digits, divisor;
};

/* A number without a unit has the one of the empty name. */
struct unit {
    const char *name;
    int64_t scale;
};

/* Append the digits at *text to the number and step over them. How many; -EINVAL: none, too many.
 */
static int take_digits(const char **text, int64_t *number)
{
    int count = 0;
    for (; **text >= '0' && **text <= '9'; ++*text, count++)
        if (__builtin_mul_overflow(*number, 10, number) ||
            __builtin_add_overflow(*number, **text - '0', number))
            return -EINVAL;
    return count > 0 ? count : -EINVAL;
}

/* Take "12" or "12.5" from the start of the text, and step over it. */
static int take_decimal(const char **text, struct decimal *ret_decimal)
{
    struct decimal decimal = {.divisor = 1};
    if (take_digits(text, &decimal.digits) < 0)
        return -EINVAL;
    int places = 0;
    if (**text == '.') {
        ++*text;
        places = take_digits(text, &decimal.digits);
    }
    if (places < 0 || places > DECIMALS_MAX)
        return -EINVAL;
    while (places-- > 0)
        decimal.divisor *= 10;
    *ret_decimal = decimal;
    return 0;
}

/* The unit of that name, in any case; NULL: none of these. The last of them has scale 0. */
static const struct unit *find_unit(const struct unit *units, const char *name)
{
    for (; units->scale; units++)
        if (strcasecmp(units->name, name) == 0)
            return units;
    return NULL;
}

/* Read a decimal with one of these units, if that comes out even. */
static int read_scaled(const char *text, const struct unit *units, int64_t *ret_number)
{
    struct decimal decimal;
    int64_t scaled;
    if (take_decimal(&text, &decimal) < 0)
        return -EINVAL;
    const struct unit *unit = find_unit(units, text);
    if (!unit || __builtin_mul_overflow(decimal.digits, unit->scale, &scaled) ||
        scaled % decimal.divisor != 0)
        return -EINVAL;
    *ret_number = scaled / decimal.divisor;
    return 0;
}

static int read_integer(const char *text, int64_t *ret_number)
{
    static const struct unit units[] = {{"", 1}, {0}};
    return read_scaled(text, units, ret_number);
}

static int read_share(const char *text, int64_t *ret_ppm)
{
    static const struct unit units[] = {{"", 1000000}, {"%", 10000}, {0}};
    return read_scaled(text, units, ret_ppm);
}

static int read_size(const char *text, int64_t *ret_bytes)
{
    static const struct unit units[] = {
        {"", 1}, {"k", 1 << 10}, {"m", 1 << 20}, {"g", 1 << 30}, {0}};
    return read_scaled(text, units, ret_bytes);
}

/* A bare number is none: is "20" seconds or milliseconds? */
static int read_duration(const char *text, int64_t *ret_ns)
{
    static const struct unit units[] = {
        {"ns", 1},
        {"us", OURO_US(1)},
        {"ms", OURO_MS(1)},
        {"s", OURO_SEC(1)},
        {"m", OURO_SEC(60)},
        {"h", OURO_SEC(60 * 60)},
        {0},
    };
    return read_scaled(text, units, ret_ns);
}

static int read_hertz(const char *text, int64_t *ret_period_ns)
{
    struct decimal hz;
    if (take_decimal(&text, &hz) < 0 || *text || hz.digits == 0)
        return -EINVAL;
    /* No overflow: at most 10^9 times 10^DECIMALS_MAX, and half of INT64_MAX for the rounding. */
    *ret_period_ns = (OURO_SEC(1) * hz.divisor + hz.digits / 2) / hz.digits;
    return 0;
}

/* --- texts ----------------------------------------------------------------------------------- */

static int parse_text(const char *text, void *ret_member)
{
    if (!*text)
        return -EINVAL;
    *(const char **)ret_member = text;
    return 0;
}

static char *trim(char *text)
{
    text += strspn(text, " ");
    size_t len = strlen(text);
    while (len > 0 && text[len - 1] == ' ')
        len--;
    text[len] = '\0';
    return text;
}

static int parse_list(const char *text, void *ret_member)
{
    struct ouro_setting_items *list = ret_member;
    size_t len = strlen(text), count = 0;
    if (len >= sizeof list->text)
        return -EINVAL;
    memcpy(list->text, text, len + 1);
    for (char *rest = list->text; rest;) {
        const char *item = trim(strsep(&rest, ","));
        if (!*item || count == OURO_SETTING_ITEMS_MAX)
            return -EINVAL;
        list->items[count++] = item;
    }
    list->items[count] = NULL;
    return 0;
}

/* --- the types ------------------------------------------------------------------------------- */

const struct ouro_setting_type ouro_setting_integer = {
    .takes = "a whole number",
    .number = read_integer,
};
const struct ouro_setting_type ouro_setting_share = {
    .takes = "a share such as 6% or 0.06, in steps of 0.0001%",
    .number = read_share,
};
const struct ouro_setting_type ouro_setting_hertz = {
    .takes = "a frequency in Hz such as 2.3, with " TEXT(DECIMALS_MAX) " decimal places at most",
    .number = read_hertz,
};
const struct ouro_setting_type ouro_setting_duration = {
    .takes = "a duration such as 500ms, 1.5s or 5m",
    .number = read_duration,
};
const struct ouro_setting_type ouro_setting_size = {
    .takes = "a size in bytes such as 4096, 64k or 2m",
    .number = read_size,
};
const struct ouro_setting_type ouro_setting_text = {
    .takes = "a text with something in it",
    .parse = parse_text,
};
const struct ouro_setting_type ouro_setting_list = {
    .takes = "a list such as a,b (" TEXT(
        OURO_SETTING_ITEMS_MAX) " texts at most, none of them empty, "
                                "shorter than " TEXT(OURO_SETTING_ITEMS_BYTES_MAX) " bytes in all)",
    .parse = parse_list,
};
