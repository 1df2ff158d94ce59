/* SPDX-License-Identifier: MIT */
/* What a client makes of messages: the example of docs/state.md, and what no server sends. */
#include "test.h"

#include <ouro/wire.h>

struct snail {
    uint16_t x, y;
    uint32_t shell;
    char name[16];
};

static const struct ouro_field fields[] = {
    {OURO_FIELD(struct snail, x), OURO_FIELD_UINT, .bits = 10, .axis = OURO_AXIS_X},
    {OURO_FIELD(struct snail, y), OURO_FIELD_UINT, .bits = 10, .axis = OURO_AXIS_Y},
    {OURO_FIELD(struct snail, shell), OURO_FIELD_UINT, .who = OURO_WHO_TEAM},
    {OURO_FIELD(struct snail, name), OURO_FIELD_STRING},
    {0},
};
static const struct ouro_type types[] = {{"snail", fields, sizeof(struct snail)}, {0}};

static struct ouro_picture *picture_new(void)
{
    struct ouro_picture *picture;
    ck_assert_int_eq(ouro_picture_new(types, &picture), 0);
    return picture;
}

/* Bytes as hexadecimal digits and blanks. */
static size_t bytes_of(const char *text, uint8_t *bytes)
{
    size_t len = 0;
    unsigned byte;
    int used;
    for (; sscanf(text, " %2x%n", &byte, &used) == 1; text += used)
        bytes[len++] = (uint8_t)byte;
    return len;
}

static int apply(struct ouro_picture *picture, const char *text)
{
    uint8_t bytes[256], *message = malloc(sizeof bytes);
    size_t len = bytes_of(text, bytes);
    memcpy(message, bytes, len);
    message = realloc(message, len ? len : 1); /* so that one byte beyond is noticed */
    int rc = ouro_picture_apply(picture, message, len);
    free(message);
    return rc;
}

static struct ouro_seen only_one(const struct ouro_picture *picture)
{
    struct ouro_seen seen;
    ck_assert_uint_eq(ouro_picture_count(picture), 1);
    ck_assert(ouro_picture_next(picture, 0, &seen));
    return seen;
}

/* What the document shows, without its vertical bars. */
#define EXAMPLE_1 "01 02 64 00 00 01" /* fresh, tick 100 */
#define EXAMPLE_2 "01 00 66 02 07 01" /* tick 102, 2 after the one before, input 7 */

static void expect_in_the_document(const char *text)
{
    static char page[65536];
    FILE *in = fopen(OURO_SOURCE_DIR "/docs/state.md", "re");
    ck_assert_ptr_nonnull(in);
    page[fread(page, 1, sizeof page - 1, in)] = 0;
    fclose(in);
    ck_assert_msg(strstr(page, text) != NULL, "docs/state.md does not show %s", text);
}

/* Write a message as a server does. */
struct composed {
    uint8_t bytes[256];
    struct ouro_writer writer;
};

static void compose(struct composed *composed, const struct ouro_snapshot *snapshot)
{
    ouro_writer_init(&composed->writer, composed->bytes, sizeof composed->bytes);
    ouro_snapshot_write(&composed->writer, snapshot);
}

static void add_section(struct composed *composed, struct ouro_section section,
                        struct ouro_writer *body)
{
    int len = ouro_writer_end(body);
    ck_assert_int_ge(len, 0);
    section.bytes = (uint32_t)len;
    ouro_section_write(&composed->writer, &section);
    ouro_writer_bytes(&composed->writer, body->data, (size_t)len);
}

static const char *as_text(const struct composed *composed)
{
    static char text[1024];
    size_t at = 0;
    for (size_t i = 0; i < composed->writer.len; i++)
        at += (size_t)sprintf(text + at, "%s%02x", i ? " " : "", composed->bytes[i]);
    return text;
}

TEST(the_example_of_the_document_is_what_is_sent)
{
    const struct snail first = {.x = 300, .y = 40, .name = "Ann"}, then = {.x = 301, .y = 40};
    struct ouro_picture *picture = picture_new();
    struct composed composed;
    uint8_t bytes[128];
    struct ouro_writer body;

    compose(&composed, &(struct ouro_snapshot){OURO_SNAPSHOT_FRESH, 100, 100, 0, 1});
    ouro_writer_init(&body, bytes, sizeof bytes);
    ouro_writer_bits(&body, OURO_RECORD_ENTER, 2);
    ouro_writer_varint(&body, 5);
    ouro_writer_bits(&body, 1, OURO_GENERATION_BITS);
    ouro_writer_bits(&body, 0, 8);
    ouro_record_write(&body, &types[0], &first, 11);
    ouro_writer_bits(&body, OURO_RECORD_END, 2);
    add_section(&composed, (struct ouro_section){3, OURO_WHO_ALL, OURO_SECTION_KEYFRAME, 0}, &body);
    expect_in_the_document(as_text(&composed));
    ck_assert_int_eq(ouro_picture_apply(picture, composed.bytes, composed.writer.len), 1);
    struct ouro_seen seen = only_one(picture);
    ck_assert_uint_eq(seen.index, 5);
    ck_assert_uint_eq(seen.known, 11);
    ck_assert_str_eq(((const struct snail *)seen.record)->name, "Ann");

    compose(&composed, &(struct ouro_snapshot){0, 102, 100, 7, 1});
    ouro_writer_init(&body, bytes, sizeof bytes);
    ouro_writer_bits(&body, OURO_RECORD_UPDATE, 2);
    ouro_writer_varint(&body, 5);
    ouro_record_write(&body, &types[0], &then, 1);
    ouro_writer_bits(&body, OURO_RECORD_END, 2);
    add_section(&composed, (struct ouro_section){3, OURO_WHO_ALL, OURO_SECTION_DELTA, 0}, &body);
    expect_in_the_document(as_text(&composed));
    ck_assert_int_eq(ouro_picture_apply(picture, composed.bytes, composed.writer.len), 1);
    seen = only_one(picture);
    ck_assert_uint_eq(((const struct snail *)seen.record)->x, 301);
    ck_assert_uint_eq(ouro_picture_snapshot(picture)->input, 7);
    ck_assert_uint_eq(ouro_picture_snapshot(picture)->base_tick, 100);

    ck_assert_int_eq(apply(picture, "01 00 67 01 07 01 30 00"), 1); /* forget channel 3 */
    ck_assert_uint_eq(ouro_picture_count(picture), 0);
    ouro_picture_free(picture);
}

TEST(what_is_not_known_is_skipped)
{
    struct ouro_picture *picture = picture_new();
    /* A section of kind 3, one of audience 3, and after them nothing is lost. */
    ck_assert_int_eq(apply(picture, EXAMPLE_1 " 33 02 ff ff 3e 01 ff 32 01 00"), 1);
    ck_assert_int_eq(apply(picture, EXAMPLE_2), 1);
    ck_assert_uint_eq(ouro_picture_snapshot(picture)->tick, 102);
    ouro_picture_free(picture);
}

TEST(what_no_server_sends_is_refused)
{
    static const char *const BAD[] = {
        "",                                      /* nothing */
        "02 00 01 00 00 01",                     /* no snapshot */
        "01 00 01 00 00",                        /* half a head */
        EXAMPLE_1 " 32",                         /* half a section's */
        EXAMPLE_1 " 32 05 00",                   /* shorter than it says */
        EXAMPLE_1 " 32 02 00 00",                /* longer than its records */
        EXAMPLE_1 " 32 00",                      /* without its end */
        EXAMPLE_1 " 31 03 15 00 00",             /* an update of who never came */
        EXAMPLE_1 " 32 05 16 40 c0 3f 00",       /* of a type that there is not */
        EXAMPLE_1 " f2 ff ff ff ff ff 0f 01 00", /* a channel beyond all bounds */
    };
    for (size_t i = 0; i < sizeof BAD / sizeof *BAD; i++) {
        struct ouro_picture *picture = picture_new();
        int rc = apply(picture, BAD[i]);
        ck_assert_msg(rc == -OURO_EMALFORMED, "%s: %d", BAD[i], rc);
        ouro_picture_free(picture);
    }
}
