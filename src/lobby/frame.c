/* SPDX-License-Identifier: MIT */
/* The JSON of what seats send, as docs/protocol.md has it. Written by hand around the data, because
 * the order of members is for people, and a copy of the data is saved. */
#include "lobby/lobby.h"

#include <jansson.h>
#include <string.h>

bool ouro__name_is_plain(const char *name)
{
    size_t len = name ? strlen(name) : 0;
    return len >= 1 && len <= OURO_NAME_MAX && !strchr(name, '.') && ouro_utf8_valid(name, len);
}

bool ouro__name_is_dotted(const char *name)
{
    size_t len = name ? strlen(name) : 0;
    return len >= 1 && len <= OURO_NAME_MAX && strchr(name, '.') && ouro_utf8_valid(name, len);
}

static int append(const char *text, size_t len, void *out)
{
    ouro_buf_append(out, text, len);
    return 0;
}

static void put_text(struct ouro_buf *out, const char *member, const char *text)
{
    ouro_buf_printf(out, ",\"%s\":", member);
    ouro_buf_putjson(out, text, strlen(text));
}

static void put_data(struct ouro_buf *out, const json_t *data)
{
    ouro_buf_puts(out, ",\"data\":");
    if (json_dump_callback(data, append, out, JSON_COMPACT | JSON_ENCODE_ANY) < 0)
        out->failed = true;
}

static struct ouro_frame *finish(struct ouro_buf *out)
{
    ouro_buf_putc(out, '}');
    bool fits = !ouro_buf_failed(out) && out->len < OURO_DATA_BYTES_MAX + 1024;
    struct ouro_frame *frame = fits ? ouro_frame_new(OURO_FRAME_TEXT, out->data, out->len) : NULL;
    ouro_buf_done(out);
    return frame;
}

struct ouro_frame *ouro__frame_message(const char *name, const json_t *data)
{
    struct ouro_buf out = {0};
    ouro_buf_puts(&out, "{\"type\":\"message\"");
    put_text(&out, "name", name);
    put_data(&out, data);
    return finish(&out);
}

struct ouro_frame *ouro__frame_event(uint64_t number, const char *name, const json_t *data)
{
    struct ouro_buf out = {0};
    ouro_buf_printf(&out, "{\"type\":\"event\",\"n\":%llu", (unsigned long long)number);
    put_text(&out, "name", name);
    put_data(&out, data);
    return finish(&out);
}

struct ouro_frame *ouro__frame_response(uint32_t id, const json_t *data)
{
    struct ouro_buf out = {0};
    ouro_buf_printf(&out, "{\"type\":\"response\",\"id\":%u", id);
    put_data(&out, data);
    return finish(&out);
}

struct ouro_frame *ouro__frame_failure(uint32_t id, const char *code, const char *text)
{
    struct ouro_buf out = {0};
    ouro_buf_printf(&out, "{\"type\":\"response\",\"id\":%u,\"error\":{\"code\":", id);
    ouro_buf_putjson(&out, code, strlen(code));
    put_text(&out, "text", text);
    ouro_buf_putc(&out, '}');
    return finish(&out);
}

struct ouro_frame *ouro__frame_rate(double hz)
{
    struct ouro_buf out = {0};
    ouro_buf_printf(&out, "{\"type\":\"rate\",\"hz\":%.4g", hz);
    return finish(&out);
}

/* What stands last in a travel: how long the way is open. */
static struct ouro_frame *finish_travel(struct ouro_buf *out, int64_t expires_at)
{
    int64_t left_ns = expires_at - ouro_now();
    ouro_buf_printf(out, "%lld", (long long)(left_ns > 0 ? left_ns / OURO_MS(1) : 0));
    return finish(out);
}

struct ouro_frame *ouro__frame_travel(uint64_t number, const struct ouro_place *place)
{
    struct ouro_buf out = {0};
    char session[OURO__SESSION_BYTES];
    memcpy(session, place->token, OURO__SESSION_BYTES - 1);
    session[OURO__SESSION_BYTES - 1] = '\0';
    ouro_buf_printf(&out, "{\"type\":\"travel\",\"n\":%llu", (unsigned long long)number);
    put_text(&out, "room", place->room);
    put_text(&out, "room_type", place->type);
    put_text(&out, "session", session);
    put_text(&out, "token", place->token);
    put_text(&out, "url", place->url);
    ouro_buf_puts(&out, ",\"expires_ms\":");
    return finish_travel(&out, place->expires_at);
}

struct ouro_frame *ouro__frame_travel_later(const struct ouro_frame *travel, int64_t expires_at)
{
    struct ouro_buf out = {0};
    size_t len;
    const uint8_t *text = ouro_frame_payload(travel, &len);
    while (text[len - 1] != ':')
        len--;
    ouro_buf_append(&out, text, len);
    return finish_travel(&out, expires_at);
}
