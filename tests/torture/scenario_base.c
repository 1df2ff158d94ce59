/* SPDX-License-Identifier: MIT */
/* base: the only thing that can fail is memory. */
#include "torture.h"

/* A failed append is told at the end, and a cleared buffer is as good as new. */
static void build_text(struct ouro_buf *buf)
{
    static const char big[3000];
    ouro_buf_puts(buf, "text ");
    ouro_buf_putc(buf, '=');
    ouro_buf_putint(buf, -5);
    ouro_buf_printf(buf, "%200d", 7);
    ouro_buf_putjson(buf, "\"quoted\"\n", 9);
    ouro_buf_append(buf, big, sizeof big);
    char *room = ouro_buf_reserve(buf, 10000);
    expect(room || ouro_buf_failed(buf));
    if (room) {
        memset(room, 'x', 10000);
        buf->len += 10000;
    }
}

SCENARIO(base, buf)
{
    struct ouro_buf buf = {0};
    build_text(&buf);
    expect(ouro_buf_failed(&buf) ? fail_hit() : buf.len > 13000);
    bool had_failed = ouro_buf_failed(&buf);
    ouro_buf_clear(&buf);
    build_text(&buf);
    expect(!ouro_buf_failed(&buf) || !had_failed || fail_hit());
    ouro_buf_done(&buf);
}

SCENARIO(base, frame)
{
    size_t len;
    uint8_t prefix[OURO_FRAME_PREFIX_MAX];
    expect(ouro_frame_prefix(prefix, OURO_FRAME_TEXT, 70000) == 10);
    struct ouro_frame *frame = ouro_frame_new(OURO_FRAME_TEXT, "hello", 5);
    expect(frame || fail_hit());
    if (!frame)
        return;
    expect(ouro_frame_ref(frame) == frame);
    expect(ouro_frame_kind(frame) == OURO_FRAME_TEXT);
    expect(memcmp(ouro_frame_payload(frame, &len), "hello", 5) == 0 && len == 5);
    expect(ouro_frame_wire(frame, &len) && len == 7);
    ouro_frame_unref(frame);
    ouro_frame_unref(frame);
}

static void count_line(enum ouro_log_level level, const char *line, void *ud)
{
    expect(level >= OURO_LOG_DEBUG && line[0]);
    ++*(int *)ud;
}

/* Takes no memory, however long the line: what is told when memory is out must be told. */
SCENARIO(base, log)
{
    int lines = 0;
    ouro_log_to(count_line, &lines);
    ouro_log_level(OURO_LOG_DEBUG);
    ouro_log(OURO_LOG_DEBUG, "%s: %s", ouro_error_name(-ENOMEM), ouro_error_text(-ENOMEM));
    ouro_log(OURO_LOG_INFO, "%9000d", 1);
    ouro_log_to(NULL, NULL);
    ouro_log_level(OURO_LOG_INFO);
    expect(lines == 2);
}
