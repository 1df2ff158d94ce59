/* SPDX-License-Identifier: MIT */
#include "server/forwarded_parse.h"

#include <string.h>
#include <strings.h>

static void add(struct ouro__hops *hops, const struct ouro__hop *hop)
{
    hops->ring[hops->count++ % OURO__HOPS_MAX] = *hop;
}

/* --- one hop ---------------------------------------------------------------------------------- */

/* Of "[2001:db8::1]:80" what is between the brackets, of "10.0.0.7:80" what is before the colon; of
 * "2001:db8::1" all of it: more than one colon is no port's. */
static struct ouro__hop parse_node(const char *text, size_t len)
{
    struct ouro__hop hop = {.known = false};
    const char *colon = memchr(text, ':', len), *bracket = memchr(text, ']', len);
    if (len > 0 && *text == '[' && bracket) {
        const char *rest = bracket + 1;
        if (rest < text + len && *rest != ':')
            return hop;
        len = (size_t)(bracket - text) - 1;
        text++;
        if (!memchr(text, ':', len))
            return hop; /* brackets are for IPv6 */
    } else if (colon && !memchr(colon + 1, ':', len - (size_t)(colon + 1 - text))) {
        len = (size_t)(colon - text);
    }
    hop.known = ouro__ip_parse(text, len, &hop.ip) == 0;
    return hop;
}

/* --- X-Forwarded-For -------------------------------------------------------------------------- */

static bool is_space(char c)
{
    return c == ' ' || c == '\t';
}

static void add_trimmed(struct ouro__hops *hops, const char *text, size_t len)
{
    while (len > 0 && is_space(*text)) {
        text++;
        len--;
    }
    while (len > 0 && is_space(text[len - 1]))
        len--;
    if (len == 0)
        return;
    struct ouro__hop hop = parse_node(text, len);
    add(hops, &hop);
}

void ouro__hops_add_x_forwarded_for(struct ouro__hops *hops, const char *value, size_t len)
{
    const char *end = value + len;
    while (value < end) {
        const char *comma = memchr(value, ',', (size_t)(end - value));
        size_t item = (size_t)((comma ? comma : end) - value);
        add_trimmed(hops, value, item);
        value += item + 1;
    }
}

/* --- Forwarded (RFC 7239 section 4) ----------------------------------------------------------- */

/* "for=192.0.2.60;proto=http;by=203.0.113.43", as far as it has been read. */
struct reader {
    const char *at, *end;
};

static char peek(const struct reader *reader)
{
    return reader->at < reader->end ? *reader->at : '\0';
}

static void skip_space(struct reader *reader)
{
    while (is_space(peek(reader)))
        reader->at++;
}

static bool is_token_char(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           (c && strchr("!#$%&'*+-.^_`|~", c));
}

static size_t take_token(struct reader *reader)
{
    const char *from = reader->at;
    while (is_token_char(peek(reader)))
        reader->at++;
    return (size_t)(reader->at - from);
}

#define NODE_BYTES_MAX                                                         \
    64 /* that can be an address with its port; of longer ones only the end is \
        */

/* A quoted string, without quotes and backslashes; what does not fit is no address. */
static int take_quoted(struct reader *reader, char ret_text[NODE_BYTES_MAX], size_t *ret_len)
{
    *ret_len = 0;
    for (reader->at++; reader->at < reader->end && *reader->at != '"'; reader->at++) {
        if (*reader->at == '\\' && ++reader->at == reader->end)
            return -OURO_EMALFORMED;
        if (*ret_len < NODE_BYTES_MAX)
            ret_text[(*ret_len)++] = *reader->at;
    }
    if (reader->at == reader->end)
        return -OURO_EMALFORMED;
    reader->at++;
    return 0;
}

static int take_value(struct reader *reader, char ret_text[NODE_BYTES_MAX], size_t *ret_len)
{
    if (peek(reader) == '"')
        return take_quoted(reader, ret_text, ret_len);
    const char *from = reader->at;
    size_t len = take_token(reader);
    if (len == 0)
        return -OURO_EMALFORMED;
    *ret_len = len < NODE_BYTES_MAX ? len : NODE_BYTES_MAX;
    memcpy(ret_text, from, *ret_len);
    return 0;
}

/* What an element has said so far. */
struct element {
    struct ouro__hop hop;
    bool has_pair, has_for;
};

/* "for=..." or another parameter, which is ignored. */
static int take_pair(struct reader *reader, struct element *element)
{
    char text[NODE_BYTES_MAX];
    size_t len, name_len;
    const char *name = reader->at;
    if ((name_len = take_token(reader)) == 0 || peek(reader) != '=')
        return -OURO_EMALFORMED;
    reader->at++;
    if (take_value(reader, text, &len) < 0)
        return -OURO_EMALFORMED;
    element->has_pair = true;
    if (name_len != 3 || strncasecmp(name, "for", 3) != 0)
        return 0;
    if (element->has_for)
        return -OURO_EMALFORMED;
    element->has_for = true;
    element->hop = parse_node(text, len);
    return 0;
}

/* Pairs with ';' between them, up to the comma or the end. */
static int take_element(struct reader *reader, struct element *element)
{
    for (;;) {
        skip_space(reader);
        if (is_token_char(peek(reader)) && take_pair(reader, element) < 0)
            return -OURO_EMALFORMED;
        skip_space(reader);
        if (reader->at == reader->end || *reader->at == ',')
            return 0;
        if (*reader->at++ != ';')
            return -OURO_EMALFORMED;
    }
}

int ouro__hops_add_forwarded(struct ouro__hops *hops, const char *value, size_t len)
{
    struct reader reader = {value, value + len};
    while (reader.at < reader.end) {
        struct element element = {0};
        if (take_element(&reader, &element) < 0)
            return -OURO_EMALFORMED;
        if (element.has_pair) /* empty elements of a list count for nothing (RFC 9110 5.6.1) */
            add(hops, &element.hop);
        reader.at += reader.at < reader.end;
    }
    return 0;
}

/* --- whom to believe -------------------------------------------------------------------------- */

bool ouro__hops_client(const struct ouro__hops *hops, const struct ouro__network *trusted,
                       size_t trusted_count, struct ouro__ip *ret_client)
{
    size_t kept = hops->count < OURO__HOPS_MAX ? hops->count : OURO__HOPS_MAX, believed = 0;
    bool trusts = true; /* whom we have heard of the next hop from */
    while (trusts && believed < kept) {
        const struct ouro__hop *hop = &hops->ring[(hops->count - believed - 1) % OURO__HOPS_MAX];
        if (!hop->known)
            break;
        *ret_client = hop->ip;
        trusts = ouro__networks_have(trusted, trusted_count, &hop->ip);
        believed++;
    }
    return believed > 0;
}
