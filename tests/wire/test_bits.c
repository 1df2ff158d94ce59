/* SPDX-License-Identifier: MIT */
/* Bits and varints: what is written is read, and never a bit beyond. */
#include "test.h"

#include <ouro/wire.h>

static const uint64_t NUMBERS[] = {0,          1,
                                   2,          127,
                                   128,        129,
                                   16383,      16384,
                                   UINT32_MAX, (uint64_t)1 << 32,
                                   INT64_MAX,  UINT64_MAX - 1,
                                   UINT64_MAX};
#define NUMBER_COUNT (sizeof NUMBERS / sizeof *NUMBERS)

TEST(the_first_bit_is_the_lowest)
{
    uint8_t bytes[4];
    struct ouro_writer writer;
    ouro_writer_init(&writer, bytes, sizeof bytes);
    ouro_writer_bits(&writer, 0x15, 5);
    ouro_writer_bits(&writer, 0x2a, 6);
    ouro_writer_bits(&writer, 1, 1);
    ouro_writer_bits(&writer, 0xffff, 0);
    ck_assert_int_eq(ouro_writer_end(&writer), 2);
    ck_assert_uint_eq(bytes[0], 0x55);
    ck_assert_uint_eq(bytes[1], 0x0d);
}

TEST(varints_are_leb128)
{
    uint8_t bytes[16];
    struct ouro_writer writer;
    ouro_writer_init(&writer, bytes, sizeof bytes);
    ouro_writer_varint(&writer, 300);
    ouro_writer_zigzag(&writer, -2);
    ouro_writer_zigzag(&writer, 2);
    ck_assert_int_eq(ouro_writer_end(&writer), 4);
    ck_assert_mem_eq(bytes, "\xac\x02\x03\x04", 4);
}

TEST(what_is_written_from_any_bit_on_is_read)
{
    for (unsigned shift = 0; shift < 8; shift++) {
        uint8_t bytes[512];
        char text[8];
        struct ouro_writer writer;
        struct ouro_reader reader;
        ouro_writer_init(&writer, bytes, sizeof bytes);
        ouro_writer_bits(&writer, 0, shift);
        for (size_t i = 0; i < NUMBER_COUNT; i++) {
            ouro_writer_varint(&writer, NUMBERS[i]);
            ouro_writer_zigzag(&writer, (int64_t)NUMBERS[i]);
            ouro_writer_bits(&writer, (uint32_t)NUMBERS[i], 32);
        }
        ouro_writer_bytes(&writer, "snail", 6);
        int len = ouro_writer_end(&writer);
        ouro_reader_init(&reader, bytes, (size_t)len);
        ouro_reader_bits(&reader, shift);
        for (size_t i = 0; i < NUMBER_COUNT; i++) {
            ck_assert_uint_eq(ouro_reader_varint(&reader), NUMBERS[i]);
            ck_assert_int_eq(ouro_reader_zigzag(&reader), (int64_t)NUMBERS[i]);
            ck_assert_uint_eq(ouro_reader_bits(&reader, 32), (uint32_t)NUMBERS[i]);
        }
        ouro_reader_bytes(&reader, text, 6);
        ck_assert_str_eq(text, "snail");
        ck_assert(!reader.failed);
        ck_assert_uint_eq(ouro_reader_left(&reader), 0);
    }
}

TEST(a_writer_that_is_full_stays_in_its_place)
{
    uint8_t bytes[3] = {0, 0, 0xee};
    struct ouro_writer writer;
    ouro_writer_init(&writer, bytes, 2);
    ouro_writer_bits(&writer, 0x1ffff, 17);
    ck_assert_int_eq(ouro_writer_end(&writer), -OURO_ELIMIT);
    ck_assert_uint_eq(bytes[2], 0xee);
}

TEST(a_copy_of_a_writer_takes_back_what_was_written_since)
{
    uint8_t bytes[8];
    struct ouro_writer writer, before;
    ouro_writer_init(&writer, bytes, sizeof bytes);
    ouro_writer_bits(&writer, 5, 3);
    before = writer;
    ouro_writer_varint(&writer, UINT64_MAX);
    ck_assert(writer.failed);
    writer = before;
    ouro_writer_bits(&writer, 3, 5);
    ck_assert_int_eq(ouro_writer_end(&writer), 1);
    ck_assert_uint_eq(bytes[0], 5 | 3 << 3);
}

TEST(behind_the_end_there_is_nothing)
{
    char text[4] = "abc";
    struct ouro_reader reader;
    ouro_reader_init(&reader, "\xff", 1);
    ck_assert_uint_eq(ouro_reader_bits(&reader, 7), 0x7f);
    ck_assert_uint_eq(ouro_reader_left(&reader), 0);
    ck_assert_uint_eq(ouro_reader_bits(&reader, 2), 0);
    ck_assert(reader.failed);
    ck_assert_uint_eq(ouro_reader_bits(&reader, 1), 0); /* for good */
    ouro_reader_bytes(&reader, text, 3);
    ck_assert_mem_eq(text, "\0\0", 3);
}

TEST(varints_that_are_too_long_fail)
{
    static const struct {
        const char *bytes;
        size_t len;
    } bad[] = {
        {"", 0},
        {"\x80", 1},
        {"\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02", 10},
        {"\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x00", 11},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct ouro_reader reader;
        ouro_reader_init(&reader, bad[i].bytes, bad[i].len);
        ck_assert_uint_eq(ouro_reader_varint(&reader), 0);
        ck_assert(reader.failed);
    }
}
