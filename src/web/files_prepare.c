/* SPDX-License-Identifier: MIT */
/* What is done with a file once, so that no request has to: its entity tags, its compressed form.
 */
#include "web/files.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#define TAG_HASH_BYTES 16        /* of SHA-256: nobody finds two contents with one tag */
#define GZIP_WINDOW    (15 + 16) /* the largest window, in gzip's wrapping */
#define GZIP_MEMORY    8         /* zlib's own default */
#define GZIP_BYTES_MIN 256       /* what is smaller fits into one packet anyway */
#define GZIP_SHARE_MAX 90        /* per cent: with less to gain the client's work is not worth it */

static const void *step(const uint8_t *data, size_t len, size_t at, size_t *ret_len)
{
    size_t left = len - at;
    *ret_len = left < OURO__FILE_STEP_BYTES ? left : OURO__FILE_STEP_BYTES;
    return data + at;
}

static int no_pause(void)
{
    return 0;
}

/* --- entity tags ------------------------------------------------------------------------------ */

static int finish_tag(EVP_MD_CTX *hash, char ret_etag[OURO__ETAG_BYTES])
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    if (EVP_DigestFinal_ex(hash, digest, NULL) != 1)
        return -ENOMEM;
    char *at = ret_etag;
    *at++ = '"';
    for (size_t i = 0; i < TAG_HASH_BYTES; i++, at += 2)
        snprintf(at, 3, "%02x", digest[i]);
    memcpy(at, "\"", 2);
    return 0;
}

static int hash_steps(EVP_MD_CTX *hash, const void *data, size_t len, int (*pause)(void))
{
    int rc = EVP_DigestInit_ex(hash, EVP_sha256(), NULL) == 1 ? 0 : -ENOMEM;
    for (size_t at = 0, piece; rc == 0 && at < len; at += piece) {
        const void *from = step(data, len, at, &piece);
        rc = EVP_DigestUpdate(hash, from, piece) == 1 ? pause() : -ENOMEM;
    }
    return rc;
}

static int make_tag(const void *data, size_t len, int (*pause)(void),
                    char ret_etag[OURO__ETAG_BYTES])
{
    EVP_MD_CTX *hash = EVP_MD_CTX_new();
    if (!hash)
        return -ENOMEM;
    int rc = hash_steps(hash, data, len, pause);
    if (rc == 0)
        rc = finish_tag(hash, ret_etag);
    EVP_MD_CTX_free(hash);
    return rc;
}

int ouro__file_tag(const void *data, size_t len, char ret_etag[OURO__ETAG_BYTES])
{
    return make_tag(data, len, no_pause, ret_etag);
}

/* Another form of the same content is not the same bytes (RFC 9110 8.8.3.3). */
static void tag_gzip(struct ouro__file *file)
{
    size_t len = strlen(file->plain.etag) - 1; /* without the closing quote */
    snprintf(file->gzip.etag, sizeof file->gzip.etag, "%.*s-gz\"", (int)len, file->plain.etag);
}

/* --- compression ------------------------------------------------------------------------------ */

/* All of the file through zlib; the output has room for whatever comes out. */
static int deflate_steps(z_stream *zip, const struct ouro__variant *plain, int (*pause)(void))
{
    int rc = 0;
    for (size_t at = 0, piece; rc == 0 && at < plain->len; at += piece) {
        zip->next_in = (Bytef *)(uintptr_t)step(plain->data, plain->len, at, &piece);
        zip->avail_in = (uInt)piece;
        bool is_last = at + piece == plain->len;
        int answer = deflate(zip, is_last ? Z_FINISH : Z_NO_FLUSH);
        rc = answer == (is_last ? Z_STREAM_END : Z_OK) ? pause() : -ENOMEM;
    }
    return rc;
}

static int deflate_into(struct ouro__file *file, z_stream *zip, int (*pause)(void))
{
    size_t room = deflateBound(zip, (uLong)file->plain.len);
    uint8_t *out = room <= UINT32_MAX ? malloc(room) : NULL;
    if (!out)
        return -ENOMEM;
    zip->next_out = out;
    zip->avail_out = (uInt)room;
    int rc = deflate_steps(zip, &file->plain, pause);
    if (rc < 0 || zip->total_out > file->plain.len / 100 * GZIP_SHARE_MAX) {
        free(out);
        return rc;
    }
    uint8_t *shrunk = realloc(out, zip->total_out);
    file->gzip.data = shrunk ? shrunk : out;
    file->gzip.len = zip->total_out;
    tag_gzip(file);
    return 0;
}

static int compress_file(struct ouro__file *file, int (*pause)(void))
{
    z_stream zip = {0};
    if (deflateInit2(&zip, Z_DEFAULT_COMPRESSION, Z_DEFLATED, GZIP_WINDOW, GZIP_MEMORY,
                     Z_DEFAULT_STRATEGY) != Z_OK)
        return -ENOMEM;
    int rc = deflate_into(file, &zip, pause);
    deflateEnd(&zip);
    return rc;
}

int ouro__file_prepare(struct ouro__file *file, bool compress, int (*pause)(void))
{
    if (!pause)
        pause = no_pause;
    int rc = make_tag(file->plain.data, file->plain.len, pause, file->plain.etag);
    if (rc == 0 && compress && file->plain.len >= GZIP_BYTES_MIN)
        rc = compress_file(file, pause);
    return rc;
}
