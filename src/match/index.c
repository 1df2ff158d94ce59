/* SPDX-License-Identifier: MIT */
/* The index of a pass. See pool.h for its picture. */
#include "match/pool.h"

#include <stdlib.h>
#include <string.h>

#define SLOTS     1024 /* a power of two */
#define SLOTS_MAX (SLOTS * 3 / 4)

/* An equality that queries ask for, and how many do; then its bit. */
struct wish {
    uint64_t name;
    struct ouro__match_value value;
    uint32_t count;
    int bit; /* -1: not among the most wanted */
};

struct wishes {
    struct wish slots[SLOTS]; /* open addressing; count 0 is free */
    size_t used;
};

static uint64_t bits_of(struct ouro__match_value value)
{
    uint64_t bits = value.text;
    if (!value.is_text)
        memcpy(&bits, &value.number, sizeof bits);
    return bits;
}

/* The slot that has it, or the free one where it would be. */
static struct wish *slot_of(struct wishes *wishes, uint64_t name, struct ouro__match_value value)
{
    uint64_t hash = (name ^ bits_of(value) * 0x9e3779b97f4a7c15u) * 0xff51afd7ed558ccdu;
    for (size_t i = hash >> 32;; i++) {
        struct wish *wish = &wishes->slots[i % SLOTS];
        if (wish->count == 0 || (wish->name == name && ouro__match_same(wish->value, value)))
            return wish;
    }
}

static bool counts(const struct ouro__match_term *term, int64_t waited_ns)
{
    return term->op == OURO__MATCH_EQ && waited_ns < term->relaxes_ns;
}

/* --- which equalities get a bit --------------------------------------------------------------- */

static void count_wishes(struct wishes *wishes, const struct ouro__match_ticket *ticket,
                         int64_t now)
{
    for (size_t i = 0; i < ticket->query.count; i++) {
        const struct ouro__match_term *term = &ticket->query.at[i];
        if (!counts(term, now - ticket->added_at))
            continue;
        struct wish *wish = slot_of(wishes, term->name, term->value);
        if (wish->count == 0 && wishes->used == SLOTS_MAX)
            continue; /* it is looked at pair by pair */
        if (wish->count++ == 0) {
            wishes->used++;
            wish->name = term->name;
            wish->value = term->value;
            wish->bit = -1;
        }
    }
}

static int by_count(const void *a, const void *b)
{
    const struct wish *x = *(struct wish *const *)a, *y = *(struct wish *const *)b;
    if (x->count != y->count)
        return x->count > y->count ? -1 : 1;
    return x < y ? -1 : x > y; /* the same every time */
}

static void hand_out_bits(struct wishes *wishes)
{
    struct wish *wanted[SLOTS_MAX];
    size_t count = 0;
    for (size_t i = 0; i < SLOTS; i++) {
        if (wishes->slots[i].count > 0)
            wanted[count++] = &wishes->slots[i];
    }
    qsort(wanted, count, sizeof *wanted, by_count);
    for (size_t i = 0; i < count && i < OURO__MATCH_INDEX_TERMS_MAX; i++)
        wanted[i]->bit = (int)i;
}

static uint64_t bit_of(struct wishes *wishes, uint64_t name, struct ouro__match_value value)
{
    const struct wish *wish = slot_of(wishes, name, value);
    return wish->count > 0 && wish->bit >= 0 ? UINT64_C(1) << wish->bit : 0;
}

static void set_bits(struct wishes *wishes, struct ouro__match_ticket *ticket, int64_t now)
{
    ticket->has = ticket->demands = 0;
    for (size_t i = 0; i < ticket->facts.count; i++)
        ticket->has |= bit_of(wishes, ticket->facts.at[i].name, ticket->facts.at[i].value);
    for (size_t i = 0; i < ticket->query.count; i++) {
        const struct ouro__match_term *term = &ticket->query.at[i];
        if (counts(term, now - ticket->added_at))
            ticket->demands |= bit_of(wishes, term->name, term->value);
    }
}

/* --- buckets ---------------------------------------------------------------------------------- */

static int in_order(const void *a, const void *b)
{
    const struct ouro__match_ticket *x = *(struct ouro__match_ticket *const *)a;
    const struct ouro__match_ticket *y = *(struct ouro__match_ticket *const *)b;
    if (x->has != y->has)
        return x->has < y->has ? -1 : 1;
    if (x->demands != y->demands)
        return x->demands < y->demands ? -1 : 1;
    if (x->skill != y->skill)
        return x->skill < y->skill ? -1 : 1;
    return x->number < y->number ? -1 : 1;
}

static void cut_into_buckets(struct ouro__match_index *index)
{
    struct ouro__match_bucket *bucket = NULL;
    index->bucket_count = 0;
    for (size_t i = 0; i < index->count; i++) {
        struct ouro__match_ticket *ticket = index->sorted[i];
        if (!bucket || bucket->has != ticket->has || bucket->demands != ticket->demands) {
            bucket = &index->buckets[index->bucket_count++];
            *bucket =
                (struct ouro__match_bucket){ticket->has, ticket->demands, &index->sorted[i], 0};
        }
        bucket->count++;
    }
}

size_t ouro__match_lower_bound(const struct ouro__match_bucket *bucket, int32_t skill)
{
    size_t low = 0, high = bucket->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (bucket->tickets[middle]->skill < skill)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* --- the whole -------------------------------------------------------------------------------- */

static int reserve(struct ouro__match_index *index, size_t count)
{
    if (count <= index->cap)
        return 0;
    size_t cap = count * 2;
    void *sorted = realloc(index->sorted, cap * sizeof *index->sorted);
    if (sorted)
        index->sorted = sorted;
    void *buckets = realloc(index->buckets, cap * sizeof *index->buckets);
    if (buckets)
        index->buckets = buckets;
    if (!sorted || !buckets)
        return -ENOMEM;
    index->cap = cap;
    return 0;
}

/* Rooms look for players, players don't look for rooms: only players are found by the index. */
static void fill(struct ouro_match *match, struct wishes *wishes, int64_t now)
{
    struct ouro__match_index *index = &match->index;
    struct ouro_link *lists[] = {&match->rooms, &match->waiting};
    for (size_t i = 0; i < 2; i++) {
        ouro_list_each (link, lists[i])
            count_wishes(wishes, ouro_container(link, struct ouro__match_ticket, by_age), now);
    }
    hand_out_bits(wishes);
    index->count = 0;
    for (size_t i = 0; i < 2; i++) {
        ouro_list_each (link, lists[i]) {
            struct ouro__match_ticket *ticket =
                ouro_container(link, struct ouro__match_ticket, by_age);
            set_bits(wishes, ticket, now);
            if (!ticket->is_room)
                index->sorted[index->count++] = ticket;
        }
    }
}

int ouro__match_index_make(struct ouro_match *match, int64_t now)
{
    struct ouro__match_index *index = &match->index;
    struct wishes *wishes = calloc(1, sizeof *wishes);
    int rc = wishes ? reserve(index, match->stats.waiting) : -ENOMEM;
    if (rc == 0) {
        fill(match, wishes, now);
        if (index->count > 0) /* else there may be no array yet */
            qsort(index->sorted, index->count, sizeof *index->sorted, in_order);
        cut_into_buckets(index);
    }
    free(wishes);
    return rc;
}

void ouro__match_index_done(struct ouro__match_index *index)
{
    free(index->sorted);
    free(index->buckets);
    *index = (struct ouro__match_index){0};
}
