/* SPDX-License-Identifier: MIT */
/* Files: from the program and from a folder, and no way out of it. */
#include "ask.h"

#include "web/files.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include <zlib.h>

static int respond(struct ouro_http *http, void *files)
{
    return ouro_http_respond_file(http, files);
}

static char *get(struct ouro_files *files, const char *target, const char *fields)
{
    return ask_target(respond, files, "GET", target, fields);
}

static int status_for(struct ouro_files *files, const char *target)
{
    char *heard = get(files, target, "");
    int status = heard_status(heard);
    free(heard);
    return status;
}

/* --- embedded --------------------------------------------------------------------------------- */

#define LETTERS "abcdefghijklmnopqrstuvwxyz"
/* Some 40 times smaller when compressed. */
#define LONG_TEXT                                                                           \
    LETTERS LETTERS LETTERS LETTERS LETTERS LETTERS LETTERS LETTERS LETTERS LETTERS LETTERS \
        LETTERS LETTERS LETTERS LETTERS LETTERS LETTERS LETTERS LETTERS LETTERS

#define BYTES(text) (const uint8_t *)(text), sizeof(text) - 1

static const struct ouro_asset assets[] = {
    {"index.html", BYTES("<p>")},
    {"js/main.js", BYTES("1;")},
    {"style.css", BYTES("")},
    {"a.b.webmanifest", BYTES("{}")},
    {"LICENSE", BYTES("free")},
    {"long.txt", BYTES(LONG_TEXT)},
    {"long.png", BYTES(LONG_TEXT)},
    {"docs/index.html", BYTES("<h1>")},
    {"assets/x.3f2a.js", BYTES("2;")},
    {"a b.TXT", BYTES("blank")},
    {NULL, NULL, 0},
};

static struct ouro_files *embedded(void)
{
    static const struct ouro_files_options options = {.immutable = "assets/"};
    struct ouro_files *files;
    ck_assert_int_eq(ouro_files_of_assets(assets, &options, &files), 0);
    return files;
}

SIM_TEST(assets_have_their_types)
{
    static const char *const rows[][3] = {
        {"/", "text/html; charset=utf-8", "<p>"},
        {"/index.html?v=1", "text/html; charset=utf-8", "<p>"},
        {"/js/main.js", "text/javascript; charset=utf-8", "1;"},
        {"/js/m%61in.js", "text/javascript; charset=utf-8", "1;"},
        {"/style.css", "text/css; charset=utf-8", ""},
        {"/a.b.webmanifest", "application/manifest+json", "{}"},
        {"/LICENSE", "application/octet-stream", "free"},
        {"/a%20b.TXT", "text/plain; charset=utf-8", "blank"},
        {"/docs/", "text/html; charset=utf-8", "<h1>"},
        {"http://h", "text/html; charset=utf-8", "<p>"},
        {"/?/index.html/..", "text/html; charset=utf-8", "<p>"},
    };
    struct ouro_files *files = embedded();
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char *heard = get(files, rows[i][0], "");
        ck_assert_int_eq(heard_status(heard), 200);
        expect_field(heard, "Content-Type", rows[i][1]);
        ck_assert_str_eq(heard_body(heard), rows[i][2]);
        expect_field(heard, "X-Content-Type-Options", "nosniff");
        expect_field(heard, "Referrer-Policy", "no-referrer");
        ck_assert_ptr_nonnull(strstr(heard, "Content-Security-Policy: default-src 'self'"));
        expect_field(heard, "Cache-Control", "no-cache");
        expect_field(heard, "Date", "Thu, 01 Jan 2026 00:00:00 GMT");
        ck_assert_ptr_null(heard_field(heard, "Last-Modified"));
        free(heard);
    }
    ouro_files_free(files);
    return 0;
}

SIM_TEST(what_is_no_asset_is_not_found)
{
    static const char *const rows[] = {
        "/nothing",      "//",          "/index.html/",       "/js/",          "/../index.html",
        "/js/../x",      "/INDEX.HTML", "/%2e%2e/etc/passwd", "//index.html",  "/js%2fmain.js",
        "/js%5cmain.js", "/js",         "/%252e/index.html",  "/./index.html",
    };
    struct ouro_files *files = embedded();
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        ck_assert_msg(status_for(files, rows[i]) == 404, "%s is there", rows[i]);
    ck_assert_int_eq(status_for(files, "/%00"), 400);
    ck_assert_int_eq(status_for(files, "/%c0%af"), 400);
    ouro_files_free(files);
    return 0;
}

SIM_TEST(files_can_only_be_read)
{
    static const char *const methods[] = {"POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"};
    struct ouro_files *files = embedded();
    for (size_t i = 0; i < sizeof methods / sizeof *methods; i++) {
        char *heard = ask_target(respond, files, methods[i], "/index.html", "");
        ck_assert_int_eq(heard_status(heard), 405);
        expect_field(heard, "Allow", "GET, HEAD");
        free(heard);
        heard = ask_target(respond, files, methods[i], "/nothing", "");
        ck_assert_int_eq(heard_status(heard), 404);
        free(heard);
    }
    char *heard = ask_target(respond, files, "HEAD", "/index.html", "");
    ck_assert_int_eq(heard_status(heard), 200);
    expect_field(heard, "Content-Length", "3");
    ck_assert_str_eq(heard_body(heard), "");
    free(heard);
    ouro_files_free(files);
    return 0;
}

SIM_TEST(a_folder_is_where_its_slash_is)
{
    struct ouro_files *files = embedded();
    char *heard = get(files, "/docs?a=/b", "");
    ck_assert_int_eq(heard_status(heard), 301);
    expect_field(heard, "Location", "/docs/?a=/b");
    free(heard);
    heard = get(files, "/%64ocs", "");
    expect_field(heard, "Location", "/%64ocs/");
    free(heard);
    ck_assert_int_eq(status_for(files, "//docs"), 404); /* or it would be sent to the host "docs" */
    ouro_files_free(files);
    return 0;
}

SIM_TEST(what_is_named_by_its_content_is_kept_for_long)
{
    struct ouro_files *files = embedded();
    char *heard = get(files, "/assets/x.3f2a.js", "");
    expect_field(heard, "Cache-Control", "public, max-age=31536000, immutable");
    free(heard);
    ouro_files_free(files);
    return 0;
}

SIM_TEST(what_the_client_has_is_not_sent_again)
{
    struct ouro_files *files = embedded();
    char fields[128], *first = get(files, "/index.html", "");
    snprintf(fields, sizeof fields, "If-None-Match: %s\r\n", heard_field(first, "ETag"));
    char *heard = get(files, "/index.html", fields);
    ck_assert_int_eq(heard_status(heard), 304);
    expect_field(heard, "ETag", heard_field(first, "ETag"));
    expect_field(heard, "Cache-Control", "no-cache");
    ck_assert_ptr_null(heard_field(heard, "Content-Length"));
    ck_assert_ptr_null(heard_field(heard, "Content-Type"));
    ck_assert_str_eq(heard_body(heard), "");
    free(heard);
    ck_assert_int_eq(status_for(files, "/docs/index.html"), 200);
    heard = get(files, "/docs/index.html", fields); /* another file */
    ck_assert_int_eq(heard_status(heard), 200);
    free(heard);
    snprintf(fields, sizeof fields, "If-Match: %s\r\n", heard_field(first, "ETag"));
    heard = get(files, "/docs/index.html", fields);
    ck_assert_int_eq(heard_status(heard), 412);
    free(heard);
    free(first);
    ouro_files_free(files);
    return 0;
}

SIM_TEST(parts_are_framed)
{
    struct ouro_files *files = embedded();
    char *heard = get(files, "/long.txt", "Range: bytes=26-28\r\n");
    ck_assert_int_eq(heard_status(heard), 206);
    expect_field(heard, "Content-Range", "bytes 26-28/520");
    expect_field(heard, "Content-Length", "3");
    ck_assert_str_eq(heard_body(heard), "abc");
    free(heard);
    heard = get(files, "/long.txt", "Range: bytes=-2\r\n");
    expect_field(heard, "Content-Range", "bytes 518-519/520");
    ck_assert_str_eq(heard_body(heard), "yz");
    free(heard);
    heard = get(files, "/long.txt", "Range: bytes=520-\r\n");
    ck_assert_int_eq(heard_status(heard), 416);
    expect_field(heard, "Content-Range", "bytes */520");
    free(heard);
    heard = get(files, "/long.txt", "Range: bytes=0-1,5-6\r\n");
    ck_assert_int_eq(heard_status(heard), 200);
    expect_field(heard, "Content-Length", "520");
    free(heard);
    ouro_files_free(files);
    return 0;
}

/* --- compressed ------------------------------------------------------------------------------- */

static void expect_inflated(const char *body, size_t len, const char *text)
{
    char out[1024];
    z_stream zip = {.next_in = (Bytef *)(uintptr_t)body, .avail_in = (uInt)len};
    zip.next_out = (Bytef *)out;
    zip.avail_out = sizeof out;
    ck_assert_int_eq(inflateInit2(&zip, 15 + 16), Z_OK);
    ck_assert_int_eq(inflate(&zip, Z_FINISH), Z_STREAM_END);
    ck_assert_uint_eq(zip.total_out, strlen(text));
    ck_assert_mem_eq(out, text, strlen(text));
    inflateEnd(&zip);
}

SIM_TEST(who_takes_gzip_gets_it)
{
    struct ouro_files *files = embedded();
    char *plain = get(files, "/long.txt", "");
    char *small = get(files, "/long.txt", "Accept-Encoding: gzip\r\n");
    ck_assert_ptr_null(heard_field(plain, "Content-Encoding"));
    expect_field(small, "Content-Encoding", "gzip");
    expect_field(plain, "Vary", "Accept-Encoding");
    expect_field(small, "Vary", "Accept-Encoding");
    ck_assert_str_ne(heard_field(plain, "ETag"), heard_field(small, "ETag"));
    size_t len = strtoul(heard_field(small, "Content-Length"), NULL, 10);
    ck_assert_uint_lt(len, 100);
    expect_inflated(heard_body(small), len, LONG_TEXT);

    char fields[128];
    snprintf(fields, sizeof fields, "Accept-Encoding: gzip\r\nIf-None-Match: %s\r\n",
             heard_field(small, "ETag"));
    char *again = get(files, "/long.txt", fields);
    ck_assert_int_eq(heard_status(again), 304);
    expect_field(again, "Vary", "Accept-Encoding");
    ck_assert_ptr_null(heard_field(again, "Content-Encoding"));
    free(again);
    free(small);
    free(plain);
    ouro_files_free(files);
    return 0;
}

SIM_TEST(a_part_is_of_the_form_that_was_chosen)
{
    struct ouro_files *files = embedded();
    char *whole = get(files, "/long.txt", "Accept-Encoding: gzip\r\n");
    char *part = get(files, "/long.txt", "Accept-Encoding: gzip\r\nRange: bytes=0-9\r\n");
    ck_assert_int_eq(heard_status(part), 206);
    expect_field(part, "Content-Encoding", "gzip");
    expect_field(part, "ETag", heard_field(whole, "ETag"));
    ck_assert_mem_eq(heard_body(part), heard_body(whole), 10);
    free(part);
    free(whole);
    ouro_files_free(files);
    return 0;
}

SIM_TEST(what_has_nothing_to_gain_is_not_compressed)
{
    static const char *const targets[] = {"/long.png", "/js/main.js"};
    struct ouro_files *files = embedded();
    for (size_t i = 0; i < 2; i++) {
        char *heard = get(files, targets[i], "Accept-Encoding: gzip\r\n");
        ck_assert_ptr_null(heard_field(heard, "Content-Encoding"));
        ck_assert_ptr_null(heard_field(heard, "Vary"));
        free(heard);
    }
    ouro_files_free(files);
    return 0;
}

/* --- a folder --------------------------------------------------------------------------------- */

/*
 *      <scratch>/secret.txt, secrets/a.txt     outside
 *      <scratch>/page/                         what is served
 */
static char scratch[64];

static const char *at(const char *name)
{
    static char paths[4][256];
    static unsigned next;
    char *path = paths[next++ % 4];
    snprintf(path, sizeof paths[0], "%s/%s", scratch, name);
    return path;
}

static void put(const char *name, const void *data, size_t len)
{
    FILE *file = fopen(at(name), "w");
    ck_assert_ptr_nonnull(file);
    ck_assert_uint_eq(fwrite(data, 1, len, file), len);
    ck_assert_int_eq(fclose(file), 0);
}

static void put_text(const char *name, const char *text)
{
    put(name, text, strlen(text));
}

static struct ouro_files *folder_made(void)
{
    struct ouro_files *files;
    snprintf(scratch, sizeof scratch, "/tmp/ouro-files-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(scratch));
    ck_assert_int_eq(mkdir(at("page"), 0755), 0);
    ck_assert_int_eq(mkdir(at("page/sub"), 0755), 0);
    ck_assert_int_eq(mkdir(at("secrets"), 0755), 0);
    put_text("secret.txt", "SECRET");
    put_text("secrets/a.txt", "SECRET");
    put_text("page/index.html", "<p>");
    put_text("page/sub/a.txt", "harmless");
    ck_assert_int_eq(ouro_files_of_folder(at("page"), NULL, &files), 0);
    return files;
}

static void folder_gone(struct ouro_files *files)
{
    char command[128];
    ouro_files_free(files);
    snprintf(command, sizeof command, "rm -rf '%s'", scratch);
    ck_assert_int_eq(system(command), 0);
}

/* The simulation's clock is behind that of the machine, and so of its file system: what is written
 * stays new however long the machine takes, until this lets the time come and pass. */
static void let_files_settle(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    int64_t ahead_ns = OURO_SEC(now.tv_sec) + now.tv_nsec - ouro_wall_time();
    ck_assert_int_gt(ahead_ns, 0);
    ck_assert_int_eq(ouro_sleep(ahead_ns + OURO_MS(1200)), 0);
}

static void expect_body(struct ouro_files *files, const char *target, const char *body)
{
    char *heard = get(files, target, "");
    ck_assert_int_eq(heard_status(heard), 200);
    ck_assert_str_eq(heard_body(heard), body);
    ck_assert_ptr_nonnull(heard_field(heard, "Last-Modified"));
    free(heard);
}

REAL_TEST(a_folder_is_served_as_it_is)
{
    struct ouro_files *files = folder_made();
    expect_body(files, "/", "<p>");
    expect_body(files, "/sub/a.txt", "harmless");
    ck_assert_int_eq(status_for(files, "/sub"), 301);
    ck_assert_int_eq(status_for(files, "/sub/"), 404);
    ck_assert_int_eq(status_for(files, "/sub/a.txt/"), 404);
    ck_assert_int_eq(status_for(files, "/sub/a.txt/x"), 404);
    put_text("page/sub/a.txt", "harmful!"); /* of the same length */
    expect_body(files, "/sub/a.txt", "harmful!");
    put_text("page/sub/b.txt", "");
    expect_body(files, "/sub/b.txt", "");
    ck_assert_int_eq(unlink(at("page/sub/a.txt")), 0);
    ck_assert_int_eq(status_for(files, "/sub/a.txt"), 404);
    folder_gone(files);
    return 0;
}

REAL_TEST(there_is_no_way_out_of_a_folder)
{
    static const char *const rows[] = {
        "/../secret.txt",
        "/sub/../../secret.txt",
        "/%2e%2e/secret.txt",
        "/..%2fsecret.txt",
        "/%252e%252e/secret.txt",
        "/..%5csecret.txt",
        "//tmp",
        "/link.txt",
        "/dir/a.txt",
        "/inside.txt",
        "/pipe",
        "/.hidden",
        "/sub/./a.txt",
        "/dir/",
        "/loop/x",
    };
    struct ouro_files *files = folder_made();
    put_text("page/.hidden", "SECRET");
    ck_assert_int_eq(symlink("../secret.txt", at("page/link.txt")), 0);
    ck_assert_int_eq(symlink(at("secrets"), at("page/dir")), 0);
    ck_assert_int_eq(symlink("index.html", at("page/inside.txt")), 0);
    ck_assert_int_eq(symlink("loop", at("page/loop")), 0);
    ck_assert_int_eq(mkfifo(at("page/pipe"), 0644), 0);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        ck_assert_msg(status_for(files, rows[i]) == 404, "%s is there", rows[i]);
    char target[4096] = "/";
    memset(target + 1, 'x', 300); /* longer than any name of a file */
    ck_assert_int_eq(status_for(files, target), 404);
    memset(target + 1, 'x', 3000);
    ck_assert_int_eq(status_for(files, target), 404);
    folder_gone(files);
    return 0;
}

static atomic_bool swapping;

/* Puts a link to the secrets in the place of a folder, and the folder back, again and again. */
static void *swap(void *scratch_fd)
{
    int fd = *(int *)scratch_fd;
    while (atomic_load(&swapping)) {
        renameat(fd, "page/sub", fd, "page/sub.away");
        renameat(fd, "link", fd, "page/sub");
        renameat(fd, "page/sub", fd, "link");
        renameat(fd, "page/sub.away", fd, "page/sub");
    }
    return NULL;
}

REAL_TEST(no_link_gets_in_between)
{
    struct ouro_files *files = folder_made();
    pthread_t swapper;
    int found = 0, missed = 0, fd = open(scratch, O_PATH | O_DIRECTORY | O_CLOEXEC);
    ck_assert_int_eq(symlink(at("secrets"), at("link")), 0);
    atomic_store(&swapping, true);
    ck_assert_int_eq(pthread_create(&swapper, NULL, swap, &fd), 0);
    for (int i = 0; i < 3000 || ((!found || !missed) && i < 300000); i++) {
        char *heard = get(files, "/sub/a.txt", "");
        ck_assert_ptr_null(strstr(heard, "SECRET"));
        *(heard_status(heard) == 200 ? &found : &missed) += 1;
        free(heard);
    }
    atomic_store(&swapping, false);
    pthread_join(swapper, NULL);
    close(fd);
    ck_assert_int_gt(found, 0);
    ck_assert_int_gt(missed, 0);
    folder_gone(files);
    return 0;
}

/* The simulation's clock is behind: as one that was put back. */
SIM_TEST(a_file_of_the_future_is_one_of_now)
{
    struct ouro_files *files = folder_made();
    char *heard = get(files, "/", ""), fields[128];
    ck_assert_str_eq(heard_field(heard, "Last-Modified"), heard_field(heard, "Date"));
    snprintf(fields, sizeof fields, "If-Modified-Since: %s\r\n", heard_field(heard, "Date"));
    free(heard);
    ck_assert_int_eq(ouro_sleep(OURO_SEC(1)), 0);
    heard = get(files, "/", fields);
    ck_assert_int_eq(heard_status(heard), 200);
    free(heard);
    folder_gone(files);
    return 0;
}

SIM_TEST(what_does_not_change_is_read_once)
{
    struct ouro_files *files = folder_made();
    struct ouro__file *first, *second;
    put_text("page/long.txt", LONG_TEXT);
    ck_assert_int_eq(files->ops->find(files, "long.txt", &first), 0);
    ck_assert_int_eq(files->ops->find(files, "long.txt", &second), 0);
    ck_assert_ptr_ne(first, second); /* written a moment ago: it may change unseen */
    ck_assert_str_eq(first->plain.etag, second->plain.etag);
    ouro__file_unref(first);
    ouro__file_unref(second);
    let_files_settle();
    ck_assert_int_eq(files->ops->find(files, "long.txt", &first), 0);
    ck_assert_int_eq(files->ops->find(files, "long.txt", &second), 0);
    ck_assert_ptr_eq(first, second);
    ck_assert_ptr_nonnull(first->gzip.data);
    ouro__file_unref(second);
    /* It stays whole for who has it, when it has gone for the others. */
    put_text("page/long.txt", "short");
    ck_assert_int_eq(files->ops->find(files, "long.txt", &second), 0);
    ck_assert_uint_eq(second->plain.len, 5);
    ck_assert_mem_eq(first->plain.data, LONG_TEXT, sizeof LONG_TEXT - 1);
    ouro__file_unref(first);
    ouro__file_unref(second);
    folder_gone(files);
    return 0;
}

SIM_TEST(no_more_than_so_many_are_kept)
{
    struct ouro_files *files = folder_made();
    struct ouro__file *oldest, *again, *file;
    char name[32], path[48];
    for (int i = 0; i <= OURO_FILES_KEPT_MAX; i++) {
        snprintf(path, sizeof path, "page/%d.txt", i);
        put_text(path, "x");
    }
    let_files_settle();
    ck_assert_int_eq(files->ops->find(files, "0.txt", &oldest), 0);
    for (int i = 1; i <= OURO_FILES_KEPT_MAX; i++) {
        snprintf(name, sizeof name, "%d.txt", i);
        ck_assert_int_eq(files->ops->find(files, name, &file), 0);
        ouro__file_unref(file);
    }
    ck_assert_uint_eq(oldest->refs, 1); /* only ours */
    ck_assert_int_eq(files->ops->find(files, "0.txt", &again), 0);
    ck_assert_ptr_ne(oldest, again);
    ouro__file_unref(oldest);
    ouro__file_unref(again);
    folder_gone(files);
    return 0;
}

/* --- large ones ------------------------------------------------------------------------------- */

#define LARGE_BYTES (3 * OURO_FILES_KEPT_BYTES_MAX + 17)

static void put_large(char **ret_text)
{
    char *text = malloc(LARGE_BYTES + 1);
    ck_assert_ptr_nonnull(text);
    for (size_t i = 0; i < LARGE_BYTES; i++)
        text[i] = (char)('a' + i % 23);
    text[LARGE_BYTES] = '\0';
    put("page/large.txt", text, LARGE_BYTES);
    *ret_text = text;
}

SIM_TEST(a_large_file_goes_out_in_pieces)
{
    struct ouro_files *files = folder_made();
    char *text, *heard;
    put_large(&text);
    expect_body(files, "/large.txt", text);
    heard = get(files, "/large.txt", "Range: bytes=1000000-1000002\r\n");
    ck_assert_int_eq(heard_status(heard), 206);
    ck_assert_int_eq(strncmp(heard_body(heard), text + 1000000, 3), 0);
    ck_assert_uint_eq(strlen(heard_body(heard)), 3);
    free(heard);
    heard = ask_target(respond, files, "HEAD", "/large.txt", "Accept-Encoding: gzip\r\n");
    ck_assert_uint_eq(strtoul(heard_field(heard, "Content-Length"), NULL, 10), LARGE_BYTES);
    ck_assert_ptr_null(heard_field(heard, "Content-Encoding"));
    ck_assert_int_eq(strncmp(heard_field(heard, "ETag"), "W/\"", 3), 0); /* it is new */
    ck_assert_str_eq(heard_body(heard), "");
    free(heard);
    let_files_settle();
    heard = ask_target(respond, files, "HEAD", "/large.txt", "");
    ck_assert_int_eq(strncmp(heard_field(heard, "ETag"), "\"", 1), 0);
    free(heard);
    free(text);
    folder_gone(files);
    return 0;
}

/* The length is promised and can't be kept: the client must be able to see that. */
REAL_TEST(a_file_that_shrinks_amid_ends_the_connection)
{
    struct ouro_files *files = folder_made();
    struct talk talk;
    char *text;
    put_large(&text);
    talk_open(&talk, respond, files, NULL);
    say(&talk, "GET /large.txt HTTP/1.1\r\nHost: h\r\n\r\nGET / HTTP/1.1\r\nHost: h\r\n\r\n");
    ck_assert_int_eq(ouro_sleep(OURO_MS(20)), 0); /* until the stream is full */
    ck_assert_int_eq(truncate(at("page/large.txt"), 1000), 0);
    char *heard = hear_all(&talk);
    ck_assert_uint_lt(strlen(heard_body(heard)), LARGE_BYTES);
    ck_assert_int_eq(count_of(heard, "HTTP/1.1 "), 1);
    ck_assert_int_eq(talk_close(&talk), 0);
    free(heard);
    free(text);
    folder_gone(files);
    return 0;
}

REAL_TEST(a_folder_that_is_none_is_told)
{
    struct ouro_files *files = folder_made(), *none = NULL;
    ck_assert_int_eq(ouro_files_of_folder(at("nowhere"), NULL, &none), -ENOENT);
    ck_assert_int_eq(ouro_files_of_folder(at("secret.txt"), NULL, &none), -ENOTDIR);
    ck_assert_ptr_null(none);
    folder_gone(files);
    return 0;
}
