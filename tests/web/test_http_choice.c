/* SPDX-License-Identifier: MIT */
/* The pure parts below files and routes: dates, paths, conditions, ranges, encodings. */
#include "drive.h"
#include "test.h"

#include "web/http_choice.h"
#include "web/http_date.h"
#include "web/http_path.h"

#include <time.h>

static struct ouro__slice slice(const char *text)
{
    return (struct ouro__slice){text, strlen(text)};
}

/* --- dates ------------------------------------------------------------------------------------ */

#define NOW INT64_C(1767225600) /* 2026 */

TEST(the_dates_of_the_rfc_are_one)
{
    static const char *const texts[] = {
        "Sun, 06 Nov 1994 08:49:37 GMT",
        "Sunday, 06-Nov-94 08:49:37 GMT",
        "Sun Nov  6 08:49:37 1994",
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        int64_t seconds;
        ck_assert_int_eq(ouro__http_date_parse(slice(texts[i]), NOW, &seconds), 0);
        ck_assert_int_eq(seconds, 784111777);
    }
    char text[OURO__HTTP_DATE_BYTES];
    ouro__http_date_print(784111777, text);
    ck_assert_str_eq(text, texts[0]);
}

TEST(what_is_no_date_is_refused)
{
    static const char *const texts[] = {
        "",
        "0",
        "Sun, 06 Nov 1994 08:49:37",
        "Sun, 06 Nov 1994 08:49:37 UTC",
        "Sun, 06 Nov 1994 08:49:37 GMT ",
        " Sun, 06 Nov 1994 08:49:37 GMT",
        "Sun, 6 Nov 1994 08:49:37 GMT",
        "Sun, 06 Noy 1994 08:49:37 GMT",
        "Sun, 06 nov 1994 08:49:37 GMT",
        "S1n, 06 Nov 1994 08:49:37 GMT",
        "Sun, 00 Nov 1994 08:49:37 GMT",
        "Sun, 31 Nov 1994 08:49:37 GMT",
        "Sun, 29 Feb 2023 08:49:37 GMT",
        "Sun, 29 Feb 1900 08:49:37 GMT",
        "Sun, 06 Nov 1994 24:00:00 GMT",
        "Sun, 06 Nov 1994 08:60:37 GMT",
        "Sun, 06 Nov 1994 08:49:61 GMT",
        "Sun, 06 Nov 1994 0x:49:37 GMT",
        "Sun, DD Nov 1994 08:49:37 GMT",
        "Sun, 06 Nov  994 08:49:37 GMT",
        "Sun, 06 Nov 0000 08:49:37 GMT",
        "Sunday, 06-Nov-1994 08:49:37 GMT",
        "Sun Nov 06 08:49:37 1994 ",
        "Sun Nov   08:49:37 1994",
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        int64_t seconds;
        ck_assert_msg(ouro__http_date_parse(slice(texts[i]), NOW, &seconds) == -OURO_EMALFORMED,
                      "'%s' was taken", texts[i]);
    }
}

TEST(two_digits_of_a_year_are_at_most_fifty_years_ahead)
{
    static const struct {
        const char *digits;
        int year;
    } rows[] = {{"00", 2000}, {"26", 2026}, {"76", 2076}, {"77", 1977}, {"99", 1999}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char text[64];
        int64_t seconds;
        snprintf(text, sizeof text, "Friday, 01-Jan-%s 00:00:00 GMT", rows[i].digits);
        ck_assert_int_eq(ouro__http_date_parse(slice(text), NOW, &seconds), 0);
        time_t time = (time_t)seconds;
        ck_assert_int_eq(gmtime(&time)->tm_year + 1900, rows[i].year);
    }
}

/* The C library as a second opinion, over all of the years that can be written. */
TEST(dates_are_those_of_the_c_library)
{
    struct ouro_rng rng;
    ouro_rng_seed(&rng, 1);
    for (int i = 0; i < 20000; i++) {
        time_t time = (time_t)(ouro_rng_next(&rng) % UINT64_C(253402300800));
        char text[OURO__HTTP_DATE_BYTES], theirs[64];
        int64_t seconds;
        ouro__http_date_print(time, text);
        strftime(theirs, sizeof theirs, "%a, %d %b %Y %H:%M:%S GMT", gmtime(&time));
        ck_assert_str_eq(text, theirs);
        ck_assert_int_eq(ouro__http_date_parse(slice(text), NOW, &seconds), 0);
        ck_assert_int_eq(seconds, time);
        strftime(theirs, sizeof theirs, "%a %b %e %H:%M:%S %Y", gmtime(&time));
        ck_assert_int_eq(ouro__http_date_parse(slice(theirs), NOW, &seconds), 0);
        ck_assert_int_eq(seconds, time);
    }
}

TEST(what_can_not_be_written_becomes_the_nearest)
{
    char text[OURO__HTTP_DATE_BYTES], log[OURO__LOG_DATE_BYTES];
    ouro__http_date_print(-1, text);
    ck_assert_str_eq(text, "Thu, 01 Jan 1970 00:00:00 GMT");
    ouro__http_date_print(INT64_MAX, text);
    ck_assert_str_eq(text, "Fri, 31 Dec 9999 23:59:59 GMT");
    ouro__log_date_print(OURO_SEC(784111777) + OURO_MS(250), log);
    ck_assert_str_eq(log, "1994-11-06T08:49:37.250Z");
}

/* --- paths ------------------------------------------------------------------------------------ */

/* What becomes of a path: the file's name, or why it has none. */
static const struct {
    const char *path, *name;
    int rc;
} paths[] = {
    {"/", "index.html", 0},
    {"/a", "a", 0},
    {"/a/", "a/index.html", 0},
    {"/a/b.js", "a/b.js", 0},
    {"/%61%2Ejs", "a.js", 0},
    {"/a%20b", "a b", 0},
    {"/%C3%A4", "\xc3\xa4", 0},
    {"/a+b", "a+b", 0},
    {"/a..b", "a..b", 0},
    {"/.well-known/x", ".well-known/x", 0},
    {"/%252e%252e/x", "%2e%2e/x", 0}, /* decoded once */
    {"/%252fetc", "%2fetc", 0},
    {"", NULL, -ENOENT},
    {"a", NULL, -ENOENT},
    {"*", NULL, -ENOENT},
    {"//", NULL, -ENOENT},
    {"//etc/passwd", NULL, -ENOENT},
    {"/a//b", NULL, -ENOENT},
    {"/.", NULL, -ENOENT},
    {"/..", NULL, -ENOENT},
    {"/../etc/passwd", NULL, -ENOENT},
    {"/a/../../etc/passwd", NULL, -ENOENT},
    {"/%2e%2e/etc/passwd", NULL, -ENOENT},
    {"/%2E%2E/etc/passwd", NULL, -ENOENT},
    {"/.%2e/etc/passwd", NULL, -ENOENT},
    {"/a%2f..%2f..%2fetc", NULL, -ENOENT},
    {"/a%2fb", NULL, -ENOENT},
    {"/%2fetc/passwd", NULL, -ENOENT},
    {"/..%5c..%5cetc", NULL, -ENOENT},
    {"/a%5cb", NULL, -ENOENT},
    {"/.git/config", NULL, -ENOENT},
    {"/a/.env", NULL, -ENOENT},
    {"/.well-known2", NULL, -ENOENT},
    {"/a%00.js", NULL, -OURO_EMALFORMED},
    {"/%00", NULL, -OURO_EMALFORMED},
    {"/a%0ab", NULL, -OURO_EMALFORMED},
    {"/a%7fb", NULL, -OURO_EMALFORMED},
    {"/%", NULL, -OURO_EMALFORMED},
    {"/%2", NULL, -OURO_EMALFORMED},
    {"/%zz", NULL, -OURO_EMALFORMED},
    {"/%c0%af", NULL, -OURO_EMALFORMED}, /* over-long slash */
    {"/%c0%ae%c0%ae/etc", NULL, -OURO_EMALFORMED},
    {"/%e0%80%af", NULL, -OURO_EMALFORMED},
    {"/%f0%80%80%af", NULL, -OURO_EMALFORMED},
    {"/%ed%a0%80", NULL, -OURO_EMALFORMED}, /* surrogate */
    {"/%ff", NULL, -OURO_EMALFORMED},
    {"/%c3", NULL, -OURO_EMALFORMED},
    {"/%c3/%a4", NULL, -OURO_EMALFORMED},
};

TEST(paths_name_files_or_nothing)
{
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        char name[OURO__FILE_PATH_BYTES];
        int rc = ouro__http_file_path(slice(paths[i].path), name);
        ck_assert_msg(rc == paths[i].rc, "%s gave %d", paths[i].path, rc);
        if (rc == 0)
            ck_assert_str_eq(name, paths[i].name);
    }
}

TEST(a_path_has_room_or_is_refused)
{
    char path[OURO__FILE_PATH_BYTES + 64], name[OURO__FILE_PATH_BYTES];
    for (size_t len = OURO__FILE_PATH_BYTES - 20; len < OURO__FILE_PATH_BYTES + 20; len++) {
        memset(path, 'x', len + 1);
        path[0] = '/';
        bool fits = len < OURO__FILE_PATH_BYTES;
        int rc = ouro__http_file_path((struct ouro__slice){path, len + 1}, name);
        ck_assert_int_eq(rc, fits ? 0 : -ENAMETOOLONG);
        path[len] = '/'; /* and ten bytes of index.html */
        rc = ouro__http_file_path((struct ouro__slice){path, len + 1}, name);
        ck_assert_int_eq(rc, len + 10 < OURO__FILE_PATH_BYTES ? 0 : -ENAMETOOLONG);
    }
}

/* --- conditions and ranges -------------------------------------------------------------------- */

#define ETAG   "\"abc\""
#define LEN    1000
#define DATE   "Sun, 06 Nov 1994 08:49:37 GMT"
#define LATER  "Sun, 06 Nov 1994 08:49:38 GMT"
#define SOONER "Sun, 06 Nov 1994 08:49:36 GMT"

static struct ouro__http_request parse(const char *method, const char *fields)
{
    static char text[4096];
    struct ouro__http_parser parser = {0};
    struct ouro__http_request req;
    int len = snprintf(text, sizeof text, "%s / HTTP/1.1\r\nHost: h\r\n%s\r\n", method, fields);
    ck_assert_int_eq(ouro__http_parse_request(&parser, text, (size_t)len, &req), len);
    return req;
}

static const struct ouro__http_facts strong = {ETAG, 784111777, LEN, NOW};
static const struct ouro__http_facts weak = {"W/" ETAG, 784111777, LEN, NOW};
static const struct ouro__http_facts undated = {ETAG, -1, LEN, NOW};
static const struct ouro__http_facts fresh = {ETAG, 784111777, LEN, 784111777};

static const struct {
    const struct ouro__http_facts *facts;
    const char *fields;
    int choice;
} choices[] = {
    {&strong, "", 200},
    /* If-None-Match compares weakly, and comes before any date. */
    {&strong, "If-None-Match: " ETAG "\r\n", 304},
    {&strong, "If-None-Match: W/" ETAG "\r\n", 304},
    {&weak, "If-None-Match: " ETAG "\r\n", 304},
    {&strong, "If-None-Match: *\r\n", 304},
    {&strong, "If-None-Match: \"x\", " ETAG "\r\n", 304},
    {&strong, "If-None-Match: \"a,b\" ," ETAG "\r\n", 304},
    {&strong, "If-None-Match: ,, " ETAG "\r\n", 304},
    {&strong, "If-None-Match: \"x\"\r\nIf-None-Match: " ETAG "\r\n", 304},
    {&strong, "If-None-Match: \"x\"\r\n", 200},
    {&strong, "If-None-Match: abc\r\n", 200},
    {&strong, "If-None-Match: \"abc\r\n", 200},
    {&strong, "If-None-Match: w/" ETAG "\r\n", 200},
    {&strong, "If-None-Match: \"ABC\"\r\n", 200},
    {&strong, "If-None-Match: \r\n", 200},
    {&strong, "If-None-Match: \"x\"\r\nIf-Modified-Since: " DATE "\r\n", 200},
    /* If-Match compares strongly. */
    {&strong, "If-Match: " ETAG "\r\n", 200},
    {&strong, "If-Match: *\r\n", 200},
    {&strong, "If-Match: \"x\"\r\n", 412},
    {&strong, "If-Match: W/" ETAG "\r\n", 412},
    {&weak, "If-Match: W/" ETAG "\r\n", 412},
    {&strong, "If-Match: nonsense\r\n", 412},
    {&strong, "If-Match: \"x\"\r\nIf-None-Match: " ETAG "\r\n", 412},
    {&strong, "If-Match: " ETAG "\r\nIf-Unmodified-Since: " SOONER "\r\n", 200},
    /* Dates. */
    {&strong, "If-Modified-Since: " DATE "\r\n", 304},
    {&strong, "If-Modified-Since: " LATER "\r\n", 304},
    {&strong, "If-Modified-Since: " SOONER "\r\n", 200},
    {&strong, "If-Modified-Since: yesterday\r\n", 200},
    {&strong, "If-Modified-Since: " DATE "\r\nIf-Modified-Since: " DATE "\r\n", 200},
    {&undated, "If-Modified-Since: " DATE "\r\n", 200},
    {&strong, "If-Unmodified-Since: " DATE "\r\n", 200},
    {&strong, "If-Unmodified-Since: " SOONER "\r\n", 412},
    {&undated, "If-Unmodified-Since: " SOONER "\r\n", 200},
    /* If-Range: exactly this one, or the whole. */
    {&strong, "Range: bytes=0-9\r\nIf-Range: " ETAG "\r\n", 206},
    {&strong, "Range: bytes=0-9\r\nIf-Range: \"x\"\r\n", 200},
    {&strong, "Range: bytes=0-9\r\nIf-Range: W/" ETAG "\r\n", 200},
    {&weak, "Range: bytes=0-9\r\nIf-Range: W/" ETAG "\r\n", 200},
    {&strong, "Range: bytes=0-9\r\nIf-Range: " ETAG ", \"x\"\r\n", 200},
    {&strong, "Range: bytes=0-9\r\nIf-Range: " DATE "\r\n", 206},
    {&strong, "Range: bytes=0-9\r\nIf-Range: " LATER "\r\n", 200},
    {&fresh, "Range: bytes=0-9\r\nIf-Range: " DATE "\r\n", 200},
    {&undated, "Range: bytes=0-9\r\nIf-Range: " DATE "\r\n", 200},
    {&strong, "Range: bytes=0-9\r\nIf-Range: nonsense\r\n", 200},
    {&strong, "Range: bytes=5000-\r\nIf-Range: \"x\"\r\n", 200},
    /* What the client has already needs no part of it. */
    {&strong, "Range: bytes=0-9\r\nIf-None-Match: " ETAG "\r\n", 304},
};

TEST(conditions_choose)
{
    for (size_t i = 0; i < sizeof choices / sizeof *choices; i++) {
        struct ouro__http_request req = parse("GET", choices[i].fields);
        struct ouro__http_range range;
        int choice = ouro__http_choose(&req, choices[i].facts, &range);
        ck_assert_msg(choice == choices[i].choice, "%s gave %d", choices[i].fields, choice);
    }
}

static const struct {
    const char *value;
    int choice;
    uint64_t first, len;
} ranges[] = {
    {"bytes=0-0", 206, 0, 1},
    {"bytes=0-", 206, 0, LEN},
    {"bytes=0-999", 206, 0, LEN},
    {"bytes=0-1000", 206, 0, LEN},
    {"bytes=999-999", 206, 999, 1},
    {"bytes=999-", 206, 999, 1},
    {"bytes=500-600", 206, 500, 101},
    {"bytes=-1", 206, 999, 1},
    {"bytes=-1000", 206, 0, LEN},
    {"bytes=-5000", 206, 0, LEN},
    {"bytes=0-99999999999999999999999", 206, 0, LEN},
    {"bytes=-99999999999999999999999", 206, 0, LEN},
    {"BYTES=0-0", 206, 0, 1},
    {"bytes= 0-0", 206, 0, 1},
    {"bytes=1000-", 416, 0, 0},
    {"bytes=1000-1000", 416, 0, 0},
    {"bytes=99999999999999999999999-", 416, 0, 0},
    {"bytes=-0", 416, 0, 0},
    {"bytes=1-0", 200, 0, 0},
    {"bytes=5000-1", 200, 0, 0},
    {"bytes=", 200, 0, 0},
    {"bytes=-", 200, 0, 0},
    {"bytes=a-b", 200, 0, 0},
    {"bytes=0", 200, 0, 0},
    {"bytes=--1", 200, 0, 0},
    {"bytes=0-1x", 200, 0, 0},
    {"bytes=0 - 1", 200, 0, 0},
    {"bytes 0-1", 200, 0, 0},
    {"lines=0-1", 200, 0, 0},
    {"bytes=0-1,5-6", 200, 0, 0},
    {"bytes=5000-,6000-", 200, 0, 0},
    {"", 200, 0, 0},
};

TEST(ranges_are_parts)
{
    for (size_t i = 0; i < sizeof ranges / sizeof *ranges; i++) {
        char fields[128];
        snprintf(fields, sizeof fields, "Range: %s\r\n", ranges[i].value);
        struct ouro__http_request req = parse("GET", fields);
        struct ouro__http_range range = {7, 7};
        int choice = ouro__http_choose(&req, &strong, &range);
        ck_assert_msg(choice == ranges[i].choice, "%s gave %d", ranges[i].value, choice);
        bool is_part = choice == 206;
        ck_assert_uint_eq(range.first, is_part ? ranges[i].first : 7);
        ck_assert_uint_eq(range.len, is_part ? ranges[i].len : 7);
    }
}

/* The last so many bytes there are always (RFC 9110 14.1.2), the first ones not. */
TEST(of_nothing_there_are_no_parts)
{
    const struct ouro__http_facts empty = {ETAG, -1, 0, NOW};
    static const struct {
        const char *field;
        int choice;
    } cases[] = {
        {"Range: bytes=0-\r\n", 416}, {"Range: bytes=-1\r\n", 200}, {"Range: bytes=-0\r\n", 416}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct ouro__http_request req = parse("GET", cases[i].field);
        struct ouro__http_range range;
        ck_assert_int_eq(ouro__http_choose(&req, &empty, &range), cases[i].choice);
    }
}

TEST(only_get_has_parts)
{
    struct ouro__http_request req = parse("HEAD", "Range: bytes=0-0\r\n");
    struct ouro__http_range range;
    ck_assert_int_eq(ouro__http_choose(&req, &strong, &range), 200);
    req = parse("GET", "Range: bytes=0-0\r\nRange: bytes=1-1\r\n");
    ck_assert_int_eq(ouro__http_choose(&req, &strong, &range), 200);
}

/* --- encodings -------------------------------------------------------------------------------- */

TEST(gzip_is_for_those_who_want_it)
{
    static const struct {
        const char *fields;
        bool wants;
    } rows[] = {
        {"", false},
        {"Accept-Encoding: \r\n", false},
        {"Accept-Encoding: gzip\r\n", true},
        {"Accept-Encoding: GZip\r\n", true},
        {"Accept-Encoding: x-gzip\r\n", true},
        {"Accept-Encoding: br, gzip, deflate\r\n", true},
        {"Accept-Encoding: br\r\nAccept-Encoding: gzip\r\n", true},
        {"Accept-Encoding: *\r\n", true},
        {"Accept-Encoding: br, *;q=0.1\r\n", true},
        {"Accept-Encoding: gzip;q=1.000\r\n", true},
        {"Accept-Encoding: gzip ; q=0.001\r\n", true},
        {"Accept-Encoding: gzip;Q=0.5, identity;q=0.5\r\n", true},
        {"Accept-Encoding: identity;q=0, gzip\r\n", true},
        {"Accept-Encoding: gzip;q=0\r\n", false},
        {"Accept-Encoding: gzip;q=0.000\r\n", false},
        {"Accept-Encoding: gzip;q=0, *\r\n", false},
        {"Accept-Encoding: *;q=0\r\n", false},
        {"Accept-Encoding: gzip;q=0.5, identity\r\n", false},
        {"Accept-Encoding: gzip;q=0.4, identity;q=0.5\r\n", false},
        {"Accept-Encoding: gzip;q=2\r\n", false},
        {"Accept-Encoding: gzip;q=1.5\r\n", false},
        {"Accept-Encoding: gzip;q=0.0001\r\n", false},
        {"Accept-Encoding: gzip;q=\r\n", false},
        {"Accept-Encoding: gzip;level=9\r\n", false},
        {"Accept-Encoding: gzipped\r\n", false},
        {"Accept-Encoding: br, identity\r\n", false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct ouro__http_request req = parse("GET", rows[i].fields);
        ck_assert_msg(ouro__http_wants_gzip(&req.head) == rows[i].wants, "%s", rows[i].fields);
    }
}
