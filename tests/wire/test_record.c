/* SPDX-License-Identifier: MIT */
/* Fields and tables of them. */
#include "test.h"

#include <ouro/wire.h>

#include <math.h>

struct all {
    bool flag;
    uint8_t u8;
    uint16_t u16;
    uint32_t u32;
    uint64_t u64;
    int8_t i8;
    int16_t i16;
    int32_t i32;
    int64_t i64;
    float f, plain_f;
    double d, plain_d;
    char text[8];
};

#define PLAIN(member, kind)                  \
    {                                        \
        OURO_FIELD(struct all, member), kind \
    }
static const struct ouro_field all_fields[] = {
    PLAIN(flag, OURO_FIELD_BOOL),
    PLAIN(u8, OURO_FIELD_UINT),
    {OURO_FIELD(struct all, u16), OURO_FIELD_UINT, .bits = 10},
    {OURO_FIELD(struct all, u32), OURO_FIELD_UINT, .bits = 32},
    PLAIN(u64, OURO_FIELD_UINT),
    {OURO_FIELD(struct all, i8), OURO_FIELD_INT, .bits = 4},
    PLAIN(i16, OURO_FIELD_INT),
    {OURO_FIELD(struct all, i32), OURO_FIELD_INT, .bits = 32},
    PLAIN(i64, OURO_FIELD_INT),
    {OURO_FIELD(struct all, f), OURO_FIELD_FLOAT, .bits = 8, .min = -1, .max = 1},
    PLAIN(plain_f, OURO_FIELD_FLOAT),
    {OURO_FIELD(struct all, d), OURO_FIELD_FLOAT, .bits = 32, .max = 1e6},
    PLAIN(plain_d, OURO_FIELD_FLOAT),
    PLAIN(text, OURO_FIELD_STRING),
    {0},
};
static const struct ouro_type all_type = {"all", all_fields, sizeof(struct all)};
#define ALL_MASK ((1u << 14) - 1)

static struct all through_the_wire(const struct all *record)
{
    static uint8_t bytes[256];
    struct all back;
    struct ouro_writer writer;
    struct ouro_reader reader;
    memset(&back, 0x55, sizeof back);
    ouro_writer_init(&writer, bytes, sizeof bytes);
    ouro_record_write(&writer, &all_type, record, ALL_MASK);
    int len = ouro_writer_end(&writer);
    ck_assert_int_gt(len, 0);
    ouro_reader_init(&reader, bytes, (size_t)len);
    ck_assert_uint_eq(ouro_record_read(&reader, &all_type, &back), ALL_MASK);
    ck_assert(!reader.failed);
    ck_assert_uint_eq(ouro_record_changes(&all_type, record, &back), 0);
    for (int cut = 0; cut < len; cut++) { /* and less than all of it is noticed */
        struct all rest = {0};
        ouro_reader_init(&reader, bytes, (size_t)cut);
        ouro_record_read(&reader, &all_type, &rest);
        ck_assert(reader.failed);
    }
    return back;
}

TEST(what_fits_comes_out_as_it_went_in)
{
    const struct all record = {true,  255,    1023,        UINT32_MAX,     UINT64_MAX,
                               -8,    -32768, INT32_MIN,   INT64_MIN,      1,
                               -1.5f, 1e6,    (double)NAN, "\xc3\xa9snail"};
    struct all back = through_the_wire(&record);
    ck_assert(back.flag);
    ck_assert_uint_eq(back.u64, UINT64_MAX);
    ck_assert_int_eq(back.i8, -8);
    ck_assert_int_eq(back.i32, INT32_MIN);
    ck_assert_int_eq(back.i64, INT64_MIN);
    ck_assert_double_eq(back.f, 1);
    ck_assert_double_eq(back.plain_f, -1.5);
    ck_assert_double_eq(back.d, 1e6);
    ck_assert_mem_eq(&back.plain_d, &record.plain_d, sizeof back.plain_d);
    ck_assert_str_eq(back.text, record.text);
}

TEST(what_does_not_fit_is_cut)
{
    const struct all record = {.u16 = 5000,
                               .i8 = 100,
                               .f = 7,
                               .d = -(double)INFINITY,
                               .text = {'e', 'n', 'd', 'l', 'e', 's', 's', '!'}};
    struct all back = through_the_wire(&record);
    ck_assert_uint_eq(back.u16, 1023);
    ck_assert_int_eq(back.i8, 7);
    ck_assert_double_eq(back.f, 1);
    ck_assert_double_eq(back.d, 0);
    ck_assert_str_eq(back.text, "endless");
    const struct all other = {.i8 = -100, .f = NAN};
    back = through_the_wire(&other);
    ck_assert_int_eq(back.i8, -8);
    ck_assert_double_eq(back.f, -1);
}

TEST(a_float_is_the_nearest_step)
{
    for (int i = 0; i <= 255; i++) {
        struct all record = {.f = (float)(-1 + i * (2.0 / 255) + 0.003)}, back;
        back = through_the_wire(&record);
        ck_assert_double_eq_tol(back.f, -1 + i * (2.0 / 255), 1e-6);
    }
}

TEST(only_what_differs_on_the_wire_is_a_change)
{
    struct all a = {.f = 0.5f, .u16 = 2000, .text = "ab"}, b = a;
    b.f += 0.001f;
    b.u16 = 3000;
    b.text[5] = 'x';
    ck_assert_uint_eq(ouro_record_changes(&all_type, &a, &b), 0);
    b.u8 = 1;
    b.text[1] = 'c';
    ck_assert_uint_eq(ouro_record_changes(&all_type, &a, &b), 1u << 1 | 1u << 13);
}

TEST(what_can_not_be_in_a_member_fails)
{
    static const uint8_t wide[] = {2, 0, 0x80, 2}; /* u8 = 256: the mask's bit 1, then a varint */
    static const uint8_t text[] = {0, 0x20, 8};    /* of 8 letters, and there is room for 7 */
    struct all record = {0};
    struct ouro_writer writer;
    struct ouro_reader reader;
    uint8_t bytes[32];
    ouro_writer_init(&writer, bytes, sizeof bytes);
    ouro_writer_bits(&writer, wide[0], 14);
    ouro_writer_varint(&writer, 256);
    ouro_reader_init(&reader, bytes, (size_t)ouro_writer_end(&writer));
    ouro_record_read(&reader, &all_type, &record);
    ck_assert(reader.failed);
    ouro_writer_init(&writer, bytes, sizeof bytes);
    ouro_writer_bits(&writer, 1u << 13, 14);
    ouro_writer_varint(&writer, text[2]);
    ouro_writer_bytes(&writer, "12345678", 8);
    ouro_reader_init(&reader, bytes, (size_t)ouro_writer_end(&writer));
    ouro_record_read(&reader, &all_type, &record);
    ck_assert(reader.failed);
    ck_assert_uint_eq(record.u8, 0);
}

/* --- tables ----------------------------------------------------------------------------------- */

struct dot {
    float x, y;
    char name[4];
};

static const struct ouro_field dot_fields[] = {
    {OURO_FIELD(struct dot, x), OURO_FIELD_FLOAT, .bits = 12, .max = 1000, .axis = OURO_AXIS_X},
    {OURO_FIELD(struct dot, y), OURO_FIELD_FLOAT, .who = OURO_WHO_TEAM},
    {OURO_FIELD(struct dot, name), OURO_FIELD_STRING},
    {0},
};
static const struct ouro_type dot_types[] = {{"dot", dot_fields, sizeof(struct dot)}, {0}};

TEST(the_schema_is_told_as_json)
{
    struct ouro_buf json = {0};
    ouro_types_json(dot_types, &json);
    ouro_buf_putc(&json, '\0');
    const char *expected =
        ",\"types\":[{\"name\":\"dot\",\"fields\":["
        "{\"name\":\"x\",\"type\":\"float\",\"bits\":12,\"min\":0,\"max\":1000,\"axis\":\"x\"},"
        "{\"name\":\"y\",\"type\":\"float32\",\"who\":\"team\"},"
        "{\"name\":\"name\",\"type\":\"string\"}]}]}";
    ck_assert_str_eq(json.data + strlen("{\"hash\":\"0123456789abcdef\""), expected);
    ouro_buf_done(&json);
    ck_assert_int_eq(ouro_types_check(dot_types), 0);
    ck_assert_uint_eq(ouro_type_field_count(&dot_types[0]), 3);
}

/* Worked out by a few lines of Python from the words in docs/state.md. */
TEST(the_hash_is_the_same_on_every_machine_and_differs_with_everything)
{
    struct ouro_field fields[4];
    struct ouro_type types[2] = {{"dot", fields, sizeof(struct dot)}, {0}};
    memcpy(fields, dot_fields, sizeof fields);
    uint64_t hash = ouro_types_hash(dot_types);
    ck_assert_uint_eq(ouro_types_hash(types), hash);
    ck_assert_uint_eq(hash, UINT64_C(0x90822d361f102b46));
    fields[0].max = 1001;
    ck_assert_uint_ne(ouro_types_hash(types), hash);
    fields[0] = dot_fields[0];
    fields[1].who = OURO_WHO_OWNER;
    ck_assert_uint_ne(ouro_types_hash(types), hash);
    fields[1] = dot_fields[1];
    types[0].name = "dots";
    ck_assert_uint_ne(ouro_types_hash(types), hash);
}

static int check_with(unsigned number, struct ouro_field field)
{
    struct ouro_field fields[4];
    const struct ouro_type types[2] = {{"dot", fields, sizeof(struct dot)}, {0}};
    memcpy(fields, dot_fields, sizeof fields);
    fields[number] = field;
    return ouro_types_check(types);
}

TEST(a_table_that_can_not_be_is_refused)
{
    static char long_name[OURO_FIELD_NAME_MAX + 2];
    memset(long_name, 'x', sizeof long_name - 1);
    const struct ouro_field x = dot_fields[0], name = dot_fields[2];
    const struct ouro_field wrong[] = {
        {"x", 0, 4, 0},                                      /* no type */
        {"x", 0, 3, OURO_FIELD_UINT},                        /* a size that C does not have */
        {"x", 0, 4, OURO_FIELD_UINT, .bits = 33},            /* more bits than there are */
        {"x", 10, 4, OURO_FIELD_UINT},                       /* beyond the struct */
        {"x", 0, 4, OURO_FIELD_BOOL},                        /* not a bool */
        {"x", 0, 4, OURO_FIELD_FLOAT, .bits = 8},            /* no range */
        {"x", 0, 4, OURO_FIELD_FLOAT, .bits = 8, .max = -1}, /* an empty one */
        {"x", 0, 4, OURO_FIELD_FLOAT, .max = 1},             /* one for nothing */
        {"x", 0, 4, OURO_FIELD_FLOAT, .who = 3},             /* for nobody */
        {"x", 0, 4, OURO_FIELD_STRING, .axis = OURO_AXIS_X}, /* no place */
        {"x", 0, 1, OURO_FIELD_STRING},                      /* of no letters */
        {"x", 0, 4, OURO_FIELD_STRING, .bits = 7},           /* of bits */
        {"", 0, 4, OURO_FIELD_UINT},                         /* no name */
        {"name", 0, 4, OURO_FIELD_UINT},                     /* one that is there already */
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        ck_assert_msg(check_with(0, wrong[i]) == -EINVAL, "number %zu", i);
    ck_assert_int_eq(
        check_with(1, (struct ouro_field){"other", 0, 4, x.type, 8, 0, OURO_AXIS_X, 0, 1}),
        -EINVAL);
    ck_assert_int_eq(check_with(0, (struct ouro_field){0}), -EINVAL);
    ck_assert_int_eq(check_with(0, (struct ouro_field){long_name, 0, 4, OURO_FIELD_UINT}),
                     -OURO_ELIMIT);
    ck_assert_int_eq(check_with(2, name), 0);
    const struct ouro_type twice[] = {dot_types[0], dot_types[0], {0}};
    ck_assert_int_eq(ouro_types_check(twice), -EINVAL);
}

TEST(a_table_has_bounds)
{
    static struct ouro_field many[OURO_FIELDS_MAX + 2];
    static char names[OURO_FIELDS_MAX + 1][8];
    struct ouro_type types[2] = {{"many", many, 4096}, {0}};
    for (unsigned i = 0; i <= OURO_FIELDS_MAX; i++) {
        snprintf(names[i], sizeof names[i], "f%u", i);
        many[i] = (struct ouro_field){names[i], 0, 4, OURO_FIELD_UINT};
    }
    ck_assert_int_eq(ouro_types_check(types), -OURO_ELIMIT);
    many[OURO_FIELDS_MAX].name = NULL;
    ck_assert_int_eq(ouro_types_check(types), 0);
    types[0].bytes = OURO_RECORD_BYTES_MAX + 1;
    ck_assert_int_eq(ouro_types_check(types), -OURO_ELIMIT);
    types[0].bytes = 4096;
    for (unsigned i = 0; i < 20; i++)
        many[i] = (struct ouro_field){names[i], 0, 256, OURO_FIELD_STRING};
    ck_assert_int_eq(ouro_types_check(types), -OURO_ELIMIT);
}
