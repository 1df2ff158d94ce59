/* SPDX-License-Identifier: MIT */
/* Files: which answer a request for one gets. */
#include "web/files.h"
#include "web/http.h"
#include "web/http_choice.h"
#include "web/http_date.h"
#include "web/http_path.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

/* A page may load what lies beside it and talk to its own server, and nothing else. */
static const char default_policy[] =
    "default-src 'self'; connect-src 'self' ws: wss:; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'self'";

/* --- media types ------------------------------------------------------------------------------ */

static const struct media_type {
    const char *ending, *type;
    bool is_text;
} media_types[] = {
    {".avif", "image/avif", false},
    {".css", "text/css; charset=utf-8", true},
    {".csv", "text/csv; charset=utf-8", true},
    {".gif", "image/gif", false},
    {".html", "text/html; charset=utf-8", true},
    {".ico", "image/x-icon", true},
    {".jpeg", "image/jpeg", false},
    {".jpg", "image/jpeg", false},
    {".js", "text/javascript; charset=utf-8", true},
    {".json", "application/json", true},
    {".map", "application/json", true},
    {".md", "text/markdown; charset=utf-8", true},
    {".mjs", "text/javascript; charset=utf-8", true},
    {".mp3", "audio/mpeg", false},
    {".mp4", "video/mp4", false},
    {".ogg", "audio/ogg", false},
    {".pdf", "application/pdf", false},
    {".png", "image/png", false},
    {".svg", "image/svg+xml", true},
    {".ttf", "font/ttf", true},
    {".txt", "text/plain; charset=utf-8", true},
    {".wasm", "application/wasm", true},
    {".wav", "audio/wav", true},
    {".webm", "video/webm", false},
    {".webmanifest", "application/manifest+json", true},
    {".webp", "image/webp", false},
    {".woff2", "font/woff2", false},
    {".xml", "application/xml", true},
};

const char *ouro__media_type(const char *path)
{
    const char *dot = strrchr(path, '.');
    for (size_t i = 0; dot && i < sizeof media_types / sizeof *media_types; i++)
        if (strcasecmp(dot, media_types[i].ending) == 0)
            return media_types[i].type;
    return "application/octet-stream";
}

bool ouro__media_type_is_text(const char *media_type)
{
    for (size_t i = 0; i < sizeof media_types / sizeof *media_types; i++)
        if (strcmp(media_type, media_types[i].type) == 0)
            return media_types[i].is_text;
    return false;
}

/* --- references ------------------------------------------------------------------------------- */

struct ouro__file *ouro__file_ref(struct ouro__file *file)
{
    file->refs++;
    return file;
}

void ouro__file_unref(struct ouro__file *file)
{
    if (--file->refs == 0)
        file->free(file);
}

/* --- sending ---------------------------------------------------------------------------------- */

static int send_steps(struct ouro_http *http, int fd, struct ouro__http_range range, void *buf)
{
    int rc = 0;
    while (rc == 0 && range.len > 0) {
        size_t piece = range.len < OURO__FILE_STEP_BYTES ? range.len : OURO__FILE_STEP_BYTES;
        ssize_t got = pread(fd, buf, piece, (off_t)range.first);
        if (got <= 0)
            return got < 0 ? -errno : -EIO; /* it has become shorter than what we have promised */
        range.first += (size_t)got;
        range.len -= (size_t)got;
        rc = ouro_http_write(http, buf, (size_t)got);
        if (rc == 0)
            rc = ouro_yield();
    }
    return rc == 0 ? ouro_http_end(http) : rc;
}

static int send_from_disk(struct ouro_http *http, int status, const char *type, int fd,
                          struct ouro__http_range range)
{
    void *buf = malloc(OURO__FILE_STEP_BYTES);
    if (!buf)
        return -ENOMEM;
    int rc = ouro__http_begin(http, status, type, range.len);
    if (rc == 0)
        rc = http->mute ? ouro_http_end(http) : send_steps(http, fd, range, buf);
    free(buf);
    return rc;
}

static int send_range(struct ouro_http *http, int status, const char *type,
                      const struct ouro__file *file, const struct ouro__variant *variant,
                      struct ouro__http_range range)
{
    if (!variant->data)
        return send_from_disk(http, status, type, file->fd, range);
    return ouro_http_respond(http, status, type, variant->data + range.first, range.len);
}

/* --- the answer ------------------------------------------------------------------------------- */

static const char *cache_control(const struct ouro_files *files, const char *path)
{
    const char *immutable = files->options.immutable;
    bool stays = immutable && strncmp(path, immutable, strlen(immutable)) == 0;
    return stays ? "public, max-age=31536000, immutable" : "no-cache";
}

/* What is said of the file, with its content or instead of it (RFC 9110 15.4.5). */
static void describe(struct ouro_http *http, const struct ouro_files *files, const char *path,
                     const struct ouro__file *file, const struct ouro__http_facts *facts)
{
    const char *policy = files->options.policy;
    ouro_http_set_header(http, "ETag", facts->etag);
    if (facts->modified_s >= 0) {
        char date[OURO__HTTP_DATE_BYTES];
        ouro__http_date_print(facts->modified_s, date);
        ouro_http_set_header(http, "Last-Modified", date);
    }
    ouro_http_set_header(http, "Cache-Control", cache_control(files, path));
    if (file->gzip.data)
        ouro_http_set_header(http, "Vary", "Accept-Encoding");
    ouro_http_set_header(http, "Accept-Ranges", "bytes");
    ouro_http_set_header(http, "Content-Security-Policy", policy ? policy : default_policy);
    ouro_http_set_header(http, "X-Content-Type-Options", "nosniff");
    ouro_http_set_header(http, "Referrer-Policy", "no-referrer");
}

static void set_content_range(struct ouro_http *http, const struct ouro__http_range *range,
                              size_t len)
{
    char text[80];
    if (range)
        snprintf(text, sizeof text, "bytes %llu-%llu/%zu", (unsigned long long)range->first,
                 (unsigned long long)(range->first + range->len - 1), len);
    else
        snprintf(text, sizeof text, "bytes */%zu", len);
    ouro_http_set_header(http, "Content-Range", text);
}

/* What is of the future, by a clock that was put, is of now (RFC 9110 8.8.2.1): who asks with that
 * date later is not told that nothing has changed. */
static struct ouro__http_facts facts_of(const struct ouro__file *file,
                                        const struct ouro__variant *variant)
{
    int64_t now_s = ouro_wall_time() / OURO_SEC(1);
    return (struct ouro__http_facts){
        .etag = variant->etag,
        .modified_s = file->modified_s < now_s ? file->modified_s : now_s,
        .len = variant->len,
        .now_s = now_s,
    };
}

/* Of the form that the client's Accept-Encoding chooses, whatever else it asks: a part must fit to
 * the part that it got before. */
static int respond_with(struct ouro_http *http, const struct ouro_files *files, const char *path,
                        const struct ouro__file *file)
{
    bool gzip = file->gzip.data && ouro__http_wants_gzip(&http->request->head);
    const struct ouro__variant *variant = gzip ? &file->gzip : &file->plain;
    const struct ouro__http_facts facts = facts_of(file, variant);
    struct ouro__http_range range = {0, variant->len};
    int choice = ouro__http_choose(http->request, &facts, &range);
    if (choice == OURO__HTTP_PRECONDITION_FAILED)
        return ouro_http_respond_text(http, choice, "it is another one by now\n");
    if (choice == OURO__HTTP_PART || choice == OURO__HTTP_RANGE_UNSATISFIABLE)
        set_content_range(http, choice == OURO__HTTP_PART ? &range : NULL, variant->len);
    if (choice == OURO__HTTP_RANGE_UNSATISFIABLE)
        return ouro_http_respond_text(http, choice, "it is shorter than that\n");
    describe(http, files, path, file, &facts);
    if (choice == OURO__HTTP_NOT_MODIFIED)
        return ouro_http_respond(http, choice, NULL, NULL, 0);
    if (gzip)
        ouro_http_set_header(http, "Content-Encoding", "gzip");
    return send_range(http, choice, ouro__media_type(path), file, variant, range);
}

/* Relative links of an index.html need the slash. The path goes back as it came, where no name in
 * it was empty: "//host" would send the client elsewhere. */
static int redirect_to_folder(struct ouro_http *http)
{
    struct ouro__slice path = http->request->path, query = http->request->query;
    struct ouro_buf location = {0};
    ouro_buf_append(&location, path.at, path.len);
    ouro_buf_puts(&location, query.at ? "/?" : "/");
    ouro_buf_append(&location, query.at, query.len);
    ouro_buf_putc(&location, '\0');
    bool failed = ouro_buf_failed(&location);
    if (!failed)
        ouro_http_set_header(http, "Location", location.data);
    ouro_buf_done(&location);
    if (failed)
        return -ENOMEM;
    return ouro_http_respond_text(http, 301, "it has a slash at its end\n");
}

static int respond_found(struct ouro_http *http, const struct ouro_files *files, const char *path,
                         const struct ouro__file *file)
{
    enum ouro__http_method method = http->request->method;
    if (method != OURO__HTTP_GET && method != OURO__HTTP_HEAD) {
        ouro_http_set_header(http, "Allow", "GET, HEAD");
        return ouro_http_respond_text(http, 405, "this can only be read\n");
    }
    return file ? respond_with(http, files, path, file) : redirect_to_folder(http);
}

int ouro_http_respond_file(struct ouro_http *http, struct ouro_files *files)
{
    char path[OURO__FILE_PATH_BYTES];
    struct ouro__file *file = NULL;
    int rc = ouro__http_file_path(http->request->path, path);
    if (rc == -OURO_EMALFORMED)
        return ouro_http_respond_text(http, 400, "this is no path\n");
    if (rc == 0)
        rc = files->ops->find(files, path, &file);
    if (rc == -ENOENT || rc == -ENAMETOOLONG)
        return ouro_http_respond_text(http, 404, "there is nothing here\n");
    if (rc < 0 && rc != -EISDIR)
        return rc;
    rc = respond_found(http, files, path, file);
    if (file)
        ouro__file_unref(file);
    return rc;
}

struct ouro_files *ouro_files_free(struct ouro_files *files)
{
    if (files)
        files->ops->free(files);
    return NULL;
}
