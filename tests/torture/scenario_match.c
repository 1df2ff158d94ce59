/* SPDX-License-Identifier: MIT */
/* match: a pool without memory. Who could not be added is not there; who could is matched later. */
#include "torture.h"

static size_t found_parties;

static void on_found(const struct ouro_match_found *found, void *ud)
{
    (void)ud;
    found_parties += found->count;
}

static size_t add_some(struct ouro_match *match, size_t count)
{
    const struct ouro_match_property property = {"region", "eu", 0};
    const struct ouro_match_ticket ticket = {"region=eu", &property, 1};
    struct ouro_match_id id;
    size_t added = 0;
    for (size_t i = 0; i < count; i++)
        added += went(ouro_match_add(match, 0, &ticket, &id), -ENOMEM);
    if (added % 2 == 1 && went(ouro_match_cancel(match, id), -ENOENT))
        added--;
    return added;
}

SCENARIO(match, pool)
{
    struct ouro_match *match = NULL;
    struct ouro_match_options options = {.found = on_found};
    found_parties = 0;
    expect(ouro_match_check_query("region=eu~10s") == 0);
    if (!went(ouro_match_new(&options, &match), -ENOMEM)) {
        expect(!match);
        return;
    }
    size_t added = add_some(match, 6);
    ouro_match_pass(match, 1);
    ouro_match_pass(match, 2); /* what the first had no memory for */
    expect(found_parties == added || fail_hit());
    expect(ouro_match_stats(match).waiting + found_parties == added || fail_hit());
    ouro_match_free(match);
}
