/* SPDX-License-Identifier: MIT */
/* What clients say over ouro.v1: hello and control messages, joins, binary inputs. */
#include "play/said.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

static void expect(bool promise)
{
    if (!promise)
        abort();
}

static void check_input(const uint8_t *data, size_t len)
{
    struct ouro__input input;
    if (ouro__input_read(data, len, &input) < 0)
        return;
    expect(input.len <= OURO_INPUT_BYTES_MAX && input.bytes + input.len == data + len);
}

static void check_join(const struct ouro__said *said)
{
    struct ouro_join join = {0};
    if (ouro__join_read(said->join, &join))
        return;
    expect(join.type || join.room);
    expect((join.how == OURO_JOIN_ROOM) == (join.room != NULL));
    expect(!join.options || json_is_object(join.options));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct ouro__said said;
    struct ouro__fault fault = {0};
    check_input(data, len);
    int rc = ouro__said_read((const char *)data, len, &said, &fault);
    expect(rc == 0 || rc == -OURO_EMALFORMED);
    expect(rc == 0 || (fault.code && fault.text));
    if (rc < 0)
        return 0;
    expect(said.kind != OURO__SAID_REQUEST || said.name);
    expect(said.width <= OURO__VIEW_MAX && said.hz <= OURO__RATE_MAX);
    if (said.kind == OURO__SAID_HELLO_JOIN)
        check_join(&said);
    ouro__said_done(&said);
    return 0;
}
