/* SPDX-License-Identifier: MIT */
/* The negotiation of permessage-deflate, from both sides (RFC 7692 section 7.1). */
#include "drive.h"

#include "test.h"

#include "web/ws_extension.h"

#include <stdio.h>

static const struct ouro__ws_wish plain = {.on = true, .window_bits = 15};
static const struct ouro__ws_wish with_context = {.on = true, .context = true, .window_bits = 15};
static const struct ouro__ws_wish small = {.on = true, .window_bits = 10};
static const struct ouro__ws_wish smallest = {.on = true, .window_bits = 8};
static const struct ouro__ws_wish none;

/* A head that has those fields, its text on the heap. */
static char *head_with(const char *fields, bool response, struct ouro__http_head *ret_head)
{
    static struct ouro__http_request req;
    static struct ouro__http_response res;
    struct ouro__http_parser parser = {0};
    char *text = malloc(4096);
    int len = snprintf(text, 4096, "%s\r\n%s\r\n",
                       response ? "HTTP/1.1 101 x" : "GET / HTTP/1.1\r\nHost: h", fields);
    int rc = response ? ouro__http_parse_response(&parser, text, (size_t)len, OURO__HTTP_GET, &res)
                      : ouro__http_parse_request(&parser, text, (size_t)len, &req);
    ck_assert_int_eq(rc, len);
    *ret_head = response ? res.head : req.head;
    return text;
}

#define FIELD(value) "Sec-WebSocket-Extensions: " value "\r\n"
#define DEFLATE      "permessage-deflate"
#define SERVER_NO    "; server_no_context_takeover"
#define CLIENT_NO    "; client_no_context_takeover"
#define BOTH_NO      SERVER_NO CLIENT_NO
#define BAD          "malformed"

/* --- a server's choice ------------------------------------------------------------------------ */

static const struct {
    const struct ouro__ws_wish *wish;
    const char *fields, *value;
    int send_bits;
    bool context;
} choices[] = {
    {&plain, "", "", 0, false},
    {&none, FIELD(DEFLATE), "", 0, false},
    {&plain, FIELD(DEFLATE), DEFLATE BOTH_NO, 15, false},
    {&with_context, FIELD(DEFLATE), DEFLATE SERVER_NO, 15, true},
    {&with_context, FIELD(DEFLATE CLIENT_NO), DEFLATE BOTH_NO, 15, false},
    {&plain, FIELD(DEFLATE SERVER_NO), DEFLATE BOTH_NO, 15, false},
    {&plain, FIELD(DEFLATE BOTH_NO), DEFLATE BOTH_NO, 15, false},
    {&plain, FIELD("Permessage-Deflate"), "", 0, false},
    /* windows */
    {&plain, FIELD(DEFLATE "; client_max_window_bits"), DEFLATE BOTH_NO, 15, false},
    {&plain, FIELD(DEFLATE "; client_max_window_bits=10"),
     DEFLATE BOTH_NO "; client_max_window_bits=10", 15, false},
    {&plain, FIELD(DEFLATE ";client_max_window_bits=15"), DEFLATE BOTH_NO, 15, false},
    {&plain, FIELD(DEFLATE "; server_max_window_bits=10"),
     DEFLATE BOTH_NO "; server_max_window_bits=10", 10, false},
    {&plain, FIELD(DEFLATE "; server_max_window_bits=8"),
     DEFLATE BOTH_NO "; server_max_window_bits=8", 8, false},
    {&plain, FIELD(DEFLATE "; server_max_window_bits=15"),
     DEFLATE BOTH_NO "; server_max_window_bits=15", 15, false},
    {&plain, FIELD(DEFLATE "; server_max_window_bits=\"9\""),
     DEFLATE BOTH_NO "; server_max_window_bits=9", 9, false},
    {&small, FIELD(DEFLATE), DEFLATE BOTH_NO "; server_max_window_bits=10", 10, false},
    {&small, FIELD(DEFLATE "; server_max_window_bits=12; client_max_window_bits"),
     DEFLATE BOTH_NO "; server_max_window_bits=10; client_max_window_bits=10", 10, false},
    {&small, FIELD(DEFLATE "; server_max_window_bits=9; client_max_window_bits=9"),
     DEFLATE BOTH_NO "; server_max_window_bits=9; client_max_window_bits=9", 9, false},
    {&smallest, FIELD(DEFLATE), DEFLATE BOTH_NO "; server_max_window_bits=8", 8, false},
    /* offers that are passed over */
    {&plain, FIELD(DEFLATE "; server_max_window_bits"), "", 0, false},
    {&plain, FIELD(DEFLATE "; server_max_window_bits=7"), "", 0, false},
    {&plain, FIELD(DEFLATE "; server_max_window_bits=16"), "", 0, false},
    {&plain, FIELD(DEFLATE "; server_max_window_bits=08"), "", 0, false},
    {&plain, FIELD(DEFLATE "; server_max_window_bits=1"), "", 0, false},
    {&plain, FIELD(DEFLATE "; server_max_window_bits=100"), "", 0, false},
    {&plain, FIELD(DEFLATE "; server_max_window_bits=x"), "", 0, false},
    {&plain, FIELD(DEFLATE "; client_max_window_bits=7"), "", 0, false},
    {&plain, FIELD(DEFLATE "; client_max_window_bits=+9"), "", 0, false},
    {&plain, FIELD(DEFLATE SERVER_NO "=1"), "", 0, false},
    {&plain, FIELD(DEFLATE CLIENT_NO "=x"), "", 0, false},
    {&plain, FIELD(DEFLATE SERVER_NO SERVER_NO), "", 0, false},
    {&plain, FIELD(DEFLATE CLIENT_NO CLIENT_NO), "", 0, false},
    {&plain, FIELD(DEFLATE "; server_max_window_bits=9; server_max_window_bits=9"), "", 0, false},
    {&plain, FIELD(DEFLATE "; client_max_window_bits; client_max_window_bits=9"), "", 0, false},
    {&plain, FIELD(DEFLATE "; Server_No_Context_Takeover"), "", 0, false},
    {&plain, FIELD(DEFLATE "; unknown"), "", 0, false},
    {&plain, FIELD("x-webkit-deflate-frame"), "", 0, false},
    /* several: the first that can be accepted */
    {&plain, FIELD(DEFLATE "; unknown, " DEFLATE "; server_max_window_bits=9, " DEFLATE),
     DEFLATE BOTH_NO "; server_max_window_bits=9", 9, false},
    {&plain, FIELD("foo; bar=baz,, " DEFLATE), DEFLATE BOTH_NO, 15, false},
    {&plain, FIELD("foo") FIELD(DEFLATE), DEFLATE BOTH_NO, 15, false},
    /* what breaks the grammar */
    {&plain, FIELD(DEFLATE ";"), BAD, 0, false},
    {&none, FIELD(DEFLATE "; ;"), BAD, 0, false},
    {&plain, FIELD(DEFLATE "; client_max_window_bits="), BAD, 0, false},
    {&plain, FIELD(DEFLATE "; client_max_window_bits=\"\""), BAD, 0, false},
    {&plain, FIELD(DEFLATE "; client_max_window_bits=\"9"), BAD, 0, false},
    {&plain, FIELD(DEFLATE "; x=\"a b\""), BAD, 0, false},
    {&plain, FIELD(DEFLATE "; x=\"a,b\""), BAD, 0, false},
    {&plain, FIELD(DEFLATE "; =9"), BAD, 0, false},
    {&plain, FIELD(DEFLATE "=1"), BAD, 0, false},
    {&plain, FIELD("; x"), BAD, 0, false},
    {&plain, FIELD(DEFLATE " x"), BAD, 0, false},
    {&plain, FIELD(DEFLATE ", (bad)"), BAD, 0, false},
};

TEST(offers_to_a_server)
{
    for (size_t i = 0; i < sizeof choices / sizeof *choices; i++) {
        struct ouro__http_head head;
        struct ouro__ws_terms terms = {.send_bits = 77};
        char value[OURO__WS_EXTENSION_BYTES] = "untouched";
        char *text = head_with(choices[i].fields, false, &head);
        int rc = ouro__ws_extension_choose(&head, choices[i].wish, &terms, value);
        if (strcmp(choices[i].value, BAD) == 0) {
            ck_assert_msg(rc == -OURO_EMALFORMED, "%s", choices[i].fields);
            ck_assert_str_eq(value, "untouched");
            ck_assert_int_eq(terms.send_bits, 77);
        } else {
            ck_assert_msg(rc == 0, "%s", choices[i].fields);
            ck_assert_str_eq(value, choices[i].value);
            ck_assert_int_eq(terms.send_bits, choices[i].send_bits);
            ck_assert_int_eq(terms.context, choices[i].context);
        }
        free(text);
    }
}

/* --- a client --------------------------------------------------------------------------------- */

TEST(what_a_client_offers)
{
    static const struct {
        const struct ouro__ws_wish *wish;
        const char *value;
    } rows[] = {
        {&none, ""},
        {&plain, DEFLATE SERVER_NO CLIENT_NO "; client_max_window_bits"},
        {&with_context, DEFLATE CLIENT_NO "; client_max_window_bits"},
        {&small, DEFLATE BOTH_NO "; client_max_window_bits; server_max_window_bits=10"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char value[OURO__WS_EXTENSION_BYTES];
        ouro__ws_extension_offer(rows[i].wish, value);
        ck_assert_str_eq(value, rows[i].value);
    }
}

static const struct {
    const struct ouro__ws_wish *wish;
    const char *fields;
    int rc, send_bits;
    bool context;
} answers[] = {
    {&plain, "", 0, 0, false},
    {&none, "", 0, 0, false},
    {&plain, FIELD(DEFLATE SERVER_NO), 0, 15, false},
    {&plain, FIELD(DEFLATE BOTH_NO), 0, 15, false},
    {&plain, FIELD(DEFLATE SERVER_NO "; client_max_window_bits=8"), 0, 8, false},
    {&plain, FIELD(DEFLATE SERVER_NO "; server_max_window_bits=12"), 0, 15, false},
    {&with_context, FIELD(DEFLATE), 0, 15, true},
    {&with_context, FIELD(DEFLATE SERVER_NO), 0, 15, false},
    {&small, FIELD(DEFLATE SERVER_NO "; server_max_window_bits=9"), 0, 10, false},
    /* what was not offered, or makes no sense */
    {&none, FIELD(DEFLATE), -OURO_EMALFORMED, 0, false},
    {&plain, FIELD(DEFLATE), -OURO_EMALFORMED, 0, false},
    {&plain, FIELD("foo"), -OURO_EMALFORMED, 0, false},
    {&plain, FIELD(DEFLATE SERVER_NO ", " DEFLATE SERVER_NO), -OURO_EMALFORMED, 0, false},
    {&plain, FIELD(DEFLATE SERVER_NO) FIELD("foo"), -OURO_EMALFORMED, 0, false},
    {&plain, FIELD(DEFLATE SERVER_NO "; client_max_window_bits"), -OURO_EMALFORMED, 0, false},
    {&plain, FIELD(DEFLATE SERVER_NO "; server_max_window_bits=16"), -OURO_EMALFORMED, 0, false},
    {&plain, FIELD(DEFLATE SERVER_NO "; mystery"), -OURO_EMALFORMED, 0, false},
    {&small, FIELD(DEFLATE SERVER_NO), -OURO_EMALFORMED, 0, false},
    {&small, FIELD(DEFLATE SERVER_NO "; server_max_window_bits=11"), -OURO_EMALFORMED, 0, false},
    {&plain, FIELD(DEFLATE SERVER_NO ";"), -OURO_EMALFORMED, 0, false},
};

TEST(answers_to_a_client)
{
    for (size_t i = 0; i < sizeof answers / sizeof *answers; i++) {
        struct ouro__http_head head;
        struct ouro__ws_terms terms = {0};
        char *text = head_with(answers[i].fields, true, &head);
        int rc = ouro__ws_extension_check(&head, answers[i].wish, &terms);
        ck_assert_msg(rc == answers[i].rc, "%s", answers[i].fields);
        ck_assert_int_eq(terms.send_bits, answers[i].send_bits);
        ck_assert_int_eq(terms.context, answers[i].context);
        free(text);
    }
}

/* Whatever both sides wish, the client takes what the server makes of its offer. */
TEST(both_sides_agree)
{
    for (int n = 0; n < 4 * 64; n++) {
        struct ouro__ws_wish client = {true, n & 1, (uint8_t)(8 + n / 4 % 8)};
        struct ouro__ws_wish server = {true, n & 2, (uint8_t)(8 + n / 32 % 8)};
        struct ouro__ws_terms ours, theirs;
        struct ouro__http_head head;
        char value[OURO__WS_EXTENSION_BYTES], fields[512];
        ouro__ws_extension_offer(&client, value);
        snprintf(fields, sizeof fields, FIELD("%s"), value);
        char *text = head_with(fields, false, &head);
        ck_assert_int_eq(ouro__ws_extension_choose(&head, &server, &theirs, value), 0);
        free(text);
        snprintf(fields, sizeof fields, FIELD("%s"), value);
        text = head_with(fields, true, &head);
        ck_assert_msg(ouro__ws_extension_check(&head, &client, &ours) == 0, "%s", value);
        free(text);
        uint8_t least =
            client.window_bits < server.window_bits ? client.window_bits : server.window_bits;
        ck_assert_uint_eq(ours.send_bits, least);
        ck_assert_uint_eq(theirs.send_bits, least);
        ck_assert(!ours.context && !theirs.context); /* neither side of ours has one */
    }
}
