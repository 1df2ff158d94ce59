/* SPDX-License-Identifier: MIT */
/* Settings: the three sources, what is said when one is wrong, and --help. */
#include "ouro/server.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#define NAME_BYTES   128 /* a flag or variable */
#define QUOTED_BYTES 80  /* of a wrong value, shown in the sentence about it */

enum { STATUS_FAILED = 1, STATUS_WRONG_SETTING = 2 };

/* --- all rows of all tables ------------------------------------------------------------------ */

struct cursor {
    const struct ouro_setting_table *table;
    const struct ouro_setting *row;
};

/* Before the first row; for (struct cursor at = all_rows(settings); step(&at);) goes over all. */
static struct cursor all_rows(const struct ouro_settings *settings)
{
    return (struct cursor){.table = settings->tables};
}

static bool step(struct cursor *at)
{
    at->row = at->row ? at->row + 1 : at->table->rows;
    while (at->row && !at->row->flag)
        at->row = (++at->table)->rows;
    return at->row != NULL;
}

/* "tick-hz" -> "SNAKEPIT_TICK_HZ" */
static void variable_name(const struct ouro_settings *settings, const struct ouro_setting *row,
                          char ret_name[NAME_BYTES])
{
    int len = snprintf(ret_name, NAME_BYTES, "%s%s", settings->environment, row->flag);
    ouro_assert(len < NAME_BYTES);
    for (char *c = ret_name; *c; c++)
        *c = *c == '-' ? '_' : (char)toupper((unsigned char)*c);
}

/* --- what is wrong --------------------------------------------------------------------------- */

struct load {
    const struct ouro_settings *settings;
    char *values, *fault;
};

OURO_PRINTF(2, 3) static int fail(const struct load *load, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    vsnprintf(load->fault, OURO_SETTINGS_FAULT_BYTES, fmt, args);
    va_end(args);
    return -OURO_ECONFIG;
}

/* As much of a user's text as fits into a sentence of one line, cut between two characters. */
static const char *quote(const char *text, char ret_quoted[QUOTED_BYTES])
{
    static const char cut[] = "...";
    size_t len = strlen(text);
    bool fits = len < QUOTED_BYTES;
    if (!fits)
        for (len = QUOTED_BYTES - sizeof cut; (text[len] & 0xC0) == 0x80 && len > 0;)
            len--;
    snprintf(ret_quoted, QUOTED_BYTES, "%.*s%s", (int)len, text, fits ? "" : cut);
    for (char *c = ret_quoted; *c; c++)
        if (iscntrl((unsigned char)*c))
            *c = '?';
    return ret_quoted;
}

/* What the row takes, to follow "is not". */
static const char *allowed(const struct ouro_setting *row, char ret_text[OURO_SETTINGS_FAULT_BYTES])
{
    int len = snprintf(ret_text, OURO_SETTINGS_FAULT_BYTES, "%s", row->type->takes);
    ouro_assert(len < OURO_SETTINGS_FAULT_BYTES);
    if (row->type->number)
        snprintf(ret_text + len, OURO_SETTINGS_FAULT_BYTES - (size_t)len, ", from %s to %s",
                 row->least, row->most);
    return ret_text;
}

/* --- one setting ----------------------------------------------------------------------------- */

/* The number that a table says. */
static int64_t own_number(const struct ouro_setting *row, const char *text)
{
    int64_t number = 0;
    int rc = row->type->number(text, &number);
    ouro_assert(rc == 0);
    return number;
}

static int set_number(const struct ouro_setting *row, const char *text, void *ret_member)
{
    int64_t a = own_number(row, row->least), b = own_number(row, row->most), number;
    /* A period falls as its frequency rises. */
    int64_t least = a < b ? a : b, most = a < b ? b : a;
    if (row->type->number(text, &number) < 0 || number < least || number > most)
        return -EINVAL;
    /* What is in bounds fits, whether the member has a sign or not. */
    ouro_assert(row->size_bytes == sizeof(int64_t) ||
                (row->size_bytes == sizeof(int32_t) && most <= INT32_MAX));
    int32_t narrow = (int32_t)number;
    memcpy(ret_member, row->size_bytes == sizeof narrow ? (void *)&narrow : &number,
           row->size_bytes);
    return 0;
}

/* Set it to the text; `name` is the flag or variable that the text comes from. */
static int set(const struct load *load, struct cursor at, const char *name, const char *text)
{
    void *member = load->values + at.table->offset + at.row->offset;
    int rc =
        at.row->type->number ? set_number(at.row, text, member) : at.row->type->parse(text, member);
    if (rc == 0)
        return 0;
    char quoted[QUOTED_BYTES], what[OURO_SETTINGS_FAULT_BYTES];
    return fail(load, "%s: \"%s\" is not %s", name, quote(text, quoted), allowed(at.row, what));
}

/* --- the sources ----------------------------------------------------------------------------- */

static void set_defaults(const struct load *load)
{
    for (struct cursor at = all_rows(load->settings); step(&at);)
        if (at.row->initial) {
            int rc = set(load, at, at.row->flag, at.row->initial);
            ouro_assert(rc == 0);
        }
}

const char *ouro_settings_variable(char *const *env, const char *name)
{
    size_t len = strlen(name);
    for (; *env; env++)
        if (strncmp(*env, name, len) == 0 && (*env)[len] == '=')
            return (*env)[len + 1] ? *env + len + 1 : NULL;
    return NULL;
}

static int take_variables(const struct load *load, char *const *env)
{
    for (struct cursor at = all_rows(load->settings); step(&at);) {
        char name[NAME_BYTES];
        variable_name(load->settings, at.row, name);
        const char *text = ouro_settings_variable(env, name);
        int rc = text ? set(load, at, name, text) : 0;
        if (rc < 0)
            return rc;
    }
    return 0;
}

/* How many letters must be put in, left out or changed to make one of the other (Levenshtein). */
static size_t distance(const char *a, const char *b)
{
    size_t row[NAME_BYTES], b_len = strlen(b);
    ouro_assert(b_len < NAME_BYTES);
    for (size_t j = 0; j <= b_len; j++)
        row[j] = j;
    for (size_t i = 0; a[i]; i++) {
        size_t diagonal = row[0]++;
        for (size_t j = 0; j < b_len; j++) {
            size_t changed = diagonal + (a[i] != b[j]);
            size_t longer = (row[j] < row[j + 1] ? row[j] : row[j + 1]) + 1;
            diagonal = row[j + 1];
            row[j + 1] = changed < longer ? changed : longer;
        }
    }
    return row[b_len];
}

static int fail_unknown(const struct load *load, const char *name)
{
    char quoted[QUOTED_BYTES];
    size_t nearest = (strlen(name) + 1) / 2; /* from there on, it is another word */
    const char *meant = NULL;
    for (struct cursor at = all_rows(load->settings); step(&at);) {
        size_t d = distance(name, at.row->flag);
        if (d < nearest) {
            nearest = d;
            meant = at.row->flag;
        }
    }
    quote(name, quoted);
    if (meant)
        return fail(load, "there is no setting --%s; did you mean --%s?", quoted, meant);
    return fail(load, "there is no setting --%s; --help lists all", quoted);
}

static bool find_flag(const struct load *load, const char *name, struct cursor *ret_at)
{
    for (struct cursor at = all_rows(load->settings); step(&at);)
        if (strcmp(at.row->flag, name) == 0) {
            *ret_at = at;
            return true;
        }
    return false;
}

/* Take "--name=value", or "--name" and "value". How many arguments that was, or -OURO_ECONFIG. */
static int take_flag(const struct load *load, char *const *argv)
{
    char name[NAME_BYTES], what[OURO_SETTINGS_FAULT_BYTES];
    struct cursor at;
    if (strncmp(argv[0], "--", 2) != 0)
        return fail(load, "\"%s\" is not a setting: --help lists them", quote(argv[0], what));
    const char *equals = strchr(argv[0], '='), *text = equals ? equals + 1 : argv[1];
    snprintf(name, sizeof name, "%.*s", (int)strcspn(argv[0], "="), argv[0]);
    if (!find_flag(load, name + 2, &at))
        return fail_unknown(load, name + 2);
    /* A value that does begin with "--" can be had with '='. */
    if (!text || (!equals && strncmp(text, "--", 2) == 0))
        return fail(load, "%s needs a value: %s", name, allowed(at.row, what));
    int rc = set(load, at, name, text);
    return rc < 0 ? rc : equals ? 1 : 2;
}

static int take_flags(const struct load *load, char *const *argv)
{
    while (*argv) {
        int taken = take_flag(load, argv);
        if (taken < 0)
            return taken;
        argv += taken;
    }
    return 0;
}

/* --help helps most when something is wrong, so it is looked for before anything is judged. */
static int find_answer(char *const *argv)
{
    for (; *argv; argv++) {
        if (strcmp(*argv, "--help") == 0 || strcmp(*argv, "-h") == 0)
            return OURO_SETTINGS_HELP;
        if (strcmp(*argv, "--version") == 0)
            return OURO_SETTINGS_VERSION;
    }
    return 0;
}

int ouro_settings_load(const struct ouro_settings *settings, char *const *argv, char *const *env,
                       void *ret_values, char ret_fault[OURO_SETTINGS_FAULT_BYTES])
{
    struct load load = {settings, ret_values, ret_fault};
    if (*argv)
        argv++;
    int rc = find_answer(argv);
    if (rc != 0)
        return rc;
    set_defaults(&load);
    rc = take_variables(&load, env);
    return rc < 0 ? rc : take_flags(&load, argv);
}

/* --- help and version ------------------------------------------------------------------------ */

static void put_row(const struct ouro_settings *settings, const struct ouro_setting *row,
                    struct ouro_buf *out)
{
    char variable[NAME_BYTES];
    variable_name(settings, row, variable);
    ouro_buf_printf(out, "  --%s %s\n      %s\n      default: %s", row->flag, row->placeholder,
                    row->help, row->initial ? row->initial : row->unset);
    if (row->type->number)
        ouro_buf_printf(out, " (%s to %s)", row->least, row->most);
    ouro_buf_printf(out, "; variable: %s\n", variable);
}

void ouro_settings_help(const struct ouro_settings *settings, struct ouro_buf *ret_text)
{
    ouro_buf_printf(
        ret_text,
        "%s %s: %s\n\n"
        "usage: %s [--SETTING VALUE | --SETTING=VALUE]... | --help | --version\n%s\n"
        "A flag goes over a variable of the environment, a variable over the default.\n",
        settings->program, settings->version, settings->summary, settings->program,
        settings->also ? settings->also : "");
    const struct ouro_setting_table *titled = NULL;
    for (struct cursor at = all_rows(settings); step(&at);) {
        if (at.table != titled)
            ouro_buf_printf(ret_text, "\n%s\n", at.table->title);
        titled = at.table;
        put_row(settings, at.row, ret_text);
    }
}

static int tell_help(const struct ouro_settings *settings)
{
    struct ouro_buf text = {0};
    ouro_settings_help(settings, &text);
    bool printed = !ouro_buf_failed(&text) && fwrite(text.data, 1, text.len, stdout) == text.len;
    ouro_buf_done(&text);
    return printed && fflush(stdout) == 0 ? 0 : STATUS_FAILED;
}

static int tell_version(const struct ouro_settings *settings)
{
    bool printed = printf("%s %s\n", settings->program, settings->version) > 0;
    return printed && fflush(stdout) == 0 ? 0 : STATUS_FAILED;
}

int ouro_settings_tell(const struct ouro_settings *settings, int loaded, const char *fault)
{
    ouro_assert(loaded < 0 || loaded == OURO_SETTINGS_HELP || loaded == OURO_SETTINGS_VERSION);
    if (loaded == OURO_SETTINGS_HELP)
        return tell_help(settings);
    if (loaded == OURO_SETTINGS_VERSION)
        return tell_version(settings);
    fprintf(stderr, "%s: %s\n", settings->program, fault);
    return STATUS_WRONG_SETTING;
}
