/* SPDX-License-Identifier: MIT */
/* How fast bytes of the wire are looked at, next to how fast memory is copied in the same run:
 * unmasking, UTF-8, compression. MB/s of what goes in (of what comes out, where it inflates), the
 * best of several rounds: this is about the code, not about what else the machine does. */
#include "measure.h"

#include "base/frame.h"
#include "base/utf8.h"
#include "web/ws_deflate.h"
#include "web/ws_parse.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BYTES = 64 * 1024, ROUNDS = 50, REPEATS = 20 };

static uint8_t from[BYTES], to[BYTES];
static const struct ouro__deflate_how how = {.send_bits = 15, .level = 1};
static struct ouro__inflater *inflater;
static struct ouro_frame *compressed;

/* Whole characters only, so that it is valid. */
static void fill(const char *text)
{
    size_t len = strlen(text), at = 0;
    for (; at + len <= BYTES; at += len)
        memcpy(from + at, text, len);
    memset(from + at, ' ', BYTES - at);
}

static bool copy(void)
{
    memcpy(to, from, BYTES);
    __asm__ volatile("" ::: "memory"); /* or only the last copy would be made */
    return true;
}

static bool mask(void)
{
    static const uint8_t key[4] = {1, 2, 3, 4};
    ouro__ws_mask(to, BYTES, key);
    return true;
}

static bool utf8(void)
{
    struct ouro__utf8 state = {0};
    return ouro__utf8_feed(&state, from, BYTES) && ouro__utf8_complete(&state);
}

static bool deflate_it(void)
{
    struct ouro_frame *frame = ouro_frame_new(OURO_FRAME_TEXT, from, BYTES);
    bool smaller = frame && ouro__deflate_frame(frame, &how) != frame;
    ouro_frame_unref(frame);
    return smaller;
}

static bool inflate_it(void)
{
    size_t len;
    const uint8_t *data = ouro_frame_payload(ouro__deflate_frame(compressed, &how), &len);
    ouro__inflater_begin(inflater, false);
    return ouro__inflater_feed(inflater, data, len, true, true, BYTES) == 0;
}

static void measure(const char *what, bool (*step)(void))
{
    int64_t best = INT64_MAX;
    for (int round = 0; round < ROUNDS; round++) {
        int64_t start = bench_now();
        for (int i = 0; i < REPEATS; i++) {
            if (!step()) {
                fprintf(stderr, "%s failed\n", what);
                exit(1);
            }
        }
        int64_t took = bench_now() - start;
        best = took < best ? took : best;
    }
    printf("| %-26s | %9.0f |\n", what, (double)BYTES * REPEATS * 1e3 / (double)best);
}

int main(void)
{
    printf("| %-26s | %9s |\n|:---|---:|\n", "64 KiB at a time", "MB/s");
    fill("the quick brown snake eats the lazy wall; ");
    measure("memcpy", copy);
    measure("unmasking", mask);
    measure("UTF-8: English", utf8);
    fill("Schlangen, größer als übermütige Wände, ");
    measure("UTF-8: German", utf8);
    fill("Змея растёт и поворачивает налево. ");
    measure("UTF-8: Russian", utf8);
    fill("蛇は大きくなり、左に曲がる。");
    measure("UTF-8: Japanese", utf8);
    fill("[\"render\",10,4,\"x\",0],[\"p_score\",2,17],[\"render\",11,4,\" \",3],");
    ouro__deflate_enter();
    measure("deflate, level 1: messages", deflate_it);
    compressed = ouro_frame_new(OURO_FRAME_TEXT, from, BYTES);
    if (!compressed || ouro__inflater_borrow(&inflater) < 0)
        return 1;
    measure("inflate, UTF-8 checked", inflate_it);
    ouro__inflater_give_back(inflater);
    ouro_frame_unref(compressed);
    ouro__deflate_leave();
    return 0;
}
