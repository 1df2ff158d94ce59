/* SPDX-License-Identifier: MIT */
/* What those are told who are turned away before they have been listened to. */
#include "server/door.h"

#include "web/http_date.h"

#include <stdio.h>
#include <string.h>

#define FAREWELL_BYTES_MAX 512

const struct ouro__farewell ouro__farewell_full = {
    "503 Service Unavailable",
    OURO__RETRY_AFTER,
    "the server is full\n",
};
const struct ouro__farewell ouro__farewell_too_fast = {
    "429 Too Many Requests",
    OURO__RETRY_AFTER,
    "too many connections per second\n",
};
const struct ouro__farewell ouro__farewell_plain = {
    "400 Bad Request",
    "",
    "this port speaks HTTPS: the address begins with https://\n",
};

/* Best effort: who is turned away is not worth a task. */
void ouro__turn_away(struct ouro_server *server, struct ouro_stream *stream,
                     const struct ouro__farewell *farewell)
{
    char date[OURO__HTTP_DATE_BYTES], answer[FAREWELL_BYTES_MAX];
    ouro__http_date_print(ouro_wall_time() / OURO_SEC(1), date);
    int len =
        snprintf(answer, sizeof answer,
                 "HTTP/1.1 %s\r\nDate: %s\r\n%sContent-Type: text/plain; charset=utf-8\r\n"
                 "Content-Length: %zu\r\nConnection: close\r\n\r\n%s",
                 farewell->status, date, farewell->fields, strlen(farewell->text), farewell->text);
    ouro_stream_try_write(stream, answer, (size_t)len);
    ouro__leavers_add(&server->leavers, stream);
}
