/* SPDX-License-Identifier: MIT */
/**
 * http_date: the dates of HTTP (RFC 9110 5.6.7), as seconds since 1970.
 *
 *      Sun, 06 Nov 1994 08:49:37 GMT       written, and read
 *      Sunday, 06-Nov-94 08:49:37 GMT      only read; what RFC 850 wrote
 *      Sun Nov  6 08:49:37 1994            only read; what asctime() writes
 *
 * Pure: no clock, no locale, no time zone.
 */
#ifndef OURO_WEB_HTTP_DATE_H
#define OURO_WEB_HTTP_DATE_H

#include "web/http_parse.h"

enum { OURO__HTTP_DATE_BYTES = 30 }; /**< with the NUL */

/** Write it. A time outside of the years 1970 to 9999 becomes the nearer end of these. */
void ouro__http_date_print(int64_t seconds, char ret_text[OURO__HTTP_DATE_BYTES]);

/**
 * Read any of the three. The day of the week is not looked at: it says nothing that the rest does
 * not. Two digits of a year mean the one that is at most 50 years after `now`. 0, or
 * -OURO_EMALFORMED.
 */
int ouro__http_date_parse(struct ouro__slice text, int64_t now, int64_t *ret_seconds);

/** The same moment as logs write it (RFC 3339): "1994-11-06T08:49:37.250Z". */
enum { OURO__LOG_DATE_BYTES = 25 };
void ouro__log_date_print(int64_t ns, char ret_text[OURO__LOG_DATE_BYTES]);

#endif
