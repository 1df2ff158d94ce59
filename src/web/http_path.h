/* SPDX-License-Identifier: MIT */
/**
 * http_path: from the path of a request to text, and to the name of a file below some folder.
 *
 * Decoded once and only once: "%252e" is the name "%2e", whatever stands behind us. What could mean
 * another place than it says, to any system or decoder, names nothing here. Pure.
 */
#ifndef OURO_WEB_HTTP_PATH_H
#define OURO_WEB_HTTP_PATH_H

#include "web/http_parse.h"

/**
 * Undo percent-encoding (RFC 3986 2.1). The length of the text, which also gets a NUL;
 * -OURO_EMALFORMED: a broken escape, a control character (NUL is one), or not UTF-8, such as the
 * over-long form of a slash; -ENAMETOOLONG: it needs more than `size` bytes with its NUL.
 */
int ouro__http_decode(struct ouro__slice text, char *ret_text, size_t size);

enum { OURO__FILE_PATH_BYTES = 1024 }; /**< of a file's name below the folder, with its NUL */

/**
 * "/js/main%2Ejs" is "js/main.js", "/" and "/js/" are "index.html" and "js/index.html". 0;
 * -OURO_EMALFORMED, -ENAMETOOLONG as above; -ENOENT: no file has such a name. That is so when a
 * name in it is empty, begins with a dot (which covers "." and ".."; but ".well-known" is fine), or
 * has a slash or backslash that was encoded.
 */
int ouro__http_file_path(struct ouro__slice path, char ret_path[OURO__FILE_PATH_BYTES]);

#endif
