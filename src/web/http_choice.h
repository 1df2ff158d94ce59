/* SPDX-License-Identifier: MIT */
/**
 * http_choice: which answer a request for something that is there gets: the whole, a part, nothing
 * new, or a refusal (RFC 9110 section 12.5.3: encodings; 13: conditions; 14: ranges). Pure.
 */
#ifndef OURO_WEB_HTTP_CHOICE_H
#define OURO_WEB_HTTP_CHOICE_H

#include "web/http_parse.h"

/** What is known of what could be sent. */
struct ouro__http_facts {
    const char *etag;   /**< with its quotes; begins with W/ if it is a weak one */
    int64_t modified_s; /**< since 1970; negative: not known */
    uint64_t len;
    int64_t now_s; /**< the time at which the request is looked at */
};

/** The values are the statuses. */
enum ouro__http_choice {
    OURO__HTTP_WHOLE = 200,
    OURO__HTTP_PART = 206,
    OURO__HTTP_NOT_MODIFIED = 304,
    OURO__HTTP_PRECONDITION_FAILED = 412,
    OURO__HTTP_RANGE_UNSATISFIABLE = 416,
};

/** Bytes `first` to `first + len - 1`; at least one. */
struct ouro__http_range {
    uint64_t first, len;
};

/**
 * Choose, in the order of RFC 9110 13.2.2, for GET or HEAD. For a part, `ret_range` says which. A
 * request for several parts gets the whole, as section 14.2 allows.
 */
enum ouro__http_choice ouro__http_choose(const struct ouro__http_request *req,
                                         const struct ouro__http_facts *facts,
                                         struct ouro__http_range *ret_range);

/** Would the client rather have it compressed by gzip than as it is? */
bool ouro__http_wants_gzip(const struct ouro__http_head *head);

#endif
