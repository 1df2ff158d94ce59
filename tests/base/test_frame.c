/* SPDX-License-Identifier: MIT */
#include "ouro/base.h"
#include "test.h"

#include <pthread.h>

static void expect_prefix(size_t payload_bytes, const uint8_t *expected, size_t length)
{
    uint8_t prefix[OURO_FRAME_PREFIX_MAX];
    ck_assert_uint_eq(ouro_frame_prefix(prefix, OURO_FRAME_TEXT, payload_bytes), length);
    ck_assert_mem_eq(prefix, expected, length);
}

#define EXPECT_PREFIX(payload_bytes, ...)                          \
    expect_prefix((payload_bytes), (const uint8_t[]){__VA_ARGS__}, \
                  sizeof((const uint8_t[]){__VA_ARGS__}))

/* RFC 6455 section 5.2: the shortest of the three forms must be used. */
TEST(each_length_has_the_shortest_prefix)
{
    EXPECT_PREFIX(0, 0x81, 0);
    EXPECT_PREFIX(1, 0x81, 1);
    EXPECT_PREFIX(125, 0x81, 125);
    EXPECT_PREFIX(126, 0x81, 126, 0, 126);
    EXPECT_PREFIX(256, 0x81, 126, 1, 0);
    EXPECT_PREFIX(65535, 0x81, 126, 0xff, 0xff);
    EXPECT_PREFIX(65536, 0x81, 127, 0, 0, 0, 0, 0, 1, 0, 0);
    EXPECT_PREFIX(0x0102030405060708, 0x81, 127, 1, 2, 3, 4, 5, 6, 7, 8);
}

TEST(the_opcode_follows_the_final_bit)
{
    uint8_t prefix[OURO_FRAME_PREFIX_MAX];
    for (int opcode = 0; opcode < 16; opcode++) {
        ck_assert_uint_eq(ouro_frame_prefix(prefix, opcode, 5), 2);
        ck_assert_uint_eq(prefix[0], 0x80u | (unsigned)opcode);
    }
}

static void expect_frame(enum ouro_frame_kind kind, size_t payload_bytes, size_t prefix_bytes)
{
    uint8_t *payload = malloc(payload_bytes + 1), prefix[OURO_FRAME_PREFIX_MAX];
    for (size_t i = 0; i < payload_bytes; i++)
        payload[i] = (uint8_t)(i * 7);
    struct ouro_frame *frame = ouro_frame_new(kind, payload, payload_bytes);
    ck_assert_ptr_nonnull(frame);
    ck_assert_int_eq(ouro_frame_kind(frame), kind);

    size_t len = 0, wire_len = 0;
    const uint8_t *inside = ouro_frame_payload(frame, &len);
    const uint8_t *wire = ouro_frame_wire(frame, &wire_len);
    ck_assert_uint_eq(len, payload_bytes);
    ck_assert_uint_eq(wire_len, prefix_bytes + payload_bytes);
    ck_assert_ptr_eq(inside, wire + prefix_bytes);
    ck_assert_ptr_ne(inside, payload);
    ck_assert_int_eq(memcmp(inside, payload, payload_bytes), 0);
    ck_assert_uint_eq(ouro_frame_prefix(prefix, (int)kind, payload_bytes), prefix_bytes);
    ck_assert_mem_eq(wire, prefix, prefix_bytes);
    ck_assert_ptr_null(ouro_frame_unref(frame));
    free(payload);
}

TEST(a_frame_holds_prefix_and_payload_in_one_piece)
{
    expect_frame(OURO_FRAME_TEXT, 0, 2);
    expect_frame(OURO_FRAME_TEXT, 125, 2);
    expect_frame(OURO_FRAME_BINARY, 126, 4);
    expect_frame(OURO_FRAME_BINARY, 65535, 4);
    expect_frame(OURO_FRAME_TEXT, 65536, 10);
}

TEST(a_frame_without_payload_needs_no_pointer)
{
    struct ouro_frame *frame = ouro_frame_new(OURO_FRAME_TEXT, NULL, 0);
    size_t len = 1;
    ck_assert_ptr_nonnull(frame);
    ouro_frame_payload(frame, &len);
    ck_assert_uint_eq(len, 0);
    ouro_frame_unref(frame);
}

TEST(a_payload_that_no_frame_can_hold_is_refused)
{
    ck_assert_ptr_null(ouro_frame_new(OURO_FRAME_BINARY, "", SIZE_MAX));
    ck_assert_ptr_null(ouro_frame_new(OURO_FRAME_BINARY, "", UINT32_MAX));
}

TEST(a_frame_lives_as_long_as_someone_holds_it)
{
    struct ouro_frame *frame = ouro_frame_new(OURO_FRAME_TEXT, "shared", 6);
    ck_assert_ptr_eq(ouro_frame_ref(frame), frame);
    ck_assert_ptr_null(ouro_frame_unref(frame));
    size_t len = 0;
    ck_assert_mem_eq(ouro_frame_payload(frame, &len), "shared", 6);
    ck_assert_ptr_null(ouro_frame_unref(frame));
    ck_assert_ptr_null(ouro_frame_unref(NULL));
}

#define THREADS 4
#define ROUNDS  20000

static void *ref_and_unref(void *arg)
{
    struct ouro_frame *frame = arg;
    for (int i = 0; i < ROUNDS; i++) {
        ouro_frame_ref(frame);
        size_t len = 0;
        if (*ouro_frame_payload(frame, &len) != 's' || len != 6)
            abort();
        ouro_frame_unref(frame);
    }
    return ouro_frame_unref(frame);
}

/* A count that is lost frees too early or never, which the sanitizers tell. */
TEST(any_thread_may_hold_a_frame)
{
    struct ouro_frame *frame = ouro_frame_new(OURO_FRAME_TEXT, "shared", 6);
    pthread_t threads[THREADS];
    for (int i = 0; i < THREADS; i++)
        ck_assert_int_eq(pthread_create(&threads[i], NULL, ref_and_unref, ouro_frame_ref(frame)),
                         0);
    ouro_frame_unref(frame);
    for (int i = 0; i < THREADS; i++)
        ck_assert_int_eq(pthread_join(threads[i], NULL), 0);
}

TEST(a_blank_frame_is_written_by_who_made_it)
{
    uint8_t *payload;
    size_t len, wire_len;
    struct ouro_frame *frame = ouro_frame_blank(OURO_FRAME_BINARY, 300, &payload);
    ck_assert_ptr_nonnull(frame);
    memset(payload, 'x', 300);
    ck_assert_ptr_eq(ouro_frame_payload(frame, &len), payload);
    ck_assert_uint_eq(len, 300);
    struct ouro_part all = ouro_part_of(frame);
    ck_assert_ptr_eq(ouro_part_bytes(&all), ouro_frame_wire(frame, &wire_len));
    ck_assert_uint_eq(all.len, wire_len);
    struct ouro_part some = {frame, 4, 100};
    ck_assert_ptr_eq(ouro_part_bytes(&some), payload);
    ck_assert(!ouro_frame_shared(frame));
    ouro_frame_ref(frame);
    ck_assert(ouro_frame_shared(frame));
    ouro_frame_unref(frame);
    ck_assert(!ouro_frame_shared(frame));
    ouro_frame_unref(frame);
}
