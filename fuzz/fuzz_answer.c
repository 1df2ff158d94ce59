/* SPDX-License-Identifier: MIT */
/* What a server answers to the handshake of our WebSocket client, behind the HTTP parser as in the
 * client. What is accepted must have been offered, and be the same however it comes. */
#include "../tests/web/drive.h"

static void require(bool holds)
{
    if (!holds)
        abort();
}

static void check(const struct ouro__http_response *res, const struct ouro__ws_rules *rules)
{
    struct ouro__ws_handshake handshake;
    struct ouro__slice field;
    int rc = ouro__ws_answer_check(res, DRIVE_ACCEPT, rules, &handshake);
    require(rc == 0 || rc == (res->status == 101 ? -OURO_EMALFORMED : -ECONNREFUSED));
    if (rc < 0)
        return;
    require(res->head.upgrade && res->head.body == OURO__HTTP_BODY_NONE);
    require(ouro__http_header(&res->head, "Sec-WebSocket-Accept", &field) == 1 &&
            ouro__slice_same(field, DRIVE_ACCEPT));
    require((handshake.protocol != NULL) ==
            ouro__http_header(&res->head, "Sec-WebSocket-Protocol", &field));
    require(handshake.terms.send_bits <= rules->deflate.window_bits);
    require(!handshake.terms.context || rules->deflate.context);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    char *copy = exact_copy(data, len);
    struct ouro__http_parser parser = {0};
    struct ouro__http_response res;
    if (ouro__http_parse_response(&parser, copy, len, OURO__HTTP_GET, &res) > 0)
        for (size_t i = 0; drive_rules(i); i++)
            check(&res, drive_rules(i));
    free(copy);
    drive_http_all_ways(DRIVE_ANSWER, (const char *)data, len, 2 + (int)(len % 64));
    return 0;
}
