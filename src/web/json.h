/* SPDX-License-Identifier: MIT */
#ifndef OURO_WEB_JSON_H
#define OURO_WEB_JSON_H

#include <stddef.h>

/* How deep a text nests, if it is JSON: parsers of jansson's kind go down by recursion, so this is
 * to be known before. Pure. */
int ouro__json_depth(const char *text, size_t len);

#endif
