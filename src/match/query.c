/* SPDX-License-Identifier: MIT */
#include "match/query.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* --- words ------------------------------------------------------------------------------------ */

static bool is_word_char(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-' || c == '.';
}

static size_t word_bytes(const char *text)
{
    size_t len = 0;
    while (is_word_char(text[len]))
        len++;
    return len;
}

/* FNV-1a, begun with the secret and mixed at the end (Murmur3's finaliser). */
static uint64_t hash(uint64_t seed, const char *text, size_t len)
{
    uint64_t h = seed ^ 0xcbf29ce484222325u;
    for (size_t i = 0; i < len; i++)
        h = (h ^ (unsigned char)text[i]) * 0x100000001b3u;
    h = (h ^ (h >> 33)) * 0xff51afd7ed558ccdu;
    h = (h ^ (h >> 33)) * 0xc4ceb9fe1a85ec53u;
    return h ^ (h >> 33);
}

/* The word that begins here, and nothing longer than it may be. */
static int take_word(const char **at, uint64_t seed, uint64_t *ret_hash)
{
    size_t len = word_bytes(*at);
    if (len == 0 || len >= OURO_MATCH_TEXT_BYTES)
        return -EINVAL;
    *ret_hash = hash(seed, *at, len);
    *at += len;
    return 0;
}

static int whole_word(const char *text, uint64_t seed, uint64_t *ret_hash)
{
    if (!text)
        return -EINVAL;
    int rc = take_word(&text, seed, ret_hash);
    return rc < 0 ? rc : *text ? -EINVAL : 0;
}

/* --- facts ------------------------------------------------------------------------------------ */

static int fact_read(uint64_t seed, const struct ouro_match_property *property,
                     struct ouro__match_fact *ret_fact)
{
    struct ouro__match_fact fact = {.value.is_text = property->text != NULL};
    int rc = whole_word(property->name, seed, &fact.name);
    if (rc == 0 && property->text)
        rc = whole_word(property->text, seed, &fact.value.text);
    else if (isfinite(property->number))
        fact.value.number = property->number;
    else
        rc = -EINVAL;
    if (rc == 0)
        *ret_fact = fact;
    return rc;
}

static const struct ouro__match_fact *find(const struct ouro__match_facts *facts, uint64_t name)
{
    for (size_t i = 0; i < facts->count; i++) {
        if (facts->at[i].name == name)
            return &facts->at[i];
    }
    return NULL;
}

int ouro__match_facts_read(uint64_t seed, const struct ouro_match_property *properties,
                           size_t count, struct ouro__match_facts *ret_facts)
{
    struct ouro__match_facts facts = {0};
    if (count > OURO_MATCH_PROPERTIES_MAX)
        return -OURO_ELIMIT;
    for (size_t i = 0; i < count; i++) {
        struct ouro__match_fact fact;
        int rc = fact_read(seed, &properties[i], &fact);
        if (rc < 0 || find(&facts, fact.name))
            return -EINVAL;
        facts.at[facts.count++] = fact;
    }
    *ret_facts = facts;
    return 0;
}

/* --- queries ---------------------------------------------------------------------------------- */

static int take_op(const char **at, enum ouro__match_op *ret_op)
{
    static const struct {
        const char *text;
        enum ouro__match_op op;
    } ops[] = {{"!=", OURO__MATCH_NE}, {"<=", OURO__MATCH_LE}, {">=", OURO__MATCH_GE},
               {"=", OURO__MATCH_EQ},  {"<", OURO__MATCH_LT},  {">", OURO__MATCH_GT}};
    for (size_t i = 0; i < sizeof ops / sizeof *ops; i++) {
        size_t len = strlen(ops[i].text);
        if (strncmp(*at, ops[i].text, len) == 0) {
            *at += len;
            *ret_op = ops[i].op;
            return 0;
        }
    }
    return -EINVAL;
}

/* "5", "-1.5": what strtod() takes beyond that (hex, "inf") is a word, and so a text. */
static bool take_number(const char **at, double *ret_number)
{
    size_t len = word_bytes(*at), digits = 0;
    for (size_t i = 0; i < len; i++) {
        char c = (*at)[i];
        digits += c >= '0' && c <= '9';
        if (!(c >= '0' && c <= '9') && c != '.' && !(c == '-' && i == 0))
            return false;
    }
    char *end;
    double number = digits ? strtod(*at, &end) : 0;
    if (!digits || end != *at + len)
        return false;
    *at = end;
    *ret_number = number;
    return true;
}

static int take_value(const char **at, uint64_t seed, struct ouro__match_value *ret_value)
{
    *ret_value = (struct ouro__match_value){0};
    if (take_number(at, &ret_value->number))
        return 0;
    ret_value->is_text = true;
    return take_word(at, seed, &ret_value->text);
}

/* "~10s" */
static int take_relaxing(const char **at, int64_t *ret_ns)
{
    static const struct {
        const char *text;
        int64_t ns;
    } units[] = {{"ms", OURO_MS(1)}, {"s", OURO_SEC(1)}, {"m", OURO_SEC(60)}};
    *ret_ns = OURO_FOREVER;
    if (**at != '~')
        return 0;
    const char *digits = ++*at;
    int64_t number = 0;
    for (; **at >= '0' && **at <= '9' && number < 1000000; ++*at)
        number = number * 10 + (**at - '0');
    for (size_t i = 0; *at > digits && i < sizeof units / sizeof *units; i++) {
        size_t len = strlen(units[i].text);
        if (word_bytes(*at) == len && strncmp(*at, units[i].text, len) == 0) {
            *at += len;
            *ret_ns = number * units[i].ns;
            return 0;
        }
    }
    return -EINVAL;
}

static int take_term(const char **at, uint64_t seed, struct ouro__match_term *ret_term)
{
    struct ouro__match_term term;
    int rc = take_word(at, seed, &term.name);
    if (rc == 0)
        rc = take_op(at, &term.op);
    if (rc == 0)
        rc = take_value(at, seed, &term.value);
    if (rc == 0)
        rc = take_relaxing(at, &term.relaxes_ns);
    if (rc == 0 && ((**at && **at != ' ') || (term.value.is_text && term.op > OURO__MATCH_NE)))
        rc = -EINVAL;
    if (rc == 0)
        *ret_term = term;
    return rc;
}

int ouro__match_query_read(uint64_t seed, const char *text, struct ouro__match_query *ret_query)
{
    struct ouro__match_query query = {0};
    const char *at = text ? text : "";
    if (strnlen(at, OURO_MATCH_QUERY_BYTES) == OURO_MATCH_QUERY_BYTES)
        return -OURO_ELIMIT;
    for (;;) {
        while (*at == ' ')
            at++;
        if (!*at)
            break;
        if (query.count == OURO_MATCH_TERMS_MAX)
            return -OURO_ELIMIT;
        int rc = take_term(&at, seed, &query.at[query.count++]);
        if (rc < 0)
            return rc;
    }
    *ret_query = query;
    return 0;
}

int ouro_match_check_query(const char *query)
{
    struct ouro__match_query ignored;
    return ouro__match_query_read(0, query, &ignored);
}

/* --- does it hold? ---------------------------------------------------------------------------- */

bool ouro__match_same(struct ouro__match_value a, struct ouro__match_value b)
{
    if (a.is_text != b.is_text)
        return false;
    return a.is_text ? a.text == b.text : a.number == b.number;
}

static bool number_holds(enum ouro__match_op op, double number, double bound)
{
    switch (op) {
    case OURO__MATCH_LT:
        return number < bound;
    case OURO__MATCH_LE:
        return number <= bound;
    case OURO__MATCH_GT:
        return number > bound;
    default:
        return number >= bound;
    }
}

bool ouro__match_term_holds(const struct ouro__match_term *term,
                            const struct ouro__match_facts *facts)
{
    const struct ouro__match_fact *fact = find(facts, term->name);
    if (!fact)
        return term->op == OURO__MATCH_NE;
    if (term->op <= OURO__MATCH_NE)
        return ouro__match_same(fact->value, term->value) == (term->op == OURO__MATCH_EQ);
    return !fact->value.is_text && number_holds(term->op, fact->value.number, term->value.number);
}

bool ouro__match_query_holds(const struct ouro__match_query *query, int64_t waited_ns,
                             const struct ouro__match_facts *facts)
{
    for (size_t i = 0; i < query->count; i++) {
        const struct ouro__match_term *term = &query->at[i];
        if (waited_ns < term->relaxes_ns && !ouro__match_term_holds(term, facts))
            return false;
    }
    return true;
}
