/* SPDX-License-Identifier: MIT */
#include "web/http_choice.h"

#include "ouro/base.h"
#include "web/http_date.h"

#include <string.h>
#include <strings.h>

/* --- texts ------------------------------------------------------------------------------------ */

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

static struct ouro__slice rest_of(struct ouro__slice text, size_t used)
{
    return (struct ouro__slice){text.at + used, text.len - used};
}

static struct ouro__slice skip_blanks(struct ouro__slice text)
{
    while (text.len > 0 && is_blank(text.at[0]))
        text = rest_of(text, 1);
    return text;
}

/* Digits in front of `text`, as a number; what is too large becomes the largest. */
static bool take_number(struct ouro__slice *text, uint64_t *ret_number)
{
    uint64_t number = 0;
    size_t used = 0;
    for (; used < text->len && text->at[used] >= '0' && text->at[used] <= '9'; used++) {
        uint64_t digit = (uint64_t)(text->at[used] - '0');
        bool fits = number <= (UINT64_MAX - digit) / 10;
        number = fits ? number * 10 + digit : UINT64_MAX;
    }
    *text = rest_of(*text, used);
    *ret_number = number;
    return used > 0;
}

/* --- entity tags (RFC 9110 8.8.3) ------------------------------------------------------------- */

struct tag {
    bool weak;
    struct ouro__slice opaque; /* with its quotes */
};

/* A comma may stand inside of a tag, so a list of them is read tag by tag. */
static bool take_tag(struct ouro__slice *text, struct tag *ret)
{
    ret->weak = text->len >= 2 && memcmp(text->at, "W/", 2) == 0;
    struct ouro__slice from = rest_of(*text, ret->weak ? 2 : 0);
    if (from.len < 2 || from.at[0] != '"')
        return false;
    const char *end = memchr(from.at + 1, '"', from.len - 1);
    if (!end)
        return false;
    ret->opaque = (struct ouro__slice){from.at, (size_t)(end - from.at) + 1};
    *text = rest_of(from, ret->opaque.len);
    return true;
}

static struct tag tag_of(const char *etag)
{
    struct tag tag = {0};
    struct ouro__slice text = {etag, strlen(etag)};
    bool valid = take_tag(&text, &tag);
    ouro_assert(valid && text.len == 0);
    return tag;
}

/* 8.8.3.2; the strong way is for those who go on where they stopped, or overwrite. */
static bool tags_match(struct tag a, struct tag b, bool strongly)
{
    return !(strongly && (a.weak || b.weak)) && a.opaque.len == b.opaque.len &&
           memcmp(a.opaque.at, b.opaque.at, a.opaque.len) == 0;
}

/* What can't be read matches nothing: If-Match then refuses, and If-None-Match sends. */
static bool list_matches(struct ouro__slice list, struct tag ours, bool strongly)
{
    struct tag tag;
    if (ouro__slice_same(list, "*"))
        return true;
    while (list.len > 0) {
        if (list.at[0] == ',' || is_blank(list.at[0]))
            list = rest_of(list, 1);
        else if (!take_tag(&list, &tag))
            return false;
        else if (tags_match(tag, ours, strongly))
            return true;
    }
    return false;
}

/* Such a field may have several lines, which are one list. */
static bool field_matches(const struct ouro__http_head *head, const char *name, const char *etag,
                          bool strongly)
{
    for (size_t i = 0; i < head->header_count; i++)
        if (ouro__slice_like(head->headers[i].name, name) &&
            list_matches(head->headers[i].value, tag_of(etag), strongly))
            return true;
    return false;
}

/* --- conditions (RFC 9110 13) ----------------------------------------------------------------- */

/* The date of such a field; false: there is none, or none that can be read or compared. */
static bool date_field(const struct ouro__http_head *head, const char *name,
                       const struct ouro__http_facts *facts, int64_t *ret_seconds)
{
    struct ouro__slice text;
    return facts->modified_s >= 0 && ouro__http_header(head, name, &text) == 1 &&
           ouro__http_date_parse(text, facts->now_s, ret_seconds) == 0;
}

static bool has(const struct ouro__http_head *head, const char *name)
{
    struct ouro__slice value;
    return ouro__http_header(head, name, &value) > 0;
}

static bool precondition_holds(const struct ouro__http_head *head,
                               const struct ouro__http_facts *facts)
{
    int64_t date;
    if (has(head, "If-Match"))
        return field_matches(head, "If-Match", facts->etag, true);
    return !date_field(head, "If-Unmodified-Since", facts, &date) || facts->modified_s <= date;
}

static bool client_has_it(const struct ouro__http_head *head, const struct ouro__http_facts *facts)
{
    int64_t date;
    if (has(head, "If-None-Match"))
        return field_matches(head, "If-None-Match", facts->etag, false);
    return date_field(head, "If-Modified-Since", facts, &date) && facts->modified_s <= date;
}

/* 8.8.2.2: a date is a strong validator when what it says had a second to become true. */
static bool is_same_to_the_byte(const struct ouro__http_head *head,
                                const struct ouro__http_facts *facts)
{
    struct ouro__slice text;
    int64_t date;
    struct tag tag;
    if (ouro__http_header(head, "If-Range", &text) != 1)
        return !has(head, "If-Range");
    if (take_tag(&text, &tag))
        return text.len == 0 && tags_match(tag, tag_of(facts->etag), true);
    return date_field(head, "If-Range", facts, &date) && date == facts->modified_s &&
           date < facts->now_s;
}

/* --- ranges (RFC 9110 14) --------------------------------------------------------------------- */

enum range_kind { RANGE_NONE, RANGE_ONE, RANGE_OUTSIDE };

/* "first-", "first-last" or "-length", of `len` bytes. What is none of these, or more than one of
 * them, counts as not there (14.2). */
static enum range_kind parse_range(struct ouro__slice text, uint64_t len,
                                   struct ouro__http_range *ret)
{
    uint64_t first = 0, last = UINT64_MAX;
    bool has_first = take_number(&text, &first);
    if (text.len == 0 || text.at[0] != '-')
        return RANGE_NONE;
    text = rest_of(text, 1);
    bool has_last = take_number(&text, &last);
    if (skip_blanks(text).len > 0 || (!has_first && !has_last))
        return RANGE_NONE;
    if (!has_first) { /* the last so many */
        first = last < len ? len - last : 0;
        if (last == 0)
            return RANGE_OUTSIDE;
        if (len == 0) /* can be satisfied, with what no Content-Range can say */
            return RANGE_NONE;
    } else if (has_last && last < first) {
        return RANGE_NONE;
    }
    if (first >= len)
        return RANGE_OUTSIDE;
    if (!has_first || !has_last || last >= len)
        last = len - 1;
    *ret = (struct ouro__http_range){first, last - first + 1};
    return RANGE_ONE;
}

static enum range_kind wanted_range(const struct ouro__http_request *req, uint64_t len,
                                    struct ouro__http_range *ret)
{
    static const char unit[] = "bytes=";
    struct ouro__slice text;
    if (req->method != OURO__HTTP_GET || ouro__http_header(&req->head, "Range", &text) != 1)
        return RANGE_NONE;
    if (text.len < sizeof unit - 1 || strncasecmp(text.at, unit, sizeof unit - 1) != 0)
        return RANGE_NONE;
    return parse_range(skip_blanks(rest_of(text, sizeof unit - 1)), len, ret);
}

enum ouro__http_choice ouro__http_choose(const struct ouro__http_request *req,
                                         const struct ouro__http_facts *facts,
                                         struct ouro__http_range *ret_range)
{
    if (!precondition_holds(&req->head, facts))
        return OURO__HTTP_PRECONDITION_FAILED;
    if (client_has_it(&req->head, facts))
        return OURO__HTTP_NOT_MODIFIED;
    struct ouro__http_range range;
    enum range_kind kind = wanted_range(req, facts->len, &range);
    if (kind == RANGE_NONE || !is_same_to_the_byte(&req->head, facts))
        return OURO__HTTP_WHOLE;
    if (kind == RANGE_OUTSIDE)
        return OURO__HTTP_RANGE_UNSATISFIABLE;
    *ret_range = range;
    return OURO__HTTP_PART;
}

/* --- encodings (RFC 9110 12.5.3) -------------------------------------------------------------- */

#define WEIGHT_UNSAID (-1)

/* "0.25" as 250 (12.4.2). What can't be read is taken for a no. */
static int parse_weight(struct ouro__slice text)
{
    if (text.len == 0 || text.len > 5 || (text.at[0] != '0' && text.at[0] != '1') ||
        (text.len > 1 && text.at[1] != '.'))
        return 0;
    int weight = (text.at[0] - '0') * 1000, unit = 100;
    for (size_t i = 2; i < text.len; i++, unit /= 10) {
        if (text.at[i] < '0' || text.at[i] > '9')
            return 0;
        weight += (text.at[i] - '0') * unit;
    }
    return weight <= 1000 ? weight : 0;
}

/* "gzip;q=0.5": its name and weight. Whoever says no weight means 1. */
static int split_weight(struct ouro__slice element, struct ouro__slice *ret_name)
{
    const char *end = memchr(element.at, ';', element.len);
    struct ouro__slice name = {element.at, end ? (size_t)(end - element.at) : element.len};
    struct ouro__slice weight = rest_of(element, name.len);
    while (name.len > 0 && is_blank(name.at[name.len - 1]))
        name.len--;
    *ret_name = name;
    if (weight.len == 0)
        return 1000;
    weight = skip_blanks(rest_of(weight, 1));
    bool said = weight.len >= 2 && strncasecmp(weight.at, "q=", 2) == 0;
    return said ? parse_weight(rest_of(weight, 2)) : 0;
}

bool ouro__http_wants_gzip(const struct ouro__http_head *head)
{
    struct ouro__http_list list = {.head = head, .name = "Accept-Encoding"};
    struct ouro__slice element, name;
    int gzip = WEIGHT_UNSAID, identity = WEIGHT_UNSAID, others = WEIGHT_UNSAID;
    while (ouro__http_list_next(&list, &element)) {
        int weight = split_weight(element, &name);
        if (ouro__slice_like(name, "gzip") || ouro__slice_like(name, "x-gzip"))
            gzip = weight;
        else if (ouro__slice_like(name, "identity"))
            identity = weight;
        else if (ouro__slice_same(name, "*"))
            others = weight;
    }
    if (gzip == WEIGHT_UNSAID)
        gzip = others;
    return gzip > 0 && gzip >= identity;
}
