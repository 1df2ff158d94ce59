/* SPDX-License-Identifier: MIT */
#include "drive.h"
#include "test.h"

/* --- requests are made of lines, so that a case can say which one is different --------------- */

#define GET        "GET /connect HTTP/1.1\r\n"
#define HOST       "Host: Example.org:8080\r\n"
#define UPGRADE    "Upgrade: websocket\r\n"
#define CONNECTION "Connection: Upgrade\r\n"
#define VERSION    "Sec-WebSocket-Version: 13\r\n"
#define KEY        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n" /* of RFC 6455 section 1.3 */
#define GOOD       GET HOST UPGRADE CONNECTION VERSION KEY
#define END        "\r\n"

static const char *const listed[] = {"https://play.example", "http://localhost:3000", NULL};
static const char *const any[] = {"*", NULL};
static const char *const nobody[] = {NULL};
static const char *const protocols[] = {"ouro.v2", "ouro.v1", NULL};

static struct ouro__http_request parsed(const char *text)
{
    struct ouro__http_parser parser = {0};
    struct ouro__http_request req;
    int rc = ouro__http_parse_request(&parser, text, strlen(text), &req);
    ck_assert_msg(rc > 0, "'%s' is no request: %s", text,
                  parser.refusal ? parser.refusal->reason : "more");
    return req;
}

/* The status that the request gets: 101, or that of the refusal. */
static int status_of(const char *text, const struct ouro__ws_rules *rules,
                     struct ouro__ws_handshake *ret_handshake, const char **ret_headers)
{
    struct ouro__http_request req = parsed(text);
    const struct ouro__http_refusal *refusal = NULL;
    int rc = ouro__ws_handshake_check(&req, rules, ret_handshake, &refusal);
    if (rc == 0)
        return 101;
    ck_assert_int_eq(rc, -OURO_EMALFORMED);
    *ret_headers = refusal->headers ? refusal->headers : "";
    return refusal->status;
}

/* --- accepted or refused --------------------------------------------------------------------- */

#define WITH_KEY(key) GET HOST UPGRADE CONNECTION VERSION "Sec-WebSocket-Key: " key "\r\n" END

static const struct {
    const char *request;
    int status;
    const char *headers; /* something the refusal's headers contain */
} by_rule[] = {
    {GOOD END, 101, ""},
    /* tokens in lists, in any case: as Firefox and proxies write them */
    {GET HOST "Upgrade: WebSocket\r\nConnection: keep-alive, upgrade\r\n" VERSION KEY END, 101, ""},
    {GET HOST "Upgrade: h2c, websocket\r\n" CONNECTION VERSION KEY END, 101, ""},
    {GET HOST UPGRADE "Connection: keep-alive\r\n" CONNECTION VERSION KEY END, 101, ""},
    {GOOD "Content-Length: 0\r\n" END, 101, ""},
    {"GET http://example.org:8080/connect HTTP/1.1\r\n" HOST UPGRADE CONNECTION VERSION KEY END,
     101, ""},
    /* method and version of HTTP */
    {"POST / HTTP/1.1\r\n" HOST UPGRADE CONNECTION VERSION KEY END, 405, "Allow: GET\r\n"},
    {"HEAD / HTTP/1.1\r\n" HOST UPGRADE CONNECTION VERSION KEY END, 405, "Allow: GET\r\n"},
    {"GET / HTTP/1.0\r\n" HOST UPGRADE CONNECTION VERSION KEY END, 400, ""},
    /* no wish to upgrade */
    {GET HOST END, 426, "Sec-WebSocket-Version: 13\r\n"},
    {GET HOST CONNECTION VERSION KEY END, 426, "Upgrade: websocket\r\n"},
    {GET HOST "Upgrade: h2c\r\n" CONNECTION VERSION KEY END, 426, "Upgrade: websocket\r\n"},
    {GET HOST "Upgrade: websockets\r\n" CONNECTION VERSION KEY END, 426, "Upgrade: websocket\r\n"},
    {GET HOST UPGRADE VERSION KEY END, 400, ""},
    {GET HOST UPGRADE "Connection: keep-alive\r\n" VERSION KEY END, 400, ""},
    {GET HOST UPGRADE "Connection: Upgraded\r\n" VERSION KEY END, 400, ""},
    /* a body */
    {GOOD "Content-Length: 1\r\n" END, 400, ""},
    {GOOD "Transfer-Encoding: chunked\r\n" END, 400, ""},
    /* the version of WebSocket */
    {GET HOST UPGRADE CONNECTION KEY END, 426, "Sec-WebSocket-Version: 13\r\n"},
    {GET HOST UPGRADE CONNECTION "Sec-WebSocket-Version: 8\r\n" KEY END, 426,
     "Sec-WebSocket-Version: 13\r\n"},
    {GET HOST UPGRADE CONNECTION "Sec-WebSocket-Version: 13, 8\r\n" KEY END, 426,
     "Sec-WebSocket-Version: 13\r\n"},
    {GET HOST UPGRADE CONNECTION "Sec-WebSocket-Version: 013\r\n" KEY END, 426,
     "Sec-WebSocket-Version: 13\r\n"},
    {GOOD VERSION END, 400, ""},
    /* the key */
    {GET HOST UPGRADE CONNECTION VERSION END, 400, ""},
    {GOOD KEY END, 400, ""},
    {WITH_KEY(""), 400, ""},
    {WITH_KEY("AAAAAAAAAAAAAAAAAAAAAA=="), 101, ""},
    {WITH_KEY("+/+/+/+/+/+/+/+/+/+/+w=="), 101, ""},
    {WITH_KEY("AAAAAAAAAAAAAAAAAAAAAA="), 400, ""},    /* no padding */
    {WITH_KEY("AAAAAAAAAAAAAAAAAAAAAAA="), 400, ""},   /* 17 bytes */
    {WITH_KEY("AAAAAAAAAAAAAAAAAAAAAAAA"), 400, ""},   /* 18 bytes */
    {WITH_KEY("AAAAAAAAAAAAAAAAAAAA"), 400, ""},       /* 15 bytes */
    {WITH_KEY("AAAAAAAAAAAAAAAAAAAAAAAA=="), 400, ""}, /* longer */
    {WITH_KEY("AAAAAAAAAAA=AAAAAAAAAA=="), 400, ""},   /* padding inside */
    {WITH_KEY("AAAAAAAAAAA-AAAAAAAAAA=="), 400, ""},   /* base64url */
    {WITH_KEY("AAAAAAAAAAA AAAAAAAAAA=="), 400, ""},
};

TEST(handshake_by_rule)
{
    for (size_t i = 0; i < sizeof by_rule / sizeof *by_rule; i++) {
        struct ouro__ws_handshake handshake;
        const char *headers = "";
        int status =
            status_of(by_rule[i].request, &(struct ouro__ws_rules){0}, &handshake, &headers);
        ck_assert_msg(status == by_rule[i].status, "%d for '%s'", status, by_rule[i].request);
        ck_assert_msg(strstr(headers, by_rule[i].headers) != NULL, "'%s'", by_rule[i].request);
    }
}

/* --- origins --------------------------------------------------------------------------------- */

static const struct {
    const char *origin;
    const char *const *allowed;
    int status;
} by_origin[] = {
    {"", NULL, 101},
    {"", listed, 101}, /* no browser */
    {"", nobody, 101},
    {"Origin: https://play.example\r\n", listed, 101},
    {"Origin: HTTPS://Play.Example\r\n", listed, 101},
    {"Origin: http://localhost:3000\r\n", listed, 101},
    {"Origin: http://localhost\r\n", listed, 403},
    {"Origin: http://play.example\r\n", listed, 403},
    {"Origin: https://play.example.evil\r\n", listed, 403},
    {"Origin: https://xplay.example\r\n", listed, 403},
    {"Origin: https://example.org:8080\r\n", listed, 403}, /* our own, but a list is a list */
    {"Origin: null\r\n", listed, 403},
    {"Origin: \r\n", listed, 403},
    {"Origin: https://play.example\r\n", nobody, 403},
    {"Origin: https://anything\r\n", any, 101},
    {"Origin: null\r\n", any, 101},
    /* without a list: the host the request went to */
    {"Origin: http://example.org:8080\r\n", NULL, 101},
    {"Origin: https://EXAMPLE.ORG:8080\r\n", NULL, 101},
    {"Origin: https://example.org\r\n", NULL, 403},
    {"Origin: https://example.org:80801\r\n", NULL, 403},
    {"Origin: https://evil.org:8080\r\n", NULL, 403},
    {"Origin: https://example.org:8080@evil\r\n", NULL, 403},
    {"Origin: example.org:8080\r\n", NULL, 403},
    {"Origin: https:/\r\n", NULL, 403},
    {"Origin: null\r\n", NULL, 403},
    {"Origin: \r\n", NULL, 403},
    {"Origin: https://play.example\r\nOrigin: https://evil\r\n", any, 400},
};

TEST(handshake_by_origin)
{
    for (size_t i = 0; i < sizeof by_origin / sizeof *by_origin; i++) {
        char text[512];
        snprintf(text, sizeof text, GOOD "%s" END, by_origin[i].origin);
        struct ouro__ws_handshake handshake;
        const char *headers;
        struct ouro__ws_rules rules = {.origins = by_origin[i].allowed};
        int status = status_of(text, &rules, &handshake, &headers);
        ck_assert_msg(status == by_origin[i].status, "case %zu: %d for '%s'", i, status,
                      by_origin[i].origin);
    }
}

/* --- subprotocols ---------------------------------------------------------------------------- */

static const struct {
    const char *offered;
    const char *const *ours;
    int status;
    const char *chosen;
} by_protocol[] = {
    {"", protocols, 101, NULL},
    {"Sec-WebSocket-Protocol: ouro.v1\r\n", protocols, 101, "ouro.v1"},
    {"Sec-WebSocket-Protocol: ouro.v1, ouro.v2\r\n", protocols, 101, "ouro.v2"}, /* ours decides */
    {"Sec-WebSocket-Protocol: chat\r\nSec-WebSocket-Protocol: ouro.v1\r\n", protocols, 101,
     "ouro.v1"},
    {"Sec-WebSocket-Protocol: OURO.V1\r\n", protocols, 101, NULL},
    {"Sec-WebSocket-Protocol: chat\r\n", protocols, 101, NULL},
    {"Sec-WebSocket-Protocol: ouro.v1\r\n", NULL, 101, NULL},
    {"Sec-WebSocket-Protocol: ouro.v1\r\n", nobody, 101, NULL},
    {"Sec-WebSocket-Protocol: ouro v1\r\n", protocols, 400, NULL},
    {"Sec-WebSocket-Protocol: ouro.v1, a/b\r\n", NULL, 400, NULL},
};

TEST(handshake_by_protocol)
{
    for (size_t i = 0; i < sizeof by_protocol / sizeof *by_protocol; i++) {
        char text[512];
        snprintf(text, sizeof text, GOOD "%s" END, by_protocol[i].offered);
        struct ouro__ws_handshake handshake = {0};
        const char *headers;
        struct ouro__ws_rules rules = {.protocols = by_protocol[i].ours};
        int status = status_of(text, &rules, &handshake, &headers);
        ck_assert_int_eq(status, by_protocol[i].status);
        ck_assert_pstr_eq(handshake.protocol, by_protocol[i].chosen);
    }
}

/* --- the answer ------------------------------------------------------------------------------ */

TEST(handshake_accept_key_of_rfc_6455_section_1_3)
{
    char accept[OURO__WS_ACCEPT_BYTES + 1];
    ouro__ws_accept_key("dGhlIHNhbXBsZSBub25jZQ==", accept);
    ck_assert_str_eq(accept, "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
}

#define ANSWER                                      \
    "HTTP/1.1 101 Switching Protocols\r\n"          \
    "Upgrade: websocket\r\nConnection: Upgrade\r\n" \
    "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"

static void answers(const char *offered, bool deflate, const char *want)
{
    char text[512], answer[512];
    snprintf(text, sizeof text, GOOD "%s" END, offered);
    struct ouro__ws_handshake handshake;
    const char *headers;
    struct ouro__ws_rules rules = {.protocols = protocols,
                                   .deflate = {.on = deflate, .window_bits = 15}};
    ck_assert_int_eq(status_of(text, &rules, &handshake, &headers), 101);
    int len = ouro__ws_handshake_write(&handshake, answer, sizeof answer);
    ck_assert_str_eq(answer, want);
    ck_assert_int_eq(len, (int)strlen(want));
    for (size_t cap = 0; cap <= strlen(want); cap++) { /* the NUL needs a byte as well */
        char *exact = malloc(cap ? cap : 1);
        ck_assert_int_eq(ouro__ws_handshake_write(&handshake, exact, cap), -ENOSPC);
        free(exact);
    }
    char *exact = malloc(strlen(want) + 1);
    ck_assert_int_eq(ouro__ws_handshake_write(&handshake, exact, strlen(want) + 1), len);
    free(exact);
}

TEST(handshake_answer)
{
    answers("", false, ANSWER END);
    answers("Sec-WebSocket-Extensions: permessage-deflate\r\n", false, ANSWER END);
    answers("Sec-WebSocket-Protocol: ouro.v1\r\n", true,
            ANSWER "Sec-WebSocket-Protocol: ouro.v1\r\n" END);
    answers("Sec-WebSocket-Protocol: ouro.v1\r\nSec-WebSocket-Extensions: permessage-deflate\r\n",
            true,
            ANSWER "Sec-WebSocket-Protocol: ouro.v1\r\n"
                   "Sec-WebSocket-Extensions: permessage-deflate; server_no_context_takeover; "
                   "client_no_context_takeover\r\n" END);
}

TEST(handshake_with_an_extension_field_that_is_none)
{
    const char *headers;
    struct ouro__ws_handshake handshake;
    struct ouro__ws_rules rules = {0};
    ck_assert_int_eq(
        status_of(GOOD "Sec-WebSocket-Extensions: x; ;\r\n" END, &rules, &handshake, &headers),
        400);
    ck_assert_int_eq(
        status_of(GOOD "Sec-WebSocket-Extensions: x;y=\"z\"\r\n" END, &rules, &handshake, &headers),
        101);
}

/* --- however it comes ------------------------------------------------------------------------ */

/* The transcript, which is the same for all splits. The caller frees it. */
static char *said_in_pieces(enum drive_what what, const char *text)
{
    struct ouro_buf whole = {0}, split = {0};
    drive_http(what, text, strlen(text), split_number(0), &whole);
    for (int number = 1; number < 8; number++) {
        ouro_buf_clear(&split);
        drive_http(what, text, strlen(text), split_number(number), &split);
        ck_assert_msg(same_transcript(&whole, &split), "split %d of '%s'", number, text);
    }
    ouro_buf_done(&split);
    ouro_buf_putc(&whole, '\0');
    return whole.data;
}

static void expect_in_pieces(enum drive_what what, const char *text, const char *want)
{
    char *said = said_in_pieces(what, text);
    ck_assert_msg(strstr(said, want), "'%s' says\n%s\nwithout '%s'", text, said, want);
    free(said);
}

TEST(handshakes_are_the_same_however_they_come)
{
    for (size_t i = 0; i < sizeof by_rule / sizeof *by_rule; i++)
        expect_in_pieces(DRIVE_UPGRADE, by_rule[i].request,
                         by_rule[i].status == 101 ? "agreed accept=" : "refused ");
    expect_in_pieces(DRIVE_UPGRADE,
                     GOOD "Sec-WebSocket-Protocol: ouro.v1, ouro.v2\r\n"
                          "Sec-WebSocket-Extensions: permessage-deflate\r\n" END,
                     "protocol=ouro.v2 bits=15 context=0");
}

TEST(answers_are_the_same_however_they_come)
{
    expect_in_pieces(DRIVE_ANSWER,
                     ANSWER "Sec-WebSocket-Protocol: ouro.v1\r\n"
                            "Sec-WebSocket-Extensions: permessage-deflate; "
                            "server_no_context_takeover; client_no_context_takeover\r\n" END,
                     "given up: OURO_EMALFORMED\nagreed accept= protocol=ouro.v1 bits=15");
    expect_in_pieces(DRIVE_ANSWER, "HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n",
                     "given up: ECONNREFUSED");
}

TEST(handshake_outputs_are_untouched_on_failure)
{
    struct ouro__http_request req = parsed(GET HOST END);
    struct ouro__ws_handshake handshake = {.accept = "before"};
    const struct ouro__http_refusal *refusal;
    ck_assert_int_lt(
        ouro__ws_handshake_check(&req, &(struct ouro__ws_rules){0}, &handshake, &refusal), 0);
    ck_assert_str_eq(handshake.accept, "before");
}
