/* SPDX-License-Identifier: MIT */
/* What docs/simulation.md shows of its example is what the example says. */
#include "test.h"

#include <ouro/base.h>

static char *file_text(const char *path)
{
    struct ouro_buf text = {0};
    FILE *file = fopen(path, "r");
    ck_assert_msg(file != NULL, "%s", path);
    for (int c; (c = fgetc(file)) != EOF;)
        ouro_buf_putc(&text, (char)c);
    fclose(file);
    ouro_buf_putc(&text, '\0');
    ck_assert(!ouro_buf_failed(&text));
    return text.data;
}

static char *in_tree(const char *path)
{
    char full[4096];
    snprintf(full, sizeof full, "%s/%s", OURO_SOURCE_DIR, path);
    return file_text(full);
}

TEST(the_document_shows_its_example_as_it_is)
{
    char *doc = in_tree("docs/simulation.md"), *example = in_tree("examples/20_simulation.c");
    int shown = 0;
    for (char *begin = doc; (begin = strstr(begin, "```c\n")); shown++) {
        begin += strlen("```c\n");
        char *end = strstr(begin, "```\n");
        ck_assert_ptr_nonnull(end);
        *end = '\0';
        ck_assert_msg(strstr(example, begin) != NULL, "not in the example:\n%s", begin);
        begin = end + 1;
    }
    ck_assert_int_ge(shown, 4);
    free(doc);
    free(example);
}
