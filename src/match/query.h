/* SPDX-License-Identifier: MIT */
/* Properties, and queries over them. Pure. Names and texts are kept as hashes with a secret: what a
 * ticket holds has a fixed size, and comparing is one instruction. */
#ifndef OURO_MATCH_QUERY_H
#define OURO_MATCH_QUERY_H

#include "ouro/match.h"

enum ouro__match_op {
    OURO__MATCH_EQ,
    OURO__MATCH_NE,
    OURO__MATCH_LT,
    OURO__MATCH_LE,
    OURO__MATCH_GT,
    OURO__MATCH_GE
};

/* A number, or the hash of a text. */
struct ouro__match_value {
    bool is_text;
    union {
        uint64_t text;
        double number;
    };
};

struct ouro__match_fact {
    uint64_t name;
    struct ouro__match_value value;
};

struct ouro__match_term {
    uint64_t name;
    struct ouro__match_value value;
    enum ouro__match_op op;
    int64_t relaxes_ns; /* no longer counts after so much waiting; OURO_FOREVER */
};

struct ouro__match_facts {
    size_t count;
    struct ouro__match_fact at[OURO_MATCH_PROPERTIES_MAX];
};

struct ouro__match_query {
    size_t count;
    struct ouro__match_term at[OURO_MATCH_TERMS_MAX];
};

/* 0, -EINVAL, -OURO_ELIMIT. A property that stands twice is -EINVAL. */
int ouro__match_facts_read(uint64_t seed, const struct ouro_match_property *properties,
                           size_t count, struct ouro__match_facts *ret_facts);
/* NULL is the empty query. 0, -EINVAL, -OURO_ELIMIT. */
int ouro__match_query_read(uint64_t seed, const char *text, struct ouro__match_query *ret_query);
bool ouro__match_same(struct ouro__match_value a, struct ouro__match_value b);
/* Do the facts satisfy the term? */
bool ouro__match_term_holds(const struct ouro__match_term *term,
                            const struct ouro__match_facts *facts);
/* Do they satisfy all terms that still count after so much waiting? */
bool ouro__match_query_holds(const struct ouro__match_query *query, int64_t waited_ns,
                             const struct ouro__match_facts *facts);

#endif
