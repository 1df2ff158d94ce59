/* SPDX-License-Identifier: MIT */
/* Golden files: what clients in other languages are tested with, clients/vectors, is what is made
 * here and now. With OURO_WRITE_VECTORS in the environment they are written anew. */
#ifndef OURO_TESTS_GOLDEN_H
#define OURO_TESTS_GOLDEN_H

#include "test.h"

#include <ouro/base.h>

static inline void golden_write(const char *path, const struct ouro_buf *json)
{
    FILE *file = fopen(path, "w");
    ck_assert_msg(file != NULL, "%s", path);
    ck_assert_uint_eq(fwrite(json->data, 1, json->len, file), json->len);
    ck_assert_int_eq(fclose(file), 0);
}

static inline void golden_expect(const char *path, const struct ouro_buf *json)
{
    size_t at = 0;
    FILE *file = fopen(path, "r");
    ck_assert_msg(file != NULL, "%s", path);
    for (int c; (c = fgetc(file)) != EOF; at++) {
        if (at >= json->len || (char)c != json->data[at])
            ck_abort_msg("%s is not what is made now, from byte %zu on", path, at);
    }
    fclose(file);
    ck_assert_uint_eq(at, json->len);
}

/* The file of that name is this. Gives the JSON back. */
static inline void golden_check(const char *name, struct ouro_buf *json)
{
    char path[4096];
    ck_assert(!ouro_buf_failed(json));
    snprintf(path, sizeof path, "%s/clients/vectors/%s", OURO_SOURCE_DIR, name);
    if (getenv("OURO_WRITE_VECTORS"))
        golden_write(path, json);
    golden_expect(path, json);
    ouro_buf_done(json);
}

#endif
