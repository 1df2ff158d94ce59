/* SPDX-License-Identifier: MIT */
#include "drive.h"
#include "test.h"

#define R40  "rrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrr"
#define HOST "Host: a\r\n"

/* --- one head, however it is split ----------------------------------------------------------- */

static void try_split(enum drive_what what, const char *data, size_t len, int number,
                      struct ouro_buf *said)
{
    ouro_buf_clear(said);
    drive_http(what, data, len, split_number(number), said);
    ouro_buf_putc(said, '\0');
}

/* The transcript of all the splits, which is one and the same. The caller frees it. */
static char *say(enum drive_what what, const char *name, const char *data, size_t len)
{
    struct ouro_buf whole = {0}, split = {0};
    try_split(what, data, len, 0, &whole);
    for (int number = 1; number < 12; number++) {
        try_split(what, data, len, number, &split);
        ck_assert_msg(same_transcript(&whole, &split), "%s, split %d:\n%s\ninstead of\n%s", name,
                      number, split.data, whole.data);
    }
    ouro_buf_done(&split);
    return whole.data;
}

static void contains(enum drive_what what, const char *data, size_t len, const char *want)
{
    char *said = say(what, data, data, len);
    ck_assert_msg(strstr(said, want) != NULL, "'%s' says\n%s\nwithout '%s'", data, said, want);
    free(said);
}

/* --- requests that are understood ------------------------------------------------------------ */

/* The request, and what its transcript must contain. */
static const struct {
    const char *in, *said;
} understood[] = {
    /* first lines */
    {"GET / HTTP/1.1\r\n" HOST "\r\n",
     "GET form=0 expect=0 target=/ path=/ query=- host=a minor=1 body=0/0 keep=1 upgrade=0\n"
     " name=Host value=a\nhead_bytes=27\n"},
    {"\r\nGET / HTTP/1.1\r\n" HOST "\r\n", "head_bytes=29\n"},
    {"GET / HTTP/1.1\r\n" HOST "\r\nGET /next", "head_bytes=27\n"},
    {"GET /a/b?c=d&e HTTP/1.1\r\n" HOST "\r\n", "target=/a/b?c=d&e path=/a/b query=c=d&e host=a"},
    {"GET /? HTTP/1.1\r\n" HOST "\r\n", "path=/ query= host"},
    {"GET /a?b?c HTTP/1.1\r\n" HOST "\r\n", "path=/a query=b?c host"},
    {"GET //a HTTP/1.1\r\n" HOST "\r\n", "path=//a query=-"},
    {"GET /%2e%2E/%00 HTTP/1.1\r\n" HOST "\r\n", "path=/%2e%2E/%00 "},
    {"GET /a[]{}|^`~!$&'()*+,;=:@ HTTP/1.1\r\n" HOST "\r\n", "path=/a[]{}|^`~!$&'()*+,;=:@ "},
    {"GET http://b HTTP/1.1\r\n" HOST "\r\n",
     "GET form=1 expect=0 target=http://b path=/ query=- host=b"},
    {"GET HTTPS://b:81/c?d HTTP/1.1\r\n" HOST "\r\n", "path=/c query=d host=b:81"},
    {"GET http://b?d HTTP/1.1\r\n" HOST "\r\n", "path=/ query=d host=b "},
    {"GET http://[::1]:8/ HTTP/1.1\r\n" HOST "\r\n", "path=/ query=- host=[::1]:8"},
    {"OPTIONS * HTTP/1.1\r\n" HOST "\r\n",
     "OPTIONS form=3 expect=0 target=* path=* query=- host=a"},
    {"OPTIONS /a HTTP/1.1\r\n" HOST "\r\n", "OPTIONS form=0"},
    {"CONNECT b:443 HTTP/1.1\r\n" HOST "\r\n",
     "CONNECT form=2 expect=0 target=b:443 path=- query=- host=b:443"},
    {"CONNECT [::1]:443 HTTP/1.1\r\n" HOST "\r\n", "host=[::1]:443"},
    {"HEAD / HTTP/1.1\r\n" HOST "\r\n", "HEAD "},
    {"POST / HTTP/1.1\r\n" HOST "\r\n", "POST "},
    {"PUT / HTTP/1.1\r\n" HOST "\r\n", "PUT "},
    {"DELETE / HTTP/1.1\r\n" HOST "\r\n", "DELETE "},
    {"PATCH / HTTP/1.1\r\n" HOST "\r\n", "PATCH "},
    {"TRACE / HTTP/1.1\r\n" HOST "\r\n", "TRACE "},
    /* versions and hosts */
    {"GET / HTTP/1.0\r\n\r\n", "host= minor=0 body=0/0 keep=0"},
    {"GET / HTTP/1.0\r\n" HOST "\r\n", "host=a minor=0"},
    {"GET / HTTP/1.2\r\n" HOST "\r\n", "minor=1"},
    {"GET / HTTP/1.1\r\nhOST: Ex-ample_1.org:65535\r\n\r\n", "host=Ex-ample_1.org:65535"},
    {"GET / HTTP/1.1\r\nHost: a:\r\n\r\n", "host=a: "},
    {"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", "host=127.0.0.1"},
    {"GET / HTTP/1.1\r\nHost: [2001:db8::7]\r\n\r\n", "host=[2001:db8::7]"},
    /* fields */
    {"GET / HTTP/1.1\r\n" HOST "A:b\r\n\r\n", " name=A value=b\n"},
    {"GET / HTTP/1.1\r\n" HOST "A: \t b c\t \r\n\r\n", " name=A value=b c\n"},
    {"GET / HTTP/1.1\r\n" HOST "A:\r\n\r\n", " name=A value=\n"},
    {"GET / HTTP/1.1\r\n" HOST "A:  \r\n\r\n", " name=A value=\n"},
    {"GET / HTTP/1.1\r\n" HOST "A: b: c\r\n\r\n", " name=A value=b: c\n"},
    {"GET / HTTP/1.1\r\n" HOST "A: \xc3\xa9\xff\r\n\r\n", " name=A value=\xc3\xa9\xff\n"},
    {"GET / HTTP/1.1\r\n" HOST "a!#$%&'*+-.^_`|~1: b\r\n\r\n", " name=a!#$%&'*+-.^_`|~1 value=b\n"},
    /* bodies */
    {"POST / HTTP/1.1\r\n" HOST "Content-Length: 5\r\n\r\nhello", "body=1/5"},
    {"POST / HTTP/1.1\r\n" HOST "content-LENGTH: 0\r\n\r\n", "body=0/0"},
    {"POST / HTTP/1.1\r\n" HOST "Content-Length: 0005\r\n\r\n", "body=1/5"},
    {"POST / HTTP/1.1\r\n" HOST "Content-Length: 18446744073709551615\r\n\r\n",
     "body=1/18446744073709551615"},
    {"POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n", "body=2/0"},
    {"POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: , Chunked ,\r\n\r\n", "body=2/0"},
    {"POST / HTTP/1.0\r\nContent-Length: 5\r\n\r\n", "body=1/5"},
    /* the connection */
    {"GET / HTTP/1.1\r\n" HOST "Connection: close\r\n\r\n", "keep=0"},
    {"GET / HTTP/1.1\r\n" HOST "Connection: Close, x\r\n\r\n", "keep=0"},
    {"GET / HTTP/1.1\r\n" HOST "Connection: x\r\nConnection: close\r\n\r\n", "keep=0"},
    {"GET / HTTP/1.1\r\n" HOST "Connection: closed\r\n\r\n", "keep=1"},
    {"GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", "keep=1"},
    {"GET / HTTP/1.0\r\nConnection: keep-alive, close\r\n\r\n", "keep=0"},
    {"GET / HTTP/1.1\r\n" HOST "Connection: keep-alive, Upgrade\r\nUpgrade: x\r\n\r\n",
     "upgrade=1"},
    {"GET / HTTP/1.1\r\n" HOST "Connection: keep-alive\r\nUpgrade: x\r\n\r\n", "upgrade=0"},
    {"GET / HTTP/1.1\r\n" HOST "Connection: Upgrade\r\n\r\n", "upgrade=0"},
    {"GET / HTTP/1.0\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n", "upgrade=0"},
    /* expectations */
    {"POST / HTTP/1.1\r\n" HOST "Content-Length: 5\r\nExpect: 100-Continue\r\n\r\n", "expect=1"},
    {"POST / HTTP/1.1\r\n" HOST "Expect: 100-continue\r\n\r\n", "expect=0"},
    {"POST / HTTP/1.0\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n", "expect=0"},
    {"POST / HTTP/1.0\r\nContent-Length: 5\r\nExpect: magic\r\n\r\n", "expect=0"},
    /* not whole */
    {"", "head_bytes=0\n"},
    {"\r\n", "head_bytes=0\n"},
    {"GET / HTT", "head_bytes=0\n"},
    {"GET / HTTP/1.1\r\n" HOST "\r", "head_bytes=0\n"},
    {"nonsense that has not ended", "head_bytes=0\n"},
};

TEST(http_requests_understood)
{
    for (size_t i = 0; i < sizeof understood / sizeof *understood; i++)
        contains(DRIVE_REQUEST, understood[i].in, strlen(understood[i].in), understood[i].said);
}

/* --- requests that are refused --------------------------------------------------------------- */

static const struct {
    const char *in, *said;
} refused[] = {
    /* line ends and control characters: refused at once, without waiting for the end */
    {"GET / HTTP/1.1\n", "refused 400 LF without CR\n"},
    {"\nGET / HTTP/1.1\r\n", "refused 400 LF without CR\n"},
    {"GET / HTTP/1.1\r\nHost: a\n", "refused 400 LF without CR\n"},
    {"GET / HTTP/1.1\rH", "refused 400 CR without LF\n"},
    {"GET / HTTP/1.1\r\nA: b\rc", "refused 400 CR without LF\n"},
    {"GET / HTTP/1.1\r\n" HOST "\r\r", "refused 400 CR without LF\n"},
    {"\r\r\n", "refused 400 CR without LF\n"},
    {"GET /\x01", "refused 400 control character in the head\n"},
    {"GET / HTTP/1.1\r\nA: b\x7f", "refused 400 control character in the head\n"},
    {"GET / HTTP/1.1\r\nA: b\x0b"
     "c",
     "refused 400 control character in the head\n"},
    {"\x16\x03\x01", "refused 400 control character in the head\n"}, /* TLS on a plain port */
    {"\r\n\r\n", "refused 400 empty line where"},
    /* first lines */
    {" GET / HTTP/1.1\r\n" HOST "\r\n", "refused 400 invalid method"},
    {"G@T / HTTP/1.1\r\n" HOST "\r\n", "refused 400 invalid method"},
    {"GET\t/ HTTP/1.1\r\n" HOST "\r\n", "refused 400 invalid method"},
    {"BREW / HTTP/1.1\r\n" HOST "\r\n", "refused 501 unknown method"},
    {"get / HTTP/1.1\r\n" HOST "\r\n", "refused 501 unknown method"},
    {"GET  / HTTP/1.1\r\n" HOST "\r\n", "refused 400 invalid HTTP version"},
    {"GET /  HTTP/1.1\r\n" HOST "\r\n", "refused 400 invalid HTTP version"},
    {"GET / HTTP/1.1 \r\n" HOST "\r\n", "refused 400 invalid HTTP version"},
    {"GET /a b HTTP/1.1\r\n" HOST "\r\n", "refused 400 invalid HTTP version"},
    {"GET /\r\n" HOST "\r\n", "refused 400 invalid HTTP version"},
    {"GET\r\n" HOST "\r\n", "refused 400 invalid HTTP version"},
    {"GET / HTTP/11\r\n" HOST "\r\n", "refused 400 invalid HTTP version"},
    {"GET / HTTP/1.10\r\n" HOST "\r\n", "refused 400 invalid HTTP version"},
    {"GET / http/1.1\r\n" HOST "\r\n", "refused 400 invalid HTTP version"},
    {"GET / HTTP/a.1\r\n" HOST "\r\n", "refused 400 invalid HTTP version"},
    {"GET / HTTP/2.0\r\n" HOST "\r\n", "refused 505 only HTTP/1.x"},
    {"GET / HTTP/0.9\r\n" HOST "\r\n", "refused 505 only HTTP/1.x"},
    {"PRI * HTTP/2.0\r\n\r\n", "refused 505 only HTTP/1.x"},
    /* targets */
    {"GET  HTTP/1.1\r\n" HOST "\r\n", "refused 400 invalid request target"},
    {"GET a HTTP/1.1\r\n" HOST "\r\n", "refused 400 invalid request target"},
    {"GET /a#b HTTP/1.1\r\n" HOST "\r\n", "refused 400 invalid request target"},
    {"GET /a\\b HTTP/1.1\r\n" HOST "\r\n", "refused 400 invalid request target"},
    {"GET /\"a\" HTTP/1.1\r\n" HOST "\r\n", "refused 400 invalid request target"},
    {"GET /a?<b> HTTP/1.1\r\n" HOST "\r\n", "refused 400 invalid request target"},
    {"GET /\xc3\xa9 HTTP/1.1\r\n" HOST "\r\n", "refused 400 invalid request target"},
    {"GET /\t HTTP/1.1\r\n" HOST "\r\n", "refused 400 invalid request target"},
    {"GET /% HTTP/1.1\r\n" HOST "\r\n", "refused 400 invalid request target"},
    {"GET /%2 HTTP/1.1\r\n" HOST "\r\n", "refused 400 invalid request target"},
    {"GET /%2g HTTP/1.1\r\n" HOST "\r\n", "refused 400 invalid request target"},
    {"GET /?%zz HTTP/1.1\r\n" HOST "\r\n", "refused 400 invalid request target"},
    {"GET * HTTP/1.1\r\n" HOST "\r\n", "refused 400 invalid request target"},
    {"OPTIONS ** HTTP/1.1\r\n" HOST "\r\n", "refused 400 invalid request target"},
    {"GET ftp://a/ HTTP/1.1\r\n" HOST "\r\n", "refused 400 invalid request target"},
    {"GET http:/a HTTP/1.1\r\n" HOST "\r\n", "refused 400 invalid request target"},
    {"GET http: HTTP/1.1\r\n" HOST "\r\n", "refused 400 invalid request target"},
    {"GET http:///a HTTP/1.1\r\n" HOST "\r\n", "refused 400 invalid request target"},
    {"GET http://u@a/ HTTP/1.1\r\n" HOST "\r\n", "refused 400 invalid request target"},
    {"GET http://a:b/ HTTP/1.1\r\n" HOST "\r\n", "refused 400 invalid request target"},
    {"GET http://a#b HTTP/1.1\r\n" HOST "\r\n", "refused 400 invalid request target"},
    {"GET a:80 HTTP/1.1\r\n" HOST "\r\n", "refused 400 invalid request target"},
    {"CONNECT / HTTP/1.1\r\n" HOST "\r\n", "refused 400 invalid request target"},
    {"CONNECT a HTTP/1.1\r\n" HOST "\r\n", "refused 400 invalid request target"},
    {"CONNECT a1 HTTP/1.1\r\n" HOST "\r\n", "refused 400 invalid request target"},
    {"CONNECT a: HTTP/1.1\r\n" HOST "\r\n", "refused 400 invalid request target"},
    {"CONNECT [::1] HTTP/1.1\r\n" HOST "\r\n", "refused 400 invalid request target"},
    {"CONNECT :80 HTTP/1.1\r\n" HOST "\r\n", "refused 400 invalid request target"},
    {"CONNECT http://a:80 HTTP/1.1\r\n" HOST "\r\n", "refused 400 invalid request target"},
    /* fields */
    {"GET / HTTP/1.1\r\n" HOST "A : b\r\n\r\n", "refused 400 invalid header line"},
    {"GET / HTTP/1.1\r\n" HOST "A\t: b\r\n\r\n", "refused 400 invalid header line"},
    {"GET / HTTP/1.1\r\n" HOST "A b: c\r\n\r\n", "refused 400 invalid header line"},
    {"GET / HTTP/1.1\r\n" HOST "(A): c\r\n\r\n", "refused 400 invalid header line"},
    {"GET / HTTP/1.1\r\n" HOST "\xc3\xa9: c\r\n\r\n", "refused 400 invalid header line"},
    {"GET / HTTP/1.1\r\n" HOST ": b\r\n\r\n", "refused 400 invalid header line"},
    {"GET / HTTP/1.1\r\n" HOST "abc\r\n\r\n", "refused 400 invalid header line"},
    {"GET / HTTP/1.1\r\n" HOST " folded\r\n\r\n", "refused 400 folded header line"},
    {"GET / HTTP/1.1\r\n" HOST "\tfolded: too\r\n\r\n", "refused 400 folded header line"},
    {"GET / HTTP/1.1\r\n Host: a\r\n\r\n", "refused 400 folded header line"},
    {"GET / HTTP/1.1\r\n" HOST " \r\n\r\n", "refused 400 folded header line"},
    /* hosts */
    {"GET / HTTP/1.1\r\n\r\n", "refused 400 HTTP/1.1 without Host"},
    {"GET http://a/ HTTP/1.1\r\n\r\n", "refused 400 HTTP/1.1 without Host"},
    {"GET / HTTP/1.1\r\n" HOST HOST "\r\n", "refused 400 more than one Host"},
    {"GET / HTTP/1.0\r\n" HOST "host: b\r\n\r\n", "refused 400 more than one Host"},
    {"GET / HTTP/1.1\r\nHost:\r\n\r\n", "refused 400 invalid Host"},
    {"GET / HTTP/1.1\r\nHost: a b\r\n\r\n", "refused 400 invalid Host"},
    {"GET / HTTP/1.1\r\nHost: a, b\r\n\r\n", "refused 400 invalid Host"},
    {"GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", "refused 400 invalid Host"},
    {"GET / HTTP/1.1\r\nHost: u@a\r\n\r\n", "refused 400 invalid Host"},
    {"GET / HTTP/1.1\r\nHost: :80\r\n\r\n", "refused 400 invalid Host"},
    {"GET / HTTP/1.1\r\nHost: a:b\r\n\r\n", "refused 400 invalid Host"},
    {"GET / HTTP/1.1\r\nHost: a:65536\r\n\r\n", "refused 400 invalid Host"},
    {"GET / HTTP/1.1\r\nHost: a:1:2\r\n\r\n", "refused 400 invalid Host"},
    {"GET / HTTP/1.1\r\nHost: a:99999999999999999999999\r\n\r\n", "refused 400 invalid Host"},
    {"GET / HTTP/1.1\r\nHost: ::1\r\n\r\n", "refused 400 invalid Host"},
    {"GET / HTTP/1.1\r\nHost: [::1\r\n\r\n", "refused 400 invalid Host"},
    {"GET / HTTP/1.1\r\nHost: []\r\n\r\n", "refused 400 invalid Host"},
    {"GET / HTTP/1.1\r\nHost: [::g]\r\n\r\n", "refused 400 invalid Host"},
    {"GET / HTTP/1.1\r\nHost: [::1]x\r\n\r\n", "refused 400 invalid Host"},
    {"GET / HTTP/1.1\r\nHost: [" R40 R40 "]\r\n\r\n", "refused 400 invalid Host"},
    /* bodies */
    {"POST / HTTP/1.1\r\n" HOST "Content-Length: 5\r\nContent-Length: 5\r\n\r\n",
     "refused 400 more than one Content-Length"},
    {"POST / HTTP/1.1\r\n" HOST "Content-Length: 5\r\nContent-Length: 6\r\n\r\n",
     "refused 400 more than one Content-Length"},
    {"POST / HTTP/1.1\r\n" HOST "Content-Length: 5, 5\r\n\r\n",
     "refused 400 invalid Content-Length"},
    {"POST / HTTP/1.1\r\n" HOST "Content-Length:\r\n\r\n", "refused 400 invalid Content-Length"},
    {"POST / HTTP/1.1\r\n" HOST "Content-Length: -1\r\n\r\n", "refused 400 invalid Content-Length"},
    {"POST / HTTP/1.1\r\n" HOST "Content-Length: +1\r\n\r\n", "refused 400 invalid Content-Length"},
    {"POST / HTTP/1.1\r\n" HOST "Content-Length: 0x5\r\n\r\n",
     "refused 400 invalid Content-Length"},
    {"POST / HTTP/1.1\r\n" HOST "Content-Length: 5 5\r\n\r\n",
     "refused 400 invalid Content-Length"},
    {"POST / HTTP/1.1\r\n" HOST "Content-Length: 18446744073709551616\r\n\r\n", "refused 413 "},
    {"POST / HTTP/1.1\r\n" HOST "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n",
     "refused 400 both"},
    {"POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\nContent-Length: 0\r\n\r\n",
     "refused 400 both"},
    {"POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n",
     "refused 400 Transfer-Encoding in HTTP/1.0"},
    {"POST / HTTP/1.1\r\n" HOST "Transfer-Encoding:\r\n\r\n",
     "refused 400 Transfer-Encoding must end"},
    {"POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: identity\r\n\r\n",
     "refused 400 Transfer-Encoding must end"},
    {"POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: xchunked\r\n\r\n",
     "refused 400 Transfer-Encoding must end"},
    {"POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: \"chunked\"\r\n\r\n",
     "refused 400 Transfer-Encoding must end"},
    {"POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked;a=b\r\n\r\n",
     "refused 400 Transfer-Encoding must end"},
    {"POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked, gzip\r\n\r\n",
     "refused 400 Transfer-Encoding must end"},
    {"POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked, chunked\r\n\r\n",
     "refused 400 Transfer-Encoding must end"},
    {"POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n",
     "refused 400 Transfer-Encoding must end"},
    {"POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: gzip, chunked\r\n\r\n", "refused 501 "},
    {"POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n",
     "refused 501 "},
    /* expectations */
    {"POST / HTTP/1.1\r\n" HOST "Content-Length: 5\r\nExpect: magic\r\n\r\n", "refused 417 "},
    {"POST / HTTP/1.1\r\n" HOST "Expect: 100-continue, magic\r\n\r\n", "refused 417 "},
};

TEST(http_requests_refused)
{
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++)
        contains(DRIVE_REQUEST, refused[i].in, strlen(refused[i].in), refused[i].said);
}

TEST(http_nul_is_refused)
{
    static const char in_target[] = "GET /\0", in_value[] = "GET / HTTP/1.1\r\nA: \0";
    contains(DRIVE_REQUEST, in_target, sizeof in_target - 1, "refused 400 control character");
    contains(DRIVE_REQUEST, in_value, sizeof in_value - 1, "refused 400 control character");
}

/* --- limits ---------------------------------------------------------------------------------- */

static void put_many(struct ouro_buf *out, char c, size_t count)
{
    memset(ouro_buf_reserve(out, count), c, count);
    out->len += count;
}

/* A buffer's head in two splits only: byte by byte would copy it ten thousand times. */
static void big_contains(struct ouro_buf *in, const char *want)
{
    for (int number = 0; number < 4; number += number ? 1 : 2) {
        struct ouro_buf said = {0};
        try_split(DRIVE_REQUEST, in->data, in->len, number, &said);
        ck_assert_msg(strstr(said.data, want) != NULL, "split %d: %s", number, said.data);
        ouro_buf_done(&said);
    }
    ouro_buf_done(in);
    *in = (struct ouro_buf){0};
}

TEST(http_length_of_the_first_line)
{
    static const char around[] = "GET / HTTP/1.1\r\n";
    for (size_t more = 0; more < 2; more++) {
        struct ouro_buf in = {0};
        ouro_buf_puts(&in, "GET /");
        put_many(&in, 'a', OURO__HTTP_LINE_BYTES_MAX - strlen(around) + more);
        ouro_buf_puts(&in, " HTTP/1.1\r\n" HOST "\r\n");
        big_contains(&in, more ? "refused 414 request line too long" : "head_bytes=8203\n");
    }
}

TEST(http_length_of_a_header_line)
{
    for (size_t more = 0; more < 2; more++) {
        struct ouro_buf in = {0};
        ouro_buf_puts(&in, "GET / HTTP/1.1\r\n" HOST "A:");
        put_many(&in, 'a', OURO__HTTP_LINE_BYTES_MAX - strlen("A:\r\n") + more);
        ouro_buf_puts(&in, "\r\n\r\n");
        big_contains(&in, more ? "refused 431 header line too long" : "head_bytes=8219\n");
    }
}

TEST(http_length_of_the_head)
{
    for (size_t more = 0; more < 2; more++) {
        struct ouro_buf in = {0};
        ouro_buf_puts(&in, "GET / HTTP/1.1\r\n" HOST "A:");
        put_many(&in, 'a', 8000);
        ouro_buf_puts(&in, "\r\nB:");
        put_many(&in, 'b', 8000);
        ouro_buf_puts(&in, "\r\nC:");
        put_many(&in, 'c', OURO__HTTP_HEAD_BYTES_MAX - in.len - strlen("\r\n\r\n") + more);
        ouro_buf_puts(&in, "\r\n\r\n");
        big_contains(&in, more ? "refused 431 headers too long" : "head_bytes=16384\n");
    }
}

TEST(http_number_of_headers)
{
    for (int more = 0; more < 2; more++) {
        struct ouro_buf in = {0};
        ouro_buf_puts(&in, "GET / HTTP/1.1\r\n" HOST);
        for (int i = 1; i < OURO__HTTP_HEADERS_MAX + more; i++)
            ouro_buf_printf(&in, "A%d: b\r\n", i);
        ouro_buf_puts(&in, "\r\n");
        big_contains(&in, more ? "refused 431 too many headers" : " name=A63 value=b\n");
    }
}

/* Nothing is looked at twice: what has been scanned may change without being noticed. */
TEST(http_bytes_are_scanned_once)
{
    char data[] = "GET / HTTP/1.1\r\n" HOST "A: bcdefgh";
    struct ouro__http_parser parser = {0};
    struct ouro__http_request req;
    ck_assert_int_eq(ouro__http_parse_request(&parser, data, sizeof data - 1, &req), 0);
    ck_assert_uint_eq(parser.scanned, sizeof data - 1);
    memset(data, 1, sizeof data - 2);
    ck_assert_int_eq(ouro__http_parse_request(&parser, data, sizeof data - 1, &req), 0);
}

TEST(http_a_refusal_stays)
{
    struct ouro__http_parser parser = {0};
    struct ouro__http_request req;
    for (int i = 0; i < 3; i++)
        ck_assert_int_eq(ouro__http_parse_request(&parser, "\n", 1, &req), -OURO_EMALFORMED);
    ck_assert_int_eq(parser.refusal->status, 400);
}

/* --- looking into a head --------------------------------------------------------------------- */

static struct ouro__http_request parsed(const char *data)
{
    struct ouro__http_parser parser = {0};
    struct ouro__http_request req;
    ck_assert_int_gt(ouro__http_parse_request(&parser, data, strlen(data), &req), 0);
    return req;
}

TEST(http_header_by_name)
{
    struct ouro__http_request req = parsed("GET / HTTP/1.1\r\n" HOST "Aa: 1\r\naA: 2\r\n\r\n");
    struct ouro__slice value = {0};
    ck_assert_int_eq(ouro__http_header(&req.head, "AA", &value), 2);
    ck_assert(ouro__slice_same(value, "1"));
    ck_assert_int_eq(ouro__http_header(&req.head, "A", &value), 0);
    ck_assert(ouro__slice_same(value, "1"));
}

TEST(http_list_over_several_lines)
{
    struct ouro__http_request req =
        parsed("GET / HTTP/1.1\r\n" HOST "List: a,b , c\r\nX: x\r\nLIST:\r\nlist: ,,d e,\r\n\r\n");
    static const char *const want[] = {"a", "b", "c", "d e"};
    struct ouro__http_list list = {.head = &req.head, .name = "list"};
    struct ouro__slice element;
    for (size_t i = 0; i < 4; i++) {
        ck_assert(ouro__http_list_next(&list, &element));
        ck_assert(ouro__slice_same(element, want[i]));
    }
    ck_assert(!ouro__http_list_next(&list, &element));
    ck_assert(ouro__http_has_token(&req.head, "List", "C"));
    ck_assert(!ouro__http_has_token(&req.head, "List", "d"));
}

/* --- responses ------------------------------------------------------------------------------- */

static const struct {
    const char *in, *said;
} responses[] = {
    {"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc", "200 reason=OK minor=1 body=1/3 keep=1"},
    {"HTTP/1.1 200 \r\nContent-Length: 0\r\n\r\n", "200 reason= minor=1 body=0/0 keep=1"},
    {"HTTP/1.1 404 Not  Found \xff\r\nTransfer-Encoding: chunked\r\n\r\n",
     "404 reason=Not  Found \xff minor=1 body=2/0"},
    {"HTTP/1.1 200 OK\r\n\r\n", "body=3/0 keep=0"},
    {"HTTP/1.1 204 No Content\r\n\r\n", "body=0/0 keep=1"},
    {"HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n", "body=0/0 keep=1"},
    {"HTTP/1.1 101 Go\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n",
     "101 reason=Go minor=1 body=0/0 keep=1 upgrade=1"},
    {"HTTP/1.0 200 OK\r\nContent-Length: 3\r\n\r\n", "minor=0 body=1/3 keep=0"},
    {"HTTP/1.1 200\r\n\r\n", "refused 502 invalid status line"},
    {"HTTP/1.1 20 OK\r\n\r\n", "refused 502 invalid status line"},
    {"HTTP/1.1 2000 OK\r\n\r\n", "refused 502 invalid status line"},
    {"HTTP/1.1 099 OK\r\n\r\n", "refused 502 invalid status line"},
    {"HTTP/1.1 600 OK\r\n\r\n", "refused 502 invalid status line"},
    {"HTTP/1.1  200 OK\r\n\r\n", "refused 502 invalid status line"},
    {"HTTP/1.1 2x0 OK\r\n\r\n", "refused 502 invalid status line"},
    {"HTTP/3.0 200 OK\r\n\r\n", "refused 505 "},
    {"ICY 200 OK\r\n\r\n", "refused 400 invalid HTTP version"},
    {"HTTP/1.1 200 OK\nContent-Length: 3\r\n\r\n", "refused 400 LF without CR"},
    {"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 3\r\n\r\n",
     "refused 400 more than one"},
};

TEST(http_responses)
{
    for (size_t i = 0; i < sizeof responses / sizeof *responses; i++)
        contains(DRIVE_RESPONSE, responses[i].in, strlen(responses[i].in), responses[i].said);
}

TEST(http_response_body_depends_on_the_request)
{
    static const char text[] = "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n";
    static const struct {
        enum ouro__http_method method;
        enum ouro__http_body body;
    } by_method[] = {
        {OURO__HTTP_GET, OURO__HTTP_BODY_LENGTH},
        {OURO__HTTP_POST, OURO__HTTP_BODY_LENGTH},
        {OURO__HTTP_HEAD, OURO__HTTP_BODY_NONE},
        {OURO__HTTP_CONNECT, OURO__HTTP_BODY_NONE},
    };
    for (size_t i = 0; i < sizeof by_method / sizeof *by_method; i++) {
        struct ouro__http_parser parser = {0};
        struct ouro__http_response res;
        ck_assert_int_gt(
            ouro__http_parse_response(&parser, text, sizeof text - 1, by_method[i].method, &res),
            0);
        ck_assert_int_eq(res.head.body, by_method[i].body);
    }
}
