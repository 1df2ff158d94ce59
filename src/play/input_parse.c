/* SPDX-License-Identifier: MIT */
/*      0x01 | sequence: varint | tick: varint | 0 to 64 bytes          */
#include "play/said.h"

#define KIND_INPUT       0x01
#define VARINT_BYTES_MAX 5

struct bytes {
    const uint8_t *at, *end;
};

/* LEB128 of up to 32 bits. False: it does not end, or is longer than it must be. */
static bool read_varint(struct bytes *in, uint32_t *ret_number)
{
    uint64_t number = 0;
    for (unsigned i = 0; i < VARINT_BYTES_MAX && in->at < in->end; i++) {
        uint8_t byte = *in->at++;
        number |= (uint64_t)(byte & 0x7f) << (7 * i);
        if (byte & 0x80)
            continue;
        *ret_number = (uint32_t)number;
        return number <= UINT32_MAX && (byte || i == 0);
    }
    return false;
}

int ouro__input_read(const uint8_t *data, size_t len, struct ouro__input *ret_input)
{
    struct bytes in = {data, data + len};
    struct ouro__input input;
    if (len == 0 || *in.at++ != KIND_INPUT || !read_varint(&in, &input.sequence) ||
        !read_varint(&in, &input.tick))
        return -OURO_EMALFORMED;
    input.bytes = in.at;
    input.len = (size_t)(in.end - in.at);
    if (input.len > OURO_INPUT_BYTES_MAX)
        return -OURO_EMALFORMED;
    *ret_input = input;
    return 0;
}
