/* SPDX-License-Identifier: MIT */
/* What stands between a request and a file: paths, dates, conditions, ranges, encodings. The bytes
 * are a whole request head, as a client might send it; the first one chooses what there is. What is
 * chosen must make sense, and a name must not be able to leave its folder. */
#include "../tests/web/drive.h"
#include "web/http_choice.h"
#include "web/http_date.h"
#include "web/http_path.h"

static void require(bool holds)
{
    if (!holds)
        abort();
}

/* Relative, of non-empty names that do not begin with a dot, without anything that is special. */
static void check_name(const char *name)
{
    size_t len = strlen(name);
    require(len > 0 && len < OURO__FILE_PATH_BYTES && ouro_utf8_valid(name, len));
    require(!strchr(name, '\\') && name[len - 1] != '/');
    for (const char *at = name; at; at = strchr(at, '/') ? strchr(at, '/') + 1 : NULL) {
        require(*at && *at != '/');
        require(*at != '.' || strncmp(at, ".well-known", 11) == 0);
    }
    for (size_t i = 0; i < len; i++)
        require((unsigned char)name[i] >= 0x20 && name[i] != 0x7f);
}

static void try_path(struct ouro__slice path)
{
    char name[OURO__FILE_PATH_BYTES], text[OURO__FILE_PATH_BYTES];
    int rc = ouro__http_file_path(path, name);
    if (rc == 0)
        check_name(name);
    else
        require(rc == -ENOENT || rc == -OURO_EMALFORMED || rc == -ENAMETOOLONG);
    rc = ouro__http_decode(path, text, sizeof text);
    require(rc < 0 || ((size_t)rc == strlen(text) && (size_t)rc <= path.len));
}

/* What is read as a date is written and read as the same. */
static void try_date(struct ouro__slice text)
{
    int64_t seconds, again;
    char written[OURO__HTTP_DATE_BYTES];
    if (ouro__http_date_parse(text, 1767225600, &seconds) < 0 || seconds < 0)
        return;
    ouro__http_date_print(seconds, written);
    struct ouro__slice slice = {written, strlen(written)};
    require(ouro__http_date_parse(slice, 1767225600, &again) == 0 && again == seconds);
}

static void try_choice(const struct ouro__http_request *req, const struct ouro__http_facts *facts)
{
    struct ouro__http_range range = {0, 0};
    switch (ouro__http_choose(req, facts, &range)) {
    case OURO__HTTP_PART:
        require(req->method == OURO__HTTP_GET && range.len > 0 && range.first < facts->len &&
                range.len <= facts->len - range.first);
        break;
    case OURO__HTTP_RANGE_UNSATISFIABLE:
        require(req->method == OURO__HTTP_GET);
        break;
    case OURO__HTTP_WHOLE:
    case OURO__HTTP_NOT_MODIFIED:
    case OURO__HTTP_PRECONDITION_FAILED:
        break;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    static const uint64_t lengths[] = {0, 1, 1000, UINT64_MAX - 1};
    struct ouro__http_parser parser = {0};
    struct ouro__http_request req;
    if (len == 0 || len > OURO__HTTP_HEAD_BYTES_MAX)
        return 0;
    const struct ouro__http_facts facts = {
        .etag = data[0] & 4 ? "W/\"abc\"" : "\"abc\"",
        .modified_s = data[0] & 8 ? -1 : 784111777,
        .len = lengths[data[0] & 3],
        .now_s = data[0] & 16 ? 784111777 : 1767225600,
    };
    char *text = exact_copy(data + 1, len - 1);
    try_path((struct ouro__slice){text, len - 1});
    try_date((struct ouro__slice){text, len - 1});
    if (ouro__http_parse_request(&parser, text, len - 1, &req) > 0) {
        try_path(req.path);
        for (size_t i = 0; i < req.head.header_count; i++)
            try_date(req.head.headers[i].value);
        try_choice(&req, &facts);
        ouro__http_wants_gzip(&req.head);
    }
    free(text);
    return 0;
}
