/* SPDX-License-Identifier: MIT */
/* What is told of a request when it is over: its id, and the access. */
#include "web/http.h"
#include "web/http_date.h"

#include <stdio.h>
#include <string.h>

/* Of each text: a line of the log is bounded too, and would lose its end. */
#define TEXT_BYTES_MAX 1024

/* --- the id ----------------------------------------------------------------------------------- */

static bool is_id_char(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '.' ||
           c == '_' || c == '-';
}

/* It goes into logs, and into requests to others: nothing that means something there. */
static bool is_sane(struct ouro__slice id)
{
    if (id.len == 0 || id.len >= OURO_HTTP_ID_BYTES)
        return false;
    for (size_t i = 0; i < id.len; i++)
        if (!is_id_char(id.at[i]))
            return false;
    return true;
}

const char *ouro_http_id(struct ouro_http *http)
{
    struct ouro__slice given;
    if (http->id[0])
        return http->id;
    bool is_request = http->head_bytes > 0;
    if (is_request && ouro__http_header(&http->request->head, "X-Request-Id", &given) == 1 &&
        is_sane(given))
        snprintf(http->id, sizeof http->id, "%.*s", (int)given.len, given.at);
    else
        snprintf(http->id, sizeof http->id, "%016llx", (unsigned long long)ouro_random());
    if (!http->answered)
        ouro_http_set_header(http, "X-Request-Id", http->id);
    return http->id;
}

/* --- the access ------------------------------------------------------------------------------- */

void ouro__http_tell_access(struct ouro_http *http)
{
    const struct ouro_http_options *options = http->options;
    if (!options->on_access)
        return;
    char peer[OURO_ADDRESS_BYTES];
    if (ouro_stream_peer(http->stream, false, peer) < 0)
        peer[0] = '\0';
    bool is_request = http->head_bytes > 0;
    const struct ouro_http_access access = {
        .id = ouro_http_id(http),
        .peer = peer,
        .method = is_request ? ouro_http_method(http) : "",
        .path = is_request ? ouro_http_path(http) : "",
        .status = http->status,
        .sent_bytes = http->sent_bytes,
        .duration_ns = is_request ? ouro_now() - http->began_at : 0,
    };
    options->on_access(&access, options->access_ud);
}

/* A name that clients choose, of a socket in the file system, may have any bytes. */
static void put_text(struct ouro_buf *line, const char *name, const char *text)
{
    size_t len = strnlen(text, TEXT_BYTES_MAX);
    ouro_buf_printf(line, ",\"%s\":", name);
    if (ouro_utf8_valid(text, len))
        ouro_buf_putjson(line, text, len);
    else
        ouro_buf_puts(line, "null");
}

void ouro_http_access_json(const struct ouro_http_access *access, struct ouro_buf *ret_line)
{
    char date[OURO__LOG_DATE_BYTES];
    ouro__log_date_print(ouro_wall_time(), date);
    ouro_buf_printf(ret_line, "{\"time\":\"%s\"", date);
    put_text(ret_line, "id", access->id);
    put_text(ret_line, "peer", access->peer);
    put_text(ret_line, "method", access->method);
    put_text(ret_line, "path", access->path);
    ouro_buf_printf(ret_line, ",\"status\":%d,\"sent_bytes\":%llu,\"duration_us\":%lld}",
                    access->status, (unsigned long long)access->sent_bytes,
                    (long long)(access->duration_ns / OURO_US(1)));
}

void ouro_http_access_log(const struct ouro_http_access *access, void *unused)
{
    struct ouro_buf line = {0};
    (void)unused;
    ouro_http_access_json(access, &line);
    if (!ouro_buf_failed(&line))
        ouro_log(OURO_LOG_INFO, "%.*s", (int)line.len, line.data);
    ouro_buf_done(&line);
}
