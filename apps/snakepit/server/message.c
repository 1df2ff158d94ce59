/* SPDX-License-Identifier: MIT */
#include "server/message.h"

#include <string.h>

void messages_clear(struct messages *messages)
{
    ouro_buf_clear(&messages->text);
}

void messages_done(struct messages *messages)
{
    ouro_buf_done(&messages->text);
}

/* Room for the next message, behind those that are there. */
static struct ouro_buf *next(struct messages *messages)
{
    if (!messages_empty(messages))
        ouro_buf_putc(&messages->text, ',');
    return &messages->text;
}

void messages_append(struct messages *messages, const struct messages *others)
{
    ouro_buf_append(next(messages), others->text.data, others->text.len);
    messages->text.failed |= others->text.failed;
}

struct ouro_frame *messages_take(struct messages *messages)
{
    struct ouro_buf *text = &messages->text, whole = {0};
    ouro_assert(!messages_empty(messages) || ouro_buf_failed(text));
    ouro_buf_reserve(&whole, text->len + 2);
    ouro_buf_putc(&whole, '[');
    ouro_buf_append(&whole, text->data, text->len);
    ouro_buf_putc(&whole, ']');
    struct ouro_frame *frame = NULL;
    if (!ouro_buf_failed(text) && !ouro_buf_failed(&whole))
        frame = ouro_frame_new(OURO_FRAME_TEXT, whole.data, whole.len);
    ouro_buf_done(&whole);
    ouro_buf_clear(text);
    return frame;
}

static void put_text(struct ouro_buf *buf, const char *text)
{
    ouro_buf_putjson(buf, text, strlen(text));
}

void message_error(struct messages *messages, const char *text)
{
    struct ouro_buf *buf = next(messages);
    ouro_buf_puts(buf, "[\"error\",");
    put_text(buf, text);
    ouro_buf_putc(buf, ']');
}

void message_gameover(struct messages *messages, uint32_t id)
{
    ouro_buf_printf(next(messages), "[\"p_gameover\",%u]", id);
}

void message_handshake(struct messages *messages, const char *name, uint32_t id)
{
    struct ouro_buf *buf = next(messages);
    ouro_buf_puts(buf, "[\"handshake\",");
    put_text(buf, name);
    ouro_buf_printf(buf, ",%u]", id);
}

void message_joined(struct messages *messages, uint32_t id, const char *name, uint8_t colour,
                    uint32_t score)
{
    struct ouro_buf *buf = next(messages);
    ouro_buf_printf(buf, "[\"p_joined\",%u,", id);
    put_text(buf, name);
    ouro_buf_printf(buf, ",%u,%u]", colour, score);
}

void message_pong(struct messages *messages, const char *payload)
{
    struct ouro_buf *buf = next(messages);
    ouro_buf_puts(buf, "[\"pong\",");
    ouro_buf_puts(buf, payload);
    ouro_buf_putc(buf, ']');
}

void message_render(struct messages *messages, int x, int y, char glyph, uint8_t colour)
{
    ouro_buf_printf(next(messages), "[\"render\",%d,%d,\"%c\",%u]", x, y, glyph, colour);
}

void message_reset_world(struct messages *messages)
{
    ouro_buf_puts(next(messages), "[\"reset_world\"]");
}

void message_score(struct messages *messages, uint32_t id, uint32_t score)
{
    ouro_buf_printf(next(messages), "[\"p_score\",%u,%u]", id, score);
}

static unsigned colour_of_name(const char *name)
{
    unsigned sum = 0;
    for (; *name; name++)
        sum = sum * 31 + (unsigned char)*name;
    return 1 + sum % CLASSIC_COLOURS;
}

void message_scores(struct messages *messages, const struct ouro_score *top, int count)
{
    struct ouro_buf *buf = next(messages);
    ouro_buf_puts(buf, "[\"top_scores\",[");
    for (int i = 0; i < count; i++) {
        ouro_buf_puts(buf, i ? ",[" : "[");
        put_text(buf, top[i].name);
        ouro_buf_printf(buf, ",%lld,%u]", (long long)top[i].score, colour_of_name(top[i].name));
    }
    ouro_buf_puts(buf, "]]");
}

static void put_row(struct ouro_buf *buf, const struct classic_world *world, int y, int width)
{
    for (int x = 0; x < width; x++) {
        struct classic_cell cell = classic_cell(world, x, y);
        const char text[] = {'[', '"', cell.glyph, '"', ',', (char)('0' + cell.colour), ']', ','};
        ouro_buf_append(buf, text, x + 1 < width ? sizeof text : sizeof text - 1);
    }
}

void message_world(struct messages *messages, const struct classic_world *world,
                   const struct classic_settings *rules)
{
    struct ouro_buf *buf = next(messages);
    ouro_buf_puts(buf, "[\"world\",[");
    for (int y = 0; y < rules->height; y++) {
        ouro_buf_puts(buf, y ? ",[" : "[");
        put_row(buf, world, y, rules->width);
        ouro_buf_putc(buf, ']');
    }
    ouro_buf_puts(buf, "]]");
}
