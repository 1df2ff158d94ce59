/* SPDX-License-Identifier: MIT */
/* Compressed messages: what comes out of bytes that anybody may have sent, and what goes out. */
#include "drive.h"

#include "test.h"

#include "base/frame.h"

#include <malloc.h>
#include <pthread.h>
#include <zlib.h>

#define LIMIT 70000

/* --- in --------------------------------------------------------------------------------------- */

struct bytes {
    const char *at;
    size_t len;
};
#define B(text)                \
    {                          \
        text, sizeof(text) - 1 \
    }

static struct ouro__inflater *borrowed(void)
{
    struct ouro__inflater *inflater;
    ck_assert_int_eq(ouro__inflater_borrow(&inflater), 0);
    return inflater;
}

/* However it is split, the message inflates to that. */
static void inflates_to(struct bytes data, bool text, uint32_t bytes_max, struct bytes expected)
{
    int splits = expected.len > 5000 ? 3 : 20; /* long ones cost */
    for (int split = 0; split < splits; split++) {
        struct ouro_buf said = {0};
        struct ouro__inflater *inflater = borrowed();
        ouro__inflater_begin(inflater, false);
        drive_inflate(inflater, (const uint8_t *)data.at, data.len, text, bytes_max,
                      split_number(split), &said);
        ck_assert_msg(said.len == expected.len &&
                          memcmp(said.data ? said.data : "", expected.at, expected.len) == 0,
                      "split %d: '%.*s', not '%s'", split, (int)said.len, said.data, expected.at);
        ouro__inflater_give_back(inflater);
        ouro_buf_done(&said);
    }
}

static const struct {
    struct bytes data, text;
} good[] = {
    /* RFC 7692 section 7.2.3 */
    {B("\xf2\x48\xcd\xc9\xc9\x07\x00"), B("Hello")},
    {B("\x00\x05\x00\xfa\xff\x48\x65\x6c\x6c\x6f\x00"), B("Hello")},
    {B("\xf3\x48\xcd\xc9\xc9\x07\x00\x00"), B("Hello")},
    {B("\xf2\x48\x05\x00\x00\x00\xff\xff\xca\xc9\xc9\x07\x00"), B("Hello")},
    {B("\x00"), B("")}, /* 7.2.3.6 */
    /* no bytes at all, a final block that ends the message, two of them, one that the tail ends */
    {B(""), B("")},
    {B("\xf3\x48\xcd\xc9\xc9\x07\x00"), B("Hello")},
    {B("\xf3\x48\xcd\xc9\xc9\x07\x00\xf3\x48\xcd\xc9\xc9\x07\x00"), B("HelloHello")},
    {B("\xf3\x48\xcd\xc9\xc9\x07\x00\xf2\x48\xcd\xc9\xc9\x07\x00"), B("HelloHello")},
    {B("\x01\x00\x00\xff\xff"), B("")},
    {B("\x01"), B("")},
    {B("\x00\x00\x00\xff\xff\x00\x00\x00\xff\xff\x00"), B("")},
};

TEST(messages_that_are_fine)
{
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        inflates_to(good[i].data, true, LIMIT, good[i].text);
}

#define CORRUPT B("compressed data is corrupt")
#define NO_TEXT B("text is not UTF-8")

static const struct {
    struct bytes data, error;
    bool text;
} bad[] = {
    {B("\xff"), CORRUPT, false},                         /* a block of no known kind */
    {B("\x06\x00\xff\xff\xff\xff\xff"), CORRUPT, false}, /* of a kind unknown, further on */
    {B("\xf2\x48\xcd\xc9\xc9"), CORRUPT, false},         /* cut off */
    {B("\x00\x05\x00\xfa"), CORRUPT, false},
    {B("\x00\x05\x00\xfa\xfe\x48\x65\x6c\x6c\x6f\x00"), CORRUPT, false}, /* length and not length */
    {B("\xf2\x00\x11\x00\x00"), CORRUPT, false}, /* refers to a message before it */
    {B("\xf3\x48\xcd\xc9\xc9\x07\x00\xf2\x00\x11\x00\x00"), CORRUPT, false}, /* ... stream before */
    {B("\x00\x01\x00\xfe\xff\xff\x00"), NO_TEXT, true},
    {B("\x00\x01\x00\xfe\xff\xc3\x00"), NO_TEXT, true},         /* half a character */
    {B("\x00\x01\x00\xfe\xff\xff\xff\xff\xff"), NO_TEXT, true}, /* before what is corrupt is seen */
};

TEST(messages_that_are_not)
{
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        inflates_to(bad[i].data, bad[i].text, LIMIT, bad[i].error);
}

/* RFC 7692 section 7.2.3.2: a message that refers to the one before it. */
TEST(messages_with_a_context)
{
    static const uint8_t first[] = "\xf2\x48\xcd\xc9\xc9\x07\x00",
                         second[] = "\xf2\x00\x11\x00\x00";
    static const uint8_t final[] = "\xf3\x48\xcd\xc9\xc9\x07\x00";
    struct ouro__inflater *inflater = borrowed();
    size_t len;
    ouro__inflater_begin(inflater, false);
    ck_assert_int_eq(ouro__inflater_feed(inflater, first, 7, true, true, 5), 0);
    for (int i = 0; i < 3; i++) {
        ouro__inflater_begin(inflater, true);
        ck_assert_int_eq(ouro__inflater_feed(inflater, second, 5, true, true, 5), 0);
        ck_assert_mem_eq(ouro__inflater_message(inflater, &len), "Hello", 5);
        ck_assert_uint_eq(len, 5);
    }
    ouro__inflater_begin(inflater, true);
    ck_assert_int_eq(ouro__inflater_feed(inflater, final, 7, true, true, 5), 0);
    ouro__inflater_begin(inflater, true); /* a final block ends what can be referred to */
    ck_assert_int_eq(ouro__inflater_feed(inflater, second, 5, true, true, 5), OURO__WS_BAD_DEFLATE);
    ouro__inflater_give_back(inflater);
}

/* Raw, without the tail, by zlib itself. */
static struct ouro_buf deflated(const void *data, size_t len, int level)
{
    struct ouro_buf out = {0};
    z_stream zip = {0};
    ck_assert_int_eq(deflateInit2(&zip, level, Z_DEFLATED, -15, 8, Z_DEFAULT_STRATEGY), Z_OK);
    zip.avail_out = (uInt)deflateBound(&zip, len) + 64;
    zip.next_out = (Bytef *)ouro_buf_reserve(&out, zip.avail_out);
    zip.next_in = (Bytef *)(uintptr_t)data;
    zip.avail_in = (uInt)len;
    ck_assert_int_eq(deflate(&zip, Z_SYNC_FLUSH), Z_OK);
    out.len = zip.total_out - 4;
    deflateEnd(&zip);
    return out;
}

TEST(a_message_may_be_as_long_as_the_limit_says_and_no_longer)
{
    static char content[LIMIT + 1];
    memset(content, 'x', sizeof content);
    for (int level = 0; level <= 9; level += 3) {
        struct ouro_buf fits = deflated(content, LIMIT, level);
        struct ouro_buf longer = deflated(content, LIMIT + 1, level);
        inflates_to((struct bytes){fits.data, fits.len}, true, LIMIT,
                    (struct bytes){content, LIMIT});
        inflates_to((struct bytes){longer.data, longer.len}, true, LIMIT,
                    (struct bytes)B("message too long"));
        ouro_buf_done(&fits);
        ouro_buf_done(&longer);
    }
}

/* 64 MiB in 64 KiB: no more memory and time are spent on it than the limit allows. */
TEST(a_bomb)
{
    enum { BOMB_BYTES = 64 << 20 };
    char *zeros = calloc(1, BOMB_BYTES);
    struct ouro_buf bomb = deflated(zeros, BOMB_BYTES, 9);
    free(zeros);
    ck_assert_uint_lt(bomb.len, 70000);
    struct ouro__inflater *inflater = borrowed();
    size_t before = mallinfo2().uordblks + mallinfo2().hblkhd, len;
    ouro__inflater_begin(inflater, false);
    ck_assert_int_eq(
        ouro__inflater_feed(inflater, (uint8_t *)bomb.data, bomb.len, true, false, LIMIT),
        OURO__WS_MESSAGE_TOO_LONG);
    ouro__inflater_message(inflater, &len);
    ck_assert_uint_eq(len, LIMIT + 1);
    ck_assert_uint_lt(mallinfo2().uordblks + mallinfo2().hblkhd - before, 3 * LIMIT);
    ouro__inflater_give_back(inflater);
    ouro_buf_done(&bomb);
}

/* --- out -------------------------------------------------------------------------------------- */

/* Words in random order: long enough apart that a large window finds what a small one can't. */
static char *prose(size_t len, uint64_t seed)
{
    static const char *const words[] = {"snake", "grows ", "turn", "left; ", "eats", "a", "wall"};
    struct ouro_rng rng;
    char *text = malloc(len + 16);
    ouro_rng_seed(&rng, seed);
    for (size_t at = 0; at < len;)
        at += (size_t)sprintf(text + at, "%s%u", words[ouro_rng_below(&rng, 7)],
                              ouro_rng_below(&rng, 10));
    return text;
}

/* Inflates byte by byte with no more than that window, so that a reference beyond it fails. */
static void fits_window(const uint8_t *data, size_t data_len, int bits, const char *text,
                        size_t len)
{
    struct ouro_buf in = {0};
    z_stream zip = {0};
    ck_assert_int_eq(inflateInit2(&zip, -bits), Z_OK);
    ouro_buf_append(&in, data, data_len);
    ouro_buf_append(&in, "\0\0\xff\xff", 4);
    zip.next_in = (Bytef *)in.data;
    zip.avail_in = (uInt)in.len;
    for (size_t i = 0; i < len; i++) {
        char c;
        zip.next_out = (Bytef *)&c;
        zip.avail_out = 1;
        if (inflate(&zip, Z_SYNC_FLUSH) != Z_OK ||
            c != text[i]) /* an assertion per byte takes seconds */
            ck_abort_msg("byte %zu of %zu is not what it was", i, len);
    }
    inflateEnd(&zip);
    ouro_buf_done(&in);
}

/* What it is sent as: RSV1, the length, and what inflates to it. */
static void is_deflated(struct ouro_frame *form, int bits, const char *text, size_t len)
{
    uint8_t prefix[OURO_FRAME_PREFIX_MAX];
    size_t payload_len, wire_len;
    const uint8_t *wire = ouro_frame_wire(form, &wire_len);
    const uint8_t *payload = ouro_frame_payload(form, &payload_len);
    size_t prefix_bytes = ouro_frame_prefix(prefix, 0x40 | OURO_FRAME_TEXT, payload_len);
    ck_assert_uint_eq(wire_len, prefix_bytes + payload_len);
    ck_assert_mem_eq(wire, prefix, prefix_bytes);
    ck_assert_uint_lt(payload_len, len);
    ck_assert_int_eq(ouro_frame_kind(form), OURO_FRAME_TEXT);
    inflates_to((struct bytes){(const char *)payload, payload_len}, true, (uint32_t)len,
                (struct bytes){text, len});
    fits_window(payload, payload_len, bits, text, len);
}

TEST(messages_of_all_sizes_for_all_windows)
{
    static const size_t sizes[] = {64, 255, 256, 257, 512, 513, 5000, 32768, 32769, 40000};
    ouro__deflate_enter();
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        char *text = prose(sizes[i], i);
        struct ouro_frame *frame = ouro_frame_new(OURO_FRAME_TEXT, text, sizes[i]);
        for (uint8_t bits = 8; bits <= 15; bits++) {
            struct ouro__deflate_how how = {.send_bits = bits, .level = 1 + bits % 9};
            struct ouro_frame *form = ouro__deflate_frame(frame, &how);
            if (bits == 8 && sizes[i] > 256) /* zlib has no such window */
                ck_assert_ptr_eq(form, frame);
            else
                is_deflated(form, bits, text, sizes[i]);
            ck_assert_ptr_eq(ouro__deflate_frame(frame, &how), form); /* made once */
        }
        ouro_frame_unref(frame);
        free(text);
    }
    ouro__deflate_leave();
}

/* A message that no window ends within is the same for all of them. */
TEST(connections_with_different_windows_share)
{
    char *text = prose(1000, 1);
    struct ouro_frame *frame = ouro_frame_new(OURO_FRAME_TEXT, text, 1000);
    ouro__deflate_enter();
    struct ouro_frame *forms[16];
    for (uint8_t bits = 9; bits <= 15; bits++)
        forms[bits] = ouro__deflate_frame(frame, &(struct ouro__deflate_how){bits, 1, 1});
    ck_assert_ptr_ne(forms[9], forms[10]);
    for (uint8_t bits = 11; bits <= 15; bits++)
        ck_assert_ptr_eq(forms[10], forms[bits]);
    ouro_frame_ref(forms[9]); /* in somebody's queue: outlives the frame */
    ouro__deflate_leave();
    ouro_frame_unref(frame);
    is_deflated(forms[9], 9, text, 1000);
    ouro_frame_unref(forms[9]);
    free(text);
}

TEST(what_is_not_worth_it_is_sent_as_it_is)
{
    char text[200];
    struct ouro_rng rng;
    struct ouro__deflate_how how = {.send_bits = 15, .level = 9, .bytes_min = 100};
    ouro_rng_seed(&rng, 1);
    ouro__deflate_enter();
    for (size_t i = 0; i < sizeof text; i++)
        text[i] = (char)ouro_rng_below(&rng, 256);
    struct ouro_frame *random = ouro_frame_new(OURO_FRAME_BINARY, text, sizeof text);
    memset(text, 'a', sizeof text);
    struct ouro_frame *brief = ouro_frame_new(OURO_FRAME_TEXT, text, 99);
    struct ouro_frame *just_enough = ouro_frame_new(OURO_FRAME_TEXT, text, 100);
    struct ouro_frame *empty = ouro_frame_new(OURO_FRAME_TEXT, text, 0);
    ck_assert_ptr_eq(ouro__deflate_frame(random, &how), random);
    ck_assert_ptr_eq(ouro__deflate_frame(random, &how), random); /* and is not tried again: */
    size_t len;
    ouro_frame_payload(ouro__frame_form(random, 8), &len);
    ck_assert_uint_eq(len, 0);
    ck_assert_ptr_eq(ouro__deflate_frame(brief, &how), brief);
    ck_assert_ptr_ne(ouro__deflate_frame(just_enough, &how), just_enough);
    how.bytes_min = 0;
    ck_assert_ptr_eq(ouro__deflate_frame(empty, &how), empty);
    ouro_frame_unref(random);
    ouro_frame_unref(brief);
    ouro_frame_unref(just_enough);
    ouro_frame_unref(empty);
    ouro__deflate_leave();
}

/* One frame, wanted by many threads at once: each gets a form that is whole. */
static void *compress_many(void *arg)
{
    struct ouro_frame *const *frames = arg;
    ouro__deflate_enter();
    for (int i = 0; i < 200; i++) {
        struct ouro__deflate_how how = {.send_bits = (uint8_t)(9 + i % 7), .level = 1};
        size_t len;
        const uint8_t *text = ouro_frame_payload(frames[i], &len);
        struct ouro__inflater *inflater = borrowed();
        struct ouro_buf said = {0};
        size_t form_len;
        const uint8_t *form = ouro_frame_payload(ouro__deflate_frame(frames[i], &how), &form_len);
        ouro__inflater_begin(inflater, false);
        drive_inflate(inflater, form, form_len, true, LIMIT, split_number(0), &said);
        ck_assert_uint_eq(said.len, len);
        ck_assert_mem_eq(said.data, text, len);
        ouro__inflater_give_back(inflater);
        ouro_buf_done(&said);
    }
    ouro__deflate_leave();
    return NULL;
}

TEST(threads_that_compress_the_same_frames)
{
    struct ouro_frame *frames[200];
    pthread_t threads[4];
    for (int i = 0; i < 200; i++) {
        char *text = prose(3000, (uint64_t)i);
        frames[i] = ouro_frame_new(OURO_FRAME_TEXT, text, 3000);
        free(text);
    }
    for (int i = 0; i < 4; i++)
        ck_assert_int_eq(pthread_create(&threads[i], NULL, compress_many, frames), 0);
    for (int i = 0; i < 4; i++)
        ck_assert_int_eq(pthread_join(threads[i], NULL), 0);
    for (int i = 0; i < 200; i++)
        ouro_frame_unref(frames[i]);
}

/* A thread keeps its states while somebody may need them, and no longer. */
TEST(a_thread_without_connections_holds_nothing)
{
    size_t before = mallinfo2().uordblks + mallinfo2().hblkhd;
    char *text = prose(50000, 1);
    ouro__deflate_enter();
    ouro__deflate_enter();
    struct ouro_frame *frame = ouro_frame_new(OURO_FRAME_TEXT, text, 50000);
    ouro__deflate_frame(frame, &(struct ouro__deflate_how){15, 1, 1});
    struct ouro__inflater *one = borrowed(), *two = borrowed();
    ouro__inflater_give_back(one);
    ouro__inflater_give_back(two);
    ck_assert_ptr_eq(borrowed(), one); /* the same again */
    ouro__deflate_leave();
    ouro__inflater_give_back(one);
    ouro__deflate_leave();
    ouro_frame_unref(frame);
    free(text);
    ck_assert_ptr_null(ouro__inflater_give_back(NULL));
    ck_assert_uint_le(mallinfo2().uordblks + mallinfo2().hblkhd, before + 1024);
}
