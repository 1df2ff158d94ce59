/* SPDX-License-Identifier: MIT */
#include "server/proxy_parse.h"

#include <string.h>

/* --- version 1 -------------------------------------------------------------------------------- */

#define LINE_BYTES_MAX 107 /* with CRLF */
/* The shortest that each can be: what may be read without reading beyond it. */
#define SHORTEST        "PROXY UNKNOWN\r\n"
#define SHORTEST_OF_TCP "PROXY TCP6 :: :: 0 0\r\n"
#define PREFIX          "PROXY "
#define PREFIX_BYTES    (sizeof PREFIX - 1)

/* A piece of the line. */
struct word {
    const char *at;
    size_t len;
};

/* The next word, behind which a single space or the end stands. */
static struct word next_word(const char **at, const char *end)
{
    struct word word = {*at, 0};
    while (word.at + word.len < end && word.at[word.len] != ' ')
        word.len++;
    *at = word.at + word.len + (word.at + word.len < end);
    return word;
}

static bool word_is(struct word word, const char *text)
{
    return word.len == strlen(text) && memcmp(word.at, text, word.len) == 0;
}

static int parse_port(struct word word, uint16_t *ret_port)
{
    uint32_t port = 0;
    if (word.len == 0 || word.len > 5 || (word.len > 1 && word.at[0] == '0'))
        return -OURO_EMALFORMED;
    for (size_t i = 0; i < word.len; i++) {
        if (word.at[i] < '0' || word.at[i] > '9')
            return -OURO_EMALFORMED;
        port = port * 10 + (uint32_t)(word.at[i] - '0');
    }
    if (port > UINT16_MAX)
        return -OURO_EMALFORMED;
    *ret_port = (uint16_t)port;
    return 0;
}

static int parse_ip(struct word word, bool v4, struct ouro__ip *ret_ip)
{
    bool is_v4 = !memchr(word.at, ':', word.len);
    return is_v4 != v4 || ouro__ip_parse(word.at, word.len, ret_ip) < 0 ? -OURO_EMALFORMED : 0;
}

/* Behind "PROXY TCP4 ", up to the CRLF: both addresses, both ports. */
static int parse_tcp(const char *at, const char *end, bool v4, struct ouro__proxy *proxy)
{
    struct ouro__ip destination;
    uint16_t port;
    if (parse_ip(next_word(&at, end), v4, &proxy->source) < 0 ||
        parse_ip(next_word(&at, end), v4, &destination) < 0 ||
        parse_port(next_word(&at, end), &proxy->source_port) < 0 || end[-1] == ' ' ||
        parse_port(next_word(&at, end), &port) < 0 || at != end)
        return -OURO_EMALFORMED;
    proxy->has_source = true;
    return 0;
}

static int parse_line(const char *line, size_t len, struct ouro__proxy *proxy)
{
    const char *at = line + PREFIX_BYTES, *end = line + len;
    struct word family = next_word(&at, end);
    if (word_is(family, "TCP4") || word_is(family, "TCP6"))
        return parse_tcp(at, end, family.at[3] == '4', proxy);
    return word_is(family, "UNKNOWN") ? 0 : -OURO_EMALFORMED; /* whatever follows is ignored */
}

/* How much more there must be, of a line that begins like this. */
static size_t line_need(const char *line, size_t len)
{
    bool tcp = len > PREFIX_BYTES && line[PREFIX_BYTES] == 'T';
    size_t shortest = (tcp ? sizeof SHORTEST_OF_TCP : sizeof SHORTEST) - 1;
    if (len < shortest)
        return shortest - len;
    return line[len - 1] == '\r' ? 1 : 2;
}

/* A line ends with the first LF, before which there must be a CR; a CR elsewhere ends nothing. */
static int parse_1(const char *line, size_t len, struct ouro__proxy *proxy)
{
    const char *lf = memchr(line, '\n', len < LINE_BYTES_MAX ? len : LINE_BYTES_MAX);
    const char *cr = memchr(line, '\r', lf ? (size_t)(lf - line) : len);
    if (lf ? !cr || cr + 1 != lf : cr && cr + 1 != line + len)
        return -OURO_EMALFORMED;
    if (!lf && len >= LINE_BYTES_MAX)
        return -OURO_EMALFORMED;
    if (!lf) {
        proxy->need_bytes = line_need(line, len);
        return 0;
    }
    int rc = parse_line(line, (size_t)(cr - line), proxy);
    return rc < 0 ? rc : (int)(lf + 1 - line);
}

/* --- version 2 -------------------------------------------------------------------------------- */

static const uint8_t signature[] = {'\r', '\n', '\r', '\n', 0,   '\r',
                                    '\n', 'Q',  'U',  'I',  'T', '\n'};

enum { HEAD_BYTES = 16, VERSION_AT = 12, FAMILY_AT = 13, LENGTH_AT = 14 };
enum { LOCAL = 0x20, PROXY = 0x21 };
enum { UNSPEC = 0x00, TCP4 = 0x11, TCP6 = 0x21, UNIX_STREAM = 0x31 };

/* How many bytes the two addresses take; -OURO_EMALFORMED: no family for streams. */
static int address_bytes(uint8_t family)
{
    switch (family) {
    case UNSPEC:
        return 0;
    case TCP4:
        return 2 * 4 + 2 * 2;
    case TCP6:
        return 2 * 16 + 2 * 2;
    case UNIX_STREAM:
        return 2 * 108;
    default:
        return -OURO_EMALFORMED;
    }
}

static void take_source(const uint8_t *data, struct ouro__proxy *proxy)
{
    const uint8_t *at = data + HEAD_BYTES, *port;
    if (data[FAMILY_AT] == TCP4) {
        proxy->source = ouro__ip_of_v4(at);
        port = at + 2 * 4;
    } else if (data[FAMILY_AT] == TCP6) {
        memcpy(proxy->source.bytes, at, 16);
        port = at + 2 * 16;
    } else {
        return;
    }
    proxy->has_source = true;
    proxy->source_port = (uint16_t)(port[0] << 8 | port[1]);
}

/* What the head says, as soon as it is there. The length of the whole, or -OURO_EMALFORMED. */
static int judge_head(const uint8_t *data)
{
    int rest = data[LENGTH_AT] << 8 | data[LENGTH_AT + 1], needed;
    if (data[VERSION_AT] != LOCAL && data[VERSION_AT] != PROXY)
        return -OURO_EMALFORMED;
    needed = data[VERSION_AT] == LOCAL ? 0 : address_bytes(data[FAMILY_AT]);
    if (needed < 0 || rest < needed || HEAD_BYTES + rest > OURO__PROXY_BYTES_MAX)
        return -OURO_EMALFORMED;
    return HEAD_BYTES + rest;
}

static int parse_2(const uint8_t *data, size_t len, struct ouro__proxy *proxy)
{
    if (len < HEAD_BYTES) {
        proxy->need_bytes = HEAD_BYTES - len;
        return 0;
    }
    int whole = judge_head(data);
    if (whole < 0)
        return whole;
    if (len < (size_t)whole) {
        proxy->need_bytes = (size_t)whole - len;
        return 0;
    }
    if (data[VERSION_AT] == PROXY)
        take_source(data, proxy);
    return whole;
}

/* --- both ------------------------------------------------------------------------------------- */

static bool begins_like(const uint8_t *data, size_t len, const void *text, size_t text_len)
{
    return memcmp(data, text, len < text_len ? len : text_len) == 0;
}

int ouro__proxy_parse(const uint8_t *data, size_t len, struct ouro__proxy *ret_proxy)
{
    *ret_proxy = (struct ouro__proxy){.need_bytes = sizeof SHORTEST - 1};
    if (len == 0)
        return 0;
    if (begins_like(data, len, signature, sizeof signature))
        return parse_2(data, len, ret_proxy);
    if (begins_like(data, len, PREFIX, PREFIX_BYTES))
        return parse_1((const char *)data, len, ret_proxy);
    return -OURO_EMALFORMED;
}
