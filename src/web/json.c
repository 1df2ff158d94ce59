/* SPDX-License-Identifier: MIT */
/* JSON in and out, by jansson. */
#include "web/json.h"

#include "web/http.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

/* --- in --------------------------------------------------------------------------------------- */

/* "application/json; charset=utf-8", "application/problem+json". A browser sends neither from one
 * site to another without asking first (CORS), as it would with a form. */
static bool is_json(const char *type)
{
    static const char json[] = "application/json", suffix[] = "+json";
    size_t len = type ? strcspn(type, "; \t") : 0;
    if (len == sizeof json - 1 && strncasecmp(type, json, len) == 0)
        return true;
    return len > sizeof suffix && strncasecmp(type, "application/", 12) == 0 &&
           strncasecmp(type + len - (sizeof suffix - 1), suffix, sizeof suffix - 1) == 0;
}

int ouro__json_depth(const char *text, size_t len)
{
    int depth = 0, deepest = 0;
    bool in_string = false;
    for (size_t i = 0; i < len; i++) {
        char c = text[i];
        if (c == '\\' && in_string)
            i++;
        else if (c == '"')
            in_string = !in_string;
        else if (!in_string && (c == '[' || c == '{'))
            deepest = ++depth > deepest ? depth : deepest;
        else if (!in_string && (c == ']' || c == '}'))
            depth--;
    }
    return deepest;
}

static int refuse(struct ouro_http *http, int rc, int status, const char *text)
{
    int sent = ouro_http_respond_error(http, status, text);
    return sent < 0 ? sent : rc;
}

/* The body, or what it could not be read for. */
static int read_body(struct ouro_http *http, const char **ret_text, size_t *ret_len)
{
    if (!is_json(ouro_http_header(http, "Content-Type"))) {
        ouro_http_set_header(http, "Accept", "application/json");
        return refuse(http, -EINVAL, 415, "the body must be JSON, and say so in Content-Type");
    }
    int rc = ouro_http_body(http, ret_text, ret_len);
    if (rc == -OURO_ELIMIT)
        return refuse(http, rc, 413, "the body is too long");
    return rc; /* the connection is in no state to hear more than its own refusal */
}

int ouro_http_json_body(struct ouro_http *http, struct json_t **ret_json)
{
    const char *text;
    size_t len;
    int rc = read_body(http, &text, &len);
    if (rc < 0)
        return rc;
    if (ouro__json_depth(text, len) > OURO_HTTP_JSON_DEPTH_MAX)
        return refuse(http, -OURO_EMALFORMED, 400, "the body nests too deeply");
    json_error_t error;
    json_t *json = json_loadb(text, len, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &error);
    if (json) {
        *ret_json = json;
        return 0;
    }
    if (json_error_code(&error) == json_error_out_of_memory)
        return -ENOMEM;
    char fault[80];
    snprintf(fault, sizeof fault, "the body is no JSON: line %d, column %d", error.line,
             error.column);
    return refuse(http, -OURO_EMALFORMED, 400, fault);
}

/* --- out -------------------------------------------------------------------------------------- */

static int append(const char *text, size_t len, void *out)
{
    ouro_buf_append(out, text, len);
    return 0;
}

static int respond(struct ouro_http *http, int status, struct ouro_buf *text)
{
    ouro_http_set_header(http, "Cache-Control", "no-store");
    ouro_http_set_header(http, "X-Content-Type-Options", "nosniff");
    int rc = ouro_buf_failed(text)
                 ? -ENOMEM
                 : ouro_http_respond(http, status, "application/json", text->data, text->len);
    ouro_buf_done(text);
    return rc;
}

int ouro_http_respond_json(struct ouro_http *http, int status, const struct json_t *json)
{
    struct ouro_buf text = {0};
    if (json_dump_callback(json, append, &text, JSON_COMPACT | JSON_ENCODE_ANY) < 0) {
        ouro_buf_done(&text);
        return -ENOMEM;
    }
    return respond(http, status, &text);
}

int ouro_http_respond_error(struct ouro_http *http, int status, const char *text)
{
    struct ouro_buf json = {0};
    ouro_buf_puts(&json, "{\"error\":");
    ouro_buf_putjson(&json, text, strlen(text));
    ouro_buf_putc(&json, '}');
    return respond(http, status, &json);
}
