/* SPDX-License-Identifier: MIT */
/* Queries of tickets: what is taken fits, and holds or not without reading beyond. */
#include "match/query.h"

#include <stdlib.h>
#include <string.h>

static void expect(bool promise)
{
    if (!promise)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    static const struct ouro_match_property properties[] = {{"a", "b", 0}, {"n", NULL, 5}};
    struct ouro__match_facts facts;
    struct ouro__match_query query;
    char *text = malloc(len + 1); /* of just that size, so that the sanitizer sees its end */
    memcpy(text, data, len);
    text[len] = 0;
    int rc = ouro__match_query_read(1, text, &query);
    expect(rc == ouro_match_check_query(text));
    free(text);
    if (rc < 0)
        return 0;
    expect(query.count <= OURO_MATCH_TERMS_MAX);
    for (size_t i = 0; i < query.count; i++)
        expect(query.at[i].relaxes_ns >= 0 &&
               (!query.at[i].value.is_text || query.at[i].op <= OURO__MATCH_NE));
    expect(ouro__match_facts_read(1, properties, 2, &facts) == 0);
    expect(!ouro__match_query_holds(&query, 0, &facts) ||
           ouro__match_query_holds(&query, OURO_SEC(1), &facts));
    return 0;
}
