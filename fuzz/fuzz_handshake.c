/* SPDX-License-Identifier: MIT */
/* The WebSocket handshake, behind the HTTP parser as in the server. An upgrade that is accepted
 * must be answered with something that our own response parser accepts, and must keep what the
 * contract promises. And the answer is the same however the request comes. */
#include "../tests/web/drive.h"

static void require(bool holds)
{
    if (!holds)
        abort();
}

static void check_answer(const struct ouro__ws_handshake *handshake)
{
    char answer[512];
    int len = ouro__ws_handshake_write(handshake, answer, sizeof answer);
    require(len > 0 && strlen(answer) == (size_t)len);
    struct ouro__http_parser parser = {0};
    struct ouro__http_response res;
    require(ouro__http_parse_response(&parser, answer, (size_t)len, OURO__HTTP_GET, &res) == len);
    require(res.status == 101 && res.head.upgrade && res.head.body == OURO__HTTP_BODY_NONE);
    struct ouro__slice accept;
    require(ouro__http_header(&res.head, "Sec-WebSocket-Accept", &accept) == 1);
    require(ouro__slice_same(accept, handshake->accept));
}

static void check(const struct ouro__http_request *req, const struct ouro__ws_rules *rules)
{
    struct ouro__ws_handshake handshake;
    const struct ouro__http_refusal *refusal = NULL;
    int rc = ouro__ws_handshake_check(req, rules, &handshake, &refusal);
    if (rc == 0) {
        require(req->method == OURO__HTTP_GET && req->head.upgrade);
        require(strlen(handshake.accept) == OURO__WS_ACCEPT_BYTES);
        require(!handshake.protocol ||
                ouro__http_header(&req->head, "Sec-WebSocket-Protocol", &(struct ouro__slice){0}));
        check_answer(&handshake);
    } else {
        require(rc == -OURO_EMALFORMED && refusal && refusal->status >= 400);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    char *copy = exact_copy(data, len);
    struct ouro__http_parser parser = {0};
    struct ouro__http_request req;
    if (ouro__http_parse_request(&parser, copy, len, &req) > 0)
        for (size_t i = 0; drive_rules(i); i++)
            check(&req, drive_rules(i));
    free(copy);
    drive_http_all_ways(DRIVE_UPGRADE, (const char *)data, len, 2 + (int)(len % 64));
    return 0;
}
