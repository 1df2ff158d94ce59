/* SPDX-License-Identifier: MIT */
#include "web/http_parse.h"

#include "ouro/base.h"

#include <arpa/inet.h>

/* Inside, a function that judges returns the refusal, or NULL when all is well. */
#define REFUSAL(name, code, text) \
    static const struct ouro__http_refusal name = {.status = (code), .reason = (text)}

/* --- kinds of characters --------------------------------------------------------------------- */

enum {
    TOKEN = 1, /* tchar, RFC 9110 5.6.2 */
    /* What may stand in a path or query. RFC 3986 allows less, but browsers send [ ] | ^ ` { }
     * as they are (WHATWG URL). Kept out: quotes, < and >, # (a fragment is never sent), and the
     * backslash, which some readers take for a slash. */
    URL = 2,
    NAME = 4, /* of a host: what the domain name system can hold */
};

static const uint8_t kinds[256] = {
    ['a' ... 'z'] = TOKEN | URL | NAME,
    ['A' ... 'Z'] = TOKEN | URL | NAME,
    ['0' ... '9'] = TOKEN | URL | NAME,
    ['-'] = TOKEN | URL | NAME,
    ['.'] = TOKEN | URL | NAME,
    ['_'] = TOKEN | URL | NAME,
    ['!'] = TOKEN | URL,
    ['$'] = TOKEN | URL,
    ['%'] = TOKEN | URL,
    ['&'] = TOKEN | URL,
    ['\''] = TOKEN | URL,
    ['*'] = TOKEN | URL,
    ['+'] = TOKEN | URL,
    ['^'] = TOKEN | URL,
    ['`'] = TOKEN | URL,
    ['|'] = TOKEN | URL,
    ['~'] = TOKEN | URL,
    ['#'] = TOKEN,
    ['('] = URL,
    [')'] = URL,
    [','] = URL,
    ['/'] = URL,
    [':'] = URL,
    [';'] = URL,
    ['='] = URL,
    ['?'] = URL,
    ['@'] = URL,
    ['['] = URL,
    [']'] = URL,
    ['{'] = URL,
    ['}'] = URL,
};

static bool all_of_kind(struct ouro__slice slice, int kind)
{
    for (size_t i = 0; i < slice.len; i++)
        if (!(kinds[(unsigned char)slice.at[i]] & kind))
            return false;
    return true;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_hex(char c)
{
    return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

static bool is_space(char c)
{
    return c == ' ' || c == '\t';
}

/* Printable, or above ASCII, or a tab: what a line may hold between its ends. */
static bool is_text(unsigned char c)
{
    return (c >= 0x20 && c != 0x7f) || c == '\t';
}

/* --- slices ---------------------------------------------------------------------------------- */

bool ouro__http_is_token_char(unsigned char c)
{
    return kinds[c] & TOKEN;
}

bool ouro__http_is_token(struct ouro__slice slice)
{
    return slice.len > 0 && all_of_kind(slice, TOKEN);
}

static struct ouro__slice trim(struct ouro__slice slice)
{
    while (slice.len > 0 && is_space(slice.at[0]))
        slice = (struct ouro__slice){slice.at + 1, slice.len - 1};
    while (slice.len > 0 && is_space(slice.at[slice.len - 1]))
        slice.len--;
    return slice;
}

/* Take what stands before the first `separator` out of `rest`. Without one: all, rest is empty. */
static struct ouro__slice take_until(struct ouro__slice *rest, char separator)
{
    struct ouro__slice taken = *rest;
    const char *found = rest->len ? memchr(rest->at, separator, rest->len) : NULL;
    if (found)
        taken.len = (size_t)(found - rest->at);
    size_t used = taken.len + (found ? 1 : 0);
    *rest = (struct ouro__slice){rest->at + used, rest->len - used};
    return taken;
}

/* --- step one: where does the head end? ------------------------------------------------------ */

REFUSAL(bare_cr, 400, "CR without LF");
REFUSAL(bare_lf, 400, "LF without CR");
REFUSAL(control_character, 400, "control character in the head");
REFUSAL(no_first_line, 400, "empty line where the request should begin");
REFUSAL(target_too_long, 414, "request line too long");
REFUSAL(field_too_long, 431, "header line too long");
REFUSAL(head_too_long, 431, "headers too long");
REFUSAL(too_many_headers, 431, "too many headers");

/* The line [line_at, scanned) with its CRLF is whole. True when it was the one that ends the head.
 */
static bool end_line(struct ouro__http_parser *parser)
{
    bool empty = parser->scanned - parser->line_at == 2;
    if (empty && parser->lines > 0)
        return true;
    /* A CRLF too many after the last body is forgiven, once (RFC 9112 2.2). */
    if (empty && parser->line_at > 0)
        parser->refusal = &no_first_line;
    parser->lines += !empty;
    if (parser->lines > OURO__HTTP_HEADERS_MAX + 1)
        parser->refusal = &too_many_headers;
    parser->line_at = parser->scanned;
    return false;
}

static const struct ouro__http_refusal *over_limit(const struct ouro__http_parser *parser)
{
    if (parser->scanned >= OURO__HTTP_HEAD_BYTES_MAX)
        return &head_too_long;
    if (parser->scanned - parser->line_at >= OURO__HTTP_LINE_BYTES_MAX)
        return parser->lines == 0 ? &target_too_long : &field_too_long;
    return NULL;
}

/* One byte that ends a line or does not belong in one. True at the end of the head. */
static bool scan_special(struct ouro__http_parser *parser, const char *data)
{
    char c = data[parser->scanned];
    bool after_cr = parser->scanned > parser->line_at && data[parser->scanned - 1] == '\r';
    parser->scanned++;
    if (c == '\n' && after_cr)
        return end_line(parser);
    if (after_cr)
        parser->refusal = &bare_cr;
    else if (c == '\n')
        parser->refusal = &bare_lf;
    else if (c != '\r')
        parser->refusal = &control_character;
    return false;
}

/* Which of 8 bytes are below 0x20, or 0x7f? Their highest bits. A byte that is less than n, or
 * equal to it, borrows from its highest bit (Anderson, Bit Twiddling Hacks), and perhaps from the
 * byte above: the lowest one that is found is one. Bytes with that bit set are text. */
static uint64_t controls_in(const char *data)
{
    const uint64_t each = UINT64_C(0x0101010101010101);
    uint64_t word;
    memcpy(&word, data, sizeof word);
    uint64_t del = word ^ (each * 0x7f);
    return (((word - each * 0x20) & ~word) | ((del - each) & ~del)) & (each * 0x80);
}

/* The first byte from `at` on that is not text, or `stop`. This is nearly every byte of a head. */
static size_t skip_text(const char *data, size_t at, size_t stop)
{
    _Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "the lowest byte comes first");
    while (stop - at >= 8) {
        uint64_t controls = controls_in(data + at);
        at += controls ? (size_t)__builtin_ctzll(controls) / 8 : 8;
        if (controls && !is_text((unsigned char)data[at]))
            return at;
        at += controls ? 1 : 0;
    }
    while (at < stop && is_text((unsigned char)data[at]))
        at++;
    return at;
}

/* Pass over text. A CR before it makes its first byte special. */
static void scan_text(struct ouro__http_parser *parser, const char *data, size_t len)
{
    if (parser->scanned > parser->line_at && data[parser->scanned - 1] == '\r')
        return;
    size_t stop = parser->line_at + OURO__HTTP_LINE_BYTES_MAX;
    if (stop > OURO__HTTP_HEAD_BYTES_MAX)
        stop = OURO__HTTP_HEAD_BYTES_MAX;
    if (stop > len)
        stop = len;
    parser->scanned = (uint32_t)skip_text(data, parser->scanned, stop);
}

static int scan(struct ouro__http_parser *parser, const char *data, size_t len)
{
    while (!parser->refusal && parser->scanned < len) {
        parser->refusal = over_limit(parser);
        if (parser->refusal)
            break;
        size_t before = parser->scanned;
        scan_text(parser, data, len);
        if (parser->scanned == before && scan_special(parser, data))
            return (int)parser->scanned;
    }
    return parser->refusal ? -OURO_EMALFORMED : 0;
}

/* --- step two: lines ------------------------------------------------------------------------- */

REFUSAL(folded_line, 400, "folded header line");
REFUSAL(bad_field, 400, "invalid header line");
REFUSAL(bad_version, 400, "invalid HTTP version");
REFUSAL(other_version, 505, "only HTTP/1.x is spoken here");

/* The next line, without its CRLF: step one has seen that it has one, and no CR elsewhere. */
static struct ouro__slice take_line(struct ouro__slice *rest)
{
    struct ouro__slice line = take_until(rest, '\r');
    *rest = (struct ouro__slice){rest->at + 1, rest->len - 1};
    return line;
}

/* "HTTP/1.1", in capitals (RFC 9112 2.3). */
static const struct ouro__http_refusal *parse_version(struct ouro__slice text,
                                                      struct ouro__http_head *head)
{
    if (text.len != 8 || memcmp(text.at, "HTTP/", 5) != 0 || !is_digit(text.at[5]) ||
        text.at[6] != '.' || !is_digit(text.at[7]))
        return &bad_version;
    if (text.at[5] != '1')
        return &other_version;
    head->version_minor = text.at[7] != '0';
    return NULL;
}

static const struct ouro__http_refusal *parse_field(struct ouro__slice line,
                                                    struct ouro__http_header *field)
{
    if (is_space(line.at[0]))
        return &folded_line;
    field->name = take_until(&line, ':');
    if (field->name.at[field->name.len] != ':') /* but its CR: there is no colon */
        return &bad_field;
    field->value = trim(line);
    /* A space before the colon is no token character: refused, as RFC 9112 5.1 demands. */
    return ouro__http_is_token(field->name) ? NULL : &bad_field;
}

static const struct ouro__http_refusal *parse_fields(struct ouro__slice rest,
                                                     struct ouro__http_head *head)
{
    for (;;) {
        struct ouro__slice line = take_line(&rest);
        if (line.len == 0)
            return NULL;
        const struct ouro__http_refusal *refusal =
            parse_field(line, &head->headers[head->header_count++]);
        if (refusal)
            return refusal;
    }
}

/* --- step two: what the fields mean for the framing ------------------------------------------ */

REFUSAL(two_lengths, 400, "more than one Content-Length");
REFUSAL(bad_length, 400, "invalid Content-Length");
REFUSAL(length_too_large, 413, "Content-Length too large");
REFUSAL(length_and_coding, 400, "both Content-Length and Transfer-Encoding");
REFUSAL(coding_in_1_0, 400, "Transfer-Encoding in HTTP/1.0");
REFUSAL(chunked_not_last, 400, "Transfer-Encoding must end in chunked, once");
REFUSAL(unknown_coding, 501, "only the transfer coding chunked is known here");

static const struct ouro__http_refusal *parse_length(struct ouro__slice text, uint64_t *ret_length)
{
    uint64_t length = 0;
    for (size_t i = 0; i < text.len; i++) {
        if (!is_digit(text.at[i]))
            return &bad_length;
        if (__builtin_mul_overflow(length, 10, &length) ||
            __builtin_add_overflow(length, (uint64_t)(text.at[i] - '0'), &length))
            return &length_too_large;
    }
    *ret_length = length;
    return text.len ? NULL : &bad_length;
}

/* RFC 9112 6.1 and 6.3: chunked must come last and only once; nothing else is known here. */
static const struct ouro__http_refusal *parse_coding(struct ouro__http_head *head)
{
    struct ouro__http_list list = {.head = head, .name = "Transfer-Encoding"};
    struct ouro__slice coding;
    int codings = 0, chunked = 0;
    bool last_is_chunked = false;
    while (ouro__http_list_next(&list, &coding)) {
        last_is_chunked = ouro__slice_like(coding, "chunked");
        chunked += last_is_chunked;
        codings++;
    }
    if (!last_is_chunked || chunked > 1)
        return &chunked_not_last;
    if (codings > 1)
        return &unknown_coding;
    head->body = OURO__HTTP_BODY_CHUNKED;
    return NULL;
}

static const struct ouro__http_refusal *parse_body(struct ouro__http_head *head)
{
    struct ouro__slice value;
    int lengths = ouro__http_header(head, "Content-Length", &value);
    if (ouro__http_header(head, "Transfer-Encoding", &(struct ouro__slice){0}) > 0) {
        if (lengths > 0)
            return &length_and_coding;
        return head->version_minor == 0 ? &coding_in_1_0 : parse_coding(head);
    }
    if (lengths > 1)
        return &two_lengths;
    const struct ouro__http_refusal *refusal =
        lengths ? parse_length(value, &head->body_bytes) : NULL;
    head->body = head->body_bytes > 0 ? OURO__HTTP_BODY_LENGTH : OURO__HTTP_BODY_NONE;
    return refusal;
}

/* RFC 9112 9.3 and 9.6; RFC 9110 7.8: an Upgrade in HTTP/1.0 is ignored. */
static void read_connection(struct ouro__http_head *head)
{
    struct ouro__http_list list = {.head = head, .name = "Connection"};
    struct ouro__slice option;
    bool close = false, keep = head->version_minor > 0, upgrade = false;
    while (ouro__http_list_next(&list, &option)) {
        close |= ouro__slice_like(option, "close");
        keep |= ouro__slice_like(option, "keep-alive");
        upgrade |= ouro__slice_like(option, "upgrade");
    }
    head->keep_alive = keep && !close;
    head->upgrade = upgrade && head->version_minor > 0 &&
                    ouro__http_header(head, "Upgrade", &(struct ouro__slice){0}) > 0;
}

static const struct ouro__http_refusal *parse_head(struct ouro__slice fields,
                                                   struct ouro__http_head *head)
{
    const struct ouro__http_refusal *refusal = parse_fields(fields, head);
    if (!refusal)
        refusal = parse_body(head);
    if (!refusal)
        read_connection(head);
    return refusal;
}

/* --- step two: the target of a request ------------------------------------------------------- */

REFUSAL(bad_target, 400, "invalid request target");
REFUSAL(no_host, 400, "HTTP/1.1 without Host");
REFUSAL(two_hosts, 400, "more than one Host");
REFUSAL(bad_host, 400, "invalid Host");

static bool is_percent_encoded(struct ouro__slice text)
{
    for (size_t i = 0; i < text.len; i++)
        if (text.at[i] == '%' &&
            (text.len - i < 3 || !is_hex(text.at[i + 1]) || !is_hex(text.at[i + 2])))
            return false;
    return true;
}

static bool is_port(struct ouro__slice text)
{
    uint64_t port = 0;
    return text.len == 0 || (!parse_length(text, &port) && port <= UINT16_MAX);
}

/* "[" IPv6 address "]", in front of `text`. Returns its length, 0 when it is none. */
static size_t ipv6_literal_bytes(struct ouro__slice text)
{
    char address[INET6_ADDRSTRLEN] = "";
    const char *end = memchr(text.at, ']', text.len);
    size_t len = end ? (size_t)(end - text.at) - 1 : sizeof address;
    if (len >= sizeof address)
        return 0;
    memcpy(address, text.at + 1, len);
    return inet_pton(AF_INET6, address, &(struct in6_addr){0}) == 1 ? len + 2 : 0;
}

/* The host is not empty (RFC 9110 4.2.1), and has no user name before it (4.2.4). */
bool ouro__http_is_authority(struct ouro__slice text)
{
    size_t host_bytes = 0;
    if (text.len > 0 && text.at[0] == '[')
        host_bytes = ipv6_literal_bytes(text);
    else
        while (host_bytes < text.len && kinds[(unsigned char)text.at[host_bytes]] & NAME)
            host_bytes++;
    struct ouro__slice rest = {text.at + host_bytes, text.len - host_bytes};
    if (host_bytes == 0 || rest.len == 0)
        return host_bytes > 0;
    return rest.at[0] == ':' && is_port((struct ouro__slice){rest.at + 1, rest.len - 1});
}

bool ouro__http_is_origin_form(struct ouro__slice slice)
{
    return slice.len > 0 && slice.at[0] == '/' && all_of_kind(slice, URL) &&
           is_percent_encoded(slice);
}

static const struct ouro__http_refusal *parse_path(struct ouro__slice text,
                                                   struct ouro__http_request *req)
{
    if (!all_of_kind(text, URL) || !is_percent_encoded(text))
        return &bad_target;
    bool has_query = text.len > 0 && memchr(text.at, '?', text.len);
    req->path = take_until(&text, '?');
    if (has_query)
        req->query = text;
    if (req->path.len == 0) /* "http://host" and "http://host?query" mean the root */
        req->path = (struct ouro__slice){"/", 1};
    return NULL;
}

/* http://host[:port][/path][?query] */
static const struct ouro__http_refusal *parse_absolute(struct ouro__http_request *req)
{
    struct ouro__slice rest = req->target;
    struct ouro__slice scheme = take_until(&rest, ':');
    if (!ouro__slice_like(scheme, "http") && !ouro__slice_like(scheme, "https"))
        return &bad_target;
    if (rest.len < 2 || memcmp(rest.at, "//", 2) != 0)
        return &bad_target;
    req->host = (struct ouro__slice){rest.at + 2, 0};
    while (req->host.len < rest.len - 2 && !memchr("/?", req->host.at[req->host.len], 2))
        req->host.len++;
    rest = (struct ouro__slice){req->host.at + req->host.len, rest.len - 2 - req->host.len};
    req->form = OURO__HTTP_ABSOLUTE_FORM;
    return ouro__http_is_authority(req->host) ? parse_path(rest, req) : &bad_target;
}

static const struct ouro__http_refusal *parse_authority(struct ouro__http_request *req)
{
    req->form = OURO__HTTP_AUTHORITY_FORM;
    req->host = req->target;
    size_t len = req->target.len;
    /* Unlike in Host, the port must be there (RFC 9112 3.2.3): the last byte is its last digit. */
    bool has_port =
        len > 0 && memrchr(req->target.at, ':', len) && is_digit(req->target.at[len - 1]);
    return has_port && ouro__http_is_authority(req->target) ? NULL : &bad_target;
}

static const struct ouro__http_refusal *parse_target(struct ouro__http_request *req)
{
    if (req->method == OURO__HTTP_CONNECT)
        return parse_authority(req);
    if (req->target.len > 0 && req->target.at[0] == '/')
        return parse_path(req->target, req);
    if (!ouro__slice_same(req->target, "*"))
        return parse_absolute(req);
    req->form = OURO__HTTP_ASTERISK_FORM;
    req->path = req->target;
    return req->method == OURO__HTTP_OPTIONS ? NULL : &bad_target;
}

/* RFC 9112 3.2: exactly one and valid, even where the target already names the host. */
static const struct ouro__http_refusal *parse_host(struct ouro__http_request *req)
{
    struct ouro__slice host = {"", 0};
    int hosts = ouro__http_header(&req->head, "Host", &host);
    if (hosts > 1)
        return &two_hosts;
    if (hosts == 0 && req->head.version_minor > 0)
        return &no_host;
    if (hosts == 1 && !ouro__http_is_authority(host))
        return &bad_host;
    if (!req->host.at)
        req->host = host;
    return NULL;
}

/* --- step two: requests ---------------------------------------------------------------------- */

REFUSAL(bad_method, 400, "invalid method");
REFUSAL(unknown_method, 501, "unknown method");
REFUSAL(unknown_expectation, 417, "only 100-continue can be expected");

static const char *const method_names[] = {
#define METHOD_NAME(name) [OURO__HTTP_##name] = #name,
    OURO__HTTP_METHODS(METHOD_NAME)
#undef METHOD_NAME
};

const char *ouro__http_method_name(enum ouro__http_method method)
{
    return method_names[method];
}

static const struct ouro__http_refusal *parse_method(struct ouro__slice text,
                                                     struct ouro__http_request *req)
{
    for (size_t i = 0; i < sizeof method_names / sizeof *method_names; i++) {
        if (ouro__slice_same(text, method_names[i])) {
            req->method = (enum ouro__http_method)i;
            return NULL;
        }
    }
    return &unknown_method;
}

/* method SP target SP version, one space each: a second one is found in `target` or `version`. */
static const struct ouro__http_refusal *parse_request_line(struct ouro__slice line,
                                                           struct ouro__http_request *req)
{
    struct ouro__slice method = take_until(&line, ' ');
    if (!ouro__http_is_token(method))
        return &bad_method;
    req->target = take_until(&line, ' ');
    const struct ouro__http_refusal *refusal = parse_version(line, &req->head);
    if (!refusal)
        refusal = parse_method(method, req);
    return refusal ? refusal : parse_target(req);
}

/* RFC 9110 10.1.1: ignored in HTTP/1.0, and of no use without a body. */
static const struct ouro__http_refusal *parse_expectations(struct ouro__http_request *req)
{
    struct ouro__http_list list = {.head = &req->head, .name = "Expect"};
    struct ouro__slice expectation;
    if (req->head.version_minor == 0)
        return NULL;
    while (ouro__http_list_next(&list, &expectation)) {
        if (!ouro__slice_like(expectation, "100-continue"))
            return &unknown_expectation;
        req->expect_continue = req->head.body != OURO__HTTP_BODY_NONE;
    }
    return NULL;
}

static const struct ouro__http_refusal *parse_request(struct ouro__slice rest,
                                                      struct ouro__http_request *req)
{
    const struct ouro__http_refusal *refusal = parse_request_line(take_line(&rest), req);
    if (!refusal)
        refusal = parse_head(rest, &req->head);
    if (!refusal)
        refusal = parse_host(req);
    return refusal ? refusal : parse_expectations(req);
}

/* The head without the one empty line that may stand in front of it. */
static struct ouro__slice lines_of_head(const char *data, int head_bytes)
{
    size_t skip = data[0] == '\r' ? 2 : 0;
    return (struct ouro__slice){data + skip, (size_t)head_bytes - skip};
}

int ouro__http_parse_request(struct ouro__http_parser *parser, const char *data, size_t len,
                             struct ouro__http_request *req)
{
    int head_bytes = scan(parser, data, len);
    if (head_bytes <= 0)
        return head_bytes;
    /* Not the whole struct: the headers beyond header_count are 2 KiB nobody reads. */
    memset(&req->head, 0, offsetof(struct ouro__http_head, headers));
    memset((char *)req + sizeof req->head, 0, sizeof *req - sizeof req->head);
    parser->refusal = parse_request(lines_of_head(data, head_bytes), req);
    return parser->refusal ? -OURO_EMALFORMED : head_bytes;
}

/* --- step two: responses --------------------------------------------------------------------- */

REFUSAL(bad_status, 502, "invalid status line");

/* version SP three digits SP reason (RFC 9112 section 4). The reason may be empty, its SP not. */
static const struct ouro__http_refusal *parse_status_line(struct ouro__slice line,
                                                          struct ouro__http_response *res)
{
    const struct ouro__http_refusal *refusal = parse_version(take_until(&line, ' '), &res->head);
    if (refusal)
        return refusal;
    if (line.len < 4 || line.at[3] != ' ')
        return &bad_status;
    uint64_t status = 0;
    if (parse_length((struct ouro__slice){line.at, 3}, &status) || status < 100 || status > 599)
        return &bad_status;
    res->status = (uint16_t)status;
    res->reason = (struct ouro__slice){line.at + 4, line.len - 4};
    return NULL;
}

/* RFC 9112 6.3: some answers have no body whatever their fields say, others end with the
 * connection. */
static void settle_response_body(enum ouro__http_method method, struct ouro__http_response *res)
{
    struct ouro__http_head *head = &res->head;
    bool bodiless = method == OURO__HTTP_HEAD || res->status < 200 || res->status == 204 ||
                    res->status == 304 || (method == OURO__HTTP_CONNECT && res->status < 300);
    if (bodiless) {
        head->body = OURO__HTTP_BODY_NONE;
        head->body_bytes = 0;
    } else if (head->body == OURO__HTTP_BODY_NONE &&
               ouro__http_header(head, "Content-Length", &(struct ouro__slice){0}) == 0) {
        head->body = OURO__HTTP_BODY_UNTIL_CLOSE;
        head->keep_alive = false;
    }
}

static const struct ouro__http_refusal *parse_response(struct ouro__slice rest,
                                                       enum ouro__http_method method,
                                                       struct ouro__http_response *res)
{
    const struct ouro__http_refusal *refusal = parse_status_line(take_line(&rest), res);
    if (!refusal)
        refusal = parse_head(rest, &res->head);
    if (!refusal)
        settle_response_body(method, res);
    return refusal;
}

int ouro__http_parse_response(struct ouro__http_parser *parser, const char *data, size_t len,
                              enum ouro__http_method method, struct ouro__http_response *res)
{
    int head_bytes = scan(parser, data, len);
    if (head_bytes <= 0)
        return head_bytes;
    memset(&res->head, 0, offsetof(struct ouro__http_head, headers));
    parser->refusal = parse_response(lines_of_head(data, head_bytes), method, res);
    return parser->refusal ? -OURO_EMALFORMED : head_bytes;
}

/* --- looking into a head --------------------------------------------------------------------- */

static bool is_named(const struct ouro__http_header *header, const char *name, size_t len)
{
    return header->name.len == len && strncasecmp(header->name.at, name, len) == 0;
}

int ouro__http_header(const struct ouro__http_head *head, const char *name,
                      struct ouro__slice *ret_value)
{
    int count = 0;
    size_t len = strlen(name);
    for (size_t i = 0; i < head->header_count; i++)
        if (is_named(&head->headers[i], name, len) && count++ == 0)
            *ret_value = head->headers[i].value;
    return count;
}

/* The next line of the field becomes the rest of the list. */
static bool next_list_line(struct ouro__http_list *list)
{
    size_t len = strlen(list->name);
    while (list->next_header < list->head->header_count) {
        const struct ouro__http_header *header = &list->head->headers[list->next_header++];
        if (is_named(header, list->name, len)) {
            list->rest = header->value;
            return true;
        }
    }
    return false;
}

bool ouro__http_list_next(struct ouro__http_list *list, struct ouro__slice *ret_element)
{
    do {
        while (list->rest.len > 0) {
            struct ouro__slice element = trim(take_until(&list->rest, ','));
            if (element.len > 0) {
                *ret_element = element;
                return true;
            }
        }
    } while (next_list_line(list));
    return false;
}

bool ouro__http_has_token(const struct ouro__http_head *head, const char *name, const char *token)
{
    struct ouro__http_list list = {.head = head, .name = name};
    struct ouro__slice element;
    while (ouro__http_list_next(&list, &element))
        if (ouro__slice_like(element, token))
            return true;
    return false;
}
